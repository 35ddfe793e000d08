// SPDX-License-Identifier: Apache-2.0
// A true log verifies, however it comes; and whatever column of it is changed by hand, it no longer
// does.
#include "exchange/verify/tally.h"
#include "exchange/verify/verify.h"
#include "exchange/verify/witness.h"
#include "logs.h"

#include <sodium.h>
#include <string.h>

// A log with all that a log may have, in one file.
static void make(const folder *f, bool simulated)
{
    exchange_store *store = logs_begin(f, simulated);
    log_keeper *keeper = logs_keeper(f, store);
    for (int64_t n = 0; n < STORE_EVENTS; n += 8) {
        store_play(store, n, n + 8 < STORE_EVENTS ? n + 8 : STORE_EVENTS);
        logs_sign(keeper, store);
    }
    logs_beat(store, 200);
    merkle_hash body = {{1, 2, 3}};
    const exchange_answer answer = {.party = 1,
                                    .key = "0123456789abcdef",
                                    .key_bytes = 16,
                                    .body = body,
                                    .status = 201,
                                    .text = "{}",
                                    .text_bytes = 2};
    assert_int_equal(exchange_store_answer(store, &answer, NULL), DCAT_OK);
    logs_sign(keeper, store);
    assert_int_equal(exchange_store_snapshot(store, NULL), DCAT_OK);
    log_keeper_destroy(keeper);
    exchange_store_close(store);
}

static dcat_status verify(const char *where, const char *kept, dcat_error *err)
{
    verify_result result;
    const verify_options options = {.where = where, .kept = kept};
    return verify_log(&options, &result, err);
}

static dcat_status audit(const char *where, dcat_error *err)
{
    exchange_audit found = {.tables = true};
    dcat_status status = exchange_store_audit(where, NULL, &found, err);
    assert_true(status != DCAT_OK || found.tables);
    return status;
}

static void is_good(const char *where)
{
    dcat_error err = {0};
    if (verify(where, NULL, &err) != DCAT_OK) {
        fail_msg("%s: %s", where, err.message);
    }
}

static void copy(const folder *from, const folder *to)
{
    char command[256];
    snprintf(command, sizeof command, "cp %s %s && rm -f %s-wal %s-shm", from->file, to->file,
             to->file, to->file);
    assert_int_equal(system(command), 0);
}

static void test_true_logs_verify(void **fixture)
{
    (void)fixture;
    for (int simulated = 0; simulated < 2; simulated++) {
        folder f = folder_make();
        make(&f, simulated != 0);
        is_good(f.path);
        dcat_error err = {0};
        if (audit(f.path, &err) != DCAT_OK) {
            fail_msg("%s", err.message);
        }
        char out[96];
        uint64_t events = 0;
        snprintf(out, sizeof out, "%s.out", f.path);
        assert_int_equal(verify_export(f.path, NULL, out, &events, &err), DCAT_OK);
        is_good(out);
        assert_int_equal(verify_export(f.path, NULL, out, &events, &err), DCAT_ERR_EXISTS);
        char command[128];
        snprintf(command, sizeof command, "rm -r %s", out);
        assert_int_equal(system(command), 0);
        logs_remove(&f);
    }
}

// ---- every column by hand

typedef struct column {
    char table[32], name[32], change[240], key[96];
} column;

// Another value of the same kind.
static void change_of(column *c, const char *type)
{
    const char *n = c->name;
    if (strcmp(type, "BLOB") == 0) { // the last bit
        snprintf(c->change, sizeof c->change,
                 "CASE WHEN \"%s\" IS NULL THEN x'00' ELSE CAST(substr(\"%s\",1,length(\"%s\")-1)||"
                 "CASE substr(\"%s\",-1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB) END",
                 n, n, n, n);
    } else if (strcmp(type, "TEXT") == 0) {
        snprintf(c->change, sizeof c->change, "coalesce(\"%s\",'')||'x'", n);
    } else {
        snprintf(c->change, sizeof c->change, "coalesce(\"%s\",0)+1000003", n);
    }
}

