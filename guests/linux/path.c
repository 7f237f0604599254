/* Paths: the guest's absolute ones are looked for inside the sysroot first. */
#include <errno.h>
#include <stdio.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "guests/linux/linux.h"

const char *jl_path_proc(const struct jl_process *p, const char *path) {
    char own[32];
    if (strncmp(path, "/proc/", 6))
        return NULL;
    if (!strncmp(path, "/proc/self/", 11))
        return path + 11;
    if (!strncmp(path, "/proc/thread-self/", 18))
        return path + 18;
    int n = snprintf(own, sizeof own, "/proc/%d/", p->options.pid ? p->options.pid : (int)getpid());
    return strncmp(path, own, (size_t)n) ? NULL : path + n;
}

const char *jl_path_find(const struct jl_process *p, const char *guest, char buf[JL_LINUX_PATH]) {
    const char *own = jl_path_proc(p, guest);
    if (own && !strcmp(own, "exe"))
        return p->exe;
    if (!p->options.sysroot || guest[0] != '/')
        return guest;
    int n = snprintf(buf, JL_LINUX_PATH, "%s%s", p->options.sysroot, guest);
    int saved = errno;
    bool there = n < JL_LINUX_PATH && faccessat(AT_FDCWD, buf, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    errno = saved;
    return there ? buf : guest;
}

const char *jl_path(struct jl_process *p, uint32_t addr, char buf[JL_LINUX_PATH]) {
    const char *guest = jl_guest_string(p, addr);
    if (!guest) {
        errno = jl_mem_readable(p->mem, addr, JL_LINUX_PATH) ? ENAMETOOLONG : EFAULT;
        return NULL;
    }
    return jl_path_find(p, guest, buf);
}
