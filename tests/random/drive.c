/* Running random programs: see drive.h. */
#include "tests/random/drive.h"

#include <string.h>

#include "jit/isa/isa.h"
#include "jit/policy.h"

bool target_make(struct target *t, const char *settings, bool big_endian, char *err, size_t err_size) {
    struct jl_config config;
    char text[CONFIG_TEXT + 16];
    *t = (struct target){.mem = jl_mem_create(big_endian)};
    snprintf(err, err_size, "no address space");
    jl_config_default(&config);
    snprintf(t->settings, sizeof t->settings, "%s", settings);
    snprintf(text, sizeof text, "tier=single,%s", settings); /* programs run once: all of it is to be translated */
    for (char *save, *s = strtok_r(text, ",", &save); s; s = strtok_r(NULL, ",", &save))
        if (!jl_config_set(&config, s, err, err_size))
            return false;
    if (!t->mem || !(t->machine = jl_machine_new(&config, NULL, t->mem, err, err_size)))
        return false;
    const struct jl_invalidate_ops *inv = config.axis[JL_AXIS_INVALIDATE].strategy->ops;
    t->watches_writes = inv->watches_writes;
    return jl_mem_map(t->mem, CODE_BASE, CODE_SIZE, JL_PAGE_R | JL_PAGE_W | JL_PAGE_X, -1, 0, false) == 0 &&
           jl_mem_map(t->mem, DATA_BASE, DATA_SIZE, JL_PAGE_R | JL_PAGE_W, -1, 0, false) == 0;
}

void target_free(struct target *t) {
    jl_machine_free(t->machine);
    jl_mem_destroy(t->mem);
    *t = (struct target){0};
}

/* BREAK everywhere but where the program is. Only what differs is written, so that translations of unchanged code
 * stay. */
static void write_code(struct target *t, const struct program *p) {
    static const unsigned chunk = 16; /* words */
    uint32_t image[CODE_SIZE / 4], first = (p->at - CODE_BASE) / 4;
    for (unsigned i = 0; i < CODE_SIZE / 4; i++) {
        uint32_t w = i - first < p->count ? p->word[i - first] : jl_insn_info[JL_OP_BREAK].match;
        image[i] = t->mem->big_endian ? __builtin_bswap32(w) : w;
    }
    for (unsigned i = 0; i < CODE_SIZE / 4; i += chunk) {
        uint32_t addr = CODE_BASE + 4 * i;
        if (!memcmp(t->mem->base + addr, image + i, 4 * chunk))
            continue;
        memcpy(jl_mem_writable(t->mem, addr, 4 * chunk), image + i, 4 * chunk);
        jl_machine_cacheflush(t->machine, addr, 4 * chunk);
    }
}

void target_start(struct target *t, const struct program *p, int64_t slice) {
    struct jl_cpu *cpu = jl_machine_cpu(t->machine);
    write_code(t, p);
    memcpy(jl_mem_writable(t->mem, DATA_BASE, DATA_SIZE), p->data, DATA_SIZE);
    jl_machine_cacheflush(t->machine, DATA_BASE, DATA_SIZE); /* the program before may have jumped there */
    memcpy(cpu->var, p->var, sizeof p->var);
    cpu->fcsr = p->fcsr;
    cpu->fpr_half = 0;
    cpu->ll_valid = 0;
    cpu->mode = p->mode;
    cpu->isa = JL_ISA_SET_MIPS32R2;
    cpu->pc = p->at;
    jl_machine_set_slice(t->machine, slice);
}

void target_outcome(const struct target *t, enum jl_exit exit, struct outcome *out) {
    const struct jl_cpu *cpu = jl_machine_cpu(t->machine);
    out->exit = exit;
    out->bd = cpu->exit_bd;
    out->pc = cpu->pc;
    out->fcsr = cpu->fcsr;
    out->fpr_half = cpu->fpr_half;
    memcpy(out->var, cpu->var, sizeof out->var);
    memcpy(out->data, t->mem->base + DATA_BASE, DATA_SIZE);
    memcpy(out->code, t->mem->base + CODE_BASE, CODE_SIZE);
}

void target_run(struct target *t, const struct program *p, struct outcome *out) {
    target_start(t, p, DRIVE_LIMIT);
    uint64_t before = jl_machine_retired(t->machine);
    enum jl_exit exit = jl_machine_run(t->machine);
    target_outcome(t, exit, out);
    out->retired = jl_machine_retired(t->machine) - before;
}

uint64_t outcome_mask(const struct outcome *want, unsigned v) {
    bool half = v >= JL_VAR_FPR && v < JL_VAR_FCC && want->fpr_half >> (v - JL_VAR_FPR) & 1;
    return half ? 0xffffffff : ~(uint64_t)0;
}

bool outcome_same(const struct outcome *want, const struct outcome *got) {
    uint32_t fcsr = want->exit == JL_EXIT_FPE ? ~0u : ~(0x3fu << JL_FCSR_CAUSE_SHIFT);
    for (unsigned v = 0; v < JL_VARS; v++)
        if ((want->var[v] ^ got->var[v]) & outcome_mask(want, v))
            return false;
    return want->exit == got->exit && want->bd == got->bd && want->pc == got->pc && want->retired == got->retired &&
           ((want->fcsr ^ got->fcsr) & fcsr) == 0 && memcmp(want->data, got->data, DATA_SIZE) == 0 &&
           memcmp(want->code, got->code, CODE_SIZE) == 0;
}

/* ---- configurations ---- */

static int64_t value_of(struct rng *r, const struct jl_param *param) {
    uint64_t range = (uint64_t)(param->max - param->min) + 1;
    if (range == 2) /* a switch */
        return param->min + rng_below(r, 2);
    uint32_t most = 1 + rng_below(r, 40); /* small values are the hard ones */
    return param->min + rng_below(r, range < most ? (uint32_t)range : most);
}

static void append(char text[CONFIG_TEXT], const char *format, const char *name, long long value) {
    size_t n = strlen(text);
    snprintf(text + n, CONFIG_TEXT - n, format, name, value);
}

static void axis_random(struct rng *r, enum jl_axis axis, char text[CONFIG_TEXT]) {
    const struct jl_strategy *s;
    unsigned n = 0;
    while (jl_axis_strategy(axis, n))
        n++;
    do
        s = jl_axis_strategy(axis, rng_below(r, n));
    while (s->unsafe || s->console || s->native ||
           (axis == JL_AXIS_BACKEND && ((const struct jl_backend_ops *)s->ops)->interprets));
    append(text, text[0] ? ",%s" : "%s", jl_axis_name(axis), 0);
    append(text, "=%s", s->name, 0);
    for (const struct jl_param *param = s->params; param && param->name; param++)
        if (rng_below(r, 3) == 0)
            append(text, ":%s=%lld", param->name, value_of(r, param));
}

void config_random(struct rng *r, char text[CONFIG_TEXT]) {
    struct jl_config config;
    char copy[CONFIG_TEXT], err[256];
    bool ok;
    do {
        text[0] = 0;
        for (unsigned axis = 0; axis < JL_AXES; axis++)
            if (rng_below(r, 2))
                axis_random(r, axis, text);
        jl_config_default(&config);
        memcpy(copy, text, sizeof copy);
        ok = true;
        for (char *save, *s = strtok_r(copy, ",", &save); s; s = strtok_r(NULL, ",", &save))
            ok &= jl_config_set(&config, s, err, sizeof err);
    } while (!ok || !jl_config_check(&config, err, sizeof err));
}
