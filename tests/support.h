// SPDX-License-Identifier: Apache-2.0
// support.h - what every test program includes: cmocka and a comparison of doubles.

#ifndef DCAT_TESTS_SUPPORT_H
#define DCAT_TESTS_SUPPORT_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// Fail unless |actual - expected| <= tolerance * max(1, |expected|). NaN never passes.
#define assert_near(actual, expected, tolerance)                                                   \
    do {                                                                                           \
        double near_actual = (actual);                                                             \
        double near_expected = (expected);                                                         \
        double near_scale = fmax(1.0, fabs(near_expected));                                        \
        if (!(fabs(near_actual - near_expected) <= (tolerance)*near_scale)) {                      \
            fail_msg("%s is %.17g, expected %.17g", #actual, near_actual, near_expected);          \
        }                                                                                          \
    } while (0)

#endif
