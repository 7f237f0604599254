/* Files: o32 numbers and structures to the host's and back. Guest descriptors are host descriptors, of which only those
 * the process opened itself (or was given: 0, 1, 2) may be used. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#include "guests/linux/linux.h"

static int host_fd(const struct jl_process *p, uint32_t fd) {
    return fd < JL_LINUX_FDS && p->fd_open[fd] ? (int)fd : -1;
}

static int64_t result(int64_t r) {
    return r < 0 ? -errno : r;
}

/* The result of writing to fd, which may be a file that is mapped, with code in it. */
static int64_t written(struct jl_process *p, int fd, int64_t r) {
    int64_t n = result(r);
    if (n > 0)
        jl_mem_file_written(p->mem, fd);
    return n;
}

static int64_t opened(struct jl_process *p, int fd) {
    if (fd < 0)
        return -errno;
    if (fd >= JL_LINUX_FDS) {
        close(fd);
        return -EMFILE;
    }
    p->fd_open[fd] = 1;
    return fd;
}

static int open_flags(uint32_t g) {
    static const struct {
        uint32_t guest;
        int host;
    } map[] = {{0x8, O_APPEND},      {0x80, O_NONBLOCK}, {0x100, O_CREAT},       {0x200, O_TRUNC},
               {0x400, O_EXCL},      {0x800, O_NOCTTY},  {0x10000, O_DIRECTORY}, {0x20000, O_NOFOLLOW},
               {0x80000, O_CLOEXEC}, {0x4010, O_SYNC}};
    int h = (int)(g & 3);
    for (unsigned i = 0; i < sizeof map / sizeof *map; i++)
        if ((g & map[i].guest) == map[i].guest)
            h |= map[i].host;
    return h;
}

static int64_t open_at(struct jl_process *p, int dir, uint32_t path, uint32_t flags, uint32_t mode) {
    const char *name = jl_guest_string(p, path);
    return name ? opened(p, openat(dir, name, open_flags(flags), mode)) : -EFAULT;
}

static int at_fd(const struct jl_process *p, uint32_t dir) {
    return (int32_t)dir == AT_FDCWD ? AT_FDCWD : host_fd(p, dir);
}

int64_t jl_sys_open(struct jl_process *p, const struct jl_args *a) {
    return open_at(p, AT_FDCWD, a->a[0], a->a[1], a->a[2]);
}
int64_t jl_sys_openat(struct jl_process *p, const struct jl_args *a) {
    return open_at(p, at_fd(p, a->a[0]), a->a[1], a->a[2], a->a[3]);
}

int64_t jl_sys_close(struct jl_process *p, const struct jl_args *a) {
    int fd = host_fd(p, a->a[0]);
    if (fd < 0)
        return -EBADF;
    p->fd_open[fd] = 0;
    return fd <= 2 ? 0 : result(close(fd)); /* the host's own standard streams stay */
}

int64_t jl_sys_read(struct jl_process *p, const struct jl_args *a) {
    void *buf = jl_mem_writable(p->mem, a->a[1], a->a[2]);
    int fd = host_fd(p, a->a[0]);
    if (fd < 0)
        return -EBADF;
    return buf ? result(read(fd, buf, a->a[2])) : -EFAULT;
}

int64_t jl_sys_write(struct jl_process *p, const struct jl_args *a) {
    const void *buf = jl_mem_readable(p->mem, a->a[1], a->a[2]);
    int fd = host_fd(p, a->a[0]);
    if (fd < 0)
        return -EBADF;
    return buf ? written(p, fd, write(fd, buf, a->a[2])) : -EFAULT;
}

enum { MAX_IOV = 1024 };

/* Guest iovec array to the host's; the number of elements or a negated errno. */
static int64_t vectors(struct jl_process *p, const struct jl_args *a, bool into_guest, struct iovec *out) {
    uint32_t n = a->a[2];
    if (n > MAX_IOV)
        return -EINVAL;
    const uint8_t *v = jl_mem_readable(p->mem, a->a[1], (uint64_t)n * 8);
    if (!v)
        return -EFAULT;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t addr = jl_get32(p, v + 8 * i), len = jl_get32(p, v + 8 * i + 4);
        out[i].iov_len = len;
        out[i].iov_base =
            into_guest ? jl_mem_writable(p->mem, addr, len) : (void *)(uintptr_t)jl_mem_readable(p->mem, addr, len);
        if (!out[i].iov_base)
            return -EFAULT;
    }
    return n;
}

