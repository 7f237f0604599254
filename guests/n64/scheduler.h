/* Time in processor cycles, and what happens when. */
#ifndef JL_N64_SCHEDULER_H
#define JL_N64_SCHEDULER_H

#include <stdint.h>

enum {
    JL_N64_CLOCK = 93750000, /* the processor's; the RCP's is two thirds of it */
    /* Cycles of a tick (jit/cpu.h), which is an instruction's time unless it is one of isa/stall.h. The real pipeline
     * does one in a cycle at best; cache misses and loads' stalls make it about two in programs at large. */
    JL_N64_TICK = 2,
    JL_N64_EXCEPTION_TICKS = 4, /* so that a loop of nothing but exceptions takes time too */
    /* What the processor waits for a register of the RCP beside an instruction's time, in cycles, before the RCP's next
     * cycle begins. krom's TIMINGNTSC ROMs read VI's line in a loop of five instructions; what a turn of it took on a
     * console with an ADD, ADD.D, MULT, DMULT, DIV and DDIV in it (27.19, 28.69, 30.51, 33.16, 63.09 and 94.69) are
     * whole cycles of the RCP with 15.6 to 16 here, and the rest: */
    JL_N64_READ_WAIT = 16,
    JL_N64_READ_LATE = 129, /* of so many reads of a thousand for one more cycle of the RCP */
};
#define JL_N64_NEVER UINT64_MAX

/* What has a time. The order breaks ties. */
enum jl_n64_event {
    JL_N64_COMPARE,
    JL_N64_VI_LINE,
    JL_N64_VI_FIELD,
    JL_N64_AI,
    JL_N64_PI,
    JL_N64_PI_WRITE,
    JL_N64_SI,
    JL_N64_SP_DMA,
    JL_N64_SP,
    JL_N64_DP,
    JL_N64_NMI,
    JL_N64_EVENTS
};

struct jl_n64;
struct jl_state;

/* Instructions and processor cycles since power-on. */
uint64_t jl_n64_retired(const struct jl_n64 *n);
uint64_t jl_n64_now(const struct jl_n64 *n);
/* The event comes `cycles` from now, instead of when it would have come before. */
void jl_n64_after(struct jl_n64 *n, enum jl_n64_event event, uint64_t cycles);
/* The event comes at that time. */
void jl_n64_at(struct jl_n64 *n, enum jl_n64_event event, uint64_t cycle);
void jl_n64_cancel(struct jl_n64 *n, enum jl_n64_event event);
/* The processor reads something of the RCP's, or behind it, and waits for it: so many cycles, and until a cycle of the
 * RCP ends. What is less than a tick of that comes with the next such wait. */
void jl_n64_wait(struct jl_n64 *n, uint32_t cycles);
/* The processor is to stop behind the instruction that it is at, if it runs: what it was let run for has changed. */
void jl_n64_end_run(struct jl_n64 *n);
/* Does all events whose time has come; returns the time of the next. */
uint64_t jl_n64_events(struct jl_n64 *n);

void jl_n64_scheduler_state(struct jl_n64 *n, struct jl_state *s);

#endif
