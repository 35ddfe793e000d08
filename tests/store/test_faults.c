// SPDX-License-Identifier: Apache-2.0
// Every read, write, sync, truncation and removal refused once, and every allocation of SQLite: the
// store says so and is dead from then on, or did not need it; and what is on the disk has every
// event that was acknowledged and is a whole log.
//
// Every third operation and twelfth allocation; with DCAT_FULL in the environment every one.

#include "crash.h"
#include "exchange/store/object.h"
#include "market.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOT_MAX = 256 };

typedef struct faults {
    size_t count, at; // operations so far; the one that is refused
    bool hit;
    uint64_t acknowledged;
    merkle_hash roots[ROOT_MAX]; // by size, of events that were applied
} faults;

static bool refuses(void *user)
{
    faults *f = user;
    bool now = ++f->count == f->at;
    f->hit = f->hit || now;
    return now;
}

// ---- memory of SQLite

static sqlite3_mem_methods own;
static faults *of_memory;

static void *take(int bytes)
{
    return of_memory != NULL && refuses(of_memory) ? NULL : own.xMalloc(bytes);
}

static void *grow(void *old, int bytes)
{
    return of_memory != NULL && refuses(of_memory) ? NULL : own.xRealloc(old, bytes);
}

// ---- a market until something fails

// After a failure every later call says so.
static void is_dead(exchange_store *store)
{
    exchange_result result;
    dcat_error err;
    const exchange_event event = {.kind = EVENT_HALT, .actor = EXCHANGE_SELF};
    assert_int_equal(exchange_store_apply(store, &event, NULL, &result, &err), DCAT_ERR_IO);
    assert_int_equal(exchange_store_commit(store, &err), DCAT_ERR_IO);
    assert_int_equal(exchange_store_snapshot(store, &err), DCAT_ERR_IO);
}

static bool commit(faults *f, exchange_store *store, int64_t n)
{
    dcat_error err;
    if (exchange_store_commit(store, &err) != DCAT_OK) {
        return false;
    }
    f->acknowledged = exchange_store_size(store);
    if (n == 40) {
        store->wal_pages = 5000; // so that it is brought over
        return exchange_store_rest(store, &err) == DCAT_OK;
    }
    return n != 30 || exchange_store_snapshot(store, &err) == DCAT_OK;
}

static bool play(faults *f, const char *folder)
{
    const exchange_setup setup = store_setup();
    exchange_store *store = NULL;
    exchange_event event;
    dcat_error err;
    f->acknowledged = 0;
    if (exchange_store_create(folder, CRASH_VFS, &setup, &store, &err) != DCAT_OK) {
        return false;
    }
    f->roots[1] = exchange_store_root(store);
    f->acknowledged = 1;
    bool well = true;
    for (int64_t n = 0; well && store_event(store, n, &event); n++) {
        exchange_result result;
        well = exchange_store_apply(store, &event, NULL, &result, &err) == DCAT_OK;
        if (well) {
            f->roots[exchange_store_size(store)] = exchange_store_root(store);
            well = n % 3 != 0 || commit(f, store, n);
        } else if (event.kind == EVENT_CYCLE &&
                   exchange_cut_in_force(exchange_store_view(store)) != event.cut) {
            exchange_cut_destroy(event.cut);
        }
    }
    if (!well) {
        is_dead(store);
    }
    exchange_store_close(store);
    return well;
}

// What is found by the next start.
static void look(const faults *f, const char *folder)
{
    exchange_store *store = NULL;
    exchange_audit audit = {.user = NULL};
    dcat_error err = {0};
    dcat_status status = exchange_store_audit(folder, CRASH_VFS, &audit, &err);
    if (status == DCAT_OK) {
        status = exchange_store_open(folder, CRASH_VFS, &store, &err);
    }
    if (status != DCAT_OK) {
        if (f->acknowledged > 0) { // before the first commit there is no log
            fail_msg("operation %zu: %s", f->at, err.message);
        }
        return;
    }
    uint64_t size = exchange_store_size(store);
    merkle_hash root = exchange_store_root(store);
    assert_true(size >= f->acknowledged && size < ROOT_MAX);
    assert_memory_equal(&root, &f->roots[size], sizeof root);
    exchange_store_close(store);
}

static void try_all(bool memory)
{
    size_t step = getenv("DCAT_FULL") != NULL ? 1 : (memory ? 12 : 3), failed = 0;
    static faults f;
    f = (faults){.hit = true};
    char folder[64] = "faults_XXXXXX";
    assert_non_null(mkdtemp(folder));
    for (size_t at = 1; f.hit; at += step) {
        f.count = 0;
        f.at = at;
        f.hit = false;
        const crash_hooks hooks = {.user = &f, .refuses = memory ? NULL : refuses};
        crash_begin(&hooks);
        of_memory = memory ? &f : NULL;
        bool well = play(&f, folder);
        of_memory = NULL;
        failed += !well;
        assert_true(well || f.hit); // nothing fails by itself
        f.count = SIZE_MAX / 2;     // from here on nothing is refused
        look(&f, folder);
        crash_end();
        f.hit = f.hit && at < 100000;
    }
    printf("%s: %zu of %zu ended it\n", memory ? "allocations" : "operations", failed,
           (f.at + step - 1) / step);
    assert_true(failed > 100 / step);
    char lock[96];
    snprintf(lock, sizeof lock, "%s/exchange.lock", folder);
    unlink(lock);
    assert_int_equal(rmdir(folder), 0);
}

static void test_no_refused_operation_loses_anything(void **fixture)
{
    (void)fixture;
    try_all(false);
}

static void test_no_refused_allocation_loses_anything(void **fixture)
{
    (void)fixture;
    try_all(true);
}

int main(void)
{
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &own);
    sqlite3_mem_methods refusing = own;
    refusing.xMalloc = take;
    refusing.xRealloc = grow;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &refusing);
    crash_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_refused_operation_loses_anything),
        cmocka_unit_test(test_no_refused_allocation_loses_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
