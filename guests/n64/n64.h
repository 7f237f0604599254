/* The console: one struct for the board with a part for each device. What a part has and offers is in its own
 * header, beside its .c file.
 *
 * The processor is a jl_machine. It runs until something is the board's business: an access outside mapped memory, a
 * COP0 instruction, an exception, or the next event. Time is counted in the processor's cycles, two for most
 * instructions (isa/stall.h), and what it waits for devices; every device's delays are events of one scheduler in those
 * cycles, so that a run depends on nothing but the ROM and the inputs. Emulated memory holds bytes in the guest's
 * order.
 */
#ifndef JL_N64_H
#define JL_N64_H

#include <string.h>

#include "guests/n64/ai.h"
#include "guests/n64/cop0.h"
#include "guests/n64/dp.h"
#include "guests/n64/flash.h"
#include "guests/n64/framehash.h"
#include "guests/n64/isviewer.h"
#include "guests/n64/mi.h"
#include "guests/n64/pad.h"
#include "guests/n64/pi.h"
#include "guests/n64/pif.h"
#include "guests/n64/ri.h"
#include "guests/n64/rom.h"
#include "guests/n64/save.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/si.h"
#include "guests/n64/sp.h"
#include "guests/n64/vi.h"
#include "guests/n64/views.h"
#include "jit/jit.h"

struct jl_n64_options {
    uint64_t frames;   /* ends after so many; 0 = does not */
    uint64_t reset_at; /* the reset button is pressed when so many have ended; 0 = it is not */
    const char *until; /* ends when the IS-Viewer has printed this, 1 to JL_N64_UNTIL_MAX bytes; or NULL */
    double max_seconds;
    uint64_t max_instructions;
    unsigned ram_mib;       /* 4 or 8 */
    const char *screenshot; /* files, or NULL */
    const char *scaled;     /* likewise, the picture as VI sends it out */
    const char *log;
    const char *wav;
    const char *save;         /* KIND=FILE */
    const char *pak;          /* the first controller's Controller Pak */
    const char *inputs;       /* see pad.c */
    const char *frame_hashes; /* see framehash.h */
    const char *load_state, *save_state;
    const char *ipl;        /* PIF's ROM, to boot with; NULL: begin where the boot code has done its work */
    struct jl_rsp_jit *rsp; /* translates the RSP (borrowed); NULL: it is interpreted */
};

/* JL_N64_END_FRAMES: as it was asked for, by frames or by a text. */
enum jl_n64_end { JL_N64_RUNNING, JL_N64_END_FRAMES, JL_N64_END_LIMIT, JL_N64_END_INTERNAL };

struct jl_n64 {
    struct jl_n64_options options;
    struct jl_machine *machine;
    struct jl_cpu *cpu;
    struct jl_mem *mem;
    uint8_t *ram; /* the host's own view of RDRAM: see jl_ram_byte */
    int ram_fd;
    uint32_t ram_bytes;
    struct jl_n64_rom rom;

    struct jl_guest_memory memory; /* what the processor asks of the board while it runs (reach.c) */
    unsigned exits;                /* of the machine since the last look at the host's clock */
    enum jl_n64_outcome refused;   /* of the last such question whose answer was an exception */
    uint64_t due;                  /* the event that the processor runs until; 0: it is not running */
    uint64_t retired_before;       /* before a savestate was loaded; what the machine has retired comes to it */
    uint64_t ticks_before;         /* likewise */
    uint32_t wait_rest, wait_late; /* halves of a cycle that are not in the ticks yet; reads' lateness (jl_n64_wait) */
    uint64_t event[JL_N64_EVENTS];

    struct jl_n64_cop0 cop0;
    struct jl_n64_views views;
    struct jl_n64_mi mi;
    struct jl_n64_pi pi;
    struct jl_n64_si si;
    struct jl_n64_pif pif;
    struct jl_n64_vi vi;
    struct jl_n64_ai ai;
    struct jl_n64_ri ri;
    struct jl_n64_sp sp;
    struct jl_n64_dp dp;
    struct jl_n64_save save, pak;
    struct jl_n64_flash flash;
    struct jl_n64_isviewer isviewer;
    uint32_t video_clock; /* of VI and AI, in Hz: each television's own */
    struct jl_n64_pad pad;
    FILE *frame_hashes; /* NULL: not asked for */

    enum jl_n64_end end;
    char why[160];
    uint64_t started_ns;
};

/* RDRAM's byte at a physical address. Nobody else may count on the order of bytes there (byte-order=swizzle). */
static inline uint8_t *jl_ram_byte(const struct jl_n64 *n, uint32_t at) {
    return n->ram + jl_mem_spot(n->mem, at, 1);
}
static inline void jl_ram_get(const struct jl_n64 *n, uint32_t at, uint8_t *to, uint32_t bytes) {
    if (!n->mem->flip)
        memcpy(to, n->ram + at, bytes);
    else
        for (uint32_t i = 0; i < bytes; i++)
            to[i] = *jl_ram_byte(n, at + i);
}
static inline void jl_ram_put(struct jl_n64 *n, uint32_t at, const uint8_t *from, uint32_t bytes) {
    if (!n->mem->flip)
        memcpy(n->ram + at, from, bytes);
    else
        for (uint32_t i = 0; i < bytes; i++)
            *jl_ram_byte(n, at + i) = from[i];
}
/* From the guest's order of bytes in all of RDRAM to the memory's, or back. */
void jl_ram_reorder(struct jl_n64 *n);

/* A console with this ROM (taken over), ready to run; mem and machine are borrowed. NULL with one sentence in err. */
struct jl_n64 *jl_n64_new(struct jl_mem *mem, struct jl_machine *machine, struct jl_n64_rom *rom,
                          const struct jl_n64_options *options, char *err, size_t err_size);
/* Writes what is left to be written (save, sound) and frees all. False with one sentence in err when it cannot. */
bool jl_n64_close(struct jl_n64 *n, char *err, size_t err_size);
void jl_n64_run(struct jl_n64 *n);
/* Whether the host's time is up (--seconds): the run then ends. For what takes long between two looks at the limits. */
bool jl_n64_time_is_up(struct jl_n64 *n);
/* Of the visible state: registers and RDRAM. */
uint64_t jl_n64_fingerprint(const struct jl_n64 *n);
/* Of RDRAM, in the guest's order whatever the memory's is. */
uint64_t jl_ram_hash(const struct jl_n64 *n);
/* What an exit of the machine asks of the board. The second: jl_cop0_board's take. */
void jl_n64_handle(struct jl_n64 *n, enum jl_exit reason);
bool jl_n64_take(void *n, enum jl_exit reason);

#endif
