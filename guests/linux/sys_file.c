/* Descriptors and what goes through them. Guest descriptors are host descriptors; see JL_LINUX_FDS. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "guests/linux/abi.h"
#include "guests/linux/host_call.h"
#include "guests/linux/thread.h"

int jl_fd(const struct jl_process *p, uint32_t fd) {
    bool own = fd >= JL_LINUX_FDS || (fd < 64 && p->private_fds >> fd & 1);
    return own ? -1 : (int)fd;
}

int jl_at_fd(const struct jl_process *p, uint32_t fd) {
    return (int32_t)fd == AT_FDCWD ? AT_FDCWD : jl_fd(p, fd);
}

int64_t jl_result(int64_t r) {
    return r < 0 ? -errno : r;
}

/* The result of writing to fd, which may be a file that is mapped, with code in it. */
static int64_t written(struct jl_process *p, int fd, int64_t n) {
    if (n > 0)
        jl_mem_file_written(p->mem, fd);
    return n;
}

int64_t jl_fd_opened(struct jl_process *p, int fd, enum jl_fd_kind kind) {
    if (fd < 0)
        return -errno;
    if (fd >= JL_LINUX_FDS) {
        close(fd);
        return -EMFILE;
    }
    p->fd_kind[fd] = (uint8_t)kind;
    return fd;
}

/* A 64-bit argument in an even pair of argument words, which holds it in the guest's byte order. */
static int64_t wide(const struct jl_process *p, const struct jl_args *a, unsigned i) {
    return (int64_t)(p->mem->big_endian ? (uint64_t)a->a[i] << 32 | a->a[i + 1]
                                        : (uint64_t)a->a[i + 1] << 32 | a->a[i]);
}

/* ---- open and close ---- */

static int64_t open_at(struct jl_process *p, int dir, uint32_t path, uint32_t flags, uint32_t mode) {
    char buf[JL_LINUX_PATH];
    const char *name = jl_path(p, path, buf), *own;
    int host = jl_open_flags_to_host(flags);
    if (!name)
        return -errno;
    if ((own = jl_path_proc(p, name))) {
        int fd = jl_proc_open(p, own, host);
        if (fd >= 0 || errno)
            return jl_fd_opened(p, fd, JL_FD_PLAIN);
    }
    int64_t fd = jl_host_call(SYS_openat, dir, name, host, mode); /* a FIFO waits for its other end */
    return fd < 0 ? fd : jl_fd_opened(p, (int)fd, JL_FD_PLAIN);
}

int64_t jl_sys_open(struct jl_process *p, const struct jl_args *a) {
    return open_at(p, AT_FDCWD, a->a[0], a->a[1], a->a[2]);
}
int64_t jl_sys_openat(struct jl_process *p, const struct jl_args *a) {
    return open_at(p, jl_at_fd(p, a->a[0]), a->a[1], a->a[2], a->a[3]);
}
int64_t jl_sys_creat(struct jl_process *p, const struct jl_args *a) {
    enum { G_WRONLY_CREAT_TRUNC = 0x301 };
    return open_at(p, AT_FDCWD, a->a[0], G_WRONLY_CREAT_TRUNC, a->a[1]);
}

int64_t jl_sys_close(struct jl_process *p, const struct jl_args *a) {
    int fd = jl_fd(p, a->a[0]);
    if (fd >= 0)
        p->fd_kind[fd] = JL_FD_PLAIN;
    return jl_result(close(fd));
}

int64_t jl_sys_close_range(struct jl_process *p, const struct jl_args *a) {
    enum { CLOEXEC = 4 };
    uint32_t last = a->a[1] < JL_LINUX_FDS ? a->a[1] : JL_LINUX_FDS - 1;
    if (a->a[0] > a->a[1] || a->a[2] & ~(uint32_t)(CLOEXEC | 2))
        return -EINVAL;
    for (uint32_t fd = a->a[0]; fd <= last; fd++) {
        if (jl_fd(p, fd) < 0)
            continue;
        if (a->a[2] & CLOEXEC)
            fcntl((int)fd, F_SETFD, FD_CLOEXEC);
        else if (close((int)fd) == 0)
            p->fd_kind[fd] = JL_FD_PLAIN;
    }
    return 0;
}

