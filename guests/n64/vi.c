/* VI: scan-out timing, its interrupt, and the end of each frame. VI's own clock drives it: a field is V_SYNC + 1 half
 * lines of (H_SYNC + 1) / 2 clocks. A VI that is not set up counts as one with NTSC's usual numbers, so that frames go
 * by for any program. */
#include <string.h>

#include "guests/n64/mi.h"
#include "guests/n64/n64.h"
#include "guests/n64/pad.h"
#include "guests/n64/reset.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/state.h"
#include "guests/n64/vi.h"

enum { CONTROL, ORIGIN, WIDTH, V_INTR, V_CURRENT, BURST, V_SYNC, H_SYNC, V_VIDEO = 10, REGS = 14 };
enum { SERRATE = 1 << 6, USUAL_V_SYNC = 0x20d, USUAL_H_SYNC = 0xc15 };

static const uint32_t mask[REGS] = {0x1ffff,  0xffffff,   0xfff,     0x3ff,      0,          0x3fffffff, 0x3ff,
                                    0x1f0fff, 0x0fff0fff, 0x3ff03ff, 0x03ff03ff, 0x03ff03ff, 0x0fff0fff, 0x0fff0fff};

static uint32_t half_lines(const struct jl_n64 *n) {
    uint32_t v = n->vi.reg[V_SYNC] & 0x3ff;
    return (v ? v : USUAL_V_SYNC) + 1;
}

/* Cycles until half line `line` of a field. */
static uint64_t cycles_to(const struct jl_n64 *n, uint32_t line) {
    uint32_t h = n->vi.reg[H_SYNC] & 0xfff;
    uint64_t clocks = (uint64_t)line * ((h ? h : USUAL_H_SYNC) + 1) / 2;
    return clocks * JL_N64_CLOCK / n->video_clock;
}

static uint32_t current_line(const struct jl_n64 *n) {
    uint64_t since = jl_n64_now(n) - n->vi.field_start;
    uint32_t line = (uint32_t)(since * half_lines(n) / (n->vi.field_cycles + 1));
    return (line < half_lines(n) ? line & ~1u : 0) | n->vi.field;
}

static void plan(struct jl_n64 *n) {
    uint64_t now = jl_n64_now(n), line = n->vi.field_start + cycles_to(n, n->vi.reg[V_INTR] & 0x3fe);
    bool comes = line > now && (n->vi.reg[V_INTR] & 0x3fe) < half_lines(n);
    n->vi.field_cycles = cycles_to(n, half_lines(n));
    jl_n64_at(n, JL_N64_VI_LINE, comes ? line : JL_N64_NEVER);
    jl_n64_at(n, JL_N64_VI_FIELD, n->vi.field_start + n->vi.field_cycles);
}

void jl_vi_reset(struct jl_n64 *n) {
    n->vi.reg[V_INTR] = 0x3ff;
    n->vi.field_start = jl_n64_now(n);
    plan(n);
}

static void note_shown(struct jl_n64 *n) {
    if (!n->vi.begun)
        memcpy(n->vi.shown[n->vi.field], n->vi.reg, sizeof n->vi.reg);
}

void jl_vi_line(struct jl_n64 *n) {
    jl_mi_raise(n, JL_N64_IRQ_VI);
}

void jl_vi_field(struct jl_n64 *n) {
    note_shown(n);
    n->vi.begun = false;
    n->vi.field_start = jl_n64_now(n);
    n->vi.field = n->vi.reg[CONTROL] & SERRATE ? !n->vi.field : 0;
    n->vi.frames++;
    jl_pad_frame(&n->pad, n->vi.frames);
    if (n->options.reset_at == n->vi.frames)
        jl_reset_pressed(n);
    if (n->options.frames && n->vi.frames - n->vi.first_frame >= n->options.frames)
        n->end = JL_N64_END_FRAMES;
    plan(n);
    if ((n->vi.reg[V_INTR] & 0x3fe) == 0)
        jl_vi_line(n);
    if (n->frame_hashes)
        jl_framehash_frame(n);
}

uint32_t jl_vi_read(struct jl_n64 *n, uint32_t addr) {
    unsigned reg = addr >> 2 & 15;
    if (reg == V_CURRENT)
        return current_line(n);
    return reg < REGS ? n->vi.reg[reg] : 0;
}

void jl_vi_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    unsigned reg = addr >> 2 & 15;
    if (!n->vi.begun && current_line(n) >= n->vi.reg[V_VIDEO] >> 16) {
        note_shown(n);
        n->vi.begun = true;
    }
    if (reg == V_CURRENT)
        jl_mi_clear(n, JL_N64_IRQ_VI);
    else if (reg < REGS)
        n->vi.reg[reg] = v & mask[reg];
    if (reg == V_INTR || reg == V_SYNC || reg == H_SYNC)
        plan(n);
}

void jl_vi_state(struct jl_n64 *n, struct jl_state *s) {
    static const char *const names[REGS] = {"control", "origin",  "width",   "v_intr", "v_current",
                                            "burst",   "v_sync",  "h_sync",  "h_leap", "h_video",
                                            "v_video", "v_burst", "x_scale", "y_scale"};
    jl_state_part(s, "vi");
    for (unsigned i = 0; i < REGS; i++)
        JL_STATE_ONE(s, names[i], n->vi.reg[i], mask[i]);
    for (unsigned f = 0; f < 2; f++) {
        jl_state_part(s, "vi.shown[%u]", f);
        for (unsigned i = 0; i < REGS; i++)
            JL_STATE_ONE(s, names[i], n->vi.shown[f][i], mask[i]);
    }
    jl_state_part(s, "vi");
    JL_STATE_ONE(s, "begun", n->vi.begun, 1);
    JL_STATE_ONE(s, "field_start", n->vi.field_start, JL_STATE_ANY);
    JL_STATE_ONE(s, "field", n->vi.field, 1);
    JL_STATE_ONE(s, "frames", n->vi.frames, JL_STATE_ANY);
    jl_state_require(s, n->vi.field_start <= jl_n64_now(n), "field_start");
    /* without this event no frame would ever end */
    uint64_t field_cycles = cycles_to(n, half_lines(n));
    jl_state_require(s, n->event[JL_N64_VI_FIELD] == n->vi.field_start + field_cycles, "field_start");
    if (s->loading) {
        n->vi.first_frame = n->vi.frames;
        n->vi.field_cycles = field_cycles;
    }
}
