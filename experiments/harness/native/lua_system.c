/* Small things of the operating system: clock, terminal, files, hashes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
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

static int64_t monotonic_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t cpu_us(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return ((int64_t)r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000 + r.ru_utime.tv_usec + r.ru_stime.tv_usec;
}

/* The smallest step of a clock in so many readings; 0 when it never moved. */
static int64_t smallest_step(int64_t (*read)(void), lua_Integer times) {
    int64_t least = 0, before = read();
    for (lua_Integer i = 0; i < times; i++) {
        int64_t now = read(), step = now - before;
        if (step > 0 && (least == 0 || step < least))
            least = step;
        before = now;
    }
    return least;
}

static int system_clock(lua_State *L) {
    lua_pushinteger(L, monotonic_ns());
    return 1;
}

static int timer(lua_State *L) {
    enum { PART = 1000 }; /* readings in a row: the cheapest row was not interrupted */
    lua_Integer times = luaL_checkinteger(L, 1);
    luaL_argcheck(L, times >= PART, 1, "too few");
    int64_t cheapest = INT64_MAX;
    for (lua_Integer i = 0; i < times / PART; i++) {
        int64_t before = monotonic_ns();
        for (int k = 1; k < PART; k++)
            monotonic_ns();
        int64_t took = monotonic_ns() - before;
        cheapest = took < cheapest ? took : cheapest;
    }
    lua_createtable(L, 0, 3);
    lua_pushnumber(L, (lua_Number)cheapest / PART);
    lua_setfield(L, -2, "cost_ns");
    lua_pushinteger(L, smallest_step(monotonic_ns, times));
    lua_setfield(L, -2, "step_ns");
    lua_pushinteger(L, smallest_step(cpu_us, times) * 1000);
    lua_setfield(L, -2, "cpu_step_ns");
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
                                         {"timer", timer},
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
