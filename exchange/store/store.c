// SPDX-License-Identifier: Apache-2.0
#include "exchange/store/object.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAL_PAGES_MAX 4000 // beyond which a commit also brings them into the database

void exchange_store_close(exchange_store *store)
{
    if (store == NULL) {
        return;
    }
    for (int i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(store->statements[i]);
    }
    sqlite3_close(store->db);
    sqlite3_close(store->anew);
    if (store->lock >= 0) {
        close(store->lock);
    }
    exchange_destroy(store->x);
    exchange_cut_destroy(store->cut);
    free(store->moved);
    free(store->is_moved);
    setup_free(&store->own);
    told_free(&store->led_to);
    body_free(&store->body);
    body_free(&store->sealed);
    free(store);
}

exchange_cut_config exchange_store_cut_config(const exchange_store *store, uint64_t world_seed)
{
    return (exchange_cut_config){.world = store->setup.world,
                                 .resources = store->setup.resources,
                                 .areas = store->setup.areas,
                                 .auction = dcat_auction_find(store->setup.auction),
                                 .world_seed = world_seed};
}

dcat_status exchange_store_cut(const exchange_store *store, uint64_t world_seed, exchange_cut **cut,
                               dcat_error *err)
{
    const exchange_cut_config config = exchange_store_cut_config(store, world_seed);
    return exchange_cut_create(store->x, &config, cut, err);
}

// ---- events

// The first 8 bytes of SHA-256, little endian.
static uint64_t word_of(const unsigned char *bytes, size_t count)
{
    unsigned char hash[MERKLE_BYTES];
    crypto_hash_sha256(hash, bytes, count);
    uint64_t word = 0;
    for (int i = 7; i >= 0; i--) {
        word = word << 8 | hash[i];
    }
    return word;
}

uint64_t store_slot_seed(const exchange_store *store, int64_t number)
{
    unsigned char input[MERKLE_BYTES + 8];
    memcpy(input, store->slot_root.byte, MERKLE_BYTES);
    for (int i = 0; i < 8; i++) {
        input[MERKLE_BYTES + i] = (unsigned char)((uint64_t)number >> (8 * i));
    }
    return word_of(input, sizeof input);
}

bool store_take_secret(exchange_store *store, const body_bytes *first, merkle_hash *hash)
{
    bool has = store->setup.config.canary_ns > 0 &&
               first->sealed_bytes == EXCHANGE_SALT_BYTES + MERKLE_BYTES;
    if (has) {
        memcpy(store->secret.byte, first->sealed + EXCHANGE_SALT_BYTES, MERKLE_BYTES);
        *hash = merkle_plain(first->sealed, first->sealed_bytes);
    }
    return has;
}

uint64_t exchange_store_canary_seed(const exchange_store *store)
{
    const merkle_hash input[2] = {store->secret, store->slot_root};
    return word_of(input[0].byte, sizeof input);
}

void store_draw(const exchange_store *store, exchange_event *event)
{
    if (event->kind == EVENT_SUBMIT && event->task.canary.drawn != 0) {
        event->task.canary.seed = exchange_store_canary_seed(store);
    }
}

static bool note_is_valid(const exchange_note *note)
{
    return note == NULL || ((note->name == NULL || name_is_valid(note->name)) &&
                            (note->sealed == NULL || note->sealed_bytes <= EXCHANGE_SEALED_MAX));
}

// Apply and tell; what is done has its text in the store.
static exchange_result apply(exchange_store *store, const exchange_event *event)
{
    told_clear(&store->led_to);
    const exchange_sink sink = told_sink(&store->led_to);
    return exchange_apply(store->x, event, &sink);
}

