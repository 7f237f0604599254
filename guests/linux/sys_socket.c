/* Sockets. MIPS o32 has a system call for each operation. */
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "guests/linux/abi.h"
#include "guests/linux/host_call.h"
#include "guests/linux/linux.h"

enum { G_SOL_SOCKET = 0xffff, CONTROL_ROOM = 4096 };

/* ---- addresses ---- */

/* All kinds keep their contents in network order or as bytes, but for the family itself and netlink's numbers. */
static int64_t get_address(struct jl_process *p, uint32_t addr, uint32_t size, struct sockaddr_storage *out) {
    const uint8_t *in = jl_mem_readable(p->mem, addr, size);
    if (size > sizeof *out)
        return -EINVAL;
    if (!in)
        return -EFAULT;
    memset(out, 0, sizeof *out);
    memcpy(out, in, size);
    if (size >= 2)
        out->ss_family = jl_get16(p, in);
    if (out->ss_family == AF_NETLINK && size >= sizeof(struct sockaddr_nl)) {
        ((struct sockaddr_nl *)out)->nl_pid = jl_get32(p, in + 4);
        ((struct sockaddr_nl *)out)->nl_groups = jl_get32(p, in + 8);
    }
    return size;
}

/* Stores what fits into the guest's buffer, and the full length; addr 0: nothing is wanted. */
static int64_t put_address(struct jl_process *p, uint32_t addr, uint32_t length_addr, struct sockaddr_storage *from,
                           socklen_t size) {
    uint8_t *length = jl_mem_writable(p->mem, length_addr, 4);
    if (!addr)
        return 0;
    if (!length)
        return -EFAULT;
    uint32_t room = jl_get32(p, length), n = room < size ? room : size;
    uint8_t *out = jl_mem_writable(p->mem, addr, n);
    if (!out)
        return -EFAULT;
    sa_family_t family = from->ss_family;
    if (family == AF_NETLINK && size >= sizeof(struct sockaddr_nl)) {
        struct sockaddr_nl *nl = (struct sockaddr_nl *)from;
        jl_put32(p, &nl->nl_pid, nl->nl_pid);
        jl_put32(p, &nl->nl_groups, nl->nl_groups);
    }
    jl_put16(p, &from->ss_family, family);
    memcpy(out, from, n);
    jl_put32(p, length, size);
    return 0;
}

/* ---- making and connecting ---- */

static int type_of(uint32_t guest) {
    enum { TYPE_MASK = 0xf };
    int type = jl_socket_type_to_host(guest & TYPE_MASK);
    return type < 0 ? -1 : type | jl_nonblock_cloexec(guest);
}

int64_t jl_sys_socket(struct jl_process *p, const struct jl_args *a) {
    int type = type_of(a->a[1]);
    return type < 0 ? -EINVAL : jl_fd_opened(p, socket((int)a->a[0], type, (int)a->a[2]), JL_FD_PLAIN);
}

int64_t jl_sys_socketpair(struct jl_process *p, const struct jl_args *a) {
    int fd[2], type = type_of(a->a[1]);
    uint8_t *out = jl_mem_writable(p->mem, a->a[3], 8);
    if (type < 0 || !out)
        return out ? -EINVAL : -EFAULT;
    if (socketpair((int)a->a[0], type, (int)a->a[2], fd) < 0)
        return -errno;
    if (jl_fd_opened(p, fd[0], JL_FD_PLAIN) < 0 || jl_fd_opened(p, fd[1], JL_FD_PLAIN) < 0)
        return -EMFILE;
    jl_put32(p, out, (uint32_t)fd[0]);
    jl_put32(p, out + 4, (uint32_t)fd[1]);
    return 0;
}

