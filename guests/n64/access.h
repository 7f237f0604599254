/* What the machine leaves to the board: accesses and fetches (access.c), code beyond 32 bits (step.c). */
#ifndef JL_N64_ACCESS_H
#define JL_N64_ACCESS_H

struct jl_n64;

/* Loads, stores and fetches that the machine could not do. */
void jl_n64_data_access(struct jl_n64 *n);
void jl_n64_fetch(struct jl_n64 *n);
/* A load or store that the TLB refuses, as translated code has found (JL_EXIT_MISS). */
void jl_n64_miss(struct jl_n64 *n);
/* Executes one instruction where the machine cannot: at an address that is no sign-extended 32-bit one, or with
 * JL_MODE_REVERSED. */
void jl_n64_step(struct jl_n64 *n);

/* Lets the machine do devices' accesses and find what the TLB maps without being left (reach.c). */
void jl_n64_reach(struct jl_n64 *n);

#endif