int64_t jl_sys_readv(struct jl_process *p, const struct jl_args *a) {
    struct iovec v[MAX_IOV];
    int64_t n = vectors(p, a, true, v);
    int fd = host_fd(p, a->a[0]);
    return fd < 0 ? -EBADF : n < 0 ? n : result(readv(fd, v, (int)n));
}

int64_t jl_sys_writev(struct jl_process *p, const struct jl_args *a) {
    struct iovec v[MAX_IOV];
    int64_t n = vectors(p, a, false, v);
    int fd = host_fd(p, a->a[0]);
    return fd < 0 ? -EBADF : n < 0 ? n : written(p, fd, writev(fd, v, (int)n));
}

int64_t jl_sys_lseek(struct jl_process *p, const struct jl_args *a) {
    int fd = host_fd(p, a->a[0]);
    return fd < 0 ? -EBADF : result(lseek(fd, (int32_t)a->a[1], (int)a->a[2]));
}

int64_t jl_sys_llseek(struct jl_process *p, const struct jl_args *a) {
    int fd = host_fd(p, a->a[0]);
    void *out = jl_mem_writable(p->mem, a->a[3], 8);
    if (fd < 0)
        return -EBADF;
    if (!out)
        return -EFAULT;
    off_t at = lseek(fd, (off_t)((uint64_t)a->a[1] << 32 | a->a[2]), (int)a->a[4]);
    if (at < 0)
        return -errno;
    jl_put64(p, out, (uint64_t)at);
    return 0;
}

int64_t jl_sys_unlink(struct jl_process *p, const struct jl_args *a) {
    const char *name = jl_guest_string(p, a->a[0]);
    return name ? result(unlink(name)) : -EFAULT;
}

int64_t jl_sys_access(struct jl_process *p, const struct jl_args *a) {
    const char *name = jl_guest_string(p, a->a[0]);
    return name ? result(access(name, (int)a->a[1])) : -EFAULT;
}

int64_t jl_sys_faccessat(struct jl_process *p, const struct jl_args *a) {
    const char *name = jl_guest_string(p, a->a[1]);
    return name ? result(faccessat(at_fd(p, a->a[0]), name, (int)a->a[2], 0)) : -EFAULT;
}

static int64_t read_link(struct jl_process *p, int dir, uint32_t path, uint32_t buf, uint32_t size) {
    const char *name = jl_guest_string(p, path);
    char *out = jl_mem_writable(p->mem, buf, size);
    if (!name || !out)
        return -EFAULT;
    if (!strcmp(name, "/proc/self/exe")) {
        char real[PATH_MAX];
        if (!realpath(p->options.argv[0], real))
            return -errno;
        size_t n = strlen(real);
        n = n < size ? n : size;
        memcpy(out, real, n);
        return (int64_t)n;
    }
    return result(readlinkat(dir, name, out, size));
}

int64_t jl_sys_readlink(struct jl_process *p, const struct jl_args *a) {
    return read_link(p, AT_FDCWD, a->a[0], a->a[1], a->a[2]);
}
int64_t jl_sys_readlinkat(struct jl_process *p, const struct jl_args *a) {
    return read_link(p, at_fd(p, a->a[0]), a->a[1], a->a[2], a->a[3]);
}

int64_t jl_sys_getcwd(struct jl_process *p, const struct jl_args *a) {
    char *out = jl_mem_writable(p->mem, a->a[0], a->a[1]);
    if (!out)
        return -EFAULT;
    return getcwd(out, a->a[1]) ? (int64_t)strlen(out) + 1 : -errno;
}

int64_t jl_sys_dup(struct jl_process *p, const struct jl_args *a) {
    int fd = host_fd(p, a->a[0]);
    return fd < 0 ? -EBADF : opened(p, dup(fd));
}

