/* Code and pages: blocks across a page boundary, data beside code, hundreds of functions in a page, and mappings that
 * come, go, move and change their protection under the code. */
#include "smc.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

enum { RW = PROT_READ | PROT_WRITE, RX = PROT_READ | PROT_EXEC, RWX = RW | PROT_EXEC, ANON = MAP_PRIVATE | MAP_ANONYMOUS };

/* Eight additions around the boundary, the branch's slot among them: each is changed in turn, and both at once. */
static void straddle(uint8_t *pages, int before) {
    enum { N = 8 };
    uint8_t *step[N + 1];
    uint32_t imm[N + 1], want = 0;
    struct code c = {pages + PAGE - 4 * before};
    uint8_t *entry = c.at;
    code_word(&c, MOVE(V0, ZERO));
    for (unsigned i = 0; i <= N; i++) {
        if (i == N)
            code_word(&c, JR(RA));
        step[i] = c.at;
        imm[i] = 1u << i;
        want += imm[i];
        code_word(&c, ADDIU(V0, V0, imm[i]));
    }
    code_sync(entry, c.at);
    expect_at("code across two pages", (uint32_t)before, 0, call(entry, 0, 0, 0, 0), want);
    for (unsigned turn = 1; turn < 3; turn++)
        for (unsigned i = 0; i <= N; i++) {
            want += 0x400;
            imm[i] += 0x400;
            patch(step[i], ADDIU(V0, V0, imm[i]));
            if (turn == 2 && i + 4 <= N) { /* and another one, most often on the other page */
                want += 0x200;
                imm[i + 4] += 0x200;
                patch(step[i + 4], ADDIU(V0, V0, imm[i + 4]));
            }
            expect_at("code across two pages after a change", (uint32_t)before, i, call(entry, 0, 0, 0, 0), want);
        }
}

/* A loop over the boundary, with its head on one page and its branch on the other. */
static void straddling_loop(uint8_t *pages) {
    struct code c = {pages + PAGE - 12};
    uint8_t *entry = c.at, *head = c.at + 4;
    code_word(&c, MOVE(V0, ZERO));
    code_word(&c, ADDIU(V0, V0, 1));
    code_word(&c, ADDIU(A0, A0, -1));
    code_word(&c, BNE(A0, ZERO, c.at, head)); /* the first word of the second page */
    uint8_t *slot = c.at;
    code_word(&c, ADDIU(V0, V0, 0x100));
    code_word(&c, JR(RA));
    code_word(&c, NOP);
    code_sync(entry, c.at);
    expect("a loop across two pages", call(entry, 10, 0, 0, 0), 10 * 0x101);
    patch(head, ADDIU(V0, V0, 2));
    expect("a loop across two pages, head changed", call(entry, 10, 0, 0, 0), 10 * 0x102);
    patch(slot, ADDIU(V0, V0, 0x200));
    expect("a loop across two pages, slot changed", call(entry, 10, 0, 0, 0), 10 * 0x202);
    put(head, ADDIU(V0, V0, 4));
    patch(slot, ADDIU(V0, V0, 0x400));
    code_sync(head, head + 4);
    expect("a loop across two pages, both changed", call(entry, 10, 0, 0, 0), 10 * 0x404);
}

/* A counter in memory beside the loop that counts in it, by word and by byte; then the loop is changed after all. */
static void beside(uint8_t *page, uint32_t turns) {
    uint8_t *data = page + 512;
    put(data, 0);
    put(data + 4, 0);
    struct code c = {page};
    uint8_t *head = c.at;
    code_word(&c, LW(V0, 0, A1));
    uint8_t *step = c.at;
    code_word(&c, ADDIU(V0, V0, 1));
    code_word(&c, SW(V0, 0, A1));
    code_word(&c, ADDIU(A0, A0, -1));
    code_word(&c, BNE(A0, ZERO, c.at, head));
    code_word(&c, SB(V0, 5, A1));
    code_word(&c, JR(RA));
    code_word(&c, NOP);
    code_sync(page, c.at);
    expect("a counter beside its loop", call(page, turns, address(data), 0, 0), turns);
    expect("a byte beside a loop", data[5], turns & 255);
    patch(step, ADDIU(V0, V0, 3));
    expect("a counter beside its loop after a change", call(page, turns, address(data), 0, 0), 4 * turns);
    put(data + 8, 1); /* the word behind, and then the last word of the code's own line */
    put(c.at, 0);
    expect("a counter beside its loop after stores beside it", call(page, turns, address(data), 0, 0), 7 * turns);
}

