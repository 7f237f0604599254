/* The first controller's inputs. */
#ifndef JL_N64_PAD_H
#define JL_N64_PAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jl_n64_pad {
    struct jl_n64_pad_change {
        uint64_t frame;
        uint32_t state; /* buttons, x, y as the controller sends them */
    } * changes;
    unsigned count, next;
    uint32_t state;
};

struct jl_state;

bool jl_pad_open(struct jl_n64_pad *pad, const char *file, char *err, size_t err_size);
void jl_pad_frame(struct jl_n64_pad *pad, uint64_t frame);
void jl_pad_state(struct jl_n64_pad *pad, uint64_t frame, struct jl_state *s);

#endif
