/* DWARF 4 records, written by hand: see dwarf.h. Numbers are the standard's (it has no header in the C library). */
#include "jit/runtime/dwarf.h"

#include <stdlib.h>
#include <string.h>

#include "jit/x64/disasm.h"
#include "jit/x64/layout.h"

/* ---- unwinding ---- */

enum {
    CFA_advance_loc4 = 0x04,
    CFA_def_cfa = 0x0c,
    CFA_def_cfa_offset = 0x0e,
    CFA_def_cfa_expression = 0x0f,
    CFA_offset = 0x80,
    CFA_restore = 0xc0,
    OP_deref = 0x06,
    OP_plus_uconst = 0x23,
    OP_breg0 = 0x70,
    REG_RBP_ = 6,
    REG_RSP_ = 7,
    REG_RA = 16
};

/* DWARF's numbers of the sixteen registers in the order of their encoding. */
static const uint8_t dwarf_reg[16] = {0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};

/* Pushed by the way in, first to last: see x64/thunks.c. */
static const uint8_t saved[] = {JL_RBX, JL_RBP, JL_R12, JL_R13, JL_R14, JL_R15};
enum { FULL_FRAME = 8 + 8 * sizeof saved + 8 };

void jl_dwarf_cie(struct jl_bytes *out) {
    size_t at = out->size;
    jl_bytes_u32(out, 0);
    jl_bytes_u32(out, 0xffffffff);
    jl_bytes_u8(out, 1); /* version */
    jl_bytes_text(out, "");
    jl_bytes_uleb(out, 1);  /* code alignment */
    jl_bytes_sleb(out, -8); /* data alignment */
    jl_bytes_u8(out, REG_RA);
    jl_bytes_u8(out, CFA_def_cfa);
    jl_bytes_uleb(out, REG_RSP_);
    jl_bytes_uleb(out, 8);
    jl_bytes_u8(out, CFA_offset | REG_RA);
    jl_bytes_uleb(out, 1);
    jl_bytes_align(out, 8);
    jl_bytes_length(out, at);
}

static void cfa_offset(struct jl_bytes *out, unsigned bytes) {
    jl_bytes_u8(out, CFA_def_cfa_offset);
    jl_bytes_uleb(out, bytes);
}

static void is_saved(struct jl_bytes *out, unsigned reg, unsigned cfa) {
    jl_bytes_u8(out, CFA_offset | dwarf_reg[reg]);
    jl_bytes_uleb(out, cfa / 8);
}

static void frame_registers(struct jl_bytes *out) {
    for (unsigned i = 0; i < sizeof saved; i++)
        is_saved(out, saved[i], 16 + 8 * i);
}

/* The frame that the way in makes, around us from here on. */
static unsigned full_frame(struct jl_bytes *out) {
    cfa_offset(out, FULL_FRAME);
    frame_registers(out);
    return FULL_FRAME;
}

/* The same, found by where the way in has noted it. */
static void noted_frame(struct jl_bytes *out) {
    struct jl_bytes e = {0};
    jl_bytes_u8(&e, OP_breg0 + REG_RBP_);
    jl_bytes_sleb(&e, JL_AT(c_rsp));
    jl_bytes_u8(&e, OP_deref);
    jl_bytes_u8(&e, OP_plus_uconst);
    jl_bytes_uleb(&e, FULL_FRAME);
    jl_bytes_u8(out, CFA_def_cfa_expression);
    jl_bytes_uleb(out, e.size);
    for (size_t i = 0; i < e.size; i++)
        jl_bytes_u8(out, e.data[i]);
    free(e.data);
    frame_registers(out);
}

/* Follows the code's changes of rsp; each takes effect behind its instruction. */
static void follow(struct jl_bytes *out, const uint8_t *code, const uint8_t *end, unsigned cfa) {
    const uint8_t *told = code;
    struct jl_x64_stack_change change;
    for (const uint8_t *p = code; p < end && jl_x64_stack_change(p, end, &change); p += change.length) {
        if (!change.bytes)
            continue;
        cfa = (unsigned)((int)cfa - change.bytes);
        jl_bytes_u8(out, CFA_advance_loc4);
        jl_bytes_u32(out, (uint32_t)(p + change.length - told));
        told = p + change.length;
        if (!cfa) { /* a thunk drops its return address: it will not go back to its caller */
            cfa = full_frame(out);
            continue;
        }
        cfa_offset(out, cfa);
        if (change.pushed >= 0)
            is_saved(out, (unsigned)change.pushed, cfa);
        if (change.popped >= 0)
            jl_bytes_u8(out, CFA_restore | dwarf_reg[change.popped]);
    }
}

void jl_dwarf_fde(struct jl_bytes *out, const uint8_t *code, const uint8_t *end, enum jl_frame frame) {
    size_t at = out->size;
    jl_bytes_u32(out, 0);
    jl_bytes_u32(out, 0); /* the CIE is at the section's start */
    jl_bytes_u64(out, (uint64_t)(uintptr_t)code);
    jl_bytes_u64(out, (uint64_t)(end - code));
    if (frame == JL_FRAME_OWN)
        noted_frame(out);
    else
        follow(out, code, end, frame == JL_FRAME_FULL ? full_frame(out) : 8);
    jl_bytes_align(out, 8); /* 0 is DW_CFA_nop */
    jl_bytes_length(out, at);
}

