// SPDX-License-Identifier: Apache-2.0
// A log that an older version of the program wrote: kept as SQL (log_v1.sql), audited, and gone on
// with by the tables and rules of this one.

#include "exchange/store/object.h"
#include "folder.h"

#include <string.h>

enum { OLDER = 120, USER = 1, PROVIDER = 2, RUNNING = 7, AWARDED = 8, LAST = 10 };
#define AT_NS INT64_C(1000000000000) // after all that stands in the log

static void read_sql(const folder *f, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, DCAT_SOURCE_DIR "/tests/store/%s", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    static char sql[1 << 18];
    size_t count = fread(sql, 1, sizeof sql - 1, file);
    assert_true(count < sizeof sql - 1);
    sql[count] = '\0';
    fclose(file);
    folder_change(f, sql);
}

static exchange_result must(exchange_store *store, const exchange_event *event)
{
    exchange_result result;
    assert_int_equal(exchange_store_apply(store, event, NULL, &result, NULL), DCAT_OK);
    if (result.code != CODE_DONE) {
        fail_msg("%s: %s", exchange_kind_name(event->kind), exchange_code_name(result.code));
    }
    return result;
}

// An audit looks and changes nothing, not even the version of the tables.
static void test_an_audit_leaves_an_older_log_as_it_is(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    read_sql(&f, "log_v1.sql");
    exchange_audit audit = folder_audited(&f);
    assert_int_equal(audit.older, OLDER);
    assert_int_equal(audit.events, 0);
    assert_int_equal(audit.tasks, LAST);
    assert_int_equal(audit.transfers, 35);
    assert_int_equal(folder_number(&f, "PRAGMA user_version"), 1);
    assert_int_equal(folder_number(&f, "SELECT count(*) FROM event"), OLDER);
    folder_remove(&f);
}

static void check_people(const exchange *x)
{
    // 90 000 deposited, six tasks charged 1 001.70 each, 4 x 15 500 held.
    assert_int_equal(exchange_balance(x, exchange_account_available(USER)),
                     INT64_C(90000000000) - 6 * INT64_C(1001700000) - 4 * INT64_C(15500000000));
    assert_int_equal(exchange_balance(x, exchange_account_held(USER)), 4 * INT64_C(15500000000));
    assert_int_equal(exchange_balance(x, exchange_account_available(PROVIDER)),
                     6 * INT64_C(954000000));
    exchange_task_view view;
    assert_true(exchange_task_find(x, RUNNING, &view));
    assert_int_equal(view.state, TASK_RUNNING);
    for (int64_t task = AWARDED; task <= LAST; task++) {
        assert_true(exchange_task_find(x, task, &view));
        assert_int_equal(view.state, TASK_AWARDED);
    }
    exchange_server_view server;
    assert_true(exchange_server_find(x, 1, &server));
    assert_int_equal(server.ask.micro, 1980000); // 1.98 a card-hour
    assert_int_equal(server.ask.per, PER_CARD_HOUR);
    assert_int_equal(exchange_time(x).open_tasks, 4);
}

// Every open task is finished by whoever has a part of it.
static void finish_all(exchange_store *store)
{
    for (int64_t task = RUNNING; task <= LAST; task++) {
        static const exchange_kind kinds[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
        for (size_t k = 0; k < 3; k++) {
            exchange_part_view part;
            const exchange *x = exchange_store_view(store);
            for (int32_t i = 0; exchange_task_part(x, task, i, &part); i++) {
                exchange_event event = {.kind = kinds[k], .actor = PROVIDER, .at_ns = AT_NS};
                event.report.task = task;
                event.report.attempt = part.attempt;
                event.report.server = part.server;
                exchange_result result;
                assert_int_equal(exchange_store_apply(store, &event, NULL, &result, NULL), DCAT_OK);
            }
        }
        exchange_task_view view;
        assert_true(exchange_task_find(exchange_store_view(store), task, &view));
        assert_int_equal(view.settlement, SETTLEMENT_POSTED);
    }
}

static void test_a_log_of_version_1_goes_on(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    read_sql(&f, "log_v1.sql");
    exchange_store *store = folder_opened(&f);
    assert_int_equal(exchange_store_size(store), OLDER + 1); // the event `rules`
    check_people(exchange_store_view(store));
    exchange_store_close(store);
    assert_int_equal(folder_number(&f, "PRAGMA user_version"), EXCHANGE_STORE_VERSION);

    store = folder_opened(&f); // from the snapshot that our rules began with
    assert_int_equal(exchange_store_size(store), OLDER + 1);
    check_people(exchange_store_view(store));
    exchange_event event = {.kind = EVENT_SUBMIT, .actor = USER, .at_ns = AT_NS};
    event.task.client.id[0] = 77;
    event.task.work_cycles = INT64_C(600000000000);
    event.task.deadline_us = 10000000;
    event.task.max_fee = DCAT_MONEY_MAX;
    must(store, &event);
    finish_all(store);
    event = (exchange_event){.kind = EVENT_SEAL, .actor = EXCHANGE_SELF, .at_ns = AT_NS};
    must(store, &event);
    exchange_cut *cut = NULL;
    dcat_error err = {0};
    if (exchange_store_cut(store, 1, &cut, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    event =
        (exchange_event){.kind = EVENT_CYCLE, .actor = EXCHANGE_SELF, .at_ns = AT_NS, .cut = cut};
    must(store, &event);
    event = (exchange_event){.kind = EVENT_SLOT, .actor = EXCHANGE_SELF, .at_ns = AT_NS};
    event.slot.number = 1000;
    must(store, &event);
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
    assert_int_equal(exchange_store_snapshot(store, NULL), DCAT_OK);
    uint64_t size = exchange_store_size(store), digest = exchange_digest(store->x);
    exchange_store_close(store);

    store = folder_opened(&f);
    assert_true(exchange_digest(store->x) == digest);
    exchange_store_close(store);
    exchange_audit audit = folder_audited(&f);
    assert_int_equal(audit.older, OLDER);
    assert_int_equal(audit.older + audit.events, size);
    assert_int_equal(audit.tasks, LAST + 1);
    folder_remove(&f);
}

// As killed: without a snapshot at its end it needs the program that wrote it, and stays as it is.
static void test_an_older_log_that_was_not_stopped_is_left_alone(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    read_sql(&f, "log_v1.sql");
    folder_change(&f, "DELETE FROM snapshot");
    exchange_store *store = NULL;
    dcat_error err = {0};
    assert_int_equal(exchange_store_open(f.path, NULL, &store, &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "stop it once with the program that wrote it"));
    assert_int_equal(folder_number(&f, "PRAGMA user_version"), 1);
    folder_remove(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_audit_leaves_an_older_log_as_it_is),
        cmocka_unit_test(test_a_log_of_version_1_goes_on),
        cmocka_unit_test(test_an_older_log_that_was_not_stopped_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
