// SPDX-License-Identifier: Apache-2.0
// The benchmark of compute-bound classes of work: how many steps of a multiply-and-add whose input
// is the step before, on all cores at once.
//
// cc -std=c17 -O2 -pthread -o dcat-benchmark-compute exchange/benchmark/compute.c
// ./dcat-benchmark-compute THREADS SECONDS SEED
//
// It prints one line of JSON. A step counts as four cycles of reference work: that is how long the
// processor of a server waits for it, so a core of 2.5 GHz shows about 2.5. No processor shortens
// the chain, and its end follows from the seed and the number of steps: the exchange refuses any
// other (exchange/http/parse/chain.c), and who runs it again with a fourth argument, the rounds
// that a result says, must find the same checksum.
#include "benchmark.h"

#define STEPS_A_ROUND (INT64_C(1) << 20)
enum { CYCLES_A_STEP = 4 };

static int make(work *w)
{
    (void)w;
    return 1;
}

static void one_round(work *w)
{
    uint64_t x = w->state;
    for (int64_t i = 0; i < STEPS_A_ROUND; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    }
    w->state = x;
}

int main(int argc, char **argv)
{
    const kind compute = {"compute", STEPS_A_ROUND * CYCLES_A_STEP, make, one_round};
    return benchmark(argc, argv, &compute);
}
