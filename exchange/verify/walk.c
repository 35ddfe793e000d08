// SPDX-License-Identifier: Apache-2.0
#include "exchange/verify/walk.h"

#include "base/json.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

// ---- tiles

// A tile that others show must have these hashes.
static dcat_status compare_tile(walk *w, int level, uint64_t index, uint64_t width, dcat_error *err)
{
    char what[16], name[VERIFY_NAME_SIZE];
    snprintf(what, sizeof what, "tile/%d", level);
    verify_place(what, index, width, name);
    verify_bytes bytes;
    dcat_status status = verify_source_get(w->source, name, &bytes, err);
    if (status != DCAT_OK) {
        return status;
    }
    bool same =
        bytes.count == width * VERIFY_HASH && memcmp(bytes.at, w->level[level], bytes.count) == 0;
    free(bytes.at);
    return same ? DCAT_OK
                : dcat_fail(err, DCAT_ERR_FORMAT, "%s: it has other hashes than the events", name);
}

static dcat_status add_to_tiles(walk *w, const verify_hash *leaf, dcat_error *err)
{
    verify_hash hash = *leaf;
    bool data = verify_source_db(w->source) != NULL;
    for (int level = 0; level < VERIFY_LEVELS; level++) {
        w->level[level][w->width[level]++] = hash;
        if (w->width[level] < VERIFY_TILE) {
            break;
        }
        uint64_t index = (w->tree.size >> (VERIFY_BITS * (level + 1))) - 1;
        hash = verify_tile_root(w->level[level]);
        dcat_status status = data
                                 ? tables_take_tile(&w->tables, &w->tally, level, index, &hash, err)
                                 : compare_tile(w, level, index, VERIFY_TILE, err);
        if (status != DCAT_OK) {
            return status;
        }
        w->width[level] = 0;
    }
    return DCAT_OK;
}

static dcat_status compare_last_tiles(walk *w, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (int level = 0; status == DCAT_OK && level < VERIFY_LEVELS; level++) {
        if (w->width[level] > 0) {
            status = compare_tile(w, level, w->tree.size >> (VERIFY_BITS * (level + 1)),
                                  w->width[level], err);
        }
    }
    return status;
}

// ---- one event

static bool follows(const walk *w, const json_t *body)
{
    char digits[2 * VERIFY_HASH + 1];
    const char *prev = json_string_value(json_object_get(body, "prev"));
    sodium_bin2hex(digits, sizeof digits, w->last.byte, VERIFY_HASH);
    return w->tree.size == 0 ? prev == NULL : prev != NULL && strcmp(prev, digits) == 0;
}

static dcat_status compare_note(const walk *w, const verify_note *note, const char *whose,
                                dcat_error *err)
{
    if (note->text == NULL || note->size != w->tree.size) {
        return DCAT_OK;
    }
    const verify_hash root = verify_tree_root(&w->tree);
    return verify_same(&root, &note->root)
               ? DCAT_OK
               : tally_wrong(&w->tally, err, "up to it the log is not that of %s", whose);
}

static dcat_status take_body(walk *w, const verify_entry *entry, const json_t *body,
                             dcat_error *err)
{
    const verify_hash leaf = verify_leaf(entry->body, entry->body_bytes);
    w->tally.seq = entry->seq;
    if (!follows(w, body)) {
        return tally_wrong(&w->tally, err, "I13: it does not follow the event before");
    }
    dcat_status status = tally_take(&w->tally, entry->seq, body, &w->tree, err);
    if (status == DCAT_OK && entry->row != NULL) {
        status = tables_take(&w->tables, &w->tally, entry, body, &leaf, err);
    }
    w->last = leaf;
    verify_tree_add(&w->tree, &leaf);
    if (w->tally.is_slot || w->tree.size == 1) {
        w->tally.slot_root = verify_tree_root(&w->tree);
    }
    return status == DCAT_OK ? add_to_tiles(w, &leaf, err) : status;
}

static dcat_status take(walk *w, const verify_entry *entry, dcat_error *err)
{
    json_error_t why;
    json_t *body = json_object_of(entry->body, entry->body_bytes, &why);
    if (body == NULL) {
        return dcat_fail(err, why.text[0] == '\0' ? DCAT_ERR_MEMORY : DCAT_ERR_FORMAT,
                         "event %" PRId64 ": its body is no JSON: %s", entry->seq, why.text);
    }
    dcat_status status = take_body(w, entry, body, err);
    json_decref(body);
    if (status == DCAT_OK) {
        status = compare_note(w, &w->kept, "the checkpoint that was kept", err);
    }
    if (status == DCAT_OK) {
        status = compare_note(w, &w->newest, "its newest checkpoint", err);
    }
    return status == DCAT_OK && entry->row != NULL
               ? signed_take(&w->signed_, &w->tally, &w->tree, err)
               : status;
}

// ---- all

static dcat_status finish(walk *w, dcat_error *err)
{
    bool data = verify_source_db(w->source) != NULL;
    if (w->newest.size > w->tree.size) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "event %" PRIu64 ": it is missing; the newest checkpoint has %" PRIu64,
                         w->tree.size + 1, w->newest.size);
    }
    if (w->kept.text != NULL && w->kept.size > w->tree.size) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "event %" PRIu64
                         ": it is missing; the checkpoint that was kept has %" PRIu64,
                         w->tree.size + 1, w->kept.size);
    }
    dcat_status status =
        data ? signed_finish(&w->signed_, &w->tally, err) : compare_last_tiles(w, err);
    return status == DCAT_OK && data ? tables_finish(&w->tables, &w->tally, err) : status;
}

static dcat_status begin(walk *w, dcat_error *err)
{
    sqlite3 *db = verify_source_db(w->source);
    tally_begin(&w->tally);
    dcat_status status = db == NULL ? DCAT_OK : tables_begin(&w->tables, db, err);
    return status == DCAT_OK && db != NULL
               ? signed_begin(&w->signed_, db, w->keys, w->key_count, err)
               : status;
}

dcat_status walk_all(walk *w, dcat_error *err)
{
    verify_reading reading = {.source = w->source, .size = w->newest.size};
    verify_entry entry = {.seq = 1};
    dcat_status status = begin(w, err);
    while (status == DCAT_OK && entry.seq != 0) {
        status = verify_next(&reading, &entry, err);
        if (status == DCAT_OK && entry.seq != 0) {
            status = take(w, &entry, err);
        }
        if (w->options->progress != NULL && entry.seq % 4096 == 1) {
            w->options->progress(w->options->user, w->tree.size, w->newest.size);
        }
    }
    verify_reading_end(&reading);
    if (status == DCAT_OK) {
        status = finish(w, err);
    }
    w->result->events = w->tree.size;
    w->result->root = verify_tree_root(&w->tree);
    w->result->tasks = (int64_t)w->tally.task_count;
    w->result->awards = w->tally.awards;
    w->result->transfers = w->tally.transfers;
    w->result->checkpoints = w->signed_.db != NULL ? w->signed_.notes_seen : 1;
    tally_end(&w->tally);
    if (verify_source_db(w->source) != NULL) {
        tables_end(&w->tables);
        signed_end(&w->signed_);
    }
    return status;
}
