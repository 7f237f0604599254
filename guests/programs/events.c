/* events: guarded handlers of an extensible system's events.
 *
 * Isolates the axis `specialize`: the list of guards is a run-time constant of the dispatcher (Auslander et al., PLDI
 * 1996), which for each event tests the guards in turn; what is tested of an event is not constant. There are seven kinds
 * of predicates, two in each of ten guards. SIZE is the number of rounds of 64 events. With -n N the guards change every N
 * rounds, which is said as for code: the dispatcher's versions have to go. Every eighth round and each one with new guards is checked against guards
 * interpreted in another way.
 */
#include "annotate.h"
#include "common.h"

enum { GUARDS = 10, PREDICATES = 2, FIELDS = 6, EVENTS = 64 };
enum { ALWAYS, EQUAL, DIFFERENT, BELOW, NOT_BELOW, MASKED, NOT_MASKED };

struct guard {
    struct predicate {
        uint32_t kind, field, value;
    } predicate[PREDICATES];
    uint32_t weight; /* of what its handler does */
};

/* On a page of its own: a translator may watch writes there. */
static _Alignas(4096) struct guard guards[GUARDS];
static _Alignas(4096) uint32_t event[FIELDS];

APART uint32_t dispatch(const struct guard *g, const uint32_t *e) {
    uint32_t handled = 0, left = GUARDS;
    SPECIALIZE_FOR(g, sizeof guards);
    for (; left > 0; left--, g++) {
        bool pass = true;
        for (uint32_t k = 0; k < PREDICATES && pass; k++) {
            const struct predicate *p = &g->predicate[k];
            uint32_t field = e[p->field];
            switch (p->kind) {
            case ALWAYS: break;
            case EQUAL: pass = field == p->value; break;
            case DIFFERENT: pass = field != p->value; break;
            case BELOW: pass = field < p->value; break;
            case NOT_BELOW: pass = field >= p->value; break;
            case MASKED: pass = (field & p->value) != 0; break;
            default: pass = (field & p->value) == 0; break;
            }
        }
        if (pass)
            handled += g->weight;
    }
    return handled;
}

static void make(uint32_t change) {
    static const uint8_t kinds[GUARDS][PREDICATES] = {{EQUAL, ALWAYS},      {MASKED, BELOW},     {NOT_BELOW, NOT_MASKED},
                                                      {DIFFERENT, ALWAYS},  {ALWAYS, ALWAYS},    {BELOW, MASKED},
                                                      {MASKED, DIFFERENT},  {EQUAL, NOT_BELOW},  {NOT_MASKED, ALWAYS},
                                                      {BELOW, NOT_BELOW}};
    for (uint32_t i = 0; i < GUARDS; i++) {
        for (uint32_t k = 0; k < PREDICATES; k++)
            guards[i].predicate[k] = (struct predicate){kinds[i][k], (i + k * 3) % FIELDS, (i * 5 + k * 7 + change) & 15};
        guards[i].weight = 1u << i;
    }
    SPECIALIZE_CHANGED(guards, sizeof guards);
}

static uint32_t one(const struct guard *g, uint32_t k) {
    uint32_t field = event[g->predicate[k].field], value = g->predicate[k].value;
    switch (g->predicate[k].kind) {
    case ALWAYS: return 1;
    case EQUAL: return field == value;
    case DIFFERENT: return field != value;
    case BELOW: return field < value;
    case NOT_BELOW: return field >= value;
    case MASKED: return (field & value) != 0;
    default: return (field & value) == 0;
    }
}

static uint32_t by_hand(void) {
    uint32_t handled = 0;
    for (uint32_t i = 0; i < GUARDS; i++)
        handled |= (one(&guards[i], 0) & one(&guards[i], 1)) << i;
    return handled;
}

int work(int argc, char **argv) {
    uint32_t change = 0;
    const struct option options[] = {{'n', &change, 1, 100000}};
    uint32_t size = arguments(argc, argv, 4, options, COUNT(options)), seed = 23, sum = 0;

    make(0);
    for (uint32_t i = 0; i < size; i++) {
        bool fresh = change && i % change == 0;
        if (fresh)
            make(i / change);
        for (uint32_t k = 0; k < EVENTS; k++) {
            uint32_t r = next_random(&seed);
            for (uint32_t f = 0; f < FIELDS; f++)
                event[f] = r >> 4 * f & 15;
            uint32_t handled = dispatch(guards, event);
            if (fresh || (i & 7) == 0)
                expect("guards", handled, by_hand());
            sum = mix(sum, handled);
        }
    }
    return finish(sum);
}
