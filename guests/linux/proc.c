/* The files of /proc/self that would otherwise tell of the translator: maps, cmdline, environ. Each becomes
 * an anonymous file with the guest's text. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guests/linux/linux.h"

/* One line for each run of pages of equal protection. What is a file's is not recorded; the heap and the stack are
 * named, since programs look for those. */
static void maps(struct jl_process *p, FILE *out) {
    enum { SHOWN = JL_PAGE_R | JL_PAGE_W | JL_PAGE_X | JL_PAGE_SHARED | JL_PAGE_MAPPED };
    const uint8_t *page = p->mem->page;
    for (uint32_t first = 0, next; first < JL_PAGES; first = next) {
        unsigned flags = page[first] & SHOWN;
        uint32_t addr = first << JL_PAGE_SHIFT;
        for (next = first + 1; next < JL_PAGES && (page[next] & SHOWN) == flags; next++)
            if (next << JL_PAGE_SHIFT == p->brk_start || next << JL_PAGE_SHIFT == p->stack_low)
                break;
        if (!flags)
            continue;
        bool heap = addr >= p->brk_start && addr < p->brk, stack = addr == p->stack_low;
        fprintf(out, "%08x-%08x %c%c%c%c 00000000 00:00 0%s\n", addr, next << JL_PAGE_SHIFT,
                flags & JL_PAGE_R ? 'r' : '-', flags & JL_PAGE_W ? 'w' : '-', flags & JL_PAGE_X ? 'x' : '-',
                flags & JL_PAGE_SHARED ? 's' : 'p',
                heap    ? "          [heap]"
                : stack ? "          [stack]"
                        : "");
    }
}

static void cmdline(struct jl_process *p, FILE *out) {
    for (char *const *a = p->options.argv; *a; a++)
        fwrite(*a, 1, strlen(*a) + 1, out);
}

static void environment(struct jl_process *p, FILE *out) {
    for (char *const *a = p->options.envp; a && *a; a++)
        fwrite(*a, 1, strlen(*a) + 1, out);
}

int jl_proc_open(struct jl_process *p, const char *name, int flags) {
    static const struct {
        const char *name;
        void (*write)(struct jl_process *p, FILE *out);
    } files[] = {{"maps", maps}, {"cmdline", cmdline}, {"environ", environment}};
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        if (strcmp(files[i].name, name))
            continue;
        int fd = memfd_create(name, flags & O_CLOEXEC ? MFD_CLOEXEC : 0), copy = fd < 0 ? -1 : dup(fd);
        FILE *out = copy < 0 ? NULL : fdopen(copy, "w");
        if (!out) {
            int e = errno;
            if (copy >= 0)
                close(copy);
            if (fd >= 0)
                close(fd);
            errno = e;
            return -1;
        }
        files[i].write(p, out);
        fclose(out);
        lseek(fd, 0, SEEK_SET);
        return fd;
    }
    errno = 0;
    return -1;
}
