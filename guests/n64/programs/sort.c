/* Quicksort and then a search for every number, of 2048 random words, over and over. */
#include "rom.h"

enum { N = 2048 };
static u32 data[N];

static APART void sort(u32 *a, s32 low, s32 high) {
    while (low < high) {
        u32 pivot = a[low + (high - low) / 2];
        s32 i = low, j = high;
        while (i <= j) {
            while (a[i] < pivot)
                i++;
            while (a[j] > pivot)
                j--;
            if (i <= j) {
                u32 t = a[i];
                a[i++] = a[j];
                a[j--] = t;
            }
        }
        if (j - low < high - i) {
            sort(a, low, j);
            low = i;
        } else {
            sort(a, i, high);
            high = j;
        }
    }
}

static APART s32 find(const u32 *a, u32 value) {
    s32 low = 0, high = N - 1;
    while (low < high) {
        s32 middle = (low + high) / 2;
        if (a[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return a[low] == value ? low : -1;
}

u64 work(u32 size, u32 option) {
    u64 hash = option;
    u32 seed = 1;
    for (u32 turn = 0; turn < size; turn++) {
        u32 sum = 0, first = seed;
        for (u32 i = 0; i < N; i++) {
            seed = seed * 1664525 + 1013904223;
            data[i] = seed;
            sum += seed;
        }
        sort(data, 0, N - 1);
        for (u32 i = 0; i < N; i++) {
            first = first * 1664525 + 1013904223;
            sum -= data[i];
            expect(find(data, first) >= 0 && (i == 0 || data[i - 1] <= data[i]), "order");
        }
        expect(sum == 0, "sum of the sorted numbers");
        hash = mix(hash, data[turn % N]);
    }
    return hash;
}
