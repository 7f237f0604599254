/* Time and interrupts: Count against Compare, VI's line, MI's mask, the software interrupts. */
#include "test.h"

#define MI_INTR MEM32(0xa4300008u)
#define MI_MASK MEM32(0xa430000cu)
#define VI(n) MEM32(0xa4400000u + 4 * (n))

enum { VI_INTR = 8, IP2 = 0x400, IP7 = 0x8000 };

static void count(void) {
    MTC0(9, 1000);
    u32 a = (u32)MFC0(9);
    check("Count goes on from what was written", a >= 1000 && a < 1020, 1);
    u32 b = (u32)MFC0(9);
    check("Count goes up", b > a && b - a < 20, 1);
}

static void compare(void) {
    MTC0(9, 0);
    MTC0(11, 500);
    check("no timer interrupt yet", MFC0(13) & IP7, 0);
    while ((u32)MFC0(9) < 520)
        ;
    check("timer interrupt", MFC0(13) & IP7, IP7);
    MTC0(11, 0xffffffff);
    check("writing Compare takes it back", MFC0(13) & IP7, 0);
    u32 before = exception.count;
    MTC0(9, 0);
    MTC0(11, 300);
    MTC0(12, STATUS_DEFAULT | IP7 | 1);
    while ((u32)MFC0(9) < 600)
        ;
    MTC0(12, STATUS_DEFAULT);
    check_exception("taken once", before, 0);
    check("vector", exception.vector, 0x180);
    MTC0(11, 0xffffffff);
}

static void software(void) {
    u32 before = exception.count;
    MTC0(13, 0x100);
    MTC0(12, STATUS_DEFAULT | 0x200 | 1);
    check_exception("masked", before, -1);
    MTC0(12, STATUS_DEFAULT | 0x100 | 1);
    MTC0(12, STATUS_DEFAULT);
    MTC0(13, 0);
    check_exception("a software interrupt", before, 0);
}

static void video(void) {
    VI(6) = 0x20d;
    VI(7) = 0xc15;
    VI(3) = 100;
    VI(4) = 0;
    MI_MASK = 0x555; /* all masked */
    while (VI(4) >= 60)
        ;
    VI(4) = 0;
    check("VI's interrupt is down", MI_INTR & VI_INTR, 0);
    while (!(MI_INTR & VI_INTR))
        ;
    u32 line = VI(4);
    check("it comes at its line", line >= 100 && line <= 104, 1);
    check("masked, it does not reach the processor", MFC0(13) & IP2, 0);
    MI_MASK = 2 << (2 * 3);
    check("MI_MASK", MI_MASK, VI_INTR);
    check("it reaches the processor", MFC0(13) & IP2, IP2);
    VI(4) = 0;
    check("writing the line takes it back", MFC0(13) & IP2, 0);
    MI_MASK = 1 << (2 * 3);
    u32 fields = 0, start = (u32)MFC0(9);
    for (u32 last = VI(4); fields < 2;) {
        u32 now = VI(4);
        fields += now < last;
        last = now;
        if (fields == 1 && !start)
            start = (u32)MFC0(9);
        if (now < 2 && fields == 1)
            start = (u32)MFC0(9);
    }
    u32 ticks = (u32)MFC0(9) - start;
    check("a field is a 60th of a second", ticks > 760000 && ticks < 800000, 1);
}

int main(void) {
    MTC0(12, STATUS_DEFAULT);
    count();
    compare();
    software();
    video();
    finish();
    return 0;
}
