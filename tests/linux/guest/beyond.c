/* Mappings of files that reach past the end of the file: SIGBUS with BUS_ADRERR and the address for whatever the
 * program does there, EFAULT from system calls. The host is the reference; of an address its page is printed, since a
 * processor may name another byte of an unaligned word. */
#include "report.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE };

static sigjmp_buf back;
static volatile uintptr_t fault_addr;
static volatile int fault_signal, fault_code;
static char *map;

static void on_fault(int sig, siginfo_t *info, void *context) {
    (void)context;
    fault_signal = sig;
    fault_code = info->si_code;
    fault_addr = (uintptr_t)info->si_addr;
    siglongjmp(back, 1);
}

static void tell(const char *what) {
    printf("%s: %s, code %d, page %ld\n", what,
           fault_signal == SIGBUS    ? "SIGBUS"
           : fault_signal == SIGSEGV ? "SIGSEGV"
                                     : "no signal",
           fault_code, (long)(fault_addr - (uintptr_t)map) / PAGE);
}

#define TRY(...)                                                                                                       \
    do {                                                                                                               \
        fault_signal = fault_code = 0;                                                                                 \
        fault_addr = (uintptr_t)map;                                                                                   \
        if (sigsetjmp(back, 1) == 0) {                                                                                 \
            __VA_ARGS__;                                                                                               \
        }                                                                                                              \
        tell(#__VA_ARGS__);                                                                                            \
    } while (0)

#define AS(type, at) (*(volatile type *)(void *)(at))

struct __attribute__((packed)) odd {
    char pad;
    volatile int word;
};

static volatile long long sink;
static volatile double number;

static void accesses(char *p) {
    TRY(sink = AS(char, p));
    TRY(sink = AS(unsigned char, p + 1));
    TRY(sink = AS(short, p + 2));
    TRY(sink = AS(unsigned short, p + 4));
    TRY(sink = AS(int, p + 8));
    TRY(sink = AS(long long, p + 16));
    TRY(number = AS(float, p + 24));
    TRY(number = AS(double, p + 32));
    TRY(AS(char, p) = 1);
    TRY(AS(short, p + 2) = 1);
    TRY(AS(int, p + PAGE - 4) = 1);
    TRY(AS(float, p + 4) = 1);
    TRY(AS(double, p + 8) = 1);
    TRY(sink = __atomic_fetch_add((int *)(void *)(p + 8), 1, __ATOMIC_SEQ_CST));
    TRY(sink = ((struct odd *)(void *)(p + 4))->word);
    TRY(((struct odd *)(void *)(p + 4))->word = 5);
    TRY(sink = ((struct odd *)(void *)(p - 3))->word); /* part of it on the page before */
    TRY(((struct odd *)(void *)(p - 3))->word = -1);
    TRY(((void (*)(void))(uintptr_t)p)());
}

/* The same code, run often enough to be translated, before it reaches the end. */
static long sum(const volatile int *p, int n) {
    long s = 0;
    for (int i = 0; i < n; i++)
        s += p[i];
    return s;
}

static void calls(int fd, char *p) {
    struct stat st;
    int pair[2];
    R(pipe(pair));
    R(write(pair[1], p, 8));
    R(write(pair[1], "12345678", 8));
    R(read(pair[0], p, 8));
    R(stat(p, &st));
    R(syscall(SYS_clock_gettime, CLOCK_REALTIME, p));
    R(syscall(SYS_nanosleep, p, NULL));
    R(open(p, O_RDONLY));
    R(getcwd(p, 4000) ? 1 : -1);
    R(pread(fd, p, 8, 0));
    R(readlink("/proc/self/exe", p, 100));
}

static void dies(char *p) {
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGBUS, SIG_DFL);
        AS(int, p) = 1;
        _exit(3);
    }
    V(waitpid(pid, &status, 0) == pid);
    V(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
}

int main(int argc, char **argv) {
    char path[512];
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2 || mkdir(argv[1], 0700) < 0)
        return 2;
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    snprintf(path, sizeof path, "%s/file", argv[1]);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    R(ftruncate(fd, 2 * PAGE - 100));
    map = mmap(NULL, 6 * PAGE, RW | PROT_EXEC, MAP_SHARED, fd, 0);
    V(map != MAP_FAILED);
    AS(int, map + 2 * PAGE - 4) = 7; /* what is left of the last page can be used */
    V(AS(int, map + 2 * PAGE - 4));
    V(sum((int *)(void *)map, 2 * PAGE / 4));
    TRY(sink = sum((int *)(void *)map, 4 * PAGE / 4));
    accesses(map + 2 * PAGE);
    calls(fd, map + 3 * PAGE);
    dies(map + 4 * PAGE);
    R(ftruncate(fd, 6 * PAGE)); /* now there is something */
    TRY(AS(int, map + 5 * PAGE) = 9);
    V(AS(int, map + 5 * PAGE));
    R(ftruncate(fd, PAGE)); /* and now less than before */
    TRY(sink = sum((int *)(void *)map, 4 * PAGE / 4));
    accesses(map + PAGE);
    char *own = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, 0);
    map = own;
    TRY(AS(int, own + PAGE) = 1);
    TRY(AS(int, own + PAGE - 4) = 1);
    R(mprotect(own, 2 * PAGE, PROT_READ));
    TRY(AS(int, own + PAGE - 4) = 1);
    TRY(sink = AS(int, own + PAGE));
    return 0; /* with the mappings in place, which --stats goes through */
}
