/* The reset button: the interrupt that announces it, half a second later the non-maskable one; then the program begins
 * again with all of RDRAM behind its first MiB as it was. Prints nothing before the button is pressed. */
#include "test.h"

#define RESET_TYPE MEM32(0xa000030cu)
#define KEPT 0xa0600000u /* what is remembered */
#define MARK MEM32(KEPT)
#define ANNOUNCED MEM32(KEPT + 4) /* Count then, and now */
#define NOW MEM32(KEPT + 8)
#define LOOP MEM32(KEPT + 12)   /* where it waits for the end */
#define HALF_A_SECOND 23437500u /* of Count */
enum { IP4 = 1 << 12 };

static u32 changed = 1;

static void wait_for_it(void) {
    MARK = 0x12345678;
    NOW = 0;
    changed = 2;
    MEM32(0xa430000cu) = 0xaaa; /* MI lets everything through, and VI asks every frame */
    MEM32(0xa440000cu) = 2;
    MTC0_32(12, STATUS_DEFAULT | IP4 | 1);
    while (!exception.count)
        ;
    check("the interrupt that announces it", exception.cause & 0x7c, 0);
    check("its line", exception.cause & IP4, IP4);
    ANNOUNCED = MFC0_32(9);
    LOOP = (u32) && loop;
loop:
    NOW = MFC0_32(9);
    goto loop;
}

static void after_it(void) {
    u32 waited = NOW - ANNOUNCED, pc = (u32)MFC0(30);
    MARK = 0;
    check("half a second", waited - (HALF_A_SECOND - 400) < 800, 1);
    check("where it came", pc - LOOP < 32, 1);
    check("the line is off", MFC0(13) & IP4, 0);
    check("the program is copied again", changed, 1);
    check("MI's mask", MEM32(0xa430000cu), 0);
    check("the RSP is halted", MEM32(0xa4040010u), 1);
    finish();
}

int main(void) {
    u32 status = (u32)MFC0(12);
    if (RESET_TYPE == 1) {
        check("what was in RDRAM", MARK, 0x12345678);
        check("Status does not forbid what the program needs", status & 6, 0);
        after_it();
    } else {
        check("a cold start", RESET_TYPE, 0);
        wait_for_it();
    }
    return 0;
}
