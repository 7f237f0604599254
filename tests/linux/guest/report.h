/* What the test programs of tests/linux share: every result is printed by name, so that the output under jitlab and
 * under QEMU can be compared; errors by their number, which is MIPS's own. */
#ifndef REPORT_H
#define REPORT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void value(const char *name, long long v) {
    printf("%s = %lld\n", name, v);
}
static inline void text(const char *name, const char *v) {
    printf("%s = '%s'\n", name, v);
}
/* A call's result: the value, or the error's number. */
static inline long long result(const char *name, long long r) {
    if (r < 0)
        printf("%s failed with %d\n", name, errno);
    else
        value(name, r);
    return r;
}
/* A descriptor: only whether there is one. */
static inline int made(const char *name, int fd) {
    if (fd < 0)
        printf("%s failed with %d\n", name, errno);
    else
        printf("%s: made\n", name);
    return fd;
}

#define V(expression) value(#expression, (long long)(expression))
#define R(call) result(#call, (long long)(call))

#endif
