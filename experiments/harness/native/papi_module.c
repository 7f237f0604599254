/* The Lua module jitlab_papi: which PAPI events this host counts. It is apart from jitlab_native because loading PAPI
 * costs every start of bench.lua time that only one listing needs. */
#include <lauxlib.h>
#include <lua.h>

#include "papi_counters.h"

int luaopen_jitlab_papi(lua_State *L);

/* probe(name) -> unit when this host counts it, or nil and the reason. */
static int probe(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    struct papi_counters *c = papi_counters_open(&name, 1, NULL);
    if (!c)
        return luaL_error(L, "out of memory");
    papi_counters_start(c);
    papi_counters_stop(c);
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

int luaopen_jitlab_papi(lua_State *L) {
    static const luaL_Reg functions[] = {{"probe", probe}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
