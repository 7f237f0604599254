/* Random programs: control flow around the instructions of insns.c. */
#include "tests/random/program.h"

#include <string.h>

#include "jit/frontend/specialize.h"
#include "jit/isa/isa.h"
#include "tests/random/insns.h"

enum { FUNCTIONS = 3, CALLS = 16 };

struct calls {
    unsigned at[CALLS], count; /* words that call: JAL, a branch and link, or the ADDIU of an address */
};

static void slot(struct gen *g) {
    gen_word(g, gen_straight(g));
}

static uint32_t branch_of(struct gen *g, const uint16_t *ops, unsigned n, int32_t offset) {
    const struct jl_insn_info *i = &jl_insn_info[ops[rng_below(g->r, n)]];
    uint32_t w = i->match | ((uint32_t)rng_next(g->r) & ~i->mask);
    return (w & 0xffff0000) | (uint16_t)offset;
}

static uint32_t branch_word(struct gen *g, int32_t offset) {
    static const uint16_t ops[] = {JL_OP_BEQ,  JL_OP_BNE,  JL_OP_BLEZ,  JL_OP_BGTZ,  JL_OP_BLTZ,  JL_OP_BGEZ,
                                   JL_OP_BEQL, JL_OP_BNEL, JL_OP_BLEZL, JL_OP_BGTZL, JL_OP_BLTZL, JL_OP_BGEZL,
                                   JL_OP_BC1F, JL_OP_BC1T, JL_OP_BC1FL, JL_OP_BC1TL};
    return branch_of(g, ops, sizeof ops / sizeof *ops, offset);
}

static void forward_branch(struct gen *g) {
    gen_word(g, branch_word(g, 2 + (int32_t)rng_below(g->r, 10)));
    slot(g);
}

/* An indirect jump a few words on. */
static void computed_jump(struct gen *g) {
    uint32_t to = 4 * (g->p->count + 3 + rng_below(g->r, 6));
    gen_word(g, gen_make(JL_OP_ADDIU, REG_CODE, REG_TEMP, to + (rng_below(g->r, 60) ? 0 : 2)));
    gen_word(g, gen_make(JL_OP_JR, REG_TEMP, 0, 0));
    slot(g);
}

/* TEMP = a function's address, chosen when the functions are known. */
static void function_address(struct gen *g, struct calls *calls) {
    calls->at[calls->count++] = g->p->count;
    gen_word(g, gen_make(JL_OP_ADDIU, REG_CODE, REG_TEMP, 0));
}

/* A call through a register, whose target cannot always be told from the instructions in front of it: it may have been
 * in memory, or be one of two. */
static void indirect_call(struct gen *g, struct calls *calls) {
    static const uint16_t likely[] = {JL_OP_BEQL, JL_OP_BNEL, JL_OP_BLTZL, JL_OP_BC1TL};
    unsigned what = rng_below(g->r, 4), at = 4 * rng_below(g->r, 64);
    function_address(g, calls);
    if (what == 0) {
        gen_word(g, gen_make(JL_OP_SW, REG_DATA, REG_TEMP, at));
        if (rng_below(g->r, 2))
            forward_branch(g);
        gen_word(g, gen_make(JL_OP_LW, REG_DATA, REG_TEMP, at));
    } else if (what == 1 && calls->count < CALLS) {
        gen_word(g, branch_of(g, likely, sizeof likely / sizeof *likely, 1));
        function_address(g, calls);
    }
    gen_word(g, gen_make(JL_OP_JALR, REG_TEMP, 0, 31 << 11));
}

static void call(struct gen *g, struct calls *calls) {
    static const uint16_t linking[] = {JL_OP_BLTZAL, JL_OP_BGEZAL, JL_OP_BLTZALL, JL_OP_BGEZALL};
    if (calls->count == CALLS)
        return;
    switch (rng_below(g->r, 4)) {
    case 0: {
        calls->at[calls->count++] = g->p->count;
        unsigned rs; /* the manual leaves a branch on the register it writes undefined */
        while ((rs = rng_below(g->r, 32)) == 31)
            ;
        gen_word(g, gen_make(linking[rng_below(g->r, 4)], rs, 0, 0));
        break;
    }
    case 1: indirect_call(g, calls); break;
    default:
        calls->at[calls->count++] = g->p->count;
        gen_word(g, jl_insn_info[JL_OP_JAL].match);
        break;
    }
    slot(g);
}

static void body(struct gen *g, unsigned words, unsigned depth, struct calls *calls);

