/* Host code as text, by Zydis. */
#ifndef JL_X64_DISASM_H
#define JL_X64_DISASM_H

#include <stdint.h>
#include <stdio.h>

/* One line an instruction: prefix, address, Intel syntax. */
void jl_x64_disasm(FILE *out, const uint8_t *code, const uint8_t *end, uint64_t address, const char *prefix);
/* Number of instructions in [code, end). */
unsigned jl_x64_count(const uint8_t *code, const uint8_t *end);

#endif
