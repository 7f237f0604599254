/* The parts of a savestate: every field of the console under its name, written and read by the same list.
 *
 * Each part of the console has one function that names its fields one after the other; a walk over all of them writes
 * a state, and the same walk reads it back. What is read comes from a file that anybody may have made: each field says
 * which bits it may have, and a part checks what else it relies on (jl_state_require). The first thing that is wrong
 * ends the walk; nothing is taken over from there on.
 *
 * A state is a sequence of records: length of the name, name, size of an element, number of elements (32 bits), the
 * elements (little-endian). Names make two states comparable without knowing what is in them (state_diff.c).
 */
#ifndef JL_N64_STATE_H
#define JL_N64_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jl_state {
    bool loading;
    uint8_t *bytes; /* loading: borrowed; saving: grown with realloc, to be freed by the caller */
    size_t size, room, at;
    char part[32];
    bool failed;
    bool foreign;  /* whole, but of a console that was put together differently: why is one sentence */
    char why[160]; /* what was wrong first: a few words */
};

/* The fields that follow belong to this part of the console: their names begin with it and a dot. */
void jl_state_part(struct jl_state *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* `count` elements of 1, 2, 4 or 8 bytes. Loaded ones that have bits outside of `mask` fail. */
void jl_state_field(struct jl_state *s, const char *name, void *at, size_t size, size_t count, uint64_t mask);
/* What the console relies on; ignored when saving. `what` is told when it does not hold. */
void jl_state_require(struct jl_state *s, bool holds, const char *what);
/* Likewise, of what this console was put together with; the sentence is told when it does not hold. */
void jl_state_fits(struct jl_state *s, bool holds, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define JL_STATE_ONE(s, name, field, mask) jl_state_field(s, name, &(field), sizeof(field), 1, mask)
#define JL_STATE_ALL(s, name, array, mask)                                                                             \
    jl_state_field(s, name, array, sizeof *(array), sizeof(array) / sizeof *(array), mask)
#define JL_STATE_ANY UINT64_MAX

/* One record of a state. */
struct jl_state_record {
    char name[256];
    size_t size, count;
    const uint8_t *elements;
};
/* Reads the record at *at and moves on. False at the end, and where there is none (then *at is not `size`). */
bool jl_state_next(const uint8_t *bytes, size_t size, size_t *at, struct jl_state_record *record);

#endif
