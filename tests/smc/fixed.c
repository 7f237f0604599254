/* Unaligned stores that the system fixes up (sysmips MIPS_FIXADE), of each size at each offset around an instruction: those
 * that touch one of its bytes change it, those beside it do not. */
#include "smc.h"

#include <sys/syscall.h>
#include <sys/sysmips.h>

enum { BASE = 64 };

/* Stores size bytes of a1 to a0. */
static uint8_t *put_storer(uint8_t *at, unsigned size) {
    struct code c = {at};
    code_word(&c, size == 2 ? SH(A1, 0, A0) : size == 4 ? SW(A1, 0, A0) : SDC1(0, 0, A0));
    code_word(&c, JR(RA));
    code_word(&c, NOP);
    return c.at;
}

/* A halfword of which only the second byte is code: the first byte of a region. Little-endian this is the low byte of the
 * immediate, big-endian the opcode, by which ADDIU becomes LUI. */
static void first_byte(uint8_t *page) {
    uint8_t *code = page + 256, *storer = page + 512;
    code_sync(storer, put_storer(storer, 2));
    for (unsigned i = 0; i < 2; i++) {
        put(code - 4, 0);
        put(code, ADDIU(V0, ZERO, 0x1111));
        put(code + 4, JR(RA));
        put(code + 8, NOP);
        code_sync(code - 4, code + 12);
        expect("before a halfword across two words", call(code, 0, 0, 0, 0), 0x1111);
        call(storer, address(code - 1), BIG ? 0x003c : 0x2200, 0, 0);
        code_sync(code, code + 4);
        expect("a halfword across two words", call(code, 0, 0, 0, 0), BIG ? 0x11110000 : 0x1122);
    }
}

int main(int argc, char **argv) {
    const struct option options[] = {SMC_OPTIONS};
    uint32_t size = arguments(argc, argv, 1, options, COUNT(options)), sum = 0;
    need(syscall(SYS_sysmips, MIPS_FIXADE, 1, 0) == 0, "have unaligned accesses fixed up");
    uint8_t *page = code_memory(2 * PAGE), *code = page + BASE;
    first_byte(page);
    for (unsigned bytes = 2; bytes <= 8; bytes *= 2) {
        uint8_t *storer = page + PAGE + 16 * bytes;
        code_sync(storer, put_storer(storer, bytes));
        for (int offset = -9; offset <= 5; offset++) {
            uint8_t model[32], value[8];
            uint32_t want;
            put_constant(code, 0);
            put(code + 4, ADDIU(V0, ZERO, 0x1111));
            code_sync(code, code + 8);
            expect("before an unaligned store", call(code, 0, 0, 0, 0), 0x1111);
            /* every byte of the instruction is stored as it is, but those of its immediate, which become 22 */
            memcpy(model, code - 12, 32);
            for (unsigned k = 0; k < bytes; k++) {
                int at = offset + (int)k - 4;
                value[k] = at == (BIG ? 2 : 0) || at == (BIG ? 3 : 1) ? 0x22 : model[12 + offset + (int)k];
                model[12 + offset + (int)k] = value[k];
            }
            memcpy(&want, model + 16, 4);
            want = (uint32_t)(int16_t)want;
            if (bytes == 8) {
                double d;
                memcpy(&d, value, 8);
                __asm__ volatile("ldc1 $f0, %0" : : "m"(d) : "$f0");
                __asm__ volatile("move $4, %0\n\tjalr %1" : : "r"(code + offset), "r"(storer)
                                 : "$4", "$31", "$2", "$8", "memory");
            } else {
                uint32_t v;
                memcpy(&v, value, 4);
                call(storer, address(code + offset), BIG && bytes == 2 ? v >> 16 : v, 0, 0);
            }
            code_sync(code, code + 8);
            uint32_t got = call(code, 0, 0, 0, 0);
            expect_at("an unaligned store", bytes, (uint32_t)offset, got, want);
            sum = mix(sum, got);
        }
    }
    (void)size;
    return finish(sum != 0);
}
