/* The encoder's integer instructions, each over all registers or all forms of memory operand. */
#include "tests/unit/asm_check.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define R(r) ((enum jl_reg)(r))

static const char *const alu_name[8] = {"add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"};

static const struct {
    const char *name;
    void (*emit)(struct jl_asm *, unsigned, enum jl_reg, enum jl_reg);
} two_regs[] = {
    {"mov", jl_x_mov_rr}, {"test", jl_x_test_rr}, {"xchg", jl_x_xchg_rr}, {"imul", jl_x_imul_rr},
    {"bsr", jl_x_bsr},    {"lzcnt", jl_x_lzcnt},  {"tzcnt", jl_x_tzcnt},  {"popcnt", jl_x_popcnt},
};
static const struct {
    const char *name;
    void (*emit)(struct jl_asm *, unsigned, enum jl_reg);
} one_reg[] = {
    {"neg", jl_x_neg},   {"not", jl_x_not},     {"mul", jl_x_mul_r},   {"imul", jl_x_imul_r},
    {"div", jl_x_div_r}, {"idiv", jl_x_idiv_r}, {"bswap", jl_x_bswap},
};
static const struct {
    const char *name;
    void (*emit)(struct jl_asm *, unsigned, enum jl_reg, enum jl_reg, enum jl_reg);
} shift_by_reg[] = {{"shlx", jl_x_shlx}, {"shrx", jl_x_shrx}, {"sarx", jl_x_sarx}, {"mulx", jl_x_mulx}};
static const struct {
    const char *name;
    void (*by_imm)(struct jl_asm *, unsigned, enum jl_reg, unsigned);
    void (*by_cl)(struct jl_asm *, unsigned, enum jl_reg);
} shift[] = {
    {"rol", jl_x_rol_ri, jl_x_rol_cl}, {"ror", jl_x_ror_ri, jl_x_ror_cl}, {"shl", jl_x_shl_ri, jl_x_shl_cl},
    {"shr", jl_x_shr_ri, jl_x_shr_cl}, {"sar", jl_x_sar_ri, jl_x_sar_cl},
};

void test_int_registers(void **state) {
    (void)state;
    for (unsigned w = 4; w <= 8; w += 4)
        for (unsigned x = 0; x < 16; x++) {
            for (unsigned y = 0; y < 16; y++) {
                struct want_op dst = want_gpr(w, x), src = want_gpr(w, y);
                for (unsigned op = 0; op < 8; op++)
                    CHECK(WANT(alu_name[op], dst, src), jl_x_alu_rr(&A, op, w, R(x), R(y)));
                for (unsigned i = 0; i < COUNT(two_regs); i++)
                    CHECK(WANT(two_regs[i].name, dst, src), two_regs[i].emit(&A, w, R(x), R(y)));
            }
            for (unsigned i = 0; i < COUNT(one_reg); i++)
                CHECK(WANT(one_reg[i].name, want_gpr(w, x)), one_reg[i].emit(&A, w, R(x)));
        }
    for (unsigned r = 0; r < 16; r++) {
        CHECK(WANT("push", want_gpr(8, r)), jl_x_push(&A, R(r)));
        CHECK(WANT("pop", want_gpr(8, r)), jl_x_pop(&A, R(r)));
    }
    for (unsigned i = 0; i < NIMMS; i++)
        CHECK(WANT("push", want_imm(8, imms[i])), jl_x_push_i(&A, imms[i]));
    CHECK(WANT_BARE("cdq"), jl_x_cdq(&A));
    CHECK(WANT_BARE("cqo"), jl_x_cqo(&A));
}

/* A test whose immediate fits seven bits is done on the low byte. */
static struct want wanted_test(unsigned w, unsigned r, int32_t imm) {
    if (imm >= 0 && imm < 128)
        return WANT("test", want_gpr(1, r), want_imm(1, imm));
    return WANT("test", want_gpr(w, r), want_imm(w, imm));
}

void test_int_immediates(void **state) {
    (void)state;
    for (unsigned i = 0; i < NIMMS; i++)
        for (unsigned w = 4; w <= 8; w += 4)
            for (unsigned x = 0; x < 16; x++) {
                for (unsigned op = 0; op < 8; op++) {
                    CHECK(WANT(alu_name[op], want_gpr(w, x), want_imm(w, imms[i])),
                          jl_x_alu_ri(&A, op, w, R(x), imms[i]));
                    check_room(16);
                    jl_x_alu_ri(&A, op, w, R(x), imms[i]);
                    bool small = imms[i] >= -128 && imms[i] <= 127;
                    assert_int_equal(A.p - A.start, (w == 8 || x >= 8) + 2 + (small ? 1 : 4));
                }
                CHECK(wanted_test(w, x, imms[i]), jl_x_test_ri(&A, w, R(x), imms[i]));
                for (unsigned y = 0; y < 16; y++)
                    CHECK(WANT("imul", want_gpr(w, x), want_gpr(w, y), want_imm(w, imms[i])),
                          jl_x_imul_rri(&A, w, R(x), R(y), imms[i]));
            }
}

