/* Control of descriptors: fcntl with its locks, flock, ioctl, directories. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "guests/linux/abi.h"
#include "guests/linux/host_call.h"
#include "guests/linux/linux.h"

/* ---- locks ---- */

/* Two layouts: struct flock with 32-bit positions (36 bytes) and struct flock64 (32 bytes). The types and origins are
 * the host's. */
static int64_t lock(struct jl_process *p, int fd, int command, uint32_t addr, bool is_wide) {
    bool asks = command == F_GETLK || command == F_OFD_GETLK;
    uint32_t size = is_wide ? 32 : 36;
    const uint8_t *in = jl_mem_readable(p->mem, addr, size);
    if (!in)
        return -EFAULT;
    struct flock l = {.l_type = (short)jl_get16(p, in), .l_whence = (short)jl_get16(p, in + 2)};
    l.l_start = is_wide ? (off_t)jl_get64(p, in + 8) : (int32_t)jl_get32(p, in + 4);
    l.l_len = is_wide ? (off_t)jl_get64(p, in + 16) : (int32_t)jl_get32(p, in + 8);
    l.l_pid = (pid_t)jl_get32(p, in + (is_wide ? 24 : 16));
    if (fcntl(fd, command, &l) < 0)
        return -errno;
    if (!asks)
        return 0;
    uint8_t *out = jl_mem_writable(p->mem, addr, size);
    if (!out)
        return -EFAULT;
    jl_put16(p, out, (uint16_t)l.l_type);
    jl_put16(p, out + 2, (uint16_t)l.l_whence);
    if (is_wide) {
        jl_put64(p, out + 8, (uint64_t)l.l_start);
        jl_put64(p, out + 16, (uint64_t)l.l_len);
        jl_put32(p, out + 24, (uint32_t)l.l_pid);
    } else {
        jl_put32(p, out + 4, (uint32_t)l.l_start);
        jl_put32(p, out + 8, (uint32_t)l.l_len);
        jl_put32(p, out + 16, (uint32_t)l.l_pid);
    }
    return 0;
}

int64_t jl_sys_flock(struct jl_process *p, const struct jl_args *a) {
    return jl_host_call(SYS_flock, jl_fd(p, a->a[0]), (int)a->a[1]);
}

/* ---- fcntl ---- */

static int64_t duplicate(struct jl_process *p, int fd, int command, uint32_t least) {
    if (least >= JL_LINUX_FDS)
        return -EINVAL;
    return jl_fd_opened(p, fcntl(fd, command, (int)least), fd < 0 ? JL_FD_PLAIN : (enum jl_fd_kind)p->fd_kind[fd]);
}

