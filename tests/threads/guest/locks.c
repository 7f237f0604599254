/* Threads that share memory: atomic counters (LL and SC), spin locks with barriers, mutexes, condition variables,
 * barriers, read-write locks, robust mutexes, thread-local data, and storms of short-lived threads. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 4 };

static int rounds = 20000;
static pthread_t threads[THREADS];

static void in_parallel(void *(*fn)(void *)) {
    for (long i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, fn, (void *)i))
            abort();
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

/* ---- atomics ---- */

static _Atomic unsigned counter;
static _Atomic unsigned char bytes[4];
static unsigned spun;
static atomic_flag flag = ATOMIC_FLAG_INIT;

static void *count(void *arg) {
    for (int i = 0; i < rounds; i++) {
        atomic_fetch_add(&counter, 1);
        atomic_fetch_add(&bytes[(long)arg], 1); /* four bytes of one word: each SC meets the others' */
    }
    return NULL;
}

/* A thread that has counted while it was alone goes on with others beside it: what was translated for the time alone
 * may not be used any more. */
static void *count_at(void *arg) {
    _Atomic unsigned *at = arg; /* and behind it how many are there to begin with */
    atomic_fetch_add(&at[1], 1);
    while (at[1] < 2)
        usleep(0);
    for (int i = 0; i < rounds * 40; i++)
        atomic_fetch_add(at, 1);
    return NULL;
}

static void no_longer_alone(void) {
    static _Atomic unsigned alone[2] = {0, 1}, with_thread[2];
    unsigned both = 2 * (unsigned)rounds * 40;
    pthread_t other;
    int status = 1;
    count_at(alone);
    _Atomic unsigned *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    pid_t pid = fork();
    count_at(shared);
    if (pid == 0)
        _exit(0);
    waitpid(pid, &status, 0);
    check("counter shared with a process", status == 0 && *shared == both);
    if (pthread_create(&other, NULL, count_at, with_thread))
        abort();
    count_at(with_thread);
    pthread_join(other, NULL);
    check("counter shared with a thread", with_thread[0] == both);
}

static void *spin(void *arg) {
    for (int i = 0; i < rounds / 10; i++) {
        while (atomic_flag_test_and_set_explicit(&flag, memory_order_acquire))
            usleep(0);
        spun = spun + 1;
        atomic_flag_clear_explicit(&flag, memory_order_release);
    }
    return arg;
}

/* Dekker's way: works only if SYNC keeps a store from passing a later load. */
static _Atomic int wants[2], turn;
static int inside, collisions;

static void *dekker(void *arg) {
    long me = (long)arg;
    if (me > 1)
        return NULL;
    for (int i = 0; i < rounds / 10; i++) {
        atomic_store(&wants[me], 1);
        while (atomic_load(&wants[1 - me])) {
            if (atomic_load(&turn) != me) {
                atomic_store(&wants[me], 0);
                while (atomic_load(&turn) != me)
                    usleep(0);
                atomic_store(&wants[me], 1);
            }
        }
        if (++inside != 1)
            collisions++;
        inside--;
        atomic_store(&turn, 1 - (int)me);
        atomic_store(&wants[me], 0);
    }
    atomic_store(&turn, 1 - (int)me);
    return NULL;
}

