/* Two overlays of code, loaded in turn from the cartridge by DMA to one place, and called. The option is how often each is
 * called before the next is loaded. */
#include "rom.h"

#define PI 0xa4600000u
#define PLACE 0x80380000u
enum { BYTES = 64, MOMENT = 400 }; /* what a transfer takes, in turns of a loop */

/* In the ROM where the program is, so that its address tells where on the cartridge. */
__asm__(".section .text\n\t.balign 8\n\t.set push\n\t.set noreorder\n\t"
        "overlay_a:\n\tsll $2, $4, 1\n\taddu $2, $2, $4\n\taddiu $2, $2, 7\n\tjr $31\n\txori $2, $2, 0x55\n\t"
        ".fill 64 - (. - overlay_a), 1, 0\n\t"
        "overlay_b:\n\tsll $2, $4, 2\n\taddu $2, $2, $4\n\taddiu $2, $2, 11\n\tjr $31\n\txori $2, $2, 0xaa\n\t"
        ".fill 64 - (. - overlay_b), 1, 0\n\t.set pop\n");
extern const u32 overlay_a[], overlay_b[];

static u32 in_c(u32 x, int b) {
    return b ? (x * 5 + 11) ^ 0xaa : (x * 3 + 7) ^ 0x55;
}

static void load(const u32 *overlay) {
    while (MEM32(PI + 16) & 3) /* what was printed may still be under way */
        ;
    MEM32(PI) = PLACE & 0xffffff;
    MEM32(PI + 4) = 0x10000000u + ((u32)overlay - 0x80000000u);
    for (u32 i = 0; i < BYTES; i += 16) /* as a loader does: nothing of the place in the data cache, then not in the other */
        __asm__ volatile("cache 0x11, 0(%0)" ::"r"(PLACE + i) : "memory");
    MEM32(PI + 12) = BYTES - 1;
    for (u32 i = 0; i < MOMENT; i++) /* poll.c is for what looking costs */
        __asm__ volatile("");
    while (MEM32(PI + 16) & 3)
        ;
    MEM32(PI + 16) = 2;
    for (u32 i = 0; i < BYTES; i += 32)
        __asm__ volatile("cache 0x10, 0(%0)" ::"r"(PLACE + i) : "memory");
}

u64 work(u32 size, u32 option) {
    u32 (*volatile place)(u32) = (u32(*)(u32))PLACE;
    u32 x = 1, wanted = 1;
    for (u32 i = 0; i < size; i++) {
        load(i & 1 ? overlay_b : overlay_a);
        for (u32 k = 0; k < option; k++) {
            x = place(x);
            wanted = in_c(wanted, i & 1);
        }
    }
    expect(x == wanted, "overlay");
    return x;
}
