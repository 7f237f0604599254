/* Arrays that grow by doubling: pointer, capacity and use are the owner's, who frees the array. */
#ifndef JL_ARRAY_H
#define JL_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for `need` elements of `size` bytes in *array, which has room for *cap (NULL and 0 at first). What is new is not
 * zeroed. False when the host has no memory: then nothing has changed. */
bool jl_array_room(void **array, uint32_t *cap, uint32_t need, size_t size);

#endif
