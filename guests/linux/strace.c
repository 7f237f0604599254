/* --strace: one line for each system call, after it. Arguments are decoded by the letters in syscalls.def. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guests/linux/linux.h"

enum { LINE = 1024, SHOWN = 32 };

struct line {
    char text[LINE];
    size_t used;
};

#define ADD(line, ...)                                                                                                 \
    ((line)->used +=                                                                                                   \
     (line)->used < LINE - 1 ? (size_t)snprintf((line)->text + (line)->used, LINE - (line)->used, __VA_ARGS__) : 0)

/* At most n bytes in quotes, what is not printable escaped. */
static void add_bytes(struct line *l, const uint8_t *bytes, uint32_t n, bool cut) {
    ADD(l, "\"");
    for (uint32_t i = 0; i < n && l->used < LINE - 16; i++) {
        if (bytes[i] == '\n')
            ADD(l, "\\n");
        else if (bytes[i] == '"' || bytes[i] == '\\')
            ADD(l, "\\%c", bytes[i]);
        else if (isprint(bytes[i]))
            ADD(l, "%c", bytes[i]);
        else
            ADD(l, "\\x%02x", bytes[i]);
    }
    ADD(l, cut ? "\"..." : "\"");
}

static void add_string(struct line *l, struct jl_process *p, uint32_t addr) {
    const char *s = jl_guest_string(p, addr);
    if (s)
        add_bytes(l, (const uint8_t *)s, (uint32_t)strlen(s), false);
    else
        ADD(l, addr ? "0x%x" : "NULL", addr);
}

static void add_data(struct line *l, struct jl_process *p, uint32_t addr, uint32_t size) {
    uint32_t n = size < SHOWN ? size : SHOWN;
    const uint8_t *bytes = jl_mem_readable(p->mem, addr, n);
    if (bytes)
        add_bytes(l, bytes, n, n < size);
    else
        ADD(l, "0x%x", addr);
}

static void add_argument(struct line *l, struct jl_process *p, char letter, const uint32_t *a, bool is_last) {
    uint64_t low = a[0], high = is_last ? 0 : a[1];
    switch (letter) {
    case 'd':
    case 'f': ADD(l, "%d", (int32_t)a[0]); break;
    case '@':
        if ((int32_t)a[0] == AT_FDCWD)
            ADD(l, "AT_FDCWD");
        else
            ADD(l, "%d", (int32_t)a[0]);
        break;
    case 'u': ADD(l, "%u", a[0]); break;
    case 'o': ADD(l, "0%o", a[0]); break;
    case 'l': ADD(l, "%lld", (long long)(p->mem->big_endian ? low << 32 | high : high << 32 | low)); break;
    case 's': add_string(l, p, a[0]); break;
    case 'w': add_data(l, p, a[0], is_last ? 0 : a[1]); break;
    case 'p':
        if (!a[0]) {
            ADD(l, "NULL");
            break;
        }
        /* fall through */
    default: ADD(l, "0x%x", a[0]);
    }
}

void jl_strace(struct jl_process *p, const char *name, const char *format, unsigned nargs, const struct jl_args *args,
               int64_t result) {
    enum { LARGE = 0x10000000 };
    struct line l = {.used = 0};
    size_t letters = strlen(format);
    const char *between = "";
    ADD(&l, "%s(", name);
    for (unsigned i = 0; i < nargs; i++) {
        char letter = i < letters ? format[i] : 'x';
        if (letter == '.')
            continue;
        ADD(&l, "%s", between);
        between = ", ";
        add_argument(&l, p, letter, &args->a[i], i + 1 == nargs);
    }
    if (result < 0)
        ADD(&l, ") = -1 %s (%s)\n", strerrorname_np((int)-result), strerror((int)-result));
    else
        ADD(&l, result >= LARGE ? ") = 0x%llx\n" : ") = %lld\n", (long long)result);
    if (l.used >= LINE) { /* cut short: the end of the line is what matters */
        l.used = LINE - 1;
        l.text[LINE - 2] = '\n';
    }
    if (write(p->log_fd, l.text, l.used) < 0)
        p->log_fd = -1; /* nowhere to log to */
}
