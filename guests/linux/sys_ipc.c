/* System V semaphores, message queues and shared memory: the host's, under the host's numbers and keys. The calls exist
 * twice: on their own, and as the many functions of ipc. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

#include "guests/linux/host_call.h"
#include "guests/linux/thread.h"

enum { NEW_LAYOUT = 0x100, MOST_OPERATIONS = 500, LONGEST_MESSAGE = 1 << 20 };
enum { PERM_BYTES = 36, SEMID_BYTES = 56, MSQID_BYTES = 88, SHMID_BYTES = 72 };

/* ---- what all three have ---- */

static void put_perm(struct jl_process *p, uint8_t *at, const struct ipc_perm *perm) {
    const uint32_t words[6] = {(uint32_t)perm->__key, perm->uid, perm->gid, perm->cuid, perm->cgid, perm->mode};
    memset(at, 0, PERM_BYTES);
    for (unsigned i = 0; i < 6; i++)
        jl_put32(p, at + 4 * i, words[i]);
    jl_put16(p, at + 24, perm->__seq);
}

/* What IPC_SET may change. */
static void get_perm(struct jl_process *p, const uint8_t *at, struct ipc_perm *perm) {
    perm->uid = jl_get32(p, at + 4);
    perm->gid = jl_get32(p, at + 8);
    perm->mode = (unsigned short)jl_get32(p, at + 20);
}

/* A time in two words that are not beside each other. */
static void put_split_time(struct jl_process *p, uint8_t *low, uint8_t *high, time_t t) {
    jl_put32(p, low, (uint32_t)t);
    jl_put32(p, high, (uint32_t)((uint64_t)t >> 32));
}

/* ---- semaphores ---- */

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

static int64_t operate(struct jl_process *p, uint32_t id, uint32_t addr, uint32_t n, uint32_t time, bool wide) {
    struct sembuf ops[MOST_OPERATIONS];
    struct timespec t;
    if (n > MOST_OPERATIONS)
        return -E2BIG;
    const uint8_t *in = jl_mem_readable(p->mem, addr, 6 * (uint64_t)n);
    if (!in || (time && !jl_guest_get_time(p, time, wide, &t)))
        return -EFAULT;
    for (uint32_t i = 0; i < n; i++)
        ops[i] = (struct sembuf){jl_get16(p, in + 6 * i), (short)jl_get16(p, in + 6 * i + 2),
                                 (short)jl_get16(p, in + 6 * i + 4)};
    return jl_host_call(SYS_semtimedop, (int32_t)id, ops, n, time ? &t : NULL);
}

static int64_t sem_status(struct jl_process *p, uint32_t id, uint32_t number, int cmd, uint32_t addr) {
    struct semid_ds ds = {0};
    uint8_t *at = jl_mem_writable(p->mem, addr, SEMID_BYTES);
    if (cmd == IPC_SET && at)
        get_perm(p, at, &ds.sem_perm);
    int64_t r = at ? jl_result(semctl((int)id, (int)number, cmd, (union semun){.buf = &ds})) : -EFAULT;
    if (r < 0 || cmd == IPC_SET)
        return r;
    put_perm(p, at, &ds.sem_perm);
    put_split_time(p, at + 36, at + 48, ds.sem_otime);
    put_split_time(p, at + 40, at + 52, ds.sem_ctime);
    jl_put32(p, at + 44, (uint32_t)ds.sem_nsems);
    return r;
}

