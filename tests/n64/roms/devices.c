/* DMA and devices: PI with its alignment, the cartridge's bus, SP's DMA and memory, SI with a controller and an EEPROM,
 * MI's repeated stores, AI's queue. */
#include "test.h"

#define PI(n) MEM32(0xa4600000u + 4 * (n))
#define SP(n) MEM32(0xa4040000u + 4 * (n))
#define SI(n) MEM32(0xa4800000u + 4 * (n))
#define AI(n) MEM32(0xa4500000u + 4 * (n))
#define MI(n) MEM32(0xa4300000u + 4 * (n))
#define BUFFER 0x00200000u
#define RAM8(offset) MEM8(0xa0000000u + BUFFER + (offset))
#define RAM32(offset) MEM32(0xa0000000u + BUFFER + (offset))
#define DMEM(offset) MEM32(0xa4000000u + (offset))

static const u8 counted[256] __attribute__((aligned(16))) = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
                                                             15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
                                                             30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43};

static u32 cart(const void *p) {
    return 0x10000000 + ((u32)p - 0x80000000u); /* the program begins at 0x1000 in both */
}

static void fill(u32 bytes) {
    for (u32 i = 0; i < bytes; i++)
        RAM8(i) = 0xaa;
}

static void pi_dma(u32 offset, u32 bytes) {
    fill(512);
    PI(4) = 3;
    PI(0) = BUFFER + offset;
    PI(1) = cart(counted);
    PI(3) = bytes - 1;
    while (PI(4) & 1)
        ;
}

static void pi(void) {
    pi_dma(0, 16);
    check("PI DMA", RAM32(4), 0x04050607);
    check("no more", RAM8(16), 0xaa);
    check("PI_DRAM_ADDR", PI(0), BUFFER + 16);
    check("PI_CART_ADDR", PI(1), cart(counted) + 16);
    check("PI_WR_LEN", PI(3), 0x7f);
    check("PI_STATUS", PI(4), 8);
    check("MI", MI(2) & 16, 16);
    PI(4) = 2;
    check("PI_STATUS cleared", PI(4), 0);
    check("MI cleared", MI(2) & 16, 0);
    pi_dma(0, 5);
    check("an odd length", RAM8(4), 4);
    check("an odd length ends", RAM8(5), 0xaa);
    check("to the next 8 bytes", PI(0), BUFFER + 8);
    pi_dma(6, 16);
    check("askew: begins", RAM8(6), 0);
    check("askew: ends 6 bytes early", RAM8(15), 9);
    check("askew: nothing behind", RAM8(16), 0xaa);
    pi_dma(2, 4);
    check("askew and short", RAM8(4), 0xaa);
}

/* As recorded by rasky's n64_pi_dma_test: an odd length that ends one byte in front of a row's end ends there, and what
 * the length reads as behind short ones. */
static void pi_row(void) {
    u32 row = 0x00300800u;
    for (u32 i = 0; i < 32; i += 4)
        MEM32(0xa0000000u + row - 16 + i) = 0xaaaaaaaa;
    PI(0) = row - 8;
    PI(1) = cart(counted);
    PI(3) = 6;
    while (PI(4) & 1)
        ;
    check("7 bytes in front of a row", MEM32(0xa0000000u + row - 4), 0x040506aa);
    check("PI_DRAM_ADDR behind them", PI(0), row);
    check("PI_WR_LEN behind them", PI(3), 0x7f);
    PI(0) = row + 2;
    PI(1) = cart(counted);
    PI(3) = 7;
    while (PI(4) & 1)
        ;
    check("PI_WR_LEN behind 8 bytes at 2", PI(3), 0x7d);
    check("8 bytes at 2", MEM32(0xa0000000u + row + 4), 0x02030405);
    PI(4) = 2;
}

static void bus(void) {
    u32 at = 0xa0000000u + cart(counted);
    check("32 bits", MEM32(at + 4), 0x04050607);
    check("16 bits", MEM16(at), 0x0001);
    check("16 bits miss every other half", MEM16(at + 2), 0x0405);
    check("8 bits too", MEM8(at + 3), 5);
    MEM32(at) = 0x12345678;
    check("a write is under way", PI(4) & 2, 2);
    check("and read back once", MEM32(at), 0x12345678);
    check("the ROM stays", MEM32(at), 0x00010203);
    check("nobody there", MEM32(0xa0000000u + 0x05001230), 0x12301232);
}

