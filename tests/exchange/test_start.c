// SPDX-License-Identifier: Apache-2.0
// What a part takes beside its work: declared, learnt from receipts, held by promises.

#include "stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPEED INT64_C(250000000000)
enum { WORK = 250 }; // giga-cycles: a second of one server

typedef struct scene {
    stage s;
    int32_t user, provider[2], server[2];
    uint64_t client;
    int64_t slot;
} scene;

static int32_t server_with(scene *c, int i, int64_t start_ns)
{
    exchange_event event = {.kind = EVENT_REGISTER,
                            .actor = c->provider[i],
                            .machine = {.x = 10e3 * (i + 1), .speed_hz = SPEED, .core_count = 100},
                            .start_ns = start_ns};
    int32_t server = (int32_t)stage_must(&c->s, &event, CODE_DONE);
    event = stage_of_server(EVENT_ADMIT, STAGE_OPERATOR, 0, server);
    stage_must(&c->s, &event, CODE_DONE);
    event = (exchange_event){.kind = EVENT_ASK,
                             .actor = c->provider[i],
                             .ask = {server, PER_GIGACYCLE, 80000 + 10000 * i, 1, 0}};
    stage_must(&c->s, &event, CODE_DONE);
    return server;
}

static void scene_init(scene *c, int64_t first_ns, int64_t second_ns, bool team)
{
    exchange_config config = stage_config();
    config.dispute_ns = STAGE_S;
    config.gang_ns = config.ack_ns = config.heartbeat_ns = 1000 * STAGE_S;
    *c = (scene){.client = 1};
    stage_init(&c->s, &config);
    c->user = stage_user(&c->s, 0, 1000000000 * DCAT_MONEY_UNIT);
    for (int i = 0; i < 2; i++) {
        c->provider[i] = stage_party(&c->s, 0, ROLE_PROVIDER);
        c->server[i] = server_with(c, i, i == 0 ? first_ns : second_ns);
    }
    stage_cut(&c->s, 0, (const int32_t[]){0, team ? 0 : 1});
    stage_open(&c->s, 0);
}

static int64_t submit(scene *c, int64_t deadline_ms)
{
    int64_t now_ns = exchange_time(c->s.x).now_ns;
    exchange_event event = stage_submit(c->user, now_ns, c->client++, WORK, deadline_ms);
    event.task.data_bits = 1000; // there at once
    return stage_must(&c->s, &event, CODE_DONE);
}

static void next_slot(scene *c)
{
    c->slot = exchange_time(c->s.x).now_ns / STAGE_S + 1;
    stage_slot(&c->s, c->slot);
    stage_check(&c->s);
}

static const exchange_award *last_award(const scene *c)
{
    return &c->s.awards[c->s.award_count - 1].told;
}

static void report(scene *c, exchange_kind kind, int which, int64_t at_ns, int64_t task,
                   int64_t ran_ns)
{
    exchange_event event = stage_report(kind, c->provider[which], at_ns, task,
                                        stage_task(&c->s, task).attempt, c->server[which]);
    event.report.ran_ns = ran_ns;
    stage_must(&c->s, &event, CODE_DONE);
    stage_check(&c->s);
}

static exchange_unit_view unit(const scene *c, int which)
{
    exchange_unit_view view;
    assert_true(exchange_unit_find(c->s.x, c->server[which], 0, &view));
    return view;
}

static exchange_part_view part(const scene *c, int64_t task, int32_t number)
{
    exchange_part_view view;
    assert_true(exchange_task_part(c->s.x, task, number, &view));
    return view;
}

// The second server declares so much that the first one has all the work.
#define AWAY (3600 * STAGE_S)

static void test_what_is_declared_is_held_and_adds_up_in_a_queue(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 3 * STAGE_S, AWAY, false);
    submit(&c, 60000);
    submit(&c, 60000);
    next_slot(&c); // both in one slot
    assert_int_equal(c.s.award_count, 2);
    const exchange_award *first = &c.s.awards[0].told, *second = &c.s.awards[1].told;
    double now_s = (double)c.slot;
    assert_near(first->start_s, now_s + 3.0, 1e-9);
    assert_near(first->finish_s, now_s + 4.0, 1e-9);
    assert_near(second->start_s, now_s + 7.0, 1e-9);
    assert_near(second->finish_s, now_s + 8.0, 1e-9);
    assert_near(part(&c, first->task, 0).go_s, now_s, 1e-9);
    assert_near(part(&c, second->task, 0).go_s, now_s + 4.0, 1e-9);
    submit(&c, 60000); // and in the next one
    next_slot(&c);
    assert_near(last_award(&c)->finish_s, now_s + 12.0, 1e-9);
    stage_end(&c.s);
}