/* ---- read and write ---- */

/* Turns what a big-endian guest read from a descriptor whose contents are numbers: counters are one 64-bit word,
 * inotify's events four 32-bit words and a name. */
static void convert(struct jl_process *p, int fd, uint8_t *buf, int64_t n) {
    if (!p->mem->big_endian || fd < 0 || n <= 0)
        return;
    if (p->fd_kind[fd] == JL_FD_WORDS64 && n >= 8) {
        uint64_t v;
        memcpy(&v, buf, 8);
        jl_put64(p, buf, v);
    }
    for (int64_t at = 0; p->fd_kind[fd] == JL_FD_INOTIFY && at + 16 <= n;) {
        struct inotify_event e;
        memcpy(&e, buf + at, 16);
        jl_put32(p, buf + at, (uint32_t)e.wd);
        jl_put32(p, buf + at + 4, e.mask);
        jl_put32(p, buf + at + 8, e.cookie);
        jl_put32(p, buf + at + 12, e.len);
        at += 16 + e.len;
    }
}

int64_t jl_sys_read(struct jl_process *p, const struct jl_args *a) {
    int fd = jl_fd(p, a->a[0]);
    void *buf = jl_mem_writable(p->mem, a->a[1], a->a[2]);
    int64_t r =
        jl_host_call(SYS_read, fd, buf, a->a[2]); /* a null pointer is the host's EFAULT, after its other checks */
    convert(p, fd, buf, r);
    return r;
}

int64_t jl_sys_write(struct jl_process *p, const struct jl_args *a) {
    const void *buf = jl_mem_readable(p->mem, a->a[1], a->a[2]);
    int fd = jl_fd(p, a->a[0]);
    uint64_t word;
    if (fd >= 0 && p->fd_kind[fd] == JL_FD_WORDS64 && buf && a->a[2] == 8) {
        word = jl_get64(p, buf);
        buf = &word;
    }
    return written(p, fd, jl_host_call(SYS_write, fd, buf, a->a[2]));
}

int64_t jl_sys_pread64(struct jl_process *p, const struct jl_args *a) {
    void *buf = jl_mem_writable(p->mem, a->a[1], a->a[2]);
    return jl_result(pread(jl_fd(p, a->a[0]), buf, a->a[2], wide(p, a, 4)));
}
int64_t jl_sys_pwrite64(struct jl_process *p, const struct jl_args *a) {
    const void *buf = jl_mem_readable(p->mem, a->a[1], a->a[2]);
    int fd = jl_fd(p, a->a[0]);
    return written(p, fd, jl_result(pwrite(fd, buf, a->a[2], wide(p, a, 4))));
}

int64_t jl_sys_readv(struct jl_process *p, const struct jl_args *a) {
    struct iovec v[JL_IOVECS];
    int64_t n = jl_guest_iovec(p, a->a[1], a->a[2], true, v);
    return n < 0 ? n : jl_host_call(SYS_readv, jl_fd(p, a->a[0]), v, n);
}
int64_t jl_sys_writev(struct jl_process *p, const struct jl_args *a) {
    struct iovec v[JL_IOVECS];
    int64_t n = jl_guest_iovec(p, a->a[1], a->a[2], false, v);
    int fd = jl_fd(p, a->a[0]);
    return n < 0 ? n : written(p, fd, jl_host_call(SYS_writev, fd, v, n));
}

/* The position of these is low word, high word in both byte orders. */
static int64_t position(const struct jl_args *a) {
    return (int64_t)((uint64_t)a->a[4] << 32 | a->a[3]);
}

int64_t jl_sys_preadv(struct jl_process *p, const struct jl_args *a) {
    struct iovec v[JL_IOVECS];
    int64_t n = jl_guest_iovec(p, a->a[1], a->a[2], true, v);
    return n < 0 ? n : jl_result(preadv2(jl_fd(p, a->a[0]), v, (int)n, position(a), (int)a->a[5]));
}
int64_t jl_sys_pwritev(struct jl_process *p, const struct jl_args *a) {
    struct iovec v[JL_IOVECS];
    int64_t n = jl_guest_iovec(p, a->a[1], a->a[2], false, v);
    int fd = jl_fd(p, a->a[0]);
    return n < 0 ? n : written(p, fd, jl_result(pwritev2(fd, v, (int)n, position(a), (int)a->a[5])));
}

