// SPDX-License-Identifier: Apache-2.0
// What the exchange refuses, with which code, and that it then is what it was: roles by kinds, bad
// numbers, keys used twice, room that is full, a halt.

#include "stage.h"
#include <math.h>
#include <string.h>

typedef struct scene {
    stage s;
    int32_t user, provider, auditor, server;
} scene;

static void scene_init(scene *c, const exchange_config *config)
{
    stage_init(&c->s, config);
    c->user = stage_user(&c->s, 0, 100000 * DCAT_MONEY_UNIT);
    c->provider = stage_party(&c->s, 0, ROLE_PROVIDER);
    c->auditor = stage_party(&c->s, 0, ROLE_AUDITOR);
    c->server = stage_server(&c->s, 0, c->provider, 10e3, 250000000000, 80000, PER_GIGACYCLE);
}

static void refused_with(scene *c, const exchange_event *event, exchange_code code)
{
    uint64_t before = exchange_digest(c->s.x);
    stage_must(&c->s, event, code);
    assert_true(exchange_digest(c->s.x) == before);
}

// Every kind of event by every role, and by nobody known: allowed as the table of kinds says.
static void test_roles_may_do_what_their_row_says(void **fixture)
{
    (void)fixture;
    static const unsigned allowed[EVENT_COUNT] = {
#define EVENT_ROLES(name, text, who) [EVENT_##name] = (who),
        EXCHANGE_EVENTS(EVENT_ROLES)
#undef EVENT_ROLES
    };
    size_t denied = 0;
    for (int kind = 0; kind < EVENT_COUNT; kind++) {
        static scene c;
        const exchange_config config = stage_config();
        scene_init(&c, &config);
        const int32_t actor[] = {c.user, c.provider, STAGE_OPERATOR, c.auditor, EXCHANGE_SELF};
        for (int role = 0; role <= ROLE_COUNT; role++) {
            exchange_event event = {.kind = (exchange_kind)kind, .actor = actor[role]};
            if ((allowed[kind] & 1u << role) == 0) {
                refused_with(&c, &event, CODE_FORBIDDEN);
                denied++;
            }
        }
        exchange_event event = {.kind = (exchange_kind)kind, .actor = 99};
        refused_with(&c, &event, CODE_FORBIDDEN);
        event.actor = -2;
        refused_with(&c, &event, CODE_FORBIDDEN);
        stage_end(&c.s);
    }
    assert_true(denied > 80);
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config);
    exchange_event event = {.kind = EVENT_COUNT, .actor = EXCHANGE_SELF};
    refused_with(&c, &event, CODE_OUT_OF_RANGE);
    event.kind = (exchange_kind)-1;
    refused_with(&c, &event, CODE_OUT_OF_RANGE);
    stage_end(&c.s);
}

