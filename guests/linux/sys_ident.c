/* Who and where: users, groups, names, resources, scheduling, the processor's modes. */
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "guests/linux/abi.h"
#include "guests/linux/thread.h"

/* ---- users and groups ---- */

int64_t jl_sys_getuid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return getuid();
}
int64_t jl_sys_geteuid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return geteuid();
}
int64_t jl_sys_getgid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return getgid();
}
int64_t jl_sys_getegid(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return getegid();
}

static int64_t put_three(struct jl_process *p, const struct jl_args *a, const uint32_t v[3]) {
    for (unsigned i = 0; i < 3; i++) {
        void *out = jl_mem_writable(p->mem, a->a[i], 4);
        if (!out)
            return -EFAULT;
        jl_put32(p, out, v[i]);
    }
    return 0;
}
int64_t jl_sys_getresuid(struct jl_process *p, const struct jl_args *a) {
    uid_t v[3];
    return getresuid(&v[0], &v[1], &v[2]) < 0 ? -errno : put_three(p, a, v);
}
int64_t jl_sys_getresgid(struct jl_process *p, const struct jl_args *a) {
    gid_t v[3];
    return getresgid(&v[0], &v[1], &v[2]) < 0 ? -errno : put_three(p, a, v);
}

int64_t jl_sys_setuid(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return jl_result(setuid(a->a[0]));
}
int64_t jl_sys_setgid(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return jl_result(setgid(a->a[0]));
}
int64_t jl_sys_setreuid(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return jl_result(setreuid(a->a[0], a->a[1]));
}
int64_t jl_sys_setregid(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return jl_result(setregid(a->a[0], a->a[1]));
}
int64_t jl_sys_setresuid(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return jl_result(setresuid(a->a[0], a->a[1], a->a[2]));
}
int64_t jl_sys_setresgid(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return jl_result(setresgid(a->a[0], a->a[1], a->a[2]));
}
int64_t jl_sys_setfsuid(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return setfsuid(a->a[0]);
}
int64_t jl_sys_setfsgid(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return setfsgid(a->a[0]);
}

enum { MOST_GROUPS = 1024 };

int64_t jl_sys_getgroups(struct jl_process *p, const struct jl_args *a) {
    gid_t groups[MOST_GROUPS];
    int room = (int32_t)a->a[0] > MOST_GROUPS ? MOST_GROUPS : (int)a->a[0], n = getgroups(room, groups);
    uint8_t *out = n > 0 && room > 0 ? jl_mem_writable(p->mem, a->a[1], 4 * (uint64_t)n) : NULL;
    if (n <= 0 || room == 0)
        return n < 0 ? -errno : n;
    if (!out)
        return -EFAULT;
    for (int i = 0; i < n; i++)
        jl_put32(p, out + 4 * i, groups[i]);
    return n;
}
int64_t jl_sys_setgroups(struct jl_process *p, const struct jl_args *a) {
    gid_t groups[MOST_GROUPS];
    const uint8_t *in = a->a[0] <= MOST_GROUPS ? jl_mem_readable(p->mem, a->a[1], 4 * (uint64_t)a->a[0]) : NULL;
    if (!in)
        return a->a[0] > MOST_GROUPS ? -EINVAL : -EFAULT;
    for (uint32_t i = 0; i < a->a[0]; i++)
        groups[i] = jl_get32(p, in + 4 * i);
    return jl_result(setgroups(a->a[0], groups));
}

/* ---- the system ---- */

int64_t jl_sys_uname(struct jl_process *p, const struct jl_args *a) {
    enum { FIELD = 65 };
    struct utsname host;
    uname(&host);
    /* a repeatable run does not tell where it was */
    const char *const node = p->options.pid ? "jitlab" : host.nodename;
    const char *const release = p->options.pid ? "6.1.0" : host.release;
    const char *const version = p->options.pid ? "#1" : host.version;
    const char *const fields[6] = {"Linux", node, release, version, "mips", host.domainname};
    char *o = jl_mem_writable(p->mem, a->a[0], 6 * FIELD);
    if (!o)
        return -EFAULT;
    memset(o, 0, 6 * FIELD);
    for (unsigned i = 0; i < 6; i++)
        memcpy(o + FIELD * i, fields[i], strnlen(fields[i], FIELD - 1));
    return 0;
}

int64_t jl_sys_sysinfo(struct jl_process *p, const struct jl_args *a) {
    struct sysinfo s;
    uint8_t *o = jl_mem_writable(p->mem, a->a[0], 64);
    if (!o)
        return -EFAULT;
    if (sysinfo(&s) < 0)
        return -errno;
    const uint64_t sizes[6] = {s.totalram, s.freeram, s.sharedram, s.bufferram, s.totalswap, s.freeswap};
    memset(o, 0, 64);
    jl_put32(p, o, (uint32_t)s.uptime);
    for (unsigned i = 0; i < 3; i++)
        jl_put32(p, o + 4 + 4 * i, (uint32_t)s.loads[i]);
    for (unsigned i = 0; i < 6; i++) /* in pages, so that what the host has fits */
        jl_put32(p, o + 16 + 4 * i, (uint32_t)(sizes[i] * s.mem_unit / JL_PAGE));
    jl_put16(p, o + 40, s.procs);
    jl_put32(p, o + 52, JL_PAGE);
    return 0;
}

