/* The translator's intermediate representation: SSA over a region of several blocks.
 *
 * A region is a small control-flow graph. Ops are fixed-size records in one array, named by their index (jl_ref; 0 =
 * none), contiguous and in order within each block; phis are out of line, in a list a block. Guest registers ("vars")
 * are SSA values: PARAM on entry, then whatever was set last; nothing is stored while the region runs. Every op that
 * may leave (flag S) has a snapshot: the list of vars whose value differs from what the cpu struct holds, with the
 * guest address to resume at. Exit code and the host-fault handler write the state from it, so that state is precise
 * everywhere without a store on the hot path.
 *
 * Strategies speak this IR through jit/ir/builder.h while a region is being built; they never see host registers.
 */
#ifndef JL_IR_H
#define JL_IR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "jit/cpu.h"
#include "jit/fpu.h"

typedef uint32_t jl_ref;

enum jl_type { JL_VOID, JL_I32, JL_I64, JL_F, JL_V /* 16 bytes: builder_vector.h */ };

enum jl_irop {
#define JL_IR(name, text, operands, flags) JL_IR_##name,
#include "jit/ir/ir.def"
#undef JL_IR
    JL_IR_OPS
};

enum jl_ir_class { JL_IRC_P = 1, JL_IRC_R = 2, JL_IRC_E = 4, JL_IRC_S = 8, JL_IRC_T = 16 };

/* Conditions, in pairs: x ^ 1 is the opposite. */
enum jl_cc {
    JL_CC_EQ,
    JL_CC_NE,
    JL_CC_LT,
    JL_CC_GE, /* signed */
    JL_CC_LE,
    JL_CC_GT,
    JL_CC_LTU,
    JL_CC_GEU,
    JL_CC_LEU,
    JL_CC_GTU,
    JL_CC_TEST_Z,
    JL_CC_TEST_NZ, /* (a & b) == 0, != 0 */
};

enum jl_ir_flags {
    JL_IRF_SIGNED = 1,
    JL_IRF_SWAP = 2,
    JL_IRF_MAY_EXIT = 4,
    JL_IRF_CHECK = 8,
    JL_IRF_LIMIT = 16,   /* with CHECK: compared with cpu->limit, which an interrupt raises, and not with 0 */
    JL_IRF_SWIZZLE = 64, /* of size 1 or 2: at the address ^ (4 - size); of 8: halves exchanged */
    JL_IRF_EXACT = 128,  /* GLOAD, GSTORE: aligned, and one instruction's whole access */
    JL_IRF_SUNK = 32,    /* not computed at its place but where the region is left (pass sink) */
};

/* In `sub` of a PAIR: its operands may become the halves of one value (pass hilo, which undoes it otherwise). */
enum { JL_PAIR_ASKS = 1 };

/* In `sub` of a LEAVE: by JL_THUNK_OFFLOAD, and imm is the number of a function. */
enum { JL_LEAVE_OFFLOAD = 1 };

struct jl_op {
    uint8_t op;    /* enum jl_irop */
    uint8_t type;  /* enum jl_type of the result */
    uint8_t sub;   /* comparison type, FPU format */
    uint8_t cc;    /* enum jl_cc */
    uint8_t size;  /* of a memory access, in bytes */
    uint8_t scale; /* of an index: 0..3 */
    uint8_t flags; /* enum jl_ir_flags */
    uint8_t home;  /* 1 + the guest var this is the current value of from its definition on, 0 = none known: its
                      home slot may hold it (set by jl_b_set and by whoever makes a phi) */
    jl_ref a, b, c, d;
    int64_t imm;
    uint32_t snap; /* index into ir->snaps, 0 = none */
    uint32_t uses; /* counted by jl_ir_count_uses: value uses (snapshots apart) */
};

struct jl_snap {
    uint32_t first, count; /* entries in ir->snap_vars */
    uint32_t pc;           /* guest address to resume at (the branch, when bd) */
    uint16_t bd;           /* in a delay slot */
    uint16_t uncharged;    /* ticks of this block charged already but not passed at this point */
    uint16_t unstalled;    /* those of them that come beside the instructions' first (isa/stall.h) */
};
struct jl_snap_var {
    uint32_t var;
    jl_ref value;
};

struct jl_slow_call {
    void *fn; /* uint64_t fn(struct jl_cpu *cpu, uint64_t c, uint64_t d) */
    bool may_exit;
};

/* An event counter to be increased in front of op `at`. Not an op, so that counting changes nothing else. */
struct jl_ir_count {
    jl_ref at;
    int32_t n;
    uint64_t *counter;
};

struct jl_ir_block {
    jl_ref first, end;          /* ops [first, end), contiguous; the last is a T op */
    jl_ref phis;                /* list through op->d; 0 ends it */
    int32_t succ[2];            /* block numbers, -1 = none */
    uint32_t pred_first, preds; /* into ir->pred_list; order is the order of phi operands */
    uint32_t pc;                /* guest address; for a strategy's own blocks that of the block they stem from */
    uint16_t guest_count;       /* guest instructions (0 for a strategy's own blocks) */
    uint8_t loop_depth;
    bool loop_head;
    float freq, first_share; /* runs for each run of the region, and the part of them that go to succ[0] (estimated) */
    bool cold;               /* placed in far code */
    bool reached;            /* there is a path to it (jl_ir_drop_unreachable) */
};