static size_t columns_of(const folder *f, column *columns, size_t max)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT m.name,c.name,c.type,(SELECT group_concat(k.name) "
                                        "FROM pragma_table_info(m.name) k WHERE k.pk>0) FROM "
                                        "sqlite_schema m JOIN pragma_table_info(m.name) c WHERE "
                                        "m.type='table'",
                                        -1, &row, NULL),
                     SQLITE_OK);
    size_t count = 0;
    while (sqlite3_step(row) == SQLITE_ROW) {
        assert_true(count < max);
        column *c = &columns[count++];
        snprintf(c->table, sizeof c->table, "%s", (const char *)sqlite3_column_text(row, 0));
        snprintf(c->name, sizeof c->name, "%s", (const char *)sqlite3_column_text(row, 1));
        snprintf(c->key, sizeof c->key, "%s", (const char *)sqlite3_column_text(row, 3));
        change_of(c, (const char *)sqlite3_column_text(row, 2));
    }
    sqlite3_finalize(row);
    sqlite3_close(db);
    return count;
}

// Whether there was a row to change.
static bool change(const folder *f, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
    char *why = NULL;
    sqlite3_exec(db, "PRAGMA foreign_keys=0;PRAGMA ignore_check_constraints=1", NULL, NULL, NULL);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
        fail_msg("%s: %s", sql, why);
    }
    bool changed = sqlite3_changes(db) > 0;
    sqlite3_close(db);
    return changed;
}

// Found by who shares no line with the writer, or by applying all of it again.
static void is_found(const folder *f, const char *sql)
{
    dcat_error err = {0};
    if (verify(f->path, NULL, &err) == DCAT_OK && audit(f->path, &err) == DCAT_OK) {
        fail_msg("nobody sees: %s", sql);
    }
    if (err.message[0] == '\0') {
        fail_msg("no word of: %s", sql);
    }
}

// What no event leads to: the text of an answer that may be asked for again.
static bool is_free(const column *c)
{
    static const char *const names[] = {"key", "body_hash", "status", "answer"};
    bool named = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        named = named || strcmp(c->name, names[i]) == 0;
    }
    return strcmp(c->table, "idempotency") == 0 && named;
}

static void test_every_column_that_is_changed_is_found(void **fixture)
{
    (void)fixture;
    static column columns[300];
    folder whole = folder_make(), f = folder_make();
    make(&whole, false);
    size_t count = columns_of(&whole, columns, 300), tried = 0;
    for (size_t i = 0; i < count; i++) {
        const column *c = &columns[i];
        char sql[800];
        snprintf(sql, sizeof sql, // a row in the middle
                 "UPDATE \"%s\" SET \"%s\"=%s WHERE (%s)=(SELECT %s FROM \"%s\" LIMIT 1 OFFSET "
                 "(SELECT count(*)/2 FROM \"%s\"))",
                 c->table, c->name, c->change, c->key, c->key, c->table, c->table);
        copy(&whole, &f);
        if (is_free(c) || !change(&f, sql)) {
            continue; // no row of it in this log
        }
        is_found(&f, sql);
        tried++;
    }
    assert_true(tried >= 90);
    folder_remove(&f);
    logs_remove(&whole);
}