int64_t jl_sys_fcntl(struct jl_process *p, const struct jl_args *a) {
    enum {
        G_DUPFD,
        G_GETFD,
        G_SETFD,
        G_GETFL,
        G_SETFL,
        G_SETLK = 6,
        G_SETLKW,
        G_GETLK = 14,
        G_GETOWN = 23,
        G_SETOWN,
        G_GETLK64 = 33,
        G_SETLK64,
        G_SETLKW64,
        G_OFD_GETLK,
        G_OFD_SETLK,
        G_OFD_SETLKW,
        G_DUPFD_CLOEXEC = 1030,
        G_SETPIPE_SZ,
        G_GETPIPE_SZ,
        G_ADD_SEALS,
        G_GET_SEALS
    };
    int fd = jl_fd(p, a->a[0]), r;
    uint32_t arg = a->a[2];
    switch (a->a[1]) {
    case G_DUPFD: return duplicate(p, fd, F_DUPFD, arg);
    case G_DUPFD_CLOEXEC: return duplicate(p, fd, F_DUPFD_CLOEXEC, arg);
    case G_GETFD: return jl_result(fcntl(fd, F_GETFD));
    case G_SETFD: return jl_result(fcntl(fd, F_SETFD, (int)arg));
    case G_GETFL: r = fcntl(fd, F_GETFL); return r < 0 ? -errno : (int64_t)jl_open_flags_to_guest(r);
    case G_SETFL: return jl_result(fcntl(fd, F_SETFL, jl_open_flags_to_host(arg)));
    case G_GETLK: return lock(p, fd, F_GETLK, arg, false);
    case G_SETLK: return lock(p, fd, F_SETLK, arg, false);
    case G_SETLKW: return lock(p, fd, F_SETLKW, arg, false);
    case G_GETLK64: return lock(p, fd, F_GETLK, arg, true);
    case G_SETLK64: return lock(p, fd, F_SETLK, arg, true);
    case G_SETLKW64: return lock(p, fd, F_SETLKW, arg, true);
    case G_OFD_GETLK: return lock(p, fd, F_OFD_GETLK, arg, true);
    case G_OFD_SETLK: return lock(p, fd, F_OFD_SETLK, arg, true);
    case G_OFD_SETLKW: return lock(p, fd, F_OFD_SETLKW, arg, true);
    case G_GETOWN: return jl_result(fcntl(fd, F_GETOWN));
    case G_SETOWN: return jl_result(fcntl(fd, F_SETOWN, (int)arg));
    case G_SETPIPE_SZ: return jl_result(fcntl(fd, F_SETPIPE_SZ, (int)arg));
    case G_GETPIPE_SZ: return jl_result(fcntl(fd, F_GETPIPE_SZ));
    case G_ADD_SEALS: return jl_result(fcntl(fd, F_ADD_SEALS, (int)arg));
    case G_GET_SEALS: return jl_result(fcntl(fd, F_GET_SEALS));
    default: return fcntl(fd, F_GETFD) < 0 ? -errno : -EINVAL;
    }
}

/* ---- ioctl ---- */

/* Requests whose argument is nothing, a plain number, or a pointer to one 32-bit word read or written. */
enum shape { NONE, NUMBER, WORD_IN, WORD_OUT };
static const struct {
    uint32_t guest, host;
    enum shape shape;
} requests[] = {{0x5405, TCSBRK, NUMBER},         {0x5406, TCXONC, NUMBER},         {0x5407, TCFLSH, NUMBER},
                {0x6601, FIOCLEX, NONE},          {0x6602, FIONCLEX, NONE},         {0x667d, FIOASYNC, WORD_IN},
                {0x667e, FIONBIO, WORD_IN},       {0x467f, FIONREAD, WORD_OUT},     {0x7472, TIOCOUTQ, WORD_OUT},
                {0x740d, TIOCEXCL, NONE},         {0x740e, TIOCNXCL, NONE},         {0x5471, TIOCNOTTY, NONE},
                {0x5480, TIOCSCTTY, NUMBER},      {0x7416, TIOCGSID, WORD_OUT},     {0x40047477, TIOCGPGRP, WORD_OUT},
                {0x80047476, TIOCSPGRP, WORD_IN}, {0x40045430, TIOCGPTN, WORD_OUT}, {0x80045431, TIOCSPTLCK, WORD_IN},
                {0x5486, TCSBRKP, NUMBER},        {0x20005441, TIOCGPTPEER, NUMBER}};

static int64_t simple_ioctl(struct jl_process *p, int fd, unsigned i, uint32_t arg) {
    int value = 0;
    int64_t r;
    void *word = requests[i].shape == WORD_OUT ? jl_mem_writable(p->mem, arg, 4)
                                               : (void *)(uintptr_t)jl_mem_readable(p->mem, arg, 4);
    switch (requests[i].shape) {
    case NONE: return jl_result(ioctl(fd, requests[i].host));
    case NUMBER: r = jl_result(ioctl(fd, requests[i].host, (unsigned long)arg)); break;
    default:
        if (!word)
            return -EFAULT;
        value = (int)jl_get32(p, word);
        r = jl_result(ioctl(fd, requests[i].host, &value));
        if (r >= 0 && requests[i].shape == WORD_OUT)
            jl_put32(p, word, (uint32_t)value);
    }
    return requests[i].host == TIOCGPTPEER && r >= 0 ? jl_fd_opened(p, (int)r, JL_FD_PLAIN) : r;
}

