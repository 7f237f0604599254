/* --dump: a region's guest code and host code side by side, by its guest-to-host map.
 *
 * Rows follow the host code. A guest instruction stands at the first piece of host code made for it; those that have
 * none (folded away, nops) follow the one before them, in rows that are free on the left or rows of their own. */
#include <stdlib.h>
#include <string.h>

#include "jit/runtime/model.h"
#include "jit/runtime/listing.h"
#include "jit/runtime/tools.h"
#include "jit/x64/disasm.h"

enum { GUEST_WIDTH = 46, IR_WIDTH = 44, WAITING = 64 };

struct table {
    struct jl_machine *m;
    const struct jl_region *r;
    FILE *out;
    bool ir;
    uint32_t waiting[WAITING]; /* guest instructions not printed yet */
    unsigned nwaiting;
};

static void guest_line(const struct table *t, uint32_t pc, char *line, size_t size) {
    char text[96];
    uint32_t word = jl_guest_text(t->m, pc, text, sizeof text);
    char *operands = strchr(text, '\t');
    if (operands)
        *operands++ = 0;
    snprintf(line, size, "%08x: %08x  %-7s %s", pc, word, text, operands ? operands : "");
}

static void row(struct table *t, const char *ir, const char *host) {
    char guest[160] = "";
    if (t->nwaiting) {
        guest_line(t, t->waiting[0], guest, sizeof guest);
        memmove(t->waiting, t->waiting + 1, --t->nwaiting * sizeof *t->waiting);
    }
    fprintf(t->out, "  %-*s", GUEST_WIDTH, guest);
    if (t->ir)
        fprintf(t->out, "| %-*.*s", IR_WIDTH, IR_WIDTH, ir);
    fprintf(t->out, "| %s\n", host);
}

static void flush(struct table *t) {
    while (t->nwaiting)
        row(t, "", "");
}

static void wait_for_row(struct table *t, uint32_t pc) {
    if (t->nwaiting == WAITING)
        row(t, "", "");
    t->waiting[t->nwaiting++] = pc;
}

static bool mapped(const struct jl_region *r, uint32_t pc, uint32_t entries) {
    for (uint32_t i = 0; i < entries; i++)
        if (r->map[i].guest_pc == pc)
            return true;
    return false;
}

/* Map entry i begins: its guest instruction and, the first time, those without host code around it. */
static void begin_guest(struct table *t, uint32_t i) {
    const struct jl_region *r = t->r;
    uint32_t pc = r->map[i].guest_pc;
    bool first = !mapped(r, pc, i);
    for (unsigned k = 0; k < r->nranges; k++) {
        uint32_t start = r->ranges[k].addr, end = start + r->ranges[k].len;
        if (pc < start || pc >= end)
            continue;
        uint32_t at = pc;
        while (first && at > start && !mapped(r, at - 4, r->nmap))
            at -= 4;
        for (; at == start && at < pc; at += 4, start += 4)
            wait_for_row(t, at);
        wait_for_row(t, pc);
        for (at = pc + 4; first && at < end && !mapped(r, at, r->nmap); at += 4)
            wait_for_row(t, at);
    }
}

static void ir_text(const struct table *t, jl_ref op, char *text, size_t size) {
    char *p = NULL;
    size_t n;
    text[0] = 0;
    FILE *f = t->ir && op ? open_memstream(&p, &n) : NULL;
    if (!f)
        return;
    jl_ir_print_op(t->m->ir, op, f);
    fclose(f);
    snprintf(text, size, "%s", p);
    free(p);
}

/* mov rax, counter; add qword [rax], n: nothing else adds to memory through rax. */
static bool is_counter(const uint8_t *p, const uint8_t *end) {
    return end - p >= 14 && p[0] == 0x48 && p[1] == 0xb8 && p[10] == 0x48 && p[11] == 0x83 && p[12] == 0;
}

void jl_dump_code(struct jl_machine *m, const struct jl_region *r, const uint8_t *code, const uint8_t *end, bool ir,
                  FILE *out) {
    struct table t = {.m = m, .r = r, .out = out, .ir = ir};
    char text[160], op[128] = "", line[200];
    uint32_t i = 0, pc = 1;
    unsigned length;
    while (i < r->nmap && r->map[i].host < code)
        i++;
    for (const uint8_t *p = code; p < end; p += length) {
        op[0] = 0;
        for (; i < r->nmap && r->map[i].host <= p; i++) {
            if (r->map[i].guest_pc != pc) {
                flush(&t);
                begin_guest(&t, i);
            }
            pc = r->map[i].guest_pc;
            ir_text(&t, r->map[i].op, op, sizeof op);
        }
        const uint8_t *behind = m->model ? jl_model_skipped(m, r, p) : NULL;
        if (behind) {
            length = (unsigned)(behind - p);
            continue;
        }
        if (m->tools.count && is_counter(p, end)) {
            length = 14;
            continue;
        }
        length = jl_x64_text(p, end, (uint64_t)(uintptr_t)p, text, sizeof text);
        snprintf(line, sizeof line, "%012llx: %s", (unsigned long long)(uintptr_t)p, length ? text : "(bad)");
        row(&t, op, line);
        if (!length)
            break;
    }
    flush(&t);
}

static void dump_guest(struct jl_machine *m, const struct jl_region *r, FILE *out) {
    struct table t = {.m = m};
    char line[160];
    for (unsigned i = 0; i < r->nranges; i++)
        for (uint32_t pc = r->ranges[i].addr; pc < r->ranges[i].addr + r->ranges[i].len; pc += 4) {
            guest_line(&t, pc, line, sizeof line);
            fprintf(out, "  %s\n", line);
        }
}

/* Blocks that no path leads to, since a branch is always taken or never, have no host code at all. */
static void dump_unreachable(struct jl_machine *m, const struct jl_region *r, bool ir, FILE *out) {
    struct table t = {.m = m, .r = r, .out = out, .ir = ir};
    for (unsigned i = 0; i < r->nranges; i++) {
        uint32_t start = r->ranges[i].addr, end = start + r->ranges[i].len, pc = start;
        while (pc < end && !mapped(r, pc, r->nmap))
            pc += 4;
        if (pc < end)
            continue;
        fprintf(out, "-- unreachable\n");
        for (pc = start; pc < end; pc += 4)
            wait_for_row(&t, pc);
        flush(&t);
    }
}

void jl_dump_region(struct jl_machine *m, const struct jl_region *r, FILE *out, bool guest, bool ir, bool host) {
    fprintf(out, "-- region %08x: %u guest instructions in %u blocks, %u host instructions, %u bytes\n", r->pc,
            r->guest_count, r->blocks, r->host_count, r->host_bytes);
    if (guest && !host)
        dump_guest(m, r, out);
    if (host) {
        fprintf(out, "-- guest%s | host\n", ir ? " | IR" : "");
        jl_dump_code(m, r, r->hot, r->hot_end, ir, out);
        fprintf(out, "-- far\n");
        jl_dump_code(m, r, r->far_, r->far_end, ir, out);
        dump_unreachable(m, r, ir, out);
    }
}
