/* See savestate.h. */
#include "guests/n64/savestate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zlib.h>

#include "guests/n64/ai.h"
#include "guests/n64/cop0.h"
#include "guests/n64/dp.h"
#include "guests/n64/file.h"
#include "guests/n64/flash.h"
#include "guests/n64/isviewer.h"
#include "guests/n64/mi.h"
#include "guests/n64/n64.h"
#include "guests/n64/pad.h"
#include "guests/n64/pi.h"
#include "guests/n64/pif.h"
#include "guests/n64/ri.h"
#include "guests/n64/save.h"
#include "guests/n64/savestate_file.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/si.h"
#include "guests/n64/sp.h"
#include "guests/n64/state.h"
#include "guests/n64/vi.h"
#include "guests/n64/views.h"

/* The processor. How the last run of the machine ended is no part of it, but for a branch whose slot is still to come
 * (slot_pc). Modes are made from Status and FCSR. */
static void cpu(struct jl_n64 *n, struct jl_state *s) {
    struct jl_cpu *c = n->cpu;
    jl_state_part(s, "cpu");
    jl_state_field(s, "gpr", c->var + JL_VAR_GPR, 8, 32, JL_STATE_ANY);
    jl_state_require(s, c->var[JL_VAR_GPR] == 0, "gpr");
    JL_STATE_ONE(s, "hi", c->var[JL_VAR_HI], JL_STATE_ANY);
    JL_STATE_ONE(s, "lo", c->var[JL_VAR_LO], JL_STATE_ANY);
    jl_state_field(s, "fpr", c->var + JL_VAR_FPR, 8, 32, JL_STATE_ANY);
    jl_state_field(s, "fcc", c->var + JL_VAR_FCC, 8, 8, 1);
    JL_STATE_ONE(s, "pc", c->pc, JL_STATE_ANY);
    JL_STATE_ONE(s, "fcsr", c->fcsr, 0x0103ffff);
    JL_STATE_ONE(s, "ll_valid", c->ll_valid, 1);
    JL_STATE_ONE(s, "ll_addr", c->ll_addr, JL_STATE_ANY);
    JL_STATE_ONE(s, "ll_value", c->ll_value, JL_STATE_ANY);
    uint64_t slot_pc = c->slot_pc, slot_target = slot_pc ? c->exit_target : 0;
    JL_STATE_ONE(s, "slot_pc", slot_pc, JL_STATE_ANY);
    JL_STATE_ONE(s, "slot_target", slot_target, JL_STATE_ANY);
    if (!s->loading)
        return;
    c->slot_pc = slot_pc;
    c->exit_target = slot_target;
    c->exit_bd = slot_pc != 0;
    c->mode = c->fcsr >> JL_FCSR_ENABLE_SHIFT & 31 ? JL_MODE_FPU_EXACT : 0;
}

static void memory(struct jl_n64 *n, struct jl_state *s) {
    jl_state_part(s, "memory");
    jl_ram_reorder(n); /* a state is the same whatever order memory is kept in */
    jl_state_field(s, "rdram", n->ram, 1, n->ram_bytes, JL_STATE_ANY);
    jl_ram_reorder(n);
    if (s->loading)
        jl_n64_ram_written(n, 0, n->ram_bytes);
}

/* All but RDRAM. The time comes first: other parts check theirs against it. */
static void rest(struct jl_n64 *n, struct jl_state *s) {
    jl_n64_scheduler_state(n, s);
    cpu(n, s);
    jl_cop0_state(n, s);
    jl_mi_state(n, s);
    jl_pi_state(n, s);
    jl_si_state(n, s);
    jl_pif_state(n, s);
    jl_vi_state(n, s);
    jl_ai_state(n, s);
    jl_ri_state(n, s);
    jl_sp_state(n, s);
    jl_dp_state(n, s);
    jl_flash_state(n, s);
    jl_save_state(&n->save, "save", s);
    jl_save_state(&n->pak, "pak", s);
    jl_isviewer_state(n, s);
    jl_pad_state(&n->pad, n->vi.frames, s);
}