int64_t jl_sys_dup2(struct jl_process *p, const struct jl_args *a) {
    int fd = host_fd(p, a->a[0]);
    if (fd < 0 || a->a[1] >= JL_LINUX_FDS)
        return -EBADF;
    return opened(p, dup2(fd, (int)a->a[1]));
}

/* The second descriptor goes to v1, not to memory. */
int64_t jl_sys_pipe(struct jl_process *p, const struct jl_args *a) {
    int fd[2];
    (void)a;
    if (pipe(fd) < 0)
        return -errno;
    int64_t r0 = opened(p, fd[0]), r1 = opened(p, fd[1]);
    if (r0 < 0 || r1 < 0)
        return -EMFILE;
    p->cpu->var[3] = (uint32_t)r1;
    return r0;
}

int64_t jl_sys_fcntl(struct jl_process *p, const struct jl_args *a) {
    enum { G_F_DUPFD, G_F_GETFD, G_F_SETFD, G_F_GETFL, G_F_SETFL, G_F_DUPFD_CLOEXEC = 1030 };
    int fd = host_fd(p, a->a[0]), r;
    if (fd < 0)
        return -EBADF;
    switch (a->a[1]) {
    case G_F_DUPFD: return opened(p, fcntl(fd, F_DUPFD, (int)a->a[2]));
    case G_F_DUPFD_CLOEXEC: return opened(p, fcntl(fd, F_DUPFD_CLOEXEC, (int)a->a[2]));
    case G_F_GETFD: return result(fcntl(fd, F_GETFD));
    case G_F_SETFD: return result(fcntl(fd, F_SETFD, (int)a->a[2]));
    case G_F_GETFL:
        r = fcntl(fd, F_GETFL);
        return r < 0 ? -errno : (r & 3) | (r & O_APPEND ? 0x8 : 0) | (r & O_NONBLOCK ? 0x80 : 0);
    case G_F_SETFL: return result(fcntl(fd, F_SETFL, open_flags(a->a[2])));
    default: return -EINVAL;
    }
}

int64_t jl_sys_ioctl(struct jl_process *p, const struct jl_args *a) {
    enum { G_TCGETS = 0x540d, G_TIOCGWINSZ = 0x40087468 };
    int fd = host_fd(p, a->a[0]);
    struct winsize ws;
    if (fd < 0)
        return -EBADF;
    if (a->a[1] == G_TCGETS) { /* all programs want of it is whether this is a terminal */
        struct termios t;
        if (tcgetattr(fd, &t) < 0)
            return -errno;
        uint8_t *out = jl_mem_writable(p->mem, a->a[2], 36);
        if (!out)
            return -EFAULT;
        memset(out, 0, 36);
        return 0;
    }
    if (a->a[1] != G_TIOCGWINSZ)
        return -ENOTTY;
    uint8_t *out = jl_mem_writable(p->mem, a->a[2], 8);
    if (!out)
        return -EFAULT;
    if (ioctl(fd, TIOCGWINSZ, &ws) < 0)
        return -errno;
    jl_put32(p, out,
             p->mem->big_endian ? (uint32_t)ws.ws_row << 16 | ws.ws_col : (uint32_t)ws.ws_col << 16 | ws.ws_row);
    jl_put32(p, out + 4, 0);
    return 0;
}

/* ---- stat ---- */

