/* fork, vfork, execve, wait, pipes and groups. The program starts itself again for execve; scripts come from a
 * temporary folder. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

extern char **environ;
static volatile int count;
static char self[4096];

static void note(int sig) {
    (void)sig;
    count++;
}

/* fork that cannot fail: a -1 handed on to kill would reach everybody. */
static pid_t checked_fork(void) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        exit(1);
    }
    return pid;
}

static void memory(void) {
    static int private_word = 1;
    int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), status;
    int *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *shared = 1, *mapped = 1;
    pid_t pid = checked_fork();
    if (pid == 0) {
        private_word = 2, *shared = 2, *mapped = 2;
        _exit(private_word == 2 && *mapped == 2 ? 7 : 8);
    }
    check("fork", pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    check("private stays private", private_word == 1 && *mapped == 1);
    check("shared is shared", *shared == 2);
}

static void deaths(void) {
    int status;
    pid_t pid = checked_fork();
    if (pid == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        abort();
    }
    check("abort", waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    pid = checked_fork();
    if (pid == 0)
        for (;;)
            pause();
    kill(pid, SIGUSR1);
    check("killed by a signal that MIPS numbers otherwise",
          waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
    pid = checked_fork();
    if (pid == 0)
        for (volatile int i = 0;; i++)
            ;
    kill(pid, SIGSTOP);
    check("stopped", waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    kill(pid, SIGCONT);
    check("continued", waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
    kill(pid, SIGTERM);
    siginfo_t info;
    check("waitid", waitid(P_PID, (id_t)pid, &info, WEXITED) == 0 && info.si_pid == pid && info.si_code == CLD_KILLED &&
                        info.si_status == SIGTERM && info.si_signo == SIGCHLD);
    check("no child left", wait(&status) == -1 && errno == ECHILD);
}

static void children_signal(void) {
    struct sigaction sa = {.sa_handler = note, .sa_flags = SA_RESTART};
    int status;
    sigaction(SIGCHLD, &sa, NULL);
    count = 0;
    pid_t pid = checked_fork();
    if (pid == 0)
        _exit(3);
    check("wait with SIGCHLD's handler", waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3);
    while (!count)
        usleep(1000);
    check("SIGCHLD", count == 1);
    signal(SIGCHLD, SIG_DFL);
}

static void pipes(void) {
    int there[2], back[2], status;
    char text[64] = "", c;
    if (pipe(there) || pipe(back))
        abort();
    pid_t pid = checked_fork();
    if (pid == 0) {
        close(there[1]);
        close(back[0]);
        while (read(there[0], &c, 1) == 1) {
            c ^= 0x20;
            if (write(back[1], &c, 1) != 1)
                _exit(1);
        }
        _exit(0);
    }
    close(there[0]);
    close(back[1]);
    check("write", write(there[1], "Hello", 5) == 5);
    close(there[1]);
    for (size_t n = 0; n < sizeof text - 1 && read(back[0], text + n, 1) == 1; n++)
        ;
    check("through a child and back", !strcmp(text, "hELLO"));
    waitpid(pid, &status, 0);
    check("its status", WIFEXITED(status) && WEXITSTATUS(status) == 0);
    signal(SIGPIPE, note);
    close(back[0]);
    if (pipe(there))
        abort();
    close(there[0]);
    count = 0;
    check("SIGPIPE", write(there[1], "x", 1) == -1 && errno == EPIPE && count == 1);
}

/* ---- execve ---- */

static int run(char *const argv[], const char *path, char *const envp[]) {
    int status = -1;
    fflush(stdout);
    pid_t pid = checked_fork();
    if (pid == 0) {
        execve(path, argv, envp);
        _exit(100 + errno);
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void script(const char *path, const char *text, mode_t mode) {
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fchmod(fd, mode) || close(fd))
        abort();
}

static void programs(void) {
    char *env[] = {"COLOUR=green", NULL}, dir[] = "/tmp/jl-processes-XXXXXX", path[100], text[5000];
    char *args[] = {"other name", "child", "two words", "", NULL};
    check("execve", run(args, self, env) == 42);
    char *plain[] = {"x", NULL};
    check("no such program", run(plain, "/no/such/program", env) == 100 + ENOENT);
    if (!mkdtemp(dir))
        abort();
    snprintf(path, sizeof path, "%s/script", dir);
    snprintf(text, sizeof text, "#! %s script-child  an argument \nrubbish\n", self);
    script(path, text, 0700);
    char *with[] = {"ignored", "last", NULL};
    check("script", run(with, path, env) == 43);
    script(path, text, 0600);
    check("not executable", run(with, path, env) == 100 + EACCES);
    script(path, "rubbish", 0700);
    check("not a program", run(with, path, env) == 100 + ENOEXEC);
    unlink(path);
    rmdir(dir);

    int keep = open("/dev/null", O_RDONLY), gone = open("/dev/null", O_RDONLY | O_CLOEXEC);
    char keep_text[16], gone_text[16];
    snprintf(keep_text, sizeof keep_text, "%d", keep);
    snprintf(gone_text, sizeof gone_text, "%d", gone);
    char *fds[] = {"x", "fd-child", keep_text, gone_text, NULL};
    check("descriptors over execve", run(fds, self, env) == 44);

    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, &old);
    signal(SIGHUP, SIG_IGN);
    char *signals[] = {"x", "signal-child", NULL};
    check("signal state over execve", run(signals, self, env) == 45);
    sigprocmask(SIG_SETMASK, &old, NULL);

    pid_t pid;
    int status;
    char *spawned[] = {"other name", "child", "two words", "", NULL};
    check("posix_spawn", posix_spawn(&pid, self, NULL, NULL, spawned, env) == 0 && waitpid(pid, &status, 0) == pid &&
                             WIFEXITED(status) && WEXITSTATUS(status) == 42);
    pid = vfork();
    if (pid == 0) {
        execve(self, args, env);
        _exit(1);
    }
    check("vfork", waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 42);
}

static void *spin(void *stop) {
    unsigned n = 0;
    while (!__atomic_load_n((int *)stop, __ATOMIC_RELAXED))
        n++;
    return (void *)(uintptr_t)(n & 1);
}

static void nothing(int sig) {
    (void)sig;
}

/* A vfork child runs in its parent's memory: that is how posix_spawn learns of a failed execve. All else is its own. */
static void vfork_shares(void) {
    static char *none[] = {"none", NULL};
    static volatile int written, error;
    static char *volatile made;
    int status, fd = open("/dev/null", O_RDONLY), stop = 0;
    pthread_t other;
    struct sigaction action;
    sigset_t mask;
    pid_t pid = -1;
    signal(SIGUSR1, nothing);
    for (int threads = 0; threads < 2; threads++) {
        if (threads)
            pthread_create(&other, NULL, spin, &stop);
        check("posix_spawnp of nothing", posix_spawnp(&pid, "no.such.program", NULL, NULL, none, environ) == ENOENT);
        check("posix_spawn of no program", posix_spawn(&pid, "/dev/null", NULL, NULL, none, environ) == EACCES);
        check("no child is left", waitpid(-1, &status, 0) < 0 && errno == ECHILD);
        written = error = 0;
        pid = vfork();
        if (pid == 0) {
            close(fd);
            signal(SIGUSR1, SIG_DFL);
            sigfillset(&mask);
            sigprocmask(SIG_BLOCK, &mask, NULL);
            made = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            made[5] = 77;
            execve("/no/such/program", none, environ);
            error = errno;
            written = 4321;
            _exit(11);
        }
        check("vfork, failed execve",
              waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 11);
        check("vfork shares memory", written == 4321 && error == ENOENT && made[5] == 77);
        check("vfork copies the rest", fcntl(fd, F_GETFD) == 0 && sigaction(SIGUSR1, NULL, &action) == 0 &&
                                           action.sa_handler == nothing && sigprocmask(SIG_BLOCK, NULL, &mask) == 0 &&
                                           !sigismember(&mask, SIGUSR1));
        pid = vfork();
        if (pid == 0) {
            signal(SIGUSR1, SIG_DFL);
            kill(getpid(), SIGUSR1);
            _exit(12);
        }
        check("vfork, killed", waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
        pid = vfork();
        if (pid == 0) {
            pid_t inner = fork();
            _exit(inner == 0 ? 13 : waitpid(inner, &status, 0) == inner ? WEXITSTATUS(status) + 1 : 0);
        }
        check("vfork, then fork", waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 14);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(other, NULL);
    close(fd);
}

/* What the program does when it is started by itself. */
static int child(int argc, char **argv) {
    const char *colour = getenv("COLOUR");
    if (!strcmp(argv[1], "child"))
        return argc == 4 && !strcmp(argv[0], "other name") && !strcmp(argv[2], "two words") && !*argv[3] && colour &&
                       !strcmp(colour, "green") && environ[1] == NULL
                   ? 42
                   : 1;
    if (!strcmp(argv[1], "script-child  an argument"))
        return argc == 4 && !strcmp(argv[0], self) && strstr(argv[2], "/script") && !strcmp(argv[3], "last") ? 43 : 2;
    if (!strcmp(argv[1], "fd-child"))
        return fcntl(atoi(argv[2]), F_GETFD) == 0 && fcntl(atoi(argv[3]), F_GETFD) == -1 ? 44 : 3;
    if (!strcmp(argv[1], "signal-child")) {
        sigset_t now;
        struct sigaction sa;
        sigprocmask(SIG_SETMASK, NULL, &now);
        sigaction(SIGHUP, NULL, &sa);
        return sigismember(&now, SIGUSR2) == 1 && sigismember(&now, SIGUSR1) == 0 && sa.sa_handler == SIG_IGN ? 45 : 4;
    }
    return 5;
}

static void groups(void) {
    int status;
    pid_t pid = checked_fork();
    if (pid == 0) {
        if (setpgid(0, 0))
            _exit(1);
        _exit(getpgrp() == getpid() && getpgid(0) == getpid() && getppid() > 1 ? 0 : 2);
    }
    check("process group", waitpid(pid, &status, 0) == pid && status == 0);
    pid = checked_fork();
    if (pid == 0)
        _exit(setsid() == getpid() && getsid(0) == getpid() ? 0 : 1);
    check("session", waitpid(pid, &status, 0) == pid && status == 0);
}

/* ---- fork in a handler ---- */

static volatile pid_t handler_child;
static void forks(int sig) {
    (void)sig;
    handler_child = checked_fork();
    if (handler_child == 0) { /* goes on computing where the signal came, and answers from there */
        count = 1;
        return;
    }
}

static void in_a_handler(void) {
    int status, right = 0;
    signal(SIGUSR1, forks);
    for (int round = 0; round < 20; round++) {
        unsigned x = 1;
        count = 0;
        for (int i = 0; i < 2000; i++) {
            x = x * 1664525u + 1013904223u;
            if (i == 1000)
                raise(SIGUSR1);
        }
        if (count)
            _exit(x == 0xffffffff ? 1 : (int)(x >> 24 & 0x7f));
        waitpid(handler_child, &status, 0);
        right += WIFEXITED(status) && WEXITSTATUS(status) == (int)(x >> 24 & 0x7f);
    }
    check("fork in a handler", right == 20);
}

int main(int argc, char **argv) {
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = 0;
    if (argc > 1)
        return child(argc, argv);
    memory();
    deaths();
    children_signal();
    pipes();
    programs();
    vfork_shares();
    groups();
    in_a_handler();
    return check_end();
}
