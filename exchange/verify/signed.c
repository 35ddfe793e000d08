// SPDX-License-Identifier: Apache-2.0
#include "exchange/verify/signed.h"

#include "exchange/verify/verify.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

static void next_note(signed_rows *s)
{
    s->more_notes = sqlite3_step(s->notes) == SQLITE_ROW;
}

static void next_snapshot(signed_rows *s)
{
    s->more_snapshots = sqlite3_step(s->snapshots) == SQLITE_ROW;
}

dcat_status signed_begin(signed_rows *s, sqlite3 *db, const verify_key *keys, size_t key_count,
                         dcat_error *err)
{
    *s = (signed_rows){.db = db, .keys = keys, .key_count = key_count};
    bool good =
        sqlite3_prepare_v2(db, "SELECT size,slot,root,note FROM checkpoint ORDER BY size", -1,
                           &s->notes, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db,
                           "SELECT seq,stays,state,hash,edge,slot_root,transfers,version FROM "
                           "snapshot ORDER BY seq",
                           -1, &s->snapshots, NULL) == SQLITE_OK;
    if (!good) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "the log has other tables: %s", sqlite3_errmsg(db));
    }
    next_note(s);
    next_snapshot(s);
    return DCAT_OK;
}

void signed_end(signed_rows *s)
{
    sqlite3_finalize(s->notes);
    sqlite3_finalize(s->snapshots);
    *s = (signed_rows){0};
}

static bool is_blob(sqlite3_stmt *row, int column, const void *bytes, size_t count)
{
    return sqlite3_column_bytes(row, column) == (int)count &&
           memcmp(sqlite3_column_blob(row, column), bytes, count) == 0;
}

static dcat_status take_note(signed_rows *s, const tally *b, const verify_tree *tree,
                             dcat_error *err)
{
    const char *text = (const char *)sqlite3_column_text(s->notes, 3);
    const verify_hash root = verify_tree_root(tree);
    verify_note note;
    dcat_error why = {0};
    if (text == NULL || verify_note_read(text, strlen(text), &note, &why) != DCAT_OK) {
        return tally_wrong(b, err, "its checkpoint cannot be read: %s", why.message);
    }
    if (note.size != tree->size || !verify_same(&note.root, &root) ||
        !is_blob(s->notes, 2, root.byte, VERIFY_HASH)) {
        return tally_wrong(b, err, "its checkpoint has another root or size than the events");
    }
    if (sqlite3_column_int64(s->notes, 1) != b->at_ns / b->slot_ns) {
        return tally_wrong(b, err, "its checkpoint is of another slot");
    }
    if (!verify_note_signed_by(&note, s->keys, s->key_count)) {
        return tally_wrong(b, err, "its checkpoint is not signed by the key of the log");
    }
    s->notes_seen++;
    next_note(s);
    return DCAT_OK;
}

// Of the tree's edge, the roots of complete subtrees by their heights, and nothing else.
static bool edge_is_right(sqlite3_stmt *row, const verify_tree *tree)
{
    verify_hash edge[64] = {{{0}}};
    for (int i = 0; i < tree->depth; i++) {
        edge[tree->height[i]] = tree->stack[i];
    }
    return is_blob(row, 4, edge, sizeof edge);
}

static dcat_status take_snapshot(signed_rows *s, const tally *b, const verify_tree *tree,
                                 bool rules, dcat_error *err)
{
    unsigned char hash[VERIFY_HASH];
    const void *state = sqlite3_column_blob(s->snapshots, 2);
    crypto_hash_sha256(hash, state == NULL ? "" : state,
                       (unsigned long long)sqlite3_column_bytes(s->snapshots, 2));
    bool same = is_blob(s->snapshots, 3, hash, sizeof hash) && edge_is_right(s->snapshots, tree) &&
                is_blob(s->snapshots, 5, b->slot_root.byte, VERIFY_HASH) &&
                sqlite3_column_int64(s->snapshots, 6) == b->transfers &&
                sqlite3_column_int64(s->snapshots, 7) == b->version &&
                sqlite3_column_int64(s->snapshots, 1) == rules;
    next_snapshot(s);
    return same ? DCAT_OK : tally_wrong(b, err, "its snapshot says something else than the events");
}

dcat_status signed_take(signed_rows *s, const tally *b, const verify_tree *tree, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    if (s->more_notes && sqlite3_column_int64(s->notes, 0) <= b->seq) {
        status = take_note(s, b, tree, err);
    }
    if (status == DCAT_OK && s->more_snapshots && sqlite3_column_int64(s->snapshots, 0) <= b->seq) {
        status = take_snapshot(s, b, tree, b->is_rules, err);
    }
    return status;
}

// I14: an answer that is kept stands with its event, and is of a party that there is.
static dcat_status check_answers(signed_rows *s, const tally *b, dcat_error *err)
{
    sqlite3_stmt *row = NULL;
    int64_t seq = -1;
    if (sqlite3_prepare_v2(
            s->db,
            "SELECT coalesce(min(i.seq),0) FROM idempotency i LEFT JOIN event e USING(seq) "
            "WHERE e.at_ns IS NOT i.at_ns OR i.party<0 OR i.party>=?",
            -1, &row, NULL) == SQLITE_OK) {
        sqlite3_bind_int64(row, 1, b->party_count);
        seq = sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int64(row, 0) : -1;
    }
    sqlite3_finalize(row);
    return seq == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT,
                           "table idempotency: the answer of event %" PRId64 " is not of it", seq);
}

// The keys that are named are those that signed, each from a checkpoint on.
static dcat_status check_keys(signed_rows *s, dcat_error *err)
{
    sqlite3_stmt *row = NULL;
    int64_t keys = -1, wrong = -1;
    if (sqlite3_prepare_v2(s->db,
                           "SELECT count(*),sum(from_size NOT IN(SELECT size FROM checkpoint)) "
                           "FROM log_key",
                           -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW) {
        keys = sqlite3_column_int64(row, 0);
        wrong = sqlite3_column_int64(row, 1);
    }
    sqlite3_finalize(row);
    return keys > 0 && wrong == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT, "table log_key: a key signed nothing");
}

dcat_status signed_finish(signed_rows *s, const tally *b, dcat_error *err)
{
    if (s->more_notes || s->more_snapshots) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "event %" PRId64 ": it is missing, though a %s of it is there", b->seq + 1,
                         s->more_notes ? "checkpoint" : "snapshot");
    }
    dcat_status status = check_answers(s, b, err);
    return status == DCAT_OK ? check_keys(s, err) : status;
}
