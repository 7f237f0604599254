/* The reset button resets nothing but PIF. PIF asks for the interrupt that MI has no part in (IP4, "pre-NMI"), half a
 * second later for the processor's non-maskable one, and then shows its ROM again; RDRAM and the RCP go on as they were
 * (N64 Programming Manual 7.10, Developer News 1.5; VR4300 User's Manual, NMI exception). The boot code stops the RCP's
 * parts, copies the program again and tells it what kind of reset it was. Without a user's image of PIF's ROM that is
 * done here, as at the start. */
#include "guests/n64/reset.h"

#include "guests/n64/ai.h"
#include "guests/n64/cop0.h"
#include "guests/n64/mi.h"
#include "guests/n64/n64.h"
#include "guests/n64/pi.h"
#include "guests/n64/pif.h"
#include "guests/n64/rom.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/si.h"
#include "guests/n64/sp.h"
#include "guests/n64/vi.h"
#include "guests/n64/views.h"

enum { HALF_A_SECOND = JL_N64_CLOCK / 2, CAUSE_IP4 = 1 << 12 };

void jl_reset_pressed(struct jl_n64 *n) {
    n->cop0.reg[JL_COP0_CAUSE] |= CAUSE_IP4;
    jl_n64_after(n, JL_N64_NMI, HALF_A_SECOND);
}

/* As boot code leaves the RCP: RSP halted, its signals clear, no picture, no sound, no interrupt. */
static void quiet(struct jl_n64 *n) {
    enum { SP_STATUS = 0x10, SP_HALT_AND_CLEAR = 0xaaaaae, V_INTR = 0x0c, V_CURRENT = 0x10, H_VIDEO = 0x24 };
    enum { AI_DRAM = 0, AI_LEN = 4, AI_STATUS = 12, MI_MODE = 0, MI_CLEAR_DP = 1 << 11, MI_MASK = 12, MI_NONE = 0x555 };
    enum { PI_STATUS = 0x10, PI_RESET = 3, SI_STATUS = 0x18 };
    jl_sp_write(n, SP_STATUS, SP_HALT_AND_CLEAR);
    jl_sp_pc_write(n, 0, 0);
    jl_vi_write(n, V_INTR, 0x3ff);
    jl_vi_write(n, H_VIDEO, 0);
    jl_vi_write(n, V_CURRENT, 0);
    jl_ai_write(n, AI_DRAM, 0);
    jl_ai_write(n, AI_LEN, 0);
    jl_ai_write(n, AI_STATUS, 0);
    jl_pi_write(n, PI_STATUS, PI_RESET);
    jl_si_write(n, SI_STATUS, 0);
    jl_mi_write(n, MI_MASK, MI_NONE);
    jl_mi_write(n, MI_MODE, MI_CLEAR_DP);
}

void jl_reset_nmi(struct jl_n64 *n) {
    uint64_t *reg = n->cop0.reg;
    reg[JL_COP0_CAUSE] &= ~(uint64_t)CAUSE_IP4;
    reg[JL_COP0_ERROREPC] = n->cpu->pc;
    reg[JL_COP0_STATUS] =
        (reg[JL_COP0_STATUS] & ~(uint64_t)JL_STATUS_TS) | JL_STATUS_BEV | JL_STATUS_SR | JL_STATUS_ERL;
    n->cpu->slot_pc = 0;
    n->cpu->exit_bd = 0;
    if (!n->options.ipl)
        quiet(n);
    jl_n64_boot_again(n);
    jl_cop0_modes(n);
    jl_views_flush(n);
}
