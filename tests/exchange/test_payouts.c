// SPDX-License-Identifier: Apache-2.0
// Payouts: what may be ordered, that none waits for another, and what a provider's page says of it.

#include "stage.h"

#define UNIT DCAT_MONEY_UNIT

// As in test_life. Every task here is done by both servers together, one of each provider, and each
// gets half of its pay.
typedef struct scene {
    stage s;
    int32_t user, provider[2], server[2];
} scene;

static void scene_init(scene *c, const exchange_config *config)
{
    static const int32_t together[] = {0, 0};
    stage_init(&c->s, config);
    c->user = stage_user(&c->s, 0, 100000 * UNIT);
    for (int i = 0; i < 2; i++) {
        c->provider[i] = stage_party(&c->s, 0, ROLE_PROVIDER);
        c->server[i] = stage_server(&c->s, 0, c->provider[i], 10e3 * (i + 1), 250000000000, 80000,
                                    PER_GIGACYCLE);
    }
    stage_cut(&c->s, 0, together);
    stage_open(&c->s, 0);
}

static void both(scene *c, exchange_kind kind, int64_t at_ns, int64_t task)
{
    for (int i = 0; i < 2; i++) {
        const exchange_event event =
            stage_report(kind, c->provider[i], at_ns, task, 1, c->server[i]);
        stage_must(&c->s, &event, CODE_DONE);
    }
}

// Submitted half a second before the slot with this number, done half a second after it.
static int64_t awarded(scene *c, int64_t slot)
{
    const exchange_event event =
        stage_submit(c->user, slot * STAGE_S - STAGE_S / 2, (uint64_t)slot, 700, 5000);
    int64_t task = stage_must(&c->s, &event, CODE_DONE);
    stage_slot(&c->s, slot);
    assert_int_equal(stage_task(&c->s, task).state, TASK_AWARDED);
    return task;
}

static int64_t settled(scene *c, int64_t slot)
{
    int64_t task = awarded(c, slot);
    both(c, EVENT_ACK, slot * STAGE_S, task);
    both(c, EVENT_START, slot * STAGE_S, task);
    both(c, EVENT_FINISH, slot * STAGE_S + STAGE_S / 2, task);
    assert_int_equal(stage_task(&c->s, task).state, TASK_SETTLED);
    return task;
}

static int64_t order(scene *c, int32_t actor, int64_t at_ns, int32_t party, dcat_money amount,
                     exchange_code code)
{
    const exchange_event event = {
        .kind = EVENT_PAYOUT, .actor = actor, .at_ns = at_ns, .payout = {0, party, amount}};
    int64_t id = stage_must(&c->s, &event, code);
    stage_check(&c->s);
    return id;
}

static void end(scene *c, exchange_kind kind, int64_t at_ns, int64_t payout, exchange_code code)
{
    const exchange_event event = {
        .kind = kind, .actor = STAGE_OPERATOR, .at_ns = at_ns, .payout = {payout, 0, 0}};
    stage_must(&c->s, &event, code);
    stage_check(&c->s);
}

static exchange_earnings earnings(const scene *c, int who)
{
    return exchange_earnings_of(c->s.x, c->provider[who]);
}

static exchange_config quick(void) // disputes within 10 s
{
    exchange_config config = stage_config();
    config.dispute_ns = 10 * STAGE_S;
    return config;
}

