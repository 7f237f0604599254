/* Register allocation: priority colouring of live ranges with holes, over the whole region.
 *
 * Positions are op numbers (blocks are contiguous in them). Liveness gives each SSA value a list of ranges of program
 * points, "live just before op p". Values are then taken by priority (uses weighted by loop depth, divided by length)
 * and given the first register that is free over all their ranges; a bit row a register makes that test a few word
 * operations. What finds no register lives in memory for all its life and is used from there as a memory operand (or
 * through rax/rdx): x86 forgives this, and values needed only to rebuild the guest's state are the first to go. A
 * value that is a guest register's current value from its definition on goes to that register's home slot in the cpu
 * struct, where it need not be written back at an exit.
 *
 * Compared with linear scan this fills lifetime holes and ranks by benefit and not by position (after Chow and
 * Hennessy, "The priority-based coloring approach to register allocation", TOPLAS 1990, without splitting).
 */
#include "jit/x64/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "jit/x64/host.h"

enum { WEIGHT_ONE = 16, WEIGHT_MAX = 1 << 18 };

struct jl_alloc *jl_alloc_new(void) {
    return calloc(1, sizeof(struct jl_alloc));
}

void jl_alloc_free(struct jl_alloc *al) {
    if (!al)
        return;
    free(al->loc);
    free(al->range);
    free(al->weight);
    free(al->ranges);
    free(al->live_in);
    free(al->live);
    free(al->busy);
    free(al->queue);
    free(al->affinity);
    free(al->web);
    free(al);
}

static bool reserve(struct jl_alloc *al, const struct jl_ir *ir) {
    al->words = (ir->nops + 64) / 64;
    if (ir->nops > al->cap_ops) {
        uint32_t cap = ir->nops + ir->nops / 2 + 256;
        al->loc = realloc(al->loc, cap * sizeof *al->loc);
        al->range = realloc(al->range, cap * sizeof *al->range);
        al->weight = realloc(al->weight, cap * sizeof *al->weight);
        al->queue = realloc(al->queue, cap * sizeof *al->queue);
        al->affinity = realloc(al->affinity, cap * sizeof *al->affinity);
        al->web = realloc(al->web, cap * sizeof *al->web);
        al->cap_ops = cap;
        if (!al->loc || !al->range || !al->weight || !al->queue || !al->affinity || !al->web)
            return false;
    }
    size_t live = (size_t)al->words * (ir->nblocks + 1);
    if (live > al->cap_live) {
        al->live_in = realloc(al->live_in, live * 2 * sizeof(uint64_t));
        al->live = realloc(al->live, live * 2 * sizeof(uint64_t));
        al->cap_live = live * 2;
        if (!al->live_in || !al->live)
            return false;
    }
    size_t busy = (size_t)al->words * JL_LOC_END;
    if (busy > al->cap_busy) {
        free(al->busy);
        al->busy = malloc(busy * 2 * sizeof(uint64_t));
        al->cap_busy = busy * 2;
        if (!al->busy)
            return false;
    }
    _Static_assert(JL_LOC_NONE == -1, "all bits set");
    memset(al->loc, 0xff, ir->nops * sizeof *al->loc);
    memset(al->range, 0, ir->nops * sizeof *al->range);
    memset(al->weight, 0, ir->nops * sizeof *al->weight);
    memset(al->row_used, 0, sizeof al->row_used);
    al->nranges = 1;
    al->nqueue = al->frame_slots = al->spills = 0;
    return true;
}

static inline void set_bit(uint64_t *set, uint32_t i) {
    set[i / 64] |= (uint64_t)1 << (i % 64);
}

/* Values that are made where they are used, or always stand in the same place: they get no register. */
static bool is_fixed(const struct jl_op *op) {
    return op->op == JL_IR_CONST || op->op == JL_IR_RETSP;
}

/* Calls fn for each value op p uses directly or through its snapshot (weight 0), sunk values replaced by their
 * operands. */
typedef void use_fn(struct jl_alloc *al, const struct jl_ir *ir, jl_ref value, uint32_t at, int weight);

