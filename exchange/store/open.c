// SPDX-License-Identifier: Apache-2.0
// Beginning a log, and finding one: its folder, its lock, its database.
#include "exchange/store/object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

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
    if (flock(store->lock, LOCK_EX | LOCK_NB) == 0) {
        return DCAT_OK;
    }
    return errno == EWOULDBLOCK
               ? dcat_fail(err, DCAT_ERR_EXISTS, "%s: another process works here", p->lock)
               : dcat_fail(err, DCAT_ERR_IO, "%s: %s", p->lock, strerror(errno));
}

// Told after every commit.
static int count_pages(void *user, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((exchange_store *)user)->wal_pages = pages;
    return SQLITE_OK;
}

// Writes nothing: what is found may be no log.
static dcat_status open_database(exchange_store *store, const place *p, const char *vfs,
                                 dcat_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(p->database, &store->db, flags, vfs) != SQLITE_OK) {
        return store_dead(store, p->database, err);
    }
    sqlite3_wal_hook(store->db, count_pages, store);
    // A file system of a test has no shared memory, which nobody needs who is alone.
    const char *alone = vfs == NULL ? "" : "PRAGMA locking_mode=EXCLUSIVE;";
    dcat_status status = store_sql(store, alone, err);
    if (status == DCAT_OK) {
        status = store_sql(store,
                           "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                           "PRAGMA cache_size=-32768;" // KiB
                           "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON",
                           err);
    }
    return status;
}

// Choice: WAL and FULL, so that a commit is on the disk when it returns; one connection writes and
// checkpoints, which keeps a fault of SQLite before 3.51.3 away, that two of them are needed for.
static dcat_status use_wal(exchange_store *store, dcat_error *err)
{
    return store_sql(store,
                     "PRAGMA page_size=8192;" // of a new one
                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "PRAGMA wal_autocheckpoint=0",
                     err);
}

// One number. What is no database has -1; without memory, or where it cannot be read, is an error.
static dcat_status number_of(exchange_store *store, const char *sql, int64_t *value,
                             dcat_error *err)
{
    sqlite3_stmt *statement = NULL;
    *value = -1;
    int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        *value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    }
    sqlite3_finalize(statement);
    return code == SQLITE_NOMEM || code == SQLITE_IOERR
               ? store_dead(store, "cannot read the log", err)
               : DCAT_OK;
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
    made->version = RULES_VERSION;
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
    if (setup->world.resources != NULL || setup->world.network.latency_s != NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE, "there must be neither resources nor latency_s");
    }
    if (!name_is_valid(setup->name) || !name_is_valid(setup->currency)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "name and currency must be 1 to %d printable characters",
                         EXCHANGE_NAME_MAX);
    }
    if (setup->config.geometry != (int32_t)setup->world.geometry ||
        (size_t)setup->config.node_count != setup->world.network.node_count) {
        return dcat_fail(err, DCAT_ERR_RANGE, "geometry and node_count must be the world's");
    }
    body_text body = {0};
    setup_write(&body, setup, RULES_VERSION, &(setup_chain){0});
    dcat_status status = body.failed
                             ? dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a setup")
                             : setup_read(body.at, body.used, &store->setup, &store->own, err);
    body_free(&body);
    return status == DCAT_ERR_FORMAT ? DCAT_ERR_RANGE : status;
}

// What was begun here and could not be.
static void remove_files(const place *p)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char path[sizeof p->database + 8];
        snprintf(path, sizeof path, "%s%s", p->database, ends[i]);
        unlink(path);
    }
    unlink(p->lock);
}

