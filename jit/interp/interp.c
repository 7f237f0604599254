/* The reference interpreter: fetch, decode (from the cache while memory shows the same word), execute.
 *
 * Each instruction's meaning is a line or a short block of one switch. A branch executes its delay slot itself, so that
 * the two are one step; an exit in the slot reports the branch's address, and the only thing that has happened then is
 * the link register's write, which doing the branch again repeats. The 64-bit rows of the table are not decoded for the
 * processors this version runs (their isa bits are off), and are reserved instructions here.
 */
#include "jit/interp/interp.h"

#include <stdlib.h>

enum { CACHE = 1 << 14 };

struct jl_interp_cache {
    uint32_t isa;
    struct entry {
        uint32_t raw; /* the word as it stands in memory, whatever the byte order */
        struct jl_insn insn;
    } entry[CACHE];
};

struct jl_interp_cache *jl_interp_cache_new(void) {
    return calloc(1, sizeof(struct jl_interp_cache));
}

void jl_interp_cache_free(struct jl_interp_cache *cache) {
    free(cache);
}

static __attribute__((noinline)) void decode_entry(const struct jl_cpu *cpu, struct entry *e, uint32_t raw) {
    e->raw = raw;
    jl_decode(cpu->mem->big_endian ? __builtin_bswap32(raw) : raw, cpu->isa, &e->insn);
}

static inline __attribute__((always_inline)) enum jl_exit fetch(struct jl_cpu *cpu, struct jl_interp_cache *cache,
                                                                uint32_t pc, const struct jl_insn **out) {
    uint32_t raw;
    if (__builtin_expect(pc & 3, 0))
        return jl_raise(cpu, JL_EXIT_ADEL, pc, 0);
    if (__builtin_expect(!(jl_page_flags(cpu->mem, pc) & (JL_PAGE_R | JL_PAGE_X)), 0))
        return jl_raise(cpu, JL_EXIT_FAULT_FETCH, pc, 0);
    memcpy(&raw, cpu->mem->base + pc, 4);
    struct entry *e = &cache->entry[pc >> 2 & (CACHE - 1)];
    if (__builtin_expect(e->raw != raw, 0))
        decode_entry(cpu, e, raw);
    *out = &e->insn;
    return JL_EXIT_NONE;
}

/* Decoding depends on the processor; an empty entry stands for the word 0. */
static void reset_cache(const struct jl_cpu *cpu, struct jl_interp_cache *cache) {
    for (unsigned i = 0; i < CACHE; i++)
        decode_entry(cpu, &cache->entry[i], 0);
    cache->isa = cpu->isa;
}

/* ---- integer ---- */

static inline bool add_overflows(uint32_t a, uint32_t b) {
    int32_t r;
    return __builtin_add_overflow((int32_t)a, (int32_t)b, &r);
}
static inline bool sub_overflows(uint32_t a, uint32_t b) {
    int32_t r;
    return __builtin_sub_overflow((int32_t)a, (int32_t)b, &r);
}

static inline uint32_t rotate(uint32_t v, unsigned n) {
    return v >> (n & 31) | v << (-n & 31);
}

static inline uint64_t hilo(const struct jl_cpu *cpu) {
    return (uint64_t)(uint32_t)cpu->var[JL_VAR_HI] << 32 | (uint32_t)cpu->var[JL_VAR_LO];
}
static inline void set_hilo(struct jl_cpu *cpu, uint64_t v) {
    cpu->var[JL_VAR_LO] = (uint32_t)v;
    cpu->var[JL_VAR_HI] = v >> 32;
}
static inline uint64_t product(uint32_t a, uint32_t b) {
    return (uint64_t)((int64_t)(int32_t)a * (int32_t)b);
}

/* Undefined quotients are those of a division by 1, as QEMU has it. */
static void divide(struct jl_cpu *cpu, uint32_t a, uint32_t b, bool is_signed) {
    if (b == 0 || (is_signed && a == 0x80000000u && b == 0xffffffffu))
        b = 1;
    cpu->var[JL_VAR_LO] = is_signed ? (uint32_t)((int32_t)a / (int32_t)b) : a / b;
    cpu->var[JL_VAR_HI] = is_signed ? (uint32_t)((int32_t)a % (int32_t)b) : a % b;
}

