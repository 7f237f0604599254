/* The front end: from guest words to IR. Working storage is kept in struct jl_frontend and used again for each region.
 */
#ifndef JL_FRONTEND_H
#define JL_FRONTEND_H

#include "jit/isa/isa.h"
#include "jit/runtime/machine.h"

enum {
    JL_FE_BLOCKS = 256,
    JL_FE_CUT =
        96, /* blocks that a region's code is cut into at most; the rest are slots of likely branches and the like */
    JL_FE_COPIES = 192, /* likewise of a version, in which a block may stand several times */
    JL_FE_TODO = 256,
    JL_FE_INSNS = 1024,
    JL_FE_SEEN = 4 * JL_FE_INSNS, /* a word may be looked at more than once */
    JL_FE_WINDOW = 4096,
    JL_FE_FACTS = 24,
    JL_FE_CONTEXTS = 16,
    JL_FE_CALLEE_WORDS = 128, /* how far an inlined function may reach */
};

/* Registers that are constant when a block of a version is entered (specialize.c): GPRs, HI and LO. */
enum { JL_FE_STATE_VARS = JL_VAR_FPR };
struct jl_fe_state {
    uint64_t known; /* a bit for each var */
    uint32_t value[JL_FE_STATE_VARS];
};

/* How a guest block ends. */
enum jl_fe_end {
    JL_FE_FALL,          /* into the block at `fall` */
    JL_FE_BRANCH,        /* conditional: taken to `target`, else `fall` */
    JL_FE_JUMP,          /* to `target` */
    JL_FE_CALL,          /* JAL, BAL to `target`, returns to `fall` */
    JL_FE_INLINE_CALL,   /* to `target` (of a JALR: if it goes there) as part of the region */
    JL_FE_INLINE_RETURN, /* JR $31 of an inlined function: to its context's return_pc when $31 is that */
    JL_FE_BRANCH_CALL,   /* BLTZAL and relatives that are conditional: both ways leave the region */
    JL_FE_INDIRECT,      /* JR: `return` when by $31 */
    JL_FE_CALL_INDIRECT, /* JALR */
    JL_FE_ERET,          /* the last instruction, which has no slot */
    JL_FE_INTERP,        /* the instruction at `fall` is for the interpreter */
    JL_FE_SYSCALL,       /* at `fall` */
    JL_FE_OFFLOAD,       /* no instructions: the function at `pc` is host code */
};

/* What half of an unaligned pair does. */
enum jl_fe_part { JL_FE_ALONE, JL_FE_WHOLE, JL_FE_NOTHING };

/* What is known to hold: (root + disp) is a multiple of size, or one of these of root, in the place of size. */
enum {
    JL_FE_NOT_ZERO = 0,
    JL_FE_BASE = 1 << 30,        /* wide.c: may be an address' base */
    JL_FE_LOW_BASE = 3 << 29,    /* likewise, of a number that is sign-extended anyway */
    JL_FE_FPU_USABLE = 1 << 29,  /* vr4300.c; of no value */
    JL_FE_NOT_NARROW = 1 << 28,  /* likewise */
    JL_FE_COP0_USABLE = 3 << 28, /* cop0.c; likewise */
};
struct jl_fe_fact {
    jl_ref root;
    int32_t disp;
    uint32_t size;
};

/* The region's own code, or a copy of a function that it calls: see calls.c. */
struct jl_fe_context {
    uint8_t parent;
    uint32_t return_pc; /* where it returns to in its parent */
    uint32_t window;    /* guest address of leader[0] */
    unsigned words;
    uint8_t *leader; /* what is known of each word: region.c */
};

/* Where a call goes: a JAL to one place, a JALR likely to those, best first. */
struct jl_fe_call {
    uint8_t count;
    uint32_t target[JL_CALL_TARGETS];
    uint8_t callee[JL_CALL_TARGETS]; /* context of the copy that the region has of the function, 0 = none */
};

struct jl_fe_block {
    uint32_t pc;
    uint8_t context;
    uint16_t first, count;            /* instructions in insn[]; a branch is among them, its delay slot in slot */
    uint8_t end;                      /* enum jl_fe_end */
    bool has_slot, likely, slot_only; /* slot_only: the delay slot of a likely branch, on its taken edge */
    bool next_target;                 /* no instructions: an indirect call's next comparison, when others failed */
    bool fetched;                     /* JL_FE_INTERP: the word at `fall` could be read */
    uint32_t target, fall;
    bool indirect; /* a call by JALR */
    uint16_t call; /* the instruction that is the call it ends with */
    jl_ref goes;   /* next_target: where the call goes */
    struct jl_insn slot;
    int16_t succ[2];   /* blocks of the region: taken (or only), fall; -1 = outside */
    int16_t preds[16]; /* predecessors in the region */
    uint8_t npreds;
    uint16_t rpo;
    uint16_t ahead; /* instructions of blocks that follow it for certain, which it charges with its own */
    bool charged;   /* by the block in front of it */
    int16_t idom;
    bool loop_head;
    bool idle; /* head of a loop that looks idle */
    uint8_t depth;
    struct jl_varset loop_writes;
    struct jl_varset writes;
    uint32_t ir_block, ir_end; /* IR block it begins in, and the one its edges leave from */
    jl_ref out[JL_VARS];       /* values at its end */
    struct jl_fe_fact facts[JL_FE_FACTS];
    uint8_t nfacts;
};

