/* The console: one struct for the board with a part for each device, and what the devices offer each other.
 *
 * The processor is a jl_machine. It runs until something is the board's business: an access outside mapped memory, a
 * COP0 instruction, an exception, or the next event. Time is counted in the processor's cycles, JL_N64_CPI for each
 * instruction; every device's delays are events of one scheduler in those cycles, so that a run depends on nothing but
 * the ROM and the inputs. Emulated memory holds bytes in the guest's order.
 */
#ifndef JL_N64_H
#define JL_N64_H

#include <stdio.h>

#include "guests/n64/rdp/rdp.h"
#include "guests/n64/rsp/rsp.h"
#include "jit/jit.h"

enum {
    JL_N64_CLOCK = 93750000, /* the processor's; the RCP's is two thirds of it */
    /* Cycles for each instruction. The real pipeline does one at best; cache misses, loads' stalls and multiplications
     * make it about two in programs at large. */
    JL_N64_CPI = 2,
    JL_N64_EXCEPTION_CYCLES = 8, /* so that a loop of nothing but exceptions takes time too */
    JL_N64_TLB = 32,
    JL_N64_NO_LL = 1, /* cpu->ll_addr: no LL since LLAddr was looked at; no LL has this address */
    JL_N64_RAM_MAX = 8 << 20,
    JL_N64_ROM_MAX = 64 << 20,
};
#define JL_N64_NEVER UINT64_MAX

struct jl_n64_options {
    uint64_t frames; /* ends after so many; 0 = does not */
    double max_seconds;
    uint64_t max_instructions;
    unsigned ram_mib;       /* 4 or 8 */
    const char *screenshot; /* files, or NULL */
    const char *log;
    const char *wav;
    const char *save;   /* KIND=FILE */
    const char *inputs; /* see pad.c */
};

/* What has a time. The order breaks ties. */
enum jl_n64_event {
    JL_N64_COMPARE,
    JL_N64_VI_LINE,
    JL_N64_VI_FIELD,
    JL_N64_AI,
    JL_N64_PI,
    JL_N64_PI_WRITE,
    JL_N64_SI,
    JL_N64_SP_DMA,
    JL_N64_SP,
    JL_N64_DP,
    JL_N64_EVENTS
};

/* MI's interrupt lines. */
enum jl_n64_irq {
    JL_N64_IRQ_SP = 1,
    JL_N64_IRQ_SI = 2,
    JL_N64_IRQ_AI = 4,
    JL_N64_IRQ_VI = 8,
    JL_N64_IRQ_PI = 16,
    JL_N64_IRQ_DP = 32
};

/* COP0's registers by number. */
enum jl_cop0 {
    JL_COP0_INDEX = 0,
    JL_COP0_RANDOM = 1,
    JL_COP0_ENTRYLO0 = 2,
    JL_COP0_ENTRYLO1 = 3,
    JL_COP0_CONTEXT = 4,
    JL_COP0_PAGEMASK = 5,
    JL_COP0_WIRED = 6,
    JL_COP0_BADVADDR = 8,
    JL_COP0_COUNT = 9,
    JL_COP0_ENTRYHI = 10,
    JL_COP0_COMPARE = 11,
    JL_COP0_STATUS = 12,
    JL_COP0_CAUSE = 13,
    JL_COP0_EPC = 14,
    JL_COP0_PRID = 15,
    JL_COP0_CONFIG = 16,
    JL_COP0_LLADDR = 17,
    JL_COP0_WATCHLO = 18,
    JL_COP0_WATCHHI = 19,
    JL_COP0_XCONTEXT = 20,
    JL_COP0_PERR = 26,
    JL_COP0_CACHEERR = 27,
    JL_COP0_TAGLO = 28,
    JL_COP0_TAGHI = 29,
    JL_COP0_ERROREPC = 30
};

enum jl_status {
    JL_STATUS_IE = 1,
    JL_STATUS_EXL = 2,
    JL_STATUS_ERL = 4,
    JL_STATUS_KSU = 3 << 3,
    JL_STATUS_UX = 1 << 5,
    JL_STATUS_SX = 1 << 6,
    JL_STATUS_KX = 1 << 7,
    JL_STATUS_IM = 0xff << 8,
    JL_STATUS_BEV = 1 << 22,
    JL_STATUS_FR = 1 << 26,
    JL_STATUS_CU0 = 1 << 28,
    JL_STATUS_CU1 = 1 << 29,
    JL_STATUS_CU2 = 1 << 30
};

