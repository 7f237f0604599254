/* Guest memory: a 32-bit address space in one host reservation.
 *
 * base[a] is guest address a. 4 GiB are reserved without access, with guards on both sides, so that any 32-bit guest
 * address plus any displacement of an instruction stays inside the reservation ("fastmem" needs this; seed 1, Memory
 * access). Data are kept in guest byte order. Guest pages are JL_PAGE bytes; page[] holds what is known of each one.
 *
 * Everything written into guest memory from C goes through jl_mem_store or jl_mem_writable, so that the invalidation
 * strategy hears of writes to translated code from there too (system calls that read into a buffer, DMA, debuggers).
 * A strategy that watches writes with host page protection uses jl_mem_guard; page[] keeps the guest's own protection
 * apart from it, so that a fault can be told from the guest's own.
 */
#ifndef JL_MEM_H
#define JL_MEM_H

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
};

/* Called after a guest mapping changed (mapped, unmapped, protection changed), and before a C-side write to a page
 * with JL_PAGE_CODE. Ranges are in guest bytes; len > 0. */
struct jl_mem_listener {
    void (*mapping_changed)(void *ctx, uint32_t addr, uint64_t len);
    void (*code_write)(void *ctx, uint32_t addr, uint32_t len);
    /* The guest says that it has changed code here (SYNCI): what `explicit` invalidation relies on. */
    void (*code_sync)(void *ctx, uint32_t addr, uint32_t len);
    void *ctx;
};

struct jl_mem {
    uint8_t *base;
    uint8_t *page;
    bool big_endian;
    struct jl_mem_listener listener;
    struct jl_alias_list *aliases; /* mappings of files, for jl_mem_aliases */
    void *reservation;
    size_t reservation_size;
};

/* Reserves the address space. Returns NULL with errno set when the host has none left. */
struct jl_mem *jl_mem_create(bool big_endian);
void jl_mem_destroy(struct jl_mem *mem);

/* Maps [addr, addr+len) (page aligned) with prot (JL_PAGE_R|W|X bits), replacing what was there. fd < 0: anonymous
 * zero pages; else the file at byte offset off, MAP_SHARED when shared. Host memory is never executable. The
 * listener hears of it. Returns 0 or -errno. */
int jl_mem_map(struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned prot, int fd, uint64_t off, bool shared);
int jl_mem_unmap(struct jl_mem *mem, uint32_t addr, uint64_t len);
int jl_mem_protect(struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned prot);
/* Moves a mapping to new_addr (both page aligned, ranges do not overlap). Contents and sharing are kept. */
int jl_mem_move(struct jl_mem *mem, uint32_t addr, uint32_t new_addr, uint64_t len);

/* Write-protects (or frees again) the host page behind one guest page, for an invalidation strategy. */
void jl_mem_guard(struct jl_mem *mem, uint32_t page_number, bool on);
/* Calls fn for every other guest page number that shows the same bytes as page_number through a shared mapping on
 * either side, or may show them (a private page that was not written yet). */
void jl_mem_aliases(struct jl_mem *mem, uint32_t page_number, void (*fn)(void *ctx, uint32_t alias), void *ctx);

/* Says that file fd was written by a system call: its mappings show the change, translated code in them included. */
void jl_mem_file_written(struct jl_mem *mem, int fd);

/* True when every page of [addr, addr+len) has all bits of need. len 0 is true; wrapping past 4 GiB is false. */
bool jl_mem_ok(const struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned need);
/* A host pointer to len readable guest bytes, or NULL when any of them is not. */
const void *jl_mem_readable(const struct jl_mem *mem, uint32_t addr, uint64_t len);
/* A host pointer to len writable guest bytes, or NULL. Reports the write to the listener when code stands there. */
void *jl_mem_writable(struct jl_mem *mem, uint32_t addr, uint64_t len);
/* Like jl_mem_writable, for bytes whose guest protection forbids writing (a loader filling a text page). */
void *jl_mem_writable_force(struct jl_mem *mem, uint32_t addr, uint64_t len);
/* Length of the readable NUL-terminated string at addr, at most max; -1 when it runs into unreadable memory. */
int64_t jl_mem_strlen(const struct jl_mem *mem, uint32_t addr, uint64_t max);

static inline bool jl_page_has(const struct jl_mem *mem, uint32_t addr, unsigned need) {
    return (mem->page[addr >> JL_PAGE_SHIFT] & need) == need;
}

/* One naturally aligned or unaligned access of 1, 2, 4 or 8 bytes by the interpreter or a slow path; the value is
 * in host order. False when a page of it lacks permission (nothing was then changed). */
bool jl_mem_load(struct jl_mem *mem, uint32_t addr, unsigned size, uint64_t *value);
bool jl_mem_store(struct jl_mem *mem, uint32_t addr, unsigned size, uint64_t value);

#endif
