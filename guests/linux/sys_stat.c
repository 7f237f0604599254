/* Files' attributes: stat's three forms, file systems, times of change. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "guests/linux/linux.h"

/* ---- stat ---- */

/* struct stat64 of o32. Device numbers are 32 bits, as the kernel packs them, which is how the host's look too while
 * majors stay below 4,096. */
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
    char buf[JL_LINUX_PATH];
    const char *name = jl_path(p, path, buf);
    return !name || fstatat(dir, name, &st, flags) < 0 ? -errno : put_stat(p, out, &st);
}

int64_t jl_sys_stat64(struct jl_process *p, const struct jl_args *a) {
    return stat_at(p, AT_FDCWD, a->a[0], a->a[1], 0);
}
int64_t jl_sys_lstat64(struct jl_process *p, const struct jl_args *a) {
    return stat_at(p, AT_FDCWD, a->a[0], a->a[1], AT_SYMLINK_NOFOLLOW);
}
int64_t jl_sys_fstatat64(struct jl_process *p, const struct jl_args *a) {
    return stat_at(p, jl_at_fd(p, a->a[0]), a->a[1], a->a[2], (int)a->a[3]);
}
int64_t jl_sys_fstat64(struct jl_process *p, const struct jl_args *a) {
    struct stat st;
    return fstat(jl_fd(p, a->a[0]), &st) < 0 ? -errno : put_stat(p, a->a[1], &st);
}

static void put_time(struct jl_process *p, uint8_t *at, const struct statx_timestamp *t) {
    jl_put64(p, at, (uint64_t)t->tv_sec);
    jl_put32(p, at + 8, t->tv_nsec);
}

