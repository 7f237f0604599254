/* Code changed by another way than a store to its address: through a second mapping of the same file, made before or
 * after the code ran, moved, protected or cut up; by system calls that write memory; by writing the file. */
#include "smc.h"

#include <sys/uio.h>

enum { FILE_PAGES = 8 };

/* A file of FILE_PAGES zero pages in the current directory that has no name any more. */
static int new_file(void) {
    static const uint8_t zero[PAGE];
    int fd = open("smc.tmp", O_RDWR | O_CREAT | O_EXCL, 0600);
    need(fd >= 0 && unlink("smc.tmp") == 0, "make a file");
    for (unsigned i = 0; i < FILE_PAGES; i++)
        need(write(fd, zero, PAGE) == PAGE, "fill a file");
    return fd;
}

static uint8_t *view(int fd, unsigned page, unsigned pages, int prot, int flags) {
    void *p = mmap(NULL, pages * PAGE, prot, flags, fd, (off_t)page * PAGE);
    need(p != MAP_FAILED, "map a file");
    return p;
}

enum { RW = PROT_READ | PROT_WRITE, RX = PROT_READ | PROT_EXEC };

/* The function at exec is changed through `writer` (the same bytes) to return each of some values. */
static void changes(const char *what, uint8_t *exec, uint8_t *writer) {
    for (uint32_t i = 1; i <= 5; i++) {
        put(writer + 4, ADDIU(V0, ZERO, i * 7));
        code_sync(exec, exec + 8);
        expect(what, call(exec, 0, 0, 0, 0), i * 7);
        expect(what, call(exec, 0, 0, 0, 0), i * 7);
    }
}

static void plain(int fd) {
    uint8_t *w = view(fd, 0, 2, RW, MAP_SHARED), *x = view(fd, 0, 2, RX, MAP_SHARED);
    put_constant(w + 64, 1);
    code_sync(x + 64, x + 72);
    expect("an alias before the first run", call(x + 64, 0, 0, 0, 0), 1);
    changes("a write through an alias", x + 64, w + 64);
    uint8_t *late = view(fd, 0, 1, RW, MAP_SHARED);
    changes("a write through an alias mapped after the code ran", x + 64, late + 64);
    changes("a write through the older alias", x + 64, w + 64);
    need(mprotect(late, PAGE, PROT_READ) == 0, "protect");
    expect("after protecting an alias", call(x + 64, 0, 0, 0, 0), 35);
    need(mprotect(late, PAGE, RW) == 0, "protect");
    changes("a write through an alias that became writable again", x + 64, late + 64);
    need(mprotect(w, 2 * PAGE, RW) == 0, "protect");
    changes("a write through an alias protected as it was", x + 64, w + 64);
    munmap(late, PAGE);
    changes("a write through an alias after another one went", x + 64, w + 64);
    /* each view has translations of its own */
    uint8_t *x2 = view(fd, 0, 1, RX, MAP_SHARED);
    for (uint32_t i = 1; i < 5; i++) {
        put(w + 68, ADDIU(V0, ZERO, i));
        code_sync(x + 64, x + 72);
        code_sync(x2 + 64, x2 + 72);
        expect("one view of two", call(x + 64, 0, 0, 0, 0), i);
        expect("the other view of two", call(x2 + 64, 0, 0, 0, 0), i);
    }
    munmap(x2, PAGE);
    munmap(w, 2 * PAGE);
    munmap(x, 2 * PAGE);
}

/* The alias begins at another page of the file than the code's mapping. */
static void shifted(int fd) {
    uint8_t *x = view(fd, 1, 4, RX, MAP_SHARED), *w = view(fd, 3, 2, RW, MAP_SHARED);
    put_constant(w + 4, 1);
    uint8_t *code = x + 2 * PAGE + 4;
    code_sync(code, code + 8);
    changes("a write through a mapping that begins elsewhere", code, w + 4);
    put_constant(w + PAGE - 4, 3); /* the instruction in the slot is on the next page */
    code = x + 3 * PAGE - 4;
    code_sync(code, code + 8);
    expect("code across two pages of an alias", call(code, 0, 0, 0, 0), 3);
    changes("a slot on the next page, through an alias", code, w + PAGE - 4);
    munmap(x, 4 * PAGE);
    munmap(w, 2 * PAGE);
}

