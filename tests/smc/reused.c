/* A page of code is unmapped and a page of data takes its place, which is then written over and over. */
#include "smc.h"

int main(int argc, char **argv) {
    const struct option options[] = {SMC_OPTIONS};
    uint32_t size = arguments(argc, argv, 100, options, COUNT(options)), sum = 0;
    uint8_t *page = code_memory(PAGE);
    for (uint32_t i = 0; i < PAGE / 8; i++)
        put_constant(page + 8 * i, i);
    code_sync(page, page + PAGE);
    for (uint32_t i = 0; i < PAGE / 8; i++)
        sum += call(page + 8 * i, 0, 0, 0, 0);
    munmap(page, PAGE);
    uint8_t *data = mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    need(data == page, "map at the same address");
    for (uint32_t n = 0; n < size; n++)
        for (uint32_t i = 0; i < PAGE; i += 4)
            put(data + i, i + n);
    for (uint32_t i = 0; i < PAGE; i += 4) {
        uint32_t v;
        memcpy(&v, data + i, 4);
        sum += v;
    }
    return finish(sum);
}