/* What a sunk op is made of, through its one operand that may be sunk too. */
static void use_sunk(struct jl_alloc *al, const struct jl_ir *ir, const struct jl_op *op, uint32_t at, use_fn *fn) {
    while (op) {
        const struct jl_op *next = NULL;
        for (unsigned i = 0; i < 2; i++) {
            jl_ref r = i ? op->b : op->a;
            if (!r || ir->ops[r].op == JL_IR_CONST)
                continue;
            if (jl_ir_is_sunk(&ir->ops[r]))
                next = &ir->ops[r];
            else
                fn(al, ir, r, at, 0);
        }
        op = next;
    }
}

static inline void use_value(struct jl_alloc *al, const struct jl_ir *ir, jl_ref v, uint32_t at, int weight,
                             use_fn *fn) {
    const struct jl_op *op = &ir->ops[v];
    if (!v || is_fixed(op))
        return;
    if (!jl_ir_is_sunk(op)) {
        fn(al, ir, v, at, weight);
        return;
    }
    use_sunk(al, ir, op, at, fn);
}

static bool is_pinned(const struct jl_alloc *al, uint32_t var) {
    return (var < 64 ? al->pinned_lo >> var : al->pinned_hi >> (var - 64)) & 1;
}

/* What naming a value in the snapshot of a way out that writes the state costs when it is in a register: a store,
 * unless the var travels in a register; from memory it costs a load then. */
static int exit_weight(const struct jl_alloc *al, uint32_t var, int weight) {
    return is_pinned(al, var) ? weight : -weight;
}

static bool writes_state(const struct jl_op *op) {
    return op->op == JL_IR_LINK || op->op == JL_IR_JUMPH || op->op == JL_IR_LEAVE || op->op == JL_IR_RET;
}

static inline __attribute__((always_inline)) void each_use(struct jl_alloc *al, const struct jl_ir *ir, uint32_t p,
                                                           int weight, use_fn *fn) {
    const struct jl_op *op = &ir->ops[p];
    unsigned n = op->op == JL_IR_SLOWJOIN ? 1 : jl_irop_info[op->op].operands;
    if (n > 0)
        use_value(al, ir, op->a, p, weight, fn);
    if (n > 1)
        use_value(al, ir, op->b, p, weight, fn);
    if (n > 2)
        use_value(al, ir, op->c, p, weight, fn);
    if (n > 3)
        use_value(al, ir, op->d, p, weight, fn);
    if (!op->snap)
        return;
    const struct jl_snap *snap = &ir->snaps[op->snap];
    bool writes = writes_state(op);
    if (!snap->count || (snap->first == al->scan_list && !writes)) /* the last one's list: nothing to add */
        return;
    /* Lists in a row differ in an entry or two: what stands at the same place in the last one was seen there. */
    bool alike = !writes && al->scan_list != ~0u && al->scan_count == snap->count;
    const struct jl_snap_var *last = alike ? &ir->snap_vars[al->scan_list] : NULL;
    al->scan_list = snap->first;
    al->scan_count = snap->count;
    for (uint32_t i = 0; i < snap->count; i++) {
        const struct jl_snap_var *sv = &ir->snap_vars[snap->first + i];
        if (alike && sv->value == last[i].value)
            continue;
        use_value(al, ir, sv->value, p, writes ? exit_weight(al, sv->var, weight) : 0, fn);
    }
}

static bool skipped(const struct jl_op *op) {
    return op->op == JL_IR_NOP || op->op == JL_IR_PHI || jl_ir_is_sunk(op);
}

static void gen_use(struct jl_alloc *al, const struct jl_ir *ir, jl_ref v, uint32_t at, int weight) {
    (void)ir, (void)at, (void)weight;
    set_bit(al->live, v);
}

static void clear_bits(uint64_t *set, uint32_t from, uint32_t to) {
    if (from >= to)
        return;
    uint32_t first = from / 64, last = (to - 1) / 64;
    uint64_t keep_low = ((uint64_t)1 << from % 64) - 1, keep_high = ~(~(uint64_t)0 >> (63 - (to - 1) % 64));
    if (first == last) {
        set[first] &= keep_low | keep_high;
        return;
    }
    set[first] &= keep_low;
    for (uint32_t w = first + 1; w < last; w++)
        set[w] = 0;
    set[last] &= keep_high;
}

/* Removes what block b defines from a set. */
static void kill_defs(const struct jl_ir *ir, const struct jl_ir_block *b, uint64_t *set) {
    clear_bits(set, b->first, b->end);
    for (jl_ref phi = b->phis; phi; phi = ir->ops[phi].d)
        set[phi / 64] &= ~((uint64_t)1 << (phi % 64));
}