/* As many functions as fit into a page, changed one by one in an order of its own while all stay callable. */
static void crowd(uint8_t *page) {
    enum { N = PAGE / 8 };
    uint32_t value[N];
    for (uint32_t i = 0; i < N; i++)
        put_constant(page + 8 * i, value[i] = i);
    code_sync(page, page + PAGE);
    for (uint32_t i = 0; i < N; i++)
        expect_at("one of a crowd", i, 0, call(page + 8 * i, 0, 0, 0, 0), i);
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t k = i * 197 % N;
        patch(page + 8 * k + 4, ADDIU(V0, ZERO, value[k] = 0x1000 + i));
        expect_at("one of a crowd, changed", i, k, call(page + 8 * k, 0, 0, 0, 0), value[k]);
        uint32_t other = (k + i) % N;
        expect_at("a neighbour in a crowd", i, other, call(page + 8 * other, 0, 0, 0, 0), value[other]);
    }
    for (uint32_t i = 0; i < N; i++)
        expect_at("one of a crowd in the end", i, 0, call(page + 8 * i, 0, 0, 0, 0), value[i]);
}

static void protection(void) {
    uint8_t *p = code_memory(2 * PAGE), *code = p + PAGE - 4; /* the slot is on the second page */
    put_constant(code, 1);
    code_sync(code, code + 8);
    for (uint32_t i = 2; i < 6; i++) {
        expect("before a change of protection", call(code, 0, 0, 0, 0), i - 1);
        need(mprotect(p, 2 * PAGE, RX) == 0, "protect");
        expect("read-only code", call(code, 0, 0, 0, 0), i - 1);
        need(mprotect(i & 1 ? p : p + PAGE, i & 1 ? 2 * PAGE : PAGE, RW) == 0, "protect");
        patch(code + 4, ADDIU(V0, ZERO, i));
        need(mprotect(p, 2 * PAGE, i & 2 ? RX : RWX) == 0, "protect");
        expect("code changed between two protections", call(code, 0, 0, 0, 0), i);
        need(mprotect(p, PAGE, PROT_NONE) == 0 && mprotect(p, 2 * PAGE, RWX) == 0, "protect");
    }
    munmap(p, 2 * PAGE);
}

/* New memory at the old address, by all ways, with and without the announcement that a new mapping makes superfluous. */
static void replaced(void) {
    uint8_t *p = code_memory(PAGE), *q;
    put_constant(p + 32, 1);
    code_sync(p, p + PAGE);
    for (uint32_t i = 2; i < 20; i++) {
        expect("before a new mapping", call(p + 32, 0, 0, 0, 0), i - 1);
        switch (i % 4) {
        case 0:
            munmap(p, PAGE);
            q = mmap(p, PAGE, RWX, ANON, -1, 0);
            break;
        case 1: q = mmap(p, PAGE, RWX, ANON | MAP_FIXED, -1, 0); break;
        case 2: q = mmap(p, PAGE, RWX, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0); break;
        default: /* made elsewhere, run there, and moved */
            q = mmap(NULL, PAGE, RWX, ANON, -1, 0);
            put_constant(q + 32, 99);
            code_sync(q, q + PAGE);
            expect("code elsewhere", call(q + 32, 0, 0, 0, 0), 99);
            put_constant(q + 32, i);
            code_sync(q, q + PAGE);
            void *fixed = mmap(p, PAGE, RWX, ANON | MAP_FIXED, -1, 0);
            need(fixed == p, "map");
            memcpy(p, q, PAGE);
            munmap(q, PAGE);
            q = p;
            break;
        }
        need(q == p, "map at the same address");
        put_constant(p + 32, i);
        code_sync(p + 32, p + 40);
        expect_at("code in a new mapping", i, 0, call(p + 32, 0, 0, 0, 0), i);
    }
    munmap(p, PAGE);
}