static dcat_status write_down(exchange_store *store, const exchange_event *event, int64_t id,
                              const exchange_note *note, dcat_error *err)
{
    unsigned char salt[EXCHANGE_SALT_BYTES] = {0}; // a simulation hides nothing
    if (!store->setup.seeds_given && sealed_has(event, note)) {
        randombytes_buf(salt, sizeof salt);
    }
    sealed_write(&store->sealed, event, note, salt);
    merkle_hash root = {{0}};
    if (event->kind == EVENT_SLOT) { // dear
        root = merkle_root(&store->tree);
    }
    bool sealed = store->sealed.used > 0;
    const body_entry entry = {.event = event,
                              .id = id,
                              .world_seed = event->kind == EVENT_CYCLE ? event->cut->world_seed : 0,
                              .led_to = &store->led_to,
                              .prev = &store->last,
                              .root = event->kind == EVENT_SLOT ? &root : NULL,
                              .name = note == NULL ? NULL : note->name,
                              .sealed = sealed ? store->sealed.at : NULL,
                              .sealed_bytes = store->sealed.used};
    body_write(&store->body, &entry);
    dcat_status status = rows_write(store, &entry, err);
    if (event->kind == EVENT_SLOT) {
        store->slot_root = merkle_root(&store->tree);
    }
    return status;
}

dcat_status exchange_store_apply(exchange_store *store, const exchange_event *event,
                                 const exchange_note *note, exchange_result *result,
                                 dcat_error *err)
{
    if (store->failed) {
        return dcat_fail(err, DCAT_ERR_IO, "the store failed before");
    }
    *result = note_is_valid(note) ? rows_known(store, event, note)
                                  : (exchange_result){.code = CODE_OUT_OF_RANGE};
    if (store->failed) {
        return store_dead(store, "cannot read the log", err);
    }
    if (result->code != CODE_DONE) {
        return DCAT_OK;
    }
    exchange_event seeded = *event;
    if (event->kind == EVENT_SLOT && !store->setup.seeds_given) {
        seeded.slot.seed = store_slot_seed(store, event->slot.number);
    }
    store_draw(store, &seeded);
    if (event->kind == EVENT_FINISH && note != NULL && note->sealed != NULL) {
        body_output_read(note->sealed, note->sealed_bytes, seeded.report.output);
    }
    *result = apply(store, &seeded);
    if (result->code != CODE_DONE) {
        return DCAT_OK;
    }
    if (event->kind == EVENT_CYCLE) { // in force, and so the store's, whatever comes
        exchange_cut_destroy(store->cut);
        store->cut = event->cut;
    }
    dcat_status status = store_begin(store, err);
    return status == DCAT_OK ? write_down(store, &seeded, result->id, note, err) : status;
}

const exchange_told *exchange_store_told(const exchange_store *store)
{
    return &store->led_to;
}

// A sync that fails here ends the store, too: nobody knows what of the database is on the disk
// then, and the next start takes it from the WAL again. A reader may be in the way; then it is
// later.
static dcat_status bring_over(exchange_store *store, dcat_error *err)
{
    int code =
        sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) & 0xff;
    store->wal_pages = 0;
    return code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED
               ? DCAT_OK
               : store_dead(store, "cannot bring over the WAL", err);
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
    dcat_status status = rows_write_balances(store, err);
    if (status == DCAT_OK) {
        status = store_sql(store, "COMMIT", err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    // What is in the WAL is safe there. It is brought over now and then, so that it stays short.
    return store->wal_pages > 2 * WAL_PAGES_MAX ? bring_over(store, err) : DCAT_OK;
}

dcat_status exchange_store_rest(exchange_store *store, dcat_error *err)
{
    if (!store->open && snapshot_is_due(store)) {
        return exchange_store_snapshot(store, err);
    }
    return !store->failed && store->wal_pages > WAL_PAGES_MAX ? bring_over(store, err) : DCAT_OK;
}

const exchange *exchange_store_view(const exchange_store *store)
{
    return store->x;
}

const exchange_setup *exchange_store_setup_view(const exchange_store *store)
{
    return &store->setup;
}

int exchange_store_wal_pages(const exchange_store *store)
{
    return store->wal_pages;
}

uint64_t exchange_store_size(const exchange_store *store)
{
    return store->tree.size;
}

merkle_hash exchange_store_root(const exchange_store *store)
{
    return merkle_root(&store->tree);
}