static void test_a_submission_is_taken_once_and_within_bounds(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config);
    exchange_event good = stage_submit(c.user, 0, 1, 700, 5000);
    refused_with(&c, &good, CODE_WRONG_STATE); // not open yet
    stage_open(&c.s, 0);

    exchange_event bad[11];
    for (size_t i = 0; i < 11; i++) {
        bad[i] = good;
    }
    bad[0].task.work_cycles = 0;
    bad[1].task.work_cycles = INT64_MIN;
    bad[2].task.work_cycles = INT64_MAX;
    bad[3].task.data_bits = -1;
    bad[4].task.deadline_us = 0;
    bad[5].task.deadline_us = INT64_MAX;
    bad[6].task.area = 2;
    bad[7].task.area = -1;
    bad[8].task.retry_ns = -1;
    bad[9].task.max_fee = 0;
    bad[10].task.max_fee = INT64_MAX;
    for (size_t i = 0; i < 11; i++) {
        refused_with(&c, &bad[i], CODE_OUT_OF_RANGE);
    }
    bad[0] = good;
    bad[0].task.max_fee = 9800 * DCAT_MONEY_UNIT - 1;
    refused_with(&c, &bad[0], CODE_FEE_ABOVE_LIMIT);
    bad[0] = good;
    bad[0].task.work_cycles *= 11;
    refused_with(&c, &bad[0], CODE_INSUFFICIENT_BALANCE);
    dcat_money *profit = &c.s.x->balance[ACCOUNT_PROFIT]; // what credits took is an amount, too
    *profit = -DCAT_MONEY_MAX - 1;
    refused_with(&c, &good, CODE_BUSY);
    *profit = 0;
    bad[0] = good;
    bad[0].at_ns = -1;
    refused_with(&c, &bad[0], CODE_STALE_TIME);
    bad[0].at_ns = INT64_MAX;
    refused_with(&c, &bad[0], CODE_STALE_TIME);

    int64_t task = stage_must(&c.s, &good, CODE_DONE);
    uint64_t before = exchange_digest(c.s.x);
    assert_int_equal(stage_must(&c.s, &good, CODE_REPEATED), task);
    good.at_ns = 5;
    assert_int_equal(stage_must(&c.s, &good, CODE_REPEATED), task);
    assert_true(exchange_digest(c.s.x) == before);
    good.task.client.body[1]++;
    refused_with(&c, &good, CODE_KEY_REUSED);
    int32_t other = stage_user(&c.s, 0, 100000 * DCAT_MONEY_UNIT); // whose ids are its own
    good.actor = other;
    assert_true(stage_must(&c.s, &good, CODE_DONE) != task);
    exchange_event cancel = stage_report(EVENT_CANCEL, other, 5, task, 0, 0);
    refused_with(&c, &cancel, CODE_FORBIDDEN);
    cancel.report.task = 999;
    refused_with(&c, &cancel, CODE_NOT_FOUND);
    cancel.report.task = INT64_MIN;
    refused_with(&c, &cancel, CODE_NOT_FOUND);
    stage_check(&c.s);
    stage_end(&c.s);
}

static void test_numbers_of_parties_and_servers_are_checked(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config);
    exchange_event event = {.kind = EVENT_PARTY, .actor = STAGE_OPERATOR, .party = {ROLE_COUNT}};
    refused_with(&c, &event, CODE_OUT_OF_RANGE);
    event.party.role = -1;
    refused_with(&c, &event, CODE_OUT_OF_RANGE);
    event = (exchange_event){.kind = EVENT_DEPOSIT, .deposit = {c.user, 0}};
    refused_with(&c, &event, CODE_OUT_OF_RANGE);
    event.deposit.amount = DCAT_MONEY_MAX; // with what is in already too much
    refused_with(&c, &event, CODE_OUT_OF_RANGE);
    event.deposit.amount = INT64_MIN;
    refused_with(&c, &event, CODE_OUT_OF_RANGE);
    event.deposit = (__typeof__(event.deposit)){c.provider, 1};
    refused_with(&c, &event, CODE_FORBIDDEN);
    event.deposit.party = 77;
    refused_with(&c, &event, CODE_NOT_FOUND);

    const exchange_machine good = {.speed_hz = 1, .core_count = 1};
    exchange_machine bad[7] = {good, good, good, good, good, good, good};
    bad[0].x = NAN;
    bad[1].y = INFINITY;
    bad[2].speed_hz = 0;
    bad[3].speed_hz = INT64_MAX;
    bad[4].core_count = 0;
    bad[5].card_count = -1;
    bad[6].node = -1;
    for (size_t i = 0; i < 7; i++) {
        event = (exchange_event){.kind = EVENT_REGISTER, .actor = c.provider, .machine = bad[i]};
        refused_with(&c, &event, CODE_OUT_OF_RANGE);
    }
    event = stage_of_server(EVENT_HEARTBEAT, c.provider, 0, 5);
    refused_with(&c, &event, CODE_NOT_FOUND);
    event.server.server = -1;
    refused_with(&c, &event, CODE_NOT_FOUND);
    event = stage_of_server(EVENT_UNDRAIN, c.provider, 0, c.server);
    refused_with(&c, &event, CODE_WRONG_STATE);
    event = stage_report(EVENT_ACK, c.provider, 0, 1, 1, 5);
    refused_with(&c, &event, CODE_NOT_FOUND);
    event.report.server = c.server;
    refused_with(&c, &event, CODE_NOT_FOUND);
    event = (exchange_event){.kind = EVENT_CYCLE, .actor = EXCHANGE_SELF};
    refused_with(&c, &event, CODE_STALE_CUT);
    event = (exchange_event){.kind = EVENT_SLOT, .actor = EXCHANGE_SELF, .slot = {0, 0}};
    refused_with(&c, &event, CODE_WRONG_STATE); // not open
    stage_open(&c.s, 0);
    stage_must(&c.s, &event, CODE_DONE);
    refused_with(&c, &event, CODE_STALE_TIME);
    event.slot.number = 1;
    refused_with(&c, &event, CODE_OUT_OF_RANGE); // it has not begun
    stage_end(&c.s);
}

