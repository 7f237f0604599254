/* Signal frames as the MIPS kernel lays them out for o32 (arch/mips/include/uapi/asm/sigcontext.h and ucontext.h say
 * how; a guest's handler may read and change any of it). From the frame's address:
 *
 *    SA_SIGINFO handler                  other handlers
 *    0    argument space, 16 bytes       0    likewise
 *    16   unused, 8 bytes                16   likewise
 *    24   siginfo, 128 bytes             24   sigcontext, 592 bytes
 *    152  ucontext: flags, link,         616  blocked signals, 16 bytes
 *         stack (12 bytes), unused
 *    176    sigcontext, 592 bytes
 *    768    blocked signals, 16 bytes
 *
 * The handler returns to a sequence that makes the sigreturn call, on a page above the stack as in the kernel's vdso.
 */
#include <string.h>

#include "guests/linux/thread.h"
#include "jit/fpu.h"

enum { FRAME_INFO = 24, FRAME_UC = 152, RT_CONTEXT = 176, RT_MASK = 768, RT_SIZE = 784 };
enum { OLD_CONTEXT = 24, OLD_MASK = 616, OLD_SIZE = 632 };
/* sigcontext */
enum { PC = 8, REGS = 16, FPREGS = 272, FPC_CSR = 532, USED_MATH = 540, MDHI = 552, MDLO = 560 };

enum { G_SA_SIGINFO = 8, G_SA_ONSTACK = 0x08000000, G_SS_ONSTACK = 1, G_SS_DISABLE = 2 };
enum { LI_V0 = 0x24020000, SYSCALL = 0x0000000c, NR_SIGRETURN = 4119, NR_RT_SIGRETURN = 4193 };

bool jl_trampoline_map(struct jl_process *p) {
    const uint32_t code[4] = {LI_V0 | NR_RT_SIGRETURN, SYSCALL, LI_V0 | NR_SIGRETURN, SYSCALL};
    if (jl_mem_map(p->mem, JL_TRAMPOLINE, JL_PAGE, JL_PAGE_R | JL_PAGE_W, -1, 0, false) < 0)
        return false;
    for (unsigned i = 0; i < 4; i++)
        jl_put32(p, p->mem->base + JL_TRAMPOLINE + 4 * i, code[i]);
    return jl_mem_protect(p->mem, JL_TRAMPOLINE, JL_PAGE, JL_PAGE_R | JL_PAGE_X) == 0;
}

static void put_context(struct jl_thread *t, uint8_t *sc) {
    struct jl_process *p = t->process;
    const struct jl_cpu *cpu = t->cpu;
    memset(sc, 0, 592);
    jl_put64(p, sc + PC, (uint32_t)cpu->pc);
    for (unsigned i = 1; i < 32; i++)
        jl_put64(p, sc + REGS + 8 * i, cpu->var[JL_VAR_GPR + i]);
    for (unsigned i = 0; i < 32; i++) /* with FR=0 the odd ones are parts of the even ones */
        if (cpu->mode & JL_MODE_FR || !(i & 1))
            jl_put64(p, sc + FPREGS + 8 * i, cpu->var[JL_VAR_FPR + i]);
    jl_put32(p, sc + FPC_CSR, jl_fpu_cfc(cpu, 31));
    jl_put32(p, sc + USED_MATH, 1);
    jl_put64(p, sc + MDHI, cpu->var[JL_VAR_HI]);
    jl_put64(p, sc + MDLO, cpu->var[JL_VAR_LO]);
}

static void get_context(struct jl_thread *t, const uint8_t *sc) {
    struct jl_process *p = t->process;
    struct jl_cpu *cpu = t->cpu;
    cpu->pc = (uint32_t)jl_get64(p, sc + PC);
    for (unsigned i = 1; i < 32; i++)
        cpu->var[JL_VAR_GPR + i] = (uint32_t)jl_get64(p, sc + REGS + 8 * i);
    cpu->var[JL_VAR_HI] = (uint32_t)jl_get64(p, sc + MDHI);
    cpu->var[JL_VAR_LO] = (uint32_t)jl_get64(p, sc + MDLO);
    if (!(jl_get32(p, sc + USED_MATH) & 1))
        return;
    for (unsigned i = 0; i < 32; i++)
        if (cpu->mode & JL_MODE_FR || !(i & 1))
            cpu->var[JL_VAR_FPR + i] = jl_get64(p, sc + FPREGS + 8 * i);
    uint32_t csr = jl_get32(p, sc + FPC_CSR);
    jl_fpu_ctc(cpu, 31, csr & ~(((csr >> JL_FCSR_ENABLE_SHIFT & 31) | 32) << JL_FCSR_CAUSE_SHIFT));
}

