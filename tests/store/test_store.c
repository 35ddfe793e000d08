// SPDX-License-Identifier: Apache-2.0
// A log on disk: opened again it is the same exchange; whatever was changed in it is named; only
// one process at a time; backups are logs.

#include "folder.h"
#include "market.h"

#include "exchange/store/reader.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
        if (exchange_store_apply(store, &event, NULL, &result, &err) != DCAT_OK) {
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
        assert_int_equal(exchange_store_apply(store, &event, NULL, &result, NULL), DCAT_OK);
        assert_int_equal(result.code, CODE_REPEATED);
        assert_int_equal(result.id, 1);
        event.task.client.body[0]++;
        assert_int_equal(exchange_store_apply(store, &event, NULL, &result, NULL), DCAT_OK);
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
    assert_int_equal(exchange_store_apply(store, &event, NULL, &result, NULL), DCAT_OK);
    assert_int_equal(result.code, CODE_DONE);
    folder g = folder_make();
    exchange_backup copy = {0};
    assert_int_equal(exchange_backup_make(f.path, g.file, NULL, &copy, NULL), DCAT_OK);
    assert_memory_equal(&root, &copy.root, sizeof root); // nor is it in a backup
    folder_remove(&g);
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
    assert_int_equal(exchange_store_open(f.path, NULL, &second, &err), DCAT_ERR_EXISTS);
    assert_non_null(strstr(err.message, "another process"));
    exchange_store_close(store);
    assert_int_equal(exchange_store_create(f.path, NULL, &setup, &second, &err), DCAT_ERR_EXISTS);
    exchange_setup bad = setup;
    bad.config.slot_ns = 0;
    assert_int_equal(exchange_store_create(f.path, NULL, &bad, &second, &err), DCAT_ERR_RANGE);
    assert_int_equal(exchange_store_create("no/such/folder", NULL, &setup, &second, &err),
                     DCAT_ERR_IO);
    folder g = folder_make(); // what could not be begun leaves nothing
    bad = setup;
    bad.name = "\"";
    assert_int_equal(exchange_store_create(g.path, NULL, &bad, &second, &err), DCAT_ERR_RANGE);
    assert_int_not_equal(access(g.file, F_OK), 0);
    assert_int_equal(rmdir(g.path), 0);
    exchange_store_close(NULL);
    folder_remove(&f);
}

static void test_a_backup_is_a_log(void **fixture)
{
    (void)fixture;
    folder f = folder_make(), g = folder_make();
    exchange_store *store = played(&f, 8);
    merkle_hash root = exchange_store_root(store);
    exchange_backup copy = {0};
    assert_int_equal(exchange_backup_make(f.path, g.file, NULL, &copy, NULL), DCAT_OK);
    assert_int_equal(copy.events, exchange_store_size(store));
    assert_memory_equal(&root, &copy.root, sizeof root);
    assert_int_equal(exchange_backup_make(f.path, g.file, NULL, &copy, NULL), DCAT_ERR_EXISTS);
    assert_int_equal(exchange_backup_make(f.path, "no/such/folder/x.db", NULL, &copy, NULL),
                     DCAT_ERR_IO);
    assert_int_equal(exchange_backup_make("no/such", "x.db", NULL, &copy, NULL),
                     DCAT_ERR_NOT_FOUND);
    atomic_bool stop = true;
    assert_int_equal(exchange_backup_make(f.path, "stopped.db", &stop, &copy, NULL), DCAT_ERR_IO);
    assert_true(access("stopped.db", F_OK) != 0 && access("stopped.db.part", F_OK) != 0);
    exchange_store_close(store);
    assert_int_equal(exchange_store_open(g.path, NULL, &store, NULL), DCAT_OK);
    merkle_hash again = exchange_store_root(store);
    assert_memory_equal(&root, &again, sizeof root);
    exchange_store_close(store);
    folder_remove(&f);
    folder_remove(&g);
}

typedef struct copying {
    const folder *from, *to;
    dcat_status status;
    exchange_backup copy;
    atomic_bool done;
} copying;

static void *copy_beside(void *user)
{
    copying *c = user;
    c->status = exchange_backup_make(c->from->path, c->to->file, NULL, &c->copy, NULL);
    atomic_store(&c->done, true);
    return NULL;
}

