/* Writing perf's jitdump format, version 1 (linux/tools/perf/Documentation/jitdump-specification.txt): a header, then
 * records, each with its size and a CLOCK_MONOTONIC time. perf learns of the file by a mapping of its first page that
 * is executable, made once and kept. Code that later replaces other code at the same address (after a flush) is told
 * apart by time. */
#include "jit/runtime/jitdump.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "jit/runtime/cache.h"
#include "jit/runtime/listing.h"
#include "jit/util/clock.h"

enum { MAGIC = 0x4a695444, VERSION = 1 };
enum { CODE_LOAD = 0, CODE_DEBUG_INFO = 2, CODE_CLOSE = 3 };

struct file_header {
    uint32_t magic, version, total_size, elf_mach, pad1, pid;
    uint64_t timestamp, flags;
};
struct record {
    uint32_t id, total_size;
    uint64_t timestamp;
};
struct code_load {
    struct record head;
    uint32_t pid, tid;
    uint64_t vma, code_addr, code_size, code_index; /* name with its 0, then the code, follow */
};
struct debug_info {
    struct record head;
    uint64_t code_addr, nr_entry; /* entries follow */
};
struct debug_entry {
    uint64_t code_addr;
    uint32_t line, discriminator; /* file name with its 0 follows */
};

struct jl_jitdump {
    FILE *file;
    void *marker;
    size_t marker_size;
    uint64_t index; /* of the next piece of code; each has its own */
    struct jl_listing listing;
};

/* Line records go in front of the code they are about. */
static void write_lines(struct jl_jitdump *d, const struct jl_region *r, const uint8_t *code, const uint8_t *end) {
    size_t path = strlen(d->listing.path) + 1;
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->nmap; i++)
        n += r->map[i].host >= code && r->map[i].host < end;
    if (!n)
        return;
    struct debug_info info = {
        {CODE_DEBUG_INFO, (uint32_t)(sizeof info + n * (sizeof(struct debug_entry) + path)), jl_now_ns()},
        (uint64_t)(uintptr_t)code,
        n};
    fwrite(&info, sizeof info, 1, d->file);
    for (uint32_t i = 0; i < r->nmap; i++) {
        const struct jl_map_entry *e = &r->map[i];
        if (e->host < code || e->host >= end)
            continue;
        struct debug_entry entry = {(uint64_t)(uintptr_t)e->host, jl_listing_line(&d->listing, r, e->guest_pc), 0};
        fwrite(&entry, sizeof entry, 1, d->file);
        fwrite(d->listing.path, path, 1, d->file);
    }
}

static void write_code(struct jl_jitdump *d, const char *name, const uint8_t *code, const uint8_t *end) {
    size_t size = (size_t)(end - code), name_size = strlen(name) + 1;
    uint64_t address = (uint64_t)(uintptr_t)code;
    struct code_load load = {.head = {CODE_LOAD, (uint32_t)(sizeof load + name_size + size), jl_now_ns()},
                             .pid = (uint32_t)getpid(),
                             .tid = (uint32_t)syscall(SYS_gettid),
                             .vma = address,
                             .code_addr = address,
                             .code_size = size,
                             .code_index = d->index++};
    fwrite(&load, sizeof load, 1, d->file);
    fwrite(name, name_size, 1, d->file);
    fwrite(code, size, 1, d->file);
}

const char *jl_thunk_name(unsigned thunk) {
    static const char *const names[JL_THUNKS] = {
        [JL_THUNK_ENTER] = "jitlab_enter",
        [JL_THUNK_LEAVE] = "jitlab_leave",
        [JL_THUNK_LEAVE_SAVED] = "jitlab_leave_saved",
        [JL_THUNK_LOOKUP] = "jitlab_lookup",
        [JL_THUNK_LINK] = "jitlab_link",
        [JL_THUNK_EXIT] = "jitlab_exit",
        [JL_THUNK_EXIT_SAVED] = "jitlab_exit_saved",
        [JL_THUNK_FAULT] = "jitlab_fault",
        [JL_THUNK_SLOW] = "jitlab_slow",
        [JL_THUNK_SLOW_FPU] = "jitlab_slow_fpu",
        [JL_THUNK_LOAD] = "jitlab_load",
        [JL_THUNK_LOAD_FPU] = "jitlab_load_fpu",
        [JL_THUNK_NO_CALL] = "jitlab_no_call",
        [JL_THUNK_OFFLOAD] = "jitlab_offload",
        [JL_THUNK_RESUME] = "jitlab_resume",
    };
    return names[thunk];
}

