// SPDX-License-Identifier: Apache-2.0
// Canary tasks: drawn by lots and no otherwise, worked on by their server alone, and what right,
// wrong and late answers come to.

#include "stage.h"

#include <stdlib.h>
#include <string.h>

#define SPEED INT64_C(250000000000)

typedef struct scene {
    stage s;
    int32_t user, provider[2], server[2];
    int64_t slot;
    uint64_t client;
} scene;

// Two servers of two providers, one team. Every server is due in every slot.
static void scene_init(scene *c, int64_t canary_ns)
{
    exchange_config config = stage_config();
    config.canary_ns = canary_ns;
    *c = (scene){.client = 1};
    stage_init(&c->s, &config);
    c->user = stage_user(&c->s, 0, 100000 * DCAT_MONEY_UNIT);
    for (int i = 0; i < 2; i++) {
        c->provider[i] = stage_party(&c->s, 0, ROLE_PROVIDER);
        c->server[i] = stage_server(&c->s, 0, c->provider[i], 10e3, SPEED, 80000, PER_GIGACYCLE);
    }
    stage_cut(&c->s, 0, (const int32_t[]){0, 0});
    stage_open(&c->s, 0);
}

static void next_slot(scene *c)
{
    c->slot++;
    for (int i = 0; i < 2; i++) {
        const exchange_event event = stage_of_server(EVENT_HEARTBEAT, c->provider[i],
                                                     exchange_time(c->s.x).now_ns, c->server[i]);
        stage_must(&c->s, &event, CODE_DONE);
    }
    assert_int_equal(stage_slot(&c->s, c->slot).code, CODE_DONE);
    stage_check(&c->s);
}

// 250 giga-cycles: one second of one server. The right output's hash begins with 9.
static exchange_event canary_of(scene *c, int which)
{
    int64_t at_ns = exchange_time(c->s.x).now_ns;
    exchange_event event = stage_submit(c->user, at_ns, c->client++, 250, 9000);
    event.task.canary = (exchange_canary){
        .slot = c->slot, .seed = 7, .server = c->server[which], .drawn = 1, .answer = {9}};
    return event;
}

static int64_t awarded(scene *c)
{
    next_slot(c);
    const exchange_event event = canary_of(c, 0);
    int64_t task = stage_must(&c->s, &event, CODE_DONE);
    next_slot(c);
    assert_int_equal(stage_task(&c->s, task).state, TASK_AWARDED);
    return task;
}

static exchange_event report_of(const scene *c, exchange_kind kind, int64_t task,
                                unsigned char output)
{
    exchange_event event =
        stage_report(kind, c->provider[0], exchange_time(c->s.x).now_ns, task, 1, c->server[0]);
    event.report.output[0] = output;
    return event;
}

static void report(scene *c, exchange_kind kind, int64_t task, unsigned char output,
                   int64_t later_ns)
{
    exchange_event event = report_of(c, kind, task, output);
    event.at_ns += later_ns;
    stage_must(&c->s, &event, CODE_DONE);
    stage_check(&c->s);
}

static int64_t running(scene *c)
{
    int64_t task = awarded(c);
    report(c, EVENT_ACK, task, 0, 0);
    report(c, EVENT_START, task, 0, 0);
    return task;
}

static void must_be(const scene *c, int32_t passed, int32_t late, int32_t failed)
{
    const exchange_canaries of = exchange_canaries_of(c->s.x, c->server[0]);
    assert_int_equal(of.passed, passed);
    assert_int_equal(of.late, late);
    assert_int_equal(of.failed, failed);
    assert_int_equal(of.open, 0);
    assert_int_equal(of.last_ns, passed + late + failed > 0 ? exchange_time(c->s.x).now_ns : 0);
    assert_int_equal(exchange_canaries_of(c->s.x, c->server[1]).last_ns, 0);
}

static dcat_money available(const scene *c, int32_t party)
{
    return exchange_balance(c->s.x, exchange_account_available(party));
}

