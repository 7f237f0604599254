/* datacode: stores beside hot code in the same page.
 *
 * Isolates false sharing of code and data (axis `invalidate`): a loop calls a short function and stores its result
 * -d N bytes behind the function's start (default 256: same page, never a byte of code). No instruction ever
 * changes. Page protection faults on every store or drops good code, a bitmap costs a test per store, checksums cost
 * a test per entry; the control with -d 8192 (another page) costs none of them anything but the checksums. With -n N
 * only every N-th store goes there and the others into the last of the four pages: the rate of such stores can be chosen.
 * SIZE is the number of calls in units of 64. Nothing is modified after the start, so no flush is owed to the architecture.
 */
#include "emit.h"

enum { CALLS = 64, PAGES = 4 };

/* Where results are stored: each `every`-th in `chosen`, `left` calls from now, the others in `away`. */
struct data {
    volatile uint32_t *chosen, *away;
    uint32_t every, left;
};

static APART uint32_t run(code_fn f, struct data *data, uint32_t v, uint32_t count) {
    volatile uint32_t *chosen = data->chosen, *away = data->away;
    uint32_t left = data->left;
    for (uint32_t i = 0; i < count; i++) {
        volatile uint32_t *to = away;
        v = f(v, i);
        if (--left == 0) {
            to = chosen;
            left = data->every;
        }
        to[i & 7] = v;
    }
    data->left = left;
    return v;
}

/* The calls of one round are one affine map; `rounds` of it by squaring. */
static uint32_t closed_form(uint32_t rounds, uint32_t x) {
    uint32_t mul = 1, add = 0;
    for (uint32_t k = 0; k < CALLS; k++) {
        mul *= 3;
        add = add * 3 + k + 77;
    }
    for (; rounds; rounds >>= 1) {
        if (rounds & 1)
            x = mul * x + add;
        add = mul * add + add;
        mul *= mul;
    }
    return x;
}

int work(int argc, char **argv) {
    uint32_t distance = 256, every = 1, v = 1, want = 1;
    const struct option options[] = {
        {'d', &distance, 128, PAGES * 4096 - 64}, {'n', &every, 1, 1000000000}, CODE_OPTIONS};
    uint32_t size = arguments(argc, argv, 100, options, COUNT(options));
    uint8_t *page = code_memory(PAGES * 4096);
    volatile uint32_t *away = (volatile uint32_t *)(void *)(page + (PAGES - 1) * 4096);
    struct data data = {(volatile uint32_t *)(void *)(page + (distance & ~3u)), away, every, every};
    struct code c = {page};

    code_op(&c, OP_MOVE, R_RES, R_A); /* a * 3 + b + 77 */
    code_op(&c, OP_ADD, R_RES, R_A);
    code_op(&c, OP_ADD, R_RES, R_A);
    code_op(&c, OP_ADD, R_RES, R_B);
    code_addi(&c, R_RES, R_RES, 77);
    code_ret(&c);
    code_sync(page, c.at);

    for (uint32_t i = 0; i < size; i++)
        v = run(code_entry(page), &data, v, CALLS);
    want = closed_form(size, want);
    expect("value after all calls", v, want);
    expect("last word stored", (data.left == every ? data.chosen : away)[(CALLS - 1) & 7], want);
    return finish(v);
}
