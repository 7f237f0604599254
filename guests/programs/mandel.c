/* mandel: floating-point comparisons and conversions, double (default) or single (-s).
 *
 * Isolates the FPU's control side: C.LT and BC1 in a short loop with a data-dependent trip count, conversions from
 * integers, arithmetic that stays in registers. Where `matmul` and `nbody` load and store, this computes and
 * branches. SIZE is the number of rows of 64 points with at most 128 iterations each.
 *
 * Rows come in pairs mirrored at the real axis, which must need the same number of iterations to the bit: half the
 * work checks the other half. A point inside the cardioid is known never to escape, and one outside radius 2 at
 * once; the first eight rows are known.
 */
#include "common.h"

enum { WIDTH = 64, LIMIT = 128, ROWS = 64 };

#define ESCAPE(name, type)                                                                                             \
    static APART uint32_t name(type re, type im) {                                                                     \
        type x = 0, y = 0;                                                                                             \
        uint32_t n = 0;                                                                                                \
        while (n < LIMIT) {                                                                                            \
            type xx = x * x, yy = y * y;                                                                               \
            if (xx + yy > 4)                                                                                           \
                break;                                                                                                 \
            y = 2 * x * y + im;                                                                                        \
            x = xx - yy + re;                                                                                          \
            n++;                                                                                                       \
        }                                                                                                              \
        return n;                                                                                                      \
    }                                                                                                                  \
    static APART uint32_t name##_row(int row) {                                                                        \
        uint32_t sum = 0;                                                                                              \
        for (int i = 0; i < WIDTH; i++)                                                                                \
            sum = mix(sum, name((type)(3 * i) / WIDTH - (type)2.25, (type)row / 48));                                  \
        return sum;                                                                                                    \
    }

ESCAPE(of_double, double)
ESCAPE(of_float, float)

int work(int argc, char **argv) {
    uint32_t single = 0, sum = 0, upper = 0;
    const struct option options[] = {{'s', &single, 0, 0}};
    uint32_t size = arguments(argc, argv, 4, options, COUNT(options));

    expect("iterations inside", single ? of_float(-0.25f, 0.25f) : of_double(-0.25, 0.25), LIMIT);
    expect("iterations outside", single ? of_float(2.5f, 0) : of_double(2.5, 0), 1);
    for (uint32_t i = 0; i < size; i++) {
        int row = (int)(i / 2 % ROWS) * (i & 1 ? -1 : 1);
        uint32_t this = single ? of_float_row(row) : of_double_row(row);
        if (i & 1)
            expect("mirrored row", this, upper);
        upper = this;
        sum = mix(sum, this);
        if (i == 7)
            expect("eight rows", sum, 0x9680cc76);
    }
    return finish(sum);
}
