/* Guest memory: a 32-bit address space in one host reservation.
 *
 * base[a] is guest address a. 4 GiB are reserved without access, with guards on both sides, so that any 32-bit guest
 * address plus any displacement of an instruction stays inside the reservation ("fastmem" needs this; seed 1, Memory
 * access). Data are kept in guest byte order; or (flip, byte-order=swizzle) words are in the host's, so that narrow
 * accesses have their address exclusive-ored and doublewords their halves exchanged. Guest pages are JL_PAGE bytes;
 * page[] holds what is known of each one.
 *
 * Everything written into guest memory from C goes through jl_mem_store or jl_mem_writable, so that the invalidation
 * strategy hears of writes to translated code from there too (system calls that read into a buffer, DMA, debuggers).
 * A strategy that watches writes with host page protection uses jl_mem_guard; page[] keeps the guest's own protection
 * apart from it, so that a fault can be told from the guest's own.
 */
#ifndef JL_MEM_H
#define JL_MEM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { JL_PAGE_SHIFT = 12, JL_PAGE = 1 << JL_PAGE_SHIFT, JL_PAGES = 1 << 20 };

enum jl_page_flags {
    JL_PAGE_R = 1,
    JL_PAGE_W = 2,
    JL_PAGE_X = 4,
    JL_PAGE_CODE = 8,    /* translated code was made from this page: writes must be reported */
    JL_PAGE_GUARD = 16,  /* the host page is write-protected on the invalidation strategy's behalf */
    JL_PAGE_SHARED = 32, /* part of a shared mapping that may be mapped at other guest addresses too */
    JL_PAGE_MAPPED = 64, /* something is mapped here, if only without any access */
    JL_PAGE_FILE = 128,  /* the mapping's contents come from a file */
};

/* One machine's part of what happens to its memory. The functions are called with the memory locked, on whatever thread
 * makes the change. mapping_changed: after pages were mapped, unmapped or protected; translated says whether any
 * machine had translated from them. code_write: before a write to a page with JL_PAGE_CODE. code_sync: the guest says
 * that it has changed code here (SYNCI, cacheflush). settle: after one or more of these; returns when no other thread
 * starts on a region that they made invalid. left: whether a thread that settle found in translated code has left that
 * since; asked again and again with the memory unlocked in between. Ranges are in guest bytes; len > 0. */
struct jl_mem_listener {
    void (*mapping_changed)(void *ctx, uint32_t addr, uint64_t len, bool translated);
    void (*code_write)(void *ctx, uint32_t addr, uint32_t len);
    void (*code_sync)(void *ctx, uint32_t addr, uint32_t len);
    void (*settle)(void *ctx);
    bool (*left)(void *ctx);
    void *ctx;
    struct jl_mem_listener *next;
};

/* What a guest knows of addresses that memory does not have (a console's devices, pages that its own tables map). The
 * functions are asked from translated code's slow paths and by the interpreter, in the middle of a run: retired
 * instructions are those in front of the access. False: the run is left there, and whoever called jl_machine_run does
 * the access, or makes an exception of it. Loads do no floating-point arithmetic: MXCSR may be the guest's. */
enum jl_guest_found {
    JL_GUEST_ELSEWHERE, /* a device, or whatever an access has to be tried for */
    JL_GUEST_FOUND,
    JL_GUEST_REFUSED, /* an aligned access is the guest's exception: the run may leave with JL_EXIT_MISS */
};

struct jl_guest_memory {
    void *ctx;
    /* Does a device's access at an aligned address. When the run has to end behind it (an event is due earlier, an
     * interrupt is allowed), it sets cpu->interrupt. A store gets the whole register, whatever its size. */
    bool (*load)(void *ctx, uint32_t addr, unsigned size, uint64_t *value);
    bool (*store)(void *ctx, uint32_t addr, unsigned size, uint64_t value);
    /* Where in this memory the byte stands that the guest's tables put at addr, until jl_machine_remapped. */
    enum jl_guest_found (*find)(void *ctx, uint32_t addr, bool store, uint32_t *at);
    uint32_t window; /* where the 2 GiB begin that find's results are in, and most of what the guest accesses */
    /* The device that all accesses of 4 aligned bytes to addr's page go to, NULL = none that would not refuse some; *at
     * is what the page's first address is to it. Until jl_machine_remapped. Its accesses are then calls of these, which
     * are done in every case; they set cpu->interrupt as load and store do. NULL: there is no such device. */
    const void *(*device)(void *ctx, uint32_t addr, bool store, uint32_t *at);
    uint32_t (*device_load)(void *ctx, const void *device, uint32_t at);
    void (*device_store)(void *ctx, const void *device, uint32_t at, uint32_t value);
    /* The host's own view of the page that addr is in, which can be written while the guest's is guarded; NULL = none.
     */
    uint8_t *(*host_page)(void *ctx, uint32_t addr);
};

enum { JL_MEM_DIRTY = 32 };

