// SPDX-License-Identifier: Apache-2.0
// What users pay from: vouchers, their own money, credit; how much an hour; and what becomes of
// what comes back.

#include "stage.h"

// As in test_life: two servers, a task of 700 giga-cycles in 5 s has a fee of 9 800. The user has
// 20 000 of its own.
#define UNIT DCAT_MONEY_UNIT
#define HOUR (3600 * STAGE_S)

typedef struct scene {
    stage s;
    int32_t user, provider[2], server[2];
} scene;

static void scene_init(scene *c, const exchange_config *config, dcat_money own)
{
    stage_init(&c->s, config);
    c->user = stage_party(&c->s, 0, ROLE_USER);
    if (own > 0) {
        const exchange_event event = {
            .kind = EVENT_DEPOSIT, .actor = STAGE_OPERATOR, .deposit = {c->user, own}};
        stage_must(&c->s, &event, CODE_DONE);
    }
    for (int i = 0; i < 2; i++) {
        c->provider[i] = stage_party(&c->s, 0, ROLE_PROVIDER);
        c->server[i] = stage_server(&c->s, 0, c->provider[i], 10e3 * (i + 1), 250000000000,
                                    80000 + 10000 * i, PER_GIGACYCLE);
    }
    stage_cut(&c->s, 0, NULL);
    stage_open(&c->s, 0);
}

static void voucher(scene *c, int64_t at_ns, dcat_money amount, int64_t expires_ns,
                    exchange_code code)
{
    const exchange_event event = {.kind = EVENT_VOUCHER,
                                  .actor = STAGE_OPERATOR,
                                  .at_ns = at_ns,
                                  .voucher = {c->user, amount, expires_ns, 0}};
    stage_must(&c->s, &event, code);
    stage_check(&c->s);
}

static void terms(scene *c, int64_t at_ns, dcat_money credit, dcat_money cap, exchange_code code)
{
    const exchange_event event = {.kind = EVENT_TERMS,
                                  .actor = STAGE_OPERATOR,
                                  .at_ns = at_ns,
                                  .terms = {c->user, credit, cap}};
    stage_must(&c->s, &event, code);
    stage_check(&c->s);
}

static int64_t submit(scene *c, int64_t at_ns, uint64_t client, exchange_code code)
{
    const exchange_event event = stage_submit(c->user, at_ns, client, 700, 5000);
    int64_t task = stage_must(&c->s, &event, code);
    stage_check(&c->s);
    return task;
}

static void cancel(scene *c, int64_t at_ns, int64_t task)
{
    const exchange_event event = stage_report(EVENT_CANCEL, c->user, at_ns, task, 0, 0);
    stage_must(&c->s, &event, CODE_DONE);
    stage_check(&c->s);
}

// Available, voucher, credit.
static void has(const scene *c, dcat_money own, dcat_money of_voucher, dcat_money credit)
{
    assert_int_equal(exchange_balance(c->s.x, exchange_account_available(c->user)), own);
    assert_int_equal(exchange_balance(c->s.x, exchange_account_voucher(c->user)), of_voucher);
    assert_int_equal(exchange_balance(c->s.x, exchange_account_credit(c->user)), credit);
}

static void test_vouchers_come_first_then_own_money_then_credit(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, 5000 * UNIT);
    submit(&c, 0, 1, CODE_INSUFFICIENT_BALANCE);
    voucher(&c, 0, 3000 * UNIT, HOUR, CODE_DONE);
    submit(&c, 0, 1, CODE_INSUFFICIENT_BALANCE); // 8 000 of 9 800
    terms(&c, 0, 2000 * UNIT, 0, CODE_DONE);
    int64_t task = submit(&c, 0, 1, CODE_DONE);
    has(&c, 0, 0, -1800 * UNIT);
    submit(&c, 0, 2, CODE_INSUFFICIENT_BALANCE);
    cancel(&c, 0, task); // as it came: first what is owed, last the voucher
    has(&c, 5000 * UNIT, 3000 * UNIT, 0);
    exchange_terms_view view = exchange_terms(c.s.x, c.user);
    assert_int_equal(view.credit, 2000 * UNIT);
    assert_int_equal(view.voucher_expires_ns, HOUR);
    assert_int_equal(view.spent, 0);
    assert_int_equal(exchange_terms(c.s.x, 99).credit, 0);
    stage_end(&c.s);
}

