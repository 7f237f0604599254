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

unsigned jl_x64_text(const uint8_t *code, const uint8_t *end, uint64_t address, char *text, size_t size) {
    ZydisDisassembledInstruction insn;
    if (!ZYAN_SUCCESS(ZydisDisassembleIntel(ZYDIS_MACHINE_MODE_LONG_64, address, code, (ZyanUSize)(end - code), &insn)))
        return 0;
    snprintf(text, size, "%s", insn.text);
    return insn.info.length;
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

bool jl_x64_stack_change(const uint8_t *code, const uint8_t *end, struct jl_x64_stack_change *out) {
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, (ZyanUSize)(end - code), &insn, op)))
        return false;
    *out = (struct jl_x64_stack_change){.length = insn.length, .pushed = -1, .popped = -1};
    bool on_rsp = insn.operand_count > 1 && op[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
                  op[0].reg.value == ZYDIS_REGISTER_RSP && op[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
    switch (insn.mnemonic) {
    case ZYDIS_MNEMONIC_PUSH:
        out->bytes = -8;
        out->pushed = ZydisRegisterGetId(op[0].reg.value);
        break;
    case ZYDIS_MNEMONIC_POP:
        out->bytes = 8;
        out->popped = ZydisRegisterGetId(op[0].reg.value);
        break;
    case ZYDIS_MNEMONIC_ADD: out->bytes = on_rsp ? (int)op[1].imm.value.s : 0; break;
    case ZYDIS_MNEMONIC_SUB: out->bytes = on_rsp ? -(int)op[1].imm.value.s : 0; break;
    default: break;
    }
    return true;
}

bool jl_x64_branch(const uint8_t *code, const uint8_t *end, struct jl_x64_branch *out) {
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, code, (ZyanUSize)(end - code), &insn)))
        return false;
    *out = (struct jl_x64_branch){.length = insn.length};
    bool direct = insn.raw.imm[0].is_relative;
    switch (insn.meta.category) {
    case ZYDIS_CATEGORY_COND_BR: out->kind = JL_X64_COND; break;
    case ZYDIS_CATEGORY_UNCOND_BR: out->kind = direct ? JL_X64_JUMP : JL_X64_JUMP_TO; break;
    case ZYDIS_CATEGORY_CALL: out->kind = direct ? JL_X64_CALL : JL_X64_CALL_TO; break;
    case ZYDIS_CATEGORY_RET: out->kind = JL_X64_RET; break;
    default: break;
    }
    if (direct)
        out->target = code + insn.length + insn.raw.imm[0].value.s;
    return true;
}
