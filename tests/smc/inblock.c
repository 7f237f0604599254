/* Stores into the block that is executing: by every kind of store, in front of the store and behind it, into delay
 * slots, from delay slots, and in loops. */
#include "smc.h"

enum { STEPS = 6, OLD = 1, NEW = 0x1000 };
enum kind { BY_SW, BY_SB, BY_SH, BY_SWL_SWR, BY_SWL, BY_SWR, BY_PART, BY_SC, BY_SWC1, BY_SDC1, BY_UNALIGNED, KINDS };

/* Stores a1 (and a2 behind it) to the instruction at a0. */
static void emit_store(struct code *c, enum kind kind) {
    switch (kind) {
    case BY_SW: code_word(c, SW(A1, 0, A0)); break;
    case BY_SB: code_word(c, SB(A1, BIG ? 3 : 0, A0)); break;
    case BY_SH: code_word(c, SH(A1, BIG ? 2 : 0, A0)); break;
    case BY_SWL_SWR:
        code_word(c, SWL(A1, BIG ? 0 : 3, A0));
        code_word(c, SWR(A1, BIG ? 3 : 0, A0));
        break;
    case BY_SWL: code_word(c, SWL(A1, BIG ? 0 : 3, A0)); break;
    case BY_SWR: code_word(c, SWR(A1, BIG ? 3 : 0, A0)); break;
    case BY_PART: code_word(c, SWL(A1, BIG ? 2 : 1, A0)); break;
    case BY_SC:
        code_word(c, LL(T0, 0, A0));
        code_word(c, MOVE(T0, A1));
        code_word(c, SC(T0, 0, A0));
        break;
    case BY_SWC1:
        code_word(c, MTC1(A1, 0));
        code_word(c, SWC1(0, 0, A0));
        break;
    case BY_SDC1:
        code_word(c, MTC1(BIG ? A2 : A1, 0));
        code_word(c, MTHC1(BIG ? A1 : A2, 0));
        code_word(c, SDC1(0, 0, A0));
        break;
    case BY_UNALIGNED:
        code_word(c, SWL(A1, BIG ? 2 : 5, A0));
        code_word(c, SWR(A1, BIG ? 5 : 2, A0));
        break;
    case KINDS: break;
    }
    emit_announce(c, A0);
}

struct block {
    uint8_t *entry, *step[STEPS + 1]; /* the last one is the slot of the return */
};

static void build(struct block *b, uint8_t *at, enum kind kind, unsigned store_before) {
    struct code c = {at};
    b->entry = at;
    code_word(&c, MOVE(V0, ZERO));
    for (unsigned i = 0; i < STEPS; i++) {
        if (i == store_before)
            emit_store(&c, kind);
        b->step[i] = c.at;
        code_word(&c, ADDIU(V0, V0, OLD << i));
    }
    code_word(&c, JR(RA));
    b->step[STEPS] = c.at;
    code_word(&c, ADDIU(V0, V0, OLD << STEPS));
    code_sync(at, c.at);
}

/* imm: the immediates as they stand now. What one run yields when the store changes step t to `to`. */
static uint32_t run_model(uint32_t *imm, unsigned s, unsigned t, uint32_t to) {
    uint32_t sum = 0;
    for (unsigned i = 0; i <= STEPS; i++) {
        if (i == s)
            imm[t] = to;
        sum += imm[i];
    }
    return sum;
}

static void one(uint8_t *at, enum kind kind, unsigned s, unsigned t) {
    struct block b;
    uint32_t imm[STEPS + 1];
    build(&b, at, kind, s);
    for (unsigned i = 0; i <= STEPS; i++)
        imm[i] = OLD << i;
    for (unsigned turn = 0; turn < 3; turn++) {
        unsigned at_step = t, first = t;
        uint32_t to = turn == 1 ? (uint32_t)OLD << t : (uint32_t)(NEW + turn) << (kind == BY_SB ? 0 : 1);
        uint32_t a1 = ADDIU(V0, V0, to), a2 = 0;
        if (kind == BY_SB) { /* only the low byte of the immediate changes */
            to = (imm[t] & 0xff00) | ((turn + 0x41) & 0xff);
            a1 = to;
        } else if (kind == BY_SH) {
            a1 = to;
        } else if (kind == BY_PART) {
            a1 = to << 16;
        } else if (kind == BY_SDC1) { /* the doubleword that step t is in */
            if (address(b.step[t]) & 4) {
                memcpy(&a2, b.step[t], 4);
                a2 = ADDIU(V0, V0, to);
                memcpy(&a1, b.step[t] - 4, 4);
            } else {
                memcpy(&a2, b.step[t] + 4, 4);
            }
        } else if (kind == BY_UNALIGNED) { /* half of an instruction and half of the next */
            uint32_t w, next;
            if (!BIG && t > 0 && b.step[t - 1] == b.step[t] - 4)
                first = t - 1;
            else if (!BIG)
                return;
            memcpy(&w, b.step[first], 4);
            memcpy(&next, b.step[first] + 4, 4);
            a1 = BIG ? to << 16 | next >> 16 : w >> 16 | to << 16;
        }
        uint32_t where = address(b.step[first]);
        if (kind == BY_SDC1)
            where &= ~7u;
        uint32_t want = run_model(imm, s, at_step, to);
        expect_at("a store into its own block", kind << 8 | turn, s << 8 | t, call(b.entry, where, a1, a2, 0), want);
    }
}

