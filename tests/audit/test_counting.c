// SPDX-License-Identifier: Apache-2.0
// What counts as a gain or a loss, and which one is remembered.

#include "audit/manipulate.c" // booking an attempt is static

#include "audit/rational.h"
#include "support.h"

// --- lies

static dcat_audit_lie lie_of(double fee, double gain, int32_t task)
{
    return (dcat_audit_lie){.fee = fee, .honest = 7.0, .lied = 7.0 + gain, .task = task};
}

static void test_a_gain_counts_from_a_billionth_of_the_fee_on(void **fixture)
{
    (void)fixture;
    dcat_audit_lies lies = {0};
    // Of a fee of 1000 a billionth is 1e-6. Rounding in 7 is below 1e-15.
    const double gains[] = {-1.0, 0.0, 0.5e-6, 0.99e-6, 1.01e-6, 2e-6, 9e-6};
    for (int32_t i = 0; i < 7; i++) {
        const dcat_audit_lie told = lie_of(1000.0, gains[i], i);
        audit_count_lie(&lies, &told);
        assert_int_equal(lies.pair_count, i + 1);
        assert_int_equal(lies.profitable, i < 4 ? 0 : i - 3);
    }
    assert_near(lies.largest_gain, 9e-9, 1e-15);
}

static void test_the_largest_gain_is_remembered_wherever_it_comes(void **fixture)
{
    (void)fixture;
    dcat_audit_lies lies = {0};
    // Gains of 2, 5, 5 and 3 % of the fee: the second is kept, and an equal one does not replace
    // it.
    const double gains[] = {2.0, 5.0, 5.0, 3.0};
    for (int32_t i = 0; i < 4; i++) {
        const dcat_audit_lie told = lie_of(100.0, gains[i], i);
        audit_count_lie(&lies, &told);
    }
    assert_near(lies.largest_gain, 0.05, 1e-12);
    assert_int_equal(lies.worst.task, 1);
    assert_int_equal(lies.profitable, 4);
}

static void test_a_sum_of_lies_remembers_the_largest_of_its_parts(void **fixture)
{
    (void)fixture;
    dcat_audit_lies sum = {0};
    const dcat_audit_lies parts[] = {
        {.pair_count = 10, .profitable = 2, .largest_gain = 0.2, .worst = {.task = 1}},
        {.pair_count = 20, .profitable = 3, .largest_gain = 0.5, .worst = {.task = 2}},
        {.pair_count = 30, .profitable = 4, .largest_gain = 0.3, .worst = {.task = 3}},
        {.pair_count = 40, .profitable = 1, .largest_gain = 0.5, .worst = {.task = 4}}};
    for (size_t i = 0; i < 4; i++) {
        audit_lies_add(&sum, &parts[i]);
    }
    assert_int_equal(sum.pair_count, 100);
    assert_int_equal(sum.profitable, 10);
    assert_near(sum.largest_gain, 0.5, 0.0);
    assert_int_equal(sum.worst.task, 2); // the first of equals
}

// --- losses

// Server i of 250 GHz; a giga-cycle costs it 20 / 250 = 0.08, so 1000 of them cost 80.
static dcat_state *two_alone(dcat_world **world)
{
    dcat_world_config config = dcat_world_config_default();
    config.market.energy_cost = 0.0;
    const dcat_server server = {
        .speed_hz = 250e9, .core_count = 1, .energy_cost = NAN, .time_cost_per_s = 20.0};
    const dcat_server servers[] = {server, server};
    const dcat_area area = {.node = 0};
    dcat_state *state = NULL;
    assert_int_equal(dcat_world_create(&config, servers, 2, &area, 1, 1, world, NULL), DCAT_OK);
    assert_int_equal(dcat_state_create(*world, dcat_auction_find("rea"), 1, 1, &state, NULL),
                     DCAT_OK);
    return state;
}

// What is counted when server 0 does work that costs 80 and everybody loses so much.
static void note_loss(dcat_audit_rational *r, const dcat_state *state, double loss)
{
    const dcat_award award = {.outcome = DCAT_AUCTION_SOLD,
                              .cluster = 0,
                              .fee = 80.0 - 2.0 * loss,
                              .payment = 80.0 - loss,
                              .cost = 80.0};
    const dcat_task task = {.work_cycles = 1000e9, .deadline_s = 9.0, .value = 80.0 - 3.0 * loss};
    audit_rational_note(r, state, &task, &award);
}

