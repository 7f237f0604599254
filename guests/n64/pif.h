/* PIF: boot ROM and joybus. */
#ifndef JL_N64_PIF_H
#define JL_N64_PIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JL_N64_CHANNELS = 5 }; /* of the joybus: four controllers, and the cartridge */

struct jl_n64_pif {
    uint8_t rom[1984];                /* --ipl */
    bool open;                        /* it can be read */
    uint8_t command[JL_N64_CHANNELS]; /* 1 + where in its RAM each channel's command stands; 0: it has none */
};

/* What a CIC gives as the seed for the boot code's checksum; those of PAL cartridges, 7103 and so on, the same. */
enum { JL_N64_SEED_6102 = 0x3f, JL_N64_SEED_6103 = 0x78, JL_N64_SEED_6105 = 0x91, JL_N64_SEED_6106 = 0x85 };

struct jl_n64;
struct jl_n64_rom;
struct jl_state;

/* Words at registers; addr is the physical address, aligned. */
uint32_t jl_pif_read(struct jl_n64 *n, uint32_t addr);
void jl_pif_write(struct jl_n64 *n, uint32_t addr, uint32_t v);

/* Reads the ROM, if there is one to boot with. False with one sentence in err. */
bool jl_pif_open(struct jl_n64 *n, char *err, size_t err_size);
/* The seed of the CIC that a ROM's boot code belongs to. */
uint8_t jl_pif_seed(const struct jl_n64_rom *rom);
/* PIF as the processor's first instruction finds it, after power-on or (by_button) the reset button. */
void jl_pif_reset(struct jl_n64 *n, bool by_button);
/* Does what PIF RAM's last byte asks for, as reading the list of joybus commands in it; does those of the last list. */
void jl_pif_control(struct jl_n64 *n);
void jl_pif_joybus(struct jl_n64 *n);
void jl_pif_state(struct jl_n64 *n, struct jl_state *s);

#endif
