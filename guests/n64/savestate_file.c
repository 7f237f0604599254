/* See savestate_file.h. */
#include "guests/n64/savestate_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zlib.h>

#include "guests/n64/file.h"

uint64_t jl_savestate_hash(const struct jl_savestate_head *head, const uint8_t *packed) {
    uint64_t seed = XXH3_64bits(head, offsetof(struct jl_savestate_head, hash));
    return XXH3_64bits_withSeed(packed, head->packed, seed);
}

static const char *check(const struct jl_savestate_head *head, const uint8_t *file, size_t size) {
    if (size < sizeof head->mark || memcmp(head->mark, JL_SAVESTATE_MARK, sizeof head->mark))
        return "not a savestate";
    if (size < sizeof *head)
        return "a savestate that is cut short";
    if (head->version > JL_SAVESTATE_VERSION)
        return "a savestate of a newer version of this program";
    if (head->version < JL_SAVESTATE_VERSION)
        return "a savestate of an older version of this program";
    if (head->packed > size - sizeof *head)
        return "a savestate that is cut short";
    if (head->packed != size - sizeof *head || head->size > JL_SAVESTATE_MAX ||
        head->hash != jl_savestate_hash(head, file + sizeof *head))
        return "a corrupt savestate";
    return NULL;
}

static const char *unpack(const struct jl_savestate_head *head, const uint8_t *packed, uint8_t *fields) {
    uLongf size = head->size;
    int result = uncompress(fields, &size, packed, head->packed);
    if (result == Z_MEM_ERROR)
        return "no memory for a savestate";
    return result == Z_OK && size == head->size ? NULL : "a corrupt savestate";
}

uint8_t *jl_savestate_read(const char *path, struct jl_savestate_head *head, char *err, size_t err_size) {
    size_t size;
    uint8_t *file = jl_file_read(path, JL_SAVESTATE_MAX, &size, err, err_size), *fields = NULL;
    if (!file)
        return NULL;
    memset(head, 0, sizeof *head);
    memcpy(head, file, size < sizeof *head ? size : sizeof *head);
    const char *why = check(head, file, size);
    if (!why) {
        fields = malloc(head->size + 1);
        why = fields ? unpack(head, file + sizeof *head, fields) : "no memory for a savestate";
    }
    free(file);
    if (!why)
        return fields;
    snprintf(err, err_size, "%s: %s", path, why);
    free(fields);
    return NULL;
}
