/* Who this host is, from libcpuid and uname. Only fields that libcpuid gets right on processors newer than itself are
 * taken as they are: its code name may be that of another processor and is passed on as a claim; clock measurements are
 * left out because they vary from run to run on one machine.
 */
#include <libcpuid/libcpuid.h>
#include <sched.h>
#include <sys/utsname.h>

#include "module.h"

static void set_string(lua_State *L, const char *name, const char *value) {
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}

/* libcpuid says -1 for what it cannot tell: such a field is left out. */
static void set_known(lua_State *L, const char *name, int value) {
    if (value < 0)
        return;
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static const char *hypervisor_name(hypervisor_vendor_t vendor) {
    static const char *const names[NUM_HYPERVISOR_VENDORS] = {
        [HYPERVISOR_NONE] = "none",
        [HYPERVISOR_BHYVE] = "bhyve",
        [HYPERVISOR_HYPERV] = "Hyper-V",
        [HYPERVISOR_KVM] = "KVM",
        [HYPERVISOR_PARALLELS] = "Parallels",
        [HYPERVISOR_QEMU] = "QEMU",
        [HYPERVISOR_VIRTUALBOX] = "VirtualBox",
        [HYPERVISOR_VMWARE] = "VMware",
        [HYPERVISOR_XEN] = "Xen",
    };
    return vendor >= 0 && vendor < NUM_HYPERVISOR_VENDORS && names[vendor] ? names[vendor] : "unknown";
}

static int failure(lua_State *L) {
    lua_pushnil(L);
    lua_pushfstring(L, "libcpuid: %s", cpuid_error());
    return 2;
}

static int cpu(lua_State *L) {
    struct cpu_raw_data_t raw;
    struct cpu_id_t id;
    if (cpuid_get_raw_data(&raw) != 0 || cpu_identify(&raw, &id) != 0)
        return failure(L);
    lua_newtable(L);
    set_string(L, "vendor", id.vendor_str);
    set_string(L, "brand", id.brand_str);
    set_string(L, "codename_claimed", id.cpu_codename);
    set_string(L, "hypervisor", hypervisor_name(cpuid_get_hypervisor(&raw, &id)));
    set_string(L, "libcpuid", cpuid_lib_version());
    set_known(L, "family", id.ext_family);
    set_known(L, "model", id.ext_model);
    set_known(L, "stepping", id.stepping);
    set_known(L, "l1d_kib", id.l1_data_cache);
    set_known(L, "l1i_kib", id.l1_instruction_cache);
    set_known(L, "l2_kib", id.l2_cache);
    set_known(L, "l3_kib", id.l3_cache);
    set_known(L, "line_bytes", id.l1_data_cacheline);
    lua_newtable(L);
    lua_Integer n = 0;
    for (int f = 0; f < NUM_CPU_FEATURES; f++) {
        if (!id.flags[f])
            continue;
        lua_pushstring(L, cpu_feature_str((cpu_feature_t)f));
        lua_seti(L, -2, ++n);
    }
    lua_setfield(L, -2, "features");
    return 1;
}

static int cpuid_raw(lua_State *L) {
    struct cpu_raw_data_t raw;
    if (cpuid_get_raw_data(&raw) != 0 || cpuid_serialize_raw_data(&raw, luaL_checkstring(L, 1)) != 0)
        return failure(L);
    lua_pushboolean(L, 1);
    return 1;
}

static int cpus(lua_State *L) {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    lua_newtable(L);
    lua_Integer n = 0;
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (!CPU_ISSET((size_t)i, &set))
            continue;
        lua_pushinteger(L, i);
        lua_seti(L, -2, ++n);
    }
    return 1;
}

static int host_uname(lua_State *L) {
    struct utsname u;
    uname(&u);
    lua_newtable(L);
    set_string(L, "sysname", u.sysname);
    set_string(L, "node", u.nodename);
    set_string(L, "release", u.release);
    set_string(L, "version", u.version);
    set_string(L, "machine", u.machine);
    return 1;
}

void jlh_register_host(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"cpu", cpu}, {"cpuid_raw", cpuid_raw}, {"cpus", cpus}, {"uname", host_uname}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
