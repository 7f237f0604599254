/* Making a failing program smaller: words become nops in ever smaller runs, nops are taken out, state becomes zero. */
#include <string.h>

#include "jit/isa/isa.h"
#include "tests/random/drive.h"

struct shrinker {
    bool (*fails)(void *ctx, const struct program *p);
    void *ctx;
    struct program *p, trial;
};

/* Keeps the trial when it still fails. */
static bool keep(struct shrinker *s) {
    if (!s->fails(s->ctx, &s->trial))
        return false;
    *s->p = s->trial;
    return true;
}

static bool clear_words(struct shrinker *s) {
    bool changed = false;
    for (unsigned run = s->p->count; run; run /= 2)
        for (unsigned i = 0; i < s->p->count; i += run) {
            unsigned n = s->p->count - i < run ? s->p->count - i : run, set = 0;
            s->trial = *s->p;
            for (unsigned k = 0; k < n; k++) {
                uint32_t *w = &s->trial.word[i + k];
                set += *w && *w != jl_insn_info[JL_OP_BREAK].match;
                if (*w != jl_insn_info[JL_OP_BREAK].match)
                    *w = 0;
            }
            changed |= set && keep(s);
        }
    return changed;
}

static bool delete_words(struct shrinker *s) {
    bool changed = false;
    for (unsigned i = s->p->count; i-- > 0;) {
        s->trial = *s->p;
        program_delete(&s->trial, i);
        changed |= s->trial.count && keep(s);
    }
    return changed;
}

static bool clear_state(struct shrinker *s) {
    bool changed = false;
    static const uint8_t zero[DATA_SIZE];
    for (unsigned run = DATA_SIZE; run >= 8; run /= 4)
        for (unsigned o = 0; o < DATA_SIZE; o += run) {
            s->trial = *s->p;
            memset(s->trial.data + o, 0, run);
            changed |= memcmp(s->p->data + o, zero, run) && keep(s);
        }
    for (unsigned v = 1; v < JL_VARS; v++) {
        s->trial = *s->p;
        s->trial.var[v] = 0;
        changed |= v != REG_DATA && v != REG_CODE && v != REG_ENTRY && s->p->var[v] && keep(s);
    }
    s->trial = *s->p;
    s->trial.fcsr = 0;
    return (s->p->fcsr && keep(s)) || changed;
}

void program_shrink(struct program *p, bool (*fails)(void *ctx, const struct program *p), void *ctx) {
    static struct shrinker s; /* large */
    s = (struct shrinker){.fails = fails, .ctx = ctx, .p = p};
    for (bool changed = true; changed;) {
        changed = clear_words(&s);
        changed |= delete_words(&s);
        changed |= clear_state(&s);
    }
}