static void test_lots_draw_each_server_as_often_as_the_settings_say(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 8 * STAGE_S);
    int due[2] = {0, 0}, both = 0;
    for (uint64_t seed = 0; seed < 8000; seed++) {
        bool first = exchange_canary_is_due(c.s.x, seed, c.server[0], 0);
        bool second = exchange_canary_is_due(c.s.x, seed, c.server[1], 0);
        due[0] += first;
        due[1] += second;
        both += first && second;
    }
    // 1 of 8, and 1 of 64 both: 1000 +- 30 and 125 +- 11.
    assert_true(due[0] > 880 && due[0] < 1120);
    assert_true(due[1] > 880 && due[1] < 1120);
    assert_true(both > 80 && both < 170);
    stage_end(&c.s);
}

static void refuse(scene *c, const exchange_event *event, exchange_code code)
{
    uint64_t before = exchange_digest(c->s.x);
    stage_must(&c->s, event, code);
    assert_true(exchange_digest(c->s.x) == before);
}

static void test_nobody_aims_a_canary(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 8 * STAGE_S);
    next_slot(&c);
    int done = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        exchange_event event = canary_of(&c, 0);
        event.task.canary.seed = seed;
        bool due = exchange_canary_is_due(c.s.x, seed, c.server[0], 0);
        if (due) {
            event.task.canary.slot--; // lots of another slot
            refuse(&c, &event, CODE_STALE_TIME);
            event.task.canary.slot++;
        }
        exchange_result result = stage_do(&c.s, &event);
        assert_int_equal(result.code, due ? CODE_DONE : CODE_FORBIDDEN);
        done += due;
        assert_true(done <= 1); // one at a time
    }
    assert_int_equal(done, 1);
    stage_end(&c.s);
}

static void test_what_is_no_canary_changes_nothing(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, STAGE_S);
    next_slot(&c);
    const int32_t servers[] = {-1, 2, INT32_MAX};
    exchange_event event = canary_of(&c, 0);
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        event.task.canary.server = servers[i];
        refuse(&c, &event, CODE_FORBIDDEN);
        assert_false(exchange_canary_is_due(c.s.x, 7, servers[i], 0));
        assert_int_equal(exchange_canaries_of(c.s.x, servers[i]).open, 0);
    }
    assert_false(exchange_canary_is_due(c.s.x, 7, c.server[0], -1));
    assert_false(exchange_canary_is_due(c.s.x, 7, c.server[0], 1));
    event = canary_of(&c, 0);
    event.task.canary.drawn = 2;
    refuse(&c, &event, CODE_OUT_OF_RANGE);
    event = canary_of(&c, 0);
    event.task.max_fee = 1;
    refuse(&c, &event, CODE_FEE_ABOVE_LIMIT);
    // One that drains, or is lost, has none.
    const exchange_event drain =
        stage_of_server(EVENT_DRAIN, c.provider[0], event.at_ns, c.server[0]);
    stage_must(&c.s, &drain, CODE_DONE);
    event = canary_of(&c, 0);
    refuse(&c, &event, CODE_FORBIDDEN);
    const exchange_event halt = {.kind = EVENT_HALT, .actor = STAGE_OPERATOR, .at_ns = event.at_ns};
    stage_must(&c.s, &halt, CODE_DONE);
    event = canary_of(&c, 1);
    refuse(&c, &event, CODE_HALTED);
    stage_end(&c.s);
}

static void test_where_there_are_none_none_can_be_submitted(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 0);
    next_slot(&c);
    const exchange_event event = canary_of(&c, 0);
    refuse(&c, &event, CODE_FORBIDDEN);
    stage_end(&c.s);
}

