/* Building IR: what the front end and the strategies use.
 *
 * The builder folds constants and trivial identities as ops are made, and reuses an equal pure op of the same block
 * (local value numbering), so that lowerings may be written naively. All functions are sticky on failure (ir->failed).
 */
#ifndef JL_BUILDER_H
#define JL_BUILDER_H

#include "jit/ir/ir.h"

struct jl_machine;
struct jl_region;

enum { JL_WIDE_CONSTS = 8, JL_CALL_TARGETS = 4 /* likely ones that an indirect call is compared with, at most */ };

struct jl_builder {
    struct jl_ir *ir;
    struct jl_machine *machine; /* its config and strategies; never its guest registers */
    struct jl_region *region;   /* what is being translated */
    uint32_t serial;            /* counts the regions begun */
    uint32_t block;             /* being filled */
    jl_ref cur[JL_VARS];        /* current value of each var, 0 = not read or set yet in the region (PARAM on demand) */
    uint32_t mode;
    /* where we are in the guest program, for snapshots */
    uint32_t pc; /* resume address: this instruction, or the branch it is the delay slot of */
    bool bd;
    uint16_t uncharged, unstalled;   /* ticks of the block charged but not passed before this one; ir.h */
    bool fold, vn;                   /* passes: folding, value numbering */
    uint32_t guess[JL_CALL_TARGETS]; /* likely targets of the indirect call being lowered, best first */
    unsigned guesses;
    uint32_t vn_table[256]; /* refs by hash, valid when >= vn_floor */
    jl_ref vn_floor;
    jl_ref wide[JL_WIDE_CONSTS]; /* the newest 64-bit constants */
    unsigned next_wide;
    uint64_t was_set_lo, was_set_hi;         /* vars set anywhere in the region so far, or given a phi */
    uint64_t known_lo, known_hi;             /* vars with a value anywhere in the region so far: cur[] may be not 0 */
    jl_ref last_snap_op;                     /* newest op that may leave */
    uint32_t last_snap, snap_pc, snap_block; /* for sharing equal snapshots */
    jl_ref checks;                 /* NOPs for the checks of what the region assumes (frontend/assume.c), 0 = none */
    uint32_t checks_snap;          /* and the state that they leave with */
    uint64_t pinned_lo, pinned_hi; /* vars whose home is a host register between regions: always in snapshots */
    struct {                       /* jl_b_hold: the place snapshots are of */
        bool on, bd;
        uint16_t uncharged, unstalled;
        uint32_t pc;
        jl_ref cur[JL_VARS];
    } held;
};

/* Starts a region: empties the builder and opens block 0, with room for the PARAMs at its head. b->ir, machine, region,
 * pc and the pass switches are set by the caller. */
void jl_b_begin(struct jl_builder *b, uint32_t mode);

/* values */
jl_ref jl_b_const(struct jl_builder *b, enum jl_type type, int64_t value);
static inline jl_ref jl_b_i32(struct jl_builder *b, int32_t v) {
    return jl_b_const(b, JL_I32, v);
}
static inline jl_ref jl_b_i64(struct jl_builder *b, int64_t v) {
    return jl_b_const(b, JL_I64, v);
}
jl_ref jl_b_ptr(struct jl_builder *b, const void *p);
jl_ref jl_b_op1(struct jl_builder *b, enum jl_irop op, enum jl_type type, jl_ref x);
jl_ref jl_b_op2(struct jl_builder *b, enum jl_irop op, enum jl_type type, jl_ref x, jl_ref y);
jl_ref jl_b_setcc(struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y);
jl_ref jl_b_select(struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y, jl_ref yes, jl_ref no);
/* FPU op with fmt (ir.def says which field means what); y = 0 for one operand. */
jl_ref jl_b_fop(struct jl_builder *b, enum jl_irop op, enum jl_type type, enum jl_fpu_fmt fmt, jl_ref x, jl_ref y,
                int64_t imm);

/* The same for JL_MODE_VR4300: leaves to the interpreter when the host traps, and when the result is a NaN. */
jl_ref jl_b_ftrap(struct jl_builder *b, enum jl_irop op, enum jl_type type, enum jl_fpu_fmt fmt, jl_ref x, jl_ref y,
                  int64_t imm);

/* guest registers */
/* The PARAM op of a var, made on first demand. */
jl_ref jl_b_param(struct jl_builder *b, unsigned var);
jl_ref jl_b_get(struct jl_builder *b, unsigned var);
void jl_b_set(struct jl_builder *b, unsigned var, jl_ref value);
/* Sets a var that no block reads (value 0: memory has it), and which has no register or home of its own. */
void jl_b_note(struct jl_builder *b, unsigned var, jl_ref value);
/* Says that var has values in the region that are not its PARAM: jl_b_set does it, and whoever makes a phi. */
void jl_b_note_set(struct jl_builder *b, unsigned var);
/* The values of all vars here, and these again: for the second arm of a branch, which begins with what its first one
 * had to begin with. */
void jl_b_save(const struct jl_builder *b, jl_ref vars[JL_VARS]);
void jl_b_restore(struct jl_builder *b, const jl_ref vars[JL_VARS]);

