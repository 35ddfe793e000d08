// SPDX-License-Identifier: Apache-2.0
// Canaries in the log: their lots follow from it and a secret in it, what makes a task one is
// sealed, and all of it is read back, audited and in snapshots.

#include "exchange/store/object.h"
#include "folder.h"
#include "market.h"

#define PAYLOAD "{\"run\":[\"true\"]}"
#define RIGHT "0900000000000000000000000000000000000000000000000000000000000000"
#define OTHER "0800000000000000000000000000000000000000000000000000000000000000"

static exchange_result apply(exchange_store *store, exchange_event event, const char *sealed)
{
    const exchange_note note = {.sealed = sealed,
                                .sealed_bytes = sealed == NULL ? 0 : strlen(sealed)};
    exchange_result result;
    dcat_error err = {0};
    event.at_ns = exchange_time(exchange_store_view(store)).now_ns;
    if (event.kind == EVENT_SLOT) {
        event.at_ns = event.slot.number * STAGE_S;
    }
    if (exchange_store_apply(store, &event, &note, &result, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return result;
}

static int64_t must(exchange_store *store, exchange_event event, const char *sealed)
{
    exchange_result result = apply(store, event, sealed);
    if (result.code != CODE_DONE) {
        fail_msg("%s: %s", exchange_kind_name(event.kind), exchange_code_name(result.code));
    }
    return result.id;
}

static int64_t next_slot(exchange_store *store)
{
    for (int32_t s = 0; s < 2; s++) {
        must(store, stage_of_server(EVENT_HEARTBEAT, 2 + s, 0, s), NULL);
    }
    int64_t slot = exchange_time(exchange_store_view(store)).slot;
    slot = slot < 0 ? 1 : slot + 1;
    must(store, (exchange_event){.kind = EVENT_SLOT, .actor = EXCHANGE_SELF, .slot = {slot, 0}},
         NULL);
    return slot;
}

static exchange_event canary_of(int64_t slot, int32_t server)
{
    exchange_event event = stage_submit(1, 0, (uint64_t)slot, 250, 9000);
    event.task.canary = (exchange_canary){.slot = slot,
                                          .seed = 1, // which nobody asks
                                          .server = server,
                                          .drawn = 1,
                                          .answer = {9}};
    return event;
}

// As soon as server 0 is due; before that nobody can submit one.
static int64_t drawn(exchange_store *store)
{
    for (int i = 0; i < 200; i++) {
        int64_t slot = next_slot(store);
        bool due = exchange_canary_is_due(exchange_store_view(store),
                                          exchange_store_canary_seed(store), 0, 0);
        exchange_result result = apply(store, canary_of(slot, 0), PAYLOAD);
        assert_int_equal(result.code, due ? CODE_DONE : CODE_FORBIDDEN);
        if (due) {
            return result.id;
        }
    }
    fail_msg("no canary in 200 slots");
    return 0;
}

static void answer(exchange_store *store, const char *output)
{
    int64_t task = drawn(store);
    next_slot(store);
    must(store, stage_report(EVENT_ACK, 2, 0, task, 1, 0), NULL);
    must(store, stage_report(EVENT_START, 2, 0, task, 1, 0), NULL);
    char receipt[160];
    snprintf(receipt, sizeof receipt, "{\"exit_code\":0,\"output_sha256\":\"%s\",\"task\":\"%d\"}",
             output, (int)task);
    must(store, stage_report(EVENT_FINISH, 2, 0, task, 1, 0), receipt);
}

static exchange_store *begun(const folder *f, int64_t canary_ns)
{
    exchange_setup setup = store_setup();
    setup.config.canary_ns = canary_ns;
    setup.config.task_max = 16;
    setup.seeds_given = false;
    exchange_store *store = NULL;
    assert_int_equal(exchange_store_create(f->path, NULL, &setup, &store, NULL), DCAT_OK);
    store_play(store, 0, 14);
    return store;
}

static void test_canaries_are_in_the_log(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = begun(&f, 4 * STAGE_S);
    answer(store, RIGHT);
    answer(store, OTHER);
    answer(store, ""); // a back end that knows none
    int64_t open = drawn(store);
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
    uint64_t digest = exchange_digest(exchange_store_view(store));
    uint64_t seed = exchange_store_canary_seed(store);
    for (int i = 0; i < 2; i++) { // from the events, and from a snapshot
        exchange_store_close(store);
        folder_audited(&f);
        store = folder_opened(&f);
        const exchange *x = exchange_store_view(store);
        assert_true(exchange_digest(x) == digest);
        assert_true(exchange_store_canary_seed(store) == seed);
        const exchange_canaries of = exchange_canaries_of(x, 0);
        assert_int_equal(of.passed, 1);
        assert_int_equal(of.failed, 2);
        assert_int_equal(of.open, open);
        assert_int_equal(exchange_store_snapshot(store, NULL), DCAT_OK);
    }
    exchange_store_close(store);
    assert_int_equal(folder_number(&f, "SELECT count(*) FROM task WHERE reason='wrong-answer' AND "
                                       "state='failed'"),
                     2);
    folder_remove(&f);
}

// Who reads the bodies sees a task as any other; what is sealed has the line, and then the payload.
static void test_that_a_task_is_a_canary_is_sealed(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = begun(&f, 4 * STAGE_S);
    answer(store, RIGHT);
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
    exchange_store_close(store);
    assert_int_equal(folder_number(&f, "SELECT count(*) FROM event WHERE kind='submit' AND "
                                       "(instr(body,'canary')>0 OR instr(body,'" RIGHT "')>0)"),
                     0);
    assert_int_equal(folder_number(&f, "SELECT count(*) FROM event WHERE kind='submit' AND "
                                       "CAST(substr(sealed,17) AS TEXT) LIKE 'canary 0 % \"" RIGHT
                                       "\"' || char(10) || '" PAYLOAD "'"),
                     1);
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_open(f.file, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT sealed FROM event WHERE kind='submit'", -1, &row, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    const char *sealed = sqlite3_column_blob(row, 0);
    size_t bytes = (size_t)sqlite3_column_bytes(row, 0), at = exchange_payload_at(sealed, bytes);
    assert_int_equal(bytes - at, strlen(PAYLOAD));
    assert_memory_equal(sealed + at, PAYLOAD, strlen(PAYLOAD));
    sqlite3_finalize(row);
    sqlite3_close(db);
    char plain[EXCHANGE_SALT_BYTES + 32] = "";
    memcpy(plain + EXCHANGE_SALT_BYTES, PAYLOAD, strlen(PAYLOAD));
    assert_int_equal(exchange_payload_at(plain, EXCHANGE_SALT_BYTES + strlen(PAYLOAD)),
                     EXCHANGE_SALT_BYTES);
    assert_int_equal(exchange_payload_at(NULL, 0), 0);
    memcpy(plain + EXCHANGE_SALT_BYTES, "canary 1", 8); // without an end
    assert_int_equal(exchange_payload_at(plain, EXCHANGE_SALT_BYTES + 8), EXCHANGE_SALT_BYTES);
    folder_remove(&f);
}

static void refused_after(const char *change)
{
    folder f = folder_make();
    exchange_store *store = begun(&f, 4 * STAGE_S);
    answer(store, OTHER);
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
    exchange_store_close(store);
    folder_change(&f, change);
    exchange_audit audit = {.user = NULL};
    dcat_error err = {0};
    if (exchange_store_audit(f.path, NULL, &audit, &err) != DCAT_ERR_FORMAT) {
        fail_msg("%s: was taken", change);
    }
    folder_remove(&f);
}

static void test_what_is_sealed_of_canaries_cannot_be_changed(void **fixture)
{
    (void)fixture;
    refused_after("UPDATE event SET sealed=NULL WHERE seq=1");
    refused_after("UPDATE event SET sealed=CAST(substr(sealed,1,47)||"
                  "iif(substr(sealed,48)=x'78',x'79',x'78') AS BLOB) WHERE seq=1"); // another byte
    refused_after(
        "UPDATE event SET sealed=CAST(substr(sealed,1,16)||'canary 1 '||substr(sealed,26) "
        "AS BLOB) WHERE kind='submit'");
    refused_after("UPDATE event SET sealed=CAST(substr(sealed,1,16)||'" PAYLOAD
                  "' AS BLOB) WHERE kind='submit'");
    refused_after("UPDATE event SET sealed=CAST(replace(sealed,'0800','0900') AS BLOB) WHERE "
                  "kind='finish'");
}

static void test_two_logs_have_other_lots(void **fixture)
{
    (void)fixture;
    uint64_t seeds[2];
    for (int i = 0; i < 2; i++) {
        folder f = folder_make();
        exchange_store *store = begun(&f, STAGE_S);
        seeds[i] = exchange_store_canary_seed(store);
        next_slot(store);
        assert_true(exchange_store_canary_seed(store) != seeds[i]);
        exchange_store_close(store);
        folder_remove(&f);
    }
    assert_true(seeds[0] != seeds[1]);
}

static void test_a_log_without_them_says_nothing_of_them(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = begun(&f, 0);
    int64_t slot = next_slot(store);
    assert_int_equal(apply(store, canary_of(slot, 0), PAYLOAD).code, CODE_FORBIDDEN);
    assert_int_equal(exchange_store_party(store, "nobody"), -1);
    exchange_store_close(store);
    assert_int_equal(folder_number(&f, "SELECT count(*) FROM event WHERE instr(body,'canary')>0 OR "
                                       "(seq=1 AND sealed IS NOT NULL)"),
                     0);
    folder_remove(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canaries_are_in_the_log),
        cmocka_unit_test(test_that_a_task_is_a_canary_is_sealed),
        cmocka_unit_test(test_what_is_sealed_of_canaries_cannot_be_changed),
        cmocka_unit_test(test_two_logs_have_other_lots),
        cmocka_unit_test(test_a_log_without_them_says_nothing_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
