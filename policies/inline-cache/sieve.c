/* inline-cache=sieve: an indirect jump hashes its target into a table of buckets and jumps to the chain of stanzas that
 * stands there: code that compares the target with one address and jumps to that one's translation, or on to the next
 * stanza. A chain ends at the lookup stub; what C then finds gets a stanza, at the chain's end, so that what was
 * jumped to first is compared with first.
 *
 * Other tables of targets are data. Here what tells targets of one bucket apart is compares and direct jumps, and only
 * the jump to the bucket is one that the host has to guess. All sites share the stanzas. Unlike Hiser's, whose buckets
 * are jumps themselves, a bucket is the address of its first stanza: one jump less.
 *
 * The hash is the lower bits of the word's address, one instruction. A chain is as long as the targets in use that have
 * them in common; `bits` says how many there are.
 *
 * When a region dies its stanza is taken out of its chain and kept for another target; all go when the code cache is
 * flushed.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "jit/policy.h"

#define NONE UINT32_MAX

struct target {
    struct jl_stanza stanza;
    uint32_t pc, next; /* next: in its chain, or among the free ones */
};

struct sieve {
    void **bucket; /* where its chain is entered */
    uint32_t mask; /* of a guest address */
    struct target *target;
    uint32_t ntargets, cap, free;
    uint32_t first[]; /* of each bucket's chain */
};

static const struct jl_param params[] = {
    {"bits", 12, 0, 16, "log2 of the number of buckets"},
    {NULL, 0, 0, 0, NULL},
};

static void wipe(struct jl_machine *m, struct sieve *s) {
    for (uint32_t i = 0; i <= s->mask >> 2; i++) {
        s->bucket[i] = jl_lookup_stub(m);
        s->first[i] = NONE;
    }
    s->ntargets = 0;
    s->free = NONE;
}

static void *create(struct jl_machine *m) {
    uint32_t n = 1u << jl_policy_param(m, JL_AXIS_INLINE_CACHE, "bits");
    struct sieve *s = calloc(1, sizeof *s + n * sizeof *s->first);
    if (!s)
        return NULL;
    s->mask = (n - 1) << 2;
    s->bucket = jl_policy_space(m, n * sizeof *s->bucket, PROT_READ | PROT_WRITE);
    if (!s->bucket) {
        free(s);
        return NULL;
    }
    wipe(m, s);
    return s;
}

static void destroy(struct jl_machine *m, void *state) {
    struct sieve *s = state;
    (void)m;
    free(s->target);
    free(s);
}

static void clear(struct jl_machine *m) {
    struct sieve *s = jl_policy_state(m, JL_AXIS_INLINE_CACHE);
    if (s->ntargets)
        wipe(m, s);
}

/* Lets the chain of a bucket go on with target `to` behind `from` (NONE: begin with it). */
static void join(struct jl_machine *m, struct sieve *s, uint32_t bucket, uint32_t from, uint32_t to) {
    void *host = to == NONE ? jl_lookup_stub(m) : s->target[to].stanza.host;
    if (from == NONE) {
        s->first[bucket] = to;
        s->bucket[bucket] = host;
    } else {
        s->target[from].next = to;
        jl_stanza_set_next(&s->target[from].stanza, host);
    }
}

/* pc's target and the one before it; NONE: there is none, and before would be the chain's last. */
static uint32_t search(const struct sieve *s, uint32_t pc, uint32_t *before) {
    uint32_t i = s->first[(pc & s->mask) >> 2];
    *before = NONE;
    for (; i != NONE && s->target[i].pc != pc; i = s->target[i].next)
        *before = i;
    return i;
}

static void dropped(struct jl_machine *m, uint32_t pc) {
    struct sieve *s = jl_policy_state(m, JL_AXIS_INLINE_CACHE);
    uint32_t before, i = search(s, pc, &before);
    if (i == NONE)
        return;
    join(m, s, (pc & s->mask) >> 2, before, s->target[i].next);
    s->target[i].next = s->free;
    s->free = i;
}

/* A target with a stanza that is in no chain, or NONE. */
static uint32_t take(struct jl_machine *m, struct sieve *s) {
    uint32_t i = s->free;
    if (i != NONE) {
        s->free = s->target[i].next;
        return i;
    }
    if (s->ntargets == s->cap) {
        uint32_t cap = s->cap ? 2 * s->cap : 64;
        struct target *p = realloc(s->target, cap * sizeof *p);
        if (!p)
            return NONE;
        s->target = p;
        s->cap = cap;
    }
    return jl_stanza_new(m, &s->target[s->ntargets].stanza) ? s->ntargets++ : NONE;
}

static void found(struct jl_machine *m, uint32_t pc, void *entry) {
    struct sieve *s = jl_policy_state(m, JL_AXIS_INLINE_CACHE);
    uint32_t last, i = search(s, pc, &last);
    if (i != NONE) /* left by something else than its chain */
        return;
    i = take(m, s);
    if (i == NONE)
        return;
    s->target[i].pc = pc;
    s->target[i].next = NONE;
    jl_stanza_set(&s->target[i].stanza, pc, entry);
    jl_stanza_set_next(&s->target[i].stanza, jl_lookup_stub(m));
    join(m, s, (pc & s->mask) >> 2, last, i);
}

static void lower(struct jl_builder *b, jl_ref pc) {
    const struct sieve *s = jl_policy_state(b->machine, JL_AXIS_INLINE_CACHE);
    jl_ref word = jl_b_op2(b, JL_IR_AND, JL_I32, pc, jl_b_i32(b, (int32_t)s->mask));
    jl_ref chain = jl_b_hload(b, JL_I64, 8, 0, jl_b_ptr(b, s->bucket), word, 1, 0);
    b->guesses = 0; /* the stanzas learn them */
    jl_b_jump_host(b, chain, pc);
}

static const struct jl_inline_cache_ops ops = {
    .life = {create, destroy}, .clear = clear, .dropped = dropped, .found = found, .ends_block = true, .lower = lower};

static const struct jl_strategy strategy = {
    .name = "sieve",
    .axis = JL_AXIS_INLINE_CACHE,
    .summary = "an indirect jump hashes its target into chains of compares and direct jumps, made as targets come",
    .source = "Hiser et al. 2007 (sieve)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
