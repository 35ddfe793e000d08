// SPDX-License-Identifier: Apache-2.0
// estimate.h - means with confidence intervals.

#ifndef DCAT_X_ESTIMATE_H
#define DCAT_X_ESTIMATE_H

#include "dcat/error.h"
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Mean and half-width of its 95 % confidence interval (Student's t over the samples; NAN for one).
typedef struct dcat_estimate {
    double mean, ci95;
} dcat_estimate;

// Numbers that come one by one (Welford's update). Start with an empty one: {0}.
typedef struct dcat_sample {
    size_t count;
    double mean;
    double squares; // sum of squared deviations from the mean
} dcat_sample;

DCAT_INLINE void dcat_sample_add(dcat_sample *sample, double value)
{
    sample->count++;
    double deviation = value - sample->mean;
    sample->mean += deviation / (double)sample->count;
    sample->squares += deviation * (value - sample->mean);
}

// sample->count >= 1.
DCAT_API dcat_estimate dcat_sample_estimate(const dcat_sample *sample);

DCAT_API dcat_estimate dcat_estimate_of(const double *sample, size_t sample_count);

#ifdef __cplusplus
}
#endif
#endif
