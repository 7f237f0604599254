/* sha256: straight-line 32-bit integer code.
 *
 * Isolates the quality of generated code (axes `backend` and `passes`): the 64 rounds are unrolled into one block of
 * well over a thousand instructions, rotates, exclusive-ors and additions on more live values than a host has
 * registers, hardly a branch. Block lookup, linking and returns cost nothing here. SIZE is the number of 64-byte
 * blocks hashed, each the digest of the one before.
 *
 * Checked with the published digest of "abc" and, for the first blocks, with a second implementation as a loop.
 */
#include "common.h"
#include "offload.h"

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define ROR(x, n) ((x) >> (n) | (x) << (32 - (n)))
#define BIG0(x) (ROR(x, 2) ^ ROR(x, 13) ^ ROR(x, 22))
#define BIG1(x) (ROR(x, 6) ^ ROR(x, 11) ^ ROR(x, 25))
#define SMALL0(x) (ROR(x, 7) ^ ROR(x, 18) ^ (x) >> 3)
#define SMALL1(x) (ROR(x, 17) ^ ROR(x, 19) ^ (x) >> 10)
#define CHOOSE(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define MAJORITY(x, y, z) (((x) & (y)) | ((z) & ((x) | (y))))

/* The message schedule lives in a window of 16 words that is renewed in place. */
#define RENEW(i) (w[(i)&15] += SMALL1(w[((i) + 14) & 15]) + w[((i) + 9) & 15] + SMALL0(w[((i) + 1) & 15]))
#define WORD(i) ((i) < 16 ? w[i] : RENEW(i))
#define ROUND(a, b, c, d, e, f, g, h, i)                                                                               \
    do {                                                                                                               \
        uint32_t t = h + BIG1(e) + CHOOSE(e, f, g) + K[i] + WORD(i);                                                   \
        d += t;                                                                                                        \
        h = t + BIG0(a) + MAJORITY(a, b, c);                                                                           \
    } while (0)
#define ROUNDS8(i)                                                                                                     \
    ROUND(a, b, c, d, e, f, g, h, (i));                                                                                \
    ROUND(h, a, b, c, d, e, f, g, (i) + 1);                                                                            \
    ROUND(g, h, a, b, c, d, e, f, (i) + 2);                                                                            \
    ROUND(f, g, h, a, b, c, d, e, (i) + 3);                                                                            \
    ROUND(e, f, g, h, a, b, c, d, (i) + 4);                                                                            \
    ROUND(d, e, f, g, h, a, b, c, (i) + 5);                                                                            \
    ROUND(c, d, e, f, g, h, a, b, (i) + 6);                                                                            \
    ROUND(b, c, d, e, f, g, h, a, (i) + 7)

static APART void compress(uint32_t GUEST *s, uint32_t GUEST *w) {
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    ROUNDS8(0);
    ROUNDS8(8);
    ROUNDS8(16);
    ROUNDS8(24);
    ROUNDS8(32);
    ROUNDS8(40);
    ROUNDS8(48);
    ROUNDS8(56);
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
    s[4] += e;
    s[5] += f;
    s[6] += g;
    s[7] += h;
}

OFFLOAD_VOID(compress, uint32_t GUEST *, uint32_t GUEST *);

#ifndef OFFLOAD_OBJECT
static const uint32_t initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* The textbook loop. */
static APART void compress_slow(uint32_t s[8], const uint32_t m[16]) {
    uint32_t w[64], v[8];
    memcpy(v, s, sizeof v);
    for (unsigned i = 0; i < 64; i++) {
        w[i] = i < 16 ? m[i] : SMALL1(w[i - 2]) + w[i - 7] + SMALL0(w[i - 15]) + w[i - 16];
        uint32_t t1 = v[7] + BIG1(v[4]) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + K[i] + w[i];
        uint32_t t2 = BIG0(v[0]) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (unsigned i = 0; i < 8; i++)
        s[i] += v[i];
}

static void check_abc(void) {
    uint32_t s[8], w[16] = {0x61626380};
    w[15] = 24;
    memcpy(s, initial, sizeof s);
    compress(s, w);
    expect("sha256(abc), first word", s[0], 0xba7816bf);
    expect("sha256(abc), last word", s[7], 0xf20015ad);
}

int work(int argc, char **argv) {
    uint32_t size = arguments(argc, argv, 100, NULL, 0);
    uint32_t s[8], slow[8], w[16];

    check_abc();
    memcpy(s, initial, sizeof s);
    memcpy(slow, initial, sizeof slow);
    for (uint32_t i = 0; i < size; i++) {
        for (unsigned k = 0; k < 16; k++)
            w[k] = s[k & 7] + i;
        if (i < 8)
            compress_slow(slow, w);
        compress(s, w);
        if (i < 8)
            expect("unrolled against loop", (uint64_t)s[0] << 32 | s[7], (uint64_t)slow[0] << 32 | slow[7]);
    }
    return finish((uint64_t)s[0] << 32 | s[7]);
}
#endif
