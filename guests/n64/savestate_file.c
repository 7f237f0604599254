/* See savestate_file.h. */
#include "guests/n64/savestate_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zlib.h>

#include "guests/n64/file.h"

static const char *unpack(const struct jl_savestate_head *head, const uint8_t *from, size_t packed, uint8_t *fields) {
    uLongf size = head->size;
    uLong used = packed;
    int result = uncompress2(fields, &size, from, &used);
    if (result == Z_MEM_ERROR)
        return "no memory for a savestate";
    if (result == Z_BUF_ERROR && size < head->size)
        return "a savestate that is cut short";
    if (result != Z_OK || size != head->size || used != packed || XXH3_64bits(fields, size) != head->hash)
        return "a corrupt savestate";
    return NULL;
}

static const char *check_head(const struct jl_savestate_head *head, size_t size) {
    if (size < sizeof head->mark || memcmp(head->mark, JL_SAVESTATE_MARK, sizeof head->mark))
        return "not a savestate";
    if (size < sizeof *head)
        return "a savestate that is cut short";
    if (head->version > JL_SAVESTATE_VERSION)
        return "a savestate of a newer version of this program";
    if (head->version < JL_SAVESTATE_VERSION)
        return "a savestate of an older version of this program";
    return head->size > JL_SAVESTATE_MAX ? "a corrupt savestate" : NULL;
}

uint8_t *jl_savestate_read(const char *path, struct jl_savestate_head *head, char *err, size_t err_size) {
    size_t size;
    uint8_t *file = jl_file_read(path, JL_SAVESTATE_MAX, &size, err, err_size), *fields = NULL;
    if (!file)
        return NULL;
    memset(head, 0, sizeof *head);
    memcpy(head, file, size < sizeof *head ? size : sizeof *head);
    const char *why = check_head(head, size);
    if (!why) {
        fields = malloc(head->size + 1);
        why = fields ? unpack(head, file + sizeof *head, size - sizeof *head, fields) : "no memory for a savestate";
    }
    free(file);
    if (!why)
        return fields;
    snprintf(err, err_size, "%s: %s", path, why);
    free(fields);
    return NULL;
}
