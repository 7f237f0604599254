/* common.h: what every guest program shares: arguments, output, checks.
 *
 * The programs measure one mechanism each, so everything around it is kept cheap and simple: output is collected in
 * one buffer and leaves by a single write(2), numbers are formatted here, and nothing needs stdio, locale or malloc.
 * A translator that knows a dozen system calls can run them, and little of a short run is start-up.
 *
 * Contract (README.md): `prog [SIZE] [-x [N]]...`; lines of output end in `result: 0x...`; status 0 if the checks
 * passed, 1 after a line `FAILED: ...`, 2 for bad arguments. Nothing here prints a time, an address or an endianness.
 *
 * main() is here: it calls the program's work() once, or, with REPEAT=N and REPEAT_TIMES=FILE in the environment, N times, and
 * leaves the CPU time of each in FILE. What the same work costs once it is translated shows in the later ones, in the same way
 * natively, under QEMU and under jitlab. The output stays that of one call.
 */
#ifndef PROGRAMS_COMMON_H
#define PROGRAMS_COMMON_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Neither inlined nor cloned nor looked into: the call and its arguments stay as written. */
#define APART __attribute__((noipa))

/* The compiler must forget what it knows about an integer; costs no instruction. */
#define OPAQUE(x) __asm__ volatile("" : "+r"(x))

/* Everything in memory may have changed; costs no instruction. */
#define BARRIER() __asm__ volatile("" : : : "memory")

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* An option is one letter. With max > 0 it takes a number min..max, else it is a flag and sets *value to 1. */
struct option {
    char letter;
    uint32_t *value;
    uint32_t min, max;
};

static struct {
    char text[1024];
    size_t used;
    bool failed;
    int to; /* a descriptor */
} out = {.to = 1};

static inline void out_flush(void) {
    size_t at = 0;
    while (at < out.used) {
        ssize_t n = write(out.to, out.text + at, out.used - at);
        if (n <= 0)
            _exit(1);
        at += (size_t)n;
    }
    out.used = 0;
}

static inline void out_text(const char *s) {
    for (; *s; s++) {
        if (out.used == sizeof out.text)
            out_flush();
        out.text[out.used++] = *s;
    }
}

/* Always hexadecimal: decimal would need a 64-bit division, slow start-up work on a 32-bit guest. */
static inline void out_number(uint64_t v) {
    char digits[20];
    char *p = digits + sizeof digits;
    *--p = 0;
    do {
        *--p = "0123456789abcdef"[v & 15];
        v >>= 4;
    } while (v);
    out_text("0x");
    out_text(p);
}

static inline void say(const char *label, uint64_t v) {
    out_text(label);
    out_text(": ");
    out_number(v);
    out_text("\n");
}

static inline void expect(const char *what, uint64_t got, uint64_t want) {
    if (got == want)
        return;
    out.failed = true;
    out_text("FAILED: ");
    out_text(what);
    out_text(": got ");
    out_number(got);
    out_text(", want ");
    out_number(want);
    out_text("\n");
}

/* The last call of every work(): the result line, and the exit status. */
static inline int finish(uint64_t result) {
    if (!out.failed)
        say("result", result);
    out_flush();
    return out.failed ? 1 : 0;
}

static inline bool parse_number(const char *s, uint32_t min, uint32_t max, uint32_t *value) {
    uint64_t v = 0;
    if (!s || !*s)
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return false;
        v = v * 10 + (uint64_t)(*s - '0');
        if (v > max)
            return false;
    }
    *value = (uint32_t)v;
    return v >= min;
}

/* One line on stderr, derived from the option table, and status 2. */
static inline _Noreturn void usage(const char *program, const struct option *options, size_t count) {
    const char *slash = strrchr(program, '/');
    out.used = 0;
    out_text("usage: ");
    out_text(slash ? slash + 1 : program);
    out_text(" [SIZE]");
    for (size_t i = 0; i < count; i++) {
        char flag[] = {' ', '[', '-', options[i].letter, 0};
        out_text(flag);
        out_text(options[i].max ? " N]" : "]");
    }
    out_text("\n");
    _exit(write(2, out.text, out.used) < 0 ? 3 : 2);
}

/* Fills the options and returns SIZE, 1 .. 2^31-1. */
static inline uint32_t arguments(int argc, char **argv, uint32_t size, const struct option *options, size_t count) {
    bool sized = false;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        const struct option *o = NULL;
        if (a[0] == '-' && a[1] && !a[2])
            for (size_t k = 0; k < count; k++)
                if (options[k].letter == a[1])
                    o = &options[k];
        if (o && !o->max)
            *o->value = 1;
        else if (o && i + 1 < argc && parse_number(argv[i + 1], o->min, o->max, o->value))
            i++;
        else if (!o && !sized && parse_number(a, 1, INT32_MAX, &size))
            sized = true;
        else
            usage(argv[0], options, count);
    }
    return size;
}

/* xorshift32: the only source of "random" data, the same everywhere. */
static inline uint32_t next_random(uint32_t *state) {
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

static inline uint32_t rotl32(uint32_t x, unsigned n) {
    return x << (n & 31) | x >> (-n & 31);
}

/* Folds a value into a checksum; order matters, so a swapped pair of results is noticed. */
static inline uint32_t mix(uint32_t sum, uint32_t v) {
    return (rotl32(sum, 5) ^ v) * 0x9e3779b1u;
}

static inline uint32_t mix64(uint32_t sum, uint64_t v) {
    return mix(mix(sum, (uint32_t)v), (uint32_t)(v >> 32));
}

static inline uint32_t mix_double(uint32_t sum, double v) {
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return mix64(sum, bits);
}

#ifndef PROGRAMS_OWN_MAIN /* what includes this and is no program of this folder */

/* The program: what main() would be. It leaves nothing behind that changes its next call. */
int work(int argc, char **argv);

enum { REPEATS = 1000 };

static inline uint64_t cpu_time(void) {
    struct timespec t;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) != 0)
        _exit(3);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline int open_output(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        _exit(3);
    return fd;
}

/* A line a repetition, nanoseconds. */
static inline void write_times(const char *path, const uint64_t *times, uint32_t n) {
    out.to = open_output(path);
    for (uint32_t i = 0; i < n; i++) {
        out_number(times[i]);
        out_text("\n");
    }
    out_flush();
    close(out.to);
}

/* What the later ones say goes nowhere, and must be what the first said. */
static inline int repeat(int argc, char **argv, uint32_t n, const char *path) {
    static uint64_t times[REPEATS];
    static char first[sizeof out.text];
    uint32_t done = 0;
    int status = 0, nowhere = open_output("/dev/null");
    while (done < n && status == 0) {
        memset(out.text, 0, sizeof out.text);
        uint64_t start = cpu_time();
        status = work(argc, argv);
        times[done] = cpu_time() - start;
        if (done++ == 0)
            memcpy(first, out.text, sizeof first);
        else if (memcmp(first, out.text, sizeof first) != 0)
            status = 1;
        out.to = nowhere;
    }
    close(nowhere);
    out.to = 1;
    if (done > 1 && status != 0) {
        out_text("FAILED: a repetition\n");
        out_flush();
    }
    write_times(path, times, done);
    return status;
}

int main(int argc, char **argv) {
    const char *count = getenv("REPEAT"), *path = getenv("REPEAT_TIMES");
    uint32_t n;
    if (count && path && parse_number(count, 1, REPEATS, &n))
        return repeat(argc, argv, n, path);
    return work(argc, argv);
}

#endif
#endif
