/* Parallel moves: at region entry, at exits and on edges with phis many values change place at once.
 *
 * A move whose destination no other pending move reads is done first; what is left then is cycles, opened by parking
 * one destination's old content in xmm14. Memory to memory goes through xmm15. So rax and rdx stay free, and may be
 * destinations themselves (the host and guest targets of a jump).
 */
#include "jit/x64/emit.h"

static void add(struct jl_moves *moves, jl_loc dst, jl_loc src, bool wide, int64_t imm) {
    if (moves->count < JL_MAX_MOVES)
        moves->list[moves->count++] = (struct jl_move){.dst = dst, .src = src, .wide = wide, .imm = imm};
}

void jl_moves_add(struct jl_moves *moves, jl_loc dst, jl_loc src, bool wide, int64_t imm) {
    if (dst != src)
        add(moves, dst, src, wide, imm);
}

void jl_moves_narrow(struct jl_moves *moves, jl_loc dst, jl_loc src, int64_t imm) {
    if (dst != src || jl_loc_is_gpr(dst))
        add(moves, dst, src, false, imm);
}

static void to_memory(struct jl_emit *e, const struct jl_move *mv) {
    struct jl_memop mem = jl_loc_mem(mv->dst);
    unsigned size = mv->wide ? 8 : 4;
    if (mv->src == JL_LOC_CONST) {
        if (!mv->wide || mv->imm == (int32_t)mv->imm) {
            jl_x_mov_mi(&e->a, size, mem, (int32_t)mv->imm);
        } else {
            struct jl_memop high = mem;
            high.disp += 4;
            jl_x_mov_mi(&e->a, 4, mem, (int32_t)mv->imm);
            jl_x_mov_mi(&e->a, 4, high, (int32_t)(mv->imm >> 32));
        }
    } else if (jl_loc_is_gpr(mv->src)) {
        jl_x_mov_mr(&e->a, size, mem, (enum jl_reg)mv->src);
    } else if (jl_loc_is_xmm(mv->src)) {
        unsigned x = (unsigned)(mv->src - JL_LOC_XMM);
        if (mv->wide)
            jl_x_movsd_mr(&e->a, mem, x);
        else
            jl_x_movss_mr(&e->a, mem, x);
    } else if (mv->wide) {
        jl_x_movsd_rm(&e->a, JL_XMM_TMP, jl_loc_mem(mv->src));
        jl_x_movsd_mr(&e->a, mem, JL_XMM_TMP);
    } else {
        jl_x_movss_rm(&e->a, JL_XMM_TMP, jl_loc_mem(mv->src));
        jl_x_movss_mr(&e->a, mem, JL_XMM_TMP);
    }
}

static void to_register(struct jl_emit *e, const struct jl_move *mv) {
    unsigned w = mv->wide ? 8 : 4;
    if (jl_loc_is_xmm(mv->dst)) {
        unsigned x = (unsigned)(mv->dst - JL_LOC_XMM);
        if (jl_loc_is_xmm(mv->src))
            jl_x_movaps_rr(&e->a, x, (unsigned)(mv->src - JL_LOC_XMM));
        else if (jl_loc_is_gpr(mv->src))
            jl_x_movd_xr(&e->a, w, x, (enum jl_reg)mv->src);
        else
            jl_x_movsd_rm(&e->a, x, jl_loc_mem(mv->src));
        return;
    }
    enum jl_reg r = (enum jl_reg)mv->dst;
    if (mv->src == JL_LOC_CONST)
        jl_e_load_imm(e, r, mv->wide ? mv->imm : (int64_t)(uint32_t)mv->imm);
    else if (jl_loc_is_gpr(mv->src))
        jl_x_mov_rr(&e->a, w, r, (enum jl_reg)mv->src);
    else if (jl_loc_is_xmm(mv->src))
        jl_x_movd_rx(&e->a, w, r, (unsigned)(mv->src - JL_LOC_XMM));
    else
        jl_x_mov_rm(&e->a, w, r, jl_loc_mem(mv->src));
}

/* Locations pending moves read, as a set folded to 64 bits: it may say yes for a location it does not hold. */
static uint64_t sources(const struct jl_moves *moves) {
    uint64_t set = 0;
    for (unsigned i = 0; i < moves->count; i++)
        set |= (uint64_t)1 << (moves->list[i].src & 63);
    return set;
}

static bool is_read(const struct jl_moves *moves, jl_loc loc, unsigned except) {
    for (unsigned i = 0; i < moves->count; i++)
        if (i != except && moves->list[i].src == loc)
            return true;
    return false;
}

static void drop(struct jl_moves *moves, unsigned i) {
    moves->list[i] = moves->list[--moves->count];
}

/* All pending moves are in cycles: park the first one's destination. */
static void open_cycle(struct jl_emit *e, struct jl_moves *moves) {
    jl_loc parked = moves->list[0].dst, tmp = JL_LOC_XMM + JL_XMM_TMP2;
    to_register(e, &(struct jl_move){.dst = tmp, .src = parked, .wide = 1});
    for (unsigned i = 0; i < moves->count; i++)
        if (moves->list[i].src == parked)
            moves->list[i].src = tmp;
}

void jl_moves_emit(struct jl_emit *e, struct jl_moves *moves) {
    while (moves->count) {
        bool progress = false;
        uint64_t read = sources(moves);
        for (unsigned i = 0; i < moves->count;) {
            if (read >> (moves->list[i].dst & 63) & 1 && is_read(moves, moves->list[i].dst, i)) {
                i++;
                continue;
            }
            if (jl_loc_is_mem(moves->list[i].dst))
                to_memory(e, &moves->list[i]);
            else
                to_register(e, &moves->list[i]);
            drop(moves, i);
            progress = true;
        }
        if (!progress)
            open_cycle(e, moves);
    }
}
