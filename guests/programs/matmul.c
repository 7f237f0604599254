/* matmul: matrix multiplication in double (default), single (-s) or integers (-i).
 *
 * Isolates loads and multiply-adds in a counted inner loop with two address streams: address folding, FPU register
 * pairs against single registers, HI/LO against a host IMUL, and (axis `region`) a loop nest whose back edges are
 * all taken many times. SIZE is the number of 40x40 products.
 *
 * The entries are small integers and stay exact in all three types, so each product is checked by a vector: A(Bv)
 * must equal (AB)v, which needs no second multiplication of matrices; the first result is known.
 */
#include "common.h"

enum { N = 40 };

/* One multiplication per type; the inner loop is scalar on every machine. */
#define MULTIPLY(name, type)                                                                                           \
    static type name##_a[N][N], name##_b[N][N], name##_c[N][N];                                                        \
    static APART __attribute__((optimize("no-tree-vectorize"))) void name(void) {                                      \
        for (int i = 0; i < N; i++)                                                                                    \
            for (int j = 0; j < N; j++) {                                                                              \
                type sum = 0;                                                                                          \
                for (int k = 0; k < N; k++)                                                                            \
                    sum += name##_a[i][k] * name##_b[k][j];                                                            \
                name##_c[i][j] = sum;                                                                                  \
            }                                                                                                          \
    }                                                                                                                  \
    static void name##_fill(int round) {                                                                               \
        for (int i = 0; i < N; i++)                                                                                    \
            for (int j = 0; j < N; j++) {                                                                              \
                name##_a[i][j] = (type)((i * 7 + j * 3 + round) % 17 - 8);                                             \
                name##_b[i][j] = (type)((i * 5 + j * 11 + round) % 13 - 6);                                            \
            }                                                                                                          \
    }                                                                                                                  \
    static uint32_t name##_check(void) {                                                                               \
        uint32_t sum = 0;                                                                                              \
        type bv[N];                                                                                                    \
        for (int i = 0; i < N; i++) {                                                                                  \
            bv[i] = 0;                                                                                                 \
            for (int j = 0; j < N; j++)                                                                                \
                bv[i] += name##_b[i][j] * (type)(j % 5 - 2);                                                           \
        }                                                                                                              \
        for (int i = 0; i < N; i++) {                                                                                  \
            type want = 0, got = 0;                                                                                    \
            for (int j = 0; j < N; j++) {                                                                              \
                want += name##_a[i][j] * bv[j];                                                                        \
                got += name##_c[i][j] * (type)(j % 5 - 2);                                                             \
            }                                                                                                          \
            expect("row of the product", (uint32_t)(int32_t)got, (uint32_t)(int32_t)want);                             \
            sum = mix(sum, (uint32_t)(int32_t)got);                                                                    \
        }                                                                                                              \
        return sum;                                                                                                    \
    }

MULTIPLY(of_double, double)
MULTIPLY(of_float, float)
MULTIPLY(of_int, int32_t)

#define RUN(name, known)                                                                                               \
    do {                                                                                                               \
        name##_fill(0);                                                                                                \
        for (uint32_t i = 0; i < size; i++) {                                                                          \
            name();                                                                                                    \
            if ((i & 63) == 0) {                                                                                       \
                sum = mix(sum, name##_check());                                                                        \
                if (i == 0)                                                                                            \
                    expect("first product", sum, known);                                                               \
                name##_fill((int)(i >> 6 & 63));                                                                       \
            }                                                                                                          \
        }                                                                                                              \
    } while (0)

int work(int argc, char **argv) {
    uint32_t single = 0, integer = 0, sum = 0;
    const struct option options[] = {{'s', &single, 0, 0}, {'i', &integer, 0, 0}};
    uint32_t size = arguments(argc, argv, 1, options, COUNT(options));

    if (integer)
        RUN(of_int, 0xf9d6027c);
    else if (single)
        RUN(of_float, 0xf9d6027c);
    else
        RUN(of_double, 0xf9d6027c);
    return finish(sum);
}
