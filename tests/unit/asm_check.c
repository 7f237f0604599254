/* See asm_check.h. The code buffer is filled with a pattern around and behind the room given, and looked at whole. */
#include "tests/unit/asm_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GUARD = 8, FILL = 0xa5, RANDOM_MEMS = 2000 };

struct jl_asm A;
ZydisDecoder zydis;
struct jl_memop *mems;
unsigned nmems;
int32_t imms[NIMMS] = {0,      1,       2,    -1,      -2,        126,       127,           128,
                       129,    -127,    -128, -129,    255,       256,       0x7fff,        0x8000,
                       0xffff, 0x10000, -256, -0x8000, INT32_MAX, INT32_MIN, INT32_MAX - 1, INT32_MIN + 1};
const char *const cc_name[16] = {"o", "no", "b", "nb", "z", "nz", "be", "nbe",
                                 "s", "ns", "p", "np", "l", "nl", "le", "nle"};

static uint8_t buffer[GUARD + 16 + GUARD];
static uint64_t state_;

uint32_t random32(void) {
    state_ += 0x9e3779b97f4a7c15u; /* splitmix64 */
    uint64_t z = state_;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)(z >> 32);
}

/* ---- what is wanted ---- */

struct want_op want_gpr(unsigned bytes, unsigned reg) {
    ZydisRegister r;
    switch (bytes) {
    case 1: r = reg < 4 ? ZYDIS_REGISTER_AL + reg : ZYDIS_REGISTER_SPL + (reg - 4); break;
    case 2: r = ZYDIS_REGISTER_AX + reg; break;
    case 4: r = ZYDIS_REGISTER_EAX + reg; break;
    default: r = ZYDIS_REGISTER_RAX + reg; break;
    }
    return (struct want_op){.kind = WANT_REG, .reg = r};
}
struct want_op want_xmm(unsigned reg) {
    return (struct want_op){.kind = WANT_REG, .reg = ZYDIS_REGISTER_XMM0 + reg};
}
struct want_op want_mem(unsigned bytes, struct jl_memop m) {
    return (struct want_op){.kind = WANT_MEM, .bytes = bytes, .mem = m};
}
struct want_op want_imm(unsigned bytes, int64_t imm) {
    return (struct want_op){.kind = WANT_IMM, .bytes = bytes, .imm = imm};
}

/* ---- comparing ---- */

void check_fail(const char *call, const char *what) {
    print_error("%s: %s\n  bytes:", call, what);
    for (const uint8_t *p = A.start; p < A.p; p++)
        print_error(" %02x", *p);
    ZydisDisassembledInstruction text;
    if (A.p > A.start && ZYAN_SUCCESS(ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LONG_64, (uintptr_t)A.start, A.start,
                                                            (ZyanUSize)(A.p - A.start), &text)))
        print_error("\n  decoded: %s", text.text);
    print_error("\n");
    fail();
}

void check_room(unsigned bytes) {
    memset(buffer, FILL, sizeof buffer);
    A = (struct jl_asm){.p = buffer + GUARD, .start = buffer + GUARD, .end = buffer + GUARD + bytes};
}

static bool all_fill(const uint8_t *p, const uint8_t *end) {
    while (p < end)
        if (*p++ != FILL)
            return false;
    return true;
}

void check_untouched(const char *call) {
    if (!A.overflow || A.p != A.start || A.instructions)
        check_fail(call, "wrote into 15 bytes of room");
    if (!all_fill(buffer, buffer + sizeof buffer))
        check_fail(call, "touched memory when there was no room");
}

static const char *wrong_mem(const struct want_op *want, const ZydisDecodedInstruction *insn,
                             const ZydisDecodedOperand *got) {
    const struct jl_memop *m = &want->mem;
    if (got->type != ZYDIS_OPERAND_TYPE_MEMORY)
        return "memory operand expected";
    if (want->bytes && got->size != want->bytes * 8)
        return "memory operand's size";
    if (insn->address_width != (m->gs ? 32 : 64))
        return "address size";
    bool gs = m->gs && got->mem.type != ZYDIS_MEMOP_TYPE_AGEN; /* lea has no segment */
    if ((got->mem.segment == ZYDIS_REGISTER_GS) != gs || got->mem.segment == ZYDIS_REGISTER_FS)
        return "segment";
    if (m->rip) {
        ZyanU64 at;
        if (got->mem.base != ZYDIS_REGISTER_RIP || got->mem.index != ZYDIS_REGISTER_NONE)
            return "not relative to rip";
        if (!ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(insn, got, (uintptr_t)A.start, &at)) || at != (uintptr_t)m->target)
            return "target";
        return NULL;
    }
    unsigned first = m->gs ? ZYDIS_REGISTER_EAX : ZYDIS_REGISTER_RAX;
    if (got->mem.base != (m->base == JL_NOREG ? ZYDIS_REGISTER_NONE : first + m->base))
        return "base";
    if (got->mem.index != (m->index == JL_NOREG ? ZYDIS_REGISTER_NONE : first + m->index))
        return "index";
    if (m->index != JL_NOREG && got->mem.scale != 1u << m->scale)
        return "scale";
    if ((int32_t)got->mem.disp.value != m->disp)
        return "displacement";
    bool has_base = m->base != JL_NOREG;
    unsigned bits = !has_base                                 ? 32
                    : m->disp == 0 && (m->base & 7) != JL_RBP ? 0
                    : m->disp >= -128 && m->disp <= 127       ? 8
                                                              : 32;
    if (insn->raw.disp.size != bits)
        return "displacement is not the shortest";
    bool sib = !has_base || m->index != JL_NOREG || (m->base & 7) == JL_RSP;
    return !!(insn->attributes & ZYDIS_ATTRIB_HAS_SIB) == sib ? NULL : "SIB byte";
}

