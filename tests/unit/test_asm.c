/* The encoder: jumps and their patching, nops, running out of room; and the list of all its tests.
 *
 * Every function of asm.h is called with all registers or all forms of memory operand and decoded by Zydis: see
 * asm_check.h for what is compared, test_asm_int.c, test_asm_sse.c and test_asm_vector.c for those that compute.
 */
#include "tests/unit/asm_check.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jit/x64/disasm.h"

enum { JMP = -1 }; /* beside the conditions */

/* ---- control ---- */

static void test_indirect(void **state) {
    (void)state;
    for (unsigned r = 0; r < 16; r++) {
        CHECK(WANT("jmp", want_gpr(8, r)), jl_x_jmp_r(&A, (enum jl_reg)r));
        CHECK(WANT("call", want_gpr(8, r)), jl_x_call_r(&A, (enum jl_reg)r));
    }
    for (const struct jl_memop *m = mems; m < mems + nmems; m++) {
        CHECK(WANT("jmp", want_mem(8, *m)), jl_x_jmp_m(&A, *m));
        CHECK(WANT("call", want_mem(8, *m)), jl_x_call_m(&A, *m));
    }
    CHECK(WANT_BARE("ret"), jl_x_ret(&A));
    CHECK(WANT_BARE("mfence"), jl_x_mfence(&A));
    CHECK(WANT_BARE("int3"), jl_x_int3(&A));
    CHECK(WANT_BARE("ud2"), jl_x_ud2(&A));
}

/* The instruction at A.start is a direct jump (or call) of that name and length to target. */
static void goes_to(const char *name, unsigned length, uintptr_t target) {
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];
    ZyanU64 at;
    assert_false(A.overflow);
    assert_int_equal(A.instructions, 1);
    assert_int_equal(A.p - A.start, length);
    assert_true(ZYAN_SUCCESS(ZydisDecoderDecodeFull(&zydis, A.start, length, &insn, op)));
    assert_int_equal(insn.length, length);
    assert_string_equal(ZydisMnemonicGetString(insn.mnemonic), name);
    assert_true(ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&insn, &op[0], (uintptr_t)A.start, &at)));
    assert_true(at == target);
}

static const char *jump_name(char out[8], int cc) {
    snprintf(out, 8, "j%s", cc == JMP ? "mp" : cc_name[cc]);
    return out;
}

static void one_long_jump(int cc, const uint8_t *target) {
    char name[8];
    unsigned length = cc == JMP ? 5 : 6;
    check_room(16);
    uint8_t *field = cc == JMP ? jl_x_jmp32(&A) : jl_x_jcc32(&A, (enum jl_x64_cc)cc);
    assert_ptr_equal(field, A.p - 4);
    goes_to(jump_name(name, cc), length, (uintptr_t)A.p); /* falls through until patched */
    jl_x_patch32(field, target);
    goes_to(name, length, (uintptr_t)target);
    check_room(16);
    cc == JMP ? jl_x_jmp_to(&A, target) : jl_x_jcc_to(&A, (enum jl_x64_cc)cc, target);
    goes_to(name, length, (uintptr_t)target);
}

static void test_long_jumps(void **state) {
    (void)state;
    for (int cc = JMP; cc < 16; cc++)
        for (unsigned i = 0; i < NIMMS + 100; i++) {
            int32_t distance = i < NIMMS ? imms[i] : (int32_t)random32();
            check_room(16);
            one_long_jump(cc, (const uint8_t *)((uintptr_t)A.start + (uintptr_t)(intptr_t)(distance / 2)));
        }
    check_room(16);
    jl_x_call_to(&A, A.start - 1000);
    goes_to("call", 5, (uintptr_t)A.start - 1000);
    check_room(16);
    uint8_t *field = jl_x_call32(&A);
    assert_ptr_equal(field, A.p - 4);
    jl_x_patch32(field, A.start + 1000);
    goes_to("call", 5, (uintptr_t)A.start + 1000);
    check_room(15);
    jl_x_call_to(&A, A.start);
    check_untouched("jl_x_call_to");
    check_room(15);
    jl_x_jmp_to(&A, A.start);
    check_untouched("jl_x_jmp_to");
    check_room(15);
    jl_x_jcc_to(&A, JL_CC_E_, A.start);
    check_untouched("jl_x_jcc_to");
}

static void test_short_jumps(void **state) {
    (void)state;
    char name[8];
    for (int cc = JMP; cc < 16; cc++)
        for (int distance = -128; distance < 128; distance++) {
            check_room(16);
            uint8_t *field = cc == JMP ? jl_x_jmp8(&A) : jl_x_jcc8(&A, (enum jl_x64_cc)cc);
            assert_ptr_equal(field, A.p - 1);
            goes_to(jump_name(name, cc), 2, (uintptr_t)A.p);
            uintptr_t target = (uintptr_t)A.p + (uintptr_t)(intptr_t)distance;
            jl_x_patch8(field, (const uint8_t *)target);
            goes_to(name, 2, target);
        }
}

