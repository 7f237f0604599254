/* COP0's registers: which bits can be written, sign extension of 32-bit moves, what reads as what. */
#include "test.h"

#define WRITTEN(name, reg, mask, fixed)                                                                                \
    do {                                                                                                               \
        u64 before_ = MFC0(reg);                                                                                       \
        MTC0(reg, ~0ull);                                                                                              \
        check(name " all ones", MFC0(reg), (~0ull & (mask)) | ((fixed) & ~(mask)));                                    \
        MTC0(reg, 0);                                                                                                  \
        check(name " zero", MFC0(reg), (fixed) & ~(mask));                                                             \
        MTC0(reg, before_);                                                                                            \
    } while (0)

static void masks(void) {
    WRITTEN("Index", 0, 0x8000003full, 0ull);
    WRITTEN("EntryLo0", 2, 0x3fffffffull, 0ull);
    WRITTEN("EntryLo1", 3, 0x3fffffffull, 0ull);
    WRITTEN("Context", 4, 0xffffffffff800000ull, MFC0(4));
    WRITTEN("PageMask", 5, 0x01ffe000ull, 0ull);
    WRITTEN("Wired", 6, 63ull, 0ull);
    WRITTEN("BadVAddr", 8, 0ull, MFC0(8));
    WRITTEN("EntryHi", 10, 0xc00000ffffffe0ffull, 0ull);
    WRITTEN("EPC", 14, ~0ull, 0ull);
    WRITTEN("PRId", 15, 0ull, 0xb22ull);
    WRITTEN("LLAddr", 17, 0xffffffffull, 0ull);
    WRITTEN("WatchLo", 18, 0xfffffffbull, 0ull);
    WRITTEN("WatchHi", 19, 0xfull, 0ull);
    WRITTEN("XContext", 20, 0xfffffffe00000000ull, MFC0(20));
    WRITTEN("PErr", 26, 0xffull, 0ull);
    WRITTEN("CacheErr", 27, 0ull, 0ull);
    WRITTEN("TagLo", 28, 0x0fffffc0ull, 0ull);
    WRITTEN("TagHi", 29, 0ull, 0ull);
    WRITTEN("ErrorEPC", 30, ~0ull, 0ull);
}

static void config(void) {
    u64 before = MFC0(16);
    check("Config", before, 0x7006e463);
    MTC0(16, 0xf0ffffff);
    check("Config's constant bits", MFC0(16), 0x7006e46f);
    MTC0(16, before);
}

static void cause(void) {
    MTC0(13, ~0ull);
    check("Cause: only the software interrupts", MFC0(13) & 0x300, 0x300);
    u64 others = MFC0(13) & ~0x300ull;
    MTC0(13, 0);
    check("Cause: they can be cleared", MFC0(13), others);
}

static void status(void) {
    MTC0(12, STATUS_DEFAULT | 1 << 19);
    check("Status: bit 19 is not there", MFC0(12), STATUS_DEFAULT);
    MTC0(12, 0xffffffff00000000ull | STATUS_DEFAULT);
    check("Status has 32 bits", MFC0(12), STATUS_DEFAULT);
}

static void moves(void) {
    MTC0_32(14, 0x1234567880000000ull);
    check("MTC0 extends the sign", MFC0(14), 0xffffffff80000000ull);
    MTC0(14, 0x12345678ffffff00ull);
    check("MFC0 extends the sign", MFC0_32(14), 0xffffffffffffff00ull);
}

static void unused(void) {
    MTC0(7, 0x1234);
    check("an unused register reads as the last write", MFC0(7), 0x1234);
    MTC0(11, 0xaa55);
    check("to any register", MFC0(25), 0xaa55);
}

/* Random counts down from 31 to Wired, one for each instruction. */
static void random_and_wired(void) {
    u32 first, second, lowest = 64, highest = 0;
    MTC0(6, 10);
    __asm__ volatile("mfc0 %0, $1\n\tnop\n\tnop\n\tmfc0 %1, $1" : "=r"(first), "=r"(second));
    check("Random counts instructions", first - second, 3);
    for (u32 i = 0; i < 200; i++) {
        u32 r = (u32)MFC0(1);
        lowest = r < lowest ? r : lowest;
        highest = r > highest ? r : highest;
    }
    check("Random's lowest is Wired", lowest, 10);
    check("Random's highest", highest, 31);
    MTC0(6, 0);
}

static void linked(void) {
    static volatile u32 word;
    u32 done = 5, other;
    __asm__ volatile(".set noreorder\n\tll %0, 0(%2)\n\tnop\n\tsc %1, 0(%2)\n\t.set reorder"
                     : "=&r"(other), "+r"(done)
                     : "r"(&word)
                     : "memory");
    check("SC after LL", done, 1);
    check("LLAddr", MFC0(17), ((u32)&word & 0x1fffffff) >> 4);
}

/* What consoles show of registers that nothing sets (cop0.c). */
static void power_on(void) {
    check("power-on: EPC", MFC0(14), ~0ull);
    check("power-on: ErrorEPC", MFC0(30), ~0ull);
    check("power-on: BadVAddr", MFC0(8), ~0ull);
    check("power-on: Context", MFC0_32(4), 0x007ffff0);
    check("power-on: Cause", MFC0_32(13) & ~0xff00ull, 0xffffffffb000007c);
    check("power-on: EntryHi", MFC0_32(10), 0xffffffffdef1e0ab);
    check("power-on: EntryLo0", MFC0_32(2), 0x05fbffe3);
    check("power-on: EntryLo1", MFC0_32(3), 0x19beff3f);
}

int main(void) {
    power_on();
    MTC0(12, STATUS_DEFAULT);
    masks();
    config();
    cause();
    status();
    moves();
    unused();
    random_and_wired();
    linked();
    finish();
    return 0;
}