static const char *wrong_operand(const struct want_op *want, const ZydisDecodedInstruction *insn,
                                 const ZydisDecodedOperand *got) {
    uint64_t mask = want->bytes >= 8 ? ~(uint64_t)0 : ((uint64_t)1 << want->bytes * 8) - 1; /* of an immediate */
    switch (want->kind) {
    case WANT_REG:
        if (got->type != ZYDIS_OPERAND_TYPE_REGISTER)
            return "register expected";
        return got->reg.value == want->reg ? NULL : "register";
    case WANT_MEM: return wrong_mem(want, insn, got);
    default:
        if (got->type != ZYDIS_OPERAND_TYPE_IMMEDIATE)
            return "immediate expected";
        return ((got->imm.value.u ^ (uint64_t)want->imm) & mask) == 0 ? NULL : "immediate";
    }
}

/* A REX prefix has a bit set, or is there to name spl, bpl, sil or dil. */
static bool rex_needed(const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *op) {
    if (insn->raw.rex.W | insn->raw.rex.R | insn->raw.rex.X | insn->raw.rex.B)
        return true;
    for (unsigned i = 0; i < insn->operand_count_visible; i++)
        if (op[i].type == ZYDIS_OPERAND_TYPE_REGISTER && op[i].reg.value >= ZYDIS_REGISTER_SPL &&
            op[i].reg.value <= ZYDIS_REGISTER_DIL)
            return true;
    return false;
}

void check_decoded(const struct want *want, const char *call) {
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
    if (A.overflow || A.instructions != 1)
        check_fail(call, "not one instruction with 16 bytes of room");
    if (A.p <= A.start || A.p > A.start + ZYDIS_MAX_INSTRUCTION_LENGTH || !all_fill(buffer, A.start) ||
        !all_fill(A.p, buffer + sizeof buffer))
        check_fail(call, "touched memory outside");
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&zydis, A.start, (ZyanUSize)(A.p - A.start), &insn, op)))
        check_fail(call, "does not decode");
    if (insn.length != A.p - A.start)
        check_fail(call, "length");
    if (strcmp(ZydisMnemonicGetString(insn.mnemonic), want->mnemonic) != 0)
        check_fail(call, want->mnemonic);
    if (insn.operand_count_visible != want->n)
        check_fail(call, "number of operands");
    for (unsigned i = 0; i < want->n; i++) {
        const char *wrong = wrong_operand(&want->op[i], &insn, &op[i]);
        if (wrong)
            check_fail(call, wrong);
    }
    if (insn.attributes & ZYDIS_ATTRIB_HAS_REX && !rex_needed(&insn, op))
        check_fail(call, "REX prefix without need");
}

/* ---- operands to go through ---- */

static struct jl_memop random_mem(void) {
    uint32_t r = random32();
    int32_t disp = (int32_t)random32() >> (r >> 8 & 31);
    if ((r & 7) == 0)
        return jl_mabs((const void *)((uintptr_t)buffer + (uintptr_t)(intptr_t)(disp / 2)));
    enum jl_reg base = r >> 16 & 7 ? any_reg() : JL_NOREG, index = any_reg();
    if (index == JL_RSP)
        index = JL_NOREG;
    unsigned scale = index == JL_NOREG ? 0 : r >> 3 & 3;
    return r & 32 ? jl_mgs(base, index, scale, disp) : jl_mx(base, index, scale, disp);
}

static void each_disp(unsigned base, unsigned index, unsigned scale) {
    static const int32_t disps[] = {0, 1, 127, 128, -1, -128, -129, INT32_MAX, INT32_MIN};
    for (unsigned i = 0; i < sizeof disps / sizeof *disps; i++) {
        mems[nmems++] = jl_mx((enum jl_reg)base, (enum jl_reg)index, scale, disps[i]);
        mems[nmems++] = jl_mgs((enum jl_reg)base, (enum jl_reg)index, scale, disps[i]);
    }
}

int check_start(void **state) {
    (void)state;
    const char *seed = getenv("JITLAB_TEST_SEED");
    state_ = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL);
    print_message("JITLAB_TEST_SEED=%llu\n", (unsigned long long)state_);
    ZydisDecoderInit(&zydis, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    for (unsigned i = 24; i < NIMMS; i++)
        imms[i] = (int32_t)random32() >> (random32() & 31);
    mems = malloc((17 * (1 + 15 * 4) * 18 + RANDOM_MEMS) * sizeof *mems);
    if (!mems)
        return -1;
    for (unsigned base = 0; base < 17; base++) {
        unsigned b = base < 16 ? base : JL_NOREG;
        each_disp(b, JL_NOREG, 0);
        for (unsigned index = 0; index < 16; index++)
            for (unsigned scale = 0; scale < 4 && index != JL_RSP; scale++)
                each_disp(b, index, scale);
    }
    for (unsigned i = 0; i < RANDOM_MEMS; i++)
        mems[nmems++] = random_mem();
    return 0;
}

int check_end(void **state) {
    (void)state;
    free(mems);
    return 0;
}
