/* The six reserved instructions that add what stood in a register before a load that is under way. All others wait for
 * it. README.md says which recorded results this rule follows; what of the pipeline they do not show is left out:
 *
 * - The loads are of the three instructions in front, and only scalar instructions and loads stand in between. What
 *   uses the vector unit would have waited itself.
 * - VINST, VINSQ and VINSN wait when the instruction right in front loads VS. Two instructions issue together unless
 * the second one needs the first one's register, and that check looks at VS; only what issues alone is looked at again.
 *
 * Decided once when a program is decoded: the loads become ones that keep what they replace, the instruction one that
 * takes it. No branch leads from one to the other, so that nothing has to be known about time.
 */
#include <string.h>

#include "guests/n64/rsp/ops.h"

enum { WINDOW = 3, COP2 = 0x12, LWC2 = 0x32, SWC2 = 0x3a, VECTOR = 0x25 };

/* In struct jl_rsp_insn's `keeps`: of a load its row and where it keeps the old value (from 1, in KEEP_SHIFT's bits);
 * of the instruction that takes them, where VS's is, and above it VT's (0: it does not come from there). */
enum { KEEP_SHIFT = 4, VT_SHIFT = 2, PLACE = 3 };

static bool issues_by_vs(uint32_t word) {
    return (word & 0x3f) >= 0x3c && (word & 0x3f) <= 0x3e; /* VINST, VINSQ, VINSN */
}

bool jl_rsp_is_unwaiting(uint32_t word) {
    unsigned number = word & 0x3f; /* VSUM, V30, V31 */
    return word >> 25 == VECTOR && (number == 0x1c || number == 0x1e || number == 0x1f || issues_by_vs(word));
}

static uint32_t word_at(const struct jl_rsp *rsp, unsigned i) {
    uint32_t word;
    memcpy(&word, rsp->decoded_imem + 4 * i, 4);
    return __builtin_bswap32(word);
}

static bool lets_pass(const struct jl_rsp *rsp, unsigned i) {
    unsigned major = word_at(rsp, i) >> 26;
    return rsp->code[i].kind == JL_RSP_PLAIN && major != COP2 && major != SWC2;
}

static bool loads(const struct jl_rsp *rsp, unsigned i, unsigned reg) {
    uint32_t word = word_at(rsp, i);
    return word >> 26 == LWC2 && (word >> 16 & 31) == reg && jl_rsp_row(JL_RSP_LWC2, word >> 11 & 31)->effects & WR_VT;
}

/* The first of the instructions in front of i that can matter. */
static unsigned window(const struct jl_rsp *rsp, unsigned i) {
    unsigned first = i;
    while (first && i - first < WINDOW && lets_pass(rsp, first - 1))
        first--;
    bool slot = first && first < i && rsp->code[first - 1].kind != JL_RSP_PLAIN; /* of a branch that leads elsewhere */
    return slot ? first + 1 : first;
}

/* The first load of a register keeps what it replaces: returns 1 when there is one. */
static bool keep(struct jl_rsp *rsp, unsigned first, unsigned end, unsigned reg, unsigned place) {
    while (first < end && !loads(rsp, first, reg))
        first++;
    if (first == end)
        return false;
    struct jl_rsp_insn *load = &rsp->code[first];
    load->run = jl_rsp_op_KEEP;
    load->keeps = (uint8_t)((word_at(rsp, first) >> 11 & 15) | place << KEEP_SHIFT);
    return true;
}

static void mark(struct jl_rsp *rsp, unsigned i) {
    struct jl_rsp_insn *in = &rsp->code[i];
    unsigned first = window(rsp, i);
    if (first == i || (issues_by_vs(word_at(rsp, i)) && loads(rsp, i - 1, in->s)))
        return;
    unsigned vs = keep(rsp, first, i, in->s, 1);
    unsigned vt = in->t == in->s ? vs : keep(rsp, first, i, in->t, 2) * 2u;
    if (vs || vt) {
        in->run = jl_rsp_op_VZERO_KEPT;
        in->keeps = (uint8_t)(vs | vt << VT_SHIFT);
    }
}

bool jl_rsp_mark_unwaiting(struct jl_rsp *rsp) {
    bool any = false;
    for (unsigned i = 0; i < 1024; i++)
        if (rsp->code[i].keeps)
            rsp->code[i] = jl_rsp_decode(word_at(rsp, i), 4 * i);
    for (unsigned i = 0; i < 1024; i++)
        if (jl_rsp_is_unwaiting(word_at(rsp, i))) {
            mark(rsp, i);
            any = true;
        }
    return any;
}

void jl_rsp_op_KEEP(struct jl_rsp *rsp, const struct jl_rsp_insn *in) {
    unsigned place = in->keeps >> KEEP_SHIFT;
    memcpy(rsp->kept[place - 1], rsp->vr[in->t], sizeof rsp->kept[0]);
    rsp->kept_places |= (uint8_t)place;
    jl_rsp_row(JL_RSP_LWC2, in->keeps & 15)->op(rsp, in);
}

/* Whoever jumps right to the instruction has waited long enough: then nothing is kept. */
static const uint16_t *operand(const struct jl_rsp *rsp, unsigned reg, unsigned place) {
    return place & rsp->kept_places ? rsp->kept[place - 1] : rsp->vr[reg];
}

void jl_rsp_op_VZERO_KEPT(struct jl_rsp *rsp, const struct jl_rsp_insn *in) {
    const uint16_t *vs = operand(rsp, in->s, in->keeps & PLACE),
                   *vt = operand(rsp, in->t, in->keeps >> VT_SHIFT & PLACE);
    uint16_t sum[8];
    for (unsigned i = 0; i < 8; i++)
        sum[i] = (uint16_t)(vs[i] + vt[jl_rsp_broadcast[in->e][2 * i] / 2]);
    memcpy(rsp->acc_lo, sum, sizeof sum);
    memset(rsp->vr[in->d], 0, sizeof rsp->vr[in->d]);
    rsp->kept_places = 0;
}
