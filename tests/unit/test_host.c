/* Host features and the listing of host code.
 *
 * jl_host is filled once a process, so each setting of JITLAB_HOST_DISABLE is tried in a child of its own. The
 * compiler's own run-time detection (__builtin_cpu_supports) is the second opinion.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jit/x64/asm.h"
#include "jit/x64/disasm.h"
#include "jit/x64/host.h"

enum { BMI1 = 1, BMI2 = 2, LZCNT = 4, MOVBE = 8, SSE41 = 16, SSE42 = 32, AVX = 64, POPCNT = 128, FMA = 256, ALL = 511 };

static int features(void) {
    const struct jl_host *h = jl_host();
    return (h->bmi1 ? BMI1 : 0) | (h->bmi2 ? BMI2 : 0) | (h->lzcnt ? LZCNT : 0) | (h->movbe ? MOVBE : 0) |
           (h->sse41 ? SSE41 : 0) | (h->sse42 ? SSE42 : 0) | (h->avx ? AVX : 0) | (h->popcnt ? POPCNT : 0) |
           (h->fma ? FMA : 0);
}

/* The features a fresh process finds with the variable at that value (NULL: unset). */
static int features_with(const char *disable) {
    int to_parent[2], found = -1, status;
    assert_int_equal(pipe(to_parent), 0);
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        disable ? setenv("JITLAB_HOST_DISABLE", disable, 1) : unsetenv("JITLAB_HOST_DISABLE");
        found = features();
        _exit(write(to_parent[1], &found, sizeof found) != sizeof found);
    }
    assert_int_equal(read(to_parent[0], &found, sizeof found), sizeof found);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(to_parent[0]);
    close(to_parent[1]);
    return found;
}

static void test_detected(void **state) {
    (void)state;
    int found = features_with(NULL);
    __builtin_cpu_init();
    assert_int_equal(!!(found & BMI1), !!__builtin_cpu_supports("bmi"));
    assert_int_equal(!!(found & BMI2), !!__builtin_cpu_supports("bmi2"));
    assert_int_equal(!!(found & SSE41), !!__builtin_cpu_supports("sse4.1"));
    assert_int_equal(!!(found & SSE42), !!__builtin_cpu_supports("sse4.2"));
    assert_int_equal(!!(found & AVX), !!__builtin_cpu_supports("avx"));
    assert_int_equal(!!(found & POPCNT), !!__builtin_cpu_supports("popcnt"));
    assert_int_equal(!!(found & FMA), !!__builtin_cpu_supports("fma"));
}

static void test_disabled(void **state) {
    (void)state;
    static const struct {
        const char *value;
        int without;
    } cases[] = {
        {"", 0},
        {"bmi1", BMI1},
        {"bmi2", BMI2},
        {"lzcnt", LZCNT},
        {"movbe", MOVBE},
        {"sse41", SSE41},
        {"sse42", SSE42},
        {"avx", AVX | FMA},
        {"popcnt", POPCNT},
        {"fma", FMA},
        {"bmi2,movbe", BMI2 | MOVBE},
        {"movbe,,bmi2,", BMI2 | MOVBE},
        {"bmi1,bmi2,lzcnt,movbe,sse41,sse42,avx,popcnt,fma", ALL},
        {"bmi", 0},                   /* not a name */
        {"xbmi2,bmi2x,BMI2,sse4", 0}, /* nor these */
        {"avx512,avx", AVX | FMA},    /* the second is one */
        {"bmi21,bmi2", BMI2},
    };
    int all = features_with(NULL);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(features_with(cases[i].value), all & ~cases[i].without);
}

static void test_once(void **state) {
    (void)state;
    const struct jl_host *first = jl_host();
    assert_ptr_equal(jl_host(), first);
    assert_true(memchr(first->brand, 0, sizeof first->brand) != NULL);
}

static void test_listing(void **state) {
    (void)state;
    uint8_t code[64];
    struct jl_asm a = {.p = code, .start = code, .end = code + sizeof code};
    jl_x_mov_rr(&a, 4, JL_RAX, JL_R9);
    jl_x_mov_rm(&a, 4, JL_RCX, jl_mgs(JL_RBX, JL_NOREG, 0, 8));
    jl_x_jmp_to(&a, code);
    assert_int_equal(jl_x64_count(code, a.p), 3);
    assert_int_equal(jl_x64_count(code, a.p - 1), 2); /* the last is cut off */
    assert_int_equal(jl_x64_count(code, code), 0);

    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    jl_x64_disasm(out, code, a.p, 0x401000, "> ");
    fclose(out);
    assert_string_equal(text, "> 000000401000: mov eax, r9d\n"
                              "> 000000401003: mov ecx, gs:[ebx+0x08]\n"
                              "> 000000401008: jmp 0x0000000000401000\n");
    free(text);

    code[0] = 0x06; /* no instruction in 64-bit mode */
    out = open_memstream(&text, &size);
    assert_non_null(out);
    jl_x64_disasm(out, code, a.p, 0x401000, "");
    fclose(out);
    assert_string_equal(text, "000000401000: (bad)\n");
    free(text);
    assert_int_equal(jl_x64_count(code, a.p), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_detected),
        cmocka_unit_test(test_disabled),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_listing),
    };
    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
