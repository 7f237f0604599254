/* Product of 24 by 24 matrices in double precision; option 1: single. The numbers stay small and whole, so that every
 * rounding is exact and the check is equality. */
#include "rom.h"

enum { N = 24 };

#define PRODUCT(name, type)                                                                                            \
    static type name##_a[N][N], name##_b[N][N], name##_c[N][N];                                                        \
    static APART void name(void) {                                                                                     \
        for (u32 i = 0; i < N; i++)                                                                                    \
            for (u32 j = 0; j < N; j++) {                                                                              \
                type sum = 0;                                                                                          \
                for (u32 k = 0; k < N; k++)                                                                            \
                    sum += name##_a[i][k] * name##_b[k][j];                                                            \
                name##_c[i][j] = sum;                                                                                  \
            }                                                                                                          \
    }                                                                                                                  \
    static u64 name##_work(u32 size) {                                                                                 \
        u64 hash = 0;                                                                                                  \
        u32 seed = 1;                                                                                                  \
        for (u32 turn = 0; turn < size; turn++) {                                                                      \
            s32 wanted = 0;                                                                                            \
            type trace = 0;                                                                                            \
            for (u32 i = 0; i < N; i++)                                                                                \
                for (u32 j = 0; j < N; j++) {                                                                          \
                    seed = seed * 1664525 + 1013904223;                                                                \
                    name##_a[i][j] = (type)(s32)(seed >> 26);                                                          \
                    name##_b[j][i] = (type)((s32)seed >> 26);                                                          \
                    wanted += (s32)(seed >> 26) * ((s32)seed >> 26);                                                   \
                }                                                                                                      \
            name();                                                                                                    \
            for (u32 i = 0; i < N; i++)                                                                                \
                trace += name##_c[i][i];                                                                               \
            expect(trace == (type)wanted, "trace of the product");                                                     \
            for (u32 i = 0; i < N; i++)                                                                                \
                hash = mix(hash, (u64)(s64)(s32)(name##_c[i][(i * 7) % N] * (type)0.5));                               \
        }                                                                                                              \
        return hash;                                                                                                   \
    }

PRODUCT(in_double, double)
PRODUCT(in_single, float)

u64 work(u32 size, u32 option) {
    return option ? in_single_work(size) : in_double_work(size);
}
