/* brk, mmap and their family. Placement is deterministic: from the top downwards, below the stack. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guests/linux/thread.h"

enum { G_PROT_READ = 1, G_PROT_WRITE = 2, G_PROT_EXEC = 4, G_MAP_SHARED = 1, G_MAP_FIXED = 0x10, G_MAP_ANON = 0x800 };
enum { LOWEST = 0x10000, HIGHEST = 0x7fff8000 };

static uint32_t round_up(uint32_t n) {
    return (n + JL_PAGE - 1) & ~(uint32_t)(JL_PAGE - 1);
}

static unsigned page_prot(uint32_t prot) {
    return (prot & G_PROT_READ ? JL_PAGE_R : 0) | (prot & G_PROT_WRITE ? JL_PAGE_W | JL_PAGE_R : 0) |
           (prot & G_PROT_EXEC ? JL_PAGE_X | JL_PAGE_R : 0);
}

/* True when the limit allows len more bytes; at the limit the run ends with one line. */
static bool within_limit(struct jl_process *p, uint64_t len) {
    if (!p->options.max_memory || p->mapped + len <= p->options.max_memory)
        return true;
    if (jl_process_end(p, JL_END_LIMIT, 0))
        snprintf(p->end.why, sizeof p->end.why, "memory limit reached");
    return false;
}

int64_t jl_sys_brk(struct jl_process *p, const struct jl_args *args) {
    uint32_t want = args->a[0], old = round_up(p->brk), now = round_up(want);
    if (want < p->brk_start || now > 0x70000000 || now < want)
        return p->brk;
    if (now > old) {
        for (uint32_t page = old; page < now; page += JL_PAGE)
            if (p->mem->page[page >> JL_PAGE_SHIFT])
                return p->brk;
        if (!within_limit(p, now - old) || jl_mem_map(p->mem, old, now - old, JL_PAGE_R | JL_PAGE_W, -1, 0, false) < 0)
            return p->brk;
        p->mapped += now - old;
    } else if (now < old) {
        jl_mem_unmap(p->mem, now, old - now);
        p->mapped -= old - now;
    }
    return p->brk = want;
}

static bool is_free(const struct jl_process *p, uint32_t addr, uint32_t len) {
    for (uint32_t page = addr >> JL_PAGE_SHIFT; page < (addr + len) >> JL_PAGE_SHIFT; page++)
        if (p->mem->page[page])
            return false;
    return true;
}

/* The highest free range below mmap_top. */
static uint32_t find_room(struct jl_process *p, uint32_t len) {
    uint32_t run = 0;
    for (uint32_t page = p->mmap_top >> JL_PAGE_SHIFT; page-- > LOWEST >> JL_PAGE_SHIFT;) {
        run = p->mem->page[page] ? 0 : run + JL_PAGE;
        if (run >= len)
            return page << JL_PAGE_SHIFT;
    }
    return 0;
}

static int64_t map(struct jl_process *p, const struct jl_args *a, uint64_t offset) {
    uint32_t addr = a->a[0], len = round_up(a->a[1]), flags = a->a[3];
    int fd = flags & G_MAP_ANON ? -1 : (int)a->a[4];
    if (!len || a->a[1] > HIGHEST || offset & (JL_PAGE - 1))
        return -EINVAL;
    if (flags & G_MAP_FIXED) {
        if (addr & (JL_PAGE - 1) || addr < LOWEST || (uint64_t)addr + len > HIGHEST)
            return -EINVAL;
    } else {
        addr &= ~(uint32_t)(JL_PAGE - 1);
        if (addr < LOWEST || (uint64_t)addr + len > HIGHEST || !is_free(p, addr, len))
            addr = find_room(p, len);
        if (!addr)
            return -ENOMEM;
    }
    if (fd >= 0 && (fd >= JL_LINUX_FDS || !p->fd_open[fd]))
        return -EBADF;
    if (!within_limit(p, len))
        return -ENOMEM;
    int r = jl_mem_map(p->mem, addr, len, page_prot(a->a[2]), fd, offset, flags & G_MAP_SHARED);
    if (r == 0)
        p->mapped += len;
    return r < 0 ? r : (int64_t)addr;
}

