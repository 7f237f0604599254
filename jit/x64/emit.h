/* Emission of host code from an allocated region: shared state of the emit_*.c files.
 *
 * The whole emission runs twice over the same IR: once to size (into a scratch buffer, every jump long), once for good
 * into the code cache, with jumps short where the first run showed that they reach. Hot code goes through e->hot,
 * everything rare is put on a list of far pieces and emitted after it through e->far (or, with far-code=inline, in
 * place).
 */
#ifndef JL_X64_EMIT_H
#define JL_X64_EMIT_H

#include "jit/runtime/cache.h"
#include "jit/runtime/site.h"
#include "jit/x64/alloc.h"
#include "jit/x64/asm.h"

/* A move of the parallel-move resolver. */
struct jl_move {
    jl_loc dst, src; /* src JL_LOC_CONST: imm */
    uint8_t wide;    /* 8 bytes rather than 4 */
    int64_t imm;
};
enum { JL_MAX_MOVES = JL_VARS + 64 };

struct jl_moves {
    struct jl_move list[JL_MAX_MOVES];
    unsigned count;
};

/* Something far code has to do. */
struct jl_far {
    uint8_t *from;    /* rel32 field of the jump that leads here (final run) */
    uint32_t site;    /* site number in the region: passed to the thunk */
    uint8_t thunk;    /* enum jl_thunk */
    uint8_t after;    /* enum jl_far_after */
    uint8_t cc_value; /* FCMP: what rax is compared with so that the branch's flags come out right */
    uint8_t *back;    /* where hot code goes on */
    uint32_t pos;     /* the op it belongs to */
};
enum jl_far_after { JL_FAR_NEVER, JL_FAR_RESUME, JL_FAR_COMPARE, JL_FAR_UNSTALL /* no thunk: jl_emit_unstalled */ };

struct jl_label_use {
    uint8_t *field;
    uint32_t block;
    bool is8;
};

struct jl_emit {
    struct jl_asm a;
    struct jl_machine *m;
    struct jl_region *region;
    struct jl_ir *ir;
    struct jl_alloc *al;
    bool final;
    uint32_t pos;         /* op being emitted */
    uint32_t block, next; /* block being emitted and the one after it, or ~0 */
    uint8_t **label;      /* of each block, this run */
    uint32_t *label_off;  /* of each block, sizing run */
    uint32_t *jump_off;   /* of each jump in emission order, sizing run */
    uint32_t njumps, cap_jumps;
    struct jl_label_use *uses;
    uint32_t nuses, cap_uses;
    struct jl_far *far_;
    uint32_t nfar, cap_far;
    uint8_t *hot_start;
    struct jl_site_builder *sites;
    struct jl_moves moves;
    uint32_t flags_of; /* FCMP op whose flags the next op, if a branch, may use; 0 = none */
    uint8_t flags_cc;  /* host condition that says it is 1 */
    jl_ref zero_flags; /* FPU op whose result's comparison with 0 the op behind it, an UNSTALL, may use; 0 = none */
    jl_ref alu;        /* op whose result the flags tell of when the code has come to alu_off and no further */
    uint32_t alu_off;
    uint8_t alu_width;
    bool alu_logic; /* overflow and carry are clear */
    struct {
        jl_ref slow_if;
        uint8_t *field;
        uint32_t far_index;
        uint32_t site, from; /* its site, and the instructions counted up to where the stretch begins */
    } slow[16];              /* stretches not joined yet */
    unsigned nslow;
    uint8_t *scratch;    /* the sizing run's output: hot half, far half */
    size_t scratch_size; /* of one half */
    uint32_t cap_labels;
    uint32_t frame_bytes;    /* size of the region's own frame set-up (dispatch c-loop) */
    uint32_t instrument;     /* bytes so far that are there only because of counting */
    uint32_t hot_instrument; /* likewise, of the hot part when it is done */
    uint32_t counters;       /* instructions that are there only because of counting */
    uint32_t mark_instructions;
    const uint8_t *mark;      /* of jl_profile_begin */
    uint32_t not_counted;     /* instructions of the counters themselves, and of far pieces in place */
    uint32_t arms;            /* instructions of this block's arms: not executed every time */
    uint32_t block_start;     /* instructions emitted (less those) at the head of this block */
    uint32_t first_open_site; /* sites of this block: their tails are known at its end */
    bool cache_full;
    struct jl_map_entry *map; /* guest-to-host map, when tools want one */
    uint32_t nmap, cap_map;
};

