// SPDX-License-Identifier: Apache-2.0
// The database file of a log may hold anything: it is opened, replayed and verified, or refused
// with a reason, in a time that its size bounds; and what is refused stays as it is, byte by byte.
//
// The first letter says how the file is made: d: it is the rest of the input; of a small signed log
// f: patches of the file, p: patches of the state in its snapshot; s: SQL; o: SQL on a log that
// older rules wrote. In SQL, sha256(x) and leaf(x) hash; S and O hash what was changed anew before
// the file is looked at, so that more than a wrong hash is met.

#include "exchange/core/object.h"
#include "exchange/log/keeper.h"
#include "exchange/store/store.h"
#include "exchange/verify/verify.h"
#include "store/market.h"

#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    SQL_STEPS = 200,
    STEP = 1000,
    PATCH = 4
}; // a patch: three bytes say where, one how long it is

typedef struct file {
    unsigned char *at;
    size_t size;
} file;

static char folder[128], path[160]; // in $TMPDIR, best in memory: a log is synced to its disk
static file fresh, older;           // logs that are whole

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

// ---- the file

static void remove_files(void)
{
    static const char *const names[] = {"", "-wal", "-shm", "-journal"};
    char other[192];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(other, sizeof other, "%s%s", path, names[i]);
        unlink(other);
    }
}

static void remove_folder(void)
{
    char lock[160];
    remove_files();
    snprintf(lock, sizeof lock, "%s/exchange.lock", folder);
    unlink(lock);
    rmdir(folder);
    free(fresh.at);
    free(older.at);
}

static file read_file(const char *from)
{
    FILE *in = fopen(from, "re");
    file f = {NULL, 0};
    require(in != NULL && fseek(in, 0, SEEK_END) == 0);
    f.size = (size_t)ftell(in);
    f.at = malloc(f.size + 1);
    rewind(in);
    require(f.at != NULL && fread(f.at, 1, f.size, in) == f.size);
    f.at[f.size] = '\0';
    fclose(in);
    return f;
}

static void write_file(const unsigned char *at, size_t size)
{
    remove_files();
    FILE *out = fopen(path, "we");
    require(out != NULL && fwrite(at, 1, size, out) == size);
    require(fclose(out) == 0);
}

// ---- SQL

static void hash(sqlite3_context *context, int count, sqlite3_value **values)
{
    static const unsigned char zero = 0;
    bool leaf = sqlite3_user_data(context) != NULL;
    unsigned char bytes[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    (void)count;
    const unsigned char *at = sqlite3_value_blob(values[0]);
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, &zero, leaf);
    if (at != NULL) {
        crypto_hash_sha256_update(&state, at, (size_t)sqlite3_value_bytes(values[0]));
    }
    crypto_hash_sha256_final(&state, bytes);
    sqlite3_result_blob(context, bytes, sizeof bytes, SQLITE_TRANSIENT);
}

static int is_long(void *steps)
{
    return --*(int *)steps < 0;
}

static int allow(void *user, int action, const char *a, const char *b, const char *c, const char *d)
{
    (void)user;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return action == SQLITE_ATTACH ? SQLITE_DENY : SQLITE_OK; // no other files
}

// Whatever SQL does to the file, as a log's file, and all of it in the file.
static void change(const char *sql, bool hash_anew)
{
    sqlite3 *db = NULL;
    int steps = SQL_STEPS;
    static int leaf;
    require(sqlite3_open(path, &db) == SQLITE_OK);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1 << 20);
    sqlite3_create_function(db, "sha256", 1, SQLITE_UTF8, NULL, hash, NULL, NULL);
    sqlite3_create_function(db, "leaf", 1, SQLITE_UTF8, &leaf, hash, NULL, NULL);
    sqlite3_exec(db, "PRAGMA journal_mode=OFF;PRAGMA synchronous=OFF", NULL, NULL, NULL);
    sqlite3_set_authorizer(db, allow, NULL);
    sqlite3_progress_handler(db, STEP, is_long, &steps);
    sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (hash_anew) {
        steps = SQL_STEPS;
        sqlite3_exec(db, "UPDATE event SET leaf=leaf(body);UPDATE snapshot SET hash=sha256(state)",
                     NULL, NULL, NULL);
    }
    steps = SQL_STEPS;
    sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
    require(sqlite3_close(db) == SQLITE_OK);
}

// ---- logs to begin with

static void pack(void)
{
    sqlite3 *db = NULL;
    require(sqlite3_open(path, &db) == SQLITE_OK);
    require(sqlite3_exec(db,
                         "PRAGMA journal_mode=DELETE;PRAGMA page_size=512;VACUUM;PRAGMA "
                         "journal_mode=WAL",
                         NULL, NULL, NULL) == SQLITE_OK);
    require(sqlite3_close(db) == SQLITE_OK);
}

