/* papi_counters against a host that lies as real ones do, and against this host.
 *
 * The lying host's failures are those seen on machines without a PMU: names that resolve and cannot be added, names
 * that do not resolve, a component that is disabled, a set that takes one event less than it should.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>
#include <papi.h>

#include "papi_backend.h"
#include "papi_counters.h"

/* ---- a host that counts clocks and page faults and only claims the rest ---- */

enum { CLOCK = 1, FAULTS, INSTRUCTIONS, NO_START, THIRD, SOFTWARE };

static struct {
    int used, codes[4];
    bool running;
} fake_sets[64];
static int fake_next_set, fake_live_sets, fake_refuse_start_of;

static int fake_init(int version) {
    return version;
}

static int fake_name_to_code(const char *name, int *code) {
    static const struct {
        const char *name;
        int code;
    } events[] = {{"perf::TASK-CLOCK", CLOCK},
                  {"perf::PAGE-FAULTS", FAULTS},
                  {"PAPI_TOT_INS", INSTRUCTIONS},
                  {"no::start", NO_START},
                  {"third", THIRD},
                  {"sde:::me::soft", SOFTWARE},
                  {"perf::CONTEXT-SWITCHES:u=1:k=1", THIRD}};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (strcmp(events[i].name, name) == 0) {
            *code = events[i].code;
            return PAPI_OK;
        }
    }
    return PAPI_ENOEVNT;
}

static int fake_component(int code) {
    return code == SOFTWARE ? 2 : 0;
}

static int fake_create(int *set) {
    *set = fake_next_set++;
    fake_live_sets++;
    return PAPI_OK;
}

static int fake_add(int set, int code) {
    if (code == INSTRUCTIONS)
        return PAPI_ENOEVNT;
    if (fake_sets[set].used == 2)
        return PAPI_ECNFLCT;
    fake_sets[set].codes[fake_sets[set].used++] = code;
    return PAPI_OK;
}

static int fake_start(int set) {
    if (fake_sets[set].codes[0] == NO_START || fake_sets[set].codes[0] == fake_refuse_start_of)
        return PAPI_ESYS;
    fake_sets[set].running = true;
    return PAPI_OK;
}

static int fake_remove(int set, int code) {
    assert_int_equal(fake_sets[set].codes[fake_sets[set].used - 1], code);
    fake_sets[set].used--;
    return PAPI_OK;
}

static int fake_multiplex(int set, int component) {
    (void)set, (void)component;
    return PAPI_ECMP;
}

static int fake_read(int set, long long *values) {
    for (int i = 0; values && i < fake_sets[set].used; i++)
        values[i] = 100LL * fake_sets[set].codes[i];
    return fake_sets[set].running ? PAPI_OK : PAPI_ENOTRUN;
}

static int fake_stop(int set, long long *values) {
    int rc = fake_read(set, values);
    fake_sets[set].running = false;
    return rc;
}

static int fake_cleanup(int set) {
    fake_sets[set].used = 0;
    return PAPI_OK;
}

static int fake_destroy(int *set) {
    fake_live_sets--;
    *set = PAPI_NULL;
    return PAPI_OK;
}

static char *fake_strerror(int code) {
    static char text[32];
    snprintf(text, sizeof text, "code %d", code);
    return text;
}

static const char *fake_reason;

static const char *fake_disabled(const char *component) {
    return strcmp(component, "perf_event") == 0 ? fake_reason : NULL;
}

static const struct papi_backend fake = {
    .library_init = fake_init,
    .name_to_code = fake_name_to_code,
    .event_component = fake_component,
    .create_set = fake_create,
    .add = fake_add,
    .remove = fake_remove,
    .multiplex = fake_multiplex,
    .start = fake_start,
    .stop = fake_stop,
    .read = fake_read,
    .cleanup = fake_cleanup,
    .destroy = fake_destroy,
    .strerror = fake_strerror,
    .component_disabled = fake_disabled,
};

