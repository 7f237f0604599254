/* What changes or asks about names in the file system. As QEMU's -L does, only what reads is looked up in the sysroot;
 * what creates, renames or removes takes the guest's path as it is. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guests/linux/linux.h"

/* ---- one name ---- */

static const char *plain(struct jl_process *p, uint32_t addr) {
    const char *name = jl_guest_string(p, addr);
    if (!name)
        errno = EFAULT;
    return name;
}

static int64_t unlink_at(struct jl_process *p, int dir, uint32_t path, int flags) {
    const char *name = plain(p, path);
    return jl_result(name ? unlinkat(dir, name, flags) : -1);
}
int64_t jl_sys_unlink(struct jl_process *p, const struct jl_args *a) {
    return unlink_at(p, AT_FDCWD, a->a[0], 0);
}
int64_t jl_sys_rmdir(struct jl_process *p, const struct jl_args *a) {
    return unlink_at(p, AT_FDCWD, a->a[0], AT_REMOVEDIR);
}
int64_t jl_sys_unlinkat(struct jl_process *p, const struct jl_args *a) {
    return unlink_at(p, jl_at_fd(p, a->a[0]), a->a[1], (int)a->a[2]);
}

static int64_t mkdir_at(struct jl_process *p, int dir, uint32_t path, uint32_t mode) {
    const char *name = plain(p, path);
    return jl_result(name ? mkdirat(dir, name, mode) : -1);
}
int64_t jl_sys_mkdir(struct jl_process *p, const struct jl_args *a) {
    return mkdir_at(p, AT_FDCWD, a->a[0], a->a[1]);
}
int64_t jl_sys_mkdirat(struct jl_process *p, const struct jl_args *a) {
    return mkdir_at(p, jl_at_fd(p, a->a[0]), a->a[1], a->a[2]);
}

static int64_t mknod_at(struct jl_process *p, int dir, uint32_t path, uint32_t mode, uint32_t dev) {
    const char *name = plain(p, path);
    return jl_result(name ? mknodat(dir, name, mode, dev) : -1);
}
int64_t jl_sys_mknod(struct jl_process *p, const struct jl_args *a) {
    return mknod_at(p, AT_FDCWD, a->a[0], a->a[1], a->a[2]);
}
int64_t jl_sys_mknodat(struct jl_process *p, const struct jl_args *a) {
    return mknod_at(p, jl_at_fd(p, a->a[0]), a->a[1], a->a[2], a->a[3]);
}

static int64_t chmod_at(struct jl_process *p, int dir, uint32_t path, uint32_t mode) {
    char buf[JL_LINUX_PATH];
    const char *name = jl_path(p, path, buf);
    return jl_result(name ? fchmodat(dir, name, mode, 0) : -1);
}
int64_t jl_sys_chmod(struct jl_process *p, const struct jl_args *a) {
    return chmod_at(p, AT_FDCWD, a->a[0], a->a[1]);
}
int64_t jl_sys_fchmodat(struct jl_process *p, const struct jl_args *a) {
    return chmod_at(p, jl_at_fd(p, a->a[0]), a->a[1], a->a[2]);
}
int64_t jl_sys_fchmod(struct jl_process *p, const struct jl_args *a) {
    return jl_result(fchmod(jl_fd(p, a->a[0]), a->a[1]));
}

static int64_t chown_at(struct jl_process *p, int dir, uint32_t path, uint32_t uid, uint32_t gid, int flags) {
    char buf[JL_LINUX_PATH];
    const char *name = jl_path(p, path, buf);
    return jl_result(name ? fchownat(dir, name, uid, gid, flags) : -1);
}
int64_t jl_sys_chown(struct jl_process *p, const struct jl_args *a) {
    return chown_at(p, AT_FDCWD, a->a[0], a->a[1], a->a[2], 0);
}
int64_t jl_sys_lchown(struct jl_process *p, const struct jl_args *a) {
    return chown_at(p, AT_FDCWD, a->a[0], a->a[1], a->a[2], AT_SYMLINK_NOFOLLOW);
}
int64_t jl_sys_fchownat(struct jl_process *p, const struct jl_args *a) {
    return chown_at(p, jl_at_fd(p, a->a[0]), a->a[1], a->a[2], a->a[3], (int)a->a[4]);
}
int64_t jl_sys_fchown(struct jl_process *p, const struct jl_args *a) {
    return jl_result(fchown(jl_fd(p, a->a[0]), a->a[1], a->a[2]));
}

int64_t jl_sys_umask(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return umask(a->a[0]);
}

/* ---- two names ---- */

