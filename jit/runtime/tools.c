/* Tools: dumps, the perf map, and the counters of --count and --profile. */
#include "jit/runtime/tools.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jit/runtime/gdbjit.h"
#include "jit/runtime/jitdump.h"
#include "jit/runtime/model.h"
#include "jit/runtime/profile.h"

static void perf_map(struct jl_machine *m, const struct jl_region *r) {
    if (!m->perf_file) {
        char path[64];
        snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
        m->perf_file = fopen(path, "w");
        if (!m->perf_file)
            return;
    }
    fprintf(m->perf_file, "%llx %zx mips_%08x\n", (unsigned long long)(uintptr_t)r->hot, (size_t)(r->hot_end - r->hot),
            r->pc);
    fprintf(m->perf_file, "%llx %zx mips_%08x.far\n", (unsigned long long)(uintptr_t)r->far_,
            (size_t)(r->far_end - r->far_), r->pc);
    fflush(m->perf_file);
}

bool jl_tools_start(struct jl_machine *m, char *err, size_t err_size) {
    if (m->tools.jitdump && !(m->jitdump = jl_jitdump_open(m, m->tools.jitdump, err, err_size)))
        return false;
    if (m->tools.gdb && !(m->gdb = jl_gdb_new(m))) {
        snprintf(err, err_size, "cannot make the listing for GDB in /tmp");
        return false;
    }
    return true;
}

void jl_tools_translated(struct jl_machine *m, struct jl_region *region) {
    if (m->tools.dump_guest || m->tools.dump_host)
        jl_dump_region(m, region, m->tools.dump, m->tools.dump_guest, m->tools.dump_ir, m->tools.dump_host);
    if (m->tools.perf_map)
        perf_map(m, region);
    if (m->jitdump)
        jl_jitdump_region(m->jitdump, m, region);
    if (m->gdb)
        jl_gdb_region(m->gdb, m, region);
}

void jl_tools_flushing(struct jl_machine *m) {
    if (m->tools.count)
        jl_profile_flush(m);
    jl_model_flush(m);
    if (m->gdb)
        jl_gdb_flush(m->gdb);
}

void jl_tools_free(struct jl_machine *m) {
    if (m->perf_file)
        fclose(m->perf_file);
    jl_jitdump_close(m->jitdump);
    jl_gdb_free(m->gdb);
}
