/* The stack of translated code that makes guest calls by host calls and guest returns by host returns.
 *
 * It has nothing on it but entries: guest address above host address, 16 bytes, so that rsp stays aligned. C has its
 * own stack as ever: the thunks change from one to the other on the way in and out and around calls of C (x64/thunks.c,
 * emit_call), so entries outlive the way out, and a fault needs no care: entries are pushed and popped by instructions
 * that cannot fault. Beneath the last entry is room for the frame of a signal handler that has no stack of its own, and
 * a page that nobody may touch.
 *
 * The entry of an empty stack has a guest address that no call has, and leads to a thunk that puts it back: a guest
 * that returns even there finds its fault in C.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jit/runtime/cache.h"
#include "jit/runtime/machine.h"

enum { ENTRY = 16, ROOM_FOR_HANDLERS = 1 << 16, GUARD = 4096, NOWHERE = 1 };

/* Linux's Documentation/arch/x86/shstk.rst; headers from before 6.6 do not have them. */
enum { ARCH_STATUS = 0x5005 /* ARCH_SHSTK_STATUS */, FEATURE_STACK = 1 << 0 /* ARCH_SHSTK_SHSTK */ };

const char *jl_return_stack_refusal(uint64_t features) {
    return features & FEATURE_STACK
               ? "this process has a shadow stack (Intel CET), and returns that skip calls fault there"
               : NULL;
}

const char *jl_return_stack_refuse(const struct jl_config *config) {
    uint64_t features = 0;
    (void)config;
    if (syscall(SYS_arch_prctl, ARCH_STATUS, &features))
        return NULL; /* the kernel knows of none */
    return jl_return_stack_refusal(features);
}

bool jl_policy_return_stack(struct jl_machine *m, unsigned log2) {
    /* Entries are in [top - entries, top), where top is a multiple of twice as much: one bit of an address says that it
     * is there. */
    uintptr_t entries = (uintptr_t)ENTRY << log2;
    size_t size = GUARD + ROOM_FOR_HANDLERS + 3 * entries;
    uint8_t *p = jl_space_take(m, size, PROT_READ | PROT_WRITE);
    if (!p || mprotect(p, GUARD, PROT_NONE))
        return false;
    uint8_t *top = (uint8_t *)(((uintptr_t)p + size) & ~(2 * entries - 1));
    uint64_t *entry = (uint64_t *)(void *)(top - ENTRY);
    entry[0] = m->cache ? (uint64_t)(uintptr_t)m->cache->thunk[JL_THUNK_NO_CALL] : 0; /* no code: interpreted */
    entry[1] = NOWHERE;
    m->empty_rsp = m->guest_rsp = (uint64_t)(uintptr_t)entry;
    return true;
}

uint64_t jl_policy_return_stack_halve(struct jl_cpu *cpu, uint64_t x, uint64_t y, uint64_t z) {
    struct jl_machine *m = cpu->owner;
    uint64_t kept = (m->empty_rsp - m->slow_rsp) / ENTRY / 2 * ENTRY;
    (void)x, (void)y, (void)z;
    memmove((void *)(uintptr_t)(m->empty_rsp - kept), (void *)(uintptr_t)m->slow_rsp, kept);
    m->slow_rsp = m->empty_rsp - kept;
    return 0;
}

void jl_policy_return_stack_clear(struct jl_machine *m) {
    m->guest_rsp = m->empty_rsp;
}