static int use_fake(void **state) {
    (void)state;
    memset(fake_sets, 0, sizeof fake_sets);
    fake_next_set = fake_live_sets = fake_refuse_start_of = 0;
    fake_reason = NULL;
    papi_backend = &fake;
    return 0;
}

static int use_real(void **state) {
    (void)state;
    papi_backend = &papi_backend_real;
    return 0;
}

/* Software-defined events come from libsde, which needs no host: the real one serves. */
static struct papi_counters_exports *export_soft(void) {
    static uint64_t soft;
    struct papi_counter_export own = {"soft", "things", &soft};
    char err[128];
    return papi_counters_export("me", &own, 1, err, sizeof err);
}

static void wants_value(const struct papi_counters *c, size_t i, long long value) {
    struct papi_counter_value v = papi_counters_get(c, i);
    assert_true(v.known);
    assert_int_equal(v.value, value);
    assert_string_equal(v.reason, "");
}

static void wants_absent(const struct papi_counters *c, size_t i, const char *reason) {
    struct papi_counter_value v = papi_counters_get(c, i);
    assert_false(v.known);
    assert_string_equal(v.reason, reason);
}

static void one_bad_event_spoils_no_other(void **state) {
    (void)state;
    struct papi_counters_exports *x = export_soft();
    const char *names[] = {"PAPI_TOT_INS", "perf::TASK-CLOCK", "no::such",
                           "no::start",    "sde:::me::soft",   "perf::PAGE-FAULTS"};
    struct papi_counters *c = papi_counters_open(names, 6, x, false);
    assert_non_null(c);
    wants_absent(c, 1, "not counted yet");
    papi_counters_start(c);
    papi_counters_stop(c);
    wants_absent(c, 0, "add: code -7");
    wants_value(c, 1, 100LL * CLOCK);
    assert_string_equal(papi_counters_get(c, 1).unit, "ns");
    wants_absent(c, 2, "name: code -7");
    wants_absent(c, 3, "start: code -3");
    wants_value(c, 4, 100LL * SOFTWARE);
    wants_value(c, 5, 100LL * FAULTS);
    papi_counters_close(c);
    assert_int_equal(fake_live_sets, 0);
    papi_counters_unexport(x);
}

static void an_event_that_does_not_fit_is_absent(void **state) {
    (void)state;
    const char *names[] = {"perf::TASK-CLOCK", "perf::PAGE-FAULTS", "third"};
    struct papi_counters *c = papi_counters_open(names, 3, NULL, false);
    papi_counters_start(c);
    papi_counters_read(c);
    wants_value(c, 0, 100LL * CLOCK);
    papi_counters_stop(c);
    wants_value(c, 1, 100LL * FAULTS);
    wants_absent(c, 2, "add beside the events before it: code -8");
    papi_counters_close(c);
}

/* Multiplexing is refused by hosts too; what fits is counted then. */
static void what_fits_is_counted_when_multiplexing_is_refused(void **state) {
    (void)state;
    const char *names[] = {"perf::TASK-CLOCK", "perf::PAGE-FAULTS", "third"};
    struct papi_counters *c = papi_counters_open(names, 3, NULL, true);
    papi_counters_start(c);
    papi_counters_stop(c);
    wants_value(c, 0, 100LL * CLOCK);
    wants_value(c, 1, 100LL * FAULTS);
    wants_absent(c, 2, "share the hardware: code -4");
    assert_false(papi_counters_get(c, 0).multiplexed);
    papi_counters_close(c);
    assert_int_equal(fake_live_sets, 0);
}

static void a_set_that_will_not_start_makes_its_events_absent(void **state) {
    (void)state;
    struct papi_counters_exports *x = export_soft();
    const char *names[] = {"perf::TASK-CLOCK", "sde:::me::soft"};
    struct papi_counters *c = papi_counters_open(names, 2, x, false);
    fake_refuse_start_of = CLOCK;
    papi_counters_start(c);
    papi_counters_stop(c);
    wants_absent(c, 0, "start together: code -3");
    wants_value(c, 1, 100LL * SOFTWARE);
    papi_counters_close(c);
    papi_counters_unexport(x);
}

