/* System V semaphores, messages and shared memory. The host is the reference. */
#include "report.h"

#include <signal.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <time.h>

enum { PAGE = 4096 };

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

static void perm(const struct ipc_perm *m) {
    V(m->mode & 0777);
    V(m->uid == geteuid() && m->gid == getegid() && m->cuid == m->uid && m->cgid == m->gid);
}

static int recent(time_t t) {
    return llabs((long long)(time(NULL) - t)) < 5;
}

static void nothing(int sig) {
    (void)sig;
}

static void semaphores(void) {
    unsigned short values[3] = {5, 6, 40000 / 2};
    struct semid_ds ds;
    int id = semget(IPC_PRIVATE, 3, 0600 | IPC_CREAT), status;
    V(id >= 0);
    R(semget(12345, 0, 0) < 0 ? -1 : 0);
    R(semctl(id, 0, SETALL, (union semun){.array = values}));
    R(semctl(id, 2, GETVAL));
    R(semctl(id, 1, SETVAL, (union semun){.val = 9}));
    R(semctl(id, 7, GETVAL));
    memset(values, 0, sizeof values);
    R(semctl(id, 0, GETALL, (union semun){.array = values}));
    V(values[0] * 1000000LL + values[1] * 100000 + values[2]);
    R(semctl(id, 0, GETALL, (union semun){.array = (unsigned short *)8}));
    struct sembuf ops[2] = {{0, -5, 0}, {1, 3, SEM_UNDO}}, wait = {0, -1, 0}, no_wait = {0, -1, IPC_NOWAIT};
    R(semop(id, ops, 2));
    R(semop(id, &no_wait, 1));
    R(semop(id, (struct sembuf *)8, 1));
    struct timespec soon = {0, 20000000};
    R(semtimedop(id, &wait, 1, &soon));
    R(semctl(id, 0, IPC_STAT, (union semun){.buf = &ds}));
    perm(&ds.sem_perm);
    V(ds.sem_nsems);
    V(recent(ds.sem_otime) && recent(ds.sem_ctime));
    ds.sem_perm.mode = 0640;
    R(semctl(id, 0, IPC_SET, (union semun){.buf = &ds}));
    R(semctl(id, 0, IPC_STAT, (union semun){.buf = &ds}));
    V(ds.sem_perm.mode & 0777);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) { /* takes what the parent gives */
        struct sembuf give = {2, 1, 0};
        _exit(semop(id, &wait, 1) == 0 && semop(id, &give, 1) == 0 ? 3 : 4);
    }
    struct sembuf give = {0, 1, 0};
    R(semop(id, &give, 1));
    V(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3);
    R(semctl(id, 2, GETVAL));
    V(semctl(id, 2, GETPID) == pid);
    /* with SA_RESTART too a signal ends the wait */
    struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    ualarm(20000, 20000);
    R(semop(id, &wait, 1));
    ualarm(0, 0);
    R(semctl(id, 0, IPC_RMID));
    R(semop(id, &give, 1));
}

static void messages(void) {
    struct {
        long type;
        char text[64];
    } m = {7, "seven"}, got;
    struct msqid_ds ds;
    int id = msgget(IPC_PRIVATE, 0600 | IPC_CREAT);
    V(id >= 0);
    R(msgsnd(id, &m, 6, 0));
    m.type = 70000;
    strcpy(m.text, "a longer one");
    R(msgsnd(id, &m, 13, 0));
    m.type = 0;
    R(msgsnd(id, &m, 1, 0));
    R(msgsnd(id, (void *)8, 1, 0));
    R(msgctl(id, IPC_STAT, &ds));
    perm(&ds.msg_perm);
    V(ds.msg_qnum);
    V(ds.msg_lspid == getpid() && ds.msg_lrpid == 0);
    V(recent(ds.msg_stime) && ds.msg_rtime == 0 && recent(ds.msg_ctime));
    long before = (long)ds.msg_qbytes;
    ds.msg_qbytes = 4000;
    R(msgctl(id, IPC_SET, &ds));
    R(msgctl(id, IPC_STAT, &ds));
    V(ds.msg_qbytes);
    V(before >= 4000);
    memset(&got, 0, sizeof got);
    R(msgrcv(id, &got, 4, 70000, 0));
    R(msgrcv(id, &got, 4, 70000, MSG_NOERROR));
    V(got.type);
    text("text", got.text);
    V(msgrcv(id, &got, sizeof got.text, 3, IPC_NOWAIT) < 0 && errno == ENOMSG);
    R(msgrcv(id, &got, sizeof got.text, -9, IPC_NOWAIT));
    V(got.type);
    text("text", got.text);
    R(msgctl(id, IPC_RMID, NULL));
    R(msgrcv(id, &got, sizeof got.text, 0, 0));
}

/* Code that returns n is written through one view, and run through another: on MIPS only. */
static void write_code(char *at, int n) {
    uint32_t *w = (void *)at;
    w[0] = 0x03e00008;               /* jr $ra */
    w[1] = 0x24020000 | (uint32_t)n; /* addiu $v0, $0, n */
}
static int run_code(char *at) {
#ifdef __mips__
    return ((int (*)(void))(uintptr_t)at)();
#else
    return (int)(((uint32_t *)(void *)at)[1] & 0xffff);
#endif
}

static void shared_memory(void) {
    struct shmid_ds ds;
    int id = shmget(IPC_PRIVATE, 3 * PAGE - 100, 0600 | IPC_CREAT), status, sum = 0;
    V(id >= 0);
    char *a = shmat(id, NULL, 0), *b = shmat(id, NULL, SHM_EXEC), *c = shmat(id, NULL, SHM_RDONLY);
    V(a != (void *)-1 && b != (void *)-1 && c != (void *)-1 && a != b);
    V(((uintptr_t)a | (uintptr_t)b) & (PAGE - 1));
    a[10] = 'x';
    b[3 * PAGE - 1] = 'y';
    V(b[10]);
    V(c[3 * PAGE - 1]);
    R(shmctl(id, IPC_STAT, &ds));
    perm(&ds.shm_perm);
    V(ds.shm_segsz);
    V(ds.shm_nattch);
    V(ds.shm_cpid == getpid() && recent(ds.shm_atime) && recent(ds.shm_ctime) && ds.shm_dtime == 0);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        a[20] = 'z';
        _exit(shmctl(id, IPC_STAT, &ds) == 0 ? (int)ds.shm_nattch : 99);
    }
    V(waitpid(pid, &status, 0) == pid);
    V(WEXITSTATUS(status));
    V(b[20]);
    for (int round = 0; round < 600; round++) { /* left alone for some rounds, so that it is translated */
        if (round % 100 == 0 || round > 500)
            write_code(a + PAGE, round);
        sum += run_code(b + PAGE);
    }
    V(sum);
    V((long)shmat(id, a + 8, 0));
    V((long)shmat(id, a, 0));
    V(shmat(id, a, SHM_REMAP) == a);
    V(a[10]);
    R(shmdt(a + PAGE));
    R(munmap(b + PAGE, PAGE));
    R(shmdt(b));
    V(mprotect(b + 2 * PAGE, PAGE, PROT_READ));
    R(shmctl(id, IPC_STAT, &ds));
    V(ds.shm_nattch);
    R(shmctl(id, IPC_RMID, NULL));
    V(a[10]);
    R(shmdt(a));
    R(shmdt(a));
    V(c[20]);
    R(shmdt(c));
    V((long)shmat(id, NULL, 0));
    R(shmget(IPC_PRIVATE, 0, 0600));
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    semaphores();
    messages();
    shared_memory();
    return 0;
}
