/* The Nintendo 64's RDP (Reality Display Processor) as a software renderer.
 *
 * It knows nothing of the console around it: whoever owns the DP registers reads the command list (out of RDRAM or
 * DMEM) and hands over its words; the RDP draws into the RDRAM that it was given. Commands are guest input: no address,
 * size or coordinate in them makes the RDP touch memory outside of that RDRAM (reads there give 0, writes are dropped),
 * the work for one command is bounded, and the result depends on nothing but memory and commands.
 *
 * Facts: the n64brew wiki's pages on the RDP, libdragon's rdpq documentation, US patent 6,166,748. README.md says what
 * is exact and what is not.
 */
#ifndef JL_N64_RDP_H
#define JL_N64_RDP_H

#include <stdbool.h>
#include <stdint.h>

struct jl_rdp;
struct jl_state;

/* A new RDP that draws into rdram, which holds bytes in guest order (big-endian) and stays the caller's; it must
 * outlive the RDP. The ninth bits of RDRAM's bytes, which only the RDP sees, are kept inside. NULL when there is no
 * memory. */
struct jl_rdp *jl_rdp_new(uint8_t *rdram, uint32_t rdram_bytes);
/* rdram holds 32-bit words in the host's order (a little-endian one's) instead. */
void jl_rdp_swizzle(struct jl_rdp *r);
void jl_rdp_free(struct jl_rdp *rdp);

/* Executes n 64-bit words of a command list (host byte order). An unfinished command at the end is kept for the next
 * call; unknown commands are skipped. *full becomes true when a SYNC_FULL was among them: the caller then raises the DP
 * interrupt. Returns how many words it took: all, unless it was told to stop (jl_rdp_on_work). */
unsigned jl_rdp_commands(struct jl_rdp *rdp, const uint64_t *words, unsigned n, bool *full);

/* Sets what is asked behind each command that draws or loads, whether to stop there; NULL: nothing. One such command
 * takes the host up to a few tenths of a second, and the words that jl_rdp_commands is given may hold dozens. */
void jl_rdp_on_work(struct jl_rdp *rdp, bool (*stops)(void *ctx), void *ctx);

/* Sets what is called after ranges of RDRAM were written, so that translated code there can be dropped; NULL: nothing.
 * A range lies inside RDRAM, is not empty and may be called for more than once. */
void jl_rdp_on_write(struct jl_rdp *rdp, void (*fn)(void *ctx, uint32_t addr, uint32_t bytes), void *ctx);

/* All that the RDP keeps (its ninth bits too, RDRAM itself not), for a savestate of the console (state.h). */
void jl_rdp_state(struct jl_rdp *rdp, struct jl_state *state);

#endif
