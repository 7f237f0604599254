/* Guest code from a fuzzer's input: see words.h. */
#include "tests/fuzz/words.h"

#include <stdlib.h>
#include <string.h>

#include "tests/random/insns.h"

static const char *const configurations[] = {
    "backend=x64",
    "region=block,memory=pagetable,lookup=two-level:bits=2,inline-cache=ibtc:bits=0",
    "passes=none,memory=call,invalidate=bitmap",
    "backend=x64:pinned=0,invalidate=checksum,dispatch=c-loop,lookup=hash",
    "far-code=inline,events=split,link=none,returns=none",
    "code-memory=rwx:size=64,region=loop:size=900",
    "passes=all:regalloc=0",
    "passes=all:dead=0:sink=0:fuse=0",
    "dispatch=c-loop,lookup=hash-c,region=block",
};
enum { CONFIGURATIONS = sizeof configurations / sizeof *configurations };

bool words_program(struct program *p, const char **settings, const uint8_t *bytes, size_t size) {
    struct rng r = {1};
    struct gen g = {.p = p, .r = &r};
    if (size < 6)
        return false;
    memset(p, 0, sizeof *p);
    *settings = configurations[bytes[0] % CONFIGURATIONS];
    p->mode = bytes[1] & (JL_MODE_BE | JL_MODE_FR | JL_MODE_ALIGN_FIX | JL_MODE_NAN2008);
    p->at = CODE_BASE + 4 * (bytes[1] >> 6) * 330; /* some straddle the page */
    g.fr = p->mode & JL_MODE_FR;
    gen_state(&g);
    for (size -= 2, bytes += 2; size >= 4 && p->count < PROGRAM_MAX; size -= 4, bytes += 4)
        memcpy(&p->word[p->count++], bytes, 4);
    return true;
}

struct target *words_target(const char *settings, bool big_endian) {
    static struct target kept[CONFIGURATIONS + 1][2]; /* the last is the interpreter */
    char err[256];
    unsigned i = 0;
    while (i < CONFIGURATIONS && configurations[i] != settings)
        i++;
    struct target *t = &kept[i][big_endian];
    if (!t->machine && !target_make(t, settings, big_endian, err, sizeof err)) {
        fprintf(stderr, "%s: %s\n", settings, err);
        abort();
    }
    return t;
}