/* A loop, counted down in a register of its depth; now and then with a second way in from in front of it. */
static void loop(struct gen *g, unsigned words, unsigned depth, struct calls *calls) {
    static const uint16_t ends[] = {JL_OP_BGTZ, JL_OP_BGTZ, JL_OP_BGTZL};
    struct program *p = g->p;
    unsigned counter = depth ? REG_COUNTER : REG_OUTER, entry = 0;
    if (depth || rng_below(g->r, 2))
        gen_word(g, gen_make(JL_OP_ADDIU, 0, counter, 1 + rng_below(g->r, depth ? 12 : 4)));
    if (rng_below(g->r, 2)) {
        entry = p->count;
        gen_word(g, branch_word(g, 0));
        slot(g);
    }
    unsigned head = p->count;
    body(g, words, depth + 1, calls);
    gen_word(g, gen_make(JL_OP_ADDIU, counter, counter, 0xffff));
    unsigned end = p->count;
    gen_word(g, gen_make(ends[rng_below(g->r, 3)], counter, 0, head - (end + 1)));
    slot(g);
    if (entry)
        p->word[entry] |= (uint16_t)(head + rng_below(g->r, end - head) - (entry + 1));
}

/* sll $0,reg,what: see jit/frontend/specialize.h. */
static void annotate(struct gen *g, unsigned reg, unsigned what) {
    gen_word(g, gen_make(JL_OP_SLL, 0, reg, what << 6));
}

/* A dynamic region begins or ends. What it says of registers is right whatever they hold; of memory it may be wrong,
 * since the program may write there, and so only who watches writes gets it right. */
static void annotation(struct gen *g) {
    static const uint8_t bases[] = {REG_DATA, REG_DATA, REG_CODE, REG_SP};
    if (rng_below(g->r, 4) == 0) {
        gen_word(g, JL_ANNOTATE_END);
        return;
    }
    bool memory = rng_below(g->r, 2);
    if (memory)
        gen_word(g, gen_make(JL_OP_ADDIU, 0, REG_TEMP, rng_below(g->r, 2) ? 0x400 : rng_below(g->r, 64)));
    gen_word(g, JL_ANNOTATE_BEGIN);
    for (unsigned n = rng_below(g->r, 4); n > 0; n--)
        annotate(g, 1 + rng_below(g->r, 31), JL_ANNOTATE_CONSTANT);
    if (rng_below(g->r, 2))
        annotate(g, rng_below(g->r, 2) ? REG_COUNTER : REG_OUTER, JL_ANNOTATE_CONSTANT);
    if (!memory)
        return;
    annotate(g, bases[rng_below(g->r, 4)], JL_ANNOTATE_MEMORY);
    annotate(g, REG_TEMP, JL_ANNOTATE_BYTES);
    g->p->needs_watch = true;
}

static void body(struct gen *g, unsigned words, unsigned depth, struct calls *calls) {
    unsigned end = g->p->count + words;
    while (g->p->count < end) {
        unsigned what = rng_below(g->r, 48);
        if (what < 6)
            forward_branch(g);
        else if (what == 6)
            computed_jump(g);
        else if (what < 9 && depth < 2 && g->p->count + 12 < end)
            loop(g, 4 + rng_below(g->r, (end - g->p->count) / 2), depth, calls);
        else if (what < 12 && calls)
            call(g, calls);
        else if (what == 12)
            annotation(g);
        else
            gen_item(g);
    }
}

static void ends(struct gen *g, unsigned n) {
    while (n--)
        gen_word(g, jl_insn_info[JL_OP_BREAK].match);
}

/* A function's end. Now and then it does not, or not always, return to its caller but behind the last call. */
static void function_end(struct gen *g, const struct calls *calls) {
    uint32_t elsewhere = gen_make(JL_OP_ADDIU, REG_CODE, 31, 4 * (calls->at[calls->count - 1] + 2));
    unsigned what = rng_below(g->r, 16);
    if (what < 2) {
        gen_word(g, branch_word(g, 2)); /* around what comes next */
        slot(g);
    }
    if (what < 4)
        gen_word(g, elsewhere);
    gen_word(g, gen_make(JL_OP_JR, 31, 0, 0));
    if (what == 4)
        gen_word(g, elsewhere); /* too late */
    else
        slot(g);
}

static void functions(struct gen *g, const struct calls *calls) {
    unsigned start[FUNCTIONS], n = 1 + rng_below(g->r, FUNCTIONS);
    g->kept |= 1u << 31;
    for (unsigned f = 0; f < n; f++) {
        start[f] = g->p->count;
        body(g, 2 + rng_below(g->r, 10), 2, NULL);
        function_end(g, calls);
    }
    for (unsigned c = 0; c < calls->count; c++) {
        unsigned at = calls->at[c], to = start[rng_below(g->r, n)];
        uint32_t *w = &g->p->word[at];
        if (*w == jl_insn_info[JL_OP_JAL].match)
            *w |= ((g->p->at + 4 * to) >> 2) & 0x3ffffff;
        else if (*w >> 26 == 1)
            *w |= (uint16_t)(to - (at + 1));
        else
            *w |= 4 * to;
    }
}

