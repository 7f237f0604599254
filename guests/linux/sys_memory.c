/* brk, mmap and their family. Placement is deterministic: from the top downwards, below the stack. */
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#include "guests/linux/thread.h"

enum { G_PROT_READ = 1, G_PROT_WRITE = 2, G_PROT_EXEC = 4 };
enum { G_MAP_SHARED = 1, G_MAP_TYPE = 0xf, G_MAP_FIXED = 0x10, G_MAP_ANON = 0x800, G_MAP_FIXED_NOREPLACE = 0x100000 };
enum { LOWEST = 0x10000, HIGHEST = 0x7fff8000, BRK_END = 0x70000000, PROTECTION = JL_PAGE_R | JL_PAGE_W | JL_PAGE_X };

static uint32_t round_up(uint32_t n) {
    return (n + JL_PAGE - 1) & ~(uint32_t)(JL_PAGE - 1);
}

static unsigned page_prot(uint32_t prot) {
    return (prot & G_PROT_READ ? JL_PAGE_R : 0) | (prot & G_PROT_WRITE ? JL_PAGE_W | JL_PAGE_R : 0) |
           (prot & G_PROT_EXEC ? JL_PAGE_X | JL_PAGE_R : 0);
}

/* True when [addr, addr+len) is a page-aligned range of the user's half; len is already rounded. */
static bool in_range(uint32_t addr, uint32_t len) {
    return len && !(addr & (JL_PAGE - 1)) && (uint64_t)addr + len <= HIGHEST;
}

static bool all_mapped(const struct jl_process *p, uint32_t addr, uint32_t len) {
    return jl_mem_ok(p->mem, addr, len, JL_PAGE_MAPPED);
}

/* How many bytes of the range are mapped. */
static uint64_t mapped_in(const struct jl_process *p, uint32_t addr, uint32_t len) {
    uint64_t n = 0;
    for (uint32_t page = addr >> JL_PAGE_SHIFT; page < ((uint64_t)addr + len) >> JL_PAGE_SHIFT; page++)
        n += jl_page_flags(p->mem, page << JL_PAGE_SHIFT) ? JL_PAGE : 0;
    return n;
}

/* True when the limit allows len more bytes; at the limit the run ends with one line. */
static bool within_limit(struct jl_process *p, uint64_t len) {
    if (!p->options.max_memory || p->mapped + len <= p->options.max_memory)
        return true;
    if (jl_process_end(p, JL_END_LIMIT, 0))
        snprintf(p->end.why, sizeof p->end.why, "memory limit reached");
    return false;
}

static void count_unmapped(struct jl_process *p, uint64_t len) {
    p->mapped -= len < p->mapped ? len : p->mapped;
}

int64_t jl_sys_brk(struct jl_process *p, const struct jl_args *args) {
    uint32_t want = args->a[0], old = round_up(p->brk), now = round_up(want);
    if (want < p->brk_start || now > BRK_END || now < want)
        return p->brk;
    if (now > old) {
        if (mapped_in(p, old, now - old) || !within_limit(p, now - old) ||
            jl_mem_map(p->mem, old, now - old, JL_PAGE_R | JL_PAGE_W, -1, 0, false) < 0)
            return p->brk;
        p->mapped += now - old;
    } else if (now < old) {
        jl_mem_unmap(p->mem, now, old - now);
        count_unmapped(p, old - now);
    }
    return p->brk = want;
}

uint32_t jl_memory_room(struct jl_process *p, uint32_t len) {
    uint32_t run = 0;
    len = round_up(len);
    for (uint32_t page = p->mmap_top >> JL_PAGE_SHIFT; page-- > LOWEST >> JL_PAGE_SHIFT;) {
        run = jl_page_flags(p->mem, page << JL_PAGE_SHIFT) ? 0 : run + JL_PAGE;
        if (run >= len)
            return page << JL_PAGE_SHIFT;
    }
    return 0;
}

/* Where a mapping goes, or a negated errno. */
static int64_t place(struct jl_process *p, uint32_t addr, uint32_t len, uint32_t flags) {
    if (flags & (G_MAP_FIXED | G_MAP_FIXED_NOREPLACE)) {
        if (!in_range(addr, len))
            return (uint64_t)addr + len > HIGHEST ? -ENOMEM : -EINVAL;
        if (addr < LOWEST)
            return -EPERM;
        return flags & G_MAP_FIXED_NOREPLACE && mapped_in(p, addr, len) ? -EEXIST : (int64_t)addr;
    }
    addr &= ~(uint32_t)(JL_PAGE - 1);
    if (addr < LOWEST || !in_range(addr, len) || mapped_in(p, addr, len))
        addr = jl_memory_room(p, len);
    return addr ? (int64_t)addr : -ENOMEM;
}