// Its team goes on with other tasks as without it: only the one server's queue is longer.
static void test_a_canary_is_worked_on_by_its_server_alone(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, STAGE_S);
    next_slot(&c);
    exchange_event event = canary_of(&c, 1);
    int64_t canary = stage_must(&c.s, &event, CODE_DONE);
    event = stage_submit(c.user, event.at_ns, 99, 500, 9000);
    int64_t task = stage_must(&c.s, &event, CODE_DONE);
    next_slot(&c);
    assert_int_equal(c.s.award_count, 2);
    for (int i = 0; i < 2; i++) {
        const stage_award *award = &c.s.awards[i];
        if (award->told.task == canary) {
            assert_int_equal(award->told.member_count, 1);
            assert_int_equal(award->servers[0], c.server[1]);
            assert_near(award->told.finish_s - award->told.start_s, 1.0, 1e-9);
        } else {
            assert_int_equal(award->told.task, task);
            assert_int_equal(award->told.member_count, 2);
            assert_near(award->told.finish_s - award->told.start_s, 1.0, 1e-9);
        }
    }
    assert_true(stage_task(&c.s, task).start_s != stage_task(&c.s, canary).start_s);
    stage_end(&c.s);
}

// The platform's party pays as any user does, and the receipt counts.
static void test_a_right_answer_is_paid(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, STAGE_S);
    int64_t task = running(&c);
    report(&c, EVENT_FINISH, task, 9, STAGE_S);
    exchange_task_view view = stage_task(&c.s, task);
    assert_int_equal(view.state, TASK_SETTLED);
    assert_true(view.pay > 0 && view.charge == view.fee);
    assert_int_equal(available(&c, c.provider[0]), view.pay);
    assert_int_equal(available(&c, c.user), 100000 * DCAT_MONEY_UNIT - view.fee);
    must_be(&c, 1, 0, 0);
    assert_int_equal(c.s.x->speeds[c.server[0]].count, 1);
    assert_int_equal(server_strikes(c.s.x, c.server[0]), 0);
    stage_end(&c.s);
}

static void must_have_failed(const scene *c, int64_t task, const char *reason)
{
    exchange_task_view view = stage_task(&c->s, task);
    assert_int_equal(view.state, TASK_FAILED);
    assert_int_equal(view.settlement, SETTLEMENT_RELEASED);
    assert_string_equal(view.reason, reason);
    assert_int_equal(available(c, c->provider[0]), 0);
    assert_int_equal(available(c, c->user), 100000 * DCAT_MONEY_UNIT);
    assert_int_equal(server_strikes(c->s.x, c->server[0]), 1);
    assert_int_equal(c->s.x->speeds[c->server[0]].count, 0);
    must_be(c, 0, 0, 1);
}

static void test_a_wrong_answer_is_a_strike_and_unpaid(void **fixture)
{
    (void)fixture;
    static const struct {
        exchange_kind kind;
        unsigned char output;
    } rows[] = {{EVENT_FINISH, 8}, {EVENT_FINISH, 0}, {EVENT_FAULT, 9}, {EVENT_FAULT, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static scene c;
        scene_init(&c, STAGE_S);
        int64_t task = running(&c);
        report(&c, rows[i].kind, task, rows[i].output, STAGE_S);
        must_have_failed(&c, task, "wrong-answer");
        const exchange_event again = report_of(&c, rows[i].kind, task, rows[i].output);
        refuse(&c, &again, CODE_REPEATED);
        const exchange_event right = report_of(&c, EVENT_FINISH, task, 9);
        refuse(&c, &right, CODE_WRONG_STATE);
        const exchange_event gives_up = report_of(&c, EVENT_FAIL, task, 0);
        refuse(&c, &gives_up, CODE_WRONG_STATE);
        stage_end(&c.s);
    }
}

// Before a part has started nothing is its answer.
static void test_an_answer_comes_after_the_start(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, STAGE_S);
    int64_t task = awarded(&c);
    const exchange_kind kinds[] = {EVENT_FINISH, EVENT_FAULT};
    for (int i = 0; i < 2; i++) {
        const exchange_event early = report_of(&c, kinds[i], task, 8);
        refuse(&c, &early, CODE_WRONG_STATE);
    }
    stage_end(&c.s);
}

