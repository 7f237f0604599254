/* Draws over and over, without waiting for the television: each picture of 320 by 240 pixels has another blue than the
 * last, and the red where the first controller has moved it. So what is to be seen depends on the moment, and on who
 * held the controller. */
#include "test.h"

#define VI 0xa4400000u
#define SI(n) MEM32(0xa4800000u + 4 * (n))
#define FRAME 0xa0200000u
#define BUFFER 0x00280000u

static void video(void) {
    static const u32 values[14] = {0x202, FRAME & 0xffffff, 320,      0x200,    0,       0x3e52239, 0x20d,
                                   0xc15, 0xc150c15,        0x6c02ec, 0x2501ff, 0xe0204, 0x200,     0x400};
    for (u32 i = 0; i < 14; i++)
        MEM32(VI + 4 * i) = values[i];
}

static void transfer(u32 reg) {
    SI(0) = BUFFER;
    SI(reg) = 0x1fc007c0;
    while (SI(6) & 1)
        ;
}

int main(void) {
    static const u32 list[16] = {0xff010401, 0xffffffff, 0xfe000000, [15] = 1};
    volatile u32 *buffer = (volatile u32 *)(0xa0000000u + BUFFER);
    for (u32 i = 0; i < 16; i++)
        buffer[i] = list[i];
    transfer(4);
    video();
    for (u32 image = 0, moved = 0;; image++) {
        transfer(1);
        moved += buffer[1] >> 8 & 0xff; /* the stick, to the right */
        for (u32 y = 0; y < 240; y++)
            for (u32 x = 0; x < 320; x++)
                MEM16(FRAME + 2 * (y * 320 + x)) =
                    (u16)((x + moved) / 10 << 11 | (y / 8) << 6 | (image * 5 & 31) << 1 | 1);
    }
}