static inline uint32_t ones(unsigned n) {
    return n >= 32 ? ~0u : (1u << n) - 1;
}

static enum jl_exit read_hardware(struct jl_cpu *cpu, const struct jl_insn *i) {
    uint32_t v;
    switch (i->rd) {
    case 0: v = 0; break;
    case 1: v = 32; break;
    case 2: v = (uint32_t)((cpu->retired_base - (uint64_t)cpu->slice) / 2); break;
    case 3: v = 2; break;
    case 29: v = (uint32_t)cpu->userlocal; break;
    default: return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    }
    jl_set32(cpu, i->rt, v);
    return JL_EXIT_NONE;
}

static void sync_instruction_line(struct jl_cpu *cpu, uint32_t addr) {
    addr &= ~31u;
    if (jl_page_has(cpu->mem, addr, JL_PAGE_R))
        jl_mem_code_sync(cpu->mem, addr, 32);
}

#define TRAP_IF(c)                                                                                                     \
    if (c)                                                                                                             \
        return jl_raise(cpu, JL_EXIT_TRAP, 0, jl_insn_flags(i) & JL_RD_T ? (uint32_t)i->imm : 0);                      \
    return JL_EXIT_NONE
#define SET_D(v) return jl_set32(cpu, i->rd, (v)), JL_EXIT_NONE
#define SET_T(v) return jl_set32(cpu, i->rt, (v)), JL_EXIT_NONE

/* The common loads and stores, aligned and permitted; everything else is jl_interp_memory's. */
static inline bool fast(const struct jl_cpu *cpu, uint32_t addr, unsigned size, unsigned need) {
    return __builtin_expect(!(addr & (size - 1)) &&
                                (jl_page_flags(cpu->mem, addr) & (need | JL_PAGE_CODE * (need == JL_PAGE_W))) == need,
                            1);
}
static inline uint32_t read32(const struct jl_cpu *cpu, uint32_t addr) {
    uint32_t v;
    memcpy(&v, cpu->mem->base + addr, 4);
    return cpu->mem->big_endian ? __builtin_bswap32(v) : v;
}
static inline uint16_t read16(const struct jl_cpu *cpu, uint32_t addr) {
    uint16_t v;
    memcpy(&v, cpu->mem->base + addr, 2);
    return cpu->mem->big_endian ? __builtin_bswap16(v) : v;
}
static inline void write32(const struct jl_cpu *cpu, uint32_t addr, uint32_t v) {
    if (cpu->mem->big_endian)
        v = __builtin_bswap32(v);
    memcpy(cpu->mem->base + addr, &v, 4);
}

#define FAST_LOAD(size, value)                                                                                         \
    if (!fast(cpu, RS + imm, size, JL_PAGE_R))                                                                         \
        return jl_interp_memory(cpu, i);                                                                               \
    SET_T(value)

