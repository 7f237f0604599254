/* The command list: lengths and dispatch. */
#include "guests/n64/rdp/state.h"

enum {
    TRIANGLE = 0x08,
    TEXTURE_RECTANGLE = 0x24,
    TEXTURE_RECTANGLE_FLIP = 0x25,
    SYNC_FULL = 0x29,
    LOAD_TLUT = 0x30,
    LOAD_BLOCK = 0x33,
    LOAD_TILE = 0x34,
    FILL_RECTANGLE = 0x36,
};

static unsigned opcode(uint64_t word) {
    return bits(word, 56, 6);
}

/* Triangles: four words for the edges, then the coefficients that the low bits of the opcode ask for. */
unsigned rdp_command_length(uint64_t word) {
    unsigned op = opcode(word);
    if (op >= TRIANGLE && op < TRIANGLE + 8) {
        return 4 + (op & 4 ? 8 : 0) + (op & 2 ? 8 : 0) + (op & 1 ? 2 : 0);
    }
    return op == TEXTURE_RECTANGLE || op == TEXTURE_RECTANGLE_FLIP ? 2 : 1;
}

/* Returns whether it was a SYNC_FULL. The other SYNCs wait for what here is always complete; unknown ones do nothing.
 */
static bool execute(struct jl_rdp *r, const uint64_t *words) {
    unsigned op = opcode(words[0]);
    if (op >= TRIANGLE && op < TRIANGLE + 8) {
        rdp_triangle(r, words);
        return false;
    }
    switch (op) {
    case TEXTURE_RECTANGLE:
    case TEXTURE_RECTANGLE_FLIP: rdp_texture_rectangle(r, words); break;
    case FILL_RECTANGLE: rdp_fill_rectangle(r, words[0]); break;
    case LOAD_TLUT: rdp_load_tlut(r, words[0]); break;
    case LOAD_BLOCK: rdp_load_block(r, words[0]); break;
    case LOAD_TILE: rdp_load_tile(r, words[0]); break;
    case SYNC_FULL: return true;
    default: rdp_set_register(r, words[0]); break;
    }
    return false;
}

/* Commands whose time depends on what they say. */
static bool works(unsigned op) {
    return (op >= TRIANGLE && op < TRIANGLE + 8) || op == TEXTURE_RECTANGLE || op == TEXTURE_RECTANGLE_FLIP ||
           op == FILL_RECTANGLE || op == LOAD_TLUT || op == LOAD_BLOCK || op == LOAD_TILE;
}

unsigned jl_rdp_commands(struct jl_rdp *r, const uint64_t *words, unsigned n, bool *full) {
    for (unsigned i = 0; i < n; i++) {
        r->pending[r->n_pending++] = words[i];
        if (r->n_pending != rdp_command_length(r->pending[0])) {
            continue;
        }
        r->n_pending = 0;
        *full |= execute(r, r->pending);
        if (r->on_work && works(opcode(r->pending[0])) && r->on_work(r->on_work_ctx)) {
            return i + 1;
        }
    }
    return n;
}
