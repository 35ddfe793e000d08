// SPDX-License-Identifier: Apache-2.0
// demand.h - the arrivals of a slot as the model says them: for every area a Poisson
// count of its own rate, then each number of each task drawn by itself. Other bits than the
// library's, which draws the sum of all areas at once and then each task's area; the same
// distribution.

#ifndef DCAT_BENCH_REFERENCE_DEMAND_H
#define DCAT_BENCH_REFERENCE_DEMAND_H

#include "dcat/demand.h"
#include "dcat/rng.h"

#include <math.h>

// The number of arrivals of a unit rate before mean has passed: Knuth's product of uniforms.
static inline size_t reference_poisson(double mean, dcat_rng *rng)
{
    double limit = exp(-mean);
    double product = dcat_rng_uniform(rng);
    size_t count = 0;
    while (product > limit) {
        product *= dcat_rng_uniform(rng);
        count++;
    }
    return count;
}

// A uniform variable of this mean and standard deviation.
static inline double reference_uniform(double mean, double sd, dcat_rng *rng)
{
    return mean + sd * sqrt(12.0) * (dcat_rng_uniform(rng) - 0.5);
}

// Tasks of one slot into tasks [task_max]; returns how many. Rates of an area are at most some
// hundreds a slot. The observation has its standard deviations.
static inline size_t reference_arrivals(const dcat_observation *rates, uint64_t seed,
                                        uint32_t cycle, uint32_t slot, double now_s,
                                        dcat_task *tasks, size_t task_max)
{
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, slot, cycle);
    size_t count = 0;
    for (size_t a = 0; a < rates->area_count; a++) {
        size_t arrivals = reference_poisson(rates->arrivals_per_slot[a], &rng);
        for (size_t n = 0; n < arrivals && count < task_max; n++) {
            tasks[count] = (dcat_task){
                .arrival_s = now_s,
                .work_cycles = reference_uniform(rates->work_cycles[a], rates->work_sd[a], &rng),
                .data_bits = reference_uniform(rates->data_bits[a], rates->data_sd[a], &rng),
                .deadline_s = reference_uniform(rates->deadline_s[a], rates->deadline_sd[a], &rng),
                .value = INFINITY,
                .area = (int32_t)a,
                .id = (int32_t)count,
            };
            count++;
        }
    }
    return count;
}

#endif
