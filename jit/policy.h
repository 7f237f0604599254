/* Strategies: what each axis asks of one, and how one registers itself.
 *
 * A strategy is a lowering plus events: lower_* functions say in IR what translated code does (they run while a region
 * is being built), the others are called at run time, always from C and never from a signal handler. A strategy keeps
 * its state in the pointer that create returned (jl_policy_state). It includes this header, jit/ir/builder.h and
 * jit/util, never another strategy.
 */
#ifndef JL_POLICY_H
#define JL_POLICY_H

#include "jit/config.h"
#include "jit/ir/builder.h"
#include "jit/jit.h"

struct jl_machine;
struct jl_region;

struct jl_strategy {
    const char *name;
    enum jl_axis axis;
    const char *summary;           /* one line */
    const char *source;            /* where it comes from: seed and section, paper */
    const struct jl_param *params; /* ends with a NULL name; NULL = none */
    bool unsafe;                   /* an oracle: guest results may be wrong */
    bool console;                  /* for a memory that only machines and its owner look at (jl_mem.console) */
    /* Parts of the guest run as host code, from an object made for the program: retired guest instructions are then not
     * to be compared with another configuration's, and what lives below the stack pointer differs. */
    bool native;
    /* Returns why this configuration cannot work with this strategy (one sentence, static), or NULL. */
    const char *(*refuse)(const struct jl_config *config);
    const void *ops; /* the axis's struct below */
};

#define JL_STRATEGY(s)                                                                                                 \
    static const struct jl_strategy *const jl_register_##s __attribute__((used, section("jl_strategies"))) = &(s)

/* Parameter of invalidation strategies (seed 1: translations are kept in a table by content). An invalidated
 * translation is kept, and taken back where control comes to its address and the words stand there that it was made
 * from. */
#define JL_PARAM_REUSE                                                                                                 \
    { "reuse", 0, 0, 64, "translations of changed code kept for an address, taken back when the code is changed back" }

/* State of the machine's strategy on an axis (what its create returned). */
void *jl_policy_state(const struct jl_machine *m, enum jl_axis axis);
/* The same of another machine on m's memory that has the same strategy there, for states that are shared; NULL when
 * there is none. For create only, while the memory is locked. */
void *jl_policy_peer_state(const struct jl_machine *m, enum jl_axis axis);
/* size bytes of zeroed memory that translated code reaches in one instruction (HLOAD, HSTORE and HADD without a base,
 * at the offset jl_policy_near_offset gives), for a strategy's small and busy state; they live as long as the machine.
 * For create only. NULL when the machine has no more (JL_NEAR_BYTES in all). */
void *jl_policy_near(struct jl_machine *m, size_t size);
int32_t jl_policy_near_offset(const struct jl_machine *m, const void *p);
/* The same of what is `offset` bytes into the axis's state, which jl_policy_near gave. */
int32_t jl_policy_state_offset(const struct jl_machine *m, enum jl_axis axis, size_t offset);
/* size bytes of zeroed pages with that protection (PROT_...), which cost nothing until they are touched: for tables.
 * Translated code needs no instruction to load their address (see runtime/space.h); they live as long as the
 * machine. NULL when its address space is used up. For create only. */
void *jl_policy_space(struct jl_machine *m, size_t size, int prot);
/* A parameter of the machine's strategy on an axis. */
int64_t jl_policy_param(const struct jl_machine *m, enum jl_axis axis, const char *name);
bool jl_policy_is(const struct jl_machine *m, enum jl_axis axis, const char *name);

/* Shared by all ops structs: make and free the strategy's state. create may return NULL when there is none to keep. */
struct jl_policy_life {
    void *(*create)(struct jl_machine *m);
    void (*destroy)(struct jl_machine *m, void *state);
};

struct jl_dispatch_ops {
    struct jl_policy_life life;
    bool frame_per_region; /* host registers saved and restored by every region, which C calls */
    /* Go to the guest address pc (I32, perhaps constant), whose translation is not known here. Ends the block. */
    void (*lower_indirect)(struct jl_builder *b, jl_ref pc);
};

