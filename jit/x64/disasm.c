/* Zydis does the work. */
#include "jit/x64/disasm.h"

#include <Zydis/Zydis.h>

void jl_x64_disasm(FILE *out, const uint8_t *code, const uint8_t *end, uint64_t address, const char *prefix) {
    ZydisDisassembledInstruction insn;
    while (code < end) {
        if (!ZYAN_SUCCESS(
                ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LONG_64, address, code, (ZyanUSize)(end - code), &insn))) {
            fprintf(out, "%s%012llx: (bad)\n", prefix, (unsigned long long)address);
            return;
        }
        fprintf(out, "%s%012llx: %s\n", prefix, (unsigned long long)address, insn.text);
        code += insn.info.length;
        address += insn.info.length;
    }
}

unsigned jl_x64_count(const uint8_t *code, const uint8_t *end) {
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    unsigned n = 0;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    while (code < end &&
           ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, code, (ZyanUSize)(end - code), &insn))) {
        code += insn.length;
        n++;
    }
    return n;
}
