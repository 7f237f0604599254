/* What differs between two savestates, by the names that their fields carry. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guests/n64/savestate.h"
#include "guests/n64/savestate_file.h"
#include "guests/n64/state.h"

enum { PAGE = 4096, REGISTERS = 64 /* fields with more elements are memory */ };

struct file {
    uint8_t *fields;
    struct jl_savestate_head head;
};

static bool find(const struct file *f, const char *name, struct jl_state_record *out) {
    for (size_t at = 0; jl_state_next(f->fields, f->head.size, &at, out);)
        if (!strcmp(out->name, name))
            return true;
    return false;
}

static uint64_t element(const struct jl_state_record *r, size_t i) {
    uint64_t v = 0;
    memcpy(&v, r->elements + i * r->size, r->size);
    return v;
}

static int registers(const struct jl_state_record *a, const struct jl_state_record *b, FILE *out) {
    int lines = 0, digits = (int)(2 * a->size);
    for (size_t i = 0; i < a->count; i++) {
        uint64_t x = element(a, i), y = element(b, i);
        if (x == y)
            continue;
        if (a->count > 1)
            fprintf(out, "%s[%zu]: %0*" PRIx64 " %0*" PRIx64 "\n", a->name, i, digits, x, digits, y);
        else
            fprintf(out, "%s: %0*" PRIx64 " %0*" PRIx64 "\n", a->name, digits, x, digits, y);
        lines++;
    }
    return lines;
}

/* A line for each page: where it begins, how much of it differs, the first of that. */
static int memory(const struct jl_state_record *a, const struct jl_state_record *b, FILE *out) {
    int lines = 0;
    size_t bytes = a->count * a->size;
    for (size_t page = 0; page < bytes; page += PAGE) {
        size_t end = page + PAGE < bytes ? page + PAGE : bytes, count = 0, first = 0;
        for (size_t i = end; i-- > page;) {
            count += a->elements[i] != b->elements[i];
            first = a->elements[i] != b->elements[i] ? i : first;
        }
        if (!count)
            continue;
        fprintf(out, "%s[%06zx..%06zx]: %zu bytes, the first at %06zx: %02x %02x\n", a->name, page, end - 1, count,
                first, a->elements[first], b->elements[first]);
        lines++;
    }
    return lines;
}

static int compare(const struct file *a, const struct file *b, FILE *out) {
    struct jl_state_record x, y;
    int lines = 0;
    if (a->head.rom != b->head.rom)
        lines += fprintf(out, "rom: %016" PRIx64 " %016" PRIx64 "\n", a->head.rom, b->head.rom) > 0;
    for (size_t at = 0; jl_state_next(a->fields, a->head.size, &at, &x);) {
        if (!find(b, x.name, &y) || x.size != y.size || x.count != y.count)
            lines += fprintf(out, "%s: of another size, or in one of them only\n", x.name) > 0;
        else
            lines += x.count > REGISTERS || (x.size == 1 && x.count > 1) ? memory(&x, &y, out) : registers(&x, &y, out);
    }
    for (size_t at = 0; jl_state_next(b->fields, b->head.size, &at, &x);)
        if (!find(a, x.name, &y))
            lines += fprintf(out, "%s: of another size, or in one of them only\n", x.name) > 0;
    return lines;
}

int jl_n64_savestate_diff(const char *a, const char *b, FILE *out, char *err, size_t err_size) {
    struct file x = {.fields = jl_savestate_read(a, &x.head, err, err_size)}, y = {0};
    if (x.fields)
        y.fields = jl_savestate_read(b, &y.head, err, err_size);
    int lines = x.fields && y.fields ? compare(&x, &y, out) : -1;
    free(x.fields);
    free(y.fields);
    return lines;
}
