/* The console's reset button. */
#ifndef JL_N64_RESET_H
#define JL_N64_RESET_H

struct jl_n64;

/* The button is pressed (and let go at once): the interrupt that announces it; what it announces comes half a second
 * later. */
void jl_reset_pressed(struct jl_n64 *n);
/* That: the processor's non-maskable interrupt (an event). */
void jl_reset_nmi(struct jl_n64 *n);

#endif
