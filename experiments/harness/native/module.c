/* The Lua module jitlab_native: what the harness needs of the host and Lua 5.4 has no packaged library for. */
#include "module.h"

int luaopen_jitlab_native(lua_State *L);

int luaopen_jitlab_native(lua_State *L) {
    lua_newtable(L);
    jlh_register_process(L);
    jlh_register_database(L);
    jlh_register_host(L);
    jlh_register_system(L);
    return 1;
}
