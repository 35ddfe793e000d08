// SPDX-License-Identifier: Apache-2.0
// Poisson counts against the distribution itself, from tiny means to ones that are split.

#include "random_world.h"
#include "world/poisson.h"
#include <stdio.h>

static size_t draw(double mean, uint64_t seed, uint32_t slot)
{
    return poisson_draw(mean, poisson_bound(mean), seed, DCAT_STREAM_COUNT, 0, 0, slot);
}

static double log_probability(double mean, size_t count)
{
    return (double)count * log(mean) - mean - lgamma((double)count + 1.0);
}

static void test_mean_zero_gives_zero(void **fixture)
{
    (void)fixture;
    for (uint32_t slot = 0; slot < 1000; slot++) {
        assert_int_equal(draw(0.0, 1, slot), 0);
    }
}

static void test_counts_are_the_inverse_of_the_distribution(void **fixture)
{
    (void)fixture;
    // P(0) = e^-2 = 0.1353, P(<= 1) = 0.4060, P(<= 2) = 0.6767, P(<= 3) = 0.8571.
    for (uint32_t slot = 0; slot < 1000; slot++) {
        dcat_draw bits = dcat_draw_at(1, DCAT_STREAM_COUNT, 0, 0, slot, 0);
        double u = dcat_draw_uniform(&bits, 0);
        size_t expected = u < 0.135335 ? 0 : u < 0.406006 ? 1 : u < 0.676676 ? 2 : 3;
        size_t count = draw(2.0, 1, slot);
        assert_true(expected < 3 ? count == expected : count >= 3);
        assert_int_equal(count >= 4, u >= 0.857124);
    }
}

// The largest value that a chi-square variable exceeds once in a thousand times (Wilson, Hilferty).
static double chi_square_999(double degrees)
{
    double v = 2.0 / (9.0 * degrees);
    double root = 1.0 - v + 3.0902 * sqrt(v);
    return degrees * root * root * root;
}

enum { BIN_MAX = 2000 };

// Chi-square over counts, neighbours pooled until a bin expects at least ten.
static void check_chi_square(double mean, const double *seen, size_t draw_count)
{
    double chi_square = 0.0, degrees = -1.0, expected = 0.0, observed = 0.0, used = 0.0;
    for (size_t k = 0; k < BIN_MAX; k++) {
        expected += (double)draw_count * exp(log_probability(mean, k));
        observed += seen[k];
        if (expected >= 10.0 && (double)draw_count - used - expected >= 10.0) {
            chi_square += (observed - expected) * (observed - expected) / expected;
            used += expected;
            degrees += 1.0;
            expected = observed = 0.0;
        }
    }
    expected = (double)draw_count - used; // the upper tail
    chi_square += (observed - expected) * (observed - expected) / expected;
    degrees += 1.0;
    printf("mean %g: chi-square %.1f, %g degrees of freedom\n", mean, chi_square, degrees);
    assert_true(degrees >= 1.0 && chi_square < chi_square_999(degrees));
}

static void check_mean(double mean, uint64_t seed)
{
    static double seen[BIN_MAX];
    size_t draw_count = test_cases(20000);
    double sum = 0.0, squares = 0.0, n = (double)draw_count;
    for (size_t k = 0; k < BIN_MAX; k++) {
        seen[k] = 0.0;
    }
    for (size_t i = 0; i < draw_count; i++) {
        size_t count = draw(mean, seed, (uint32_t)i);
        assert_true(count < BIN_MAX);
        seen[count] += 1.0;
        sum += (double)count;
        squares += ((double)count - mean) * ((double)count - mean);
    }
    // Standard errors: sqrt(m / n), and of the variance sqrt((m + 2 m^2) / n).
    if (fabs(sum / n - mean) > 5.0 * sqrt(mean / n) ||
        fabs(squares / n - mean) > 5.0 * sqrt((mean + 2.0 * mean * mean) / n)) {
        fail_msg("seed %llu, mean %g: drew mean %g and variance %g", (unsigned long long)seed, mean,
                 sum / n, squares / n);
    }
    check_chi_square(mean, seen, draw_count);
}

static void test_counts_follow_the_distribution_at_every_mean(void **fixture)
{
    (void)fixture;
    // 32 is where a mean is split into a sum; 64 and 96.5 are sums of two and four.
    static const double means[] = {0.05, 0.7, 3.0, 12.0, 31.9, 32.0, 32.1, 64.0, 96.5, 400.0};
    for (size_t i = 0; i < sizeof means / sizeof means[0]; i++) {
        check_mean(means[i], 100 + i);
    }
}

static void test_bound_is_beyond_all_but_a_millionth_of_a_millionth(void **fixture)
{
    (void)fixture;
    static const double means[] = {0.0, 0.01, 1.0, 5.0, 20.0, 32.0, 100.0, 1e3, 1e4, 1e6};
    for (size_t i = 0; i < sizeof means / sizeof means[0]; i++) {
        size_t bound = poisson_bound(means[i]);
        double excess = 0.0; // P(count > bound), summed until terms vanish
        for (size_t k = bound + 1; means[i] > 0.0 && k < bound + 2000; k++) {
            excess += exp(log_probability(means[i], k));
        }
        assert_true(excess < 1e-12);
    }
}

static void test_counts_are_cut_at_the_callers_bound(void **fixture)
{
    (void)fixture;
    for (uint32_t slot = 0; slot < 200; slot++) {
        size_t count = poisson_draw(100.0, 90, 1, DCAT_STREAM_COUNT, 0, 0, slot);
        size_t uncut = draw(100.0, 1, slot);
        assert_int_equal(count, uncut < 90 ? uncut : 90);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean_zero_gives_zero),
        cmocka_unit_test(test_counts_are_the_inverse_of_the_distribution),
        cmocka_unit_test(test_counts_follow_the_distribution_at_every_mean),
        cmocka_unit_test(test_bound_is_beyond_all_but_a_millionth_of_a_millionth),
        cmocka_unit_test(test_counts_are_cut_at_the_callers_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
