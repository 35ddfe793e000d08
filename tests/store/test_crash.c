// SPDX-License-Identifier: Apache-2.0
// Power cuts at every write, sync, truncation and removal: what is found has every event that was
// acknowledged, and is a whole log. Three stores that do it wrong must be caught, or the zero of
// the right one would mean nothing.
//
// 3 cuts at every point, of the wrong stores at every fourth; with DCAT_FULL in the environment
// 300, more than 100 000 images.

#include "crash.h"
#include "exchange/store/object.h"
#include "market.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOT_MAX = 256 };

typedef enum mistake { NO_MISTAKE, NORMAL_SYNC, LYING_SYNC, TWO_TRANSACTIONS, MISTAKES } mistake;

typedef struct watcher {
    char folder[64], image_folder[64];
    merkle_hash roots[ROOT_MAX]; // by size
    uint64_t acknowledged;       // events that somebody was told of
    int patterns;
    size_t every; // point
    dcat_rng rng;
    size_t images, points, lost, broken, begun;
    bool in_image;
} watcher;

// What is found after a cut now.
static void look(watcher *w)
{
    exchange_store *found = NULL;
    exchange_audit audit = {.user = NULL};
    dcat_error err = {0};
    dcat_status status = exchange_store_audit(w->image_folder, CRASH_IMAGE, &audit, &err);
    w->images++;
    if (status == DCAT_OK) { // the shorter way, from a snapshot, must come to the same
        status = exchange_store_open(w->image_folder, CRASH_IMAGE, &found, &err);
    }
    if (status != DCAT_OK) {
        // Before the first commit there is no log yet.
        w->broken += w->acknowledged > 0;
        w->begun += w->acknowledged == 0;
        return;
    }
    uint64_t size = exchange_store_size(found);
    merkle_hash root = exchange_store_root(found);
    w->lost += size < w->acknowledged;
    w->broken += size >= ROOT_MAX || memcmp(&root, &w->roots[size], sizeof root) != 0;
    exchange_store_close(found);
}

static void cut(void *user)
{
    watcher *w = user;
    if (w->in_image) {
        return;
    }
    if (w->points++ % w->every != 0) {
        return;
    }
    w->in_image = true;
    for (int pattern = 0; pattern < w->patterns; pattern++) {
        crash_cut(&w->rng, pattern);
        look(w);
    }
    w->in_image = false;
}

// The ledger of the last event after the event itself, in a transaction of its own.
static void split(exchange_store *store)
{
    static const char *const steps[] = {
        "CREATE TEMP TABLE later AS SELECT * FROM transfer WHERE seq=(SELECT max(seq) FROM event)",
        "DELETE FROM transfer WHERE seq=(SELECT max(seq) FROM event)",
        "COMMIT",
        "BEGIN",
        "INSERT INTO transfer SELECT * FROM later",
        "DROP TABLE later"};
    for (size_t i = 0; store->open && i < sizeof steps / sizeof *steps; i++) {
        assert_int_equal(sqlite3_exec(store->db, steps[i], NULL, NULL, NULL), SQLITE_OK);
    }
}

static void remove_folder(const char *folder)
{
    char lock[128];
    snprintf(lock, sizeof lock, "%s/exchange.lock", folder);
    unlink(lock);
    assert_int_equal(rmdir(folder), 0);
}

static void play(watcher *w, mistake m)
{
    const crash_hooks hooks = {.user = w, .before = cut, .lies = m == LYING_SYNC};
    crash_begin(&hooks);
    const exchange_setup setup = store_setup();
    exchange_store *store = NULL;
    dcat_error err = {0};
    w->acknowledged = 0;
    // Roots by size are the same in every run: learned in one without cuts.
    if (exchange_store_create(w->folder, CRASH_VFS, &setup, &store, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    if (m == NORMAL_SYNC) {
        sqlite3_exec(store->db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
    }
    w->roots[1] = exchange_store_root(store);
    w->acknowledged = 1;
    exchange_event event;
    for (int64_t n = 0; store_event(store, n, &event); n++) {
        exchange_result result;
        assert_int_equal(exchange_store_apply(store, &event, NULL, &result, &err), DCAT_OK);
        w->roots[exchange_store_size(store)] = exchange_store_root(store);
        if (m == TWO_TRANSACTIONS) {
            split(store);
        }
        if (n % 3 == 2 || m == TWO_TRANSACTIONS) {
            assert_int_equal(exchange_store_commit(store, &err), DCAT_OK);
            w->acknowledged = exchange_store_size(store);
        }
        if (n == 40) { // what is in the WAL goes into the database
            assert_int_equal(exchange_store_commit(store, &err), DCAT_OK);
            w->acknowledged = exchange_store_size(store);
            sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        }
        if (n == 30 || n == 50) {
            assert_int_equal(exchange_store_commit(store, &err), DCAT_OK);
            w->acknowledged = exchange_store_size(store);
            assert_int_equal(exchange_store_snapshot(store, &err), DCAT_OK);
        }
    }
    exchange_store_close(store);
}

static void test_no_cut_loses_what_was_acknowledged(void **fixture)
{
    (void)fixture;
    static const char *const names[MISTAKES] = {"as it is", "synchronous=NORMAL", "sync that lies",
                                                "two transactions"};
    crash_register();
    for (int m = 0; m < MISTAKES; m++) {
        static watcher w;
        w = (watcher){.folder = "crash_XXXXXX",
                      .image_folder = "image_XXXXXX",
                      .every = m == NO_MISTAKE ? 1 : 4};
        w.rng = dcat_rng_at(1, DCAT_STREAM_USER, 9, 0);
        assert_true(mkdtemp(w.folder) != NULL && mkdtemp(w.image_folder) != NULL);
        play(&w, (mistake)m); // to learn the roots
        w.patterns = getenv("DCAT_FULL") != NULL && m == 0 ? 300 : 3;
        w.points = 0;
        play(&w, (mistake)m);
        printf("%s: %zu points, %zu images, %zu lost something, %zu broken\n", names[m], w.points,
               w.images, w.lost, w.broken);
        assert_true(w.points > 200 && w.images >= w.points / w.every * (size_t)w.patterns);
        if (m == NO_MISTAKE) {
            assert_int_equal(w.lost + w.broken, 0);
            assert_true(w.begun > 0 && w.begun < w.images / 4);
        } else {
            assert_true(w.lost + w.broken > 10);
        }
        remove_folder(w.folder);
        remove_folder(w.image_folder);
        crash_end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_cut_loses_what_was_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
