// SPDX-License-Identifier: Apache-2.0
// Benchmarks at joining: who must show one, what it is held to, and what is no benchmark. Bonds:
// without one no server takes part, strikes take from it by a ladder, and it is free once its
// servers have been out for a time without a strike.

#include "stage.h"

#include "exchange/core/purse.h"

#define DECLARED INT64_C(250000000000)

typedef struct scene {
    stage s;
    int32_t user, provider, server;
} scene;

static void scene_init(scene *c, bool required)
{
    exchange_config config = stage_config();
    config.benchmark = required;
    stage_init(&c->s, &config);
    c->user = stage_user(&c->s, 0, 100000 * DCAT_MONEY_UNIT);
    c->provider = stage_party(&c->s, 0, ROLE_PROVIDER);
    c->server = stage_server(&c->s, 0, c->provider, 10e3, DECLARED, 80000, PER_GIGACYCLE);
}

static exchange_event benchmark(const scene *c, int64_t unit_hz, int64_t nonce)
{
    return (exchange_event){.kind = EVENT_BENCHMARK,
                            .actor = c->provider,
                            .at_ns = exchange_time(c->s.x).now_ns,
                            .benchmark = {.unit_hz = unit_hz, .nonce = nonce, .server = c->server}};
}

static void show(scene *c, int64_t unit_hz, int64_t nonce, exchange_code code)
{
    const exchange_event event = benchmark(c, unit_hz, nonce);
    uint64_t before = exchange_digest(c->s.x);
    stage_must(&c->s, &event, code);
    assert_true((exchange_digest(c->s.x) == before) == (code != CODE_DONE));
}

static exchange_unit_view unit(const scene *c)
{
    exchange_unit_view view;
    assert_true(exchange_unit_find(c->s.x, c->server, 0, &view));
    return view;
}

static void test_where_benchmarks_are_not_required_they_are_kept_and_change_nothing(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, false);
    show(&c, DECLARED / 2, 2, CODE_DONE);
    stage_cut(&c.s, 0, NULL);
    assert_int_equal(unit(&c).measured_hz, DECLARED);
    assert_int_equal(exchange_benchmark_hz(c.s.x, c.server, 0), DECLARED / 2);
    assert_int_equal(exchange_benchmark_hz(c.s.x, c.server, 1), 0);
    assert_int_equal(exchange_benchmark_hz(c.s.x, c.server, -1), 0);
    assert_int_equal(exchange_benchmark_hz(c.s.x, -1, 0), 0);
    assert_int_equal(exchange_benchmark_hz(c.s.x, 99, 0), 0);
    stage_end(&c.s);
}

static void test_without_the_benchmark_that_is_required_a_server_does_not_take_part(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, true);
    stage_seal(&c.s, 0);
    assert_false(exchange_trusts(c.s.x, c.server));
    assert_int_equal(c.s.x->servers[c.server].takes_part, 0);
    show(&c, DECLARED, 2, CODE_DONE);
    assert_true(exchange_trusts(c.s.x, c.server));
    stage_seal(&c.s, 0);
    assert_int_equal(c.s.x->servers[c.server].takes_part, 1);
    stage_end(&c.s);
}

// 200 of 250 GHz: 700 giga-cycles take 3.5 s, not 2.8.
static void test_a_server_is_promised_at_most_as_fast_as_it_showed(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, true);
    show(&c, 200000000000, 2, CODE_DONE);
    stage_cut(&c.s, 0, NULL);
    stage_open(&c.s, 0);
    assert_int_equal(unit(&c).measured_hz, 200000000000);
    const exchange_event event = stage_submit(c.user, STAGE_S, 1, 700, 9000);
    int64_t task = stage_must(&c.s, &event, CODE_DONE);
    stage_slot(&c.s, 1);
    exchange_task_view view = stage_task(&c.s, task);
    assert_int_equal(view.state, TASK_AWARDED);
    assert_near(view.finish_s - view.start_s, 3.5, 1e-9);
    // A faster one counts from the next cycle on, and none makes anybody faster than declared.
    show(&c, 2 * DECLARED, 3, CODE_DONE);
    assert_int_equal(unit(&c).measured_hz, 200000000000);
    stage_cut(&c.s, STAGE_S, NULL);
    assert_int_equal(unit(&c).measured_hz, DECLARED);
    stage_end(&c.s);
}

