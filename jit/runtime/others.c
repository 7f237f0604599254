/* Several machines on one memory.
 *
 * Each thread translates for itself; regions, links and lookups are never shared. What has to be shared is the news
 * that guest code changed. The thread that changes it (holding the memory's lock) drops its own regions at once and
 * leaves the ranges in the other machines' lists; those go through their lists before they enter translated code. One
 * that is in translated code is stopped by a signal: the handler forces its time slice, so that it leaves at the head
 * of the next region or loop. settle waits until each has either handled the signal or left: from then on no thread
 * starts on the old code. That is all that a store is promised. When cacheflush or munmap returns, no thread may run
 * the old code, and a region may have it inlined some way before the next head; so those also wait, with the lock given
 * back, until each thread that settle found in translated code has left it.
 *
 * A machine says that it is in code before it looks for work, and settle leaves the work before it looks at who is in
 * code: one of the two always sees the other. The wait needs nothing but the other thread's handler to run, so it is
 * safe under the lock.
 */
#include "jit/runtime/others.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jit/runtime/beside.h"
#include "jit/runtime/parked.h"
#include "jit/runtime/regions.h"
#include "jit/runtime/running.h"

static _Thread_local char here; /* its address names the thread */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool mine(const struct jl_machine *m) {
    return m->thread == &here;
}

/* ---- the signal ---- */

static void on_kick(int sig) {
    struct jl_machine *m = jl_here;
    (void)sig;
    if (!m)
        return;
    uint32_t n = __atomic_load_n(&m->kicks, __ATOMIC_SEQ_CST);
    jl_run_force(m);
    __atomic_store_n(&m->kicks_seen, n, __ATOMIC_SEQ_CST);
}

static void install(void) {
    struct sigaction sa = {.sa_handler = on_kick, .sa_flags = SA_ONSTACK | SA_RESTART};
    sigemptyset(&sa.sa_mask);
    sigaction(SIGRTMIN, &sa, NULL);
}

/* ---- what the memory tells ---- */

static void leave_word(struct jl_machine *m, uint32_t addr, uint64_t len, bool mapping) {
    if (m->nstale < JL_STALE_RANGES)
        m->stale[m->nstale] = (struct jl_stale){addr, len, mapping};
    if (m->nstale <= JL_STALE_RANGES)
        m->nstale++;
    __atomic_store_n(&m->work, 1, __ATOMIC_SEQ_CST);
}

static void drop_page(void *ctx, uint32_t page) {
    jl_parked_range(ctx, page << JL_PAGE_SHIFT, JL_PAGE);
}

static void tell_mapping(struct jl_machine *m, uint32_t addr, uint64_t len) {
    const struct jl_memory_ops *memory = JL_OPS(m, MEMORY, jl_memory_ops);
    const struct jl_lookup_ops *lookup = JL_OPS(m, LOOKUP, jl_lookup_ops);
    jl_beside_forget(m);
    if (memory->mapping_changed)
        memory->mapping_changed(m, addr, len);
    if (lookup->mapping_changed)
        lookup->mapping_changed(m, addr, len);
}

/* Whatever stands there now is other code. A page that shows the bytes of others has lost its watch, or never had one:
 * code translated through those is dropped too, and when it is translated again the strategy watches all of them. */
static void mapping_changed(void *ctx, uint32_t addr, uint64_t len, bool translated) {
    struct jl_machine *m = ctx;
    if (!mine(m)) {
        if (translated || JL_OPS(m, MEMORY, jl_memory_ops)->mapping_changed ||
            JL_OPS(m, LOOKUP, jl_lookup_ops)->mapping_changed)
            leave_word(m, addr, len, true);
        m->awaited |= translated;
        return;
    }
    jl_parked_range(m, addr, len);
    for (uint64_t p = addr >> JL_PAGE_SHIFT; m->nregions && p < ((uint64_t)addr + len + JL_PAGE - 1) >> JL_PAGE_SHIFT;
         p++)
        if (jl_page_has(m->mem, (uint32_t)(p << JL_PAGE_SHIFT), JL_PAGE_SHARED))
            jl_mem_aliases(m->mem, (uint32_t)p, drop_page, m);
    tell_mapping(m, addr, len);
}

static void leave_page(void *ctx, uint32_t page) {
    leave_word(ctx, page << JL_PAGE_SHIFT, JL_PAGE, false);
}

