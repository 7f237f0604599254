/* The library that dynamic.c opens. */
#include <stdio.h>

extern int library_value;
static __thread int calls[100];

__attribute__((constructor)) static void before(void) {
    puts("constructor of the plug-in");
}
__attribute__((destructor)) static void after(void) {
    puts("destructor of the plug-in");
}

int plugin_call(int n) {
    calls[50] += n;
    return library_value + calls[50];
}
