/* Everything at once and for ever, so that a savestate at any moment finds something under way: the RSP running, DMA of
 * PI, SP and SI, a command list, sound, mapped pages, the FPU, timer interrupts. Prints a line now and then. */
#include "test.h"

#define PI(n) MEM32(0xa4600000u + 4 * (n))
#define SP(n) MEM32(0xa4040000u + 4 * (n))
#define SI(n) MEM32(0xa4800000u + 4 * (n))
#define AI(n) MEM32(0xa4500000u + 4 * (n))
#define DP(n) MEM32(0xa4100000u + 4 * (n))
#define VI(n) MEM32(0xa4400000u + 4 * (n))
#define MI(n) MEM32(0xa4300000u + 4 * (n))
#define FRAME 0x00200000u
#define BUFFER 0x00280000u
#define LIST 0x00290000u

static void start_rsp(void) {
    /* addiu t0, t0, 3; mtc2 t0, v1[0]; vmacf v2, v1, v1; vrcpl v3[0], v2[0]; sw t0, 0(zero); j 0; mtc0 t0, 7 */
    static const u32 code[] = {0x25080003, 0x48880800, 0x4a010888, 0x4a0200f1, 0xac080000, 0x08000400, 0x40883800};
    for (u32 i = 0; i < sizeof code / sizeof *code; i++)
        MEM32(0xa4001000u + 4 * i) = code[i];
    MEM32(0xa4080000u) = 0;
    SP(4) = 1 | 1 << 2;
}

static void video(void) {
    static const u32 values[14] = {0x202, FRAME,     320,      0x200,    0,       0x3e52239, 0x20d,
                                   0xc15, 0xc150c15, 0x6c02ec, 0x2501ff, 0xe0204, 0x200,     0x400};
    for (u32 i = 0; i < 14; i++)
        VI(i) = values[i];
}

/* A filled rectangle and a triangle's beginning: every other list ends in the middle of it, and goes on next time. */
static void draw(u32 turn) {
    volatile u64 *to = (volatile u64 *)(0xa0000000u + LIST);
    u32 n = 0;
    to[n++] = 0x3f10013f00000000 | FRAME;
    to[n++] = 0x2d000000005003c0;
    to[n++] = 0x2f30000000000000;
    to[n++] = 0x3700000000000000 | (u32)(turn * 0x12345 & 0xffff) * 0x10001u;
    to[n++] = 0x3600000000000000 | (u64)(0x3f << 14 | 0x1f << 2) << 32 | (turn & 63) << 14;
    to[n++] = turn & 1 ? 0x0c00000000000000 : 0x2900000000000000;
    if (DP(3) & 0x600)
        return;
    DP(0) = LIST;
    DP(1) = LIST + 8 * n;
}

static void sound(u32 turn) {
    AI(4) = 1500;
    AI(0) = BUFFER;
    AI(2) = 1;
    if (!(AI(3) >> 31))
        AI(1) = 512 + 8 * (turn & 31);
}

static void transfers(u32 turn) {
    if (!(PI(4) & 3)) {
        PI(4) = 2;
        PI(0) = BUFFER + 2 * (turn & 7);
        PI(1) = 0x10001000 + 4 * turn % 4096;
        PI(3) = 300 + turn % 17;
    }
    if (!SP(5)) {
        SP(0) = 0x800;
        SP(1) = BUFFER + 0x1000;
        SP(2 + (turn & 1)) = 63 | 3 << 12 | 64 << 20;
    }
    if (!(SI(6) & 3)) {
        SI(0) = BUFFER + 0x2000;
        SI(turn & 1 ? 4 : 1) = 0x1fc007c0;
    }
}

/* A page anywhere in the first GiB, onto the buffer. */
static void mapped(u32 turn) {
    u32 page = 0x10000000u + (turn % 16 << 13);
    MTC0(0, turn % 16);
    MTC0(10, page);
    MTC0(2, (BUFFER + 0x4000) >> 6 | 7);
    MTC0(3, (BUFFER + 0x5000) >> 6 | 7);
    MTC0(5, 0);
    COP0(tlbwi);
    MEM32(page + 4 * (turn % 1024)) += turn;
}

int main(void) {
    volatile double sum = 1;
    MTC0(12, STATUS_DEFAULT);
    MI(3) = 2;
    for (u32 i = 0; i < 16; i++)
        MEM32(0xa0000000u + BUFFER + 0x2000 + 4 * i) = i == 0    ? 0xff010401
                                                       : i == 1  ? 0xffffffff
                                                       : i == 15 ? 1
                                                                 : 0xfe000000;
    video();
    start_rsp();
    for (u32 turn = 0;; turn++) {
        draw(turn);
        sound(turn);
        transfers(turn);
        mapped(turn);
        sum = sum * 1.0009765625 + turn;
        if (turn % 64 == 0) {
            MTC0_32(11, MFC0_32(9) + 5000);
            MTC0(12, STATUS_DEFAULT | 0x8001);
        }
        MEM32(0xa0000000u + FRAME + 4 * (turn % 0x4000)) = (u32)sum ^ MFC0_32(1) << 8 ^ MEM32(0xa4000000u);
        if (turn % 1024 == 0)
            print_hex(turn, 8), print("\n");
    }
}