// Where nothing is said of the right output, what ends with exit code 0 is right.
static void test_without_an_answer_the_exit_code_is_it(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, STAGE_S);
    for (int i = 0; i < 2; i++) {
        next_slot(&c);
        exchange_event event = canary_of(&c, 0);
        memset(event.task.canary.answer, 0, sizeof event.task.canary.answer);
        int64_t task = stage_must(&c.s, &event, CODE_DONE);
        next_slot(&c);
        report(&c, EVENT_ACK, task, 0, 0);
        report(&c, EVENT_START, task, 0, 0);
        report(&c, i == 0 ? EVENT_FINISH : EVENT_FAULT, task, 0, STAGE_S);
        assert_int_equal(stage_task(&c.s, task).state, i == 0 ? TASK_SETTLED : TASK_FAILED);
        must_be(&c, 1, 0, i);
    }
    stage_end(&c.s);
}

static void test_a_right_answer_that_is_late_is_credited_as_any_other(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, STAGE_S);
    int64_t task = running(&c);
    for (int i = 0; i < 9; i++) {
        next_slot(&c);
    }
    report(&c, EVENT_FINISH, task, 9, 0);
    assert_int_equal(stage_task(&c.s, task).state, TASK_SETTLED_LATE);
    assert_int_equal(available(&c, c.provider[0]), 0);
    must_be(&c, 0, 1, 0);
    assert_int_equal(c.s.x->speeds[c.server[0]].count, 1);
    assert_int_equal(server_strikes(c.s.x, c.server[0]), 0);
    stage_end(&c.s);
}

static void test_a_canary_that_is_given_up_is_not_tried_again(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, STAGE_S);
    int64_t task = awarded(&c);
    report(&c, EVENT_FAIL, task, 0, 0);
    must_have_failed(&c, task, "given-up");
    const exchange_event again = report_of(&c, EVENT_FAIL, task, 0);
    refuse(&c, &again, CODE_REPEATED);
    const exchange_event wrong = report_of(&c, EVENT_FAULT, task, 0);
    refuse(&c, &wrong, CODE_WRONG_STATE);
    stage_end(&c.s);
    scene_init(&c, STAGE_S);
    task = awarded(&c); // ack_ns are 2 s
    for (int i = 0; i < 3; i++) {
        next_slot(&c);
    }
    must_have_failed(&c, task, "not-acknowledged");
    stage_end(&c.s);
}

// A drain with its notice over excuses what is given up, but no wrong answer.
static void test_what_may_be_given_up_says_nothing(void **fixture)
{
    (void)fixture;
    for (int wrong = 0; wrong < 2; wrong++) {
        static scene c;
        scene_init(&c, STAGE_S);
        const exchange_event offer = {.kind = EVENT_OFFER,
                                      .actor = c.provider[0],
                                      .offer = {.notice_ns = STAGE_S, .server = c.server[0]}};
        stage_must(&c.s, &offer, CODE_DONE);
        int64_t task = running(&c);
        const exchange_event drain =
            stage_of_server(EVENT_DRAIN, c.provider[0], exchange_time(c.s.x).now_ns, c.server[0]);
        stage_must(&c.s, &drain, CODE_DONE);
        next_slot(&c);
        report(&c, wrong ? EVENT_FINISH : EVENT_FAIL, task, 8, STAGE_S / 2);
        assert_int_equal(stage_task(&c.s, task).state, TASK_FAILED);
        assert_int_equal(server_strikes(c.s.x, c.server[0]), wrong);
        must_be(&c, 0, 0, wrong);
        stage_end(&c.s);
    }
}

