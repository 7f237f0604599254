/* What the files of the reference share: see reference.h. */
#ifndef JL_TESTS_RSP_REFERENCE_PARTS_H
#define JL_TESTS_RSP_REFERENCE_PARTS_H

#include "tests/n64/rsp/reference.h"

unsigned lane(const struct reference *r, unsigned reg, unsigned i);
void set_lane(struct reference *r, unsigned reg, unsigned i, long value);
long as_signed(unsigned lane_value);
unsigned broadcast(unsigned element, unsigned i);

void reference_compute(struct reference *r, unsigned op, unsigned vd, unsigned vs, unsigned vt, unsigned element);
void reference_memory(struct reference *r, bool store, unsigned op, unsigned base, unsigned vt, unsigned element,
                      int offset);
/* Reciprocal and reciprocal square root of a 32-bit number, by search. */
uint32_t reference_reciprocal(int32_t input, bool root);

#endif