struct jl_lookup_ops {
    struct jl_policy_life life;
    void *(*find)(struct jl_machine *m, uint32_t pc); /* host entry or NULL */
    void (*insert)(struct jl_machine *m, uint32_t pc, void *entry);
    void (*remove)(struct jl_machine *m, uint32_t pc);
    void (*clear)(struct jl_machine *m);
    /* Pages were mapped, unmapped or protected, and their translations removed; NULL: not asked for. */
    void (*mapping_changed)(struct jl_machine *m, uint32_t addr, uint64_t len);
    /* Translations of pages whose mapping changes are taken back when the same words stand at the same address again.
     */
    bool keeps_unmapped;
    /* Find pc in translated code and go there. Ends the block. NULL: always leaves. */
    void (*lower)(struct jl_builder *b, jl_ref pc);
};

struct jl_inline_cache_ops {
    struct jl_policy_life life;
    void (*clear)(struct jl_machine *m); /* host addresses are void: all regions died, or (without dropped) one did */
    /* The translation of pc died. NULL: clear is called. */
    void (*dropped)(struct jl_machine *m, uint32_t pc);
    /* Translated code left for a lookup of pc, whose translation is entered at entry. NULL: not asked for. */
    void (*found)(struct jl_machine *m, uint32_t pc, void *entry);
    bool ends_block; /* lower does: it is the lookup of its own, in translated code */
    /* Before the lookup at an indirect jump; falls through to it. Takes b->guess for itself, leaving b->guesses 0: what
     * it makes of a guess may be an indirect jump again, and not one to guess at. NULL: nothing. */
    void (*lower)(struct jl_builder *b, jl_ref pc);
    /* The interpreter came through the JALR at guest address site and went to target. NULL: not asked for. */
    void (*called)(struct jl_machine *m, uint32_t site, uint32_t target);
    /* What that JALR is to be compared with, best first; returns how many. guess: where it would go if it were run now,
     * 0 = the front end cannot tell. NULL: with the guess. */
    unsigned (*targets)(const struct jl_machine *m, uint32_t site, uint32_t guess, uint32_t target[JL_CALL_TARGETS]);
};

struct jl_link_ops {
    struct jl_policy_life life;
    void (*lower)(struct jl_builder *b, uint32_t target_pc); /* go to a known guest address. Ends the block. */
};

struct jl_returns_ops {
    struct jl_policy_life life;
    void (*clear)(struct jl_machine *m); /* host addresses are void: all regions died, or (unless survives) one did */
    bool survives;                       /* what it keeps stays right when a region dies */
    bool host_stack;                     /* it uses RETPUSH and its kin: create has called jl_policy_return_stack */
    void (*lower_call)(struct jl_builder *b, uint32_t return_pc); /* a call is about to leave the region */
    void (*lower_return)(struct jl_builder *b, jl_ref pc);        /* JR $31. Ends the block. */
};

struct jl_invalidate_ops {
    struct jl_policy_life life;
    /* At the region's entry and (again set) inside it at loop heads and where an inlined function begins.  */
    void (*lower_entry)(struct jl_builder *b, struct jl_region *region, bool again);
    /* Before a store of size bytes at addr + disp. */
    void (*lower_store)(struct jl_builder *b, jl_ref addr, int32_t disp, unsigned size);
    void (*translated)(struct jl_machine *m, struct jl_region *region);
    void (*dropped)(struct jl_machine *m, struct jl_region *region);
    void (*cleared)(struct jl_machine *m); /* the code cache was emptied */
    /* Somebody writes to [addr, addr+len), a page with JL_PAGE_CODE: a guest store that was stopped, or C. */
    void (*code_write)(struct jl_machine *m, uint32_t addr, uint32_t len);
    /* The guest announces changed code; regions that other machines have of it are dropped then without a call. NULL:
     * an announcement counts nowhere, in other machines neither. */
    void (*cacheflush)(struct jl_machine *m, uint32_t addr, uint32_t len);
    /* A cache instruction by index: the lines of len bytes at addr and all addresses `way` bytes further. */
    void (*cacheflush_index)(struct jl_machine *m, uint32_t addr, uint32_t len, uint32_t way);
    bool watches_writes; /* sees each write to translated code without being told by the guest */
};

struct jl_access {
    jl_ref addr; /* I32 */
    int32_t disp;
    uint8_t size;  /* 1, 2, 4, 8 */
    uint8_t flags; /* JL_IRF_SIGNED, JL_IRF_SWAP, JL_IRF_SWIZZLE */
    uint8_t type;  /* of the value: JL_I32, JL_I64 or JL_F */
    bool exact;    /* aligned, and one instruction's whole access: the guest's devices may do it */
};

