// SPDX-License-Identifier: Apache-2.0
// Counter-based draws: known answers, streams that share nothing, uniform and unbiased.

#include "base/draws.h"
#include "random_world.h"
#include <stdio.h>

static void assert_words(dcat_draw draw, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    assert_int_equal(draw.word[0], a);
    assert_int_equal(draw.word[1], b);
    assert_int_equal(draw.word[2], c);
    assert_int_equal(draw.word[3], d);
}

static void test_draws_are_philox4x32_10(void **fixture)
{
    (void)fixture;
    // The known answers of Random123 for Philox4x32-10. The counter is {index, slot, cycle,
    // stream << 24 | part} and the key the two halves of the seed.
    assert_words(dcat_draw_at(0, (dcat_stream)0, 0, 0, 0, 0), 0x6627e8d5, 0xe169c58d, 0xbc57ac4c,
                 0x9b00dbd8);
    assert_words(
        dcat_draw_at(UINT64_MAX, (dcat_stream)255, 0xffffff, UINT32_MAX, UINT32_MAX, UINT32_MAX),
        0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    // Digits of pi: counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0.
    assert_words(dcat_draw_at(UINT64_C(0x299f31d0a4093822), (dcat_stream)0x03, 0x707344, 0x13198a2e,
                              0x85a308d3, 0x243f6a88),
                 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
}

static void test_many_draws_at_once_are_those_one_by_one(void **fixture)
{
    (void)fixture;
    const uint64_t seeds[] = {0, UINT64_C(0x299f31d0a4093822), UINT64_MAX};
    enum { MANY = 2 * DRAW_ROW };
    const uint32_t firsts[] = {0, 5, UINT32_MAX - MANY + 1};
    for (size_t s = 0; s < 9; s++) {
        dcat_draw many[MANY];
        draw_many(seeds[s / 3], (dcat_stream)255, 0xffffff, UINT32_MAX, 0x85a308d3, firsts[s % 3],
                  MANY, many);
        for (uint32_t i = 0; i < MANY; i++) {
            dcat_draw one = dcat_draw_at(seeds[s / 3], (dcat_stream)255, 0xffffff, UINT32_MAX,
                                         0x85a308d3, firsts[s % 3] + i);
            assert_memory_equal(&many[i], &one, sizeof one);
        }
    }
}

static void test_uniforms_take_53_bits_from_two_words(void **fixture)
{
    (void)fixture;
    const dcat_draw draw = {{0x80000000, 0, UINT32_MAX, UINT32_MAX}};
    assert_near(dcat_draw_uniform(&draw, 0), 0.5, 0.0);
    assert_near(dcat_draw_uniform(&draw, 1), 1.0 - 0x1p-53, 0.0); // never 1
    assert_true(dcat_draw_u64(&draw, 0) == UINT64_C(0x8000000000000000));
    const dcat_draw low = {{0, 0x7ff, 0, 0x800}};
    assert_near(dcat_draw_uniform(&low, 0), 0.0, 0.0);
    assert_near(dcat_draw_uniform(&low, 1) * 0x1p53, 1.0, 0.0);
}

static void test_every_coordinate_changes_the_draw(void **fixture)
{
    (void)fixture;
    dcat_draw base = dcat_draw_at(1, DCAT_STREAM_TASK, 2, 3, 4, 5);
    const dcat_draw others[] = {
        dcat_draw_at(2, DCAT_STREAM_TASK, 2, 3, 4, 5),
        dcat_draw_at(UINT64_C(0x100000001), DCAT_STREAM_TASK, 2, 3, 4, 5), // high half of the seed
        dcat_draw_at(1, DCAT_STREAM_COUNT, 2, 3, 4, 5),
        dcat_draw_at(1, DCAT_STREAM_TASK, 1, 3, 4, 5),
        dcat_draw_at(1, DCAT_STREAM_TASK, 2, 4, 3, 5),
        dcat_draw_at(1, DCAT_STREAM_TASK, 2, 3, 5, 4),
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_memory_not_equal(&base, &others[i], sizeof base);
    }
    dcat_draw again = dcat_draw_at(1, DCAT_STREAM_TASK, 2, 3, 4, 5);
    assert_memory_equal(&base, &again, sizeof base);
}

static void test_a_sequence_is_the_draws_of_its_purpose(void **fixture)
{
    (void)fixture;
    dcat_rng rng = dcat_rng_at(9, DCAT_STREAM_CLUSTER, 3, 7);
    for (uint32_t index = 0; index < 4; index++) {
        dcat_draw draw = dcat_draw_at(9, DCAT_STREAM_CLUSTER, 3, 7, 0, index);
        assert_true(dcat_rng_u64(&rng) == dcat_draw_u64(&draw, 0));
        assert_near(dcat_rng_uniform(&rng), dcat_draw_uniform(&draw, 1), 0.0);
    }
}

static void test_a_sequence_goes_on_after_2_to_32_draws(void **fixture)
{
    (void)fixture;
    dcat_rng rng = dcat_rng_at(9, DCAT_STREAM_CLUSTER, 3, 7);
    rng.index = UINT32_MAX; // as if that many draws had been used
    dcat_rng_u64(&rng);
    dcat_rng_u64(&rng);
    dcat_draw next = dcat_draw_at(9, DCAT_STREAM_CLUSTER, 3, 7, 1, 0);
    assert_true(dcat_rng_u64(&rng) == dcat_draw_u64(&next, 0));
}

static void test_below_and_pick_stay_below_and_are_even(void **fixture)
{
    (void)fixture;
    assert_int_equal(dcat_pick(0, 7), 0);
    assert_int_equal(dcat_pick(UINT64_MAX, 7), 6);
    assert_int_equal(dcat_pick(UINT64_MAX, 1), 0);
    assert_int_equal(dcat_pick(UINT64_MAX, UINT32_MAX), UINT32_MAX - 1);
    const uint64_t seed = 42;
    dcat_rng rng = test_rng(seed);
    enum { SIDES = 7, THROWS = 70000 };
    double count[SIDES] = {0};
    for (int n = 0; n < THROWS; n++) {
        count[dcat_rng_below(&rng, SIDES)] += 1.0;
    }
    double chi_square = 0.0;
    for (int i = 0; i < SIDES; i++) {
        chi_square += (count[i] - 1e4) * (count[i] - 1e4) / 1e4;
    }
    printf("seed %llu: chi-square %.2f with 6 degrees of freedom\n", (unsigned long long)seed,
           chi_square);
    assert_true(chi_square < 22.46); // 99.9 %
}

static void test_uniforms_have_the_moments_of_their_distribution(void **fixture)
{
    (void)fixture;
    const uint64_t seed = 43;
    enum { COUNT = 100000 };
    dcat_rng rng = test_rng(seed);
    double sum = 0.0, squares = 0.0, lagged = 0.0, last = 0.5;
    for (int n = 0; n < COUNT; n++) {
        double u = dcat_rng_uniform(&rng);
        assert_true(u >= 0.0 && u < 1.0);
        sum += u;
        squares += u * u;
        lagged += (u - 0.5) * (last - 0.5);
        last = u;
    }
    // Five standard errors: of the mean sqrt(1 / 12 / n), of the lagged product 1 / 12 / sqrt(n).
    assert_near(sum / COUNT, 0.5, 5.0 * sqrt(1.0 / 12.0 / COUNT));
    assert_near(squares / COUNT, 1.0 / 3.0, 5.0 * sqrt(4.0 / 45.0 / COUNT));
    assert_near(lagged / COUNT, 0.0, 5.0 / 12.0 / sqrt(COUNT));
}

static void test_streams_are_not_correlated(void **fixture)
{
    (void)fixture;
    enum { COUNT = 20000 };
    for (int a = DCAT_STREAM_SITES; a <= DCAT_STREAM_ORACLE; a++) {
        for (int b = DCAT_STREAM_SITES; b < a; b++) {
            double product = 0.0;
            for (uint32_t i = 0; i < COUNT; i++) {
                dcat_draw x = dcat_draw_at(1, (dcat_stream)a, 0, 0, 0, i);
                dcat_draw y = dcat_draw_at(1, (dcat_stream)b, 0, 0, 0, i);
                product += (dcat_draw_uniform(&x, 0) - 0.5) * (dcat_draw_uniform(&y, 0) - 0.5);
            }
            // The standard error of a product of two uniforms is 1 / 12 / sqrt(n).
            assert_near(product / COUNT, 0.0, 5.0 / 12.0 / sqrt(COUNT));
        }
    }
}

static void test_mix64_is_one_to_one_on_neighbours(void **fixture)
{
    (void)fixture;
    // The finaliser of splitmix64: seed 0 starts 0xe220a8397b1dcdaf.
    assert_true(dcat_mix64(UINT64_C(0x9e3779b97f4a7c15)) == UINT64_C(0xe220a8397b1dcdaf));
    for (uint64_t x = 0; x < 1000; x++) {
        assert_true(dcat_mix64(x) != dcat_mix64(x + 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_are_philox4x32_10),
        cmocka_unit_test(test_many_draws_at_once_are_those_one_by_one),
        cmocka_unit_test(test_uniforms_take_53_bits_from_two_words),
        cmocka_unit_test(test_every_coordinate_changes_the_draw),
        cmocka_unit_test(test_a_sequence_is_the_draws_of_its_purpose),
        cmocka_unit_test(test_a_sequence_goes_on_after_2_to_32_draws),
        cmocka_unit_test(test_below_and_pick_stay_below_and_are_even),
        cmocka_unit_test(test_uniforms_have_the_moments_of_their_distribution),
        cmocka_unit_test(test_streams_are_not_correlated),
        cmocka_unit_test(test_mix64_is_one_to_one_on_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
