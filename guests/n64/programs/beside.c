/* A function that counts in a word of the page it stands in, as hand-written code keeps its variables. Option 0: there, 1: in
 * another page. */
#include "rom.h"

#define PLACE 0x80380000u
enum { VARIABLE = 0x800, AWAY = 0x4000, CALLS = 256 };

/* u32 f(u32 x, u32 *variable): adds x to the variable, and returns that. */
static const u32 function[] = {
    0x8ca20000, /* lw v0, 0(a1) */
    0x00441021, /* addu v0, v0, a0 */
    0xaca20000, /* sw v0, 0(a1) */
    0x03e00008, /* jr ra */
    0x00000000,
};

u64 work(u32 size, u32 option) {
    u32 (*volatile f)(u32, u32 *) = (u32(*)(u32, u32 *))PLACE;
    u32 *variable = (u32 *)(PLACE + (option ? AWAY : VARIABLE)), sum = 0;
    for (u32 i = 0; i < sizeof function / 4; i++)
        MEM32(PLACE + 4 * i) = function[i];
    __asm__ volatile("cache 0x19, 0(%0)\n\tcache 0x10, 0(%0)" ::"r"(PLACE) : "memory");
    *variable = 0;
    for (u32 i = 0; i < size * CALLS; i++)
        sum += f(i & 15, variable);
    expect(*variable == size * CALLS / 16 * 120, "variable");
    return sum;
}
