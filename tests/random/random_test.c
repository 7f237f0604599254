/* Differential test with random programs: configurations of the translator against the interpreter, in one process.
 *
 * usage: random_test [--seed S] [--first I] [--programs N] [--config C]... [--soak SECONDS] [--replay FILE]...
 *
 * Programs come in groups with machines of their own: every group has a byte order, an FPU register mode, the default
 * configuration and some drawn at random over all axes, all from the seed and the group's number. --config names the
 * configurations instead. --soak runs that long (0: until interrupted) and says now and then how far it is. A program
 * whose outcome differs is made as small as possible and printed in the form that --replay reads. */
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/random/drive.h"

enum { GROUP = 500, MAX_MACHINES = 16, RANDOM_MACHINES = 4, PROGRESS_SECONDS = 10 };

struct options {
    uint64_t seed, first, programs;
    double soak; /* seconds; negative: no soak */
    unsigned nconfigs;
    const char *config[MAX_MACHINES];
};

struct group {
    uint32_t mode;
    unsigned n; /* target[0] is the interpreter */
    struct target target[MAX_MACHINES + 1];
};

static volatile sig_atomic_t interrupted;
static sigjmp_buf crash;
static bool trying; /* in a child that may crash */

/* What is being run, for the report of a crash. */
static struct {
    const struct options *options;
    struct program *p;
    struct target *target;
    uint64_t index;
} running;

static void interrupt(int sig) {
    (void)sig;
    interrupted = 1;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void add_target(struct group *g, const char *settings) {
    char err[256];
    if (target_make(&g->target[g->n++], settings, g->mode & JL_MODE_BE, err, sizeof err))
        return;
    fprintf(stderr, "random_test: %s: %s\n", settings, err);
    exit(2);
}

static struct rng rng_of(const struct options *o, uint64_t stream, uint64_t index) {
    struct rng r = {o->seed * 0x9e3779b97f4a7c15ull + stream};
    r.state = rng_next(&r) + index * 0xd1342543de82ef95ull;
    return r;
}

static void group_make(struct group *g, const struct options *o, uint64_t number) {
    struct rng r = rng_of(o, 1, number);
    char text[CONFIG_TEXT];
    *g = (struct group){.mode = (number & 1 ? JL_MODE_BE : 0) | (number & 2 ? 0 : JL_MODE_FR)};
    add_target(g, "backend=interp");
    for (unsigned i = 0; i < o->nconfigs; i++)
        add_target(g, o->config[i]);
    if (o->nconfigs)
        return;
    add_target(g, "backend=x64");
    for (unsigned i = 0; i < RANDOM_MACHINES; i++) {
        config_random(&r, text);
        add_target(g, text);
    }
}

static void group_free(struct group *g) {
    while (g->n)
        target_free(&g->target[--g->n]);
}

/* ---- a difference ---- */

/* Whether p's outcome differs on fresh machines: exit status 1 of the child that tries. */
static int try_program(const char *settings, const struct program *p) {
    static struct outcome want, got;
    struct target ref, t;
    char err[256];
    bool be = p->mode & JL_MODE_BE;
    if (!target_make(&ref, "backend=interp", be, err, sizeof err) || !target_make(&t, settings, be, err, sizeof err))
        return 2;
    target_run(&ref, p, &want);
    if (want.exit == JL_EXIT_SLICE || (p->needs_watch && !t.watches_writes))
        return 0;
    target_run(&t, p, &got);
    return !outcome_same(&want, &got);
}

/* In a process of its own, so that a crash or a hang is a difference too. */
static bool differs(void *settings, const struct program *p) {
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0)
        return false;
    if (pid == 0) {
        trying = true;
        alarm(10);
        _exit(try_program(settings, p));
    }
    if (waitpid(pid, &status, 0) != pid)
        return false;
    return WIFSIGNALED(status) || WEXITSTATUS(status) == 1;
}

static void print_difference(const struct program *p, const struct outcome *want, const struct outcome *got) {
    printf("exit %d, not %d; in a delay slot %u, not %u; pc %" PRIx64 ", not %" PRIx64 "\nretired %" PRIu64
           ", not %" PRIu64 "; fcsr %" PRIx32 ", not %" PRIx32 "\n",
           (int)got->exit, (int)want->exit, got->bd, want->bd, got->pc, want->pc, got->retired, want->retired,
           got->fcsr, want->fcsr);
    for (unsigned v = 0; v < JL_VARS; v++)
        if ((want->var[v] ^ got->var[v]) & outcome_mask(want, v))
            printf("var %u: %" PRIx64 ", not %" PRIx64 " (was %" PRIx64 ")\n", v, got->var[v], want->var[v], p->var[v]);
    for (unsigned i = 0; i < DATA_SIZE; i++)
        if (want->data[i] != got->data[i])
            printf("data+%x: %02x, not %02x\n", i, got->data[i], want->data[i]);
    for (unsigned i = 0; i < CODE_SIZE; i++)
        if (want->code[i] != got->code[i])
            printf("code+%x: %02x, not %02x\n", i, got->code[i], want->code[i]);
}

