// SPDX-License-Identifier: Apache-2.0
// Shares from outside: they divide, and what they say of a cluster is checked when it forms.

#include "dcat/dcat.h"
#include "dcat/plugin.h"
#include "random_world.h"
#include <string.h>

// By load, as `unit`, but for what a test wants wrong.
typedef struct self {
    double limit, of_payment, of_work, bent, extra; // limit: a factor; the others: added
    int asked;
} self;

static double limit_of(void *user, const dcat_share_team *team, const dcat_member *servers,
                       const int32_t *workers)
{
    self *s = user;
    double dearest = 0.0;
    for (size_t m = 0; m < team->member_count; m++) {
        dearest = fmax(dearest, servers[workers[m]].unit_cost);
    }
    assert_near(dearest, team->unit_cost_max, 0.0);
    s->asked++;
    return s->limit * dearest;
}

static double pay_of(void *user, const dcat_share_team *team, const dcat_member *member,
                     double work_cycles, double payment)
{
    const self *s = user;
    assert_true(team->ratio_max > 0.0);
    double load = member->speed_hz / team->speed_hz;
    return payment * (load + s->of_payment) + work_cycles * s->of_work + s->extra +
           s->bent * payment * payment;
}

static const dcat_plugin_share by_load = {
    .size = sizeof(dcat_plugin_share),
    .name = "mine",
    .promises = 1u << DCAT_PROMISE_MEMBERS,
    .unit_limit = limit_of,
    .pay = pay_of,
};

