// SPDX-License-Identifier: Apache-2.0
// The audit of a fixed market gives fixed bits: for every compiler and every optimisation level.
//
// A hash that changes means that what is tried, or what is found, changes. When that is meant, say
// so in the commit and put the printed hashes here.

#include "dcat/x/audit.h"
#include "sim/golden_worlds.h"
#include <stdio.h>
#include <string.h>

static uint64_t hash_counts(uint64_t hash, const int64_t *count, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hash = fnv1a(hash, (uint64_t)count[i]);
    }
    return hash;
}

static uint64_t hash_lies(uint64_t hash, const dcat_audit_lies *lies)
{
    const dcat_audit_lie *w = &lies->worst;
    const int64_t counts[] = {lies->pair_count, lies->profitable, (int64_t)w->bidder_count,
                              w->cycle,         w->slot,          w->task};
    const double values[] = {lies->largest_gain, w->fee,    w->limit, w->lie, w->honest, w->lied,
                             w->bid[0],          w->bid[1], w->bid[2]};
    hash = hash_counts(hash, counts, sizeof counts / sizeof counts[0]);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        hash = fnv1a_double(hash, values[i]);
    }
    return hash;
}

static uint64_t hash_side(uint64_t hash, const dcat_audit_side *side)
{
    hash = hash_counts(hash, (int64_t[]){side->case_count, side->below}, 2);
    hash = fnv1a_double(hash, side->worst);
    hash = fnv1a_double(hash, side->worst_share);
    return fnv1a_double(hash, side->lost);
}

static uint64_t hash_gain(uint64_t hash, const dcat_audit_gain *gain)
{
    const double values[] = {gain->factor,  gain->honest,          gain->gamed,
                             gain->largest, gain->platform_honest, gain->platform_gamed};
    hash = hash_counts(
        hash, (int64_t[]){gain->attempt_count, gain->gainful, gain->award_count, gain->late}, 4);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        hash = fnv1a_double(hash, values[i]);
    }
    return hash;
}

static uint64_t hash_manipulation(uint64_t hash, const dcat_audit_manipulation *m)
{
    const dcat_audit_deadline *d = &m->deadline;
    hash = hash_gain(hash, &m->withhold);
    hash = hash_gain(hash, &m->speed_best);
    hash = hash_gain(hash, &m->cost_best);
    for (size_t f = 0; f < DCAT_AUDIT_SPEED_FACTORS; f++) {
        hash = hash_gain(hash, &m->speed[f]);
    }
    for (size_t f = 0; f < DCAT_AUDIT_COST_FACTORS; f++) {
        hash = hash_gain(hash, &m->cost[f]);
    }
    hash = hash_counts(
        hash, (int64_t[]){d->task_count, d->served_honest, d->served_lied, d->in_time_lied}, 4);
    return fnv1a_double(fnv1a_double(hash, d->fee_honest), d->fee_lied);
}

static uint64_t hash_theorem2(const dcat_audit_theorem2 *t)
{
    const int64_t counts[] = {t->profile_count,    t->exact_wrong,       t->paper_holds,
                              t->paper_lost_above, t->paper_lost_rounds, t->paper_lost_inside,
                              t->simple_holds,     t->simple_lost,       t->tie_count,
                              t->tie_sold,         t->cell_profiles};
    enum { CELLS = DCAT_AUDIT_CROWDS * DCAT_AUDIT_GAMMAS };
    uint64_t hash = hash_counts(FNV1A_START, counts, sizeof counts / sizeof counts[0]);
    hash = hash_counts(hash, &t->lost[0][0], CELLS);
    hash = hash_counts(hash, &t->lost_exact[0][0], CELLS);
    hash = hash_counts(hash, &t->paper_says[0][0], CELLS);
    hash = hash_counts(hash, &t->simple_says[0][0], CELLS);
    return fnv1a_double(fnv1a_double(hash, t->step_paper), t->step_simple);
}

// What is found of one auction: by lies in small markets, in real ones, in losses, by gaming, and
// what is promised and broken.
enum { PARTS = 5, AUCTIONS = 5 };

