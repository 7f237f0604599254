/* Files' extended attributes. */
#include <errno.h>
#include <sys/xattr.h>

#include "guests/linux/linux.h"

/* How the attributes are reached: by path, by path without following a last link, by descriptor. */
enum way { BY_PATH, BY_LINK, BY_FD };

static const char *file_of(struct jl_process *p, enum way way, uint32_t arg, char buf[JL_LINUX_PATH]) {
    return way == BY_FD ? "" : jl_path(p, arg, buf);
}

static int64_t get_attribute(struct jl_process *p, const struct jl_args *a, enum way way) {
    char buf[JL_LINUX_PATH];
    const char *file = file_of(p, way, a->a[0], buf), *name = jl_guest_string(p, a->a[1]);
    void *to = a->a[3] ? jl_mem_writable(p->mem, a->a[2], a->a[3]) : NULL;
    if (!file || !name || (a->a[3] && !to))
        return -EFAULT;
    return jl_result(way == BY_FD     ? fgetxattr(jl_fd(p, a->a[0]), name, to, a->a[3])
                     : way == BY_LINK ? lgetxattr(file, name, to, a->a[3])
                                      : getxattr(file, name, to, a->a[3]));
}
int64_t jl_sys_getxattr(struct jl_process *p, const struct jl_args *a) {
    return get_attribute(p, a, BY_PATH);
}
int64_t jl_sys_lgetxattr(struct jl_process *p, const struct jl_args *a) {
    return get_attribute(p, a, BY_LINK);
}
int64_t jl_sys_fgetxattr(struct jl_process *p, const struct jl_args *a) {
    return get_attribute(p, a, BY_FD);
}

static int64_t set_attribute(struct jl_process *p, const struct jl_args *a, enum way way) {
    char buf[JL_LINUX_PATH];
    const char *file = file_of(p, way, a->a[0], buf), *name = jl_guest_string(p, a->a[1]);
    const void *from = jl_mem_readable(p->mem, a->a[2], a->a[3]);
    int flags = (int)a->a[4];
    if (!file || !name || !from)
        return -EFAULT;
    return jl_result(way == BY_FD     ? fsetxattr(jl_fd(p, a->a[0]), name, from, a->a[3], flags)
                     : way == BY_LINK ? lsetxattr(file, name, from, a->a[3], flags)
                                      : setxattr(file, name, from, a->a[3], flags));
}
int64_t jl_sys_setxattr(struct jl_process *p, const struct jl_args *a) {
    return set_attribute(p, a, BY_PATH);
}
int64_t jl_sys_lsetxattr(struct jl_process *p, const struct jl_args *a) {
    return set_attribute(p, a, BY_LINK);
}
int64_t jl_sys_fsetxattr(struct jl_process *p, const struct jl_args *a) {
    return set_attribute(p, a, BY_FD);
}

static int64_t list_attributes(struct jl_process *p, const struct jl_args *a, enum way way) {
    char buf[JL_LINUX_PATH];
    const char *file = file_of(p, way, a->a[0], buf);
    char *to = a->a[2] ? jl_mem_writable(p->mem, a->a[1], a->a[2]) : NULL;
    if (!file || (a->a[2] && !to))
        return -EFAULT;
    return jl_result(way == BY_FD     ? flistxattr(jl_fd(p, a->a[0]), to, a->a[2])
                     : way == BY_LINK ? llistxattr(file, to, a->a[2])
                                      : listxattr(file, to, a->a[2]));
}
int64_t jl_sys_listxattr(struct jl_process *p, const struct jl_args *a) {
    return list_attributes(p, a, BY_PATH);
}
int64_t jl_sys_llistxattr(struct jl_process *p, const struct jl_args *a) {
    return list_attributes(p, a, BY_LINK);
}
int64_t jl_sys_flistxattr(struct jl_process *p, const struct jl_args *a) {
    return list_attributes(p, a, BY_FD);
}

static int64_t remove_attribute(struct jl_process *p, const struct jl_args *a, enum way way) {
    char buf[JL_LINUX_PATH];
    const char *file = file_of(p, way, a->a[0], buf), *name = jl_guest_string(p, a->a[1]);
    if (!file || !name)
        return -EFAULT;
    return jl_result(way == BY_FD     ? fremovexattr(jl_fd(p, a->a[0]), name)
                     : way == BY_LINK ? lremovexattr(file, name)
                                      : removexattr(file, name));
}
int64_t jl_sys_removexattr(struct jl_process *p, const struct jl_args *a) {
    return remove_attribute(p, a, BY_PATH);
}
int64_t jl_sys_lremovexattr(struct jl_process *p, const struct jl_args *a) {
    return remove_attribute(p, a, BY_LINK);
}
int64_t jl_sys_fremovexattr(struct jl_process *p, const struct jl_args *a) {
    return remove_attribute(p, a, BY_FD);
}
