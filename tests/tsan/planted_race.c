// Threads that add to one variable without synchronisation, on purpose: ThreadSanitizer must report
// it. See cmake/DcatThreads.cmake.

#include <stdio.h>

#define ITEMS 1000

int main(void)
{
    double sum = 0.0;
    // Static: every thread gets its part, even when the first could do all before the others start.
#pragma omp parallel for schedule(static) num_threads(4)
    for (int i = 0; i < ITEMS; i++) {
        sum += i;
    }
    printf("sum %g\n", sum);
    return 0;
}
