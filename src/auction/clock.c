// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/clock.h"
#include "auction/auction.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

// decrement^round by repeated squaring: the same bits however the round was reached.
static double power(double decrement, int round)
{
    double result = 1.0;
    double square = decrement;
    for (unsigned left = (unsigned)round; left != 0; left >>= 1) {
        if (left & 1u) {
            result *= square;
        }
        square *= square;
    }
    return result;
}

void clock_init(dcat_clock *clock, double decrement)
{
    assert(decrement > 0.0 && decrement < 1.0);
    clock->decrement = decrement;
    clock->rounds_per_log = 1.0 / log(decrement);
    for (int k = 0; k < DCAT_CLOCK_TABLE; k++) {
        clock->factor[k] = power(decrement, k);
    }
}

double dcat_clock_price(const dcat_clock *clock, double start, int round)
{
    assert(round >= 0);
    return start *
           (round < DCAT_CLOCK_TABLE ? clock->factor[round] : power(clock->decrement, round));
}

// ln(x) of a normal x > 0 to 2e-5, in half the time of log(): log2(m) of the mantissa in [1, 2) is
// the polynomial that is exact at six Chebyshev nodes.
static double rough_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000);
    double m;
    memcpy(&m, &bits, sizeof m);
    m -= 1.0;
    double low = 1.651467e-5 + m * 1.441492, middle = -0.7064864 + m * 0.4094703,
           high = -0.1874886 + m * 0.04300496;
    double square = m * m;
    return 0.6931471805599453 * (exponent + (low + square * (middle + square * high)));
}

int clock_guess_exit(const dcat_clock *clock, double start, double bid)
{
    // A rough logarithm lands within a round or two of the answer; the exact prices decide, so the
    // result does not depend on how rough it is.
    double ratio = bid / start;
    double log_ratio = ratio >= DBL_MIN ? rough_log(ratio) : log(bid) - log(start); // may underflow
    double guess = log_ratio * clock->rounds_per_log;
    return guess > 0.0 ? (int)guess : 0;
}

int dcat_clock_exit_round(const dcat_clock *clock, double start, double bid, int round_min)
{
    assert(bid > 0.0 && start > 0.0 && round_min >= 0);
    if (dcat_clock_price(clock, start, round_min) < bid) {
        return round_min;
    }
    return clock_exit_round_near(clock, start, bid, round_min, clock_guess_exit(clock, start, bid));
}
