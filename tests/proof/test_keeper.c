// SPDX-License-Identifier: Apache-2.0
// Checkpoints are signed of what stands in the log, extend one another, and every leaf has a path
// to their root.
#include "exchange/log/hashes.h"
#include "exchange/store/reader.h"
#include "logs.h"

#include <sodium.h>
#include <string.h>

// ---- RFC 9162, 2.1.3.2, as the test reads it

static void join(merkle_hash *left, const merkle_hash *right)
{
    unsigned char both[1 + 2 * MERKLE_BYTES] = {1};
    memcpy(&both[1], left, MERKLE_BYTES);
    memcpy(&both[1 + MERKLE_BYTES], right, MERKLE_BYTES);
    crypto_hash_sha256(left->byte, both, sizeof both);
}

static bool leads_to(merkle_hash hash, uint64_t index, uint64_t size, const merkle_hash *path,
                     int count, const merkle_hash *root)
{
    uint64_t last = size - 1;
    int used = 0;
    for (; last > 0; index >>= 1, last >>= 1) {
        if (index == last && (index & 1) == 0) {
            continue; // goes up alone
        }
        if (used == count) {
            return false;
        }
        merkle_hash other = path[used++];
        if ((index & 1) != 0) {
            join(&other, &hash);
            hash = other;
        } else {
            join(&hash, &other);
        }
    }
    return used == count && memcmp(&hash, root, sizeof hash) == 0;
}

static void check_paths(const folder *f, uint64_t size, uint64_t step, const merkle_hash *root)
{
    exchange_reader *reader = NULL;
    assert_int_equal(exchange_reader_open(f->path, 60000, &reader, NULL), DCAT_OK);
    sqlite3 *db = exchange_reader_start(reader);
    for (uint64_t index = 0; index < size; index += step) {
        merkle_hash leaf, path[LOG_PATH_MAX];
        assert_true(log_hashes(db, 0, index, 1, &leaf));
        int count = log_path(db, index, size, path);
        assert_true(leads_to(leaf, index, size, path, count, root));
        assert_false(leads_to(leaf, index, size, path, count - 1, root));
    }
    exchange_reader_close(reader);
}

static void test_every_leaf_has_a_path_to_every_checkpoint(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = logs_begin(&f, true);
    log_keeper *keeper = logs_keeper(&f, store);
    store_play(store, 0, STORE_EVENTS);
    while (exchange_store_size(store) < 90) {
        logs_sign(keeper, store);
        const merkle_hash root = exchange_store_root(store);
        check_paths(&f, exchange_store_size(store), 1, &root);
        logs_beat(store, 1);
    }
    // Over the edges of tiles, and by keepers that begin anew.
    static const int sizes[] = {255, 256, 257, 511, 512, 700, 1025};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        logs_beat(store, sizes[i] - (int)exchange_store_size(store));
        log_keeper_destroy(keeper);
        keeper = logs_keeper(&f, store);
        logs_sign(keeper, store);
        const merkle_hash root = exchange_store_root(store);
        const exchange_signed last = exchange_store_signed(store);
        assert_int_equal(last.size, sizes[i]);
        assert_memory_equal(&last.root, &root, sizeof root);
        check_paths(&f, last.size, 13, &root);
    }
    log_keeper_destroy(keeper);
    exchange_store_close(store);
    logs_remove(&f);
}

// A log with 65 000 events is a step of the keeper: then tiles are stored before the checkpoint.
static void test_a_long_way_is_gone_in_steps(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = logs_begin(&f, true);
    store_play(store, 0, 16);
    logs_beat(store, 66000);
    log_keeper *keeper = logs_keeper(&f, store);
    const merkle_hash root = exchange_store_root(store);
    exchange_signed made;
    assert_int_equal(log_keeper_sign(keeper, exchange_store_size(store), &root, &made, NULL),
                     DCAT_OK);
    assert_null(made.note);
    assert_int_equal(made.size, 65536);
    assert_int_equal(made.tile_count, 256 + 1);
    assert_int_equal(exchange_store_sign(store, &made, NULL), DCAT_OK);
    logs_sign(keeper, store);
    assert_int_equal(exchange_store_signed(store).size, exchange_store_size(store));
    check_paths(&f, exchange_store_size(store), 4001, &root);
    log_keeper_destroy(keeper);
    keeper = logs_keeper(&f, store); // from the tiles
    logs_beat(store, 3);
    logs_sign(keeper, store);
    log_keeper_destroy(keeper);
    exchange_store_close(store);
    logs_remove(&f);
}