struct jl_ir {
    struct jl_op *ops;
    uint32_t nops, cap_ops;
    struct jl_ir_block *blocks;
    uint32_t nblocks, cap_blocks;
    uint32_t *order; /* block numbers in emission order (hot ones first) */
    struct jl_snap *snaps;
    uint32_t nsnaps, cap_snaps;
    struct jl_snap_var *snap_vars;
    uint32_t nsnap_vars, cap_snap_vars;
    jl_ref *phi_args;
    uint32_t nphi_args, cap_phi_args;
    uint32_t *pred_list;
    uint32_t npred_list, cap_pred_list;
    struct jl_slow_call *slow;
    uint32_t nslow, cap_slow;
    struct jl_ir_count *counts; /* ascending `at` */
    uint32_t ncounts, cap_counts;
    jl_ref param[JL_VARS]; /* the PARAM op of each var, 0 = not made */
    jl_ref begin;          /* no op before this one is anything but a NOP: passes may begin here */
    jl_ref entry_slot;     /* a NOP of block 0 behind the PARAMs, for what a pass wants made of them */
    uint32_t entry_pc, mode;
    uint32_t assumed;           /* I64 PARAMs of these GPRs are sign-extended 32-bit numbers (frontend/assume.c) */
    bool failed;                /* sticky: out of room; the region is given up */
    bool keep_pc;               /* tools want to know which guest instruction each op stems from */
    uint32_t at_pc;             /* guest address of what is being appended */
    uint32_t *op_pc, cap_op_pc; /* guest address of each op, when keep_pc */
};

extern const struct jl_irop_info {
    const char *text;
    uint8_t operands, klass;
} jl_irop_info[JL_IR_OPS];

struct jl_ir *jl_ir_new(void);
void jl_ir_free(struct jl_ir *ir);
/* Empties it for the next region; arrays keep their room ("the helper block is reused", seed 3 step 3.5). */
void jl_ir_reset(struct jl_ir *ir);

/* Appends an op; returns its number (ops 0 is a NOP so that 0 can mean none). */
jl_ref jl_ir_append(struct jl_ir *ir, struct jl_op op);
/* Appends n NOPs; returns the first one's number. */
jl_ref jl_ir_append_nops(struct jl_ir *ir, uint32_t n);
uint32_t jl_ir_add_block(struct jl_ir *ir, uint32_t pc);
uint32_t jl_ir_add_snap(struct jl_ir *ir, struct jl_snap snap);
void jl_ir_add_snap_var(struct jl_ir *ir, unsigned var, jl_ref value);
uint32_t jl_ir_add_phi_args(struct jl_ir *ir, uint32_t count);
void jl_ir_add_count(struct jl_ir *ir, struct jl_ir_count count);
uint32_t jl_ir_add_slow(struct jl_ir *ir, struct jl_slow_call call);

/* Empties the blocks that no path leads to (a branch's condition was known). Before compute_preds. */
void jl_ir_drop_unreachable(struct jl_ir *ir);
/* Fills pred_list/preds from succ[]. */
void jl_ir_compute_preds(struct jl_ir *ir);
/* Recounts op->uses (operands and phi operands; snapshot uses are not counted). */
void jl_ir_count_uses(struct jl_ir *ir);
/* Whether an I64 value is seen to be the sign extension of its lower half. */
bool jl_ir_is_extended(const struct jl_ir *ir, jl_ref v);
/* Operands (bit 0 = a) of which op takes the lower half when they are I64 (pass narrow makes them so). */
unsigned jl_ir_narrow_operands(const struct jl_op *op);
/* Structural check (operands defined before use on every path, types, terminators, phi arity). Prints the first
 * fault to out and returns false. Used by tests and debug builds after each pass. */
bool jl_ir_verify(const struct jl_ir *ir, FILE *out);
/* One op without its snapshot; no newline. */
void jl_ir_print_op(const struct jl_ir *ir, jl_ref r, FILE *out);
void jl_ir_print(const struct jl_ir *ir, FILE *out);

static inline struct jl_op *jl_ir_op(const struct jl_ir *ir, jl_ref r) {
    return &ir->ops[r];
}
static inline bool jl_ir_is_const(const struct jl_ir *ir, jl_ref r) {
    return r && ir->ops[r].op == JL_IR_CONST;
}
/* The longest chain of sunk ops that use each other. */
enum { JL_SUNK_CHAIN = 3 };
/* Pass sink took it out of its place: it is made where the region is left. */
static inline bool jl_ir_is_sunk(const struct jl_op *op) {
    return op->flags & JL_IRF_SUNK && jl_irop_info[op->op].klass & JL_IRC_P;
}

#endif