static int64_t sem_all(struct jl_process *p, uint32_t id, int cmd, uint32_t addr) {
    struct semid_ds ds = {0};
    if (semctl((int)id, 0, IPC_STAT, (union semun){.buf = &ds}) < 0)
        return -errno;
    uint64_t n = ds.sem_nsems;
    unsigned short *values = calloc(n + 1, sizeof *values);
    uint8_t *at = jl_mem_writable(p->mem, addr, 2 * n);
    int64_t r = !values ? -ENOMEM : !at ? -EFAULT : 0;
    for (uint64_t i = 0; r == 0 && cmd == SETALL && i < n; i++)
        values[i] = jl_get16(p, at + 2 * i);
    if (r == 0)
        r = jl_result(semctl((int)id, 0, cmd, (union semun){.array = values}));
    for (uint64_t i = 0; r == 0 && cmd == GETALL && i < n; i++)
        jl_put16(p, at + 2 * i, values[i]);
    free(values);
    return r;
}

static int64_t sem_control(struct jl_process *p, uint32_t id, uint32_t number, uint32_t cmd, uint32_t arg) {
    switch (cmd & ~(uint32_t)NEW_LAYOUT) {
    case IPC_RMID:
    case GETPID:
    case GETVAL:
    case GETNCNT:
    case GETZCNT: return jl_result(semctl((int)id, (int)number, (int)(cmd & ~(uint32_t)NEW_LAYOUT), (union semun){0}));
    case SETVAL: return jl_result(semctl((int)id, (int)number, SETVAL, (union semun){.val = (int)arg}));
    case GETALL:
    case SETALL: return sem_all(p, id, (int)(cmd & ~(uint32_t)NEW_LAYOUT), arg);
    case IPC_SET:
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY:
        return cmd & NEW_LAYOUT ? sem_status(p, id, number, (int)(cmd & ~(uint32_t)NEW_LAYOUT), arg) : -EINVAL;
    default: return -EINVAL;
    }
}

/* ---- message queues ---- */

static int64_t send_message(struct jl_process *p, uint32_t id, uint32_t addr, uint32_t size, uint32_t flags) {
    const uint8_t *in = jl_mem_readable(p->mem, addr, 4 + (uint64_t)size);
    struct msgbuf *m = size <= LONGEST_MESSAGE ? malloc(sizeof(long) + size + 1) : NULL;
    int64_t r = size > LONGEST_MESSAGE ? -EINVAL : !in ? -EFAULT : -ENOMEM;
    if (in && m) {
        m->mtype = (int32_t)jl_get32(p, in);
        memcpy(m->mtext, in + 4, size);
        r = jl_host_call(SYS_msgsnd, (int32_t)id, m, size, (int32_t)flags);
    }
    free(m);
    return r;
}

static int64_t receive_message(struct jl_process *p, uint32_t id, uint32_t addr, uint32_t size, int32_t type,
                               uint32_t flags) {
    if (size > LONGEST_MESSAGE) /* longer than any message */
        size = LONGEST_MESSAGE;
    struct msgbuf *m = malloc(sizeof(long) + size + 1);
    if (!m)
        return -ENOMEM;
    int64_t r = jl_host_call(SYS_msgrcv, (int32_t)id, m, size, (long)type, (int32_t)flags);
    if (r >= 0) {
        uint8_t *out = jl_mem_writable(p->mem, addr, 4 + (uint64_t)r);
        if (out) {
            jl_put32(p, out, (uint32_t)m->mtype);
            memcpy(out + 4, m->mtext, (size_t)r);
        } else {
            r = -EFAULT;
        }
    }
    free(m);
    return r;
}