static void a_disabled_component_says_why(void **state) {
    (void)state;
    fake_reason = "no default PMU found";
    const char *name = "perf::INSTRUCTIONS";
    struct papi_counters *c = papi_counters_open(&name, 1, NULL, false);
    papi_counters_start(c);
    papi_counters_stop(c);
    wants_absent(c, 0, "name: PAPI counts no such event on this host: no default PMU found");
    papi_counters_close(c);
}

static void switches_are_counted_in_the_kernel(void **state) {
    (void)state;
    const char *name = "perf::CONTEXT-SWITCHES";
    struct papi_counters *c = papi_counters_open(&name, 1, NULL, false);
    papi_counters_start(c);
    papi_counters_stop(c);
    wants_value(c, 0, 100LL * THIRD);
    assert_string_equal(papi_counters_get(c, 0).name, "perf::CONTEXT-SWITCHES");
    papi_counters_close(c);
}

static void exported_counters_count_from_start_to_stop(void **state) {
    (void)state;
    static uint64_t blocks = 5, nanoseconds = 1;
    struct papi_counter_export own[] = {{"blocks", "blocks", &blocks}, {"time", "ns", &nanoseconds}};
    char err[128] = "";
    struct papi_counters_exports *x = papi_counters_export("papi_test", own, 2, err, sizeof err);
    assert_non_null(x);
    const char *names[] = {"sde:::papi_test::blocks", "sde:::papi_test::time", "sde:::papi_test::none"};
    struct papi_counters *c = papi_counters_open(names, 3, x, false);
    papi_counters_start(c);
    blocks += 12;
    papi_counters_read(c);
    wants_value(c, 0, 12);
    nanoseconds += 7;
    papi_counters_stop(c);
    wants_value(c, 0, 12);
    wants_value(c, 1, 7);
    assert_string_equal(papi_counters_get(c, 0).unit, "blocks");
    assert_string_equal(papi_counters_get(c, 1).unit, "ns");
    assert_false(papi_counters_get(c, 2).known);
    papi_counters_close(c);
    papi_counters_unexport(x);
}

/* Whatever this host can do, each event has a value or a reason. */
static void this_host_counts_or_says_why(void **state) {
    (void)state;
    const char *names[] = {"PAPI_TOT_INS", "perf::TASK-CLOCK", "perf::PAGE-FAULTS", "perf::INSTRUCTIONS", "no::such"};
    struct papi_counters *c = papi_counters_open(names, 5, NULL, false);
    papi_counters_start(c);
    papi_counters_stop(c);
    assert_int_equal(papi_counters_count(c), 5);
    for (size_t i = 0; i < 5; i++) {
        struct papi_counter_value v = papi_counters_get(c, i);
        print_message("%s: %s\n", v.name, v.known ? "counted" : v.reason);
        assert_true(v.known == (v.reason[0] == 0));
    }
    assert_false(papi_counters_get(c, 4).known);
    papi_counters_close(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(one_bad_event_spoils_no_other, use_fake),
        cmocka_unit_test_setup(an_event_that_does_not_fit_is_absent, use_fake),
        cmocka_unit_test_setup(what_fits_is_counted_when_multiplexing_is_refused, use_fake),
        cmocka_unit_test_setup(a_set_that_will_not_start_makes_its_events_absent, use_fake),
        cmocka_unit_test_setup(a_disabled_component_says_why, use_fake),
        cmocka_unit_test_setup(switches_are_counted_in_the_kernel, use_fake),
        cmocka_unit_test_setup(exported_counters_count_from_start_to_stop, use_real),
        cmocka_unit_test_setup(this_host_counts_or_says_why, use_real),
    };
    return cmocka_run_group_tests_name("papi_counters", tests, NULL, NULL);
}