static void test_rows_that_are_gone_or_too_many_are_found(void **fixture)
{
    (void)fixture;
    static const char *const tables[] = {"event",      "party", "sign_key",   "server",
                                         "unit",       "ask",   "cycle",      "account",
                                         "transfer",   "task",  "award",      "award_member",
                                         "settlement", "tile",  "checkpoint", "log_key"};
    static const char *const more[] = {
        "INSERT INTO transfer VALUES(NULL,5,0,5,1,'deposit',NULL,NULL)",
        "INSERT INTO transfer VALUES(NULL,1000000,0,5,1,'deposit',NULL,NULL)",
        "INSERT INTO tile VALUES(0,5,zeroblob(32))",
        "INSERT INTO settlement VALUES(1000,3,'posted')",
        "INSERT INTO party SELECT 100,'user','mallory',3 FROM party LIMIT 1",
        "UPDATE account SET balance=balance+CASE id WHEN 5 THEN 7 ELSE -7 END WHERE id IN(0,5)",
        "UPDATE transfer SET amount=amount*2;UPDATE account SET balance=balance*2",
        ("UPDATE event SET body=CAST(replace(CAST(body AS TEXT),'\"amount\":1','\"amount\":9') AS "
         "BLOB)"),
        "DELETE FROM event WHERE seq=(SELECT max(seq) FROM event)",
        "DELETE FROM checkpoint",
        "UPDATE event SET sealed=NULL WHERE kind='ask'",
    };
    folder whole = folder_make(), f = folder_make();
    make(&whole, false);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char sql[160];
        snprintf(sql, sizeof sql, "DELETE FROM %s", tables[i]);
        copy(&whole, &f);
        if (change(&f, sql)) {
            is_found(&f, sql);
        }
    }
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        copy(&whole, &f);
        assert_true(change(&f, more[i]));
        is_found(&f, more[i]);
    }
    folder_remove(&f);
    logs_remove(&whole);
}

// ---- numbers without bounds

#define HUGE "4611686018427387904" // 2^62

// A log of which the last event is this one, before it five parties with a server each and a task.
static void is_refused(const char *last, const char *named)
{
    tally b;
    verify_tree tree = {0};
    dcat_error err = {0};
    char body[13][400] = {"{'at_ns':0,'kind':'rules','config':{'slot_ns':1},"
                          "'steps':[['exchange',0,'open']]}"};
    for (int i = 0; i < 5; i++) {
        snprintf(body[1 + i], sizeof *body, "{'at_ns':0,'kind':'party','id':%d}", i);
        snprintf(body[6 + i], sizeof *body,
                 "{'at_ns':0,'kind':'register','id':%d,'actor':%d,'steps':[['server',%d,"
                 "'registered']]}",
                 i, i, i);
    }
    snprintf(body[11], sizeof *body,
             "{'at_ns':0,'kind':'submit','actor':0,'id':1,'data':{'client':'%032d',"
             "'work_cycles':" HUGE "},'steps':[['task',1,'accepted']],'legs':[[0,6,1,'hold',1,0]]}",
             0);
    snprintf(body[12], sizeof *body, "%s", last);
    tally_begin(&b);
    dcat_status status = DCAT_OK;
    for (int i = 0; i < 13 && status == DCAT_OK; i++) {
        for (char *quote = body[i]; (quote = strchr(quote, '\'')) != NULL;) {
            *quote = '"';
        }
        json_t *json = json_loads(body[i], 0, NULL);
        assert_non_null(json);
        status = tally_take(&b, i + 1, json, &tree, &err);
        json_decref(json);
    }
    tally_end(&b);
    assert_int_equal(status, DCAT_ERR_FORMAT);
    if (strstr(err.message, "event 13") == NULL || strstr(err.message, named) == NULL) {
        fail_msg("%s", err.message);
    }
}

// Five times 2^62 are 2^62 again, to who adds without looking.
// A view could be read for ever.
static void test_views_are_no_tables(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    make(&f, true);
    folder_change(&f, "DROP TABLE log_key; CREATE VIEW log_key AS WITH RECURSIVE r(n) AS (SELECT 1 "
                      "UNION ALL SELECT n FROM r) SELECT '' AS verifier, 0 AS from_size FROM r");
    dcat_error err = {0};
    assert_int_equal(verify(f.path, NULL, &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "more than tables"));
    logs_remove(&f);
}

