/* Reads of Count, with some work between them. */
#include "rom.h"

u64 work(u32 size, u32 option) {
    u32 reads = size * 1024, good = 0, last = read_count();
    for (u32 i = 0; i < reads; i++) {
        u32 now = read_count();
        good += now - last < 1000000; /* never back, never far */
        last = now;
    }
    expect(good == reads, "Count");
    return good + option;
}
