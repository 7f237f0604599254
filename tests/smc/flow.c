/* Control flow through changed code: calls whose return point, callee or target changes meanwhile, jumps between regions,
 * branches whose offset or delay slot changes, instructions that only the interpreter has, and system calls. */
#include "smc.h"

/* Prologue and epilogue of a function that calls: ra saved in the frame. */
static void enter(struct code *c) {
    code_word(c, ADDIU(SP, SP, -32));
    code_word(c, SW(RA, 28, SP));
}
static void leave(struct code *c) {
    code_word(c, LW(RA, 28, SP));
    code_word(c, JR(RA));
    code_word(c, ADDIU(SP, SP, 32));
}

/* caller: v0 = 0, jal callee, then 1 (the return point) is added; callee stores a1 to a0 and returns. What it changes is
 * the return point (0), the instruction behind that (1), its own first instruction (2), the call (3). */
static void during_a_call(uint8_t *page, uint8_t *other, unsigned what) {
    struct code c = {other}, d = {page};
    code_word(&c, ADDIU(V0, ZERO, 0x100));
    code_word(&c, SW(A1, 0, A0));
    emit_announce(&c, A0);
    code_word(&c, JR(RA));
    code_word(&c, NOP);
    enter(&d);
    uint8_t *where = d.at;
    code_word(&d, JAL(other));
    code_word(&d, NOP);
    uint8_t *back = d.at;
    code_word(&d, ADDIU(V0, V0, 1));
    code_word(&d, ADDIU(V0, V0, 2));
    leave(&d);
    struct code e = {other + 128}; /* another callee */
    code_word(&e, JR(RA));
    code_word(&e, ADDIU(V0, ZERO, 0x800));
    code_sync(page, d.at);
    code_sync(other, e.at);
    if (what == 0)
        where = back;
    if (what == 1)
        where = back + 4;
    if (what == 2)
        where = other;
    for (uint32_t i = 1; i < 5; i++) {
        uint32_t word = what == 2 ? ADDIU(V0, ZERO, i << 8) : what == 3 ? JAL(other + 128) : ADDIU(V0, V0, i << 4);
        uint32_t want = what == 0   ? 0x102 + (i << 4)
                        : what == 1 ? 0x101 + (i << 4)
                        : what == 2 ? (i == 1 ? 0x103 : ((i - 1) << 8) + 3)
                                    : 0x103;
        expect_at("a change during a call", what, i, call(page, address(where), word, 0, 0), want);
        if (what == 3) {
            expect_at("the call changed", what, i, call(page, address(other + 64), NOP, 0, 0), 0x803);
            patch(where, JAL(other));
        }
    }
}

/* A recursion that, at its bottom, changes the return point that all its frames go back to. */
static void deep(uint8_t *page, uint32_t depth) {
    struct code c = {page};
    enter(&c);
    uint8_t *branch = c.at;
    code_word(&c, NOP);
    code_word(&c, ADDIU(A2, A2, -1));
    code_word(&c, JAL(page));
    code_word(&c, NOP);
    uint8_t *back = c.at;
    code_word(&c, ADDIU(V0, V0, 1));
    code_word(&c, BEQ(ZERO, ZERO, c.at, c.at + 4 * (code_unflushed ? 4 : 6)));
    code_word(&c, NOP);
    put(branch, BEQ(A2, ZERO, branch, c.at));
    code_word(&c, MOVE(V0, ZERO));
    code_word(&c, SW(A1, 0, A0));
    emit_announce(&c, A0);
    leave(&c);
    code_sync(page, c.at);
    for (uint32_t i = 2; i < 6; i++) {
        expect_at("a recursion whose return point changes", depth, i,
                  call(page, address(back), ADDIU(V0, V0, i), depth, 0), depth * i);
        patch(back, ADDIU(V0, V0, 1));
    }
}

/* Two blocks on two pages that jump to each other; the second changes the first in every turn. */
static void ping_pong(uint8_t *a, uint8_t *b, uint32_t turns) {
    struct code c = {a}, d = {b};
    code_word(&c, MOVE(V0, ZERO));
    uint8_t *step = c.at;
    code_word(&c, ADDIU(V0, V0, 1));
    code_word(&c, J(b));
    code_word(&c, ADDIU(A2, A2, -1));
    code_word(&d, SW(A1, 0, A0));
    emit_announce(&d, A0);
    code_word(&d, BNE(A2, ZERO, d.at, step));
    code_word(&d, ADDIU(A1, A1, 1));
    code_word(&d, JR(RA));
    code_word(&d, NOP);
    code_sync(a, c.at);
    code_sync(b, d.at);
    uint32_t now = 1;
    for (uint32_t round = 0; round < 2; round++) {
        uint32_t want = 0, next = 10;
        for (uint32_t i = 0; i < turns; i++) {
            want += now;
            now = next++;
        }
        expect("two blocks that jump to each other", call(a, address(step), ADDIU(V0, V0, 10), turns, 0), want);
    }
}

