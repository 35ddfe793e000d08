// SPDX-License-Identifier: Apache-2.0
// Several vouchers of a user, each with its end and what it may buy; and caps of single keys.

#include "stage.h"

#define UNIT DCAT_MONEY_UNIT
#define HOUR (3600 * STAGE_S)
#define FEE (9800 * UNIT) // of a task of class 0; class 1 is twice as dear

typedef struct scene {
    stage s;
    int32_t user;
} scene;

static void scene_init(scene *c, dcat_money own)
{
    exchange_config config = stage_config();
    config.class_count = 2;
    config.device_count = 1;
    config.devices[0] = (exchange_device){.speed_hz = 1e9, .core_count = 1};
    for (int q = 0; q < 2; q++) {
        config.classes[q] =
            (exchange_class){.price_per_gigacycle = config.price_per_gigacycle * (1 + q),
                             .urgency_s = config.urgency_s};
    }
    stage_init(&c->s, &config);
    c->user = stage_user(&c->s, 0, own);
    stage_open(&c->s, 0);
}

static int64_t voucher(scene *c, int64_t at_ns, dcat_money amount, int64_t expires_ns,
                       uint64_t classes)
{
    const exchange_event event = {.kind = EVENT_VOUCHER,
                                  .actor = STAGE_OPERATOR,
                                  .at_ns = at_ns,
                                  .voucher = {c->user, amount, expires_ns, classes}};
    int64_t id = stage_must(&c->s, &event, CODE_DONE);
    stage_check(&c->s);
    return id;
}

static int64_t submit(scene *c, int64_t at_ns, int32_t class_id, exchange_code code)
{
    static uint64_t client;
    exchange_event event = stage_submit(c->user, at_ns, ++client, 700, 5000);
    event.task.class_id = class_id;
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

// What is left of a voucher; -1: it is forgotten.
static dcat_money left(const scene *c, int64_t id)
{
    exchange_voucher_view view;
    for (int32_t i = 0; exchange_voucher_at(c->s.x, i, &view); i++) {
        if (view.id == id) {
            return view.left;
        }
    }
    assert_false(exchange_voucher_at(c->s.x, -1, &view));
    return -1;
}

static dcat_money own(const scene *c)
{
    return exchange_balance(c->s.x, exchange_account_available(c->user));
}

static void test_a_voucher_buys_its_classes_alone(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, UNIT);
    int64_t bound = voucher(&c, 0, 3 * FEE, HOUR, 2);
    submit(&c, 0, 0, CODE_INSUFFICIENT_BALANCE);
    submit(&c, 0, 1, CODE_DONE);
    assert_int_equal(left(&c, bound), FEE);
    submit(&c, 0, 1, CODE_INSUFFICIENT_BALANCE);
    int64_t any = voucher(&c, 0, FEE, 2 * HOUR, 0);
    submit(&c, 0, 0, CODE_DONE);
    assert_int_equal(left(&c, any), 0);
    assert_int_equal(left(&c, bound), FEE);
    exchange_voucher_view view;
    assert_true(exchange_voucher_at(c.s.x, 0, &view));
    assert_true(view.classes == 2 && view.party == c.user && view.expires_ns == HOUR);
    exchange_event event = {.kind = EVENT_VOUCHER,
                            .actor = STAGE_OPERATOR,
                            .voucher = {c.user, 1, HOUR, 4}}; // there is no third class
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE);
    assert_int_equal(own(&c), UNIT);
    stage_end(&c.s);
}

// The one that ends first is used first, of those with one end the older one, and three at most.
static void test_vouchers_are_used_in_the_order_of_their_ends(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, FEE);
    int64_t last = voucher(&c, 0, FEE, 4 * HOUR, 0);
    int64_t second = voucher(&c, 0, 2000 * UNIT, 2 * HOUR, 0);
    int64_t third = voucher(&c, 0, 3000 * UNIT, 2 * HOUR, 0);
    int64_t first = voucher(&c, 0, 1000 * UNIT, HOUR, 0);
    int64_t task = submit(&c, 0, 0, CODE_DONE);
    assert_true(left(&c, first) == 0 && left(&c, second) == 0 && left(&c, third) == 0);
    assert_int_equal(left(&c, last), FEE); // the fourth
    assert_int_equal(own(&c), 6000 * UNIT);
    cancel(&c, 0, task);
    assert_true(left(&c, first) == 1000 * UNIT && left(&c, second) == 2000 * UNIT &&
                left(&c, third) == 3000 * UNIT);
    assert_int_equal(own(&c), FEE);
    stage_end(&c.s);
}

// Of a fee that was paid in part the vouchers that end last get theirs back first, and a second
// time only what they did not get the first time.
static void test_what_comes_back_goes_where_it_came_from(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, FEE);
    int64_t first = voucher(&c, 0, 4000 * UNIT, HOUR, 0);
    int64_t second = voucher(&c, 0, 5000 * UNIT, 2 * HOUR, 0);
    int64_t task = submit(&c, 0, 0, CODE_DONE);
    assert_int_equal(own(&c), FEE - 800 * UNIT);
    task_record *t = task_find(c.s.x, task);
    int32_t held = exchange_account_held(c.user);
    const ledger_entry entry = {LEG_RELEASE, t};
    purse_give_back(c.s.x, &c.s.sink, entry, t, held, 1800 * UNIT);
    assert_true(own(&c) == FEE && left(&c, first) == 0 && left(&c, second) == 1000 * UNIT);
    purse_give_back(c.s.x, &c.s.sink, entry, t, held, 5000 * UNIT);
    assert_true(left(&c, first) == 1000 * UNIT && left(&c, second) == 5000 * UNIT);
    purse_give_back(c.s.x, &c.s.sink, entry, t, held, 3000 * UNIT);
    assert_true(left(&c, first) == 4000 * UNIT && left(&c, second) == 5000 * UNIT);
    assert_true(own(&c) == FEE && exchange_balance(c.s.x, held) == 0);
    stage_end(&c.s);
}

