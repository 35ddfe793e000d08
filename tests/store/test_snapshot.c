// SPDX-License-Identifier: Apache-2.0
// A start from a snapshot goes on as if there had been none; what is changed in one is found; and a
// log of older rules goes on by ours.

#include "exchange/store/object.h"
#include "folder.h"
#include "market.h"

#include <string.h>

static exchange_store *begun(const folder *f, int64_t version)
{
    const exchange_setup setup = store_setup();
    exchange_store *store = NULL;
    dcat_error err = {0};
    if (store_create_by(version, f->path, NULL, &setup, &store, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return store;
}

static void test_a_start_from_a_snapshot_goes_on_the_same(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = begun(&f, RULES_VERSION);
    store_play(store, 0, STORE_EVENTS);
    uint64_t digest = exchange_digest(exchange_store_view(store));
    merkle_hash root = exchange_store_root(store);
    exchange_store_close(store);
    folder_remove(&f);
    for (int64_t n = 0; n <= STORE_EVENTS; n++) {
        f = folder_make();
        store = begun(&f, RULES_VERSION);
        store_play(store, 0, n);
        assert_int_equal(exchange_store_snapshot(store, NULL), DCAT_OK);
        assert_int_equal(exchange_store_snapshot(store, NULL), DCAT_OK); // the same again
        int64_t more = n + 5 < STORE_EVENTS ? n + 5 : STORE_EVENTS;
        store_play(store, n, more); // and some that come after it
        exchange_store_close(store);
        store = folder_opened(&f);
        assert_int_equal(store->snapshot_seq > 0, 1);
        store_play(store, more, STORE_EVENTS);
        assert_true(exchange_digest(exchange_store_view(store)) == digest);
        exchange_store_close(store);
        exchange_audit audit = folder_audited(&f);
        assert_memory_equal(&audit.root, &root, sizeof root);
        assert_true(audit.older == 0 && audit.tasks > 0 && audit.awards > 0);
        folder_remove(&f);
    }
}

static void test_a_snapshot_is_due_after_many_events(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = begun(&f, RULES_VERSION);
    store_play(store, 0, 14);
    assert_int_equal(exchange_store_rest(store, NULL), DCAT_OK);
    assert_int_equal(store->snapshot_seq, 0);
    for (int64_t n = 0; n < 20000; n++) {
        const exchange_event event = stage_of_server(EVENT_HEARTBEAT, 2, n, 0);
        exchange_result result;
        exchange_store_apply(store, &event, NULL, &result, NULL);
    }
    assert_int_equal(exchange_store_snapshot(store, NULL), DCAT_ERR_IO); // not in between
    assert_int_equal(exchange_store_rest(store, NULL), DCAT_OK);         // nor this
    assert_int_equal(store->snapshot_seq, 0);
    exchange_store_commit(store, NULL);
    assert_int_equal(exchange_store_rest(store, NULL), DCAT_OK);
    assert_int_equal(store->snapshot_seq, exchange_store_size(store));
    exchange_store_close(store);
    folder_audited(&f);
    folder_remove(&f);
}

static void test_a_changed_snapshot_is_refused(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *sql;
        bool opens; // what a quick start cannot see, an audit does
    } changes[] = {
        {"UPDATE snapshot SET edge=zeroblob(2048)", true},
        {"UPDATE snapshot SET slot_root=zeroblob(32)", true},
        {"UPDATE snapshot SET transfers=transfers+1", true},
        {"UPDATE snapshot SET version=version+1", true},
        {"UPDATE snapshot SET state=substr(state,1,length(state)-1)", false},
        {"UPDATE snapshot SET hash=zeroblob(32)", false},
        {"UPDATE snapshot SET edge=zeroblob(8)", false},
        {"UPDATE snapshot SET slot_root=zeroblob(3)", false},
        {"PRAGMA foreign_keys=OFF; UPDATE snapshot SET seq=seq-1", false},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        folder f = folder_make();
        exchange_store *store = begun(&f, RULES_VERSION);
        store_play(store, 0, 40);
        exchange_store_snapshot(store, NULL);
        exchange_store_close(store);
        folder_change(&f, changes[i].sql);
        dcat_error err = {0};
        exchange_audit audit = {.user = NULL};
        dcat_status status = exchange_store_audit(f.path, NULL, &audit, &err);
        if (status != DCAT_ERR_FORMAT) {
            fail_msg("%s, audited: %s", changes[i].sql, err.message);
        }
        status = exchange_store_open(f.path, NULL, &store, &err);
        if (status != (changes[i].opens ? DCAT_OK : DCAT_ERR_FORMAT)) {
            fail_msg("%s: %s", changes[i].sql, err.message);
        }
        if (status == DCAT_OK) {
            exchange_store_close(store);
        }
        folder_remove(&f);
    }
}

// The upgrade: what older rules left is gone on with, and their part of the log stays checked by
// what it says itself.
static void test_a_log_of_older_rules_goes_on_by_ours(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = begun(&f, RULES_VERSION);
    store_play(store, 0, STORE_EVENTS);
    uint64_t digest = exchange_digest(exchange_store_view(store));
    exchange_store_close(store);
    folder_remove(&f);

    f = folder_make();
    store = begun(&f, RULES_VERSION - 1);
    store_play(store, 0, 40);
    exchange_store_close(store); // as killed: no snapshot
    dcat_error err = {0};
    assert_int_equal(exchange_store_open(f.path, NULL, &store, &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "stop it once with the program that wrote it"));
    folder_remove(&f);

    f = folder_make();
    store = begun(&f, RULES_VERSION - 1);
    store_play(store, 0, 40);
    uint64_t before = exchange_store_size(store);
    assert_int_equal(exchange_store_snapshot(store, NULL), DCAT_OK);
    exchange_store_close(store);
    store = folder_opened(&f);
    assert_int_equal(exchange_store_size(store), before + 1); // the event `rules`
    exchange_store_close(store);
    store = folder_opened(&f); // again: nothing more to do
    assert_int_equal(exchange_store_size(store), before + 1);
    store_play(store, 40, STORE_EVENTS);
    assert_true(exchange_digest(exchange_store_view(store)) == digest);
    exchange_store_close(store);
    store = folder_opened(&f);
    assert_true(exchange_digest(exchange_store_view(store)) == digest);
    exchange_store_close(store);
    exchange_audit audit = folder_audited(&f);
    assert_int_equal(audit.older, before);
    assert_int_equal(audit.older + audit.events, exchange_store_size(store = folder_opened(&f)));
    exchange_store_close(store);
    folder_remove(&f);
}

static void test_a_change_in_what_older_rules_wrote_is_found(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *sql, *says;
    } changes[] = {
        {"UPDATE transfer SET amount=amount+1 WHERE id=3", "its transfers are others"},
        {"UPDATE award SET pay=pay+1 WHERE task=1", "its awards are others"},
        {"UPDATE event SET leaf=zeroblob(32) WHERE seq=20", "event 20"},
        {"PRAGMA foreign_keys=OFF; DELETE FROM snapshot WHERE stays=1", "snapshot"},
        {"UPDATE snapshot SET hash=zeroblob(32) WHERE stays=1", "hash"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        folder f = folder_make();
        exchange_store *store = begun(&f, RULES_VERSION - 1);
        store_play(store, 0, 40);
        exchange_store_snapshot(store, NULL);
        exchange_store_close(store);
        store = folder_opened(&f);
        store_play(store, 40, STORE_EVENTS);
        exchange_store_close(store);
        folder_change(&f, changes[i].sql);
        exchange_audit audit = {.user = NULL};
        dcat_error err = {0};
        dcat_status status = exchange_store_audit(f.path, NULL, &audit, &err);
        if (status != DCAT_ERR_FORMAT || strstr(err.message, changes[i].says) == NULL) {
            fail_msg("%s: %s", changes[i].sql, err.message);
        }
        folder_remove(&f);
    }
    // Of rules that are newer nothing is known.
    folder f = folder_make();
    exchange_store *store = begun(&f, RULES_VERSION + 1);
    exchange_store_close(store);
    dcat_error err = {0};
    exchange_audit audit = {.user = NULL};
    assert_int_equal(exchange_store_open(f.path, NULL, &store, &err), DCAT_ERR_FORMAT);
    assert_int_equal(exchange_store_audit(f.path, NULL, &audit, &err), DCAT_ERR_FORMAT);
    assert_non_null(strstr(err.message, "this program knows"));
    folder_remove(&f);
}

// ---- the bytes themselves

static void snapshot_of(const exchange_store *store, unsigned char **bytes, size_t *count)
{
    *count = exchange_snapshot_bytes(store->x);
    *bytes = malloc(*count);
    assert_non_null(*bytes);
    exchange_snapshot_write(store->x, *bytes);
}

static dcat_status read_back(const exchange_store *store, const unsigned char *bytes, size_t count,
                             uint64_t *digest)
{
    exchange *x = NULL;
    exchange_snapshot_cut cut;
    dcat_status status = exchange_snapshot_read(&store->setup.config, bytes, count, &x, &cut, NULL);
    if (status == DCAT_OK) {
        *digest = exchange_digest(x);
        exchange_destroy(x);
    }
    return status;
}

static void test_any_bytes_are_read_or_refused(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = begun(&f, RULES_VERSION);
    store_play(store, 0, 19);
    unsigned char *bytes = NULL;
    size_t count = 0, refused = 0;
    uint64_t digest = 0, other = 0;
    snapshot_of(store, &bytes, &count);
    assert_int_equal(read_back(store, bytes, count, &digest), DCAT_OK);
    assert_true(digest == exchange_digest(store->x));
    for (size_t i = 0; i < count; i++) {
        static const unsigned char flips[] = {0x01, 0x80, 0xff};
        for (size_t k = 0; k < sizeof flips; k++) {
            bytes[i] ^= flips[k];
            dcat_status status = read_back(store, bytes, count, &other);
            assert_true(status == DCAT_OK || status == DCAT_ERR_FORMAT); // no fault of ours
            refused += status != DCAT_OK;
            bytes[i] ^= flips[k];
        }
        assert_int_not_equal(read_back(store, bytes, i, &other), DCAT_OK);
    }
    assert_true(refused > count / 4);
    free(bytes);
    exchange_store_close(store);
    folder_remove(&f);
}

// A record that older rules did not have the end of.
static void test_shorter_records_are_read(void **fixture)
{
    (void)fixture;
    folder f = folder_make();
    exchange_store *store = begun(&f, RULES_VERSION);
    store_play(store, 0, 19);
    unsigned char *bytes = NULL;
    size_t count = 0;
    snapshot_of(store, &bytes, &count);
    // The last four bytes of a server are 0 in all of them: drop these.
    size_t before = 8 * 10 + 24 + sizeof(exchange_core) +
                    sizeof(dcat_money) * (ACCOUNT_PLATFORM_COUNT + 2 * (size_t)4) +
                    sizeof(party_record) * (size_t)4;
    uint64_t shorter = sizeof(server_record) - 4;
    memcpy(&bytes[8 + 8 * 4], &shorter, sizeof shorter);
    for (size_t s = 0; s < 2; s++) {
        size_t end = before + (s + 1) * shorter;
        memmove(&bytes[end], &bytes[end + 4], count - end - 4);
        count -= 4;
    }
    uint64_t digest = 0;
    assert_int_equal(read_back(store, bytes, count, &digest), DCAT_OK);
    assert_true(digest == exchange_digest(store->x));
    free(bytes);
    exchange_store_close(store);
    folder_remove(&f);
}

// Snapshots that knew of no vouchers, and before of no payouts.
static void test_a_snapshot_without_payouts_is_read(void **fixture)
{
    (void)fixture;
    for (char version = '1'; version < '3'; version++) {
        size_t sections = version == '1' ? 7 : 8;
        folder f = folder_make();
        exchange_store *store = begun(&f, RULES_VERSION);
        store_play(store, 0, 19);
        unsigned char *bytes = NULL;
        size_t count = 0;
        size_t speeds = 2 * sizeof(speed_record), rest = 2 * 2 * sizeof(int32_t);
        memset(store->x->speeds, 0, speeds); // those had no section, and nothing of starts
        for (int i = 0; i < 2; i++) {
            memset(store->x->servers[i].starts, 0, sizeof store->x->servers[i].starts);
        }
        snapshot_of(store, &bytes, &count);
        bytes[7] = (unsigned char)version;
        memmove(&bytes[count - rest - speeds], &bytes[count - rest], rest);
        count -= speeds;
        memmove(&bytes[8 * (1 + sections)], &bytes[8 * 11], count - 8 * 11);
        count -= 8 * (10 - sections);
        uint64_t digest = 0;
        assert_int_equal(read_back(store, bytes, count, &digest), DCAT_OK);
        assert_true(digest == exchange_digest(store->x));
        for (size_t cut = 0; cut < 90; cut++) { // and none without its header
            assert_int_equal(read_back(store, bytes, cut, &digest), DCAT_ERR_FORMAT);
        }
        free(bytes);
        exchange_store_close(store);
        folder_remove(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_snapshot_without_payouts_is_read),
        cmocka_unit_test(test_a_start_from_a_snapshot_goes_on_the_same),
        cmocka_unit_test(test_a_snapshot_is_due_after_many_events),
        cmocka_unit_test(test_a_changed_snapshot_is_refused),
        cmocka_unit_test(test_a_log_of_older_rules_goes_on_by_ours),
        cmocka_unit_test(test_a_change_in_what_older_rules_wrote_is_found),
        cmocka_unit_test(test_any_bytes_are_read_or_refused),
        cmocka_unit_test(test_shorter_records_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
