/* What the RDP's files share: its state and the functions that they call of each other. */
#ifndef JL_N64_RDP_STATE_H
#define JL_N64_RDP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "guests/n64/rdp/rdp.h"

enum { TMEM_BYTES = 4096, TMEM_HALF = 2048, TILES = 8, MAX_WORDS = 22 };
enum cycle_type { CYCLE_ONE, CYCLE_TWO, CYCLE_COPY, CYCLE_FILL };
enum format { FORMAT_RGBA, FORMAT_YUV, FORMAT_CI, FORMAT_IA, FORMAT_I };
enum size { SIZE_4, SIZE_8, SIZE_16, SIZE_32 }; /* bits of a pixel: 4 << size */
enum dither { DITHER_MAGIC, DITHER_BAYER, DITHER_NOISE, DITHER_OFF };

/* Channels red, green, blue, alpha; wide enough for the combiner's signed values. They are given and made in
 * place: by value one goes through registers, in pieces of another size than it was written in, which a host waits for.
 */
enum channel { RED, GREEN, BLUE, ALPHA, CHANNELS };
struct colour {
    int32_t c[CHANNELS];
};

struct image {
    unsigned format, size;
    uint32_t width; /* in pixels */
    uint32_t addr;
};

/* One axis of a tile: bounds with two bits of fraction, and what happens outside of them. */
struct tile_axis {
    unsigned low, high;
    unsigned mask, shift;
    bool clamp, mirror;
};
struct tile {
    unsigned format, size;
    uint32_t line; /* 64-bit words from one row to the next */
    uint32_t tmem; /* first 64-bit word */
    unsigned palette;
    struct tile_axis s, t;
};

struct modes {
    enum cycle_type cycle;
    bool perspective, detail, sharpen, lod, tlut, tlut_ia, bilinear, mid_texel, lerp[2], convert_one, key;
    unsigned rgb_dither, alpha_dither;
    struct blend_inputs {
        uint8_t p, a, m, b;
    } blend[2];
    bool force_blend, alpha_is_cvg, cvg_times_alpha, colour_on_cvg, image_read, z_update, z_compare, antialias;
    unsigned z_mode, cvg_dest;
    bool z_from_prim, alpha_noise, alpha_compare;
};

struct combine_inputs {
    uint8_t rgb_a, rgb_b, rgb_c, rgb_d, alpha_a, alpha_b, alpha_c, alpha_d;
};

/* In quarters of pixels and lines. */
struct scissor {
    int32_t xh, yh, xl, yl;
    bool field, odd;
};

struct jl_rdp {
    uint8_t *rdram;
    uint32_t rdram_bytes;
    uint32_t flip;  /* exclusive-ored to a byte's address: 3 when words are in the host's order, else 0 */
    uint8_t *ninth; /* the two ninth bits of each halfword of RDRAM, inverted */
    void (*on_write)(void *ctx, uint32_t addr, uint32_t bytes);
    void *on_write_ctx;
    bool (*on_work)(void *ctx);
    void *on_work_ctx;

    uint64_t pending[MAX_WORDS]; /* the command that is not complete yet */
    unsigned n_pending;

    struct image colour_image, texture_image;
    uint32_t z_image;
    struct scissor scissor;
    struct modes modes;
    struct combine_inputs combine[2];
    struct tile tile[TILES];
    uint32_t fill_colour;
    struct colour fog, blend, prim, env;
    int32_t prim_lod_frac;
    unsigned min_level;
    uint32_t prim_z, prim_dz;
    struct colour key_width, key_centre, key_scale;
    int32_t convert[6];
    struct colour combined; /* the combiner's result in the cycle before */
    uint32_t noise;
    uint8_t tmem[TMEM_BYTES]; /* as the hardware has it: odd rows with their words swapped */
};

/* Attributes of a primitive, each with 16 bits of fraction. */
enum attribute { ATTR_R, ATTR_G, ATTR_B, ATTR_A, ATTR_S, ATTR_T, ATTR_W, ATTR_Z, ATTRS };
struct coefficient {
    uint32_t base, dx, de, dy; /* at the start; per pixel, per line along the major edge, per line */
};

/* A primitive for the edge walker; rectangles are primitives with upright edges. */
struct primitive {
    bool major_left; /* the H edge is the left one */
    bool shade, texture, depth;
    unsigned tile, levels;
    int32_t yh, ym, yl; /* quarters of lines */
    uint32_t xh, xm, xl, dxh, dxm, dxl;
    struct coefficient attr[ATTRS];
};

/* One line of a primitive. Edges of the four sub-scanlines in eighths of pixels, already inside the scissor; an empty
 * sub-scanline has left > right. */
struct span {
    const struct primitive *prim;
    int32_t y, left, right; /* pixels, right included */
    int32_t sub_left[4], sub_right[4];
    int32_t x0; /* the pixel at which attr holds */
    uint32_t attr[ATTRS];
};

static inline uint32_t bits(uint64_t word, unsigned low, unsigned n) {
    return (uint32_t)(word >> low) & (uint32_t)((1ull << n) - 1);
}
static inline int32_t sign_extend(uint32_t v, unsigned n) {
    return (int32_t)(v << (32 - n)) >> (32 - n);
}
static inline int32_t clamp(int32_t v, int32_t low, int32_t high) {
    return v < low ? low : v > high ? high : v;
}

