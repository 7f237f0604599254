/* Programs as text. One item a line:
 *
 *     config AXIS=STRATEGY,...   mode N   at ADDRESS   fcsr N   watch 0|1
 *     var N VALUE                initial register, JL_VAR_* numbering; zero when not named
 *     data OFFSET HEX...         initial data; zero when not named
 *     code WORD [disassembly]    in order
 *     nops N                     that many zero words
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "jit/isa/isa.h"
#include "tests/random/drive.h"

enum { LINE = 32 };

static void print_data(const struct program *p, FILE *out) {
    static const uint8_t zero[LINE];
    for (unsigned o = 0; o < DATA_SIZE; o += LINE) {
        if (!memcmp(p->data + o, zero, LINE))
            continue;
        fprintf(out, "data 0x%04x ", o);
        for (unsigned i = 0; i < LINE; i++)
            fprintf(out, "%02x", p->data[o + i]);
        fputc('\n', out);
    }
}

void program_print(const struct program *p, const char *settings, FILE *out) {
    char text[96];
    fprintf(out, "config %s\nmode %" PRIu32 "\nat 0x%" PRIx32 "\nfcsr 0x%" PRIx32 "\nwatch %d\n", settings, p->mode,
            p->at, p->fcsr, p->needs_watch);
    for (unsigned v = 0; v < JL_VARS; v++)
        if (p->var[v])
            fprintf(out, "var %u 0x%" PRIx64 "\n", v, p->var[v]);
    print_data(p, out);
    for (unsigned i = 0; i < p->count; i++) {
        unsigned nops = 0;
        while (i + nops < p->count && !p->word[i + nops])
            nops++;
        if (nops > 1) {
            fprintf(out, "nops %u\n", nops);
            i += nops - 1;
            continue;
        }
        uint32_t pc = p->at + 4 * i;
        jl_disasm(p->word[i], pc, JL_ISA_SET_MIPS32R2, text, sizeof text);
        fprintf(out, "code %08" PRIx32 "  %06" PRIx32 ": %s\n", p->word[i], pc, text);
    }
}

static bool read_data(struct program *p, const char *rest) {
    char *hex;
    unsigned long o = strtoul(rest, &hex, 0);
    for (unsigned byte; sscanf(hex, " %2x", &byte) == 1 && o < DATA_SIZE; hex += 2 + (*hex == ' '))
        p->data[o++] = (uint8_t)byte;
    return true;
}

static bool read_line(struct program *p, char settings[CONFIG_TEXT], const char *key, const char *rest) {
    char *more;
    uint64_t v = strtoull(rest, &more, 0);
    if (!strcmp(key, "config"))
        return sscanf(rest, "%1023s", settings) <= 1;
    if (!strcmp(key, "mode"))
        return p->mode = (uint32_t)v, true;
    if (!strcmp(key, "at"))
        return p->at = (uint32_t)v, true;
    if (!strcmp(key, "fcsr"))
        return p->fcsr = (uint32_t)v, true;
    if (!strcmp(key, "watch"))
        return p->needs_watch = v, true;
    if (!strcmp(key, "var"))
        return v < JL_VARS && (p->var[v] = strtoull(more, NULL, 0), true);
    if (!strcmp(key, "data"))
        return read_data(p, rest);
    if (!strcmp(key, "code"))
        return p->count < PROGRAM_MAX && (p->word[p->count++] = (uint32_t)strtoul(rest, NULL, 16), true);
    if (!strcmp(key, "nops"))
        return p->count + v <= PROGRAM_MAX && (p->count += (unsigned)v, true);
    return key[0] == '#';
}

bool program_read(struct program *p, char settings[CONFIG_TEXT], FILE *in) {
    char line[2048], key[16];
    int n;
    memset(p, 0, sizeof *p);
    settings[0] = 0;
    while (fgets(line, sizeof line, in))
        if (sscanf(line, "%15s %n", key, &n) == 1 && !read_line(p, settings, key, line + n))
            return false;
    return p->count > 0 && p->at >= CODE_BASE && p->at + 4 * p->count <= CODE_BASE + CODE_SIZE;
}
