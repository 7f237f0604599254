/* See state.h. */
#include "guests/n64/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void jl_state_part(struct jl_state *s, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(s->part, sizeof s->part, format, args);
    va_end(args);
}

static void fail(struct jl_state *s, const char *what, const char *name) {
    if (s->failed)
        return;
    s->failed = true;
    snprintf(s->why, sizeof s->why, "%s%s%s%s", what, s->part, name[0] ? "." : "", name);
}

static void append(struct jl_state *s, const void *from, size_t bytes) {
    if (s->size + bytes > s->room) {
        size_t room = 2 * s->room + bytes;
        uint8_t *more = realloc(s->bytes, room);
        if (!more) {
            fail(s, "no memory for ", "");
            return;
        }
        s->bytes = more;
        s->room = room;
    }
    memcpy(s->bytes + s->size, from, bytes);
    s->size += bytes;
}

static void save(struct jl_state *s, const char *name, const void *at, uint8_t size, uint32_t count) {
    char full[256];
    int length = snprintf(full, sizeof full, "%s.%s", s->part, name);
    uint8_t short_length = (uint8_t)length;
    append(s, &short_length, 1);
    append(s, full, short_length);
    append(s, &size, 1);
    append(s, &count, sizeof count);
    append(s, at, (size_t)size * count);
}

bool jl_state_next(const uint8_t *bytes, size_t size, size_t *at, struct jl_state_record *record) {
    size_t left = size - *at;
    uint32_t count;
    if (left < 1 || left < 1u + bytes[*at] + 1 + sizeof count)
        return false;
    const uint8_t *p = bytes + *at;
    unsigned length = *p++;
    memcpy(record->name, p, length);
    record->name[length] = 0;
    p += length;
    record->size = *p++;
    memcpy(&count, p, sizeof count);
    record->count = count;
    record->elements = p + sizeof count;
    left -= (size_t)(record->elements - (bytes + *at));
    if ((record->size != 1 && record->size != 2 && record->size != 4 && record->size != 8) ||
        count > left / record->size)
        return false;
    *at = (size_t)(record->elements - bytes) + count * record->size;
    return true;
}

/* Eight bytes at a time: elements of any size fit into them. */
static bool inside(const uint8_t *elements, size_t size, size_t count, uint64_t mask) {
    uint64_t all = 0, one = 0;
    size_t bytes = size * count, i = 0;
    if (!(~mask << (64 - 8 * size)))
        return true;
    for (; i + 8 <= bytes; i += 8) {
        uint64_t v;
        memcpy(&v, elements + i, 8);
        all |= v;
    }
    memcpy(&one, elements + i, bytes - i);
    all |= one;
    for (one = 0; all; all = size < 8 ? all >> 8 * size : 0)
        one |= all;
    return !(one << (64 - 8 * size) & ~mask << (64 - 8 * size));
}

static void load(struct jl_state *s, const char *name, void *at, size_t size, size_t count, uint64_t mask) {
    struct jl_state_record r;
    size_t part = strlen(s->part);
    if (!jl_state_next(s->bytes, s->size, &s->at, &r) || strncmp(r.name, s->part, part) || r.name[part] != '.' ||
        strcmp(r.name + part + 1, name))
        fail(s, "it has no ", name);
    else if (r.size != size || r.count != count)
        fail(s, "another size of ", name);
    else if (!inside(r.elements, size, count, mask))
        fail(s, "impossible value of ", name);
    else
        memcpy(at, r.elements, size * count);
}

void jl_state_field(struct jl_state *s, const char *name, void *at, size_t size, size_t count, uint64_t mask) {
    if (s->failed)
        return;
    if (s->loading)
        load(s, name, at, size, count, mask);
    else
        save(s, name, at, (uint8_t)size, (uint32_t)count);
}

void jl_state_require(struct jl_state *s, bool holds, const char *what) {
    if (s->loading && !holds)
        fail(s, "impossible value of ", what);
}

void jl_state_fits(struct jl_state *s, bool holds, const char *format, ...) {
    va_list args;
    if (!s->loading || s->failed || holds)
        return;
    s->failed = s->foreign = true;
    va_start(args, format);
    vsnprintf(s->why, sizeof s->why, format, args);
    va_end(args);
}
