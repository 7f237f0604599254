/* Status.RE: in user mode every byte, halfword and word is the one at the other end of its doubleword, instructions
 * too. A program then finds itself on a little-endian machine, whose byte i is memory's i ^ 7: expectations here are
 * those of such a machine. */
#include "user.h"

static u32 status = STATUS_DEFAULT | RE | USER | UX;

static u64 run(const u32 *words, u32 n, u32 address, u64 value) {
    write_program(words, n, (status & (RE | 0x18)) == (RE | USER));
    return enter(status, address, value);
}

static u64 one(u32 word, u32 offset, u64 value) {
    return run(&word, 1, V_DATA + offset, value);
}

static u8 *place(u32 i) {
    return (u8 *)(0xa0000000u + DATA + (i ^ 7));
}

static void fill(void) {
    for (u32 i = 0; i < 32; i++)
        *place(i) = (u8)(0x81 + 0x17 * i);
}

/* n bytes of the little-endian machine as a number. */
static u64 bytes(u32 at, u32 n) {
    u64 v = 0;
    for (u32 i = n; i-- > 0;)
        v = v << 8 | *(volatile u8 *)place(at + i);
    return v;
}

static u64 sign(u64 v, u32 bits) {
    return (u64)((s64)(v << (64 - bits)) >> (64 - bits));
}

