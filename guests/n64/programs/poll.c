/* Reads of a device's register in a loop. Option 0: VI_CURRENT, 1: SP_STATUS, 2: PI_STATUS. */
#include "rom.h"

u64 work(u32 size, u32 option) {
    static const u32 address[3] = {0xa4400010, 0xa4040010, 0xa4600010};
    volatile u32 *reg = &MEM32(address[option]);
    u32 reads = size * 1024, good = 0;
    for (u32 i = 0; i < reads; i++) {
        u32 v = *reg;
        good += option == 0 ? v < 1024 : option == 1 ? v & 1 : !(v & 1); /* a line; halted; no DMA under way */
    }
    expect(good == reads, "register");
    return good;
}