/* Whether a store may go to word `to`. What is stored may turn out to be a jump, and CFC1 in its slot would show Cause,
 * which the next instruction was to cut off. */
static bool may_patch(const struct gen *g, unsigned to) {
    struct jl_insn next = {0};
    if (to + 1 < g->p->count)
        jl_decode(g->p->word[to + 1], JL_ISA_SET_MIPS32R2, &next);
    return g->straight[to] && next.op != JL_OP_CFC1;
}

/* Where stores into the code go: any straight word, which becomes another straight word. */
static void patches(struct gen *g) {
    struct program *p = g->p;
    for (unsigned n = 0; n < g->npatches; n++) {
        uint32_t w = gen_straight(g);
        if (p->mode & JL_MODE_BE)
            w = __builtin_bswap32(w);
        memcpy(p->data + PATCH_OFFSET + 4 * n, &w, 4);
    }
    for (unsigned n = 0; n < g->nfixups; n++) {
        unsigned at = g->fixup[n], to;
        for (unsigned tries = 0; (to = rng_below(g->r, p->count)), !may_patch(g, to) && tries < 100; tries++)
            ;
        if (!may_patch(g, to)) {
            p->word[at] = 0;
            continue;
        }
        p->word[at] |= 4 * to;
        if (p->word[at + 1] == gen_make(JL_OP_SYNCI, REG_CODE, 0, 0))
            p->word[at + 1] |= 4 * to;
    }
}

/* Ways into the middle of an idiom end behind it instead. */
static void around_idioms(struct gen *g) {
    struct program *p = g->p;
    for (unsigned i = 0; i < p->count; i++) {
        struct jl_insn in;
        jl_decode(p->word[i], JL_ISA_SET_MIPS32R2, &in);
        bool branch = jl_insn_info[in.op].klass == JL_CLASS_BRANCH;
        bool address = in.op == JL_OP_ADDIU && in.rs == REG_CODE && in.rt == REG_TEMP;
        unsigned to = branch ? i + 1 + (unsigned)in.imm : (unsigned)in.imm / 4, by = 0;
        while ((branch || address) && to + by < p->count && g->inside[to + by])
            by++;
        p->word[i] += branch ? by : 4 * by;
    }
}

void program_make(struct program *p, struct rng *r, uint32_t mode, bool for_qemu) {
    struct gen g = {.p = p, .r = r, .fr = mode & JL_MODE_FR, .for_qemu = for_qemu};
    struct calls calls = {.count = 0};
    memset(p, 0, sizeof *p);
    p->mode = mode;
    p->at = CODE_BASE + 4 * rng_below(r, 1000); /* straddles the page now and then */
    g.kept = 1u << REG_OUTER | 1u << REG_CODE | 1u << REG_COUNTER | 1u << REG_ENTRY | 1u << REG_TEMP | 1u << REG_DATA |
             1u << REG_SP;
    gen_state(&g);
    body(&g, 10 + rng_below(r, 80), 0, &calls);
    ends(&g, 16); /* where forward branches may land */
    if (calls.count)
        functions(&g, &calls);
    ends(&g, 16);
    patches(&g);
    around_idioms(&g);
}

/* ---- shrinking ---- */

static unsigned moved(unsigned target, unsigned deleted) {
    return target > deleted ? target - 1 : target;
}

void program_delete(struct program *p, unsigned deleted) {
    for (unsigned i = 0; i < p->count; i++) {
        uint32_t *w = &p->word[i], high = *w & 0xffff0000;
        struct jl_insn in;
        jl_decode(*w, JL_ISA_SET_MIPS32R2, &in);
        unsigned klass = jl_insn_info[in.op].klass;
        if (in.op == JL_OP_J || in.op == JL_OP_JAL) {
            unsigned to = ((*w & 0x3ffffff) - (p->at >> 2));
            *w = (*w & 0xfc000000) | ((p->at >> 2) + moved(to, deleted));
        } else if (klass == JL_CLASS_BRANCH) {
            unsigned to = i + 1 + (unsigned)(int16_t)*w;
            *w = high | (uint16_t)(moved(to, deleted) - (moved(i, deleted) + 1));
        } else if ((*w >> 21 & 31) == REG_CODE && (*w >> 26 > 7 || in.op == JL_OP_SYNCI)) {
            uint32_t to = *w & 0xffff;
            *w = high | (moved(to / 4, deleted) * 4 + to % 4);
        }
    }
    memmove(p->word + deleted, p->word + deleted + 1, (p->count - deleted - 1) * sizeof *p->word);
    p->count--;
}