// What a simulation knows to the last bit stands next to the whole numbers, or it is refused.
static void test_exact_numbers_stand_next_to_whole_ones(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config);
    stage_open(&c.s, 0);
    exchange_event good = stage_submit(c.user, 0, 1, 700, 20000);
    good.task.exact = (exchange_exact){0.0, (double)good.task.work_cycles + 0.25,
                                       (double)good.task.data_bits + 0.5,
                                       (double)good.task.deadline_us / 1e6, 0.0};
    exchange_event bad[16];
    size_t count = 0;
    for (size_t i = 0; i < 16; i++) {
        bad[i] = good;
    }
    bad[count++].task.exact.arrival_s = 1e-3;
    bad[count++].task.exact.work_cycles = 0.5;
    bad[count++].task.exact.work_cycles += 2.0;
    bad[count++].task.exact.work_cycles = NAN;
    bad[count++].task.exact.data_bits = -1.0;
    bad[count++].task.exact.data_bits += 2.0;
    bad[count++].task.exact.deadline_s = 0.0;
    bad[count++].task.exact.deadline_s = NAN;
    bad[count++].task.exact.deadline_s += 1.0;
    bad[count++].task.exact.value = -1.0;
    bad[count].task.exact = (exchange_exact){0};
    bad[count++].task.exact.deadline_s = 1.0;
    bad[count].task.exact = (exchange_exact){0};
    bad[count++].task.exact.value = 1.0;
    bad[count].task.exact = (exchange_exact){0};
    bad[count++].task.exact.data_bits = 1.0;
    bad[count++].task.data_bits = INT64_MAX;
    bad[count++].task.retry_ns = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        refused_with(&c, &bad[i], CODE_OUT_OF_RANGE);
    }
    int64_t any = stage_must(&c.s, &good, CODE_DONE);
    good.task.client.id[0]++;
    good.task.exact.value = 1e9;
    int64_t valued = stage_must(&c.s, &good, CODE_DONE);
    good.task.client.id[0]++;
    good.task.exact.value = 1e-6; // less than any fee
    int64_t declined = stage_must(&c.s, &good, CODE_DONE);
    assert_int_equal(exchange_cluster_of(c.s.x, c.server), -1); // no cut yet
    stage_cut(&c.s, 0, NULL);
    assert_int_equal(stage_slot(&c.s, 0).code, CODE_DONE);
    assert_int_equal(stage_task(&c.s, any).state, TASK_AWARDED);
    assert_int_equal(stage_task(&c.s, valued).state, TASK_AWARDED);
    assert_int_equal(stage_task(&c.s, declined).state, TASK_UNSERVED);
    assert_string_equal(stage_task(&c.s, declined).reason, "over-limit");
    assert_int_equal(exchange_cluster_of(c.s.x, -1), -1);
    assert_int_equal(exchange_cluster_of(c.s.x, 99), -1);
    assert_int_equal(exchange_party_role(c.s.x, -1), -1);
    assert_int_equal(exchange_party_role(c.s.x, 99), -1);
    stage_check(&c.s);
    stage_end(&c.s);
}

