/* The modelled processor by itself, with traces made by hand whose answers are known, and the walk from points to
 * paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "jit/model/path.h"

static struct jl_predict *processor(const char *text) {
    struct jl_predict_params params;
    char err[256] = "";
    assert_true(jl_predict_parse(JL_PREDICT_DEFAULT, &params, err, sizeof err));
    assert_true(jl_predict_parse(text, &params, err, sizeof err));
    struct jl_predict *p = jl_predict_new(&params);
    assert_non_null(p);
    return p;
}

static void parameters_are_read_or_refused(void **state) {
    (void)state;
    struct jl_predict_params p = {1, 1, 1, 64, 1, 64};
    char err[256];
    assert_true(jl_predict_parse("icache=32k:8:64,btb=512x4", &p, err, sizeof err));
    assert_int_equal(p.icache_bytes, 32768);
    assert_int_equal(p.icache_ways, 8);
    assert_int_equal(p.icache_line, 64);
    assert_int_equal(p.btb_entries, 512);
    assert_int_equal(p.btb_ways, 4);
    assert_int_equal(p.ras, 1);
    assert_true(jl_predict_parse("icache=1024:1:32,ras=0", &p, err, sizeof err));
    assert_int_equal(p.icache_bytes, 1024);
    assert_int_equal(p.ras, 0);
    static const char *const wrong[] = {"btb=100x3",    "btb=0x4",       "btb=4x0",           "btb=64",
                                        "ras",          "icache=32k:8",  "icache=32k:8:60",   "ras=4;btb=4",
                                        "ras=4btb=4x1", "icache=0:8:64", "icache=32m:8:64",   "ras=9999999",
                                        "x=1",          "ras=4,,",       "btb=10000000000x1", "icache=4194304k:1:64"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        err[0] = 0;
        assert_false(jl_predict_parse(wrong[i], &p, err, sizeof err));
        assert_true(err[0] != 0);
    }
    assert_int_equal(p.icache_bytes, 1024); /* untouched by all of them */
}

static void a_direct_branch_is_missed_once(void **state) {
    (void)state;
    struct jl_predict *p = processor("btb=8x2");
    for (int i = 0; i < 10; i++)
        jl_predict_branch(p, 100, 200, false);
    const struct jl_predict_counters *c = jl_predict_counters(p);
    assert_int_equal(c->btb_lookups, 10);
    assert_int_equal(c->btb_misses, 1);
    assert_int_equal(c->indirect_branches, 0);
    assert_int_equal(c->indirect_mispredictions, 0);
    jl_predict_free(p);
}

/* Four sets of two ways: 3 sites in one set drive each other out in turn, 2 do not. */
static void a_set_holds_as_many_branches_as_it_has_ways(void **state) {
    (void)state;
    struct jl_predict *p = processor("btb=8x2");
    for (int i = 0; i < 10; i++)
        for (uint32_t site = 0; site < 8; site += 4)
            jl_predict_branch(p, site, 1, false);
    assert_int_equal(jl_predict_counters(p)->btb_misses, 2);
    for (int i = 0; i < 10; i++)
        for (uint32_t site = 1; site < 13; site += 4)
            jl_predict_branch(p, site, 1, false);
    assert_int_equal(jl_predict_counters(p)->btb_misses, 2 + 30);
    jl_predict_free(p);
}

/* The least recently used goes: a a b a c leaves a and c. */
static void the_least_recently_used_is_replaced(void **state) {
    (void)state;
    struct jl_predict *p = processor("btb=2x2");
    static const uint32_t sites[] = {1, 2, 1, 3, 1, 3, 2};
    static const unsigned misses[] = {1, 2, 2, 3, 3, 3, 4};
    for (unsigned i = 0; i < 7; i++) {
        jl_predict_branch(p, sites[i], 9, false);
        assert_int_equal(jl_predict_counters(p)->btb_misses, misses[i]);
    }
    jl_predict_free(p);
}

static void an_indirect_branch_goes_where_it_went_last(void **state) {
    (void)state;
    struct jl_predict *p = processor("btb=8x2");
    static const uint32_t targets[] = {7, 7, 8, 7, 7, 7, 9, 9};
    for (unsigned i = 0; i < 8; i++)
        jl_predict_branch(p, 5, targets[i], true);
    const struct jl_predict_counters *c = jl_predict_counters(p);
    assert_int_equal(c->indirect_branches, 8);
    assert_int_equal(c->indirect_mispredictions, 4); /* 7, 8, 7, 9 */
    assert_int_equal(c->btb_misses, 1);
    jl_predict_free(p);
}