/* ---- position and size ---- */

int64_t jl_sys_lseek(struct jl_process *p, const struct jl_args *a) {
    int64_t r = jl_result(lseek(jl_fd(p, a->a[0]), (int32_t)a->a[1], (int)a->a[2]));
    return r > INT32_MAX ? -EOVERFLOW : r;
}

int64_t jl_sys_llseek(struct jl_process *p, const struct jl_args *a) {
    off_t at = lseek(jl_fd(p, a->a[0]), (off_t)((uint64_t)a->a[1] << 32 | a->a[2]), (int)a->a[4]);
    if (at < 0)
        return -errno;
    void *out = jl_mem_writable(p->mem, a->a[3], 8);
    if (!out)
        return -EFAULT;
    jl_put64(p, out, (uint64_t)at);
    return 0;
}

static int64_t truncate_path(struct jl_process *p, uint32_t path, int64_t size) {
    char buf[JL_LINUX_PATH];
    const char *name = jl_path(p, path, buf);
    return jl_result(name ? truncate(name, size) : -1);
}
int64_t jl_sys_truncate(struct jl_process *p, const struct jl_args *a) {
    return truncate_path(p, a->a[0], (int32_t)a->a[1]);
}
int64_t jl_sys_truncate64(struct jl_process *p, const struct jl_args *a) {
    return truncate_path(p, a->a[0], wide(p, a, 2));
}
int64_t jl_sys_ftruncate(struct jl_process *p, const struct jl_args *a) {
    return jl_result(ftruncate(jl_fd(p, a->a[0]), (int32_t)a->a[1]));
}
int64_t jl_sys_ftruncate64(struct jl_process *p, const struct jl_args *a) {
    return jl_result(ftruncate(jl_fd(p, a->a[0]), wide(p, a, 2)));
}
int64_t jl_sys_fallocate(struct jl_process *p, const struct jl_args *a) {
    return jl_result(fallocate(jl_fd(p, a->a[0]), (int)a->a[1], wide(p, a, 2), wide(p, a, 4)));
}
int64_t jl_sys_fadvise64(struct jl_process *p, const struct jl_args *a) {
    return -posix_fadvise(jl_fd(p, a->a[0]), wide(p, a, 2), wide(p, a, 4), (int)a->a[6]);
}
int64_t jl_sys_readahead(struct jl_process *p, const struct jl_args *a) {
    return jl_result(readahead(jl_fd(p, a->a[0]), wide(p, a, 2), a->a[4]));
}
int64_t jl_sys_sync_file_range(struct jl_process *p, const struct jl_args *a) {
    return jl_result(sync_file_range(jl_fd(p, a->a[0]), wide(p, a, 2), wide(p, a, 4), a->a[6]));
}

int64_t jl_sys_fsync(struct jl_process *p, const struct jl_args *a) {
    return jl_result(fsync(jl_fd(p, a->a[0])));
}
int64_t jl_sys_fdatasync(struct jl_process *p, const struct jl_args *a) {
    return jl_result(fdatasync(jl_fd(p, a->a[0])));
}
int64_t jl_sys_sync(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    sync();
    return 0;
}
int64_t jl_sys_syncfs(struct jl_process *p, const struct jl_args *a) {
    return jl_result(syncfs(jl_fd(p, a->a[0])));
}

/* ---- from descriptor to descriptor ---- */

/* An optional file position in guest memory, of 4 or 8 bytes: what the host's call is to use and to bring up to date.
 */
struct offset {
    void *guest;
    off_t value;
    bool is_wide;
};

static bool offset_get(struct jl_process *p, uint32_t addr, bool is_wide, struct offset *o) {
    *o = (struct offset){.is_wide = is_wide};
    if (!addr)
        return true;
    o->guest = jl_mem_writable(p->mem, addr, is_wide ? 8 : 4);
    if (o->guest)
        o->value = is_wide ? (off_t)jl_get64(p, o->guest) : (int32_t)jl_get32(p, o->guest);
    return o->guest;
}