static const struct {
    const char *name;
    void (*emit)(struct jl_asm *, unsigned, enum jl_reg, struct jl_memop);
} reg_mem[] = {{"mov", jl_x_mov_rm}, {"imul", jl_x_imul_rm}};
static const struct {
    const char *name;
    void (*emit)(struct jl_asm *, unsigned, struct jl_memop);
} one_mem[] = {{"div", jl_x_div_m}, {"idiv", jl_x_idiv_m}};

void test_int_memory(void **state) {
    (void)state;
    for (const struct jl_memop *m = mems; m < mems + nmems; m++) {
        enum jl_reg r = any_reg();
        unsigned w = any_w();
        int32_t imm = imms[random32() % NIMMS];
        struct want_op reg = want_gpr(w, r), mem = want_mem(w, *m);
        for (unsigned op = 0; op < 8; op++) {
            CHECK(WANT(alu_name[op], reg, mem), jl_x_alu_rm(&A, op, w, r, *m));
            CHECK(WANT(alu_name[op], mem, reg), jl_x_alu_mr(&A, op, w, *m, r));
            CHECK(WANT(alu_name[op], mem, want_imm(w, imm)), jl_x_alu_mi(&A, op, w, *m, imm));
        }
        CHECK(WANT("bt", mem, reg), jl_x_bt_mr(&A, w, *m, r));
        for (unsigned i = 0; i < COUNT(reg_mem); i++)
            CHECK(WANT(reg_mem[i].name, reg, mem), reg_mem[i].emit(&A, w, r, *m));
        for (unsigned i = 0; i < COUNT(one_mem); i++)
            CHECK(WANT(one_mem[i].name, mem), one_mem[i].emit(&A, w, *m));
        CHECK(WANT("lea", reg, want_mem(0, *m)), jl_x_lea(&A, w, r, *m));
        CHECK(WANT("test", mem, reg), jl_x_test_rm(&A, w, r, *m));
        CHECK(WANT("test", mem, want_imm(w, imm)), jl_x_test_mi(&A, w, *m, imm));
    }
}

/* Moves between sizes. A 32-bit move zero-extends, so there is no movzx from 4. */
static void sizes_of_registers(unsigned x, unsigned y) {
    static const unsigned sizes[] = {1, 2, 4};
    for (unsigned w = 4; w <= 8; w += 4)
        for (unsigned i = 0; i < 3; i++) {
            unsigned from = sizes[i], to = from == 4 ? 4 : w;
            CHECK(WANT(from == 4 ? "mov" : "movzx", want_gpr(to, x), want_gpr(from, y)),
                  jl_x_movzx_rr(&A, w, R(x), R(y), from));
            CHECK(WANT(from == 4 ? "movsxd" : "movsx", want_gpr(w, x), want_gpr(from, y)),
                  jl_x_movsx_rr(&A, w, R(x), R(y), from));
        }
    for (unsigned size = 1; size <= 8; size *= 2)
        CHECK(WANT("crc32", want_gpr(size == 8 ? 8 : 4, x), want_gpr(size, y)), jl_x_crc32_rr(&A, size, R(x), R(y)));
}

void test_int_sizes(void **state) {
    (void)state;
    for (unsigned x = 0; x < 16; x++)
        for (unsigned y = 0; y < 16; y++)
            sizes_of_registers(x, y);
    for (const struct jl_memop *m = mems; m < mems + nmems; m++) {
        enum jl_reg r = any_reg();
        unsigned w = any_w();
        int32_t imm = imms[random32() % NIMMS];
        for (unsigned size = 1; size <= 8; size *= 2) {
            struct want_op reg = want_gpr(size, r), mem = want_mem(size, *m);
            CHECK(WANT("mov", mem, reg), jl_x_mov_mr(&A, size, *m, r));
            CHECK(WANT("mov", mem, want_imm(size, imm)), jl_x_mov_mi(&A, size, *m, imm));
            CHECK(WANT("crc32", want_gpr(size == 8 ? 8 : 4, r), mem), jl_x_crc32_rm(&A, size, r, *m));
            if (size > 1) {
                CHECK(WANT("movbe", reg, mem), jl_x_movbe_rm(&A, size, r, *m));
                CHECK(WANT("movbe", mem, reg), jl_x_movbe_mr(&A, size, *m, r));
            }
            if (size > 4)
                continue;
            CHECK(WANT(size == 4 ? "mov" : "movzx", want_gpr(size == 4 ? 4 : w, r), mem),
                  jl_x_movzx_rm(&A, w, r, *m, size));
            CHECK(WANT(size == 4 ? "movsxd" : "movsx", want_gpr(w, r), mem), jl_x_movsx_rm(&A, w, r, *m, size));
        }
    }
}