/* What a slow path has to know of an access, as an argument: its size, or'ed with these. */
enum { JL_HOW_SIZE = 15, JL_HOW_SIGNED = 16, JL_HOW_EXACT = 32, JL_HOW_SWAP = 64 /* in patch.c */ };
int32_t jl_access_how(const struct jl_access *access);
/* Slow paths (jl_b_slow_if's functions, may_exit): any access, to memory, to what the guest's tables map (mem->guest),
 * to its devices. They leave with JL_EXIT_INTERP where that does not do. */
uint64_t jl_slow_load(struct jl_cpu *cpu, uint64_t addr, uint64_t how);
uint64_t jl_slow_store(struct jl_cpu *cpu, uint64_t addr, uint64_t value, unsigned how);
/* Functions for stores have two arguments beside the processor, and how is not one of them: makes one for each how of
 * fn(cpu, addr, value, how), and fn_for(access) that chooses. */
#define JL_DEFINE_SLOW_STORES(fn)                                                                                      \
    JL_DEFINE_SLOW_STORE(fn, 1, 0)                                                                                     \
    JL_DEFINE_SLOW_STORE(fn, 2, 0)                                                                                     \
    JL_DEFINE_SLOW_STORE(fn, 4, 0)                                                                                     \
    JL_DEFINE_SLOW_STORE(fn, 8, 0)                                                                                     \
    JL_DEFINE_SLOW_STORE(fn, 1, 32)                                                                                    \
    JL_DEFINE_SLOW_STORE(fn, 2, 32)                                                                                    \
    JL_DEFINE_SLOW_STORE(fn, 4, 32)                                                                                    \
    JL_DEFINE_SLOW_STORE(fn, 8, 32)                                                                                    \
    static void *fn##_for(const struct jl_access *a) {                                                                 \
        static uint64_t (*const all[2][4])(struct jl_cpu *, uint64_t, uint64_t) = {                                    \
            {fn##1_0, fn##2_0, fn##4_0, fn##8_0},                                                                      \
            {fn##1_32, fn##2_32, fn##4_32, fn##8_32},                                                                  \
        };                                                                                                             \
        return (void *)all[a->exact][__builtin_ctz(a->size)];                                                          \
    }
#define JL_DEFINE_SLOW_STORE(fn, size, exact)                                                                          \
    static uint64_t fn##size##_##exact(struct jl_cpu *cpu, uint64_t addr, uint64_t value) {                            \
        return fn(cpu, addr, value, (size) | (exact));                                                                 \
    }
/* Whether the slow paths know addr's page as a device's: no table can have it. */
bool jl_policy_is_device(const struct jl_machine *m, uint32_t addr, bool store);
/* Where the guest's tables put an address. */
struct jl_guest_place {
    enum jl_guest_found found;
    uint32_t addr, at; /* at: where in memory, when found */
};
/* Where the guest's tables put size bytes at addr, on one page; found if memory has them there without more ado. */
struct jl_guest_place jl_guest_look(const struct jl_machine *m, uint32_t addr, unsigned size, bool store);
/* The access from C: done where it was found; where the guest's tables refuse an aligned one, the region is left in
 * front of it (JL_EXIT_MISS). False: it is neither. */
bool jl_slow_found(struct jl_machine *m, const struct jl_guest_place *place, unsigned how, bool store, uint64_t *v);
/* Slow paths of strategies with a table of pages: fill looks addr's page up, puts it into the table if it may, and says
 * where addr is. What is neither found nor refused goes on as jl_slow_load and jl_slow_store. */
typedef struct jl_guest_place jl_fill(struct jl_machine *m, uint32_t addr, bool store);
uint64_t jl_slow_load_filled(struct jl_cpu *cpu, uint64_t addr, uint64_t how, jl_fill *fill);
uint64_t jl_slow_store_filled(struct jl_cpu *cpu, uint64_t addr, uint64_t value, unsigned how, jl_fill *fill);
/* Addresses from low to high, both included; none when low is above high. */
struct jl_span {
    uint32_t low, high;
};
#define JL_NO_SPAN ((struct jl_span){UINT32_MAX, 0})
static inline void jl_span_add(struct jl_span *s, uint32_t addr) {
    s->low = addr < s->low ? addr : s->low;
    s->high = addr > s->high ? addr : s->high;
}
/* Whether some of it is in [addr, addr+len). */
static inline bool jl_span_meets(const struct jl_span *s, uint32_t addr, uint64_t len) {
    return s->low <= s->high && s->high >= addr && s->low < addr + len;
}
/* Pages that patched accesses found through the guest's tables, for reads and for writes: what a page's address is
 * replaced by. Direct-mapped by the page's number. */
