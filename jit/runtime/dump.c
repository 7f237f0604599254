/* --dump: a region's guest code and host code, side by side with its addresses. */
#include <string.h>

#include "jit/runtime/tools.h"
#include "jit/x64/disasm.h"

static void dump_guest(struct jl_machine *m, const struct jl_region *r, FILE *out) {
    char line[96];
    for (unsigned i = 0; i < r->nranges; i++)
        for (uint32_t pc = r->ranges[i].addr; pc < r->ranges[i].addr + r->ranges[i].len; pc += 4) {
            uint32_t word;
            memcpy(&word, m->mem->base + pc, 4);
            if (m->mem->big_endian)
                word = __builtin_bswap32(word);
            jl_disasm(word, pc, m->cpu.isa, line, sizeof line);
            fprintf(out, "  %08x: %08x  %s\n", pc, word, line);
        }
}

void jl_dump_region(struct jl_machine *m, const struct jl_region *r, FILE *out, bool guest, bool host) {
    fprintf(out, "-- region %08x: %u guest instructions in %u blocks, %u host instructions, %zu + %zu bytes\n", r->pc,
            r->guest_count, r->blocks, r->host_count, (size_t)(r->hot_end - r->hot), (size_t)(r->far_end - r->far_));
    if (guest)
        dump_guest(m, r, out);
    if (host) {
        fprintf(out, "-- host\n");
        jl_x64_disasm(out, r->hot, r->hot_end, (uint64_t)(uintptr_t)r->hot, "  ");
        fprintf(out, "-- far\n");
        jl_x64_disasm(out, r->far_, r->far_end, (uint64_t)(uintptr_t)r->far_, "  ");
    }
}
