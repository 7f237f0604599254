/* See framehash.h. A line a frame: its number since power-on, then hashes of the picture, of RDRAM, and of all else
 * that a savestate holds (registers, TLB, devices, times), then the instructions retired. */
#include "guests/n64/framehash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "guests/n64/frame.h"
#include "guests/n64/n64.h"
#include "guests/n64/savestate.h"
#include "guests/n64/scheduler.h"

uint64_t jl_framehash_picture(const struct jl_n64 *n, unsigned *width, unsigned *height) {
    uint8_t *rgb = jl_vi_picture(n, width, height);
    uint64_t hash = rgb ? XXH3_64bits(rgb, (size_t)*width * *height * 3) : 0;
    free(rgb);
    return hash;
}

bool jl_framehash_open(struct jl_n64 *n, char *err, size_t err_size) {
    if (!n->options.frame_hashes)
        return true;
    n->frame_hashes = fopen(n->options.frame_hashes, "we");
    if (!n->frame_hashes) {
        snprintf(err, err_size, "cannot write %s: %s", n->options.frame_hashes, strerror(errno));
        return false;
    }
    setvbuf(n->frame_hashes, NULL, _IOLBF, 0); /* whoever looks for a crash finds the frames before it */
    fputs("# frame picture rdram rest instructions\n", n->frame_hashes);
    return true;
}

void jl_framehash_frame(struct jl_n64 *n) {
    unsigned width, height;
    uint64_t picture = jl_framehash_picture(n, &width, &height);
    fprintf(n->frame_hashes, "%" PRIu64 " %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " %" PRIu64 "\n", n->vi.frames,
            picture, jl_ram_hash(n), jl_n64_rest_hash(n), jl_n64_retired(n));
}

bool jl_framehash_close(struct jl_n64 *n) {
    if (!n->frame_hashes)
        return true;
    bool ok = !ferror(n->frame_hashes);
    return fclose(n->frame_hashes) == 0 && ok;
}
