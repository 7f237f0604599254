/* sparse: products of a sparse matrix and vectors.
 *
 * Isolates the axis `specialize`: the matrix is a run-time constant of the product (Auslander et al., PLDI 1996), so that
 * both loops unroll and neither its numbers nor where they stand are loaded. The matrix has 12 rows of three elements,
 * in compressed rows; elements are small integers, some of them 0 and 1. SIZE is the number of rounds of 32 products, the
 * vector being another one each time. Every eighth round is checked against the product with the full matrix.
 */
#include "annotate.h"
#include "common.h"

enum { ROWS = 12, PER_ROW = 3, PRODUCTS = 32 };

/* On pages of its own: a translator may watch writes there. */
struct matrix {
    uint32_t start[ROWS + 1]; /* of a row's elements */
    uint32_t column[ROWS * PER_ROW];
    int32_t value[ROWS * PER_ROW];
} _Alignas(4096) matrix;
static _Alignas(4096) int32_t vector[ROWS], product[ROWS];

APART void multiply(const struct matrix *m, const int32_t *v, int32_t *out) {
    SPECIALIZE_FOR(m, sizeof *m);
    for (uint32_t row = 0; row < ROWS; row++) {
        int32_t sum = 0;
        for (uint32_t i = m->start[row]; i < m->start[row + 1]; i++)
            sum += m->value[i] * v[m->column[i]];
        out[row] = sum;
    }
}

static void make(struct matrix *m, uint32_t *seed) {
    for (uint32_t row = 0, n = 0; row < ROWS; row++) {
        m->start[row] = n;
        for (uint32_t k = 0; k < PER_ROW; k++, n++) {
            m->column[n] = next_random(seed) % (ROWS / PER_ROW) * PER_ROW + k;
            m->value[n] = (int32_t)(next_random(seed) % 8) - 2;
        }
        m->start[row + 1] = n;
    }
}

static int32_t full_product(const struct matrix *m, const int32_t *v, uint32_t row) {
    int32_t full[ROWS] = {0}, sum = 0;
    for (uint32_t i = m->start[row]; i < m->start[row + 1]; i++)
        full[m->column[i]] += m->value[i];
    for (uint32_t k = 0; k < ROWS; k++)
        sum += full[k] * v[k];
    return sum;
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 4, NULL, 0), seed = 17, sum = 0;

    make(&matrix, &seed);
    for (uint32_t i = 0; i < size; i++) {
        for (uint32_t k = 0; k < ROWS; k++)
            vector[k] = (int32_t)(next_random(&seed) & 0xfff) - 2048;
        for (uint32_t k = 0; k < PRODUCTS; k++) {
            vector[k % ROWS]++;
            multiply(&matrix, vector, product);
            for (uint32_t r = 0; (i & 7) == 0 && r < ROWS; r++)
                expect("product", (uint32_t)product[r], (uint32_t)full_product(&matrix, vector, r));
            sum = mix(sum, (uint32_t)product[k % ROWS]);
        }
    }
    return finish(sum);
}
