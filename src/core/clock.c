#include "dcat/auction.h"

#include <assert.h>
#include <float.h>
#include <math.h>

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

void dcat_clock_init(dcat_clock *clock, double decrement)
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

int dcat_clock_exit_round(const dcat_clock *clock, double start, double bid, int round_min)
{
    assert(bid > 0.0 && start > 0.0 && round_min >= 0);
    if (dcat_clock_price(clock, start, round_min) < bid) {
        return round_min;
    }
    // The logarithm lands within a round or two of the answer; the exact prices decide, so the
    // result does not depend on how a C library rounds log().
    double ratio = bid / start;
    double log_ratio = ratio >= DBL_MIN ? log(ratio) : log(bid) - log(start); // it may underflow
    double estimate = log_ratio * clock->rounds_per_log;
    int round = estimate > round_min ? (int)estimate : round_min;
    while (round > round_min && dcat_clock_price(clock, start, round) < bid) {
        round--;
    }
    while (dcat_clock_price(clock, start, round) >= bid) {
        round++;
    }
    return round;
}
