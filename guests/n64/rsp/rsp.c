/* The RSP's loop over decoded instructions. */
#include "guests/n64/rsp/rsp.h"

#include <string.h>

#include "guests/n64/rsp/ops.h"

static uint32_t imem_word(const struct jl_rsp *rsp, unsigned i) {
    uint32_t word;
    memcpy(&word, rsp->imem + 4 * i, 4);
    return __builtin_bswap32(word);
}

/* Decodes what changed in imem since the last time. Comparing 4 KiB costs less than 100 instructions do, and nobody who
 * writes there can forget to tell. */
static void refresh(struct jl_rsp *rsp) {
    if (!memcmp(rsp->imem, rsp->decoded_imem, sizeof rsp->imem))
        return;
    for (unsigned i = 0; i < 1024; i++)
        if (memcmp(rsp->imem + 4 * i, rsp->decoded_imem + 4 * i, 4))
            rsp->code[i] = jl_rsp_decode(imem_word(rsp, i), 4 * i);
    memcpy(rsp->decoded_imem, rsp->imem, sizeof rsp->imem);
}

void jl_rsp_init(struct jl_rsp *rsp, const struct jl_rsp_bus *bus) {
    memset(rsp, 0, sizeof *rsp);
    rsp->bus = *bus;
    rsp->slot_pc = JL_RSP_NO_SLOT;
    for (unsigned i = 0; i < 1024; i++)
        rsp->code[i] = jl_rsp_decode(0, 4 * i);
}

/* Instructions that ask nothing of the loop see no pc: it is kept in the loop's own variables. */
static uint64_t loop(struct jl_rsp *rsp, uint64_t max) {
    uint32_t pc = rsp->pc, next = rsp->next_pc;
    uint64_t done = 0;
    while (done < max) {
        const struct jl_rsp_insn *in = &rsp->code[pc >> 2];
        pc = next;
        next = (next + 4) & 0xffc;
        done++;
        if (__builtin_expect(in->kind == JL_RSP_PLAIN, 1)) {
            in->run(rsp, in);
            continue;
        }
        unsigned kind = in->kind;
        rsp->pc = pc;
        rsp->next_pc = next;
        in->run(rsp, in);
        next = rsp->next_pc;
        if (kind == JL_RSP_BUS)
            refresh(rsp);
        if (!rsp->running)
            break;
    }
    rsp->pc = pc;
    rsp->next_pc = next;
    return done;
}

uint64_t jl_rsp_run(struct jl_rsp *rsp, uint64_t max) {
    if (!rsp->running || !max)
        return 0;
    refresh(rsp);
    rsp->pc &= 0xffc;
    rsp->next_pc = rsp->pc == rsp->slot_pc ? rsp->slot_target : (rsp->pc + 4) & 0xffc;
    uint64_t done = loop(rsp, max);
    bool at_slot = rsp->next_pc != ((rsp->pc + 4) & 0xffc);
    rsp->slot_pc = at_slot ? rsp->pc : JL_RSP_NO_SLOT;
    rsp->slot_target = rsp->next_pc;
    return done;
}