static uint32_t pred_index(const struct jl_ir *ir, const struct jl_ir_block *b, uint32_t pred) {
    for (uint32_t i = 0; i < b->preds; i++)
        if (ir->pred_list[b->pred_first + i] == pred)
            return i;
    return 0;
}

/* live |= what is live on the edges out of block n: successors' live-in and their phis' operands for this edge. */
static void live_out(struct jl_alloc *al, const struct jl_ir *ir, uint32_t n, uint64_t *live) {
    for (int s = 0; s < 2; s++) {
        int32_t succ = ir->blocks[n].succ[s];
        if (succ < 0)
            continue;
        const struct jl_ir_block *sb = &ir->blocks[succ];
        const uint64_t *in = &al->live_in[(size_t)succ * al->words];
        for (uint32_t w = 0; w < al->words; w++)
            live[w] |= in[w];
        uint32_t k = sb->phis ? pred_index(ir, sb, n) : 0;
        for (jl_ref phi = sb->phis; phi; phi = ir->ops[phi].d) {
            if (ir->ops[phi].op != JL_IR_PHI)
                continue;
            jl_ref arg = ir->phi_args[ir->ops[phi].imm + k];
            if (arg && ir->ops[arg].op != JL_IR_CONST)
                set_bit(live, arg);
        }
    }
}

/* Fixpoint of live_in = gen + (live_out - defs). gen is kept in the second half of live_in's room (al->live rows). */
static void liveness(struct jl_alloc *al, const struct jl_ir *ir) {
    size_t words = al->words;
    uint64_t *gen_rows = al->live, *work = al->live + words * ir->nblocks;
    memset(al->live_in, 0, words * ir->nblocks * sizeof(uint64_t));
    memset(gen_rows, 0, words * ir->nblocks * sizeof(uint64_t));
    for (uint32_t n = 0; n < ir->nblocks; n++) {
        const struct jl_ir_block *b = &ir->blocks[n];
        al->live = gen_rows + n * words;
        al->scan_list = ~0u;
        for (jl_ref p = b->first; p < b->end; p++)
            if (!skipped(&ir->ops[p]))
                each_use(al, ir, p, 1, gen_use);
        kill_defs(ir, b, al->live);
    }
    al->live = gen_rows;
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = ir->nblocks; i-- > 0;) {
            uint32_t n = ir->order[i];
            memset(work, 0, words * sizeof(uint64_t));
            live_out(al, ir, n, work);
            kill_defs(ir, &ir->blocks[n], work);
            uint64_t *in = &al->live_in[n * words];
            for (size_t w = 0; w < words; w++) {
                uint64_t x = work[w] | gen_rows[n * words + w];
                changed |= x != in[w];
                in[w] = x;
            }
        }
    }
}

static void add_range(struct jl_alloc *al, jl_ref v, uint32_t start, uint32_t end) {
    uint32_t head = al->range[v];
    if (head && al->ranges[head].start <= end) {
        if (start < al->ranges[head].start)
            al->ranges[head].start = start;
        if (end > al->ranges[head].end)
            al->ranges[head].end = end;
        return;
    }
    if (al->nranges >= al->cap_ranges) {
        al->cap_ranges = al->cap_ranges ? al->cap_ranges * 2 : 1024;
        al->ranges = realloc(al->ranges, al->cap_ranges * sizeof *al->ranges);
        if (!al->ranges)
            abort();
    }
    al->ranges[al->nranges] = (struct jl_live_range){.start = start, .end = end, .next = head};
    al->range[v] = al->nranges++;
}

/* Ops that write their result before all operands are read, or whose far path needs the operands intact. */
static bool early_clobber(const struct jl_op *op) {
    switch (op->op) {
    case JL_IR_ITOF: return op->snap; /* what the snapshot names must be there when it traps */
    case JL_IR_FADD:
    case JL_IR_FSUB:
    case JL_IR_FMUL:
    case JL_IR_FDIV:
    case JL_IR_FSQRT:
    case JL_IR_FCVT:
    case JL_IR_FTOI:
    case JL_IR_PAIR:
    case JL_IR_FPAIR:
    case JL_IR_FSETLO:
    case JL_IR_FSETHI:
    case JL_IR_CRC: return true;
    default: return false;
    }
}

