/* Arrays that grow by doubling: see array.h. */
#include "jit/util/array.h"

#include <stdlib.h>

enum { FIRST = 128 };

bool jl_array_room(void **array, uint32_t *cap, uint32_t need, size_t size) {
    if (need <= *cap)
        return true;
    uint32_t n = *cap ? *cap : FIRST;
    while (n < need)
        n *= 2;
    void *p = realloc(*array, n * size);
    if (!p)
        return false;
    *array = p;
    *cap = n;
    return true;
}
