/* Threads that write and run code at the same time.
 *
 * First: one thread rewrites a function (its constant) and announces it; others call it all the time and must see
 * either the old or the new one, and the new one as soon as they know of it. They must never go back to the old one
 * either, unless the second argument is "unwatched": before the announcement the architecture leaves open what they
 * see, and where nobody watches stores they may run the new code in one place and the old in another. Also when much
 * stands in their loop before they look whether they know, so that the change comes while they are in a region that has
 * the old function inlined further on. Second: every thread writes functions of its own, side by side on the same
 * pages, and calls them. Third: pages of code are unmapped, mapped again and filled by one thread while others run what
 * is elsewhere; what it hands over to them is new each time. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/cachectl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

enum { CALLERS = 2, THREADS = 3, PAGE = 4096, TURNS = 64, AREA = TURNS * 64 * PAGE };
typedef uint32_t function(void);

static int rounds = 3000;
static _Atomic uint32_t announced, calls;
static _Atomic int wrong, stop;
static uint32_t *code;
static uint32_t remembered = UINT32_MAX; /* 0: what was seen last does not count */

/* lui $2, hi; ori $2, $2, lo; jr $31; nop. The value's halves are written one after the other, so that only one of them
 * may change at a time. */
static void emit(uint32_t *at, uint32_t value) {
    at[0] = 0x3c020000 | value >> 16;
    at[1] = 0x34420000 | (value & 0xffff);
    at[2] = 0x03e00008;
    at[3] = 0;
}

static uint32_t call(const void *at) {
    return ((function *)(uintptr_t)at)();
}

static uint32_t look(uint32_t last) {
    uint32_t least = announced, got = call(code);
    if (got < least || got < last)
        wrong++;
    return got;
}

static void *caller(void *arg) {
    uint32_t last = 0, keep = remembered;
    while (!stop)
        last = look(last) & keep;
    return arg;
}

/* Its loop has 64 stores to new pages, which the host has to find first: most of the time goes there. */
static void *slow_caller(void *area) {
    uint32_t last = 0, keep = remembered;
    while (!stop) {
        uint8_t *at = area;
        madvise(area, AREA, MADV_DONTNEED);
        for (int i = 0; i < TURNS && !stop; i++) {
            __asm__ volatile(".rept 64\n\tsw $0, 0(%0)\n\taddiu %0, %0, 4096\n\t.endr" : "+r"(at) : : "memory");
            last = look(last) & keep;
            calls++;
        }
    }
    return NULL;
}

static void *new_pages(uint32_t bytes, int prot) {
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE | prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/* Threads that run caller while the code changes `changes` times, with at least `runs` calls before each. */
static void patch_under(void *(*caller)(void *), int changes, int runs) {
    pthread_t t[CALLERS];
    void *area = new_pages(CALLERS * AREA, 0);
    stop = 0;
    announced = 0;
    calls = 0;
    code = new_pages(2 * PAGE, PROT_EXEC);
    emit(code, 0);
    cacheflush(code, 16, BCACHE);
    for (int i = 0; i < CALLERS; i++)
        pthread_create(&t[i], NULL, caller, (uint8_t *)area + i * AREA);
    for (int i = 1; i <= changes; i++) {
        for (uint32_t from = calls; calls - from < (uint32_t)runs;)
            usleep(50);
        code[1] = 0x34420000 | (uint32_t)i;
        cacheflush(code, 16, BCACHE);
        announced = (uint32_t)i;
        if (i % 64 == 0)
            usleep(0);
    }
    stop = 1;
    for (int i = 0; i < CALLERS; i++)
        pthread_join(t[i], NULL);
    munmap(area, CALLERS * AREA);
    if (call(code) != (uint32_t)changes)
        wrong++;
}

static void one_writer(void) {
    patch_under(caller, rounds, 0);
    check("one thread patches, others run it", !wrong);
    wrong = 0;
    for (int i = 0; i < rounds / 25; i++)
        patch_under(slow_caller, 1, 100);
    check("the others are in the middle of a region", !wrong);
}

static void *own_code(void *arg) {
    uint32_t me = (uint32_t)(uintptr_t)arg;
    for (int i = 0; i < rounds / 3; i++) {
        uint32_t *at = code + 4 * (me + THREADS * (uint32_t)(i % 16));
        uint32_t value = me << 24 | (uint32_t)i;
        emit(at, value);
        cacheflush(at, 16, BCACHE);
        for (int k = 0; k < 3; k++)
            if (call(at) != value)
                wrong++;
    }
    return NULL;
}

static void side_by_side(void) {
    pthread_t t[THREADS];
    wrong = 0;
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&t[i], NULL, own_code, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    check("each thread patches and runs its own", !wrong);
}

static uint32_t *_Atomic given;
static void *runner(void *arg) {
    uint32_t *last = NULL, seen = 0;
    while (!stop) {
        uint32_t *now = given;
        if (now && now != last) {
            uint32_t got = call(now);
            if (got <= seen)
                wrong++;
            seen = got;
            given = NULL;
        }
    }
    return arg;
}

static void mapped_anew(void) {
    pthread_t t;
    uint32_t *place = new_pages(2 * PAGE, PROT_EXEC);
    stop = wrong = 0;
    given = NULL;
    pthread_create(&t, NULL, runner, NULL);
    for (int i = 1; i <= rounds / 10; i++) {
        munmap(place, PAGE);
        if (mmap(place, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
            place)
            abort();
        emit(place, (uint32_t)i);
        cacheflush(place, 16, BCACHE);
        given = place;
        while (given)
            usleep(0);
    }
    stop = 1;
    pthread_join(t, NULL);
    check("code mapped anew for another thread", !wrong);
}

int main(int argc, char **argv) {
    if (argc > 1)
        rounds = atoi(argv[1]);
    if (argc > 2 && !strcmp(argv[2], "unwatched"))
        remembered = 0;
    one_writer();
    side_by_side();
    mapped_anew();
    return check_end();
}
