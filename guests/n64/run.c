/* The console's life: the processor until something is the board's business, what that asks for, and the events whose
 * time has come. */
#include <stdio.h>

#include "guests/n64/access.h"
#include "guests/n64/cop0.h"
#include "guests/n64/exception.h"
#include "guests/n64/n64.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/views.h"
#include "jit/util/clock.h"

/* Between two looks at the host's clock, at most. Exits, since there may be no instruction that is ever retired. */
enum { LOOK_INSTRUCTIONS = 1 << 20, LOOK_EXITS = 4096 };

static void end(struct jl_n64 *n, enum jl_n64_end kind, const char *why) {
    n->end = kind;
    snprintf(n->why, sizeof n->why, "%s", why);
}

static bool fetch_misaligned(const struct jl_n64 *n) {
    return n->cpu->pc & 3 && n->cpu->exit_addr == n->cpu->pc;
}

void jl_n64_handle(struct jl_n64 *n, enum jl_exit reason) {
    switch (reason) {
    case JL_EXIT_SLICE: break;
    case JL_EXIT_SYSCALL: jl_exception(n, JL_EXC_SYS, 0); break;
    case JL_EXIT_BREAK: jl_exception(n, JL_EXC_BP, 0); break;
    case JL_EXIT_TRAP: jl_exception(n, JL_EXC_TR, 0); break;
    case JL_EXIT_OVERFLOW: jl_exception(n, JL_EXC_OV, 0); break;
    case JL_EXIT_RI: jl_exception(n, JL_EXC_RI, n->cpu->exit_code); break;
    case JL_EXIT_CPU: jl_exception(n, JL_EXC_CPU, n->cpu->exit_code); break;
    case JL_EXIT_FPE: jl_exception(n, JL_EXC_FPE, 0); break;
    case JL_EXIT_COP0: jl_cop0_instruction(n, n->cpu->exit_code); break;
    case JL_EXIT_FAULT_FETCH: jl_n64_fetch(n); break;
    case JL_EXIT_MISS: jl_n64_miss(n); break;
    case JL_EXIT_ADEL:
    case JL_EXIT_ADES:
    case JL_EXIT_FAULT_LOAD:
    case JL_EXIT_FAULT_STORE:
        if (fetch_misaligned(n))
            jl_n64_fetch(n);
        else
            jl_n64_data_access(n);
        break;
    default:
        end(n, JL_N64_END_INTERNAL, "");
        snprintf(n->why, sizeof n->why, "the machine left for an unknown reason (%d)", (int)reason);
        break;
    }
}

/* What the machine left for while it runs until an event, except for what may run it again (a fetch). */
bool jl_n64_take(void *ctx, enum jl_exit reason) {
    struct jl_n64 *n = ctx;
    if (++n->exits >= LOOK_EXITS || !n->due || reason == JL_EXIT_SLICE || reason == JL_EXIT_FAULT_FETCH ||
        fetch_misaligned(n))
        return false;
    jl_views_run_ended(n);
    jl_n64_handle(n, reason);
    jl_cop0_show(n);
    jl_views_run_begins(n);
    if (n->end != JL_N64_RUNNING || n->cpu->mode & JL_MODE_REVERSED || jl_exception_wanted(n))
        jl_n64_end_run(n);
    return true;
}

bool jl_n64_time_is_up(struct jl_n64 *n) {
    if (n->options.max_seconds <= 0 || (double)(jl_now_ns() - n->started_ns) <= n->options.max_seconds * 1e9)
        return false;
    end(n, JL_N64_END_LIMIT, "time limit reached");
    jl_n64_end_run(n);
    return true;
}

static void look_at_limits(struct jl_n64 *n) {
    if (n->options.max_instructions && jl_machine_retired(n->machine) >= n->options.max_instructions)
        end(n, JL_N64_END_LIMIT, "instruction limit reached");
    jl_n64_time_is_up(n);
}

/* Ticks until the next event, and until the next look at the limits. */
static int64_t slice_until(const struct jl_n64 *n, uint64_t event) {
    uint64_t cycles = event - jl_n64_now(n), slice = (cycles + JL_N64_TICK - 1) / JL_N64_TICK;
    uint64_t max = n->options.max_instructions, retired = jl_machine_retired(n->machine);
    if (slice > LOOK_INSTRUCTIONS)
        slice = LOOK_INSTRUCTIONS;
    if (max && slice > max - retired)
        slice = max - retired;
    return (int64_t)slice - 1; /* the machine leaves when it gets below zero */
}

void jl_n64_run(struct jl_n64 *n) {
    uint64_t looked = 0;
    n->started_ns = jl_now_ns();
    while (n->end == JL_N64_RUNNING) {
        uint64_t next = jl_n64_events(n);
        if (jl_machine_retired(n->machine) - looked >= LOOK_INSTRUCTIONS || ++n->exits >= LOOK_EXITS ||
            (n->options.max_instructions && jl_machine_retired(n->machine) >= n->options.max_instructions)) {
            looked = jl_machine_retired(n->machine);
            n->exits = 0;
            look_at_limits(n);
        }
        if (n->end != JL_N64_RUNNING)
            break;
        jl_exception_interrupt(n);
        if (next <= jl_n64_now(n))
            continue; /* the exception took the time that was left */
        if (n->cpu->mode & JL_MODE_REVERSED) {
            jl_n64_step(n);
            continue;
        }
        n->due = next;
        jl_machine_set_slice(n->machine, slice_until(n, next));
        jl_cop0_show(n);
        jl_views_run_begins(n);
        enum jl_exit reason = jl_machine_run(n->machine);
        n->due = 0;
        jl_views_run_ended(n);
        if (jl_machine_check_failed(n->machine)) { /* one difference is told */
            end(n, JL_N64_END_INTERNAL, "");
            break;
        }
        jl_n64_handle(n, reason);
    }
}