/* mremap moves the writing view (grown, so that it cannot stay) after the code ran. */
static void moved(int fd) {
    uint8_t *x = view(fd, 0, 2, RX, MAP_SHARED), *w = view(fd, 0, 3, RW, MAP_SHARED); /* its last page is in the way */
    put_constant(w + PAGE + 16, 1);
    code_sync(x + PAGE + 16, x + PAGE + 24);
    changes("before a move", x + PAGE + 16, w + PAGE + 16);
    uint8_t *n = mremap(w, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE);
    need(n != MAP_FAILED && n != w, "move a mapping");
    changes("a write through an alias that was moved", x + PAGE + 16, n + PAGE + 16);
    munmap(n, 3 * PAGE);
    munmap(w + 2 * PAGE, PAGE);
    munmap(x, 2 * PAGE);
}

/* Only the second page of a mapping of four moves. */
static void moved_in_part(int fd) {
    uint8_t *x = view(fd, 0, 4, RX, MAP_SHARED), *w = view(fd, 0, 4, RW, MAP_SHARED);
    put_constant(w + PAGE + 16, 1);
    put_constant(w + 2 * PAGE + 16, 1);
    code_sync(x, x + 4 * PAGE);
    changes("before a move", x + PAGE + 16, w + PAGE + 16);
    uint8_t *n = mremap(w + PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
    need(n != MAP_FAILED, "move part of a mapping");
    changes("a write through part of an alias that was moved", x + PAGE + 16, n + 16);
    changes("a write through the part behind it", x + 2 * PAGE + 16, w + 2 * PAGE + 16);
    munmap(n, 2 * PAGE);
    munmap(w, PAGE);
    munmap(w + 2 * PAGE, 2 * PAGE);
    munmap(x, 4 * PAGE);
}

/* Mappings that are cut in two by a hole in the middle, many of them, are all remembered. */
static void cut_up(int fd) {
    enum { N = 24 };
    uint8_t *w[N], *x = view(fd, 0, 3, RX, MAP_SHARED);
    for (unsigned i = 0; i < N; i++)
        w[i] = view(fd, 0, 3, RW, MAP_SHARED);
    for (unsigned i = 0; i < N; i++)
        munmap(w[i] + PAGE, PAGE);
    put_constant(w[0] + 2 * PAGE, 1);
    code_sync(x + 2 * PAGE, x + 2 * PAGE + 8);
    expect("before a change through cut mappings", call(x + 2 * PAGE, 0, 0, 0, 0), 1);
    for (unsigned i = 0; i < N; i++) {
        put(w[i] + 2 * PAGE + 4, ADDIU(V0, ZERO, i));
        code_sync(x + 2 * PAGE, x + 2 * PAGE + 8);
        expect_at("a write through a mapping with a hole", i, 0, call(x + 2 * PAGE, 0, 0, 0, 0), i);
    }
    for (unsigned i = 0; i < N; i++) {
        munmap(w[i], PAGE);
        munmap(w[i] + 2 * PAGE, PAGE);
    }
    munmap(x, 3 * PAGE);
}

/* The code stores into itself by way of the alias. */
static void itself(int fd) {
    uint8_t *x = view(fd, 0, 1, RX, MAP_SHARED), *w = view(fd, 0, 1, RW, MAP_SHARED);
    struct code c = {w};
    code_word(&c, MOVE(V0, ZERO));
    code_word(&c, ADDIU(V0, V0, 1));
    code_word(&c, SW(A1, 0, A0));
    emit_announce(&c, A2);
    unsigned behind = (unsigned)(c.at - w);
    code_word(&c, ADDIU(V0, V0, 2));
    code_word(&c, JR(RA));
    code_word(&c, ADDIU(V0, V0, 4));
    code_sync(x, x + PAGE);
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t got = call(x, address(w + behind), ADDIU(V0, V0, 0x10 << i), address(x + behind), 0);
        if (!only_entry)
            expect("a store into its own block through an alias", got, 5 + (0x10u << i));
        expect("the run after it", call(x, address(w + 512), NOP, address(x + behind), 0), 5 + (0x10u << i));
    }
    munmap(x, PAGE);
    munmap(w, PAGE);
}

