/* The encoder's instructions on xmm registers. The lists of asm.h are gone through by name: what a function is called
 * is what it has to decode to. */
#include "tests/unit/asm_check.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define R(r) ((enum jl_reg)(r))

#define ROW_RR(name, prefix, opcode) {#name, jl_x_##name##_rr},
#define ROW_RM(name, prefix, opcode) {#name, jl_x_##name##_rm},
#define ROW_RRR(name, pp, opcode) {#name, jl_x_##name},

static const struct {
    const char *name;
    void (*emit)(struct jl_asm *, unsigned, unsigned);
} two_xmm[] = {JL_X_SSE(ROW_RR) JL_X_SSE_RR(ROW_RR){"cvtss2sd", jl_x_cvtss2sd}, {"cvtsd2ss", jl_x_cvtsd2ss}};
static const struct {
    const char *name;
    void (*emit)(struct jl_asm *, unsigned, unsigned, unsigned);
} three_xmm[] = {JL_X_AVX_RRR(ROW_RRR)};
static const struct {
    const char *name;
    void (*emit)(struct jl_asm *, unsigned, struct jl_memop);
} xmm_mem[] = {JL_X_SSE(ROW_RM){"movss", jl_x_movss_rm}, {"movsd", jl_x_movsd_rm}};

void test_sse_registers(void **state) {
    (void)state;
    for (unsigned x = 0; x < 16; x++)
        for (unsigned y = 0; y < 16; y++) {
            for (unsigned i = 0; i < COUNT(two_xmm); i++)
                CHECK(WANT(two_xmm[i].name, want_xmm(x), want_xmm(y)), two_xmm[i].emit(&A, x, y));
            for (unsigned z = 0; z < 16; z++)
                for (unsigned i = 0; i < COUNT(three_xmm); i++)
                    CHECK(WANT(three_xmm[i].name, want_xmm(x), want_xmm(y), want_xmm(z)),
                          three_xmm[i].emit(&A, x, y, z));
        }
}

/* The name's ending says how much memory is read: ss 4 bytes, sd 8, ps 16. */
static unsigned bytes_of(const char *name) {
    const char *end = name + strlen(name) - 2;
    return *end == 'p' ? 16 : end[1] == 's' ? 4 : 8;
}

void test_sse_memory(void **state) {
    (void)state;
    for (const struct jl_memop *m = mems; m < mems + nmems; m++) {
        unsigned x = random32() & 15;
        for (unsigned i = 0; i < COUNT(xmm_mem); i++)
            CHECK(WANT(xmm_mem[i].name, want_xmm(x), want_mem(bytes_of(xmm_mem[i].name), *m)),
                  xmm_mem[i].emit(&A, x, *m));
        CHECK(WANT("movss", want_mem(4, *m), want_xmm(x)), jl_x_movss_mr(&A, *m, x));
        CHECK(WANT("movsd", want_mem(8, *m), want_xmm(x)), jl_x_movsd_mr(&A, *m, x));
        CHECK(WANT("ldmxcsr", want_mem(4, *m)), jl_x_ldmxcsr(&A, *m));
        CHECK(WANT("stmxcsr", want_mem(4, *m)), jl_x_stmxcsr(&A, *m));
    }
}

static const struct {
    const char *name;
    void (*emit)(struct jl_asm *, unsigned, enum jl_reg, unsigned);
} to_gpr[] = {{"cvttss2si", jl_x_cvttss2si},
              {"cvttsd2si", jl_x_cvttsd2si},
              {"cvtss2si", jl_x_cvtss2si},
              {"cvtsd2si", jl_x_cvtsd2si}};
static const struct {
    const char *name;
    void (*emit)(struct jl_asm *, unsigned, unsigned, enum jl_reg);
} from_gpr[] = {{"cvtsi2ss", jl_x_cvtsi2ss}, {"cvtsi2sd", jl_x_cvtsi2sd}};

void test_sse_gpr(void **state) {
    (void)state;
    for (unsigned x = 0; x < 16; x++)
        for (unsigned r = 0; r < 16; r++) {
            for (unsigned w = 4; w <= 8; w += 4) {
                for (unsigned i = 0; i < COUNT(to_gpr); i++)
                    CHECK(WANT(to_gpr[i].name, want_gpr(w, r), want_xmm(x)), to_gpr[i].emit(&A, w, R(r), x));
                for (unsigned i = 0; i < COUNT(from_gpr); i++)
                    CHECK(WANT(from_gpr[i].name, want_xmm(x), want_gpr(w, r)), from_gpr[i].emit(&A, w, x, R(r)));
                const char *move = w == 8 ? "movq" : "movd";
                CHECK(WANT(move, want_xmm(x), want_gpr(w, r)), jl_x_movd_xr(&A, w, x, R(r)));
                CHECK(WANT(move, want_gpr(w, r), want_xmm(x)), jl_x_movd_rx(&A, w, R(r), x));
            }
            for (unsigned lane = 0; lane < 4; lane++) {
                CHECK(WANT("pextrd", want_gpr(4, r), want_xmm(x), want_imm(1, lane)), jl_x_pextrd(&A, R(r), x, lane));
                CHECK(WANT("pinsrd", want_xmm(x), want_gpr(4, r), want_imm(1, lane)), jl_x_pinsrd(&A, x, R(r), lane));
            }
        }
}

static const struct {
    const char *name;
    void (*emit)(struct jl_asm *, unsigned, unsigned, unsigned);
} two_xmm_imm[] = {{"shufps", jl_x_shufps}, {"pshufd", jl_x_pshufd}};
static const struct {
    const char *name;
    void (*emit)(struct jl_asm *, unsigned, unsigned);
} xmm_shift[] = {
    {"psrlq", jl_x_psrlq_ri}, {"psllq", jl_x_psllq_ri}, {"psrld", jl_x_psrld_ri}, {"pslld", jl_x_pslld_ri}};

void test_sse_immediates(void **state) {
    (void)state;
    for (unsigned x = 0; x < 16; x++) {
        for (unsigned y = 0; y < 16; y++)
            for (unsigned i = 0; i < COUNT(two_xmm_imm); i++)
                for (unsigned v = 0; v < 256; v++)
                    CHECK(WANT(two_xmm_imm[i].name, want_xmm(x), want_xmm(y), want_imm(1, v)),
                          two_xmm_imm[i].emit(&A, x, y, v));
        for (unsigned i = 0; i < COUNT(xmm_shift); i++)
            for (unsigned count = 0; count < 64; count++)
                CHECK(WANT(xmm_shift[i].name, want_xmm(x), want_imm(1, count)), xmm_shift[i].emit(&A, x, count));
    }
}
