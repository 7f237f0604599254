/* The state in which the boot code leaves the console, without running any (or, with a user's own image of PIF's ROM,
 * the one in which a reset leaves it, so that the boot code runs): the program copied to RDRAM, registers as
 * hardware has them then, and the processor at the program's entry.
 *
 * Two kinds of ROM. The usual boot code copies 1 MiB that follows it to the address in the header's third word and
 * jumps there. libdragon's open boot code loads an ELF file instead, which stands right behind it. Where the file is
 * compressed, in one of many ways, with a function beside it that knows how, that boot code itself is run.
 */
#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "guests/n64/bytes.h"
#include "guests/n64/cop0.h"
#include "guests/n64/n64.h"
#include "guests/n64/pif.h"
#include "guests/n64/rom.h"
#include "guests/n64/views.h"
#include "jit/isa/isa.h"

enum { PROGRAM = 0x1000, COPIED = 1 << 20, ENTRY = 8 };
/* Words in RDRAM that boot code leaves for Nintendo's library. */
enum { TV_WORD = 0x300, BASE_WORD = 0x308, RESET_WORD = 0x30c, CIC_WORD = 0x310, RAM_SIZE_WORD = 0x318 };
/* What a program is told of how it came to run. */
enum kind { COLD, BY_BUTTON };
/* Status after power-on, and as the flash cartridges leave it on which test ROMs with the usual boot code had their
 * results taken: a soft reset, and 64-bit addressing. FCSR, which is 0 at power-on, flushes then: one of these ROMs
 * calculates ever smaller squares without a handler for what could not be flushed. */
enum { STATUS_COLD = 0x34000000, STATUS_WARM = 0x241000e0, STATUS_RESET = 0x70400004 };
#define RESET_VECTOR 0xffffffffbfc00000u
enum { RI_MODE = 0, RI_CONFIG = 1, RI_SELECT = 3, RI_REFRESH = 4 };

static bool fail(char *err, size_t err_size, const char *why) {
    snprintf(err, err_size, "%s", why);
    return false;
}

/* RDRAM behind a KSEG0 or KSEG1 address, if all of it is there. */
static uint8_t *ram_at(struct jl_n64 *n, uint32_t addr, uint32_t bytes) {
    uint32_t phys = addr & 0x1fffffff;
    bool unmapped = addr >> 30 == 2;
    return unmapped && phys < n->ram_bytes && bytes <= n->ram_bytes - phys ? n->ram + phys : NULL;
}

static uint32_t word(const struct jl_n64 *n, uint32_t at) {
    return jl_be32(n->rom.bytes + at);
}
static uint32_t half(const struct jl_n64 *n, uint32_t at) {
    return word(n, at & ~3u) >> (at & 2 ? 0 : 16) & 0xffff;
}

/* The ELF file that libdragon's boot code would find: at a multiple of 256 bytes, behind itself. 0 = none. */
static uint32_t find_elf(const struct jl_n64 *n) {
    for (uint32_t at = PROGRAM; at < 0x10000 && at + sizeof(Elf32_Ehdr) <= n->rom.size; at += 256)
        if (!memcmp(n->rom.bytes + at, ELFMAG, SELFMAG))
            return at;
    return 0;
}

static bool load_segment(struct jl_n64 *n, uint32_t elf, uint32_t ph, char *err, size_t err_size) {
    uint32_t offset = word(n, ph + offsetof(Elf32_Phdr, p_offset)), vaddr = word(n, ph + offsetof(Elf32_Phdr, p_vaddr));
    uint32_t filesz = word(n, ph + offsetof(Elf32_Phdr, p_filesz)), memsz = word(n, ph + offsetof(Elf32_Phdr, p_memsz));
    uint8_t *to = ram_at(n, vaddr, memsz);
    if (word(n, ph + offsetof(Elf32_Phdr, p_type)) != PT_LOAD || !memsz)
        return true;
    if (!to || filesz > memsz)
        return fail(err, err_size, "a segment of the ROM's ELF file is outside RDRAM");
    if (offset > n->rom.size - elf || filesz > n->rom.size - elf - offset)
        return fail(err, err_size, "cut short: a segment of the ROM's ELF file is outside the ROM");
    memcpy(to, n->rom.bytes + elf + offset, filesz);
    memset(to + filesz, 0, memsz - filesz);
    return true;
}

