/* The least: a line of text and a picture of 320 by 240 pixels, 16 bits each. */
#include "test.h"

#define VI 0xa4400000u
#define FRAME 0xa0200000u

static void video(void) {
    static const u32 values[14] = {0x243, FRAME & 0xffffff, 320,      0x200,    0,       0x3e52239, 0x20d,
                                   0xc15, 0xc150c15,        0x6c02ec, 0x2501ff, 0xe0204, 0x200,     0x400};
    for (u32 i = 0; i < 14; i++)
        MEM32(VI + 4 * i) = values[i] & (i == 0 ? ~0x41u : ~0u); /* 16 bits, not interlaced */
}

int main(void) {
    print("hello from the cartridge\n");
    for (u32 y = 0; y < 240; y++)
        for (u32 x = 0; x < 320; x++)
            MEM16(FRAME + 2 * (y * 320 + x)) = (u16)((x / 10) << 11 | (y / 8) << 6 | ((x ^ y) & 31) << 1 | 1);
    video();
    finish();
    return 0;
}