static void test_what_may_be_disputed_is_not_paid_out(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = quick();
    scene_init(&c, &config);
    int64_t open = awarded(&c, 1);
    exchange_earnings e = earnings(&c, 0);
    assert_true(e.accrued == stage_task(&c.s, open).pay / 2 && e.accrued_count == 1);
    assert_int_equal(e.payable, 0);
    both(&c, EVENT_ACK, STAGE_S, open);
    both(&c, EVENT_START, STAGE_S, open);
    both(&c, EVENT_FINISH, 1500 * STAGE_MS, open);
    settled(&c, 3);
    e = earnings(&c, 0);
    assert_true(e.accrued == 0 && e.accrued_count == 0 && e.payable > 0 && e.free == 0);
    assert_true(e.disputable == e.payable && e.disputable_count == 2);
    assert_int_equal(e.next_free_ns, 11500 * STAGE_MS);
    assert_int_equal(e.all_free_ns, 13500 * STAGE_MS);
    assert_int_equal(e.next_payout_ns, config.payout_ns);
    order(&c, c.provider[0], 4 * STAGE_S, c.provider[0], 1, CODE_INSUFFICIENT_BALANCE);

    const exchange_event dispute = stage_report(EVENT_DISPUTE, c.user, 5 * STAGE_S, open, 0, 0);
    stage_must(&c.s, &dispute, CODE_DONE);
    stage_slot(&c.s, 14); // past both
    e = earnings(&c, 0);
    dcat_money first = e.disputed;
    assert_true(first > 0 && e.disputed_count == 1 && e.disputable == 0 && e.next_free_ns == 0);
    assert_int_equal(e.free, e.payable - first);
    order(&c, c.provider[0], 14 * STAGE_S, c.provider[0], e.free + 1, CODE_INSUFFICIENT_BALANCE);
    order(&c, c.provider[0], 14 * STAGE_S, c.provider[0], e.free, CODE_DONE);
    exchange_event resolve = stage_report(EVENT_RESOLVE, STAGE_OPERATOR, 15 * STAGE_S, open, 0, 0);
    resolve.report.refund = true; // which finds its money
    stage_must(&c.s, &resolve, CODE_DONE);
    e = earnings(&c, 0);
    assert_true(e.payable == 0 && e.free == 0 && e.ordered > 0 && e.ordered_count == 1);
    stage_check(&c.s);
    stage_end(&c.s);
}

static void test_a_payout_that_is_stuck_keeps_no_other(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = quick();
    scene_init(&c, &config);
    settled(&c, 1);
    stage_slot(&c.s, 20);
    dcat_money all = earnings(&c, 0).free;
    int64_t at_ns = 20 * STAGE_S;
    int64_t stuck = order(&c, c.provider[0], at_ns, c.provider[0], all / 2, CODE_DONE);
    int64_t next = order(&c, STAGE_OPERATOR, at_ns, c.provider[0], all - all / 2, CODE_DONE);
    int64_t other = order(&c, c.provider[1], at_ns, c.provider[1], 1, CODE_DONE);
    assert_true(stuck == 1 && next == 2 && other == 3);
    assert_int_equal(exchange_balance(c.s.x, ACCOUNT_PAYOUTS), all + 1);
    dcat_money world = exchange_balance(c.s.x, ACCOUNT_WORLD);
    end(&c, EVENT_CONFIRM, at_ns, next, CODE_DONE);
    end(&c, EVENT_CONFIRM, at_ns, next, CODE_REPEATED);
    end(&c, EVENT_RETURN, at_ns, next, CODE_WRONG_STATE); // it has left
    assert_int_equal(exchange_balance(c.s.x, ACCOUNT_WORLD), world + all - all / 2);
    end(&c, EVENT_RETURN, at_ns, other, CODE_DONE);
    end(&c, EVENT_RETURN, at_ns, other, CODE_REPEATED);
    end(&c, EVENT_CONFIRM, at_ns, other, CODE_WRONG_STATE);
    end(&c, EVENT_CONFIRM, at_ns, 4, CODE_NOT_FOUND);
    assert_int_equal(exchange_balance(c.s.x, ACCOUNT_PAYOUTS), all / 2); // the stuck one alone
    exchange_payout_view view;
    assert_true(exchange_payout_find(c.s.x, stuck, &view));
    assert_true(view.state == PAYOUT_ORDERED && view.amount == all / 2 &&
                view.party == c.provider[0]);
    assert_false(exchange_payout_find(c.s.x, 4, &view));
    end(&c, EVENT_CONFIRM, at_ns, stuck, CODE_DONE);
    stage_end(&c.s);
}

