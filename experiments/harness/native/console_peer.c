/* Runs an emulator on a ROM until the ROM prints the text that ends it, as if it were a guest program:
 *
 *     console_peer --until TEXT [--prefix PREFIX] -- COMMAND [ARG]...
 *
 * Standard output is the text that the ROM prints: all of the command's output, or, with --prefix, what stands behind
 * PREFIX in the lines that have it. A line "JITLAB-ROUND" is not passed on: it ends a round of the ROM's work; nor is
 * "JITLAB-FRAMES", which is mupen_frames.c's and not the ROM's. With
 * REPEAT_TIMES=FILE in the environment the CPU time that the command took for each round, in nanoseconds, is left in
 * FILE, a line each (guests/programs/README.md says the same of guest programs). Where TEXT has been printed the
 * command is killed, if it does not end by itself at once, and the status is 0; a command that ends before has its own
 * status passed on, 128 + N for a signal.
 *
 * The command writes to a pseudo-terminal, since C libraries keep back what goes to a pipe. The time is the command's
 * CPU clock at the moment when the line is read here; both share a CPU when they are pinned to one, so that this is
 * late by a task switch at both of a round's ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 4096, GRACE_MS = 200, FAILED = 127 };

struct peer {
    const char *until, *prefix;
    pid_t pid;
    clockid_t clock;
    long long last; /* CPU time at the end of the round before */
    FILE *times;
    char line[LINE];
    size_t used;
    bool ended;
};

static int fail(const char *what) {
    fprintf(stderr, "console_peer: %s: %s\n", what, strerror(errno));
    return FAILED;
}

static void round_ended(struct peer *p) {
    struct timespec t;
    if (clock_gettime(p->clock, &t) != 0)
        return;
    long long now = t.tv_sec * 1000000000LL + t.tv_nsec;
    if (p->times)
        fprintf(p->times, "%lld\n", now - p->last);
    p->last = now;
}

static void take_line(struct peer *p) {
    const char *text = p->line;
    p->line[p->used] = 0;
    p->used = 0;
    if (p->prefix) {
        const char *at = strstr(text, p->prefix);
        if (!at)
            return;
        text = at + strlen(p->prefix);
    }
    if (!strcmp(text, "JITLAB-ROUND")) {
        round_ended(p);
        return;
    }
    p->ended = p->ended || strstr(text, p->until);
    if (strcmp(text, "JITLAB-FRAMES") != 0)
        puts(text);
}

static void take(struct peer *p, const char *bytes, size_t n) {
    for (size_t i = 0; i < n && !p->ended; i++) {
        if (bytes[i] == '\n' || p->used == LINE - 1)
            take_line(p);
        else
            p->line[p->used++] = bytes[i];
    }
}

/* Reads what the command prints until the text was there or the command is gone. */
static void follow(struct peer *p, int terminal) {
    char bytes[LINE];
    ssize_t n;
    while (!p->ended && ((n = read(terminal, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            take(p, bytes, (size_t)n);
}

/* Waits for the command, which may be about to write its statistics, and kills it when that takes long. */
static int wait_for_end(struct peer *p) {
    int status = 0;
    const struct timespec moment = {0, 1000000};
    for (int ms = 0; p->ended && ms < GRACE_MS && p->prefix == NULL; ms++) {
        if (waitpid(p->pid, &status, WNOHANG) == p->pid)
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        nanosleep(&moment, NULL);
    }
    if (p->ended)
        kill(p->pid, SIGKILL);
    if (waitpid(p->pid, &status, 0) != p->pid)
        return fail("waitpid");
    if (p->ended)
        return 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run(struct peer *p, char **command) {
    int terminal, other;
    struct termios raw;
    if (openpty(&terminal, &other, NULL, NULL, NULL) != 0)
        return fail("openpty");
    if (tcgetattr(other, &raw) == 0) {
        cfmakeraw(&raw);
        tcsetattr(other, TCSANOW, &raw);
    }
    p->pid = fork();
    if (p->pid < 0)
        return fail("fork");
    if (p->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* whoever ends this process ends the command */
        dup2(other, STDOUT_FILENO);
        close(terminal);
        close(other);
        unsetenv("REPEAT_TIMES");
        execvp(command[0], command);
        _exit(fail(command[0]));
    }
    close(other);
    if (clock_getcpuclockid(p->pid, &p->clock) != 0)
        p->clock = CLOCK_MONOTONIC;
    follow(p, terminal);
    int status = wait_for_end(p);
    close(terminal);
    return status;
}

int main(int argc, char **argv) {
    struct peer p = {0};
    int i = 1;
    for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) {
        if (!strcmp(argv[i], "--until"))
            p.until = argv[i + 1];
        else if (!strcmp(argv[i], "--prefix"))
            p.prefix = argv[i + 1];
        else
            break;
    }
    if (!p.until || i + 1 >= argc || strcmp(argv[i], "--") != 0) {
        fputs("usage: console_peer --until TEXT [--prefix PREFIX] -- COMMAND [ARG]...\n", stderr);
        return FAILED;
    }
    const char *times = getenv("REPEAT_TIMES");
    if (times && !(p.times = fopen(times, "we")))
        return fail(times);
    int status = run(&p, argv + i + 1);
    if (p.times && fclose(p.times) != 0)
        return fail(times);
    return fflush(stdout) == 0 ? status : fail("standard output");
}
