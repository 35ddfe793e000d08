// SPDX-License-Identifier: Apache-2.0
// Random clusters: every legal choice is as likely as the rule says.

#include "cluster_worlds.h"
#include <stdio.h>

// The five partitions of three servers, in canonical labels.
enum { APART, FIRST_TWO, LAST_TWO, OUTER_TWO, TOGETHER, SHAPE_COUNT };

static int shape_of(const int32_t *cluster_of)
{
    if (cluster_of[1] == 0) {
        return cluster_of[2] == 0 ? TOGETHER : FIRST_TWO;
    }
    return cluster_of[2] == 0 ? OUTER_TWO : cluster_of[2] == 1 ? LAST_TWO : APART;
}

enum { SEED_COUNT = 36000 };

static void count_shapes(const dcat_world *world, int count[SHAPE_COUNT])
{
    printf("seeds 0..%d\n", SEED_COUNT - 1);
    memset(count, 0, sizeof *count * SHAPE_COUNT);
    for (uint64_t seed = 0; seed < SEED_COUNT; seed++) {
        int32_t cluster_of[3];
        decide("random", world, seed, cluster_of);
        count[shape_of(cluster_of)]++;
    }
}

// Pearson's statistic against shares out of 36. Four degrees of freedom exceed 18.47 once in a
// thousand; the seeds are fixed, so the test passes always or never.
static void assert_shares(const int count[SHAPE_COUNT], const int share_of_36[SHAPE_COUNT])
{
    double statistic = 0.0;
    for (int s = 0; s < SHAPE_COUNT; s++) {
        double expected = SEED_COUNT / 36.0 * share_of_36[s];
        if (share_of_36[s] == 0) {
            assert_int_equal(count[s], 0);
        } else {
            statistic += (count[s] - expected) * (count[s] - expected) / expected;
        }
    }
    printf("chi-square %.2f\n", statistic);
    assert_true(statistic < 18.47);
}

static void test_random_picks_uniformly_among_legal_clusters_and_a_new_one(void **fixture)
{
    (void)fixture;
    // All may share. The second joins the first with 1/2. The third then joins with 1/2, or, with
    // two clusters there, each with 1/3. Together 1/4; apart 1/2 * 1/3 = 1/6; the rest, 7/12, goes
    // to the three pairs alike since the order is random: 7/36 each.
    const double x_km[] = {0.0, 10.0, 20.0};
    const int share_of_36[SHAPE_COUNT] = {
        [APART] = 6, [FIRST_TWO] = 7, [LAST_TWO] = 7, [OUTER_TWO] = 7, [TOGETHER] = 9};
    int count[SHAPE_COUNT];
    dcat_world *world = line_world(100.0, x_km, 3, 0);
    count_shapes(world, count);
    assert_shares(count, share_of_36);
    dcat_world_destroy(world);
}

static void test_random_never_joins_across_the_limit(void **fixture)
{
    (void)fixture;
    // a - b - c in a row, limit one gap: only ab or bc. By order of arrival, chance of ab, bc,
    // apart: b first then a 1/2, 1/4, 1/4; b first then c 1/4, 1/2, 1/4; b second after a
    // 1/2, 1/4, 1/4; b second after c 1/4, 1/2, 1/4; b last (two orders) 1/3, 1/3, 1/3.
    // Means over the six: 13/36, 13/36, 10/36.
    const double x_km[] = {0.0, 100.0, 200.0};
    const int share_of_36[SHAPE_COUNT] = {[APART] = 10, [FIRST_TWO] = 13, [LAST_TWO] = 13};
    int count[SHAPE_COUNT];
    dcat_world *world = line_world(100.0, x_km, 3, 0);
    count_shapes(world, count);
    assert_shares(count, share_of_36);
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_picks_uniformly_among_legal_clusters_and_a_new_one),
        cmocka_unit_test(test_random_never_joins_across_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
