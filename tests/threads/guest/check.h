/* What the guest test programs of tests/threads share: one line for each check, output that never varies. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

static int check_failures;

/* Prints "name: ok" or "name: FAILED". */
static inline void check(const char *name, int ok) {
    printf("%s: %s\n", name, ok ? "ok" : "FAILED");
    check_failures += !ok;
}

static inline int check_end(void) {
    printf(check_failures ? "FAILED\n" : "passed\n");
    fflush(stdout);
    return check_failures != 0;
}

#endif