enum { JL_PATCH_ENTRIES = 128 };
struct jl_patch_table {
    struct jl_patch_entry {
        uint32_t page, at;
    } entry[2][JL_PATCH_ENTRIES];
    struct jl_span targets; /* all `at` are in it */
};
/* For host_fault: changes the access at host_pc, which faulted at guest address addr, into a jump to a stub. That calls
 * jl_slow_load or jl_slow_store; where the guest's tables map addr, it looks into the table (in jl_policy_near) before
 * that. False when it cannot be done. */
bool jl_patch_access(struct jl_machine *m, void *host_pc, uint32_t addr, struct jl_patch_table *table);
/* Takes out of the table what is said of [addr, addr+len), and what leads there. */
void jl_patch_table_forget(struct jl_patch_table *table, uint32_t addr, uint64_t len);
/* The guest's tables put the page at addr to the page at `at`. */
void jl_patch_table_put(struct jl_patch_table *table, uint32_t addr, uint32_t at, bool store);
/* Leaves for the interpreter if the access at addr is on two pages, which the guest's tables may put anywhere. */
void jl_lower_one_page(struct jl_builder *b, jl_ref addr, const struct jl_access *access);
/* Whether memory has it without more ado: all of it can be read, or written without anybody being told. */
bool jl_plain_access(const struct jl_mem *mem, uint32_t addr, unsigned size, bool store);

struct jl_memory_ops {
    struct jl_policy_life life;
    /* An access that cannot be made leaves with JL_EXIT_INTERP, nothing changed: the interpreter may then begin a few
     * instructions before it, at the first half of an unaligned pair (jl_b_hold). */
    jl_ref (*lower_load)(struct jl_builder *b, const struct jl_access *access);
    void (*lower_store)(struct jl_builder *b, const struct jl_access *access, jl_ref value);
    void (*mapping_changed)(struct jl_machine *m, uint32_t addr, uint64_t len);
    /* What mem->guest's find has said of these pages is void. */
    void (*remapped)(struct jl_machine *m, uint32_t addr, uint64_t len);
    /* The guest's tables put the page at addr to the page at `at` from now on, which is plain memory for loads, and for
     * stores if it is writable: a strategy with a table may fill it in. NULL: it does not want to know. */
    void (*mapped)(struct jl_machine *m, uint32_t addr, uint32_t at, bool writable);
    void (*page_changed)(struct jl_machine *m, uint32_t page); /* page[] flags of one page changed (code, guard) */
    /* A direct access (GLOAD, GSTORE) at guest address addr faulted on the host: true when the site was changed so that
     * running it again is right. False: the access is done by the interpreter (which raises the guest's fault). */
    bool (*host_fault)(struct jl_machine *m, void *host_pc, uint32_t addr, bool store);
};

struct jl_byte_order_ops {
    struct jl_policy_life life;
    /* JL_IRF_SWAP, JL_IRF_SWIZZLE or 0 for a data access of size bytes under mode. */
    unsigned (*access_flags)(uint32_t mode, unsigned size);
    bool swizzles; /* memory keeps words in the host's order */
};

struct jl_events_ops {
    struct jl_policy_life life;
    /* Charges n guest instructions; with check, leaves when the slice is used up or an interrupt is asked for. */
    void (*lower)(struct jl_builder *b, unsigned n, bool check);
    /* Whether translated code keeps the VR4300's Count in memory, block by block; NULL: it makes it when it is read. */
    bool (*eager_count)(const struct jl_machine *m);
};

struct jl_far_code_ops {
    struct jl_policy_life life;
    bool out_of_line;
};

struct jl_region_ops {
    struct jl_policy_life life;
    bool follow_forward, follow_backward; /* direct branches whose target becomes part of the region */
    unsigned (*max_instructions)(const struct jl_machine *m);
    /* Longest function that becomes part of the region which calls it, in instructions; NULL or 0: none does. */
    unsigned (*max_callee)(const struct jl_machine *m);
    /* Farthest forward target of a branch that becomes part of the region, in bytes; NULL: any. */
    unsigned (*max_gap)(const struct jl_machine *m);
};