int64_t jl_sys_bind(struct jl_process *p, const struct jl_args *a) {
    struct sockaddr_storage s = {0};
    int64_t n = get_address(p, a->a[1], a->a[2], &s);
    return n < 0 ? n : jl_result(bind(jl_fd(p, a->a[0]), (struct sockaddr *)&s, (socklen_t)n));
}
int64_t jl_sys_connect(struct jl_process *p, const struct jl_args *a) {
    struct sockaddr_storage s = {0};
    int64_t n = get_address(p, a->a[1], a->a[2], &s);
    return n < 0 ? n : jl_host_call(SYS_connect, jl_fd(p, a->a[0]), &s, n);
}
int64_t jl_sys_listen(struct jl_process *p, const struct jl_args *a) {
    return jl_result(listen(jl_fd(p, a->a[0]), (int)a->a[1]));
}
int64_t jl_sys_shutdown(struct jl_process *p, const struct jl_args *a) {
    return jl_result(shutdown(jl_fd(p, a->a[0]), (int)a->a[1]));
}

static int64_t accept_as(struct jl_process *p, const struct jl_args *a, int flags) {
    struct sockaddr_storage s = {0};
    socklen_t size = sizeof s;
    int64_t fd = jl_host_call(SYS_accept4, jl_fd(p, a->a[0]), &s, &size, flags);
    if (fd >= 0)
        fd = jl_fd_opened(p, (int)fd, JL_FD_PLAIN);
    int64_t r = fd < 0 ? fd : put_address(p, a->a[1], a->a[2], &s, size);
    return r < 0 ? r : fd;
}
int64_t jl_sys_accept(struct jl_process *p, const struct jl_args *a) {
    return accept_as(p, a, 0);
}
int64_t jl_sys_accept4(struct jl_process *p, const struct jl_args *a) {
    return accept_as(p, a, jl_nonblock_cloexec(a->a[3]));
}

int64_t jl_sys_getsockname(struct jl_process *p, const struct jl_args *a) {
    struct sockaddr_storage s = {0};
    socklen_t size = sizeof s;
    int r = getsockname(jl_fd(p, a->a[0]), (struct sockaddr *)&s, &size);
    return r < 0 ? -errno : put_address(p, a->a[1], a->a[2], &s, size);
}
int64_t jl_sys_getpeername(struct jl_process *p, const struct jl_args *a) {
    struct sockaddr_storage s = {0};
    socklen_t size = sizeof s;
    int r = getpeername(jl_fd(p, a->a[0]), (struct sockaddr *)&s, &size);
    return r < 0 ? -errno : put_address(p, a->a[1], a->a[2], &s, size);
}

/* ---- sending and receiving ---- */

/* MSG_ flags are the same everywhere. */
static int64_t send_to(struct jl_process *p, const struct jl_args *a, uint32_t addr, uint32_t size) {
    struct sockaddr_storage s = {0};
    const void *buf = jl_mem_readable(p->mem, a->a[1], a->a[2]);
    int64_t n = addr ? get_address(p, addr, size, &s) : 0;
    if (n < 0)
        return n;
    return jl_host_call(SYS_sendto, jl_fd(p, a->a[0]), buf, a->a[2], (int)a->a[3], addr ? &s : NULL, n);
}
int64_t jl_sys_send(struct jl_process *p, const struct jl_args *a) {
    return send_to(p, a, 0, 0);
}
int64_t jl_sys_sendto(struct jl_process *p, const struct jl_args *a) {
    return send_to(p, a, a->a[4], a->a[5]);
}

static int64_t receive(struct jl_process *p, const struct jl_args *a, uint32_t addr, uint32_t length) {
    struct sockaddr_storage s = {0};
    socklen_t size = sizeof s;
    void *buf = jl_mem_writable(p->mem, a->a[1], a->a[2]);
    int64_t r = jl_host_call(SYS_recvfrom, jl_fd(p, a->a[0]), buf, a->a[2], (int)a->a[3], &s, &size);
    if (r >= 0 && addr) {
        int64_t e = put_address(p, addr, length, &s, size);
        return e < 0 ? e : r;
    }
    return r;
}
int64_t jl_sys_recv(struct jl_process *p, const struct jl_args *a) {
    return receive(p, a, 0, 0);
}
int64_t jl_sys_recvfrom(struct jl_process *p, const struct jl_args *a) {
    return receive(p, a, a->a[4], a->a[5]);
}

/* Control messages: a guest's header is three 32-bit words and its alignment 4; the contents that occur (descriptors,
 * credentials) are 32-bit words. */
