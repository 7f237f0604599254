/* Futexes: the host's, on the guest's own words. What the host compares is in guest byte order; what it would compute
 * (FUTEX_WAKE_OP) or look into (priority inheritance) is done here, or refused. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guests/linux/host_call.h"
#include "guests/linux/thread.h"

enum { TID_MASK = 0x3fffffff, OWNER_DIED = 0x40000000, WAITERS = (int)0x80000000, ROBUST_MOST = 2048 };

/* As it stands in memory. */
static uint32_t raw(const struct jl_process *p, uint32_t v) {
    return p->mem->big_endian ? __builtin_bswap32(v) : v;
}

static uint32_t *word_at(struct jl_process *p, uint32_t addr) {
    return addr & 3 ? NULL : (uint32_t *)(uintptr_t)jl_mem_readable(p->mem, addr, 4);
}

void jl_futex_wake(struct jl_process *p, uint32_t addr, int n) {
    syscall(SYS_futex, p->mem->base + addr, FUTEX_WAKE, n, NULL, NULL, 0);
}

static bool get_timeout(struct jl_process *p, uint32_t addr, bool wide, struct timespec *t) {
    return jl_guest_get_time(p, addr, wide, t);
}

static int64_t wait_on(struct jl_process *p, const struct jl_args *a, uint32_t *word, bool wide) {
    struct timespec t;
    uint32_t bits = (a->a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET ? a->a[5] : 0;
    if (a->a[3] && !get_timeout(p, a->a[3], wide, &t))
        return -EFAULT;
    int64_t r = jl_host_call(SYS_futex, word, a->a[1], raw(p, a->a[2]), a->a[3] ? &t : NULL, NULL, bits);
    /* as the kernel: without a time limit, or with an absolute one, it can be begun anew */
    return r == -EINTR && !a->a[3] ? -JL_RESTART_SYS : r == -EINTR ? -JL_RESTART_NOHAND : r;
}

/* FUTEX_WAKE_OP's "op": what becomes of the second word, and a comparison with what it was. */
static int64_t wake_op(struct jl_process *p, const struct jl_args *a, uint32_t *first) {
    uint32_t how = a->a[5], op = how >> 28 & 7, cmp = how >> 24 & 15, *second = word_at(p, a->a[4]);
    int32_t arg = (int32_t)(how << 8) >> 20, with = (int32_t)(how << 20) >> 20;
    uint32_t old, now;
    bool done;
    if (!second || !jl_mem_writable(p->mem, a->a[4], 4))
        return -EFAULT;
    if (how >> 31)
        arg = (int32_t)(1u << (arg & 31));
    do {
        old = raw(p, __atomic_load_n(second, __ATOMIC_SEQ_CST));
        switch (op) {
        case FUTEX_OP_SET: now = (uint32_t)arg; break;
        case FUTEX_OP_ADD: now = old + (uint32_t)arg; break;
        case FUTEX_OP_OR: now = old | (uint32_t)arg; break;
        case FUTEX_OP_ANDN: now = old & ~(uint32_t)arg; break;
        case FUTEX_OP_XOR: now = old ^ (uint32_t)arg; break;
        default: return -ENOSYS;
        }
        if (!jl_mem_swap32(p->mem, a->a[4], old, now, &done))
            return -EFAULT;
    } while (!done);
    int32_t was = (int32_t)old;
    bool holds = cmp == FUTEX_OP_CMP_EQ   ? was == with
                 : cmp == FUTEX_OP_CMP_NE ? was != with
                 : cmp == FUTEX_OP_CMP_LT ? was < with
                 : cmp == FUTEX_OP_CMP_LE ? was <= with
                 : cmp == FUTEX_OP_CMP_GT ? was > with
                                          : was >= with;
    uint32_t private = a->a[1] & FUTEX_PRIVATE_FLAG;
    int64_t r = jl_host_call(SYS_futex, first, FUTEX_WAKE | private, a->a[2], 0, 0, 0);
    if (r >= 0 && holds) {
        int64_t more = jl_host_call(SYS_futex, second, FUTEX_WAKE | private, a->a[3], 0, 0, 0);
        r = more < 0 ? more : r + more;
    }
    return r;
}

static int64_t futex(struct jl_process *p, const struct jl_args *a, bool wide) {
    uint32_t *word = word_at(p, a->a[0]), *second;
    if (a->a[0] & 3)
        return -EINVAL;
    if (!word)
        return -EFAULT;
    switch (a->a[1] & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET: return wait_on(p, a, word, wide);
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET: return jl_host_call(SYS_futex, word, a->a[1], a->a[2], 0, 0, a->a[5]);
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE:
        second = word_at(p, a->a[4]);
        return second ? jl_host_call(SYS_futex, word, a->a[1], a->a[2], a->a[3], second, raw(p, a->a[5])) : -EFAULT;
    case FUTEX_WAKE_OP: return wake_op(p, a, word);
    default: return -ENOSYS;
    }
}

int64_t jl_sys_futex(struct jl_process *p, const struct jl_args *a) {
    return futex(p, a, false);
}
int64_t jl_sys_futex64(struct jl_process *p, const struct jl_args *a) {
    return futex(p, a, true);
}

/* ---- robust lists ---- */

int64_t jl_sys_set_robust_list(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    if (a->a[1] != 12)
        return -EINVAL;
    jl_self()->robust = a->a[0];
    return 0;
}

static bool get_word(struct jl_process *p, uint32_t addr, uint32_t *v) {
    const void *at = jl_mem_readable(p->mem, addr, 4);
    if (at)
        *v = jl_get32(p, at);
    return at;
}

/* A lock whose owner dies: its word says so, and one waiter goes on. */
static void owner_died(struct jl_thread *t, uint32_t addr) {
    struct jl_process *p = t->process;
    uint32_t *word = word_at(p, addr), v;
    bool done;
    if (!word || !jl_mem_writable(p->mem, addr, 4))
        return;
    do {
        v = raw(p, __atomic_load_n(word, __ATOMIC_SEQ_CST));
        if ((v & TID_MASK) != ((uint32_t)t->tid & TID_MASK))
            return;
        if (!jl_mem_swap32(p->mem, addr, v, (v & (uint32_t)WAITERS) | OWNER_DIED, &done))
            return;
    } while (!done);
    if (v & (uint32_t)WAITERS)
        jl_futex_wake(p, addr, 1);
}

void jl_robust_release(struct jl_thread *t) {
    struct jl_process *p = t->process;
    uint32_t head = t->robust, entry, offset, pending;
    if (!head || !get_word(p, head, &entry) || !get_word(p, head + 4, &offset) || !get_word(p, head + 8, &pending))
        return;
    for (unsigned n = 0; n < ROBUST_MOST && (entry & ~1u) != head; n++) {
        uint32_t at = entry & ~1u;
        if (!get_word(p, at, &entry))
            break;
        if (at != (pending & ~1u))
            owner_died(t, at + offset);
    }
    if (pending & ~1u)
        owner_died(t, (pending & ~1u) + offset);
}
