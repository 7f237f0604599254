/* See model.h. A part is a stretch of code in one piece: the thunks, or a region's hot or far code. */
#include "jit/runtime/model.h"

#include <stdlib.h>

#include "jit/runtime/cache.h"
#include "jit/runtime/profile.h"
#include "jit/runtime/regions.h"
#include "jit/util/array.h"
#include "jit/x64/disasm.h"
#include "jit/x64/emit.h"

enum { BUFFER_BYTES = 1 << 16 };

/* Bytes that an ordinary run's code does not have: [from, to), and so many before that. */
struct skip {
    const uint8_t *from, *to;
    uint32_t sum; /* of all in this part so far */
};

struct part {
    const uint8_t *from, *to;
    uint32_t address; /* that from would have */
    uint32_t first_skip, nskips;
};

struct jl_model {
    struct jl_predict *processor;
    struct jl_path *path;
    struct jl_predict_counters absorbed, sum;
    uint64_t lost;    /* by machines absorbed */
    uint32_t *buffer; /* aligned to its size, so that being full shows in the cursor's low bits */
    struct skip *skips;
    uint32_t nskips, cap_skips, thunk_skips;
    struct part thunks, *parts; /* of each region by its number: hot, far */
    uint32_t cap_parts;
    const uint8_t **points; /* of the region being emitted */
    uint32_t npoints, cap_points, next_point;
    uint32_t first_skip, hot, far_; /* likewise */
    struct jl_path_branch *branches;
    uint32_t nbranches, cap_branches;
    uint32_t first_point;              /* behind the thunks' */
    uint32_t comes_back[2], leaves[2]; /* points: where a slow call's thunk, or the one for vectors, goes on behind C */
};

static void need(void *array, uint32_t *cap, uint32_t n, size_t size) {
    if (!jl_array_room(array, cap, n, size))
        abort();
}

bool jl_model_start(struct jl_machine *m, size_t code_bytes) {
    if (!m->tools.model)
        return true;
    struct jl_model *model = m->model = calloc(1, sizeof *model);
    if (!model)
        return false;
    model->processor = jl_predict_new(m->tools.model);
    if (model->processor)
        model->path = jl_path_new((uint32_t)code_bytes, model->processor);
    model->buffer = aligned_alloc(BUFFER_BYTES, BUFFER_BYTES);
    m->model_cursor = model->buffer;
    return model->path && model->buffer;
}

void jl_model_free(struct jl_model *model) {
    if (!model)
        return;
    jl_path_free(model->path);
    jl_predict_free(model->processor);
    free(model->buffer);
    free(model->skips);
    free(model->parts);
    free((void *)model->points);
    free(model->branches);
    free(model);
}

/* ---- addresses ---- */

