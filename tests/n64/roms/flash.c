/* FlashRAM as Nintendo's library uses it: identity, a sector erased and a page programmed, each waited for and asked
 * how it went, the page read back. */
#include "test.h"

enum { PAGE_BYTES = 128, FIRST = 256, PAGE = FIRST + 1 };
enum { PROGRAMMING = 1, ERASING = 2, PROGRAMMED = 4, ERASED = 8 };
#define FLASH 0xa8000000u
#define COMMAND 0x10000u
#define PI_DRAM 0xa4600000u
#define PI_STATUS 0xa4600010u
#define BUFFER 0xa0200000u

static void idle(void) {
    while (MEM32(PI_STATUS) & 3)
        ;
}

static void put(u32 at, u32 v) {
    idle();
    MEM32(FLASH + at) = v;
    idle();
}

static u32 status(void) {
    idle();
    return MEM32(FLASH);
}

/* The register is RD_LEN (8, to the cartridge) or WR_LEN (12). */
static void dma(u32 reg, u32 page, u32 bytes) {
    idle();
    MEM32(PI_DRAM) = BUFFER & 0xffffff;
    MEM32(PI_DRAM + 4) = (FLASH & 0x1fffffff) + page * PAGE_BYTES;
    MEM32(PI_DRAM + reg) = bytes - 1;
    idle();
}

static void wait_for(const char *what, u32 busy, u32 done) {
    u32 turns = 0, v;
    while ((v = status()) & busy && turns < 1000)
        turns++;
    check(what, v & (PROGRAMMING | ERASING | PROGRAMMED | ERASED), done);
    put(COMMAND, 0xd2000000);
    put(0, 0);
    check("status, cleared", status() & 0xff, 0);
}

static void page_is(const char *what, u32 page, u32 first, u32 step) {
    u32 wrong = 0;
    put(COMMAND, 0xf0000000);
    dma(12, page, PAGE_BYTES);
    for (u32 i = 0; i < PAGE_BYTES; i++)
        wrong += MEM8(BUFFER + i) != (u8)(first + i * step);
    check(what, wrong, 0);
}

static void program(u32 page, u32 first, u32 step) {
    for (u32 i = 0; i < PAGE_BYTES; i++)
        MEM8(BUFFER + i) = (u8)(first + i * step);
    put(COMMAND, 0xb4000000);
    dma(8, 0, PAGE_BYTES);
    put(COMMAND, 0xa5000000 | page);
    wait_for("programmed", PROGRAMMING, PROGRAMMED);
}

int main(void) {
    put(COMMAND, 0xe1000000);
    dma(12, 0, 8);
    check("kind", MEM32(BUFFER), 0x11118001);
    check("maker and device", MEM32(BUFFER + 4), 0x00c2001d);
    program(FIRST + 127, 0, 1);
    put(COMMAND, 0x4b000000 | PAGE);
    put(COMMAND, 0x78000000);
    wait_for("erased", ERASING, ERASED);
    page_is("the sector's last page", FIRST + 127, 0xff, 0);
    program(PAGE, 7, 3);
    page_is("the page", PAGE, 7, 3);
    page_is("the one behind it", PAGE + 1, 0xff, 0);
    finish();
    return 0;
}