// ---- what is refused

static void is_not_signed(const char *sql, bool at_start, const char *why)
{
    folder f = folder_make();
    exchange_store *store = logs_begin(&f, true);
    store_play(store, 0, 30);
    log_keeper *keeper = logs_keeper(&f, store), *other = NULL;
    logs_sign(keeper, store);
    store_play(store, 30, 40);
    const merkle_hash root = exchange_store_root(store);
    uint64_t size = exchange_store_size(store);
    exchange_store_close(store);
    folder_change(&f, sql);
    // As a writer that does not notice: it has its leaves in memory.
    store = NULL;
    dcat_error err = {0};
    exchange_signed made;
    dcat_status status = log_keeper_sign(keeper, size, &root, &made, &err);
    if (at_start) {
        sqlite3 *db = NULL;
        assert_int_equal(sqlite3_open(f.file, &db), SQLITE_OK);
        struct exchange_store found = {.db = db, .setup = store_setup()};
        status = log_keeper_create(f.path, &found, &other, &err);
        assert_null(other);
        sqlite3_close(db);
    }
    assert_int_equal(status, DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, why));
    log_keeper_destroy(keeper);
    logs_remove(&f);
}

static void test_only_what_stands_in_the_log_is_signed(void **fixture)
{
    (void)fixture;
    is_not_signed(
        "UPDATE event SET body=CAST(replace(CAST(body AS TEXT),'\"data\"','\"Data\"') AS BLOB) "
        "WHERE seq=35",
        false, "event 35: its leaf is not the hash of its body");
    is_not_signed("UPDATE event SET leaf=zeroblob(32) WHERE seq=33", false, "event 33: its leaf");
    is_not_signed("PRAGMA foreign_keys=0; DELETE FROM event WHERE seq=34", false,
                  "event 35: its leaf");
}

static void test_what_was_signed_must_still_be_there(void **fixture)
{
    (void)fixture;
    is_not_signed("UPDATE event SET leaf=zeroblob(32) WHERE seq=12", true, "signed at size 31");
    is_not_signed("UPDATE checkpoint SET root=zeroblob(32)", true, "signed at size 31");
    is_not_signed("UPDATE checkpoint SET size=30", true, "signed at size 30");
}

static void test_a_root_that_is_not_the_writers_is_not_signed(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = logs_begin(&f, true);
    store_play(store, 0, 30);
    log_keeper *keeper = logs_keeper(&f, store);
    merkle_hash root = exchange_store_root(store);
    root.byte[31] ^= 1;
    dcat_error err = {0};
    exchange_signed made;
    assert_int_equal(log_keeper_sign(keeper, exchange_store_size(store), &root, &made, &err),
                     DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "is not the writer's"));
    log_keeper_destroy(keeper);
    exchange_store_close(store);
    logs_remove(&f);
}

static void test_the_key_of_a_log_that_was_signed_is_not_made_anew(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = logs_begin(&f, false);
    log_keeper *keeper = logs_keeper(&f, store);
    logs_sign(keeper, store);
    log_keeper_destroy(keeper);
    keeper = logs_keeper(&f, store); // the same key
    log_keeper_destroy(keeper);
    char path[128];
    snprintf(path, sizeof path, "%s/" LOG_KEY_FILE, f.path);
    assert_int_equal(unlink(path), 0);
    dcat_error err = {0};
    assert_int_equal(log_keeper_create(f.path, store, &keeper, &err), DCAT_ERR_NOT_FOUND);
    assert_non_null(strstr(err.message, "dcat key new --log"));
    exchange_store_close(store);
    logs_remove(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_leaf_has_a_path_to_every_checkpoint),
        cmocka_unit_test(test_a_long_way_is_gone_in_steps),
        cmocka_unit_test(test_only_what_stands_in_the_log_is_signed),
        cmocka_unit_test(test_what_was_signed_must_still_be_there),
        cmocka_unit_test(test_a_root_that_is_not_the_writers_is_not_signed),
        cmocka_unit_test(test_the_key_of_a_log_that_was_signed_is_not_made_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
