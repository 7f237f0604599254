/* SP: the RSP's memories, its registers and DMA. The RSP itself is in rsp/; here it is given its turns, two thirds of
 * an instruction for each of the processor's cycles. */
#include <string.h>

#include "guests/n64/bytes.h"
#include "guests/n64/dp.h"
#include "guests/n64/mi.h"
#include "guests/n64/n64.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/sp.h"
#include "guests/n64/state.h"
#include "guests/n64/views.h"

enum { MEM, DRAM, RD_LEN, WR_LEN, STATUS, DMA_FULL, DMA_BUSY, SEMAPHORE };
enum {
    HALT = 1,
    BROKE = 2,
    BUSY = 4,
    FULL = 8,
    STEP = 1 << 5,
    INTR_BREAK = 1 << 6,
    SIGNALS = 7,  /* the first one's bit */
    SLICE = 512,  /* instructions in a turn, at most */
    DP_FIRST = 8, /* COP0 registers from here on are the DP's */
    DP_END = 9
};

/* The RSP as the end of its last turn left it. */
static struct jl_rsp *settled(const struct jl_n64 *n) {
    jl_rsp_settle(n->sp.rsp);
    return n->sp.rsp;
}

uint32_t jl_sp_mem_read(struct jl_n64 *n, uint32_t addr) {
    const uint8_t *memory = addr & 0x1000 ? n->sp.rsp->imem : settled(n)->dmem;
    return jl_be32(memory + (addr & 0xffc));
}

/* The processor may be executing from DMEM or IMEM: a copy of the page, which is a view beside the usual ones. */
static void contents_changed(struct jl_n64 *n) {
    if (n->views.count)
        jl_views_flush(n);
}

void jl_sp_mem_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    bool code = addr & 0x1000;
    jl_put_be32((code ? settled(n)->imem : settled(n)->dmem) + (addr & 0xffc), v);
    if (code)
        jl_rsp_imem_written(n->sp.rsp);
    contents_changed(n);
}

/* ---- DMA ---- */

/* Rows of a length, with a stride in RDRAM; addresses wrap within DMEM or IMEM. In bytes. */
struct shape {
    uint32_t row, rows, skip;
};
static struct shape shape_of(const struct jl_n64_sp_dma *d) {
    return (struct shape){((d->len & 0xfff) | 7) + 1, (d->len >> 12 & 0xff) + 1, d->len >> 20 & 0xff8};
}

/* Cycles of the RCP: eight bytes in each, and as much time again as 64 bytes take for a row. */
static uint32_t row_time(const struct shape *s) {
    return s->row / 8 + 8;
}

static uint64_t time_of(const struct shape *s) {
    return (uint64_t)s->rows * row_time(s) * 3 / 2;
}

static uint32_t mem_at(const struct jl_n64_sp_dma *d, uint32_t bytes) {
    return (d->mem & 0x1000) | ((d->mem + bytes) & 0xfff);
}

/* One row. What is not there in RDRAM reads as 0. */
static void transfer_row(struct jl_n64 *n, uint8_t *memory, uint32_t mem, uint32_t dram, uint32_t row, bool to_ram) {
    while (row) {
        uint32_t at = mem & 0xff8, piece = row < 0x1000 - at ? row : 0x1000 - at;
        uint32_t there = dram < n->ram_bytes ? n->ram_bytes - dram : 0, inside = piece < there ? piece : there;
        if (to_ram) {
            jl_ram_put(n, dram, memory + at, inside);
        } else {
            jl_ram_get(n, dram, memory + at, inside);
            memset(memory + at + inside, 0, piece - inside);
        }
        mem += piece;
        dram += piece;
        row -= piece;
    }
}

/* All at once, at the transfer's beginning. */
static void transfer(struct jl_n64 *n, const struct jl_n64_sp_dma *d) {
    struct shape s = shape_of(d);
    uint8_t *memory = d->mem & 0x1000 ? settled(n)->imem : settled(n)->dmem;
    for (uint32_t r = 0; r < s.rows; r++) {
        uint32_t first = d->dram + r * (s.row + s.skip);
        transfer_row(n, memory, d->mem + r * s.row, first, s.row, d->to_ram);
        if (d->to_ram && first < n->ram_bytes) {
            jl_n64_ram_written(n, first, s.row < n->ram_bytes - first ? s.row : n->ram_bytes - first);
            jl_n64_dma_written(n, first, s.row);
        }
    }
    if (d->mem & 0x1000 && !d->to_ram)
        jl_rsp_imem_written(n->sp.rsp);
    jl_n64_after(n, JL_N64_SP_DMA, time_of(&s));
    contents_changed(n);
}