struct jl_passes_ops {
    struct jl_policy_life life;
    uint32_t (*enabled)(const struct jl_machine *m); /* enum jl_pass bits */
};

struct jl_backend_ops {
    struct jl_policy_life life;
    bool interprets; /* no translation at all */
    /* Makes host code for m's built IR; NULL when it has to be given up. */
    struct jl_region *(*compile)(struct jl_machine *m, struct jl_region *region);
};

struct jl_code_memory_ops {
    struct jl_policy_life life;
    /* size bytes that can be written and executed; *exec is where they execute (may equal the result), and has to be in
     * the machine's space (jl_policy_space). They live as long as the machine. */
    void *(*map)(struct jl_machine *m, size_t size, void **exec);
};

struct jl_tier_ops {
    struct jl_policy_life life;
    /* Asked when control comes to pc, which has no translation: how many guest instructions the interpreter is to run
     * before it is asked again; 0 = translate now. NULL: always translate. Not asked under --check, which compares
     * translated code. */
    unsigned (*interpret)(struct jl_machine *m, uint32_t pc);
    /* Whether control has come to the block at pc; a region leaves out the ways of branches for which this says no.
     * NULL: as if always true. Asked when interpret is. */
    bool (*reached)(const struct jl_machine *m, uint32_t pc);
};

struct jl_idle_loop_ops {
    struct jl_policy_life life;
    /* At the end of a turn of a loop that looks idle, in the place of the jump to its head, which is b->pc. Ends the
     * block. NULL: it is a jump like others. */
    void (*lower_turn)(struct jl_builder *b);
};

/* A value that a register is compared with where a version of an annotated region is entered. */
struct jl_guarded {
    unsigned var;
    int32_t value;
};

struct jl_specialize_ops {
    struct jl_policy_life life;
    /* Most versions of one annotated region; one with other values is general code. NULL: annotations mean nothing, and
     * nothing below is asked for. */
    unsigned (*max_versions)(const struct jl_machine *m);
    /* How often the head of a loop may stand in a version, each time with other constants. */
    unsigned (*max_turns)(const struct jl_machine *m);
    bool (*removes_loads)(const struct jl_machine *m);    /* of memory that was declared invariant */
    bool (*removes_branches)(const struct jl_machine *m); /* that constants decide */
    /* At a version's entry: goes on if the values are those it was made for, and else to what the 64-bit word in the
     * machine at offset next says, a host address, or leaves with JL_EXIT_VERSION where that is 0. */
    void (*lower_entry)(struct jl_builder *b, const struct jl_guarded *values, unsigned n, int32_t next);
};

struct jl_offload_ops {
    struct jl_policy_life life;
    /* In the place of the guest function at b->pc, of which the machine has host code (jit/offload.h): calls that, and
     * goes on where the function returns to. Ends the block. NULL: all guest functions are translated. */
    void (*lower)(struct jl_builder *b);
};

/* A loaded value of size bytes, extended by its sign: for memory strategies' slow paths. */
static inline uint64_t jl_sign_extend(uint64_t v, unsigned size) {
    unsigned shift = 64 - 8 * size;
    return (uint64_t)((int64_t)(v << shift) >> shift);
}

/* What a lowering may call to hand on to the other axes (the machine's strategies are looked up at build time). */
void jl_lower_indirect(struct jl_builder *b, jl_ref pc); /* an indirect jump: inline cache, then dispatch */
void jl_lower_lookup(struct jl_builder *b, jl_ref pc);   /* the lookup strategy's own lowering, or leave */
void jl_lower_goto(struct jl_builder *b, uint32_t pc);   /* a jump to a known address: the link strategy */
/* Compares pc with each of b->guess and goes to the one that it is, as to a known address; falls through where it is
 * none. Leaves b->guesses 0. What an inline cache lowers to. */
void jl_lower_guesses(struct jl_builder *b, jl_ref pc);

/* The call of the host code of the guest function at b->pc: from translated code (where nothing has to see each way
 * through it), or by leaving with JL_EXIT_OFFLOAD. */
void jl_lower_offload(struct jl_builder *b, bool from_code);

