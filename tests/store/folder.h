// SPDX-License-Identifier: Apache-2.0
// folder.h - a folder for a log, and changes to it by hand.

#ifndef DCAT_TESTS_STORE_FOLDER_H
#define DCAT_TESTS_STORE_FOLDER_H

#include "exchange/store/store.h"
#include "support.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct folder {
    char path[64], file[96];
} folder;

static inline folder folder_make(void)
{
    folder f = {.path = "store_XXXXXX"};
    assert_non_null(mkdtemp(f.path));
    snprintf(f.file, sizeof f.file, "%s/" EXCHANGE_STORE_FILE, f.path);
    return f;
}

static inline void folder_remove(const folder *f)
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

static inline void folder_change(const folder *f, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
        fail_msg("%s: %s", sql, why);
    }
    sqlite3_close(db);
}

// One number that SQL finds there.
static inline int64_t folder_number(const folder *f, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(f->file, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

// Its log, opened to go on with, and audited.
static inline exchange_store *folder_opened(const folder *f)
{
    exchange_store *store = NULL;
    dcat_error err = {0};
    if (exchange_store_open(f->path, NULL, &store, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return store;
}

static inline exchange_audit folder_audited(const folder *f)
{
    exchange_audit audit = {.user = NULL};
    dcat_error err = {0};
    if (exchange_store_audit(f->path, NULL, &audit, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return audit;
}

#endif
