/* strings: memory and string functions.
 *
 * Isolates the loops every program spends time in: copy forwards and backwards, fill, compare, length, search. Two
 * or three instructions between branches, one access each. By default these are the loops written here; with -l they
 * are libc's, which on MIPS is hand-written assembly with unaligned words and prefetches, and on the host the widest
 * vector instructions there are: the usual case for offloading (axis `offload`), where they are the host's then. SIZE is the number of passes over a
 * text of 1024 bytes.
 *
 * Both versions must come to the same numbers; the pass results of the other version check every 32nd pass, and
 * those of the first sixteen are known.
 */
#include "common.h"
#include "offload.h"

#ifdef OFFLOAD_OBJECT /* libc's, by the host's */
static char GUEST *host_memcpy(char GUEST *to, const char GUEST *from, size_t n) {
    memcpy(HOST_POINTER(to), HOST_POINTER(from), n);
    return to;
}
static char GUEST *host_memmove(char GUEST *to, const char GUEST *from, size_t n) {
    memmove(HOST_POINTER(to), HOST_POINTER(from), n);
    return to;
}
static char GUEST *host_memset(char GUEST *to, int c, size_t n) {
    memset(HOST_POINTER(to), c, n);
    return to;
}
static size_t host_strlen(const char GUEST *s) {
    return strlen(HOST_POINTER(s));
}
static int host_strcmp(const char GUEST *a, const char GUEST *b) {
    return strcmp(HOST_POINTER(a), HOST_POINTER(b));
}
static const char GUEST *host_strchr(const char GUEST *s, int c) {
    const char *found = strchr(HOST_POINTER(s), c);
    return found ? s + (found - (const char *)HOST_POINTER(s)) : NULL;
}
OFFLOAD_LIBRARY(char GUEST *, memcpy, char GUEST *, const char GUEST *, size_t);
OFFLOAD_LIBRARY(char GUEST *, memmove, char GUEST *, const char GUEST *, size_t);
OFFLOAD_LIBRARY(char GUEST *, memset, char GUEST *, int, size_t);
OFFLOAD_LIBRARY(size_t, strlen, const char GUEST *);
OFFLOAD_LIBRARY(int, strcmp, const char GUEST *, const char GUEST *);
OFFLOAD_LIBRARY(const char GUEST *, strchr, const char GUEST *, int);

#else
enum { LENGTH = 1024 };

static char text[LENGTH + 64], copy[LENGTH + 64];

struct functions {
    void *(*copy)(void *to, const void *from, size_t n);
    void *(*move)(void *to, const void *from, size_t n);
    void *(*set)(void *to, int c, size_t n);
    size_t (*length)(const char *s);
    int (*compare)(const char *a, const char *b);
    char *(*find)(const char *s, int c);
};

/* Without this GCC would recognise the loops and call the library. */
#define PLAIN APART __attribute__((optimize("no-tree-loop-distribute-patterns", "no-tree-vectorize")))

static PLAIN void *plain_copy(void *to, const void *from, size_t n) {
    char *t = to;
    const char *f = from;
    while (n--)
        *t++ = *f++;
    return to;
}

static PLAIN void *plain_move(void *to, const void *from, size_t n) {
    char *t = to;
    const char *f = from;
    if ((uintptr_t)t - (uintptr_t)f >= n)
        return plain_copy(to, from, n);
    while (n--)
        t[n] = f[n];
    return to;
}

static PLAIN void *plain_set(void *to, int c, size_t n) {
    char *t = to;
    while (n--)
        *t++ = (char)c;
    return to;
}

static PLAIN size_t plain_length(const char *s) {
    const char *p = s;
    while (*p)
        p++;
    return (size_t)(p - s);
}

static PLAIN int plain_compare(const char *a, const char *b) {
    while (*a && *a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

static PLAIN char *plain_find(const char *s, int c) {
    for (; *s != (char)c; s++)
        if (!*s)
            return NULL;
    return (char *)(uintptr_t)s;
}

static const struct functions plain = {plain_copy, plain_move, plain_set, plain_length, plain_compare, plain_find};
static const struct functions libc = {memcpy, memmove, memset, strlen, strcmp, strchr};

static uint32_t sign(int v) {
    return v < 0 ? 2 : v > 0;
}

static APART uint32_t pass(const struct functions *f, uint32_t i) {
    uint32_t offset = i & 15, sum;
    char *end;
    f->copy(copy, text + offset, LENGTH + 1 - offset);
    f->move(copy + 3, copy, LENGTH / 2);
    f->set(copy + 64, 'a' + (int)(i & 15), 48);
    sum = (uint32_t)f->length(copy);
    sum = mix(sum, sign(f->compare(copy, text + offset)));
    sum = mix(sum, sign(f->compare(copy + LENGTH / 2 + 3, text + offset + LENGTH / 2 + 3)));
    end = f->find(copy, 'z');
    sum = mix(sum, end ? (uint32_t)(end - copy) : LENGTH);
    return mix(sum, (uint8_t)copy[i % LENGTH]);
}

int work(int argc, char **argv) {
    uint32_t use_libc = 0, seed = 11, sum = 0;
    const struct option options[] = {{'l', &use_libc, 0, 0}};
    uint32_t size = arguments(argc, argv, 4, options, COUNT(options));
    const struct functions *volatile mine = use_libc ? &libc : &plain, *other = use_libc ? &plain : &libc;

    for (int i = 0; i < LENGTH; i++)
        text[i] = (char)('a' + (next_random(&seed) >> 8) % 25);
    text[LENGTH * 3 / 4] = 'z';
    for (uint32_t i = 0; i < size; i++) {
        uint32_t got = pass(mine, i);
        if ((i & 31) == 0)
            expect("the other version's pass", pass(other, i), got);
        sum = mix(sum, got);
        if (i == 15)
            expect("results of sixteen passes", sum, 0x44359b06);
    }
    return finish(sum);
}
#endif