/* Everything but branches. */
static inline __attribute__((always_inline)) enum jl_exit execute(struct jl_cpu *cpu, const struct jl_insn *i) {
    uint32_t imm = (uint32_t)i->imm;
    switch (i->op) {
    case JL_OP_LW: FAST_LOAD(4, read32(cpu, RS + imm));
    case JL_OP_LH: FAST_LOAD(2, (uint32_t)(int16_t)read16(cpu, RS + imm));
    case JL_OP_LHU: FAST_LOAD(2, read16(cpu, RS + imm));
    case JL_OP_LB: FAST_LOAD(1, (uint32_t)(int8_t)cpu->mem->base[RS + imm]);
    case JL_OP_LBU: FAST_LOAD(1, cpu->mem->base[RS + imm]);
    case JL_OP_SW:
        if (!fast(cpu, RS + imm, 4, JL_PAGE_W))
            return jl_interp_memory(cpu, i);
        return write32(cpu, RS + imm, RT), JL_EXIT_NONE;
    case JL_OP_SB:
        if (!fast(cpu, RS + imm, 1, JL_PAGE_W))
            return jl_interp_memory(cpu, i);
        return cpu->mem->base[RS + imm] = (uint8_t)RT, JL_EXIT_NONE;
    case JL_OP_SLL: SET_D(RT << i->sa);
    case JL_OP_SRL: SET_D(RT >> i->sa);
    case JL_OP_SRA: SET_D((uint32_t)((int32_t)RT >> i->sa));
    case JL_OP_ROTR: SET_D(rotate(RT, i->sa));
    case JL_OP_SLLV: SET_D(RT << (RS & 31));
    case JL_OP_SRLV: SET_D(RT >> (RS & 31));
    case JL_OP_SRAV: SET_D((uint32_t)((int32_t)RT >> (RS & 31)));
    case JL_OP_ROTRV: SET_D(rotate(RT, RS & 31));
    case JL_OP_ADDU: SET_D(RS + RT);
    case JL_OP_SUBU: SET_D(RS - RT);
    case JL_OP_AND: SET_D(RS & RT);
    case JL_OP_OR: SET_D(RS | RT);
    case JL_OP_XOR: SET_D(RS ^ RT);
    case JL_OP_NOR: SET_D(~(RS | RT));
    case JL_OP_SLT: SET_D((int32_t)RS < (int32_t)RT);
    case JL_OP_SLTU: SET_D(RS < RT);
    case JL_OP_ADD:
        if (add_overflows(RS, RT))
            return jl_raise(cpu, JL_EXIT_OVERFLOW, 0, 0);
        SET_D(RS + RT);
    case JL_OP_SUB:
        if (sub_overflows(RS, RT))
            return jl_raise(cpu, JL_EXIT_OVERFLOW, 0, 0);
        SET_D(RS - RT);
    case JL_OP_ADDI:
        if (add_overflows(RS, imm))
            return jl_raise(cpu, JL_EXIT_OVERFLOW, 0, 0);
        SET_T(RS + imm);
    case JL_OP_ADDIU: SET_T(RS + imm);
    case JL_OP_SLTI: SET_T((int32_t)RS < i->imm);
    case JL_OP_SLTIU: SET_T(RS < imm);
    case JL_OP_ANDI: SET_T(RS & imm);
    case JL_OP_ORI: SET_T(RS | imm);
    case JL_OP_XORI: SET_T(RS ^ imm);
    case JL_OP_LUI: SET_T(imm << 16);
    case JL_OP_MOVZ: SET_D(RT == 0 ? RS : jl_gpr32(cpu, i->rd));
    case JL_OP_MOVN: SET_D(RT != 0 ? RS : jl_gpr32(cpu, i->rd));
    case JL_OP_MOVF: SET_D(!cpu->var[JL_VAR_FCC + i->cc] ? RS : jl_gpr32(cpu, i->rd));
    case JL_OP_MOVT: SET_D(cpu->var[JL_VAR_FCC + i->cc] ? RS : jl_gpr32(cpu, i->rd));
    case JL_OP_CLZ: SET_D(RS ? (uint32_t)__builtin_clz(RS) : 32);
    case JL_OP_CLO: SET_D(~RS ? (uint32_t)__builtin_clz(~RS) : 32);
    case JL_OP_EXT: SET_T(RS >> i->sa & ones(imm));
    case JL_OP_INS: SET_T((RT & ~(ones(imm) << i->sa)) | (RS & ones(imm)) << i->sa);
    case JL_OP_SEB: SET_D((uint32_t)(int8_t)RT);
    case JL_OP_SEH: SET_D((uint32_t)(int16_t)RT);
    case JL_OP_WSBH: SET_D((RT & 0x00ff00ff) << 8 | (RT >> 8 & 0x00ff00ff));
    case JL_OP_MUL: SET_D(RS * RT);
    case JL_OP_MULT: return set_hilo(cpu, product(RS, RT)), JL_EXIT_NONE;
    case JL_OP_MULTU: return set_hilo(cpu, (uint64_t)RS * RT), JL_EXIT_NONE;
    case JL_OP_MADD: return set_hilo(cpu, hilo(cpu) + product(RS, RT)), JL_EXIT_NONE;
    case JL_OP_MADDU: return set_hilo(cpu, hilo(cpu) + (uint64_t)RS * RT), JL_EXIT_NONE;
    case JL_OP_MSUB: return set_hilo(cpu, hilo(cpu) - product(RS, RT)), JL_EXIT_NONE;
    case JL_OP_MSUBU: return set_hilo(cpu, hilo(cpu) - (uint64_t)RS * RT), JL_EXIT_NONE;
    case JL_OP_DIV: return divide(cpu, RS, RT, true), JL_EXIT_NONE;
    case JL_OP_DIVU: return divide(cpu, RS, RT, false), JL_EXIT_NONE;
    case JL_OP_MFHI: SET_D((uint32_t)cpu->var[JL_VAR_HI]);
    case JL_OP_MFLO: SET_D((uint32_t)cpu->var[JL_VAR_LO]);
    case JL_OP_MTHI: return cpu->var[JL_VAR_HI] = RS, JL_EXIT_NONE;
    case JL_OP_MTLO: return cpu->var[JL_VAR_LO] = RS, JL_EXIT_NONE;
    case JL_OP_TEQ: TRAP_IF(RS == RT);
    case JL_OP_TNE: TRAP_IF(RS != RT);
    case JL_OP_TLT: TRAP_IF((int32_t)RS < (int32_t)RT);
    case JL_OP_TGE: TRAP_IF((int32_t)RS >= (int32_t)RT);
    case JL_OP_TLTU: TRAP_IF(RS < RT);
    case JL_OP_TGEU: TRAP_IF(RS >= RT);
    case JL_OP_TEQI: TRAP_IF(RS == imm);
    case JL_OP_TNEI: TRAP_IF(RS != imm);
    case JL_OP_TLTI: TRAP_IF((int32_t)RS < i->imm);
    case JL_OP_TGEI: TRAP_IF((int32_t)RS >= i->imm);
    case JL_OP_TLTIU: TRAP_IF(RS < imm);
    case JL_OP_TGEIU: TRAP_IF(RS >= imm);
    case JL_OP_SYSCALL: return jl_raise(cpu, JL_EXIT_SYSCALL, 0, imm);
    case JL_OP_BREAK: return jl_raise(cpu, JL_EXIT_BREAK, 0, imm);
    case JL_OP_SYNC: __asm__ volatile("mfence" ::: "memory"); return JL_EXIT_NONE;
    case JL_OP_PREF:
    case JL_OP_PREFX: return JL_EXIT_NONE;
    case JL_OP_SYNCI: return sync_instruction_line(cpu, RS + imm), JL_EXIT_NONE;
    case JL_OP_RDHWR: return read_hardware(cpu, i);
    default: break;
    }
    switch ((enum jl_class)jl_insn_info[i->op].klass) {
    case JL_CLASS_LOAD:
    case JL_CLASS_STORE: return jl_interp_memory(cpu, i);
    case JL_CLASS_FPU: return jl_interp_fpu(cpu, i);
    case JL_CLASS_COP0: return jl_raise(cpu, JL_EXIT_CPU, 0, 0);
    default: return jl_raise(cpu, JL_EXIT_RI, 0, 0);
    }
}

