/* The input is guest code: every word is disassembled, and the code is translated from each of its first words, with
 * the IR verified before and after the passes. Nothing is executed. */
#include <stdlib.h>
#include <string.h>

#include "jit/frontend/frontend.h"
#include "jit/runtime/regions.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/words.h"

enum { STARTS = 4 };

static void disassemble(const struct program *p) {
    static const uint32_t isas[] = {JL_ISA_SET_MIPS32R2, JL_ISA_SET_VR4300, JL_ISA_SET_MIPS64R2};
    for (unsigned i = 0; i < p->count; i++)
        for (unsigned k = 0; k < 3; k++) {
            char line[128];
            struct jl_insn in;
            int n = jl_disasm(p->word[i], p->at + 4 * i, isas[k], line, sizeof line);
            jl_decode(p->word[i], isas[k], &in);
            if (n <= 0 || (size_t)n >= sizeof line || in.op >= JL_OPS || jl_varset_has(jl_insn_writes(&in, p->mode), 0))
                abort();
        }
}

static void verify(const struct jl_ir *ir) {
    if (!ir->failed && !jl_ir_verify(ir, stderr))
        abort();
}

/* As the run-time does it, but with looks at the IR in between. */
static void translate(struct jl_machine *m, uint32_t pc) {
    struct jl_region region = {.pc = pc, .mode = m->cpu.mode};
    jl_ir_reset(m->ir);
    if (!jl_translate(m, &region))
        return;
    verify(m->ir);
    if (m->ir->failed)
        return;
    jl_passes_run(m, m->ir, NULL);
    verify(m->ir);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct program p;
    const char *settings;
    if (!words_program(&p, &settings, bytes, size))
        return 0;
    struct target *t = words_target(settings, p.mode & JL_MODE_BE);
    disassemble(&p);
    if (t->machine->regions_mode != p.mode) /* translations belong to one mode */
        jl_regions_flush(t->machine);
    t->machine->regions_mode = p.mode;
    jl_invalidate_range(t->machine, CODE_BASE, CODE_SIZE);
    target_start(t, &p, 0);
    for (unsigned i = 0; i < STARTS && i < p.count; i++) {
        translate(t->machine, p.at + 4 * i);
        jl_region_make(t->machine, p.at + 4 * i);
    }
    return 0;
}
