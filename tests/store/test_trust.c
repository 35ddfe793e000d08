// SPDX-License-Identifier: Apache-2.0
// Benchmarks, bonds and what strikes take in the log: written, read back, audited, in snapshots.

#include "exchange/store/object.h"
#include "folder.h"
#include "market.h"

static int64_t do_event(exchange_store *store, exchange_event event)
{
    const exchange_note note = {.sealed = "{\"document\":{}}", .sealed_bytes = 15};
    exchange_result result;
    dcat_error err = {0};
    bool noted = event.kind == EVENT_BENCHMARK;
    if (exchange_store_apply(store, &event, noted ? &note : NULL, &result, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    if (result.code != CODE_DONE) {
        fail_msg("%s: %s", exchange_kind_name(event.kind), exchange_code_name(result.code));
    }
    return result.id;
}

// Both servers showed half of what they declare, and their providers left a bond.
static void show_and_leave(exchange_store *store)
{
    for (int32_t s = 0; s < 2; s++) {
        do_event(store,
                 (exchange_event){.kind = EVENT_BENCHMARK,
                                  .actor = 2 + s,
                                  .benchmark = {.unit_hz = 125000000000, .nonce = 2, .server = s}});
        do_event(store,
                 (exchange_event){.kind = EVENT_BOND,
                                  .actor = STAGE_OPERATOR,
                                  .bond = {.amount = 150 * DCAT_MONEY_UNIT, .party = 2 + s}});
        do_event(store,
                 (exchange_event){.kind = EVENT_BOND,
                                  .actor = 2 + s,
                                  .bond = {.amount = -50 * DCAT_MONEY_UNIT, .party = 2 + s}});
    }
}

// Awarded and given up: the strike takes a tenth.
static void give_up(exchange_store *store)
{
    int64_t at_ns = STAGE_S;
    for (int32_t s = 0; s < 2; s++) {
        do_event(store, stage_of_server(EVENT_HEARTBEAT, 2 + s, at_ns, s));
    }
    int64_t task = do_event(store, stage_submit(1, at_ns, 1, 350, 9000));
    do_event(store,
             (exchange_event){
                 .kind = EVENT_SLOT, .actor = EXCHANGE_SELF, .at_ns = at_ns, .slot = {1, 7}});
    exchange_part_view part;
    assert_true(exchange_task_part(exchange_store_view(store), task, 0, &part));
    do_event(store, stage_report(EVENT_FAIL, 2 + part.server, at_ns, task, 1, part.server));
}

static void test_what_servers_show_and_leave_is_in_the_log(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_setup setup = store_setup();
    setup.config.benchmark = true;
    setup.config.bond = 100 * DCAT_MONEY_UNIT;
    setup.config.bond_ns = 60 * STAGE_S;
    setup.config.forfeit_bp[0] = 1000;
    exchange_store *store = NULL;
    assert_int_equal(exchange_store_create(f.path, NULL, &setup, &store, NULL), DCAT_OK);
    for (int64_t n = 0; n < 14; n++) {
        exchange_event event;
        if (n == 11) {
            show_and_leave(store);
        }
        store_event(store, n, &event);
        do_event(store, event);
    }
    give_up(store);
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
    uint64_t digest = exchange_digest(exchange_store_view(store));
    for (int i = 0; i < 2; i++) { // from the events, and from a snapshot
        exchange_store_close(store);
        folder_audited(&f);
        assert_int_equal(exchange_store_open(f.path, NULL, &store, NULL), DCAT_OK);
        const exchange *x = exchange_store_view(store);
        assert_true(exchange_digest(x) == digest);
        assert_true(exchange_store_setup_view(store)->config.benchmark);
        assert_int_equal(exchange_benchmark_hz(x, 1, 0), 125000000000);
        exchange_unit_view unit;
        assert_true(exchange_unit_find(x, 0, 0, &unit));
        assert_int_equal(unit.measured_hz, 125000000000);
        assert_int_equal(exchange_bond_of(x, 2).has + exchange_bond_of(x, 3).has,
                         190 * DCAT_MONEY_UNIT);
        assert_int_equal(exchange_store_snapshot(store, NULL), DCAT_OK);
    }
    exchange_store_close(store);
    assert_int_equal(folder_number(&f, "SELECT sum(amount) FROM transfer WHERE kind='forfeit'"),
                     10 * DCAT_MONEY_UNIT);
    assert_int_equal(
        folder_number(&f, "SELECT count(*) FROM event WHERE kind='benchmark' AND sealed IS NOT "
                          "NULL"),
        2);
    assert_int_equal(
        folder_number(&f, "SELECT sum(balance) FROM account WHERE kind='provider.bond'"),
        190 * DCAT_MONEY_UNIT);
    folder_remove(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_servers_show_and_leave_is_in_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