/* The first skip of a part that ends behind p. */
static uint32_t skip_behind(const struct jl_model *model, const struct part *part, const uint8_t *p) {
    uint32_t lo = part->first_skip, hi = lo + part->nskips;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (model->skips[mid].to <= p)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static uint32_t address_in(const struct jl_model *model, const struct part *part, const uint8_t *p) {
    uint32_t lo = skip_behind(model, part, p);
    uint32_t sum = lo > part->first_skip ? model->skips[lo - 1].sum : 0;
    return part->address + (uint32_t)(p - part->from) - sum;
}

static bool holds(const struct part *part, const uint8_t *p) {
    return p >= part->from && p < part->to;
}

/* What p would be in an ordinary run; own: the region's parts that are looked at beside the thunks. */
static uint32_t address_of(const struct jl_model *model, const struct part own[2], const uint8_t *p) {
    for (unsigned i = 0; own && i < 2; i++)
        if (holds(&own[i], p))
            return address_in(model, &own[i], p);
    if (!holds(&model->thunks, p))
        abort();
    return address_in(model, &model->thunks, p);
}

static uint32_t thunk_address(const struct jl_machine *m, enum jl_thunk thunk) {
    return address_in(m->model, &m->model->thunks, m->cache->thunk[thunk]);
}

static const struct part *parts_at(struct jl_machine *m, const uint8_t *p) {
    const struct jl_region *r = jl_region_at_host(m, p);
    return r ? &m->model->parts[2 * (size_t)r->number] : NULL;
}

/* ---- emission ---- */

void jl_model_begin(struct jl_machine *m, uint32_t hot, uint32_t far_) {
    struct jl_model *model = m->model;
    if (!model)
        return;
    model->hot = hot;
    model->far_ = far_;
    model->npoints = 0;
    model->first_skip = model->nskips;
}

void jl_model_skip(struct jl_machine *m, const uint8_t *from, const uint8_t *to, uint32_t further) {
    struct jl_model *model = m->model;
    if (!model)
        return;
    need(&model->skips, &model->cap_skips, model->nskips + 1, sizeof *model->skips);
    /* the sum is made when it is known which part this is */
    model->skips[model->nskips++] = (struct skip){from, to, (uint32_t)(to - from) + further};
}

/* Uses rax and the flags; what else C may change is kept by the thunk, but for rdx. */
static void emit_point(struct jl_machine *m, struct jl_asm *a, uint32_t number, bool keeps_rdx) {
    struct jl_memop cursor = jl_m(JL_RBP, JL_AT(model_cursor)), kept = jl_m(JL_RBP, JL_AT(scratch));
    jl_x_mov_rm(a, 8, JL_RAX, cursor);
    jl_x_mov_mi(a, 4, jl_m(JL_RAX, 0), (int32_t)number);
    jl_x_alu_ri(a, JL_X_ADD, 8, JL_RAX, 4);
    jl_x_mov_mr(a, 8, cursor, JL_RAX);
    jl_x_test_ri(a, 4, JL_RAX, BUFFER_BYTES - 1);
    uint8_t *over = jl_x_jcc8(a, JL_CC_NE_);
    if (keeps_rdx)
        jl_x_mov_mr(a, 8, kept, JL_RDX);
    jl_x_call_to(a, m->cache->model_thunk);
    if (keeps_rdx)
        jl_x_mov_rm(a, 8, JL_RDX, kept);
    jl_x_patch8(over, a->p);
}

void jl_model_emit_live_point(struct jl_machine *m, struct jl_asm *a, uint32_t number) {
    if (m->model)
        emit_point(m, a, number, true);
}

uint32_t jl_model_stanza(struct jl_machine *m, uint32_t bytes, uint32_t branch_end) {
    struct jl_model *model = m->model;
    if (!model)
        return 0;
    const struct jl_code_cache *c = m->cache;
    uint32_t at = (uint32_t)(c->start - c->base + c->nominal - c->far_used);
    const struct jl_path_branch branches[] = {{.end = at + branch_end, .kind = JL_PATH_COND_LINK},
                                              {.end = at + bytes, .kind = JL_PATH_LINK}};
    if (!jl_path_code(model->path, at, at + bytes, branches, 2))
        abort();
    uint32_t number = jl_path_point(model->path, at);
    jl_path_point(model->path, at + branch_end);
    model->next_point = number + 2;
    return number;
}

void jl_model_emit_point(struct jl_emit *e) {
    struct jl_machine *m = e->m;
    struct jl_model *model = m->model;
    if (!model)
        return;
    if (e->final) {
        need(&model->points, &model->cap_points, model->npoints + 1, sizeof *model->points);
        model->points[model->npoints] = e->a.p;
    }
    uint32_t number = model->next_point + model->npoints;
    model->npoints += e->final;
    jl_profile_begin(e);
    emit_point(m, &e->a, number, false);
    jl_profile_end(e);
}

/* Makes a part of [from, to) and takes the next of the skips for it. */
static struct part new_part(struct jl_model *model, const uint8_t *from, const uint8_t *to, uint32_t address,
                            uint32_t *skip) {
    struct part part = {from, to, address, *skip, 0};
    for (uint32_t sum = 0; *skip < model->nskips && model->skips[*skip].from >= from && model->skips[*skip].to <= to;
         ++*skip, part.nskips++)
        model->skips[*skip].sum = sum += model->skips[*skip].sum;
    return part;
}

/* Whether the jump or call that ends there is one of the region's links. */
static bool is_link(const struct jl_machine *m, const struct jl_region *r, const uint8_t *end) {
    for (uint32_t i = 0; r && i < r->nsites; i++)
        if (m->sites[r->first_site + i].field + 4 == end)
            return true;
    return false;
}

static enum jl_path_kind kind_of(struct jl_machine *m, const struct jl_region *r, const struct jl_x64_branch *b,
                                 const uint8_t *end) {
    switch (b->kind) {
    case JL_X64_COND: return JL_PATH_COND;
    case JL_X64_JUMP: return is_link(m, r, end) ? JL_PATH_LINK : JL_PATH_JUMP;
    case JL_X64_JUMP_TO: return JL_PATH_INDIRECT;
    case JL_X64_CALL: return is_link(m, r, end) ? JL_PATH_CALL_LINK : JL_PATH_CALL;
    case JL_X64_CALL_TO: return JL_PATH_CALL_C;
    default:
        if (r)
            return JL_PATH_RETURN_TO;
        return end > m->cache->thunk[JL_THUNK_SLOW] ? JL_PATH_RETURN : JL_PATH_LEAVE;
    }
}

/* Finds the branches of a part. */
static void read_part(struct jl_machine *m, const struct jl_region *r, const struct part own[2],
                      const struct part *part) {
    struct jl_model *model = m->model;
    uint32_t skip = part->first_skip, last = skip + part->nskips;
    model->nbranches = 0;
    for (const uint8_t *p = part->from; p < part->to;) {
        struct jl_x64_branch b;
        while (skip < last && (model->skips[skip].from < p || model->skips[skip].to == p))
            skip++;
        if (skip < last && model->skips[skip].from == p) {
            p = model->skips[skip++].to;
            continue;
        }
        if (!jl_x64_branch(p, part->to, &b))
            abort();
        p += b.length;
        if (b.kind == JL_X64_NO_BRANCH)
            continue;
        struct jl_path_branch found = {.end = address_in(model, part, p), .kind = kind_of(m, r, &b, p)};
        if (found.kind == JL_PATH_COND || found.kind == JL_PATH_JUMP || found.kind == JL_PATH_CALL)
            found.target = address_of(model, own, b.target);
        need(&model->branches, &model->cap_branches, model->nbranches + 1, sizeof *model->branches);
        model->branches[model->nbranches++] = found;
    }
    if (!jl_path_code(model->path, part->address, address_in(model, part, part->to), model->branches, model->nbranches))
        abort();
}

void jl_model_region(struct jl_machine *m, const struct jl_region *r) {
    struct jl_model *model = m->model;
    if (!model)
        return;
    uint32_t skip = model->first_skip;
    need(&model->parts, &model->cap_parts, 2 * r->number + 2, sizeof *model->parts);
    struct part *own = &model->parts[2 * (size_t)r->number];
    own[0] = new_part(model, r->hot, r->hot_end, model->hot, &skip);
    own[1] = new_part(model, r->far_, r->far_end, model->far_, &skip);
    read_part(m, r, own, &own[0]);
    read_part(m, r, own, &own[1]);
    for (uint32_t i = 0; i < model->npoints; i++)
        jl_path_point(model->path, address_of(model, own, model->points[i]));
    model->next_point += model->npoints;
}

const uint8_t *jl_model_skipped(const struct jl_machine *m, const struct jl_region *region, const uint8_t *p) {
    const struct jl_model *model = m->model;
    for (unsigned i = 0; i < 2; i++) {
        const struct part *part = &model->parts[2 * (size_t)region->number + i];
        uint32_t skip = skip_behind(model, part, p);
        if (holds(part, p) && skip < part->first_skip + part->nskips && model->skips[skip].from == p)
            return model->skips[skip].to;
    }
    return NULL;
}

/* The one condition in the thunk that ends at `end`. */
static void slow_points(struct jl_machine *m, unsigned vectors, uint32_t end) {
    struct jl_model *model = m->model;
    uint32_t start = thunk_address(m, JL_THUNK_SLOW + vectors);
    for (uint32_t i = 0; i < model->nbranches; i++) {
        const struct jl_path_branch *b = &model->branches[i];
        if (b->kind != JL_PATH_COND || b->end <= start || b->end >= end)
            continue;
        model->comes_back[vectors] = jl_path_point(model->path, b->end);
        model->leaves[vectors] = jl_path_point(model->path, b->target);
    }
}

void jl_model_thunks(struct jl_machine *m) {
    struct jl_model *model = m->model;
    if (!model)
        return;
    struct jl_code_cache *c = m->cache;
    uint32_t skip = 0;
    const uint8_t *from = c->thunk[JL_THUNK_LEAVE];
    model->thunks = new_part(model, from, c->thunks_end, (uint32_t)(from - c->base), &skip);
    read_part(m, NULL, NULL, &model->thunks);
    for (unsigned vectors = 0; vectors < 2; vectors++)
        slow_points(m, vectors, thunk_address(m, vectors ? JL_THUNK_OFFLOAD : JL_THUNK_SLOW_FPU));
    model->first_point = model->next_point = model->leaves[1] + 1;
    jl_path_outside(model->path, thunk_address(m, JL_THUNK_LOOKUP));
    jl_path_keep(model->path);
    model->thunk_skips = model->nskips;
}

void jl_model_flush(struct jl_machine *m) {
    struct jl_model *model = m->model;
    if (!model)
        return;
    jl_path_forget(model->path);
    model->nskips = model->thunk_skips;
    model->next_point = model->first_point;
}

/* ---- running ---- */

static void take_points(struct jl_machine *m) {
    struct jl_model *model = m->model;
    jl_path_points(model->path, model->buffer, (size_t)(m->model_cursor - model->buffer));
    m->model_cursor = model->buffer;
}

void jl_model_full(struct jl_machine *m) {
    take_points(m);
}

void jl_model_enter(struct jl_machine *m, const uint8_t *entry) {
    const struct part *parts = m->frame_bytes ? parts_at(m, entry) : NULL;
    jl_path_enter(m->model->path, parts ? parts->address : thunk_address(m, JL_THUNK_ENTER));
}

void jl_model_resume(struct jl_machine *m) {
    const uint8_t *pc = (const uint8_t *)(uintptr_t)m->fault_pc;
    jl_path_enter(m->model->path, thunk_address(m, JL_THUNK_RESUME));
    jl_path_to(m->model->path, address_of(m->model, parts_at(m, pc), pc));
}

void jl_model_left(struct jl_machine *m, bool fault) {
    struct jl_path *path = m->model->path;
    take_points(m);
    if (fault) {
        const uint8_t *pc = (const uint8_t *)(uintptr_t)m->fault_pc;
        jl_path_to(path, address_of(m->model, parts_at(m, pc), pc));
        jl_path_moved(path, thunk_address(m, JL_THUNK_FAULT));
    }
    jl_path_out(path);
}

void jl_model_slow(struct jl_machine *m, bool vectors, bool leaves) {
    take_points(m);
    jl_path_points(m->model->path, leaves ? &m->model->leaves[vectors] : &m->model->comes_back[vectors], 1);
}

/* ---- results ---- */

void jl_model_absorb(struct jl_machine *m, const struct jl_machine *from) {
    if (!m->model || !from->model)
        return;
    const struct jl_predict_counters *own = jl_predict_counters(from->model->processor);
#define JL_MODEL_COUNTER(field, unit, summary) m->model->absorbed.field += from->model->absorbed.field + own->field;
#include "jit/model/model.def"
#undef JL_MODEL_COUNTER
    m->model->lost += from->model->lost + jl_path_lost(from->model->path);
}

const struct jl_predict_counters *jl_machine_model(struct jl_machine *m) {
    struct jl_model *model = m->model;
    if (!model || model->lost + jl_path_lost(model->path))
        return NULL;
    model->sum = *jl_predict_counters(model->processor);
#define JL_MODEL_COUNTER(field, unit, summary) model->sum.field += model->absorbed.field;
#include "jit/model/model.def"
#undef JL_MODEL_COUNTER
    return &model->sum;
}