/* memory.c: RDRAM, bounded. Addresses are bytes; a halfword's or word's is rounded down to its size. */
uint32_t rdp_read8(const struct jl_rdp *r, uint32_t addr);
uint32_t rdp_read16(const struct jl_rdp *r, uint32_t addr);
uint32_t rdp_read32(const struct jl_rdp *r, uint32_t addr);
uint32_t rdp_read_ninth(const struct jl_rdp *r, uint32_t addr);
void rdp_write8(struct jl_rdp *r, uint32_t addr, uint32_t v);
void rdp_write16(struct jl_rdp *r, uint32_t addr, uint32_t v, uint32_t ninth);
void rdp_write32(struct jl_rdp *r, uint32_t addr, uint32_t v);
/* The same in so many words from addr on, a multiple of 4. */
void rdp_fill32(struct jl_rdp *r, uint32_t addr, uint32_t words, uint32_t v);
void rdp_wrote(struct jl_rdp *r, uint64_t addr, uint64_t bytes);

/* registers.c: commands that only set state; others do nothing. */
void rdp_set_register(struct jl_rdp *r, uint64_t word);

/* tmem.c */
void rdp_load_block(struct jl_rdp *r, uint64_t word);
void rdp_load_tile(struct jl_rdp *r, uint64_t word);
void rdp_load_tlut(struct jl_rdp *r, uint64_t word);

/* texel.c: one texel at whole coordinates inside the tile (already masked). */
void rdp_texel(const struct jl_rdp *r, const struct tile *tile, uint32_t s, uint32_t t, struct colour *out);
uint32_t rdp_texel_raw16(const struct jl_rdp *r, const struct tile *tile, uint32_t s, uint32_t t);

/* sample.c: coordinates with five bits of fraction, before the tile's shift. */
uint32_t rdp_wrap(const struct tile_axis *axis, int32_t whole);
int32_t rdp_tile_coordinate(const struct tile_axis *axis, int32_t at);
void rdp_sample(const struct jl_rdp *r, const struct tile *tile, int32_t s, int32_t t, bool lerp, struct colour *out);
void rdp_convert(const struct jl_rdp *r, const struct colour *in, struct colour *out);

/* lod.c: texture coordinates of a pixel (perspective) and the tiles that its level of detail selects. */
struct texture_at {
    int32_t s, t;
    unsigned tile[2];
    int32_t lod_frac;
};
bool rdp_reads_lod(const struct combine_inputs *c);
struct texture_at rdp_texture_at(const struct jl_rdp *r, const struct span *span, const uint32_t attr[ATTRS]);

/* combiner.c: where the inputs are is looked up once for a span; what is there changes from pixel to pixel. */
struct combine_source {
    const int32_t *from;
    unsigned step;
};
struct combine_plan {
    struct combine_source a, b, c, d;
    const int32_t *alpha[4];
};
struct combiner {
    struct colour texel[2], shade;
    struct colour pixel; /* the last cycle's result */
    int32_t lod_frac, noise;
    int32_t key_alpha;
    struct combine_plan plan[2];
};
void rdp_combiner_prepare(const struct jl_rdp *r, struct combiner *c);
void rdp_combine(struct jl_rdp *r, struct combiner *c, unsigned set, bool last);

/* blender.c */
struct blender {
    struct colour pixel, memory; /* the pixel's alpha; the memory's coverage as alpha */
    int32_t shade_alpha;
    bool enabled; /* blend; otherwise the first input goes through */
    bool keep;    /* the third input goes through, which usually is the memory's colour */
};
void rdp_blend(const struct jl_rdp *r, const struct blender *b, struct colour *out);
int32_t rdp_noise(struct jl_rdp *r);
void rdp_dither(const struct jl_rdp *r, struct colour *c, int32_t x, int32_t y, int32_t noise);
int32_t rdp_alpha_dither(const struct jl_rdp *r, int32_t x, int32_t y, int32_t noise);

/* zbuffer.c */
struct depth {
    uint32_t z;  /* 18 bits */
    uint32_t dz; /* a power of two */
};
struct depth_test {
    bool pass, farther;
};
uint32_t rdp_z_compress(uint32_t z);
uint32_t rdp_z_expand(uint32_t stored);
uint32_t rdp_dz_round(uint32_t dz);
struct depth_test rdp_depth_test(const struct jl_rdp *r, uint32_t addr, struct depth d, bool overflow);
void rdp_depth_write(struct jl_rdp *r, uint32_t addr, struct depth d);

/* coverage.c: the samples that a span covers of a pixel: row 0's first sample is bit 15. */
enum { RDP_ALL_SAMPLES = 0xa5a5 };
unsigned rdp_coverage_mask(const struct span *span, int32_t x);

/* frame.c: the colour image. Coverage is 0 to 7 for one to eight samples; a read returns the memory's. */
uint32_t rdp_frame_read(const struct jl_rdp *r, int32_t x, int32_t y, struct colour *colour);
void rdp_frame_write(struct jl_rdp *r, int32_t x, int32_t y, const struct colour *colour, uint32_t coverage);
void rdp_frame_wrote(struct jl_rdp *r, int32_t y, int32_t left, int32_t right);

/* fill.c and pipeline.c: draw a span. */
void rdp_fill_span(struct jl_rdp *r, const struct span *span);
void rdp_copy_span(struct jl_rdp *r, const struct span *span);
void rdp_draw_span(struct jl_rdp *r, const struct span *span);

/* edges.c */
void rdp_draw(struct jl_rdp *r, const struct primitive *p);

/* commands.c: how many words the command has that begins with this one. */
unsigned rdp_command_length(uint64_t word);

/* triangle.c and rectangle.c: parse a command's words and draw. */
void rdp_triangle(struct jl_rdp *r, const uint64_t *words);
void rdp_fill_rectangle(struct jl_rdp *r, uint64_t word);
void rdp_texture_rectangle(struct jl_rdp *r, const uint64_t *words);

#endif
