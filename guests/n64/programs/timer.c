/* Work that a timer interrupts, every so many units of Count (the option), until it has done so size times. */
#include "rom.h"

u64 work(u32 size, u32 option) {
    u32 turns = 0, x = 1;
    irq_timer = 0;
    irq_period = option;
    __asm__ volatile("mtc0 %0, $11\n\tnop" ::"r"(read_count() + option));
    allow_interrupts(0x8000);
    while (irq_timer < size) {
        x = x * 1664525 + 1013904223;
        turns++;
    }
    allow_interrupts(0);
    expect(turns > size && (x & 1) == ((turns & 1) ^ 1), "work between interrupts");
    return size;
}
