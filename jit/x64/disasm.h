/* Host code as text and as a number of instructions, by Zydis.
 *
 * For dumps and for checks of the encoder's own count; nothing here runs while guests do. Both stop at the first bytes
 * that are no instruction, or are cut off by the end: the listing then says (bad), the count leaves the rest out.
 */
#ifndef JL_X64_DISASM_H
#define JL_X64_DISASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* One line an instruction: prefix, address, Intel syntax. The code will run at address. */
void jl_x64_disasm(FILE *out, const uint8_t *code, const uint8_t *end, uint64_t address, const char *prefix);
/* The instruction at code as text; returns its length, 0 when there is none. */
unsigned jl_x64_text(const uint8_t *code, const uint8_t *end, uint64_t address, char *text, size_t size);
/* Number of instructions in [code, end). */
unsigned jl_x64_count(const uint8_t *code, const uint8_t *end);

/* What one instruction does to rsp by itself; a call does not count, since it comes back. */
struct jl_x64_stack_change {
    unsigned length;    /* of the instruction */
    int bytes;          /* added to rsp */
    int pushed, popped; /* register by its encoding, -1 = none */
};
/* False when no instruction stands at code. */
bool jl_x64_stack_change(const uint8_t *code, const uint8_t *end, struct jl_x64_stack_change *out);

/* Where an instruction leads, when it is a branch. */
enum jl_x64_branch_kind {
    JL_X64_NO_BRANCH,
    JL_X64_COND,    /* to target or on */
    JL_X64_JUMP,    /* to target */
    JL_X64_JUMP_TO, /* to what a register or memory says */
    JL_X64_CALL,
    JL_X64_CALL_TO,
    JL_X64_RET
};
struct jl_x64_branch {
    unsigned length; /* of the instruction */
    enum jl_x64_branch_kind kind;
    const uint8_t *target; /* COND, JUMP, CALL */
};
/* False when no instruction stands at code. */
bool jl_x64_branch(const uint8_t *code, const uint8_t *end, struct jl_x64_branch *out);

#endif
