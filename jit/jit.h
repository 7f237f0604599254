/* jitlab's translator: the public interface.
 *
 * A machine is one guest processor with its memory, a configuration (one strategy from each axis) and the code
 * translated for it. Nothing is global: a process may hold any number of machines with different configurations. A
 * machine is used by one thread at a time; several may share a memory.
 */
#ifndef JL_JIT_H
#define JL_JIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "jit/config.h"
#include "jit/cpu.h"
#include "jit/mem.h"
#include "jit/model/predict.h"

struct jl_machine;

/* What the tools around translation want; all off by default. */
struct jl_tools {
    bool check;   /* lockstep with the interpreter; a difference prints a report to `dump` and aborts the run */
    bool count;   /* exact host instruction counts (adds counters to translated code) */
    bool profile; /* keep per-block counts for jl_machine_profile; implies count */
    const struct jl_predict_params *model; /* model a processor's front end (borrowed); implies count; NULL = none */
    bool time_passes;                      /* keep what the steps of translation take, for jl_machine_time_passes */
    bool dump_guest, dump_ir, dump_host;
    bool perf_map;       /* /tmp/perf-PID.map */
    const char *jitdump; /* directory for jit-PID.dump (for perf inject) and the guest listing it refers to, or NULL */
    bool gdb;            /* register translations with GDB's JIT interface */
    FILE *dump;          /* where dumps and reports go; NULL = stderr */
};

/* The translator's own events: one X-macro feeds the struct, the names, `list counters`, the JSON and PAPI's
 * software-defined events. JL_COUNTER(field, unit, deterministic, summary) */
struct jl_counters {
#define JL_COUNTER(field, unit, deterministic, summary) uint64_t field;
#include "jit/counters.def"
#undef JL_COUNTER
};

/* Makes a machine over mem (borrowed; it must outlive the machine). config is copied. On
 * failure returns NULL with one sentence in err: an impossible combination of strategies, or no memory. */
struct jl_machine *jl_machine_new(const struct jl_config *config, const struct jl_tools *tools, struct jl_mem *mem,
                                  char *err, size_t err_size);
void jl_machine_free(struct jl_machine *m);

/* For a further thread on the same memory: another machine with m's configuration and tools. Machines on one memory may
 * run at the same time, each on a thread of its own. A guest's announced changes of code (cacheflush, SYNCI; under
 * invalidate=none these reach no machine) and all changes of mappings have reached every machine when the call that
 * makes them returns; stores to translated code that the guest does not announce reach other threads' translations as
 * far as the invalidation strategy watches pages. */
struct jl_machine *jl_machine_again(const struct jl_machine *m, char *err, size_t err_size);
/* The calling thread takes over a machine that another one ran before (and runs no more). */
void jl_machine_take(struct jl_machine *m);
/* The registers and modes of another processor; time slice and counts stay. */
void jl_machine_copy_cpu(struct jl_machine *m, const struct jl_cpu *from);
/* Adds what another machine of the process has counted, from its creation on; `from` is to be freed. */
void jl_machine_absorb(struct jl_machine *m, struct jl_machine *from);
/* In a forked child, on the thread that runs m: the other machines on its memory are gone. */
void jl_machine_forked(struct jl_machine *m);

/* The processor: registers may be read and written whenever the machine is not running. After changing mode or isa
 * no further call is needed: translations are keyed by mode. */
struct jl_cpu *jl_machine_cpu(struct jl_machine *m);

/* Runs from cpu->pc until an exit for the guest (JL_EXIT_SYSCALL ... JL_EXIT_COP0) or until the time slice given by
 * cpu->slice is used up (JL_EXIT_SLICE) or jl_machine_interrupt was called. State is precise: cpu->pc is the
 * instruction concerned (the branch, if in a delay slot) and nothing of it has happened. */
enum jl_exit jl_machine_run(struct jl_machine *m);

/* Sets the time slice: the machine leaves with JL_EXIT_SLICE after about n more ticks (cpu.h; a region's worth of
 * overshoot at most, and none but the last instruction's on a 64-bit processor). Keeps jl_machine_ticks continuous. */
void jl_machine_set_slice(struct jl_machine *m, int64_t n);
/* Makes jl_machine_run return JL_EXIT_SLICE soon. Async-signal safe when called on the machine's own thread. */
void jl_machine_interrupt(struct jl_machine *m);
/* Guest instructions retired since creation; exact whenever the machine is not running, and when the board carries out
 * an instruction of coprocessor 0. */
uint64_t jl_machine_retired(const struct jl_machine *m);
/* Their time, in ticks (cpu.h); exact then, and when a device does an access. */
uint64_t jl_machine_ticks(const struct jl_machine *m);
/* A device's access takes so many ticks more than another instruction: called by the device while it does it, or, when
 * the machine is not running, by whoever did the access in the machine's place. */
void jl_machine_stall(struct jl_machine *m, uint32_t ticks);

/* What mem->guest's find has said of [addr, addr+len) is void: the guest's own translation of addresses has changed. In
 * guest bytes, whole pages; len at most 4 GiB. */
void jl_machine_remapped(struct jl_machine *m, uint32_t addr, uint64_t len);
/* The same guest says that its tables put the page at addr to the page at `at` from now on, of which nothing was known:
 * a hint, so that the first access does not have to ask. */
void jl_machine_mapped(struct jl_machine *m, uint32_t addr, uint32_t at, bool writable);

/* The guest executed a cache instruction or cacheflush call over [addr, addr+len): what `explicit` relies on. */
void jl_machine_cacheflush(struct jl_machine *m, uint32_t addr, uint32_t len);
/* It executed one that names a line of len bytes of the instruction cache by its index: any address may be in there
 * that is addr modulo `way`, the bytes of the cache (of one way of it; whole pages). */
void jl_machine_cacheflush_index(struct jl_machine *m, uint32_t addr, uint32_t len, uint32_t way);

const struct jl_counters *jl_machine_counters(struct jl_machine *m); /* brings derived counters up to date first */
/* Prints the profile (tools.profile): executions, host instructions and share of each block, hottest first, at most
 * `top` of them with guest and host code side by side; the shares of all lines add up to 100 %. length * executions +
 * beside = total; beside are the arms of its branch and far pieces, less what early exits left out. */
void jl_machine_profile(struct jl_machine *m, FILE *out, unsigned top);
/* What the modelled processor counted (tools.model), machines that m absorbed included; NULL when there is none, or its
 * path through the code was lost, so that a wrong count is never shown. */
const struct jl_predict_counters *jl_machine_model(struct jl_machine *m);
/* Prints what the steps of translation took (tools.time_passes): runs, time, share, and IR ops before and behind. Of m
 * alone, not of machines it absorbed. */
void jl_machine_time_passes(const struct jl_machine *m, FILE *out);
/* True when it runs in lockstep with the interpreter (tools.check). */
bool jl_machine_checking(const struct jl_machine *m);
/* True after --check found a difference (the report was printed). */
bool jl_machine_check_failed(const struct jl_machine *m);

/* Installs the process-wide SIGSEGV/SIGBUS handler on an alternate stack for the calling thread. Idempotent; faults
 * that do not come from translated code of a running machine are passed on to whatever handled them before. */
void jl_faults_install(void);
/* Gives the calling thread's alternate stack back, before it ends. */
void jl_faults_uninstall(void);

#endif