static void test_a_promise_that_a_start_would_break_is_not_made(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 3 * STAGE_S, AWAY, false);
    int64_t task = submit(&c, 4500); // one second of waiting for the slot, three and one
    next_slot(&c);
    exchange_task_view view = stage_task(&c.s, task);
    assert_int_equal(view.state, TASK_UNSERVED);
    assert_string_equal(view.reason, "too-slow");
    assert_near(view.needed, 5.0, 1e-5);
    task = submit(&c, 5001);
    next_slot(&c);
    assert_int_equal(stage_task(&c.s, task).state, TASK_AWARDED);
    task = submit(&c, 6000); // an idle one would do it
    next_slot(&c);
    view = stage_task(&c.s, task);
    assert_string_equal(view.reason, "queues-full");
    stage_end(&c.s);
}

// Acknowledged 100 ms after the award; begins 200 ms after it might, of which the report has 50;
// the end is noticed after 30 ms.
static double serve(scene *c, int64_t task)
{
    int64_t now_ns = exchange_time(c->s.x).now_ns;
    report(c, EVENT_ACK, 0, now_ns + 100 * STAGE_MS, task, 0);
    int64_t go_ns = llround(part(c, task, 0).go_s * 1e9);
    go_ns = go_ns > now_ns + 100 * STAGE_MS ? go_ns : now_ns + 100 * STAGE_MS;
    report(c, EVENT_START, 0, go_ns + 50 * STAGE_MS, task, 0);
    report(c, EVENT_FINISH, 0, go_ns + 1230 * STAGE_MS, task, STAGE_S);
    return (double)(go_ns + 1230 * STAGE_MS) / 1e9;
}

static void test_receipts_teach_what_promises_hold(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 0, AWAY, false);
    int64_t task = submit(&c, 60000);
    next_slot(&c);
    double forecast_s = last_award(&c)->finish_s;
    double data_s = last_award(&c)->data_s - (double)c.slot; // less than 100 ms
    assert_true(data_s < 0.1);
    assert_near(serve(&c, task) - forecast_s, 0.33 - data_s, 1e-9); // nothing was known
    assert_int_equal(unit(&c, 0).ack_ns, 100 * STAGE_MS);
    assert_int_equal(unit(&c, 0).start_ns, 230 * STAGE_MS);
    task = submit(&c, 60000);
    next_slot(&c);
    forecast_s = last_award(&c)->finish_s;
    assert_near(forecast_s, (double)c.slot + 1.33, 1e-9);
    assert_near(serve(&c, task), forecast_s, 1e-6);
    assert_int_equal(unit(&c, 0).start_ns, 230 * STAGE_MS); // not what is held and more
    stage_end(&c.s);
}

// The report of a start moves no forecast by what the start may still take.
static void test_a_start_that_is_reported_early_is_as_promised(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 3 * STAGE_S, AWAY, false);
    int64_t task = submit(&c, 60000);
    next_slot(&c);
    int64_t now_ns = exchange_time(c.s.x).now_ns;
    double finish_s = last_award(&c)->finish_s;
    report(&c, EVENT_ACK, 0, now_ns, task, 0);
    report(&c, EVENT_START, 0, now_ns + STAGE_S, task, 0);
    assert_near(stage_task(&c.s, task).finish_s, finish_s, 0.0);
    report(&c, EVENT_FINISH, 0, now_ns + 4 * STAGE_S, task, STAGE_S);
    assert_int_equal(unit(&c, 0).start_ns, 3 * STAGE_S);
    // Late, it moves it.
    task = submit(&c, 60000);
    next_slot(&c);
    now_ns = exchange_time(c.s.x).now_ns;
    report(&c, EVENT_ACK, 0, now_ns, task, 0);
    report(&c, EVENT_START, 0, now_ns + 5 * STAGE_S, task, 0);
    assert_near(stage_task(&c.s, task).finish_s, (double)now_ns / 1e9 + 6.0, 1e-9);
    stage_end(&c.s);
}

