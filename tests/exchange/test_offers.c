// SPDX-License-Identifier: Apache-2.0
// Offers: a server leaves when it said, never asks below its floor, and may give work up once its
// notice has passed. And why tasks are not sold under rules and markets that the demo has not:
// ties, rounds that run out, queues that are not admitted.

#include "stage.h"

typedef struct scene {
    stage s;
    int32_t user, provider, server;
} scene;

static void scene_init(scene *c)
{
    const exchange_config config = stage_config();
    stage_init(&c->s, &config);
    c->user = stage_user(&c->s, 0, 100000 * DCAT_MONEY_UNIT);
    c->provider = stage_party(&c->s, 0, ROLE_PROVIDER);
    c->server = stage_server(&c->s, 0, c->provider, 10e3, 250000000000, 80000, PER_GIGACYCLE);
}

static void offer(scene *c, int64_t at_ns, exchange_offer what, exchange_code code)
{
    what.server = c->server;
    const exchange_event event = {
        .kind = EVENT_OFFER, .actor = c->provider, .at_ns = at_ns, .offer = what};
    stage_must(&c->s, &event, code);
}

static exchange_server_view server(const scene *c)
{
    exchange_server_view view;
    assert_true(exchange_server_find(c->s.x, c->server, &view));
    return view;
}

static int64_t awarded(scene *c, int64_t slot)
{
    const exchange_event event = stage_submit(c->user, slot * STAGE_S, (uint64_t)slot, 700, 9000);
    int64_t task = stage_must(&c->s, &event, CODE_DONE);
    stage_slot(&c->s, slot);
    return task;
}

static void test_a_server_leaves_when_it_said(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c);
    offer(&c, 0, (exchange_offer){.until_ns = 3 * STAGE_S}, CODE_DONE);
    stage_cut(&c.s, 0, NULL);
    stage_open(&c.s, 0);
    int64_t task = awarded(&c, 1);
    stage_slot(&c.s, 2);
    assert_int_equal(server(&c).state, SERVER_ACTIVE);
    stage_slot(&c.s, 3);
    assert_int_equal(server(&c).state, SERVER_DRAINING); // and finishes what it has
    assert_int_equal(stage_task(&c.s, task).state, TASK_AWARDED);
    assert_int_equal(server(&c).offer.until_ns, 0);
    const exchange_event back = stage_of_server(EVENT_UNDRAIN, c.provider, 3 * STAGE_S, c.server);
    stage_must(&c.s, &back, CODE_DONE);
    stage_slot(&c.s, 4); // once
    assert_int_equal(server(&c).state, SERVER_ACTIVE);
    stage_end(&c.s);

    scene_init(&c); // one that never traded is out at once; one that is suspended stays so
    offer(&c, 0, (exchange_offer){.until_ns = STAGE_S}, CODE_DONE);
    stage_open(&c.s, 0);
    stage_slot(&c.s, 1);
    assert_int_equal(server(&c).state, SERVER_OUT);
    offer(&c, STAGE_S, (exchange_offer){.until_ns = 2 * STAGE_S}, CODE_DONE);
    const exchange_event stop = stage_of_server(EVENT_SUSPEND, STAGE_OPERATOR, STAGE_S, c.server);
    stage_must(&c.s, &stop, CODE_DONE);
    stage_slot(&c.s, 2);
    assert_int_equal(server(&c).state, SERVER_SUSPENDED);
    stage_end(&c.s);
}

static void test_no_ask_is_below_the_floor(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c);
    offer(&c, 0, (exchange_offer){.floor = 90000, .min_count = 100}, CODE_DONE);
    stage_seal(&c.s, 0); // with an ask of 80 000
    assert_int_equal(c.s.x->servers[c.server].takes_part, 0);
    exchange_event ask = {
        .kind = EVENT_ASK, .actor = c.provider, .ask = {c.server, PER_GIGACYCLE, 89999, 2, 0}};
    stage_must(&c.s, &ask, CODE_OUT_OF_RANGE);
    ask.ask.per = PER_FORMULA;
    ask.ask.micro = 0;
    stage_must(&c.s, &ask, CODE_OUT_OF_RANGE);
    ask.ask.per = PER_GIGACYCLE;
    ask.ask.micro = 90000;
    stage_must(&c.s, &ask, CODE_DONE);
    stage_seal(&c.s, 0);
    assert_int_equal(c.s.x->servers[c.server].takes_part, 1);
    stage_end(&c.s);
}

// Given up before the notice has passed it is a strike, afterwards none.
static void test_after_its_notice_a_server_may_give_work_up(void **fixture)
{
    (void)fixture;
    for (int late = 0; late < 2; late++) {
        static scene c;
        scene_init(&c);
        offer(&c, 0, (exchange_offer){.notice_ns = 2 * STAGE_S}, CODE_DONE);
        stage_cut(&c.s, 0, NULL);
        stage_open(&c.s, 0);
        int64_t task = awarded(&c, 1);
        exchange_event event = stage_report(EVENT_ACK, c.provider, STAGE_S, task, 1, c.server);
        stage_must(&c.s, &event, CODE_DONE);
        event = stage_of_server(EVENT_DRAIN, c.provider, STAGE_S, c.server);
        stage_must(&c.s, &event, CODE_DONE);
        event = stage_report(EVENT_FAIL, c.provider, late ? 3 * STAGE_S : 3 * STAGE_S - 1, task, 1,
                             c.server);
        stage_must(&c.s, &event, CODE_DONE);
        assert_int_equal(server(&c).strikes, late ? 0 : 1);
        stage_check(&c.s);
        stage_end(&c.s);
    }
}

