// SPDX-License-Identifier: Apache-2.0
#include "exchange/log/keeper.h"

#include "exchange/log/hashes.h"
#include "exchange/store/reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    READ_MS = 60000, // a disk may be slow, and nobody waits for this
    CHUNK = 1024,    // events that are read at once, so that the WAL can be brought over between
    STEP = 65536,    // events between two parts of the way
};

struct log_keeper {
    log_key key;
    exchange_reader *reader;
    merkle tree;
    merkle tile[LOG_LEVELS]; // of each level the tile that grows
    exchange_tile *tiles;    // [tile_count] complete since the last call
    size_t tile_count, tile_room;
    int64_t slot; // of the last event
    char note[LOG_NOTE_SIZE];
};

// ---- tiles

static bool add_tile(log_keeper *k, int level, uint64_t index, const merkle_hash *root)
{
    if (k->tile_count == k->tile_room) {
        size_t room = k->tile_room * 2 + 16;
        exchange_tile *larger = realloc(k->tiles, room * sizeof *larger);
        if (larger == NULL) {
            return false;
        }
        k->tiles = larger;
        k->tile_room = room;
    }
    k->tiles[k->tile_count++] = (exchange_tile){.level = level, .index = index, .root = *root};
    return true;
}

static bool add_leaf(log_keeper *k, const merkle_hash *leaf)
{
    merkle_hash hash = *leaf;
    merkle_add(&k->tree, leaf);
    for (int level = 0; level < LOG_LEVELS; level++) {
        merkle *tile = &k->tile[level];
        merkle_add(tile, &hash);
        if (tile->size < LOG_WIDTH) {
            break;
        }
        hash = merkle_root(tile);
        *tile = (merkle){0};
        uint64_t index = (k->tree.size >> (LOG_BITS * (level + 1))) - 1;
        if (!add_tile(k, level, index, &hash)) {
            return false;
        }
    }
    return true;
}

// ---- from what was signed last

// The right edge of the tree of so many events, tile by tile.
static bool begin_at(log_keeper *k, uint64_t size)
{
    sqlite3 *db = exchange_reader_start(k->reader);
    merkle_hash hashes[LOG_WIDTH];
    bool ok = true;
    for (int level = 0; ok && level < LOG_LEVELS; level++) {
        uint64_t end = size >> (LOG_BITS * level);
        size_t width = (size_t)(end % LOG_WIDTH);
        ok = log_hashes(db, level, end - width, width, hashes);
        for (size_t i = 0; ok && i < width; i++) {
            merkle_add(&k->tile[level], &hashes[i]);
        }
        for (int bit = 0; bit < LOG_BITS; bit++) {
            k->tree.edge[LOG_BITS * level + bit] = k->tile[level].edge[bit];
        }
    }
    k->tree.size = size;
    return ok;
}

static dcat_status begin(log_keeper *k, const char *folder, const exchange_store *store,
                         dcat_error *err)
{
    dcat_status status = log_key_open(folder, store, &k->key, err);
    if (status == DCAT_OK) {
        status = exchange_reader_open(folder, READ_MS, &k->reader, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    const exchange_signed last = exchange_store_signed(store);
    if (!begin_at(k, last.size)) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "the tiles of the log cannot be read");
    }
    const merkle_hash root = merkle_root(&k->tree);
    return last.size == 0 || memcmp(&root, &last.root, sizeof root) == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT,
                           "the log does not hold what was signed at size %" PRIu64
                           ": dcat ledger verify says where",
                           last.size);
}

dcat_status log_keeper_create(const char *folder, const exchange_store *store, log_keeper **keeper,
                              dcat_error *err)
{
    log_keeper *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for checkpoints");
    }
    dcat_status status = begin(made, folder, store, err);
    if (status != DCAT_OK) {
        log_keeper_destroy(made);
        return status;
    }
    *keeper = made;
    return DCAT_OK;
}

