/* The host address space around a machine: one reservation that holds the machine, its code cache and its strategies'
 * tables, so that translated code reaches any of them by a displacement from the machine's register, where it would
 * have to load an address first. Pages of it that nobody touches cost nothing.
 *
 *     base | ... code cache, tables up to 1.5 GiB | machine | larger tables ... | end
 *
 * What lies below the machine grows downward and is always in reach of 32 bits; of what lies above, the first table's
 * start is.
 */
#ifndef JL_RUNTIME_SPACE_H
#define JL_RUNTIME_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jl_machine;

struct jl_space {
    uint8_t *base, *end;
    uint8_t *low, *high; /* what is between them is taken */
};

/* A reservation with a zeroed machine in it; NULL when the host has no room for one. Freed with jl_space_free. */
struct jl_machine *jl_space_new(void);

/* bytes (rounded up to pages) of the machine's space, zeroed, with that protection (PROT_...); NULL when it is used up.
 * They live as long as the machine. */
void *jl_space_take(struct jl_machine *m, size_t bytes, int prot);

/* Whether p lies in the space of m, that is: at the same distance from the machine in each run. */
bool jl_space_holds(const struct jl_machine *m, const void *p);

/* Gives the reservation back, the machine with it. */
void jl_space_free(struct jl_machine *m);

#endif
