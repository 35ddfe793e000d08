// SPDX-License-Identifier: Apache-2.0
// A log on disk: opened again it is the same exchange; whatever was changed in it is named; only
// one process at a time; backups are logs.

#include "store_market.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct folder {
    char path[64], file[96];
} folder;

static folder folder_make(void)
{
    folder f = {.path = "store_XXXXXX"};
    assert_non_null(mkdtemp(f.path));
    snprintf(f.file, sizeof f.file, "%s/" EXCHANGE_STORE_FILE, f.path);
    return f;
}

static void folder_remove(const folder *f)
{
    static const char *const names[] = {EXCHANGE_STORE_FILE, EXCHANGE_STORE_FILE "-wal",
                                        EXCHANGE_STORE_FILE "-shm", "exchange.lock", "backup.db"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", f->path, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(f->path), 0);
}

// The whole market, so many events a commit.
static exchange_store *played(const folder *f, int64_t batch)
{
    const exchange_setup setup = store_setup();
    exchange_store *store = NULL;
    dcat_error err = {0};
    if (exchange_store_create(f->path, NULL, &setup, &store, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    exchange_event event;
    size_t finished = 0;
    for (int64_t n = 0; store_event(store, n, &event); n++) {
        exchange_result result;
        if (exchange_store_apply(store, &event, &result, &err) != DCAT_OK) {
            fail_msg("%s", err.message);
        }
        finished += event.kind == EVENT_FINISH && result.code == CODE_DONE;
        if (n % batch == batch - 1) {
            assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
        }
    }
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
    assert_int_equal(finished, 4); // of six rounds, two that nobody could do
    return store;
}

static void test_a_log_opened_again_is_the_same_exchange(void **fixture)
{
    (void)fixture;
    merkle_hash first = {{0}};
    for (int64_t batch = 1; batch <= 64; batch *= 8) {
        folder f = folder_make();
        exchange_store *store = played(&f, batch);
        uint64_t digest = exchange_digest(exchange_store_view(store));
        uint64_t size = exchange_store_size(store);
        merkle_hash root = exchange_store_root(store);
        first = batch == 1 ? root : first;
        assert_memory_equal(&root, &first, sizeof root); // whatever shares a commit
        exchange_store_close(store);
        dcat_error err = {0};
        if (exchange_store_open(f.path, NULL, &store, &err) != DCAT_OK) {
            fail_msg("%s", err.message);
        }
        assert_true(exchange_digest(exchange_store_view(store)) == digest);
        assert_int_equal(exchange_store_size(store), size);
        merkle_hash again = exchange_store_root(store);
        assert_memory_equal(&root, &again, sizeof root);
        // And goes on: a client's id is known although the exchange forgot its task.
        exchange_event event;
        store_event(store, 14, &event);
        event.at_ns = exchange_store_view(store)->core.now_ns;
        exchange_result result;
        assert_null(task_find(exchange_store_view(store), 1));
        assert_int_equal(exchange_store_apply(store, &event, &result, NULL), DCAT_OK);
        assert_int_equal(result.code, CODE_REPEATED);
        assert_int_equal(result.id, 1);
        event.task.client.body[0]++;
        assert_int_equal(exchange_store_apply(store, &event, &result, NULL), DCAT_OK);
        assert_int_equal(result.code, CODE_KEY_REUSED);
        exchange_store_close(store);
        folder_remove(&f);
    }
}

static void test_what_was_not_committed_is_gone(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = played(&f, 8);
    merkle_hash root = exchange_store_root(store);
    exchange_result result;
    const exchange_event event = {.kind = EVENT_HALT,
                                  .actor = EXCHANGE_SELF,
                                  .at_ns = exchange_store_view(store)->core.now_ns};
    assert_int_equal(exchange_store_apply(store, &event, &result, NULL), DCAT_OK);
    assert_int_equal(result.code, CODE_DONE);
    assert_int_equal(exchange_store_backup(store, "never", NULL), DCAT_ERR_IO); // not in between
    exchange_store_close(store);
    assert_int_equal(exchange_store_open(f.path, NULL, &store, NULL), DCAT_OK);
    merkle_hash again = exchange_store_root(store);
    assert_memory_equal(&root, &again, sizeof root);
    assert_int_equal(exchange_mode(exchange_store_view(store)), MODE_OPEN);
    exchange_store_close(store);
    folder_remove(&f);
}

static void test_one_process_at_a_time_and_one_log_a_folder(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    const exchange_setup setup = store_setup();
    exchange_store *store = NULL, *second = NULL;
    dcat_error err = {0};
    assert_int_equal(exchange_store_open(f.path, NULL, &store, &err), DCAT_ERR_NOT_FOUND);
    store = played(&f, 8);
    assert_int_equal(exchange_store_open(f.path, NULL, &second, &err), DCAT_ERR_IO);
    assert_non_null(strstr(err.message, "another process"));
    exchange_store_close(store);
    assert_int_equal(exchange_store_create(f.path, NULL, &setup, &second, &err), DCAT_ERR_EXISTS);
    exchange_setup bad = setup;
    bad.config.slot_ns = 0;
    assert_int_equal(exchange_store_create(f.path, NULL, &bad, &second, &err), DCAT_ERR_RANGE);
    assert_int_equal(exchange_store_create("no/such/folder", NULL, &setup, &second, &err),
                     DCAT_ERR_IO);
    exchange_store_close(NULL);
    folder_remove(&f);
}

static void test_a_backup_is_a_log(void **fixture)
{
    (void)fixture;
    folder f = folder_make(), g = folder_make();
    exchange_store *store = played(&f, 8);
    merkle_hash root = exchange_store_root(store);
    assert_int_equal(exchange_store_backup(store, g.file, NULL), DCAT_OK);
    assert_int_equal(exchange_store_backup(store, g.file, NULL), DCAT_ERR_EXISTS);
    assert_int_equal(exchange_store_backup(store, "no/such/folder/x.db", NULL), DCAT_ERR_IO);
    exchange_store_close(store);
    assert_int_equal(exchange_store_open(g.path, NULL, &store, NULL), DCAT_OK);
    merkle_hash again = exchange_store_root(store);
    assert_memory_equal(&root, &again, sizeof root);
    exchange_store_close(store);
    folder_remove(&f);
    folder_remove(&g);
}

static void change(const folder *f, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
        fail_msg("%s: %s", sql, why);
    }
    sqlite3_close(db);
}

// Each change by hand is refused, and the message says where.
static void test_a_changed_log_is_refused_by_the_first_wrong_event(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *sql, *says;
    } changes[] = {
        {"UPDATE event SET body=CAST(replace(body,'\"work_cycles\":7','\"work_cycles\":8') AS "
         "BLOB) WHERE seq=16",
         "event 16"},
        {"UPDATE event SET leaf=zeroblob(32) WHERE seq=20", "event 20"},
        {"PRAGMA foreign_keys=OFF; DELETE FROM event WHERE seq=17", "event 18"},
        {"PRAGMA foreign_keys=OFF; DELETE FROM event WHERE seq=1", "event 2"},
        {"UPDATE event SET kind='slot' WHERE seq=16", "event 16"},
        {"UPDATE event SET at_ns=at_ns+1 WHERE seq=30", "event 30"},
        {"UPDATE event SET actor=actor+1 WHERE seq=19", "event 19"},
        {"UPDATE transfer SET amount=amount+1 WHERE id=3", "event"},
        {"DELETE FROM transfer WHERE id=5", "event"},
        {"INSERT INTO transfer VALUES(NULL,6,0,1,5,'deposit',0,0)", "event 6"},
        {"UPDATE award SET pay=pay+1 WHERE task=1", "event"},
        {"DELETE FROM award_member WHERE task=1", "event"},
        {"UPDATE account SET balance=balance+1 WHERE id=5", "balances"},
        {"UPDATE task SET state='settled' WHERE id=(SELECT max(id) FROM task)", "tasks"},
        {"PRAGMA user_version=2", "version 1"},
        {"PRAGMA application_id=0", "version 1"},
        {"DROP TABLE award_member", "tables"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        folder f = folder_make();
        exchange_store_close(played(&f, 8));
        change(&f, changes[i].sql);
        exchange_store *store = NULL;
        dcat_error err = {0};
        dcat_status status = exchange_store_open(f.path, NULL, &store, &err);
        if (status == DCAT_OK || strstr(err.message, changes[i].says) == NULL) {
            fail_msg("%s: \"%s\"", changes[i].sql, err.message);
        }
        folder_remove(&f);
    }
}

// A leaf made to fit a changed body does not help: the next event has the old one as prev.
static void test_a_forged_leaf_breaks_the_chain(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store_close(played(&f, 8));
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(f.file, &db), SQLITE_OK);
    sqlite3_prepare_v2(db,
                       "SELECT replace(body,'\"at_ns\":0','\"at_ns\":1') FROM event WHERE seq=14",
                       -1, &statement, NULL);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    char body[4096];
    snprintf(body, sizeof body, "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    merkle_hash leaf = merkle_leaf(body, strlen(body));
    sqlite3_prepare_v2(db, "UPDATE event SET at_ns=1,body=CAST(? AS BLOB),leaf=? WHERE seq=14", -1,
                       &statement, NULL);
    sqlite3_bind_text(statement, 1, body, -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, leaf.byte, MERKLE_BYTES, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    exchange_store *store = NULL;
    dcat_error err = {0};
    assert_int_equal(exchange_store_open(f.path, NULL, &store, &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "event 15"));
    folder_remove(&f);
}

// Roots of small trees by the definition of RFC 9162, 2.1.1: split at the largest power of two.
static merkle_hash root_of(const merkle_hash *leaves, size_t count)
{
    merkle tree = {0};
    if (count <= 1) {
        return count == 0 ? merkle_root(&tree) : leaves[0];
    }
    size_t half = 1;
    while (2 * half < count) {
        half *= 2;
    }
    merkle_hash left = root_of(leaves, half), right = root_of(&leaves[half], count - half);
    merkle_add(&tree, &left); // a tree of two leaves is the hash of both
    merkle_add(&tree, &right);
    return merkle_root(&tree);
}

static void test_roots_are_those_of_the_definition(void **fixture)
{
    (void)fixture;
    // SHA-256 of nothing, and of the single byte 0.
    static const unsigned char empty[4] = {0xe3, 0xb0, 0xc4, 0x42},
                               zero[4] = {0x6e, 0x34, 0x0b, 0x9c};
    merkle tree = {0};
    merkle_hash leaves[300];
    assert_memory_equal(merkle_root(&tree).byte, empty, 4);
    assert_memory_equal(merkle_leaf("", 0).byte, zero, 4);
    for (size_t i = 0; i < 300; i++) {
        leaves[i] = merkle_leaf(&i, sizeof i);
        merkle_add(&tree, &leaves[i]);
        merkle_hash expected = root_of(leaves, i + 1), root = merkle_root(&tree);
        assert_memory_equal(&root, &expected, sizeof root);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_log_opened_again_is_the_same_exchange),
        cmocka_unit_test(test_what_was_not_committed_is_gone),
        cmocka_unit_test(test_one_process_at_a_time_and_one_log_a_folder),
        cmocka_unit_test(test_a_backup_is_a_log),
        cmocka_unit_test(test_a_changed_log_is_refused_by_the_first_wrong_event),
        cmocka_unit_test(test_a_forged_leaf_breaks_the_chain),
        cmocka_unit_test(test_roots_are_those_of_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
