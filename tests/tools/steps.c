/* How many host instructions does a run execute in its code cache, and what would a modelled processor (jit/model/)
 * make of them? Counted one by one.
 *
 *     steps DIR JITLAB exec --jitdump DIR ... PROGRAM ...
 *
 * The program runs under ptrace. While it is in C it runs freely, up to a breakpoint at each way into the code cache:
 * the thunks that C calls, the return address behind every call out of it, and (regions with a frame of their own)
 * each region's first byte. From there it is stepped until it leaves the cache again. Where the code is, the jitdump in
 * DIR says, read again at each system call, since that is how records get into it. Prints the number, and in a second
 * line the model's counters in the order of model.def; what the program prints is thrown away. Status 0, or 2 with a
 * line on standard error. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "jit/model/predict.h"
#include "jit/x64/disasm.h"

enum { OUTSIDE = ~0u - 1 };

struct breakpoint {
    uint64_t address;
    uint8_t byte;
    bool stays, set;
    bool called; /* C comes here by a call */
};

static pid_t child;
static int memory = -1, dump = -1;
static off_t dump_read = 40; /* behind the header */
static const char *directory;
static uint64_t low = ~(uint64_t)0, high; /* of all code seen */
static bool frames;                       /* regions are entered by C */
static struct breakpoint *points;
static size_t npoints;
static struct jl_predict *processor;

static void __attribute__((noreturn)) die(const char *what) {
    fprintf(stderr, "steps: %s: %s\n", what, strerror(errno));
    kill(child, SIGKILL);
    exit(2);
}

static bool in_code(uint64_t pc) {
    return pc >= low && pc < high;
}

static void peek(uint64_t at, void *to, size_t size) {
    if (pread(memory, to, size, (off_t)at) != (ssize_t)size)
        die("read of the program's memory");
}

static void poke(uint64_t at, uint8_t byte) {
    if (pwrite(memory, &byte, 1, (off_t)at) != 1)
        die("write to the program's memory");
}

static struct breakpoint *find(uint64_t address) {
    for (size_t i = 0; i < npoints; i++)
        if (points[i].address == address)
            return &points[i];
    return NULL;
}

static void set_point(uint64_t address, bool stays) {
    struct breakpoint *b = find(address);
    if (!b) {
        points = realloc(points, (npoints + 1) * sizeof *points);
        b = &points[npoints++];
        *b = (struct breakpoint){.address = address};
    }
    b->stays |= stays;
    peek(address, &b->byte, 1);
    b->set = b->byte != 0xcc;
    if (b->set)
        poke(address, 0xcc);
}

static void new_code(const char *name, uint64_t address, uint64_t size) {
    low = address < low ? address : low;
    high = address + size > high ? address + size : high;
    bool fault = !strcmp(name, "jitlab_fault");
    bool called = !strcmp(name, "jitlab_enter") || !strcmp(name, "jitlab_resume") ||
                  (frames && !strncmp(name, "guest_", 6) && !strstr(name, ".far"));
    if (fault || called)
        set_point(address, true);
    if (called)
        find(address)->called = true;
}

/* Takes in the records written since the last time. */
static void read_dump(void) {
    if (dump < 0) {
        char path[4096];
        snprintf(path, sizeof path, "%s/jit-%d.dump", directory, (int)child);
        dump = open(path, O_RDONLY | O_CLOEXEC);
    }
    struct {
        uint32_t id, size;
        uint64_t time;
        uint32_t pid, tid;
        uint64_t vma, address, code_size, index;
        char name[64];
    } r;
    for (;;) {
        ssize_t n = dump < 0 ? 0 : pread(dump, &r, sizeof r, dump_read);
        char last;
        if (n < 16 || r.size < 16 || pread(dump, &last, 1, dump_read + r.size - 1) != 1)
            return; /* not there yet as a whole */
        if (r.id == 0)
            new_code(r.name, r.address, r.code_size);
        dump_read += r.size;
    }
}

static int wait_stop(void) {
    int status;
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    return status;
}

/* The instruction at pc left the code cache: if it was a call, it comes back to what stands on the stack. */
static void leaving(uint64_t pc, uint64_t rsp) {
    uint8_t code[3];
    uint64_t back;
    peek(pc, code, sizeof code);
    const uint8_t *op = code + ((code[0] & 0xf0) == 0x40);
    if (*op != 0xe8 && !(*op == 0xff && (op[1] >> 3 & 7) == 2))
        return;
    peek(rsp, &back, sizeof back);
    set_point(back, false);
}

