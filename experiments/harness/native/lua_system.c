/* Small things of the operating system: clock, terminal, files, hashes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "module.h"

static int failure(lua_State *L, const char *path) {
    int error = errno;
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", path, strerror(error));
    return 2;
}

static int system_clock(lua_State *L) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    lua_pushinteger(L, (lua_Integer)t.tv_sec * 1000000000 + t.tv_nsec);
    return 1;
}

static int system_isatty(lua_State *L) {
    lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
    return 1;
}

static int columns(lua_State *L) {
    struct winsize w;
    if (ioctl((int)luaL_checkinteger(L, 1), TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
        return 0;
    lua_pushinteger(L, w.ws_col);
    return 1;
}

static int push_hash(lua_State *L, XXH64_hash_t value) {
    char text[17];
    snprintf(text, sizeof text, "%016llx", (unsigned long long)value);
    lua_pushstring(L, text);
    return 1;
}

static int hash(lua_State *L) {
    size_t size;
    const char *data = luaL_checklstring(L, 1, &size);
    return push_hash(L, XXH3_64bits(data, size));
}

static int hash_file(lua_State *L) {
    const char *path = luaL_checkstring(L, 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return failure(L, path);
    XXH3_state_t *state = XXH3_createState();
    if (!state) {
        close(fd);
        return luaL_error(L, "out of memory");
    }
    XXH3_64bits_reset(state);
    char buffer[65536];
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0)
        XXH3_64bits_update(state, buffer, (size_t)n);
    XXH64_hash_t value = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    int error = errno;
    close(fd);
    errno = error;
    return n < 0 ? failure(L, path) : push_hash(L, value);
}

/* For provenance, where others have to get the same with their own tools (sha256sum); hash() is for identities, and
 * faster. */
static int sha256(lua_State *L) {
    size_t size;
    const char *data = luaL_checklstring(L, 1, &size);
    char text[SHA256_DIGEST_STRING_LENGTH];
    lua_pushstring(L, SHA256Data((const uint8_t *)data, size, text));
    return 1;
}

static int sha256_file(lua_State *L) {
    const char *path = luaL_checkstring(L, 1);
    char text[SHA256_DIGEST_STRING_LENGTH];
    if (!SHA256File(path, text))
        return failure(L, path);
    lua_pushstring(L, text);
    return 1;
}

static int make_directory(lua_State *L) {
    const char *path = luaL_checkstring(L, 1);
    struct stat s;
    if (mkdir(path, 0777) != 0 && !(errno == EEXIST && stat(path, &s) == 0 && S_ISDIR(s.st_mode)))
        return failure(L, path);
    lua_pushboolean(L, 1);
    return 1;
}

static int file(lua_State *L) {
    struct stat s;
    if (stat(luaL_checkstring(L, 1), &s) != 0)
        return 0;
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, s.st_size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, (lua_Integer)s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec);
    lua_setfield(L, -2, "mtime_ns");
    lua_pushstring(L, S_ISREG(s.st_mode) ? "file" : S_ISDIR(s.st_mode) ? "directory" : "other");
    lua_setfield(L, -2, "kind");
    return 1;
}

static int visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static int list(lua_State *L) {
    const char *path = luaL_checkstring(L, 1);
    struct dirent **entries;
    int n = scandir(path, &entries, visible, alphasort);
    if (n < 0)
        return failure(L, path);
    lua_createtable(L, n, 0);
    for (int i = 0; i < n; i++) {
        lua_pushstring(L, entries[i]->d_name);
        lua_seti(L, -2, i + 1);
        free(entries[i]);
    }
    free(entries);
    return 1;
}

void jlh_register_system(lua_State *L) {
    static const luaL_Reg functions[] = {{"clock", system_clock},
                                         {"isatty", system_isatty},
                                         {"columns", columns},
                                         {"hash", hash},
                                         {"hash_file", hash_file},
                                         {"sha256", sha256},
                                         {"sha256_file", sha256_file},
                                         {"mkdir", make_directory},
                                         {"file", file},
                                         {"list", list},
                                         {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