/* The registers after so many cycles of the RCP: addresses go on, lengths and rows count down. Programs wait for a
 * part of a transfer by them (krom's RSP decoder of 16-bit YUV blocks does). */
static struct jl_n64_sp_dma registers_after(const struct jl_n64_sp_dma *d, uint64_t cycles) {
    struct shape s = shape_of(d);
    uint32_t row = (uint32_t)(cycles / row_time(&s)), in_row = (uint32_t)(cycles % row_time(&s)) * 8;
    if (row >= s.rows) {
        row = s.rows - 1;
        in_row = s.row;
    }
    in_row = in_row < s.row ? in_row : s.row;
    return (struct jl_n64_sp_dma){.mem = mem_at(d, row * s.row + in_row),
                                  .dram = (d->dram + row * (s.row + s.skip) + in_row) & 0xffffff,
                                  .len =
                                      (d->len & 0xff800000) | (s.rows - 1 - row) << 12 | ((s.row - 8 - in_row) & 0xfff),
                                  .to_ram = d->to_ram};
}

static void queue(struct jl_n64 *n, uint32_t len, bool to_ram) {
    struct jl_n64_sp *sp = &n->sp;
    if (sp->queued == 2)
        return;
    struct jl_n64_sp_dma *d = &sp->queue[sp->queued++];
    *d = (struct jl_n64_sp_dma){sp->set.mem, sp->set.dram, len, to_ram};
    sp->status |= sp->queued == 2 ? BUSY | FULL : BUSY;
    if (sp->queued == 1)
        transfer(n, d);
}

void jl_sp_dma_done(struct jl_n64 *n) {
    struct jl_n64_sp *sp = &n->sp;
    sp->last = registers_after(&sp->queue[0], UINT32_MAX);
    sp->queue[0] = sp->queue[1];
    sp->status &= ~(uint32_t)FULL;
    if (--sp->queued)
        transfer(n, &sp->queue[0]);
    else
        sp->status &= ~(uint32_t)BUSY;
}

/* ---- running ---- */

static void run(struct jl_n64 *n, bool on) {
    settled(n)->running = on;
    if (on && n->event[JL_N64_SP] == JL_N64_NEVER)
        jl_n64_after(n, JL_N64_SP, 0);
}

/* A turn does not go on behind the end of what the RSP may be waiting for. */
static uint64_t turn(const struct jl_n64 *n) {
    uint64_t max = SLICE, now = jl_n64_now(n);
    const uint64_t ends[] = {n->event[JL_N64_SP_DMA], n->event[JL_N64_DP]};
    if (n->sp.status & STEP)
        return 1;
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++) {
        uint64_t cycles = ends[i] > now ? ends[i] - now : 0;
        if (cycles < SLICE * 3 / 2 && cycles * 2 / 3 + 1 < max)
            max = cycles * 2 / 3 + 1;
    }
    return max;
}

void jl_sp_slice(struct jl_n64 *n) {
    uint64_t max = turn(n);
    uint64_t ran = n->options.rsp ? jl_rsp_jit_run(n->options.rsp, max) : jl_rsp_run(n->sp.rsp, max);
    n->sp.executed += ran;
    n->sp.turns++;
    if (n->sp.status & STEP) {
        n->sp.status |= HALT;
        jl_rsp_settle(n->sp.rsp);
    }
    n->sp.rsp->running = !(n->sp.status & HALT);
    if (n->sp.rsp->running)
        jl_n64_after(n, JL_N64_SP, ran * 3 / 2 + 1);
}

/* A bit that is both to be cleared and to be set stays. */
static void pair(uint32_t v, unsigned at, uint32_t *status, uint32_t bit) {
    if ((v >> at & 3) == 1)
        *status &= ~bit;
    else if ((v >> at & 3) == 2)
        *status |= bit;
}

static void write_status(struct jl_n64 *n, uint32_t v) {
    uint32_t *status = &n->sp.status;
    pair(v, 0, status, HALT);
    if (v & 1 << 2)
        *status &= ~(uint32_t)BROKE;
    if ((v >> 3 & 3) == 1)
        jl_mi_clear(n, JL_N64_IRQ_SP);
    else if ((v >> 3 & 3) == 2)
        jl_mi_raise(n, JL_N64_IRQ_SP);
    pair(v, 5, status, STEP);
    pair(v, 7, status, INTR_BREAK);
    for (unsigned i = 0; i < 8; i++)
        pair(v, 9 + 2 * i, status, 1u << (SIGNALS + i));
    run(n, !(*status & HALT));
}