/* Tells the modelled processor of the instruction at pc, behind which it went on at next. */
static void model(uint64_t pc, uint64_t next) {
    uint8_t code[16] = {0};
    struct jl_x64_branch b;
    if (pread(memory, code, sizeof code, (off_t)pc) < 1 || !jl_x64_branch(code, code + sizeof code, &b))
        die("read of an instruction");
    uint32_t from = (uint32_t)(pc - low), end = from + b.length;
    uint32_t to = in_code(next) ? (uint32_t)(next - low) : OUTSIDE;
    jl_predict_fetch(processor, from, end);
    if (b.kind == JL_X64_CALL || b.kind == JL_X64_CALL_TO)
        jl_predict_call(processor, end);
    if (b.kind == JL_X64_RET)
        jl_predict_return(processor, to);
    else if (b.kind != JL_X64_NO_BRANCH && (b.kind != JL_X64_COND || to != end))
        jl_predict_branch(processor, end - 1, to, b.kind == JL_X64_JUMP_TO || b.kind == JL_X64_CALL_TO);
    if (b.kind == JL_X64_CALL_TO) /* to C, which comes back */
        jl_predict_forget_call(processor);
}

/* At a breakpoint: steps through translated code. Returns the signal to go on with. */
static int step(struct breakpoint *at, struct user_regs_struct *regs, uint64_t *count) {
    regs->rip = at->address;
    if (at->called)
        jl_predict_call(processor, OUTSIDE);
    if (ptrace(PTRACE_SETREGS, child, NULL, regs))
        die("PTRACE_SETREGS");
    poke(at->address, at->byte);
    at->set = false;
    for (uint64_t pc = regs->rip;; pc = regs->rip) {
        if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL))
            die("PTRACE_SINGLESTEP");
        int status = wait_stop();
        if (!WIFSTOPPED(status) || ptrace(PTRACE_GETREGS, child, NULL, regs))
            die("the program ended in translated code");
        if (at && at->stays)
            set_point(at->address, true);
        at = NULL;
        if (WSTOPSIG(status) != SIGTRAP)
            return WSTOPSIG(status); /* a fault: the instruction was not executed */
        ++*count;
        model(pc, regs->rip);
        if (!in_code(regs->rip)) {
            leaving(pc, regs->rsp);
            return 0;
        }
    }
}

static uint64_t run(void) {
    uint64_t count = 0;
    int go_on = 0;
    for (;;) {
        if (ptrace(PTRACE_SYSCALL, child, NULL, (void *)(intptr_t)go_on))
            die("PTRACE_SYSCALL");
        int status = wait_stop();
        go_on = 0;
        if (WIFEXITED(status) || WIFSIGNALED(status))
            return count;
        int sig = WSTOPSIG(status);
        struct user_regs_struct regs;
        if (sig == (SIGTRAP | 0x80)) {
            read_dump();
        } else if (sig == SIGTRAP && ptrace(PTRACE_GETREGS, child, NULL, &regs) == 0 && find(regs.rip - 1)) {
            go_on = step(find(regs.rip - 1), &regs, &count);
        } else if (sig != SIGTRAP) {
            go_on = sig;
        }
    }
}

static void start(char **argv) {
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        dup2(null, 2);
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execv(argv[0], argv);
        _exit(127);
    }
    char path[64];
    if (!WIFSTOPPED(wait_stop()) ||
        ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)))
        die("ptrace");
    if (ptrace(PTRACE_CONT, child, NULL, NULL) || !WIFSTOPPED(wait_stop())) /* the exec */
        die("exec");
    snprintf(path, sizeof path, "/proc/%d/mem", (int)child);
    memory = open(path, O_RDWR | O_CLOEXEC);
    if (memory < 0)
        die(path);
}

int main(int argc, char **argv) {
    cpu_set_t one;
    if (argc < 3) {
        fputs("usage: steps DIR JITLAB exec --jitdump DIR ... PROGRAM [ARG]...\n", stderr);
        return 2;
    }
    int cpu = sched_getcpu(); /* stepping is twice as fast with both on one processor */
    CPU_ZERO(&one);
    CPU_SET(cpu < 0 ? 0 : cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
    directory = argv[1];
    for (int i = 2; i < argc; i++)
        frames |= !strcmp(argv[i], "dispatch=c-loop");
    struct jl_predict_params params;
    char err[256];
    if (!jl_predict_parse(JL_PREDICT_DEFAULT, &params, err, sizeof err) || !(processor = jl_predict_new(&params)))
        return 2;
    start(argv + 2);
    printf("%llu\n", (unsigned long long)run());
    const struct jl_predict_counters *c = jl_predict_counters(processor);
#define JL_MODEL_COUNTER(field, unit, summary) printf(#field " %llu ", (unsigned long long)c->field);
#include "jit/model/model.def"
#undef JL_MODEL_COUNTER
    putchar('\n');
    return 0;
}
