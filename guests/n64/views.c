/* What of RDRAM the processor reaches by itself.
 *
 * KSEG0 and KSEG1 show all of it while the processor is in kernel mode. Pages that the TLB maps onto RDRAM are mapped
 * one by one when they are first used. An entry that is written makes those forgotten that it maps, or did; another
 * address space or mode all of them. Device pages are never mapped, so that each access comes to the board; a page of a
 * device that is executed from is shown as a copy that can be fetched from and not read.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guests/n64/bus.h"
#include "guests/n64/bytes.h"
#include "guests/n64/n64.h"
#include "guests/n64/translate.h"
#include "guests/n64/views.h"

enum { ALL = JL_PAGE_R | JL_PAGE_W | JL_PAGE_X };
#define SCRATCH 0x9ffff000u /* KSEG0's last page, where no device is */
static const uint32_t direct[2] = {0x80000000, 0xa0000000};

bool jl_views_init(struct jl_n64 *n) {
    n->ram_fd = memfd_create("rdram", MFD_CLOEXEC);
    if (n->ram_fd < 0 || ftruncate(n->ram_fd, n->ram_bytes) < 0)
        return false;
    void *ram = mmap(NULL, n->ram_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, n->ram_fd, 0);
    if (ram == MAP_FAILED)
        return false;
    n->ram = ram;
    for (unsigned i = 0; i < 2; i++) {
        int r = jl_mem_map(n->mem, direct[i], n->ram_bytes, ALL, n->ram_fd, 0, true);
        if (r < 0) {
            errno = -r;
            return false;
        }
    }
    n->views.watched = JL_N64_UNWATCHED;
    return n->views.kernel = n->views.writable = true;
}

static bool take_out(struct jl_n64 *n, uint32_t page) {
    for (unsigned i = 0; i < n->views.count; i++) {
        if (n->views.page[i] == page) {
            n->views.page[i] = n->views.page[--n->views.count];
            return true;
        }
    }
    return false;
}

/* A page, and with it its neighbour: a TLB entry maps two. */
static void forget(struct jl_n64 *n, uint32_t page) {
    take_out(n, page);
    if (take_out(n, page ^ 1))
        jl_mem_unmap(n->mem, (page & ~1u) << JL_PAGE_SHIFT, 2 * JL_PAGE);
    else
        jl_mem_unmap(n->mem, page << JL_PAGE_SHIFT, JL_PAGE);
}

void jl_views_forget(struct jl_n64 *n, uint32_t addr, uint64_t len) {
    if (n->views.running) {
        n->views.flush_later = true;
        n->cpu->interrupt = 1;
        return;
    }
    jl_machine_remapped(n->machine, addr, len);
    for (unsigned i = 0; i < n->views.count;) {
        if ((n->views.page[i] << JL_PAGE_SHIFT) - addr < len)
            forget(n, n->views.page[i]);
        else
            i++;
    }
}

void jl_views_flush(struct jl_n64 *n) {
    jl_views_forget(n, 0, (uint64_t)1 << 32);
}

static void protect(struct jl_n64 *n) {
    unsigned prot = !n->views.kernel ? 0 : n->views.writable ? ALL : JL_PAGE_R | JL_PAGE_X;
    for (unsigned i = 0; i < 2; i++)
        jl_mem_protect(n->mem, direct[i], n->ram_bytes, prot);
    for (unsigned i = 0; i < 2 && prot && n->views.watched < n->ram_bytes; i++)
        jl_mem_protect(n->mem, direct[i] + n->views.watched, JL_PAGE, JL_PAGE_X);
}

void jl_views_watch(struct jl_n64 *n, uint32_t page) {
    if (n->views.watched == page)
        return;
    n->views.watched = page;
    jl_views_flush(n);
    protect(n);
}

void jl_views_kernel(struct jl_n64 *n, bool kernel) {
    if (n->views.kernel == kernel)
        return;
    n->views.kernel = kernel;
    jl_views_flush(n);
    protect(n);
}

void jl_views_writable(struct jl_n64 *n, bool writable) {
    if (n->views.writable == writable)
        return;
    n->views.writable = writable;
    jl_views_flush(n);
    if (n->views.running)
        n->views.writable_later = true;
    else
        protect(n);
}