/* A short jump out of reach must not become a jump elsewhere. */
static void test_short_jump_too_far(void **state) {
    (void)state;
    static const int distances[] = {128, -129, 256, -256};
    for (unsigned i = 0; i < 4; i++) {
        check_room(16);
        uint8_t *field = jl_x_jmp8(&A);
        fflush(NULL);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            signal(SIGABRT, SIG_DFL);
            jl_x_patch8(field, (const uint8_t *)((uintptr_t)A.p + (uintptr_t)(intptr_t)distances[i]));
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

/* Without room a placeholder's field can still be patched, and nothing happens to the code or behind it. */
static void test_placeholders_without_room(void **state) {
    (void)state;
    for (int cc = JMP; cc < 16; cc++)
        for (unsigned room = 0; room < 16; room++) {
            check_room(room);
            uint8_t *long_ = cc == JMP ? jl_x_jmp32(&A) : jl_x_jcc32(&A, (enum jl_x64_cc)cc);
            uint8_t *short_ = cc == JMP ? jl_x_jmp8(&A) : jl_x_jcc8(&A, (enum jl_x64_cc)cc);
            assert_non_null(long_);
            assert_non_null(short_);
            jl_x_patch32(long_, A.p);
            jl_x_patch8(short_, A.p);
            check_untouched("placeholder");
        }
}

/* ---- nops ---- */

static unsigned all_nops(const uint8_t *p, const uint8_t *end) {
    ZydisDecodedInstruction insn;
    unsigned n = 0;
    for (; p < end; p += insn.length, n++) {
        assert_true(ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&zydis, NULL, p, (ZyanUSize)(end - p), &insn)));
        assert_int_equal(insn.mnemonic, ZYDIS_MNEMONIC_NOP);
    }
    return n;
}

static void test_nops(void **state) {
    (void)state;
    static _Alignas(64) uint8_t code[256];
    for (unsigned bytes = 0; bytes < 100; bytes++) {
        struct jl_asm a = {.p = code, .start = code, .end = code + sizeof code};
        jl_x_nops(&a, bytes);
        assert_int_equal(a.p - code, bytes);
        assert_int_equal(a.instructions, (bytes + 8) / 9);
        assert_int_equal(all_nops(code, a.p), a.instructions);
    }
    for (unsigned at = 0; at < 64; at++)
        for (unsigned alignment = 1; alignment <= 64; alignment *= 2) {
            struct jl_asm a = {.p = code + at, .start = code, .end = code + sizeof code};
            jl_x_align(&a, alignment);
            assert_int_equal((uintptr_t)a.p % alignment, 0);
            assert_true(a.p - (code + at) < (ptrdiff_t)alignment);
            assert_int_equal(all_nops(code + at, a.p), a.instructions);
        }
}

/* ---- many instructions ---- */

static void emit_something(struct jl_asm *a) {
    struct jl_memop m = mems[random32() % nmems];
    enum jl_reg x = any_reg(), y = any_reg();
    unsigned w = any_w();
    switch (random32() % 14) {
    case 0: jl_x_alu_rr(a, random32() & 7, w, x, y); break;
    case 1: jl_x_alu_mi(a, random32() & 7, w, m, imms[random32() % NIMMS]); break;
    case 2: jl_x_mov_ri(a, x, (int64_t)((uint64_t)random32() << 32)); break;
    case 3: jl_x_mov_mi(a, 8, m, imms[random32() % NIMMS]); break;
    case 4: jl_x_crc32_rm(a, 2, x, m); break;
    case 5: jl_x_rorx(a, w, x, y, 7); break;
    case 6: jl_x_patch32(jl_x_jmp32(a), a->p); break;
    case 7: jl_x_patch8(jl_x_jcc8(a, JL_CC_E_), a->p); break;
    case 8: jl_x_vaddsd(a, x, y, 3); break;
    case 9: jl_x_movsd_mr(a, m, x); break;
    case 10: jl_x_pshufd(a, x, y, 1); break;
    case 11: jl_x_imul_rri(a, w, x, y, 1000); break;
    case 12: jl_x_push(a, x); break;
    default: jl_x_nops(a, 20); break;
    }
}

/* Whatever the room: nothing behind it is touched, overflow stays, what was written decodes to the count. */
static void test_any_room(void **state) {
    (void)state;
    enum { GUARD = 32, MOST = 400 };
    static uint8_t code[MOST + GUARD], before[MOST + GUARD];
    for (unsigned round = 0; round < 20; round++)
        for (unsigned room = 0; room < MOST; room++) {
            memset(code, 0xa5, sizeof code);
            struct jl_asm a = {.p = code, .start = code, .end = code + room};
            while (!a.overflow)
                emit_something(&a);
            assert_true(a.p <= a.end && a.end - a.p < 16);
            assert_int_equal(jl_x64_count(code, a.p), a.instructions);
            for (unsigned i = 0; i < GUARD; i++)
                assert_int_equal(a.end[i], 0xa5);
            struct jl_asm kept = a;
            a.end = code + sizeof code; /* even with room again */
            memcpy(before, code, sizeof code);
            for (unsigned i = 0; i < 20; i++)
                emit_something(&a);
            assert_true(a.overflow && a.p == kept.p && a.instructions == kept.instructions);
            assert_memory_equal(code, before, sizeof code);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_int_registers),
        cmocka_unit_test(test_int_immediates),
        cmocka_unit_test(test_int_memory),
        cmocka_unit_test(test_int_sizes),
        cmocka_unit_test(test_int_shifts),
        cmocka_unit_test(test_int_conditions),
        cmocka_unit_test(test_int_mov_ri),
        cmocka_unit_test(test_sse_registers),
        cmocka_unit_test(test_sse_memory),
        cmocka_unit_test(test_sse_gpr),
        cmocka_unit_test(test_sse_immediates),
        cmocka_unit_test(test_vector_registers),
        cmocka_unit_test(test_vector_memory),
        cmocka_unit_test(test_indirect),
        cmocka_unit_test(test_long_jumps),
        cmocka_unit_test(test_short_jumps),
        cmocka_unit_test(test_short_jump_too_far),
        cmocka_unit_test(test_placeholders_without_room),
        cmocka_unit_test(test_nops),
        cmocka_unit_test(test_any_room),
    };
    return cmocka_run_group_tests_name("asm", tests, check_start, check_end);
}