/* A loop that changes the instruction at its head through the alias, for the next turn. */
static void itself_in_a_loop(int fd) {
    uint8_t *x = view(fd, 0, 1, RX, MAP_SHARED), *w = view(fd, 0, 1, RW, MAP_SHARED);
    struct code c = {w};
    code_word(&c, MOVE(V0, ZERO));
    uint8_t *head = c.at;
    code_word(&c, ADDIU(V0, V0, 1));
    code_word(&c, SW(A1, 0, A0));
    emit_announce(&c, A3);
    code_word(&c, ADDIU(A2, A2, -1));
    code_word(&c, BNE(A2, ZERO, c.at, head));
    code_word(&c, ADDIU(A1, A1, 1));
    code_word(&c, JR(RA));
    code_word(&c, NOP);
    code_sync(x, x + PAGE);
    uint32_t now = 1, next = 10;
    for (uint32_t turns = 1; turns < 30; turns += 9) {
        uint32_t want = 0;
        for (uint32_t i = 0; i < turns; i++) {
            want += now;
            now = next++;
        }
        next = 10;
        expect("a loop that changes itself through an alias",
               call(x, address(head), ADDIU(V0, V0, 10), turns, address(x + (head - w))), want);
    }
    munmap(x, PAGE);
    munmap(w, PAGE);
}

/* An unaligned word that begins in a page of data and ends in code on the next. */
static void across(int fd) {
    uint8_t *x = view(fd, 0, 2, RX, MAP_SHARED), *w = view(fd, 0, 2, RW, MAP_SHARED);
    struct code c = {w + 64};
    code_word(&c, SWL(A1, BIG ? 0 : 3, A0));
    code_word(&c, SWR(A1, BIG ? 3 : 0, A0));
    code_word(&c, JR(RA));
    code_word(&c, NOP);
    put_constant(w + PAGE, 1);
    code_sync(x, x + 2 * PAGE);
    for (uint32_t i = 0; i < 4; i++) {
        put(w + PAGE, NOP);
        put(w + PAGE + 4, JR(RA));
        put(w + PAGE + 8, ADDIU(V0, ZERO, i + 9));
        code_sync(x + PAGE, x + PAGE + 12);
        expect("code on the second page", call(x + PAGE, 0, 0, 0, 0), i + 9);
        /* Two bytes in front of the page and two into it: NOP becomes ORI v0, a1, 0 (its upper half in big-endian) or a
         * shift of v0, which is harmless (its lower half in little-endian, which is then SLL zero, v0, 1 and so on). */
        uint32_t half = BIG ? ORI(A1, A1, 0) >> 16 : SLL(T1, ZERO, 3) & 0xffff;
        call(x + 64, address(w + PAGE - 2), BIG ? half : half << 16, 0, 0);
        uint32_t first;
        memcpy(&first, w + PAGE, 4);
        expect("bytes across two pages", first, BIG ? half << 16 : half);
        put(w + PAGE + 8, ADDIU(V0, ZERO, i + 20));
        code_sync(x + PAGE, x + PAGE + 12);
        expect("code after a store across two pages", call(x + PAGE, 0, 0, 0, 0), i + 20);
    }
    munmap(x, 2 * PAGE);
    munmap(w, 2 * PAGE);
}

