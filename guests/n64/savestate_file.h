/* A savestate's file: this head, then the fields (state.h), compressed by zlib, to the file's end. */
#ifndef JL_N64_SAVESTATE_FILE_H
#define JL_N64_SAVESTATE_FILE_H

#include <stddef.h>
#include <stdint.h>

#define JL_SAVESTATE_MARK "jlstate\n"
/* Rises whenever fields come, go or change their meaning: a state is read by the version that wrote it. */
enum { JL_SAVESTATE_VERSION = 5, JL_SAVESTATE_MAX = 64 << 20 };

struct jl_savestate_head {
    char mark[8]; /* without the string's final zero */
    uint32_t version;
    uint32_t ram_bytes;
    uint64_t rom;    /* XXH3 of the ROM in big-endian order */
    uint64_t size;   /* of the fields */
    uint64_t packed; /* bytes behind the head */
    uint64_t hash;   /* of all of the file (jl_savestate_hash) */
};

/* XXH3 of the head without its hash, and of what is packed. */
uint64_t jl_savestate_hash(const struct jl_savestate_head *head, const uint8_t *packed);

/* Reads a file and unpacks the fields, to be freed. NULL with one sentence in err: cut, foreign, newer, corrupt. */
uint8_t *jl_savestate_read(const char *path, struct jl_savestate_head *head, char *err, size_t err_size);

#endif