static int64_t map(struct jl_process *p, const struct jl_args *a, uint64_t offset) {
    uint32_t len = round_up(a->a[1]), flags = a->a[3];
    bool shared = flags & G_MAP_SHARED; /* MAP_SHARED_VALIDATE is 3 */
    int fd = -1;
    if (!len || a->a[1] > HIGHEST || offset & (JL_PAGE - 1) || !(flags & G_MAP_TYPE))
        return a->a[1] > HIGHEST ? -ENOMEM : -EINVAL;
    if (!(flags & G_MAP_ANON) && (fd = jl_fd(p, a->a[4])) < 0)
        return -EBADF;
    int64_t addr = place(p, a->a[0], len, flags);
    if (addr < 0)
        return addr;
    uint64_t replaced = mapped_in(p, (uint32_t)addr, len);
    if (!within_limit(p, len - replaced))
        return -ENOMEM;
    int r = jl_mem_map(p->mem, (uint32_t)addr, len, page_prot(a->a[2]), fd, offset, shared);
    if (r == 0)
        p->mapped += len - replaced;
    return r < 0 ? r : addr;
}

int64_t jl_sys_mmap(struct jl_process *p, const struct jl_args *args) {
    return map(p, args, args->a[5]);
}
int64_t jl_sys_mmap2(struct jl_process *p, const struct jl_args *args) {
    return map(p, args, (uint64_t)args->a[5] << 12);
}

int64_t jl_sys_munmap(struct jl_process *p, const struct jl_args *args) {
    uint32_t len = round_up(args->a[1]);
    if (!in_range(args->a[0], len))
        return -EINVAL;
    uint64_t gone = mapped_in(p, args->a[0], len);
    int r = gone ? jl_mem_unmap(p->mem, args->a[0], len) : 0;
    if (r == 0)
        count_unmapped(p, gone);
    return r;
}

/* The whole pages that the first two arguments name: their length, which may be 0, or an error. */
static int64_t mapped_pages(struct jl_process *p, const struct jl_args *args) {
    uint32_t len = round_up(args->a[1]);
    if (args->a[0] & (JL_PAGE - 1))
        return -EINVAL;
    return !len || (in_range(args->a[0], len) && all_mapped(p, args->a[0], len)) ? (int64_t)len : -ENOMEM;
}

int64_t jl_sys_mprotect(struct jl_process *p, const struct jl_args *args) {
    int64_t len = mapped_pages(p, args);
    if (len <= 0)
        return len;
    return jl_mem_protect(p->mem, args->a[0], (uint64_t)len, page_prot(args->a[2]));
}

/* ---- System V shared memory ---- */

enum { G_SHM_RDONLY = 010000, G_SHM_RND = 020000, G_SHM_REMAP = 040000, G_SHM_EXEC = 0100000, SHMLBA = 0x40000 };

/* Segments lie at multiples of SHMLBA, which a caller may rely on. */
static int64_t place_segment(struct jl_process *p, uint32_t addr, uint32_t len, uint32_t flags) {
    if (!addr) {
        if (flags & G_SHM_REMAP)
            return -EINVAL;
        uint32_t room = len > HIGHEST - SHMLBA ? 0 : jl_memory_room(p, len + SHMLBA);
        return room ? (int64_t)((room + SHMLBA - 1) & ~(uint32_t)(SHMLBA - 1)) : -ENOMEM;
    }
    if (flags & G_SHM_RND)
        addr &= ~(uint32_t)(SHMLBA - 1);
    if (addr & (SHMLBA - 1) || !in_range(addr, len) || addr < LOWEST)
        return -EINVAL;
    return !(flags & G_SHM_REMAP) && mapped_in(p, addr, len) ? -EINVAL : (int64_t)addr;
}

static int64_t attach_segment(struct jl_process *p, int id, uint32_t want, uint32_t len, uint32_t flags) {
    unsigned prot = JL_PAGE_R | (flags & G_SHM_RDONLY ? 0 : JL_PAGE_W) | (flags & G_SHM_EXEC ? JL_PAGE_X : 0);
    int64_t addr = place_segment(p, want, len, flags);
    if (addr < 0)
        return addr;
    uint64_t replaced = mapped_in(p, (uint32_t)addr, len);
    if (!within_limit(p, len - replaced))
        return -ENOMEM;
    int r = jl_mem_attach(p->mem, (uint32_t)addr, len, prot, id);
    if (r == 0)
        p->mapped += len - replaced;
    return r < 0 ? r : addr;
}

int64_t jl_memory_attach(struct jl_process *p, int id, uint32_t addr, uint32_t len, uint32_t flags) {
    pthread_mutex_lock(&p->map_lock);
    int64_t r = round_up(len) < len ? -ENOMEM : attach_segment(p, id, addr, round_up(len), flags);
    pthread_mutex_unlock(&p->map_lock);
    return r;
}

int64_t jl_memory_detach(struct jl_process *p, uint32_t addr) {
    pthread_mutex_lock(&p->map_lock);
    int64_t r = jl_mem_detach(p->mem, addr);
    if (r > 0)
        count_unmapped(p, (uint64_t)r);
    pthread_mutex_unlock(&p->map_lock);
    return r > 0 ? 0 : r;
}

/* ---- mremap ---- */

/* True when the mapping can be made larger where it is: anonymous private memory followed by free pages. The host would
 * have to extend any other kind, and what follows in its address space is always taken. */