/* A linked loop that changes nothing itself is changed between its runs: offset, slot, kind of branch, loop to none. */
static void branches(uint8_t *page) {
    struct code c = {page};
    code_word(&c, MOVE(V0, ZERO));
    uint8_t *branch = c.at, *slot = c.at + 4, *skipped = c.at + 8, *target = c.at + 16, *far_ = c.at + 24;
    code_word(&c, BEQ(A0, ZERO, branch, target));
    code_word(&c, ADDIU(V0, V0, 1));  /* slot */
    code_word(&c, ADDIU(V0, V0, 2));  /* skipped */
    code_word(&c, ADDIU(V0, V0, 4));
    code_word(&c, ADDIU(V0, V0, 8));  /* target */
    code_word(&c, ADDIU(V0, V0, 16));
    code_word(&c, JR(RA));            /* far_ - 0: behind the last addition */
    code_word(&c, NOP);
    code_sync(page, c.at);
    for (unsigned i = 0; i < 3; i++) {
        expect("a branch taken", call(page, 0, 0, 0, 0), 1 + 8 + 16);
        expect("a branch not taken", call(page, 1, 0, 0, 0), 31);
        patch(branch, BEQ(A0, ZERO, branch, far_));
        expect("another target", call(page, 0, 0, 0, 0), 1);
        patch(branch, BEQ(A0, ZERO, branch, skipped));
        expect("the target behind the slot", call(page, 0, 0, 0, 0), 31);
        patch(branch, BEQL(A0, ZERO, branch, target));
        expect("likely, taken", call(page, 0, 0, 0, 0), 1 + 8 + 16);
        expect("likely, not taken", call(page, 1, 0, 0, 0), 30);
        patch(slot, ADDIU(V0, V0, 0x101));
        expect("likely, slot changed", call(page, 0, 0, 0, 0), 0x101 + 8 + 16);
        patch(branch, BNE(A0, ZERO, branch, target));
        expect("condition turned", call(page, 0, 0, 0, 0), 0x101 + 30);
        patch(branch, J(far_));
        expect("a jump", call(page, 0, 0, 0, 0), 0x101);
        patch(branch, ADDIU(V0, V0, 32));
        expect("no branch any more", call(page, 0, 0, 0, 0), 32 + 0x101 + 30);
        patch(slot, ADDIU(V0, V0, 1));
        patch(branch, BEQ(A0, ZERO, branch, target));
    }
}

/* Indirect calls to a function that changes, from one site and from many. */
static void indirect(uint8_t *page, uint8_t *other) {
    struct code c = {page};
    enter(&c);
    code_word(&c, MOVE(T9, A0));
    code_word(&c, JALR(RA, T9));
    code_word(&c, NOP);
    code_word(&c, ADDIU(V0, V0, 1));
    leave(&c);
    code_sync(page, c.at);
    for (uint32_t k = 0; k < 8; k++)
        put_constant(other + 16 * k, k);
    code_sync(other, other + 128);
    for (uint32_t i = 0; i < 40; i++) {
        uint32_t k = i * 5 % 8;
        patch(other + 16 * k + 4, ADDIU(V0, ZERO, i * 3));
        expect_at("an indirect call", i, k, call(page, address(other + 16 * k), 0, 0, 0), i * 3 + 1);
        expect_at("an indirect call again", i, k, call(page, address(other + 16 * k), 0, 0, 0), i * 3 + 1);
    }
}

