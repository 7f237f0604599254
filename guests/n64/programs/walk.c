/* One load from each of more pages than the TLB holds, over and over: every load a refill. The option is the number of
 * pages; from 64 on nothing that was entered is still there when it is needed again. */
#include "rom.h"

u64 work(u32 size, u32 option) {
    volatile u32 *pages = map_pages(option * 4096, 0);
    u32 sum = 0;
    for (u32 i = 0; i < option; i++)
        MEM32(0x80400000u + i * 4096 + 16) = i;
    for (u32 turn = 0; turn < size; turn++)
        for (u32 i = 0; i < option; i++)
            sum += pages[i * 1024 + 4] + turn;
    expect(sum == size * (option * (option - 1) / 2) + option * (size * (size - 1) / 2), "sum");
    return sum;
}
