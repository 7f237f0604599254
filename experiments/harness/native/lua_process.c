/* Lua's view of process.c: native.run(options) and native.exec(path, argv). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module.h"
#include "process.h"

/* A NULL-terminated vector of the strings of the table at index; the strings belong to the table. Its memory is a
 * Lua value left on the stack. */
static char **string_vector(lua_State *L, int index, const char *what) {
    index = lua_absindex(L, index);
    lua_Integer n = luaL_len(L, index);
    char **v = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *v, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_geti(L, index, i) != LUA_TSTRING)
            luaL_error(L, "%s[%d]: a string expected", what, (int)i);
        v[i - 1] = (char *)(uintptr_t)lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    v[n] = NULL;
    return v;
}

static lua_Integer integer_field(lua_State *L, const char *name, lua_Integer absent) {
    lua_getfield(L, 1, name);
    lua_Integer v = luaL_optinteger(L, -1, absent);
    lua_pop(L, 1);
    return v;
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static int run(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct jlh_process_options o = {0};
    lua_getfield(L, 1, "argv");
    luaL_checktype(L, -1, LUA_TTABLE);
    o.argv = string_vector(L, -1, "argv");
    if (!o.argv[0])
        return luaL_error(L, "argv is empty");
    if (lua_getfield(L, 1, "env") == LUA_TTABLE)
        o.envp = string_vector(L, -1, "env");
    lua_getfield(L, 1, "directory");
    o.directory = luaL_optstring(L, -1, NULL);
    lua_getfield(L, 1, "timeout");
    o.timeout = luaL_optnumber(L, -1, 0);
    lua_getfield(L, 1, "fixed_layout");
    o.fixed_layout = lua_toboolean(L, -1);
    o.cpu = (int)integer_field(L, "cpu", -1);
    o.cpu_seconds = (uint64_t)integer_field(L, "cpu_seconds", 0);
    o.address_space = (uint64_t)integer_field(L, "address_space", 0);
    o.resident = (uint64_t)integer_field(L, "resident", 0);
    o.keep_stdout = (size_t)integer_field(L, "keep_stdout", 65536);
    o.keep_stderr = (size_t)integer_field(L, "keep_stderr", 2048);

    struct jlh_process_result r;
    char err[256];
    if (!jlh_process_run(&o, &r, err, sizeof err)) {
        lua_pushnil(L);
        lua_pushstring(L, err);
        return 2;
    }
    static const char *const ends[] = {"exit", "signal", "timeout", "memory"};
    char hash[17];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)r.stdout_hash);
    lua_createtable(L, 0, 16);
    lua_pushstring(L, ends[r.end]);
    lua_setfield(L, -2, "ended");
    set_integer(L, "status", r.status);
    set_integer(L, "wall_ns", r.wall_ns);
    set_integer(L, "user_us", r.user_us);
    set_integer(L, "system_us", r.system_us);
    set_integer(L, "max_rss_kib", r.max_rss_kib);
    set_integer(L, "minor_faults", r.minor_faults);
    set_integer(L, "major_faults", r.major_faults);
    set_integer(L, "voluntary_switches", r.voluntary_switches);
    set_integer(L, "involuntary_switches", r.involuntary_switches);
    set_integer(L, "stdout_bytes", (int64_t)r.stdout_bytes);
    set_integer(L, "pid", r.pid);
    lua_pushstring(L, hash);
    lua_setfield(L, -2, "stdout_hash");
    lua_pushlstring(L, r.out, r.out_size);
    lua_setfield(L, -2, "stdout");
    lua_pushlstring(L, r.err, r.err_size);
    lua_setfield(L, -2, "stderr");
    jlh_process_result_free(&r);
    return 1;
}

static int exec(lua_State *L) {
    const char *path = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    char **argv = string_vector(L, 2, "argv");
    fflush(NULL);
    signal(SIGINT, SIG_DFL); /* the interpreter's own handler must not outlive it */
    execv(path, argv);
    int error = errno;
    lua_pushnil(L);
    lua_pushfstring(L, "cannot run %s: %s", path, strerror(error));
    return 2;
}

void jlh_register_process(lua_State *L) {
    static const luaL_Reg functions[] = {{"run", run}, {"exec", exec}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
