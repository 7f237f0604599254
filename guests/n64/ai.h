/* AI: sound. */
#ifndef JL_N64_AI_H
#define JL_N64_AI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct jl_n64_ai {
    uint32_t dram[2], len[2], control, dac_rate, bit_rate;
    unsigned fifo; /* buffers waiting or playing, 0 to 2 */
    uint64_t start, end;
    FILE *wav;
    uint32_t wav_rate, wav_bytes;
};

struct jl_n64;
struct jl_state;

/* Words at registers; addr is the physical address, aligned. */
uint32_t jl_ai_read(struct jl_n64 *n, uint32_t addr);
void jl_ai_write(struct jl_n64 *n, uint32_t addr, uint32_t v);

void jl_ai_done(struct jl_n64 *n);
bool jl_ai_open(struct jl_n64 *n, char *err, size_t err_size);
bool jl_ai_close(struct jl_n64 *n);
void jl_ai_state(struct jl_n64 *n, struct jl_state *s);

#endif
