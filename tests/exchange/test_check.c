// SPDX-License-Identifier: Apache-2.0
// exchange_check finds what is broken, by its number; and views say when there is nothing to see.

#include "stage.h"
#include <string.h>

// One settled task, one that runs on both servers, one accepted.
typedef struct scene {
    stage s;
    int32_t user, provider[2];
} scene;

static void scene_init(scene *c)
{
    const exchange_config config = stage_config();
    stage_init(&c->s, &config);
    c->user = stage_user(&c->s, 0, 100000 * DCAT_MONEY_UNIT);
    for (int i = 0; i < 2; i++) {
        c->provider[i] = stage_party(&c->s, 0, ROLE_PROVIDER);
        stage_server(&c->s, 0, c->provider[i], 10e3 * i, 250000000000, 80000, PER_GIGACYCLE);
    }
    stage_cut(&c->s, 0, (const int32_t[]){0, 0});
    stage_open(&c->s, 0);
    static const exchange_kind ways[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
    for (int64_t task = 1; task <= 3; task++) {
        const exchange_event submit =
            stage_submit(c->user, (task - 1) * STAGE_S, (uint64_t)task, 700, 9000);
        assert_int_equal(stage_must(&c->s, &submit, CODE_DONE), task);
        for (int64_t way = 0; task < 3 && way < 4 - task; way++) {
            if (way == 0) {
                stage_slot(&c->s, task - 1);
            }
            for (int32_t i = 0; i < 2; i++) {
                const exchange_event report =
                    stage_report(ways[way], c->provider[i], (task - 1) * STAGE_S, task, 1, i);
                stage_must(&c->s, &report, CODE_DONE);
            }
        }
    }
    stage_check(&c->s);
    assert_int_equal(stage_task(&c->s, 1).state, TASK_SETTLED);
    assert_int_equal(stage_task(&c->s, 2).state, TASK_RUNNING);
    assert_int_equal(stage_task(&c->s, 3).state, TASK_ACCEPTED);
}

static void expect(const scene *c, const char *number)
{
    dcat_error err = {0};
    assert_int_equal(exchange_check(c->s.x, &err), DCAT_ERR_INTERNAL);
    if (strstr(err.message, number) == NULL) {
        fail_msg("%s, expected %s", err.message, number);
    }
}

// Change a number, expect a message, and change it back.
#define BREAKS(place, value, number)                                                               \
    do {                                                                                           \
        __typeof__(place) kept = (place);                                                          \
        (place) = (value);                                                                         \
        expect(&c, number);                                                                        \
        (place) = kept;                                                                            \
        stage_check(&c.s);                                                                         \
    } while (0)

static void test_every_broken_invariant_is_named(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c);
    exchange *x = c.s.x;
    task_record *settled = task_find(x, 1), *runs = task_find(x, 2), *waits = task_find(x, 3);
    part_record *part = &x->parts[runs->part_first];
    BREAKS(x->balance[ACCOUNT_PROFIT], x->balance[ACCOUNT_PROFIT] + 1, "I1");
    BREAKS(x->balance[ACCOUNT_COMMISSION], -1, "I3: account");
    BREAKS(x->core.payouts, x->core.payouts + 1, "I1");
    BREAKS(x->parties[c.user].voucher, -1, "I3: party");
    BREAKS(x->parties[c.user].credit, 1, "I3: party");
    BREAKS(x->core.lent, 1, "I3: 0 is owed, counted 1");
    BREAKS(runs->fee, runs->fee + 1, "I18");
    BREAKS(runs->fee, x->balance[exchange_account_held(c.user)] + 1, "I3: the fee of task 2");
    BREAKS(runs->state, TASK_SETTLED, "I4: task 2 is settled");
    BREAKS(waits->state, TASK_NONE, "I4");
    BREAKS(settled->state, TASK_RUNNING, "I4: task 1");
    BREAKS(settled->settlement, SETTLEMENT_RELEASED, "I6: task 1");
    BREAKS(settled->state, TASK_UNSERVED, "I6: task 1");
    BREAKS(settled->state, TASK_FAILED, "I6: task 1");
    BREAKS(settled->state, TASK_REFUNDED, "I6: task 1");
    BREAKS(settled->settlement, SETTLEMENT_REVERSED, "I6: task 1");
    BREAKS(settled->charge, settled->fee + 1, "I11");
    BREAKS(part->state, PART_OFFERED, "I4: task 2 runs, a part of it is offered");
    BREAKS(runs->part_count, 1, "I4: task 2");
    BREAKS(waits->state, TASK_AWARDED, "I4: task 3");
    BREAKS(part->load, part->load + 1, "I9");
    BREAKS(x->core.parts_left, x->core.parts_left + 1, "4 parts are in use, counted 3");
    BREAKS(x->core.open_count, 1, "I4: 2 tasks are open, counted 1");
    BREAKS(x->core.head[LIST_CLOSED], NONE, "of 3 tasks are in lists");
    BREAKS(x->core.head[LIST_CLOSED], x->core.head[LIST_ACCEPTED], "does not belong there");
    BREAKS(waits->next, x->core.head[LIST_ACCEPTED], "does not belong there");
    BREAKS(x->servers[0].open_parts, 2, "I8");
    x->core.payouts++;
    x->balance[ACCOUNT_WORLD]--;
    expect(&c, "I5: 1 is set aside");
    x->core.payouts--;
    x->balance[ACCOUNT_WORLD]++;
    BREAKS(x->servers[0].first.free_s, (double)NAN, "I8");
    x->balance[ACCOUNT_CLEARING]++;
    x->balance[ACCOUNT_WORLD]--;
    expect(&c, "I2");
    stage_end(&c.s);
}