static bool on_alternate(const struct jl_thread *t, uint32_t sp) {
    return t->alt_size && sp - t->alt_sp < t->alt_size;
}

static uint32_t frame_address(const struct jl_thread *t, const struct jl_action *action, uint32_t size) {
    uint32_t sp = jl_gpr32(t->cpu, 29) - 32; /* what the kernel leaves for its FPU emulator */
    if (action->flags & G_SA_ONSTACK && t->alt_size && !on_alternate(t, sp))
        sp = t->alt_sp + t->alt_size;
    return (sp - size) & ~7u;
}

static void put_stack(struct jl_thread *t, uint8_t *at) {
    bool on = on_alternate(t, jl_gpr32(t->cpu, 29));
    jl_put32(t->process, at, t->alt_sp);
    jl_put32(t->process, at + 4, t->alt_size);
    jl_put32(t->process, at + 8, !t->alt_size ? G_SS_DISABLE : on ? G_SS_ONSTACK : 0);
}

static void put_mask(struct jl_process *p, uint8_t *at, const struct jl_sigset *mask) {
    for (unsigned i = 0; i < 4; i++)
        jl_put32(p, at + 4 * i, mask->word[i]);
}

bool jl_frame_push(struct jl_thread *t, const struct jl_action *action, const struct jl_info *info,
                   const struct jl_sigset *old_mask) {
    struct jl_process *p = t->process;
    struct jl_cpu *cpu = t->cpu;
    bool rt = action->flags & G_SA_SIGINFO;
    uint32_t size = rt ? RT_SIZE : OLD_SIZE, at = frame_address(t, action, size);
    uint8_t *f = jl_mem_writable(p->mem, at, size);
    if (!f)
        return false;
    memset(f, 0, size);
    put_context(t, f + (rt ? RT_CONTEXT : OLD_CONTEXT));
    put_mask(p, f + (rt ? RT_MASK : OLD_MASK), old_mask);
    if (rt) {
        jl_info_put(p, f + FRAME_INFO, info);
        put_stack(t, f + FRAME_UC + 8);
    }
    cpu->var[4] = (uint32_t)info->signo;
    cpu->var[5] = rt ? at + FRAME_INFO : 0;
    cpu->var[6] = at + (rt ? FRAME_UC : OLD_CONTEXT);
    cpu->var[29] = at;
    cpu->var[31] = (uint32_t)JL_TRAMPOLINE + (rt ? 0 : 8);
    cpu->var[25] = cpu->pc = action->handler;
    cpu->ll_valid = 0;
    return true;
}

bool jl_frame_pop(struct jl_thread *t, bool rt) {
    struct jl_process *p = t->process;
    const uint8_t *f = jl_mem_readable(p->mem, jl_gpr32(t->cpu, 29), rt ? RT_SIZE : OLD_SIZE);
    if (!f)
        return false;
    const uint8_t *mask = f + (rt ? RT_MASK : OLD_MASK);
    for (unsigned i = 0; i < 4; i++)
        t->blocked.word[i] = jl_get32(p, mask + 4 * i);
    if (rt) {
        uint32_t flags = jl_get32(p, f + FRAME_UC + 16);
        t->alt_sp = jl_get32(p, f + FRAME_UC + 8);
        t->alt_size = flags & G_SS_DISABLE ? 0 : jl_get32(p, f + FRAME_UC + 12);
    }
    get_context(t, f + (rt ? RT_CONTEXT : OLD_CONTEXT));
    t->cpu->ll_valid = 0;
    return true;
}
