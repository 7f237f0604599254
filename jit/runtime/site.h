/* Sites: places in translated code that C has to know about, and the snapshots that go with them.
 *
 * A site is named by its number in its region (thunks get it in eax together with the region's number) or, after a
 * host fault, found by host address. Each has a snapshot: the guest state to rebuild, as locations in the saved host
 * registers, spill slots and constants. Kept packed, since there is one for each guest memory access.
 */
#ifndef JL_SITE_H
#define JL_SITE_H

#include "jit/x64/layout.h"

enum jl_site_kind {
    JL_SITE_FAULT, /* an access that may fault on the host; host_off is the instruction */
    JL_SITE_EXIT,  /* leave with reason */
    JL_SITE_SLICE, /* leave with JL_EXIT_SLICE, giving back `arg` charged instructions */
    JL_SITE_SLOW,  /* call fn(cpu, a, b), result to dst */
    JL_SITE_CALL,  /* a hot call's failure exit */
    JL_SITE_FPU,   /* FPU operation to be done in C: op, fmt, a, b -> dst */
    JL_SITE_FCMP,  /* FPU comparison likewise; the result also returns in rax */
};

struct jl_site {
    uint32_t host_off; /* FAULT: first byte of the access, from the cache's base */
    uint32_t host_end; /* and the one behind it */
    uint32_t snap;     /* index into snaps, ~0 = none */
    uint8_t kind;
    uint8_t op, fmt;      /* exit reason; FPU operation or condition bits, format */
    uint8_t flags;        /* 1 = may exit, 2 = result is 64 bits, 4 = result goes to an integer location */
    jl_loc a, b, dst;     /* operands in locations; JL_LOC_NONE = none */
    int32_t imm_a, imm_b; /* when a or b is JL_LOC_CONST */
    int32_t arg;
    uint32_t tail; /* host instructions of its block behind it */
    void *fn;
};

/* One guest var of a snapshot. loc JL_LOC_CONST: imm; loc >= 0: a location. A sunk op is evaluated from two operands.
 */
struct jl_snap_entry {
    uint8_t var, sunk; /* sunk: enum jl_irop or 0 */
    uint8_t cc, wide;
    jl_loc loc, loc2;
    int32_t imm, imm2;
};
struct jl_site_snap {
    uint32_t pc, first;
    uint16_t count, bd, uncharged, pad;
};

struct jl_snap_table {
    struct jl_site *sites;
    struct jl_site_snap *snaps;
    struct jl_snap_entry *entries;
    uint32_t nsites, nsnaps, nentries;
};

/* The same while a region is being emitted (arrays reused from region to region). */
struct jl_site_builder {
    struct jl_site *sites;
    struct jl_site_snap *snaps;
    struct jl_snap_entry *entries;
    uint32_t *snap_of;               /* IR snapshot -> index here + 1 */
    uint32_t last_list, last_count; /* the IR's list that the newest snapshot was made from */
    uint32_t nsites, nsnaps, nentries, cap_sites, cap_snaps, cap_entries, cap_snap_of;
};

/* Writes the guest state of a snapshot into m->cpu from m->host and the frame (m->frame). Sets pc and exit_bd and takes
 * back uncharged instructions. */
void jl_snap_restore(struct jl_machine *m, const struct jl_region *region, uint32_t snap);
/* The value at a location as of the last save. */
uint64_t jl_site_value(const struct jl_machine *m, jl_loc loc, int32_t imm);
void jl_site_set_value(struct jl_machine *m, jl_loc loc, uint64_t value);
/* The FAULT site at host_pc, or NULL. */
const struct jl_site *jl_site_at(const struct jl_region *region, const uint8_t *host_pc);

#endif
