/* border: calls across a border in both directions, and everything that can happen on the way.
 *
 * Isolates calls from host code back into the guest (axis `offload`): a leaf function called through a pointer for each
 * of a few numbers, recursion that crosses the border on each level, callees that leave by longjmp, by exceptions or that
 * ask the system for something. -b leaves only the calls back, without anything else (what one costs). SIZE is the number of
 * rounds. -x N does one thing that ends the program or raises a signal, at the end (1 to 6).
 *
 * Checked by doing the same without the functions that may be offloaded.
 */
#include "common.h"
#include "offload.h"

GUEST_FUNCTION(step_fn, uint32_t, uint32_t sum, uint32_t v);
GUEST_FUNCTION(deep_fn, uint32_t, uint32_t depth, uint32_t address);
GUEST_FUNCTION(six_fn, uint32_t, uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f);

/* A structure with a pointer in it, in guest memory. */
struct list {
    GUEST_ADDRESS(struct list) next;
    uint16_t narrow;
    int8_t small;
    uint64_t wide;
};

APART uint32_t fold(const uint32_t GUEST *list, uint32_t n, step_fn step) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum = GUEST_CALL(uint32_t, step, sum, list[i]);
    return sum;
}
OFFLOAD(uint32_t, fold, const uint32_t GUEST *, uint32_t, step_fn);

APART uint32_t descend(uint32_t depth, deep_fn down) {
    return depth ? GUEST_CALL(uint32_t, down, depth - 1, (uint32_t)(uintptr_t)down) + depth : 1;
}
OFFLOAD(uint32_t, descend, uint32_t, deep_fn);

APART uint32_t six(six_fn fn, uint32_t v) {
    return GUEST_CALL(uint32_t, fn, v, v + 1, v + 2, v + 3, v + 4, v + 5);
}
OFFLOAD(uint32_t, six, six_fn, uint32_t);

APART uint64_t walk(struct list GUEST *l) {
    uint64_t sum = 0;
    for (; l; l = GUEST_POINTER(struct list, l->next)) {
        sum += l->wide * l->narrow + (uint64_t)(int64_t)l->small;
        l->narrow++;
    }
    return sum;
}
OFFLOAD(uint64_t, walk, struct list GUEST *);

APART void put(uint32_t GUEST *at, uint32_t v) {
    *at = v;
}
OFFLOAD_VOID(put, uint32_t GUEST *, uint32_t);

APART uint32_t divide(uint32_t a, uint32_t b) {
    return a / b;
}
OFFLOAD(uint32_t, divide, uint32_t, uint32_t);

/* Single precision without NaNs: rounding and the sticky flags are the guest's. */
APART uint32_t third(uint32_t n) {
    float x = 0;
    for (uint32_t i = 0; i < n; i++)
        x += 1.0f / 3.0f * (float)i;
    return (uint32_t)x;
}
OFFLOAD(uint32_t, third, uint32_t);

#ifndef OFFLOAD_OBJECT
#include <setjmp.h>
#include <signal.h>

static jmp_buf out_of_it;
static sigjmp_buf out_of_signal;
static volatile uint32_t signals;

static APART uint32_t add(uint32_t sum, uint32_t v) {
    return mix(sum, v);
}

/* Crosses again, with other functions. */
static APART uint32_t nested(uint32_t sum, uint32_t v) {
    uint32_t two[2] = {v, sum};
    return fold(two, 2, add) + descend(0, NULL);
}

static APART uint32_t leaves(uint32_t sum, uint32_t v) {
    if (v & 1)
        longjmp(out_of_it, (int)(v & 0xff));
    return sum + v;
}

static APART uint32_t asks(uint32_t sum, uint32_t v) {
    return sum + v + (getpid() > 0);
}

static APART uint32_t down(uint32_t depth, uint32_t self) {
    return descend(depth, (deep_fn)(uintptr_t)self) * 3;
}