static void begin(void)
{
    const char *where = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.100s/fuzz_log_XXXXXX", where != NULL ? where : "/tmp");
    require(sodium_init() >= 0 && mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/" EXCHANGE_STORE_FILE, folder);
    atexit(remove_folder);
    const exchange_setup setup = store_setup();
    exchange_store *store = NULL;
    log_keeper *keeper = NULL;
    require(exchange_store_create(folder, NULL, &setup, &store, NULL) == DCAT_OK);
    store_play(store, 0, STORE_EVENTS);
    require(log_keeper_create(folder, store, &keeper, NULL) == DCAT_OK);
    require(log_keeper_sign_all(keeper, store, NULL) == DCAT_OK);
    log_keeper_destroy(keeper);
    require(exchange_store_snapshot(store, NULL) == DCAT_OK);
    exchange_store_close(store);
    pack();
    fresh = read_file(path);

    file text = read_file(DCAT_SOURCE_DIR "/tests/store/log_v1.sql");
    sqlite3 *db = NULL;
    remove_files();
    require(sqlite3_open(path, &db) == SQLITE_OK);
    require(sqlite3_exec(db, (const char *)text.at, NULL, NULL, NULL) == SQLITE_OK);
    require(sqlite3_close(db) == SQLITE_OK);
    free(text.at);
    pack();
    older = read_file(path);
}

// ---- what is done with it

static void patch(file *f, const uint8_t *data, size_t size)
{
    while (size >= PATCH) {
        size_t at = (size_t)data[0] << 16 | (size_t)data[1] << 8 | data[2];
        size_t count = data[3] < size - PATCH ? data[3] : size - PATCH;
        for (size_t i = 0; i < count; i++) {
            f->at[(at + i) % f->size] = data[PATCH + i];
        }
        data += PATCH + count;
        size -= PATCH + count;
    }
}

static void patch_file(const uint8_t *data, size_t size)
{
    file f = {malloc(fresh.size), fresh.size};
    require(f.at != NULL);
    memcpy(f.at, fresh.at, fresh.size);
    patch(&f, data, size);
    write_file(f.at, f.size);
    free(f.at);
}

static void patch_snapshot(const uint8_t *data, size_t size)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    write_file(fresh.at, fresh.size);
    require(sqlite3_open(path, &db) == SQLITE_OK);
    require(sqlite3_prepare_v2(db, "SELECT state FROM snapshot", -1, &row, NULL) == SQLITE_OK);
    require(sqlite3_step(row) == SQLITE_ROW);
    file f = {malloc((size_t)sqlite3_column_bytes(row, 0)), (size_t)sqlite3_column_bytes(row, 0)};
    require(f.at != NULL);
    memcpy(f.at, sqlite3_column_blob(row, 0), f.size);
    sqlite3_finalize(row);
    patch(&f, data, size);
    require(sqlite3_prepare_v2(db, "UPDATE snapshot SET state=?", -1, &row, NULL) == SQLITE_OK);
    sqlite3_bind_blob64(row, 1, f.at, f.size, SQLITE_STATIC);
    require(sqlite3_step(row) == SQLITE_DONE);
    sqlite3_finalize(row);
    sqlite3_close(db);
    free(f.at);
    change("", true);
}

// What was refused has its reason, and the file is what it was.
static void check(const file *was, dcat_status status, const dcat_error *err)
{
    if (status == DCAT_OK) {
        write_file(was->at, was->size);
        return;
    }
    require(err->message[0] != '\0' && status != DCAT_ERR_INTERNAL);
    file is = read_file(path);
    require(is.size == was->size && memcmp(is.at, was->at, is.size) == 0);
    free(is.at);
}

static void look(void)
{
    file was = read_file(path);
    dcat_error err = {.message = ""};
    exchange_store *store = NULL;
    dcat_status status = exchange_store_open(folder, NULL, &store, &err);
    if (status == DCAT_OK) {
        require(exchange_check(exchange_store_view(store), NULL) == DCAT_OK);
        exchange_store_close(store);
    }
    check(&was, status, &err);
    exchange_audit audit = {.tables = true};
    err.message[0] = '\0';
    check(&was, exchange_store_audit(folder, NULL, &audit, &err), &err);
    const verify_options options = {.where = folder};
    verify_result result;
    err.message[0] = '\0';
    check(&was, verify_log(&options, &result, &err), &err);
    free(was.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (fresh.at == NULL) {
        begin();
    }
    if (size == 0) {
        return 0;
    }
    bool old = data[0] == 'o' || data[0] == 'O', anew = data[0] == 'S' || data[0] == 'O';
    char *sql = NULL;
    switch (data[0]) {
    case 'd':
        write_file(data + 1, size - 1);
        break;
    case 'f':
        patch_file(data + 1, size - 1);
        break;
    case 'p':
        patch_snapshot(data + 1, size - 1);
        break;
    default:
        sql = calloc(size, 1); // and a 0 at its end
        require(sql != NULL);
        memcpy(sql, data + 1, size - 1);
        write_file(old ? older.at : fresh.at, old ? older.size : fresh.size);
        change(sql, anew);
        free(sql);
        break;
    }
    look();
    return 0;
}
