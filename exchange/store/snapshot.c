// SPDX-License-Identifier: Apache-2.0
// The whole state in the log's file, from which a start goes on without applying what is older; and
// the change of a log to the rules of this program, which begins with one.
#include "exchange/store/object.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// Choice: a snapshot when so many events came since the last one, and four for every task in it, so
// that writing it costs little of what writing these did.
#define EVENTS_MIN 20000

typedef struct block {
    void *bytes;
    size_t count;
    merkle_hash hash;
} block;

static bool block_make(const exchange_store *store, block *b)
{
    b->count = exchange_snapshot_bytes(store->x);
    b->bytes = malloc(b->count);
    if (b->bytes != NULL) {
        exchange_snapshot_write(store->x, b->bytes);
        b->hash = merkle_plain(b->bytes, b->count);
    }
    return b->bytes != NULL;
}

bool snapshot_hash(const exchange_store *store, merkle_hash *hash)
{
    block b;
    bool made = block_make(store, &b);
    *hash = made ? b.hash : (merkle_hash){{0}};
    free(made ? b.bytes : NULL);
    return made;
}

void snapshot_edge(const merkle *tree, merkle_hash edge[64])
{
    for (int bit = 0; bit < 64; bit++) {
        edge[bit] = (tree->size >> bit & 1) != 0 ? tree->edge[bit] : (merkle_hash){{0}};
    }
}

// Those by which rules began stay for ever, of others the last one.
static bool write_row(exchange_store *store, const block *b, bool stays)
{
    merkle_hash edge[64];
    snapshot_edge(&store->tree, edge);
    row_values old = row_begin(store, STATEMENT_SNAPSHOT_DROP);
    row_values row = row_begin(store, STATEMENT_SNAPSHOT);
    row_number(&row, (int64_t)store->tree.size);
    row_number(&row, store->version);
    row_number(&row, stays);
    row_bytes(&row, b->bytes, b->count);
    row_bytes(&row, b->hash.byte, MERKLE_BYTES);
    row_bytes(&row, edge, sizeof edge);
    row_bytes(&row, store->slot_root.byte, MERKLE_BYTES);
    return row_write(&old) && row_write(&row);
}

dcat_status exchange_store_snapshot(exchange_store *store, dcat_error *err)
{
    if (store->failed || store->open) {
        return dcat_fail(err, DCAT_ERR_IO, "a snapshot is made between commits");
    }
    if (store->snapshot_seq == (int64_t)store->tree.size) {
        return DCAT_OK;
    }
    block b;
    if (!block_make(store, &b)) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a snapshot");
    }
    dcat_status status = store_begin(store, err);
    if (status == DCAT_OK && !write_row(store, &b, false)) {
        status = store_dead(store, "cannot write a snapshot", err);
    }
    free(b.bytes);
    if (status == DCAT_OK) {
        status = exchange_store_commit(store, err);
    }
    if (status == DCAT_OK) {
        store->snapshot_seq = (int64_t)store->tree.size;
    }
    return status;
}

bool snapshot_is_due(const exchange_store *store)
{
    int64_t since = (int64_t)store->tree.size - store->snapshot_seq;
    int64_t bytes = (int64_t)exchange_snapshot_bytes(store->x);
    return since >= EVENTS_MIN && since >= bytes / 64;
}

// ---- reading

static bool column_is(sqlite3_stmt *statement, int column, void *bytes, size_t count)
{
    bool fits = sqlite3_column_bytes(statement, column) == (int)count;
    if (fits) {
        memcpy(bytes, sqlite3_column_blob(statement, column), count);
    }
    return fits;
}

// The state of a row: state, hash.
static dcat_status read_state(exchange_store *store, sqlite3_stmt *row, dcat_error *err)
{
    size_t count = (size_t)sqlite3_column_bytes(row, 1);
    void *bytes = malloc(count + 1); // aligned
    if (bytes == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a snapshot");
    }
    if (count > 0) {
        memcpy(bytes, sqlite3_column_blob(row, 1), count);
    }
    merkle_hash own = merkle_plain(bytes, count), told = {{0}};
    exchange_snapshot_cut cut;
    dcat_status status =
        column_is(row, 2, told.byte, MERKLE_BYTES) && memcmp(own.byte, told.byte, MERKLE_BYTES) == 0
            ? DCAT_OK
            : dcat_fail(err, DCAT_ERR_FORMAT, "its hash is another");
    exchange *x = NULL;
    if (status == DCAT_OK) {
        status = exchange_snapshot_read(&store->setup.config, bytes, count, &x, &cut, err);
    }
    exchange_cut *made = NULL;
    if (status == DCAT_OK && cut.server_count > 0) {
        const exchange_cut_config config = exchange_store_cut_config(store, cut.world_seed);
        status = exchange_cut_restore(x, &cut, &config, &made, err);
    }
    free(bytes);
    if (status != DCAT_OK) {
        exchange_destroy(x);
        return status;
    }
    exchange_destroy(store->x);
    exchange_cut_destroy(store->cut);
    store->x = x;
    store->cut = made;
    store->snapshot_hash = own;
    store->at_ns = exchange_time(x).now_ns;
    return DCAT_OK;
}

