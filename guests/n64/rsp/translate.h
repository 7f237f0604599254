/* The RSP translated: a second machine of the same translator behind rsp.h's struct.
 *
 * Scalar registers are the machine's; everything else stays in struct jl_rsp, which stands in the machine's own address
 * space, so that translated code reaches it in one instruction. Data memory is mapped there twice in a row: what
 * begins in the first copy and reaches past its end needs no test.
 *
 * Each content of instruction memory gets a page of the machine's memory, found again by its hash. Translations are
 * therefore never invalidated: a program that DMA brings back finds its own.
 */
#ifndef JL_N64_RSP_TRANSLATE_H
#define JL_N64_RSP_TRANSLATE_H

#include "guests/n64/rsp/rsp.h"
#include "jit/jit.h"

struct jl_rsp_jit;

/* What suits it: a program is 4 KiB at most and slices are short, so that regions of single blocks do (larger ones
 * would be made again for each place where a slice happened to end), and vector code takes long to translate. */
void jl_rsp_jit_default(struct jl_config *config);

/* Whether the RSP can have this configuration (its invalidation strategy apart: none is needed); else one sentence in
 * err. */
bool jl_rsp_jit_check(const struct jl_config *config, char *err, size_t err_size);

/* Makes a machine with such a configuration and an RSP in it, as jl_rsp_init does. NULL with one sentence in err. */
struct jl_rsp_jit *jl_rsp_jit_new(const struct jl_config *config, const struct jl_tools *tools, char *err,
                                  size_t err_size);
void jl_rsp_jit_free(struct jl_rsp_jit *jit);

/* The RSP, zero and halted until jl_rsp_init is called on it. Lives as long as jit. */
struct jl_rsp *jl_rsp_jit_rsp(struct jl_rsp_jit *jit);
struct jl_machine *jl_rsp_jit_machine(struct jl_rsp_jit *jit);

/* What jl_rsp_run does, to the last bit of the state and the last instruction, but that read_cop0 does not find pc
 * brought up to date. */
uint64_t jl_rsp_jit_run(struct jl_rsp_jit *jit, uint64_t max);
/* How many instructions translated code has carried out. */
uint64_t jl_rsp_jit_translated(const struct jl_rsp_jit *jit);

#endif
