/* Guest memory: reservation, mappings, guards, aliases, slow accesses; see mem.h. */
#include "jit/mem.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jit/access.h"

enum { BELOW = 1 << 20, ABOVE = 1 << 20 };
#define SPACE ((uint64_t)1 << 32)
#define SEGMENTS UINT64_MAX /* the device that System V shared memory is on, in aliases */

/* A mapping of a file: its pages seen at a guest address. Private ones are kept too: they show what a shared mapping
 * writes until they are written themselves. */
struct alias {
    uint32_t page, pages;     /* guest pages */
    uint64_t dev, ino, first; /* file identity (SEGMENTS and a segment's number) and its first page there */
    bool shared;
};
struct jl_alias_list {
    struct alias *list;
    unsigned count, cap;
};

static void init_lock(struct jl_mem *mem) {
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&mem->lock, &attr);
    pthread_mutexattr_destroy(&attr);
}

void jl_mem_lock(struct jl_mem *mem) {
    pthread_mutex_lock(&mem->lock);
}

void jl_mem_unlock(struct jl_mem *mem) {
    pthread_mutex_unlock(&mem->lock);
}

/* A recursive lock belongs to a thread number, which is another one in the child: hence a new lock. */
void jl_mem_forked(struct jl_mem *mem, struct jl_mem_listener *only) {
    init_lock(mem);
    mem->listeners = only;
    if (only)
        only->next = NULL;
    mem->shared = false;
}