dcat_status store_create_by(int64_t version, const char *folder, const char *vfs,
                            const exchange_setup *setup, exchange_store **store, dcat_error *err)
{
    place p = {"", ""};
    dcat_status status = exchange_config_check(&setup->config, err);
    exchange_store *made = NULL;
    if (status == DCAT_OK) {
        status = place_of(folder, &p, err);
    }
    bool fresh = status == DCAT_OK && vfs == NULL && access(p.database, F_OK) != 0;
    if (status == DCAT_OK) {
        status = begin(folder, vfs, &made, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    made->version = version;
    int64_t tables = 0;
    status = number_of(made, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (status == DCAT_OK && tables != 0) {
        status = dcat_fail(err, DCAT_ERR_EXISTS, "%s: there is a log", folder);
    }
    if (status == DCAT_OK) {
        status = use_wal(made, err);
    }
    if (status == DCAT_OK) {
        status = copy_setup(made, setup, err);
    }
    if (status == DCAT_OK) {
        status = exchange_create(&made->setup.config, &made->x, err);
    }
    if (status == DCAT_OK && !rows_make_room(made)) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a store");
    }
    if (status == DCAT_OK) {
        status = store_begin(made, err);
    }
    if (status == DCAT_OK) {
        status = schema_begin(made, err);
    }
    if (status == DCAT_OK) {
        status = schema_prepare(made, err);
    }
    if (status == DCAT_OK) {
        status = rows_write_rules(made, &(setup_chain){0}, err);
    }
    if (status == DCAT_OK) {
        status = exchange_store_commit(made, err);
    }
    if (status != DCAT_OK) {
        exchange_store_close(made);
        if (fresh) {
            remove_files(&p);
        }
        return status;
    }
    *store = made;
    return DCAT_OK;
}

dcat_status exchange_store_create(const char *folder, const char *vfs, const exchange_setup *setup,
                                  exchange_store **store, dcat_error *err)
{
    return store_create_by(RULES_VERSION, folder, vfs, setup, store, err);
}

// Whether it is a log: by its header, and since it has tables and indices alone. A view or a
// computed column could stand for a table and never end, a trigger do what no event says.
static dcat_status check_kind(exchange_store *store, const char *path, dcat_error *err)
{
    int64_t version = 0, application = 0, strange = 0;
    dcat_status status = number_of(store, "PRAGMA user_version", &version, err);
    if (status == DCAT_OK) {
        status = number_of(store, "PRAGMA application_id", &application, err);
    }
    if (status == DCAT_OK &&
        (application != 0x64636174 || version < 1 || version > EXCHANGE_STORE_VERSION)) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s is no log of version 1 to %d", path,
                         EXCHANGE_STORE_VERSION);
    }
    if (status == DCAT_OK) {
        status =
            number_of(store,
                      "SELECT count(*) FROM sqlite_schema s WHERE type NOT IN('table','index') "
                      "OR sql LIKE 'create virtual%' OR EXISTS"
                      "(SELECT 1 FROM pragma_table_xinfo(s.name) WHERE hidden<>0)",
                      &strange, err);
    }
    if (status != DCAT_OK || strange == 0) {
        return status;
    }
    return strange > 0 ? dcat_fail(err, DCAT_ERR_FORMAT,
                                   "%s is no log: it has more than tables and indices", path)
                       : store_unread(store, err);
}

// The log of a folder, not looked into yet.
static dcat_status find(const char *folder, const char *vfs, exchange_store **store,
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
    status = check_kind(made, p.database, err);
    if (status == DCAT_OK) {
        status = use_wal(made, err);
    }
    if (status != DCAT_OK) {
        exchange_store_close(made);
        return status;
    }
    *store = made;
    return DCAT_OK;
}

// Its tables are ours then; of older ones in the transaction by which our rules begin.
static dcat_status make_ours(exchange_store *store, dcat_error *err)
{
    int64_t version = 0;
    dcat_status status = number_of(store, "PRAGMA user_version", &version, err);
    if (status == DCAT_OK && version < EXCHANGE_STORE_VERSION) {
        status = store_begin(store, err);
        if (status == DCAT_OK) {
            status = schema_upgrade(store, version, err);
        }
    }
    return status == DCAT_OK ? schema_prepare(store, err) : status;
}

dcat_status exchange_store_open(const char *folder, const char *vfs, exchange_store **store,
                                dcat_error *err)
{
    exchange_store *made = NULL;
    dcat_status status = find(folder, vfs, &made, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = make_ours(made, err);
    if (status == DCAT_OK) {
        status = store_replay(made, NULL, err);
    }
    if (status == DCAT_OK && !rows_make_room(made)) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a store");
    }
    if (status == DCAT_OK && made->version < RULES_VERSION) {
        status = snapshot_begin_rules(made, err);
    }
    if (status != DCAT_OK) {
        exchange_store_close(made);
        return status;
    }
    *store = made;
    return DCAT_OK;
}

dcat_status exchange_store_audit(const char *folder, const char *vfs, exchange_audit *audit,
                                 dcat_error *err)
{
    exchange_store *found = NULL;
    dcat_status status = find(folder, vfs, &found, err);
    if (status == DCAT_OK) {
        status = store_replay(found, audit, err);
    }
    if (status == DCAT_OK) {
        audit->root = merkle_root(&found->tree);
    }
    exchange_store_close(found);
    return status;
}