/* The registers show a transfer's state, and what is written only when the transfer has begun. */
static struct jl_n64_sp_dma shown(const struct jl_n64 *n) {
    if (!n->sp.queued)
        return n->sp.last;
    const struct jl_n64_sp_dma *d = &n->sp.queue[0];
    struct shape s = shape_of(d);
    uint64_t end = n->event[JL_N64_SP_DMA], now = jl_n64_now(n), left = end > now ? end - now : 0;
    return registers_after(d, (time_of(&s) - left) * 2 / 3);
}

static uint32_t take_semaphore(struct jl_n64 *n) {
    uint32_t was = n->sp.semaphore;
    n->sp.semaphore = 1;
    return was;
}

uint32_t jl_sp_read(struct jl_n64 *n, uint32_t addr) {
    switch (addr >> 2 & 7) {
    case MEM: return shown(n).mem;
    case DRAM: return shown(n).dram;
    case RD_LEN:
    case WR_LEN: return shown(n).len;
    case STATUS: return n->sp.status;
    case DMA_FULL: return !!(n->sp.status & FULL);
    case DMA_BUSY: return !!(n->sp.status & BUSY);
    default: return take_semaphore(n);
    }
}

void jl_sp_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    switch (addr >> 2 & 7) {
    case MEM: n->sp.set.mem = v & 0x1ff8; break;
    case DRAM: n->sp.set.dram = v & 0xfffff8; break;
    case RD_LEN: queue(n, v, false); break;
    case WR_LEN: queue(n, v, true); break;
    case STATUS: write_status(n, v); break;
    case SEMAPHORE: n->sp.semaphore = 0; break;
    default: break;
    }
}

uint32_t jl_sp_pc_read(struct jl_n64 *n, uint32_t addr) {
    return addr & 4 ? 0 : settled(n)->pc;
}

void jl_sp_pc_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    if (!(addr & 4))
        settled(n)->pc = v & 0xffc;
}

/* ---- the RSP's side ---- */

/* Who reads how far a transfer has come will do so again; time does not go on within a turn. */
static uint32_t rsp_read(void *ctx, unsigned reg) {
    struct jl_n64 *n = ctx;
    n->sp.rsp->pause |= jl_rsp_read_pauses(reg) && n->sp.queued;
    return reg < DP_FIRST ? jl_sp_read(n, reg * 4) : jl_dp_read(n, (reg - DP_FIRST) * 4);
}

static void rsp_write(void *ctx, unsigned reg, uint32_t v) {
    struct jl_n64 *n = ctx;
    if (reg < DP_FIRST)
        jl_sp_write(n, reg * 4, v);
    else
        jl_dp_write(n, (reg - DP_FIRST) * 4, v);
    if (reg == RD_LEN || reg == WR_LEN || reg == DP_END)
        n->sp.rsp->pause = true; /* how long the next turn is depends on it */
}

static void rsp_broke(void *ctx) {
    struct jl_n64 *n = ctx;
    n->sp.status |= HALT | BROKE;
    n->sp.rsp->running = false;
    if (n->sp.status & INTR_BREAK)
        jl_mi_raise(n, JL_N64_IRQ_SP);
}

void jl_sp_reset(struct jl_n64 *n) {
    const struct jl_rsp_bus bus = {n, rsp_read, rsp_write, rsp_broke};
    n->sp.rsp = n->options.rsp ? jl_rsp_jit_rsp(n->options.rsp) : &n->sp.interpreted;
    jl_rsp_init(n->sp.rsp, &bus);
    n->sp.status = HALT;
    n->sp.last.len = 0xff8;
}

static void dma_state(struct jl_state *s, const char *name, struct jl_n64_sp_dma *d) {
    jl_state_part(s, "sp.%s", name);
    JL_STATE_ONE(s, "mem", d->mem, 0x1ff8);
    JL_STATE_ONE(s, "dram", d->dram, 0xfffff8);
    JL_STATE_ONE(s, "len", d->len, JL_STATE_ANY);
    JL_STATE_ONE(s, "to_ram", d->to_ram, 1);
}

void jl_sp_state(struct jl_n64 *n, struct jl_state *s) {
    jl_rsp_state(n->sp.rsp, s);
    jl_state_part(s, "sp");
    JL_STATE_ONE(s, "status", n->sp.status, 0x7fff);
    JL_STATE_ONE(s, "semaphore", n->sp.semaphore, 1);
    JL_STATE_ONE(s, "queued", n->sp.queued, 3);
    jl_state_require(s, n->sp.queued <= 2, "queued");
    jl_state_require(s, (n->event[JL_N64_SP_DMA] != JL_N64_NEVER) == (n->sp.queued != 0), "queued");
    dma_state(s, "set", &n->sp.set);
    dma_state(s, "under_way", &n->sp.queue[0]);
    dma_state(s, "waiting", &n->sp.queue[1]);
    dma_state(s, "last", &n->sp.last);
}