static void loads(void) {
    static const struct {
        u32 op, size, is_signed;
        const char *name;
    } kinds[] = {{LB, 1, 1, "LB"}, {LBU, 1, 0, "LBU"}, {LH, 2, 1, "LH"}, {LHU, 2, 0, "LHU"},
                 {LW, 4, 1, "LW"}, {LWU, 4, 0, "LWU"}, {LD, 8, 0, "LD"}};
    fill();
    for (u32 k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (u32 at = 0; at < 16; at += kinds[k].size) {
            u64 v = bytes(at, kinds[k].size);
            check(kinds[k].name, one(MEM(kinds[k].op, 9, 0), at, 0),
                  kinds[k].is_signed ? sign(v, 8 * kinds[k].size) : v);
        }
}

/* LWL and its like: the bytes up to the address come to the register's upper end, those from it on to its lower end. */
static void parts_loaded(void) {
    const u64 old = 0x1122334455667788ull;
    fill();
    for (u32 at = 0; at < 16; at++) {
        u32 in4 = at & 3, in8 = at & 7;
        u64 left4 = bytes(at - in4, in4 + 1) << 8 * (3 - in4), keep4 = (1ull << 8 * (3 - in4)) - 1;
        check("LWL", one(MEM(LWL, 9, 0), at, old), sign(left4 | (old & keep4), 32));
        u64 left8 = bytes(at - in8, in8 + 1) << 8 * (7 - in8), keep8 = (1ull << 8 * (7 - in8)) - 1;
        check("LDL", one(MEM(LDL, 9, 0), at, old), left8 | (old & keep8));
        u64 right4 = bytes(at, 4 - in4), mask4 = (1ull << 8 * (4 - in4)) - 1,
            low = right4 | (old & 0xffffffff & ~mask4);
        check("LWR", one(MEM(LWR, 9, 0), at, old), in4 ? (old & ~0xffffffffull) | low : sign(low, 32));
        u64 right8 = bytes(at, 8 - in8), mask8 = in8 ? (1ull << 8 * (8 - in8)) - 1 : ~0ull;
        check("LDR", one(MEM(LDR, 9, 0), at, old), right8 | (old & ~mask8));
    }
}

/* What n64-systemtest finds on hardware (its group endian_re). */
static void found_on_hardware(void) {
    for (u32 i = 0; i < 8; i++)
        *place(i) = (u8)(i + 1);
    check("hardware: LWL", one(MEM(LWL, 9, 0), 1, 0x00ef0102), 0x02010102);
    check("hardware: LWR", one(MEM(LWR, 9, 0), 1, 0x00ef0102), 0x00040302);
    check("hardware: LDL", one(MEM(LDL, 9, 0), 2, 0x1122334455667788ull), 0x0302014455667788ull);
    check("hardware: LDR", one(MEM(LDR, 9, 0), 2, 0x1122334455667788ull), 0x1122080706050403ull);
    for (u32 i = 0; i < 8; i++)
        *place(i) = 0xaa;
    one(MEM(SWL, 9, 0), 1, 0x50607080);
    check("hardware: SWL", MEM64(0xa0000000u + DATA), 0xaaaaaaaaaaaa5060ull);
    one(MEM(SDR, 9, 0), 6, 0x1020304050607080ull);
    check("hardware: SDR", MEM64(0xa0000000u + DATA), 0x7080aaaaaaaa5060ull);
}

/* A store of the value's bytes `from` on to `at` and on, and nothing beside them. */
static void stores(const char *name, u32 op, u32 at, u32 first, u32 n, u32 from) {
    const u64 value = 0xf1e2d3c4b5a69788ull;
    u8 want[32];
    fill();
    for (u32 i = 0; i < 32; i++)
        want[i] = i - first < n ? (u8)(value >> 8 * (from + i - first)) : (u8)(0x81 + 0x17 * i);
    one(MEM(op, 9, 0), at, value);
    for (u32 i = 0; i < 32; i++)
        check(name, *(volatile u8 *)place(i), want[i]);
}

static void all_stores(void) {
    for (u32 at = 0; at < 8; at++)
        stores("SB", SB, 8 + at, 8 + at, 1, 0);
    for (u32 at = 0; at < 8; at += 2)
        stores("SH", SH, 8 + at, 8 + at, 2, 0);
    stores("SW", SW, 8, 8, 4, 0);
    stores("SW", SW, 12, 12, 4, 0);
    stores("SD", SD, 8, 8, 8, 0);
    for (u32 at = 8; at < 16; at++) {
        u32 in4 = at & 3, in8 = at & 7;
        stores("SWL", SWL, at, at - in4, in4 + 1, 3 - in4);
        stores("SWR", SWR, at, at, 4 - in4, 0);
        stores("SDL", SDL, at, at - in8, in8 + 1, 7 - in8);
        stores("SDR", SDR, at, at, 8 - in8, 0);
    }
}

static void linked(void) {
    const u32 add[] = {MEM(LL, 9, 4), 0x25290001, MEM(SC, 9, 4)},
              add64[] = {MEM(LLD, 9, 8), 0x65290001, MEM(SCD, 9, 8)};
    const u32 alone = MEM(SC, 9, 4);
    fill();
    u64 word = bytes(4, 4), other = bytes(0, 4), dword = bytes(8, 8);
    check("SC", run(add, 3, V_DATA, 0), 1);
    check("what it stored", bytes(4, 4), word + 1);
    check("and nothing beside it", bytes(0, 4), other);
    check("LLAddr", MFC0(17), DATA >> 4);
    check("SCD", run(add64, 3, V_DATA, 0), 1);
    check("what it stored", bytes(8, 8), dword + 1);
    check("SC without LL", run(&alone, 1, V_DATA, 7), 0);
    check("stores nothing", bytes(4, 4), word + 1);
}

static void fpu(void) {
    const u32 load[] = {MEM(LWC1, 2, 4), 0x44091000}, load64[] = {MEM(LDC1, 2, 8), 0x44291000}; /* mfc1, dmfc1 t1, f2 */
    const u32 move[] = {0x44891000, MEM(SWC1, 2, 4)}, move64[] = {0x44a91000, MEM(SDC1, 2, 8)};
    fill();
    check("LWC1", run(load, 2, V_DATA, 0), sign(bytes(4, 4), 32));
    check("LDC1", run(load64, 2, V_DATA, 0), bytes(8, 8));
    run(move, 2, V_DATA, 0x12345678);
    check("SWC1", bytes(4, 4), 0x12345678);
    run(move64, 2, V_DATA, 0x123456789abcdef0ull);
    check("SDC1", bytes(8, 8), 0x123456789abcdef0ull);
    status &= ~(1u << 29);
    u32 before = exception.count;
    run(load, 2, V_DATA, 0);
    check_exception("an FPU that may not be used", before, 11);
    check("its number", exception.cause >> 28 & 3, 1);
    status |= 1u << 29;
}

static void branches(void) {
    /* b +3; lw t1, 4(t0) in its slot; two that are left out; addiu t1, 1 */
    const u32 slot[] = {0x10000003, MEM(LW, 9, 4), 0x24090000, 0x24090000, 0x25290001};
    /* bnel zero, zero, +1: its slot is not executed */
    const u32 likely[] = {0x54000001, MEM(SW, 9, 4), 0x25290001};
    /* jal to the last; sd ra, 8(t0) in its slot; one that is left out; ld t1, 8(t0) */
    const u32 call[] = {0x0c000000 | (V_CODE + 12) >> 2, MEM(SD, 31, 8), 0x24090000, MEM(LD, 9, 8)};
    /* a sum of 16 bytes: lbu t3, 0(t0); addiu t0, 1; addiu t2, 1; sltiu v0, t2, 16; bne v0, zero, -5; addu t1, t3 */
    const u32 loop[] = {MEM(LBU, 11, 0), 0x25080001, 0x254a0001, 0x2d420010, 0x1440fffb, 0x012b4821};
    fill();
    u64 word = bytes(4, 4), sum = 0;
    for (u32 i = 0; i < 16; i++)
        sum += bytes(i, 1);
    check("a load in a slot", run(slot, 5, V_DATA, 0), sign(word + 1, 32));
    check("no slot", run(likely, 3, V_DATA, 5), 6);
    check("stores nothing", bytes(4, 4), word);
    check("a call's link", run(call, 4, V_DATA, 0), V_CODE + 8);
    fill();
    check("a loop", run(loop, 6, V_DATA, 0), sum);
}

static void exceptions(void) {
    const u32 slot[] = {0x10000001, MEM(LW, 9, 2)}, word = MEM(LW, 9, 0), byte = MEM(LB, 9, 1);
    u32 before = exception.count;
    one(word, 2, 0);
    check_exception("misaligned", before, 4);
    check("its BadVAddr", exception.badvaddr, V_DATA + 2);
    check("its EPC", exception.epc, V_CODE);
    before = exception.count;
    run(slot, 2, V_DATA, 0);
    check_exception("in a slot", before, 4);
    check("its EPC", exception.epc, V_CODE);
    check("BD", exception.cause >> 31, 1);
    before = exception.count;
    run(&byte, 1, 0x00500000, 0);
    check_exception("not mapped", before, 2);
    check("its BadVAddr", exception.badvaddr, 0x00500001);
    before = exception.count;
    run(&word, 1, 0x80000000u, 0);
    check_exception("an address of the kernel's", before, 4);
    before = exception.count;
    run(0, 0, V_DATA, 0);
    check_exception("SYSCALL", before, 8);
    check("its EPC", exception.epc, V_CODE);
    MTC0_32(18, DATA | 2); /* WatchLo: the doubleword, whichever end is meant */
    before = exception.count;
    one(word, 4, 0);
    check_exception("watched", before, 23);
    MTC0_32(18, 0);
}

/* A device's word is at the other end too. */
static void device(void) {
    const u32 load = MEM(LW, 9, 0), store = MEM(SW, 9, 0);
    MEM32(0xa4000000u) = 0x11111111;
    MEM32(0xa4000004u) = 0x22222222;
    check("a device's word", run(&load, 1, V_DATA + 0x1000, 0), 0x22222222);
    run(&store, 1, V_DATA + 0x1004, 0x33333333);
    check("stored", MEM32(0xa4000000u), 0x33333333);
}

static void other_modes(void) {
    const u32 word = MEM(LW, 9, 0);
    fill();
    u32 first = MEM32(0xa0000000u + DATA), second = MEM32(0xa0000004u + DATA);
    status = STATUS_DEFAULT | RE | SUPERVISOR;
    check("supervisor mode", (u32)one(word, 0, 0), first);
    status = STATUS_DEFAULT | USER;
    check("user mode without RE", (u32)one(word, 0, 0), first);
    MTC0_32(12, STATUS_DEFAULT | RE);
    check("kernel mode", MEM32(0xa0000000u + DATA), first);
    MTC0_32(12, STATUS_DEFAULT);
    status = STATUS_DEFAULT | RE | USER;
    check("user mode", (u32)one(word, 0, 0), second);
}

int main(void) {
    MTC0(12, STATUS_DEFAULT);
    map_all();
    loads();
    parts_loaded();
    found_on_hardware();
    all_stores();
    linked();
    fpu();
    branches();
    exceptions();
    device();
    other_modes();
    finish();
    return 0;
}
