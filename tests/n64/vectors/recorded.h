/* What the ROMs that compare with recordings have in common: where recorded.lua puts these, and the end. For each that
 * fails, its number (from 0, 8 digits), a colon, and what was found are printed in a line. */
#ifndef RECORDED_H
#define RECORDED_H

#include "test.h"

#define CACHED 0x80000000u
#define UNCACHED 0xa0000000u
#define RECORDINGS 0x10100000u /* the table in the cartridge; its first word is how many there are */

/* A write to the IS-Viewer goes on for a while; DMA does not begin meanwhile, and a read has what is written. */
static inline void wait_for_cartridge(void) {
    while (MEM32(0xa4600010u) & 3)
        ;
}

static inline void finish_recordings(u32 total, u32 failed) {
    print("recordings ");
    print_hex(total, 8);
    print(" failed ");
    print_hex(failed, 8);
    print("\nend of recordings");
}

#endif