static void test_a_loss_counts_from_a_billionth_of_the_cost_on(void **fixture)
{
    (void)fixture;
    dcat_world *world;
    dcat_state *state = two_alone(&world);
    // Of 80 a billionth is 8e-8; rounding in 80 is about 1e-14.
    const double losses[] = {-1.0, 0.0, 0.5e-8, 7.9e-8, 8.1e-8, 70e-8};
    dcat_audit_rational r = {0};
    for (int i = 0; i < 6; i++) {
        note_loss(&r, state, losses[i]);
        const dcat_audit_side *sides[] = {&r.platform, &r.user, &r.cluster, &r.member};
        for (size_t s = 0; s < 4; s++) {
            assert_int_equal(sides[s]->case_count, i + 1);
            assert_int_equal(sides[s]->below, i < 4 ? 0 : i - 3);
        }
    }
    assert_near(r.member.lost, 78.1e-8, 1e-12);
    assert_near(r.payment, 481.0 - 78.6e-8 - 7.8e-8, 1e-7);
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_the_worst_loss_is_remembered_wherever_it_comes(void **fixture)
{
    (void)fixture;
    dcat_world *world;
    dcat_state *state = two_alone(&world);
    dcat_audit_rational r = {0};
    const double losses[] = {8.0, 16.0, 4.0};
    for (int i = 0; i < 3; i++) {
        note_loss(&r, state, losses[i]);
    }
    // The cluster's cost is 80; the platform pays 80 - 16 = 64; the user pays 80 - 2 * 16 = 48.
    const dcat_audit_side *sides[] = {&r.platform, &r.user, &r.cluster, &r.member};
    const double costs[] = {64.0, 48.0, 80.0, 80.0};
    for (size_t s = 0; s < 4; s++) {
        assert_near(sides[s]->worst, -16.0, 1e-9);
        assert_near(sides[s]->worst_share, -16.0 / costs[s], 1e-9);
        assert_near(sides[s]->lost, 28.0, 1e-9);
        assert_int_equal(sides[s]->below, 3);
    }
    dcat_state_destroy(state);
    dcat_world_destroy(world);
}

static void test_a_sum_of_losses_remembers_the_worst_of_its_parts(void **fixture)
{
    (void)fixture;
    const double worst[] = {-3.0, -9.0, -5.0, 0.0};
    dcat_audit_rational sum = {0};
    for (int i = 0; i < 4; i++) {
        const dcat_audit_side side = {.case_count = 10,
                                      .below = i + 1,
                                      .worst = worst[i],
                                      .worst_share = worst[i] / 100.0,
                                      .lost = 20.0};
        const dcat_audit_rational part = {
            .platform = side, .user = side, .cluster = side, .member = side, .payment = 7.0};
        audit_rational_add(&sum, &part);
    }
    const dcat_audit_side *sides[] = {&sum.platform, &sum.user, &sum.cluster, &sum.member};
    for (size_t s = 0; s < 4; s++) {
        assert_int_equal(sides[s]->case_count, 40);
        assert_int_equal(sides[s]->below, 1 + 2 + 3 + 4);
        assert_near(sides[s]->worst, -9.0, 0.0);
        assert_near(sides[s]->worst_share, -0.09, 1e-15);
        assert_near(sides[s]->lost, 80.0, 0.0);
    }
    assert_near(sum.payment, 28.0, 0.0);
}

// --- attempts over a run

static void test_an_attempt_pays_from_a_billionth_of_the_honest_utility_on(void **fixture)
{
    (void)fixture;
    double honest[] = {50.0, 999.0, 50.0};
    bool mine[] = {true, false, true};
    const experiment x = {
        .server_count = 3, .honest = honest, .mine = mine, .honest_platform = 4.0};
    const audit_meter m = {.platform = 3.0, .award_count = 2, .late = 1};
    dcat_audit_gain gain = {0};
    // Honest they earn 100, of which a billionth is 1e-7.
    const double gained[] = {-5.0, 0.0, 0.9e-7, 1.1e-7, 8.0, 3.0};
    for (int i = 0; i < 6; i++) {
        book(&gain, &x, 100.0 + gained[i], &m);
        assert_int_equal(gain.attempt_count, i + 1);
        assert_int_equal(gain.gainful, i < 3 ? 0 : i - 2);
        assert_near(gain.largest, i < 3 ? 0.0 : i == 3 ? 1.1e-7 : 8.0, 1e-12);
    }
    assert_near(gain.honest, 600.0, 0.0);
    assert_near(gain.gamed, 606.0 + 2e-7, 1e-9);
    assert_near(gain.platform_honest, 24.0, 0.0);
    assert_near(gain.platform_gamed, 18.0, 0.0);
    assert_int_equal(gain.award_count, 12);
    assert_int_equal(gain.late, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_gain_counts_from_a_billionth_of_the_fee_on),
        cmocka_unit_test(test_the_largest_gain_is_remembered_wherever_it_comes),
        cmocka_unit_test(test_a_sum_of_lies_remembers_the_largest_of_its_parts),
        cmocka_unit_test(test_a_loss_counts_from_a_billionth_of_the_cost_on),
        cmocka_unit_test(test_the_worst_loss_is_remembered_wherever_it_comes),
        cmocka_unit_test(test_a_sum_of_losses_remembers_the_worst_of_its_parts),
        cmocka_unit_test(test_an_attempt_pays_from_a_billionth_of_the_honest_utility_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
