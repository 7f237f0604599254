/* The host address space around a machine: see space.h. */
#include "jit/runtime/space.h"

#include <sys/mman.h>

#include "jit/runtime/machine.h"

/* What a machine points to is in use, although it does not stand in memory that the leak checker searches by itself. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LEAK_CHECKER 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define LEAK_CHECKER 1
#endif
#ifdef LEAK_CHECKER
#include <sanitizer/lsan_interface.h>
#endif

static void searched_for_leaks(struct jl_machine *m, bool yes) {
#ifdef LEAK_CHECKER
    if (yes)
        __lsan_register_root_region(m, sizeof *m);
    else
        __lsan_unregister_root_region(m, sizeof *m);
#else
    (void)m, (void)yes;
#endif
}

/* Below: what has to be in reach of a signed displacement of 32 bits, with room to spare for the machine itself.
 * Above: two tables of eight bytes for each four of a 32-bit guest. */
#define BELOW ((size_t)7 << 28)
#define ABOVE ((size_t)17 << 30)
enum { PAGE = 4096 };

static size_t pages(size_t bytes) {
    return (bytes + PAGE - 1) & ~(size_t)(PAGE - 1);
}

struct jl_machine *jl_space_new(void) {
    uint8_t *base = mmap(NULL, BELOW + ABOVE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    struct jl_machine *m = (void *)(base + BELOW);
    if (mprotect(m, pages(sizeof *m), PROT_READ | PROT_WRITE)) {
        munmap(base, BELOW + ABOVE);
        return NULL;
    }
    uint8_t *at = base + BELOW;
    m->space = (struct jl_space){.base = base, .end = at + ABOVE, .low = at, .high = at + pages(sizeof *m)};
    searched_for_leaks(m, true);
    return m;
}

void *jl_space_take(struct jl_machine *m, size_t bytes, int prot) {
    struct jl_space *s = &m->space;
    size_t size = pages(bytes);
    bool below = size <= (size_t)(s->low - s->base);
    if (!below && size > (size_t)(s->end - s->high))
        return NULL;
    uint8_t *p = below ? s->low - size : s->high;
    if (mprotect(p, size, prot))
        return NULL;
    if (below)
        s->low = p;
    else
        s->high = p + size;
    return p;
}

bool jl_space_holds(const struct jl_machine *m, const void *p) {
    return (const uint8_t *)p >= m->space.base && (const uint8_t *)p < m->space.end;
}

void jl_space_free(struct jl_machine *m) {
    searched_for_leaks(m, false);
    munmap(m->space.base, (size_t)(m->space.end - m->space.base));
}