/* map.c: host code from here on belongs to op (0: to none, at guest address pc). */
void jl_map_note(struct jl_emit *e, jl_ref op, uint32_t pc);
/* Copies the finished map into the region; false when there is no memory. */
bool jl_map_finish(struct jl_emit *e);

/* The flags are those of op e->pos's result, of w bytes, till more code is emitted. logic: it cleared overflow and
 * carry. */
void jl_e_flags_set(struct jl_emit *e, unsigned w, bool logic);

/* emit_ctl.c: the code before block 0 that sets up a frame, when each region has its own */
void jl_emit_frame(struct jl_emit *e);
/* Final run starts: link sites made by the previous run of this region are void. */
void jl_emit_begin_links(struct jl_emit *e);
/* profile.c: what is emitted between the two is there only because of counting. */
void jl_profile_begin(struct jl_emit *e);
void jl_profile_end(struct jl_emit *e);
/* a way in that belongs to no block: so many instructions from here on are that segment's */
void jl_profile_segment(struct jl_emit *e, enum jl_segment seg, uint32_t instructions);
/* an event counter of the strategies' */
void jl_profile_event(struct jl_emit *e, const struct jl_ir_count *count);
/* a counter at the head of block n */
void jl_profile_block(struct jl_emit *e, uint32_t n);
/* and one for an arm of the current block's branch, with what the arm turned out to be long. */
void jl_profile_edge(struct jl_emit *e, unsigned arm);
void jl_profile_edge_end(struct jl_emit *e, unsigned arm, uint32_t instructions);

/* emit.c */
bool jl_emit_region(struct jl_emit *e);
/* A register holding value v: its own, or scratch loaded with it. */
enum jl_reg jl_e_reg(struct jl_emit *e, jl_ref v, enum jl_reg scratch);
unsigned jl_e_xmm(struct jl_emit *e, jl_ref v, unsigned scratch);
/* Where the result of op pos is computed: its register, or scratch (jl_e_done then stores it). */
enum jl_reg jl_e_dst(struct jl_emit *e, jl_ref v, enum jl_reg scratch);
unsigned jl_e_dst_xmm(struct jl_emit *e, jl_ref v, unsigned scratch);
void jl_e_done(struct jl_emit *e, jl_ref v, enum jl_reg reg);
void jl_e_done_xmm(struct jl_emit *e, jl_ref v, unsigned xmm);
static inline jl_loc jl_e_loc(const struct jl_emit *e, jl_ref v) {
    return e->al->loc[v];
}
static inline const struct jl_op *jl_e_op(const struct jl_emit *e, jl_ref v) {
    return &e->ir->ops[v];
}
static inline unsigned jl_e_width(const struct jl_emit *e, jl_ref v) {
    return e->ir->ops[v].type == JL_I64 ? 8 : 4;
}
/* v is a constant that fits a sign-extended 32-bit immediate of an operation of width w. */
/* Whether v is a constant address in the machine's own space within 32 bits of rbp, and its displacement from there. */
bool jl_e_near(const struct jl_emit *e, jl_ref v, int32_t *disp);
bool jl_e_imm32(const struct jl_emit *e, jl_ref v, unsigned w, int32_t *imm);
/* cmp (or test) for op's a cc b; returns the host condition. Uses rax and rdx when operands are in memory. */
enum jl_x64_cc jl_e_compare(struct jl_emit *e, enum jl_cc cc, jl_ref a, jl_ref b, unsigned w);
/* Instructions emitted so far that a run without counters would have on the hot path. */
static inline uint32_t jl_e_counted(const struct jl_emit *e) {
    return e->a.instructions - e->not_counted;
}
/* Aligns the block after this one if it is a loop's head, so that the padding is counted where it is executed. */
void jl_e_align_next(struct jl_emit *e);
bool jl_e_aligns(const struct jl_emit *e, uint32_t block);
void jl_e_load_imm(struct jl_emit *e, enum jl_reg reg, int64_t imm);
void jl_e_alu(struct jl_emit *e, unsigned alu, unsigned w, enum jl_reg dst, jl_ref v);
/* jump to a block's label (cc < 0: always) */
void jl_e_jump(struct jl_emit *e, int cc, uint32_t block);
/* jcc to a far piece */
void jl_e_far(struct jl_emit *e, int cc, struct jl_far far_);
/* Emits one far piece here and patches the jump to it. */
void jl_e_far_piece(struct jl_emit *e, struct jl_far *f);
uint32_t jl_e_far_defer(struct jl_emit *e, struct jl_far f);