static void test_what_was_not_sold_or_cancelled_says_nothing(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, STAGE_S);
    next_slot(&c);
    exchange_event event = canary_of(&c, 0);
    event.task.work_cycles = 3000 * INT64_C(1000000000); // 12 s alone, 6 s for both
    int64_t task = stage_must(&c.s, &event, CODE_DONE);
    next_slot(&c);
    assert_int_equal(stage_task(&c.s, task).state, TASK_UNSERVED);
    assert_string_equal(stage_task(&c.s, task).reason, "too-slow");
    must_be(&c, 0, 0, 0);
    task = running(&c);
    const exchange_event cancel = {.kind = EVENT_CANCEL,
                                   .actor = c.user,
                                   .at_ns = exchange_time(c.s.x).now_ns,
                                   .report = {.task = task}};
    stage_must(&c.s, &cancel, CODE_DONE);
    must_be(&c, 0, 0, 0);
    stage_check(&c.s);
    stage_end(&c.s);
}

static void test_three_wrong_answers_are_probation(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, STAGE_S);
    for (int i = 0; i < 3; i++) {
        assert_false(server_on_probation(c.s.x, c.server[0]));
        report(&c, EVENT_FINISH, running(&c), 8, STAGE_S);
        c.slot++;
    }
    assert_true(server_on_probation(c.s.x, c.server[0]));
    must_be(&c, 0, 0, 3);
    stage_end(&c.s);
}

static void test_a_snapshot_has_canaries_and_a_check_sees_them(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, STAGE_S);
    int64_t task = running(&c);
    size_t bytes = exchange_snapshot_bytes(c.s.x);
    void *state = malloc(bytes);
    exchange_snapshot_write(c.s.x, state);
    exchange *again = NULL;
    exchange_snapshot_cut cut;
    dcat_error err = {0};
    assert_int_equal(
        exchange_snapshot_read(exchange_config_view(c.s.x), state, bytes, &again, &cut, &err),
        DCAT_OK);
    assert_int_equal(exchange_canaries_of(again, c.server[0]).open, task);
    assert_true(exchange_digest(again) == exchange_digest(c.s.x));
    again->servers[c.server[0]].canaries.open = 0;
    assert_int_equal(exchange_check(again, &err), DCAT_ERR_INTERNAL);
    assert_non_null(strstr(err.message, "I22"));
    again->servers[c.server[0]].canaries.open = task;
    again->servers[c.server[1]].canaries.open = task;
    assert_int_equal(exchange_check(again, &err), DCAT_ERR_INTERNAL);
    exchange_destroy(again);
    c.s.x->tasks[0].pin = 3; // there is no such server
    exchange_snapshot_write(c.s.x, state);
    assert_int_equal(
        exchange_snapshot_read(exchange_config_view(c.s.x), state, bytes, &again, &cut, &err),
        DCAT_ERR_FORMAT);
    free(state);
    stage_end(&c.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lots_draw_each_server_as_often_as_the_settings_say),
        cmocka_unit_test(test_nobody_aims_a_canary),
        cmocka_unit_test(test_what_is_no_canary_changes_nothing),
        cmocka_unit_test(test_where_there_are_none_none_can_be_submitted),
        cmocka_unit_test(test_a_canary_is_worked_on_by_its_server_alone),
        cmocka_unit_test(test_a_right_answer_is_paid),
        cmocka_unit_test(test_a_wrong_answer_is_a_strike_and_unpaid),
        cmocka_unit_test(test_an_answer_comes_after_the_start),
        cmocka_unit_test(test_without_an_answer_the_exit_code_is_it),
        cmocka_unit_test(test_a_right_answer_that_is_late_is_credited_as_any_other),
        cmocka_unit_test(test_a_canary_that_is_given_up_is_not_tried_again),
        cmocka_unit_test(test_what_may_be_given_up_says_nothing),
        cmocka_unit_test(test_what_was_not_sold_or_cancelled_says_nothing),
        cmocka_unit_test(test_three_wrong_answers_are_probation),
        cmocka_unit_test(test_a_snapshot_has_canaries_and_a_check_sees_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
