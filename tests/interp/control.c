/* Branches and delay slots (control.S), and code that the guest changes ahead of itself. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/cachectl.h>
#include <sys/mman.h>

void control_cases(uint32_t *out);

enum { ADDIU_2_2 = 0x24420000, JR_31 = 0x03e00008, SW_5_4 = 0xac850000, MAX = 1000 };

/* A function that overwrites its own instruction `ahead` words behind the store, between two runs and within one. */
static void changed_code(uint32_t *code, unsigned ahead) {
    unsigned n = 0;
    code[n++] = ADDIU_2_2 | 1;        /* addiu $2, $2, 1 */
    code[n++] = SW_5_4;               /* sw $5, 0($4) */
    code[n++] = 0x041f0000 | 4 << 21; /* synci 0($4) */
    for (unsigned k = 0; k < 8; k++)
        code[n++] = ADDIU_2_2 | 16;
    code[n++] = JR_31;
    code[n++] = ADDIU_2_2 | 256; /* in the slot */
    code[n++] = 0;
    cacheflush(code, 64, BCACHE);
    uint32_t (*run)(uint32_t *, uint32_t) = (uint32_t(*)(uint32_t *, uint32_t))(void *)code;
    for (unsigned round = 0; round < 3; round++) {
        uint32_t result;
        __asm__ volatile("move $2,$0\n move $4,%1\n move $5,%2\n jalr %3\n move %0,$2"
                         : "=r"(result)
                         : "r"(code + ahead), "r"(ADDIU_2_2 | (1024 << round)), "r"(run)
                         : "$2", "$3", "$4", "$5", "$31", "memory");
        printf("changed %u ahead, round %u: %u\n", ahead, round, result);
    }
}

int main(void) {
    static uint32_t out[MAX];
    control_cases(out);
    unsigned last = MAX;
    while (last && !out[last - 1])
        last--;
    for (unsigned n = 0; n < last; n++)
        printf("%u: %x\n", n, out[n]);
    uint32_t *code = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED)
        return 1;
    for (unsigned ahead = 3; ahead < 11; ahead++)
        changed_code(code, ahead);
    changed_code(code, 12);
    changed_code(code + 1020, 6); /* over the end of a page */
    return 0;
}
