/* What a guest may do around functions that are offloaded, a kind a run; prints what came of it. Built for mipsel, and
 * as its object of host functions.
 *
 * threads: four threads that fold, with calls back, at the same time. patch: the guest changes the code of an offloaded
 * function. code: an offloaded function changes guest code that has run. fork: a child is made in a call back, and
 * goes on from there. alarm: signals come in the middle of host code and of calls back. rounding: a rounding mode and
 * the sticky flags. exit: the last thread ends the process in a call back. wild: a number beyond the guest's memory.
 */
#include "common.h"
#include "offload.h"

GUEST_FUNCTION(step_fn, uint32_t, uint32_t sum, uint32_t v);

APART uint32_t fold(uint32_t n, step_fn step) {
    uint32_t sum = 1;
    for (uint32_t i = 0; i < n; i++)
        sum = GUEST_CALL(uint32_t, step, sum, i);
    return sum;
}
OFFLOAD(uint32_t, fold, uint32_t, step_fn);

APART uint32_t answer(uint32_t v) {
    return v + 1;
}
OFFLOAD(uint32_t, answer, uint32_t);

APART void poke(uint32_t GUEST *at, uint32_t word) {
    *at = word;
}
OFFLOAD_VOID(poke, uint32_t GUEST *, uint32_t);

APART uint32_t spin(uint32_t n) {
    uint32_t v = 1;
    for (; n; n--) {
        v = v * 1664525 + 1013904223;
        OPAQUE(v);
    }
    return v;
}
OFFLOAD(uint32_t, spin, uint32_t);

APART void sums(double GUEST *x, double GUEST *y) {
    double a = *x, b = *y;
    *x = a + b;
    *y = a - b;
}
OFFLOAD_VOID(sums, double GUEST *, double GUEST *);

APART uint32_t far(uint32_t GUEST *at, uint32_t n) {
    return at[n];
}
OFFLOAD(uint32_t, far, uint32_t GUEST *, uint32_t);

#ifndef OFFLOAD_OBJECT
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/cachectl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

static uint32_t child; /* of the call back that forks */
static volatile uint32_t alarms, inside;

static APART uint32_t step(uint32_t sum, uint32_t v) {
    return mix(sum, answer(v));
}

static void *folds(void *arg) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < 400; i++)
        sum = mix(sum, fold(50 + i % 7, step));
    *(uint32_t *)arg = sum;
    return NULL;
}

static void threads(void) {
    pthread_t t[4];
    uint32_t sum[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, folds, &sum[i]);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    printf("%08x %d %d %d\n", sum[0], sum[1] == sum[0], sum[2] == sum[0], sum[3] == sum[0]);
}

static void writable(uintptr_t at) {
    mprotect((void *)(at & ~4095u), 8192, PROT_READ | PROT_WRITE | PROT_EXEC);
}

/* addiu $v0, $a0, by */
static uint32_t adds(uint32_t by) {
    return 0x24820000 | by;
}

enum { RETURN = 0x03e00008 };

static void patch(void) {
    uint32_t *code = (uint32_t *)(uintptr_t)answer, before = answer(5);
    writable((uintptr_t)code);
    code[0] = RETURN;
    code[1] = adds(100);
    cacheflush(code, 8, BCACHE);
    uint32_t now = answer(5);
    code[1] = adds(7);
    cacheflush(code, 8, BCACHE);
    printf("%u %u %u\n", before, now, answer(5));
}

static void code(void) {
    uint32_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), sum = 0;
    uint32_t (*made)(uint32_t) = (uint32_t(*)(uint32_t))(uintptr_t)page;
    page[0] = RETURN;
    page[1] = adds(0);
    cacheflush(page, 8, BCACHE);
    for (uint32_t i = 0; i < 300; i++) {
        for (int k = 0; k < 3; k++)
            sum = mix(sum, made(i));
        poke(page + 1, adds(i + 1));
        cacheflush(page, 8, BCACHE);
    }
    printf("%08x\n", sum);
}

static APART uint32_t forks(uint32_t sum, uint32_t v) {
    if (v == 3)
        child = (uint32_t)fork() == 0;
    return mix(sum, v);
}

static void fork_inside(void) {
    int status = -1;
    uint32_t sum = fold(10, forks);
    if (child)
        exit(sum & 0x7f);
    wait(&status);
    printf("%d\n", (uint32_t)WEXITSTATUS(status) == (sum & 0x7f));
}

static void on_alarm(int sig) {
    (void)sig;
    alarms++;
    inside += fold(3, step) == 0;
}

static void alarm_inside(void) {
    const struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    uint32_t sum = 0, once = spin(100000);
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &often, NULL);
    for (uint32_t i = 0; alarms < 50; i++)
        sum |= fold(20, step) ^ fold(20, step) ^ spin(100000) ^ once;
    setitimer(ITIMER_REAL, &never, NULL);
    printf("%u %d\n", sum, inside == 0);
}

static void rounding(void) {
    double x = 1, y = 0x1p-60, u = 4, v = 2;
    feclearexcept(FE_ALL_EXCEPT);
    sums(&u, &v);
    printf("%d ", fetestexcept(FE_INEXACT) != 0);
    fesetround(FE_UPWARD);
    sums(&x, &y);
    printf("%a %a %d\n", x, y, fetestexcept(FE_INEXACT) != 0);
}

static APART uint32_t leaves(uint32_t sum, uint32_t v) {
    if (v == 5)
        exit(33);
    return sum + v;
}

static void *exits(void *arg) {
    return (void *)(uintptr_t)fold((uint32_t)(uintptr_t)arg, leaves);
}

static void exit_inside(void) {
    pthread_t t;
    pthread_create(&t, NULL, exits, (void *)10);
    pthread_join(t, NULL);
    puts("not reached");
}

static void wild(void) {
    printf("%u\n", far((uint32_t *)16, 0xfffffff0));
}

int work(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } kinds[] = {{"threads", threads},    {"patch", patch},       {"code", code},        {"fork", fork_inside},
                 {"alarm", alarm_inside}, {"rounding", rounding}, {"exit", exit_inside}, {"wild", wild}};
    for (size_t i = 0; argc > 1 && i < COUNT(kinds); i++)
        if (!strcmp(argv[1], kinds[i].name))
            kinds[i].run();
    return 0;
}
#endif
