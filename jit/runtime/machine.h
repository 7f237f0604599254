/* The machine and its regions: the translator's own view (strategies and guests see policy.h and jit.h only). */
#ifndef JL_MACHINE_H
#define JL_MACHINE_H

#include "jit/interp.h"
#include "jit/ir/builder.h"
#include "jit/jit.h"
#include "jit/passes/phases.h"
#include "jit/policy.h"
#include "jit/runtime/segments.h"
#include "jit/runtime/space.h"
#include "jit/util/arena.h"

enum {
    JL_NEAR_BYTES = 32768,
    JL_REGION_LIMIT = 1024,
    JL_MAX_RANGES = 128, /* pieces that a region's code is in at most */
    JL_SPILL_SLOTS = 256,
    JL_PARKED_BITS = 10,
    JL_VERSION_SLOTS = 512,
    JL_HOST_GPRS = 16,
    JL_HOST_XMMS = 16
};

/* Guest code that another thread changed or unmapped. */
enum { JL_STALE_RANGES = 32 };
struct jl_stale {
    uint32_t addr;
    uint64_t len;
    bool mapping;
};

/* The optimisation passes, each a parameter of the `passes` strategies. JL_PASS(id, name, summary) */
enum jl_pass {
#define JL_PASS(id, name, summary) JL_PASS_BIT_##id,
#include "jit/passes/passes.def"
#undef JL_PASS
    JL_PASS_COUNT
};
#define JL_PASS_ON(m, id) (((m)->passes >> JL_PASS_BIT_##id) & 1)

/* A translated region. Allocated from the machine's region arena; freed only with all others when the cache is emptied.
 */
struct jl_region {
    uint32_t pc; /* guest address of its one entry */
    uint32_t mode;
    struct jl_range *ranges; /* in the machine's region arena */
    bool dead;               /* invalidated: unlinked, not in the lookup */
    bool vectors;            /* some of its values are in vector registers */
    uint32_t *words;         /* what the ranges held, when it may be taken back (parked.h); else NULL */
    union {
        struct jl_region *next_parked;
        struct jl_region *next_version; /* versions are never parked */
    };
    uint8_t nranges;
    uint16_t guest_count; /* guest instructions translated */
    uint16_t blocks;
    uint16_t version;      /* its place among those of an annotated entry, from 1 on: versions.h; 0 = it is none */
    uint64_t word;         /* the invalidation strategy's */
    uint8_t *entry;        /* where C (or, with one frame for all, everybody) enters */
    uint8_t *linked_entry; /* where other translated code enters: behind a frame set-up */
    uint8_t *hot, *hot_end, *far_, *far_end;
    uint32_t entry_charge;           /* ticks charged by its first block (lockstep gives it just that much) */
    uint32_t first_site, nsites;     /* its link sites in the machine's table */
    int32_t links_in;                /* chain through site->next_in: sites patched to jump here; -1 = none */
    struct jl_sites *sites;          /* how to rebuild the state: see runtime/site.h */
    struct jl_profile *profile;      /* block counters when counting */
    uint32_t number;                 /* index in the machine's region list */
    uint32_t host_count, host_bytes; /* host instructions and bytes emitted, counters left out */
    uint32_t held;                   /* bytes it takes until the next flush; while it is being made, its sites' */
    const struct jl_map_entry *map;  /* guest-to-host map, ascending host addresses; NULL when no tool wants one */
    uint32_t nmap;
};

/* From host on (to the next entry, or the end of the hot or far code) stands what op was made into. */
struct jl_map_entry {
    const uint8_t *host;
    uint32_t guest_pc;
    jl_ref op; /* valid while the machine's IR still holds the region; 0 = a block's head */
};

/* The host registers as the leave stub, slow-path thunk or fault handler saved them: what snapshots are read from. */
struct jl_host_regs {
    uint64_t gpr[JL_HOST_GPRS];
    uint64_t xmm[JL_HOST_XMMS];
};

struct jl_code_cache;
struct jl_emit;
struct jl_cells;
struct jl_frontend;
struct jl_page_index;
struct jl_check;
struct jl_jitdump;
struct jl_gdb;
struct jl_model;
struct jl_version;
struct jl_versions;

/* A jump to a known guest address: the three stages of its life are stub, patched, and stub again. */
struct jl_link_site {
    uint8_t *field; /* rel32 of the jump */
    uint8_t *stub;  /* where it goes while it is not linked */
    uint32_t target_pc;
    uint32_t region;   /* the region it is in */
    int32_t next_in;   /* chain of the sites linked to the same region; -1 ends it */
    int32_t linked_to; /* region number, -1 = not linked */
};

