/* Putting a console together and taking it apart. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include "guests/n64/access.h"
#include "guests/n64/ai.h"
#include "guests/n64/cop0.h"
#include "guests/n64/isviewer.h"
#include "guests/n64/n64.h"
#include "guests/n64/pad.h"
#include "guests/n64/pif.h"
#include "guests/n64/rom.h"
#include "guests/n64/save.h"
#include "guests/n64/savestate.h"
#include "guests/n64/scheduler.h"
#include "guests/n64/sp.h"
#include "guests/n64/vi.h"
#include "guests/n64/views.h"

static void rdp_wrote(void *ctx, uint32_t addr, uint32_t bytes) {
    jl_n64_ram_written(ctx, addr, bytes);
}

static bool rdp_stops(void *ctx) {
    return jl_n64_time_is_up(ctx);
}

void jl_ram_reorder(struct jl_n64 *n) {
    for (uint32_t at = 0; n->mem->flip && at < n->ram_bytes; at += 4) {
        uint32_t word;
        memcpy(&word, n->ram + at, 4);
        word = __builtin_bswap32(word);
        memcpy(n->ram + at, &word, 4);
    }
}

static bool boot(struct jl_n64 *n, char *err, size_t err_size) {
    bool ok = jl_n64_boot(n, err, err_size);
    jl_ram_reorder(n); /* boot code is done in the guest's order */
    return ok;
}

static bool start(struct jl_n64 *n, char *err, size_t err_size) {
    jl_n64_reach(n);
    jl_cop0_init(n);
    if (!jl_views_init(n)) {
        snprintf(err, err_size, "no memory for RDRAM: %s", strerror(errno));
        return false;
    }
    n->dp.rdp = jl_rdp_new(n->ram, n->ram_bytes);
    if (!n->dp.rdp) {
        snprintf(err, err_size, "no memory for the RDP");
        return false;
    }
    if (n->mem->flip)
        jl_rdp_swizzle(n->dp.rdp);
    jl_rdp_on_write(n->dp.rdp, rdp_wrote, n);
    if (n->options.max_seconds > 0)
        jl_rdp_on_work(n->dp.rdp, rdp_stops, n);
    for (unsigned i = 0; i < JL_N64_EVENTS; i++)
        n->event[i] = JL_N64_NEVER;
    jl_cop0_reset(n);
    jl_sp_reset(n);
    jl_vi_reset(n);
    n->pi.rd_len = n->pi.wr_len = 0x7f;
    return jl_pif_open(n, err, err_size) && boot(n, err, err_size) &&
           jl_save_open(&n->save, n->options.save, err, err_size) &&
           jl_pak_open(&n->pak, n->options.pak, err, err_size) &&
           jl_pad_open(&n->pad, n->options.inputs, err, err_size) && jl_isviewer_open(n, err, err_size) &&
           jl_ai_open(n, err, err_size) && jl_framehash_open(n, err, err_size) &&
           (!n->options.load_state || jl_n64_savestate_load(n, n->options.load_state, err, err_size));
}

static uint32_t video_clock(const struct jl_n64_rom *rom) {
    static const uint32_t of[] = {[JL_N64_PAL] = 49656530, [JL_N64_NTSC] = 48681818, [JL_N64_MPAL] = 48628322};
    return of[jl_n64_rom_tv(rom)];
}

struct jl_n64 *jl_n64_new(struct jl_mem *mem, struct jl_machine *machine, struct jl_n64_rom *rom,
                          const struct jl_n64_options *options, char *err, size_t err_size) {
    struct jl_n64 *n = NULL;
    if (posix_memalign((void **)&n, 64, sizeof *n)) {
        snprintf(err, err_size, "no memory for a console");
        return NULL;
    }
    memset(n, 0, sizeof *n);
    n->options = *options;
    n->mem = mem;
    n->machine = machine;
    n->cpu = jl_machine_cpu(machine);
    n->ram_bytes = options->ram_mib << 20;
    n->ram_fd = -1;
    n->rom = *rom;
    n->video_clock = video_clock(rom);
    rom->bytes = NULL;
    if (!start(n, err, err_size)) {
        char ignored[8];
        n->save.changed = n->pak.changed = false;
        jl_n64_close(n, ignored, sizeof ignored);
        return NULL;
    }
    return n;
}

bool jl_n64_close(struct jl_n64 *n, char *err, size_t err_size) {
    n->mem->guest = NULL;
    bool ok = jl_save_close(&n->save, err, err_size);
    ok = jl_save_close(&n->pak, err, err_size) && ok;
    if (!jl_ai_close(n)) {
        snprintf(err, err_size, "cannot write %s: %s", n->options.wav, strerror(errno));
        ok = false;
    }
    if (!jl_framehash_close(n)) {
        snprintf(err, err_size, "cannot write %s: %s", n->options.frame_hashes, strerror(errno));
        ok = false;
    }
    if (!jl_isviewer_close(n)) {
        snprintf(err, err_size, "cannot write %s: %s", n->options.log, strerror(errno));
        ok = false;
    }
    if (n->dp.rdp)
        jl_rdp_free(n->dp.rdp);
    if (n->ram)
        munmap(n->ram, n->ram_bytes);
    if (n->ram_fd >= 0)
        close(n->ram_fd);
    jl_n64_rom_close(&n->rom);
    free(n->pad.changes);
    free(n);
    return ok;
}

static void swap_words(uint32_t *words, const uint8_t *from, uint32_t bytes) {
    memcpy(words, from, bytes);
    for (uint32_t i = 0; i < bytes / 4; i++)
        words[i] = __builtin_bswap32(words[i]);
}

/* RDRAM as the guest has it. */
static void hash_ram(const struct jl_n64 *n, XXH3_state_t *s) {
    uint32_t page[JL_PAGE / 4];
    if (!n->mem->flip)
        XXH3_64bits_update(s, n->ram, n->ram_bytes);
    for (uint32_t at = 0; n->mem->flip && at < n->ram_bytes; at += JL_PAGE) {
        swap_words(page, n->ram + at, JL_PAGE);
        XXH3_64bits_update(s, page, JL_PAGE);
    }
}

static uint64_t digest(XXH3_state_t *s) {
    uint64_t h = XXH3_64bits_digest(s);
    XXH3_freeState(s);
    return h;
}

uint64_t jl_ram_hash(const struct jl_n64 *n) {
    XXH3_state_t *s = XXH3_createState();
    XXH3_64bits_reset(s);
    hash_ram(n, s);
    return digest(s);
}

uint64_t jl_n64_fingerprint(const struct jl_n64 *n) {
    XXH3_state_t *s = XXH3_createState();
    XXH3_64bits_reset(s);
    XXH3_64bits_update(s, n->cpu->var, JL_VAR_NOTE * sizeof *n->cpu->var);
    XXH3_64bits_update(s, &n->cpu->pc, sizeof n->cpu->pc);
    hash_ram(n, s);
    return digest(s);
}