// 1 of 9 000 Hz is kept as a ten-thousandth, 0.9 Hz, and taken for 1: 100 cycles take 100 s.
static void test_a_server_of_less_than_a_cycle_a_second_works_and_is_paid(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, true);
    c.server = stage_server(&c.s, 0, c.provider, 10e3, 9000, 80000, PER_GIGACYCLE);
    show(&c, 1, 2, CODE_DONE);
    stage_cut(&c.s, 0, NULL);
    stage_open(&c.s, 0);
    exchange_event event = stage_submit(c.user, STAGE_S, 1, 1, 1000000);
    event.task.work_cycles = 100;
    event.task.data_bits = 0;
    int64_t task = stage_must(&c.s, &event, CODE_DONE);
    stage_slot(&c.s, 1);
    exchange_task_view view = stage_task(&c.s, task);
    assert_int_equal(view.state, TASK_AWARDED);
    assert_near(view.finish_s - view.start_s, 100.0, 1e-6);
    static const exchange_kind kinds[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
    for (int64_t i = 0; i < 3; i++) {
        event = stage_report(kinds[i], c.provider, (2 + i) * STAGE_S, task, 1, c.server);
        stage_must(&c.s, &event, CODE_DONE);
    }
    view = stage_task(&c.s, task);
    assert_int_equal(view.state, TASK_SETTLED);
    assert_true(view.pay > 0);
    stage_check(&c.s);
    stage_end(&c.s);
}

static void test_receipts_go_before_a_benchmark(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, true);
    show(&c, DECLARED / 2, 2, CODE_DONE);
    speed_record *speed = &c.s.x->speeds[c.server];
    for (int i = 0; i < SPEED_SAMPLES_LEAST; i++) {
        speed->samples[i] = 9000;
    }
    speed->count = SPEED_SAMPLES_LEAST;
    stage_seal(&c.s, 0);
    assert_int_equal(speed->sealed, 9000);
    speed->count--;
    stage_seal(&c.s, 0);
    assert_int_equal(speed->sealed, 5000);
    show(&c, DECLARED, 3, CODE_DONE);
    stage_seal(&c.s, 0);
    assert_int_equal(speed->sealed, 0);
    stage_end(&c.s);
}

static void test_what_is_no_benchmark_changes_nothing(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, true);
    show(&c, DECLARED, 1, CODE_STALE_NONCE); // the ask's
    show(&c, 0, 2, CODE_OUT_OF_RANGE);
    show(&c, EXCHANGE_SPEED_HZ_MAX + 1, 2, CODE_OUT_OF_RANGE);
    exchange_event event = benchmark(&c, DECLARED, 2);
    event.benchmark.class_id = 1;
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE);
    event.benchmark.class_id = -1;
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE);
    event = benchmark(&c, DECLARED, 2);
    event.benchmark.server = -1;
    stage_must(&c.s, &event, CODE_NOT_FOUND);
    event.benchmark.server = c.server + 1;
    stage_must(&c.s, &event, CODE_NOT_FOUND);
    event = benchmark(&c, DECLARED, 2);
    event.actor = stage_party(&c.s, 0, ROLE_PROVIDER);
    stage_must(&c.s, &event, CODE_FORBIDDEN);
    event.actor = c.user;
    stage_must(&c.s, &event, CODE_FORBIDDEN);
    stage_end(&c.s);
}

// ---- bonds

#define BOND (100 * DCAT_MONEY_UNIT)

typedef struct bonded {
    stage s;
    int32_t user, provider, server[2];
    uint64_t client;
} bonded;

static void bonded_init(bonded *c, bool bonds)
{
    exchange_config config = stage_config();
    config.bond = bonds ? BOND : 0;
    config.bond_ns = 10 * STAGE_S;
    config.forfeit_bp[1] = 1000;
    config.forfeit_bp[2] = 5000;
    *c = (bonded){.client = 1};
    stage_init(&c->s, &config);
    c->user = stage_user(&c->s, 0, 100000 * DCAT_MONEY_UNIT);
    c->provider = stage_party(&c->s, 0, ROLE_PROVIDER);
    for (int i = 0; i < 2; i++) {
        c->server[i] =
            stage_server(&c->s, 0, c->provider, 10e3 * (i + 1), 250000000000, 80000, PER_GIGACYCLE);
    }
}

