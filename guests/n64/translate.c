/* From virtual to physical addresses: segments by mode and by 32- or 64-bit addressing. */
#include "guests/n64/bytes.h"
#include "guests/n64/cop0.h"
#include "guests/n64/n64.h"
#include "guests/n64/tlb.h"
#include "guests/n64/translate.h"

enum { MAPPED, DIRECT, ERROR };
#define TIB ((uint64_t)1 << 40)

static bool is_sign_extended(uint64_t addr) {
    return addr == jl_sign32((uint32_t)addr);
}

/* CKSEG0 and up: the same for both ways of addressing, and only they reach into it with 32-bit addresses. */
static unsigned high_segment(uint32_t addr, bool kernel, bool supervisor) {
    if (addr >= 0xe0000000)
        return kernel ? MAPPED : ERROR;
    if (addr >= 0xc0000000)
        return kernel || supervisor ? MAPPED : ERROR;
    return kernel ? DIRECT : ERROR;
}

static unsigned segment32(uint64_t addr, bool kernel, bool supervisor, bool error_level) {
    if (!is_sign_extended(addr))
        return ERROR;
    if (addr < 0x80000000)
        return error_level ? DIRECT : MAPPED;
    return high_segment((uint32_t)addr, kernel, supervisor);
}

static unsigned segment64(uint64_t addr, bool kernel, bool supervisor, bool error_level) {
    switch (addr >> 62) {
    case 0:
        if (error_level && addr < 0x80000000)
            return DIRECT;
        return addr < TIB ? MAPPED : ERROR;
    case 1: return (kernel || supervisor) && (addr & ~((uint64_t)3 << 62)) < TIB ? MAPPED : ERROR;
    case 2: return kernel && !(addr << 5 >> 37) ? DIRECT : ERROR; /* the bits between cache attribute and address */
    default:
        if (is_sign_extended(addr) && addr >= 0xffffffff80000000)
            return high_segment((uint32_t)addr, kernel, supervisor);
        return kernel && addr < 0xc00000ff80000000 ? MAPPED : ERROR;
    }
}

struct jl_n64_place jl_n64_translate(struct jl_n64 *n, uint64_t addr, enum jl_n64_access access) {
    uint64_t status = n->cop0.reg[JL_COP0_STATUS];
    bool kernel = jl_cop0_kernel(n), supervisor = !kernel && (status & JL_STATUS_KSU) == 1 << 3;
    bool error_level = status & JL_STATUS_ERL;
    bool wide = status & (kernel ? JL_STATUS_KX : supervisor ? JL_STATUS_SX : JL_STATUS_UX);
    unsigned segment =
        wide ? segment64(addr, kernel, supervisor, error_level) : segment32(addr, kernel, supervisor, error_level);
    if (segment == ERROR)
        return (struct jl_n64_place){.outcome = JL_N64_ADDRESS_ERROR};
    if (segment == MAPPED)
        return jl_tlb_lookup(n, addr, access);
    bool small = addr >> 62 == 3 || addr < 0x80000000; /* KSEG0 and KSEG1 have 29 bits, XKPHYS has 32 */
    return (struct jl_n64_place){JL_N64_OK, (uint32_t)addr & (small && addr >> 62 == 3 ? 0x1fffffff : 0xffffffff),
                                 true};
}