static void returns_are_predicted_as_deep_as_the_stack_is(void **state) {
    (void)state;
    struct jl_predict *p = processor("ras=4");
    for (uint32_t i = 0; i < 6; i++)
        jl_predict_call(p, 100 + i);
    for (uint32_t i = 6; i-- > 0;)
        jl_predict_return(p, 100 + i);
    const struct jl_predict_counters *c = jl_predict_counters(p);
    assert_int_equal(c->returns, 6);
    assert_int_equal(c->return_mispredictions, 2); /* the two oldest were overwritten */
    jl_predict_call(p, 1);
    jl_predict_return(p, 2);
    assert_int_equal(c->return_mispredictions, 3);
    jl_predict_call(p, 1);
    jl_predict_forget_call(p);
    assert_int_equal(c->returns, 7);
    jl_predict_free(p);
    p = processor("ras=0");
    jl_predict_call(p, 1);
    jl_predict_return(p, 1);
    assert_int_equal(jl_predict_counters(p)->return_mispredictions, 1);
    jl_predict_free(p);
}

static void lines_are_fetched_once_while_code_stays_in_them(void **state) {
    (void)state;
    struct jl_predict *p = processor("icache=256:2:64"); /* two sets */
    const struct jl_predict_counters *c = jl_predict_counters(p);
    jl_predict_fetch(p, 0, 10);
    jl_predict_fetch(p, 10, 64);
    assert_int_equal(c->icache_accesses, 1);
    jl_predict_fetch(p, 64, 65);
    jl_predict_fetch(p, 3, 3); /* nothing */
    assert_int_equal(c->icache_accesses, 2);
    jl_predict_fetch(p, 0, 200); /* lines 0 to 3, the first two known */
    assert_int_equal(c->icache_accesses, 6);
    assert_int_equal(c->icache_misses, 4);
    jl_predict_fetch(p, 256, 257); /* line 4 drives out line 0: the set has 0 and 2, 2 is newer */
    jl_predict_fetch(p, 128, 129);
    assert_int_equal(c->icache_misses, 5);
    jl_predict_fetch(p, 0, 1);
    assert_int_equal(c->icache_misses, 6);
    jl_predict_free(p);
}

/* ---- the walk ----
 *
 *  0 block A ... 10: cond to 40 ... 16: cond to 30 (block C)   A's two exits: far piece at 40, block C
 * 16 arm ... 20: jump to 0
 * 30 block C ... 36: indirect; or 33: call into C
 * 40 far piece ... 46: call 60, back at 46, 50: jump to 10
 * 60 thunk ... 64: call C, 68: cond to 72; 70: return; 72 ... 75: leave
 */
enum { A, ARM, C_, FAR_, BACK, LEAVES };
static const uint32_t points[] = {0, 16, 30, 40, 68, 72};

static struct jl_path *small_path(struct jl_predict *p) {
    static const struct jl_path_branch hot[] = {{10, 40, JL_PATH_COND},
                                                {16, 30, JL_PATH_COND},
                                                {20, 0, JL_PATH_JUMP},
                                                {33, 0, JL_PATH_CALL_C},
                                                {36, 0, JL_PATH_INDIRECT}};
    static const struct jl_path_branch far_[] = {{46, 60, JL_PATH_CALL}, {50, 10, JL_PATH_JUMP}};
    static const struct jl_path_branch thunk[] = {
        {64, 0, JL_PATH_CALL_C}, {68, 72, JL_PATH_COND}, {70, 0, JL_PATH_RETURN}, {75, 0, JL_PATH_LEAVE}};
    struct jl_path *path = jl_path_new(4096, p);
    assert_non_null(path);
    assert_true(jl_path_code(path, 0, 36, hot, 5));
    assert_true(jl_path_code(path, 40, 50, far_, 2));
    assert_true(jl_path_code(path, 60, 75, thunk, 4));
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(jl_path_point(path, points[i]), i);
    jl_path_outside(path, 72);
    return path;
}

static void go(struct jl_path *path, uint32_t point) {
    jl_path_points(path, &point, 1);
}

