// SPDX-License-Identifier: Apache-2.0
// Money in the log: vouchers, credit, offers and payouts are written, read back and audited; and
// the credit of a late task stands in the very event that settles it.

#include "exchange/store/object.h"
#include "folder.h"
#include "market.h"

#include <string.h>

#define UNIT DCAT_MONEY_UNIT

static int64_t do_event(exchange_store *store, exchange_event event, exchange_code code)
{
    exchange_result result;
    dcat_error err = {0};
    if (exchange_store_apply(store, &event, NULL, &result, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    if (result.code != code) {
        fail_msg("%s: %s", exchange_kind_name(event.kind), exchange_code_name(result.code));
    }
    return result.id;
}

static int32_t by_key; // that tasks come with

static exchange_store *begun(const folder *f, const exchange_setup *setup)
{
    exchange_store *store = NULL;
    dcat_error err = {0};
    if (exchange_store_create(f->path, NULL, setup, &store, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    by_key = 0;
    for (int64_t n = 0; n < 14; n++) {
        exchange_event event;
        store_event(store, n, &event);
        do_event(store, event, CODE_DONE);
    }
    return store;
}

// Awarded in slot n, finished late_ns after its deadline of 5 s (0: at once); the id of the task.
static int64_t play_task(exchange_store *store, int64_t n, int64_t late_ns)
{
    int64_t at_ns = n * STAGE_S;
    for (int32_t s = 0; s < 2; s++) { // so that both are there
        do_event(store, stage_of_server(EVENT_HEARTBEAT, 2 + s, at_ns, s), CODE_DONE);
    }
    exchange_event submit = stage_submit(1, at_ns, (uint64_t)n, 700, 5000);
    submit.task.count = 100;
    submit.task.key = by_key;
    int64_t task = do_event(store, submit, CODE_DONE);
    do_event(store,
             (exchange_event){
                 .kind = EVENT_SLOT, .actor = EXCHANGE_SELF, .at_ns = at_ns, .slot = {n, 7}},
             CODE_DONE);
    exchange_part_view part;
    assert_true(exchange_task_part(exchange_store_view(store), task, 0, &part));
    static const exchange_kind kinds[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
    for (int i = 0; i < 3; i++) {
        int64_t then_ns = i == 2 && late_ns > 0 ? at_ns + 5 * STAGE_S + late_ns : at_ns + i;
        do_event(store, stage_report(kinds[i], 2 + part.server, then_ns, task, 1, part.server),
                 CODE_DONE);
    }
    return task;
}

static void give_terms(exchange_store *store)
{
    const int32_t op = STAGE_OPERATOR;
    do_event(store,
             (exchange_event){.kind = EVENT_VOUCHER,
                              .actor = op,
                              .voucher = {1, 5000 * UNIT, 3600 * STAGE_S, 1}},
             CODE_DONE);
    exchange_event key = {
        .kind = EVENT_KEY, .actor = op, .key = {.party = 1, .spend_cap = 90000 * UNIT}};
    key.key.key.byte[0] = 7;
    by_key = (int32_t)do_event(store, key, CODE_DONE) + 1;
    do_event(store,
             (exchange_event){.kind = EVENT_TERMS, .actor = op, .terms = {1, 7 * UNIT, 8 * UNIT}},
             CODE_DONE);
    do_event(store,
             (exchange_event){
                 .kind = EVENT_TERMS, .actor = op, .terms = {1, 100000 * UNIT, DCAT_MONEY_MAX}},
             CODE_DONE);
}

static void test_every_kind_of_money_is_in_the_log(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    const exchange_setup setup = store_setup();
    exchange_store *store = begun(&f, &setup);
    give_terms(store);
    for (int32_t s = 0; s < 2; s++) {
        do_event(store,
                 (exchange_event){.kind = EVENT_OFFER,
                                  .actor = 2 + s,
                                  .offer = {.until_ns = 1000 * STAGE_S,
                                            .notice_ns = STAGE_S,
                                            .floor = 5,
                                            .min_count = 3,
                                            .server = s}},
                 CODE_DONE);
    }
    play_task(store, 1, 0);
    play_task(store, 10, STAGE_S);
    const exchange *x = exchange_store_view(store);
    int32_t who = exchange_earnings_of(x, 2).free > 0 ? 2 : 3;
    dcat_money all = exchange_earnings_of(x, who).free;
    exchange_event event = {.kind = EVENT_PAYOUT,
                            .actor = STAGE_OPERATOR,
                            .at_ns = 20 * STAGE_S,
                            .payout = {0, who, all - 5}};
    int64_t first = do_event(store, event, CODE_DONE);
    event.payout.amount = 5;
    int64_t second = do_event(store, event, CODE_DONE);
    event.kind = EVENT_RETURN;
    event.payout.payout = second;
    do_event(store, event, CODE_DONE);
    event.kind = EVENT_CONFIRM;
    event.payout.payout = first;
    do_event(store, event, CODE_DONE);
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
    uint64_t digest = exchange_digest(x);
    exchange_store_close(store);
    folder_audited(&f);
    assert_int_equal(exchange_store_open(f.path, NULL, &store, NULL), DCAT_OK);
    assert_true(exchange_digest(exchange_store_view(store)) == digest);
    exchange_server_view server;
    assert_true(exchange_server_find(exchange_store_view(store), 1, &server));
    assert_true(server.offer.floor == 5 && server.offer.min_count == 3);
    exchange_key_view key;
    assert_true(exchange_key_at(exchange_store_view(store), by_key - 1, &key));
    assert_int_equal(key.spend_cap, 90000 * UNIT);
    exchange_voucher_view voucher;
    assert_true(exchange_voucher_at(exchange_store_view(store), 0, &voucher));
    assert_int_equal(voucher.classes, 1);
    exchange_store_close(store);
    assert_int_equal(folder_number(&f,
                                   "SELECT count(*) FROM payout WHERE closed_seq IS NOT NULL AND "
                                   "state=CASE id WHEN 1 THEN 'confirmed' ELSE 'returned' END"),
                     2);
    assert_int_equal(folder_number(&f, "SELECT count(*) FROM account WHERE kind IN "
                                       "('user.voucher','platform.payouts')"),
                     2);
    // Registered, admitted, active, each of both.
    assert_int_equal(folder_number(&f, "SELECT count(*) FROM server_time"), 6);
    folder_remove(&f);
}

// For every late task: its credit is of the event of its settlement, which has the receipt.
static void test_a_late_credit_is_in_the_event_of_its_settlement(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_setup setup = store_setup();
    setup.config.late[0] = (exchange_rung){0, 1000};
    setup.config.late[1] = (exchange_rung){1000, 5000};
    setup.config.late[2] = (exchange_rung){10000, 10000};
    setup.config.rung_count = 3;
    setup.config.pricing = EXCHANGE_PASS_THROUGH;
    exchange_store *store = begun(&f, &setup);
    enum { TASKS = 60 };
    for (int64_t n = 0; n < TASKS; n++) { // by 1 ns, 0.4 s, ... of 5 s; every third in time
        play_task(store, 60 * n + 1, n % 3 == 0 ? 0 : 1 + (n * 400000000));
    }
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
    exchange_store_close(store);
    folder_audited(&f);
    assert_int_equal(folder_number(&f, "SELECT count(*) FROM task WHERE state='settled_late'"),
                     TASKS * 2 / 3);
    static const char *const proofs = "SELECT count(*) FROM task t JOIN settlement s ON s.task=t.id"
                                      " JOIN transfer c ON c.task=t.id AND c.kind='credit'"
                                      " AND c.seq=s.seq JOIN event e ON e.seq=s.seq"
                                      " WHERE t.state='settled_late' AND e.kind='finish'";
    assert_int_equal(folder_number(&f, proofs), TASKS * 2 / 3);
    assert_int_equal(folder_number(&f, "SELECT count(*) FROM transfer WHERE kind='credit'"),
                     TASKS * 2 / 3);
    folder_remove(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_of_money_is_in_the_log),
        cmocka_unit_test(test_a_late_credit_is_in_the_event_of_its_settlement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