/* Run-time services for strategies. */
struct jl_mem *jl_policy_mem(const struct jl_machine *m);
struct jl_counters *jl_policy_counters(struct jl_machine *m);
bool jl_policy_counting(const struct jl_machine *m);
/* Drops every region that has guest code in [addr, addr+len): unlinked, out of the lookup; its memory is kept until the
 * next cache flush. */
void jl_invalidate_range(struct jl_machine *m, uint32_t addr, uint64_t len);
/* The same of [addr, addr+len) in each `way` bytes of the address space; len within a page, way whole pages. */
void jl_invalidate_index(struct jl_machine *m, uint32_t addr, uint32_t len, uint32_t way);
/* Drops one region: unlinked, out of every table. Its code stays until the next flush (it may be running). */
void jl_region_drop(struct jl_machine *m, struct jl_region *region);
/* Calls fn for each live region that has guest code in [addr, addr+len); fn may drop it. */
void jl_each_region(struct jl_machine *m, uint32_t addr, uint64_t len,
                    void (*fn)(struct jl_machine *, struct jl_region *));
/* Drops the region that is entered at entry, since a lookup wants its place for another; it may be taken back. */
void jl_displace(struct jl_machine *m, void *entry);
/* How often translations were thrown away because the guest changed code of addr's page (at most 255). */
unsigned jl_page_changes(const struct jl_machine *m, uint32_t addr);
/* The entry of pc's translation, found by the machine's lookup strategy; NULL: none is found. */
void *jl_lookup_find(struct jl_machine *m, uint32_t pc);
/* The stub that a lookup's empty slots hold: leaves to C with JL_EXIT_LOOKUP at the guest address in JUMPH's b. */
void *jl_lookup_stub(const struct jl_machine *m);
/* A strategy's refuse, for processes that have a shadow stack (Intel CET): that still holds the calls which were
 * forgotten here, and the next return faults. */
const char *jl_return_stack_refuse(const struct jl_config *config);
/* What it says of the features that the kernel has enabled for a thread (ARCH_SHSTK_STATUS). */
const char *jl_return_stack_refusal(uint64_t features);
/* For create: translated code gets a host stack of its own, with room for 1 << log2 entries of RETPUSH; RETSP has the
 * bit 16 << log2 set while there is room for another. False when the machine's space is used up. */
bool jl_policy_return_stack(struct jl_machine *m, unsigned log2);
/* Empties it. For C only, while no translated code is on it. */
void jl_policy_return_stack_clear(struct jl_machine *m);
/* For jl_b_call: forgets the older half of the entries. */
uint64_t jl_policy_return_stack_halve(struct jl_cpu *cpu, uint64_t x, uint64_t y, uint64_t z);
/* A ring of predicted returns (runtime/ring.c), whose calls push and whose returns take the newest: the state of a
 * returns strategy that keeps one. */
struct jl_return {
    int32_t guest,
        guest_high; /* guest_high: the address's sign, if all eight bytes are stored, or the strategy's mark */
    void *host;
};
struct jl_return_ring {
    uint32_t top;  /* byte offset of the newest slot, to be masked */
    uint32_t mask; /* bytes - 1 */
    uint32_t own;  /* what the strategy likes */
    struct jl_return slot[];
};
/* For create: a zeroed ring of 1 << log2 slots; NULL when the machine has no room near. */
struct jl_return_ring *jl_return_ring_make(struct jl_machine *m, unsigned log2);
static inline uint32_t jl_return_ring_slots(const struct jl_return_ring *r) {
    return (r->mask + 1) / sizeof *r->slot;
}
/* Where a slot's field is, for HLOAD and HSTORE with the slot's byte offset as index. */
int32_t jl_return_ring_offset(const struct jl_machine *m, size_t field);
/* The newest slot's byte offset. */
jl_ref jl_lower_ring_newest(struct jl_builder *b);
/* lower_call: pushes return_pc, as 4 bytes or extended by its sign to 8, and its translation. */
void jl_lower_ring_push(struct jl_builder *b, uint32_t return_pc, unsigned size);
/* The newest slot, which is at top, is pc's: takes it and goes to its host address. Ends the block. */
void jl_lower_ring_return(struct jl_builder *b, jl_ref top, jl_ref pc);
/* A stanza: a piece of host code between regions, where JUMPH leads, that compares the guest address in JUMPH's b with
 * one, goes to an entry when it is that, and else on: to the next stanza, or the lookup stub. */