static void test_machines_stand_where_a_world_can_be_made(void **fixture)
{
    (void)fixture;
    static scene c;
    exchange_config config = stage_config();
    for (int geo = 0; geo < 2; geo++) {
        config.geometry = geo ? DCAT_GEO : DCAT_PLANE;
        config.node_count = geo ? 3 : 0;
        stage_init(&c.s, &config);
        c.provider = stage_party(&c.s, 0, ROLE_PROVIDER);
        const exchange_machine good = {.x = geo ? 180.0 : 1e9,
                                       .y = geo ? -90.0 : -1e9,
                                       .speed_hz = 250000000000,
                                       .core_count = 1,
                                       .node = geo ? 2 : 0,
                                       .own_costs = 1,
                                       .energy_cost = 1e-27,
                                       .time_cost_per_s = 1.0,
                                       .exact_hz = 250e9 + 0.5};
        exchange_machine bad[20];
        size_t count = 0;
        for (size_t i = 0; i < 20; i++) {
            bad[i] = good;
        }
        bad[count++].x = geo ? 180.1 : 1.1e9;
        bad[count++].x = geo ? -180.1 : NAN;
        bad[count++].y = geo ? 90.1 : 1.1e9;
        bad[count++].y = geo ? NAN : -1.1e9;
        bad[count++].node = geo ? 3 : 1;
        bad[count++].speed_hz = INT64_MAX;
        bad[count++].core_count = 1000001;
        bad[count++].card_count = 1000001;
        bad[count++].own_costs = 2;
        bad[count++].own_costs = 0;
        bad[count].own_costs = 0;
        bad[count++].energy_cost = 0.0;
        bad[count++].energy_cost = INFINITY;
        bad[count++].energy_cost = -1.0;
        bad[count++].time_cost_per_s = NAN;
        bad[count++].time_cost_per_s = -1.0;
        bad[count].energy_cost = 0.0;
        bad[count++].time_cost_per_s = 0.0; // nothing at all
        bad[count++].energy_cost = 1e300;
        bad[count++].exact_hz = 251e9;
        bad[count++].exact_hz = NAN;
        exchange_event event = {.kind = EVENT_REGISTER, .actor = c.provider};
        for (size_t i = 0; i < count; i++) {
            event.machine = bad[i];
            refused_with(&c, &event, CODE_OUT_OF_RANGE);
        }
        event.machine = good;
        stage_must(&c.s, &event, CODE_DONE);
        stage_end(&c.s);
    }
}

static void test_full_room_is_busy_until_something_may_be_forgotten(void **fixture)
{
    (void)fixture;
    static scene c;
    exchange_config config = stage_config();
    config.task_max = 2;
    config.party_max = 4;
    config.server_max = 1;
    scene_init(&c, &config);
    stage_open(&c.s, 0);
    exchange_event event = {.kind = EVENT_PARTY, .actor = STAGE_OPERATOR};
    refused_with(&c, &event, CODE_BUSY);
    event = (exchange_event){
        .kind = EVENT_REGISTER, .actor = c.provider, .machine = {.speed_hz = 1, .core_count = 1}};
    refused_with(&c, &event, CODE_BUSY);
    int64_t task[2];
    for (uint64_t i = 0; i < 2; i++) {
        event = stage_submit(c.user, 0, i, 700, 5000);
        task[i] = stage_must(&c.s, &event, CODE_DONE);
    }
    event = stage_submit(c.user, 0, 9, 700, 5000);
    refused_with(&c, &event, CODE_BUSY);
    exchange_event cancel = stage_report(EVENT_CANCEL, c.user, 0, task[1], 0, 0);
    stage_must(&c.s, &cancel, CODE_DONE);
    int64_t third = stage_must(&c.s, &event, CODE_DONE);
    assert_true(third > task[1]);
    stage_must(&c.s, &cancel, CODE_NOT_FOUND);
    assert_int_equal(stage_task(&c.s, task[0]).state, TASK_ACCEPTED);
    stage_check(&c.s);
    stage_end(&c.s);
}