/* struct statx has one layout on every architecture; only the byte order differs. */
int64_t jl_sys_statx(struct jl_process *p, const struct jl_args *a) {
    struct statx st;
    char buf[JL_LINUX_PATH];
    const char *name = jl_path(p, a->a[1], buf);
    if (!name || statx(jl_at_fd(p, a->a[0]), name, (int)a->a[2], a->a[3], &st) < 0)
        return -errno;
    uint8_t *o = jl_mem_writable(p->mem, a->a[4], 256);
    if (!o)
        return -EFAULT;
    memset(o, 0, 256);
    jl_put32(p, o, st.stx_mask);
    jl_put32(p, o + 4, st.stx_blksize);
    jl_put64(p, o + 8, st.stx_attributes);
    jl_put32(p, o + 16, st.stx_nlink);
    jl_put32(p, o + 20, st.stx_uid);
    jl_put32(p, o + 24, st.stx_gid);
    jl_put16(p, o + 28, st.stx_mode);
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

/* ---- file systems ---- */

static int64_t put_statfs(struct jl_process *p, uint32_t addr, const struct statfs *s) {
    const long fields[8] = {s->f_type,        s->f_bsize,       s->f_frsize,      (long)s->f_blocks,
                            (long)s->f_bfree, (long)s->f_files, (long)s->f_ffree, (long)s->f_bavail};
    uint8_t *o = jl_mem_writable(p->mem, addr, 64);
    if (!o)
        return -EFAULT;
    memset(o, 0, 64);
    for (unsigned i = 0; i < 8; i++)
        jl_put32(p, o + 4 * i, (uint32_t)fields[i]);
    jl_put32(p, o + 32, (uint32_t)s->f_fsid.__val[0]);
    jl_put32(p, o + 36, (uint32_t)s->f_fsid.__val[1]);
    jl_put32(p, o + 40, (uint32_t)s->f_namelen);
    jl_put32(p, o + 44, (uint32_t)s->f_flags);
    return 0;
}

static int64_t put_statfs64(struct jl_process *p, uint32_t addr, uint32_t size, const struct statfs *s) {
    const uint64_t counts[5] = {s->f_blocks, s->f_bfree, s->f_files, s->f_ffree, s->f_bavail};
    enum { SIZE = 96 };
    uint8_t *o = jl_mem_writable(p->mem, addr, SIZE);
    if (size != SIZE)
        return -EINVAL;
    if (!o)
        return -EFAULT;
    memset(o, 0, SIZE);
    jl_put32(p, o, (uint32_t)s->f_type);
    jl_put32(p, o + 4, (uint32_t)s->f_bsize);
    jl_put32(p, o + 8, (uint32_t)s->f_frsize);
    for (unsigned i = 0; i < 5; i++)
        jl_put64(p, o + 16 + 8 * i, counts[i]);
    jl_put32(p, o + 56, (uint32_t)s->f_fsid.__val[0]);
    jl_put32(p, o + 60, (uint32_t)s->f_fsid.__val[1]);
    jl_put32(p, o + 64, (uint32_t)s->f_namelen);
    jl_put32(p, o + 68, (uint32_t)s->f_flags);
    return 0;
}

static int statfs_path(struct jl_process *p, uint32_t path, struct statfs *s) {
    char buf[JL_LINUX_PATH];
    const char *name = jl_path(p, path, buf);
    return name ? statfs(name, s) : -1;
}
int64_t jl_sys_statfs(struct jl_process *p, const struct jl_args *a) {
    struct statfs s;
    return statfs_path(p, a->a[0], &s) < 0 ? -errno : put_statfs(p, a->a[1], &s);
}
int64_t jl_sys_fstatfs(struct jl_process *p, const struct jl_args *a) {
    struct statfs s;
    return fstatfs(jl_fd(p, a->a[0]), &s) < 0 ? -errno : put_statfs(p, a->a[1], &s);
}
int64_t jl_sys_statfs64(struct jl_process *p, const struct jl_args *a) {
    struct statfs s;
    return statfs_path(p, a->a[0], &s) < 0 ? -errno : put_statfs64(p, a->a[2], a->a[1], &s);
}
int64_t jl_sys_fstatfs64(struct jl_process *p, const struct jl_args *a) {
    struct statfs s;
    return fstatfs(jl_fd(p, a->a[0]), &s) < 0 ? -errno : put_statfs64(p, a->a[2], a->a[1], &s);
}

/* ---- times ---- */

/* The kernel's call rather than the library's, since a null path means the descriptor itself. */
static int64_t set_times(struct jl_process *p, int dir, uint32_t path, const struct timespec *t, int flags) {
    char buf[JL_LINUX_PATH];
    const char *name = path ? jl_path(p, path, buf) : NULL;
    if (path && !name)
        return -errno;
    return jl_result(syscall(SYS_utimensat, dir, name, t, flags));
}

static int64_t utimens(struct jl_process *p, const struct jl_args *a, bool is_wide) {
    struct timespec t[2];
    if (a->a[2] && (!jl_guest_get_time(p, a->a[2], is_wide, &t[0]) ||
                    !jl_guest_get_time(p, a->a[2] + (is_wide ? 16 : 8), is_wide, &t[1])))
        return -EFAULT;
    return set_times(p, jl_at_fd(p, a->a[0]), a->a[1], a->a[2] ? t : NULL, (int)a->a[3]);
}
int64_t jl_sys_utimensat(struct jl_process *p, const struct jl_args *a) {
    return utimens(p, a, false);
}
int64_t jl_sys_utimensat64(struct jl_process *p, const struct jl_args *a) {
    return utimens(p, a, true);
}

static int64_t utimevals(struct jl_process *p, int dir, uint32_t path, uint32_t times) {
    struct timespec t[2];
    if (times && (!jl_guest_get_time(p, times, false, &t[0]) || !jl_guest_get_time(p, times + 8, false, &t[1])))
        return -EFAULT;
    for (unsigned i = 0; times && i < 2; i++) {
        if (t[i].tv_nsec < 0 || t[i].tv_nsec >= 1000000)
            return -EINVAL;
        t[i].tv_nsec *= 1000;
    }
    return set_times(p, dir, path, times ? t : NULL, 0);
}
int64_t jl_sys_utimes(struct jl_process *p, const struct jl_args *a) {
    return utimevals(p, AT_FDCWD, a->a[0], a->a[1]);
}
int64_t jl_sys_futimesat(struct jl_process *p, const struct jl_args *a) {
    return utimevals(p, jl_at_fd(p, a->a[0]), a->a[1], a->a[2]);
}
int64_t jl_sys_utime(struct jl_process *p, const struct jl_args *a) {
    struct timespec t[2] = {{0}, {0}};
    const uint8_t *in = a->a[1] ? jl_mem_readable(p->mem, a->a[1], 8) : NULL;
    if (a->a[1] && !in)
        return -EFAULT;
    for (unsigned i = 0; in && i < 2; i++)
        t[i].tv_sec = (int32_t)jl_get32(p, in + 4 * i);
    return set_times(p, AT_FDCWD, a->a[0], in ? t : NULL, 0);
}