static int64_t put_stat(struct jl_process *p, uint32_t addr, const struct stat *st) {
    uint8_t *o = jl_mem_writable(p->mem, addr, 104);
    if (!o)
        return -EFAULT;
    memset(o, 0, 104);
    jl_put32(p, o, (uint32_t)st->st_dev);
    jl_put64(p, o + 16, st->st_ino);
    jl_put32(p, o + 24, st->st_mode);
    jl_put32(p, o + 28, (uint32_t)st->st_nlink);
    jl_put32(p, o + 32, st->st_uid);
    jl_put32(p, o + 36, st->st_gid);
    jl_put32(p, o + 40, (uint32_t)st->st_rdev);
    jl_put64(p, o + 56, (uint64_t)st->st_size);
    jl_put32(p, o + 64, (uint32_t)st->st_atim.tv_sec);
    jl_put32(p, o + 68, (uint32_t)st->st_atim.tv_nsec);
    jl_put32(p, o + 72, (uint32_t)st->st_mtim.tv_sec);
    jl_put32(p, o + 76, (uint32_t)st->st_mtim.tv_nsec);
    jl_put32(p, o + 80, (uint32_t)st->st_ctim.tv_sec);
    jl_put32(p, o + 84, (uint32_t)st->st_ctim.tv_nsec);
    jl_put32(p, o + 88, (uint32_t)st->st_blksize);
    jl_put64(p, o + 96, (uint64_t)st->st_blocks);
    return 0;
}

static int64_t stat_at(struct jl_process *p, int dir, uint32_t path, uint32_t out, int flags) {
    struct stat st;
    const char *name = jl_guest_string(p, path);
    if (!name)
        return -EFAULT;
    return fstatat(dir, name, &st, flags) < 0 ? -errno : put_stat(p, out, &st);
}

int64_t jl_sys_stat64(struct jl_process *p, const struct jl_args *a) {
    return stat_at(p, AT_FDCWD, a->a[0], a->a[1], 0);
}
int64_t jl_sys_lstat64(struct jl_process *p, const struct jl_args *a) {
    return stat_at(p, AT_FDCWD, a->a[0], a->a[1], AT_SYMLINK_NOFOLLOW);
}
int64_t jl_sys_fstatat64(struct jl_process *p, const struct jl_args *a) {
    return stat_at(p, at_fd(p, a->a[0]), a->a[1], a->a[2], (int)a->a[3]);
}
int64_t jl_sys_fstat64(struct jl_process *p, const struct jl_args *a) {
    struct stat st;
    int fd = host_fd(p, a->a[0]);
    if (fd < 0)
        return -EBADF;
    return fstat(fd, &st) < 0 ? -errno : put_stat(p, a->a[1], &st);
}

static void put_time(struct jl_process *p, uint8_t *at, const struct statx_timestamp *t) {
    jl_put64(p, at, (uint64_t)t->tv_sec);
    jl_put32(p, at + 8, t->tv_nsec);
}

static void put16(struct jl_process *p, uint8_t *at, uint16_t v) {
    if (p->mem->big_endian)
        v = __builtin_bswap16(v);
    memcpy(at, &v, 2);
}

/* struct statx has one layout on every architecture; only the byte order differs. */
int64_t jl_sys_statx(struct jl_process *p, const struct jl_args *a) {
    struct statx st;
    const char *name = jl_guest_string(p, a->a[1]);
    uint8_t *o = jl_mem_writable(p->mem, a->a[4], 256);
    if (!name || !o)
        return -EFAULT;
    if (statx(at_fd(p, a->a[0]), name, (int)a->a[2], a->a[3], &st) < 0)
        return -errno;
    memset(o, 0, 256);
    jl_put32(p, o, st.stx_mask);
    jl_put32(p, o + 4, st.stx_blksize);
    jl_put64(p, o + 8, st.stx_attributes);
    jl_put32(p, o + 16, st.stx_nlink);
    jl_put32(p, o + 20, st.stx_uid);
    jl_put32(p, o + 24, st.stx_gid);
    put16(p, o + 28, st.stx_mode);
    jl_put64(p, o + 32, st.stx_ino);
    jl_put64(p, o + 40, st.stx_size);
    jl_put64(p, o + 48, st.stx_blocks);
    jl_put64(p, o + 56, st.stx_attributes_mask);
    put_time(p, o + 64, &st.stx_atime);
    put_time(p, o + 80, &st.stx_btime);
    put_time(p, o + 96, &st.stx_ctime);
    put_time(p, o + 112, &st.stx_mtime);
    jl_put32(p, o + 128, st.stx_rdev_major);
    jl_put32(p, o + 132, st.stx_rdev_minor);
    jl_put32(p, o + 136, st.stx_dev_major);
    jl_put32(p, o + 140, st.stx_dev_minor);
    return 0;
}
