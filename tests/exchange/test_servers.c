// SPDX-License-Identifier: Apache-2.0
// Servers and their agents: what happens when they say nothing, say it twice, leave, or ask a new
// price; and what prices as people state them become.

#include "stage.h"

typedef struct scene {
    stage s;
    int32_t user, provider[3], server[3];
} scene;

// Three servers of three providers; deadlines of 20 s leave time for second tries.
static void scene_init(scene *c, const exchange_config *config, const int32_t *cluster_of)
{
    stage_init(&c->s, config);
    c->user = stage_user(&c->s, 0, 1000000 * DCAT_MONEY_UNIT);
    for (int i = 0; i < 3; i++) {
        c->provider[i] = stage_party(&c->s, 0, ROLE_PROVIDER);
        c->server[i] = stage_server(&c->s, 0, c->provider[i], 10e3 * (i + 1), 250000000000,
                                    80000 + 10000 * i, PER_GIGACYCLE);
    }
    stage_cut(&c->s, 0, cluster_of);
    stage_open(&c->s, 0);
}

static const int32_t pair[] = {0, 0, 2};

static int64_t submitted(scene *c, int64_t at_ns, uint64_t client)
{
    const exchange_event event = stage_submit(c->user, at_ns, client, 700, 20000);
    return stage_must(&c->s, &event, CODE_DONE);
}

static void tell(scene *c, exchange_kind kind, int who, int64_t at_ns, int64_t task,
                 int32_t attempt, exchange_code code)
{
    const exchange_event event =
        stage_report(kind, c->provider[who], at_ns, task, attempt, c->server[who]);
    stage_must(&c->s, &event, code);
}

static void beat(scene *c, int who, int64_t at_ns)
{
    const exchange_event event =
        stage_of_server(EVENT_HEARTBEAT, c->provider[who], at_ns, c->server[who]);
    stage_must(&c->s, &event, CODE_DONE);
}

static void slots(scene *c, int64_t first, int64_t last)
{
    for (int64_t number = first; number <= last; number++) {
        for (int i = 0; i < 3; i++) {
            beat(c, i, c->s.x->core.now_ns);
        }
        assert_int_equal(stage_slot(&c->s, number).code, CODE_DONE);
        stage_check(&c->s);
    }
}

static exchange_server_view server_of(const scene *c, int who)
{
    exchange_server_view view;
    assert_true(exchange_server_find(c->s.x, c->server[who], &view));
    return view;
}

static int winner(const scene *c)
{
    const stage_award *last = &c->s.awards[c->s.award_count - 1];
    for (int i = 0; i < 3; i++) {
        if (last->servers[0] == c->server[i]) {
            return i;
        }
    }
    return -1;
}

// Nobody acknowledges within two slots: the award expires and the task is sold again; after three
// strikes the server may have one open award at a time.
static void test_an_award_nobody_acknowledges_is_sold_again(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, NULL);
    int64_t task = submitted(&c, STAGE_S / 2, 1);
    slots(&c, 1, 3);
    assert_int_equal(stage_task(&c.s, task).attempt, 1); // 1 + 2 s are not over yet
    assert_int_equal(winner(&c), 0);
    slots(&c, 4, 4);
    assert_int_equal(stage_task(&c.s, task).state, TASK_AWARDED);
    assert_int_equal(stage_task(&c.s, task).attempt, 2);
    assert_int_equal(server_of(&c, 0).strikes, 1);
    tell(&c, EVENT_ACK, 0, 4 * STAGE_S, task, 1, CODE_WRONG_ATTEMPT); // too late for the first
    slots(&c, 5, 10);
    assert_int_equal(stage_task(&c.s, task).attempt, 4); // sold in slots 1, 4, 7 and 10
    assert_int_equal(server_of(&c, 0).strikes, 3);
    assert_true(server_of(&c, 0).probation);
    // It has one open award, so the next task goes to the second server.
    submitted(&c, 10 * STAGE_S, 2);
    slots(&c, 11, 11);
    assert_int_equal(winner(&c), 1);
    // The sixth attempt ends at 19 s, and 2.8 s of work cannot be done by 20.5 s.
    slots(&c, 12, 19);
    assert_int_equal(stage_task(&c.s, task).attempt, 6);
    assert_int_equal(stage_task(&c.s, task).state, TASK_UNSERVED);
    assert_string_equal(stage_task(&c.s, task).reason, "too-slow");
    stage_end(&c.s);
}

// A team of two: one starts, the other does not until a slot after the go. Only it has a strike.
static void test_a_part_that_does_not_start_ends_the_attempt(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, pair);
    int64_t task = submitted(&c, STAGE_S / 2, 1);
    slots(&c, 1, 1);
    assert_int_equal(c.s.awards[0].told.member_count, 2);
    tell(&c, EVENT_ACK, 0, STAGE_S, task, 1, CODE_DONE);
    tell(&c, EVENT_START, 0, STAGE_S, task, 1, CODE_WRONG_STATE); // the other has not
    tell(&c, EVENT_ACK, 1, STAGE_S, task, 1, CODE_DONE);
    tell(&c, EVENT_START, 0, 1100 * STAGE_MS, task, 1, CODE_DONE);
    assert_int_equal(stage_task(&c.s, task).state, TASK_AWARDED);
    slots(&c, 3, 3);
    assert_int_equal(stage_task(&c.s, task).attempt, 2);
    assert_int_equal(server_of(&c, 0).strikes, 0);
    assert_int_equal(server_of(&c, 1).strikes, 1);
    stage_end(&c.s);
}