// seq, state, hash, edge, slot_root, leaf of the event, transfers.
static dcat_status read_row(exchange_store *store, sqlite3_stmt *row, dcat_error *err)
{
    int64_t seq = sqlite3_column_int64(row, 0);
    merkle tree = {.size = (uint64_t)seq};
    bool fits = column_is(row, 3, tree.edge, sizeof tree.edge) &&
                column_is(row, 4, store->slot_root.byte, MERKLE_BYTES) &&
                column_is(row, 5, store->last.byte, MERKLE_BYTES);
    dcat_error why = {.message = "its row is damaged"};
    dcat_status status = fits ? read_state(store, row, &why) : DCAT_ERR_FORMAT;
    if (status != DCAT_OK) {
        return dcat_fail(err, status, "the snapshot of event %" PRId64 ": %s", seq, why.message);
    }
    store->tree = tree;
    store->snapshot_seq = seq;
    store->snapshot_transfers = sqlite3_column_int64(row, 6);
    return DCAT_OK;
}

dcat_status snapshot_read(exchange_store *store, int64_t seq, bool *found, dcat_error *err)
{
    sqlite3_stmt *statement = NULL;
    *found = false;
    // Of one event, or the last one.
    static const char sql[] =
        "SELECT seq,state,hash,edge,slot_root,leaf,transfers FROM snapshot JOIN event USING(seq) "
        "WHERE ?1=0 OR seq=?1 ORDER BY seq DESC LIMIT 1";
    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        return store_unread(store, err);
    }
    sqlite3_bind_int64(statement, 1, seq);
    int code = sqlite3_step(statement);
    *found = code == SQLITE_ROW;
    dcat_status status = *found                ? read_row(store, statement, err)
                         : code == SQLITE_DONE ? DCAT_OK
                                               : store_unread(store, err);
    sqlite3_finalize(statement);
    return status;
}

// ---- new rules

dcat_status snapshot_begin_rules(exchange_store *store, dcat_error *err)
{
    block b;
    if (!block_make(store, &b)) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a snapshot");
    }
    store->version = RULES_VERSION;
    const setup_chain chain = {.at_ns = store->at_ns, .prev = &store->last, .state = &b.hash};
    dcat_status status = store_begin(store, err);
    if (status == DCAT_OK) {
        status = rows_write_rules(store, &chain, err);
    }
    if (status == DCAT_OK && !write_row(store, &b, true)) {
        status = store_dead(store, "cannot write a snapshot", err);
    }
    free(b.bytes);
    if (status == DCAT_OK) {
        status = exchange_store_commit(store, err);
    }
    if (status == DCAT_OK) {
        store->snapshot_seq = (int64_t)store->tree.size;
    }
    return status;
}

// ---- what was signed of the log: checkpoints, and the roots of its full tiles

exchange_signed exchange_store_signed(const exchange_store *store)
{
    exchange_signed last = {.size = 0};
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(store->db,
                           "SELECT size,slot,root FROM checkpoint ORDER BY size DESC LIMIT 1", -1,
                           &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW && sqlite3_column_bytes(row, 2) == MERKLE_BYTES) {
        last.size = (uint64_t)sqlite3_column_int64(row, 0);
        last.slot = sqlite3_column_int64(row, 1);
        memcpy(last.root.byte, sqlite3_column_blob(row, 2), MERKLE_BYTES);
    }
    sqlite3_finalize(row);
    return last;
}

static bool write_tiles(exchange_store *store, const exchange_signed *signed_)
{
    bool ok = true;
    for (size_t i = 0; ok && i < signed_->tile_count; i++) {
        const exchange_tile *tile = &signed_->tiles[i];
        row_values row = row_begin(store, STATEMENT_TILE);
        row_number(&row, tile->level);
        row_number(&row, (int64_t)tile->index);
        row_bytes(&row, tile->root.byte, MERKLE_BYTES);
        ok = row_write(&row);
    }
    return ok;
}

static bool write_note(exchange_store *store, const exchange_signed *signed_)
{
    row_values key = row_begin(store, STATEMENT_LOG_KEY);
    row_words(&key, signed_->verifier);
    row_number(&key, (int64_t)signed_->size);
    bool ok = row_write(&key);
    row_values row = row_begin(store, STATEMENT_CHECKPOINT);
    row_number(&row, (int64_t)signed_->size);
    row_number(&row, signed_->slot);
    row_bytes(&row, signed_->root.byte, MERKLE_BYTES);
    row_words(&row, signed_->note);
    return row_write(&row) && ok;
}

dcat_status exchange_store_sign(exchange_store *store, const exchange_signed *signed_,
                                dcat_error *err)
{
    if (store->failed) {
        return dcat_fail(err, DCAT_ERR_IO, "the store failed before");
    }
    dcat_status status = store_begin(store, err);
    if (status == DCAT_OK &&
        (!write_tiles(store, signed_) || (signed_->note != NULL && !write_note(store, signed_)))) {
        status = store_dead(store, "cannot write a checkpoint", err);
    }
    return status;
}