static void a_loop_takes_its_branch_each_time(void **state) {
    (void)state;
    struct jl_predict *p = processor("icache=256:2:64");
    struct jl_path *path = small_path(p);
    const struct jl_predict_counters *c = jl_predict_counters(p);
    jl_path_enter(path, 0);
    go(path, A);
    assert_int_equal(c->btb_lookups, 0);
    for (int i = 0; i < 3; i++) { /* not taken, jump back */
        go(path, ARM);
        go(path, A);
    }
    assert_int_equal(c->btb_lookups, 3);
    assert_int_equal(c->btb_misses, 1);
    go(path, C_); /* taken */
    assert_int_equal(c->btb_lookups, 4);
    jl_path_out(path); /* call into C, indirect jump outside, and home */
    assert_int_equal(c->btb_lookups, 6);
    assert_int_equal(c->indirect_branches, 2);
    assert_int_equal(c->returns, 1);
    assert_int_equal(c->return_mispredictions, 0);
    assert_int_equal(jl_path_lost(path), 0);
    jl_path_free(path);
    jl_predict_free(p);
}

static void a_slow_call_comes_back_or_leaves(void **state) {
    (void)state;
    struct jl_predict *p = processor("ras=16");
    struct jl_path *path = small_path(p);
    const struct jl_predict_counters *c = jl_predict_counters(p);
    jl_path_enter(path, 0);
    go(path, A);
    go(path, FAR_);
    go(path, BACK);
    go(path, ARM);                       /* through 46, 50, 10 and 16 */
    assert_int_equal(c->btb_lookups, 4); /* to 40, call 60, call C, jump to 10 */
    assert_int_equal(c->indirect_branches, 1);
    assert_int_equal(c->returns, 1);
    assert_int_equal(c->return_mispredictions, 0);
    go(path, A);
    go(path, FAR_);
    go(path, LEAVES);
    jl_path_out(path);
    assert_int_equal(c->returns, 2);
    assert_int_equal(c->return_mispredictions, 1); /* the call's return address was left on the stack */
    assert_int_equal(jl_path_lost(path), 0);
    jl_path_free(path);
    jl_predict_free(p);
}

/* Two stanzas, 80 to 97 and 100 to 117: a patched conditional jump, a point, a patched jump. */
static void a_patched_branch_leads_to_the_next_point(void **state) {
    static const struct jl_path_branch first[] = {{92, 0, JL_PATH_COND_LINK}, {97, 0, JL_PATH_LINK}};
    static const struct jl_path_branch second[] = {{112, 0, JL_PATH_COND_LINK}, {117, 0, JL_PATH_LINK}};
    enum { FIRST = 6, ON, SECOND, ON_AGAIN };
    (void)state;
    struct jl_predict *p = processor("ras=16");
    struct jl_path *path = small_path(p);
    const struct jl_predict_counters *c = jl_predict_counters(p);
    assert_true(jl_path_code(path, 80, 97, first, 2) && jl_path_code(path, 100, 117, second, 2));
    assert_int_equal(jl_path_point(path, 80), FIRST);
    jl_path_point(path, 92);
    jl_path_point(path, 100);
    jl_path_point(path, 112);
    jl_path_enter(path, 0);
    go(path, A);
    go(path, C_); /* calls C, then the indirect jump */
    go(path, FIRST);
    go(path, A); /* taken */
    assert_int_equal(c->btb_lookups, 4);
    assert_int_equal(c->indirect_branches, 2);
    go(path, C_);
    go(path, FIRST);
    go(path, ON); /* not taken */
    go(path, SECOND);
    assert_int_equal(c->btb_lookups, 8);
    go(path, ON_AGAIN);
    jl_path_out(path); /* the last jump leads outside */
    assert_int_equal(c->btb_lookups, 9);
    assert_int_equal(c->indirect_branches, 4);
    assert_int_equal(jl_path_lost(path), 0);
    jl_path_free(path);
    jl_predict_free(p);
}

