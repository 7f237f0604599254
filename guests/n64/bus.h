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

/* The device that has all of phys's 4 KiB, or NULL; its aligned accesses of 4 bytes. */
const void *jl_bus_device(uint32_t phys);
uint32_t jl_bus_device_read(struct jl_n64 *n, const void *device, uint32_t phys);
void jl_bus_device_write(struct jl_n64 *n, const void *device, uint32_t phys, uint32_t v);

#endif
