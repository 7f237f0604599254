/* Disassembles the hexadecimal words of standard input, from address 0 on: jitlab's side of the comparison with
 * objdump. With "rows" it prints, for each row of the ISA table that the processor has, N words that match it (the seed
 * makes the rest). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jit/isa/isa.h"

static uint32_t next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 32);
}

int main(int argc, char **argv) {
    uint32_t isa = argc > 1 && !strcmp(argv[1], "mips64r2") ? JL_ISA_SET_MIPS64R2 : JL_ISA_SET_MIPS32R2;
    char line[128];
    if (argc > 4 && !strcmp(argv[2], "rows")) {
        uint64_t state = strtoull(argv[4], NULL, 0);
        for (unsigned op = 1; op < JL_OPS; op++)
            for (int n = 0; n < atoi(argv[3]) && jl_insn_info[op].isa & isa; n++) {
                uint32_t word = jl_insn_info[op].match | (next(&state) & ~jl_insn_info[op].mask);
                struct jl_insn i;
                if (op == JL_OP_CLZ || op == JL_OP_CLO || op == JL_OP_DCLZ || op == JL_OP_DCLO) /* rt repeats rd */
                    word = (word & ~(31u << 16)) | (word >> 11 & 31) << 16;
                if (op == JL_OP_JR || op == JL_OP_JALR) /* hints have names of their own */
                    word &= ~(31u << 6);
                jl_decode(word, isa, &i);
                if (i.op != JL_OP_RESERVED)
                    printf("%08x\n", word);
            }
        return 0;
    }
    for (uint32_t pc = 0, word; scanf("%x", &word) == 1; pc += 4) {
        jl_disasm(word, pc, isa, line, sizeof line);
        puts(line);
    }
    return 0;
}