struct jl_mem *jl_mem_create(bool big_endian) {
    struct jl_mem *mem = calloc(1, sizeof *mem);
    if (!mem)
        return NULL;
    mem->reservation_size = SPACE + BELOW + ABOVE;
    mem->reservation = mmap(NULL, mem->reservation_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    mem->page = calloc(JL_PAGES, 1);
    mem->translated = calloc(JL_PAGES / 8, 1);
    mem->aliases = calloc(1, sizeof *mem->aliases);
    mem->big_endian = mem->swap_words = big_endian;
    mem->known_fd = -1;
    init_lock(mem);
    if (mem->reservation == MAP_FAILED || !mem->page || !mem->translated || !mem->aliases) {
        int e = errno;
        if (mem->reservation == MAP_FAILED)
            mem->reservation = NULL;
        jl_mem_destroy(mem);
        errno = e;
        return NULL;
    }
    mem->base = (uint8_t *)mem->reservation + BELOW;
    return mem;
}

void jl_mem_destroy(struct jl_mem *mem) {
    if (!mem)
        return;
    if (mem->reservation)
        munmap(mem->reservation, mem->reservation_size);
    if (mem->aliases)
        free(mem->aliases->list);
    free(mem->aliases);
    free(mem->translated);
    free(mem->page);
    pthread_mutex_destroy(&mem->lock);
    free(mem);
}

static bool range_ok(uint32_t addr, uint64_t len) {
    return len && !(addr & (JL_PAGE - 1)) && !(len & (JL_PAGE - 1)) && addr + len <= SPACE;
}

/* Host protection for a guest's: what may be fetched must be readable for us. */
static int host_prot(unsigned prot) {
    return (prot & (JL_PAGE_R | JL_PAGE_X) ? PROT_READ : 0) | (prot & JL_PAGE_W ? PROT_READ | PROT_WRITE : 0);
}

/* ---- listeners ---- */

void jl_mem_listen(struct jl_mem *mem, struct jl_mem_listener *listener) {
    jl_mem_lock(mem);
    if (mem->listeners) {
        __atomic_store_n(&mem->shared, true, __ATOMIC_SEQ_CST);
        __atomic_store_n(&mem->parallel, true, __ATOMIC_SEQ_CST);
    }
    listener->next = mem->listeners;
    mem->listeners = listener;
    jl_mem_unlock(mem);
}

void jl_mem_unlisten(struct jl_mem *mem, struct jl_mem_listener *listener) {
    jl_mem_lock(mem);
    for (struct jl_mem_listener **l = &mem->listeners; *l; l = &(*l)->next) {
        if (*l == listener) {
            *l = listener->next;
            break;
        }
    }
    jl_mem_unlock(mem);
}

static void settle(struct jl_mem *mem) {
    for (struct jl_mem_listener *l = mem->listeners; l; l = l->next)
        l->settle(l->ctx);
}

static bool all_left(struct jl_mem *mem) {
    bool all = true;
    jl_mem_lock(mem);
    for (struct jl_mem_listener *l = mem->listeners; l && all; l = l->next)
        all = l->left(l->ctx);
    jl_mem_unlock(mem);
    return all;
}

/* Unlocks after a change that the guest may build upon when it returns: another thread may be in the middle of a region
 * with the old code inlined further on, so it is not enough that it starts on no other. The lock must not be held on
 * the way: what the other thread does in its region may need it. Only for callers that are not in translated code
 * themselves (two would wait for each other). */
static void unlock_changed(struct jl_mem *mem) {
    jl_mem_unlock(mem);
    while (jl_mem_shared(mem) && !all_left(mem))
        sched_yield();
}

void jl_mem_mark_translated(struct jl_mem *mem, uint32_t page) {
    mem->translated[page / 8] |= (uint8_t)(1 << page % 8);
}

/* Whether any machine translated from these pages; they start anew. */
static bool forget_translated(struct jl_mem *mem, uint32_t addr, uint64_t len) {
    bool any = false;
    for (uint64_t p = addr >> JL_PAGE_SHIFT; p < (addr + len) >> JL_PAGE_SHIFT; p++) {
        any |= mem->translated[p / 8] >> p % 8 & 1;
        mem->translated[p / 8] &= (uint8_t) ~(1 << p % 8);
    }
    return any;
}

static void notify(struct jl_mem *mem, uint32_t addr, uint64_t len) {
    bool translated = forget_translated(mem, addr, len);
    __atomic_store_n(&mem->changes, mem->changes + 1, __ATOMIC_RELAXED);
    for (struct jl_mem_listener *l = mem->listeners; l; l = l->next)
        l->mapping_changed(l->ctx, addr, len, translated);
    settle(mem);
}

/* Page by page, for each that holds translated code. */
void jl_mem_code_write(struct jl_mem *mem, uint32_t addr, uint64_t len) {
    jl_mem_lock(mem);
    while (len) {
        uint64_t here = JL_PAGE - (addr & (JL_PAGE - 1));
        if (here > len)
            here = len;
        if (mem->page[addr >> JL_PAGE_SHIFT] & JL_PAGE_CODE)
            for (struct jl_mem_listener *l = mem->listeners; l; l = l->next)
                l->code_write(l->ctx, addr, (uint32_t)here);
        addr += (uint32_t)here;
        len -= here;
    }
    settle(mem);
    jl_mem_unlock(mem);
}

void jl_mem_code_sync(struct jl_mem *mem, uint32_t addr, uint32_t len) {
    if (!len)
        return;
    jl_mem_lock(mem);
    for (struct jl_mem_listener *l = mem->listeners; l; l = l->next)
        l->code_sync(l->ctx, addr, len);
    settle(mem);
    unlock_changed(mem);
}

bool jl_mem_rescue(struct jl_mem *mem, const void *at) {
    uint64_t off = (uint64_t)((const uint8_t *)at - mem->base);
    if (off >= SPACE || !jl_page_has(mem, (uint32_t)off, JL_PAGE_W | (jl_mem_shared(mem) ? 0 : JL_PAGE_GUARD)))
        return false;
    uint32_t page = (uint32_t)(off >> JL_PAGE_SHIFT), n = __atomic_fetch_add(&mem->dirty_count, 1, __ATOMIC_SEQ_CST);
    if (n < JL_MEM_DIRTY)
        __atomic_store_n(&mem->dirty[n], page, __ATOMIC_SEQ_CST);
    return mprotect(mem->base + ((uint64_t)page << JL_PAGE_SHIFT), JL_PAGE, PROT_READ | PROT_WRITE) == 0;
}

void jl_mem_report_dirty(struct jl_mem *mem) {
    jl_mem_lock(mem);
    uint32_t n = __atomic_exchange_n(&mem->dirty_count, 0, __ATOMIC_SEQ_CST);
    if (n > JL_MEM_DIRTY)
        jl_mem_code_write(mem, 0, SPACE - JL_PAGE);
    for (uint32_t i = 0; i < n && n <= JL_MEM_DIRTY; i++)
        jl_mem_code_write(mem, mem->dirty[i] << JL_PAGE_SHIFT, JL_PAGE);
    jl_mem_unlock(mem);
}

static bool is_fetch_only(unsigned flags) {
    return (flags & (JL_PAGE_R | JL_PAGE_X)) == JL_PAGE_X;
}

static void set_page(struct jl_mem *mem, uint64_t page, unsigned flags) {
    mem->fetch_only += is_fetch_only(flags);
    mem->fetch_only -= is_fetch_only(mem->page[page]);
    __atomic_store_n(&mem->page[page], (uint8_t)flags, __ATOMIC_RELAXED);
}

static void set_pages(struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned flags) {
    for (uint64_t p = addr >> JL_PAGE_SHIFT; p < (addr + len) >> JL_PAGE_SHIFT; p++)
        set_page(mem, p, flags);
}

/* ---- aliases ---- */

static void remember_alias(struct jl_mem *mem, struct alias a) {
    struct jl_alias_list *l = mem->aliases;
    if (l->count == l->cap) {
        unsigned cap = l->cap ? l->cap * 2 : 16;
        struct alias *p = realloc(l->list, cap * sizeof *p);
        if (!p)
            abort(); /* a forgotten alias would be stale code later */
        l->list = p;
        l->cap = cap;
    }
    l->list[l->count++] = a;
}

/* The part of a that lies in guest pages [page, page + pages); its pages are 0 when there is none. */
static struct alias part_of(const struct alias *a, uint64_t page, uint64_t pages) {
    uint64_t from = a->page > page ? a->page : page, end = (uint64_t)a->page + a->pages;
    struct alias part = *a;
    if (end > page + pages)
        end = page + pages;
    part.page = (uint32_t)from;
    part.pages = end > from ? (uint32_t)(end - from) : 0;
    part.first += from - a->page;
    return part;
}

static void forget_aliases(struct jl_mem *mem, uint32_t page, uint32_t pages) {
    struct jl_alias_list *l = mem->aliases;
    for (unsigned i = 0; i < l->count;) {
        struct alias whole = l->list[i];
        if (!part_of(&whole, page, pages).pages) {
            i++;
            continue;
        }
        struct alias head = part_of(&whole, 0, page), tail = part_of(&whole, (uint64_t)page + pages, JL_PAGES);
        l->list[i] = l->list[--l->count];
        if (head.pages)
            remember_alias(mem, head);
        if (tail.pages)
            remember_alias(mem, tail);
    }
}

static void move_aliases(struct jl_mem *mem, uint32_t page, uint32_t new_page, uint32_t pages) {
    forget_aliases(mem, new_page, pages);
    for (unsigned i = 0, n = mem->aliases->count; i < n; i++) {
        struct alias part = part_of(&mem->aliases->list[i], page, pages);
        part.page += new_page - page;
        if (part.pages)
            remember_alias(mem, part);
    }
    forget_aliases(mem, page, pages);
}

static void note_file(struct jl_mem *mem, uint32_t addr, uint64_t len, int fd, uint64_t off, bool shared) {
    struct stat st;
    if (fd >= 0 && fd != mem->known_fd && fstat(fd, &st) == 0) {
        mem->known_dev = st.st_dev;
        mem->known_ino = st.st_ino;
        mem->known_fd = fd;
    }
    if (fd >= 0 && fd == mem->known_fd)
        remember_alias(mem, (struct alias){addr >> JL_PAGE_SHIFT, (uint32_t)(len >> JL_PAGE_SHIFT), mem->known_dev,
                                           mem->known_ino, off >> JL_PAGE_SHIFT, shared});
    if (!mem->console) /* another file may get the number */
        mem->known_fd = -1;
}

void jl_mem_aliases(struct jl_mem *mem, uint32_t page, void (*fn)(void *ctx, uint32_t alias), void *ctx) {
    const struct jl_alias_list *l = mem->aliases;
    for (unsigned i = 0; i < l->count; i++) {
        const struct alias *a = &l->list[i];
        if (page - a->page >= a->pages)
            continue;
        uint64_t at = a->first + (page - a->page);
        for (unsigned k = 0; k < l->count; k++) {
            const struct alias *o = &l->list[k];
            if ((a->shared || o->shared) && o->dev == a->dev && o->ino == a->ino && at - o->first < o->pages &&
                o->page + (at - o->first) != page)
                fn(ctx, o->page + (uint32_t)(at - o->first));
        }
        return;
    }
}

struct jl_mem_place jl_mem_place(struct jl_mem *mem, uint32_t page) {
    struct jl_mem_place place = {0};
    jl_mem_lock(mem);
    const struct jl_alias_list *l = mem->aliases;
    for (unsigned i = 0; i < l->count && !place.known; i++) {
        const struct alias *a = &l->list[i];
        if (a->shared && page - a->page < a->pages)
            place = (struct jl_mem_place){a->dev, a->ino, a->first + (page - a->page), true};
    }
    jl_mem_unlock(mem);
    return place;
}

static void report_write(struct jl_mem *mem, uint32_t addr, uint64_t len);

void jl_mem_file_written(struct jl_mem *mem, int fd) {
    const struct jl_alias_list *l = mem->aliases;
    struct stat st;
    if (!l->count || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return;
    jl_mem_lock(mem);
    for (unsigned i = 0; i < l->count; i++)
        if (l->list[i].dev == st.st_dev && l->list[i].ino == st.st_ino)
            report_write(mem, l->list[i].page << JL_PAGE_SHIFT, (uint64_t)l->list[i].pages << JL_PAGE_SHIFT);
    jl_mem_unlock(mem);
}

/* ---- mappings ---- */

static int map_locked(struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned prot, int fd, uint64_t off,
                      bool shared) {
    int flags = MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE) | (fd < 0 ? MAP_ANONYMOUS : 0) | MAP_NORESERVE;
    if (mmap(mem->base + addr, len, host_prot(prot), flags, fd, (off_t)off) == MAP_FAILED)
        return -errno;
    if (shared)
        __atomic_store_n(&mem->parallel, true, __ATOMIC_SEQ_CST);
    forget_aliases(mem, addr >> JL_PAGE_SHIFT, (uint32_t)(len >> JL_PAGE_SHIFT));
    note_file(mem, addr, len, fd, off, shared);
    set_pages(mem, addr, len, prot | JL_PAGE_MAPPED | (shared ? JL_PAGE_SHARED : 0) | (fd < 0 ? 0 : JL_PAGE_FILE));
    notify(mem, addr, len);
    return 0;
}

int jl_mem_map(struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned prot, int fd, uint64_t off, bool shared) {
    if (!range_ok(addr, len))
        return -EINVAL;
    jl_mem_lock(mem);
    int r = map_locked(mem, addr, len, prot, fd, off, shared);
    unlock_changed(mem);
    return r;
}

static int unmap_locked(struct jl_mem *mem, uint32_t addr, uint64_t len) {
    if (mmap(mem->base + addr, len, PROT_NONE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) ==
        MAP_FAILED)
        return -errno;
    forget_aliases(mem, addr >> JL_PAGE_SHIFT, (uint32_t)(len >> JL_PAGE_SHIFT));
    set_pages(mem, addr, len, 0);
    notify(mem, addr, len);
    return 0;
}

int jl_mem_unmap(struct jl_mem *mem, uint32_t addr, uint64_t len) {
    if (!range_ok(addr, len))
        return -EINVAL;
    jl_mem_lock(mem);
    int r = unmap_locked(mem, addr, len);
    unlock_changed(mem);
    return r;
}

static int attach_locked(struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned prot, int id) {
    uint32_t page = addr >> JL_PAGE_SHIFT, pages = (uint32_t)(len >> JL_PAGE_SHIFT);
    if (shmat(id, mem->base + addr, SHM_REMAP | (prot & JL_PAGE_W ? 0 : SHM_RDONLY)) == (void *)-1)
        return -errno;
    forget_aliases(mem, page, pages);
    remember_alias(mem, (struct alias){page, pages, SEGMENTS, (uint32_t)id, 0, true});
    set_pages(mem, addr, len, prot | JL_PAGE_MAPPED | JL_PAGE_SHARED);
    notify(mem, addr, len);
    return 0;
}

int jl_mem_attach(struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned prot, int id) {
    if (!range_ok(addr, len))
        return -EINVAL;
    jl_mem_lock(mem);
    int r = attach_locked(mem, addr, len, prot, id);
    unlock_changed(mem);
    return r;
}

/* Parts of a segment may have been unmapped or replaced: whatever is left of what began at addr goes. */
int64_t jl_mem_detach(struct jl_mem *mem, uint32_t addr) {
    struct jl_alias_list *l = mem->aliases;
    int64_t bytes = -EINVAL;
    jl_mem_lock(mem);
    for (unsigned i = 0; i < l->count; i++) {
        const struct alias a = l->list[i];
        if (addr & (JL_PAGE - 1) || a.dev != SEGMENTS || a.page - a.first != addr >> JL_PAGE_SHIFT)
            continue;
        uint64_t len = (uint64_t)a.pages << JL_PAGE_SHIFT;
        if (unmap_locked(mem, a.page << JL_PAGE_SHIFT, len) < 0)
            break;
        bytes = (bytes < 0 ? 0 : bytes) + (int64_t)len;
        i = UINT32_MAX; /* the list has changed: from its beginning */
    }
    unlock_changed(mem);
    return bytes;
}

static int protect_locked(struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned prot) {
    if (mprotect(mem->base + addr, len, host_prot(prot)) < 0)
        return -errno;
    for (uint64_t p = addr >> JL_PAGE_SHIFT; p < (addr + len) >> JL_PAGE_SHIFT; p++)
        set_page(mem, p, prot | JL_PAGE_MAPPED | (mem->page[p] & (JL_PAGE_SHARED | JL_PAGE_FILE)));
    notify(mem, addr, len);
    return 0;
}

int jl_mem_protect(struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned prot) {
    if (!range_ok(addr, len))
        return -EINVAL;
    jl_mem_lock(mem);
    int r = protect_locked(mem, addr, len, prot);
    unlock_changed(mem);
    return r;
}

static int discard_locked(struct jl_mem *mem, uint32_t addr, uint64_t len) {
    if (madvise(mem->base + addr, len, MADV_DONTNEED) < 0)
        return -errno;
    notify(mem, addr, len);
    return 0;
}

int jl_mem_discard(struct jl_mem *mem, uint32_t addr, uint64_t len) {
    if (!range_ok(addr, len))
        return -EINVAL;
    jl_mem_lock(mem);
    int r = discard_locked(mem, addr, len);
    unlock_changed(mem);
    return r;
}

static int move_locked(struct jl_mem *mem, uint32_t addr, uint64_t len, uint32_t new_addr, uint64_t new_len) {
    uint32_t from = addr >> JL_PAGE_SHIFT, to = new_addr >> JL_PAGE_SHIFT;
    for (uint32_t p = 0; p < len >> JL_PAGE_SHIFT; p++)
        if (mem->page[from + p] & JL_PAGE_GUARD)
            jl_mem_guard(mem, from + p, false);
    if (mremap(mem->base + addr, len, new_len, MREMAP_MAYMOVE | MREMAP_FIXED, mem->base + new_addr) == MAP_FAILED)
        return -errno;
    for (uint32_t p = 0; p < new_len >> JL_PAGE_SHIFT; p++) /* what is added is like the last page */
        set_page(mem, to + p,
                 mem->page[from + (p < len >> JL_PAGE_SHIFT ? p : (len >> JL_PAGE_SHIFT) - 1)] &
                     ~(unsigned)(JL_PAGE_CODE | JL_PAGE_GUARD));
    move_aliases(mem, from, to, (uint32_t)(len >> JL_PAGE_SHIFT));
    notify(mem, new_addr, new_len);
    return unmap_locked(mem, addr, len);
}

int jl_mem_move(struct jl_mem *mem, uint32_t addr, uint64_t len, uint32_t new_addr, uint64_t new_len) {
    if (!range_ok(addr, len) || !range_ok(new_addr, new_len) || new_len < len)
        return -EINVAL;
    jl_mem_lock(mem);
    int r = move_locked(mem, addr, len, new_addr, new_len);
    unlock_changed(mem);
    return r;
}

void jl_mem_guard(struct jl_mem *mem, uint32_t page, bool on) {
    jl_mem_lock(mem);
    unsigned flags = mem->page[page], prot = flags & (JL_PAGE_R | JL_PAGE_W | JL_PAGE_X);
    set_page(mem, page, on ? flags | JL_PAGE_GUARD : flags & ~(unsigned)JL_PAGE_GUARD);
    if (prot & JL_PAGE_W)
        mprotect(mem->base + ((uint64_t)page << JL_PAGE_SHIFT), JL_PAGE, host_prot(prot) & (on ? ~PROT_WRITE : ~0));
    jl_mem_unlock(mem);
}

/* ---- accesses from C ---- */

bool jl_mem_ok(const struct jl_mem *mem, uint32_t addr, uint64_t len, unsigned need) {
    if (!len)
        return true;
    if (addr + len > SPACE)
        return false;
    for (uint64_t p = addr >> JL_PAGE_SHIFT; p <= (addr + len - 1) >> JL_PAGE_SHIFT; p++)
        if (!jl_page_has(mem, (uint32_t)(p << JL_PAGE_SHIFT), need))
            return false;
    return true;
}

bool jl_mem_backed(const struct jl_mem *mem, uint32_t addr) {
    uint8_t v;
    return jl_try_load8(mem->base + addr, &v);
}

/* Every page of a range that jl_mem_ok has passed; only those of files can be without contents. */
static bool all_backed(const struct jl_mem *mem, uint32_t addr, uint64_t len) {
    for (uint64_t p = addr >> JL_PAGE_SHIFT; len && p <= (addr + len - 1) >> JL_PAGE_SHIFT; p++) {
        uint32_t a = (uint32_t)(p << JL_PAGE_SHIFT);
        if (jl_page_has(mem, a, JL_PAGE_FILE) && !jl_mem_backed(mem, a))
            return false;
    }
    return true;
}

const void *jl_mem_readable(const struct jl_mem *mem, uint32_t addr, uint64_t len) {
    return jl_mem_ok(mem, addr, len, JL_PAGE_R) && all_backed(mem, addr, len) ? mem->base + addr : NULL;
}

/* Says that [addr, addr+len) is about to be written, if translated code stands there. */
static void report_write(struct jl_mem *mem, uint32_t addr, uint64_t len) {
    for (uint64_t p = addr >> JL_PAGE_SHIFT; len && p <= (addr + len - 1) >> JL_PAGE_SHIFT; p++) {
        if (jl_page_has(mem, (uint32_t)p << JL_PAGE_SHIFT, JL_PAGE_CODE)) {
            jl_mem_code_write(mem, addr, len);
            return;
        }
    }
}

void *jl_mem_writable(struct jl_mem *mem, uint32_t addr, uint64_t len) {
    if (!jl_mem_ok(mem, addr, len, JL_PAGE_W) || !all_backed(mem, addr, len))
        return NULL;
    report_write(mem, addr, len);
    return mem->base + addr;
}

void *jl_mem_writable_force(struct jl_mem *mem, uint32_t addr, uint64_t len) {
    if (addr + len > SPACE)
        return NULL;
    report_write(mem, addr, len);
    uint64_t first = addr & ~(uint64_t)(JL_PAGE - 1), end = (addr + len + JL_PAGE - 1) & ~(uint64_t)(JL_PAGE - 1);
    return mprotect(mem->base + first, end - first, PROT_READ | PROT_WRITE) < 0 ? NULL : mem->base + addr;
}

int64_t jl_mem_strlen(const struct jl_mem *mem, uint32_t addr, uint64_t max) {
    for (uint64_t n = 0; n <= max; n++) {
        uint32_t a = addr + (uint32_t)n;
        if ((n == 0 || !(a & (JL_PAGE - 1))) && (!jl_page_has(mem, a, JL_PAGE_R) || !jl_mem_backed(mem, a)))
            return -1;
        if (!mem->base[a])
            return (int64_t)n;
    }
    return -1;
}

bool jl_mem_fetch(const struct jl_mem *mem, uint32_t addr, uint32_t *word) {
    uint32_t v;
    if (addr & 3 || !(jl_page_flags(mem, addr) & (JL_PAGE_R | JL_PAGE_X)) || !jl_try_load32(mem->base + addr, &v))
        return false;
    *word = jl_mem_word(mem, v);
    return true;
}

/* From what stands in memory to its value, and back. */
static uint64_t ordered(const struct jl_mem *mem, uint64_t v, unsigned size) {
    if (mem->swap_words)
        return __builtin_bswap64(v) >> (64 - 8 * size);
    return mem->flip && size == 8 ? jl_mem_exchange(v) : v;
}

bool jl_mem_load(struct jl_mem *mem, uint32_t addr, unsigned size, uint64_t *value) {
    const uint8_t *at = mem->base + jl_mem_spot(mem, addr, size);
    uint64_t v = 0;
    uint32_t v4 = 0;
    uint16_t v2 = 0;
    uint8_t v1 = 0;
    if (!jl_page_has(mem, addr, JL_PAGE_R) || !jl_page_has(mem, addr + size - 1, JL_PAGE_R) || addr + size < addr)
        return false;
    if (mem->flip && addr & (size - 1)) { /* byte by byte */
        for (unsigned i = 0; i < size; i++, v = v << 8 | v1)
            if (!jl_try_load8(mem->base + jl_mem_spot(mem, addr + i, 1), &v1))
                return false;
        *value = v;
        return true;
    }
    if (!(size == 8   ? jl_try_load64(at, &v)
          : size == 4 ? jl_try_load32(at, &v4)
          : size == 2 ? jl_try_load16(at, &v2)
                      : jl_try_load8(at, &v1)))
        return false;
    *value = ordered(mem, v | v4 | v2 | v1, size);
    return true;
}

/* Another thread may have translated the old bytes again between the report and the write. */
static void report_again(struct jl_mem *mem, uint32_t addr, unsigned size) {
    if (!jl_mem_shared(mem))
        return;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    report_write(mem, addr, size);
}

static bool store_bytes(struct jl_mem *mem, uint32_t addr, unsigned size, uint64_t value) {
    for (unsigned i = size; i-- > 0; value >>= 8)
        if (!jl_try_store8(mem->base + jl_mem_spot(mem, addr + i, 1), (uint8_t)value))
            return false;
    return true;
}

static bool store_value(uint8_t *at, unsigned size, uint64_t value) {
    return size == 8   ? jl_try_store64(at, value)
           : size == 4 ? jl_try_store32(at, (uint32_t)value)
           : size == 2 ? jl_try_store16(at, (uint16_t)value)
                       : jl_try_store8(at, (uint8_t)value);
}

bool jl_mem_store(struct jl_mem *mem, uint32_t addr, unsigned size, uint64_t value) {
    uint8_t *at = mem->base + jl_mem_spot(mem, addr, size);
    if (!jl_page_has(mem, addr, JL_PAGE_W) || !jl_page_has(mem, addr + size - 1, JL_PAGE_W) || addr + size < addr)
        return false;
    if ((jl_page_flags(mem, addr) | jl_page_flags(mem, addr + size - 1)) & JL_PAGE_CODE)
        report_write(mem, addr, size);
    bool done = mem->flip && addr & (size - 1) ? store_bytes(mem, addr, size, value)
                                               : store_value(at, size, ordered(mem, value, size));
    if (!done)
        return false;
    report_again(mem, addr, size);
    return true;
}

void jl_mem_put(const struct jl_mem *mem, uint8_t *page, uint32_t offset, unsigned size, uint64_t value) {
    uint64_t v = ordered(mem, value, size);
    memcpy(page + jl_mem_spot(mem, offset, size), &v, size);
}

bool jl_mem_swap32(struct jl_mem *mem, uint32_t addr, uint32_t expect, uint32_t value, bool *done) {
    if (jl_page_has(mem, addr, JL_PAGE_CODE))
        report_write(mem, addr, 4);
    if (!jl_try_swap32(mem->base + addr, jl_mem_word(mem, expect), jl_mem_word(mem, value), done))
        return false;
    if (*done)
        report_again(mem, addr, 4);
    return true;
}