/* Cause's exception codes. */
enum jl_exc {
    JL_EXC_INT = 0,
    JL_EXC_MOD = 1,
    JL_EXC_TLBL = 2,
    JL_EXC_TLBS = 3,
    JL_EXC_ADEL = 4,
    JL_EXC_ADES = 5,
    JL_EXC_SYS = 8,
    JL_EXC_BP = 9,
    JL_EXC_RI = 10,
    JL_EXC_CPU = 11,
    JL_EXC_OV = 12,
    JL_EXC_TR = 13,
    JL_EXC_FPE = 15,
    JL_EXC_WATCH = 23
};

struct jl_tlb_entry {
    uint64_t hi;    /* R, VPN2, ASID as EntryHi has them, VPN2 without the bits that the mask leaves out */
    uint32_t mask;  /* PageMask */
    uint32_t lo[2]; /* EntryLo without G */
    bool global;
};

enum jl_n64_access { JL_N64_LOAD, JL_N64_STORE, JL_N64_FETCH };

/* Where a virtual address leads. */
enum jl_n64_outcome {
    JL_N64_OK,
    JL_N64_ADDRESS_ERROR,
    JL_N64_TLB_REFILL,
    JL_N64_TLB_INVALID,
    JL_N64_TLB_MODIFIED,
};
struct jl_n64_place {
    enum jl_n64_outcome outcome;
    uint32_t phys;
    bool writable; /* stores are allowed too */
};

struct jl_n64_cop0 {
    uint64_t reg[32];
    uint64_t latch;        /* what was written last to any register: the unused ones read as it */
    uint64_t count_base;   /* Count = now / 2 + this */
    uint64_t random_start; /* retired instructions when Random was 31 */
    uint64_t cp2;          /* COP2 has one register behind all its numbers */
    struct jl_tlb_entry tlb[JL_N64_TLB];
};

/* Pages that were mapped for the processor beside KSEG0 and KSEG1; forgotten whenever translation changes. */
enum { JL_N64_VIEWS = 512 };
#define JL_N64_UNWATCHED UINT32_MAX
struct jl_n64_views {
    uint32_t page[JL_N64_VIEWS];
    unsigned count;
    bool kernel;      /* KSEG0 and KSEG1 can be reached */
    bool writable;    /* stores to RDRAM need not come to the board */
    uint32_t watched; /* the physical page whose loads and stores all come to the board; JL_N64_UNWATCHED */
};

struct jl_n64_rom {
    uint8_t *bytes; /* in big-endian order */
    uint32_t size;
};

enum jl_n64_save_kind { JL_N64_SAVE_NONE, JL_N64_EEPROM_4K, JL_N64_EEPROM_16K, JL_N64_SRAM, JL_N64_FLASH };
struct jl_n64_save {
    enum jl_n64_save_kind kind;
    const char *file;
    uint32_t size;
    uint8_t *bytes;
    bool changed;
};

struct jl_n64_flash {
    uint32_t mode; /* enum of flash.c */
    uint32_t erase_page;
    uint64_t status;
    uint8_t buffer[128];
};

enum { JL_N64_MI_INIT = 1 << 7 }; /* in mode: the next store to RDRAM is repeated */
struct jl_n64_mi {
    uint32_t mode, intr, mask;
};
struct jl_n64_pi {
    uint32_t dram, cart, rd_len, wr_len, status, domain[8];
    uint32_t latch; /* a write to the cartridge's bus that is still under way */
};
struct jl_n64_si {
    uint32_t dram, status;
    uint8_t pif[64];
    bool reading; /* the transfer under way goes to RDRAM */
};
struct jl_n64_vi {
    uint32_t reg[14];
    uint64_t field_start; /* when the field began */
    uint32_t field;       /* 0 or 1 when interlaced */
    uint64_t frames;
};
struct jl_n64_ai {
    uint32_t dram[2], len[2], control, dac_rate, bit_rate;
    unsigned fifo; /* buffers waiting or playing, 0 to 2 */
    uint64_t start, end;
    FILE *wav;
    uint32_t wav_rate, wav_bytes;
};
struct jl_n64_sp_dma {
    uint32_t mem, dram, len;
    bool to_ram;
};
struct jl_n64_sp {
    struct jl_rsp rsp;
    uint32_t status, semaphore;
    struct jl_n64_sp_dma set, queue[2]; /* as the registers were written; under way and waiting */
    struct jl_n64_sp_dma last;          /* the one that ended last */
    unsigned queued;
};
struct jl_n64_dp {
    struct jl_rdp *rdp;
    uint32_t start, end, current, status, next_end;
    bool full; /* a SYNC_FULL was drawn and is to be told */
    uint64_t clock_start;
    uint32_t spare[4]; /* DPS: the self-test's registers */
};
struct jl_n64_isviewer {
    FILE *out;
    bool own; /* opened here */
    uint8_t buffer[0x10000];
};
struct jl_n64_pad {
    struct jl_n64_pad_change {
        uint64_t frame;
        uint32_t state; /* buttons, x, y as the controller sends them */
    } * changes;
    unsigned count, next;
    uint32_t state;
};