static int64_t msg_control(struct jl_process *p, uint32_t id, uint32_t cmd, uint32_t addr) {
    struct msqid_ds ds = {0};
    int plain = (int)(cmd & ~(uint32_t)NEW_LAYOUT);
    if (plain == IPC_RMID)
        return jl_result(msgctl((int)id, IPC_RMID, NULL));
    if (!(cmd & NEW_LAYOUT) || (plain != IPC_SET && plain != IPC_STAT && plain != MSG_STAT && plain != MSG_STAT_ANY))
        return -EINVAL;
    uint8_t *at = jl_mem_writable(p->mem, addr, MSQID_BYTES);
    if (!at)
        return -EFAULT;
    if (plain == IPC_SET) {
        get_perm(p, at, &ds.msg_perm);
        ds.msg_qbytes = jl_get32(p, at + 68);
    }
    int64_t r = jl_result(msgctl((int)id, plain, &ds));
    if (r < 0 || plain == IPC_SET)
        return r;
    put_perm(p, at, &ds.msg_perm);
    jl_put64(p, at + 36, (uint64_t)ds.msg_stime);
    jl_put64(p, at + 44, (uint64_t)ds.msg_rtime);
    jl_put64(p, at + 52, (uint64_t)ds.msg_ctime);
    const uint32_t words[7] = {(uint32_t)ds.__msg_cbytes, (uint32_t)ds.msg_qnum, (uint32_t)ds.msg_qbytes,
                               (uint32_t)ds.msg_lspid, (uint32_t)ds.msg_lrpid};
    for (unsigned i = 0; i < 7; i++)
        jl_put32(p, at + 60 + 4 * i, words[i]);
    return r;
}

/* ---- shared memory ---- */

static int64_t attach(struct jl_process *p, uint32_t id, uint32_t addr, uint32_t flags) {
    struct shmid_ds ds;
    if (shmctl((int)id, IPC_STAT, &ds) < 0)
        return -errno;
    return ds.shm_segsz > UINT32_MAX ? -ENOMEM : jl_memory_attach(p, (int)id, addr, (uint32_t)ds.shm_segsz, flags);
}

static int64_t shm_control(struct jl_process *p, uint32_t id, uint32_t cmd, uint32_t addr) {
    struct shmid_ds ds = {0};
    int plain = (int)(cmd & ~(uint32_t)NEW_LAYOUT);
    if (plain == IPC_RMID || plain == SHM_LOCK || plain == SHM_UNLOCK)
        return jl_result(shmctl((int)id, plain, NULL));
    if (!(cmd & NEW_LAYOUT) || (plain != IPC_SET && plain != IPC_STAT && plain != SHM_STAT && plain != SHM_STAT_ANY))
        return -EINVAL;
    uint8_t *at = jl_mem_writable(p->mem, addr, SHMID_BYTES);
    if (!at)
        return -EFAULT;
    if (plain == IPC_SET)
        get_perm(p, at, &ds.shm_perm);
    int64_t r = jl_result(shmctl((int)id, plain, &ds));
    if (r < 0 || plain == IPC_SET)
        return r;
    put_perm(p, at, &ds.shm_perm);
    const time_t times[3] = {ds.shm_atime, ds.shm_dtime, ds.shm_ctime};
    jl_put32(p, at + 36, (uint32_t)ds.shm_segsz);
    for (unsigned i = 0; i < 3; i++) {
        jl_put32(p, at + 40 + 4 * i, (uint32_t)times[i]);
        jl_put16(p, at + 64 + 2 * i, (uint16_t)((uint64_t)times[i] >> 32));
    }
    jl_put32(p, at + 52, (uint32_t)ds.shm_cpid);
    jl_put32(p, at + 56, (uint32_t)ds.shm_lpid);
    jl_put32(p, at + 60, (uint32_t)ds.shm_nattch);
    jl_put16(p, at + 70, 0);
    return r;
}

/* ---- the calls ---- */