static inline void range_use(struct jl_alloc *al, const struct jl_ir *ir, jl_ref v, uint32_t at, int weight) {
    (void)ir;
    al->weight[v] += weight;
    uint32_t head = al->range[v];
    if (head && al->ranges[head].start <= al->scan_first && al->ranges[head].end > at + al->scan_clobber)
        return; /* in its range already */
    add_range(al, v, al->scan_first, at + 1 + al->scan_clobber);
}

static void define(struct jl_alloc *al, const struct jl_op *op, uint32_t p, int weight) {
    uint32_t head = al->range[p], start = op->op == JL_IR_PARAM ? al->scan_first : p + 1;
    if (head && al->ranges[head].start <= start)
        al->ranges[head].start = start;
    else if (op->op != JL_IR_PARAM)
        add_range(al, p, start, start + 1);
    /* A result that goes to memory is stored there; a PARAM is there, and a register costs a load. */
    al->weight[p] += op->op == JL_IR_PARAM && !is_pinned(al, (uint32_t)op->imm) ? -weight : weight;
}

static int block_weight(const struct jl_ir_block *b) {
    float w = b->freq * WEIGHT_ONE;
    return b->cold || w < 1 ? 1 : w > WEIGHT_MAX ? WEIGHT_MAX : (int)w;
}

static void block_ranges(struct jl_alloc *al, const struct jl_ir *ir, uint32_t n) {
    const struct jl_ir_block *b = &ir->blocks[n];
    int weight = block_weight(b);
    memset(al->live, 0, al->words * sizeof(uint64_t));
    live_out(al, ir, n, al->live);
    for (uint32_t w = 0; w < al->words; w++)
        for (uint64_t bits = al->live[w]; bits; bits &= bits - 1)
            add_range(al, w * 64 + (uint32_t)__builtin_ctzll(bits), b->first, b->end);
    al->scan_first = b->first;
    al->scan_list = ~0u;
    for (uint32_t p = b->end; p-- > b->first;) {
        const struct jl_op *op = &ir->ops[p];
        if (skipped(op))
            continue;
        if (op->type != JL_VOID && !is_fixed(op))
            define(al, op, p, weight);
        al->scan_clobber = early_clobber(op);
        each_use(al, ir, p, weight, range_use);
    }
    for (jl_ref phi = b->phis; phi; phi = ir->ops[phi].d) {
        al->weight[phi] += weight;
        if (ir->ops[phi].op == JL_IR_PHI && !al->range[phi])
            add_range(al, phi, b->first, b->first + 1);
    }
}

/* Ranges are built from the last position to the first, so that each value's list grows at its head. */
static void build_ranges(struct jl_alloc *al, const struct jl_ir *ir) {
    uint32_t sorted[256], n = ir->nblocks;
    for (uint32_t i = 0; i < n; i++) { /* blocks stand nearly in the order of their numbers: the last one first */
        uint32_t block = n - 1 - i, j = i;
        for (; j > 0 && ir->blocks[sorted[j - 1]].first < ir->blocks[block].first; j--)
            sorted[j] = sorted[j - 1];
        sorted[j] = block;
    }
    for (uint32_t i = 0; i < n; i++)
        block_ranges(al, ir, sorted[i]);
}

static uint64_t *row(struct jl_alloc *al, jl_loc loc) {
    uint64_t *r = &al->busy[(size_t)loc * al->words];
    if (!al->row_used[loc]) {
        memset(r, 0, al->words * sizeof(uint64_t));
        al->row_used[loc] = true;
    }
    return r;
}

/* Points [start, end) of a row: all free? With mark, sets them. */
static bool span(uint64_t *r, uint32_t start, uint32_t end, bool mark) {
    for (uint32_t w = start / 64; w <= (end - 1) / 64; w++) {
        uint64_t mask = ~(uint64_t)0;
        if (w == start / 64)
            mask &= ~(uint64_t)0 << (start % 64);
        if (w == (end - 1) / 64)
            mask &= ~(uint64_t)0 >> (63 - (end - 1) % 64);
        if (mark)
            r[w] |= mask;
        else if (r[w] & mask)
            return false;
    }
    return true;
}

