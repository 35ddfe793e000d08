// SPDX-License-Identifier: Apache-2.0
// Every allocation refused once, whoever asks for it, while a log is begun, filled and
// closed: what needed the memory says so, nobody crashes or loses what was acknowledged, and
// what is on the disk is a whole log.
//
// Opening and audits then say so, too, and never that a whole log is broken.
//
// Every thirty-first allocation, of opening and audits every thirteenth; with DCAT_FULL in the
// environment every one.

#include "exchange/store/object.h"
#include "folder.h"
#include "market.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static struct {
    bool counts;
    size_t count, at;
} memory;

#if !SANITIZED
// What the C library keeps under a second name for those that replace the first.
void *__libc_malloc(size_t size);                     // NOLINT(bugprone-reserved-identifier)
void *__libc_calloc(size_t count, size_t size);       // NOLINT(bugprone-reserved-identifier)
void *__libc_realloc(void *old, size_t size);         // NOLINT(bugprone-reserved-identifier)
void *__libc_memalign(size_t alignment, size_t size); // NOLINT(bugprone-reserved-identifier)

static bool refuses(void)
{
    if (!memory.counts || ++memory.count != memory.at) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return refuses() ? NULL : __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size)
{
    return refuses() ? NULL : __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size)
{
    return refuses() ? NULL : __libc_realloc(ptr, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return refuses() ? NULL : __libc_memalign(alignment, size);
}
#endif

enum { EVENTS = 40 };

// Events until something fails; how many were acknowledged.
static dcat_status fill(exchange_store *store, uint64_t *acknowledged, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (int64_t n = 0; status == DCAT_OK && n < EVENTS; n++) {
        exchange_event event;
        exchange_result result;
        bool counts = memory.counts;
        memory.counts = false; // the cut of a cycle is the test's own
        store_event(store, n, &event);
        memory.counts = counts;
        status = exchange_store_apply(store, &event, NULL, &result, err);
        if (status == DCAT_OK && n % 4 == 3) {
            status = exchange_store_commit(store, err);
            *acknowledged = status == DCAT_OK ? exchange_store_size(store) : *acknowledged;
        } else if (status != DCAT_OK && event.kind == EVENT_CYCLE) {
            exchange_cut_destroy(exchange_store_view(store)->cut == event.cut ? NULL : event.cut);
        }
    }
    return status == DCAT_OK ? exchange_store_snapshot(store, err) : status;
}

// Begin, fill, close, with one allocation refused; false where fewer were asked for.
static bool run(size_t at)
{
    folder f = folder_make();
    const exchange_setup setup = store_setup();
    exchange_store *store = NULL;
    uint64_t acknowledged = 0;
    dcat_error err = {0};
    memory.count = 0;
    memory.at = at;
    memory.counts = true;
    dcat_status status = exchange_store_create(f.path, NULL, &setup, &store, &err);
    bool begun = status == DCAT_OK;
    if (begun) {
        status = fill(store, &acknowledged, &err);
        exchange_store_close(store);
        store = NULL;
    }
    memory.counts = false;
    if (status == DCAT_OK) {
        status = exchange_store_open(f.path, NULL, &store, &err);
    }
    if (status == DCAT_OK) {
        exchange_store_close(store);
    }
    bool hit = memory.count >= at;
    if (status != DCAT_OK) {
        assert_true(hit);
        if (status != DCAT_ERR_MEMORY) { // never an error of the log, the disk or the user
            fail_msg("allocation %zu: %s", at, err.message);
        }
    }
    if (begun) { // whatever it was: the log is whole, and has what was acknowledged
        exchange_audit audit = {.user = NULL};
        if (exchange_store_audit(f.path, NULL, &audit, &err) != DCAT_OK) {
            fail_msg("allocation %zu: %s", at, err.message);
        }
        assert_true(audit.events + audit.older >= acknowledged);
    }
    folder_remove(&f);
    return hit;
}

static void test_every_allocation_may_be_refused(void **fixture)
{
    (void)fixture;
    if (SANITIZED) {
        skip(); // which has its own malloc
    }
    size_t step = getenv("DCAT_FULL") != NULL ? 1 : 31, tried = 0;
    for (size_t at = 1; run(at); at += step) {
        tried++;
    }
    assert_true(tried > 10);
}

// ---- opening

enum { OPENING, AUDIT, WHOLE_AUDIT, WAYS };

// Open, audit, or audit every column, with one allocation refused; false where fewer were asked
// for.
static bool look(const char *path, size_t at, int way)
{
    exchange_store *store = NULL;
    exchange_audit audit = {.tables = way == WHOLE_AUDIT};
    dcat_error err = {0};
    memory.count = 0;
    memory.at = at;
    memory.counts = true;
    dcat_status status = way != OPENING ? exchange_store_audit(path, NULL, &audit, &err)
                                        : exchange_store_open(path, NULL, &store, &err);
    memory.counts = false;
    exchange_store_close(store);
    bool hit = memory.count >= at;
    if (status != DCAT_OK) {
        assert_true(hit);
        // Nobody is told that a log is broken which is not.
        if (status != DCAT_ERR_MEMORY) {
            fail_msg("allocation %zu of %s: %s", at, way == OPENING ? "opening" : "an audit",
                     err.message);
        }
    }
    return hit;
}

static void test_a_log_is_not_called_broken_for_want_of_memory(void **fixture)
{
    (void)fixture;
    if (SANITIZED) {
        skip();
    }
    folder f = folder_make();
    const exchange_setup setup = store_setup();
    exchange_store *store = NULL;
    uint64_t acknowledged = 0;
    dcat_error err = {0};
    assert_int_equal(exchange_store_create(f.path, NULL, &setup, &store, &err), DCAT_OK);
    assert_int_equal(fill(store, &acknowledged, &err), DCAT_OK);
    exchange_store_close(store);
    size_t step = getenv("DCAT_FULL") != NULL ? 1 : 13, tried = 0;
    for (int way = 0; way < WAYS; way++) {
        for (size_t at = 1; look(f.path, at, way); at += step) {
            tried++;
        }
    }
    assert_true(tried > 10);
    assert_int_equal(exchange_store_open(f.path, NULL, &store, &err), DCAT_OK); // it is whole
    exchange_store_close(store);
    folder_remove(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_log_is_not_called_broken_for_want_of_memory),
        cmocka_unit_test(test_every_allocation_may_be_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