static int64_t control_to_host(struct jl_process *p, uint32_t addr, uint32_t size, struct msghdr *m) {
    const uint8_t *in = jl_mem_readable(p->mem, addr, size);
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    size_t used = 0;
    if (!in)
        return -EFAULT;
    for (uint32_t at = 0; at + 12 <= size;) {
        uint32_t length = jl_get32(p, in + at), words = (length - 12) / 4;
        if (length < 12 || length > size - at || !c || used + CMSG_SPACE(words * 4) > m->msg_controllen)
            return -EINVAL;
        uint32_t level = jl_get32(p, in + at + 4);
        c->cmsg_len = CMSG_LEN(words * 4);
        c->cmsg_level = level == G_SOL_SOCKET ? SOL_SOCKET : (int)level;
        c->cmsg_type = (int)jl_get32(p, in + at + 8);
        for (uint32_t i = 0; i < words; i++) {
            uint32_t v = jl_get32(p, in + at + 12 + 4 * i);
            memcpy(CMSG_DATA(c) + 4 * i, &v, 4);
        }
        used += CMSG_SPACE(words * 4);
        at += (length + 3) & ~3u;
        c = (struct cmsghdr *)((uint8_t *)m->msg_control + used);
    }
    m->msg_controllen = used;
    return 0;
}

static uint32_t control_to_guest(struct jl_process *p, uint8_t *out, uint32_t room, struct msghdr *m) {
    uint32_t at = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        uint32_t words = (uint32_t)(c->cmsg_len - CMSG_LEN(0)) / 4, length = 12 + 4 * words;
        if (length > room - at) {
            m->msg_flags |= MSG_CTRUNC;
            break;
        }
        jl_put32(p, out + at, length);
        jl_put32(p, out + at + 4, c->cmsg_level == SOL_SOCKET ? G_SOL_SOCKET : (uint32_t)c->cmsg_level);
        jl_put32(p, out + at + 8, (uint32_t)c->cmsg_type);
        for (uint32_t i = 0; i < words; i++) {
            uint32_t v;
            memcpy(&v, CMSG_DATA(c) + 4 * i, 4);
            jl_put32(p, out + at + 12 + 4 * i, v);
        }
        at += length;
    }
    return at;
}

/* One message: everything that a struct msghdr of the guest's (seven words) names, in the host's form. */
struct message {
    struct msghdr h;
    struct sockaddr_storage address;
    struct iovec v[JL_IOVECS];
    uint8_t *guest;
    uint32_t name, name_size, control, control_size;
    _Alignas(struct cmsghdr) uint8_t room[CONTROL_ROOM];
};

static int64_t message_get(struct jl_process *p, uint32_t addr, bool receives, struct message *m) {
    m->guest = jl_mem_writable(p->mem, addr, 28);
    if (!m->guest)
        return -EFAULT;
    m->name = jl_get32(p, m->guest);
    m->name_size = jl_get32(p, m->guest + 4);
    m->control = jl_get32(p, m->guest + 16);
    m->control_size = m->control ? jl_get32(p, m->guest + 20) : 0;
    int64_t n = jl_guest_iovec(p, jl_get32(p, m->guest + 8), jl_get32(p, m->guest + 12), receives, m->v);
    if (n < 0)
        return n;
    memset(m->room, 0, sizeof m->room);
    m->h = (struct msghdr){.msg_iov = m->v, .msg_iovlen = (size_t)n};
    m->h.msg_control = m->control_size ? m->room : NULL;
    m->h.msg_controllen = m->control_size ? sizeof m->room : 0;
    if (m->name) {
        m->h.msg_name = &m->address;
        m->h.msg_namelen = sizeof m->address;
        n = receives ? 0 : get_address(p, m->name, m->name_size, &m->address);
        if (!receives)
            m->h.msg_namelen = (socklen_t)n;
    }
    if (n >= 0 && !receives && m->control_size)
        n = control_to_host(p, m->control, m->control_size, &m->h);
    return n < 0 ? n : 0;
}

int64_t jl_sys_sendmsg(struct jl_process *p, const struct jl_args *a) {
    struct message m;
    int64_t r = message_get(p, a->a[1], false, &m);
    return r < 0 ? r : jl_host_call(SYS_sendmsg, jl_fd(p, a->a[0]), &m.h, (int)a->a[2]);
}

