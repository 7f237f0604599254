/* The RSP's part of a savestate. */
#include "guests/n64/rsp/rsp.h"
#include "guests/n64/state.h"

enum { VCE = 2, CONTROLS = 3 };

static void controls(struct jl_rsp *rsp, struct jl_state *s) {
    static const char *const names[CONTROLS] = {"vco", "vcc", "vce"};
    for (unsigned i = 0; i < CONTROLS; i++) {
        uint16_t v = jl_rsp_control(rsp, i);
        JL_STATE_ONE(s, names[i], v, i == VCE ? 0xff : 0xffff);
        jl_rsp_set_control(rsp, i, v);
    }
}

void jl_rsp_state(struct jl_rsp *rsp, struct jl_state *s) {
    jl_rsp_settle(rsp);
    jl_state_part(s, "rsp");
    JL_STATE_ALL(s, "dmem", rsp->dmem, JL_STATE_ANY);
    JL_STATE_ALL(s, "imem", rsp->imem, JL_STATE_ANY);
    JL_STATE_ALL(s, "gpr", rsp->gpr, JL_STATE_ANY);
    jl_state_require(s, rsp->gpr[0] == 0, "gpr");
    JL_STATE_ONE(s, "pc", rsp->pc, 0xffc);
    JL_STATE_ONE(s, "running", rsp->running, 1);
    for (unsigned i = 0; i < 32; i++) {
        char name[8] = {'v', (char)('0' + i / 10), (char)('0' + i % 10)};
        JL_STATE_ALL(s, name, rsp->vr[i], JL_STATE_ANY);
    }
    JL_STATE_ALL(s, "acc_hi", rsp->acc_hi, JL_STATE_ANY);
    JL_STATE_ALL(s, "acc_md", rsp->acc_md, JL_STATE_ANY);
    JL_STATE_ALL(s, "acc_lo", rsp->acc_lo, JL_STATE_ANY);
    controls(rsp, s);
    JL_STATE_ALL(s, "kept[0]", rsp->kept[0], JL_STATE_ANY);
    JL_STATE_ALL(s, "kept[1]", rsp->kept[1], JL_STATE_ANY);
    JL_STATE_ONE(s, "kept_places", rsp->kept_places, 3);
    JL_STATE_ONE(s, "div_in", rsp->div_in, JL_STATE_ANY);
    JL_STATE_ONE(s, "div_out", rsp->div_out, JL_STATE_ANY);
    JL_STATE_ONE(s, "div_in_loaded", rsp->div_in_loaded, 1);
    JL_STATE_ONE(s, "slot_pc", rsp->slot_pc, 0x1ffc); /* JL_RSP_NO_SLOT lies behind all addresses */
    JL_STATE_ONE(s, "slot_target", rsp->slot_target, 0xffc);
    jl_rsp_imem_written(rsp); /* if the state was read */
}
