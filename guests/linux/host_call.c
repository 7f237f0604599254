/* System calls that may block, and signals: a signal that arrives after the last look at the flag but before the
 * kernel is entered must not leave the thread asleep. The stub below looks at the flag itself; a handler that finds the
 * thread between that look and the SYSCALL instruction moves it past, so that there is no moment left in between.
 * (QEMU's linux-user has the same under the name safe_syscall.)
 */
#include <ucontext.h>

#include "guests/linux/host_call.h"
#include "guests/linux/thread.h"

/* int64_t stub(const volatile int *flag, long number, a1 ... a6) */
__asm__(".text\n"
        ".type jl_host_call_stub, @function\n"
        "jl_host_call_stub:\n"
        "    mov %rdi, %r11\n"
        "    mov %rsi, %rax\n"
        "    mov %rdx, %rdi\n"
        "    mov %rcx, %rsi\n"
        "    mov %r8, %rdx\n"
        "    mov %r9, %r10\n"
        "    mov 8(%rsp), %r8\n"
        "    mov 16(%rsp), %r9\n"
        "jl_host_call_look:\n"
        "    cmpl $0, (%r11)\n"
        "    jne jl_host_call_cancelled\n"
        "    syscall\n"
        "jl_host_call_done:\n"
        "    ret\n"
        "jl_host_call_cancelled:\n"
        "    mov $-4, %rax\n" /* -EINTR */
        "    ret\n"
        ".size jl_host_call_stub, . - jl_host_call_stub\n");

int64_t jl_host_call_stub(const volatile int *flag, long number, long a1, long a2, long a3, long a4, long a5, long a6);
extern const char jl_host_call_look[], jl_host_call_done[], jl_host_call_cancelled[];

int64_t jl_host_call_array(long number, const long a[6]) {
    static const volatile int never = 0;
    const struct jl_thread *t = jl_self();
    return jl_host_call_stub(t ? &t->attention : &never, number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

void jl_host_call_cancel(void *context) {
    ucontext_t *uc = context;
    greg_t *rip = &uc->uc_mcontext.gregs[REG_RIP];
    if (*rip >= (greg_t)(uintptr_t)jl_host_call_look && *rip < (greg_t)(uintptr_t)jl_host_call_done)
        *rip = (greg_t)(uintptr_t)jl_host_call_cancelled;
}
