/* Linked into a guest program of guests/programs: from before main an interval timer interrupts it every 100
 * microseconds, at whatever instruction it is, and the handler uses integer, multiply and FPU registers. The program's
 * output must not change. With TICKS set, the number of ticks goes to standard error at the end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

static volatile sig_atomic_t ticks;
static volatile double sum;
static volatile unsigned mix;

static void on_tick(int sig) {
    ticks++;
    sum = sum * 1.0001 + (double)sig / (double)ticks;
    mix = mix * 2654435761u + (unsigned)ticks / 3;
}

static void report(void) {
    if (getenv("TICKS"))
        fprintf(stderr, "ticks: %s\n", ticks > 5 ? "many" : "few");
}

__attribute__((constructor)) static void start(void) {
    struct sigaction sa = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    struct itimerval t = {{0, 100}, {0, 100}};
    sigaction(SIGALRM, &sa, NULL);
    setitimer(ITIMER_REAL, &t, NULL);
    atexit(report);
}