enum jl_n64_end { JL_N64_RUNNING, JL_N64_END_FRAMES, JL_N64_END_LIMIT, JL_N64_END_INTERNAL };

struct jl_n64 {
    struct jl_n64_options options;
    struct jl_machine *machine;
    struct jl_cpu *cpu;
    struct jl_mem *mem;
    uint8_t *ram; /* the host's own view of RDRAM */
    int ram_fd;
    uint32_t ram_bytes;
    uint32_t rdram_regs[16], ri[8];
    struct jl_n64_rom rom;

    struct jl_guest_memory memory; /* what the processor asks of the board while it runs (reach.c) */
    uint64_t due;                  /* the event that the processor runs until */
    uint64_t extra_cycles;         /* beside those of the instructions */
    uint64_t event[JL_N64_EVENTS];

    struct jl_n64_cop0 cop0;
    struct jl_n64_views views;
    struct jl_n64_mi mi;
    struct jl_n64_pi pi;
    struct jl_n64_si si;
    struct jl_n64_vi vi;
    struct jl_n64_ai ai;
    struct jl_n64_sp sp;
    struct jl_n64_dp dp;
    struct jl_n64_save save;
    struct jl_n64_flash flash;
    struct jl_n64_isviewer isviewer;
    struct jl_n64_pad pad;

    enum jl_n64_end end;
    char why[160];
    uint64_t started_ns;
};

static inline uint32_t jl_be32(const void *at) {
    uint32_t v;
    memcpy(&v, at, 4);
    return __builtin_bswap32(v);
}
static inline void jl_put_be32(void *at, uint32_t v) {
    v = __builtin_bswap32(v);
    memcpy(at, &v, 4);
}
static inline uint64_t jl_sign32(uint32_t v) {
    return (uint64_t)(int64_t)(int32_t)v;
}

/* ---- rom.c, boot.c, console.c, run.c ---- */

/* Whether the bytes begin as a ROM does, in any of the three byte orders. */
bool jl_n64_rom_magic(const uint8_t *bytes, size_t size);
/* Reads a ROM file into big-endian order. False with one sentence in err. */
bool jl_n64_rom_open(struct jl_n64_rom *rom, const char *path, char *err, size_t err_size);
void jl_n64_rom_close(struct jl_n64_rom *rom);
/* The machine as the boot code leaves it. False with one sentence in err when the ROM cannot be started. */
bool jl_n64_boot(struct jl_n64 *n, char *err, size_t err_size);

/* A console with this ROM (taken over), ready to run; mem and machine are borrowed. NULL with one sentence in err. */
struct jl_n64 *jl_n64_new(struct jl_mem *mem, struct jl_machine *machine, struct jl_n64_rom *rom,
                          const struct jl_n64_options *options, char *err, size_t err_size);
/* Writes what is left to be written (save, sound) and frees all. False with one sentence in err when it cannot. */
bool jl_n64_close(struct jl_n64 *n, char *err, size_t err_size);
void jl_n64_run(struct jl_n64 *n);
/* Of the visible state: registers and RDRAM. */
uint64_t jl_n64_fingerprint(const struct jl_n64 *n);

/* ---- scheduler.c ---- */

uint64_t jl_n64_now(const struct jl_n64 *n);
/* The event comes `cycles` from now, instead of when it would have come before. */
void jl_n64_after(struct jl_n64 *n, enum jl_n64_event event, uint64_t cycles);
void jl_n64_cancel(struct jl_n64 *n, enum jl_n64_event event);
/* Does all events whose time has come; returns the time of the next. */
uint64_t jl_n64_events(struct jl_n64 *n);

