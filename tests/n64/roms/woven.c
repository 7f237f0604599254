/* An interlaced picture of 640 by 474 pixels, 32 bits each: the program tells VI before each field where it begins. */
#include "test.h"

#define VI(n) MEM32(0xa4400000u + 4 * (n))
#define FRAME 0xa0400000u

/* Half a line goes by between two looks: an access to a device costs a translator much more than an instruction. */
static u32 line(void) {
    for (u32 i = 0; i < 400; i++)
        __asm__ volatile("");
    return VI(4);
}

int main(void) {
    static const u32 values[14] = {0x343, FRAME & 0xffffff, 640,      0x200,    0,       0x3e52239, 0x20d,
                                   0xc15, 0xc150c15,        0x6c02ec, 0x2501ff, 0xe0204, 0x400,     0x800};
    for (u32 y = 0; y < 474; y++)
        for (u32 x = 0; x < 640; x++)
            MEM32(FRAME + 4 * (y * 640 + x)) = (x & 255) << 24 | (y & 255) << 16 | ((x ^ y) & 255) << 8;
    for (u32 i = 0; i < 14; i++)
        VI(i) = values[i];
    finish();
    for (;;) {
        while (line() < 0x204)
            ;
        VI(13) = VI(4) & 1 ? 0x04000800 : 0x800; /* behind field 1 comes field 0, which has the lower lines */
        while (line() >= 0x204)
            ;
    }
}
