/* The first controller's inputs, from a file: lines "FRAME BUTTONS X Y", each holding from that frame on. BUTTONS is
 * the controller's 16 bits in hexadecimal (A is 8000, B 4000, Z 2000, start 1000), X and Y -128 to 127. Lines that
 * begin with # are left out. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests/n64/pad.h"
#include "guests/n64/state.h"

static bool parse(const char *line, struct jl_n64_pad_change *out) {
    uint64_t frame;
    unsigned buttons;
    int x, y, end = -1;
    if (sscanf(line, "%" SCNu64 " %x %d %d %n", &frame, &buttons, &x, &y, &end) < 4 || end < 0 || line[end] ||
        buttons > 0xffff || x < -128 || x > 127 || y < -128 || y > 127)
        return false;
    *out = (struct jl_n64_pad_change){frame, buttons << 16 | (uint32_t)(uint8_t)x << 8 | (uint8_t)y};
    return true;
}

static bool add(struct jl_n64_pad *pad, const struct jl_n64_pad_change *change) {
    struct jl_n64_pad_change *more = realloc(pad->changes, (pad->count + 1) * sizeof *more);
    if (!more)
        return false;
    pad->changes = more;
    pad->changes[pad->count++] = *change;
    return true;
}

bool jl_pad_open(struct jl_n64_pad *pad, const char *file, char *err, size_t err_size) {
    char line[256];
    unsigned number = 0;
    bool ok = true;
    FILE *f = file ? fopen(file, "re") : NULL;
    if (!file)
        return true;
    if (!f) {
        snprintf(err, err_size, "%s: %s", file, strerror(errno));
        return false;
    }
    while (ok && fgets(line, sizeof line, f)) {
        struct jl_n64_pad_change change;
        number++;
        if (line[0] == '#' || line[strspn(line, " \t\r\n")] == 0)
            continue;
        ok = parse(line, &change) && (!pad->count || change.frame >= pad->changes[pad->count - 1].frame);
        if (!ok)
            snprintf(err, err_size, "%s:%u: not \"FRAME BUTTONS X Y\" in order of frames", file, number);
        else if (!(ok = add(pad, &change)))
            snprintf(err, err_size, "no memory for inputs");
    }
    fclose(f);
    jl_pad_frame(pad, 0);
    return ok;
}

void jl_pad_frame(struct jl_n64_pad *pad, uint64_t frame) {
    while (pad->next < pad->count && pad->changes[pad->next].frame <= frame)
        pad->state = pad->changes[pad->next++].state;
}

/* The inputs of this run's file, where it has one, come before those of the run that was saved. */
void jl_pad_state(struct jl_n64_pad *pad, uint64_t frame, struct jl_state *s) {
    jl_state_part(s, "pad");
    JL_STATE_ONE(s, "state", pad->state, JL_STATE_ANY);
    if (s->loading) {
        pad->next = 0;
        jl_pad_frame(pad, frame);
    }
}
