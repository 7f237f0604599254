/* The walk: see path.h. For each byte of code a table has the number of the first branch that ends behind it, and
 * whether a point stands there. The table is as large as the code may become and costs only where there is code. */
#include "jit/model/path.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "jit/util/array.h"

#define POINT ((uint32_t)1 << 31)
enum { NO_POINT = ~0u, FAR_ENOUGH = 100000, OUTSIDE = ~0u - 1 };

struct jl_path {
    struct jl_predict *processor;
    uint32_t *at; /* of each address: number of its branch + 1, and POINT */
    uint32_t size, outside;
    struct jl_path_branch *branch;
    uint32_t nbranches, cap_branches, kept_branches;
    uint32_t *point; /* addresses */
    uint32_t npoints, cap_points, kept_points;
    uint32_t pc, last; /* where it is; the point it came by there, if it has not moved since */
    uint32_t back;     /* where RETURN leads */
    uint64_t lost;
};

struct jl_path *jl_path_new(uint32_t size, struct jl_predict *processor) {
    struct jl_path *path = calloc(1, sizeof *path);
    size_t bytes = ((size_t)size + 1) * sizeof *path->at;
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (!path || at == MAP_FAILED) {
        if (at != MAP_FAILED)
            munmap(at, bytes);
        free(path);
        return NULL;
    }
    path->at = at;
    path->size = size;
    path->processor = processor;
    path->last = NO_POINT;
    return path;
}

void jl_path_free(struct jl_path *path) {
    if (!path)
        return;
    munmap(path->at, ((size_t)path->size + 1) * sizeof *path->at);
    free(path->branch);
    free(path->point);
    free(path);
}

void jl_path_outside(struct jl_path *path, uint32_t outside) {
    path->outside = outside;
}

bool jl_path_code(struct jl_path *path, uint32_t from, uint32_t to, const struct jl_path_branch *branches, uint32_t n) {
    if (to > path->size ||
        !jl_array_room((void **)&path->branch, &path->cap_branches, path->nbranches + n, sizeof *path->branch))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        for (; from < branches[i].end; from++)
            path->at[from] = (path->at[from] & POINT) | (path->nbranches + 1);
        path->branch[path->nbranches++] = branches[i];
    }
    for (; from < to; from++) /* no branch comes after it: no path goes there */
        path->at[from] = 0;
    return true;
}

uint32_t jl_path_point(struct jl_path *path, uint32_t address) {
    if (address >= path->size ||
        !jl_array_room((void **)&path->point, &path->cap_points, path->npoints + 1, sizeof *path->point))
        abort();
    path->at[address] |= POINT;
    path->point[path->npoints] = address;
    return path->npoints++;
}

void jl_path_keep(struct jl_path *path) {
    path->kept_branches = path->nbranches;
    path->kept_points = path->npoints;
}

void jl_path_forget(struct jl_path *path) {
    for (uint32_t i = path->kept_points; i < path->npoints; i++)
        path->at[path->point[i]] = 0;
    path->nbranches = path->kept_branches;
    path->npoints = path->kept_points;
}

uint64_t jl_path_lost(const struct jl_path *path) {
    return path->lost;
}

/* ---- the walk ---- */

static void go(struct jl_path *path, const struct jl_path_branch *b, uint32_t target, bool indirect) {
    jl_predict_branch(path->processor, b->end - 1, target, indirect);
    path->pc = target;
}

/* Past one branch, on the way to an address (OUTSIDE: out of the code). */
static void pass(struct jl_path *path, const struct jl_path_branch *b, uint32_t to) {
    jl_predict_fetch(path->processor, path->pc, b->end);
    switch (b->kind) {
    case JL_PATH_COND: {
        bool on_point = path->at[b->end] & POINT, target_point = path->at[b->target] & POINT;
        bool taken = to != b->end && (to == b->target || on_point);
        path->lost += on_point == target_point && to != b->end && to != b->target;
        if (taken)
            go(path, b, b->target, false);
        else
            path->pc = b->end;
        return;
    }
    case JL_PATH_COND_LINK:
        if (to == b->end)
            path->pc = to;
        else
            go(path, b, to == OUTSIDE ? path->outside : to, false);
        return;
    case JL_PATH_JUMP: go(path, b, b->target, false); return;
    case JL_PATH_LINK: go(path, b, to == OUTSIDE ? path->outside : to, false); return;
    case JL_PATH_INDIRECT: go(path, b, to == OUTSIDE ? path->outside : to, true); return;
    case JL_PATH_CALL:
        path->back = b->end;
        jl_predict_call(path->processor, b->end);
        go(path, b, b->target, false);
        return;
    case JL_PATH_CALL_LINK:
        jl_predict_call(path->processor, b->end);
        go(path, b, to == OUTSIDE ? path->outside : to, false);
        return;
    case JL_PATH_CALL_C: /* its return is predicted: nothing between disturbs the stack but what overflows it */
        jl_predict_call(path->processor, b->end);
        go(path, b, OUTSIDE, true);
        jl_predict_forget_call(path->processor);
        path->pc = b->end;
        return;
    case JL_PATH_RETURN_TO:
        path->pc = to == OUTSIDE ? path->outside : to;
        jl_predict_return(path->processor, path->pc);
        return;
    case JL_PATH_RETURN:
        jl_predict_return(path->processor, path->back);
        path->pc = path->back;
        return;
    default: jl_predict_return(path->processor, OUTSIDE); path->pc = OUTSIDE;
    }
}

/* To an address; `stays` when being there already is having come there. */
static void walk(struct jl_path *path, uint32_t to, bool stays) {
    for (unsigned i = 0; !(stays && path->pc == to); i++, stays = true) {
        uint32_t n = path->pc < path->size ? path->at[path->pc] & ~POINT : 0;
        if (!n || i == FAR_ENOUGH) {
            path->lost++;
            path->pc = to;
            return;
        }
        const struct jl_path_branch *b = &path->branch[n - 1];
        if (to > path->pc && to < b->end) {
            jl_predict_fetch(path->processor, path->pc, to);
            path->pc = to;
            return;
        }
        pass(path, b, to);
    }
}

void jl_path_enter(struct jl_path *path, uint32_t address) {
    jl_predict_call(path->processor, OUTSIDE);
    jl_path_moved(path, address);
}

void jl_path_moved(struct jl_path *path, uint32_t address) {
    path->pc = address;
    path->last = NO_POINT;
}

void jl_path_points(struct jl_path *path, const uint32_t *points, size_t n) {
    for (size_t i = 0; i < n; i++) {
        walk(path, path->point[points[i]], path->last != points[i]);
        path->last = points[i];
    }
}

void jl_path_to(struct jl_path *path, uint32_t address) {
    walk(path, address, true);
    path->last = NO_POINT;
}

void jl_path_out(struct jl_path *path) {
    walk(path, OUTSIDE, false);
    path->last = NO_POINT;
}
