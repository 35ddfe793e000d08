// SPDX-License-Identifier: Apache-2.0
// What servers say of their speed, and what they do: who overstates it earns less than by the
// truth.

#include "stage.h"

#define DECLARED INT64_C(300000000000)
#define TRUTH INT64_C(250000000000)

// One server, which works at TRUTH whatever it declares, and a dearer rival.
typedef struct scene {
    stage s;
    int32_t user, provider[2], server[2];
    uint64_t client;
    size_t served; // by the first one
} scene;

static void scene_init(scene *c, int64_t declared_hz)
{
    exchange_config config = stage_config();
    config.dispute_ns = STAGE_S;
    *c = (scene){.client = 1};
    stage_init(&c->s, &config);
    c->user = stage_user(&c->s, 0, 1000000000 * DCAT_MONEY_UNIT);
    for (int i = 0; i < 2; i++) {
        c->provider[i] = stage_party(&c->s, 0, ROLE_PROVIDER);
        c->server[i] = stage_server(&c->s, 0, c->provider[i], 10e3 * (i + 1),
                                    i == 0 ? declared_hz : TRUTH, 80000 + 10000 * i, PER_GIGACYCLE);
    }
}

static void beat(scene *c, int64_t at_ns)
{
    for (int i = 0; i < 2; i++) {
        const exchange_event event =
            stage_of_server(EVENT_HEARTBEAT, c->provider[i], at_ns, c->server[i]);
        stage_do(&c->s, &event);
    }
}

typedef struct run {
    int64_t task;
    int who; // -1: nobody
} run;

// A task of 50 000 giga-cycles, submitted half a second before a slot; who has it starts at once.
static run offer(scene *c, int64_t slot, int64_t deadline_ms)
{
    int64_t at_ns = slot * STAGE_S;
    beat(c, at_ns - STAGE_S / 2);
    exchange_event event =
        stage_submit(c->user, at_ns - STAGE_S / 2, c->client++, 50000, deadline_ms);
    run r = {stage_must(&c->s, &event, CODE_DONE), -1};
    stage_slot(&c->s, slot);
    if (stage_task(&c->s, r.task).state != TASK_AWARDED) {
        return r;
    }
    r.who = c->s.awards[c->s.award_count - 1].servers[0] == c->server[0] ? 0 : 1;
    event = stage_report(EVENT_ACK, c->provider[r.who], at_ns, r.task, 1, c->server[r.who]);
    stage_must(&c->s, &event, CODE_DONE);
    event.kind = EVENT_START;
    stage_must(&c->s, &event, CODE_DONE);
    return r;
}

// 50 000 / 250 = 200 s after it began.
static void finish(scene *c, const run *r, int64_t slot)
{
    if (r->who >= 0) {
        const exchange_event event =
            stage_report(EVENT_FINISH, c->provider[r->who], (slot + 200) * STAGE_S, r->task, 1,
                         c->server[r->who]);
        stage_must(&c->s, &event, CODE_DONE);
        c->served += r->who == 0;
    }
    stage_check(&c->s);
}

// In every round a task that only a faster server could finish in time, and while that one would be
// at work one that is easily done.
static dcat_money earned(scene *c, int64_t declared_hz, int rounds)
{
    scene_init(c, declared_hz);
    for (int k = 0; k < rounds; k++) {
        int64_t slot = 400 * k + 1;
        stage_cut(&c->s, (slot - 1) * STAGE_S, (const int32_t[]){0, 1});
        if (k == 0) {
            stage_open(&c->s, 0);
        }
        run tight = offer(c, slot, 180000);
        run loose = offer(c, slot + 100, 210000);
        finish(c, &tight, slot);
        finish(c, &loose, slot + 100);
    }
    return exchange_balance(c->s.x, exchange_account_available(c->provider[0]));
}

static void test_speed_that_is_overstated_earns_less_within_twenty_tasks(void **fixture)
{
    (void)fixture;
    static scene honest, liar;
    dcat_money truth = earned(&honest, TRUTH, 20), lie = earned(&liar, DECLARED, 20);
    assert_int_equal(honest.served, 20);
    assert_int_equal(liar.served, 20); // ten late ones, and then by its true speed
    // Late work is paid nothing, so of 20 tasks ten pay, at the rival's limit as an honest one's
    // do.
    assert_true(truth > 0 && lie > 0 && lie < truth * 6 / 10);
    exchange_unit_view view;
    assert_true(exchange_unit_find(liar.s.x, liar.server[0], 0, &view));
    assert_int_equal(view.speed_hz, DECLARED);
    // 50 000 / 300 s were promised and 200 taken, of which one slot is forgiven: 83.75 %.
    assert_int_equal(view.measured_hz, 251250000000);
    assert_true(exchange_unit_find(honest.s.x, honest.server[0], 0, &view));
    assert_int_equal(view.measured_hz, TRUTH);
    stage_end(&honest.s);
    stage_end(&liar.s);
}

static void test_speed_of_few_receipts_is_what_was_declared(void **fixture)
{
    (void)fixture;
    static scene liar;
    exchange_unit_view view;
    earned(&liar, DECLARED, 9);
    assert_true(exchange_unit_find(liar.s.x, liar.server[0], 0, &view));
    assert_int_equal(view.measured_hz, DECLARED);
    stage_end(&liar.s);
}

// The 10th percentile of receipts forgets: fifty good ones, and the speed is as declared again.
static void test_speed_that_recovers_is_believed_again(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, TRUTH);
    speed_record *speed = &c.s.x->speeds[c.server[1]];
    for (int i = 0; i < SPEED_SAMPLES; i++) {
        speed->samples[i] = i < 6 ? 8000 : SPEED_WHOLE;
    }
    speed->count = SPEED_SAMPLES;
    speed_seal(c.s.x, c.server[1]);
    assert_int_equal(speed->sealed, 8000); // sorted[5] of six slow ones
    speed->samples[0] = SPEED_WHOLE;
    speed_seal(c.s.x, c.server[1]);
    assert_int_equal(speed->sealed, 0);
    stage_end(&c.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_speed_that_is_overstated_earns_less_within_twenty_tasks),
        cmocka_unit_test(test_speed_of_few_receipts_is_what_was_declared),
        cmocka_unit_test(test_speed_that_recovers_is_believed_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
