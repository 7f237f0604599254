/* The RSP's loop over decoded instructions. */
#include "guests/n64/rsp/rsp.h"

#include <string.h>

#include "guests/n64/rsp/ops.h"

static uint32_t imem_word(const struct jl_rsp *rsp, unsigned i) {
    uint32_t word;
    memcpy(&word, rsp->imem + 4 * i, 4);
    return __builtin_bswap32(word);
}

bool jl_rsp_refresh(struct jl_rsp *rsp) {
    if (!rsp->imem_written)
        return false;
    rsp->imem_written = false;
    if (!memcmp(rsp->imem, rsp->decoded_imem, sizeof rsp->imem))
        return false;
    for (unsigned i = 0; i < 1024; i++)
        if (memcmp(rsp->imem + 4 * i, rsp->decoded_imem + 4 * i, 4)) {
            rsp->code[i] = jl_rsp_decode(imem_word(rsp, i), 4 * i);
            rsp->unwaiting |= jl_rsp_is_unwaiting(imem_word(rsp, i));
        }
    memcpy(rsp->decoded_imem, rsp->imem, sizeof rsp->imem);
    rsp->unwaiting = rsp->unwaiting && jl_rsp_mark_unwaiting(rsp);
    rsp->imem_version++;
    return true;
}

void jl_rsp_imem_written(struct jl_rsp *rsp) {
    rsp->imem_written = true;
}

void jl_rsp_init(struct jl_rsp *rsp, const struct jl_rsp_bus *bus) {
    memset(rsp, 0, sizeof *rsp);
    rsp->bus = *bus;
    rsp->slot_pc = JL_RSP_NO_SLOT;
    for (unsigned i = 0; i < 1024; i++)
        rsp->code[i] = jl_rsp_decode(0, 4 * i);
}

/* Most instructions see no pc: the loop keeps it in variables of its own, as numbers of instructions. */
static uint64_t loop(struct jl_rsp *rsp, uint64_t max) {
    const struct jl_rsp_insn *code = rsp->code;
    uint32_t at = rsp->pc / 4, next = rsp->next_pc / 4;
    uint64_t left = max;
    while (left) {
        left--;
        const struct jl_rsp_insn *in = &code[at];
        at = next;
        next = (next + 1) & 1023;
        if (__builtin_expect(in->kind == JL_RSP_PLAIN, 1)) {
            in->run(rsp, in);
            continue;
        }
        unsigned kind = in->kind;
        rsp->pc = 4 * at;
        rsp->next_pc = 4 * next;
        in->run(rsp, in);
        next = rsp->next_pc / 4;
        if (kind == JL_RSP_BUS)
            jl_rsp_refresh(rsp);
        if (!rsp->running || rsp->pause)
            break;
    }
    rsp->pc = 4 * at;
    rsp->next_pc = 4 * next;
    return max - left;
}

uint64_t jl_rsp_go(struct jl_rsp *rsp, uint64_t max) {
    rsp->pc &= 0xffc;
    rsp->next_pc = rsp->pc == rsp->slot_pc ? rsp->slot_target : (rsp->pc + 4) & 0xffc;
    uint64_t done = loop(rsp, max);
    bool at_slot = rsp->next_pc != ((rsp->pc + 4) & 0xffc);
    rsp->slot_pc = at_slot ? rsp->pc : JL_RSP_NO_SLOT;
    rsp->slot_target = rsp->next_pc;
    return done;
}

uint64_t jl_rsp_run(struct jl_rsp *rsp, uint64_t max) {
    if (!rsp->running || !max)
        return 0;
    jl_rsp_refresh(rsp);
    rsp->pause = false;
    return jl_rsp_go(rsp, max);
}
