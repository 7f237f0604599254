/* Annotations in the guest's code, and the memory that they and page protection make invariant. */
#include "jit/frontend/region.h"
#include "jit/frontend/specialize.h"
#include "jit/runtime/versions.h"

enum {
    NEAR = 512,   /* bytes that the words of a table in read-only memory are apart at most */
    CHANGES = 16, /* of a page after which nothing on it is taken for invariant */
};

bool jl_fe_specializes(const struct jl_machine *m) {
    return JL_OPS(m, SPECIALIZE, jl_specialize_ops)->max_versions && !m->guest && !(m->cpu.mode & JL_MODE_64);
}

/* ---- annotations ---- */

static unsigned add_register(struct jl_annotation *a, unsigned reg) {
    for (unsigned i = 0; i < a->registers; i++)
        if (a->reg[i] == reg)
            return i;
    if (a->registers < JL_ANNOTATED)
        a->reg[a->registers++] = (uint8_t)reg;
    return a->registers - 1;
}

/* One word of the list. False when it belongs to none. */
static bool add_word(struct jl_annotation *a, uint32_t word, bool *open) {
    unsigned reg = word >> 16 & 31, what = word >> 6 & 31;
    if (word & ~(31u << 16 | 31u << 6) || !reg || what < JL_ANNOTATE_CONSTANT || what > JL_ANNOTATE_BYTES)
        return false;
    if (*open != (what == JL_ANNOTATE_BYTES) || a->registers == JL_ANNOTATED ||
        (what == JL_ANNOTATE_MEMORY && a->memories == JL_ANNOTATED_MEMORY))
        return false;
    unsigned i = add_register(a, reg);
    if (what == JL_ANNOTATE_MEMORY)
        a->base[a->memories] = (uint8_t)i;
    if (what == JL_ANNOTATE_BYTES)
        a->bytes[a->memories++] = (uint8_t)i;
    *open = what == JL_ANNOTATE_MEMORY;
    return true;
}

bool jl_fe_annotation(struct jl_machine *m, uint32_t pc, struct jl_annotation *out) {
    uint32_t word;
    bool open = false;
    *out = (struct jl_annotation){.words = 1};
    if (!jl_fe_fetch(m, pc, &word) || word != JL_ANNOTATE_BEGIN)
        return false;
    while (jl_fe_fetch(m, pc + 4 * out->words, &word) && add_word(out, word, &open))
        out->words++;
    return out->registers && !open;
}

bool jl_fe_is_annotated(struct jl_machine *m, uint32_t pc) {
    uint32_t word;
    struct jl_annotation a;
    if (!jl_fe_specializes(m) || !jl_mem_fetch(m->mem, pc, &word))
        return false;
    return word == JL_ANNOTATE_END || (word == JL_ANNOTATE_BEGIN && jl_fe_annotation(m, pc, &a));
}

/* ---- invariant memory ---- */

/* In case another thread changes it before the invalidation strategy watches. */
static bool note_words(struct jl_machine *m, uint32_t addr, unsigned size) {
    uint32_t word;
    for (uint32_t at = addr & ~3u; at < addr + size; at += 4)
        if (!jl_fe_fetch(m, at, &word))
            return false;
    return true;
}

/* The span of what the version was made from that size bytes at addr belong to: that of memory declared invariant, or
 * one of those that the guest cannot write and nobody else either, which are near each other (jump tables). NULL: none.
 */
static struct jl_span *span_of(const struct jl_machine *m, uint32_t addr, unsigned size) {
    struct jl_version *v = m->version;
    for (unsigned i = 0; i < v->annotation.memories; i++)
        if (addr >= v->memory[i].low && addr <= v->memory[i].high && v->memory[i].high - addr >= size - 1)
            return &v->used[i];
    if (jl_page_flags(m->mem, addr) & (JL_PAGE_W | JL_PAGE_SHARED))
        return NULL;
    for (unsigned i = JL_ANNOTATED_MEMORY; i < JL_VERSION_SPANS; i++) {
        struct jl_span *s = &v->used[i];
        if (s->low > s->high || (addr >> JL_PAGE_SHIFT == s->low >> JL_PAGE_SHIFT &&
                                 (addr < s->low ? s->high - addr < NEAR : addr - s->low < NEAR)))
            return s;
    }
    return NULL;
}

bool jl_fe_invariant(struct jl_machine *m, uint32_t addr, unsigned size, bool note, uint64_t *value) {
    if (!jl_fe_in_version(m) || addr & (size - 1) || jl_page_changes(m, addr) > CHANGES ||
        !JL_OPS(m, SPECIALIZE, jl_specialize_ops)->removes_loads(m))
        return false;
    struct jl_span *s = span_of(m, addr, size);
    if (!s || (!note && (addr < s->low || addr > s->high)) || !jl_mem_load(m->mem, addr, size, value) ||
        !note_words(m, addr, size))
        return false;
    if (note) {
        jl_span_add(s, addr);
        jl_span_add(s, addr + size - 1);
    }
    return true;
}