void log_keeper_destroy(log_keeper *keeper)
{
    if (keeper != NULL) {
        exchange_reader_close(keeper->reader);
        free(keeper->tiles);
        free(keeper);
    }
}

// ---- onwards

// One row: seq, slot, body, leaf.
static dcat_status take_row(log_keeper *k, sqlite3_stmt *row, dcat_error *err)
{
    int64_t seq = sqlite3_column_int64(row, 0);
    const void *body = sqlite3_column_blob(row, 2), *stored = sqlite3_column_blob(row, 3);
    const merkle_hash leaf = merkle_leaf(body, (size_t)sqlite3_column_bytes(row, 2));
    if (seq != (int64_t)k->tree.size + 1 || sqlite3_column_bytes(row, 3) != MERKLE_BYTES ||
        memcmp(&leaf, stored, sizeof leaf) != 0) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "event %" PRId64 ": its leaf is not the hash of its body as it is stored",
                         seq);
    }
    k->slot = sqlite3_column_int64(row, 1);
    return add_leaf(k, &leaf) ? DCAT_OK
                              : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for checkpoints");
}

static dcat_status read_chunk(log_keeper *k, uint64_t until, dcat_error *err)
{
    sqlite3 *db = exchange_reader_start(k->reader);
    sqlite3_stmt *rows = NULL;
    dcat_status status = DCAT_OK;
    int code = sqlite3_prepare_v2(db,
                                  "SELECT seq,slot,body,leaf FROM event WHERE seq>? AND seq<=? "
                                  "ORDER BY seq",
                                  -1, &rows, NULL);
    if (code == SQLITE_OK) {
        sqlite3_bind_int64(rows, 1, (int64_t)k->tree.size);
        sqlite3_bind_int64(rows, 2, (int64_t)until);
        while (status == DCAT_OK && (code = sqlite3_step(rows)) == SQLITE_ROW) {
            status = take_row(k, rows, err);
        }
    }
    if (status == DCAT_OK && (code != SQLITE_DONE || k->tree.size != until)) {
        status = dcat_fail(err, DCAT_ERR_IO, "the log cannot be read: %s", sqlite3_errmsg(db));
    }
    sqlite3_finalize(rows);
    return status;
}

dcat_status log_keeper_sign(log_keeper *keeper, uint64_t size, const merkle_hash *root,
                            exchange_signed *signed_, dcat_error *err)
{
    log_keeper *k = keeper;
    k->tile_count = 0;
    uint64_t until = size - k->tree.size > STEP ? k->tree.size + STEP : size;
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && k->tree.size < until) {
        status = read_chunk(k, until - k->tree.size > CHUNK ? k->tree.size + CHUNK : until, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    const merkle_hash own = merkle_root(&k->tree);
    bool there = k->tree.size == size;
    if (there && memcmp(&own, root, sizeof own) != 0) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "the root of %" PRIu64 " events as they are stored is not the writer's",
                         size);
    }
    if (there && !log_key_note(&k->key, size, &own, k->note)) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "a checkpoint cannot be signed");
    }
    *signed_ = (exchange_signed){.size = k->tree.size,
                                 .slot = k->slot,
                                 .root = own,
                                 .note = there ? k->note : NULL,
                                 .verifier = k->key.verifier,
                                 .tiles = k->tiles,
                                 .tile_count = k->tile_count};
    return DCAT_OK;
}

dcat_status log_keeper_sign_all(log_keeper *keeper, exchange_store *store, dcat_error *err)
{
    uint64_t size = exchange_store_size(store);
    const merkle_hash root = exchange_store_root(store);
    exchange_signed made = {.size = exchange_store_signed(store).size};
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && made.size < size) {
        status = log_keeper_sign(keeper, size, &root, &made, err);
        if (status == DCAT_OK) {
            status = exchange_store_sign(store, &made, err);
        }
    }
    return status == DCAT_OK ? exchange_store_commit(store, err) : status;
}