/* ---- the processor's surroundings: cop0.c, tlb.c, exception.c, access.c, views.c ---- */

void jl_cop0_reset(struct jl_n64 *n);
/* Does the COP0 or COP2 instruction that the machine stopped at. */
void jl_cop0_instruction(struct jl_n64 *n, uint32_t word);
/* Tells the machine of the modes in Status. */
void jl_cop0_modes(struct jl_n64 *n);
/* Whether WatchLo asks for an exception at this access. */
bool jl_cop0_watches(const struct jl_n64 *n, uint32_t phys, bool store);
bool jl_cop0_kernel(const struct jl_n64 *n);
void jl_cop0_compare_reached(struct jl_n64 *n);

/* Entries that match nothing. */
void jl_tlb_reset(struct jl_n64 *n);
void jl_tlb_read(struct jl_n64 *n);
void jl_tlb_write(struct jl_n64 *n, unsigned index);
void jl_tlb_probe(struct jl_n64 *n);
/* Looks the address up, whose segment goes through the TLB. */
struct jl_n64_place jl_tlb_lookup(const struct jl_n64 *n, uint64_t addr, enum jl_n64_access access);
/* By segment and mode. */
struct jl_n64_place jl_n64_translate(const struct jl_n64 *n, uint64_t addr, enum jl_n64_access access);

/* Takes an exception at the instruction that the machine stopped at. ce: the coprocessor's number. */
void jl_exception(struct jl_n64 *n, enum jl_exc code, unsigned ce);
/* One of the exceptions that name an address. */
void jl_exception_address(struct jl_n64 *n, enum jl_n64_outcome outcome, uint64_t addr, enum jl_n64_access access);
/* Takes an interrupt if one is asked for and allowed. */
void jl_exception_interrupt(struct jl_n64 *n);

/* Loads, stores and fetches that the machine could not do. */
void jl_n64_data_access(struct jl_n64 *n);
void jl_n64_fetch(struct jl_n64 *n);
/* Executes one instruction at an address that is no sign-extended 32-bit one. */
void jl_n64_step(struct jl_n64 *n);
/* What an exit of the machine asks of the board. */
void jl_n64_handle(struct jl_n64 *n, enum jl_exit reason);

/* Lets the machine do devices' accesses and find what the TLB maps without being left (reach.c). */
void jl_n64_reach(struct jl_n64 *n);
/* Whether an interrupt is asked for and allowed. */
bool jl_exception_wanted(const struct jl_n64 *n);

bool jl_views_init(struct jl_n64 *n);
/* Maps the page of a virtual address that leads to phys. False when it is no memory. */
bool jl_views_map(struct jl_n64 *n, uint64_t addr, const struct jl_n64_place *place);
/* A page whose code is executed although it is no memory: a copy of it. */
bool jl_views_code(struct jl_n64 *n, uint64_t addr, uint32_t phys);
/* Whether a page may be mapped at a virtual address: KSEG0 and KSEG1 are not for that, addresses beyond 32 bits have no
 * place in the processor's memory, and the last ones of its lower half are kept free for it. */
bool jl_views_may_have(uint64_t addr);
void jl_views_flush(struct jl_n64 *n);
void jl_views_kernel(struct jl_n64 *n, bool kernel);
void jl_views_writable(struct jl_n64 *n, bool writable);
void jl_views_watch(struct jl_n64 *n, uint32_t page);
/* Maps two words of code to be executed as if they stood elsewhere; returns their address (step.c). */
uint64_t jl_views_scratch(struct jl_n64 *n, const uint32_t words[2]);
void jl_views_unscratch(struct jl_n64 *n);
/* A device has written RDRAM: translated code there is to be dropped. */
void jl_n64_ram_written(struct jl_n64 *n, uint32_t addr, uint32_t bytes);

/* ---- the bus: bus.c and the devices ---- */

/* An access of 1, 2, 4 or 8 bytes at a physical address. A store gets the whole register, since narrow stores put more
 * of it onto the bus than their size (bus.c). */
uint64_t jl_bus_read(struct jl_n64 *n, uint32_t phys, unsigned size);
void jl_bus_write(struct jl_n64 *n, uint32_t phys, unsigned size, uint64_t value);
uint32_t jl_bus_read32(struct jl_n64 *n, uint32_t phys);

/* Words at registers; addr is the physical address, aligned. */
uint32_t jl_mi_read(struct jl_n64 *n, uint32_t addr);
void jl_mi_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
void jl_mi_raise(struct jl_n64 *n, enum jl_n64_irq irq);
void jl_mi_clear(struct jl_n64 *n, enum jl_n64_irq irq);

