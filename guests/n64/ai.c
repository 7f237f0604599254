/* AI: two buffers of 16-bit stereo samples, played one after the other; the interrupt comes when one begins. What is
 * played can go to a WAV file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guests/n64/ai.h"
#include "guests/n64/mi.h"
#include "guests/n64/n64.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/state.h"

enum { DRAM, LEN, CONTROL, STATUS, DAC_RATE, BIT_RATE };
enum { WAV_HEADER = 44, BUSY = 0x40000000, ENABLED = 1 << 25, DACS = 0x100000 };
enum { DRAM_MASK = 0xfffff8, LEN_MASK = 0x3fff8, DAC_MASK = 0x3fff };
#define FULL 0x80000001u

static uint64_t duration(const struct jl_n64 *n, uint32_t bytes) {
    return (uint64_t)(bytes / 4) * (n->ai.dac_rate + 1) * JL_N64_CLOCK / n->video_clock + 1;
}

static void play(struct jl_n64 *n) {
    uint32_t at = n->ai.dram[0], bytes = n->ai.len[0];
    if (at >= n->ram_bytes)
        bytes = 0;
    else if (bytes > n->ram_bytes - at)
        bytes = n->ram_bytes - at;
    if (!n->ai.wav_bytes)
        n->ai.wav_rate = n->video_clock / (n->ai.dac_rate + 1);
    n->ai.wav_bytes += bytes & ~3u;
    for (uint32_t i = 0; n->ai.wav && i < (bytes & ~3u); i += 2) { /* WAV's samples are little-endian */
        const uint8_t swapped[2] = {*jl_ram_byte(n, at + i + 1), *jl_ram_byte(n, at + i)};
        fwrite(swapped, 1, 2, n->ai.wav);
    }
}

static void begin(struct jl_n64 *n) {
    n->ai.start = jl_n64_now(n);
    n->ai.end = n->ai.start + duration(n, n->ai.len[0]);
    jl_n64_at(n, JL_N64_AI, n->ai.end);
    play(n);
    jl_mi_raise(n, JL_N64_IRQ_AI);
}

void jl_ai_done(struct jl_n64 *n) {
    if (--n->ai.fifo == 0)
        return;
    n->ai.dram[0] = n->ai.dram[1];
    n->ai.len[0] = n->ai.len[1];
    begin(n);
}

static uint32_t left(const struct jl_n64 *n) {
    uint64_t now = jl_n64_now(n);
    if (!n->ai.fifo || now >= n->ai.end)
        return 0;
    return (uint32_t)(n->ai.len[0] * (n->ai.end - now) / (n->ai.end - n->ai.start)) & ~7u;
}

uint32_t jl_ai_read(struct jl_n64 *n, uint32_t addr) {
    if ((addr >> 2 & 7) != STATUS)
        return left(n); /* every register but one */
    return (n->ai.fifo == 2 ? FULL : 0) | (n->ai.fifo ? BUSY : 0) | (n->ai.control ? ENABLED : 0) | DACS;
}

static void add(struct jl_n64 *n, uint32_t bytes) {
    if (!bytes || n->ai.fifo == 2)
        return;
    n->ai.len[n->ai.fifo++] = bytes;
    if (n->ai.fifo == 1)
        begin(n);
}

void jl_ai_write(struct jl_n64 *n, uint32_t addr, uint32_t v) {
    switch (addr >> 2 & 7) {
    case DRAM: n->ai.dram[n->ai.fifo ? 1 : 0] = v & DRAM_MASK; break;
    case LEN: add(n, v & LEN_MASK); break;
    case CONTROL: n->ai.control = v & 1; break;
    case STATUS: jl_mi_clear(n, JL_N64_IRQ_AI); break;
    case DAC_RATE: n->ai.dac_rate = v & DAC_MASK; break;
    case BIT_RATE: n->ai.bit_rate = v & 0xf; break;
    default: break;
    }
}

/* ---- the WAV file ---- */

static void put_le(uint8_t *at, uint32_t v, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(v >> (8 * i));
}

static bool write_header(struct jl_n64 *n) {
    uint8_t h[WAV_HEADER] = "RIFF....WAVEfmt ";
    put_le(h + 4, n->ai.wav_bytes + WAV_HEADER - 8, 4);
    put_le(h + 16, 16, 4); /* size of the format: PCM, stereo, rate, bytes a second, bytes a frame, bits */
    put_le(h + 20, 1, 2);
    put_le(h + 22, 2, 2);
    put_le(h + 24, n->ai.wav_rate, 4);
    put_le(h + 28, n->ai.wav_rate * 4, 4);
    put_le(h + 32, 4, 2);
    put_le(h + 34, 16, 2);
    memcpy(h + 36, "data", 4);
    put_le(h + 40, n->ai.wav_bytes, 4);
    return fseek(n->ai.wav, 0, SEEK_SET) == 0 && fwrite(h, 1, sizeof h, n->ai.wav) == sizeof h;
}

bool jl_ai_open(struct jl_n64 *n, char *err, size_t err_size) {
    if (!n->options.wav)
        return true;
    n->ai.wav = fopen(n->options.wav, "wbe");
    if (!n->ai.wav || !write_header(n)) {
        snprintf(err, err_size, "cannot write %s: %s", n->options.wav, strerror(errno));
        return false;
    }
    return true;
}

bool jl_ai_close(struct jl_n64 *n) {
    if (!n->ai.wav)
        return true;
    bool ok = write_header(n);
    return fclose(n->ai.wav) == 0 && ok;
}

/* What has been played is no part of a state: a WAV file begins where the run does. */
void jl_ai_state(struct jl_n64 *n, struct jl_state *s) {
    jl_state_part(s, "ai");
    JL_STATE_ALL(s, "dram", n->ai.dram, DRAM_MASK);
    JL_STATE_ALL(s, "len", n->ai.len, LEN_MASK);
    JL_STATE_ONE(s, "control", n->ai.control, 1);
    JL_STATE_ONE(s, "dac_rate", n->ai.dac_rate, DAC_MASK);
    JL_STATE_ONE(s, "bit_rate", n->ai.bit_rate, 15);
    JL_STATE_ONE(s, "fifo", n->ai.fifo, 3);
    JL_STATE_ONE(s, "start", n->ai.start, JL_STATE_ANY);
    JL_STATE_ONE(s, "end", n->ai.end, JL_STATE_ANY);
    jl_state_require(s, n->ai.fifo <= 2, "fifo");
    jl_state_require(s, !n->ai.fifo || (n->ai.start < n->ai.end && n->ai.start <= jl_n64_now(n)), "end");
    jl_state_require(s, n->event[JL_N64_AI] == (n->ai.fifo ? n->ai.end : JL_N64_NEVER), "end");
}
