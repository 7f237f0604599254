/* firf: single-precision filter.
 *
 * Isolates single-precision arithmetic with loads and stores: a 24-tap filter over 256 samples, with conversions of
 * the samples from 16-bit integers and of the results back to 32-bit ones. SIZE is the number of such passes.
 *
 * All values are small integers, so that single precision is exact and an integer convolution of the same samples
 * checks every result of every eighth pass.
 */
#include "common.h"

enum { TAPS = 24, SAMPLES = 256 };

static int16_t input[SAMPLES + TAPS];
static int32_t output[SAMPLES];
static float taps[TAPS];

static APART __attribute__((optimize("no-tree-vectorize"))) void filter(void) {
    for (int i = 0; i < SAMPLES; i++) {
        float sum = 0.5f;
        for (int k = 0; k < TAPS; k++)
            sum += taps[k] * (float)input[i + k];
        output[i] = (int32_t)(sum * 2.0f);
    }
}

static void check(void) {
    for (int i = 0; i < SAMPLES; i++) {
        int32_t sum = 1;
        for (int k = 0; k < TAPS; k++)
            sum += 2 * (k % 7 - 3) * input[i + k];
        expect("filtered sample", (uint32_t)output[i], (uint32_t)sum);
    }
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 4, NULL, 0), seed = 99, sum = 0;

    for (int k = 0; k < TAPS; k++)
        taps[k] = (float)(k % 7 - 3);
    for (size_t i = 0; i < COUNT(input); i++)
        input[i] = (int16_t)(next_random(&seed) % 2001) - 1000;
    for (uint32_t i = 0; i < size; i++) {
        filter();
        if ((i & 7) == 0)
            check();
        input[i % COUNT(input)] = (int16_t)(output[i % SAMPLES] & 1023);
        sum = mix(sum, (uint32_t)output[i % SAMPLES]);
    }
    return finish(sum);
}
