// SPDX-License-Identifier: Apache-2.0
// A log as files: what its resources are, under their names.
#include "exchange/verify/witness.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct copying {
    verify_source *source;
    const char *folder;
    verify_bytes checkpoint, keys;
    verify_note note;
    verify_hash level[VERIFY_LEVELS][VERIFY_TILE];
    uint64_t width[VERIFY_LEVELS];
    verify_tree tree;
    char *lines; // of the entries that wait, [line_bytes]
    size_t line_bytes, line_room;
} copying;

// A file under the folder, with the folders on its way.
static dcat_status put(const copying *c, const char *name, const char *bytes, size_t count,
                       dcat_error *err)
{
    char path[4096];
    size_t root = (size_t)snprintf(path, sizeof path, "%s/", c->folder);
    snprintf(&path[root], sizeof path - root, "%s", name);
    for (char *at = &path[root]; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            return dcat_fail(err, DCAT_ERR_IO, "cannot make %s: %s", path, strerror(errno));
        }
        *at = '/';
    }
    FILE *file = fopen(path, "we");
    bool good = file != NULL && fwrite(bytes, 1, count, file) == count;
    good = (file == NULL || fclose(file) == 0) && good;
    return good ? DCAT_OK
                : dcat_fail(err, DCAT_ERR_IO, "cannot write %s: %s", path, strerror(errno));
}

static dcat_status put_tile(copying *c, int level, uint64_t index, dcat_error *err)
{
    char what[16], name[VERIFY_NAME_SIZE];
    snprintf(what, sizeof what, "tile/%d", level);
    verify_place(what, index, c->width[level], name);
    return put(c, name, (const char *)c->level[level], c->width[level] * VERIFY_HASH, err);
}

static dcat_status put_entries(copying *c, dcat_error *err)
{
    char name[VERIFY_NAME_SIZE];
    verify_place("entries", (c->tree.size - 1) / VERIFY_TILE, (c->tree.size - 1) % VERIFY_TILE + 1,
                 name);
    dcat_status status = put(c, name, c->lines, c->line_bytes, err);
    c->line_bytes = 0;
    return status;
}

static dcat_status add_leaf(copying *c, const verify_hash *leaf, dcat_error *err)
{
    verify_hash hash = *leaf;
    dcat_status status = DCAT_OK;
    verify_tree_add(&c->tree, leaf);
    for (int level = 0; status == DCAT_OK && level < VERIFY_LEVELS; level++) {
        c->level[level][c->width[level]++] = hash;
        if (c->width[level] < VERIFY_TILE) {
            break;
        }
        hash = verify_tile_root(c->level[level]);
        status = put_tile(c, level, (c->tree.size >> (VERIFY_BITS * (level + 1))) - 1, err);
        c->width[level] = 0;
    }
    return status;
}

static dcat_status add_entry(copying *c, const verify_entry *entry, dcat_error *err)
{
    size_t needed = c->line_bytes + entry->body_bytes + 1;
    if (needed > c->line_room) {
        char *larger = realloc(c->lines, 2 * needed);
        if (larger == NULL) {
            return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for entries");
        }
        c->lines = larger;
        c->line_room = 2 * needed;
    }
    memcpy(&c->lines[c->line_bytes], entry->body, entry->body_bytes);
    c->lines[needed - 1] = '\n';
    c->line_bytes = needed;
    const verify_hash leaf = verify_leaf(entry->body, entry->body_bytes);
    dcat_status status = add_leaf(c, &leaf, err);
    return status == DCAT_OK && c->tree.size % VERIFY_TILE == 0 ? put_entries(c, err) : status;
}

static dcat_status copy_entries(copying *c, dcat_error *err)
{
    verify_reading reading = {.source = c->source, .size = c->note.size};
    verify_entry entry;
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && c->tree.size < c->note.size) {
        status = verify_next(&reading, &entry, err);
        if (status == DCAT_OK && entry.seq == 0) {
            status = dcat_fail(err, DCAT_ERR_FORMAT, "event %" PRIu64 ": it is missing",
                               c->tree.size + 1);
        }
        if (status == DCAT_OK) {
            status = add_entry(c, &entry, err);
        }
    }
    verify_reading_end(&reading);
    const verify_hash root = verify_tree_root(&c->tree);
    return status == DCAT_OK && !verify_same(&root, &c->note.root)
               ? dcat_fail(err, DCAT_ERR_FORMAT,
                           "the events do not lead to the checkpoint's root: "
                           "dcat ledger verify says where")
               : status;
}

static dcat_status copy_rest(copying *c, dcat_error *err)
{
    dcat_status status = c->line_bytes > 0 ? put_entries(c, err) : DCAT_OK;
    for (int level = 0; status == DCAT_OK && level < VERIFY_LEVELS; level++) {
        if (c->width[level] > 0) {
            status = put_tile(c, level, c->tree.size >> (VERIFY_BITS * (level + 1)), err);
        }
    }
    if (status == DCAT_OK) {
        status = put(c, "key", c->keys.at, c->keys.count, err);
    }
    return status == DCAT_OK ? put(c, "checkpoint", c->checkpoint.at, c->checkpoint.count, err)
                             : status;
}

static dcat_status copy(copying *c, dcat_error *err)
{
    dcat_status status = verify_source_get(c->source, "checkpoint", &c->checkpoint, err);
    if (status == DCAT_OK) {
        status = verify_note_read(c->checkpoint.at, c->checkpoint.count, &c->note, err);
    }
    if (status == DCAT_OK) {
        status = verify_source_get(c->source, "key", &c->keys, err);
    }
    if (status == DCAT_OK && mkdir(c->folder, 0777) != 0) {
        status = dcat_fail(err, errno == EEXIST ? DCAT_ERR_EXISTS : DCAT_ERR_IO,
                           "cannot make %s: %s", c->folder, strerror(errno));
    }
    if (status == DCAT_OK) {
        status = copy_entries(c, err);
    }
    return status == DCAT_OK ? copy_rest(c, err) : status; // the checkpoint last
}

dcat_status verify_export(const char *where, const char *ca_file, const char *folder,
                          uint64_t *events, dcat_error *err)
{
    copying *c = calloc(1, sizeof *c);
    if (c == NULL || sodium_init() < 0) {
        free(c);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a copy");
    }
    c->folder = folder;
    dcat_status status = verify_source_open(where, ca_file, &c->source, err);
    if (status == DCAT_OK) {
        status = copy(c, err);
    }
    *events = c->tree.size;
    free(c->checkpoint.at);
    free(c->keys.at);
    free(c->lines);
    verify_source_close(c->source);
    free(c);
    return status;
}