static void change(bonded *c, int32_t actor, dcat_money amount, exchange_code code)
{
    const exchange_event event = {.kind = EVENT_BOND,
                                  .actor = actor,
                                  .at_ns = exchange_time(c->s.x).now_ns,
                                  .bond = {.amount = amount, .party = c->provider}};
    stage_must(&c->s, &event, code);
    stage_check(&c->s);
}

static dcat_money balance(const bonded *c)
{
    return exchange_balance(c->s.x, exchange_account_held(c->provider));
}

static void test_servers_take_part_as_far_as_the_bond_goes(void **fixture)
{
    (void)fixture;
    static bonded c;
    bonded_init(&c, true);
    for (int paid = 0; paid < 3; paid++) {
        stage_seal(&c.s, 0);
        assert_int_equal(c.s.x->servers[c.server[0]].takes_part, paid >= 1);
        assert_int_equal(c.s.x->servers[c.server[1]].takes_part, paid >= 2);
        assert_int_equal(exchange_trusts(c.s.x, c.server[1]), paid >= 2);
        change(&c, STAGE_OPERATOR, BOND, CODE_DONE);
    }
    const exchange_bond b = exchange_bond_of(c.s.x, c.provider);
    assert_int_equal(b.has, 3 * BOND);
    assert_int_equal(b.locked, 2 * BOND);
    assert_int_equal(b.server_count, 2);
    assert_int_equal(b.serving_count, 2);
    assert_int_equal(exchange_bond_of(c.s.x, c.user).has, 0);
    stage_end(&c.s);
}

// Awarded, acknowledged, given up: a strike.
static void strike(bonded *c, int64_t slot)
{
    int64_t at_ns = slot * STAGE_S;
    exchange_event event = stage_of_server(EVENT_HEARTBEAT, c->provider, at_ns, c->server[0]);
    stage_must(&c->s, &event, CODE_DONE);
    event = stage_submit(c->user, at_ns, c->client++, 250, 1900);
    int64_t task = stage_must(&c->s, &event, CODE_DONE);
    stage_slot(&c->s, slot);
    assert_int_equal(stage_task(&c->s, task).state, TASK_AWARDED);
    event = stage_report(EVENT_FAIL, c->provider, at_ns, task, 1, c->server[0]);
    stage_must(&c->s, &event, CODE_DONE);
    const exchange_event cancel = {
        .kind = EVENT_CANCEL, .actor = c->user, .at_ns = at_ns, .report = {.task = task}};
    stage_do(&c->s, &cancel); // it is not auctioned again
    stage_check(&c->s);
}

// 0, 10 % and 50 % of 100; a fourth strike is a third one again. Then it no longer covers a server.
static void test_strikes_take_from_the_bond_by_a_ladder(void **fixture)
{
    (void)fixture;
    static bonded c;
    bonded_init(&c, true);
    change(&c, STAGE_OPERATOR, BOND, CODE_DONE);
    stage_cut(&c.s, 0, NULL);
    stage_open(&c.s, 0);
    const int left[] = {100, 90, 40, 0};
    for (int i = 0; i < 4; i++) {
        strike(&c, i + 1);
        assert_int_equal(balance(&c), left[i] * DCAT_MONEY_UNIT);
    }
    assert_int_equal(exchange_balance(c.s.x, ACCOUNT_PROFIT), BOND);
    assert_int_equal(c.s.leg_count[LEG_FORFEIT], 3); // nothing is no transfer
    stage_seal(&c.s, 4 * STAGE_S);
    assert_int_equal(c.s.x->servers[c.server[0]].takes_part, 0);
    stage_end(&c.s);
}

