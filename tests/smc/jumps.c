/* Jumps that must fault or never end. -k 0: a return to address 1, behind one that no call belongs to; 1: a return to an
 * odd address inside code that was run; 2: a jump that jumps to itself, for ever; 3: two blocks that jump to each other,
 * for ever. */
#include "smc.h"

int main(int argc, char **argv) {
    uint32_t kind = 0;
    const struct option options[] = {{'k', &kind, 0, 3}, SMC_OPTIONS};
    arguments(argc, argv, 1, options, COUNT(options));
    uint8_t *page = code_memory(2 * PAGE), *code = page + 64;
    put_constant(code, 5);
    struct code c = {page}, d = {page + PAGE};
    if (kind < 2) {
        code_word(&c, ADDIU(RA, A1, 0));
        code_word(&c, JR(RA));
        code_word(&c, NOP);
        code_word(&c, ADDIU(RA, A0, 0)); /* at a1 */
        code_word(&c, JR(RA));
    } else {
        code_word(&c, J(kind == 2 ? c.at : d.at));
    }
    code_word(&c, NOP);
    code_word(&d, J(page));
    code_word(&d, NOP);
    code_sync(page, d.at);
    expect("a constant", call(code, 0, 0, 0, 0), 5);
    need(write(1, "ready\n", 6) == 6, "write");
    call(page, kind ? address(code) + 1 : 1, address(page + 12), 0, 0);
    return finish(0);
}
