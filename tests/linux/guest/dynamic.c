/* A program in pieces: the executable, a library it is linked with, one it opens itself. Constructors and destructors
 * in order, symbols found across, thread-local storage in all three, functions called through pointers, lazy binding.
 */
#include "report.h"

#include <dlfcn.h>
#include <math.h>
#include <sys/prctl.h>

extern int library_value, library_table[];
extern __thread int library_tls;
int library_call(int (*back)(int), int n);
double library_double(double x);

__thread int own_tls = 5;
int overridden(void) { /* the library's own definition gives way to this one */
    return 1;
}

static int back(int n) {
    return n + own_tls;
}

__attribute__((constructor)) static void before(void) {
    puts("constructor of the program");
}
__attribute__((destructor)) static void after(void) {
    puts("destructor of the program");
}

int main(int argc, char **argv) {
    volatile double x = 2.0, y = 1.5;
    if (argc < 2)
        return 2;
    V(library_value);
    V(library_table[3]);
    V(library_tls);
    library_tls++;
    V(library_call(back, 10));
    printf("%.17g %.17g\n", library_double(x), pow(y, 2.25));
    void *h = dlopen(argv[1], RTLD_NOW);
    if (!h) {
        printf("dlopen failed\n");
        return 1;
    }
    int (*f)(int) = (int (*)(int))dlsym(h, "plugin_call");
    V(f != NULL && dlsym(h, "nothing") == NULL);
    V(f(1));
    V(f(1));
    V(dlclose(h));
    V(dlopen("no-such-library.so", RTLD_NOW) == NULL);
    return 0;
}
