/* From a trace of places to the path between them.
 *
 * Translated code says at a few places (points) that it came by: heads of blocks, arms of branches, far pieces. The
 * path holds where all branches are and what they can lead to, so from one point to the next there is one way only; it
 * is walked, and the modelled processor is told of every branch that was taken and of all code that was fetched.
 *
 * Addresses are those that the code would have if nothing were in it to say where it is: 32-bit offsets. A conditional
 * branch has a point on at least one of its two sides, which is what makes the way unique; a walk that finds none
 * counts as lost.
 */
#ifndef JL_MODEL_PATH_H
#define JL_MODEL_PATH_H

#include "jit/model/predict.h"

enum jl_path_kind {
    JL_PATH_COND,      /* to target, or on */
    JL_PATH_JUMP,      /* to target */
    JL_PATH_LINK,      /* to the next point, wherever that is (it is patched) */
    JL_PATH_COND_LINK, /* on, where a point stands, or to the next point, wherever that is */
    JL_PATH_INDIRECT,  /* likewise, by a register or memory */
    JL_PATH_CALL,      /* to target, and back by RETURN */
    JL_PATH_CALL_LINK, /* to the next point (it is patched), and back by RETURN_TO, if ever */
    JL_PATH_CALL_C,    /* out of the code and back, by a register; what runs there is not seen */
    JL_PATH_RETURN_TO, /* a return to the next point: of a call that was passed long ago */
    JL_PATH_RETURN,    /* of CALL */
    JL_PATH_LEAVE,     /* return to who entered the code */
};

struct jl_path_branch {
    uint32_t end;    /* address behind it */
    uint32_t target; /* COND, JUMP, CALL */
    enum jl_path_kind kind;
};

struct jl_path;

/* A path through code at addresses below `size`; outside is where a jump by register leads when no point follows it.
 * The processor is borrowed. NULL when there is no memory. */
struct jl_path *jl_path_new(uint32_t size, struct jl_predict *processor);
void jl_path_free(struct jl_path *path);
void jl_path_outside(struct jl_path *path, uint32_t outside);

/* There is code in [from, to) with these branches, in order. False when there is no memory. */
bool jl_path_code(struct jl_path *path, uint32_t from, uint32_t to, const struct jl_path_branch *branches, uint32_t n);
/* A new point at that address; returns its number. Several may stand at one address. */
uint32_t jl_path_point(struct jl_path *path, uint32_t address);
/* What is known now stays known; jl_path_forget forgets the rest. */
void jl_path_keep(struct jl_path *path);
void jl_path_forget(struct jl_path *path);

/* The code is entered at an address, by a call from outside. */
void jl_path_enter(struct jl_path *path, uint32_t address);
/* It came by points, in that order. */
void jl_path_points(struct jl_path *path, const uint32_t *points, size_t n);
/* It went on to an address with no point before it there. */
void jl_path_to(struct jl_path *path, uint32_t address);
/* It was taken away from where it is (by a fault) and goes on at an address. */
void jl_path_moved(struct jl_path *path, uint32_t address);
/* It left, by LEAVE. */
void jl_path_out(struct jl_path *path);

/* How often the way was not to be found. */
uint64_t jl_path_lost(const struct jl_path *path);

#endif