static void test_a_bond_is_free_after_a_time_out_without_a_strike(void **fixture)
{
    (void)fixture;
    static bonded c;
    bonded_init(&c, true);
    change(&c, STAGE_OPERATOR, 2 * BOND + 7, CODE_DONE);
    change(&c, c.provider, -8, CODE_INSUFFICIENT_BALANCE);
    change(&c, c.provider, -7, CODE_DONE);
    assert_int_equal(exchange_balance(c.s.x, exchange_account_available(c.provider)), 7);
    change(&c, c.provider, 8, CODE_INSUFFICIENT_BALANCE);
    change(&c, c.provider, 7, CODE_DONE); // out of what it may be paid
    for (int i = 0; i < 2; i++) {
        const exchange_event drain =
            stage_of_server(EVENT_DRAIN, c.provider, (1 + i) * STAGE_S, c.server[i]);
        stage_must(&c.s, &drain, CODE_DONE);
    }
    exchange_bond b = exchange_bond_of(c.s.x, c.provider);
    assert_int_equal(b.server_count, 2); // out, and still locked
    assert_int_equal(b.serving_count, 0);
    assert_int_equal(b.next_free_ns, 11 * STAGE_S);
    stage_open(&c.s, 2 * STAGE_S);
    stage_slot(&c.s, 11); // the first one is free
    b = exchange_bond_of(c.s.x, c.provider);
    assert_int_equal(b.locked, BOND);
    assert_int_equal(b.next_free_ns, 12 * STAGE_S);
    stage_slot(&c.s, 12);
    change(&c, c.provider, -(2 * BOND + 7), CODE_DONE);
    assert_int_equal(balance(&c), 0);
    stage_end(&c.s);
}

static void test_what_cannot_be_a_bond_is_refused(void **fixture)
{
    (void)fixture;
    static bonded c;
    bonded_init(&c, true);
    change(&c, STAGE_OPERATOR, 0, CODE_OUT_OF_RANGE);
    change(&c, STAGE_OPERATOR, INT64_MIN, CODE_OUT_OF_RANGE);
    change(&c, STAGE_OPERATOR, DCAT_MONEY_MAX, CODE_OUT_OF_RANGE); // with what is inside already
    change(&c, c.provider, INT64_MAX, CODE_OUT_OF_RANGE);
    change(&c, stage_party(&c.s, 0, ROLE_PROVIDER), BOND, CODE_FORBIDDEN);
    exchange_event event = {.kind = EVENT_BOND, .bond = {.amount = BOND, .party = c.user}};
    stage_must(&c.s, &event, CODE_FORBIDDEN);
    event.bond.party = -1;
    stage_must(&c.s, &event, CODE_NOT_FOUND);
    event.bond.party = 99;
    stage_must(&c.s, &event, CODE_NOT_FOUND);
    stage_end(&c.s);

    bonded_init(&c, true); // what all servers need is an amount, too
    c.s.x->config.bond = DCAT_MONEY_MAX;
    assert_int_equal(exchange_bond_of(c.s.x, c.provider).needs, DCAT_MONEY_MAX);
    stage_end(&c.s);

    bonded_init(&c, false); // where there are none, nobody needs one
    change(&c, STAGE_OPERATOR, BOND, CODE_WRONG_STATE);
    assert_int_equal(exchange_bond_of(c.s.x, c.provider).needs, 0);
    stage_seal(&c.s, 0);
    assert_int_equal(c.s.x->servers[c.server[1]].takes_part, 1);
    stage_end(&c.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where_benchmarks_are_not_required_they_are_kept_and_change_nothing),
        cmocka_unit_test(test_without_the_benchmark_that_is_required_a_server_does_not_take_part),
        cmocka_unit_test(test_a_server_is_promised_at_most_as_fast_as_it_showed),
        cmocka_unit_test(test_a_server_of_less_than_a_cycle_a_second_works_and_is_paid),
        cmocka_unit_test(test_receipts_go_before_a_benchmark),
        cmocka_unit_test(test_what_is_no_benchmark_changes_nothing),
        cmocka_unit_test(test_servers_take_part_as_far_as_the_bond_goes),
        cmocka_unit_test(test_strikes_take_from_the_bond_by_a_ladder),
        cmocka_unit_test(test_a_bond_is_free_after_a_time_out_without_a_strike),
        cmocka_unit_test(test_what_cannot_be_a_bond_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
