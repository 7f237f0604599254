/* The encoder's packed integer instructions, by the opcodes that builder_vector.h's operations have. */
#include "tests/unit/asm_check.h"

#include <stdio.h>

#include "jit/ir/builder_vector.h"
#include "jit/x64/asm_vector.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const uint8_t opcodes[JL_VOPS] = {
#define JL_VOP(name, opcode) [JL_VOP_##name] = (opcode),
#include "jit/ir/vops.def"
#undef JL_VOP
};

/* Without the v of the AVX forms. */
static const char *const names[JL_VOPS] = {
    [JL_VOP_ADD] = "paddw",        [JL_VOP_ADD_S] = "paddsw",       [JL_VOP_ADD_US] = "paddusw",
    [JL_VOP_SUB] = "psubw",        [JL_VOP_SUB_S] = "psubsw",       [JL_VOP_SUB_US] = "psubusw",
    [JL_VOP_MIN] = "pminsw",       [JL_VOP_MAX] = "pmaxsw",         [JL_VOP_MUL_LOW] = "pmullw",
    [JL_VOP_MUL_HIGH] = "pmulhw",  [JL_VOP_MUL_HIGH_U] = "pmulhuw", [JL_VOP_EQUAL] = "pcmpeqw",
    [JL_VOP_GREATER] = "pcmpgtw",  [JL_VOP_AND] = "pand",           [JL_VOP_NOT_AND] = "pandn",
    [JL_VOP_OR] = "por",           [JL_VOP_XOR] = "pxor",           [JL_VOP_PACK_32] = "packssdw",
    [JL_VOP_PACK_16] = "packsswb", [JL_VOP_LOW] = "punpcklwd",      [JL_VOP_HIGH] = "punpckhwd",
};

static const struct {
    unsigned op;
    const char *name;
} shifts[] = {{2, "psrlw"}, {4, "psraw"}, {6, "psllw"}};

static const char *with_v(char out[16], const char *name) {
    snprintf(out, 16, "v%s", name);
    return out;
}

void test_vector_registers(void **state) {
    char v[16];
    (void)state;
    for (unsigned x = 0; x < 16; x++)
        for (unsigned y = 0; y < 16; y++) {
            for (unsigned i = 0; i < JL_VOPS; i++) {
                unsigned z = random32() & 15;
                CHECK(WANT(names[i], want_xmm(x), want_xmm(y)), jl_x_packed(&A, opcodes[i], x, y));
                CHECK(WANT(with_v(v, names[i]), want_xmm(x), want_xmm(y), want_xmm(z)),
                      jl_x_vpacked(&A, opcodes[i], x, y, z));
            }
            for (unsigned i = 0; i < COUNT(shifts); i++) {
                CHECK(WANT(shifts[i].name, want_xmm(x), want_imm(1, y)), jl_x_packed_shift(&A, shifts[i].op, x, y));
                CHECK(WANT(with_v(v, shifts[i].name), want_xmm(x), want_xmm(y), want_imm(1, x)),
                      jl_x_vpacked_shift(&A, shifts[i].op, x, y, x));
            }
            for (unsigned z = 0; z < 16; z++) {
                unsigned mask = random32() & 15;
                CHECK(WANT("vpblendvb", want_xmm(x), want_xmm(y), want_xmm(z), want_xmm(mask)),
                      jl_x_vpblendvb(&A, x, y, z, mask));
            }
            CHECK(WANT("pmovmskb", want_gpr(4, x), want_xmm(y)), jl_x_pmovmskb(&A, (enum jl_reg)x, y));
        }
}

void test_vector_memory(void **state) {
    (void)state;
    for (const struct jl_memop *m = mems; m < mems + nmems; m++) {
        unsigned x = random32() & 15, y = random32() & 15;
        CHECK(WANT("pshufb", want_xmm(x), want_mem(16, *m)), jl_x_pshufb_rm(&A, x, *m));
        CHECK(WANT("vpshufb", want_xmm(x), want_xmm(y), want_mem(16, *m)), jl_x_vpshufb_rm(&A, x, y, *m));
        CHECK(WANT("movups", want_xmm(x), want_mem(16, *m)), jl_x_vector_rm(&A, 16, x, *m));
        CHECK(WANT("movups", want_mem(16, *m), want_xmm(x)), jl_x_vector_mr(&A, 16, *m, x));
        CHECK(WANT("movq", want_xmm(x), want_mem(8, *m)), jl_x_vector_rm(&A, 8, x, *m));
        CHECK(WANT("movq", want_mem(8, *m), want_xmm(x)), jl_x_vector_mr(&A, 8, *m, x));
        CHECK(WANT("movd", want_xmm(x), want_mem(4, *m)), jl_x_vector_rm(&A, 4, x, *m));
        CHECK(WANT("movd", want_mem(4, *m), want_xmm(x)), jl_x_vector_mr(&A, 4, *m, x));
    }
}