/* What thunks return to C beside enum jl_exit. */
enum {
    JL_RAN_EXIT = 0x100,  /* all registers saved; m->exit_site says which site */
    JL_RAN_CALL = 0x101,  /* likewise, registers saved by the site itself */
    JL_RAN_FAULT = 0x102, /* a host fault; m->fault_pc, m->fault_addr */
    JL_RAN_STATE = 0x103, /* state is in memory; m->cpu.exit is the reason */
    JL_RAN_PATCH = 0x104, /* all registers saved; m->slow_patch says at which patched load */
};

/* GPRs that were no sign-extended numbers when control came to pc. */
struct jl_wide {
    uint32_t pc, registers;
};
enum { JL_WIDE_SLOTS = 1024 };

/* A page of a device: runtime/devices.h. */
struct jl_device_page {
    uint32_t page, at; /* its number; what its first address is to the device */
    const void *device;
};
enum { JL_DEVICE_PAGES = 64 };
/* A console's devices differ in these bits of their pages' numbers. */
static inline unsigned jl_device_slot(uint32_t page) {
    return (page >> 8 ^ page >> 2) % JL_DEVICE_PAGES;
}

/* A page with code and data: runtime/beside.h. */
struct jl_beside_page {
    uint64_t lines;  /* a bit for each 64 bytes in which code of live regions stands; all where a store has to be
                      * reported whatever it hits */
    uint8_t *host;   /* the guest's own view */
    uint32_t addr;   /* its address; in an empty entry that of a page which belongs into another one */
    uint64_t unused; /* 32 bytes, as translated code counts on */
};
enum { JL_BESIDE_PAGES = 16, JL_BESIDE_SHIFT = 5 };
_Static_assert(sizeof(struct jl_beside_page) == 1 << JL_BESIDE_SHIFT, "patch.c scales by it");