static void test_views_say_when_there_is_nothing(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c);
    exchange_task_view task;
    exchange_server_view server;
    assert_false(exchange_task_find(c.s.x, 4, &task));
    assert_false(exchange_task_find(c.s.x, -1, &task));
    assert_false(exchange_server_find(c.s.x, -1, &server));
    assert_false(exchange_server_find(c.s.x, 2, &server));
    assert_true(exchange_server_find(c.s.x, 1, &server));
    assert_int_equal(server.party, c.provider[1]);
    assert_int_equal(exchange_balance(c.s.x, -1), 0);
    assert_int_equal(exchange_balance(c.s.x, 1000), 0);
    assert_int_equal(exchange_balance(c.s.x, ACCOUNT_PAYOUTS + 1), 0);
    assert_int_equal(exchange_balance(c.s.x, exchange_account_credit(99)), 0);
    const exchange_config *config = exchange_config_view(c.s.x);
    for (int32_t i = 0; i < (int32_t)exchange_account_room(config); i++) { // there and back
        assert_int_equal(exchange_account_index(config, exchange_account_at(config, i)), i);
    }
    assert_int_equal(exchange_account_index(config, -1), -1);
    assert_int_equal(exchange_account_index(config, ACCOUNT_PAYOUTS + 1), -1);
    assert_int_equal(exchange_account_index(config, exchange_account_voucher(99)), -1);
    assert_string_equal(exchange_leg_name(LEG_MARGIN), "margin");
    assert_true(
        isnan(exchange_ask_per_s(1, PER_COUNT, exchange_machine_size(&c.s.x->servers[0].machine))));
    stage_end(&c.s);
}

// An exchange without a sink does the same.
static void test_nobody_needs_to_be_told(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c);
    exchange *copy = NULL;
    const exchange_config config = stage_config();
    assert_int_equal(exchange_create(&config, &copy, NULL), DCAT_OK);
    exchange_copy(copy, c.s.x);
    assert_true(exchange_digest(copy) == exchange_digest(c.s.x));
    const exchange_event slot = {
        .kind = EVENT_SLOT, .actor = EXCHANGE_SELF, .at_ns = 2 * STAGE_S, .slot = {2, 9}};
    const exchange_sink silent = {.user = NULL};
    exchange_apply(copy, &slot, &silent);
    exchange_apply(c.s.x, &slot, NULL);
    assert_true(exchange_digest(copy) == exchange_digest(c.s.x));
    exchange_destroy(copy);
    stage_end(&c.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_broken_invariant_is_named),
        cmocka_unit_test(test_views_say_when_there_is_nothing),
        cmocka_unit_test(test_nobody_needs_to_be_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
