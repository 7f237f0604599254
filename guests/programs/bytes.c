/* bytes: byte and halfword loads and stores.
 *
 * Isolates narrow accesses (axes `memory` and `byte-order`): with swizzled memory every narrow address needs an
 * exclusive-or, with swapped memory halfwords need a rotate and bytes nothing; sign extension by LB and LH against
 * LBU and LHU. The work is a run-length coder and decoder over bytes, and an addition of 16-bit audio samples with
 * saturation. SIZE is the number of passes over 2048 bytes.
 *
 * Checked by coding and decoding back to the input, and by adding the samples' sums.
 */
#include "common.h"

enum { BYTES = 2048, SAMPLES = BYTES / 2 };

static uint8_t plain[BYTES], packed[2 * BYTES], unpacked[BYTES];
static int16_t left[SAMPLES], right[SAMPLES], both[SAMPLES];

static APART uint32_t pack(const uint8_t *from, uint32_t count, uint8_t *to) {
    uint8_t *start = to;
    for (uint32_t i = 0; i < count;) {
        uint32_t run = 1;
        while (i + run < count && run < 255 && from[i + run] == from[i])
            run++;
        *to++ = (uint8_t)run;
        *to++ = from[i];
        i += run;
    }
    return (uint32_t)(to - start);
}

static APART __attribute__((optimize("no-tree-loop-distribute-patterns"))) uint32_t
unpack(const uint8_t *from, uint32_t count, uint8_t *to) {
    uint8_t *start = to;
    for (uint32_t i = 0; i < count; i += 2)
        for (uint32_t run = from[i]; run; run--)
            *to++ = from[i + 1];
    return (uint32_t)(to - start);
}

/* Returns how much saturation took away in total. */
static APART int32_t add_samples(void) {
    int32_t lost = 0;
    for (int i = 0; i < SAMPLES; i++) {
        int32_t v = left[i] + right[i], kept = v > 32767 ? 32767 : v < -32768 ? -32768 : v;
        lost += v - kept;
        both[i] = (int16_t)kept;
    }
    return lost;
}

static int32_t total(const int16_t *samples) {
    int32_t sum = 0;
    for (int i = 0; i < SAMPLES; i++)
        sum += samples[i];
    return sum;
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 4, NULL, 0), seed = 7, sum = 0;

    for (int i = 0; i < BYTES; i++) /* short runs: a new value with probability 1/4 */
        plain[i] = i && next_random(&seed) & 0x300 ? plain[i - 1] : (uint8_t)next_random(&seed);
    for (int i = 0; i < SAMPLES; i++) {
        left[i] = (int16_t)next_random(&seed);
        right[i] = (int16_t)next_random(&seed);
    }
    for (uint32_t i = 0; i < size; i++) {
        plain[i % BYTES] ^= (uint8_t)i;
        left[i % SAMPLES] = (int16_t)(left[i % SAMPLES] * 3 + 1);
        uint32_t length = pack(plain, BYTES, packed);
        expect("unpacked length", unpack(packed, length, unpacked), BYTES);
        int32_t lost = add_samples();
        if ((i & 15) == 0) {
            expect("unpacked equals plain", (uint32_t)memcmp(plain, unpacked, BYTES), 0);
            expect("sum of samples", (uint32_t)(total(both) + lost), (uint32_t)(total(left) + total(right)));
        }
        sum = mix(mix(sum, length), (uint32_t)lost);
    }
    return finish(sum);
}