/* System calls that write into the page the code is in, and into an alias of it. */
static void by_system_call(int fd) {
    uint8_t *x = view(fd, 0, 2, RX | PROT_WRITE, MAP_SHARED), *w = view(fd, 0, 2, RW, MAP_SHARED);
    int source = new_file();
    put_constant(x, 1);
    put_constant(x + PAGE, 1);
    code_sync(x, x + 2 * PAGE);
    expect("before a system call", call(x, 0, 0, 0, 0), 1);
    for (uint32_t i = 1; i < 9; i++) {
        uint32_t word = ADDIU(V0, ZERO, i * 5), both[2] = {word, word + 1};
        uint8_t *to = i & 1 ? x : w;
        expect("a function on the second page", call(x + PAGE, 0, 0, 0, 0) != 0, 1);
        need(lseek(source, 0, SEEK_SET) == 0 && write(source, both, 8) == 8 && lseek(source, 0, SEEK_SET) == 0, "fill a file");
        if (i & 2) {
            struct iovec v[2] = {{to + 4, 4}, {to + PAGE + 4, 4}};
            expect("readv into code", (uint32_t)readv(source, v, 2), 8);
        } else {
            expect("read into code", (uint32_t)read(source, to + 4, 4), 4);
            expect("read into code", (uint32_t)read(source, to + PAGE + 4, 4), 4);
        }
        code_sync(x, x + 8);
        code_sync(x + PAGE, x + PAGE + 8);
        expect("code written by a system call", call(x, 0, 0, 0, 0), i * 5);
        expect("code on the next page written by a system call", call(x + PAGE, 0, 0, 0, 0), i * 5 + 1);
    }
    /* one read over the boundary: the last word of a page and the first of the next */
    struct code c = {x + PAGE - 4};
    code_word(&c, JR(RA));
    code_word(&c, ADDIU(V0, ZERO, 77));
    code_sync(x + PAGE - 4, c.at);
    expect("code across two pages", call(x + PAGE - 4, 0, 0, 0, 0), 77);
    uint32_t two[2] = {JR(RA), ADDIU(V0, ZERO, 78)};
    need(lseek(source, 0, SEEK_SET) == 0 && write(source, two, 8) == 8 && lseek(source, 0, SEEK_SET) == 0, "fill a file");
    expect("read across two pages", (uint32_t)read(source, w + PAGE - 4, 8), 8);
    code_sync(x + PAGE - 4, c.at);
    expect("code across two pages, read in", call(x + PAGE - 4, 0, 0, 0, 0), 78);
    close(source);
    munmap(x, 2 * PAGE);
    munmap(w, 2 * PAGE);
}

/* The file is written, by which the mapped page changes; and a private mapping shows what the shared one writes. */
static void by_file(int fd) {
    uint8_t *x = view(fd, 0, 1, RX, MAP_SHARED), *w = view(fd, 0, 1, RW, MAP_SHARED);
    uint8_t *p = view(fd, 0, 1, RX, MAP_PRIVATE);
    put_constant(w, 1);
    code_sync(x, x + 8);
    code_sync(p, p + 8);
    expect("before writing the file", call(x, 0, 0, 0, 0), 1);
    expect("before writing the file, private", call(p, 0, 0, 0, 0), 1);
    for (uint32_t i = 2; i < 6; i++) {
        uint32_t word = ADDIU(V0, ZERO, i * 3);
        need(lseek(fd, 4, SEEK_SET) == 4 && write(fd, &word, 4) == 4, "write the file");
        code_sync(x, x + 8);
        code_sync(p, p + 8);
        expect("code changed by a write to its file", call(x, 0, 0, 0, 0), i * 3);
        expect("private code changed by a write to its file", call(p, 0, 0, 0, 0), i * 3);
    }
    for (uint32_t i = 2; i < 6; i++) {
        put(w + 4, ADDIU(V0, ZERO, i));
        code_sync(p, p + 8);
        expect("a private mapping of a page that a shared one writes", call(p, 0, 0, 0, 0), i);
    }
    munmap(x, PAGE);
    munmap(w, PAGE);
    munmap(p, PAGE);
}

int main(int argc, char **argv) {
    const struct option options[] = {SMC_OPTIONS};
    uint32_t size = arguments(argc, argv, 1, options, COUNT(options));
    for (uint32_t i = 0; i < size; i++) {
        int fd = new_file();
        plain(fd);
        shifted(fd);
        moved(fd);
        moved_in_part(fd);
        cut_up(fd);
        itself(fd);
        itself_in_a_loop(fd);
        across(fd);
        by_system_call(fd);
        by_file(fd);
        close(fd);
    }
    return finish(size);
}