// A deposit pays what is owed first; then a fee that comes back goes to the user's own money.
static void test_a_deposit_pays_debts_first(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, 0);
    terms(&c, 0, 10000 * UNIT, 0, CODE_DONE);
    int64_t task = submit(&c, 0, 1, CODE_DONE);
    has(&c, 0, 0, -9800 * UNIT);
    const exchange_event deposit = {
        .kind = EVENT_DEPOSIT, .actor = STAGE_OPERATOR, .deposit = {c.user, 10000 * UNIT}};
    stage_must(&c.s, &deposit, CODE_DONE);
    has(&c, 200 * UNIT, 0, 0);
    terms(&c, 0, 0, 0, CODE_DONE); // no more credit
    cancel(&c, 0, task);
    has(&c, 10000 * UNIT, 0, 0);
    assert_int_equal(c.s.leg_count[LEG_REPAYMENT], 1);
    stage_end(&c.s);
}

// A settled task costs the voucher first: of 9 800 held, a voucher gave 6 000; what it costs under
// pass-through (about 66) is the voucher's alone.
static void test_a_charge_uses_the_voucher_first(void **fixture)
{
    (void)fixture;
    static scene c;
    exchange_config config = stage_config();
    config.pricing = EXCHANGE_PASS_THROUGH;
    config.commission_bp = 500;
    scene_init(&c, &config, 5000 * UNIT);
    voucher(&c, 0, 6000 * UNIT, HOUR, CODE_DONE);
    int64_t task = submit(&c, STAGE_S / 2, 1, CODE_DONE);
    has(&c, 1200 * UNIT, 0, 0);
    stage_slot(&c.s, 1);
    static const exchange_kind kinds[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
    for (int i = 0; i < 3; i++) {
        const exchange_event event =
            stage_report(kinds[i], c.provider[0], STAGE_S + i, task, 1, c.server[0]);
        stage_must(&c.s, &event, CODE_DONE);
    }
    dcat_money charge = stage_task(&c.s, task).charge;
    assert_in_range(charge, 60 * UNIT, 70 * UNIT);
    has(&c, 5000 * UNIT, 6000 * UNIT - charge, 0);
    stage_check(&c.s);
    // And a dispute that is won gives the voucher back.
    exchange_event event = stage_report(EVENT_DISPUTE, c.user, 2 * STAGE_S, task, 0, 0);
    stage_must(&c.s, &event, CODE_DONE);
    event.kind = EVENT_RESOLVE;
    event.actor = STAGE_OPERATOR;
    event.report.refund = true;
    stage_must(&c.s, &event, CODE_DONE);
    has(&c, 5000 * UNIT, 6000 * UNIT, 0);
    stage_check(&c.s);
    stage_end(&c.s);
}

static void test_vouchers_end(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, 0);
    voucher(&c, 0, 9800 * UNIT, 10 * STAGE_S, CODE_DONE);
    int64_t task = submit(&c, 0, 1, CODE_DONE);
    voucher(&c, 0, 100 * UNIT, 5 * STAGE_S, CODE_DONE);
    assert_int_equal(exchange_terms(c.s.x, c.user).voucher_expires_ns, 5 * STAGE_S);
    stage_slot(&c.s, 6);
    has(&c, 0, 9800 * UNIT, 0); // the task is past its deadline, its fee came back
    assert_int_equal(c.s.leg_count[LEG_EXPIRY], 1);
    assert_int_equal(stage_task(&c.s, task).state, TASK_UNSERVED);
    const exchange_event late = stage_submit(c.user, 10 * STAGE_S, 2, 700, 5000);
    stage_must(&c.s, &late, CODE_INSUFFICIENT_BALANCE); // past its end
    stage_slot(&c.s, 10);
    has(&c, 0, 0, 0);
    assert_int_equal(c.s.leg_count[LEG_EXPIRY], 2);
    voucher(&c, 10 * STAGE_S, 1, 11 * STAGE_S, CODE_DONE);
    voucher(&c, 12 * STAGE_S, 2, 13 * STAGE_S, CODE_DONE); // what ended does not live on
    stage_slot(&c.s, 12);
    has(&c, 0, 2, 0);
    stage_check(&c.s);
    stage_end(&c.s);
}

