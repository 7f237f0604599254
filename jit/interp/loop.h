/* The interpreter's loop: threaded code over decoded instructions. Compiled twice, for 32-bit processors (interp.c) and
 * for 64-bit ones (interp64.c), from the same lines.
 *
 * Each instruction's meaning is a line of integer.def, integer64.def or fpu.def, or a function elsewhere. Decoded
 * instructions stand in one array, indexed by address, so that the next one is the next element. An element is used
 * only while memory still shows the word it was made from; this comparison, made for each instruction executed, is all
 * there is to self-modifying code, and it makes an element's origin irrelevant.
 *
 * Execution goes in straight runs: up to a branch's delay slot, the end of a page, or the last instruction allowed.
 * Permission to fetch, pc and the slice are dealt with between runs; `stop` is the address where a run ends.
 *
 * A branch and its delay slot are one step: an exit in the slot reports the branch's address, and the only thing that
 * has happened then is the link register's write, which doing the branch again repeats.
 *
 * Where instructions take different times (isa/stall.h) a run also ends behind one that takes longer than others.
 *
 * The includer defines what depends on the width. A name that ends in W is about whole registers, one that does not
 * about their lower 32 bits.
 *   RSW, RTW, IMMW      the operands; PRODUCT, MULT's
 *   SET_D, SET_T        set rd, rt to a 32-bit result; SET_DW, SET_TW to a whole register's
 *   PC, BEHIND_LAST     word's address; the same, counted on from the word in front of it
 *   FITS, ENDS_SPACE    whether memory has an address; whether a slot's, behind a branch, is none
 *   PLAIN, MEMORY, PART which accesses go to `memory`, what does them there, and LWL and its like
 *   TAKE, LINK, RELATIVE, REGION, SLOT, SLOT_IF_TAKEN     the parts of branches
 *   FPU_USABLE, EVEN, PUT32, MOVE_S, NEGATE_S, QUICK...   the parts of FPU instructions
 *   set_hilo, hilo, divide, other_instruction, enter_fpu, leave_fpu
 */

/* ---- what the instructions' lines are made of ---- */

#define IMM ((uint32_t)i->imm)
#define FCC cpu->var[JL_VAR_FCC + i->cc]
#define ZERO_ZERO cpu->var[0] = 0 /* for those that decode() doesn't turn into a NOP when they write $0 */

#define CALL(how)                                                                                                      \
    if (__builtin_expect((r = (how)) != JL_EXIT_NONE, 0))                                                              \
    goto leave_instruction
