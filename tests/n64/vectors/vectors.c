/* Carries out the vectors that vectors.lua puts behind this program in the cartridge: each is one instruction with its
 * operands and what it has to leave behind. Prints a line for each that leaves something else, then how many there
 * were.
 *
 * A batch of them is fetched by DMA and made into a small piece of code each, then these are called one after the
 * other: so code is written, and what was translated of it forgotten, once a batch. */
#include "recorded.h"

enum { RESULT, LO_HI, BRANCH };

struct vector {
    u32 kind, word;
    u64 a, b;      /* in $8 and $9 */
    u64 wanted[2]; /* RESULT: in $10, and 0; LO_HI: LO and HI; BRANCH: was it taken, was its delay slot carried out */
};

#define PI(n) MEM32(0xa4600000u + 4 * (n))
#define VECTORS 0x00140000u /* in memory: a batch of them, and their code; in the cartridge they follow 8 bytes */
#define CODE 0x00200000u

enum { BATCH = 2048, WORDS = 8 };

static void fetch(u32 first, u32 count) {
    wait_for_cartridge();
    PI(0) = VECTORS;
    PI(1) = RECORDINGS + 8 + first * (u32)sizeof(struct vector);
    PI(3) = count * (u32)sizeof(struct vector) - 1;
    wait_for_cartridge();
}

/* Each begins on a line of the instruction cache, and returns by $12. */
static void write_code(u32 index, const volatile struct vector *v) {
    enum { RETURN = 0x01800008, MFLO_10 = 0x00005012, MFHI_11 = 0x00005810, ADDIU_11_11_1 = 0x256b0001 };
    enum { ADDIU_10_0_1 = 0x240a0001 };
    /* a branch of three words' length, from its delay slot */
    static const u32 behind[][WORDS - 1] = {[RESULT] = {RETURN},
                                            [LO_HI] = {MFLO_10, MFHI_11, RETURN},
                                            [BRANCH] = {ADDIU_11_11_1, RETURN, 0, RETURN, ADDIU_10_0_1}};
    u32 at = CODE + 4 * WORDS * index;
    MEM32(UNCACHED + at) = v->word;
    for (u32 i = 1; i < WORDS; i++)
        MEM32(UNCACHED + at + 4 * i) = behind[v->kind][i - 1];
    __asm__ volatile("cache 0x10, 0(%0)" ::"r"(CACHED + at) : "memory");
}

/* What is found before is not what is wanted. */
static void call(u32 index, const volatile struct vector *v, u64 found[2]) {
    u32 code = CACHED + CODE + 4 * WORDS * index;
    register u64 a __asm__("$8") = v->a;
    register u64 b __asm__("$9") = v->b;
    register u64 first __asm__("$10") = v->kind == BRANCH ? 0 : ~v->wanted[0];
    register u64 second __asm__("$11") = v->kind == LO_HI ? ~v->wanted[1] : 0;
    __asm__ volatile(".set push\n\t.set noreorder\n\tmtlo $10\n\tmthi $11\n\tjalr $12, %4\n\tnop\n\t.set pop"
                     : "+r"(a), "+r"(b), "+r"(first), "+r"(second)
                     : "r"(code)
                     : "$12", "$31", "hi", "lo", "memory");
    found[0] = first;
    found[1] = second;
}

/* What was found, and the exception's code (ff: none). */
static void report(u32 number, const u64 found[2], u32 excepted) {
    print_hex(number, 8);
    print(": ");
    print_hex(found[0], 16);
    print(" ");
    print_hex(found[1], 16);
    print(" ");
    print_hex(excepted ? exception.cause >> 2 & 31 : 0xff, 2);
    print("\n");
}

static u32 run_batch(u32 first, u32 count) {
    const volatile struct vector *vectors = (const volatile struct vector *)(UNCACHED + VECTORS);
    u32 failed = 0;
    fetch(first, count);
    for (u32 i = 0; i < count; i++)
        write_code(i, &vectors[i]);
    for (u32 i = 0; i < count; i++) {
        const volatile struct vector *v = &vectors[i];
        u32 before = exception.count;
        u64 found[2];
        call(i, v, found);
        if (found[0] == v->wanted[0] && found[1] == v->wanted[1] && exception.count == before)
            continue;
        failed++;
        report(first + i, found, exception.count != before);
    }
    return failed;
}

int main(void) {
    u32 total = MEM32(UNCACHED + RECORDINGS), failed = 0;
    MTC0_32(12, STATUS_DEFAULT);
    for (u32 first = 0; first < total; first += BATCH)
        failed += run_batch(first, total - first < BATCH ? total - first : BATCH);
    finish_recordings(total, failed);
    return 0;
}