/* Words that translation may leave to the interpreter come and go, in blocks, first in them, and in slots. */
static void odd_instructions(uint8_t *page) {
    struct code c = {page};
    code_word(&c, ADDIU(V0, ZERO, 1));
    uint8_t *word = c.at;
    code_word(&c, NOP);
    code_word(&c, ADDIU(V0, V0, 2));
    code_word(&c, JR(RA));
    uint8_t *slot = c.at;
    code_word(&c, NOP);
    code_sync(page, c.at);
    uint32_t words[] = {RDHWR(T0, 29), ADDIU(V0, V0, 0x10), SYNCI(0, A0), NOP, LL(T0, 0, A0), 15u /* sync */,
                        ADDIU(V0, V0, 0x20), RDHWR(T0, 1)};
    uint32_t value[] = {0, 0x10, 0, 0, 0, 0, 0x20, 0};
    for (uint32_t i = 0; i < 24; i++) {
        uint32_t k = i % 8, s = i * 3 % 8;
        patch(word, words[k]);
        expect_at("an odd instruction", k, 0, call(page, address(page), 0, 0, 0), value[k] + 3);
        expect_at("an odd instruction first", k, 0, call(word, address(page), 0, 0, 0) & 0, 0);
        patch(slot, words[s]);
        expect_at("an odd instruction in a slot", k, s, call(page, address(page), 0, 0, 0), value[k] + value[s] + 3);
        patch(slot, NOP);
    }
}

/* A system call comes and goes, and its number's instruction changes. */
static void system_calls(uint8_t *page) {
    struct code c = {page};
    enum { GETPID = 4020, GETPPID = 4064 };
    uint8_t *number = c.at;
    code_word(&c, ADDIU(V0, ZERO, GETPID));
    uint8_t *word = c.at;
    code_word(&c, NOP);
    code_word(&c, JR(RA));
    code_word(&c, NOP);
    code_sync(page, c.at);
    uint32_t pid = (uint32_t)getpid(), ppid = (uint32_t)getppid();
    for (unsigned i = 0; i < 4; i++) {
        expect("no system call", call(page, 0, 0, 0, 0), GETPID);
        patch(word, SYSCALL);
        expect("a system call", call(page, 0, 0, 0, 0), pid);
        patch(number, ADDIU(V0, ZERO, GETPPID));
        expect("another system call", call(page, 0, 0, 0, 0), ppid);
        patch(word, SYSCALL | 77u << 6);
        expect("a system call with a code", call(page, 0, 0, 0, 0), ppid);
        patch(word, NOP);
        patch(number, ADDIU(V0, ZERO, GETPID));
    }
}

/* A change by a store (interpreted, as it is to translated code), an instruction of the interpreter's, a change again, all
 * in one straight line; run twice, with what stands there then. */
static void by_turns(uint8_t *page) {
    struct code c = {page};
    code_word(&c, MOVE(V0, ZERO));
    code_word(&c, SW(A1, 0, A0));
    emit_announce(&c, A0);
    code_word(&c, RDHWR(T0, 29));
    uint8_t *first = c.at;
    code_word(&c, ADDIU(V0, V0, 1));
    code_word(&c, SW(A2, 0, A0));
    emit_announce(&c, A0);
    code_word(&c, RDHWR(T0, 29));
    code_word(&c, SW(A2, 8, A3));
    code_word(&c, JR(RA));
    code_word(&c, NOP);
    uint8_t scratch[16] __attribute__((aligned(16)));
    code_sync(page, c.at);
    for (uint32_t i = 1; i < 6; i++) {
        expect("a change, an odd instruction, a change",
               call(page, address(first), ADDIU(V0, V0, i * 2), ADDIU(V0, V0, 1000 + i), address(scratch)), i * 2);
        uint32_t w;
        memcpy(&w, first, 4);
        expect("the second change", w, ADDIU(V0, V0, 1000 + i));
    }
}

int main(int argc, char **argv) {
    const struct option options[] = {SMC_OPTIONS};
    uint32_t size = arguments(argc, argv, 1, options, COUNT(options));
    uint8_t *page = code_memory(4 * PAGE);
    for (uint32_t i = 0; i < size; i++) {
        for (unsigned what = 0; what < 4; what++) {
            during_a_call(page + 1024, page + 2 * PAGE, what);
            during_a_call(page + PAGE - 20, page + 256, what); /* across two pages, and callee and caller on one */
        }
        for (uint32_t depth = 1; depth < 60; depth += 19) {
            deep(page, depth);
            deep(page + PAGE - 16, depth);
        }
        ping_pong(page, page + PAGE, 60);
        ping_pong(page, page + 512, 60);
        branches(page);
        branches(page + PAGE - 12);
        indirect(page, page + PAGE);
        indirect(page, page + 512);
        odd_instructions(page);
        odd_instructions(page + PAGE - 8);
        system_calls(page);
        system_calls(page + PAGE - 4);
        by_turns(page);
    }
    return finish(size);
}