/* ---- pthreads ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static int locked, whose, pair[2], torn, passed[THREADS], sent, received;

static void *lock(void *arg) {
    for (int i = 0; i < rounds; i++) {
        pthread_mutex_lock(&mutex);
        locked = locked + 1;
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

/* Round the circle: each thread waits for its turn. */
static void *circle(void *arg) {
    for (int i = 0; i < rounds / 40; i++) {
        pthread_mutex_lock(&mutex);
        while (whose != (int)(long)arg)
            pthread_cond_wait(&cond, &mutex);
        whose = (whose + 1) % THREADS;
        locked++;
        pthread_cond_broadcast(&cond);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void *read_write(void *arg) {
    for (int i = 0; i < rounds / 10; i++) {
        if ((i + (long)arg) % 8 == 0) {
            pthread_rwlock_wrlock(&rwlock);
            pair[0]++;
            pair[1]++;
            pthread_rwlock_unlock(&rwlock);
        } else {
            pthread_rwlock_rdlock(&rwlock);
            if (pair[0] != pair[1])
                torn = 1;
            pthread_rwlock_unlock(&rwlock);
        }
    }
    return NULL;
}

static void *phases(void *arg) {
    for (int i = 1; i <= 100; i++) {
        passed[(long)arg] = i;
        pthread_barrier_wait(&barrier);
        for (int k = 0; k < THREADS; k++)
            if (passed[k] != i)
                torn = 1;
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static void *post_wait(void *arg) {
    for (int i = 0; i < rounds / 20; i++) {
        if ((long)arg & 1) {
            sem_post(&semaphore);
        } else {
            while (sem_wait(&semaphore))
                ;
            __atomic_add_fetch(&received, 1, __ATOMIC_SEQ_CST);
        }
    }
    return NULL;
}

static pthread_mutex_t robust;
static void *dies_with_it(void *arg) {
    pthread_mutex_lock(&robust);
    return arg;
}

static __thread int own = 5;
static _Atomic int own_wrong;
static void *own_data(void *arg) {
    for (int i = 0; i < rounds; i++)
        own += 1 + (int)(long)arg;
    if (own != 5 + rounds * (1 + (int)(long)arg))
        own_wrong = 1;
    errno = (int)(long)arg;
    usleep(100);
    if (errno != (int)(long)arg)
        own_wrong = 1;
    return NULL;
}

/* ---- storms ---- */

static _Atomic int lived;
static void *live(void *arg) {
    lived++;
    return arg;
}

static void storm(void) {
    int wrong = 0;
    for (int i = 0; i < 50; i++) {
        pthread_t t[8];
        void *result;
        for (long k = 0; k < 8; k++)
            if (pthread_create(&t[k], NULL, live, (void *)(k * 3)))
                abort();
        for (long k = 0; k < 8; k++) {
            pthread_join(t[k], &result);
            wrong += result != (void *)(k * 3);
        }
    }
    check("storm of joined threads", lived == 400 && !wrong);
    lived = 0;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 100; i++) {
        pthread_t t;
        while (pthread_create(&t, &detached, live, NULL))
            usleep(100);
    }
    while (lived < 100)
        usleep(100);
    check("storm of detached threads", lived == 100);
}

int main(int argc, char **argv) {
    if (argc > 1)
        rounds = atoi(argv[1]);
    no_longer_alone();
    in_parallel(count);
    int same = 1;
    for (int i = 0; i < THREADS; i++)
        same &= bytes[i] == (unsigned char)rounds;
    check("atomic counter", counter == (unsigned)(THREADS * rounds));
    check("atomic bytes", same);
    in_parallel(spin);
    check("spin lock", spun == (unsigned)(THREADS * (rounds / 10)));
    in_parallel(dekker);
    check("barriers", collisions == 0);
    in_parallel(lock);
    check("mutex", locked == THREADS * rounds);
    locked = 0;
    in_parallel(circle);
    check("condition variable", locked == THREADS * (rounds / 40) && whose == 0);
    in_parallel(read_write);
    check("read-write lock", !torn && pair[0] == pair[1] && pair[0] > 0);
    pthread_barrier_init(&barrier, NULL, THREADS);
    in_parallel(phases);
    check("barrier", !torn);
    sem_init(&semaphore, 0, 0);
    in_parallel(post_wait);
    check("semaphore", received == THREADS / 2 * (rounds / 20));
    in_parallel(own_data);
    check("thread-local data", !own_wrong && own == 5);
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attr);
    pthread_create(&threads[0], NULL, dies_with_it, NULL);
    pthread_join(threads[0], NULL);
    check("robust mutex", pthread_mutex_lock(&robust) == EOWNERDEAD);
    storm();
    (void)sent;
    return check_end();
}
