/* System calls of the host that may block; see host_call.c. */
#ifndef JL_HOST_CALL_H
#define JL_HOST_CALL_H

#include <stdint.h>
#include <sys/syscall.h>

/* Like syscall(2) with up to six arguments, but the result is a negated errno, and -EINTR without having begun when a
 * signal is waiting for delivery to this guest thread (a signal that arrives just before the host's kernel is entered
 * included). Use it for every call that may block. */
#define jl_host_call(number, ...) jl_host_call_array(number, (const long[6]){JL_LONGS(__VA_ARGS__, 0, 0, 0, 0, 0, 0)})
#define JL_LONGS(a, b, c, d, e, f, ...) (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f)
int64_t jl_host_call_array(long number, const long args[6]);

/* For the signal handlers: when the thread is at the point of making such a call, it makes none. */
void jl_host_call_cancel(void *ucontext);

#endif
