/* The TLB. */
#ifndef JL_N64_TLB_H
#define JL_N64_TLB_H

#include <stdbool.h>
#include <stdint.h>

#include "guests/n64/translate.h"

enum { JL_N64_TLB = 32, JL_N64_TLB_RECENT = 8, JL_N64_TLB_BUCKETS = 16 };

struct jl_tlb_entry {
    uint64_t hi;    /* R, VPN2, ASID as EntryHi has them, VPN2 without the bits that the mask leaves out */
    uint32_t mask;  /* PageMask */
    uint32_t lo[2]; /* EntryLo without G */
    bool global;
    uint64_t compared; /* the bits of EntryHi that have to be hi's */
};

/* What a search came to, so that the same page is not searched for again: a miss is looked up several times on its way
 * to the exception. */
struct jl_tlb_recent {
    uint64_t hi;  /* what was searched for, as EntryHi has it */
    int8_t entry; /* -1: there is none */
    bool valid;
};

/* Which entries a search has to look at: those of small pages by the page's number, those of larger ones always. */
struct jl_tlb_index {
    uint32_t small[JL_N64_TLB_BUCKETS], large; /* a bit for each entry */
};

struct jl_n64;
struct jl_state;

/* Entries that match nothing. */
void jl_tlb_reset(struct jl_n64 *n);
void jl_tlb_read(struct jl_n64 *n);
void jl_tlb_write(struct jl_n64 *n, unsigned index);
void jl_tlb_probe(struct jl_n64 *n);
/* Looks the address up, whose segment goes through the TLB. */
struct jl_n64_place jl_tlb_lookup(struct jl_n64 *n, uint64_t addr, enum jl_n64_access access);
void jl_tlb_state(struct jl_n64 *n, struct jl_state *s);

#endif