void jl_views_run_begins(struct jl_n64 *n) {
    n->views.running = true;
}

void jl_views_run_ended(struct jl_n64 *n) {
    n->views.running = false;
    if (n->views.flush_later)
        jl_views_flush(n);
    if (n->views.writable_later)
        protect(n);
    n->views.flush_later = n->views.writable_later = false;
}

static void remember(struct jl_n64 *n, uint32_t page) {
    for (unsigned i = 0; i < n->views.count; i++)
        if (n->views.page[i] == page)
            return;
    if (n->views.count == JL_N64_VIEWS)
        jl_views_flush(n);
    n->views.page[n->views.count++] = page;
}

bool jl_views_map(struct jl_n64 *n, uint64_t addr, const struct jl_n64_place *place) {
    uint32_t page = (uint32_t)addr >> JL_PAGE_SHIFT, phys = place->phys & ~(uint32_t)(JL_PAGE - 1);
    unsigned prot = JL_PAGE_R | JL_PAGE_X | (place->writable && n->views.writable ? JL_PAGE_W : 0);
    if (phys == n->views.watched)
        prot = JL_PAGE_X;
    if (!jl_views_may_have(addr) || phys >= n->ram_bytes || jl_page_has(n->mem, (uint32_t)addr, prot))
        return false;
    remember(n, page);
    return jl_mem_map(n->mem, page << JL_PAGE_SHIFT, JL_PAGE, prot, n->ram_fd, phys, true) == 0;
}

/* A page of code that can be fetched from and not read. */
static bool put_code(struct jl_n64 *n, uint32_t at, const uint32_t *words, unsigned count) {
    if (!jl_page_has(n->mem, at, JL_PAGE_X) && jl_mem_map(n->mem, at, JL_PAGE, JL_PAGE_X, -1, 0, false) < 0)
        return false;
    uint8_t *to = jl_mem_writable_force(n->mem, at, JL_PAGE);
    for (unsigned i = 0; to && i < count; i++) {
        uint32_t word = jl_mem_word(n->mem, words[i]);
        memcpy(to + 4 * i, &word, 4);
    }
    return to && jl_mem_protect(n->mem, at, JL_PAGE, JL_PAGE_X) == 0;
}

bool jl_views_code(struct jl_n64 *n, uint64_t addr, uint32_t phys) {
    uint32_t at = (uint32_t)addr & ~(uint32_t)(JL_PAGE - 1), words[JL_PAGE / 4];
    if (addr != jl_sign32((uint32_t)addr) || jl_page_has(n->mem, at, JL_PAGE_X))
        return false;
    for (uint32_t i = 0; i < JL_PAGE / 4; i++)
        words[i] = jl_bus_read32(n, (phys & ~(uint32_t)(JL_PAGE - 1)) + 4 * i);
    remember(n, at >> JL_PAGE_SHIFT);
    return put_code(n, at, words, JL_PAGE / 4);
}

uint64_t jl_views_scratch(struct jl_n64 *n, const uint32_t words[2]) {
    put_code(n, SCRATCH, words, 2);
    return jl_sign32(SCRATCH);
}

void jl_views_unscratch(struct jl_n64 *n) {
    jl_mem_unmap(n->mem, SCRATCH, JL_PAGE);
}

void jl_n64_ram_written(struct jl_n64 *n, uint32_t addr, uint32_t bytes) {
    uint32_t last = addr + bytes - 1;
    for (uint32_t page = addr >> JL_PAGE_SHIFT; page <= last >> JL_PAGE_SHIFT; page++) {
        bool code = false;
        for (unsigned i = 0; i < 2; i++)
            code |= jl_page_has(n->mem, direct[i] + (page << JL_PAGE_SHIFT), JL_PAGE_CODE);
        if (code)
            jl_mem_code_write(n->mem, direct[0] + addr, bytes);
    }
}

void jl_n64_dma_written(struct jl_n64 *n, uint32_t addr, uint32_t bytes) {
    if (addr < n->ram_bytes && bytes)
        jl_mem_code_sync(n->mem, direct[0] + addr, bytes < n->ram_bytes - addr ? bytes : n->ram_bytes - addr);
}