static void offset_put(struct jl_process *p, struct offset *o) {
    if (o->guest && o->is_wide)
        jl_put64(p, o->guest, (uint64_t)o->value);
    else if (o->guest)
        jl_put32(p, o->guest, (uint32_t)o->value);
}

static int64_t send_file(struct jl_process *p, const struct jl_args *a, bool is_wide) {
    struct offset o;
    if (!offset_get(p, a->a[2], is_wide, &o))
        return -EFAULT;
    int64_t r = jl_result(sendfile(jl_fd(p, a->a[0]), jl_fd(p, a->a[1]), o.guest ? &o.value : NULL, (int32_t)a->a[3]));
    offset_put(p, &o);
    return written(p, jl_fd(p, a->a[0]), r);
}
int64_t jl_sys_sendfile(struct jl_process *p, const struct jl_args *a) {
    return send_file(p, a, false);
}
int64_t jl_sys_sendfile64(struct jl_process *p, const struct jl_args *a) {
    return send_file(p, a, true);
}

typedef ssize_t two_offsets(int in, off64_t *in_at, int out, off64_t *out_at, size_t n, unsigned flags);

static int64_t between(struct jl_process *p, const struct jl_args *a, two_offsets *call) {
    struct offset in, out;
    if (!offset_get(p, a->a[1], true, &in) || !offset_get(p, a->a[3], true, &out))
        return -EFAULT;
    int64_t r = jl_result(call(jl_fd(p, a->a[0]), in.guest ? &in.value : NULL, jl_fd(p, a->a[2]),
                               out.guest ? &out.value : NULL, a->a[4], a->a[5]));
    offset_put(p, &in);
    offset_put(p, &out);
    return written(p, jl_fd(p, a->a[2]), r);
}
int64_t jl_sys_copy_file_range(struct jl_process *p, const struct jl_args *a) {
    return between(p, a, copy_file_range);
}
int64_t jl_sys_splice(struct jl_process *p, const struct jl_args *a) {
    return between(p, a, splice);
}

/* ---- copies of descriptors, pipes ---- */

static int64_t copied(struct jl_process *p, uint32_t from, int fd) {
    return jl_fd_opened(p, fd, jl_fd(p, from) < 0 ? JL_FD_PLAIN : (enum jl_fd_kind)p->fd_kind[from]);
}

int64_t jl_sys_dup(struct jl_process *p, const struct jl_args *a) {
    return copied(p, a->a[0], dup(jl_fd(p, a->a[0])));
}
int64_t jl_sys_dup2(struct jl_process *p, const struct jl_args *a) {
    return copied(p, a->a[0], dup2(jl_fd(p, a->a[0]), jl_fd(p, a->a[1])));
}
int64_t jl_sys_dup3(struct jl_process *p, const struct jl_args *a) {
    return copied(p, a->a[0], dup3(jl_fd(p, a->a[0]), jl_fd(p, a->a[1]), jl_open_flags_to_host(a->a[2])));
}

/* The second descriptor goes to v1, not to memory. */
int64_t jl_sys_pipe(struct jl_process *p, const struct jl_args *a) {
    int fd[2];
    (void)a;
    if (pipe(fd) < 0)
        return -errno;
    int64_t r0 = jl_fd_opened(p, fd[0], JL_FD_PLAIN), r1 = jl_fd_opened(p, fd[1], JL_FD_PLAIN);
    if (r0 < 0 || r1 < 0)
        return -EMFILE;
    jl_self()->cpu->var[3] = (uint32_t)r1;
    return r0;
}

/* This one stores both, as everywhere. */
int64_t jl_sys_pipe2(struct jl_process *p, const struct jl_args *a) {
    int fd[2];
    uint8_t *out = jl_mem_writable(p->mem, a->a[0], 8);
    if (!out)
        return -EFAULT;
    if (pipe2(fd, jl_open_flags_to_host(a->a[1])) < 0)
        return -errno;
    if (jl_fd_opened(p, fd[0], JL_FD_PLAIN) < 0 || jl_fd_opened(p, fd[1], JL_FD_PLAIN) < 0)
        return -EMFILE;
    jl_put32(p, out, (uint32_t)fd[0]);
    jl_put32(p, out + 4, (uint32_t)fd[1]);
    return 0;
}
