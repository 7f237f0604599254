/* qsortcb: sorting with a comparison callback.
 *
 * Isolates the call through a pointer inside a hot loop (axes `inline-cache` and `returns`) in a realistic setting:
 * quicksort over 16-byte records, with three comparators that change between sorts, so that the call site is
 * monomorphic for a while and then isn't. Unpredictable conditional branches and byte copies come with it. SIZE is
 * the number of sorts of 256 records.
 *
 * The sort is written here because libc's takes its memory from malloc and its limits from sysconf. Checked by
 * order, and by a sum over the records that sorting must not change; the first sorts by what they are known to give.
 */
#include "common.h"
#include "offload.h"

enum { RECORDS = 256 };

GUEST_FUNCTION(compare_fn, int, const void *a, const void *b);
typedef uint32_t __attribute__((may_alias, aligned(1))) any_word;

static void swap(char GUEST *a, char GUEST *b, size_t width) {
    for (size_t i = 0; i < width; i += sizeof(any_word)) {
        any_word GUEST *x = (any_word GUEST *)(a + i);
        any_word GUEST *y = (any_word GUEST *)(b + i);
        uint32_t t = *x;
        *x = *y;
        *y = t;
    }
}

/* Hoare's partition around the middle element; the larger half is left to the loop, so the depth stays logarithmic. */
static APART void sort(char GUEST *base, size_t count, size_t width, compare_fn compare) {
    while (count > 1) {
        char GUEST *lo = base;
        char GUEST *hi = base + (count - 1) * width;
        char GUEST *pivot = base;
        swap(base, base + count / 2 * width, width);
        for (;;) {
            do
                lo += width;
            while (lo <= hi && GUEST_CALL(int, compare, lo, pivot) < 0);
            while (GUEST_CALL(int, compare, hi, pivot) > 0)
                hi -= width;
            if (lo >= hi)
                break;
            swap(lo, hi, width);
            hi -= width;
        }
        swap(pivot, hi, width);
        size_t below = (size_t)(hi - base) / width, above = count - below - 1;
        if (below < above) {
            sort(base, below, width, compare);
            base = hi + width;
            count = above;
        } else {
            sort(hi + width, above, width, compare);
            count = below;
        }
    }
}
OFFLOAD_VOID(sort, char GUEST *, size_t, size_t, compare_fn);

#ifndef OFFLOAD_OBJECT
struct record {
    uint32_t key, serial;
    char name[8];
};

static APART int by_key(const void *a, const void *b) {
    const struct record *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static APART int by_name(const void *a, const void *b) {
    const struct record *x = a, *y = b;
    for (int i = 0; i < 8; i++)
        if (x->name[i] != y->name[i])
            return x->name[i] < y->name[i] ? -1 : 1;
    return 0;
}

static APART int by_serial_down(const void *a, const void *b) {
    const struct record *x = a, *y = b;
    return (x->serial < y->serial) - (x->serial > y->serial);
}

static struct record records[RECORDS];

static uint32_t content(void) {
    uint32_t sum = 0;
    for (int i = 0; i < RECORDS; i++)
        sum += (records[i].key ^ rotl32(records[i].serial, 7)) * 0x9e3779b1u + (uint8_t)records[i].name[3];
    return sum;
}

int work(int argc, char **argv) {
    static const compare_fn comparators[] = {by_key, by_name, by_serial_down};
    uint32_t size = arguments(argc, argv, 4, NULL, 0), seed = 5, sum = 0;

    for (uint32_t i = 0; i < RECORDS; i++) {
        records[i].key = next_random(&seed);
        records[i].serial = i;
        for (int k = 0; k < 8; k++)
            records[i].name[k] = (char)('a' + (next_random(&seed) >> 9) % 3);
    }
    for (uint32_t i = 0; i < size; i++) {
        compare_fn compare = comparators[i / 2 % 3];
        uint32_t before = content();
        sort((char *)records, RECORDS, sizeof records[0], compare);
        for (int k = 1; k < RECORDS; k++)
            if ((i & 7) == 0 && compare(&records[k - 1], &records[k]) > 0)
                expect("order of neighbours", (uint32_t)k, 0);
        expect("content", content(), before);
        sum = mix(sum, records[i % RECORDS].key);
        if (i == 7)
            expect("keys after eight sorts", sum, 0xe1ad41b5);
        for (uint32_t k = 0; k < 64; k++) /* disturb a quarter before the next sort */
            records[next_random(&seed) % RECORDS].key = next_random(&seed);
    }
    return finish(sum);
}
#endif
