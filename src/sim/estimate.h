// SPDX-License-Identifier: Apache-2.0
// estimate.h (internal) - the quantile behind confidence intervals.

#ifndef DCAT_SIM_ESTIMATE_H
#define DCAT_SIM_ESTIMATE_H

#include "dcat/x/estimate.h"
#include <stddef.h>

// The 0.975 quantile of Student's t with the given degrees of freedom >= 1.
double student_t975(size_t degrees);

// Mean of a series whose neighbours resemble each other, and half-width of its 95 % interval by the
// circular block bootstrap (Politis and Romano 1992): the series is drawn anew in blocks of
// neighbours. Nothing is drawn here, since the variance of the mean of such series has a closed
// form: that of the means of all blocks, divided by how many blocks there are, less one. Student's
// t with as many degrees of freedom; blocks of 1 give dcat_estimate_of. NAN for less than two
// blocks. count >= 1; block <= count.
dcat_estimate block_bootstrap(const double *series, size_t count, size_t block);

#endif
