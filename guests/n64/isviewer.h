/* The IS-Viewer. */
#ifndef JL_N64_ISVIEWER_H
#define JL_N64_ISVIEWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { JL_N64_UNTIL_MAX = 255 };
struct jl_n64_isviewer {
    FILE *out;
    bool own;                    /* opened here */
    int error;                   /* errno of a write that failed, or 0 */
    char last[JL_N64_UNTIL_MAX]; /* what was printed last, as long as options.until: its end is here */
    uint8_t buffer[0x10000];
};

struct jl_n64;
struct jl_state;

bool jl_isviewer_open(struct jl_n64 *n, char *err, size_t err_size);
/* False, with errno, when not all text has got to its file. */
bool jl_isviewer_close(struct jl_n64 *n);
bool jl_isviewer_has(uint32_t addr);
uint16_t jl_isviewer_read16(const struct jl_n64 *n, uint32_t addr);
void jl_isviewer_write16(struct jl_n64 *n, uint32_t addr, uint16_t v);
void jl_isviewer_state(struct jl_n64 *n, struct jl_state *s);

#endif
