/* unaligned: words at odd addresses.
 *
 * Isolates LWL, LWR, SWL and SWR, which GCC emits for packed structures and which come in pairs: a translator that
 * fuses a pair has one host access, one that takes them singly has two with masks and merges, and which byte lanes
 * they mean depends on the endianness. The records are 15 bytes long, so every alignment occurs. SIZE is the number
 * of passes over 256 records.
 *
 * Checked against fields assembled byte by byte in the machine's own order; the arithmetic by the known sums of the
 * first passes.
 */
#include "common.h"

enum { RECORDS = 256 };

struct record {
    uint8_t tag;
    uint32_t count;
    uint16_t kind;
    uint64_t stamp;
} __attribute__((packed));

static struct record records[RECORDS];

static APART uint32_t update(struct record *r, uint32_t salt) {
    uint32_t sum = 0;
    for (int i = 0; i < RECORDS; i++, r++) {
        r->count += salt + r->tag;
        r->stamp = r->stamp * 5 + r->count;
        r->kind = (uint16_t)(r->kind + r->stamp);
        sum += r->count ^ (uint32_t)(r->stamp >> 32) ^ r->kind;
    }
    return sum;
}

/* The value of a field of `width` bytes, without ever reading more than a byte. */
static uint64_t field(const uint8_t *p, int width) {
    const uint16_t probe = 1;
    bool little = *(const uint8_t *)&probe == 1;
    uint64_t v = 0;
    for (int i = 0; i < width; i++)
        v = v << 8 | *(const volatile uint8_t *)(p + (little ? width - 1 - i : i));
    return v;
}

static uint32_t slow_sum(void) {
    uint32_t sum = 0;
    for (int i = 0; i < RECORDS; i++) {
        const uint8_t *p = (const uint8_t *)&records[i];
        sum += (uint32_t)field(p + 1, 4) ^ (uint32_t)(field(p + 7, 8) >> 32) ^ (uint32_t)field(p + 5, 2);
    }
    return sum;
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 4, NULL, 0), seed = 3, sum = 0;

    for (int i = 0; i < RECORDS; i++)
        records[i] = (struct record){(uint8_t)i, next_random(&seed), (uint16_t)i, next_random(&seed)};
    for (uint32_t i = 0; i < size; i++) {
        uint32_t got = update(records, i);
        if ((i & 31) == 0)
            expect("sum of fields read by bytes", slow_sum(), got);
        sum = mix(sum, got);
        if (i == 7)
            expect("sums after eight passes", sum, 0x2a3f2fc1);
    }
    return finish(sum);
}