// Commits while another thread copies, until there were some that a copy does not have. Each copy
// is a whole log of its own.
static void test_commits_go_on_beside_a_backup(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = played(&f, 8);
    uint64_t beyond = 0;
    for (int tries = 0; beyond == 0 && tries < 1000; tries++) {
        folder g = folder_make();
        copying c = {.from = &f, .to = &g};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, copy_beside, &c), 0);
        uint64_t before = exchange_store_size(store);
        while (!atomic_load(&c.done)) {
            const exchange_event beat =
                stage_of_server(EVENT_HEARTBEAT, 2, exchange_store_view(store)->core.now_ns + 1, 0);
            exchange_result result;
            assert_int_equal(exchange_store_apply(store, &beat, NULL, &result, NULL), DCAT_OK);
            assert_int_equal(result.code, CODE_DONE);
            assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
        }
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(c.status, DCAT_OK);
        assert_true(c.copy.events >= before && c.copy.events <= exchange_store_size(store));
        beyond = exchange_store_size(store) - c.copy.events;
        exchange_audit audit = {0};
        assert_int_equal(exchange_store_audit(g.path, NULL, &audit, NULL), DCAT_OK);
        assert_int_equal(audit.events, c.copy.events);
        assert_memory_equal(&audit.root, &c.copy.root, sizeof audit.root);
        folder_remove(&g);
    }
    assert_true(beyond > 0);
    exchange_store_close(store);
    folder_remove(&f);
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
        {"UPDATE event SET actor=actor+4294967296 WHERE seq=19", "event 19"},
        {"UPDATE event SET slot=slot+1 WHERE seq=21", "event 21"},
        {"UPDATE event SET epoch=2 WHERE seq=22", "event 22"},
        {"UPDATE event SET kind=kind||char(0)||'x' WHERE seq=16", "event 16"},
        {"UPDATE event SET at_ns=1 WHERE seq=1", "event 1"},
        {"UPDATE transfer SET amount=amount+1 WHERE id=3", "event"},
        {"UPDATE transfer SET debit=debit+4294967296 WHERE id=3", "event"},
        {"UPDATE transfer SET kind='share' WHERE id=3", "event"},
        {"UPDATE transfer SET attempt=attempt+1 WHERE id=3", "event"},
        {"DELETE FROM transfer WHERE id=5", "event"},
        {"INSERT INTO transfer VALUES(NULL,6,0,1,5,'deposit',0,0)", "transfers"},
        {"UPDATE award SET pay=pay+1 WHERE task=1", "event"},
        {"DELETE FROM award_member WHERE task=1", "event"},
        {"UPDATE account SET balance=balance+1 WHERE id=5", "balances"},
        {"UPDATE account SET balance=9223372036854775807 WHERE id>5", "balances"},
        {"PRAGMA foreign_keys=OFF; UPDATE account SET id=id+4294967296 WHERE id=5", "balances"},
        {"UPDATE task SET state='settled' WHERE id=(SELECT max(id) FROM task)", "tasks"},
        {"PRAGMA user_version=99", "version 1"},
        {"PRAGMA application_id=0", "version 1"},
        {"DROP TABLE award_member", "tables"},
        {"CREATE VIEW more AS SELECT 1", "more than tables"},
        {"CREATE TRIGGER more AFTER INSERT ON event BEGIN DELETE FROM transfer; END",
         "more than tables"},
        {"ALTER TABLE event ADD COLUMN more TEXT AS (kind)", "more than tables"},
        {"PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql='?' WHERE name='event'",
         "malformed"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        folder f = folder_make();
        exchange_store_close(played(&f, 8));
        folder_change(&f, changes[i].sql);
        exchange_audit audit = {.user = NULL};
        dcat_error err = {0};
        dcat_status status = exchange_store_audit(f.path, NULL, &audit, &err);
        char named[64];
        snprintf(named, sizeof named, "event %lld:", (long long)audit.wrong_seq);
        if (status == DCAT_OK || (audit.wrong_seq > 0) != (strstr(err.message, named) != NULL) ||
            strstr(err.message, changes[i].says) == NULL) {
            fail_msg("%s: \"%s\"", changes[i].sql, err.message);
        }
        folder_remove(&f);
    }
}

// The bytes of a file; *size of them.
static char *bytes_of(const char *path, size_t *size)
{
    FILE *in = fopen(path, "re");
    char *bytes = malloc(1 << 20);
    assert_true(in != NULL && bytes != NULL);
    *size = fread(bytes, 1, 1 << 20, in);
    fclose(in);
    return bytes;
}

// Somebody else's file is not made a log of by looking at it.
static void test_what_is_no_log_stays_as_it_is(void **fixture)
{
    (void)fixture;
    static const char *const sql[] = {"CREATE TABLE t(a)", NULL};
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
        folder f = folder_make();
        FILE *out = fopen(f.file, "we"); // an empty one
        assert_true(out != NULL && fclose(out) == 0);
        folder_change(&f, sql[i] == NULL ? "" : sql[i]);
        size_t size = 0, size_after = 0;
        char *before = bytes_of(f.file, &size);
        exchange_store *store = NULL;
        exchange_audit audit = {.user = NULL};
        const exchange_setup setup = store_setup();
        assert_int_equal(exchange_store_open(f.path, NULL, &store, NULL), DCAT_ERR_FORMAT);
        assert_int_equal(exchange_store_audit(f.path, NULL, &audit, NULL), DCAT_ERR_FORMAT);
        if (sql[i] != NULL) {
            assert_int_equal(exchange_store_create(f.path, NULL, &setup, &store, NULL),
                             DCAT_ERR_EXISTS);
        }
        char *after = bytes_of(f.file, &size_after);
        assert_int_equal(size_after, size);
        assert_memory_equal(after, before, size);
        free(before);
        free(after);
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
        cmocka_unit_test(test_commits_go_on_beside_a_backup),
        cmocka_unit_test(test_a_changed_log_is_refused_by_the_first_wrong_event),
        cmocka_unit_test(test_what_is_no_log_stays_as_it_is),
        cmocka_unit_test(test_a_forged_leaf_breaks_the_chain),
        cmocka_unit_test(test_roots_are_those_of_the_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
