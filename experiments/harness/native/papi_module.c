/* The Lua module jitlab_papi: which PAPI events this host counts, which of them together, and what that costs. It is
 * apart from jitlab_native because loading PAPI costs every start of bench.lua time that only few commands need. */
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <time.h>

#include "papi_counters.h"

int luaopen_jitlab_papi(lua_State *L);

enum { MAX_EVENTS = 256, MAX_TIMES = 100000 };

static struct papi_counters *open_events(lua_State *L, const char *const *names, size_t n) {
    struct papi_counters *c = papi_counters_open(names, n, NULL, false);
    if (!c)
        luaL_error(L, "out of memory");
    papi_counters_start(c);
    papi_counters_stop(c);
    return c;
}

/* The strings of the list at index 1, which keeps them. */
static size_t take_names(lua_State *L, const char **names) {
    luaL_checktype(L, 1, LUA_TTABLE);
    size_t n = (size_t)luaL_len(L, 1);
    luaL_argcheck(L, n <= MAX_EVENTS, 1, "too many events");
    for (size_t i = 0; i < n; i++) {
        lua_geti(L, 1, (lua_Integer)i + 1);
        names[i] = luaL_checkstring(L, -1);
        lua_pop(L, 1);
    }
    return n;
}

/* probe(name) -> unit when this host counts it, or nil and the reason. */
static int probe(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    struct papi_counters *c = open_events(L, &name, 1);
    struct papi_counter_value v = papi_counters_get(c, 0);
    int results = 1;
    if (v.known) {
        lua_pushstring(L, v.unit);
    } else {
        lua_pushnil(L);
        lua_pushstring(L, v.reason);
        results = 2;
    }
    papi_counters_close(c);
    return results;
}

/* fits(names) -> a list: false for an event that could be counted, but not beside the ones before it. */
static int fits(lua_State *L) {
    const char *names[MAX_EVENTS];
    size_t n = take_names(L, names);
    struct papi_counters *c = open_events(L, names, n);
    lua_createtable(L, (int)n, 0);
    for (size_t i = 0; i < n; i++) {
        lua_pushboolean(L, !papi_counters_get(c, i).crowded);
        lua_seti(L, -2, (lua_Integer)i + 1);
    }
    papi_counters_close(c);
    return 1;
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* overhead(names, times) -> the medians of the nanoseconds that a start of all events takes, and that their stop takes;
 * nil and a reason when the first of them cannot be counted. */
static int overhead(lua_State *L) {
    const char *names[MAX_EVENTS];
    size_t n = take_names(L, names);
    lua_Integer times = luaL_checkinteger(L, 2);
    luaL_argcheck(L, n > 0, 1, "no event");
    luaL_argcheck(L, times > 0 && times <= MAX_TIMES, 2, "out of range");
    struct papi_counters *c = open_events(L, names, n);
    struct papi_counter_value v = papi_counters_get(c, 0);
    if (!v.known) {
        lua_pushnil(L);
        lua_pushstring(L, v.reason);
        papi_counters_close(c);
        return 2;
    }
    int64_t *starts = lua_newuserdatauv(L, 2 * (size_t)times * sizeof *starts, 0), *stops = starts + times;
    for (lua_Integer i = 0; i < times; i++) {
        int64_t before = now_ns();
        papi_counters_start(c);
        int64_t between = now_ns();
        papi_counters_stop(c);
        starts[i] = between - before;
        stops[i] = now_ns() - between;
    }
    papi_counters_close(c);
    qsort(starts, (size_t)times, sizeof *starts, ascending);
    qsort(stops, (size_t)times, sizeof *stops, ascending);
    lua_pushinteger(L, starts[times / 2]);
    lua_pushinteger(L, stops[times / 2]);
    return 2;
}

/* exports() -> whether libsde takes counters of this process as events; false and the reason. */
static int exports(lua_State *L) {
    static uint64_t value;
    struct papi_counter_export one = {"probe", "events", &value};
    char err[256];
    struct papi_counters_exports *x = papi_counters_export("jitlab_probe", &one, 1, err, sizeof err);
    lua_pushboolean(L, x != NULL);
    if (!x)
        lua_pushstring(L, err);
    papi_counters_unexport(x);
    return x ? 1 : 2;
}

int luaopen_jitlab_papi(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"probe", probe}, {"fits", fits}, {"overhead", overhead}, {"exports", exports}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