int64_t jl_sys_semget(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return jl_result(semget((key_t)a->a[0], (int)a->a[1], (int)a->a[2]));
}
int64_t jl_sys_semctl(struct jl_process *p, const struct jl_args *a) {
    return sem_control(p, a->a[0], a->a[1], a->a[2] | NEW_LAYOUT, a->a[3]);
}
int64_t jl_sys_semtimedop_time64(struct jl_process *p, const struct jl_args *a) {
    return operate(p, a->a[0], a->a[1], a->a[2], a->a[3], true);
}
int64_t jl_sys_msgget(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return jl_result(msgget((key_t)a->a[0], (int)a->a[1]));
}
int64_t jl_sys_msgsnd(struct jl_process *p, const struct jl_args *a) {
    return send_message(p, a->a[0], a->a[1], a->a[2], a->a[3]);
}
int64_t jl_sys_msgrcv(struct jl_process *p, const struct jl_args *a) {
    return receive_message(p, a->a[0], a->a[1], a->a[2], (int32_t)a->a[3], a->a[4]);
}
int64_t jl_sys_msgctl(struct jl_process *p, const struct jl_args *a) {
    return msg_control(p, a->a[0], a->a[1] | NEW_LAYOUT, a->a[2]);
}
int64_t jl_sys_shmget(struct jl_process *p, const struct jl_args *a) {
    (void)p;
    return jl_result(shmget((key_t)a->a[0], a->a[1], (int)a->a[2]));
}
int64_t jl_sys_shmat(struct jl_process *p, const struct jl_args *a) {
    return attach(p, a->a[0], a->a[1], a->a[2]);
}
int64_t jl_sys_shmdt(struct jl_process *p, const struct jl_args *a) {
    return jl_memory_detach(p, a->a[0]);
}
int64_t jl_sys_shmctl(struct jl_process *p, const struct jl_args *a) {
    return shm_control(p, a->a[0], a->a[1] | NEW_LAYOUT, a->a[2]);
}

/* A word that one of ipc's functions finds through its pointer. */
static int64_t read_word(struct jl_process *p, uint32_t addr, uint32_t *v) {
    const void *at = jl_mem_readable(p->mem, addr, 4);
    if (at)
        *v = jl_get32(p, at);
    return at ? 0 : -EFAULT;
}

static int64_t ipc_attach(struct jl_process *p, const struct jl_args *a) {
    int64_t r = jl_mem_ok(p->mem, a->a[3], 4, JL_PAGE_W) ? attach(p, a->a[1], a->a[4], a->a[2]) : -EFAULT;
    void *out = r < 0 ? NULL : jl_mem_writable(p->mem, a->a[3], 4);
    if (out)
        jl_put32(p, out, (uint32_t)r);
    return r < 0 ? r : 0;
}

/* ipc(call, first, second, third, pointer, fifth): the upper half of call is the version of the function's interface.
 */
int64_t jl_sys_ipc(struct jl_process *p, const struct jl_args *a) {
    enum { OP = 1, SEMGET, SEMCTL, TIMEDOP, SND = 11, RCV, MSGGET, MSGCTL, AT = 21, DT, SHMGET, SHMCTL };
    uint32_t first = a->a[1], second = a->a[2], third = a->a[3], ptr = a->a[4], version = a->a[0] >> 16, v, type;
    switch (a->a[0] & 0xffff) {
    case OP: return operate(p, first, ptr, second, 0, false);
    case TIMEDOP: return operate(p, first, ptr, second, a->a[5], false);
    case SEMGET: return jl_result(semget((key_t)first, (int)second, (int)third));
    case SEMCTL: return read_word(p, ptr, &v) < 0 ? -EFAULT : sem_control(p, first, second, third, v);
    case SND: return send_message(p, first, ptr, second, third);
    case RCV:
        if (version)
            return receive_message(p, first, ptr, second, (int32_t)a->a[5], third);
        if (read_word(p, ptr, &v) < 0 || read_word(p, ptr + 4, &type) < 0)
            return -EFAULT;
        return receive_message(p, first, v, second, (int32_t)type, third);
    case MSGGET: return jl_result(msgget((key_t)first, (int)second));
    case MSGCTL: return msg_control(p, first, second, ptr);
    case AT: return version == 1 ? -EINVAL : ipc_attach(p, a);
    case DT: return jl_memory_detach(p, ptr);
    case SHMGET: return jl_result(shmget((key_t)first, second, (int)third));
    case SHMCTL: return shm_control(p, first, second, ptr);
    default: return -ENOSYS;
    }
}
