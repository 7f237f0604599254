/* The input is guest code: it runs on the interpreter and, when it ends there, in translated code with the same result.
 */
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/words.h"

/* What is not promised to agree: FCSR's Cause as read by CFC1, and traps on an old Cause (jit/README.md). */
static bool comparable(const struct program *p) {
    enum { COP1_CONTROL = 0x44400000, MASK = 0xff600000 };
    for (unsigned i = 0; i < p->count; i++)
        if ((p->word[i] & MASK) == COP1_CONTROL)
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct program p;
    static struct outcome want, got;
    const char *settings;
    if (!words_program(&p, &settings, bytes, size) || !comparable(&p))
        return 0;
    p.mode &= ~(uint32_t)JL_MODE_FR; /* with FR=1 a double may be read whose upper half is undefined */
    struct target *ref = words_target("backend=interp", p.mode & JL_MODE_BE);
    struct target *t = words_target(settings, p.mode & JL_MODE_BE);
    target_run(ref, &p, &want);
    if (want.exit == JL_EXIT_SLICE)
        return 0;
    target_run(t, &p, &got);
    if (outcome_same(&want, &got))
        return 0;
    program_print(&p, settings, stderr);
    fprintf(stderr, "differs from the interpreter: save the program and run random_test --replay FILE\n");
    abort();
}
