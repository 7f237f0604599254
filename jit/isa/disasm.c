/* Disassembly from the operand letters of mips.def, in binutils' spelling (-M no-aliases, o32 names).
 *
 *   s t d   integer registers            P Q E U   FPU registers fs ft fd fr
 *   a       shift count                  i u       signed, unsigned immediate
 *   o       offset(base)                 X         index(base)
 *   p j     branch, jump target          J         JALR's operands (rd left out when it is $31)
 *   x y     EXT and INS position, size   M         condition code
 *   B       condition code of BC1 (left out when 0)
 *   C       operands of C.cond           z         DIV's silent $zero
 *   K q k   codes of SYSCALL, BREAK, TEQ G         FPU control register
 *   w 0     hardware, COP0 register      h H       hint of PREF, PREFX
 *   Y W     stype of SYNC, code of WAIT
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "jit/isa/isa.h"

static const char *const gpr[32] = {"zero", "at", "v0", "v1", "a0", "a1", "a2", "a3", "t0", "t1", "t2",
                                    "t3",   "t4", "t5", "t6", "t7", "s0", "s1", "s2", "s3", "s4", "s5",
                                    "s6",   "s7", "t8", "t9", "k0", "k1", "gp", "sp", "s8", "ra"};
static const char *const cond_name[16] = {"f",  "un",   "eq",  "ueq", "olt", "ult", "ole", "ule",
                                          "sf", "ngle", "seq", "ngl", "lt",  "nge", "le",  "ngt"};

struct text {
    char *p;
    size_t left;
    int n;
};

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct text *t, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(t->p, t->left, format, ap);
    va_end(ap);
    t->n += n;
    size_t step = (size_t)n < t->left ? (size_t)n : t->left ? t->left - 1 : 0;
    t->p += step;
    t->left -= step;
}

/* One operand letter; false when it prints nothing (and no comma). */
static bool operand(struct text *t, char c, const struct jl_insn *i, uint64_t pc) {
    uint32_t code = i->word >> 6 & 0xfffff;
    switch (c) {
    case 's': put(t, "%s", gpr[i->rs]); return true;
    case 't': put(t, "%s", gpr[i->rt]); return true;
    case 'd': put(t, "%s", gpr[i->rd]); return true;
    case 'z': put(t, "zero"); return true;
    case 'P': put(t, "$f%u", i->rd); return true;
    case 'Q': put(t, "$f%u", i->rt); return true;
    case 'E': put(t, "$f%u", i->sa); return true;
    case 'U': put(t, "$f%u", i->rs); return true;
    case 'a': put(t, "0x%x", i->sa); return true;
    case 'i': put(t, "%d", i->imm); return true;
    case 'u': put(t, "0x%x", (unsigned)i->imm); return true;
    case 'o': put(t, "%d(%s)", (int16_t)i->word, gpr[i->rs]); return true;
    case 'X': put(t, "%s(%s)", gpr[i->rt], gpr[i->rs]); return true;
    case 'p':
    case 'j':
        put(t, "0x%llx", (unsigned long long)(pc >> 32 ? jl_branch_target(i, pc) : (uint32_t)jl_branch_target(i, pc)));
        return true;
    case 'J':
        if (i->rd != 31)
            put(t, "%s,", gpr[i->rd]);
        put(t, "%s", gpr[i->rs]);
        return true;
    case 'x':
    case 'y': put(t, "0x%x,0x%x", i->sa, (unsigned)i->imm); return true;
    case 'M': put(t, "$fcc%u", i->cc); return true;
    case 'B':
        if (i->cc)
            put(t, "$fcc%u", i->cc);
        return i->cc;
    case 'C':
        if (i->cc)
            put(t, "$fcc%u,", i->cc);
        put(t, "$f%u,$f%u", i->rd, i->rt);
        return true;
    case 'K':
        if (code)
            put(t, "0x%x", code);
        return code;
    case 'q': /* two ten-bit halves, the second only when set */
        if (code >> 10)
            put(t, "0x%x", code >> 10);
        if (code >> 10 && code & 0x3ff)
            put(t, ",0x%x", code & 0x3ff);
        else if (code & 0x3ff)
            put(t, "0x0,0x%x", code & 0x3ff);
        return code;
    case 'k':
        if (code & 0x3ff)
            put(t, "0x%x", code & 0x3ff);
        return code & 0x3ff;
    case 'G': put(t, "$%u", i->rd); return true;
    case 'w': put(t, "$%u", i->rd); return true;
    case '0':
        put(t, "$%u", i->rd);
        if (i->word & 7)
            put(t, ",%u", i->word & 7);
        return true;
    case 'h': put(t, "0x%x", i->rt); return true;
    case 'H': put(t, "0x%x", i->rd); return true;
    case 'Y':
        if (i->sa)
            put(t, "0x%x", i->sa);
        return i->sa;
    default:
        if (code & 0x7ffff)
            put(t, "0x%x", i->word >> 6 & 0x7ffff);
        return code & 0x7ffff;
    }
}

int jl_disasm(uint32_t word, uint64_t pc, uint32_t isa, char *buf, size_t size) {
    struct jl_insn i;
    struct text t = {buf, size, 0};
    jl_decode(word, isa, &i);
    const struct jl_insn_info *info = &jl_insn_info[i.op];
    if (i.op == JL_OP_RESERVED) {
        put(&t, ".word\t0x%08x", word);
        return t.n;
    }
    if (i.op == JL_OP_C_COND_S || i.op == JL_OP_C_COND_D)
        put(&t, "c.%s.%s", cond_name[i.cond], i.op == JL_OP_C_COND_S ? "s" : "d");
    else
        put(&t, "%s", info->name);
    bool first = true;
    for (const char *c = info->operands; *c; c++) {
        if (*c == ',')
            continue;
        struct text before = t;
        put(&t, "%s", first ? "\t" : ",");
        if (operand(&t, *c, &i, pc))
            first = false;
        else
            t = before;
    }
    if (t.left)
        *t.p = 0;
    return t.n;
}
