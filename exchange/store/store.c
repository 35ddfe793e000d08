// SPDX-License-Identifier: Apache-2.0
#include "exchange/store/object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define WAL_PAGES_MAX 4000 // beyond which a commit also brings them into the database

typedef struct place {
    char database[4096], lock[4096];
} place;

static dcat_status place_of(const char *folder, place *p, dcat_error *err)
{
    int length = snprintf(p->database, sizeof p->database, "%s/" EXCHANGE_STORE_FILE, folder);
    int other = snprintf(p->lock, sizeof p->lock, "%s/exchange.lock", folder);
    bool fits = length > 0 && (size_t)length < sizeof p->database && other > 0;
    return fits ? DCAT_OK : dcat_fail(err, DCAT_ERR_RANGE, "the folder's name is too long");
}

// One process at a time: the one that holds the lock of this file.
static dcat_status take_lock(exchange_store *store, const place *p, dcat_error *err)
{
    store->lock = open(p->lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock < 0) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: %s", p->lock, strerror(errno));
    }
    return flock(store->lock, LOCK_EX | LOCK_NB) == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_IO, "%s: another process works here", p->lock);
}

// Told after every commit.
static int count_pages(void *user, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((exchange_store *)user)->wal_pages = pages;
    return SQLITE_OK;
}

// Choice: WAL and FULL, so that a commit is on the disk when it returns; one connection writes and
// checkpoints, which keeps a fault of SQLite before 3.51.3 away, that two of them are needed for.
static dcat_status open_database(exchange_store *store, const place *p, const char *vfs,
                                 dcat_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(p->database, &store->db, flags, vfs) != SQLITE_OK) {
        return store_dead(store, p->database, err);
    }
    // A file system of a test has no shared memory, which nobody needs who is alone.
    const char *alone = vfs == NULL ? "" : "PRAGMA locking_mode=EXCLUSIVE;";
    dcat_status status = store_sql(store, alone, err);
    if (status == DCAT_OK) {
        status = store_sql(store,
                           "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                           "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                           "PRAGMA wal_autocheckpoint=0; PRAGMA trusted_schema=OFF",
                           err);
    }
    sqlite3_wal_hook(store->db, count_pages, store);
    return status;
}

static int64_t number_of(exchange_store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return value;
}

static dcat_status begin(const char *folder, const char *vfs, exchange_store **store,
                         dcat_error *err)
{
    place p = {"", ""};
    dcat_status status = place_of(folder, &p, err);
    if (status != DCAT_OK) {
        return status;
    }
    exchange_store *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a store");
    }
    made->lock = -1;
    status = take_lock(made, &p, err);
    if (status == DCAT_OK) {
        status = open_database(made, &p, vfs, err);
    }
    if (status != DCAT_OK) {
        exchange_store_close(made);
        return status;
    }
    *store = made;
    return DCAT_OK;
}

// A setup of the store's own.
static dcat_status copy_setup(exchange_store *store, const exchange_setup *setup, dcat_error *err)
{
    if (setup->world.network.kind != DCAT_NETWORK_HOPS) {
        return dcat_fail(err, DCAT_ERR_RANGE, "network.kind must be hops");
    }
    body_text body = {0};
    setup_write(&body, setup);
    dcat_status status = body.failed
                             ? dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a setup")
                             : setup_read(body.at, body.used, &store->setup, &store->areas, err);
    text_free(&body);
    return status == DCAT_ERR_FORMAT ? DCAT_ERR_RANGE : status;
}