static void hash_auction(const dcat_audit_auction *r, uint64_t hash[PARTS])
{
    const dcat_audit_rational *side = &r->rational;
    hash[0] = hash_lies(hash_lies(FNV1A_START, &r->small_clusters), &r->small_members);
    hash[1] = hash_lies(hash_lies(FNV1A_START, &r->real_clusters), &r->real_members);
    hash[2] = hash_side(hash_side(FNV1A_START, &side->platform), &side->user);
    hash[2] = hash_side(hash_side(hash[2], &side->cluster), &side->member);
    hash[2] = fnv1a_double(hash[2], side->payment);
    hash[3] = hash_manipulation(FNV1A_START, &r->manipulation[0]);
    hash[3] = hash_manipulation(hash[3], &r->manipulation[1]);
    hash[4] = fnv1a(FNV1A_START, r->ceiling);
    for (int p = 0; p < DCAT_PROMISE_COUNT; p++) {
        hash[4] = fnv1a(hash[4], 2u * r->promised[p] + r->broken[p]);
    }
}

static const uint64_t expected[AUCTIONS][PARTS] = {
    {UINT64_C(0x259670f46e344300), UINT64_C(0x87ca3e6d74bf1f44), UINT64_C(0x5f1402a449f6dd27),
     UINT64_C(0xc15241e256681842), UINT64_C(0xe25cd2990dbd8f64)},
    {UINT64_C(0x259670f46e344300), UINT64_C(0x254ad78cfe13a948), UINT64_C(0x19d2f560cc8008e7),
     UINT64_C(0x2e279db769b04d7c), UINT64_C(0xe25cd2990dbd8f64)},
    {UINT64_C(0x259670f46e344300), UINT64_C(0x3d8da4c3917f67c2), UINT64_C(0xcef7c6d9891f3874),
     UINT64_C(0x89a69bd1a91cac67), UINT64_C(0xe25cd2990dbd8f64)},
    {UINT64_C(0xca6eff29a061e807), UINT64_C(0x14427a925f244028), UINT64_C(0x5f88f6891725a370),
     UINT64_C(0x7e7aec406efea589), UINT64_C(0x22ba315d3c165fa4)},
    {UINT64_C(0x583045e071089c69), UINT64_C(0xaa849bcc1f02bffc), UINT64_C(0xba716af78b1850d1),
     UINT64_C(0xd37286e031bc74c9), UINT64_C(0x41b4f8664705a9c5)},
};
static const uint64_t expected_theorem2 = UINT64_C(0x110daaa4123f2dd4);

static void test_an_audit_of_a_fixed_market_has_fixed_bits(void **fixture)
{
    (void)fixture;
    static dcat_audit_auction results[AUCTIONS];
    dcat_demand *demand = golden_demand();
    const dcat_world *worlds[] = {golden_world(1, DCAT_QUEUE_FIFO),
                                  golden_world(2, DCAT_QUEUE_FIFO)};
    const uint64_t seeds[] = {11, 12};
    dcat_policy policies[AUCTIONS];
    for (size_t k = 0; k < AUCTIONS; k++) {
        // rea is the last, and alone with its clusters: Theorem 2 is tried on them.
        policies[k] = (dcat_policy){.clusterer = dcat_clusterer_find(k < 4 ? "kmeans" : "linkage"),
                                    .auction = dcat_auction_at(AUCTIONS - 1 - k)};
    }
    const dcat_audit_config config = {
        DCAT_SIZED(dcat_audit_config),
        .policies = policies,
        .policy_count = AUCTIONS,
        .worlds = worlds,
        .seeds = seeds,
        .world_count = 2,
        .cycle_first = 1,
        .cycle_count = 2,
        .pair_count = 3001,
        .attempt_max = 4,
    };
    dcat_audit_theorem2 theorem2;
    assert_int_equal(dcat_audit_run(demand, &config, results, &theorem2, NULL), DCAT_OK);
    size_t wrong = 0;
    for (size_t k = 0; k < AUCTIONS; k++) {
        uint64_t hash[PARTS];
        hash_auction(&results[k], hash);
        bool same = memcmp(hash, expected[k], sizeof hash) == 0;
        wrong += !same;
        printf("    {");
        for (int p = 0; p < PARTS; p++) {
            printf("UINT64_C(0x%016llx)%s", (unsigned long long)hash[p], p + 1 < PARTS ? ", " : "");
        }
        printf("},%s\n", same ? "" : " // differs");
    }
    uint64_t hash = hash_theorem2(&theorem2);
    wrong += hash != expected_theorem2;
    printf("UINT64_C(0x%016llx)%s\n", (unsigned long long)hash,
           hash == expected_theorem2 ? "" : " // differs");
    for (int w = 0; w < 2; w++) {
        dcat_world_destroy((dcat_world *)(uintptr_t)worlds[w]);
    }
    dcat_demand_destroy(demand);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_audit_of_a_fixed_market_has_fixed_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