static void walk(struct jl_n64 *n, struct jl_state *s) {
    rest(n, s);
    memory(n, s);
}

static uint8_t *fields(struct jl_n64 *n, void from(struct jl_n64 *n, struct jl_state *s), size_t *size) {
    struct jl_state s = {.loading = false};
    from(n, &s);
    *size = s.size;
    if (!s.failed)
        return s.bytes;
    free(s.bytes);
    return NULL;
}

uint8_t *jl_n64_fields(struct jl_n64 *n, size_t *size) {
    return fields(n, walk, size);
}

static uint64_t hash_of(struct jl_n64 *n, void from(struct jl_n64 *n, struct jl_state *s)) {
    size_t size;
    uint8_t *bytes = fields(n, from, &size);
    uint64_t hash = bytes ? XXH3_64bits(bytes, size) : 0;
    free(bytes);
    return hash;
}

uint64_t jl_n64_state_hash(struct jl_n64 *n) {
    return hash_of(n, walk);
}

uint64_t jl_n64_rest_hash(struct jl_n64 *n) {
    return hash_of(n, rest);
}

bool jl_n64_fields_load(struct jl_n64 *n, const uint8_t *bytes, size_t size, char *err, size_t err_size) {
    struct jl_state s = {.loading = true, .bytes = (uint8_t *)bytes, .size = size};
    walk(n, &s);
    if (!s.failed && s.at == s.size)
        return true;
    snprintf(err, err_size, "%s%s",
             s.foreign ? "" : "corrupt savestate: ", s.failed ? s.why : "there is more behind its end");
    return false;
}

static struct jl_savestate_head head_of(const struct jl_n64 *n) {
    return (struct jl_savestate_head){.mark = JL_SAVESTATE_MARK,
                                      .version = JL_SAVESTATE_VERSION,
                                      .ram_bytes = n->ram_bytes,
                                      .rom = XXH3_64bits(n->rom.bytes, n->rom.size)};
}

bool jl_n64_savestate_write(struct jl_n64 *n, const char *path, char *err, size_t err_size) {
    struct jl_savestate_head head = head_of(n);
    size_t size;
    uint8_t *fields = jl_n64_fields(n, &size);
    uLongf packed = compressBound(size);
    uint8_t *file = malloc(sizeof head + packed);
    bool ok = fields && file && compress2(file + sizeof head, &packed, fields, size, Z_BEST_SPEED) == Z_OK;
    if (ok) {
        head.size = size;
        head.packed = packed;
        head.hash = jl_savestate_hash(&head, file + sizeof head);
        memcpy(file, &head, sizeof head);
        ok = jl_file_replace(path, file, sizeof head + packed, err, err_size);
    } else {
        snprintf(err, err_size, "no memory for a savestate");
    }
    free(file);
    free(fields);
    return ok;
}

static bool fits(const struct jl_n64 *n, const struct jl_savestate_head *head, const char *path, char *err,
                 size_t err_size) {
    if (head->rom != head_of(n).rom)
        snprintf(err, err_size, "%s: the savestate of another ROM", path);
    else if (head->ram_bytes != n->ram_bytes)
        snprintf(err, err_size, "%s: a savestate with %u MiB of RDRAM (--rdram)", path, head->ram_bytes >> 20);
    else
        return true;
    return false;
}

bool jl_n64_savestate_load(struct jl_n64 *n, const char *path, char *err, size_t err_size) {
    struct jl_savestate_head head;
    char why[256];
    uint8_t *fields = jl_savestate_read(path, &head, err, err_size);
    bool ok = fields && fits(n, &head, path, err, err_size);
    if (ok && !jl_n64_fields_load(n, fields, head.size, why, sizeof why)) {
        snprintf(err, err_size, "%s: %s", path, why);
        ok = false;
    }
    free(fields);
    return ok;
}
