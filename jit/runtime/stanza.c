/* Stanzas: see policy.h. One is
 *
 *     cmp edx, PC
 *     je ENTRY
 *     jmp NEXT
 *
 * in the far part of the code cache, entered with the state as between regions: edx has the guest address, rax and the
 * flags are free. Two instructions when it is the one, three when it is not.
 */
#include <string.h>

#include "jit/runtime/cache.h"
#include "jit/runtime/model.h"
#include "jit/x64/layout.h"

enum { PLAIN_BYTES = 17, COUNTED_BYTES = 160, JE_ENDS = 12 };

/* When counting: that it is about to execute a straight piece of so many instructions. */
static void count(struct jl_machine *m, struct jl_asm *a, enum jl_segment seg, uint32_t instructions) {
    m->segment[seg].instructions = instructions;
    if (m->tools.count)
        jl_x_alu_mi(a, JL_X_ADD, 8, jl_m(JL_RBP, JL_AT(segment) + (int32_t)(seg * sizeof *m->segment)), 1);
}

bool jl_stanza_new(struct jl_machine *m, struct jl_stanza *s) {
    uint32_t counters = m->tools.count ? COUNTED_BYTES - PLAIN_BYTES : 0;
    uint8_t *hot, *p;
    if (!jl_cache_take(m->cache, 0, PLAIN_BYTES + counters, 0, counters, &hot, &p)) {
        m->flush_wanted = true;
        return false;
    }
    struct jl_asm a = {.p = p, .start = p, .end = p + 2 * COUNTED_BYTES}; /* the assembler wants room */
    uint32_t point = jl_model_stanza(m, PLAIN_BYTES, JE_ENDS);
    s->host = p;
    jl_model_emit_live_point(m, &a, point);
    count(m, &a, JL_SEG_STANZA, 2);
    jl_x_alu_ri(&a, JL_X_CMP, 4, JL_RDX, INT32_MAX);
    s->pc = a.p - 4;
    s->entry = jl_x_jcc32(&a, JL_CC_E_);
    jl_model_emit_live_point(m, &a, point + 1);
    count(m, &a, JL_SEG_STANZA_NEXT, 1);
    s->next = jl_x_jmp32(&a);
    m->counters.stanzas_made++;
    return true;
}

void jl_stanza_set(const struct jl_stanza *s, uint32_t pc, const void *entry) {
    memcpy(s->pc, &pc, sizeof pc);
    jl_x_patch32(s->entry, entry);
}

void jl_stanza_set_next(const struct jl_stanza *s, const void *next) {
    jl_x_patch32(s->next, next);
}