uint32_t jl_ri_read(struct jl_n64 *n, uint32_t addr);
void jl_ri_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
uint32_t jl_rdram_reg_read(struct jl_n64 *n, uint32_t addr);
void jl_rdram_reg_write(struct jl_n64 *n, uint32_t addr, uint32_t v);

uint32_t jl_pi_read(struct jl_n64 *n, uint32_t addr);
void jl_pi_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
void jl_pi_done(struct jl_n64 *n);
void jl_pi_write_done(struct jl_n64 *n);
/* The processor's own accesses to the cartridge's bus. */
uint32_t jl_pi_bus_read(struct jl_n64 *n, uint32_t addr);
void jl_pi_bus_write(struct jl_n64 *n, uint32_t addr, uint32_t v);

/* What is at the cartridge's bus: ROM, save memory, IS-Viewer. 16 bits at an even address. */
uint16_t jl_cart_read16(struct jl_n64 *n, uint32_t addr);
void jl_cart_write16(struct jl_n64 *n, uint32_t addr, uint16_t v);

void jl_flash_command(struct jl_n64 *n, uint32_t command);
uint16_t jl_flash_read16(const struct jl_n64 *n, uint32_t offset);
void jl_flash_write16(struct jl_n64 *n, uint32_t offset, uint16_t v);

bool jl_save_open(struct jl_n64_save *save, const char *option, char *err, size_t err_size);
bool jl_save_close(struct jl_n64_save *save, char *err, size_t err_size);

bool jl_isviewer_open(struct jl_n64 *n, char *err, size_t err_size);
bool jl_isviewer_has(uint32_t addr);
uint16_t jl_isviewer_read16(const struct jl_n64 *n, uint32_t addr);
void jl_isviewer_write16(struct jl_n64 *n, uint32_t addr, uint16_t v);

uint32_t jl_si_read(struct jl_n64 *n, uint32_t addr);
void jl_si_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
void jl_si_done(struct jl_n64 *n);
uint32_t jl_pif_read(struct jl_n64 *n, uint32_t addr);
void jl_pif_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
/* Does what PIF RAM's last byte asks for; does the joybus commands in it. */
void jl_pif_control(struct jl_n64 *n);
void jl_pif_joybus(struct jl_n64 *n);

bool jl_pad_open(struct jl_n64_pad *pad, const char *file, char *err, size_t err_size);
void jl_pad_frame(struct jl_n64_pad *pad, uint64_t frame);

uint32_t jl_vi_read(struct jl_n64 *n, uint32_t addr);
void jl_vi_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
void jl_vi_reset(struct jl_n64 *n);
void jl_vi_line(struct jl_n64 *n);
void jl_vi_field(struct jl_n64 *n);
/* The frame buffer as VI shows it, at its own size: rgb (3 bytes a pixel, to be freed). NULL when VI shows nothing. */
uint8_t *jl_vi_frame(const struct jl_n64 *n, unsigned *width, unsigned *height);
/* Writes 3-byte pixels as a PNG file. False with errno set. */
bool jl_png_write(const char *path, const uint8_t *rgb, unsigned width, unsigned height);

uint32_t jl_ai_read(struct jl_n64 *n, uint32_t addr);
void jl_ai_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
void jl_ai_done(struct jl_n64 *n);
bool jl_ai_open(struct jl_n64 *n, char *err, size_t err_size);
bool jl_ai_close(struct jl_n64 *n);

uint32_t jl_sp_read(struct jl_n64 *n, uint32_t addr);
void jl_sp_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
uint32_t jl_sp_mem_read(struct jl_n64 *n, uint32_t addr);
void jl_sp_mem_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
uint32_t jl_sp_pc_read(struct jl_n64 *n, uint32_t addr);
void jl_sp_pc_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
void jl_sp_reset(struct jl_n64 *n);
void jl_sp_slice(struct jl_n64 *n);
void jl_sp_dma_done(struct jl_n64 *n);

uint32_t jl_dp_read(struct jl_n64 *n, uint32_t addr);
void jl_dp_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
uint32_t jl_dps_read(struct jl_n64 *n, uint32_t addr);
void jl_dps_write(struct jl_n64 *n, uint32_t addr, uint32_t v);
void jl_dp_done(struct jl_n64 *n);

#endif