/* MADV_DONTNEED leaves a page of no-operations, that run down to what is written at its end. */
static void emptied(void) {
    uint8_t *p = code_memory(PAGE);
    put_constant(p, 5);
    code_sync(p, p + 8);
    expect("before the page was emptied", call(p, 0, 0, 0, 0), 5);
    for (uint32_t i = 6; i < 9; i++) {
        need(madvise(p, PAGE, MADV_DONTNEED) == 0, "empty a page");
        put_constant(p + PAGE - 8, i);
        code_sync(p, p + PAGE);
        expect("after the page was emptied", call(p, 0, 0, 0, 0), i);
        put_constant(p, 5);
        code_sync(p, p + 8);
        expect("the first code once more", call(p, 0, 0, 0, 0), 5);
    }
    munmap(p, PAGE);
}

/* Code that ran is moved by mremap, which grows it and finds no room; the old address gets other code. */
static void moved(void) {
    uint8_t *p = code_memory(3 * PAGE); /* the third page is in the way */
    put_constant(p + PAGE - 4, 11);
    code_sync(p, p + 2 * PAGE);
    expect("before a move", call(p + PAGE - 4, 0, 0, 0, 0), 11);
    uint8_t *n = mremap(p, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE);
    need(n != MAP_FAILED && n != p, "move");
    code_sync(n, n + 2 * PAGE);
    expect("after a move", call(n + PAGE - 4, 0, 0, 0, 0), 11);
    patch(n + PAGE, ADDIU(V0, ZERO, 12));
    expect("changed after a move", call(n + PAGE - 4, 0, 0, 0, 0), 12);
    uint8_t *again = mmap(p, 2 * PAGE, RWX, ANON | MAP_FIXED, -1, 0);
    need(again == p, "map at the old address");
    put_constant(p + PAGE - 4, 13);
    code_sync(p, p + 2 * PAGE);
    expect("other code at the old address", call(p + PAGE - 4, 0, 0, 0, 0), 13);
    expect("and the moved code", call(n + PAGE - 4, 0, 0, 0, 0), 12);
    munmap(n, 3 * PAGE);
    munmap(p, 3 * PAGE);
}

/* Two pages of a file, each with its code, mapped in turn at one address, where nothing is written; and half of each. */
static void mapped_in_turn(void) {
    int fd = memfd_create("code", 0);
    need(fd >= 0 && ftruncate(fd, 4 * PAGE) == 0, "make a file");
    uint8_t *all = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *p = code_memory(2 * PAGE);
    need(all != MAP_FAILED, "map a file");
    for (uint32_t k = 0; k < 2; k++) { /* adds 1 or 10 in the first page and 1 or 10 in the second */
        struct code c = {all + 2 * k * PAGE + PAGE - 4};
        code_word(&c, ADDIU(V0, A0, k ? 10 : 1));
        code_word(&c, JR(RA));
        code_word(&c, ADDIU(V0, V0, k ? 10 : 1));
    }
    for (uint32_t i = 0; i < 32; i++) {
        uint32_t first = i & 1, second = i >> 1 & 1;
        for (uint32_t k = 0; k < 2; k++) {
            void *at = p + k * PAGE;
            need(mmap(at, PAGE, RX, MAP_SHARED | MAP_FIXED, fd, (off_t)(2 * (k ? second : first) + k) * PAGE) == at, "map");
        }
        for (uint32_t n = 0; n < 60; n++)
            expect_at("mapped in turn", i, n, call(p + PAGE - 4, n, 0, 0, 0), n + (first ? 10 : 1) + (second ? 10 : 1));
    }
    munmap(all, 4 * PAGE);
    munmap(p, 2 * PAGE);
    close(fd);
}

static sigjmp_buf out_of_nothing;
static void *volatile faulted;

static void on_fault(int sig, siginfo_t *info, void *context) {
    (void)sig, (void)context;
    faulted = info->si_addr;
    siglongjmp(out_of_nothing, 1);
}

/* Code that ran often is gone: no translation of it runs any more, whoever led to it. */
static void gone(void) {
    uint8_t *p = code_memory(2 * PAGE), *code = p + PAGE - 4;
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO}, before;
    need(sigaction(SIGSEGV, &action, &before) == 0, "have a handler");
    put_constant(code, 3);
    code_sync(code, code + 8);
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t n = 0; n < 60; n++)
            expect("before it is gone", call(code, 0, 0, 0, 0), 3);
        need(i == 1 ? munmap(p, 2 * PAGE) == 0 : mprotect(p + PAGE, PAGE, PROT_NONE) == 0, "take a page away");
        faulted = NULL;
        if (sigsetjmp(out_of_nothing, 1) == 0)
            expect("code that is gone", call(code, 0, 0, 0, 0), 0x5e9);
        expect("where it was", address(faulted), address(i == 1 ? code : p + PAGE));
        if (i == 1) {
            need(mmap(p, 2 * PAGE, RWX, ANON | MAP_FIXED, -1, 0) == (void *)p, "map");
            put_constant(code, 3);
            code_sync(code, code + 8);
        } else {
            need(mprotect(p + PAGE, PAGE, RWX) == 0, "protect");
        }
    }
    sigaction(SIGSEGV, &before, NULL);
    munmap(p, 2 * PAGE);
}