// A task whose work was stated for so few cores or cards goes to others, or to nobody; one stated
// in giga-cycles to whoever is best.
static void test_a_server_takes_no_task_for_fewer_than_its_least_count(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c);
    int32_t dear = stage_server(&c.s, 0, c.provider, 20e3, 250000000000, 90000, PER_GIGACYCLE);
    offer(&c, 0, (exchange_offer){.min_count = 4}, CODE_DONE);
    stage_cut(&c.s, 0, NULL);
    stage_open(&c.s, 0);
    exchange_event event = stage_submit(c.user, 0, 1, 700, 9000);
    static const int32_t counts[] = {0, 4, 3, 5};
    for (size_t i = 0; i < 4; i++) {
        event.at_ns = (int64_t)i * STAGE_S;
        event.task.client.id[0] = i;
        event.task.count = counts[i];
        assert_true(exchange_quote_of(c.s.x, &event).served);
        int64_t task = stage_must(&c.s, &event, CODE_DONE);
        stage_slot(&c.s, (int64_t)i);
        assert_int_equal(c.s.award_count, i + 1);
        assert_int_equal(c.s.awards[i].servers[0], counts[i] == 3 ? dear : c.server);
        assert_int_equal(c.s.awards[i].told.candidate_count, counts[i] == 3 ? 1 : 2);
        const exchange_event cancel = stage_report(EVENT_CANCEL, c.user, event.at_ns, task, 0, 0);
        stage_must(&c.s, &cancel, CODE_DONE); // its time is free again
        stage_check(&c.s);
    }
    // Both want more: what would have been enough is what the less demanding one takes.
    c.server = dear;
    offer(&c, 4 * STAGE_S, (exchange_offer){.min_count = 8}, CODE_DONE);
    event.at_ns = 4 * STAGE_S;
    event.task.client.id[0] = 9;
    event.task.count = 2;
    exchange_quote quote = exchange_quote_of(c.s.x, &event);
    assert_string_equal(quote.reason, "min-count");
    assert_true(!quote.served && quote.needed == 4.0);
    int64_t task = stage_must(&c.s, &event, CODE_DONE);
    stage_slot(&c.s, 4);
    exchange_task_view view = stage_task(&c.s, task);
    assert_int_equal(view.state, TASK_UNSERVED);
    assert_string_equal(view.reason, "min-count");
    assert_true(view.needed == 4.0);
    assert_string_equal(exchange_needed_name(view.reason), "count");
    event.task.client.id[0] = 10; // too slow for anybody is too slow, whatever its count
    event.task.deadline_us = 2799000;
    assert_string_equal(exchange_quote_of(c.s.x, &event).reason, "too-slow");
    event.task.count = -1;
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE);
    stage_end(&c.s);
}

static void test_what_is_no_offer_is_refused(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c);
    const exchange_offer bad[] = {
        {.until_ns = 5},   {.until_ns = INT64_MAX}, {.until_ns = -1},
        {.notice_ns = -1}, {.floor = -1},           {.floor = INT64_MAX},
        {.min_count = -1}, {.min_count = 101},      {.notice_ns = INT64_MAX},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        offer(&c, 5, bad[i], CODE_OUT_OF_RANGE);
    }
    int32_t own = c.server;
    c.server = 7;
    offer(&c, 5, (exchange_offer){0}, CODE_NOT_FOUND);
    c.server = -1;
    offer(&c, 5, (exchange_offer){0}, CODE_NOT_FOUND);
    c.server = own;
    c.provider = stage_party(&c.s, 5, ROLE_PROVIDER);
    offer(&c, 5, (exchange_offer){0}, CODE_FORBIDDEN);
    stage_end(&c.s);
}

// ---- other rules and markets

static const dcat_area two_areas[2] = {{{0.0, 0.0}, 0}, {{50e3, 0.0}, 0}};

// Servers of different providers at one place, with asks in micro-money per giga-cycle.
static void open_market(scene *c, const dcat_world_config *world, const char *auction,
                        const dcat_money *asks, size_t count)
{
    const exchange_config config = stage_config();
    stage_init(&c->s, &config);
    c->user = stage_user(&c->s, 0, INT64_C(1000000) * DCAT_MONEY_UNIT);
    for (size_t i = 0; i < count; i++) {
        int32_t provider = stage_party(&c->s, 0, ROLE_PROVIDER);
        stage_server(&c->s, 0, provider, 10e3, 250000000000, asks[i], PER_GIGACYCLE);
    }
    stage_open(&c->s, 0);
    stage_seal(&c->s, 0);
    exchange_cut_config of = {.world = *world,
                              .areas = two_areas,
                              .auction = dcat_auction_find(auction),
                              .world_seed = 1};
    of.world.span_m_max = 0.0;
    exchange_cut *cut = NULL;
    assert_int_equal(exchange_cut_create(c->s.x, &of, &cut, NULL), DCAT_OK);
    c->s.cuts[c->s.cut_count++] = cut;
    const exchange_event event = {.kind = EVENT_CYCLE, .actor = EXCHANGE_SELF, .cut = cut};
    stage_must(&c->s, &event, CODE_DONE);
}

