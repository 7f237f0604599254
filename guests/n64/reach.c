/* What the processor asks of the board in the middle of a run: accesses of devices, and where in RDRAM the TLB puts an
 * address. What is not plain (an exception, a watched address, memory that is to be repeated) is refused: the processor
 * then leaves, and access.c does it. So does a run end behind an access that makes an event come earlier than the run
 * was to go, or an interrupt (scheduler.h, jl_n64_end_run): run.c looks at both there, as it does behind every other
 * instruction of the board's. */
#include "guests/n64/access.h"
#include "guests/n64/bus.h"
#include "guests/n64/bytes.h"
#include "guests/n64/cop0.h"
#include "guests/n64/exception.h"
#include "guests/n64/n64.h"
#include "guests/n64/translate.h"
#include "guests/n64/views.h"

#define KSEG0 0x80000000u
enum { RDRAM_SPACE = 0x03f00000 }; /* what is below is RDRAM, or nothing */

static struct jl_n64_place place_of(struct jl_n64 *n, uint32_t addr, enum jl_n64_access kind) {
    struct jl_n64_place place = {.outcome = JL_N64_ADDRESS_ERROR};
    if (addr - JL_MEM_WIDE_GUARD >= JL_MEM_WIDE_GUARD_BYTES) /* where a sum that is no 32-bit address comes out */
        place = jl_n64_translate(n, jl_sign32(addr), kind);
    return place;
}

static bool is_device(const struct jl_n64 *n, const struct jl_n64_place *place, bool store) {
    return place->outcome == JL_N64_OK && place->phys >= RDRAM_SPACE && !jl_cop0_is_watched(n, place->phys, store);
}

static bool load(void *ctx, uint32_t addr, unsigned size, uint64_t *value) {
    struct jl_n64 *n = ctx;
    struct jl_n64_place place = place_of(n, addr, JL_N64_LOAD);
    if (!is_device(n, &place, false))
        return false;
    *value = jl_bus_read(n, place.phys, size);
    return true;
}

static bool store(void *ctx, uint32_t addr, unsigned size, uint64_t value) {
    struct jl_n64 *n = ctx;
    struct jl_n64_place place = place_of(n, addr, JL_N64_STORE);
    if (!is_device(n, &place, true))
        return false;
    jl_bus_write(n, place.phys, size, value);
    return true;
}

static const void *device(void *ctx, uint32_t addr, bool store_too, uint32_t *at) {
    struct jl_n64 *n = ctx;
    struct jl_n64_place place = place_of(n, addr, store_too ? JL_N64_STORE : JL_N64_LOAD);
    *at = place.phys;
    if (place.outcome != JL_N64_OK || place.phys < RDRAM_SPACE || n->views.watched == place.phys)
        return NULL;
    return jl_bus_device(place.phys);
}

static uint32_t device_load(void *ctx, const void *device, uint32_t at) {
    return jl_bus_device_read(ctx, device, at);
}

static void device_store(void *ctx, const void *device, uint32_t at, uint32_t value) {
    jl_bus_device_write(ctx, device, at, value);
}

/* RDRAM's pages in KSEG0 and KSEG1. */
static uint8_t *host_page(void *ctx, uint32_t addr) {
    const struct jl_n64 *n = ctx;
    uint32_t phys = addr & 0x1fffffff;
    return addr >> 30 == 2 && phys < n->ram_bytes ? n->ram + phys : NULL;
}

/* Memory that is watched, or written in another way for the moment, cannot be reached in KSEG0 either. */
static enum jl_guest_found find(void *ctx, uint32_t addr, bool store_too, uint32_t *at) {
    struct jl_n64 *n = ctx;
    if (!jl_views_may_have(jl_sign32(addr)))
        return JL_GUEST_ELSEWHERE;
    struct jl_n64_place place = place_of(n, addr, store_too ? JL_N64_STORE : JL_N64_LOAD);
    *at = KSEG0 + place.phys;
    if (place.outcome != JL_N64_OK) {
        n->refused = place.outcome;
        return JL_GUEST_REFUSED;
    }
    return place.phys < n->ram_bytes ? JL_GUEST_FOUND : JL_GUEST_ELSEWHERE;
}

void jl_n64_reach(struct jl_n64 *n) {
    n->memory = (struct jl_guest_memory){n, load, store, find, KSEG0, device, device_load, device_store, host_page};
    n->mem->guest = &n->memory;
}
