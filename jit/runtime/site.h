/* Sites: places in translated code that C has to know about, and the snapshots that go with them.
 *
 * A site is named by its number in its region (thunks get it in eax together with the region's number) or, after a
 * host fault, found by host address. Each has a snapshot: the guest state to rebuild, as locations in the saved host
 * registers, spill slots and constants. There is one for each guest memory access, so a region keeps them packed
 * (struct jl_sites); struct jl_site is what is built, and what a packed one is unpacked to when it is needed.
 */
#ifndef JL_SITE_H
#define JL_SITE_H

#include "jit/x64/layout.h"

enum jl_site_kind {
    JL_SITE_FAULT, /* an access that may fault on the host; host_off is the instruction */
    JL_SITE_EXIT,  /* leave with reason */
    JL_SITE_SLICE, /* leave with JL_EXIT_SLICE, giving back `arg` charged ticks */
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
    uint8_t op, fmt;  /* exit reason; FPU operation or condition bits, format */
    uint8_t flags;    /* 1 = may exit, 2 = result is 64 bits, 4 = result goes to an integer location; FAULT: SITE_... */
    uint16_t block;   /* IR block it is in */
    jl_loc a, b, dst; /* operands in locations; JL_LOC_NONE = none */
    int64_t imm_a, imm_b; /* when a or b is JL_LOC_CONST */
    uint8_t how, length;  /* FAULT, described: JL_HOW_...; its host instructions */
    int32_t arg;   /* FAULT: bytes accessed; SLICE: instructions charged; SLOW: host instructions of the hot stretch */
    uint32_t tail; /* host instructions of its block behind it */
    void *fn;
};

/* A FAULT site's flags. One that is described can be done from its description (patch.c): the address is a + (b << fmt)
 * + imm_a, dst is where a load's value goes or a store's is (JL_LOC_CONST: imm_b). */
enum { JL_SITE_STORE = 1, JL_SITE_WIDE = 2, JL_SITE_DESCRIBED = 4 };

/* A snapshot's list of guest vars is words. First var, flags and location; behind it, when the value is an op that was
 * sunk, one of op, condition and second location; behind these what belongs to the first location, then to the second:
 * the constant when it is JL_LOC_CONST, such a pair of words (without a var) when it is JL_LOC_SUNK. */
enum {
    JL_SNAP_WIDE = 0x100,
    JL_SNAP_SUNK = 0x200,
    JL_SNAP_EXTENDED = 0x400, /* the sign extension of the lower 32 bits at the location: sunk, without a second word */
    JL_SNAP_LOC_SHIFT = 16,
    JL_SNAP_CC_SHIFT = 8,
    JL_SNAP_OP_WIDE = 0x8000, /* beside op and condition: the result has 64 bits */
};

struct jl_site_snap {
    uint32_t pc;
    uint32_t first : 24, count : 7, bd : 1; /* its list in words; that is of so many vars */
    uint16_t uncharged, unstalled;
};
_Static_assert(JL_VARS < 128, "a list's length fits");
_Static_assert(sizeof(struct jl_site_snap) == 12, "there are more of them than of anything else");

/* The sites of a region, packed: records of a fixed size, then what only some have, snapshots, and lists. */
struct jl_site_packed {
    uint32_t at; /* FAULT: host_off; else arg, or the number of the further record that holds it */
    uint32_t tail;
    uint16_t snap; /* 0xffff = none */
    uint16_t block;
    uint16_t length;    /* FAULT: host_end - host_off */
    uint8_t kind_flags; /* kind; flags << 3; JL_SITE_MORE */
    uint8_t op;         /* FAULT: arg */
};
struct jl_site_more {
    void *fn;
    int64_t imm_a, imm_b;
    int32_t arg;
    jl_loc a, b, dst;
    uint8_t fmt, how, length;
};
enum { JL_SITE_FLAGS_SHIFT = 3, JL_SITE_MORE = 0x80 };
struct jl_sites {
    uint16_t nsites, nmore, nsnaps;
    struct jl_site_packed site[];
};

static inline struct jl_site_more *jl_sites_more(const struct jl_sites *t) {
    return (struct jl_site_more *)(uintptr_t)(t->site + t->nsites);
}
static inline struct jl_site_snap *jl_sites_snaps(const struct jl_sites *t) {
    return (struct jl_site_snap *)(void *)(jl_sites_more(t) + t->nmore);
}
static inline uint32_t *jl_sites_words(const struct jl_sites *t) {
    return (uint32_t *)(void *)(jl_sites_snaps(t) + t->nsnaps);
}

/* The same while a region is being emitted (arrays reused from region to region). */
struct jl_site_builder {
    struct jl_site *sites;
    struct jl_site_snap *snaps;
    uint32_t *words;
    uint32_t *snap_of;              /* IR snapshot -> index here + 1 */
    uint32_t last_list, last_count; /* the IR's list that the newest snapshot was made from */
    uint32_t nsites, nsnaps, nwords, cap_sites, cap_snaps, cap_words, cap_snap_of;
};

/* Writes the guest state of a snapshot into m->cpu from m->host and the frame (m->frame). Sets pc and exit_bd and takes
 * back uncharged ticks. */
void jl_snap_restore(struct jl_machine *m, const struct jl_region *region, uint32_t snap);
/* The value at a location as of the last save. */
uint64_t jl_site_value(const struct jl_machine *m, jl_loc loc, int64_t imm);
void jl_site_set_value(struct jl_machine *m, jl_loc loc, uint64_t value);
/* Site number n of a region. */
struct jl_site jl_site_get(const struct jl_region *region, uint32_t n);
/* The FAULT site at host_pc to *site; false when there is none. */
bool jl_site_at(const struct jl_machine *m, const struct jl_region *region, const uint8_t *host_pc,
                struct jl_site *site);

#endif