/* site_build.c: sites of the region being emitted */
uint32_t jl_site_add(struct jl_emit *e, struct jl_site site);      /* the number for thunks (region and site) */
uint32_t jl_site_fault(struct jl_emit *e, const struct jl_op *op); /* an access begins here; index for _end */
void jl_site_fault_end(struct jl_emit *e, uint32_t site);
/* The access that a described FAULT site made, at another place: rax is free, and mem's base; rdx too. */
void jl_site_emit_access(struct jl_asm *a, const struct jl_site *site, struct jl_memop mem);
/* Whether accesses may be changed into jumps (patch.c): they then have room for one. */
bool jl_site_is_patched(const struct jl_emit *e);
uint32_t jl_site_snap(struct jl_emit *e, uint32_t snap);
/* Packs the finished tables into the machine's region arena. NULL when one is too long, or there is no memory. */
struct jl_sites *jl_site_finish(struct jl_emit *e);

/* emit_int.c, emit_mem.c, emit_fpu.c, emit_ctl.c: false when the op is not one of theirs */
bool jl_emit_int(struct jl_emit *e, const struct jl_op *op);
bool jl_emit_mem(struct jl_emit *e, const struct jl_op *op);
bool jl_emit_fpu(struct jl_emit *e, const struct jl_op *op);
/* emit_fpu.c: the far piece of an UNSTALL, in which the ticks are given back; `jumps` back to the hot code then. */
void jl_emit_unstalled(struct jl_emit *e, const struct jl_op *op, bool jumps);
bool jl_emit_ctl(struct jl_emit *e, const struct jl_op *op);
/* emit_vector.c: likewise; and accesses of host memory with a vector */
bool jl_emit_vector(struct jl_emit *e, const struct jl_op *op);
void jl_emit_vector_load(struct jl_emit *e, const struct jl_op *op, struct jl_memop mem);
void jl_emit_vector_store(struct jl_emit *e, const struct jl_op *op, struct jl_memop mem);
/* Loads what the region gets in pinned registers or memory into the PARAMs' places. */
void jl_emit_entry(struct jl_emit *e);
/* Moves phi operands for the edge from the current block to succ; true if there were any. */
bool jl_emit_edge_needed(struct jl_emit *e, uint32_t succ);
void jl_emit_edge(struct jl_emit *e, uint32_t succ);

/* moves.c: performs all moves as if at once. Uses xmm14 and xmm15 only. */
void jl_moves_add(struct jl_moves *moves, jl_loc dst, jl_loc src, bool wide, int64_t imm);
/* The lower half of a 64-bit value to where a 32-bit one is expected: a register's upper half is cleared, also where
 * the value stays in its register. */
void jl_moves_narrow(struct jl_moves *moves, jl_loc dst, jl_loc src, int64_t imm);
void jl_moves_emit(struct jl_emit *e, struct jl_moves *moves);

#endif