static bool is_free(struct jl_alloc *al, jl_ref v, jl_loc loc) {
    if (!al->row_used[loc])
        return true;
    for (uint32_t i = al->range[v]; i; i = al->ranges[i].next)
        if (!span(row(al, loc), al->ranges[i].start, al->ranges[i].end, false))
            return false;
    return true;
}

static void occupy(struct jl_alloc *al, jl_ref v, jl_loc loc) {
    for (uint32_t i = al->range[v]; i; i = al->ranges[i].next)
        span(row(al, loc), al->ranges[i].start, al->ranges[i].end, true);
    al->loc[v] = loc;
}

static bool take(struct jl_alloc *al, jl_ref v, jl_loc loc) {
    if (loc < 0 || !is_free(al, v, loc))
        return false;
    occupy(al, v, loc);
    return true;
}

static bool take_reg_of(struct jl_alloc *al, jl_ref v, jl_ref other, bool xmm) {
    jl_loc l = other ? al->loc[jl_alloc_web(al, other)] : JL_LOC_NONE;
    return (xmm ? jl_loc_is_xmm(l) : jl_loc_is_gpr(l)) && take(al, v, l);
}

static bool take_hint(struct jl_alloc *al, struct jl_machine *m, const struct jl_ir *ir, jl_ref v, bool xmm) {
    const struct jl_op *op = &ir->ops[v];
    if (op->home && m->pinned_reg[op->home - 1] != 0xff && !xmm &&
        take(al, v, (jl_loc)(JL_LOC_GPR + m->pinned_reg[op->home - 1])))
        return true;
    if (op->op == JL_IR_PHI) {
        for (uint32_t i = 0, n = op->a; i < n; i++)
            if (take_reg_of(al, v, ir->phi_args[op->imm + i], xmm))
                return true;
    } else if (jl_irop_info[op->op].operands && take_reg_of(al, v, op->a, xmm)) {
        return true;
    }
    return take_reg_of(al, v, al->affinity[v], xmm);
}

static bool take_register(struct jl_alloc *al, struct jl_machine *m, const struct jl_ir *ir, jl_ref v) {
    static const uint8_t gpr_pool[] = JL_GPR_POOL;
    bool xmm = ir->ops[v].type >= JL_F;
    if (!JL_PASS_ON(m, REGALLOC))
        return false;
    if (take_hint(al, m, ir, v, xmm))
        return true;
    if (xmm) {
        for (jl_loc r = 0; r < (jl_loc)JL_XMM_POOL_SIZE; r++)
            if (take(al, v, (jl_loc)(JL_LOC_XMM + r)))
                return true;
        return false;
    }
    bool cl_shifts = !jl_host()->bmi2;
    for (int pinned = 0; pinned < 2; pinned++)
        for (unsigned i = 0; i < JL_GPR_POOL_SIZE; i++)
            if (!(cl_shifts && gpr_pool[i] == JL_RCX) && (m->pinned_regs >> gpr_pool[i] & 1) == (unsigned)pinned &&
                take(al, v, (jl_loc)(JL_LOC_GPR + gpr_pool[i])))
                return true;
    return false;
}

/* The home slot of the guest register that a value belongs to. */
static bool take_home(struct jl_alloc *al, const struct jl_ir *ir, jl_ref v) {
    const struct jl_op *op = &ir->ops[v];
    if (op->op == JL_IR_PARAM) { /* is there already: its row was reserved */
        al->loc[v] = (jl_loc)(JL_LOC_HOME + op->imm);
        return true;
    }
    return op->home && take(al, v, (jl_loc)(JL_LOC_HOME + op->home - 1));
}

/* Two spill slots in a row. */
static bool take_wide(struct jl_alloc *al, jl_ref v) {
    for (uint32_t k = 0; k + 1 < JL_SPILL_SLOTS; k++) {
        jl_loc low = (jl_loc)(JL_LOC_FRAME + k);
        if (!is_free(al, v, low) || !take(al, v, (jl_loc)(low + 1)))
            continue;
        occupy(al, v, low);
        if (k + 2 > al->frame_slots)
            al->frame_slots = k + 2;
        return true;
    }
    return false;
}

