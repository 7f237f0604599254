/* Cells: one word for each guest address that translated code wants to know the host address of (return-stack pushes):
 * it holds the current entry of the translation, or the lookup stub while there is none. They stand at the front of the
 * code cache, so that translated code reaches them relative to rip, and are kept right as regions come and go. */
#ifndef JL_CELLS_H
#define JL_CELLS_H

#include <stdint.h>

struct jl_machine;
struct jl_cells;

enum { JL_CELL_MAX = 1 << 16 };

struct jl_cells *jl_cells_new(uint64_t *storage);
void jl_cells_free(struct jl_cells *cells);
/* The cell of guest address pc, made on first use. When all are taken the machine is told to flush, and a spare cell
 * that always holds the lookup stub is returned. */
uint64_t *jl_cell_for(struct jl_machine *m, uint32_t pc);
/* Sets pc's cell, if there is one. */
void jl_cell_set(struct jl_machine *m, uint32_t pc, const void *entry);
void jl_cells_clear(struct jl_cells *cells);

#endif
