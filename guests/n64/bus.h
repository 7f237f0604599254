/* Physical addresses. */
#ifndef JL_N64_BUS_H
#define JL_N64_BUS_H

#include <stdint.h>

struct jl_n64;

/* An access of 1, 2, 4 or 8 bytes at a physical address. A store gets the whole register, since narrow stores put more
 * of it onto the bus than their size (bus.c). */
uint64_t jl_bus_read(struct jl_n64 *n, uint32_t phys, unsigned size);
void jl_bus_write(struct jl_n64 *n, uint32_t phys, unsigned size, uint64_t value);
uint32_t jl_bus_read32(struct jl_n64 *n, uint32_t phys);

#endif