static int64_t window_size(struct jl_process *p, int fd, uint32_t arg, bool set) {
    struct winsize w;
    uint8_t *at = jl_mem_writable(p->mem, arg, 8);
    if (set && at)
        w = (struct winsize){jl_get16(p, at), jl_get16(p, at + 2), jl_get16(p, at + 4), jl_get16(p, at + 6)};
    if (set || !at)
        return at ? jl_result(ioctl(fd, TIOCSWINSZ, &w)) : -EFAULT;
    if (ioctl(fd, TIOCGWINSZ, &w) < 0)
        return -errno;
    jl_put16(p, at, w.ws_row);
    jl_put16(p, at + 2, w.ws_col);
    jl_put16(p, at + 4, w.ws_xpixel);
    jl_put16(p, at + 6, w.ws_ypixel);
    return 0;
}

static int64_t get_terminal(struct jl_process *p, int fd, uint32_t arg) {
    struct termios t;
    if (tcgetattr(fd, &t) < 0)
        return -errno;
    uint8_t *out = jl_mem_writable(p->mem, arg, JL_TERMIOS_SIZE);
    if (!out)
        return -EFAULT;
    jl_termios_to_guest(p, &t, out);
    return 0;
}

static int64_t set_terminal(struct jl_process *p, int fd, uint32_t arg, int when) {
    struct termios t;
    const uint8_t *in = jl_mem_readable(p->mem, arg, JL_TERMIOS_SIZE);
    if (tcgetattr(fd, &t) < 0)
        return -errno;
    if (!in)
        return -EFAULT;
    jl_termios_to_host(p, in, &t);
    /* the library keeps the speed apart; the guest's is in its control modes */
    cfsetispeed(&t, t.c_cflag & (CBAUD | CBAUDEX));
    cfsetospeed(&t, t.c_cflag & (CBAUD | CBAUDEX));
    return jl_result(tcsetattr(fd, when, &t));
}

int64_t jl_sys_ioctl(struct jl_process *p, const struct jl_args *a) {
    enum {
        G_TCGETS = 0x540d,
        G_TCSETS,
        G_TCSETSW,
        G_TCSETSF,
        G_TIOCGWINSZ = 0x40087468,
        G_TIOCSWINSZ = (int)0x80087467,
        G_FICLONE = (int)0x80049409
    };
    int fd = jl_fd(p, a->a[0]);
    for (unsigned i = 0; i < sizeof requests / sizeof *requests; i++)
        if (requests[i].guest == a->a[1])
            return simple_ioctl(p, fd, i, a->a[2]);
    switch ((int)a->a[1]) {
    case G_TCGETS: return get_terminal(p, fd, a->a[2]);
    case G_TCSETS: return set_terminal(p, fd, a->a[2], TCSANOW);
    case G_TCSETSW: return set_terminal(p, fd, a->a[2], TCSADRAIN);
    case G_TCSETSF: return set_terminal(p, fd, a->a[2], TCSAFLUSH);
    case G_TIOCGWINSZ: return window_size(p, fd, a->a[2], false);
    case G_TIOCSWINSZ: return window_size(p, fd, a->a[2], true);
    case G_FICLONE: return jl_result(ioctl(fd, 0x40049409 /* FICLONE */, (long)jl_fd(p, a->a[2])));
    default: return fcntl(fd, F_GETFD) < 0 ? -errno : -ENOTTY;
    }
}

/* ---- directories ---- */

/* struct linux_dirent64 has one layout on every architecture; only the byte order differs. */
int64_t jl_sys_getdents64(struct jl_process *p, const struct jl_args *a) {
    uint8_t *buf = jl_mem_writable(p->mem, a->a[1], a->a[2]);
    if (!buf)
        return -EFAULT;
    int64_t n = jl_result(syscall(SYS_getdents64, jl_fd(p, a->a[0]), buf, (unsigned)a->a[2]));
    for (int64_t at = 0; at < n && p->mem->big_endian;) {
        struct dirent64 *d = (struct dirent64 *)(buf + at);
        uint16_t length = d->d_reclen;
        jl_put64(p, &d->d_ino, d->d_ino);
        jl_put64(p, &d->d_off, (uint64_t)d->d_off);
        jl_put16(p, &d->d_reclen, length);
        at += length;
    }
    return n;
}
