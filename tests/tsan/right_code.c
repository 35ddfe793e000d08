// Threads that share nothing without synchronisation: ThreadSanitizer must say nothing.
// See cmake/DcatThreads.cmake.

#include <stdio.h>
#include <stdlib.h>

#define ITEMS 1000
#define ROUNDS 20

int main(void)
{
    int done = 0, failed = 0;
    double sum = 0.0;
    for (int round = 0; round < ROUNDS; round++) {
        // The block is given back and taken again each round: the next round's threads reuse it.
        double *value = malloc(ITEMS * sizeof *value);
        if (value == NULL) {
            return EXIT_FAILURE;
        }
#pragma omp parallel for schedule(dynamic, 1) num_threads(4)
        for (int i = 0; i < ITEMS; i++) {
            int failed_so_far;
#pragma omp atomic read
            failed_so_far = failed;
            value[i] = i + round + failed_so_far;
            if (i % 10 == 0) {
#pragma omp critical
                done++;
            }
        }
#pragma omp parallel for reduction(+ : sum) num_threads(4)
        for (int i = 0; i < ITEMS; i++) {
            sum += value[i];
        }
        free(value);
    }
    printf("%d marks, sum %g\n", done, sum);
    return done == ROUNDS * ITEMS / 10 ? EXIT_SUCCESS : EXIT_FAILURE;
}