// What comes back to a voucher that has ended ends with it, also when another has its place.
static void test_an_ended_voucher_takes_nothing_back(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 1);
    int64_t gone = voucher(&c, 0, FEE, STAGE_S, 0);
    int64_t task = submit(&c, 0, 0, CODE_DONE);
    stage_slot(&c.s, 0);
    int64_t next = voucher(&c, 2 * STAGE_S, 5, HOUR, 0);
    assert_int_equal(left(&c, gone), -1);
    cancel(&c, 2 * STAGE_S, task);
    assert_int_equal(left(&c, next), 5);
    assert_int_equal(c.s.leg_count[LEG_EXPIRY], 1);
    assert_int_equal(exchange_balance(c.s.x, exchange_account_voucher(c.user)), 5);
    stage_end(&c.s);

    scene_init(&c, 1); // in its own place it waits for the next slot
    gone = voucher(&c, 0, FEE, STAGE_S, 0);
    task = submit(&c, 0, 0, CODE_DONE);
    cancel(&c, 2 * STAGE_S, task);
    assert_int_equal(left(&c, gone), FEE);
    submit(&c, 2 * STAGE_S, 0, CODE_INSUFFICIENT_BALANCE);
    stage_slot(&c.s, 2);
    assert_int_equal(left(&c, gone), 0);
    stage_end(&c.s);
}

static void test_there_is_room_for_as_many_as_for_parties(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 1);
    int32_t room = exchange_config_view(c.s.x)->party_max;
    for (int32_t i = 0; i < room; i++) {
        voucher(&c, 0, 1, i == 0 ? STAGE_S : HOUR, 0);
    }
    exchange_event event = {
        .kind = EVENT_VOUCHER, .actor = STAGE_OPERATOR, .voucher = {c.user, 1, HOUR, 0}};
    stage_must(&c.s, &event, CODE_BUSY);
    event.at_ns = STAGE_S;
    stage_slot(&c.s, 1); // the first one ended
    int64_t id = stage_must(&c.s, &event, CODE_DONE);
    assert_int_equal(id, room + 1);
    stage_check(&c.s);
    stage_end(&c.s);
}

// ---- keys

static int32_t key(scene *c, unsigned char word, dcat_money cap, exchange_code code)
{
    exchange_event event = {.kind = EVENT_KEY,
                            .actor = STAGE_OPERATOR,
                            .at_ns = exchange_time(c->s.x).now_ns,
                            .key = {.party = c->user, .spend_cap = cap}};
    event.key.key.byte[0] = word;
    return (int32_t)stage_must(&c->s, &event, code) + 1;
}

static int64_t submit_by(scene *c, int64_t at_ns, int32_t by, exchange_code code)
{
    static uint64_t client = 1000;
    exchange_event event = stage_submit(c->user, at_ns, ++client, 700, 5000);
    event.task.key = by;
    return stage_must(&c->s, &event, code);
}

static void test_a_key_has_a_cap_of_its_own(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, 100 * FEE);
    int32_t capped = key(&c, 1, FEE, CODE_DONE), free_one = key(&c, 2, 0, CODE_DONE);
    int64_t task = submit_by(&c, 0, capped, CODE_DONE);
    submit_by(&c, 0, capped, CODE_SPEND_CAP);
    submit_by(&c, 0, free_one, CODE_DONE);
    submit_by(&c, 0, 0, CODE_DONE); // nobody said by which
    cancel(&c, 0, task);
    submit_by(&c, 0, capped, CODE_DONE);
    submit_by(&c, HOUR, capped, CODE_DONE); // another hour
    submit_by(&c, HOUR, capped, CODE_SPEND_CAP);
    exchange_key_view view;
    assert_true(exchange_key_at(c.s.x, capped - 1, &view) && view.spend_cap == FEE);
    submit_by(&c, HOUR, -1, CODE_OUT_OF_RANGE);
    submit_by(&c, HOUR, free_one + 1, CODE_OUT_OF_RANGE); // there is none
    key(&c, 1, 2 * FEE, CODE_KEY_REUSED);
    key(&c, 1, FEE, CODE_REPEATED);
    key(&c, 3, -1, CODE_OUT_OF_RANGE);
    c.user = stage_party(&c.s, HOUR, ROLE_USER);
    submit_by(&c, HOUR, capped, CODE_OUT_OF_RANGE); // another's
    c.user = stage_party(&c.s, HOUR, ROLE_PROVIDER);
    exchange_event event = {.kind = EVENT_KEY,
                            .actor = c.user,
                            .at_ns = HOUR,
                            .key = {.party = c.user, .spend_cap = 1}};
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE); // it spends nothing
    stage_end(&c.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_voucher_buys_its_classes_alone),
        cmocka_unit_test(test_vouchers_are_used_in_the_order_of_their_ends),
        cmocka_unit_test(test_what_comes_back_goes_where_it_came_from),
        cmocka_unit_test(test_an_ended_voucher_takes_nothing_back),
        cmocka_unit_test(test_there_is_room_for_as_many_as_for_parties),
        cmocka_unit_test(test_a_key_has_a_cap_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