static void test_what_is_due_is_ordered_by_itself(void **fixture)
{
    (void)fixture;
    static scene c;
    exchange_config config = quick();
    config.payout_ns = 30 * STAGE_S;
    config.payout_min = 1;
    scene_init(&c, &config);
    settled(&c, 1);
    dcat_money share = earnings(&c, 0).payable;
    stage_slot(&c.s, 29);
    assert_int_equal(exchange_balance(c.s.x, ACCOUNT_PAYOUTS), 0);
    stage_slot(&c.s, 31); // the slot of the moment itself was skipped
    stage_check(&c.s);
    assert_int_equal(exchange_balance(c.s.x, ACCOUNT_PAYOUTS), 2 * share);
    assert_int_equal(earnings(&c, 0).next_payout_ns, 60 * STAGE_S);
    stage_slot(&c.s, 60); // nothing came since
    assert_int_equal(exchange_balance(c.s.x, ACCOUNT_PAYOUTS), 2 * share);
    stage_end(&c.s);

    config.payout_min = share + 1; // too little
    scene_init(&c, &config);
    settled(&c, 1);
    stage_slot(&c.s, 31);
    assert_int_equal(exchange_balance(c.s.x, ACCOUNT_PAYOUTS), 0);
    config.payout_ns = 0;
    stage_end(&c.s);
    scene_init(&c, &config);
    assert_int_equal(earnings(&c, 0).next_payout_ns, 0);
    stage_end(&c.s);
}

// Room for two: closed ones make place, open ones do not, and what finds none stays payable.
static void test_room_is_that_of_closed_payouts(void **fixture)
{
    (void)fixture;
    static scene c;
    exchange_config config = quick();
    config.payout_max = 2;
    config.payout_ns = 40 * STAGE_S;
    config.payout_min = 1;
    scene_init(&c, &config);
    settled(&c, 1);
    stage_slot(&c.s, 20);
    int64_t at_ns = 20 * STAGE_S;
    int32_t who = c.provider[0];
    order(&c, who, at_ns, who, 1, CODE_DONE);
    order(&c, who, at_ns, who, 2, CODE_DONE);
    order(&c, who, at_ns, who, 3, CODE_BUSY);
    end(&c, EVENT_CONFIRM, at_ns + 1, 2, CODE_DONE);
    end(&c, EVENT_RETURN, at_ns + 2, 1, CODE_DONE);
    assert_int_equal(order(&c, who, at_ns + 2, who, 4, CODE_DONE), 3); // in the place of 2
    end(&c, EVENT_CONFIRM, at_ns + 3, 2, CODE_NOT_FOUND);
    assert_int_equal(order(&c, who, at_ns + 3, who, 5, CODE_DONE), 4);
    dcat_money left = earnings(&c, 0).free;
    stage_slot(&c.s, 40);
    assert_int_equal(earnings(&c, 0).free, left);
    stage_check(&c.s);
    stage_end(&c.s);
}

static void test_what_is_no_payout_is_refused(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = quick();
    scene_init(&c, &config);
    order(&c, STAGE_OPERATOR, 0, 99, 1, CODE_NOT_FOUND);
    order(&c, STAGE_OPERATOR, 0, -1, 1, CODE_NOT_FOUND);
    order(&c, STAGE_OPERATOR, 0, c.user, 1, CODE_FORBIDDEN);
    order(&c, c.provider[0], 0, c.provider[1], 1, CODE_FORBIDDEN);
    order(&c, c.provider[0], 0, c.provider[0], 0, CODE_OUT_OF_RANGE);
    order(&c, c.provider[0], 0, c.provider[0], 1, CODE_INSUFFICIENT_BALANCE);
    const exchange_earnings none = exchange_earnings_of(c.s.x, c.user);
    assert_true(none.payable == 0 && none.next_payout_ns == 0);
    stage_end(&c.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_may_be_disputed_is_not_paid_out),
        cmocka_unit_test(test_a_payout_that_is_stuck_keeps_no_other),
        cmocka_unit_test(test_what_is_due_is_ordered_by_itself),
        cmocka_unit_test(test_room_is_that_of_closed_payouts),
        cmocka_unit_test(test_what_is_no_payout_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