static void all_kinds(uint8_t *page) {
    unsigned n = 0;
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (unsigned s = 0; s < STEPS; s++)
            for (unsigned t = 0; t <= STEPS; t++)
                one(page + n++ % 16 * 256, kind, s, t);
}

/* A loop that changes one of its instructions in every turn; where: 0 in front of the store, 1 behind it, 2 in the slot
 * of the loop's branch. */
static void loops(uint8_t *page, unsigned where) {
    struct code c = {page};
    code_word(&c, MOVE(V0, ZERO));
    uint8_t *head = c.at, *target = NULL;
    for (unsigned k = 0; k < 3; k++) {
        if (k == 1) {
            code_word(&c, SW(A1, 0, A0));
            emit_announce(&c, A0);
            code_word(&c, ADDIU(A1, A1, 1));
        } else if (where == k / 2) {
            target = c.at;
            code_word(&c, ADDIU(V0, V0, 1));
        }
    }
    code_word(&c, ADDIU(A2, A2, -1));
    code_word(&c, BNE(A2, ZERO, c.at, head));
    if (where == 2)
        target = c.at;
    code_word(&c, where == 2 ? ADDIU(V0, V0, 1) : NOP);
    code_word(&c, JR(RA));
    code_word(&c, NOP);
    code_sync(page, c.at);
    uint32_t now = 1;
    for (unsigned turns = 1; turns < 40; turns += 13) {
        uint32_t want = 0, next = 100;
        for (unsigned i = 0; i < turns; i++) {
            if (where == 0)
                want += now;
            now = next++;
            if (where != 0)
                want += now;
        }
        expect_at("a loop that changes itself", where, turns,
                  call(page, address(target), ADDIU(V0, V0, 100), turns, 0), want);
    }
}

/* An endless loop that ends by replacing its own branch with a no-operation. */
static void unchain(uint8_t *page) {
    struct code c = {page};
    code_word(&c, MOVE(V0, ZERO));
    uint8_t *head = c.at;
    code_word(&c, ADDIU(V0, V0, 1));
    code_word(&c, BNE(V0, A2, c.at, c.at + 4 * (code_unflushed ? 3 : 5)));
    code_word(&c, NOP);
    code_word(&c, SW(ZERO, 0, A0));
    emit_announce(&c, A0);
    uint8_t *back = c.at;
    code_word(&c, BEQ(ZERO, ZERO, c.at, head));
    code_word(&c, NOP);
    code_word(&c, JR(RA));
    code_word(&c, NOP);
    code_sync(page, c.at);
    for (uint32_t n = 1; n < 200; n += 66) {
        expect("a loop that takes out its branch", call(page, address(back), 0, n, 0), n);
        patch(back, BEQ(ZERO, ZERO, back, head));
    }
}

/* A store in a delay slot: what it changes is the branch's target (0), the instruction behind the slot (1), or the
 * branch itself (2), which must be without effect this time. */
static void from_slot(uint8_t *page, unsigned what, bool likely) {
    struct code c = {page};
    code_word(&c, MOVE(V0, ZERO));
    uint8_t *branch = c.at, *behind = c.at + 8, *target = c.at + 16;
    code_word(&c, likely ? BEQL(A2, ZERO, branch, target) : BEQ(A2, ZERO, branch, target));
    code_word(&c, SW(A1, 0, A0));
    code_word(&c, ADDIU(V0, V0, 1));
    code_word(&c, ADDIU(V0, V0, 2));
    code_word(&c, ADDIU(V0, V0, 4));
    code_word(&c, JR(RA));
    code_word(&c, NOP);
    uint8_t *where[] = {target, behind, branch};
    uint32_t word[] = {ADDIU(V0, V0, 0x40), ADDIU(V0, V0, 0x10), NOP};
    uint32_t original;
    memcpy(&original, where[what], 4);
    code_sync(page, c.at);
    for (unsigned taken = 0; taken < 2; taken++) {
        bool stored = taken || !likely;
        uint32_t first = stored && what == 1 && !taken ? 0x10 : 1, last = stored && what == 0 ? 0x40 : 4;
        uint32_t want = (taken ? 0 : first + 2) + last;
        expect_at("a store in a delay slot", what << 4 | likely, taken,
                  call(page, address(where[what]), word[what], !taken, 0), want);
        code_sync(page, c.at);
        if (what == 2 && stored) /* now it does nothing, and the store behind it is plain */
            expect_at("a branch that its slot took out", likely, taken, call(page, address(branch), NOP, 0, 0), 7);
        patch(where[what], original);
    }
}

int main(int argc, char **argv) {
    const struct option options[] = {SMC_OPTIONS};
    uint32_t size = arguments(argc, argv, 1, options, COUNT(options));
    uint8_t *page = code_memory(2 * PAGE);
    for (uint32_t i = 0; i < size; i++) {
        all_kinds(page);
        for (unsigned where = 0; where < 3; where++)
            loops(page + where * 128, where);
        unchain(page + 512);
        for (unsigned what = 0; what < 3 && code_unflushed; what++) { /* no room for SYNCI in a slot */
            from_slot(page + 1024 + what * 256, what, false);
            from_slot(page + 1152 + what * 256, what, true);
        }
    }
    return finish(size);
}