static void test_members_of_a_team_are_sent_so_that_they_begin_together(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, STAGE_S, 3 * STAGE_S, true);
    int64_t task = submit(&c, 60000); // half a second of two servers
    next_slot(&c);
    double now_s = (double)c.slot;
    assert_int_equal(last_award(&c)->member_count, 2);
    assert_near(last_award(&c)->start_s, now_s + 3.0, 1e-9);
    assert_near(last_award(&c)->finish_s, now_s + 3.5, 1e-9);
    for (int32_t m = 0; m < 2; m++) {
        exchange_part_view view = part(&c, task, m);
        assert_near(view.go_s, view.server == c.server[0] ? now_s + 2.0 : now_s, 1e-9);
    }
    // What one takes longer to acknowledge is no start of the other.
    int64_t now_ns = exchange_time(c.s.x).now_ns;
    report(&c, EVENT_ACK, 0, now_ns + STAGE_S / 10, task, 0);
    report(&c, EVENT_ACK, 1, now_ns + 4 * STAGE_S, task, 0);
    for (int i = 0; i < 2; i++) {
        report(&c, EVENT_START, i, now_ns + 5 * STAGE_S, task, 0);
    }
    for (int i = 0; i < 2; i++) {
        report(&c, EVENT_FINISH, i, now_ns + 7 * STAGE_S, task, 0);
    }
    assert_int_equal(unit(&c, 0).ack_ns, STAGE_S / 10);
    assert_int_equal(unit(&c, 1).ack_ns, 4 * STAGE_S);
    assert_int_equal(unit(&c, 0).start_ns, STAGE_S);     // from when all had acknowledged
    assert_int_equal(unit(&c, 1).start_ns, 3 * STAGE_S); // a second; declared were three
    stage_end(&c.s);
}

static void test_a_late_receipt_moves_those_behind_at_once(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 0, AWAY, false);
    int64_t first = submit(&c, 60000), second = submit(&c, 60000);
    next_slot(&c);
    int64_t now_ns = exchange_time(c.s.x).now_ns;
    report(&c, EVENT_ACK, 0, now_ns, first, 0);
    report(&c, EVENT_ACK, 0, now_ns, second, 0);
    report(&c, EVENT_START, 0, now_ns + 400 * STAGE_MS, first, 0);
    next_slot(&c);
    next_slot(&c);
    report(&c, EVENT_FINISH, 0, now_ns + 2100 * STAGE_MS, first, 0);
    assert_near(part(&c, second, 0).go_s, (double)now_ns / 1e9 + 2.1, 1e-9);
    stage_end(&c.s);
}

// One in ten may take longer than what is held.
static void test_the_ninth_of_ten_counts(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 0, AWAY, false);
    task_record t = {.awarded_ns = 0};
    part_record p = {.server = c.server[0]};
    for (int i = 1; i <= 20; i++) {
        start_acked(c.s.x, &t, &p, i * STAGE_MS);
        p.started_ns = i * STAGE_S;
        start_ended(c.s.x, &t, &p, i * STAGE_S, 0);
    }
    assert_int_equal(unit(&c, 0).ack_ns, 19 * STAGE_MS);
    assert_int_equal(unit(&c, 0).start_ns, 19 * STAGE_S);
    for (int i = 0; i < 20; i++) { // and is forgotten
        start_acked(c.s.x, &t, &p, 5 * STAGE_MS);
        p.started_ns = 500; // half a micro-second is none
        start_ended(c.s.x, &t, &p, 1000, 499);
    }
    assert_int_equal(unit(&c, 0).ack_ns, 5 * STAGE_MS);
    assert_int_equal(unit(&c, 0).start_ns, 0);
    // A receipt that claims to have run before it began, or for longer than was seen, teaches the
    // report alone.
    p.started_ns = 2 * STAGE_S;
    p.go_ns = STAGE_S;
    start_ended(c.s.x, &t, &p, 3 * STAGE_S, 5 * STAGE_S);
    assert_int_equal(c.s.x->servers[c.server[0]].starts[0].lag.of[0], STAGE_S);
    stage_end(&c.s);
}

static void seal(scene *c, int times)
{
    for (int i = 0; i < times; i++) {
        stage_seal(&c->s, exchange_time(c->s.x).now_ns);
    }
}