/* 80 calls 100, patched, and goes on behind that at 90; 100 to 105 returns. */
static void a_return_to_a_point_is_predicted_by_its_call(void **state) {
    static const struct jl_path_branch caller[] = {{90, 0, JL_PATH_CALL_LINK}, {97, 0, JL_PATH_LINK}};
    static const struct jl_path_branch callee[] = {{105, 0, JL_PATH_RETURN_TO}};
    enum { CALLER = 6, BEHIND, CALLEE };
    (void)state;
    struct jl_predict *p = processor("ras=16");
    struct jl_path *path = small_path(p);
    const struct jl_predict_counters *c = jl_predict_counters(p);
    assert_true(jl_path_code(path, 80, 97, caller, 2) && jl_path_code(path, 100, 105, callee, 1));
    jl_path_point(path, 80);
    jl_path_point(path, 90);
    jl_path_point(path, 100);
    jl_path_enter(path, 80);
    go(path, CALLER);
    go(path, CALLEE);
    go(path, CALLEE); /* a return to where no call was made from */
    assert_int_equal(c->returns, 1);
    assert_int_equal(c->return_mispredictions, 1);
    assert_int_equal(c->btb_lookups, 1);
    go(path, BEHIND); /* the way in's entry is the newest by now */
    assert_int_equal(c->return_mispredictions, 2);
    go(path, CALLER);
    go(path, CALLEE);
    go(path, BEHIND);
    assert_int_equal(c->returns, 3);
    assert_int_equal(c->return_mispredictions, 2);
    assert_int_equal(c->indirect_branches, 0);
    assert_int_equal(jl_path_lost(path), 0);
    jl_path_free(path);
    jl_predict_free(p);
}

static void a_fault_takes_the_path_elsewhere(void **state) {
    (void)state;
    struct jl_predict *p = processor("icache=256:2:64");
    struct jl_path *path = small_path(p);
    jl_path_enter(path, 0);
    go(path, A);
    jl_path_to(path, 12); /* behind a branch that is not taken */
    jl_path_moved(path, 72);
    jl_path_out(path);
    assert_int_equal(jl_predict_counters(p)->btb_lookups, 0);
    assert_int_equal(jl_predict_counters(p)->returns, 1);
    assert_int_equal(jl_path_lost(path), 0);
    jl_path_free(path);
    jl_predict_free(p);
}

static void a_way_that_is_not_there_is_lost(void **state) {
    (void)state;
    struct jl_predict *p = processor("ras=16");
    struct jl_path *path = small_path(p);
    jl_path_enter(path, 0);
    go(path, A);
    jl_path_out(path); /* both sides of A's branch have points */
    assert_true(jl_path_lost(path) > 0);
    jl_path_free(path);
    jl_predict_free(p);
}

static void what_is_not_kept_is_forgotten(void **state) {
    (void)state;
    struct jl_predict *p = processor("ras=16");
    struct jl_path *path = small_path(p);
    static const struct jl_path_branch one[] = {{110, 100, JL_PATH_JUMP}}, other[] = {{105, 0, JL_PATH_JUMP}};
    jl_path_keep(path);
    assert_true(jl_path_code(path, 100, 110, one, 1));
    assert_int_equal(jl_path_point(path, 100), 6);
    jl_path_forget(path);
    assert_true(jl_path_code(path, 100, 105, other, 1));
    assert_int_equal(jl_path_point(path, 102), 6);
    jl_path_enter(path, 100);
    go(path, 6);
    go(path, A);
    assert_int_equal(jl_predict_counters(p)->btb_lookups, 1);
    assert_int_equal(jl_path_lost(path), 0);
    jl_path_free(path);
    jl_predict_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_read_or_refused),
        cmocka_unit_test(a_direct_branch_is_missed_once),
        cmocka_unit_test(a_set_holds_as_many_branches_as_it_has_ways),
        cmocka_unit_test(the_least_recently_used_is_replaced),
        cmocka_unit_test(an_indirect_branch_goes_where_it_went_last),
        cmocka_unit_test(returns_are_predicted_as_deep_as_the_stack_is),
        cmocka_unit_test(lines_are_fetched_once_while_code_stays_in_them),
        cmocka_unit_test(a_loop_takes_its_branch_each_time),
        cmocka_unit_test(a_slow_call_comes_back_or_leaves),
        cmocka_unit_test(a_patched_branch_leads_to_the_next_point),
        cmocka_unit_test(a_return_to_a_point_is_predicted_by_its_call),
        cmocka_unit_test(a_fault_takes_the_path_elsewhere),
        cmocka_unit_test(a_way_that_is_not_there_is_lost),
        cmocka_unit_test(what_is_not_kept_is_forgotten),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