/* For JL_MODE_64: addresses at which nothing may be mapped that can be read or written. A sum that leaves the upper
 * half of the 32-bit space downwards comes there, and is another address for a 64-bit processor. (Translated code takes
 * bases that are 32 KiB below that half themselves, and a displacement reaches as far again.) */
#define JL_MEM_WIDE_GUARD 0x7fff0000u
#define JL_MEM_WIDE_GUARD_BYTES 0x10000u

struct jl_mem {
    uint8_t *base;
    uint8_t *page;
    uint8_t *translated; /* a bit for each page: some machine has translated from it since it was mapped */
    uint32_t fetch_only; /* how many pages can be fetched from and not read */
    bool big_endian;
    bool console;         /* for its owner to set: nobody but machines and the owner looks at the bytes */
    bool swap_words;      /* a word as it stands here has to be swapped to be the host's */
    uint8_t flip;         /* 3 when words are kept in the host's order though the guest is big-endian, else 0 */
    bool shared;          /* more than one machine runs on it */
    bool parallel;        /* it does, or did, or there is a mapping that other processes may have too */
    pthread_mutex_t lock; /* recursive; over page[], protections, aliases, listeners */
    struct jl_mem_listener *listeners;
    struct jl_alias_list *aliases; /* mappings of files, for jl_mem_aliases */
    int known_fd;                  /* of a console, whose owner keeps its file: mapped before as that file; else -1 */
    uint64_t known_dev, known_ino;
    /* Pages that C wrote while another thread was just putting a guard on them: the fault handler lifted the protection
     * and left them here (jl_mem_rescue). More than JL_MEM_DIRTY: all pages with code. */
    volatile uint32_t dirty_count;
    uint32_t dirty[JL_MEM_DIRTY];
    uint64_t changes;                    /* mappings changed so far */
    const struct jl_guest_memory *guest; /* borrowed; NULL: there is nothing beside what is mapped */
    void *reservation;
    size_t reservation_size;
};

/* Reserves the address space. Returns NULL with errno set when the host has none left. */
struct jl_mem *jl_mem_create(bool big_endian);
void jl_mem_destroy(struct jl_mem *mem);

static inline bool jl_mem_shared(const struct jl_mem *mem) {
    return __atomic_load_n(&mem->shared, __ATOMIC_RELAXED);
}
/* Whether anybody else may look at the guest's memory while translated code runs: only then need barriers and atomic
 * instructions be such on the host. Once true it stays so; what was translated before is then flushed. */
static inline bool jl_mem_parallel(const struct jl_mem *mem) {
    return __atomic_load_n(&mem->parallel, __ATOMIC_RELAXED);
}
void jl_mem_lock(struct jl_mem *mem);
void jl_mem_unlock(struct jl_mem *mem);
/* In a forked child, which holds the lock: only `only` of the listeners is still there (NULL: none). */
void jl_mem_forked(struct jl_mem *mem, struct jl_mem_listener *only);
void jl_mem_listen(struct jl_mem *mem, struct jl_mem_listener *listener);
void jl_mem_unlisten(struct jl_mem *mem, struct jl_mem_listener *listener);
/* With the memory locked: a machine has translated from this page, and wants to hear of changes to its mapping. */
void jl_mem_mark_translated(struct jl_mem *mem, uint32_t page);
/* Tells all listeners of a write to translated code that is about to happen; of a cache instruction. */
void jl_mem_code_write(struct jl_mem *mem, uint32_t addr, uint64_t len);
void jl_mem_code_sync(struct jl_mem *mem, uint32_t addr, uint32_t len);
/* For the fault handler: true when a write to host address at was stopped by a guard that was put up behind the
 * writer's back, or that the writer does not ask about (a host function); it may then go on. Async-signal safe. */
bool jl_mem_rescue(struct jl_mem *mem, const void *at);
/* Reports the writes that jl_mem_rescue let through. */
void jl_mem_report_dirty(struct jl_mem *mem);

/* Maps [addr, addr+len) (page aligned) with prot (JL_PAGE_R|W|X bits), replacing what was there. fd < 0: anonymous
 * zero pages; else the file at byte offset off, MAP_SHARED when shared. Host memory is never executable. The
 * listener hears of it. Returns 0 or -errno. */
int jl_mem_map(struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned prot, int fd, uint64_t off, bool shared);
int jl_mem_unmap(struct jl_mem *mem, uint32_t addr, uint64_t len);
/* Maps the host's System V shared memory segment id, of len bytes (page aligned), in the same way; returns 0 or -errno.
 * Detaching the one that was attached at addr returns how many bytes of it were still there, or -EINVAL. */
int jl_mem_attach(struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned prot, int id);
int64_t jl_mem_detach(struct jl_mem *mem, uint32_t addr);
int jl_mem_protect(struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned prot);
/* Drops the contents: anonymous private pages read as zero again, those of a file as the file has them. All of it must
 * be mapped. */