struct jl_machine {
    struct jl_cpu cpu;                         /* first: translated code's state pointer is derived from it */
    struct jl_host_regs host;                  /* addressed from translated code relative to cpu */
    uint64_t spill[JL_SPILL_SLOTS];            /* values that got neither a register nor their home slot */
    _Alignas(16) uint8_t near_[JL_NEAR_BYTES]; /* the strategies' small state, addressed like cpu */
    uint32_t near_used;
    uint64_t version_slot[JL_VERSION_SLOTS]; /* likewise: what follows each version in its chain (versions.h) */
    uint64_t scratch;                        /* one memory operand for emitted code */
    uint64_t resume_pc;                      /* host address for JL_THUNK_RESUME */
    uint64_t slow_result;                    /* what a slow call returns in rax */
    uint64_t c_rsp;                          /* returns strategies with host_stack: C's while translated code runs, */
    uint64_t guest_rsp;                      /* translated code's own while it does not, */
    uint64_t slow_rsp;                       /* and while it calls C; */
    uint64_t empty_rsp;                      /* translated code's when nothing is on it */
    uint32_t exit_site;                      /* region number << 12 | site */
    uint32_t mxcsr, host_mxcsr;
    uint64_t fault_pc, fault_addr;
    bool fault_fpu; /* it was an FPU operation */
    bool fault_write;
    struct jl_segment_count segment[JL_SEGMENTS]; /* addressed from thunks */
    uint32_t *model_cursor;                       /* likewise, from regions: where the next point's number goes */
    struct jl_model *model;                       /* NULL unless tools.model */
    struct jl_config config;
    struct jl_tools tools;
    struct jl_mem *mem;
    struct jl_space space; /* where it stands itself */
    void *state[JL_AXES];  /* what each strategy's create returned */
    uint32_t passes;       /* enum jl_pass bits in force */
    struct jl_counters counters;
    struct jl_phases phases;
    struct jl_interp_cache *interp;
    struct jl_ir *ir;
    struct jl_builder builder;
    struct jl_code_cache *cache;
    struct jl_page_index *pages;
    struct jl_link_site *sites;
    uint32_t nsites, cap_sites;
    struct jl_arena regions;
    struct jl_region **region_list; /* all regions since the last flush, by host address order of creation */
    uint32_t nregions, cap_regions;
    struct jl_check *check;
    const uint8_t *pinned_reg;     /* host register of each pinned var, 0xff = none; JL_VARS entries */
    uint64_t pinned_lo, pinned_hi; /* set of pinned vars */
    uint32_t pinned_regs;          /* set of the host registers they have */
    struct jl_emit *emit;
    struct jl_frontend *frontend;
    struct jl_versions *versions; /* NULL = none so far */
    struct jl_version *version;   /* what the region being made is; NULL = an ordinary one */
    struct jl_cells *cells;
    struct jl_region *parked[1 << JL_PARKED_BITS]; /* lists by hash of pc: parked.h */
    uint32_t reuse;                                /* how many translations of changed code are kept for an address */
    bool flush_wanted;
    size_t held, dead; /* bytes that regions take, and dropped ones of them */
    /* Several machines on one memory (runtime/others.c). What other threads write is under the memory's lock unless it
     * says atomic. */
    struct jl_mem_listener listener;
    const void *thread;         /* who runs it: the address of a variable of that thread */
    int pid, tid;               /* of the host thread; a child in our memory (vfork) has another process number */
    uint32_t in_code;           /* atomic: translated code may be running */
    uint32_t work;              /* atomic: something below waits to be done before code is entered */
    uint32_t kicks, kicks_seen; /* atomic: signals sent to stop it, and handled */
    uint32_t entries;           /* atomic: how often code was entered while the memory was shared */
    uint32_t leave;             /* the entry that settle last found it in */
    bool awaited;               /* settle must wait for it */
    struct jl_stale stale[JL_STALE_RANGES]; /* what others made invalid */
    uint32_t nstale;                        /* more than fit: everything */
    bool forced;                            /* it was when translated code last left */
    unsigned region_limit; /* most guest instructions in the region being made: lowered when one was given up */
    FILE *perf_file;
    struct jl_jitdump *jitdump;
    struct jl_gdb *gdb;
    bool keep_map;                      /* a tool wants regions' guest-to-host maps */
    uint64_t host_counted;              /* host instructions of regions gone */
    struct jl_wide *wide;               /* JL_WIDE_SLOTS by address, NULL = none yet: see frontend/assume.c */
    uint32_t regions_mode;              /* cpu.mode that all translations were made under */
    bool regions_alone;                 /* some count on !jl_mem_parallel */
    uint32_t mxcsr_fcsr;                /* the FCSR that m->mxcsr was made from */
    uint32_t vr4300_mxcsr, vr4300_fcsr; /* likewise a VR4300's, which code may leave changed in m->mxcsr */
    uint32_t frame_bytes;               /* size of a region's own frame set-up (dispatch c-loop), else 0 */
    uint32_t link_wanted;               /* link site + 1 that waits for the region about to be run, 0 = none */
    bool lookup_left;                   /* translated code left for a lookup */
    uint32_t entered;                   /* region being run by C's last entry, for --check */
    bool check_failed;
    const struct jl_guest_ops *guest; /* NULL: a MIPS (jit/guest.h) */
    void *guest_ctx;
    struct jl_patch *patches; /* accesses changed into jumps (runtime/patch.c) */
    uint32_t npatches;
    const struct jl_region *slow_region; /* the slow call being made: where from, and what is charged too much there */
    uint16_t slow_uncharged;
    uint32_t slow_patch;
    const struct jl_offload *offload;       /* borrowed; NULL: no host functions */
    struct jl_offload_frame *offload_frame; /* the newest call of one that has not ended (runtime/offload.c) */
    const uint8_t *page_flags;              /* mem->page, in reach of translated code */
    struct jl_device_page device[2][JL_DEVICE_PAGES]; /* for loads, for stores */
    struct jl_beside_page beside[JL_BESIDE_PAGES];
    bool devices_known, beside_known; /* something is */
};

/* Translated code runs on a stack of its own (runtime/retstack.c). */
static inline bool jl_own_stack(const struct jl_machine *m) {
    const struct jl_returns_ops *ops = m->config.axis[JL_AXIS_RETURNS].strategy->ops;
    return ops->host_stack;
}

#define JL_OPS(m, AXIS, type) ((const struct type *)(m)->config.axis[JL_AXIS_##AXIS].strategy->ops)

/* frontend/: builds m->ir for the region at region->pc. Fills in ranges, guest_count, blocks, entry_charge. False when
 * the first instruction cannot be fetched (then nothing is built and the machine lets the interpreter raise the fault).
 */
bool jl_translate(struct jl_machine *m, struct jl_region *region);

/* passes/: runs what m->passes says over m->ir; print to out after each when not NULL. */
void jl_passes_run(struct jl_machine *m, struct jl_ir *ir, FILE *out);

#endif