#define RAISE_IF(c, reason, code)                                                                                      \
    if (__builtin_expect(c, 0)) {                                                                                      \
        r = jl_raise(cpu, JL_EXIT_##reason, 0, (code));                                                                \
        goto leave_instruction;                                                                                        \
    }
#define TRAP_IF(c) RAISE_IF(c, TRAP, jl_insn_flags(i) & JL_RD_T ? IMM : 0)

/* What was done of this run is counted, so that cpu->slice is right. */
#define RETIRE() retire(cpu, word - start), start = word

/* A plain load's value v; a plain store. All others are done, or fail, at `memory`. */
#define LOAD(bits)                                                                                                     \
    uword addr = RSW + IMMW;                                                                                           \
    uint##bits##_t v;                                                                                                  \
    if (__builtin_expect(!PLAIN(addr, (bits) / 8, JL_PAGE_R) || !jl_read##bits(cpu, (uint32_t)addr, &v), 0))           \
    goto memory
#define STORE(bits, v)                                                                                                 \
    uword addr = RSW + IMMW;                                                                                           \
    if (__builtin_expect(!PLAIN(addr, (bits) / 8, JL_PAGE_W) || !jl_write##bits(cpu, (uint32_t)addr, (v)), 0))         \
    goto memory

#if JL_WIDE
#define STALL(op)                                                                                                      \
    if (jl_stall(op, JL_MODE_VR4300) && cpu->mode & JL_MODE_VR4300)                                                    \
    goto stall
#else
#define STALL(op)
#endif

#define OR_OTHER(done)                                                                                                 \
    if (__builtin_expect(!(done), 0))                                                                                  \
    goto other

/* The instruction at word is the element i, when that still shows the same word. */
#define DISPATCH()                                                                                                     \
    if (__builtin_expect(i->word != *word, 0))                                                                         \
        goto decode;                                                                                                   \
    goto *label[i->op]
#define ADVANCE()                                                                                                      \
    word++, i++;                                                                                                       \
    if (__builtin_expect(word == stop, 0))                                                                             \
        goto next_run;                                                                                                 \
    DISPATCH()
/* Every instruction has a dispatch of its own, for the host's predictor; one for all where clang instruments: 300
 * copies of what the sanitizers check there took a third of the time in which the fuzzers are built. */
#ifdef __clang__
#if __has_feature(address_sanitizer)
#define ONE_DISPATCH 1
#endif
#endif
#ifdef ONE_DISPATCH
#define NEXT() goto advance
#else
#define NEXT() ADVANCE()
#endif

/* Runs while cpu->slice is above end. */
static enum jl_exit run(struct jl_cpu *cpu, struct jl_interp_cache *cache, int64_t end) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init" /* all are `other` first */
    static const void *const label[JL_OPS] = {
        [0 ... JL_OPS - 1] = &&other,
        [JL_OP_RESERVED] = &&reserved,
#define OP(name, ...) [JL_OP_##name] = &&op_##name,
#include "jit/interp/fpu.def"
#include "jit/interp/integer.def"
#if JL_WIDE
#include "jit/interp/integer64.def"
#endif
#undef OP
    };
#pragma GCC diagnostic pop
    struct jl_fpu_pending *pending = &cache->pending;
    uint32_t host_mxcsr = enter_fpu(cpu);
    const uint8_t *base = cpu->mem->base;
    uword pc = (uword)cpu->pc, target = 0;
    const uint32_t *word, *start, *stop;
    struct jl_insn *i;
    bool in_slot = false;
    enum jl_exit r;

#if JL_WIDE
    int64_t left;
    bool was_in_slot = cpu->slot_pc == (pc | 1);
    cpu->slot_pc = 0;
    if (__builtin_expect(was_in_slot, 0)) {
        in_slot = true;
        target = cpu->exit_target;
        pc += 4;
        goto slot_at_pc;
    }
#endif

new_run:
    word = start = (const uint32_t *)(const void *)(base + (uint32_t)pc);
    if (cpu->slice <= end) {
        r = JL_EXIT_NONE;
        goto leave;
    }
    if (__builtin_expect(pc & 3 || !FITS(pc) || !may_fetch(cpu, (uint32_t)pc), 0)) {
        r = pc & 3 ? jl_raise(cpu, JL_EXIT_ADEL, pc, 0) : fetch_fault(cpu, pc);
        goto leave;
    }
    i = &cache->insn[pc >> 2 & (JL_INTERP_CACHE - 1)];
    stop = word + (JL_PAGE - (pc & (JL_PAGE - 1))) / 4;
    if (stop - word > cpu->slice - end)
        stop = word + (cpu->slice - end);
    DISPATCH();

slot: /* word is a branch to target: execute the word behind it, and no more */
    word++, i++;
    in_slot = true;
    if (__builtin_expect(!(PC & (JL_PAGE - 1)), 0)) {
        i = &cache->insn[PC >> 2 & (JL_INTERP_CACHE - 1)];
        if (ENDS_SPACE(PC) || !may_fetch(cpu, (uint32_t)PC)) {
            r = fetch_fault(cpu, BEHIND_LAST);
            goto leave_unfetched;
        }
    }
    stop = word + 1;
    DISPATCH();

#if JL_WIDE
slot_of_slot: /* a branch in the slot of one to pc (VR4300): its own slot is there. As if it stood in front of that */
    RETIRE();
    if (cpu->slice <= end) { /* such branches may follow each other for ever */
        cpu->exit_bd = 1;
        cpu->exit_target = target;
        pc -= 4;
        cpu->slot_pc = pc | 1;
        r = JL_EXIT_NONE;
        goto leave;
    }
slot_at_pc:
    word = (const uint32_t *)(const void *)(base + (uint32_t)pc);
    start = word - 1;
    i = &cache->insn[pc >> 2 & (JL_INTERP_CACHE - 1)];
    if (pc & 3 || !FITS(pc) || !may_fetch(cpu, (uint32_t)pc)) {
        r = pc & 3 ? jl_raise(cpu, JL_EXIT_ADEL, pc, 0) : fetch_fault(cpu, pc);
        goto leave_unfetched;
    }
    stop = word + 1;
    DISPATCH();
#endif

skip_slot: /* a branch-likely not taken: its slot does not count */
    word++;
    RETIRE();
    pc = target;
    goto new_run;

next_run:
    RETIRE();
    pc = in_slot ? target : BEHIND_LAST;
    in_slot = false;
    goto new_run;

decode:
    jl_interp_decode(cpu, i, *word);
    goto *label[i->op];

#ifdef ONE_DISPATCH
advance:
    ADVANCE();
#endif

#define OP(name, ...)                                                                                                  \
    op_##name : {                                                                                                      \
        __VA_ARGS__;                                                                                                   \
    }                                                                                                                  \
    STALL(JL_OP_##name);                                                                                               \
    NEXT();
#include "jit/interp/fpu.def"
#include "jit/interp/integer.def"
#if JL_WIDE
#include "jit/interp/integer64.def"
#endif
#undef OP

memory:
#if JL_WIDE /* a device may do the access, and sees the time; it may take some, and ask for an end behind it */
    retire(cpu, word - in_slot - start);
    start = word - in_slot;
    left = cpu->slice;
    CALL(MEMORY(cpu, i));
    if (__builtin_expect(cpu->interrupt, 0))
        end = INT64_MAX;
    if (cpu->interrupt || cpu->slice != left)
        stop = word + 1;
#else
    CALL(MEMORY(cpu, i));
#endif
    NEXT();

reserved:
    if (i->word == 0) /* never used: the word 0, not decoded yet */
        goto decode;
other:
    CALL(other_instruction(cpu, i, pending, &host_mxcsr));
    STALL(i->op);
    NEXT();

#if JL_WIDE
stall: /* the instruction is done, and how many more fit into the slice is to be seen again */
    if (!jl_stall_is_short(i->op, cpu->var[JL_VAR_FPR + i->sa]))
        jl_cpu_stall(cpu, jl_stall(i->op, cpu->mode));
    word++;
    goto next_run;
#endif

leave_instruction: /* not retired; with its branch, when it is in a slot */
#if JL_WIDE
    cpu->exit_word = jl_mem_word(cpu->mem, i->word);
#endif
leave_unfetched:
    if (in_slot) {
        word--;
        cpu->exit_bd = 1;
#if JL_WIDE
        cpu->exit_target = target;
#endif
    }
    RETIRE();
    pc = PC;
leave:
    cpu->pc = pc;
    leave_fpu(cpu, pending, host_mxcsr);
    return r;
}
