/* VI: the scan-out's time and registers. */
#ifndef JL_N64_VI_H
#define JL_N64_VI_H

#include <stdbool.h>
#include <stdint.h>

struct jl_n64_vi {
    uint32_t reg[14];
    uint32_t shown[2][14];        /* the registers that each field was shown with last */
    bool begun;                   /* this field is being shown: what is written now is for the next one */
    uint64_t field_start;         /* when the field began */
    uint64_t field_cycles;        /* how long fields are */
    uint32_t field;               /* 0 or 1 when interlaced */
    uint64_t frames, first_frame; /* since power-on; when this run began */
};

struct jl_n64;
struct jl_state;

/* Words at registers; addr is the physical address, aligned. */
uint32_t jl_vi_read(struct jl_n64 *n, uint32_t addr);
void jl_vi_write(struct jl_n64 *n, uint32_t addr, uint32_t v);

void jl_vi_reset(struct jl_n64 *n);
void jl_vi_line(struct jl_n64 *n);
void jl_vi_field(struct jl_n64 *n);
void jl_vi_state(struct jl_n64 *n, struct jl_state *s);

#endif