static void test_sums_beyond_all_bounds_are_refused(void **fixture)
{
    (void)fixture;
    is_refused("{'at_ns':0,'kind':'slots','steps':[['task',1,'awarded']],'awards':[[1,1,0,1,0,0,"
               "[[0," HUGE "],[1," HUGE "],[2," HUGE "],[3," HUGE "],[4," HUGE "]]]]}",
               "I9");
    is_refused("{'at_ns':0,'kind':'hold','legs':[[0,6," HUGE ",'hold',1,0],[0,8," HUGE
               ",'hold',1,0],[2,10," HUGE ",'hold',1,0]]}",
               "I1: ");
}

// ---- an exchange that runs

static void write_meanwhile(void *user, uint64_t done, uint64_t total)
{
    (void)total;
    if (done == 1) {
        assert_true(change(user, "UPDATE account SET balance=balance+1 WHERE id=2"));
    }
}

// A folder is what it was when it was opened, whoever writes while it is read.
static void test_who_writes_meanwhile_does_not_spoil_a_log(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    make(&f, false);
    verify_result result;
    dcat_error err = {0};
    const verify_options options = {.where = f.path, .user = &f, .progress = write_meanwhile};
    if (verify_log(&options, &result, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(verify(f.path, NULL, &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "table account"));
    logs_remove(&f);
}

// ---- what was kept

static void test_a_log_must_continue_what_was_kept(void **fixture)
{
    (void)fixture;
    folder f = folder_make(), g = folder_make(), fork = folder_make();
    exchange_store *store = logs_begin(&f, true);
    log_keeper *keeper = logs_keeper(&f, store);
    store_play(store, 0, 30);
    logs_sign(keeper, store);
    dcat_error err = {0};
    assert_int_equal(verify(f.path, "kept", &err), DCAT_OK); // is made
    verify_bytes first, second;
    assert_int_equal(verify_read_file("kept", &first, &err), DCAT_OK);
    // A fork: the same key, another event from here on.
    exchange_store *other = logs_begin(&fork, true);
    log_keeper *forger = logs_keeper(&fork, other);
    store_play(other, 0, 20);
    logs_beat(other, 30);
    logs_sign(forger, other);
    store_play(store, 30, STORE_EVENTS);
    logs_sign(keeper, store);
    assert_int_equal(verify(fork.path, NULL, &err), DCAT_OK);
    assert_int_equal(verify(fork.path, "kept", &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "is not that of the checkpoint that was kept"));
    assert_int_equal(verify(f.path, "kept", &err), DCAT_OK);
    assert_int_equal(verify_read_file("kept", &second, &err), DCAT_OK);
    assert_true(second.count != first.count || memcmp(second.at, first.at, first.count) != 0);
    // One that was cut back to what it was.
    exchange_store *cut = logs_begin(&g, true);
    log_keeper *cutter = logs_keeper(&g, cut);
    store_play(cut, 0, 30);
    logs_sign(cutter, cut);
    assert_int_equal(verify(g.path, "kept", &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "it is missing; the checkpoint that was kept"));
    free(first.at);
    free(second.at);
    unlink("kept");
    log_keeper *keepers[] = {keeper, forger, cutter};
    exchange_store *stores[] = {store, other, cut};
    const folder *folders[] = {&f, &fork, &g};
    for (int i = 0; i < 3; i++) {
        log_keeper_destroy(keepers[i]);
        exchange_store_close(stores[i]);
        logs_remove(folders[i]);
    }
}

// ---- witnesses

static verify_key witness_key(unsigned char secret[64], const char *name, unsigned char seed_byte)
{
    unsigned char seed[32] = {seed_byte};
    verify_key key;
    crypto_sign_seed_keypair(key.key, secret, seed);
    assert_true(verify_key_name(&key, name, VERIFY_WITNESS));
    return key;
}

static dcat_status cosign(const char *where, const char *in, const char *out, const char *state,
                          const verify_key *key, const unsigned char *secret, dcat_error *err)
{
    uint64_t size = 0;
    const verify_witness_options options = {.where = where,
                                            .in = in,
                                            .out = out,
                                            .state = state,
                                            .own = *key,
                                            .secret = secret,
                                            .unix_s = 1795942474};
    return verify_witness(&options, &size, err);
}

static dcat_status demand(const char *where, const char *kept, const verify_key *keys, size_t count,
                          size_t cosignatures, dcat_error *err)
{
    verify_result result;
    const verify_options options = {.where = where,
                                    .kept = kept,
                                    .witnesses = keys,
                                    .witness_count = count,
                                    .cosignatures = cosignatures};
    return verify_log(&options, &result, err);
}

static void test_witnesses_cosign_what_only_grows(void **fixture)
{
    (void)fixture;
    folder f = folder_make(), fork = folder_make();
    unsigned char secrets[2][64];
    const verify_key keys[3] = {witness_key(secrets[0], "witness.example/one", 1),
                                witness_key(secrets[1], "witness.example/two", 2),
                                witness_key(secrets[1], "witness.example/again", 2)};
    exchange_store *store = logs_begin(&f, true), *other = logs_begin(&fork, true);
    log_keeper *keeper = logs_keeper(&f, store), *forger = logs_keeper(&fork, other);
    store_play(store, 0, 20);
    store_play(other, 0, 18);
    logs_beat(store, 300);
    logs_beat(other, 600);
    logs_sign(keeper, store);
    logs_sign(forger, other);
    dcat_error err = {0};
    uint64_t events = 0;
    assert_int_equal(verify_export(f.path, NULL, "small", &events, &err), DCAT_OK);
    assert_int_equal(verify_export(fork.path, NULL, "fork", &events, &err), DCAT_OK);
    logs_beat(store, 900);
    logs_sign(keeper, store);
    assert_int_equal(verify_export(f.path, NULL, "large", &events, &err), DCAT_OK);
    // One after the other, over the same checkpoint, then over a later one.
    assert_int_equal(cosign("small", NULL, "c1", "s1", &keys[0], secrets[0], &err), DCAT_OK);
    assert_int_equal(cosign("large", "c1", "c2", "s2", &keys[1], secrets[1], &err), DCAT_OK);
    assert_int_equal(demand("large", "c2", keys, 2, 2, &err), DCAT_OK);
    assert_int_equal(demand("large", "c1", keys, 2, 2, &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "has 1 cosignatures of these witnesses, not 2"));
    assert_int_equal(demand("large", "c2", &keys[1], 2, 2, &err), DCAT_ERR_FORMAT); // one, twice
    assert_int_equal(demand("large", NULL, keys, 2, 1, &err), DCAT_ERR_FORMAT);     // nobody yet
    assert_int_equal(demand("fork", "c2", keys, 2, 2, &err), DCAT_ERR_FORMAT);
    assert_int_equal(cosign("large", NULL, NULL, "s1", &keys[0], secrets[0], &err), DCAT_OK);
    assert_int_equal(demand("large", "s1", keys, 1, 1, &err), DCAT_OK);
    // Never what is not the same log grown longer, and never back.
    assert_int_equal(cosign("fork", NULL, NULL, "s2", &keys[1], secrets[1], &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "grown longer"));
    assert_int_equal(cosign("small", NULL, NULL, "s1", &keys[0], secrets[0], &err),
                     DCAT_ERR_FORMAT);
    assert_int_equal(system("rm -r small large fork c1 c2 s1 s2"), 0);
    log_keeper_destroy(keeper);
    log_keeper_destroy(forger);
    exchange_store_close(store);
    exchange_store_close(other);
    logs_remove(&f);
    logs_remove(&fork);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_true_logs_verify),
        cmocka_unit_test(test_every_column_that_is_changed_is_found),
        cmocka_unit_test(test_rows_that_are_gone_or_too_many_are_found),
        cmocka_unit_test(test_views_are_no_tables),
        cmocka_unit_test(test_sums_beyond_all_bounds_are_refused),
        cmocka_unit_test(test_who_writes_meanwhile_does_not_spoil_a_log),
        cmocka_unit_test(test_a_log_must_continue_what_was_kept),
        cmocka_unit_test(test_witnesses_cosign_what_only_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