// Halted: nothing new is taken or sold, but what runs is settled and what ran out goes back.
static void test_a_halt_sells_nothing_and_settles_everything(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config);
    stage_cut(&c.s, 0, NULL);
    stage_open(&c.s, 0);
    exchange_event event = stage_submit(c.user, 0, 1, 700, 9000);
    int64_t runs = stage_must(&c.s, &event, CODE_DONE);
    assert_int_equal(stage_slot(&c.s, 1).code, CODE_DONE);
    event = stage_submit(c.user, STAGE_S, 2, 700, 5000);
    int64_t waits = stage_must(&c.s, &event, CODE_DONE);
    event = (exchange_event){.kind = EVENT_HALT, .actor = EXCHANGE_SELF, .at_ns = STAGE_S};
    stage_must(&c.s, &event, CODE_DONE);
    refused_with(&c, &event, CODE_WRONG_STATE);
    event = stage_submit(c.user, STAGE_S, 3, 700, 5000);
    refused_with(&c, &event, CODE_HALTED);
    static const exchange_kind ways[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
    for (size_t i = 0; i < 3; i++) {
        event =
            stage_report(ways[i], c.provider, (2 + (int64_t)i) * STAGE_S - 1, runs, 1, c.server);
        stage_must(&c.s, &event, CODE_DONE);
        stage_slot(&c.s, 2 + (int64_t)i);
    }
    assert_int_equal(stage_task(&c.s, runs).state, TASK_SETTLED);
    assert_int_equal(stage_task(&c.s, waits).state, TASK_ACCEPTED);
    stage_slot(&c.s, 6);
    assert_string_equal(stage_task(&c.s, waits).reason, "deadline");
    assert_int_equal(c.s.award_count, 1);
    // To the end: resumed, closed to submissions, stopped when nothing is open.
    event = (exchange_event){.kind = EVENT_RESUME, .actor = STAGE_OPERATOR, .at_ns = 6 * STAGE_S};
    stage_must(&c.s, &event, CODE_DONE);
    event = stage_submit(c.user, 6 * STAGE_S, 4, 700, 5000);
    int64_t last = stage_must(&c.s, &event, CODE_DONE);
    event = (exchange_event){.kind = EVENT_CLOSE, .actor = STAGE_OPERATOR, .at_ns = 6 * STAGE_S};
    stage_must(&c.s, &event, CODE_DONE);
    assert_int_equal(exchange_mode(c.s.x), MODE_DRAINING);
    event.kind = EVENT_STOP;
    refused_with(&c, &event, CODE_WRONG_STATE);
    exchange_event cancel = stage_report(EVENT_CANCEL, STAGE_OPERATOR, 6 * STAGE_S, last, 0, 0);
    stage_must(&c.s, &cancel, CODE_DONE);
    stage_must(&c.s, &event, CODE_DONE);
    assert_int_equal(exchange_mode(c.s.x), MODE_STOPPED);
    stage_check(&c.s);
    stage_end(&c.s);
}

static void test_settings_are_checked_by_name(void **fixture)
{
    (void)fixture;
    exchange_config config;
    assert_false(exchange_config_preset("capacity", &config));
    static const char *const names[] = {"demo", "inference", "batch"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(exchange_config_preset(names[i], &config));
        assert_int_equal(exchange_config_check(&config, NULL), DCAT_OK);
        assert_int_equal(config.commission_bp, i == 0 ? 0 : 500);
    }
    enum { BAD = 22 };
    exchange_config bad[BAD];
    for (size_t i = 0; i < BAD; i++) {
        bad[i] = config;
    }
    bad[0].slot_ns = 0;
    bad[1].dispute_ns = INT64_MAX;
    bad[2].price_per_gigacycle = NAN;
    bad[3].urgency_s = -1.0;
    bad[4].pricing = (exchange_pricing)7;
    bad[5].commission_bp = 10001;
    bad[6].provider_bears_bp = -1;
    bad[7].rung_count = EXCHANGE_RUNG_MAX + 1;
    bad[8].late[0].credit_bp = 10001;
    bad[9].rung_count = 2;
    bad[9].late[1] = (exchange_rung){0, 5};
    bad[10].area_count = 0;
    bad[11].task_max = 200000000;
    bad[12].late[0].over_bp = -1;
    bad[13].slot_task_max = -1;
    bad[14].spend_cap = -1;
    bad[15].payout_ns = -1;
    bad[16].payout_min = DCAT_MONEY_MAX + 1;
    bad[17].payout_max = -1;
    bad[18].spend_cap = INT64_MAX;
    bad[19].payout_max = INT32_MAX;
    bad[20].cycle_first = INT32_MAX;
    bad[21].node_count = -1;
    static const char *const said[] = {
        "slot_ns",          "dispute_ns",     "price_per_gigacycle", "urgency_s",
        "pricing",          "commission_bp",  "provider_bears_bp",   "rung_count",
        "late.credit_bp",   "late.over_bp",   "area_count",          "task_max",
        "late.over_bp",     "slot_task_max",  "spend_cap",           "payout_ns",
        "payout_min",       "payout_max",     "spend_cap",           "payout_max must",
        "cycle_first must", "node_count must"};
    for (size_t i = 0; i < BAD; i++) {
        dcat_error err = {0};
        exchange *x = NULL;
        assert_int_equal(exchange_create(&bad[i], &x, &err), DCAT_ERR_RANGE);
        assert_non_null(strstr(err.message, said[i]));
    }
}