// 700 giga-cycles on 500 / s take 1.4 s; the lease ends 30 s after the forecast.
static void test_a_lease_ends_without_a_receipt(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, pair);
    int64_t task = submitted(&c, STAGE_S / 2, 1);
    slots(&c, 1, 1);
    for (int i = 0; i < 2; i++) {
        tell(&c, EVENT_ACK, i, STAGE_S, task, 1, CODE_DONE);
    }
    for (int i = 0; i < 2; i++) {
        tell(&c, EVENT_START, i, 1600 * STAGE_MS, task, 1, CODE_DONE);
    }
    tell(&c, EVENT_FINISH, 1, 3 * STAGE_S, task, 1, CODE_DONE);
    slots(&c, 4, 4);
    assert_near(server_of(&c, 0).free_s, 5.0, 0.0); // overdue: until the end of the slot
    assert_near(server_of(&c, 1).free_s, 3.0, 0.0); // its own receipt
    slots(&c, 5, 33);
    assert_int_equal(stage_task(&c.s, task).state, TASK_RUNNING);
    slots(&c, 34, 34);
    assert_int_equal(stage_task(&c.s, task).state, TASK_FAILED);
    assert_string_equal(stage_task(&c.s, task).reason, "lease-ended");
    assert_int_equal(server_of(&c, 0).strikes, 1);
    assert_int_equal(server_of(&c, 1).strikes, 0);
    assert_int_equal(exchange_balance(c.s.x, exchange_account_held(c.user)), 0);
    stage_end(&c.s);
}

static void test_an_agent_that_gives_up_has_a_strike(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, pair);
    int64_t task = submitted(&c, STAGE_S / 2, 1);
    slots(&c, 1, 1);
    tell(&c, EVENT_FAULT, 0, STAGE_S, task, 1, CODE_WRONG_STATE); // it does not run
    tell(&c, EVENT_FAIL, 0, STAGE_S, task, 1, CODE_DONE);
    assert_int_equal(stage_task(&c.s, task).state, TASK_ACCEPTED);
    tell(&c, EVENT_FAIL, 0, STAGE_S, task, 1, CODE_REPEATED);
    tell(&c, EVENT_FAULT, 0, STAGE_S, task, 1, CODE_WRONG_STATE); // not what it said
    assert_int_equal(server_of(&c, 0).strikes, 1);
    tell(&c, EVENT_FAIL, 1, STAGE_S, task, 1, CODE_WRONG_STATE); // dropped with it
    stage_check(&c.s);
    stage_end(&c.s);
}

// One of a pair says nothing for 15 s: it is lost, and its mate trades alone in the same slot.
static void test_a_silent_server_is_lost_and_its_mate_trades_on(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, pair);
    for (int64_t number = 1; number <= 15; number++) {
        beat(&c, 0, (number - 1) * STAGE_S);
        beat(&c, 2, (number - 1) * STAGE_S);
        stage_slot(&c.s, number);
    }
    assert_int_equal(server_of(&c, 1).state, SERVER_ACTIVE);
    submitted(&c, 15 * STAGE_S, 1);
    stage_slot(&c.s, 16);
    assert_int_equal(server_of(&c, 1).state, SERVER_LOST);
    assert_int_equal(winner(&c), 0);
    assert_int_equal(c.s.awards[0].told.member_count, 1);
    beat(&c, 1, 16 * STAGE_S);
    assert_int_equal(server_of(&c, 1).state, SERVER_ACTIVE);
    submitted(&c, 16 * STAGE_S, 2);
    stage_slot(&c.s, 17);
    stage_check(&c.s);
    // Together again: the first is busy for 2.8 s, so the second cannot start before either, and
    // the third, which is free, bids alone.
    assert_true(c.s.award_count == 2);
    stage_end(&c.s);
}

// Nobody at all is heard: nobody is lost, no lease ends, and time counts anew from the first word.
static void test_silence_of_all_is_taken_for_our_own_fault(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, NULL);
    int64_t task = submitted(&c, STAGE_S / 2, 1);
    slots(&c, 1, 1);
    stage_slot(&c.s, 100);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(server_of(&c, i).state, SERVER_ACTIVE);
    }
    assert_int_equal(stage_task(&c.s, task).state, TASK_AWARDED);
    beat(&c, 0, 100500 * STAGE_MS);
    stage_slot(&c.s, 102);
    assert_int_equal(server_of(&c, 1).state, SERVER_ACTIVE);
    beat(&c, 0, 110 * STAGE_S);
    stage_slot(&c.s, 116);
    assert_int_equal(server_of(&c, 1).state, SERVER_LOST); // 15 s after 100.5 s
    assert_int_equal(server_of(&c, 0).state, SERVER_ACTIVE);
    stage_end(&c.s);
}