// Of two users with vouchers, one that ends soon and one that ends later, each ends by itself.
static void test_each_voucher_ends_when_it_does(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, 0);
    int32_t first = c.user;
    voucher(&c, 0, 10, 20 * STAGE_S, CODE_DONE);
    c.user = stage_party(&c.s, 0, ROLE_USER);
    voucher(&c, 0, 20, 10 * STAGE_S, CODE_DONE);
    stage_slot(&c.s, 10);
    has(&c, 0, 0, 0);
    c.user = first;
    has(&c, 0, 10, 0);
    stage_slot(&c.s, 19);
    has(&c, 0, 10, 0);
    stage_slot(&c.s, 20);
    has(&c, 0, 0, 0);
    stage_end(&c.s);
}

// Two fees of 9 800 in an hour are below 20 000, three are above; what came back counts no more.
static void test_no_more_than_the_cap_is_spent_in_an_hour(void **fixture)
{
    (void)fixture;
    static scene c;
    exchange_config config = stage_config();
    assert_int_equal(config.spend_cap, 1000000000 * UNIT); // on by default
    config.spend_cap = 20000 * UNIT;
    scene_init(&c, &config, 100000 * UNIT);
    int64_t task = submit(&c, 0, 1, CODE_DONE);
    submit(&c, 0, 2, CODE_DONE);
    submit(&c, 0, 3, CODE_SPEND_CAP);
    exchange_event quote = stage_submit(c.user, 0, 3, 700, 5000);
    assert_int_equal(exchange_quote_of(c.s.x, &quote).code, CODE_SPEND_CAP);
    assert_int_equal(exchange_terms(c.s.x, c.user).spent, 19600 * UNIT);
    cancel(&c, 0, task);
    submit(&c, 0, 3, CODE_DONE);
    submit(&c, 0, 4, CODE_SPEND_CAP);
    submit(&c, HOUR, 4, CODE_DONE); // another hour
    terms(&c, HOUR, 0, 9800 * UNIT, CODE_DONE);
    submit(&c, HOUR, 5, CODE_SPEND_CAP); // a cap of its own
    assert_int_equal(exchange_terms(c.s.x, c.user).spend_cap, 9800 * UNIT);
    terms(&c, HOUR, 0, DCAT_MONEY_MAX, CODE_DONE);
    assert_int_equal(exchange_terms(c.s.x, c.user).spend_cap, 0);
    submit(&c, HOUR, 5, CODE_DONE);
    stage_end(&c.s);
}

static void test_what_is_no_voucher_and_no_credit_is_refused(void **fixture)
{
    (void)fixture;
    static scene c;
    const exchange_config config = stage_config();
    scene_init(&c, &config, 1);
    voucher(&c, 5, 0, HOUR, CODE_OUT_OF_RANGE);
    voucher(&c, 5, DCAT_MONEY_MAX, HOUR, CODE_OUT_OF_RANGE); // with the deposit too much
    voucher(&c, 5, 1, 5, CODE_OUT_OF_RANGE);
    voucher(&c, 5, 1, INT64_MAX, CODE_OUT_OF_RANGE);
    terms(&c, 5, -1, 0, CODE_OUT_OF_RANGE);
    terms(&c, 5, INT64_MAX, 0, CODE_OUT_OF_RANGE);
    terms(&c, 5, 0, -1, CODE_OUT_OF_RANGE);
    terms(&c, 5, 0, INT64_MAX, CODE_OUT_OF_RANGE);
    c.user = c.provider[0];
    voucher(&c, 5, 1, HOUR, CODE_FORBIDDEN);
    terms(&c, 5, 1, 0, CODE_FORBIDDEN);
    c.user = 99;
    voucher(&c, 5, 1, HOUR, CODE_NOT_FOUND);
    c.user = -1;
    terms(&c, 5, 1, 0, CODE_NOT_FOUND);
    stage_end(&c.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vouchers_come_first_then_own_money_then_credit),
        cmocka_unit_test(test_a_deposit_pays_debts_first),
        cmocka_unit_test(test_a_charge_uses_the_voucher_first),
        cmocka_unit_test(test_vouchers_end),
        cmocka_unit_test(test_each_voucher_ends_when_it_does),
        cmocka_unit_test(test_no_more_than_the_cap_is_spent_in_an_hour),
        cmocka_unit_test(test_what_is_no_voucher_and_no_credit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
