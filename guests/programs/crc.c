/* crc: table look-up per byte, or bit by bit with -b.
 *
 * Isolates two tight loops: one with two dependent loads a byte (an index computed from data: address folding, and
 * the fast path of axis `memory`), one of shifts and a mask without loads (quality of a loop body of five
 * instructions, sign masks, `passes`). SIZE is the number of passes over 1024 bytes.
 *
 * Checked by the published value for "123456789", and the first passes by the other version.
 */
#include "common.h"

enum { BYTES = 1024 };
static const uint32_t POLYNOMIAL = 0xedb88320;

static uint32_t table[256];
static uint8_t data[BYTES];

static APART uint32_t by_bits(uint32_t crc, const uint8_t *p, size_t n) {
    while (n--) {
        crc ^= *p++;
        for (int i = 0; i < 8; i++) {
            crc = crc >> 1 ^ (POLYNOMIAL & -(crc & 1));
            OPAQUE(crc);
        }
    }
    return crc;
}

static APART uint32_t by_table(uint32_t crc, const uint8_t *p, size_t n) {
    while (n--)
        crc = crc >> 8 ^ table[(crc ^ *p++) & 255];
    return crc;
}

int work(int argc, char **argv) {
    uint32_t bits = 0, seed = 17, crc = 0;
    const struct option options[] = {{'b', &bits, 0, 0}};
    uint32_t size = arguments(argc, argv, 4, options, COUNT(options));
    const uint8_t digits[] = "123456789", zero = 0;

    for (uint32_t i = 0; i < 256; i++)
        table[i] = by_bits(i, &zero, 1);
    for (int i = 0; i < BYTES; i++)
        data[i] = (uint8_t)next_random(&seed);
    expect("by table", ~by_table(~0u, digits, 9), 0xcbf43926);
    expect("by bits", ~by_bits(~0u, digits, 9), 0xcbf43926);
    for (uint32_t i = 0; i < size; i++) {
        uint32_t before = crc;
        crc = bits ? by_bits(crc, data, BYTES) : by_table(crc, data, BYTES);
        if (i < 2)
            expect("the other version", bits ? by_table(before, data, BYTES) : by_bits(before, data, BYTES), crc);
        data[i % BYTES] = (uint8_t)crc;
    }
    return finish(crc);
}