static int64_t hand_in(scene *c, int64_t at_ns, int64_t work_gigacycles, int64_t deadline_ms)
{
    static uint64_t client = 1;
    const exchange_event event =
        stage_submit(c->user, at_ns, client++, work_gigacycles, deadline_ms);
    return stage_must(&c->s, &event, CODE_DONE);
}

static void assert_reason(const scene *c, int64_t task, const char *reason, double needed)
{
    exchange_task_view view = stage_task(&c->s, task);
    assert_int_equal(view.state, TASK_UNSERVED);
    assert_string_equal(view.reason, reason);
    assert_near(view.needed, needed, 1e-9);
}

static void test_a_tie_is_all_left(void **state)
{
    (void)state;
    static scene c;
    const dcat_world_config world = dcat_world_config_default();
    open_market(&c, &world, "rea", (const dcat_money[]){5000000, 5000000}, 2);
    int64_t task = hand_in(&c, 1, 500, 10000);
    assert_int_equal(stage_slot(&c.s, 1).code, CODE_DONE);
    assert_reason(&c, task, "all-left", 0.0);
    stage_check(&c.s);
    stage_end(&c.s);
}

static void test_rounds_run_out(void **state)
{
    (void)state;
    static scene c;
    dcat_world_config world = dcat_world_config_default();
    world.auction.rea_round_max = 1;
    world.auction.rea_round_end = DCAT_END_UNSOLD;
    open_market(&c, &world, "rea", (const dcat_money[]){80000, 90000}, 2);
    int64_t task = hand_in(&c, 1, 500, 10000);
    assert_int_equal(stage_slot(&c.s, 1).code, CODE_DONE);
    assert_reason(&c, task, "round-limit", 0.0);
    stage_end(&c.s);
}

// A deadline of 20 s makes the fee 10 (1 + 2/20) = 11 a giga-cycle, so 5.5 a second admits 2 s.
static void test_a_queue_that_is_not_admitted_says_which_would_be(void **state)
{
    (void)state;
    static scene c;
    dcat_world_config world = dcat_world_config_default();
    world.market.admission_per_gigacycle_s = 5.5;
    open_market(&c, &world, "rea-s", (const dcat_money[]){80000}, 1);
    hand_in(&c, 1, 1000, 20000); // 4 s
    assert_int_equal(stage_slot(&c.s, 1).code, CODE_DONE);
    int64_t task = hand_in(&c, STAGE_S + 1, 500, 20000);
    assert_int_equal(stage_slot(&c.s, 2).code, CODE_DONE);
    assert_reason(&c, task, "not-admitted", 2.0);
    assert_string_equal(exchange_needed_name("not-admitted"), "queue_s");
    stage_end(&c.s);
}

// Where the fee is below the admission's constant no queue is short enough.
static void test_a_fee_that_admits_nobody_has_no_number(void **state)
{
    (void)state;
    static scene c;
    dcat_world_config world = dcat_world_config_default();
    world.market.admission_per_gigacycle = 12.0;
    open_market(&c, &world, "rea-s", (const dcat_money[]){80000}, 1);
    int64_t task = hand_in(&c, 1, 500, 20000);
    assert_int_equal(stage_slot(&c.s, 1).code, CODE_DONE);
    assert_reason(&c, task, "not-admitted", 0.0);
    stage_end(&c.s);
}

// The lowest bid of those in time is what the ceiling would have had to be.
static void test_the_price_that_would_have_done(void **state)
{
    (void)state;
    static scene c;
    dcat_world_config world = dcat_world_config_default();
    world.auction.ceiling_per_cycle = 1.5e-9;
    open_market(&c, &world, "vickrey", (const dcat_money[]){2500000, 2000000}, 2);
    int64_t task = hand_in(&c, 1, 500, 10000);
    assert_int_equal(stage_slot(&c.s, 1).code, CODE_DONE);
    assert_reason(&c, task, "above-ceiling", 2.0);
    stage_end(&c.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_leaves_when_it_said),
        cmocka_unit_test(test_no_ask_is_below_the_floor),
        cmocka_unit_test(test_after_its_notice_a_server_may_give_work_up),
        cmocka_unit_test(test_a_server_takes_no_task_for_fewer_than_its_least_count),
        cmocka_unit_test(test_what_is_no_offer_is_refused),
        cmocka_unit_test(test_a_tie_is_all_left),
        cmocka_unit_test(test_rounds_run_out),
        cmocka_unit_test(test_a_queue_that_is_not_admitted_says_which_would_be),
        cmocka_unit_test(test_a_fee_that_admits_nobody_has_no_number),
        cmocka_unit_test(test_the_price_that_would_have_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
