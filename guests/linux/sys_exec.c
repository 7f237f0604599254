/* execve: a MIPS program is run by starting jitlab again, with the options it was given itself; a script by its
 * interpreter; anything else is left to the host's kernel, as QEMU does. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guests/linux/host_call.h"
#include "guests/linux/thread.h"

enum { MOST_STRINGS = 1 << 16, LONGEST = 1 << 17, LINE = 256, SCRIPTS = 4 };

/* Strings to pass on: pointers into guest memory or to the host's own. */
struct strings {
    const char **list;
    size_t n, cap;
};

static bool add(struct strings *s, const char *text) {
    if (s->n == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 64;
        const char **list = realloc(s->list, cap * sizeof *list);
        if (!list)
            return false;
        s->list = list;
        s->cap = cap;
    }
    s->list[s->n++] = text;
    return true;
}

/* A guest's NULL-terminated array; 0 is an empty one. A negated errno or 0. */
static int64_t get_strings(struct jl_process *p, uint32_t addr, struct strings *out) {
    for (unsigned i = 0; addr; i++, addr += 4) {
        const void *at = jl_mem_readable(p->mem, addr, 4);
        if (!at)
            return -EFAULT;
        uint32_t text = jl_get32(p, at);
        if (!text)
            return 0;
        if (i == MOST_STRINGS)
            return -E2BIG;
        int64_t n = jl_mem_strlen(p->mem, text, LONGEST);
        if (n < 0)
            return jl_mem_readable(p->mem, text, LONGEST) ? -E2BIG : -EFAULT;
        if (!add(out, (const char *)p->mem->base + text))
            return -ENOMEM;
    }
    return 0;
}

enum kind { FOREIGN, MIPS, SCRIPT };

/* What a file is; of a script, its first line without "#!", cut into interpreter and argument. A negated errno or
 * enum kind. */
static int64_t look_at(const char *path, char line[LINE], char **interpreter, char **argument) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    bool executable = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
    ssize_t n = read(fd, line, LINE - 1);
    close(fd);
    if (!executable || n < 0)
        return -EACCES;
    line[n] = 0;
    const Elf32_Ehdr *h = (const Elf32_Ehdr *)(const void *)line;
    if (n >= (ssize_t)sizeof *h && !memcmp(line, ELFMAG, SELFMAG)) {
        unsigned machine = line[EI_DATA] == ELFDATA2MSB ? __builtin_bswap16(h->e_machine) : h->e_machine;
        return machine == EM_MIPS ? MIPS : FOREIGN;
    }
    if (n < 2 || line[0] != '#' || line[1] != '!')
        return FOREIGN;
    line[strcspn(line, "\n")] = 0;
    *interpreter = line + 2 + strspn(line + 2, " \t");
    char *end = *interpreter + strcspn(*interpreter, " \t");
    *argument = end + strspn(end, " \t");
    *end = 0;
    for (char *last = *argument + strlen(*argument); last > *argument && (last[-1] == ' ' || last[-1] == '\t');)
        *--last = 0;
    return **interpreter ? SCRIPT : -ENOEXEC;
}

/* The last step: with jitlab in front of a MIPS program. Returns only with an error. */
static int64_t start(struct jl_process *p, bool mips, const char *path, struct strings *argv, struct strings *envp) {
    struct strings all = {0};
    bool ok = true;
    if (mips) {
        for (char **a = p->options.host_args; ok && *a; a++)
            ok = add(&all, *a);
        ok = ok && add(&all, "--argv0") && add(&all, argv->n ? argv->list[0] : "") && add(&all, path);
        for (size_t i = 1; ok && i < argv->n; i++)
            ok = add(&all, argv->list[i]);
    }
    ok = ok && add(mips ? &all : argv, NULL) && add(envp, NULL);
    int64_t r = -ENOMEM;
    if (ok) {
        fflush(NULL);
        p->exec_lists[0] = all.list;
        p->exec_lists[1] = argv->list;
        p->exec_lists[2] = envp->list;
        execve(mips ? "/proc/self/exe" : path, (char *const *)(uintptr_t)(mips ? all.list : argv->list),
               (char *const *)(uintptr_t)envp->list);
        r = -errno;
        memset(p->exec_lists, 0, sizeof p->exec_lists);
    }
    free(all.list);
    return r;
}

/* path is the host's; name what the guest called it, for scripts. */
static int64_t exec_file(struct jl_process *p, const char *name, const char *path, struct strings *argv,
                         struct strings *envp) {
    char line[SCRIPTS][LINE], found[SCRIPTS][JL_LINUX_PATH];
    for (unsigned depth = 0; depth < SCRIPTS; depth++) {
        char none[] = "", *interpreter = none, *argument = none;
        int64_t kind = look_at(path, line[depth], &interpreter, &argument);
        if (kind != SCRIPT)
            return kind < 0 ? kind : start(p, kind == MIPS, path, argv, envp);
        struct strings now = {0};
        bool ok = add(&now, interpreter) && (!*argument || add(&now, argument)) && add(&now, name);
        for (size_t i = 1; ok && i < argv->n; i++)
            ok = add(&now, argv->list[i]);
        free(argv->list);
        *argv = now;
        if (!ok)
            return -ENOMEM;
        name = interpreter;
        path = jl_path_find(p, interpreter, found[depth]);
    }
    return -ELOOP;
}

static int64_t exec_path(struct jl_process *p, const char *name, const char *path, uint32_t args, uint32_t env) {
    struct strings argv = {0}, envp = {0};
    if (jl_self()->attention) /* deliver first what would be lost with this program */
        return -JL_RESTART_ALWAYS;
    int64_t r = get_strings(p, args, &argv);
    if (r == 0)
        r = get_strings(p, env, &envp);
    if (r == 0)
        r = exec_file(p, name, path, &argv, &envp);
    free(argv.list);
    free(envp.list);
    return r;
}

int64_t jl_sys_execve(struct jl_process *p, const struct jl_args *a) {
    char buf[JL_LINUX_PATH];
    const char *path = jl_path(p, a->a[0], buf);
    return path ? exec_path(p, jl_guest_string(p, a->a[0]), path, a->a[1], a->a[2]) : -errno;
}

int64_t jl_sys_execveat(struct jl_process *p, const struct jl_args *a) {
    char buf[JL_LINUX_PATH], full[JL_LINUX_PATH + 32];
    const char *path = jl_path(p, a->a[1], buf);
    if (!path)
        return -errno;
    if (path[0] == '/' || (int32_t)a->a[0] == AT_FDCWD)
        return exec_path(p, jl_guest_string(p, a->a[1]), path, a->a[2], a->a[3]);
    int fd = jl_fd(p, a->a[0]);
    if (fd < 0)
        return -EBADF;
    if (!*path && !(a->a[4] & AT_EMPTY_PATH))
        return -ENOENT;
    int n = snprintf(full, sizeof full, "/proc/self/fd/%d%s%s", fd, *path ? "/" : "", path);
    return n < (int)sizeof full ? exec_path(p, full, full, a->a[2], a->a[3]) : -ENAMETOOLONG;
}