/* One region in many pieces, with a hole in the address space between the last two. */
static void scattered(void) {
    uint8_t *p = code_memory(3 * PAGE), *last = p + 2 * PAGE + 64, *step[24];
    uint32_t want = 0;
    munmap(p + PAGE, PAGE);
    for (unsigned i = 0; i < 24; i++) {
        struct code c = {p + PAGE - 1600 + 64 * i};
        code_word(&c, J(i == 23 ? last : c.at + 64));
        step[i] = c.at;
        code_word(&c, ADDIU(V0, i ? V0 : ZERO, i + 1));
        want += i + 1;
    }
    put_constant(last, 0);
    put(last + 4, ADDIU(V0, V0, 0x1000));
    code_sync(p, p + PAGE);
    code_sync(last, last + 8);
    expect("code in many pieces", call(step[0] - 4, 0, 0, 0, 0), want + 0x1000);
    for (unsigned i = 0; i < 24; i += 5) {
        patch(step[i], ADDIU(V0, i ? V0 : ZERO, i + 0x101));
        expect_at("one of many pieces changed", i, 0, call(step[0] - 4, 0, 0, 0, 0), want += 0x100 + 0x1000);
        want -= 0x1000;
    }
    patch(last + 4, ADDIU(V0, V0, 0x2000));
    expect("the last of many pieces changed", call(step[0] - 4, 0, 0, 0, 0), want + 0x2000);
    munmap(p, PAGE);
    munmap(p + 2 * PAGE, PAGE);
}

/* Two bodies copied over each other in turn: A, B, A; then both unmapped and mapped again. */
static void overlays(void) {
    enum { LENGTH = 40 };
    uint8_t body[2][4 * LENGTH], *p = code_memory(2 * PAGE), *at = p + PAGE - 80;
    uint32_t want[2] = {0, 0};
    for (unsigned k = 0; k < 2; k++) {
        struct code c = {body[k]};
        code_word(&c, MOVE(V0, ZERO));
        for (unsigned i = 0; i < LENGTH - 3; i++) {
            want[k] += (i ^ k) * (k + 1);
            code_word(&c, ADDIU(V0, V0, (int)((i ^ k) * (k + 1))));
        }
        code_word(&c, JR(RA));
        code_word(&c, NOP);
    }
    for (unsigned i = 0; i < 12; i++) {
        unsigned k = i % 3 == 1;
        if (i == 7) {
            munmap(p, 2 * PAGE);
            need(mmap(p, 2 * PAGE, RWX, ANON | MAP_FIXED, -1, 0) == (void *)p, "map");
        }
        memcpy(at, body[k], sizeof body[k]);
        code_sync(at, at + sizeof body[k]);
        for (unsigned n = 0; n < 3; n++)
            expect_at("an overlay", i, k, call(at, 0, 0, 0, 0), want[k]);
    }
    munmap(p, 2 * PAGE);
}

int main(int argc, char **argv) {
    uint32_t turns = 300, mappings = 0;
    const struct option options[] = {{'n', &turns, 1, 1000000}, {'m', &mappings, 0, 0}, SMC_OPTIONS};
    uint32_t size = arguments(argc, argv, 1, options, COUNT(options));
    uint8_t *pages = code_memory(4 * PAGE);
    for (uint32_t i = 0; i < size; i++) {
        protection();
        replaced();
        mapped_in_turn();
        gone();
        if (mappings)
            continue;
        for (int before = 1; before < 10; before++)
            straddle(pages, before);
        straddling_loop(pages + PAGE);
        beside(pages + 2 * PAGE, turns);
        crowd(pages + 3 * PAGE);
        emptied();
        moved();
        scattered();
        overlays();
    }
    return finish(size);
}