int jl_mem_discard(struct jl_mem *mem, uint32_t addr, uint64_t len);
/* Moves a mapping of len bytes to new_addr and gives it new_len >= len bytes there (all page aligned; the ranges do not
 * overlap). Contents, sharing and file are kept; what is added is more of the same. */
int jl_mem_move(struct jl_mem *mem, uint32_t addr, uint64_t len, uint32_t new_addr, uint64_t new_len);

/* Write-protects (or frees again) the host page behind one guest page, for an invalidation strategy. */
void jl_mem_guard(struct jl_mem *mem, uint32_t page_number, bool on);
/* Calls fn for every other guest page number that shows the same bytes as page_number through a shared mapping on
 * either side, or may show them (a private page that was not written yet). */
void jl_mem_aliases(struct jl_mem *mem, uint32_t page_number, void (*fn)(void *ctx, uint32_t alias), void *ctx);

/* Which page of which file a guest page number shows, as part of a shared mapping; !known: it is none. */
struct jl_mem_place {
    uint64_t dev, ino, page;
    bool known;
};
struct jl_mem_place jl_mem_place(struct jl_mem *mem, uint32_t page_number);

/* Says that file fd was written by a system call: its mappings show the change, translated code in them included. */
void jl_mem_file_written(struct jl_mem *mem, int fd);

/* True when every page of [addr, addr+len) has all bits of need. len 0 is true; wrapping past 4 GiB is false. */
bool jl_mem_ok(const struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned need);
/* A host pointer to len readable guest bytes, or NULL when any of them is not, be it that a file's mapping reaches past
 * the file's end. (Should the file shrink before they are used, the host's fault stays one.) */
const void *jl_mem_readable(const struct jl_mem *mem, uint32_t addr, uint64_t len);
/* A host pointer to len writable guest bytes, or NULL. Reports the write to the listener when code stands there. */
void *jl_mem_writable(struct jl_mem *mem, uint32_t addr, uint64_t len);
/* Like jl_mem_writable, for bytes whose guest protection forbids writing (a loader filling a text page). */
void *jl_mem_writable_force(struct jl_mem *mem, uint32_t addr, uint64_t len);
/* Length of the readable NUL-terminated string at addr, at most max; -1 when it runs into unreadable memory. */
int64_t jl_mem_strlen(const struct jl_mem *mem, uint32_t addr, uint64_t max);

/* What is known of the page at addr: other threads may change it at any time. */
static inline uint8_t jl_page_flags(const struct jl_mem *mem, uint32_t addr) {
    return __atomic_load_n(&mem->page[addr >> JL_PAGE_SHIFT], __ATOMIC_RELAXED);
}
static inline bool jl_page_has(const struct jl_mem *mem, uint32_t addr, unsigned need) {
    return (jl_page_flags(mem, addr) & need) == need;
}

/* From now on memory, which holds nothing yet, keeps words in the host's order. */
static inline void jl_mem_swizzle(struct jl_mem *mem) {
    mem->flip = mem->big_endian ? 3 : 0;
    mem->swap_words = false;
}
/* Where the size bytes at addr (aligned to size) stand. */
static inline uint32_t jl_mem_spot(const struct jl_mem *mem, uint32_t addr, unsigned size) {
    return addr ^ (mem->flip & (4 - size));
}
/* A word as it stands in memory from or to its value. */
static inline uint32_t jl_mem_word(const struct jl_mem *mem, uint32_t word) {
    return mem->swap_words ? __builtin_bswap32(word) : word;
}
static inline uint64_t jl_mem_exchange(uint64_t v) {
    return v << 32 | v >> 32;
}

/* One naturally aligned or unaligned access of 1, 2, 4 or 8 bytes by the interpreter or a slow path; the value is
 * in host order. False when a page of it lacks permission or contents (nothing was then changed). */
bool jl_mem_load(struct jl_mem *mem, uint32_t addr, unsigned size, uint64_t *value);
bool jl_mem_store(struct jl_mem *mem, uint32_t addr, unsigned size, uint64_t value);
/* An aligned store into host memory that holds bytes as mem does; nobody hears of it. offset is from page, which is
 * where a word is. */
void jl_mem_put(const struct jl_mem *mem, uint8_t *page, uint32_t offset, unsigned size, uint64_t value);

/* Stores value at addr if it holds expect, in one atomic step; *done says whether it did. addr is aligned and its page
 * may be read and written (the caller has looked); false when nothing is behind it all the same. */
bool jl_mem_swap32(struct jl_mem *mem, uint32_t addr, uint32_t expect, uint32_t value, bool *done);
/* The instruction word at addr, in host order; false when it cannot be read. */
bool jl_mem_fetch(const struct jl_mem *mem, uint32_t addr, uint32_t *word);
/* True when the page at addr has contents; reading it would fault otherwise. Its flags allow reading (the caller has
 * looked). */
bool jl_mem_backed(const struct jl_mem *mem, uint32_t addr);

#endif