static dcat_plugged_share *plugged(self *s, const dcat_plugin_share *from)
{
    dcat_plugged_share *made = NULL;
    dcat_error err = {0};
    if (dcat_plugged_share_of(from, s, &made, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return made;
}

// Speeds 1 and 3; costs 4 and 2: a quarter and three quarters of the work.
static const dcat_member pair[] = {{1.0, 4.0, 8.0}, {3.0, 2.0, 2.0}};
static const int32_t both[] = {0, 1};

static dcat_terms terms_of(const dcat_share *share)
{
    const dcat_share_rules rules = {
        .share = share, .ceiling_per_cycle = INFINITY, .tariff_ceiling = INFINITY};
    int32_t workers[2];
    return dcat_share_terms(&rules, pair, both, 2, workers);
}

static void test_the_host_finds_from_which_payment_on_nobody_loses(void **fixture)
{
    (void)fixture;
    self s = {.limit = 1.5};
    dcat_plugged_share *made = plugged(&s, &by_load);
    const dcat_share *row = dcat_plugged_share_row(made);
    dcat_terms terms = terms_of(row);
    assert_near(terms.unit_limit, 6.0, 0.0);
    assert_near(terms.unit_break_even, 4.0, 1e-12); // P w_i covers w_i c_i from c_i on
    assert_true(row->covers && !row->truthful && !row->by_tariff);
    assert_int_equal(dcat_share_failure(row, NULL), DCAT_OK);
    assert_near(row->pay(row, &terms.team, &pair[1], 10.0, 8.0), 6.0, 0.0);
    dcat_plugged_share_close(made);
    assert_int_equal(dcat_share_failure(dcat_share_find("load"), NULL), DCAT_OK);
}

// Who gets no part of a payment loses at any, unless its work is paid apart from it.
static double all_to_the_first(void *user, const dcat_share_team *team, const dcat_member *member,
                               double work_cycles, double payment)
{
    (void)team;
    double apart = ((const self *)user)->of_work * work_cycles;
    return member->speed_hz == 1.0 ? payment - apart : apart;
}

static void test_who_gets_nothing_of_a_payment_never_breaks_even(void **fixture)
{
    (void)fixture;
    dcat_plugin_share first = by_load;
    first.pay = all_to_the_first;
    self s = {.limit = 1.0, .of_work = 1.5};
    dcat_plugged_share *made = plugged(&s, &first);
    // Paid 1.5 a cycle of the whole, server 1 covers its 3/4 2 = 1.5; server 0 needs P - 1.5 >= 1.
    assert_near(terms_of(dcat_plugged_share_row(made)).unit_break_even, 2.5, 1e-12);
    dcat_plugged_share_close(made);
    s.of_work = 0.5;
    made = plugged(&s, &first);
    assert_true(isinf(terms_of(dcat_plugged_share_row(made)).unit_break_even));
    dcat_plugged_share_close(made);
}

static void test_what_a_share_says_wrongly_is_found_when_a_cluster_forms(void **fixture)
{
    (void)fixture;
    static const struct {
        self s;
        const char *why;
    } wrong[] = {
        {{.limit = 0.0}, "its limit of a cluster must be > 0 and finite, got 0"},
        {{.limit = -1.0}, "its limit of a cluster must be > 0"},
        {{.limit = NAN}, "its limit of a cluster must be > 0"},
        {{.limit = INFINITY}, "its limit of a cluster must be > 0"},
        {{.limit = 1.0, .extra = NAN}, "what it pays a member must be finite"},
        {{.limit = 1.0, .of_payment = 1e-6}, "members must get all of a payment of 4, got 4.00000"},
        {{.limit = 1.0, .of_payment = -0.1}, "members must get all of a payment of 4, got 3.2"},
        {{.limit = 1.0, .of_work = 1e-6}, "members must get nothing of a payment of 0"},
        {{.limit = 1.0, .extra = 0.1}, "pay must be a x payment + b x work"},
        {{.limit = 1.0, .bent = 1e-3}, "pay must be a x payment + b x work"},
        {{.limit = 1.0, .of_payment = -0.5}, "a member must not get less of a higher payment"},
        {{.limit = 1.0, .of_work = -2.0}, "a member must not pay, got -1 at the limit"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        self s = wrong[i].s;
        dcat_plugged_share *made = plugged(&s, &by_load);
        const dcat_share *row = dcat_plugged_share_row(made);
        dcat_terms terms = terms_of(row);
        dcat_error err = {0};
        assert_int_equal(dcat_share_failure(row, &err), DCAT_ERR_RANGE);
        if (strstr(err.message, "share mine: ") != err.message ||
            strstr(err.message, wrong[i].why) == NULL) {
            fail_msg("%zu: %s", i, err.message);
        }
        int asked = s.asked;
        assert_true(isinf(terms_of(row).unit_limit)); // takes part in nothing any more
        assert_int_equal(s.asked, asked);
        assert_near(row->pay(row, &terms.team, &pair[0], 1.0, 8.0), 2.0, 0.0); // by load
        s = (self){.limit = 1.0};
        dcat_plugged_share_forget(made);
        assert_near(terms_of(row).unit_limit, 4.0, 0.0);
        assert_int_equal(dcat_share_failure(row, &err), DCAT_OK);
        dcat_plugged_share_close(made);
    }
}

// --- in a market

static dcat_status run_under(const dcat_share *share, double ceiling, dcat_run_result *result,
                             dcat_error *err)
{
    static const dcat_server servers[] = {{.site = {0.0, 0.0},
                                           .speed_hz = 1e9,
                                           .core_count = 1,
                                           .energy_cost = NAN,
                                           .time_cost_per_s = NAN,
                                           .owner = DCAT_NO_OWNER},
                                          {.site = {1e3, 0.0},
                                           .speed_hz = 3e9,
                                           .core_count = 1,
                                           .energy_cost = NAN,
                                           .time_cost_per_s = NAN,
                                           .owner = DCAT_NO_OWNER}};
    static const dcat_area areas[] = {{.site = {0.0, 0.0}}};
    dcat_world_config config = dcat_world_config_default();
    config.slots_per_cycle = 4;
    config.market.energy_cost = 1e-27;
    config.market.time_cost_per_s = 0.1;
    config.auction.share = share;
    config.auction.ceiling_per_cycle = ceiling;
    dcat_world *world = NULL;
    dcat_demand *demand = NULL;
    static dcat_task tasks[8];
    for (size_t n = 0; n < 8; n++) {
        tasks[n] = (dcat_task){.arrival_s = config.slot_s * (double)(n / 2),
                               .work_cycles = 1e8,
                               .data_bits = 1e3,
                               .deadline_s = 5.0,
                               .value = INFINITY,
                               .id = (int32_t)n};
    }
    assert_int_equal(dcat_world_create(&config, servers, 2, areas, 1, 1, &world, err), DCAT_OK);
    assert_int_equal(
        dcat_demand_create_tasks(tasks, 8, 1, config.slot_s, config.slots_per_cycle, &demand, err),
        DCAT_OK);
    const dcat_run_config run = {DCAT_SIZED(dcat_run_config), .seed = 1, .cycle_count = 1,
                                 .policy = {.clusterer = dcat_clusterer_find("linkage"),
                                            .auction = dcat_auction_find("rea-s")}};
    dcat_status status = dcat_run(world, demand, &run, NULL, NULL, result, err);
    dcat_demand_destroy(demand);
    dcat_world_destroy(world);
    return status;
}

static void test_a_market_divides_by_a_share_from_outside(void **fixture)
{
    (void)fixture;
    self s = {.limit = 1.0};
    dcat_plugin_share alone = by_load;
    alone.flags = DCAT_PLUGIN_ONE_THREAD;
    alone.summary = "by load";
    dcat_plugged_share *made = plugged(&s, &alone);
    dcat_run_result outside, inside;
    dcat_error err = {0};
    if (run_under(dcat_plugged_share_row(made), INFINITY, &outside, &err) != DCAT_OK ||
        run_under(dcat_share_find("unit"), INFINITY, &inside, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_true(inside.totals.awarded > 0);
    assert_memory_equal(&outside.totals, &inside.totals, sizeof inside.totals);
    dcat_plugged_share_close(made);
}

static void test_a_share_that_breaks_a_rule_ends_the_run(void **fixture)
{
    (void)fixture;
    self s = {.limit = 1.0, .of_payment = 0.25};
    dcat_plugged_share *made = plugged(&s, &by_load);
    dcat_run_result result = {.cycle_count = 77};
    dcat_error err = {0};
    assert_int_equal(run_under(dcat_plugged_share_row(made), INFINITY, &result, &err),
                     DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "share mine: members must get all of a payment"));
    assert_int_equal(result.cycle_count, 77);
    dcat_plugged_share_close(made);
}

// --- rows

static void test_a_share_that_is_shorter_or_says_nothing_is_refused(void **fixture)
{
    (void)fixture;
    dcat_plugged_share *made = NULL;
    dcat_error err = {0};
    dcat_plugin_share s = by_load;
    s.size = 8;
    assert_int_equal(dcat_plugged_share_of(&s, NULL, &made, &err), DCAT_ERR_FORMAT);
    const char *const nothing[] = {NULL, ""};
    for (size_t i = 0; i < 2; i++) {
        s = by_load;
        s.name = nothing[i];
        assert_int_equal(dcat_plugged_share_of(&s, NULL, &made, &err), DCAT_ERR_FORMAT);
    }
    s = by_load;
    s.unit_limit = NULL;
    assert_int_equal(dcat_plugged_share_of(&s, NULL, &made, &err), DCAT_ERR_FORMAT);
    assert_string_equal(err.message, "share mine of a plug-in: unit_limit is missing");
    s = by_load;
    s.pay = NULL;
    assert_int_equal(dcat_plugged_share_of(&s, NULL, &made, &err), DCAT_ERR_FORMAT);
    assert_string_equal(err.message, "share mine of a plug-in: pay is missing");
    s = by_load;
    s.promises = 1u << DCAT_PROMISE_PLATFORM; // the auction's
    assert_int_equal(dcat_plugged_share_of(&s, NULL, &made, &err), DCAT_ERR_RANGE);
    s = by_load;
    s.by_tariff = 2;
    assert_int_equal(dcat_plugged_share_of(&s, NULL, &made, &err), DCAT_ERR_RANGE);
    assert_int_equal(dcat_plugged_share_load("nowhere.so", &made, &err), DCAT_ERR_NOT_FOUND);
    assert_null(made);
    dcat_plugged_share_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_host_finds_from_which_payment_on_nobody_loses),
        cmocka_unit_test(test_who_gets_nothing_of_a_payment_never_breaks_even),
        cmocka_unit_test(test_what_a_share_says_wrongly_is_found_when_a_cluster_forms),
        cmocka_unit_test(test_a_market_divides_by_a_share_from_outside),
        cmocka_unit_test(test_a_share_that_breaks_a_rule_ends_the_run),
        cmocka_unit_test(test_a_share_that_is_shorter_or_says_nothing_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
