/* tier=warm: the interpreter runs a block until it has been reached a number of times; only then is it worth a
 * translation.
 *
 * Translating an instruction costs as much as interpreting it some hundred times, and most code of a short run is
 * reached once or twice (start-up, error paths). A region leaves out what the interpreter has never come to on its way
 * to the threshold: exits lead there, and if control comes to like it, it gets a region of its own, with the loop
 * around it. Counts are kept by block start in a table without chains. Blocks that share an entry share its count: one
 * of them may be translated too early, but none is interpreted for ever because another one takes the entry in turn.
 *
 * In memory that can be written, the count belongs to the code that stands there now: a guest that generates code puts
 * ever new blocks at the same addresses, and what ran before says nothing about them.
 *
 * A block is asked for again when its translation was thrown away, because its code changed or the cache was full.
 * What happened once is likely to happen again, so the entry learns from it: how often the translation ran is
 * estimated from how long it lived, in guest instructions, at the rate at which the block was reached before. Unless
 * that was often enough to pay for the translation, the count has to go twice as far the next time (up to a limit).
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "jit/policy.h"

#define REACHED_BYTES                                                                                                  \
    ((size_t)1 << 27) /* a bit for each word of the guest's 32-bit space; untouched pages cost nothing */

enum {
    ENTRIES = 1 << 17 /* of 32 bytes; for 512 KiB of code */,
    LONGEST = 64,
    MAX_DOUBLINGS = 4,
    WORTH = 8 /* thresholds */
};

struct warm {
    uint32_t threshold;
    uint8_t *reached; /* block starts that were interpreted; NULL: not asked for */
    struct entry {
        uint32_t pc; /* block start; 0 = free */
        uint32_t count;
        uint32_t sum;      /* of its words, where they can be written */
        uint16_t length;   /* instructions up to the branch */
        uint8_t doublings; /* of the threshold: one for each translation that did not pay */
        bool translated;
        uint64_t since, until; /* guest instructions retired when counting began, and when it was translated */
    } entry[ENTRIES];
};

static const struct jl_param params[] = {
    {"threshold", 48, 1, 60000, "times a block is interpreted before it is translated"},
    {"prune", 1, 0, 1, "a region leaves out the ways of branches that the interpreter never took"},
    {NULL, 0, 0, 0, NULL},
};

static void destroy(struct jl_machine *m, void *state) {
    struct warm *w = state;
    (void)m;
    if (w->reached)
        munmap(w->reached, REACHED_BYTES);
    free(w);
}

static void *create(struct jl_machine *m) {
    struct warm *w = calloc(1, sizeof *w); /* untouched pages cost nothing */
    if (!w)
        return NULL;
    w->threshold = (uint32_t)jl_policy_param(m, JL_AXIS_TIER, "threshold");
    if (!jl_policy_param(m, JL_AXIS_TIER, "prune"))
        return w;
    w->reached = mmap(NULL, REACHED_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (w->reached != MAP_FAILED)
        return w;
    w->reached = NULL;
    destroy(m, w);
    return NULL;
}

/* Branches by their major opcode. Those of coprocessors other than the FPU are left out: a block that runs on past one
 * is only counted less finely. */
static bool is_branch(uint32_t word) {
    uint32_t major = word >> 26;
    if (major == 0)
        return (word & 0x3e) == 8; /* JR, JALR */
    if (major == 0x11)
        return (word >> 21 & 31) == 8; /* BC1 */
    return (major >= 1 && major <= 7) || (major >= 20 && major <= 23);
}

/* Instructions from pc to the next branch, that included, within the page. Stale when the code changes, which only
 * moves the places where counting is done. */
static uint16_t block_length(const struct jl_mem *mem, uint32_t pc) {
    uint16_t n = 0;
    for (; n < LONGEST; pc += 4) {
        uint32_t word;
        n++;
        if (!jl_mem_fetch(mem, pc, &word) || is_branch(word) || !((pc + 4) & (JL_PAGE - 1)))
            break;
    }
    return n;
}

static uint32_t sum_of(const struct jl_mem *mem, uint32_t pc, unsigned length) {
    uint32_t sum = length, word;
    for (unsigned i = 0; i < length && jl_mem_fetch(mem, pc + 4 * i, &word); i++)
        sum = (sum << 5 | sum >> 27) ^ word;
    return sum;
}

/* Begins to count anew when the block is another one than last time. */
static void compare(struct entry *e, const struct jl_mem *mem, uint32_t pc, uint64_t now) {
    uint32_t sum = sum_of(mem, pc, e->length);
    if (sum == e->sum)
        return;
    e->length = block_length(mem, pc);
    e->sum = sum_of(mem, pc, e->length);
    e->count = 0;
    e->since = now;
}

/* The translation of e's block is gone. */
static void learn(const struct warm *w, struct entry *e, uint64_t now) {
    uint64_t counted = e->until - e->since + 1, runs = (now - e->since) / counted * (w->threshold << e->doublings);
    if (runs >= (uint64_t)w->threshold * WORTH)
        e->doublings = 0;
    else
        e->doublings += e->doublings < MAX_DOUBLINGS;
    e->translated = false;
    e->count = 0;
    e->since = now;
}

static unsigned interpret(struct jl_machine *m, uint32_t pc) {
    struct warm *w = jl_policy_state(m, JL_AXIS_TIER);
    const struct jl_mem *mem = jl_policy_mem(m);
    struct entry *e = &w->entry[(pc >> 2) & (ENTRIES - 1)];
    uint64_t now = jl_machine_retired(m);
    if (pc & 3 || !(jl_page_flags(mem, pc) & (JL_PAGE_R | JL_PAGE_X)))
        return 1; /* faults */
    if (w->reached)
        w->reached[pc >> 5] |= (uint8_t)(1 << (pc >> 2 & 7));
    if (e->pc != pc)
        *e = (struct entry){.pc = pc, .count = e->count, .length = block_length(mem, pc), .since = now};
    else if (e->translated)
        learn(w, e, now);
    if (jl_page_has(mem, pc, JL_PAGE_W))
        compare(e, mem, pc, now);
    if (e->count++ < w->threshold << e->doublings)
        return e->length;
    e->count = 0;
    e->translated = true;
    e->until = now;
    return 0;
}

static bool reached(const struct jl_machine *m, uint32_t pc) {
    const struct warm *w = jl_policy_state(m, JL_AXIS_TIER);
    return !w->reached || w->reached[pc >> 5] >> (pc >> 2 & 7) & 1;
}

static const struct jl_tier_ops ops = {.life = {create, destroy}, .interpret = interpret, .reached = reached};

static const struct jl_strategy strategy = {
    .name = "warm",
    .axis = JL_AXIS_TIER,
    .summary = "interpreted until a block has been reached often enough, then translated",
    .source = "Duesterwald and Bala, Software profiling for hot path prediction, ASPLOS 2000 (counts at heads only)",
    .params = params,
    .ops = &ops,
};
JL_STRATEGY(strategy);