int64_t jl_sys_getrandom(struct jl_process *p, const struct jl_args *a) {
    uint8_t *o = jl_mem_writable(p->mem, a->a[0], a->a[1]);
    if (!o)
        return -EFAULT;
    if (p->options.pid) { /* a run that is to be repeatable */
        for (uint32_t i = 0; i < a->a[1]; i++)
            o[i] = (uint8_t)(i * 167 + 13);
        return a->a[1];
    }
    return jl_result(getrandom(o, a->a[1], a->a[2]));
}

/* A file in memory is like any other descriptor; it stands here with the things that need no file. */
int64_t jl_sys_memfd_create(struct jl_process *p, const struct jl_args *a) {
    const char *name = jl_guest_string(p, a->a[0]);
    return name ? jl_fd_opened(p, memfd_create(name, a->a[1]), JL_FD_PLAIN) : -EFAULT;
}

/* ---- resources ---- */

enum { G_INFINITY = 0x7fffffff };

/* The guest's stack and descriptors are what we give it; the rest is the host's. */
static bool limits_of(uint32_t resource, struct rlimit *r) {
    int host = jl_rlimit_to_host(resource);
    if (host < 0 || getrlimit((__rlimit_resource_t)host, r) < 0)
        return false;
    if (host == RLIMIT_STACK)
        r->rlim_cur = 8 << 20;
    if (host == RLIMIT_NOFILE) {
        r->rlim_cur = r->rlim_cur < JL_LINUX_FDS ? r->rlim_cur : JL_LINUX_FDS;
        r->rlim_max = r->rlim_max < JL_LINUX_FDS ? r->rlim_max : JL_LINUX_FDS;
    }
    return true;
}

/* Limits that bind the guest and not the translator with it are taken over; an address-space limit, for one, would
 * kill the translator. */
static int64_t set_limits(uint32_t resource, const struct rlimit *r) {
    int host = jl_rlimit_to_host(resource);
    if (host < 0 || r->rlim_cur > r->rlim_max)
        return -EINVAL;
    if (host == RLIMIT_CORE || host == RLIMIT_FSIZE || host == RLIMIT_CPU || host == RLIMIT_NICE)
        return jl_result(setrlimit((__rlimit_resource_t)host, r));
    return 0;
}

static uint32_t to_word(rlim_t v) {
    return v > G_INFINITY ? G_INFINITY : (uint32_t)v;
}

int64_t jl_sys_getrlimit(struct jl_process *p, const struct jl_args *a) {
    struct rlimit r;
    uint8_t *o = jl_mem_writable(p->mem, a->a[1], 8);
    if (!limits_of(a->a[0], &r))
        return -EINVAL;
    if (!o)
        return -EFAULT;
    jl_put32(p, o, to_word(r.rlim_cur));
    jl_put32(p, o + 4, to_word(r.rlim_max));
    return 0;
}

int64_t jl_sys_setrlimit(struct jl_process *p, const struct jl_args *a) {
    const uint8_t *in = jl_mem_readable(p->mem, a->a[1], 8);
    if (!in)
        return -EFAULT;
    uint32_t now = jl_get32(p, in), most = jl_get32(p, in + 4);
    struct rlimit r = {now >= G_INFINITY ? RLIM_INFINITY : now, most >= G_INFINITY ? RLIM_INFINITY : most};
    return set_limits(a->a[0], &r);
}

int64_t jl_sys_prlimit64(struct jl_process *p, const struct jl_args *a) {
    struct rlimit old, now;
    const uint8_t *in = a->a[2] ? jl_mem_readable(p->mem, a->a[2], 16) : NULL;
    uint8_t *o = a->a[3] ? jl_mem_writable(p->mem, a->a[3], 16) : NULL;
    if ((a->a[2] && !in) || (a->a[3] && !o))
        return -EFAULT;
    if (!limits_of(a->a[1], &old))
        return -EINVAL;
    if (in) {
        now = (struct rlimit){jl_get64(p, in), jl_get64(p, in + 8)};
        int64_t r = set_limits(a->a[1], &now);
        if (r < 0)
            return r;
    }
    if (o) {
        jl_put64(p, o, old.rlim_cur);
        jl_put64(p, o + 8, old.rlim_max);
    }
    return 0;
}

bool jl_guest_put_rusage(struct jl_process *p, uint32_t addr, const struct rusage *r) {
    const long fields[18] = {
        r->ru_utime.tv_sec, r->ru_utime.tv_usec, r->ru_stime.tv_sec, r->ru_stime.tv_usec, r->ru_maxrss, r->ru_ixrss,
        r->ru_idrss,        r->ru_isrss,         r->ru_minflt,       r->ru_majflt,        r->ru_nswap,  r->ru_inblock,
        r->ru_oublock,      r->ru_msgsnd,        r->ru_msgrcv,       r->ru_nsignals,      r->ru_nvcsw,  r->ru_nivcsw};
    uint8_t *o = jl_mem_writable(p->mem, addr, 72);
    for (unsigned i = 0; o && i < 18; i++)
        jl_put32(p, o + 4 * i, (uint32_t)fields[i]);
    return o;
}