static bool take_memory(struct jl_alloc *al, const struct jl_ir *ir, jl_ref v) {
    if (take_home(al, ir, v))
        return true;
    al->spills++;
    if (ir->ops[v].type == JL_V)
        return take_wide(al, v);
    for (uint32_t k = 0; k < JL_SPILL_SLOTS; k++)
        if (take(al, v, (jl_loc)(JL_LOC_FRAME + k))) {
            if (k >= al->frame_slots)
                al->frame_slots = k + 1;
            return true;
        }
    return false;
}

/* Shell sort, highest priority first: a region has some hundred values, for which qsort's calls cost more than its
 * order saves. (Ciura's gaps.) */
static void sort_queue(uint64_t *queue, uint32_t n) {
    static const uint32_t gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};
    for (unsigned k = 0; k < sizeof gaps / sizeof *gaps; k++)
        for (uint32_t i = gaps[k]; i < n; i++) {
            uint64_t x = queue[i];
            uint32_t j = i;
            for (; j >= gaps[k] && queue[j - gaps[k]] < x; j -= gaps[k])
                queue[j] = queue[j - gaps[k]];
            queue[j] = x;
        }
}

static void queue_values(struct jl_alloc *al, const struct jl_ir *ir) {
    for (jl_ref v = ir->begin; v < ir->nops; v++) {
        const struct jl_op *op = &ir->ops[v];
        if (op->op == JL_IR_CONST && op->type != JL_VOID)
            al->loc[v] = JL_LOC_CONST;
        else if (op->op == JL_IR_RETSP)
            al->loc[v] = JL_LOC_GPR + JL_RSP;
        if (!al->range[v] || al->web[v] != v)
            continue;
        uint32_t length = 1;
        for (uint32_t i = al->range[v]; i; i = al->ranges[i].next)
            length += al->ranges[i].end - al->ranges[i].start;
        uint64_t priority = al->weight[v] > 0 ? ((uint64_t)al->weight[v] << 12) / length : 0;
        if (priority > UINT32_MAX)
            priority = UINT32_MAX;
        al->queue[al->nqueue++] = priority << 32 | v;
        if (op->op == JL_IR_PARAM) /* the cpu struct holds it all the while */
            for (uint32_t i = al->range[v]; i; i = al->ranges[i].next)
                span(row(al, (jl_loc)(JL_LOC_HOME + op->imm)), al->ranges[i].start, al->ranges[i].end, true);
    }
    sort_queue(al->queue, al->nqueue);
}

/* A phi and its operands want one register: each operand remembers the phi. So do the result of a stretch with a slow
 * way around it and the value that the fast way makes. */
static void note_affinity(struct jl_alloc *al, struct jl_ir *ir) {
    memset(al->affinity, 0, ir->nops * sizeof *al->affinity);
    for (uint32_t n = 0; n < ir->nblocks; n++)
        for (jl_ref phi = ir->blocks[n].phis; phi; phi = ir->ops[phi].d)
            if (ir->ops[phi].op == JL_IR_PHI) {
                ir->ops[phi].a = ir->blocks[n].preds; /* how many operands, for take_hint */
                for (uint32_t i = 0; i < ir->blocks[n].preds; i++)
                    al->affinity[ir->phi_args[ir->ops[phi].imm + i]] = phi;
            }
    for (jl_ref i = ir->begin; i < ir->nops && ir->nslow; i++)
        if (ir->ops[i].op == JL_IR_SLOWJOIN && ir->ops[i].a)
            al->affinity[ir->ops[i].a] = i;
}

bool jl_alloc_run(struct jl_alloc *al, struct jl_machine *m, struct jl_ir *ir) {
    if (ir->nblocks > 256 || !reserve(al, ir))
        return false;
    al->pinned_lo = m->pinned_lo;
    al->pinned_hi = m->pinned_hi;
    note_affinity(al, ir);
    liveness(al, ir);
    build_ranges(al, ir);
    jl_alloc_coalesce(al, ir, JL_PASS_ON(m, COALESCE));
    queue_values(al, ir);
    for (uint32_t i = 0; i < al->nqueue; i++) {
        jl_ref v = (jl_ref)al->queue[i];
        if (al->weight[v] <= 0 && take_home(al, ir, v)) /* a register would cost more than it saves */
            continue;
        if (!take_register(al, m, ir, v) && !take_memory(al, ir, v))
            return false;
    }
    jl_alloc_spread(al, ir);
    return true;
}
