/* DP: the RDP's command registers. Commands are drawn when the end register is written, and what is left of a long list
 * in further turns, so that the console's clock (and its limits) go on; where the time limit cuts a turn, the rest
 * is left for whoever goes on from there. The end of a frame of them (SYNC_FULL) is told some time later, by how many
 * there were. */
#include "guests/n64/bytes.h"
#include "guests/n64/dp.h"
#include "guests/n64/mi.h"
#include "guests/n64/n64.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/state.h"

enum { START, END, CURRENT, STATUS, CLOCK, BUFFER_BUSY, PIPE_BUSY, TMEM_BUSY };
enum {
    XBUS = 1,
    FREEZE = 2,
    FLUSH = 4,
    GCLK = 8,
    PIPE = 1 << 5,
    READY = 1 << 7,
    END_PENDING = 1 << 9,
    START_PENDING = 1 << 10,
    CYCLES_PER_WORD = 12, /* what a command's words take on the average; drawing itself is not timed */
    BATCH = 64,
    TURN = 1024 /* words */
};

static uint64_t command_word(const struct jl_n64 *n, uint32_t at) {
    const uint8_t *from = n->sp.rsp->dmem + (at & 0xff8);
    uint8_t bytes[8];
    if (!(n->dp.status & XBUS)) {
        if (at + 8 > n->ram_bytes)
            return 0;
        jl_ram_get(n, at, bytes, sizeof bytes);
        from = bytes;
    } else {
        jl_rsp_settle(n->sp.rsp);
    }
    return (uint64_t)jl_be32(from) << 32 | jl_be32(from + 4);
}

static bool busy(const struct jl_n64 *n) {
    return n->dp.current < n->dp.end;
}

/* The list that was named while another one was still drawn. */
static void take_next(struct jl_n64 *n) {
    if (!(n->dp.status & END_PENDING))
        return;
    n->dp.current = n->dp.start;
    n->dp.end = n->dp.next_end;
    n->dp.status &= ~(uint32_t)(START_PENDING | END_PENDING);
}

static void run(struct jl_n64 *n) {
    uint64_t words[BATCH];
    uint32_t total = 0;
    if (n->dp.status & FREEZE)
        return;
    while (busy(n) && total < TURN && n->end != JL_N64_END_LIMIT) {
        unsigned count = 0;
        for (uint32_t at = n->dp.current; count < BATCH && at < n->dp.end; at += 8)
            words[count++] = command_word(n, at);
        unsigned taken = jl_rdp_commands(n->dp.rdp, words, count, &n->dp.full);
        n->dp.current += 8 * taken;
        total += taken;
    }
    n->dp.status |= GCLK | PIPE;
    if (!busy(n))
        take_next(n);
    if (n->dp.full || busy(n))
        jl_n64_after(n, JL_N64_DP, (uint64_t)total * CYCLES_PER_WORD + 1);
}

void jl_dp_done(struct jl_n64 *n) {
    if (n->dp.full) {
        n->dp.full = false;
        n->dp.status &= ~(uint32_t)(GCLK | PIPE);
        jl_mi_raise(n, JL_N64_IRQ_DP);
    }
    if (busy(n))
        run(n);
}

uint32_t jl_dp_read(struct jl_n64 *n, uint32_t addr) {
    switch (addr >> 2 & 7) {
    case START: return n->dp.start;
    case END: return n->dp.end;
    case CURRENT: return n->dp.current;
    case STATUS: return n->dp.status | READY;
    case CLOCK: return (uint32_t)((jl_n64_now(n) - n->dp.clock_start) * 2 / 3) & 0xffffff;
    default: return 0;
    }
}

static void write_status(struct jl_n64 *n, uint32_t v) {
    uint32_t *status = &n->dp.status;
    static const uint32_t bits[3] = {XBUS, FREEZE, FLUSH};
    bool was_frozen = *status & FREEZE;
    for (unsigned i = 0; i < 3; i++) {
        if (v >> (2 * i) & 1)
            *status &= ~bits[i];
        if (v >> (2 * i + 1) & 1)
            *status |= bits[i];
    }
    if (v & 1 << 9)
        n->dp.clock_start = jl_n64_now(n);
    if (was_frozen && !(*status & FREEZE))
        run(n);
}

static void write_end(struct jl_n64 *n, uint32_t v) {
    v &= 0xfffff8;
    if (n->dp.status & START_PENDING && busy(n) && !(n->dp.status & FREEZE)) {
        n->dp.next_end = v;
        n->dp.status |= END_PENDING;
        return;
    }
    n->dp.end = v;
    if (n->dp.status & START_PENDING) {
        n->dp.current = n->dp.start;
        n->dp.status &= ~(uint32_t)START_PENDING;
    }
    run(n);
}

void jl_dp_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    switch (addr >> 2 & 7) {
    case START:
        if (!(n->dp.status & START_PENDING))
            n->dp.start = v & 0xfffff8;
        n->dp.status |= START_PENDING;
        break;
    case END: write_end(n, v); break;
    case STATUS: write_status(n, v); break;
    default: break;
    }
}

/* The span buffer's self-test: registers that keep what is written. */
uint32_t jl_dps_read(struct jl_n64 *n, uint32_t addr) {
    return n->dp.spare[addr >> 2 & 3];
}

void jl_dps_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    n->dp.spare[addr >> 2 & 3] = v;
}

void jl_dp_state(struct jl_n64 *n, struct jl_state *s) {
    jl_state_part(s, "dp");
    JL_STATE_ONE(s, "start", n->dp.start, 0xfffff8);
    JL_STATE_ONE(s, "end", n->dp.end, 0xfffff8);
    JL_STATE_ONE(s, "current", n->dp.current, 0x1fffff8); /* may stand behind the highest end */
    JL_STATE_ONE(s, "status", n->dp.status, 0x7ff);
    JL_STATE_ONE(s, "next_end", n->dp.next_end, 0xfffff8);
    JL_STATE_ONE(s, "full", n->dp.full, 1);
    JL_STATE_ONE(s, "clock_start", n->dp.clock_start, JL_STATE_ANY);
    JL_STATE_ALL(s, "spare", n->dp.spare, JL_STATE_ANY);
    jl_rdp_state(n->dp.rdp, s);
}
