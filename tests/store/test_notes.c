// SPDX-License-Identifier: Apache-2.0
// What a log carries beside its events: names, what is sealed, seeds, answers; and reading it
// beside the writer.

#include "exchange/store/object.h"
#include "exchange/store/reader.h"
#include "folder.h"
#include "market.h"

#include <string.h>
#include <time.h>

static exchange_store *begun(const folder *f)
{
    exchange_setup setup = store_setup();
    setup.seeds_given = false;
    setup.begun_unix_ns = 1234567890123456789;
    exchange_store *store = NULL;
    dcat_error err = {0};
    if (exchange_store_create(f->path, NULL, &setup, &store, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return store;
}

static int64_t must(exchange_store *store, const exchange_event *event, const exchange_note *note,
                    exchange_code code)
{
    exchange_result result;
    assert_int_equal(exchange_store_apply(store, event, note, &result, NULL), DCAT_OK);
    assert_string_equal(exchange_code_name(result.code), exchange_code_name(code));
    return result.id;
}

static int64_t party(exchange_store *store, exchange_role role, const char *name,
                     exchange_code code)
{
    const exchange_event event = {
        .kind = EVENT_PARTY, .actor = EXCHANGE_SELF, .party = {(int32_t)role}};
    const exchange_note note = {.name = name};
    return must(store, &event, &note, code);
}

// An operator, a user with money, a provider with an open server that asks; then the first cycle.
static void people(exchange_store *store)
{
    party(store, ROLE_OPERATOR, "operator", CODE_DONE);
    party(store, ROLE_USER, "user", CODE_DONE);
    party(store, ROLE_PROVIDER, "provider", CODE_DONE);
    exchange_event event = {.kind = EVENT_DEPOSIT, .deposit = {1, 100000 * DCAT_MONEY_UNIT}};
    must(store, &event, NULL, CODE_DONE);
    event = (exchange_event){
        .kind = EVENT_REGISTER,
        .actor = 2,
        .machine = {.x = 0.1, .speed_hz = 250000000000, .core_count = 100, .card_count = 2}};
    const exchange_note named = {.name = "east"};
    assert_int_equal(must(store, &event, &named, CODE_DONE), 0);
    assert_int_equal(must(store, &event, &named, CODE_REPEATED), 0);
    event.start_ns = 1;
    must(store, &event, &named, CODE_KEY_REUSED);
    event.start_ns = 0;
    event.machine.core_count = 7;
    must(store, &event, &named, CODE_KEY_REUSED);
    event = stage_of_server(EVENT_ADMIT, EXCHANGE_SELF, 0, 0);
    must(store, &event, NULL, CODE_DONE);
    event =
        (exchange_event){.kind = EVENT_ASK, .actor = 2, .ask = {0, PER_CARD_HOUR, 918273645, 1, 0}};
    const exchange_note signed_note = {.sealed = "{\"signed\":1}", .sealed_bytes = 12};
    must(store, &event, &signed_note, CODE_DONE);
    event = (exchange_event){.kind = EVENT_SEAL, .actor = EXCHANGE_SELF};
    must(store, &event, NULL, CODE_DONE);
    event = (exchange_event){.kind = EVENT_CYCLE, .actor = EXCHANGE_SELF};
    assert_int_equal(exchange_store_cut(store, 5, &event.cut, NULL), DCAT_OK);
    const exchange_note policy = {.name = "linkage"};
    must(store, &event, &policy, CODE_DONE);
    event = (exchange_event){.kind = EVENT_OPEN, .actor = EXCHANGE_SELF};
    must(store, &event, NULL, CODE_DONE);
}

static void slot(exchange_store *store, int64_t number)
{
    const exchange_event event = {.kind = EVENT_SLOT,
                                  .actor = EXCHANGE_SELF,
                                  .at_ns = number * STAGE_S,
                                  .slot = {number, 77}};
    must(store, &event, NULL, CODE_DONE);
}

static exchange_store *played(const folder *f)
{
    exchange_store *store = begun(f);
    people(store);
    exchange_event event = stage_submit(1, 0, 1, 700, 5000);
    const exchange_note payload = {.sealed = "{\"run\":[\"true\"]}", .sealed_bytes = 16};
    must(store, &event, &payload, CODE_DONE);
    slot(store, 0);
    slot(store, 1);
    event = (exchange_event){.kind = EVENT_KEY, .actor = 1, .at_ns = STAGE_S};
    memset(event.key.key.byte, 0xab, sizeof event.key.key.byte);
    event.key.party = 1;
    must(store, &event, NULL, CODE_DONE);
    event.kind = EVENT_REVOKE;
    must(store, &event, NULL, CODE_DONE);
    event.kind = EVENT_KEY;
    event.key.kind = EXCHANGE_KEY_SIGN;
    event.key.key.byte[0] = 1;
    must(store, &event, NULL, CODE_DONE);
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
    return store;
}

static const char *cell(sqlite3 *db, const char *sql)
{
    static char text[4096];
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const char *found = (const char *)sqlite3_column_text(statement, 0);
    snprintf(text, sizeof text, "%s", found == NULL ? "NULL" : found);
    sqlite3_finalize(statement);
    return text;
}

static void test_names_are_taken_once(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = begun(&f);
    assert_int_equal(party(store, ROLE_USER, "anna", CODE_DONE), 0);
    assert_int_equal(party(store, ROLE_USER, "anna", CODE_REPEATED), 0);
    party(store, ROLE_PROVIDER, "anna", CODE_KEY_REUSED);
    static const char *const bad[] = {
        "",     "a\"b",     "a\\b",
        "a\nb", "\xc3\xa4", "12345678901234567890123456789012345678901234567890123456789012345"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        party(store, ROLE_USER, bad[i], CODE_OUT_OF_RANGE);
    }
    const exchange_event event = {.kind = EVENT_PARTY, .actor = EXCHANGE_SELF};
    const exchange_note large = {.sealed = "x", .sealed_bytes = EXCHANGE_SEALED_MAX + 1};
    must(store, &event, &large, CODE_OUT_OF_RANGE);
    assert_int_equal(party(store, ROLE_USER, NULL, CODE_DONE), 1); // names are no duty
    assert_int_equal(party(store, ROLE_USER, NULL, CODE_DONE), 2);
    const exchange_setup *setup = exchange_store_setup_view(store);
    assert_string_equal(setup->name, "test");
    assert_string_equal(setup->currency, "CNY");
    assert_true(setup->begun_unix_ns == 1234567890123456789);
    exchange_store_close(store);
    folder_remove(&f);
}

static void test_what_is_sealed_is_not_in_the_body(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = played(&f);
    sqlite3 *db = store->db;
    assert_string_equal(cell(db, "SELECT count(*) FROM event WHERE body LIKE '%918273645%' OR "
                                 "body LIKE '%signed%' OR body LIKE '%run%'"),
                        "0");
    assert_string_equal(
        cell(db, "SELECT CAST(substr(sealed,17) AS TEXT) FROM event WHERE kind='ask'"),
        "918273645 2\n{\"signed\":1}");
    assert_string_equal(cell(db, "SELECT CAST(substr(sealed,17) AS TEXT) FROM event JOIN task "
                                 "USING(seq) WHERE task.id=1"),
                        "{\"run\":[\"true\"]}");
    assert_string_equal(cell(db, "SELECT count(*) FROM event WHERE sealed IS NULL OR "
                                 "instr(CAST(body AS TEXT),'\"sealed\":\"')>0"),
                        cell(db, "SELECT count(*) FROM event"));
    uint64_t digest = exchange_digest(exchange_store_view(store));
    exchange_store_close(store);
    dcat_error err = {0};
    if (exchange_store_open(f.path, NULL, &store, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_true(exchange_digest(exchange_store_view(store)) == digest);
    exchange_store_close(store);
    folder_change(&f, "UPDATE event SET sealed=CAST(sealed||'x' AS BLOB) WHERE kind='submit'");
    assert_int_equal(exchange_store_open(f.path, NULL, &store, &err), DCAT_ERR_FORMAT);
    folder_remove(&f);
}

static void test_tables_tell_who_is_who(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = played(&f);
    exchange_reader *reader = NULL;
    assert_int_equal(exchange_reader_open(f.path, 1000, &reader, NULL), DCAT_OK);
    sqlite3 *db = exchange_reader_start(reader);
    static const struct {
        const char *sql, *says;
    } cells[] = {
        {"SELECT group_concat(role||':'||name) FROM party",
         "operator:operator,user:user,provider:provider"},
        {"SELECT name||' '||state||' '||x FROM server", "east active 0.1"},
        {"SELECT pool||' '||declared_hz||' '||cores||' '||cards FROM unit",
         "main 250000000000 100 2"},
        {"SELECT micro||' '||per||' '||state||' '||from_cycle FROM ask",
         "918273645 card-hour in force 1"},
        {"SELECT number||' '||first_slot||' '||policy||' '||servers||' '||clusters FROM cycle",
         "1 0 linkage 1 1"},
        {"SELECT hex(substr(hash,1,2))||' '||party||' '||(revoked_seq-seq) FROM api_key",
         "ABAB 1 1"},
        {"SELECT hex(substr(key,1,2))||' '||coalesce(revoked_seq,'-') FROM sign_key", "01AB -"},
        {"SELECT state||' '||(closed_ns IS NULL)||' '||attempt FROM task", "awarded 1 1"},
        {"SELECT group_concat(state) FROM award_member", "offered"},
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        assert_string_equal(cell(db, cells[i].sql), cells[i].says);
    }
    const char *body = cell(db, "SELECT body FROM event WHERE kind='slot' ORDER BY seq");
    assert_non_null(strstr(body, "\"steps\":[[\"task\",1,\"awarded\"]"));
    exchange_reader_close(reader);
    exchange_store_close(store);
    folder_remove(&f);
}

// Of two connections that write or checkpoint the older SQLite can lose what is in the WAL.
static void test_a_reader_can_neither_write_nor_checkpoint(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_reader *reader = NULL;
    assert_int_equal(exchange_reader_open(f.path, 100, &reader, NULL), DCAT_ERR_NOT_FOUND);
    exchange_store *store = played(&f);
    assert_int_equal(exchange_reader_open(f.path, 30, &reader, NULL), DCAT_OK);
    sqlite3 *db = exchange_reader_start(reader);
    assert_int_not_equal(sqlite3_exec(db, "DELETE FROM task", NULL, NULL, NULL), SQLITE_OK);
    assert_int_not_equal(sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL),
                         SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) "
                                  "SELECT max(i) FROM n",
                                  NULL, NULL, NULL),
                     SQLITE_INTERRUPT);
    db = exchange_reader_start(reader); // with time of its own
    assert_string_equal(cell(db, "SELECT max(id) FROM task"), "1");
    exchange_event event = stage_submit(1, STAGE_S, 2, 700, 5000);
    must(store, &event, NULL, CODE_DONE);
    assert_string_equal(cell(db, "SELECT max(id) FROM task"), "1"); // not committed yet
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
    assert_string_equal(cell(db, "SELECT max(id) FROM task"), "2");
    exchange_reader_close(reader);
    exchange_reader_close(NULL);
    exchange_store_close(store);
    folder_change(&f, "PRAGMA user_version=9");
    assert_int_equal(exchange_reader_open(f.path, 30, &reader, NULL), DCAT_ERR_FORMAT);
    folder_remove(&f);
}

static void nap(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    nanosleep(&(struct timespec){.tv_sec = 1, .tv_nsec = 100000000}, NULL);
    sqlite3_result_int(context, 1);
}

// A second's work is what it may do: one that it waits for, as on a busy machine, is none of it.
static void test_a_reader_that_waits_is_not_interrupted(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = played(&f);
    exchange_reader *reader = NULL;
    assert_int_equal(exchange_reader_open(f.path, 1000, &reader, NULL), DCAT_OK);
    sqlite3 *db = exchange_reader_start(reader);
    assert_int_equal(sqlite3_create_function(db, "nap", 0, SQLITE_UTF8, NULL, nap, NULL, NULL),
                     SQLITE_OK);
    assert_string_equal(cell(db, "WITH RECURSIVE n(i) AS (SELECT nap() UNION ALL SELECT i+1 FROM n "
                                 "WHERE i<10000) SELECT max(i) FROM n"),
                        "10000");
    exchange_reader_close(reader);
    exchange_store_close(store);
    folder_remove(&f);
}

static void test_lots_follow_from_the_root_of_the_slot_before(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = begun(&f);
    people(store);
    uint64_t before = store_slot_seed(store, 0);
    exchange_event event = stage_submit(1, 0, 1, 700, 5000);
    must(store, &event, NULL, CODE_DONE);
    assert_true(store_slot_seed(store, 0) == before); // whatever comes in the slot
    assert_true(store_slot_seed(store, 1) != before);
    slot(store, 0);
    char expected[64];
    snprintf(expected, sizeof expected, "\"seed\":\"%016llx\"", (unsigned long long)before);
    assert_non_null(strstr(cell(store->db, "SELECT body FROM event WHERE kind='slot'"), expected));
    assert_true(store_slot_seed(store, 0) != before);
    exchange_store_close(store);
    folder_remove(&f);
}

static void test_an_answer_is_given_again(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = played(&f);
    exchange_answer answer = {.party = 1, .key = "k", .key_bytes = 1, .status = 201};
    exchange_answer asked = answer;
    assert_int_equal(exchange_store_answered(store, &asked), CODE_DONE);
    answer.text = "{\"ok\":1}";
    answer.text_bytes = 8;
    assert_int_equal(exchange_store_answer(store, &answer, NULL), DCAT_OK);
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
    exchange_store_close(store);
    assert_int_equal(exchange_store_open(f.path, NULL, &store, NULL), DCAT_OK);
    asked.status = 0;
    assert_int_equal(exchange_store_answered(store, &asked), CODE_REPEATED);
    assert_int_equal(asked.status, 201);
    assert_memory_equal(asked.text, "{\"ok\":1}", 8);
    asked.body.byte[0] = 1;
    assert_int_equal(exchange_store_answered(store, &asked), CODE_KEY_REUSED);
    asked.party = 2;
    assert_int_equal(exchange_store_answered(store, &asked), CODE_DONE);
    answer.key_bytes = EXCHANGE_ANSWER_KEY_MAX + 1;
    assert_int_equal(exchange_store_answer(store, &answer, NULL), DCAT_ERR_RANGE);
    asked = answer = (exchange_answer){.party = 1, .key = "k", .key_bytes = 1};
    assert_int_equal(exchange_store_forget_answers(store, 0, NULL), DCAT_OK);
    assert_int_equal(exchange_store_answered(store, &asked), CODE_REPEATED);
    assert_int_equal(exchange_store_forget_answers(store, 2 * STAGE_S, NULL), DCAT_OK);
    assert_int_equal(exchange_store_answered(store, &asked), CODE_DONE);
    exchange_store_close(store);
    folder_remove(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_taken_once),
        cmocka_unit_test(test_what_is_sealed_is_not_in_the_body),
        cmocka_unit_test(test_tables_tell_who_is_who),
        cmocka_unit_test(test_a_reader_can_neither_write_nor_checkpoint),
        cmocka_unit_test(test_a_reader_that_waits_is_not_interrupted),
        cmocka_unit_test(test_lots_follow_from_the_root_of_the_slot_before),
        cmocka_unit_test(test_an_answer_is_given_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
