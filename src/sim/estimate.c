// SPDX-License-Identifier: Apache-2.0
#include "sim/estimate.h"
#include "dcat/compare.h"

#include <assert.h>
#include <math.h>

double student_t975(size_t degrees)
{
    // Two-sided 95 % points, to four decimals, from the tables.
    static const double table[] = {
        12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
        2.2010,  2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
        2.0796,  2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
    };
    assert(degrees >= 1);
    if (degrees <= sizeof table / sizeof table[0]) {
        return table[degrees - 1];
    }
    // Expansion of the quantile in 1 / degrees around the normal one; exact to 2e-6 from here on.
    const double z = 1.959963984540054;
    double n = (double)degrees;
    double z3 = z * z * z;
    double z5 = z3 * z * z;
    double z7 = z5 * z * z;
    return z + (z3 + z) / (4.0 * n) + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * n * n) +
           (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * n * n * n);
}

dcat_estimate dcat_sample_estimate(const dcat_sample *sample)
{
    assert(sample->count >= 1);
    if (sample->count == 1) {
        return (dcat_estimate){sample->mean, NAN};
    }
    double n = (double)sample->count;
    double standard_error = sqrt(sample->squares / (n - 1.0) / n);
    return (dcat_estimate){sample->mean, student_t975(sample->count - 1) * standard_error};
}

dcat_estimate dcat_estimate_of(const double *sample, size_t sample_count)
{
    dcat_sample e = {0};
    for (size_t i = 0; i < sample_count; i++) {
        dcat_sample_add(&e, sample[i]);
    }
    return dcat_sample_estimate(&e);
}
