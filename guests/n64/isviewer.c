/* The IS-Viewer, a development cartridge's text output: a buffer, and a register whose write prints that many bytes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guests/n64/bytes.h"
#include "guests/n64/isviewer.h"
#include "guests/n64/n64.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/state.h"

enum { BASE = 0x13ff0000, SIZE = sizeof((struct jl_n64 *)0)->isviewer.buffer, LENGTH = 0x14, TEXT = 0x20 };

bool jl_isviewer_open(struct jl_n64 *n, char *err, size_t err_size) {
    n->isviewer.own = n->options.log;
    n->isviewer.out = n->options.log ? fopen(n->options.log, "we") : stdout;
    if (!n->isviewer.out)
        snprintf(err, err_size, "cannot write %s: %s", n->options.log, strerror(errno));
    return n->isviewer.out;
}

bool jl_isviewer_close(struct jl_n64 *n) {
    if (!n->isviewer.own || !n->isviewer.out)
        return true;
    int error = n->isviewer.error;
    if (fclose(n->isviewer.out))
        error = errno;
    errno = error;
    return !error;
}

bool jl_isviewer_has(uint32_t addr) {
    return addr >= BASE && addr - BASE < SIZE;
}

uint16_t jl_isviewer_read16(const struct jl_n64 *n, uint32_t addr) {
    const uint8_t *at = n->isviewer.buffer + (addr - BASE);
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* Ends the run where what was printed so far ends with options.until, wherever that was broken into pieces. */
static void look_for_the_end(struct jl_n64 *n, const uint8_t *text, uint32_t length) {
    size_t wanted = strlen(n->options.until);
    for (uint32_t i = 0; i < length; i++) {
        memmove(n->isviewer.last, n->isviewer.last + 1, wanted - 1);
        n->isviewer.last[wanted - 1] = (char)text[i];
        if (!memcmp(n->isviewer.last, n->options.until, wanted)) {
            n->end = JL_N64_END_FRAMES;
            jl_n64_end_run(n);
        }
    }
}

void jl_isviewer_write16(struct jl_n64 *n, uint32_t addr, uint16_t v) {
    uint8_t *at = n->isviewer.buffer + (addr - BASE);
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
    if (addr == BASE + LENGTH + 2) { /* the register's lower half comes last */
        uint32_t length = jl_be32(n->isviewer.buffer + LENGTH);
        if (length > SIZE - TEXT)
            length = SIZE - TEXT;
        fwrite(n->isviewer.buffer + TEXT, 1, length, n->isviewer.out);
        if (fflush(n->isviewer.out))
            n->isviewer.error = errno;
        if (n->options.until)
            look_for_the_end(n, n->isviewer.buffer + TEXT, length);
    }
}

void jl_isviewer_state(struct jl_n64 *n, struct jl_state *s) {
    jl_state_part(s, "isviewer");
    JL_STATE_ALL(s, "buffer", n->isviewer.buffer, JL_STATE_ANY);
}