/* ---- the unit ---- */

enum {
    TAG_compile_unit = 0x11,
    AT_name = 0x03,
    AT_stmt_list = 0x10,
    AT_low_pc = 0x11,
    AT_high_pc = 0x12,
    AT_language = 0x13,
    AT_producer = 0x25,
    FORM_addr = 0x01,
    FORM_data2 = 0x05,
    FORM_data8 = 0x07,
    FORM_string = 0x08,
    FORM_sec_offset = 0x17,
    LANG_Mips_Assembler = 0x8001
};

void jl_dwarf_unit(struct jl_bytes *abbrev, struct jl_bytes *info, const char *source, const struct jl_region *r) {
    static const uint8_t attributes[] = {
        AT_producer,     FORM_string, AT_name,   FORM_string, AT_language, FORM_data2, AT_stmt_list,
        FORM_sec_offset, AT_low_pc,   FORM_addr, AT_high_pc,  FORM_data8,  0,          0};
    jl_bytes_uleb(abbrev, 1);
    jl_bytes_uleb(abbrev, TAG_compile_unit);
    jl_bytes_u8(abbrev, 0); /* no children */
    jl_bytes_add(abbrev, attributes, sizeof attributes);
    jl_bytes_u8(abbrev, 0);
    size_t at = info->size;
    jl_bytes_u32(info, 0);
    jl_bytes_u16(info, 4); /* version */
    jl_bytes_u32(info, 0); /* abbreviations */
    jl_bytes_u8(info, 8);  /* size of an address */
    jl_bytes_uleb(info, 1);
    jl_bytes_text(info, "jitlab");
    jl_bytes_text(info, source);
    jl_bytes_u16(info, LANG_Mips_Assembler);
    jl_bytes_u32(info, 0);
    jl_bytes_u64(info, (uint64_t)(uintptr_t)r->hot);
    jl_bytes_u64(info, (uint64_t)(r->hot_end - r->hot));
    jl_bytes_length(info, at);
}

/* ---- lines ---- */

enum { LNS_copy = 1, LNS_advance_pc = 2, LNS_advance_line = 3, LNE_end_sequence = 1, LNE_set_address = 2 };

static void header(struct jl_bytes *out, const char *source) {
    static const uint8_t operands[] = {0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1};
    jl_bytes_u16(out, 4); /* version */
    size_t at = out->size;
    jl_bytes_u32(out, 0);
    jl_bytes_u8(out, 1); /* shortest instruction */
    jl_bytes_u8(out, 1); /* operations in one */
    jl_bytes_u8(out, 1); /* lines are statements */
    jl_bytes_u8(out, 0); /* special opcodes are not used */
    jl_bytes_u8(out, 1);
    jl_bytes_u8(out, sizeof operands + 1);
    jl_bytes_add(out, operands, sizeof operands);
    jl_bytes_u8(out, 0); /* no directories */
    jl_bytes_text(out, source);
    jl_bytes_uleb(out, 0);
    jl_bytes_uleb(out, 0);
    jl_bytes_uleb(out, 0);
    jl_bytes_u8(out, 0);
    jl_bytes_length(out, at);
}

static void extended(struct jl_bytes *out, unsigned op, unsigned size) {
    jl_bytes_u8(out, 0);
    jl_bytes_uleb(out, 1 + size);
    jl_bytes_u8(out, op);
}

static void sequence(struct jl_bytes *out, const struct jl_listing *l, const struct jl_region *r, const uint8_t *code,
                     const uint8_t *end) {
    const uint8_t *at = code;
    int64_t line = 1;
    if (code == end)
        return;
    extended(out, LNE_set_address, 8);
    jl_bytes_u64(out, (uint64_t)(uintptr_t)code);
    for (uint32_t i = 0; i < r->nmap; i++) {
        const struct jl_map_entry *e = &r->map[i];
        if (e->host < code || e->host >= end)
            continue;
        jl_bytes_u8(out, LNS_advance_pc);
        jl_bytes_uleb(out, (uint64_t)(e->host - at));
        jl_bytes_u8(out, LNS_advance_line);
        jl_bytes_sleb(out, (int64_t)jl_listing_line(l, r, e->guest_pc) - line);
        jl_bytes_u8(out, LNS_copy);
        at = e->host;
        line = jl_listing_line(l, r, e->guest_pc);
    }
    jl_bytes_u8(out, LNS_advance_pc);
    jl_bytes_uleb(out, (uint64_t)(end - at));
    extended(out, LNE_end_sequence, 0);
}

void jl_dwarf_lines(struct jl_bytes *out, const struct jl_listing *l, const struct jl_region *r) {
    size_t at = out->size;
    jl_bytes_u32(out, 0);
    header(out, l->path);
    sequence(out, l, r, r->hot, r->hot_end);
    sequence(out, l, r, r->far_, r->far_end);
    jl_bytes_length(out, at);
}
