/* Host features by libcpuid: see host.h.
 *
 * Two things libcpuid leaves to its caller. LZCNT is one CPUID bit on all makers' processors but has gone by the name
 * of AMD's ABM. And AVX instructions need more than the processor's word: they fault unless the system has switched on
 * saving of the ymm registers, which XGETBV tells (Intel SDM volume 1, 14.3).
 */
#include "jit/x64/host.h"

#include <libcpuid/libcpuid.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct jl_host host;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Is name left alone by JITLAB_HOST_DISABLE? */
static bool wanted(const char *name) {
    const char *off = getenv("JITLAB_HOST_DISABLE");
    size_t n = strlen(name);
    while (off) {
        size_t length = strcspn(off, ",");
        if (length == n && !memcmp(off, name, n))
            return false;
        off = off[length] ? off + length + 1 : NULL;
    }
    return true;
}

static bool ymm_kept(const struct cpu_id_t *id) {
    enum { XMM_AND_YMM = 6 };
    uint32_t low, high;
    if (!id->flags[CPU_FEATURE_OSXSAVE])
        return false;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & XMM_AND_YMM) == XMM_AND_YMM;
}

static void detect(void) {
    struct cpu_raw_data_t raw;
    struct cpu_id_t id;
    if (cpuid_get_raw_data(&raw) < 0 || cpu_identify(&raw, &id) < 0)
        return;
    bool lzcnt = id.flags[CPU_FEATURE_ABM] || raw.ext_cpuid[1][2] & 1u << 5;
    host.bmi1 = id.flags[CPU_FEATURE_BMI1] && wanted("bmi1");
    host.bmi2 = id.flags[CPU_FEATURE_BMI2] && wanted("bmi2");
    host.lzcnt = lzcnt && wanted("lzcnt");
    host.movbe = id.flags[CPU_FEATURE_MOVBE] && wanted("movbe");
    host.sse41 = id.flags[CPU_FEATURE_SSE4_1] && wanted("sse41");
    host.sse42 = id.flags[CPU_FEATURE_SSE4_2] && wanted("sse42");
    host.avx = id.flags[CPU_FEATURE_AVX] && ymm_kept(&id) && wanted("avx");
    host.popcnt = id.flags[CPU_FEATURE_POPCNT] && wanted("popcnt");
    host.fma = id.flags[CPU_FEATURE_FMA3] && host.avx && wanted("fma");
    snprintf(host.brand, sizeof host.brand, "%s", id.brand_str);
}

const struct jl_host *jl_host(void) {
    pthread_once(&once, detect);
    return &host;
}

const char *jl_host_feature(unsigned i, bool *on) {
    const struct jl_host *h = jl_host();
    const struct {
        const char *name;
        bool on;
    } all[] = {{"bmi1", h->bmi1},   {"bmi2", h->bmi2}, {"lzcnt", h->lzcnt},   {"movbe", h->movbe}, {"sse41", h->sse41},
               {"sse42", h->sse42}, {"avx", h->avx},   {"popcnt", h->popcnt}, {"fma", h->fma}};
    if (i >= sizeof all / sizeof *all)
        return NULL;
    *on = all[i].on;
    return all[i].name;
}