static bool is_compressed(const struct jl_n64 *n, uint32_t ph, uint32_t phnum) {
    enum { COMPRESSED = 0x1000 }; /* in p_flags: libdragon's */
    for (uint32_t i = 0; i < phnum; i++, ph += (uint32_t)sizeof(Elf32_Phdr))
        if (word(n, ph + offsetof(Elf32_Phdr, p_type)) == PT_LOAD &&
            word(n, ph + offsetof(Elf32_Phdr, p_flags)) & COMPRESSED)
            return true;
    return false;
}

/* As PIF's code leaves it: the ROM's first 4 KiB in DMEM, and the processor behind the header. */
static void start_boot_code(struct jl_n64 *n) {
    enum { HEADER = 0x40 };
    memcpy(n->sp.rsp->dmem, n->rom.bytes, PROGRAM);
    n->cpu->pc = 0xffffffffa4000000 + HEADER;
}

static bool load_elf(struct jl_n64 *n, uint32_t elf, enum kind kind, char *err, size_t err_size) {
    const uint8_t *ident = n->rom.bytes + elf;
    uint32_t phoff = word(n, elf + offsetof(Elf32_Ehdr, e_phoff)), phnum = half(n, elf + offsetof(Elf32_Ehdr, e_phnum));
    if (ident[EI_CLASS] != ELFCLASS32 || ident[EI_DATA] != ELFDATA2MSB ||
        half(n, elf + offsetof(Elf32_Ehdr, e_machine)) != EM_MIPS ||
        half(n, elf + offsetof(Elf32_Ehdr, e_phentsize)) != sizeof(Elf32_Phdr))
        return fail(err, err_size, "the ROM's ELF file is not a 32-bit big-endian MIPS program");
    if (phoff & 3 || phoff > n->rom.size - elf || phnum * sizeof(Elf32_Phdr) > n->rom.size - elf - phoff)
        return fail(err, err_size, "cut short: the ELF file's program headers are outside the ROM");
    if (is_compressed(n, elf + phoff, phnum)) {
        start_boot_code(n);
        return true;
    }
    for (uint32_t i = 0; i < phnum; i++)
        if (!load_segment(n, elf, elf + phoff + i * (uint32_t)sizeof(Elf32_Phdr), err, err_size))
            return false;
    n->cpu->pc = jl_sign32(word(n, elf + offsetof(Elf32_Ehdr, e_entry)));
    n->cpu->var[JL_VAR_GPR + 29] = jl_sign32(0x80000000 + n->ram_bytes - 16);
    /* what that boot code leaves for the program: size of memory, television and kind of reset, where the file was */
    jl_put_be32(n->sp.rsp->dmem, n->ram_bytes);
    jl_put_be32(n->sp.rsp->dmem + 8, jl_n64_rom_tv(&n->rom) << 16 | kind << 8);
    jl_put_be32(n->sp.rsp->dmem + 12, elf << 8);
    return true;
}

/* Two kinds of boot code take something off the header's word. */
static uint32_t entry_of(const struct jl_n64 *n) {
    switch (jl_pif_seed(&n->rom)) {
    case JL_N64_SEED_6103: return word(n, ENTRY) - 0x100000;
    case JL_N64_SEED_6106: return word(n, ENTRY) - 0x200000;
    default: return word(n, ENTRY);
    }
}

static bool load_program(struct jl_n64 *n, char *err, size_t err_size) {
    uint32_t entry = entry_of(n), bytes = n->rom.size - PROGRAM;
    if (bytes > COPIED)
        bytes = COPIED;
    uint8_t *to = ram_at(n, entry, 0);
    if (!to)
        return fail(err, err_size, "the header's entry address is not in RDRAM");
    if (bytes > n->ram_bytes - (uint32_t)(to - n->ram))
        bytes = n->ram_bytes - (uint32_t)(to - n->ram);
    memcpy(to, n->rom.bytes + PROGRAM, bytes);
    n->pi.dram = (uint32_t)(to - n->ram) + COPIED;
    n->pi.cart = 0x10000000 + ENTRY + 4; /* the entry address was read last */
    n->cpu->pc = jl_sign32(entry);
    return true;
}

/* For Nintendo's library: which television, a cartridge (0) at this address, the reset, which CIC where boot code
 * tells. */
