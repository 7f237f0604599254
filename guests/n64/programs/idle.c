/* Waits for size VI interrupts, as a game waits for the next frame: a loop on a word that the handler changes. Option 1: on
 * MI's register, without interrupts. */
#include "rom.h"

#define VI 0xa4400000u
#define MI 0xa4300000u

u64 work(u32 size, u32 option) {
    static const u32 values[14] = {0x3202, 0x300000, 320,      0x200,    0,       0x3e52239, 0x20d,
                                   0xc15,  0xc150c15, 0x6c02ec, 0x2501ff, 0xe0204, 0x200,     0x400};
    for (u32 i = 0; i < 14; i++)
        MEM32(VI + 4 * i) = values[i];
    irq_video = 0;
    MEM32(MI + 12) = 0x595; /* all masks cleared but VI's, which is set */
    if (option) {
        for (u32 i = 0; i < size; i++) {
            while (!(MEM32(MI + 8) & 8))
                ;
            MEM32(VI + 16) = 0;
        }
        MEM32(MI + 12) = 0x555;
        return size;
    }
    allow_interrupts(0x400);
    while (irq_video < size)
        ;
    allow_interrupts(0);
    MEM32(MI + 12) = 0x555;
    return size;
}