static void test_a_drained_server_finishes_and_leaves_at_the_cut(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, NULL);
    int64_t task = submitted(&c, STAGE_S / 2, 1);
    slots(&c, 1, 1);
    exchange_event event = stage_of_server(EVENT_DRAIN, c.provider[1], STAGE_S, c.server[0]);
    stage_must(&c.s, &event, CODE_FORBIDDEN);
    event.actor = c.provider[0];
    stage_must(&c.s, &event, CODE_DONE);
    stage_cut(&c.s, STAGE_S, NULL);
    assert_int_equal(c.s.cuts[1]->server_count, 2);
    assert_int_equal(server_of(&c, 0).state, SERVER_DRAINING); // it has work in hand
    tell(&c, EVENT_ACK, 0, STAGE_S, task, 1, CODE_DONE);
    tell(&c, EVENT_START, 0, STAGE_S, task, 1, CODE_DONE);
    tell(&c, EVENT_FINISH, 0, 4 * STAGE_S, task, 1, CODE_DONE);
    assert_int_equal(stage_task(&c.s, task).state, TASK_SETTLED);
    assert_int_equal(server_of(&c, 0).state, SERVER_OUT);
    // A cut that was made before another came into force is refused.
    event = (exchange_event){
        .kind = EVENT_CYCLE, .actor = EXCHANGE_SELF, .at_ns = 4 * STAGE_S, .cut = c.s.cuts[0]};
    stage_must(&c.s, &event, CODE_STALE_CUT);
    stage_check(&c.s);
    stage_end(&c.s);
}

// In force at the next cut; a nonce must be newer; one signed while the cut was made waits.
static void test_an_ask_is_in_force_from_the_next_cut(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, NULL);
    exchange_event ask = {.kind = EVENT_ASK,
                          .actor = c.provider[0],
                          .at_ns = STAGE_S,
                          .ask = {c.server[0], PER_GIGACYCLE, 95000, 2, 0}};
    stage_must(&c.s, &ask, CODE_DONE);
    stage_must(&c.s, &ask, CODE_STALE_NONCE);
    ask.ask.nonce = 1;
    stage_must(&c.s, &ask, CODE_STALE_NONCE);
    const server_record *s = &c.s.x->servers[c.server[0]];
    assert_int_equal(s->first.ask.micro, 80000);
    exchange_event event = {
        .kind = EVENT_CYCLE, .actor = EXCHANGE_SELF, .at_ns = STAGE_S, .cut = c.s.cuts[0]};
    stage_must(&c.s, &event, CODE_STALE_CUT);
    stage_seal(&c.s, STAGE_S);
    event.cut = stage_make_cut(&c.s, NULL);
    ask.ask.nonce = 3;
    ask.ask.micro = 70000;
    stage_must(&c.s, &ask, CODE_DONE);
    stage_must(&c.s, &event, CODE_DONE);
    assert_int_equal(s->first.ask.micro, 95000); // what was sealed
    stage_cut(&c.s, STAGE_S, NULL);
    assert_int_equal(s->first.ask.micro, 70000);
    ask.ask = (__typeof__(ask.ask)){c.server[0], PER_CORE_HOUR, 0, 4, 0};
    stage_must(&c.s, &ask, CODE_OUT_OF_RANGE);
    ask.ask.per = PER_COUNT;
    stage_must(&c.s, &ask, CODE_OUT_OF_RANGE);
    stage_end(&c.s);
}

static void test_units_that_differ_are_not_the_same(void **fixture)
{
    (void)fixture;
    const exchange_unit unit = {.device = 1, .count = 2, .speed_hz = 3};
#define OTHER(member, value)                                                                       \
    do {                                                                                           \
        exchange_unit other = unit;                                                                \
        assert_true(exchange_unit_is_same(&unit, &other));                                         \
        other.member = value;                                                                      \
        assert_false(exchange_unit_is_same(&unit, &other));                                        \
    } while (0)
    OTHER(device, 0);
    OTHER(count, 3);
    OTHER(speed_hz, 4);
    OTHER(tariff, 1);
    OTHER(tariff_per, PER_CARD_HOUR);
    OTHER(own_costs, 1);
    OTHER(energy_cost, 1.0);
    OTHER(time_cost_per_s, 1.0);
    OTHER(exact_hz, 1.0);
    OTHER(exact_tariff, 1.0);
#undef OTHER
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_award_nobody_acknowledges_is_sold_again),
        cmocka_unit_test(test_a_part_that_does_not_start_ends_the_attempt),
        cmocka_unit_test(test_a_lease_ends_without_a_receipt),
        cmocka_unit_test(test_an_agent_that_gives_up_has_a_strike),
        cmocka_unit_test(test_a_silent_server_is_lost_and_its_mate_trades_on),
        cmocka_unit_test(test_silence_of_all_is_taken_for_our_own_fault),
        cmocka_unit_test(test_a_drained_server_finishes_and_leaves_at_the_cut),
        cmocka_unit_test(test_an_ask_is_in_force_from_the_next_cut),
        cmocka_unit_test(test_units_that_differ_are_not_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
