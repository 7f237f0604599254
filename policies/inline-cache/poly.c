/* inline-cache=poly: an indirect call is compared with the targets that the interpreter saw it take most often, while
 * it warmed the code up (tier=warm), the most frequent first; each match is a jump as of a direct call. Functions among
 * them that are small enough become part of the region, each behind its compare: the front end sees to that.
 *
 * What is kept of a site are a few targets and their counts after Misra and Gries: a target that takes more than a
 * ninth of the calls is among them in the end, whatever else came. Where the calls go to so many functions that
 * compares cost more than the matches save, none is made, and the call goes to the lookup at once. A site that the
 * interpreter did not come through (tier=single) gets the front end's guess, as under inline-cache=mono.
 */
#include <stdlib.h>

#include "jit/policy.h"

enum { SITES = 1 << 10, KEPT = 8, SAVES = 5 /* a match, in compares that are made */ };

struct site {
    uint32_t pc; /* 0 = free */
    uint32_t total;
    uint32_t target[KEPT];
    uint16_t count[KEPT]; /* 0 = free */
};

struct poly {
    struct site site[SITES]; /* by address, a newer one in the place of an older */
};

static void *create(struct jl_machine *m) {
    (void)m;
    return calloc(1, sizeof(struct poly));
}

static void destroy(struct jl_machine *m, void *state) {
    (void)m;
    free(state);
}

static unsigned place(uint32_t pc) {
    return (pc >> 2) & (SITES - 1);
}

static void count(struct site *s, uint32_t target) {
    int room = -1;
    for (int i = 0; i < KEPT; i++) {
        if (s->count[i] && s->target[i] == target) {
            s->count[i]++;
            return;
        }
        if (!s->count[i])
            room = i;
    }
    if (room >= 0) {
        s->target[room] = target;
        s->count[room] = 1;
        return;
    }
    for (int i = 0; i < KEPT; i++)
        s->count[i]--;
}

static void called(struct jl_machine *m, uint32_t pc, uint32_t target) {
    struct poly *p = jl_policy_state(m, JL_AXIS_INLINE_CACHE);
    struct site *s = &p->site[place(pc)];
    if (s->pc != pc)
        *s = (struct site){.pc = pc};
    if (s->total == UINT16_MAX) /* a site that is interpreted for ever; what it did first will do */
        return;
    s->total++;
    count(s, target);
}

/* Of the kept targets not yet taken, the one with the most calls; -1: there is none. */
static int best(const struct site *s, unsigned taken) {
    int found = -1;
    for (int i = 0; i < KEPT; i++)
        if (!(taken >> i & 1) && s->count[i] && !(s->target[i] & 3) && (found < 0 || s->count[i] > s->count[found]))
            found = i;
    return found;
}

static bool holds(const uint32_t *target, unsigned n, uint32_t one) {
    for (unsigned i = 0; i < n; i++)
        if (target[i] == one)
            return true;
    return false;
}

/* As many of the most frequent targets as gain the most: each compare is made by all calls that those before it left.
 */
static unsigned targets(const struct jl_machine *m, uint32_t pc, uint32_t guess, uint32_t target[JL_CALL_TARGETS]) {
    const struct poly *p = jl_policy_state(m, JL_AXIS_INLINE_CACHE);
    const struct site *s = &p->site[place(pc)];
    unsigned n = 0, worth = 0, taken = 0;
    int64_t left = s->total, gain = 0, most = 0, uncovered = left;
    if (s->pc != pc) {
        target[0] = guess;
        return guess != 0;
    }
    for (int i; n < JL_CALL_TARGETS && (i = best(s, taken)) >= 0; taken |= 1u << i) {
        target[n++] = s->target[i];
        gain += SAVES * s->count[i] - left;
        left -= s->count[i];
        if (gain > most) {
            most = gain;
            worth = n;
            uncovered = left;
        }
    }
    /* It had few targets and goes elsewhere now: a callback that another one took the place of. */
    if (guess && worth && worth < JL_CALL_TARGETS && uncovered * KEPT < s->total && !holds(target, worth, guess))
        target[worth++] = guess;
    return worth;
}

static const struct jl_inline_cache_ops ops = {
    .life = {create, destroy}, .lower = jl_lower_guesses, .called = called, .targets = targets};

static const struct jl_strategy strategy = {
    .name = "poly",
    .axis = JL_AXIS_INLINE_CACHE,
    .summary = "an indirect call compares with the targets it was seen to take most often, up to four",
    .source = "Hölzle, Chambers and Ungar 1991 (polymorphic inline caches); Misra and Gries 1982 (the counts)",
    .ops = &ops,
};
JL_STRATEGY(strategy);