void test_int_shifts(void **state) {
    (void)state;
    for (unsigned w = 4; w <= 8; w += 4)
        for (unsigned x = 0; x < 16; x++) {
            for (unsigned i = 0; i < COUNT(shift); i++) {
                for (unsigned count = 0; count < w * 8; count++)
                    CHECK(WANT(shift[i].name, want_gpr(w, x), want_imm(1, count)), shift[i].by_imm(&A, w, R(x), count));
                CHECK(WANT(shift[i].name, want_gpr(w, x), want_gpr(1, JL_RCX)), shift[i].by_cl(&A, w, R(x)));
            }
            for (unsigned y = 0; y < 16; y++) {
                for (unsigned count = 0; count < w * 8; count++)
                    CHECK(WANT("rorx", want_gpr(w, x), want_gpr(w, y), want_imm(1, count)),
                          jl_x_rorx(&A, w, R(x), R(y), count));
                for (unsigned z = 0; z < 16; z++)
                    for (unsigned i = 0; i < COUNT(shift_by_reg); i++)
                        CHECK(WANT(shift_by_reg[i].name, want_gpr(w, x), want_gpr(w, y), want_gpr(w, z)),
                              shift_by_reg[i].emit(&A, w, R(x), R(y), R(z)));
            }
        }
}

static const char *with_cc(char out[16], const char *stem, unsigned cc) {
    char *p = out;
    while (*stem)
        *p++ = *stem++;
    for (const char *s = cc_name[cc]; *s;)
        *p++ = *s++;
    *p = 0;
    return out;
}

void test_int_conditions(void **state) {
    (void)state;
    char name[16];
    for (unsigned cc = 0; cc < 16; cc++) {
        for (unsigned x = 0; x < 16; x++) {
            CHECK(WANT(with_cc(name, "set", cc), want_gpr(1, x)), jl_x_setcc(&A, (enum jl_x64_cc)cc, R(x)));
            for (unsigned w = 4; w <= 8; w += 4)
                for (unsigned y = 0; y < 16; y++)
                    CHECK(WANT(with_cc(name, "cmov", cc), want_gpr(w, x), want_gpr(w, y)),
                          jl_x_cmov_rr(&A, w, (enum jl_x64_cc)cc, R(x), R(y)));
        }
        for (const struct jl_memop *m = mems; m < mems + nmems; m++) {
            enum jl_reg r = any_reg();
            unsigned w = any_w();
            CHECK(WANT(with_cc(name, "cmov", cc), want_gpr(w, r), want_mem(w, *m)),
                  jl_x_cmov_rm(&A, w, (enum jl_x64_cc)cc, r, *m));
        }
    }
}

/* Every value by its shortest form: 32 bits that zero-extend, 32 that sign-extend, all 64. */
static void one_mov_ri(unsigned r, int64_t imm) {
    bool zero = imm >= 0 && imm <= UINT32_MAX, sign = imm >= INT32_MIN && imm < 0;
    unsigned w = zero ? 4 : 8;
    CHECK(WANT("mov", want_gpr(w, r), want_imm(w, imm)), jl_x_mov_ri(&A, R(r), imm));
    check_room(16);
    jl_x_mov_ri(&A, R(r), imm);
    assert_int_equal(A.p - A.start, zero ? 5 + (r >= 8) : sign ? 7 : 10);
}

void test_int_mov_ri(void **state) {
    (void)state;
    static const int64_t edges[] = {0,
                                    1,
                                    -1,
                                    INT32_MAX,
                                    (int64_t)INT32_MAX + 1,
                                    UINT32_MAX,
                                    (int64_t)UINT32_MAX + 1,
                                    INT32_MIN,
                                    (int64_t)INT32_MIN - 1,
                                    INT64_MAX,
                                    INT64_MIN,
                                    -(int64_t)UINT32_MAX};
    for (unsigned r = 0; r < 16; r++) {
        for (unsigned i = 0; i < COUNT(edges); i++)
            one_mov_ri(r, edges[i]);
        for (unsigned i = 0; i < 1000; i++)
            one_mov_ri(r, (int64_t)((uint64_t)random32() << 32 | random32()) >> (random32() & 63));
    }
}
