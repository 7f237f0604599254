/* Mappings: placement, protection, files shared and private, growth, advice; and what is told of the process: limits,
 * times, identity, /proc. What is printed holds on every architecture, so that the host itself is the reference: QEMU
 * gets some of the refusals wrong. */
#include "report.h"

#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>

enum { PAGE = 4096, ANON = MAP_PRIVATE | MAP_ANONYMOUS, RW = PROT_READ | PROT_WRITE };

static long refused(const void *map) {
    return map == MAP_FAILED ? errno : 0;
}

static void mappings(void) {
    char *a = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);
    V(a != MAP_FAILED && ((uintptr_t)a & (PAGE - 1)) == 0);
    memset(a, 7, 8 * PAGE);
    R(mprotect(a + PAGE, PAGE, PROT_READ));
    R(mprotect(a + 1, PAGE, PROT_READ));
    R(munmap(a + 4 * PAGE, 2 * PAGE));
    R(mprotect(a, 8 * PAGE, RW));
    int zero = open("/dev/zero", O_RDONLY);
    R(read(zero, a + 4 * PAGE, 4));
    V(refused(mmap(a, PAGE, PROT_READ, ANON | MAP_FIXED_NOREPLACE, -1, 0)));
    V(mmap(a + 4 * PAGE, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0) == a + 4 * PAGE);
    V(a[4 * PAGE]);
    V(refused(mmap(NULL, 0, PROT_READ, ANON, -1, 0)));
    V(refused(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 900, 0)));
    V(refused(mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0)));
    /* what was reserved without access is not given away again */
    char *reserved = mmap(NULL, 64 * PAGE, PROT_NONE, ANON | MAP_NORESERVE, -1, 0);
    char *next = mmap(NULL, 64 * PAGE, PROT_READ, ANON, -1, 0);
    V(next + 64 * PAGE <= reserved || reserved + 64 * PAGE <= next);
    R(mprotect(reserved, PAGE, RW));
    reserved[5] = 1;
    V(reserved[5] + reserved[6]);
    R(madvise(a, PAGE, MADV_DONTNEED));
    V(a[0]);
    R(madvise(a + 5 * PAGE, PAGE, MADV_DONTNEED));
    R(madvise(a + 1, PAGE, MADV_DONTNEED));
    R(madvise(a, PAGE, MADV_WILLNEED));
}

static void growing(void) {
    char *a = mmap(NULL, 8 * PAGE, RW, ANON, -1, 0);
    for (int i = 0; i < 2 * PAGE; i += 256)
        a[i] = (char)(i / 256);
    V(refused(mremap(a, 2 * PAGE, 9 * PAGE, 0)));
    char *b = mremap(a, 2 * PAGE, 600 * PAGE, MREMAP_MAYMOVE);
    V(b != MAP_FAILED);
    V(b[256 * 9]);
    V(b[500 * PAGE]);
    b[599 * PAGE] = 3;
    char *c = mremap(b, 600 * PAGE, PAGE, 0);
    V(c == b);
    char *to = mmap(NULL, 4 * PAGE, PROT_NONE, ANON, -1, 0);
    char *d = mremap(c, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
    V(d == to);
    V(d[256 * 9] + d[PAGE + 1]);
    V(refused(mremap(d + 1, PAGE, PAGE, 0)));
    char *start = sbrk(0);
    V(sbrk(3 * PAGE + 5) == start);
    start[3 * PAGE] = 9;
    V((char *)sbrk(0) - start);
    V(brk(start));
    V((char *)sbrk(0) - start);
}

static void file_mappings(const char *folder) {
    char path[512], block[PAGE], c = 0;
    snprintf(path, sizeof path, "%s/mapped", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < 3; i++) {
        memset(block, 'a' + i, sizeof block);
        R(write(fd, block, i < 2 ? sizeof block : 100));
    }
    char *s = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0), *p = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, PAGE);
    V(s[0]);
    V(s[2 * PAGE + 99]);
    V(s[2 * PAGE + 100]);
    s[PAGE] = 'X';
    V(p[0]); /* not written yet: the private mapping shows the file */
    p[1] = 'Y';
    V(s[PAGE + 1]);
    R(madvise(p, PAGE, MADV_DONTNEED));
    V(p[1]);
    R(msync(s, PAGE, MS_SYNC));
    R(msync(s + 1, PAGE, MS_SYNC));
    R(pread(fd, &c, 1, PAGE));
    V(c);
    R(pwrite(fd, "Z", 1, 5));
    V(s[5]);
    R(ftruncate(fd, 5 * PAGE));
    char *grown = mremap(s, 3 * PAGE, 5 * PAGE, MREMAP_MAYMOVE);
    V(grown != MAP_FAILED);
    if (grown != MAP_FAILED) {
        s = grown;
        s[4 * PAGE] = 'G';
        R(pread(fd, &c, 1, 4 * PAGE));
        V(c);
    }
    close(fd);
    fd = open(path, O_RDONLY);
    V(refused(mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, fd, 0)));
    V(((char *)mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0))[0]);
    R(munmap(s, 5 * PAGE));
    R(munmap(s + 1, PAGE));
    int m = made("memfd", memfd_create("x", MFD_CLOEXEC));
    R(ftruncate(m, PAGE));
    int *one = mmap(NULL, PAGE, RW, MAP_SHARED, m, 0);
    const int *two = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, m, 0);
    one[3] = 77;
    V(two[3]);
}