// Who was slow once, and is promised for nothing since, is asked again some cycles later.
static void test_what_is_not_seen_fades(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, STAGE_S, AWAY, false);
    task_record t = {.awarded_ns = 0};
    part_record p = {.server = c.server[0]};
    for (int i = 0; i < 20; i++) {
        start_acked(c.s.x, &t, &p, i < 3 ? 60 * STAGE_S : STAGE_S / 10);
        p.started_ns = i < 3 ? 60 * STAGE_S : STAGE_S / 10;
        start_ended(c.s.x, &t, &p, p.started_ns, 0);
    }
    assert_int_equal(unit(&c, 0).ack_ns, 60 * STAGE_S);
    int64_t task = submit(&c, 10000);
    next_slot(&c);
    assert_string_equal(stage_task(&c.s, task).reason, "too-slow");
    seal(&c, 1); // some came since the last one
    assert_int_equal(unit(&c, 0).ack_ns, 60 * STAGE_S);
    seal(&c, 3);
    assert_int_equal(unit(&c, 0).ack_ns, STAGE_S / 10);
    assert_int_equal(unit(&c, 0).start_ns, STAGE_S); // as declared
    task = submit(&c, 10000);
    next_slot(&c);
    assert_int_equal(stage_task(&c.s, task).state, TASK_AWARDED);
    serve(&c, task);
    seal(&c, 20);
    assert_int_equal(unit(&c, 0).ack_ns, 0);
    stage_end(&c.s);
}

static exchange *read_back(const exchange *x, unsigned char *bytes, size_t count)
{
    exchange *read = NULL;
    exchange_snapshot_cut cut;
    dcat_error err = {0};
    const exchange_config config = *exchange_config_view(x);
    return exchange_snapshot_read(&config, bytes, count, &read, &cut, &err) == DCAT_OK ? read
                                                                                       : NULL;
}

static void test_it_outlives_a_snapshot_that_is_whole(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 0, AWAY, false);
    int64_t task = submit(&c, 60000);
    next_slot(&c);
    serve(&c, task);
    size_t count = exchange_snapshot_bytes(c.s.x);
    unsigned char *bytes = calloc(1, count);
    assert_non_null(bytes);
    exchange_snapshot_write(c.s.x, bytes);
    exchange *read = read_back(c.s.x, bytes, count);
    assert_non_null(read);
    assert_true(exchange_digest(read) == exchange_digest(c.s.x));
    exchange_unit_view view;
    assert_true(exchange_unit_find(read, c.server[0], 0, &view));
    assert_int_equal(view.start_ns, 230 * STAGE_MS);
    exchange_destroy(read);
    start_record *start = &c.s.x->servers[0].starts[0], was = *start;
    speed_record *speed = &c.s.x->speeds[0], fast = *speed;
    for (int i = 0; i < 6; i++) {
        *start = was;
        *speed = fast;
        uint8_t *const broken[] = {&start->ack.count, &start->lag.count, &start->ack.next,
                                   &start->lag.next,  &speed->count,     &speed->next};
        *broken[i] = 255;
        exchange_snapshot_write(c.s.x, bytes);
        assert_null(read_back(c.s.x, bytes, count));
    }
    free(bytes);
    stage_end(&c.s);
}

static void test_a_receipt_of_less_than_no_time_is_refused(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 0, AWAY, false);
    int64_t task = submit(&c, 60000);
    next_slot(&c);
    int64_t at_ns = exchange_time(c.s.x).now_ns;
    report(&c, EVENT_ACK, 0, at_ns, task, 0);
    report(&c, EVENT_START, 0, at_ns, task, 0);
    exchange_event event = stage_report(EVENT_FINISH, c.provider[0], at_ns, task, 1, c.server[0]);
    event.report.ran_ns = -1;
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE);
    event.report.ran_ns = INT64_MIN;
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE);
    event.report.ran_ns = INT64_MAX;
    stage_must(&c.s, &event, CODE_DONE);
    stage_end(&c.s);
}

static void test_a_start_of_more_than_a_day_is_refused(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 0, 0, false);
    exchange_event event = {.kind = EVENT_REGISTER,
                            .actor = c.provider[0],
                            .machine = {.speed_hz = SPEED, .core_count = 1},
                            .start_ns = EXCHANGE_START_MAX + 1};
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE);
    event.start_ns = -1;
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE);
    stage_end(&c.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_declared_is_held_and_adds_up_in_a_queue),
        cmocka_unit_test(test_a_promise_that_a_start_would_break_is_not_made),
        cmocka_unit_test(test_receipts_teach_what_promises_hold),
        cmocka_unit_test(test_a_start_that_is_reported_early_is_as_promised),
        cmocka_unit_test(test_members_of_a_team_are_sent_so_that_they_begin_together),
        cmocka_unit_test(test_a_late_receipt_moves_those_behind_at_once),
        cmocka_unit_test(test_the_ninth_of_ten_counts),
        cmocka_unit_test(test_what_is_not_seen_fades),
        cmocka_unit_test(test_it_outlives_a_snapshot_that_is_whole),
        cmocka_unit_test(test_a_receipt_of_less_than_no_time_is_refused),
        cmocka_unit_test(test_a_start_of_more_than_a_day_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
