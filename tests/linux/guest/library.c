/* The library that dynamic.c is linked with. */
#include <math.h>
#include <stdio.h>

int library_value = 42;
int library_table[] = {1, 2, 3, 4};
int *library_pointer = &library_table[3];
__thread int library_tls = 17;

int overridden(void) {
    return 0;
}

__attribute__((constructor)) static void before(void) {
    puts("constructor of the library");
}
__attribute__((destructor)) static void after(void) {
    puts("destructor of the library");
}

int library_call(int (*back)(int), int n) {
    return back(n) * 100 + library_tls + overridden() * 1000 + *library_pointer;
}

double library_double(double x) {
    return sqrt(x) + sin(x);
}
