/* Signals to threads: tgkill to each, masks of one's own, process signals taken by whoever lets them, interrupted
 * futexes, cancellation, signals in quick succession into running code, fork in a thread, exit in a thread. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 3 };

static _Atomic int hits[THREADS], wrong, stop, ready;
static __thread int me = -1;
static __thread volatile int mine;

static void note(int sig) {
    (void)sig;
    if (me < 0)
        wrong++;
    else
        hits[me]++;
    mine++;
}

static void *worker(void *arg) {
    unsigned x = 1, y = 1;
    me = (int)(long)arg;
    ready++;
    while (!stop) { /* computes the same twice: no signal may change a register */
        for (int i = 0; i < 100; i++) {
            x = x * 1664525u + 1013904223u;
            y = y * 1664525u + 1013904223u;
        }
        if (x != y)
            wrong++;
    }
    return NULL;
}

static void directed(void) {
    pthread_t t[THREADS];
    signal(SIGUSR1, note);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&t[i], NULL, worker, (void *)i);
    while (ready < THREADS)
        usleep(100);
    for (int n = 1; n <= 100; n++) {
        for (int i = 0; i < THREADS; i++) {
            pthread_kill(t[i], SIGUSR1);
            while (hits[i] < n)
                usleep(0);
        }
    }
    check("one signal for each", hits[0] == 100 && hits[1] == 100 && hits[2] == 100 && !wrong);
    struct itimerval tick = {{0, 100}, {0, 100}}, off = {{0, 0}, {0, 0}};
    sigset_t set;
    signal(SIGALRM, note);
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* main does not take them */
    int before = mine;
    setitimer(ITIMER_REAL, &tick, NULL);
    for (int i = 0; i < 20000 && hits[0] + hits[1] + hits[2] < 330; i++)
        usleep(1000);
    setitimer(ITIMER_REAL, &off, NULL);
    check("timer ticks go to threads that let them", hits[0] + hits[1] + hits[2] >= 330 && mine == before && !wrong);
    stop = 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    signal(SIGALRM, SIG_IGN); /* a last one that nobody took in time is not main's either */
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void *waits(void *arg) {
    sigset_t *set = arg;
    int sig = 0;
    sigwait(set, &sig);
    return (void *)(long)sig;
}

static void waiting(void) {
    pthread_t t;
    sigset_t set, old;
    void *got;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    pthread_create(&t, NULL, waits, &set);
    usleep(1000);
    kill(getpid(), SIGUSR2);
    pthread_join(t, &got);
    check("sigwait in a thread", (long)got == SIGUSR2);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static sem_t never;
static void *sleeps(void *arg) {
    me = 0;
    ready = 1;
    int r = sem_wait(&never);
    return r == -1 && errno == EINTR ? arg : NULL;
}

static void interrupted(void) {
    struct sigaction sa = {.sa_handler = note};
    pthread_t t;
    void *got;
    sigaction(SIGUSR1, &sa, NULL);
    sem_init(&never, 0, 0);
    ready = 0;
    pthread_create(&t, NULL, sleeps, &never);
    while (!ready)
        usleep(100);
    /* Until it is gone: a signal that comes before it waits interrupts nothing. */
    while (pthread_tryjoin_np(t, &got)) {
        pthread_kill(t, SIGUSR1);
        usleep(1000);
    }
    check("sem_wait is interrupted", got == &never);
}

static void *cancelled(void *arg) {
    ready = 1;
    for (;;)
        pause();
    return arg;
}

static void *spins(void *arg) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    ready = 1;
    for (volatile int i = 0;; i++)
        ;
    return arg;
}

static void cancelling(void) {
    pthread_t t;
    void *got;
    for (int i = 0; i < 10; i++) {
        ready = 0;
        pthread_create(&t, NULL, i & 1 ? spins : cancelled, NULL);
        while (!ready)
            usleep(100);
        pthread_cancel(t);
        pthread_join(t, &got);
        wrong += got != PTHREAD_CANCELED;
    }
    check("cancellation", !wrong);
}

static void *forks(void *arg) {
    pid_t pid = fork();
    int status;
    if (pid < 0)
        abort();
    if (pid == 0)
        _exit(syscall(SYS_gettid) == getpid() ? 9 : 1);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 9 ? arg : NULL;
}

static void *stays(void *arg) {
    while (!stop)
        usleep(1000);
    return arg;
}

static void *exits(void *arg) {
    (void)arg;
    exit(6);
}

static void *outlives(void *arg) {
    usleep(10000);
    return arg;
}

static void *in_read(void *arg) {
    char c;
    int fd[2];
    if (pipe(fd) || read(fd[0], &c, 1) != 1)
        abort();
    return arg;
}

static void processes(void) {
    pthread_t t, other;
    void *got;
    int status, good = 1;
    stop = 0;
    pthread_create(&other, NULL, stays, NULL);
    for (int i = 0; i < 5; i++) {
        pthread_create(&t, NULL, forks, &never);
        pthread_join(t, &got);
        good &= got == &never;
    }
    check("fork in a thread", good);
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        abort();
    if (pid == 0) { /* a child with threads of its own, one of which ends it */
        pthread_create(&t, NULL, in_read, NULL);
        pthread_create(&t, NULL, exits, NULL);
        pthread_join(t, NULL);
        _exit(1);
    }
    check("exit in a thread", waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 6);
    pid = fork();
    if (pid < 0)
        abort();
    if (pid == 0) {
        pthread_create(&t, NULL, outlives, NULL);
        syscall(SYS_exit, 5); /* this thread alone */
    }
    check("the first thread may go first", waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    stop = 1;
    pthread_join(other, NULL);
}

int main(void) {
    directed();
    waiting();
    interrupted();
    cancelling();
    processes();
    return check_end();
}
