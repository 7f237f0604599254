/* The guest listing: see listing.h. */
#include "jit/runtime/listing.h"

#include <stdlib.h>
#include <string.h>

bool jl_listing_open(struct jl_listing *l, const char *path) {
    memset(l, 0, sizeof *l);
    l->file = fopen(path, "we");
    if (!l->file)
        return false;
    char *full = realpath(path, NULL);
    snprintf(l->path, sizeof l->path, "%s", full ? full : path);
    free(full);
    return true;
}

void jl_listing_close(struct jl_listing *l) {
    if (l->file)
        fclose(l->file);
    l->file = NULL;
}

uint32_t jl_guest_text(const struct jl_machine *m, uint32_t pc, char *text, size_t size) {
    uint32_t word;
    memcpy(&word, m->mem->base + pc, 4);
    if (m->mem->swap_words)
        word = __builtin_bswap32(word);
    jl_disasm(word, pc, m->cpu.isa, text, size);
    return word;
}

void jl_listing_add(struct jl_listing *l, const struct jl_machine *m, const struct jl_region *r) {
    char text[96];
    fprintf(l->file, "# region %08x\n", r->pc);
    l->line++;
    for (unsigned i = 0; i < r->nranges; i++) {
        l->first[i] = l->line + 1;
        for (uint32_t pc = r->ranges[i].addr; pc < r->ranges[i].addr + r->ranges[i].len; pc += 4) {
            uint32_t word = jl_guest_text(m, pc, text, sizeof text);
            fprintf(l->file, "%08x: %08x  %s\n", pc, word, text);
            l->line++;
        }
    }
    fflush(l->file);
}

uint32_t jl_listing_line(const struct jl_listing *l, const struct jl_region *r, uint32_t pc) {
    for (unsigned i = 0; i < r->nranges; i++)
        if (pc - r->ranges[i].addr < r->ranges[i].len)
            return l->first[i] + (pc - r->ranges[i].addr) / 4;
    return l->first[0];
}