int64_t jl_sys_getrusage(struct jl_process *p, const struct jl_args *a) {
    struct rusage r;
    if (getrusage((int)a->a[0], &r) < 0)
        return -errno;
    return jl_guest_put_rusage(p, a->a[1], &r) ? 0 : -EFAULT;
}

int64_t jl_sys_getpriority(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    errno = 0;
    int r = getpriority((__priority_which_t)a->a[0], a->a[1]);
    return r == -1 && errno ? -errno : 20 - r; /* the kernel's own form, which is never negative */
}
int64_t jl_sys_setpriority(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return jl_result(setpriority((__priority_which_t)a->a[0], a->a[1], (int)a->a[2]));
}

/* ---- scheduling ---- */

int64_t jl_sys_sched_yield(struct jl_process *p, const struct jl_args *a) {
    (void)p, (void)a;
    return sched_yield();
}

int64_t jl_sys_sched_getaffinity(struct jl_process *p, const struct jl_args *a) {
    cpu_set_t set;
    if (a->a[1] % 4)
        return -EINVAL;
    if (sched_getaffinity((pid_t)a->a[0], sizeof set, &set) < 0)
        return -errno;
    uint32_t words = 1;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &set))
            words = (uint32_t)cpu / 32 + 1;
    uint8_t *out = jl_mem_writable(p->mem, a->a[2], 4 * (uint64_t)words);
    if (a->a[1] < 4 * words)
        return -EINVAL;
    if (!out)
        return -EFAULT;
    for (uint32_t w = 0; w < words; w++) {
        uint32_t bits = 0;
        for (uint32_t i = 0; i < 32; i++)
            bits |= CPU_ISSET(32 * w + i, &set) ? 1u << i : 0;
        jl_put32(p, out + 4 * w, bits);
    }
    return 4 * (int64_t)words;
}

int64_t jl_sys_sched_setaffinity(struct jl_process *p, const struct jl_args *a) {
    cpu_set_t set;
    const uint8_t *in = jl_mem_readable(p->mem, a->a[2], a->a[1]);
    if (!in)
        return -EFAULT;
    CPU_ZERO(&set);
    for (uint32_t cpu = 0; cpu < a->a[1] / 4 * 32 && cpu < CPU_SETSIZE; cpu++)
        if (jl_get32(p, in + cpu / 32 * 4) >> cpu % 32 & 1)
            CPU_SET(cpu, &set);
    return jl_result(sched_setaffinity((pid_t)a->a[0], sizeof set, &set));
}

/* ---- the processor ---- */

/* Linux's two bits: FR as the register has it, FRE never (a Release 6 affair). A program that asks for the mode it has
 * gets it; the other one too, since every access then goes by the new mode. */
static int64_t set_fp_mode(struct jl_cpu *cpu, uint32_t mode) {
    enum { FR = 1, FRE = 2 };
    if (mode & ~(uint32_t)(FR | FRE))
        return -EOPNOTSUPP;
    if (mode & FRE)
        return -EOPNOTSUPP;
    cpu->mode = (cpu->mode & ~(uint32_t)JL_MODE_FR) | (mode & FR ? JL_MODE_FR : 0);
    return 0;
}

int64_t jl_sys_prctl(struct jl_process *p, const struct jl_args *a) {
    enum { SET_FP_MODE = 45, GET_FP_MODE = 46, NAME = 16 };
    uint8_t *out;
    const char *in;
    char name[NAME];
    switch (a->a[0]) {
    case SET_FP_MODE: return set_fp_mode(jl_self()->cpu, a->a[1]);
    case GET_FP_MODE: return jl_self()->cpu->mode & JL_MODE_FR ? 1 : 0;
    case PR_GET_NAME:
        out = jl_mem_writable(p->mem, a->a[1], NAME);
        return out ? jl_result(prctl(PR_GET_NAME, out)) : -EFAULT;
    case PR_SET_NAME:
        in = jl_guest_string(p, a->a[1]);
        if (!in)
            return -EFAULT;
        strncpy(name, in, NAME - 1);
        name[NAME - 1] = 0;
        return jl_result(prctl(PR_SET_NAME, name));
    case PR_GET_DUMPABLE:
    case PR_SET_DUMPABLE:
    case PR_GET_NO_NEW_PRIVS:
    case PR_SET_NO_NEW_PRIVS:
    case PR_GET_KEEPCAPS:
    case PR_SET_KEEPCAPS:
    case PR_GET_TIMERSLACK:
    case PR_SET_TIMERSLACK:
    case PR_CAPBSET_READ: return jl_result(prctl((int)a->a[0], a->a[1], a->a[2], a->a[3], a->a[4]));
    default: return -EINVAL;
    }
}

int64_t jl_sys_set_thread_area(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    jl_self()->cpu->userlocal = a->a[0];
    return 0;
}
