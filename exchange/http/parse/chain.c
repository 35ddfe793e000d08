// SPDX-License-Identifier: Apache-2.0
// The chains of exchange/benchmark/compute.c, as exchange/benchmark/benchmark.h begins them and
// puts their ends together.
#include "exchange/http/parse/chain.h"

#define STEPS_A_ROUND (UINT64_C(1) << 20)

// x -> factor * x + summand, modulo 2^64: the step of a linear congruential generator, or many.
typedef struct steps {
    uint64_t factor, summand;
} steps;

static steps one_after_another(steps first, steps second)
{
    return (steps){second.factor * first.factor, second.factor * first.summand + second.summand};
}

// By repeated squaring.
static steps times(steps step, uint64_t count)
{
    steps all = {1, 0};
    for (; count > 0; count >>= 1) {
        all = (count & 1) != 0 ? one_after_another(all, step) : all;
        step = one_after_another(step, step);
    }
    return all;
}

uint64_t chain_checksum(int64_t threads, int64_t seed, int64_t rounds)
{
    const steps step = {UINT64_C(6364136223846793005), UINT64_C(1442695040888963407)};
    const steps all = times(step, (uint64_t)rounds * STEPS_A_ROUND);
    uint64_t checksum = 0;
    for (int64_t i = 0; i < threads; i++) {
        uint64_t begin = (uint64_t)seed * UINT64_C(2654435761) + (uint64_t)i + 1;
        checksum = (checksum << 1 | checksum >> 63) ^ (all.factor * begin + all.summand);
    }
    return checksum;
}
