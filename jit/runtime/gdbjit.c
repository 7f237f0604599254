/* The GDB JIT interface (GDB manual, "JIT Compilation Interface"): the debugger puts a breakpoint in
 * __jit_debug_register_code and reads __jit_debug_descriptor whenever it is called. Both are found by name and there is
 * one pair in a process, so this is the one place where machines share something; a mutex guards it. */
#include "jit/runtime/gdbjit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jit/runtime/cache.h"
#include "jit/runtime/gdbelf.h"
#include "jit/runtime/jitdump.h"

/* The names and layout are the interface's. */
enum { JIT_NOACTION, JIT_REGISTER, JIT_UNREGISTER };

struct jit_code_entry {
    struct jit_code_entry *next_entry, *prev_entry;
    const char *symfile_addr;
    uint64_t symfile_size;
};

struct jit_descriptor {
    uint32_t version, action_flag;
    struct jit_code_entry *relevant_entry, *first_entry;
};

/* Not static: the debugger looks these two up. */
void __jit_debug_register_code(void);
extern struct jit_descriptor __jit_debug_descriptor;

struct jit_descriptor __jit_debug_descriptor = {1, JIT_NOACTION, NULL, NULL};

void __attribute__((noinline)) __jit_debug_register_code(void) {
    __asm__ volatile("" ::: "memory"); /* keeps the call, and the stores in front of it */
}

static pthread_mutex_t descriptor_lock = PTHREAD_MUTEX_INITIALIZER;

/* One object file in memory, and its place in this machine's list. */
struct object {
    struct jit_code_entry entry;
    struct object *next;
};

struct jl_gdb {
    struct object *thunks, *regions;
    struct jl_listing listing;
};

static struct object *register_object(struct jl_elf_image image) {
    struct object *o = calloc(1, sizeof *o);
    if (!o || !image.bytes) {
        free(o);
        free(image.bytes);
        return NULL;
    }
    o->entry.symfile_addr = (const char *)image.bytes;
    o->entry.symfile_size = image.size;
    pthread_mutex_lock(&descriptor_lock);
    struct jit_descriptor *d = &__jit_debug_descriptor;
    o->entry.next_entry = d->first_entry;
    if (d->first_entry)
        d->first_entry->prev_entry = &o->entry;
    d->first_entry = d->relevant_entry = &o->entry;
    d->action_flag = JIT_REGISTER;
    __jit_debug_register_code();
    d->action_flag = JIT_NOACTION;
    d->relevant_entry = NULL;
    pthread_mutex_unlock(&descriptor_lock);
    return o;
}

static void unregister_object(struct object *o) {
    pthread_mutex_lock(&descriptor_lock);
    struct jit_descriptor *d = &__jit_debug_descriptor;
    if (o->entry.prev_entry)
        o->entry.prev_entry->next_entry = o->entry.next_entry;
    else
        d->first_entry = o->entry.next_entry;
    if (o->entry.next_entry)
        o->entry.next_entry->prev_entry = o->entry.prev_entry;
    d->relevant_entry = &o->entry;
    d->action_flag = JIT_UNREGISTER;
    __jit_debug_register_code();
    d->action_flag = JIT_NOACTION;
    d->relevant_entry = NULL;
    pthread_mutex_unlock(&descriptor_lock);
    free((void *)(uintptr_t)o->entry.symfile_addr);
    free(o);
}

static void drop_all(struct object **list) {
    while (*list) {
        struct object *o = *list;
        *list = o->next;
        unregister_object(o);
    }
}

struct jl_gdb *jl_gdb_new(struct jl_machine *m) {
    char path[] = "/tmp/jitlab-gdb-XXXXXX";
    struct jl_gdb *g = calloc(1, sizeof *g);
    int fd = g ? mkstemp(path) : -1;
    if (fd < 0 || close(fd) || !jl_listing_open(&g->listing, path)) {
        free(g);
        return NULL;
    }
    if (m->cache)
        g->thunks = register_object(jl_elf_thunks(m));
    return g;
}

void jl_gdb_region(struct jl_gdb *g, const struct jl_machine *m, const struct jl_region *r) {
    jl_listing_add(&g->listing, m, r);
    struct object *o = register_object(jl_elf_region(m, r, &g->listing));
    if (!o)
        return; /* without memory the region just has no name */
    o->next = g->regions;
    g->regions = o;
}

void jl_gdb_flush(struct jl_gdb *g) {
    drop_all(&g->regions);
}

void jl_gdb_free(struct jl_gdb *g) {
    if (!g)
        return;
    drop_all(&g->regions);
    drop_all(&g->thunks);
    jl_listing_close(&g->listing);
    unlink(g->listing.path);
    free(g);
}
