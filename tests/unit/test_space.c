/* The host address space around a machine: what is taken of it, and that translated code reaches it directly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "jit/runtime/machine.h"

enum { RW = PROT_READ | PROT_WRITE };

static bool in_reach(const struct jl_machine *m, const void *p) {
    int64_t distance = (const char *)p - (const char *)m;
    return distance == (int32_t)distance;
}

static void takes_tables(void **state) {
    (void)state;
    struct jl_machine *m = jl_space_new();
    assert_non_null(m);
    char *small = jl_space_take(m, 5000, RW), *large = jl_space_take(m, (size_t)4 << 30, RW);
    char *next = jl_space_take(m, 1, RW);
    assert_non_null(small);
    assert_non_null(large);
    assert_non_null(next);
    assert_true(in_reach(m, small) && in_reach(m, large) && in_reach(m, next));
    assert_int_equal((uintptr_t)small % 4096, 0);
    for (unsigned i = 0; i < 8192; i++)
        assert_int_equal(small[i], 0);
    large[0] = large[((size_t)4 << 30) - 1] = next[0] = 1;
    small[0] = 2;
    assert_int_equal(large[0] + next[0], 2);
    assert_true(jl_space_holds(m, small) && jl_space_holds(m, large) && jl_space_holds(m, m));
    assert_false(jl_space_holds(m, state));
    jl_space_free(m);
}

static void ends(void **state) {
    (void)state;
    struct jl_machine *m = jl_space_new();
    assert_non_null(m);
    unsigned n = 0;
    while (n < 64 && jl_space_take(m, (size_t)1 << 30, RW))
        n++;
    assert_in_range(n, 17, 18);
    assert_null(jl_space_take(m, (size_t)1 << 30, RW));
    assert_non_null(jl_space_take(m, 4096, RW));
    jl_space_free(m);
}

/* The code cache and the flat table are where lookups need no address of 64 bits. */
static void holds_what_code_reaches(void **state) {
    (void)state;
    struct jl_mem *mem = jl_mem_create(false);
    struct jl_config config;
    char err[256] = "";
    jl_config_default(&config);
    assert_true(jl_config_set(&config, "lookup=flat32", err, sizeof err));
    struct jl_machine *m = jl_machine_new(&config, NULL, mem, err, sizeof err);
    assert_non_null(m);
    assert_true(in_reach(m, jl_lookup_stub(m)));
    assert_true(jl_space_holds(m, jl_policy_state(m, JL_AXIS_LOOKUP)));
    assert_true(in_reach(m, jl_policy_state(m, JL_AXIS_LOOKUP)));
    jl_machine_free(m);
    jl_mem_destroy(mem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_tables),
        cmocka_unit_test(ends),
        cmocka_unit_test(holds_what_code_reaches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
