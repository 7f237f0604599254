/* An interpreter of a small stack machine, which runs a sieve of the numbers below 1024. */
#include "rom.h"

enum { PUSH, LOAD, STORE, GET, SET, ADD, LESS, JUMP_IF_NOT, JUMP, INCREMENT, HALT };
enum { LOOP = 8, PRIME = 22, INNER = 31, NEXT = 50, END = 54 }; /* where they are in the program */
enum { N = 1024 };
static u8 sieve[N];

/* Variables: 0 = i, 1 = j, 2 = primes. */
static const s32 program[] = {
    PUSH, 2, STORE, 0, PUSH, 0, STORE, 2,                                                 /* i = 2; primes = 0 */
    LOAD, 0, PUSH, N, LESS, JUMP_IF_NOT, END,                                             /* LOOP: while i < N */
    LOAD, 0, GET, JUMP_IF_NOT, PRIME, JUMP, NEXT,                                         /* unless composite[i] */
    INCREMENT, 2, LOAD, 0, LOAD, 0, ADD, STORE, 1,                                        /* PRIME: primes++; j = i + i */
    LOAD, 1, PUSH, N, LESS, JUMP_IF_NOT, NEXT,                                            /* INNER: while j < N */
    LOAD, 1, SET, LOAD, 1, LOAD, 0, ADD, STORE, 1, JUMP, INNER,                           /* composite[j] = 1; j += i */
    INCREMENT, 0, JUMP, LOOP,                                                             /* NEXT: i++ */
    HALT,                                                                                 /* END */
};

static APART s32 run(const s32 *code) {
    s32 stack[16], variable[3] = {0, 0, 0}, *top = stack;
    const s32 *at = code;
    for (;;) {
        switch (*at++) {
        case PUSH: *top++ = *at++; break;
        case LOAD: *top++ = variable[*at++]; break;
        case STORE: variable[*at++] = *--top; break;
        case GET: top[-1] = sieve[top[-1]]; break;
        case SET: sieve[*--top] = 1; break;
        case ADD: top--, top[-1] += *top; break;
        case LESS: top--, top[-1] = top[-1] < *top; break;
        case JUMP_IF_NOT: at = *--top ? at + 1 : code + *at; break;
        case JUMP: at = code + *at; break;
        case INCREMENT: variable[*at++]++; break;
        default: return variable[2];
        }
    }
}

u64 work(u32 size, u32 option) {
    u64 hash = option;
    for (u32 turn = 0; turn < size; turn++) {
        for (u32 i = 0; i < N; i++)
            sieve[i] = 0;
        s32 primes = run(program);
        expect(primes == 172, "primes below 1024");
        hash = mix(hash, (u64)primes + turn);
    }
    return hash;
}