/* memory: see GLOAD, HLOAD in ir.def */
jl_ref jl_b_gload(struct jl_builder *b, enum jl_type type, unsigned size, unsigned flags, jl_ref addr, int32_t disp);
void jl_b_gstore(struct jl_builder *b, unsigned size, unsigned flags, jl_ref addr, int32_t disp, jl_ref value);
jl_ref jl_b_hload(struct jl_builder *b, enum jl_type type, unsigned size, unsigned flags, jl_ref base, jl_ref index,
                  unsigned scale, int32_t disp);
void jl_b_hstore(struct jl_builder *b, unsigned size, jl_ref base, jl_ref index, unsigned scale, int32_t disp,
                 jl_ref value);
/* The word of size bytes at base + disp += n; base 0 as for jl_b_hload. */
void jl_b_hadd(struct jl_builder *b, unsigned size, jl_ref base, int32_t disp, int32_t n);
/* fields of struct jl_cpu by offset (offsetof) */
jl_ref jl_b_cpu_load(struct jl_builder *b, enum jl_type type, unsigned size, size_t offset);
void jl_b_cpu_store(struct jl_builder *b, unsigned size, size_t offset, jl_ref value);
/* 64-bit event counter at host address p += n; emitted only when counting (tools.count). */
void jl_b_fence(struct jl_builder *b); /* orders all guest accesses before it against all behind it */
void jl_b_count(struct jl_builder *b, uint64_t *p, int64_t n);

/* calls; fn(struct jl_cpu *, uint64_t...) */
jl_ref jl_b_call(struct jl_builder *b, void *fn, enum jl_type type, bool may_exit, jl_ref x, jl_ref y, jl_ref z);
jl_ref jl_b_slow_if(struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y, void *fn, bool may_exit, jl_ref arg1,
                    jl_ref arg2);
/* Ends the stretch begun by slow_if; the value is hot's (type of hot) or fn's. hot = 0 for no value. */
jl_ref jl_b_slow_join(struct jl_builder *b, jl_ref slow_if, jl_ref hot);

/* leaving */
void jl_b_exit_if(struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y, enum jl_exit reason, jl_ref exit_addr);
/* The time slice is n ticks shorter; flags: JL_IRF_CHECK, JL_IRF_LIMIT (see CHARGE). */
void jl_b_charge(struct jl_builder *b, unsigned n, unsigned flags);
/* When v, single (size 4) or double (8), is 0: n of the ticks that the block was charged beside its instructions' first
 * are given back; in cpu->count too if counted. */
void jl_b_unstall(struct jl_builder *b, jl_ref v, unsigned size, unsigned n, bool counted);
/* What is left of the time slice (I64), with n ticks given back. */
jl_ref jl_b_slice(struct jl_builder *b, unsigned n);
void jl_b_leave(struct jl_builder *b, enum jl_exit reason, jl_ref pc, jl_ref exit_addr);
/* Ends the region at the entry of a guest function, whose host code, number n of the machine's, is called without
 * leaving to C's run loop; goes on where it returns to. */
void jl_b_offload(struct jl_builder *b, uint32_t n);
void jl_b_link(struct jl_builder *b, uint32_t target_pc);
void jl_b_jump_host(struct jl_builder *b, jl_ref host, jl_ref pc);
jl_ref jl_b_hostpc(struct jl_builder *b, uint32_t pc);
/* Host calls and returns: see RETPUSH in ir.def. jl_b_ret ends the block. */
void jl_b_ret_push(struct jl_builder *b, uint32_t return_pc);
jl_ref jl_b_ret_top(struct jl_builder *b);
jl_ref jl_b_ret_sp(struct jl_builder *b);
void jl_b_ret_clear(struct jl_builder *b);
void jl_b_ret(struct jl_builder *b);
/* Hardware CRC32 of len guest bytes at a constant address (len a multiple of 4), for the checksum strategies. */
jl_ref jl_b_crc(struct jl_builder *b, jl_ref seed, uint32_t addr, uint32_t len);

/* control flow inside the region */
uint32_t jl_b_new_block(struct jl_builder *b, bool cold);
void jl_b_branch(struct jl_builder *b, enum jl_cc cc, jl_ref x, jl_ref y, uint32_t yes, uint32_t no);
void jl_b_jump(struct jl_builder *b, uint32_t block);
/* Goes on filling `block`, whose one predecessor is the block just ended (its vars are the builder's current ones). For
 * a strategy's own blocks; the front end merges vars itself. */
void jl_b_start(struct jl_builder *b, uint32_t block);

/* From here on (on) snapshots are of the state as it is now, with pc, bd, uncharged and unstalled of now, until held
 * off: what leaves resumes here and does again what stands between. For stretches in which nothing is stored, no sticky
 * flag set and every exit is JL_EXIT_INTERP. */
void jl_b_hold(struct jl_builder *b, bool on);
/* A snapshot of the state at this point; every leaving op makes its own. */
uint32_t jl_b_snapshot(struct jl_builder *b);

#endif