static void test_a_cut_needs_servers_and_a_market_that_keeps_promises(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    stage_init(&c.s, &config);
    const dcat_area areas[2] = {{{0.0, 0.0}, 0}, {{0.0, 0.0}, 0}};
    exchange_cut_config cut = {.world = dcat_world_config_default(),
                               .areas = areas,
                               .auction = dcat_auction_find("rea-s")};
    exchange_cut *made = NULL;
    dcat_error err = {0};
    assert_int_equal(exchange_cut_create(c.s.x, &cut, &made, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "no cycle is sealed"));
    stage_seal(&c.s, 0);
    assert_int_equal(exchange_cut_create(c.s.x, &cut, &made, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "no server takes part"));
    int32_t provider = stage_party(&c.s, 0, ROLE_PROVIDER);
    for (int i = 0; i < 2; i++) {
        stage_server(&c.s, 0, provider, 300e3 * i, 250000000000, 80000, PER_GIGACYCLE);
    }
    stage_seal(&c.s, 0);
    cut.world.market.queue = DCAT_QUEUE_PAPER;
    assert_int_equal(exchange_cut_create(c.s.x, &cut, &made, &err), DCAT_ERR_RANGE);
    cut.world.market.queue = DCAT_QUEUE_FIFO;
    const dcat_resources_config foreign = {DCAT_SIZED(dcat_resources_config), .class_count = 1};
    cut.resources = &foreign;
    assert_int_equal(exchange_cut_create(c.s.x, &cut, &made, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "those of the exchange"));
    cut.resources = NULL;
    cut.world.span_m_max = -1.0;
    assert_int_equal(exchange_cut_create(c.s.x, &cut, &made, &err), DCAT_ERR_RANGE);
    cut.world.span_m_max = 100e3;
    assert_int_equal(exchange_cut_create(c.s.x, &cut, &made, &err), DCAT_OK);
    // 300 km apart: no cluster (10c), and they stay alone.
    assert_int_equal(exchange_cut_set_clusters(made, (const int32_t[]){0, 0}, &err),
                     DCAT_ERR_RANGE);
    assert_int_equal(made->cluster_of[1], 1);
    exchange_cut_destroy(made);
    exchange_cut_destroy(NULL);
    stage_end(&c.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles_may_do_what_their_row_says),
        cmocka_unit_test(test_a_submission_is_taken_once_and_within_bounds),
        cmocka_unit_test(test_numbers_of_parties_and_servers_are_checked),
        cmocka_unit_test(test_exact_numbers_stand_next_to_whole_ones),
        cmocka_unit_test(test_machines_stand_where_a_world_can_be_made),
        cmocka_unit_test(test_full_room_is_busy_until_something_may_be_forgotten),
        cmocka_unit_test(test_a_halt_sells_nothing_and_settles_everything),
        cmocka_unit_test(test_settings_are_checked_by_name),
        cmocka_unit_test(test_a_cut_needs_servers_and_a_market_that_keeps_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
