// SPDX-License-Identifier: Apache-2.0
#include "exchange/store/reader.h"

#include "exchange/store/object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE = 10 }; // how many times its processor time a statement may take by the clock

struct exchange_reader {
    sqlite3 *db;
    int64_t timeout_ns, used_ns, until_ns;
};

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

// Choice: what a statement may take is time of its thread on a processor, so that on a machine that
// has other things to do no small one is refused.
static int too_long(void *user)
{
    const exchange_reader *reader = user;
    return now_ns(CLOCK_THREAD_CPUTIME_ID) > reader->used_ns ||
           now_ns(CLOCK_MONOTONIC) > reader->until_ns;
}

static int version_of(sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        version = sqlite3_column_int(statement, 0);
    }
    sqlite3_finalize(statement);
    return version;
}

dcat_status exchange_reader_open(const char *folder, int timeout_ms, exchange_reader **reader,
                                 dcat_error *err)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/" EXCHANGE_STORE_FILE, folder);
    if (length < 0 || (size_t)length >= sizeof path) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the folder's name is too long");
    }
    exchange_reader *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a reader");
    }
    made->timeout_ns = timeout_ms * INT64_C(1000000);
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &made->db, flags, NULL) != SQLITE_OK) {
        dcat_status status = store_fault(made->db, DCAT_ERR_NOT_FOUND, path, err);
        exchange_reader_close(made);
        return status;
    }
    sqlite3_db_config(made->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_exec(made->db, "PRAGMA query_only=1; PRAGMA trusted_schema=OFF", NULL, NULL, NULL);
    sqlite3_progress_handler(made->db, 1000, too_long, made);
    int version = version_of(exchange_reader_start(made));
    if (version != EXCHANGE_STORE_VERSION) {
        dcat_status status = version < 0
                                 ? store_fault(made->db, DCAT_ERR_FORMAT, path, err)
                                 : dcat_fail(err, DCAT_ERR_FORMAT, "%s is no log of version %d",
                                             path, EXCHANGE_STORE_VERSION);
        exchange_reader_close(made);
        return status;
    }
    *reader = made;
    return DCAT_OK;
}

void exchange_reader_close(exchange_reader *reader)
{
    if (reader != NULL) {
        sqlite3_close(reader->db);
        free(reader);
    }
}

sqlite3 *exchange_reader_start(exchange_reader *reader)
{
    reader->used_ns = now_ns(CLOCK_THREAD_CPUTIME_ID) + reader->timeout_ns;
    reader->until_ns = now_ns(CLOCK_MONOTONIC) + PATIENCE * reader->timeout_ns;
    return reader->db;
}

// ---- a copy of the whole

#define STEPS 1000 // of SQLite's machine between two looks at whether to stop

static int is_stopped(void *user)
{
    return atomic_load((atomic_bool *)user);
}

static dcat_status open_log(const char *path, atomic_bool *stop, sqlite3 **db, dcat_error *err)
{
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, db, flags, NULL) != SQLITE_OK) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: %s", path, sqlite3_errmsg(*db));
    }
    sqlite3_db_config(*db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (stop != NULL) {
        sqlite3_progress_handler(*db, STEPS, is_stopped, stop);
    }
    return DCAT_OK;
}

// Choice: VACUUM INTO by a connection that can neither write nor checkpoint. It sees the log as of
// the moment when it begins, commits go on beside it, and the fault of SQLite before 3.51.3, for
// which two connections must write or checkpoint, stays away. The WAL grows until it has ended.
static dcat_status copy(const char *from, const char *to, atomic_bool *stop, dcat_error *err)
{
    sqlite3 *db = NULL;
    dcat_status status = open_log(from, stop, &db, err);
    char *sql = status == DCAT_OK ? sqlite3_mprintf("VACUUM INTO %Q", to) : NULL;
    if (status == DCAT_OK && sql == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a backup");
    }
    if (status == DCAT_OK && sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        status = dcat_fail(err, DCAT_ERR_IO, "cannot write %s: %s", to, sqlite3_errmsg(db));
    }
    sqlite3_free(sql);
    sqlite3_close(db);
    return status;
}

// What the copy has, read from it.
static dcat_status look(const char *path, atomic_bool *stop, exchange_backup *made, dcat_error *err)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *leaves = NULL;
    merkle tree = {0};
    dcat_status status = open_log(path, stop, &db, err);
    int code = status == DCAT_OK ? sqlite3_prepare_v2(db, "SELECT leaf FROM event ORDER BY seq", -1,
                                                      &leaves, NULL)
                                 : SQLITE_DONE;
    while (status == DCAT_OK && code != SQLITE_DONE) {
        code = sqlite3_step(leaves);
        if (code == SQLITE_ROW && sqlite3_column_bytes(leaves, 0) == MERKLE_BYTES) {
            merkle_hash leaf;
            memcpy(leaf.byte, sqlite3_column_blob(leaves, 0), MERKLE_BYTES);
            merkle_add(&tree, &leaf);
        } else if (code != SQLITE_DONE) {
            status = dcat_fail(err, DCAT_ERR_IO, "cannot read %s: %s", path, sqlite3_errmsg(db));
        }
    }
    sqlite3_finalize(leaves);
    sqlite3_close(db);
    made->events = tree.size;
    made->root = merkle_root(&tree);
    return status;
}

static bool sync_path(const char *path, int flags)
{
    int file = open(path, flags | O_CLOEXEC);
    bool ok = file >= 0 && fsync(file) == 0;
    return file >= 0 && close(file) == 0 && ok;
}

// Under its name once it is on the disk as a whole.
static dcat_status put_in_place(const char *part, const char *path, dcat_error *err)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[slash == folder] = '\0';
    }
    bool ok = sync_path(part, O_RDONLY) && link(part, path) == 0;
    if (!ok && errno == EEXIST) {
        return dcat_fail(err, DCAT_ERR_EXISTS, "%s exists", path);
    }
    ok = ok && sync_path(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY);
    return ok ? DCAT_OK : dcat_fail(err, DCAT_ERR_IO, "cannot write %s: %s", path, strerror(errno));
}

dcat_status exchange_backup_make(const char *folder, const char *path, atomic_bool *stop,
                                 exchange_backup *made, dcat_error *err)
{
    char from[4096], part[4096];
    int length = snprintf(from, sizeof from, "%s/" EXCHANGE_STORE_FILE, folder);
    int other = snprintf(part, sizeof part, "%s.part", path);
    if (length < 0 || (size_t)length >= sizeof from || other < 0 || (size_t)other >= sizeof part) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the file's name is too long");
    }
    if (access(from, F_OK) != 0) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND, "%s: there is no log", from);
    }
    if (access(path, F_OK) == 0) {
        return dcat_fail(err, DCAT_ERR_EXISTS, "%s exists", path);
    }
    if (stop != NULL && atomic_load(stop)) {
        return dcat_fail(err, DCAT_ERR_IO, "stopped");
    }
    unlink(part); // of one that was killed
    exchange_backup found = {0};
    dcat_status status = copy(from, part, stop, err);
    if (status == DCAT_OK) {
        status = look(part, stop, &found, err);
    }
    if (status == DCAT_OK) {
        status = put_in_place(part, path, err);
    }
    unlink(part);
    if (status == DCAT_OK) {
        *made = found;
    }
    return status;
}
