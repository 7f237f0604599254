/* Runs found inputs, kept as text files of hexadecimal digits ('#' begins a comment), through a fuzzer's function. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

enum { MAX_INPUT = 1 << 16 };

static size_t read_hex(FILE *in, uint8_t *bytes) {
    size_t n = 0;
    char line[4096];
    while (fgets(line, sizeof line, in)) {
        unsigned byte;
        int used;
        for (char *at = line; n < MAX_INPUT && *at != '#' && sscanf(at, " %2x%n", &byte, &used) == 1; at += used)
            bytes[n++] = (uint8_t)byte;
    }
    return n;
}

int main(int argc, char **argv) {
    if (argc == 1) {
        fprintf(stderr, "usage: %s FILE.hex...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        FILE *in = fopen(argv[i], "r");
        static uint8_t bytes[MAX_INPUT];
        if (!in) {
            perror(argv[i]);
            return 1;
        }
        size_t size = read_hex(in, bytes);
        fclose(in);
        uint8_t *exact = malloc(size ? size : 1); /* so that a sanitizer sees a read behind its end */
        if (!exact || !size) {
            fprintf(stderr, "%s: no hexadecimal input\n", argv[i]);
            return 1;
        }
        for (size_t k = 0; k < size; k++)
            exact[k] = bytes[k];
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
        printf("%s: passed\n", argv[i]);
    }
    return 0;
}