/* A page lies under its guard for all machines, so that all drop whatever they have of it. */
static void code_write(void *ctx, uint32_t addr, uint32_t len) {
    struct jl_machine *m = ctx;
    const struct jl_invalidate_ops *inv = JL_OPS(m, INVALIDATE, jl_invalidate_ops);
    if (!mine(m)) {
        uint32_t page = addr >> JL_PAGE_SHIFT;
        leave_page(m, page);
        jl_mem_aliases(m->mem, page, leave_page, m);
        m->awaited = true;
        return;
    }
    m->counters.code_writes++;
    if (inv->code_write)
        inv->code_write(m, addr, len);
}

/* In other threads an announced change counts under every strategy that listens to announcements at all: theirs may
 * have missed the stores. */
static void code_sync(void *ctx, uint32_t addr, uint32_t len) {
    struct jl_machine *m = ctx;
    const struct jl_invalidate_ops *inv = JL_OPS(m, INVALIDATE, jl_invalidate_ops);
    if (!inv->cacheflush)
        return;
    if (mine(m)) {
        inv->cacheflush(m, addr, len);
        return;
    }
    leave_word(m, addr, len, false);
    m->awaited = true;
}

static void settle(void *ctx) {
    struct jl_machine *m = ctx;
    if (!m->awaited)
        return;
    m->awaited = false;
    if (!__atomic_load_n(&m->in_code, __ATOMIC_SEQ_CST))
        return;
    m->leave = __atomic_load_n(&m->entries, __ATOMIC_SEQ_CST);
    uint32_t n = __atomic_add_fetch(&m->kicks, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_tgkill, m->pid, m->tid, SIGRTMIN);
    while (__atomic_load_n(&m->in_code, __ATOMIC_ACQUIRE) &&
           (int32_t)(__atomic_load_n(&m->kicks_seen, __ATOMIC_ACQUIRE) - n) < 0)
        sched_yield();
}

static bool left(void *ctx) {
    struct jl_machine *m = ctx;
    return mine(m) || !__atomic_load_n(&m->in_code, __ATOMIC_SEQ_CST) ||
           __atomic_load_n(&m->entries, __ATOMIC_SEQ_CST) != m->leave;
}

void jl_others_work(struct jl_machine *m) {
    jl_mem_lock(m->mem);
    __atomic_store_n(&m->work, 0, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&m->mem->dirty_count, __ATOMIC_RELAXED))
        jl_mem_report_dirty(m->mem);
    if (m->nstale > JL_STALE_RANGES) {
        m->flush_wanted = m->nregions;
        tell_mapping(m, 0, (uint64_t)JL_PAGES << JL_PAGE_SHIFT);
    }
    for (uint32_t i = 0; i < m->nstale && m->nstale <= JL_STALE_RANGES; i++) {
        const struct jl_stale *s = &m->stale[i];
        jl_invalidate_range(m, s->addr, s->len);
        if (s->mapping)
            tell_mapping(m, s->addr, s->len);
    }
    m->nstale = 0;
    jl_mem_unlock(m->mem);
}

void *jl_policy_peer_state(const struct jl_machine *m, enum jl_axis axis) {
    for (const struct jl_mem_listener *l = m->mem->listeners; l; l = l->next) {
        const struct jl_machine *other = l->settle == settle ? l->ctx : NULL;
        if (other && other->config.axis[axis].strategy == m->config.axis[axis].strategy)
            return other->state[axis];
    }
    return NULL;
}

/* ---- coming and going ---- */

void jl_machine_take(struct jl_machine *m) {
    jl_mem_lock(m->mem);
    m->thread = &here;
    m->pid = getpid();
    m->tid = (int)syscall(SYS_gettid);
    jl_mem_unlock(m->mem);
}

void jl_others_join(struct jl_machine *m) {
    pthread_once(&once, install);
    jl_machine_take(m);
    m->listener = (struct jl_mem_listener){mapping_changed, code_write, code_sync, settle, left, m, NULL};
    jl_mem_listen(m->mem, &m->listener);
}

void jl_others_leave(struct jl_machine *m) {
    jl_mem_unlisten(m->mem, &m->listener);
}

void jl_machine_forked(struct jl_machine *m) {
    jl_mem_forked(m->mem, &m->listener);
    m->pid = getpid();
    m->tid = (int)syscall(SYS_gettid);
    m->nstale = m->work = 0;
}
