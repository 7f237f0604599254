/* Regions: finding, making, linking and dropping them. */
#ifndef JL_REGIONS_H
#define JL_REGIONS_H

#include "jit/runtime/machine.h"

/* The live region at guest address pc under the cpu's present mode, through the lookup strategy; NULL = none. */
struct jl_region *jl_region_find(struct jl_machine *m, uint32_t pc);
/* Translates the region at pc. NULL: cannot be translated (the interpreter must run what is there). Empties the cache
 * first when it is full. */
struct jl_region *jl_region_make(struct jl_machine *m, uint32_t pc);
/* The region whose host code contains p, or NULL. */
struct jl_region *jl_region_at_host(struct jl_machine *m, const uint8_t *p);
/* Puts a dropped region whose words stand at its address again back into every table. */
void jl_region_revive(struct jl_machine *m, struct jl_region *region);
/* Throws away all translations. Only from C, with no translated code on the stack. */
void jl_regions_flush(struct jl_machine *m);

/* runtime/link.c: a new unlinked jump in region; returns its number. */
uint32_t jl_link_new(struct jl_machine *m, struct jl_region *region, uint8_t *field, uint32_t target_pc);
/* Patches site to jump to target. */
void jl_link_patch(struct jl_machine *m, uint32_t site, struct jl_region *target);
/* Restores every jump into region, and forgets those out of it. */
void jl_link_undo(struct jl_machine *m, struct jl_region *region);

/* runtime/pages.c: which regions have code on a guest page. */
struct jl_page_index *jl_pages_new(void);
void jl_pages_free(struct jl_page_index *p);
void jl_pages_clear(struct jl_page_index *p);
/* again: some of the lists may have it still. */
void jl_pages_add(struct jl_machine *m, struct jl_region *region, bool again);
/* Translations made from guest address addr were found to be of changed code: counts for jl_page_changes. */
void jl_pages_note_change(struct jl_machine *m, uint32_t addr);
/* A bit for each JL_LINE bytes of the page that live regions have code in. */
enum { JL_LINE_SHIFT = JL_PAGE_SHIFT - 6, JL_LINE = 1 << JL_LINE_SHIFT };
uint64_t jl_page_lines(struct jl_machine *m, uint32_t page);
/* A page gets JL_PAGE_CODE: jl_each_code_page has to find it. */
void jl_pages_note_code(struct jl_page_index *p, uint32_t page);
/* Calls fn for each live region with code in [addr, addr+len): jl_region_drop because that code changed, which counts
 * for jl_page_changes, or jl_region_park. */
void jl_pages_each(struct jl_machine *m, uint32_t addr, uint64_t len,
                   void (*fn)(struct jl_machine *, struct jl_region *));

#endif