int64_t jl_sys_mmap(struct jl_process *p, const struct jl_args *args) {
    return map(p, args, args->a[5]);
}
int64_t jl_sys_mmap2(struct jl_process *p, const struct jl_args *args) {
    return map(p, args, (uint64_t)args->a[5] << 12);
}

int64_t jl_sys_munmap(struct jl_process *p, const struct jl_args *args) {
    uint32_t len = round_up(args->a[1]);
    int r = jl_mem_unmap(p->mem, args->a[0], len);
    if (r == 0)
        p->mapped -= len < p->mapped ? len : p->mapped;
    return r;
}

int64_t jl_sys_mprotect(struct jl_process *p, const struct jl_args *args) {
    uint32_t len = round_up(args->a[1]);
    if (!len)
        return 0;
    for (uint64_t a = args->a[0]; a < (uint64_t)args->a[0] + len; a += JL_PAGE)
        if (!p->mem->page[(uint32_t)a >> JL_PAGE_SHIFT] && is_free(p, (uint32_t)a, JL_PAGE) &&
            (args->a[0] & (JL_PAGE - 1)))
            return -EINVAL;
    return jl_mem_protect(p->mem, args->a[0], len, page_prot(args->a[2]));
}

int64_t jl_sys_mremap(struct jl_process *p, const struct jl_args *args) {
    uint32_t addr = args->a[0], old = round_up(args->a[1]), now = round_up(args->a[2]);
    bool may_move = args->a[3] & 1, fixed = args->a[3] & 2;
    if (!old || !now || addr & (JL_PAGE - 1) || fixed)
        return -EINVAL;
    unsigned prot = p->mem->page[addr >> JL_PAGE_SHIFT] & (JL_PAGE_R | JL_PAGE_W | JL_PAGE_X);
    if (now <= old) {
        if (now < old)
            jl_mem_unmap(p->mem, addr + now, old - now);
        return addr;
    }
    if (!within_limit(p, now - old))
        return -ENOMEM;
    p->mapped += now - old;
    if ((uint64_t)addr + now < HIGHEST && is_free(p, addr + old, now - old))
        return jl_mem_map(p->mem, addr + old, now - old, prot, -1, 0, false) < 0 ? -ENOMEM : (int64_t)addr;
    uint32_t to = may_move ? find_room(p, now) : 0;
    if (!to || jl_mem_move(p->mem, addr, to, old) < 0 ||
        jl_mem_map(p->mem, to + old, now - old, prot, -1, 0, false) < 0)
        return -ENOMEM;
    return to;
}

int64_t jl_sys_madvise(struct jl_process *p, const struct jl_args *args) {
    enum { G_MADV_DONTNEED = 4 };
    uint32_t len = round_up(args->a[1]);
    if (args->a[2] == G_MADV_DONTNEED && len && jl_mem_ok(p->mem, args->a[0], len, JL_PAGE_W)) {
        unsigned prot = p->mem->page[args->a[0] >> JL_PAGE_SHIFT] & 7;
        if (!(p->mem->page[args->a[0] >> JL_PAGE_SHIFT] & JL_PAGE_SHARED))
            return jl_mem_map(p->mem, args->a[0], len, prot, -1, 0, false);
    }
    return 0;
}

int64_t jl_sys_cacheflush(struct jl_process *p, const struct jl_args *args) {
    (void)p;
    jl_machine_cacheflush(jl_self()->machine, args->a[0], args->a[1]);
    return 0;
}

int64_t jl_sys_sysmips(struct jl_process *p, const struct jl_args *args) {
    enum { FLUSH_CACHE = 3, MIPS_FIXADE = 7 };
    (void)p;
    if (args->a[0] == FLUSH_CACHE) {
        jl_machine_cacheflush(jl_self()->machine, 0, 0x7fffffff);
        return 0;
    }
    if (args->a[0] == MIPS_FIXADE) {
        struct jl_cpu *cpu = jl_self()->cpu;
        cpu->mode = (cpu->mode & ~(uint32_t)JL_MODE_ALIGN_FIX) | (args->a[1] & 1 ? JL_MODE_ALIGN_FIX : 0);
        jl_machine_cacheflush(jl_self()->machine, 0, 0x7fffffff);
        return 0;
    }
    return -EINVAL;
}