dcat_status exchange_store_create(const char *folder, const char *vfs, const exchange_setup *setup,
                                  exchange_store **store, dcat_error *err)
{
    dcat_status status = exchange_config_check(&setup->config, err);
    exchange_store *made = NULL;
    if (status == DCAT_OK) {
        status = begin(folder, vfs, &made, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    if (number_of(made, "SELECT count(*) FROM sqlite_schema") != 0) {
        status = dcat_fail(err, DCAT_ERR_EXISTS, "%s: there is a log", folder);
    }
    if (status == DCAT_OK) {
        status = copy_setup(made, setup, err);
    }
    if (status == DCAT_OK) {
        status = exchange_create(&made->setup.config, &made->x, err);
    }
    if (status == DCAT_OK) {
        status = store_sql(made, "BEGIN IMMEDIATE", err);
    }
    if (status == DCAT_OK) {
        status = rows_begin_schema(made, err);
    }
    if (status == DCAT_OK) {
        status = rows_prepare(made, err);
    }
    if (status == DCAT_OK) {
        status = rows_write_rules(made, err);
    }
    if (status == DCAT_OK) {
        status = store_sql(made, "COMMIT", err);
    }
    if (status != DCAT_OK) {
        exchange_store_close(made);
        return status;
    }
    *store = made;
    return DCAT_OK;
}

dcat_status exchange_store_open(const char *folder, const char *vfs, exchange_store **store,
                                dcat_error *err)
{
    place p = {"", ""};
    dcat_status status = place_of(folder, &p, err);
    if (status == DCAT_OK && vfs == NULL && access(p.database, F_OK) != 0) {
        status = dcat_fail(err, DCAT_ERR_NOT_FOUND, "%s: there is no log", p.database);
    }
    exchange_store *made = NULL;
    if (status == DCAT_OK) {
        status = begin(folder, vfs, &made, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    if (number_of(made, "PRAGMA application_id") != 0x64636174 ||
        number_of(made, "PRAGMA user_version") != 1) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s is no log of version 1", p.database);
    }
    if (status == DCAT_OK) {
        status = rows_prepare(made, err);
    }
    if (status == DCAT_OK) {
        status = store_replay(made, err);
    }
    if (status != DCAT_OK) {
        exchange_store_close(made);
        return status;
    }
    *store = made;
    return DCAT_OK;
}

void exchange_store_close(exchange_store *store)
{
    if (store == NULL) {
        return;
    }
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(store->statements[i]);
    }
    sqlite3_close(store->db);
    if (store->lock >= 0) {
        close(store->lock);
    }
    exchange_destroy(store->x);
    exchange_cut_destroy(store->cut);
    free(store->areas);
    told_free(&store->led_to);
    text_free(&store->body);
    free(store);
}

dcat_status exchange_store_cut(const exchange_store *store, uint64_t world_seed, exchange_cut **cut,
                               dcat_error *err)
{
    const exchange_cut_config config = {.world = store->setup.world,
                                        .areas = store->setup.areas,
                                        .auction = dcat_auction_find(store->setup.auction),
                                        .world_seed = world_seed};
    return exchange_cut_create(store->x, &config, cut, err);
}

dcat_status exchange_store_apply(exchange_store *store, const exchange_event *event,
                                 exchange_result *result, dcat_error *err)
{
    if (store->failed) {
        return dcat_fail(err, DCAT_ERR_IO, "the store failed before");
    }
    if (event->kind == EVENT_SUBMIT) {
        *result = rows_known(store, event);
        if (result->code != CODE_DONE) {
            return DCAT_OK;
        }
    }
    told_clear(&store->led_to);
    const exchange_sink sink = told_sink(&store->led_to);
    *result = exchange_apply(store->x, event, &sink);
    if (result->code != CODE_DONE) {
        return DCAT_OK;
    }
    if (!store->open) {
        if (store_sql(store, "BEGIN IMMEDIATE", err) != DCAT_OK) {
            return DCAT_ERR_IO;
        }
        store->open = true;
    }
    const merkle_hash root = merkle_root(&store->tree);
    uint64_t world_seed = event->kind == EVENT_CYCLE ? event->cut->world_seed : 0;
    body_write(&store->body, event, result->id, world_seed, &store->led_to, &store->last,
               event->kind == EVENT_SLOT ? &root : NULL);
    if (event->kind == EVENT_CYCLE) {
        exchange_cut_destroy(store->cut);
        store->cut = event->cut;
    }
    return rows_write(store, event, result->id, err);
}

dcat_status exchange_store_commit(exchange_store *store, dcat_error *err)
{
    if (store->failed) {
        return dcat_fail(err, DCAT_ERR_IO, "the store failed before");
    }
    if (!store->open) {
        return DCAT_OK;
    }
    store->open = false;
    if (store_sql(store, "COMMIT", err) != DCAT_OK) {
        return DCAT_ERR_IO;
    }
    // What is in the WAL is safe there. It is brought over now and then, so that it stays short.
    if (store->wal_pages > WAL_PAGES_MAX) {
        sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    }
    return DCAT_OK;
}

dcat_status exchange_store_backup(exchange_store *store, const char *path, dcat_error *err)
{
    if (store->failed || store->open) {
        return dcat_fail(err, DCAT_ERR_IO, "a backup is made between commits");
    }
    if (access(path, F_OK) == 0) {
        return dcat_fail(err, DCAT_ERR_EXISTS, "%s exists", path);
    }
    char *sql = sqlite3_mprintf("VACUUM INTO %Q", path);
    if (sql == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a backup");
    }
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    return code == SQLITE_OK ? DCAT_OK
                             : dcat_fail(err, DCAT_ERR_IO, "cannot write %s: %s", path,
                                         sqlite3_errmsg(store->db));
}

const exchange *exchange_store_view(const exchange_store *store)
{
    return store->x;
}

uint64_t exchange_store_size(const exchange_store *store)
{
    return store->tree.size;
}

merkle_hash exchange_store_root(const exchange_store *store)
{
    return merkle_root(&store->tree);
}
