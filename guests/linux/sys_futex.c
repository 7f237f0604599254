/* Futexes. */
#include <errno.h>

#include "guests/linux/thread.h"

/* One thread: nobody to wake, and waiting could never end. */
int64_t jl_sys_futex(struct jl_process *p, const struct jl_args *a) {
    enum { G_FUTEX_WAIT = 0, G_FUTEX_WAKE = 1 };
    (void)p;
    uint32_t op = a->a[1] & 0x7f;
    return op == G_FUTEX_WAKE ? 0 : op == G_FUTEX_WAIT ? -EAGAIN : -ENOSYS;
}
