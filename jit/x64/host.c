/* Host features by libcpuid. */
#include "jit/x64/host.h"

#include <libcpuid/libcpuid.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct jl_host host;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool wanted(const char *name) {
    const char *off = getenv("JITLAB_HOST_DISABLE");
    const char *at = off ? strstr(off, name) : NULL;
    size_t n = strlen(name);
    return !(at && (at == off || at[-1] == ',') && (at[n] == 0 || at[n] == ','));
}

static void detect(void) {
    struct cpu_raw_data_t raw;
    struct cpu_id_t id;
    if (cpuid_get_raw_data(&raw) < 0 || cpu_identify(&raw, &id) < 0)
        return; /* baseline x86-64 then */
    host.bmi2 = id.flags[CPU_FEATURE_BMI2] && wanted("bmi2");
    /* LZCNT is one bit with ABM on both vendors' processors */
    host.lzcnt = (id.flags[CPU_FEATURE_ABM] || raw.ext_cpuid[1][2] & 1u << 5) && wanted("lzcnt");
    host.movbe = id.flags[CPU_FEATURE_MOVBE] && wanted("movbe");
    host.sse41 = id.flags[CPU_FEATURE_SSE4_1] && wanted("sse41");
    host.sse42 = id.flags[CPU_FEATURE_SSE4_2] && wanted("sse42");
    host.avx = id.flags[CPU_FEATURE_AVX] && wanted("avx");
    snprintf(host.brand, sizeof host.brand, "%s", id.brand_str);
}

const struct jl_host *jl_host(void) {
    pthread_once(&once, detect);
    return &host;
}
