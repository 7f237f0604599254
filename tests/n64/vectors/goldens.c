/* Carries out the RSP's recordings that goldens.lua puts behind this program in the cartridge: a program for the RSP,
 * and for each recording what is in data memory's lower half before it, and what it writes to the upper half. Prints
 * the first word that differs of each that writes something else, and how many there were. */
#include "recorded.h"

#define SP(n) MEM32(0xa4040000u + 4 * (n))
#define SP_PC MEM32(0xa4080000u)
#define DMEM 0xa4000000u
#define IMEM 0xa4001000u
#define RESULTS (DMEM + 0x800)

enum { CLEAR_HALT = 1, CLEAR_BROKE = 1 << 2, HALTED = 1 };

static u32 word(u32 index) {
    return MEM32(UNCACHED + RECORDINGS + 4 * index);
}

static void copy(u32 to, u32 first, u32 words) {
    for (u32 i = 0; i < words; i++)
        MEM32(to + 4 * i) = word(first + i);
}

static u32 differs(u32 number, u32 first, u32 words) {
    for (u32 i = 0; i < words; i++) {
        u32 found = MEM32(RESULTS + 4 * i);
        if (found == word(first + i))
            continue;
        print_hex(number, 8);
        print(": ");
        print_hex(i, 3);
        print(" ");
        print_hex(found, 8);
        print("\n");
        wait_for_cartridge();
        return 1;
    }
    return 0;
}

int main(void) {
    u32 total = word(0), program = word(1), inputs = word(2), outputs = word(3), at = 4, failed = 0;
    MTC0_32(12, STATUS_DEFAULT);
    copy(IMEM, at, program);
    at += program;
    for (u32 i = 0; i < total; i++, at += inputs + outputs) {
        copy(DMEM, at, inputs);
        SP_PC = 0;
        SP(4) = CLEAR_HALT | CLEAR_BROKE;
        while (!(SP(4) & HALTED))
            ;
        failed += differs(i, at + inputs, outputs);
    }
    finish_recordings(total, failed);
    return 0;
}
