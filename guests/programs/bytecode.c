/* bytecode: an interpreter inside the guest.
 *
 * Isolates the indirect jump with many targets (axis `inline-cache`): a virtual machine whose loop is one `switch`,
 * so one jump-register instruction with all opcodes behind it; with -t it is threaded (each opcode has its own copy
 * of the jump), which gives each site few targets. Interpreters are what guests run most beside compilers. SIZE is
 * the number of runs of a bytecode program that sieves the numbers below 64 and sums the primes.
 *
 * The machine has a stack of words and a small memory. What the program has to come to is known: 18 primes, sum 501.
 */
#include "common.h"

enum opcode { PUSH, LOAD, STORE, FETCH, POKE, ADD, LESS, JUMP, UNLESS, DUP, NOT, HALT };
enum { LIMIT = 64, FLAGS = 16, I = 0, J = 1, SUM = 2, PRIMES = 3, MEMORY = FLAGS + LIMIT };

static uint8_t program[128];
static uint32_t memory[MEMORY];

/* Opcode and operand; the operand is there even where it isn't used, to keep the decoder simple. */
static uint8_t *emit(uint8_t *p, enum opcode op, uint8_t operand) {
    p[0] = (uint8_t)op;
    p[1] = operand;
    return p + 2;
}

static uint8_t *emit_add(uint8_t *p, uint8_t to, enum opcode what, uint8_t operand) {
    p = emit(p, LOAD, to);
    p = emit(p, what, operand);
    p = emit(p, ADD, 0);
    return emit(p, STORE, to);
}

/* Leaves room for a conditional jump out of the loop; `*patch` is where its target goes. */
static uint8_t *emit_while_below(uint8_t *p, uint8_t variable, uint8_t **patch) {
    p = emit(p, LOAD, variable);
    p = emit(p, PUSH, LIMIT);
    p = emit(p, LESS, 0);
    *patch = p + 1;
    return emit(p, UNLESS, 0);
}

static void assemble(void) {
    uint8_t *p = program, *outer, *inner, *done, *composite, *end_inner;
    p = emit(p, PUSH, 2);
    p = emit(p, STORE, I);
    outer = p;
    p = emit_while_below(p, I, &done);
    p = emit(p, LOAD, I);
    p = emit(p, FETCH, FLAGS);
    p = emit(p, NOT, 0);
    composite = p + 1;
    p = emit(p, UNLESS, 0);
    p = emit_add(p, SUM, LOAD, I);
    p = emit_add(p, PRIMES, PUSH, 1);
    p = emit(p, LOAD, I);
    p = emit(p, DUP, 0);
    p = emit(p, ADD, 0);
    p = emit(p, STORE, J);
    inner = p;
    p = emit_while_below(p, J, &end_inner);
    p = emit(p, PUSH, 1);
    p = emit(p, LOAD, J);
    p = emit(p, POKE, FLAGS);
    p = emit_add(p, J, LOAD, I);
    p = emit(p, JUMP, (uint8_t)(inner - program));
    *composite = *end_inner = (uint8_t)(p - program);
    p = emit_add(p, I, PUSH, 1);
    p = emit(p, JUMP, (uint8_t)(outer - program));
    *done = (uint8_t)(p - program);
    emit(p, HALT, 0);
}

/* What each opcode does, shared by both loops; sp points behind the top. `i` is the operand. */
#define DO_PUSH *sp++ = i
#define DO_LOAD *sp++ = memory[i]
#define DO_STORE memory[i] = *--sp
#define DO_FETCH sp[-1] = memory[i + sp[-1]]
#define DO_POKE (sp -= 2, memory[i + sp[1]] = sp[0])
#define DO_ADD (sp--, sp[-1] += sp[0])
#define DO_LESS (sp--, sp[-1] = sp[-1] < sp[0])
#define DO_JUMP pc = program + i
#define DO_UNLESS pc = *--sp ? pc : program + i
#define DO_DUP (*sp = sp[-1], sp++)
#define DO_NOT sp[-1] = !sp[-1]

static APART uint32_t *run_switch(const uint8_t *pc, uint32_t *sp) {
    for (;;) {
        uint32_t op = pc[0], i = pc[1];
        pc += 2;
        switch (op) {
        case PUSH: DO_PUSH; break;
        case LOAD: DO_LOAD; break;
        case STORE: DO_STORE; break;
        case FETCH: DO_FETCH; break;
        case POKE: DO_POKE; break;
        case ADD: DO_ADD; break;
        case LESS: DO_LESS; break;
        case JUMP: DO_JUMP; break;
        case UNLESS: DO_UNLESS; break;
        case DUP: DO_DUP; break;
        case NOT: DO_NOT; break;
        default: return sp;
        }
    }
}

/* Computed goto is a GNU extension; GCC would merge the jumps again without the attribute. */
#define NEXT                                                                                                           \
    do {                                                                                                               \
        uint32_t op = pc[0];                                                                                           \
        i = pc[1];                                                                                                     \
        pc += 2;                                                                                                       \
        goto *labels[op];                                                                                              \
    } while (0)

static APART __attribute__((optimize("no-gcse", "no-crossjumping"))) uint32_t *run_threaded(const uint8_t *pc,
                                                                                            uint32_t *sp) {
    static const void *const labels[] = {&&push, &&load, &&store,  &&fetch, &&poke, &&add,
                                         &&less, &&jump, &&unless, &&dup,   &&not,  &&halt};
    uint32_t i;
    NEXT;
push:
    DO_PUSH;
    NEXT;
load:
    DO_LOAD;
    NEXT;
store:
    DO_STORE;
    NEXT;
fetch:
    DO_FETCH;
    NEXT;
poke:
    DO_POKE;
    NEXT;
add:
    DO_ADD;
    NEXT;
less:
    DO_LESS;
    NEXT;
jump:
    DO_JUMP;
    NEXT;
unless:
    DO_UNLESS;
    NEXT;
dup:
    DO_DUP;
    NEXT;
    not : DO_NOT;
    NEXT;
halt:
    return sp;
}

int work(int argc, char **argv) {
    uint32_t threaded = 0, sum = 0, stack[16];
    const struct option options[] = {{'t', &threaded, 0, 0}};
    uint32_t size = arguments(argc, argv, 10, options, COUNT(options));

    assemble();
    for (uint32_t i = 0; i < size; i++) {
        memset(memory, 0, sizeof memory);
        uint32_t *sp = threaded ? run_threaded(program, stack) : run_switch(program, stack);
        expect("stack empty at the end", (uint32_t)(sp - stack), 0);
        expect("number of primes", memory[PRIMES], 18);
        expect("sum of primes", memory[SUM], 501);
        sum = mix(sum, memory[J] + i);
    }
    return finish(sum);
}
