/* PIF: its RAM holds a list of commands for the joybus, five channels of which four are controllers' and one the
 * cartridge's EEPROM (facts: n64brew's pages on PIF-NUS and the joybus protocol). */
#include "guests/n64/n64.h"

enum { BYTES = 64, CONTROL = 63, CHANNELS = 5, CARTRIDGE = 4 };
enum { RUN_JOYBUS = 1, CHALLENGE = 2, TERMINATE = 8, LOCK_ROM = 0x10, CHECKSUM = 0x20, CLEAR = 0x40 };
enum { NO_DEVICE = 0x80, WRONG_LENGTH = 0x40 };

void jl_pif_control(struct jl_n64 *n) {
    uint8_t *control = &n->si.pif[CONTROL];
    if (*control & CHECKSUM)
        *control = 0x80; /* the boot code's checksum is accepted */
    else if (*control & CLEAR)
        memset(n->si.pif, 0, BYTES);
    else
        *control &= (uint8_t) ~(TERMINATE | LOCK_ROM | CHALLENGE);
}

/* One command's bytes; answers go to out, which has room for `receive` bytes. False: nobody there. */
static bool controller(struct jl_n64 *n, unsigned port, const uint8_t *send, uint8_t *out, unsigned receive) {
    enum { INFO = 0, STATE = 1, RESET = 0xff };
    static const uint8_t info[3] = {0x05, 0x00, 0x02}; /* a controller with nothing plugged into it */
    uint8_t state[4];
    if (port)
        return false; /* one controller is plugged in */
    jl_put_be32(state, n->pad.state);
    switch (send[0]) {
    case INFO:
    case RESET: memcpy(out, info, receive < sizeof info ? receive : sizeof info); return true;
    case STATE: memcpy(out, state, receive < sizeof state ? receive : sizeof state); return true;
    default: return false;
    }
}

static bool eeprom(struct jl_n64 *n, const uint8_t *send, unsigned sent, uint8_t *out, unsigned receive) {
    enum { INFO = 0, READ = 4, WRITE = 5, RESET = 0xff, BLOCK = 8 };
    bool large = n->save.kind == JL_N64_EEPROM_16K;
    const uint8_t info[3] = {0x00, large ? 0xc0 : 0x80, 0x00};
    if (n->save.kind != JL_N64_EEPROM_4K && !large)
        return false;
    uint8_t *at = sent > 1 ? n->save.bytes + (send[1] * BLOCK & (n->save.size - 1)) : NULL;
    switch (send[0]) {
    case INFO:
    case RESET: memcpy(out, info, receive < sizeof info ? receive : sizeof info); return true;
    case READ:
        if (at)
            memcpy(out, at, receive < BLOCK ? receive : BLOCK);
        return at;
    case WRITE:
        if (!at || sent < 2 + BLOCK)
            return false;
        memcpy(at, send + 2, BLOCK);
        n->save.changed = true;
        if (receive)
            out[0] = 0;
        return true;
    default: return false;
    }
}

/* The command at pif[at]: lengths, bytes sent, room for the answer. Returns where the next one is; 0 at the end. */
static unsigned command(struct jl_n64 *n, unsigned at, unsigned channel) {
    uint8_t *pif = n->si.pif;
    unsigned sent = pif[at] & 0x3f, receive = pif[at + 1] & 0x3f, end = at + 2 + sent + receive;
    if (end > CONTROL)
        return 0;
    uint8_t *send = pif + at + 2, *out = send + sent;
    pif[at + 1] = (uint8_t)receive;
    bool there = sent && (channel < CARTRIDGE ? controller(n, channel, send, out, receive)
                                              : eeprom(n, send, sent, out, receive));
    if (!there)
        pif[at + 1] |= sent ? NO_DEVICE : WRONG_LENGTH;
    return end;
}

void jl_pif_joybus(struct jl_n64 *n) {
    enum { SKIP = 0x00, RESET_CHANNEL = 0xfd, END = 0xfe, PAD = 0xff };
    uint8_t *pif = n->si.pif;
    unsigned channel = 0, at = 0;
    if (!(pif[CONTROL] & RUN_JOYBUS))
        return;
    while (at < CONTROL - 1 && channel < CHANNELS && pif[at] != END) {
        if (pif[at] == PAD) {
            at++;
        } else if (pif[at] == SKIP || pif[at] == RESET_CHANNEL) {
            at++;
            channel++;
        } else if (!(at = command(n, at, channel++))) {
            break;
        }
    }
    pif[CONTROL] &= (uint8_t)~RUN_JOYBUS;
}