static void leave_words(struct jl_n64 *n, enum kind kind) {
    uint8_t seed = jl_pif_seed(&n->rom);
    jl_put_be32(n->ram + TV_WORD, jl_n64_rom_tv(&n->rom));
    jl_put_be32(n->ram + TV_WORD + 4, 0);
    jl_put_be32(n->ram + BASE_WORD, 0xb0000000);
    jl_put_be32(n->ram + RESET_WORD, kind);
    if (seed == JL_N64_SEED_6103 || seed == JL_N64_SEED_6105)
        jl_put_be32(n->ram + CIC_WORD, seed == JL_N64_SEED_6103 ? 6103 : 6105);
    jl_put_be32(n->ram + CIC_WORD + 4, 0); /* PIF's version */
}

/* General registers as the boot code of the commonest cartridges (CIC 6102) leaves them, where programs look. */
static void registers(struct jl_n64 *n, enum kind kind) {
    const struct {
        unsigned reg;
        uint64_t value;
    } set[] = {
        {11, 0xffffffffa4000040}, {20, jl_n64_rom_tv(&n->rom)}, {21, kind}, {22, jl_pif_seed(&n->rom)}, {23, 0},
        {29, 0xffffffffa4001ff0}, {31, 0xffffffffa4001550},
    };
    memset(n->cpu->var + JL_VAR_GPR, 0, 32 * sizeof *n->cpu->var);
    for (unsigned i = 0; i < sizeof set / sizeof *set; i++)
        n->cpu->var[JL_VAR_GPR + set[i].reg] = set[i].value;
}

/* Memory needs no set-up here, and boot code that finds RI set up does none. */
static void set_up_memory(struct jl_n64 *n) {
    jl_put_be32(n->ram + RAM_SIZE_WORD, n->ram_bytes);
    n->ri.reg[RI_MODE] = 0x0e;
    n->ri.reg[RI_CONFIG] = 0x40;
    n->ri.reg[RI_SELECT] = 0x14;
    n->ri.reg[RI_REFRESH] = 0x00063634;
}

/* As boot code leaves it. */
static bool program(struct jl_n64 *n, enum kind kind, char *err, size_t err_size) {
    uint32_t elf = find_elf(n);
    registers(n, kind);
    if (!(elf ? load_elf(n, elf, kind, err, err_size) : load_program(n, err, err_size)))
        return false;
    if (!elf)
        leave_words(n, kind);
    n->cop0.reg[JL_COP0_STATUS] = elf ? STATUS_COLD : STATUS_WARM;
    if (!elf && kind == COLD)
        n->cpu->fcsr = JL_FCSR_FS;
    /* the boot code sets the cartridge's timing from the header's first word */
    n->pi.domain[0] = word(n, 0) & 0xff;
    n->pi.domain[1] = word(n, 0) >> 8 & 0xff;
    n->pi.domain[2] = word(n, 0) >> 16 & 0xf;
    n->pi.domain[3] = word(n, 0) >> 20 & 3;
    return true;
}

/* The processor at the beginning of PIF's ROM. */
static void reset(struct jl_n64 *n, enum kind kind) {
    n->cpu->pc = RESET_VECTOR;
    jl_pif_reset(n, kind == BY_BUTTON);
}

bool jl_n64_boot(struct jl_n64 *n, char *err, size_t err_size) {
    n->cpu->isa = JL_ISA_SET_VR4300;
    n->cop0.reg[JL_COP0_STATUS] = STATUS_RESET;
    if (n->options.ipl)
        reset(n, COLD);
    else if (!program(n, COLD, err, err_size))
        return false;
    jl_cop0_modes(n);
    set_up_memory(n);
    return true;
}

/* Status shows the kind of reset beside what boot code makes of it. */
void jl_n64_boot_again(struct jl_n64 *n) {
    char ignored[128]; /* it has been started before */
    if (n->options.ipl) {
        reset(n, BY_BUTTON);
        return;
    }
    jl_ram_reorder(n); /* boot code is done in the guest's order */
    program(n, BY_BUTTON, ignored, sizeof ignored);
    jl_ram_reorder(n);
    n->cop0.reg[JL_COP0_STATUS] |= JL_STATUS_SR;
    jl_n64_ram_written(n, 0, n->ram_bytes);
}