static void process(void) {
    struct utsname u;
    struct rlimit64 l;
    struct rusage r;
    struct sysinfo s;
    struct tms t;
    R(uname(&u));
    text("system", u.sysname);
    R(getrlimit64(RLIMIT_STACK, &l));
    V(l.rlim_cur >= 1 << 20);
    R(getrlimit64(99, &l));
    V(getrlimit64(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur >= 64);
    R(getrusage(RUSAGE_SELF, &r));
    V(r.ru_maxrss > 0 && r.ru_utime.tv_sec < 100);
    R(getrusage(77, &r));
    R(sysinfo(&s));
    V((unsigned long long)s.totalram * s.mem_unit > 1 << 20);
    V(times(&t) != (clock_t)-1);
    V(getpagesize());
    V(sysconf(_SC_CLK_TCK));
    V(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
    cpu_set_t set;
    V(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) >= 1);
    R(sched_yield());
    V(getpriority(PRIO_PROCESS, 0));
    char buf[64] = {0};
    R(getrandom(buf, 16, 0));
    R(getrandom(buf, 16, 0x80));
    V(getuid() == geteuid() && getgid() == getegid());
    uid_t ids[3];
    V(getresuid(&ids[0], &ids[1], &ids[2]) == 0 && ids[0] == getuid());
    V(getgroups(0, NULL) >= 0);
    R(prctl(PR_SET_NAME, "a long name for a process"));
    memset(buf, 0, sizeof buf);
    R(prctl(PR_GET_NAME, buf));
    text("name", buf);
    V(getauxval(AT_PAGESZ));
    V(getauxval(AT_PHDR) != 0 && getauxval(AT_PHENT) == sizeof(ElfW(Phdr)) && getauxval(AT_PHNUM) > 2);
    V(getauxval(AT_UID) == getuid());
    V(getauxval(AT_SECURE));
    V(getauxval(AT_CLKTCK));
    V(getauxval(AT_RANDOM) != 0);
    V(getauxval(AT_EXECFN) != 0 && strstr((char *)getauxval(AT_EXECFN), "memory") != NULL);
}

static void clocks(void) {
    struct timespec a, b, tiny = {0, 2000000};
    struct timeval tv;
    struct itimerval it = {{0, 0}, {1000, 5}}, old;
    R(clock_gettime(CLOCK_MONOTONIC, &a));
    R(nanosleep(&tiny, NULL));
    R(clock_gettime(CLOCK_MONOTONIC, &b));
    V((b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec >= 2000000);
    R(clock_gettime(99, &a));
    R(clock_getres(CLOCK_REALTIME, &a));
    V(a.tv_nsec);
    R(gettimeofday(&tv, NULL));
    V(tv.tv_sec > 1700000000 && tv.tv_usec < 1000000 && llabs((long long)tv.tv_sec - time(NULL)) < 3);
    V(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &b, NULL));
    tiny.tv_nsec = 1000000000;
    R(nanosleep(&tiny, NULL));
    R(setitimer(ITIMER_REAL, &it, NULL));
    it.it_value.tv_sec = 0;
    it.it_value.tv_usec = 0;
    R(setitimer(ITIMER_REAL, &it, &old));
    V(old.it_value.tv_sec >= 999);
    R(setitimer(9, &it, NULL));
    alarm(50);
    V(alarm(0) >= 49);
}

/* What /proc/self tells is the guest's. */
static void proc(void) {
    char path[512] = {0}, line[512];
    V(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    text("exe", strrchr(path, '/'));
    V(access("/proc/self/exe", X_OK));
    FILE *f = fopen("/proc/self/maps", "r");
    uintptr_t here = (uintptr_t)&proc, stack = (uintptr_t)line;
    int code = 0, on_stack = 0, named = 0;
    while (f && fgets(line, sizeof line, f)) {
        unsigned long from, to;
        char prot[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, prot) != 3)
            continue;
        code |= from <= here && here < to && prot[0] == 'r';
        on_stack |= from <= stack && stack < to && prot[1] == 'w';
        named |= strstr(line, "[stack]") != NULL;
    }
    printf("maps: code %d stack %d named %d\n", code, on_stack, named);
    if (f)
        fclose(f);
    f = fopen("/proc/self/cmdline", "r");
    memset(line, 0, sizeof line);
    size_t n = f ? fread(line, 1, sizeof line - 1, f) : 0;
    V(n > 1 && strstr(line, "memory") != NULL);
}

int main(int argc, char **argv) {
    setvbuf(stdout, NULL, _IOLBF, 0); /* what was said before a crash is seen */
    if (argc < 2 || mkdir(argv[1], 0700) < 0)
        return 2;
    mappings();
    growing();
    file_mappings(argv[1]);
    process();
    clocks();
    proc();
    return 0;
}
