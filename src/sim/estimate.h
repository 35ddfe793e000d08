// estimate.h - mean and confidence interval of numbers that come one by one (Welford's update).

#ifndef DCAT_CORE_ESTIMATE_H
#define DCAT_CORE_ESTIMATE_H

#include "dcat/compare.h"

typedef struct estimator {
    size_t count;
    double mean;
    double squares; // sum of squared deviations from the mean
} estimator;

static inline void estimator_add(estimator *e, double value)
{
    e->count++;
    double deviation = value - e->mean;
    e->mean += deviation / (double)e->count;
    e->squares += deviation * (value - e->mean);
}

dcat_estimate estimator_result(const estimator *e);

#endif
