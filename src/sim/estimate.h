// SPDX-License-Identifier: Apache-2.0
// estimate.h (internal) - the quantile behind confidence intervals.

#ifndef DCAT_SIM_ESTIMATE_H
#define DCAT_SIM_ESTIMATE_H

#include <stddef.h>

// The 0.975 quantile of Student's t with the given degrees of freedom >= 1.
double student_t975(size_t degrees);

#endif