struct jl_frontend {
    struct jl_insn insn[JL_FE_INSNS];
    uint32_t insn_pc[JL_FE_INSNS];
    uint8_t insn_context[JL_FE_INSNS];
    struct jl_fe_call insn_call[JL_FE_INSNS]; /* of calls */
    unsigned ninsns;
    struct jl_fe_block block[JL_FE_BLOCKS];
    unsigned nblocks;
    struct jl_fe_state state[JL_FE_BLOCKS]; /* of blocks; looked at when the region is a version */
    uint8_t order[JL_FE_BLOCKS];            /* reverse post-order */
    unsigned norder;
    struct jl_fe_context context[JL_FE_CONTEXTS]; /* 0: the region's own code */
    unsigned ncontexts;
    uint8_t leader[JL_FE_WINDOW];
    uint8_t callee_leader[JL_FE_CONTEXTS][JL_FE_CALLEE_WORDS];
    struct {
        uint32_t pc;
        uint8_t context;
    } todo[JL_FE_TODO];
    unsigned ntodo;
    struct jl_fe_block *at; /* block being translated */
    unsigned index;         /* instruction in it; its delay slot is number `count` */
    /* pairs.c, of the block's instructions */
    uint8_t part[JL_FE_INSNS + 2]; /* enum jl_fe_part */
    bool held[JL_FE_INSNS + 2];    /* what leaves here goes back to the last instruction that is not */
    struct {
        uint32_t pc, word;
    } seen[JL_FE_SEEN]; /* the words that the region is made from, while other threads may change them */
    unsigned nseen;
};

struct jl_frontend *jl_frontend_new(void);
void jl_frontend_free(struct jl_frontend *f);

/* Whether memory still shows the words that the region made last was made from. Always true while there is one thread,
 * and for the words of the largest regions that found no room to be kept. */
bool jl_fe_unchanged(const struct jl_machine *m);
/* region.c: fills f->block and f->order. False when not even the first word can be fetched. */
bool jl_fe_discover(struct jl_machine *m, struct jl_region *region);
/* idle.c: whether a loop looks idle, of which head is the head and in_loop says which blocks it has; whether a block
 * that jumps to pc is such a loop by itself. */
bool jl_fe_loop_is_idle(const struct jl_frontend *f, unsigned head, const uint8_t *in_loop, uint32_t mode);
/* Whether idle loops are to be skipped at all. */
static inline bool jl_fe_skips_idle(const struct jl_machine *m) {
    return m->cpu.mode & JL_MODE_VR4300 && JL_OPS(m, IDLE_LOOP, jl_idle_loop_ops)->lower_turn;
}
bool jl_fe_turns_idly(const struct jl_frontend *f, const struct jl_fe_block *from, uint32_t pc, uint32_t mode);
/* The instruction that word at pc is, as the machine's guest has it. */
void jl_fe_decode(const struct jl_machine *m, uint32_t pc, uint32_t word, struct jl_insn *out);
/* Whether translate.c has the instruction (else the interpreter runs it). */
bool jl_fe_can(const struct jl_insn *insn, uint32_t mode);
/* translate.c: one instruction that is not a branch. */
void jl_fe_insn(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *insn);
bool jl_fe_fpu(struct jl_builder *b, const struct jl_insn *insn);
bool jl_fe_memory(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *insn);
/* Whether nobody else looks at the guest's memory; the translation being made will count on that. */
bool jl_fe_alone(struct jl_builder *b);
/* pairs.c: fills f->part and f->held for a block; with fuse off, every half stands alone. */
void jl_fe_pairs(struct jl_frontend *f, const struct jl_fe_block *blk, uint32_t mode, bool fuse);
/* Bytes of the word that an LWL and its like are half of. */
int32_t jl_fe_unaligned_size(const struct jl_insn *insn);
/* Displacement of the lowest byte of the word that an LWL, LWR, SWL or SWR is half of, were it one of a pair. */
int32_t jl_fe_lowest_byte(const struct jl_insn *insn, uint32_t mode);
/* The condition of a branch. */
void jl_fe_condition(struct jl_builder *b, struct jl_frontend *f, const struct jl_insn *insn, enum jl_cc *cc, jl_ref *x,
                     jl_ref *y);

#endif
