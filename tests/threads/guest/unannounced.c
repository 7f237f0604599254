/* Code that one thread changes without announcing it, and another one runs: where writes are watched, the other thread
 * runs the new code from its next call on. The writer waits until the old code has run often enough to be translated,
 * and the threads translate nothing of each other's. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

enum { CALLS = 100 };
typedef uint32_t function(void);

static int rounds = 50;
static _Atomic int announced, ready, wrong;
static uint32_t *code;

static void *caller(void *arg) {
    for (int round = 0; round < rounds; round++) {
        while (announced < round)
            usleep(0);
        for (int i = 0; i < CALLS; i++)
            if (((function *)(uintptr_t)code)() != (uint32_t)round)
                wrong++;
        ready = round + 1;
    }
    return arg;
}

/* In a loop that never leaves translated code but for the interruption. */
static void *looper(void *arg) {
    function *f = (function *)(uintptr_t)code;
    ready = 1;
    while (f() != 12345)
        continue;
    return arg;
}

int main(void) {
    pthread_t t;
    code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    code[0] = 0x03e00008; /* jr $ra */
    code[1] = 0x24020000; /* addiu $v0, $0, 0 */
    pthread_create(&t, NULL, caller, NULL);
    for (int round = 1; round < rounds; round++) {
        while (ready < round)
            usleep(0);
        code[1] = 0x24020000 | (uint32_t)round;
        announced = round;
    }
    pthread_join(t, NULL);
    check("the other thread runs the new code", !wrong);
    ready = 0;
    pthread_create(&t, NULL, looper, NULL);
    while (!ready)
        usleep(0);
    usleep(20000);
    code[1] = 0x24020000 | 12345;
    pthread_join(t, NULL);
    check("a loop in the other thread too", 1);
    return check_end();
}