/* ---- branches ---- */

/* A delay slot's instruction. */
static __attribute__((noinline)) enum jl_exit execute_slot(struct jl_cpu *cpu, const struct jl_insn *i) {
    return jl_insn_is_branch(i) ? jl_raise(cpu, JL_EXIT_RI, 0, 0) : execute(cpu, i);
}

static inline bool taken(const struct jl_cpu *cpu, const struct jl_insn *i) {
    switch (i->op) {
    case JL_OP_BEQ:
    case JL_OP_BEQL: return RS == RT;
    case JL_OP_BNE:
    case JL_OP_BNEL: return RS != RT;
    case JL_OP_BLEZ:
    case JL_OP_BLEZL: return (int32_t)RS <= 0;
    case JL_OP_BGTZ:
    case JL_OP_BGTZL: return (int32_t)RS > 0;
    case JL_OP_BLTZ:
    case JL_OP_BLTZL:
    case JL_OP_BLTZAL:
    case JL_OP_BLTZALL: return (int32_t)RS < 0;
    case JL_OP_BGEZ:
    case JL_OP_BGEZL:
    case JL_OP_BGEZAL:
    case JL_OP_BGEZALL: return (int32_t)RS >= 0;
    case JL_OP_BC1F:
    case JL_OP_BC1FL: return !cpu->var[JL_VAR_FCC + i->cc];
    case JL_OP_BC1T:
    case JL_OP_BC1TL: return cpu->var[JL_VAR_FCC + i->cc];
    default: return true; /* jumps */
    }
}