const uint8_t *jl_thunk_end(const struct jl_code_cache *c, unsigned thunk) {
    const uint8_t *end = c->thunks_end;
    for (unsigned i = 0; i < JL_THUNKS; i++)
        if (c->thunk[i] > c->thunk[thunk] && c->thunk[i] < end)
            end = c->thunk[i];
    return end;
}

static bool begin_file(struct jl_jitdump *d) {
    struct file_header h = {MAGIC, VERSION, sizeof h, EM_X86_64, 0, (uint32_t)getpid(), jl_now_ns(), 0};
    d->marker_size = (size_t)sysconf(_SC_PAGESIZE);
    if (fwrite(&h, sizeof h, 1, d->file) != 1 || fflush(d->file))
        return false;
    d->marker = mmap(NULL, d->marker_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fileno(d->file), 0);
    return d->marker != MAP_FAILED;
}

/* The process's file in dir, ours alone. */
static FILE *open_locked(const char *dir, char *path, size_t size) {
    snprintf(path, size, "%s/jit-%d.dump", dir, (int)getpid());
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (fd < 0)
        return NULL;
    FILE *file = NULL;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && ftruncate(fd, 0) == 0)
        file = fdopen(fd, "w");
    if (!file) {
        int e = errno;
        close(fd);
        errno = e;
    }
    return file;
}

struct jl_jitdump *jl_jitdump_open(const struct jl_machine *m, const char *dir, char *err, size_t err_size) {
    char path[4096];
    struct jl_jitdump *d = calloc(1, sizeof *d);
    if (!d) {
        snprintf(err, err_size, "no memory for the jitdump");
        return NULL;
    }
    d->marker = MAP_FAILED;
    d->file = open_locked(dir, path, sizeof path);
    bool ok = d->file && begin_file(d);
    if (ok) {
        strcpy(strrchr(path, '.'), ".s");
        ok = jl_listing_open(&d->listing, path);
    }
    if (!ok) {
        snprintf(err, err_size, "cannot write the jitdump %.200s: %s", path,
                 errno == EWOULDBLOCK ? "another machine of this process writes it" : strerror(errno));
        jl_jitdump_close(d);
        return NULL;
    }
    for (unsigned i = 0; m->cache && i < JL_THUNKS; i++)
        write_code(d, jl_thunk_name(i), m->cache->thunk[i], jl_thunk_end(m->cache, i));
    fflush(d->file);
    return d;
}

void jl_jitdump_region(struct jl_jitdump *d, const struct jl_machine *m, const struct jl_region *r) {
    char name[64];
    jl_listing_add(&d->listing, m, r);
    write_lines(d, r, r->hot, r->hot_end);
    snprintf(name, sizeof name, "guest_0x%08x", r->pc);
    write_code(d, name, r->hot, r->hot_end);
    if (r->far_ != r->far_end) {
        write_lines(d, r, r->far_, r->far_end);
        strcat(name, ".far");
        write_code(d, name, r->far_, r->far_end);
    }
    fflush(d->file);
}

void jl_jitdump_close(struct jl_jitdump *d) {
    if (!d)
        return;
    if (d->marker != MAP_FAILED) {
        struct record close_record = {CODE_CLOSE, sizeof close_record, jl_now_ns()};
        fwrite(&close_record, sizeof close_record, 1, d->file);
        munmap(d->marker, d->marker_size);
    }
    if (d->file)
        fclose(d->file);
    jl_listing_close(&d->listing);
    free(d);
}