static APART uint32_t weigh(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f) {
    return a + 2 * b + 4 * c + 8 * d + 16 * e + 32 * f;
}

static APART uint32_t ends(uint32_t sum, uint32_t v) {
    say("sum", sum + v);
    out_flush();
    _exit(7);
}

static void on_signal(int sig) {
    signals += (uint32_t)sig;
    siglongjmp(out_of_signal, sig);
}

/* Folds with an early end, by longjmp; the numbers' place to stop differs from round to round. */
static APART uint32_t early(const uint32_t *list, uint32_t n) {
    int v = setjmp(out_of_it);
    return v ? (uint32_t)v : fold(list, n, leaves);
}

static uint32_t early_want(const uint32_t *list, uint32_t n) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (list[i] & 1)
            return list[i] & 0xff;
        sum += list[i];
    }
    return sum;
}

static APART uint32_t all(uint32_t *list, uint32_t n, uint32_t round) {
    uint32_t sum = 0, want = 0, deep = 1;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t two = mix(mix(0, list[i]), want);
        want = two + 1;
    }
    expect("calls back that cross again", fold(list, n, nested), want);
    sum = mix(sum, want);
    list[round % n] |= 1;
    want = early_want(list, n);
    expect("a longjmp out of a call back", early(list, n), want);
    sum = mix(sum, want);
    for (uint32_t d = 1; d <= round % 300; d++)
        deep = deep * 3 + d;
    expect("recursion across the border", descend(round % 300, down), deep);
    sum = mix(sum, deep);
    expect("six arguments", six(weigh, round), 63 * round + 2 + 8 + 24 + 64 + 160);
    want = 0;
    for (uint32_t i = 0; i < n; i++)
        want += list[i] + 1;
    expect("a system call in a call back", fold(list, n, asks), want);
    return mix(sum, want);
}

static APART uint32_t structures(uint32_t round) {
    struct list a = {NULL, (uint16_t)round, -3, 1ull << 40 | round}, b = {&a, 0xffff, 100, 7};
    uint64_t want = a.wide * a.narrow - 3 + 7 * 0xffffull + 100;
    expect("a list in guest memory", walk(&b), want);
    expect("stores to it", (uint64_t)b.narrow << 16 | a.narrow, (uint16_t)(round + 1));
    return mix64(third(round & 63), want);
}

static APART uint32_t ending(uint32_t kind, const uint32_t *list) {
    if (kind == 1)
        return fold(list, 3, ends);
    if (kind == 2)
        put((uint32_t *)4096, 1);
    if (kind == 3)
        return divide(1, kind - 3);
    signal(SIGSEGV, on_signal);
    signal(SIGFPE, on_signal);
    if (kind == 4 && !sigsetjmp(out_of_signal, 1))
        put((uint32_t *)4096, 1);
    if (kind == 5 && !sigsetjmp(out_of_signal, 1))
        return divide(1, kind - 5);
    if (kind == 6)
        for (volatile uint32_t i = 0; i < 1000; i++)
            if (!sigsetjmp(out_of_signal, 1))
                put((uint32_t *)(uintptr_t)(4096 + 4 * i), 1);
    return signals;
}

int work(int argc, char **argv) {
    uint32_t list[16], seed = 7, sum = 0, kind = 0, bare = 0;
    const struct option options[] = {{'x', &kind, 1, 6}, {'b', &bare, 0, 0}};
    uint32_t size = arguments(argc, argv, 10, options, COUNT(options));

    for (uint32_t round = 0; round < size; round++) {
        for (uint32_t i = 0; i < COUNT(list); i++)
            list[i] = next_random(&seed) & ~1u;
        sum = mix(sum, fold(list, COUNT(list), add));
        if (!bare)
            sum = mix(mix(sum, all(list, COUNT(list), round)), structures(round));
    }
    if (kind)
        sum = mix(sum, ending(kind, list));
    return finish(sum);
}
#endif