struct jl_stanza {
    void *host;                 /* where it is entered */
    uint8_t *pc, *entry, *next; /* fields in its code */
};
/* Makes one; what it compares with and where it leads is to be set. It lives until the next flush, and may be set again
 * at any time that C runs. False when the code cache is full, which will then be flushed. */
bool jl_stanza_new(struct jl_machine *m, struct jl_stanza *stanza);
void jl_stanza_set(const struct jl_stanza *stanza, uint32_t pc, const void *entry);
void jl_stanza_set_next(const struct jl_stanza *stanza, const void *next);
/* Page flag changes go through here so that the memory strategy hears of them. */
void jl_page_set_code(struct jl_machine *m, uint32_t page, bool code);
void jl_page_guard(struct jl_machine *m, uint32_t page, bool on);
/* Calls fn for each page with JL_PAGE_CODE. fn may take the flag away. */
void jl_each_code_page(struct jl_machine *m, void (*fn)(void *ctx, uint32_t page), void *ctx);

/* Guest code of a region: contiguous ranges, ascending. */
struct jl_range {
    uint32_t addr, len;
};
unsigned jl_region_ranges(const struct jl_region *region, const struct jl_range **ranges);
uint32_t jl_region_pc(const struct jl_region *region);
/* One word a region that the invalidation strategy may use (a checksum, say), and its address for HLOAD. */
uint64_t *jl_region_word(struct jl_region *region);

/* Checksums of a region's guest code: the hardware's CRC32 of all its ranges (runtime/crc.c; seed 1). A strategy's
 * refuse, for hosts without the instruction: */
const char *jl_crc_refuse(const struct jl_config *config);
/* The sum in translated code, and in C; false when some of it cannot be read any more. */
jl_ref jl_lower_region_crc(struct jl_builder *b, const struct jl_region *region);
bool jl_region_crc(const struct jl_machine *m, const struct jl_region *region, uint32_t *sum);
/* lower_store for who looks at a region only when it is entered: a store into the region's own bytes is left to the
 * interpreter, and the region entered anew behind it. */
void jl_lower_own_store(struct jl_builder *b, jl_ref addr, int32_t disp, unsigned size);

/* A bit for each guest word that has been translated (runtime/words.c), for strategies that ask which words a store
 * hits. The machines on one memory share them, so that a thread's store into code that only another one has translated
 * is stopped too; what they share begins with this. */
struct jl_words {
    uint8_t *bits;
    unsigned users; /* machines that share it; with the memory locked */
};
/* For create: what the other machines on m's memory have, or size zeroed bytes that begin with a struct jl_words; m is
 * among the users. NULL when the host has no space. */
void *jl_words_join(struct jl_machine *m, enum jl_axis axis, size_t size);
/* For destroy: m is no longer a user; the last one frees it. */
void jl_words_leave(struct jl_machine *m, void *words);
/* No word has its bit set any more: of all, of a page. */
void jl_words_clear(struct jl_words *w);
void jl_words_clear_page(struct jl_words *w, uint32_t page);
/* For dropped: empties those of the region's pages that have lost JL_PAGE_CODE, which is what a new mapping does:
 * whatever had bits there is gone or about to go. Calls emptied for each (NULL: nothing), with the memory locked. */
void jl_words_dropped(struct jl_machine *m, struct jl_words *w, const struct jl_region *region,
                      void (*emptied)(struct jl_words *w, uint32_t page));
/* Whether a word of [addr, addr+len), in one page, has its bit set. */
bool jl_words_any(const struct jl_words *w, uint32_t addr, uint32_t len);
/* Sets or clears the bits of [addr, addr+len), in all pages that show the same bytes; when set, they get JL_PAGE_CODE.
 */
void jl_words_mark(struct jl_machine *m, struct jl_words *w, uint32_t addr, uint32_t len, bool set);
/* A write to [addr, addr+len), in one page: drops what was translated from its words and clears their bits. */
void jl_words_drop(struct jl_machine *m, struct jl_words *w, uint32_t addr, uint32_t len);
/* lower_store: leaves a store of size bytes at addr + disp to the interpreter if it hits a word with its bit set. */
void jl_lower_words_test(struct jl_builder *b, const struct jl_words *w, jl_ref addr, int32_t disp, unsigned size);

#endif
