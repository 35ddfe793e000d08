// SPDX-License-Identifier: Apache-2.0
// The benchmark of memory-bound classes of work: how fast all cores at once read an array each that
// no cache holds.
//
// cc -std=c17 -O2 -pthread -o dcat-benchmark-memory exchange/benchmark/memory.c
// ./dcat-benchmark-memory THREADS SECONDS SEED
//
// It prints one line of JSON. Eight bytes that are read count as one cycle of reference work.
#include "benchmark.h"

enum { WORDS = 1 << 23, CHAINS = 8 }; // 64 MiB of each thread

static int make(work *w)
{
    w->memory = malloc(WORDS * sizeof *w->memory);
    uint64_t x = w->state;
    for (size_t i = 0; w->memory != NULL && i < WORDS; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        w->memory[i] = x >> 11;
    }
    return w->memory != NULL;
}

static void one_round(work *w)
{
    uint64_t sum[CHAINS] = {0};
    for (size_t i = 0; i < WORDS; i += CHAINS) {
        for (size_t c = 0; c < CHAINS; c++) {
            sum[c] += w->memory[i + c] ^ w->state;
        }
    }
    for (size_t c = 0; c < CHAINS; c++) {
        w->state = (w->state << 7 | w->state >> 57) ^ sum[c];
    }
}

int main(int argc, char **argv)
{
    const kind memory = {"memory", WORDS, make, one_round};
    return benchmark(argc, argv, &memory);
}
