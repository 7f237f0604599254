/* coroutine: returns that land on another stack.
 *
 * Isolates unbalanced returns (axis `returns`): two stacks take turns. Each switch is entered by a call on one stack
 * and left by a return on the other (coroutine.S), so calls and returns balance in number but never match in order:
 * the worst case for a ring that clears on a mismatch, and for pairing the guest's returns with host CALL and RET.
 *
 * The worker calls a helper between switches, two levels deep, to mix in returns that do match.
 */
#include "common.h"

/* In coroutine.S: saves the callee-saved state on the current stack, its pointer into *from, and continues at `to`. */
void stack_switch(void **from, void *to);
/* A fresh stack that starts in `entry` at the first switch to it; returns the pointer to switch to. */
void *stack_prepare(void *top, void (*entry)(void));

static _Alignas(16) char worker_stack[16384];
static void *main_sp, *worker_sp;
static uint32_t mailbox;

static APART uint32_t square(uint32_t v) {
    return v * v;
}
static APART uint32_t step(uint32_t v) {
    return square(v) + v;
}

static void worker(void) {
    for (;;) {
        mailbox = step(mailbox);
        stack_switch(&worker_sp, main_sp);
        mailbox = mailbox + step(7);
        stack_switch(&worker_sp, main_sp);
    }
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 100, NULL, 0), want = 1;

    mailbox = 1;
    worker_sp = stack_prepare(worker_stack + sizeof worker_stack, worker);
    for (uint32_t i = 0; i < size; i++) {
        stack_switch(&main_sp, worker_sp);
        stack_switch(&main_sp, worker_sp);
        want = want * want + want + 56;
    }
    expect("value handed to and fro", mailbox, want);
    return finish(mailbox);
}