static bool grows_in_place(const struct jl_process *p, uint32_t addr, uint32_t old, uint32_t now) {
    return !(jl_page_flags(p->mem, addr) & (JL_PAGE_SHARED | JL_PAGE_FILE)) && in_range(addr, now) &&
           !mapped_in(p, addr + old, now - old);
}

int64_t jl_sys_mremap(struct jl_process *p, const struct jl_args *args) {
    enum { MAY_MOVE = 1, FIXED = 2 };
    uint32_t addr = args->a[0], old = round_up(args->a[1]), now = round_up(args->a[2]), flags = args->a[3];
    uint32_t to = args->a[4];
    if (!old || !now || addr & (JL_PAGE - 1) || flags & ~3u || (flags & FIXED && !(flags & MAY_MOVE)))
        return -EINVAL;
    if (!in_range(addr, old) || !all_mapped(p, addr, old))
        return -EFAULT;
    if (flags & FIXED) {
        if (!in_range(to, now) || ((uint64_t)to < (uint64_t)addr + old && addr < (uint64_t)to + now))
            return -EINVAL;
    }
    if (now > old && !within_limit(p, now - old))
        return -ENOMEM;
    if (now < old) {
        jl_mem_unmap(p->mem, addr + now, old - now);
        count_unmapped(p, old - now);
        old = now;
    }
    unsigned prot = jl_page_flags(p->mem, addr) & PROTECTION;
    if (flags & FIXED)
        count_unmapped(p, mapped_in(p, to, now));
    else if (now == old)
        return addr;
    else if (grows_in_place(p, addr, old, now)) {
        if (jl_mem_map(p->mem, addr + old, now - old, prot, -1, 0, false) < 0)
            return -ENOMEM;
        p->mapped += now - old;
        return addr;
    } else
        to = flags & MAY_MOVE ? jl_memory_room(p, now) : 0;
    if (!to || jl_mem_move(p->mem, addr, old, to, now) < 0)
        return -ENOMEM;
    p->mapped += now - old;
    return to;
}

/* ---- advice and synchronisation ---- */

int64_t jl_sys_madvise(struct jl_process *p, const struct jl_args *args) {
    enum { G_MADV_DONTNEED = 4 };
    uint32_t addr = args->a[0], len = round_up(args->a[1]);
    if (addr & (JL_PAGE - 1))
        return -EINVAL;
    if (!len)
        return 0;
    if (!in_range(addr, len) || !all_mapped(p, addr, len))
        return -ENOMEM;
    if (args->a[2] != G_MADV_DONTNEED) /* all other advice may be ignored */
        return 0;
    return jl_mem_discard(p->mem, addr, len);
}

int64_t jl_sys_msync(struct jl_process *p, const struct jl_args *args) {
    int64_t len = mapped_pages(p, args);
    if (len <= 0)
        return len;
    return jl_result(msync(p->mem->base + args->a[0], (size_t)len, (int)args->a[2]));
}

/* mlock and munlock: nothing of the guest's is ever swapped out on purpose. */
int64_t jl_sys_mlock(struct jl_process *p, const struct jl_args *args) {
    uint32_t addr = args->a[0] & ~(uint32_t)(JL_PAGE - 1), len = round_up(args->a[1] + (args->a[0] - addr));
    return all_mapped(p, addr, len) ? 0 : -ENOMEM;
}

int64_t jl_sys_mincore(struct jl_process *p, const struct jl_args *args) {
    uint32_t len = round_up(args->a[1]);
    uint8_t *out = jl_mem_writable(p->mem, args->a[2], len >> JL_PAGE_SHIFT);
    if (!len || args->a[0] & (JL_PAGE - 1))
        return len ? -EINVAL : 0;
    if (!in_range(args->a[0], len) || !all_mapped(p, args->a[0], len))
        return -ENOMEM;
    if (!out)
        return -EFAULT;
    return jl_result(mincore(p->mem->base + args->a[0], len, out));
}

/* ---- code ---- */

int64_t jl_sys_cacheflush(struct jl_process *p, const struct jl_args *args) {
    (void)p;
    jl_machine_cacheflush(jl_self()->machine, args->a[0], args->a[1]);
    return 0;
}

int64_t jl_sys_sysmips(struct jl_process *p, const struct jl_args *args) {
    enum { FLUSH_CACHE = 3, MIPS_FIXADE = 7 };
    struct jl_cpu *cpu = jl_self()->cpu;
    (void)p;
    if (args->a[0] == FLUSH_CACHE) {
        jl_machine_cacheflush(jl_self()->machine, 0, 0x7fffffff);
        return 0;
    }
    if (args->a[0] == MIPS_FIXADE) {
        cpu->mode = (cpu->mode & ~(uint32_t)JL_MODE_ALIGN_FIX) | (args->a[1] & 1 ? JL_MODE_ALIGN_FIX : 0);
        jl_machine_cacheflush(jl_self()->machine, 0, 0x7fffffff);
        return 0;
    }
    return -EINVAL;
}
