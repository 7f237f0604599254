/* Time in processor cycles, and what happens when. */
#include "guests/n64/ai.h"
#include "guests/n64/cop0.h"
#include "guests/n64/dp.h"
#include "guests/n64/n64.h"
#include "guests/n64/pi.h"
#include "guests/n64/reset.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/si.h"
#include "guests/n64/sp.h"
#include "guests/n64/state.h"
#include "guests/n64/vi.h"

static void (*const handler[JL_N64_EVENTS])(struct jl_n64 *) = {
    [JL_N64_COMPARE] = jl_cop0_compare_reached,
    [JL_N64_VI_LINE] = jl_vi_line,
    [JL_N64_VI_FIELD] = jl_vi_field,
    [JL_N64_AI] = jl_ai_done,
    [JL_N64_PI] = jl_pi_done,
    [JL_N64_PI_WRITE] = jl_pi_write_done,
    [JL_N64_SI] = jl_si_done,
    [JL_N64_SP_DMA] = jl_sp_dma_done,
    [JL_N64_SP] = jl_sp_slice,
    [JL_N64_DP] = jl_dp_done,
    [JL_N64_NMI] = jl_reset_nmi,
};

uint64_t jl_n64_retired(const struct jl_n64 *n) {
    return n->retired_before + jl_machine_retired(n->machine);
}

static uint64_t ticks(const struct jl_n64 *n) {
    return n->ticks_before + jl_machine_ticks(n->machine);
}

uint64_t jl_n64_now(const struct jl_n64 *n) {
    return ticks(n) * JL_N64_TICK;
}

/* In halves of a cycle, of which the RCP's has three. */
void jl_n64_wait(struct jl_n64 *n, uint32_t cycles) {
    enum { RCP = 3, TICK = 2 * JL_N64_TICK };
    uint64_t now = 2 * jl_n64_now(n) + n->wait_rest, end = now + 2 * (uint64_t)cycles + RCP - 1;
    end -= end % RCP;
    n->wait_late += JL_N64_READ_LATE;
    if (n->wait_late >= 1000) {
        n->wait_late -= 1000;
        end += RCP;
    }
    uint32_t halves = n->wait_rest + (uint32_t)(end - now);
    n->wait_rest = halves % TICK;
    jl_machine_stall(n->machine, halves / TICK);
}

void jl_n64_end_run(struct jl_n64 *n) {
    if (n->due)
        n->cpu->interrupt = 1;
}

void jl_n64_at(struct jl_n64 *n, enum jl_n64_event event, uint64_t cycle) {
    n->event[event] = cycle;
    if (cycle < n->due)
        jl_n64_end_run(n);
}

void jl_n64_after(struct jl_n64 *n, enum jl_n64_event event, uint64_t cycles) {
    jl_n64_at(n, event, jl_n64_now(n) + cycles);
}

void jl_n64_cancel(struct jl_n64 *n, enum jl_n64_event event) {
    n->event[event] = JL_N64_NEVER;
}

uint64_t jl_n64_events(struct jl_n64 *n) {
    for (;;) {
        unsigned first = 0;
        for (unsigned i = 1; i < JL_N64_EVENTS; i++)
            if (n->event[i] < n->event[first])
                first = i;
        if (n->event[first] > jl_n64_now(n))
            return n->event[first];
        n->event[first] = JL_N64_NEVER;
        handler[first](n);
    }
}

void jl_n64_scheduler_state(struct jl_n64 *n, struct jl_state *s) {
    static const char *const names[JL_N64_EVENTS] = {
        [JL_N64_COMPARE] = "compare", [JL_N64_VI_LINE] = "vi_line", [JL_N64_VI_FIELD] = "vi_field",
        [JL_N64_AI] = "ai",           [JL_N64_PI] = "pi",           [JL_N64_PI_WRITE] = "pi_write",
        [JL_N64_SI] = "si",           [JL_N64_SP_DMA] = "sp_dma",   [JL_N64_SP] = "sp",
        [JL_N64_DP] = "dp",           [JL_N64_NMI] = "nmi",
    };
    const uint64_t ages = ((uint64_t)1 << 56) - 1; /* so that no sum of times overflows */
    uint64_t retired = jl_n64_retired(n), stalled = ticks(n) - retired;
    jl_state_part(s, "time");
    JL_STATE_ONE(s, "retired", retired, ages);
    JL_STATE_ONE(s, "stalled", stalled, ages);
    JL_STATE_ONE(s, "wait_rest", n->wait_rest, 3);
    JL_STATE_ONE(s, "wait_late", n->wait_late, 0x3ff);
    jl_state_require(s, n->wait_late < 1000, "wait_late");
    n->retired_before = retired - jl_machine_retired(n->machine);
    n->ticks_before = retired + stalled - jl_machine_ticks(n->machine);
    jl_state_part(s, "event");
    for (unsigned i = 0; i < JL_N64_EVENTS; i++)
        JL_STATE_ONE(s, names[i], n->event[i], JL_STATE_ANY);
}