/* Two rows of 2 KiB, 64 bytes apart in RDRAM: the registers say how far they have come. */
static void sp_under_way(void) {
    enum { ROWS = 0x00300000 };
    u32 steps = 0, before = 0, rows = 0, bad = 0;
    SP(0) = 0;
    SP(1) = ROWS;
    SP(3) = 0x7ff | 1 << 12 | 64 << 20;
    while (SP(6)) {
        u32 dram = SP(1), len = SP(3);
        if (!SP(6))
            break; /* ended between these */
        bad += dram < before || dram > ROWS + 4096 + 64 || dram & 7;
        steps += dram > before;
        rows |= len & 1 << 12 ? 1 : 2;
        before = dram;
    }
    check("SP_DRAM_ADDR goes on", bad, 0);
    check("SP_DRAM_ADDR goes on in steps", steps > 4, 1);
    check("SP_WR_LEN counts rows", rows, 3);
    check("SP_MEM_ADDR goes round", SP(0), 0);
    check("SP_DRAM_ADDR behind two rows", SP(1), ROWS + 4096 + 64);
    check("SP_WR_LEN behind two rows", SP(3), 0x4000ff8);
}

/* The processor executes a function in DMEM, which is changed by a store and by DMA. */
static void sp_code(void) {
    u32 sum = 0;
    DMEM(0x100) = 0x03e00008; /* jr ra; addiu v0, $0, 1 */
    DMEM(0x104) = 0x24020001;
    sum = ((u32(*)(void))0xa4000100u)();
    DMEM(0x104) = 0x24020020;
    sum += ((u32(*)(void))0xa4000100u)();
    RAM32(0) = 0x03e00008;
    RAM32(4) = 0x24020300;
    SP(0) = 0x100;
    SP(1) = BUFFER;
    SP(2) = 7;
    while (SP(6))
        ;
    sum += ((u32(*)(void))0xa4000100u)();
    check("code in DMEM", sum, 0x321);
}

static void sp(void) {
    for (u32 i = 0; i < 64; i++)
        RAM32(4 * i) = 0x1000 + i;
    SP(0) = 0x10;
    SP(1) = BUFFER;
    SP(2) = 7 | 2 << 12 | 8 << 20; /* 3 rows of 8 bytes, 8 left out between them */
    while (SP(6))
        ;
    check("SP DMA: row 0", DMEM(0x14), 0x1001);
    check("SP DMA: row 1", DMEM(0x18), 0x1004);
    check("SP DMA: row 2", DMEM(0x24), 0x1009);
    check("SP_MEM_ADDR", SP(0), 0x28);
    check("SP_DRAM_ADDR", SP(1), BUFFER + 40);
    check("SP_RD_LEN", SP(2), 0x800ff8);
    sp_under_way();
    sp_code();
    DMEM(0) = 0;
    MEM8(0xa4000001u) = 0x5a;
    check("a narrow store writes a whole word", DMEM(0), 0x005a0000);
    check("DMEM repeats", MEM32(0xa4002014u), 0x1001);
    check("semaphore is free", SP(7), 0);
    check("semaphore is taken", SP(7), 1);
    SP(7) = 0;
    check("semaphore is free again", SP(7), 0);
    SP(7) = 0;
}

/* The RSP runs two instructions and breaks. */
static void rsp(void) {
    MEM32(0xa4001000u) = 0x34080123; /* ori t0, $0, 0x123; sw t0, 0(zero); break */
    MEM32(0xa4001004u) = 0xac080000;
    MEM32(0xa4001008u) = 0x0000000d;
    MEM32(0xa4080000u) = 0;
    SP(4) = 1 | 1 << 2 | 1 << 3 | 1 << 8; /* run, no break yet, no interrupt, interrupt on break */
    for (u32 i = 0; i < 1000 && !(SP(4) & 1); i++)
        ;
    check("SP_STATUS", SP(4) & 3, 3);
    check("what it stored", DMEM(0), 0x123);
    check("its interrupt", MI(2) & 1, 1);
    SP(4) = 1 << 2 | 1 << 3 | 1 << 7;
    check("cleared", MI(2) & 1, 0);
}

static void si_read(void) {
    SI(6) = 0;
    SI(0) = BUFFER;
    SI(1) = 0x1fc007c0;
    while (SI(6) & 1)
        ;
}

static void si_transfer(const u32 *words) {
    for (u32 i = 0; i < 16; i++)
        RAM32(4 * i) = words[i];
    SI(0) = BUFFER;
    SI(4) = 0x1fc007c0;
    while (SI(6) & 1)
        ;
    si_read();
}