/* seen: what the group's machines did, NULL after a crash. */
static void report(struct program *p, struct target *t, const struct outcome *seen) {
    static struct outcome want, got;
    struct target ref, fresh;
    char err[256];
    if (seen)
        print_difference(p, &seen[0], &seen[1]);
    printf("configuration %s differs from the interpreter", t->settings);
    if (!differs(t->settings, p)) {
        printf(" (only after the group's other programs: the command above runs them)\n");
        program_print(p, t->settings, stdout);
        return;
    }
    printf("; smallest program (save it and run random_test --replay FILE):\n\n");
    program_shrink(p, differs, t->settings);
    program_print(p, t->settings, stdout);
    printf("\n");
    if (!target_make(&ref, "backend=interp", p->mode & JL_MODE_BE, err, sizeof err) ||
        !target_make(&fresh, t->settings, p->mode & JL_MODE_BE, err, sizeof err))
        return;
    target_run(&ref, p, &want);
    printf("the interpreter: exit %d at pc %" PRIx64 "\n", (int)want.exit, want.pc);
    fflush(stdout);
    if (sigsetjmp(crash, 1)) {
        printf("the configuration crashes\n");
        return;
    }
    target_run(&fresh, p, &got);
    print_difference(p, &want, &got);
}

static void print_command(void) {
    const struct options *o = running.options;
    uint64_t group = running.index - running.index % GROUP;
    printf("program %" PRIu64 ": random_test --seed %" PRIu64 " --first %" PRIu64 " --programs %" PRIu64 "\n",
           running.index, o->seed, group, running.index % GROUP + 1);
}

/* A crash of translated code or of the translator. Back to the main loop, off the signal stack. */
static void crashed(int sig) {
    if (trying)
        _exit(1);
    siglongjmp(crash, sig);
}

/* ---- running ---- */

/* The first target whose outcome differs (out[1], out[0] is the interpreter's), or NULL; *counted when it ended. */
static struct target *run_all(struct group *g, const struct program *p, struct outcome out[2], bool *counted) {
    target_run(&g->target[0], p, &out[0]);
    *counted = out[0].exit != JL_EXIT_SLICE; /* where an endless program is stopped is up to the configuration */
    for (unsigned i = 1; *counted && i < g->n; i++) {
        if (p->needs_watch && !g->target[i].watches_writes)
            continue;
        running.target = &g->target[i];
        target_run(&g->target[i], p, &out[1]);
        if (!outcome_same(&out[0], &out[1]))
            return &g->target[i];
    }
    return NULL;
}

static bool run_until_done(const struct options *o) {
    static struct program p;
    static struct group g;
    static struct outcome out[2];
    double start = now(), said = start;
    uint64_t index = o->first, ended = 0;
    printf("seed %" PRIu64 "\n", o->seed);
    for (; index - o->first < o->programs && !interrupted && (o->soak <= 0 || now() - start < o->soak); index++) {
        if (!g.n || index % GROUP == 0) {
            group_free(&g);
            group_make(&g, o, index / GROUP);
        }
        struct rng r = rng_of(o, 2, index);
        bool counted;
        running.options = o;
        running.p = &p;
        running.index = index;
        program_make(&p, &r, g.mode, false);
        struct target *t = run_all(&g, &p, out, &counted);
        if (t) {
            print_command();
            report(&p, t, out);
            return false;
        }
        ended += counted;
        if (o->soak >= 0 && now() - said > PROGRESS_SECONDS) {
            said = now();
            printf("%" PRIu64 " programs in %.0f s, no difference\n", index + 1 - o->first, said - start);
            fflush(stdout);
        }
    }
    group_free(&g);
    printf("%" PRIu64 " programs, %" PRIu64 " of them endless and left out, no difference\n", index - o->first,
           index - o->first - ended);
    return true;
}

static bool run_programs(const struct options *o) {
    int sig = sigsetjmp(crash, 1);
    if (sig) {
        print_command();
        printf("signal %d\n", sig);
        report(running.p, running.target, NULL);
        return false;
    }
    return run_until_done(o);
}

/* A saved program, under its own configuration and the default one. */
static bool replay(const char *path) {
    static struct program p;
    char settings[CONFIG_TEXT];
    FILE *in = fopen(path, "r");
    if (!in || !program_read(&p, settings, in)) {
        fprintf(stderr, "random_test: %s: %s\n", path, in ? "not a program" : "cannot be read");
        exit(2);
    }
    fclose(in);
    bool bad = differs(settings, &p), also = differs("backend=x64", &p);
    printf("%s: %s\n", path, bad ? "differs" : also ? "differs by default" : "no difference");
    if (bad || also) {
        struct target t;
        char err[256];
        if (target_make(&t, bad ? settings : "backend=x64", p.mode & JL_MODE_BE, err, sizeof err))
            report(&p, &t, NULL);
    }
    return !bad && !also;
}

static void usage(void) {
    fprintf(stderr, "usage: random_test [--seed S] [--first I] [--programs N] [--config C]... [--soak SECONDS] "
                    "[--replay FILE]...\n");
    exit(2);
}

int main(int argc, char **argv) {
    struct options o = {.seed = (uint64_t)time(NULL), .programs = 1000, .soak = -1};
    bool replays = false, ok = true;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            usage();
        if (!strcmp(argv[i], "--seed"))
            o.seed = strtoull(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--first"))
            o.first = strtoull(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--programs"))
            o.programs = strtoull(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--soak"))
            o.soak = strtod(argv[i + 1], NULL), o.programs = UINT64_MAX;
        else if (!strcmp(argv[i], "--config") && o.nconfigs < MAX_MACHINES)
            o.config[o.nconfigs++] = argv[i + 1];
        else if (!strcmp(argv[i], "--replay"))
            replays = true, ok &= replay(argv[i + 1]);
        else
            usage();
    }
    signal(SIGSEGV, crashed); /* faults that translated code may have are the machines' own: see jl_faults_install */
    signal(SIGILL, crashed);
    signal(SIGABRT, crashed);
    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
    return (replays ? ok : run_programs(&o)) ? 0 : 1;
}
