/* Host code as text and as a number of instructions, by Zydis.
 *
 * For dumps and for checks of the encoder's own count; nothing here runs while guests do. Both stop at the first bytes
 * that are no instruction, or are cut off by the end: the listing then says (bad), the count leaves the rest out.
 */
#ifndef JL_X64_DISASM_H
#define JL_X64_DISASM_H

#include <stdint.h>
#include <stdio.h>

/* One line an instruction: prefix, address, Intel syntax. The code will run at address. */
void jl_x64_disasm(FILE *out, const uint8_t *code, const uint8_t *end, uint64_t address, const char *prefix);
/* Number of instructions in [code, end). */
unsigned jl_x64_count(const uint8_t *code, const uint8_t *end);

#endif
