/* SQLite for the harness's results: prepared statements with bound values, 64-bit integers kept exact. The policy
 * (schema, transactions, what counts as a broken file) is store.lua's. */
#include <sqlite3.h>

#include "module.h"

static const char DATABASE[] = "jitlab.database", STATEMENT[] = "jitlab.statement";

struct database {
    sqlite3 *handle; /* NULL once closed */
};

static sqlite3 *check_database(lua_State *L) {
    struct database *d = luaL_checkudata(L, 1, DATABASE);
    if (!d->handle)
        luaL_error(L, "the database is closed");
    return d->handle;
}

static int failure(lua_State *L, sqlite3 *handle) {
    lua_pushnil(L);
    lua_pushstring(L, handle ? sqlite3_errmsg(handle) : "out of memory");
    return 2;
}

/* open(path[, "read"]): with "read" the path is a URI (https://sqlite.org/uri.html) and nothing is written. */
static int database_open(lua_State *L) {
    const char *path = luaL_checkstring(L, 1);
    static const char *const modes[] = {"write", "read", NULL};
    static const int flags[] = {SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI};
    int mode = luaL_checkoption(L, 2, "write", modes);
    struct database *d = lua_newuserdatauv(L, sizeof *d, 0);
    d->handle = NULL;
    luaL_setmetatable(L, DATABASE);
    if (sqlite3_open_v2(path, &d->handle, flags[mode], NULL) != SQLITE_OK) {
        int n = failure(L, d->handle);
        sqlite3_close(d->handle);
        d->handle = NULL;
        return n;
    }
    sqlite3_busy_timeout(d->handle, 10000);
    return 1;
}

static int database_close(lua_State *L) {
    struct database *d = luaL_checkudata(L, 1, DATABASE);
    sqlite3_close_v2(d->handle);
    d->handle = NULL;
    return 0;
}

/* Binds the values at stack index 3 and up. */
static int bind_all(lua_State *L, sqlite3_stmt *s, int n) {
    if (n != sqlite3_bind_parameter_count(s))
        return luaL_error(L, "%d values for %d parameters", n, sqlite3_bind_parameter_count(s));
    int rc = SQLITE_OK;
    for (int i = 1; i <= n && rc == SQLITE_OK; i++) {
        int at = i + 2;
        size_t size;
        const char *text;
        switch (lua_type(L, at)) {
        case LUA_TNIL: rc = sqlite3_bind_null(s, i); break;
        case LUA_TBOOLEAN: rc = sqlite3_bind_int64(s, i, lua_toboolean(L, at)); break;
        case LUA_TNUMBER:
            rc = lua_isinteger(L, at) ? sqlite3_bind_int64(s, i, lua_tointeger(L, at))
                                      : sqlite3_bind_double(s, i, lua_tonumber(L, at));
            break;
        case LUA_TSTRING:
            text = lua_tolstring(L, at, &size);
            rc = sqlite3_bind_text64(s, i, text, size, SQLITE_TRANSIENT, SQLITE_UTF8);
            break;
        default: return luaL_error(L, "value %d: a %s cannot be stored", i, luaL_typename(L, at));
        }
    }
    return rc;
}

/* A statement is a userdata so that it is finished even when an error is raised while it is in use. */
static int statement_finish(lua_State *L) {
    sqlite3_stmt **s = luaL_checkudata(L, 1, STATEMENT);
    sqlite3_finalize(*s);
    *s = NULL;
    return 0;
}

/* What went wrong with a statement, which is finished now: a closed connection lives on as long as it has one. */
static int statement_failure(lua_State *L, sqlite3 *handle, sqlite3_stmt **s) {
    int n = failure(L, handle);
    sqlite3_finalize(*s);
    *s = NULL;
    return n;
}

/* Prepares the SQL at index 2 and binds the values after it; leaves the statement on the stack. NULL on failure. */
static sqlite3_stmt **prepare(lua_State *L, sqlite3 *handle) {
    size_t size;
    const char *sql = luaL_checklstring(L, 2, &size);
    int values = lua_gettop(L) - 2;
    sqlite3_stmt **s = lua_newuserdatauv(L, sizeof *s, 0);
    *s = NULL;
    luaL_setmetatable(L, STATEMENT);
    if (sqlite3_prepare_v2(handle, sql, (int)size, s, NULL) != SQLITE_OK || bind_all(L, *s, values) != SQLITE_OK)
        return NULL;
    return s;
}

static void push_column(lua_State *L, sqlite3_stmt *s, int column) {
    switch (sqlite3_column_type(s, column)) {
    case SQLITE_INTEGER: lua_pushinteger(L, sqlite3_column_int64(s, column)); break;
    case SQLITE_FLOAT: lua_pushnumber(L, sqlite3_column_double(s, column)); break;
    case SQLITE_NULL: lua_pushnil(L); break;
    default: lua_pushlstring(L, (const char *)sqlite3_column_text(s, column), (size_t)sqlite3_column_bytes(s, column));
    }
}

static int database_run(lua_State *L) {
    sqlite3 *handle = check_database(L);
    sqlite3_stmt **s = prepare(L, handle);
    if (!s)
        return failure(L, handle);
    int rc;
    while ((rc = sqlite3_step(*s)) == SQLITE_ROW)
        continue;
    if (rc != SQLITE_DONE)
        return statement_failure(L, handle, s);
    sqlite3_finalize(*s);
    *s = NULL;
    lua_pushinteger(L, sqlite3_changes64(handle));
    lua_pushinteger(L, sqlite3_last_insert_rowid(handle));
    return 2;
}

static int database_rows(lua_State *L) {
    sqlite3 *handle = check_database(L);
    sqlite3_stmt **s = prepare(L, handle);
    if (!s)
        return failure(L, handle);
    lua_newtable(L);
    int rc, columns = sqlite3_column_count(*s);
    lua_Integer n = 0;
    while ((rc = sqlite3_step(*s)) == SQLITE_ROW) {
        lua_createtable(L, 0, columns);
        for (int i = 0; i < columns; i++) {
            push_column(L, *s, i);
            lua_setfield(L, -2, sqlite3_column_name(*s, i));
        }
        lua_seti(L, -2, ++n);
    }
    if (rc != SQLITE_DONE)
        return statement_failure(L, handle, s);
    sqlite3_finalize(*s);
    *s = NULL;
    return 1;
}

static int database_script(lua_State *L) {
    sqlite3 *handle = check_database(L);
    if (sqlite3_exec(handle, luaL_checkstring(L, 2), NULL, NULL, NULL) != SQLITE_OK)
        return failure(L, handle);
    lua_pushboolean(L, 1);
    return 1;
}

void jlh_register_database(lua_State *L) {
    static const luaL_Reg methods[] = {{"run", database_run},
                                       {"rows", database_rows},
                                       {"script", database_script},
                                       {"close", database_close},
                                       {NULL, NULL}};
    static const luaL_Reg functions[] = {{"open", database_open}, {NULL, NULL}};
    if (luaL_newmetatable(L, STATEMENT)) {
        lua_pushcfunction(L, statement_finish);
        lua_setfield(L, -2, "__gc");
    }
    lua_pop(L, 1);
    if (luaL_newmetatable(L, DATABASE)) {
        lua_pushcfunction(L, database_close);
        lua_setfield(L, -2, "__gc");
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
    luaL_setfuncs(L, functions, 0);
}