static int64_t rename_at(struct jl_process *p, int from, uint32_t old, int to, uint32_t new, uint32_t flags) {
    const char *a = plain(p, old), *b = plain(p, new);
    return jl_result(a && b ? renameat2(from, a, to, b, flags) : -1);
}
int64_t jl_sys_rename(struct jl_process *p, const struct jl_args *a) {
    return rename_at(p, AT_FDCWD, a->a[0], AT_FDCWD, a->a[1], 0);
}
int64_t jl_sys_renameat(struct jl_process *p, const struct jl_args *a) {
    return rename_at(p, jl_at_fd(p, a->a[0]), a->a[1], jl_at_fd(p, a->a[2]), a->a[3], 0);
}
int64_t jl_sys_renameat2(struct jl_process *p, const struct jl_args *a) {
    return rename_at(p, jl_at_fd(p, a->a[0]), a->a[1], jl_at_fd(p, a->a[2]), a->a[3], a->a[4]);
}

static int64_t link_at(struct jl_process *p, int from, uint32_t old, int to, uint32_t new, int flags) {
    const char *a = plain(p, old), *b = plain(p, new);
    return jl_result(a && b ? linkat(from, a, to, b, flags) : -1);
}
int64_t jl_sys_link(struct jl_process *p, const struct jl_args *a) {
    return link_at(p, AT_FDCWD, a->a[0], AT_FDCWD, a->a[1], 0);
}
int64_t jl_sys_linkat(struct jl_process *p, const struct jl_args *a) {
    return link_at(p, jl_at_fd(p, a->a[0]), a->a[1], jl_at_fd(p, a->a[2]), a->a[3], (int)a->a[4]);
}

static int64_t symlink_at(struct jl_process *p, uint32_t target, int dir, uint32_t path) {
    const char *a = plain(p, target), *b = plain(p, path);
    return jl_result(a && b ? symlinkat(a, dir, b) : -1);
}
int64_t jl_sys_symlink(struct jl_process *p, const struct jl_args *a) {
    return symlink_at(p, a->a[0], AT_FDCWD, a->a[1]);
}
int64_t jl_sys_symlinkat(struct jl_process *p, const struct jl_args *a) {
    return symlink_at(p, a->a[0], jl_at_fd(p, a->a[1]), a->a[2]);
}

/* ---- questions ---- */

static int64_t access_at(struct jl_process *p, int dir, uint32_t path, uint32_t mode, int flags) {
    char buf[JL_LINUX_PATH];
    const char *name = jl_path(p, path, buf);
    return jl_result(name ? faccessat(dir, name, (int)mode, flags) : -1);
}
int64_t jl_sys_access(struct jl_process *p, const struct jl_args *a) {
    return access_at(p, AT_FDCWD, a->a[0], a->a[1], 0);
}
int64_t jl_sys_faccessat(struct jl_process *p, const struct jl_args *a) {
    return access_at(p, jl_at_fd(p, a->a[0]), a->a[1], a->a[2], 0);
}
int64_t jl_sys_faccessat2(struct jl_process *p, const struct jl_args *a) {
    return access_at(p, jl_at_fd(p, a->a[0]), a->a[1], a->a[2], (int)a->a[3]);
}

static int64_t read_link(struct jl_process *p, int dir, uint32_t path, uint32_t addr, uint32_t size) {
    char buf[JL_LINUX_PATH];
    const char *name = jl_path(p, path, buf);
    char *out = jl_mem_writable(p->mem, addr, size);
    if (!name || !out)
        return name ? -EFAULT : -errno;
    if (name == p->exe) { /* asked for /proc/self/exe */
        size_t n = strnlen(p->exe, size);
        memcpy(out, p->exe, n);
        return (int64_t)n;
    }
    return jl_result(readlinkat(dir, name, out, size));
}
int64_t jl_sys_readlink(struct jl_process *p, const struct jl_args *a) {
    return read_link(p, AT_FDCWD, a->a[0], a->a[1], a->a[2]);
}
int64_t jl_sys_readlinkat(struct jl_process *p, const struct jl_args *a) {
    return read_link(p, jl_at_fd(p, a->a[0]), a->a[1], a->a[2], a->a[3]);
}

/* ---- the working directory ---- */

int64_t jl_sys_chdir(struct jl_process *p, const struct jl_args *a) {
    const char *name = plain(p, a->a[0]);
    return jl_result(name ? chdir(name) : -1);
}
int64_t jl_sys_fchdir(struct jl_process *p, const struct jl_args *a) {
    return jl_result(fchdir(jl_fd(p, a->a[0])));
}
int64_t jl_sys_chroot(struct jl_process *p, const struct jl_args *a) {
    const char *name = plain(p, a->a[0]);
    return jl_result(name ? chroot(name) : -1);
}
int64_t jl_sys_getcwd(struct jl_process *p, const struct jl_args *a) {
    char *out = jl_mem_writable(p->mem, a->a[0], a->a[1]);
    if (!out)
        return -EFAULT;
    return getcwd(out, a->a[1]) ? (int64_t)strlen(out) + 1 : -errno;
}