int64_t jl_sys_recvmsg(struct jl_process *p, const struct jl_args *a) {
    struct message m;
    int64_t r = message_get(p, a->a[1], true, &m);
    uint8_t *control = r < 0 ? NULL : jl_mem_writable(p->mem, m.control, m.control_size);
    if (r < 0 || !control)
        return r < 0 ? r : -EFAULT;
    r = jl_host_call(SYS_recvmsg, jl_fd(p, a->a[0]), &m.h, (int)a->a[2]);
    if (r < 0)
        return r;
    if (m.name) {
        int64_t e = put_address(p, m.name, a->a[1] + 4, &m.address, m.h.msg_namelen);
        if (e < 0)
            return e;
    }
    jl_put32(p, m.guest + 20, control_to_guest(p, control, m.control_size, &m.h));
    jl_put32(p, m.guest + 24, (uint32_t)m.h.msg_flags);
    return r;
}

/* ---- options ---- */

static bool level_and_name(const struct jl_args *a, int *level, int *name) {
    *level = a->a[1] == G_SOL_SOCKET ? SOL_SOCKET : (int)a->a[1];
    *name = a->a[1] == G_SOL_SOCKET ? jl_socket_option_to_host(a->a[2]) : (int)a->a[2];
    return *name >= 0;
}

static bool is_time(int level, int name) {
    return level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
}

/* Times are two words (four for the new options), everything else that has numbers has 32-bit ones. */
int64_t jl_sys_setsockopt(struct jl_process *p, const struct jl_args *a) {
    enum { G_NEW_TIMEO = 66 };
    int level, name, fd = jl_fd(p, a->a[0]);
    uint32_t words[64], size = a->a[4];
    const uint8_t *in = jl_mem_readable(p->mem, a->a[3], size);
    if (!level_and_name(a, &level, &name))
        return -ENOPROTOOPT;
    if (!in)
        return -EFAULT;
    if (is_time(level, name)) {
        struct timespec t;
        bool wide = a->a[2] >= G_NEW_TIMEO && a->a[2] <= G_NEW_TIMEO + 1;
        if (!jl_guest_get_time(p, a->a[3], wide, &t))
            return -EFAULT;
        struct timeval v = {t.tv_sec, t.tv_nsec}; /* it was a timeval there as well */
        return jl_result(setsockopt(fd, level, name, &v, sizeof v));
    }
    if (size > sizeof words || size % 4 || name == SO_BINDTODEVICE)
        return jl_result(setsockopt(fd, level, name, in, size));
    for (uint32_t i = 0; i < size / 4; i++)
        words[i] = jl_get32(p, in + 4 * i);
    return jl_result(setsockopt(fd, level, name, words, size));
}

int64_t jl_sys_getsockopt(struct jl_process *p, const struct jl_args *a) {
    int level, name;
    uint32_t words[64];
    uint8_t *length = jl_mem_writable(p->mem, a->a[4], 4);
    if (!length)
        return -EFAULT;
    uint32_t room = jl_get32(p, length);
    socklen_t size = sizeof words;
    if (!level_and_name(a, &level, &name))
        return -ENOPROTOOPT;
    if (getsockopt(jl_fd(p, a->a[0]), level, name, words, &size) < 0)
        return -errno;
    if (is_time(level, name)) {
        struct timeval v;
        memcpy(&v, words, sizeof v);
        words[0] = (uint32_t)v.tv_sec;
        words[1] = (uint32_t)v.tv_usec;
        size = 8;
    }
    if (level == SOL_SOCKET && name == SO_TYPE)
        words[0] = jl_socket_type_to_guest((int)words[0]);
    if (level == SOL_SOCKET && name == SO_ERROR)
        words[0] = (uint32_t)jl_guest_errno((int)words[0]);
    if (size > room)
        size = room;
    uint8_t *out = jl_mem_writable(p->mem, a->a[3], size);
    if (!out)
        return -EFAULT;
    for (uint32_t i = 0; i < size / 4; i++)
        jl_put32(p, out + 4 * i, words[i]);
    if (size % 4)
        memcpy(out, words, size);
    jl_put32(p, length, size);
    return 0;
}