static inline enum jl_exit branch(struct jl_cpu *cpu, struct jl_interp_cache *cache, const struct jl_insn *insn) {
    const struct jl_insn *i = insn, *slot; /* the slot is the next word: never the same place in the cache */
    uint32_t pc = (uint32_t)cpu->pc, flags = jl_insn_flags(i);
    bool go = taken(cpu, i);
    uint32_t target = i->op == JL_OP_JR || i->op == JL_OP_JALR ? RS : (uint32_t)jl_branch_target(i, pc);
    if (flags & JL_LINK)
        jl_set32(cpu, flags & JL_WR_31 ? 31 : i->rd, pc + 8);
    cpu->slice--;
    if (flags & JL_LIKELY && !go) {
        cpu->pc = pc + 8;
        return JL_EXIT_NONE;
    }
    enum jl_exit r = fetch(cpu, cache, pc + 4, &slot);
    if (r == JL_EXIT_NONE)
        r = execute_slot(cpu, slot);
    if (r != JL_EXIT_NONE) {
        cpu->exit_bd = 1;
        cpu->slice++;
        return r;
    }
    cpu->slice--;
    cpu->pc = go ? target : pc + 8;
    return JL_EXIT_NONE;
}

/* Instructions that want cpu->pc and cpu->slice up to date: branches, and reading the cycle counter. */
static const uint8_t needs_state[JL_OPS] = {
#define JL_INSN(name, text, match, mask, operands, isa, klass, flags)                                                  \
    [JL_OP_##name] = JL_CLASS_##klass == JL_CLASS_BRANCH ? 1                                                           \
                     : JL_CLASS_##klass == JL_CLASS_JUMP ? 1                                                           \
                                                         : JL_OP_##name == JL_OP_RDHWR,
#include "jit/isa/mips.def"
#undef JL_INSN
};

/* pc and the slice stay in host registers between branches; kept in memory they would be two chains of store-to-load
 * forwarding through every instruction. */
enum jl_exit jl_interp_run(struct jl_cpu *cpu, struct jl_interp_cache *cache, uint64_t max) {
    int64_t slice = cpu->slice, stop = slice - (int64_t)max;
    uint32_t pc = (uint32_t)cpu->pc;
    enum jl_exit r;
    if (stop < -1)
        stop = -1; /* below zero the slice is used up anyway */
    bool by_slice = slice - (int64_t)max < -1;
    if (cache->isa != cpu->isa)
        reset_cache(cpu, cache);
    cpu->exit_bd = 0;
    do {
        const struct jl_insn *i;
        r = fetch(cpu, cache, pc, &i);
        if (__builtin_expect(r != JL_EXIT_NONE, 0))
            break;
        if (needs_state[i->op]) {
            cpu->pc = pc;
            cpu->slice = slice;
            if (i->op != JL_OP_RDHWR) {
                r = branch(cpu, cache, i);
                pc = (uint32_t)cpu->pc;
                slice = cpu->slice;
                continue;
            }
        }
        r = execute(cpu, i);
        if (__builtin_expect(r == JL_EXIT_NONE, 1)) {
            pc += 4;
            slice--;
        }
    } while (__builtin_expect(r == JL_EXIT_NONE && slice > stop, 1));
    cpu->pc = pc;
    cpu->slice = slice;
    if (r == JL_EXIT_NONE && slice < 0 && by_slice)
        r = JL_EXIT_SLICE;
    return cpu->exit = r;
}