static void si(void) {
    static const u32 pads[16] = {0xff010401, 0xffffffff, 0xff010401, 0xffffffff, 0xfe000000, [15] = 1};
    static const u32 write[16] = {0x00000000, 0x0a010503, 0x11223344, 0x55667788, 0xfffe0000, [15] = 1};
    static const u32 read[16] = {0x00000000, 0x02080403, 0xffffffff, 0xffffffff, 0xfe000000, [15] = 1};
    si_transfer(pads);
    check("SI_STATUS", SI(6), 0x1000);
    check("MI", MI(2) & 2, 2);
    check("the first controller's buttons", RAM32(4), 0x80001080);
    check("no second controller", RAM8(10) & 0xc0, 0x80);
    check("the list has been read", RAM8(63) & 1, 0);
    MEM32(0xbfc007c4u) = 0; /* which takes away the answer, not the list */
    while (SI(6) & 2)
        ;
    si_read();
    check("asked again without the list", RAM32(4), 0x80001080);
    MEM32(0xbfc007fcu) = 8;
    si_transfer(pads);
    check("DMA while a store is on its way", RAM32(4), 0x80001080);
    si_transfer(write);
    check("EEPROM write", RAM8(0x10), 0);
    si_transfer(read);
    check("EEPROM read", RAM32(8), 0x11223344);
    check("its rest", RAM32(12), 0x55667788);
}

/* A block of a Controller Pak is written, and read back. Address and data carry check bits. */
static void pak(void) {
    static const u32 write[16] = {0x23010300, 0x35112233, 0x44556677, 0x01020304, 0x05060708, 0x090a0b0c,
                                  0x0d0e0f10, 0x11121314, 0x15161718, 0x19fffe00, [15] = 1};
    static const u32 read[16] = {0x03210200, 0x35ffffff, [1 + 8] = 0xfffffffe, [15] = 1};
    static const u32 wrong[16] = {0x03210200, 0x34ffffff, [1 + 8] = 0xfffffffe, [15] = 1};
    static const u32 info[16] = {0xff010300, 0xfffffffe, [15] = 1};
    si_transfer(info);
    check("a pak is there", RAM32(4), 0x05000100 | RAM8(7));
    si_transfer(write);
    u32 sum = RAM8(0x25);
    check("the data's check", sum, 0x1a);
    si_transfer(read);
    check("the pak's block", RAM32(8), 0x44556677);
    check("its end", RAM32(0x20), 0x15161718);
    check("its check", RAM8(0x25), sum);
    si_transfer(wrong);
    check("a wrong address", RAM8(0x25), 0xff);
}

static void repeat(void) {
    fill(64);
    MI(0) = 0x100 | 15;
    RAM32(8) = 0x01020304;
    check("a repeated store", RAM32(8), 0x01020304);
    check("to its end", RAM32(20), 0x01020304);
    check("and no further", RAM32(24), 0xaaaaaaaa);
    RAM32(0) = 7;
    check("only one", RAM32(4), 0xaaaaaaaa);
}

static void ai(void) {
    AI(4) = 2000;
    AI(3) = 0;
    for (u32 i = 0; i < 64; i++)
        RAM32(4 * i) = i << 16 | (u16)-i;
    AI(0) = BUFFER;
    AI(2) = 1;
    AI(1) = 256;
    check("AI is busy", AI(3) >> 30, 1);
    AI(0) = BUFFER;
    AI(1) = 256;
    check("AI is full", AI(3) >> 31, 1);
    check("what is left", AI(1) <= 256 && AI(1) > 200, 1);
    while (AI(3) >> 31)
        ;
    check("AI's interrupt", MI(2) & 4, 4);
    while (AI(3) >> 30)
        ;
    check("nothing left", AI(1), 0);
    AI(3) = 0;
    check("taken back", MI(2) & 4, 0);
}

/* What boot code leaves for Nintendo's library. */
static void boot(void) {
    check("television", MEM32(0xa0000300), 1);
    check("cartridge", MEM32(0xa0000304), 0);
    check("its address", MEM32(0xa0000308), 0xb0000000);
}

int main(void) {
    MTC0(12, STATUS_DEFAULT);
    boot();
    pi();
    pi_row();
    bus();
    sp();
    rsp();
    si();
    pak();
    repeat();
    ai();
    finish();
    return 0;
}
