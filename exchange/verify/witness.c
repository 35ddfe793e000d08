// SPDX-License-Identifier: Apache-2.0
#include "exchange/verify/witness.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

typedef struct scene {
    const verify_witness_options *options;
    verify_source *source;
    verify_key keys[VERIFY_KEYS];
    size_t key_count;
    verify_bytes newest_bytes, note_bytes, state_bytes;
    verify_note newest, note, state; // note: that is to be cosigned; state.text NULL: none
    dcat_error *err;
} scene;

// ---- proofs out of tiles

// 2^height leaves from `first` on, from the tile that has their hashes or a part of it.
static bool subtree(void *user, int height, uint64_t first, verify_hash *root)
{
    scene *s = user;
    int level = height / VERIFY_BITS;
    uint64_t count = UINT64_C(1) << height % VERIFY_BITS, at = first >> (VERIFY_BITS * level),
             all = s->newest.size >> (VERIFY_BITS * level), index = at / VERIFY_TILE,
             width = all - index * VERIFY_TILE;
    char what[16], name[VERIFY_NAME_SIZE];
    verify_bytes bytes;
    snprintf(what, sizeof what, "tile/%d", level);
    width = width < VERIFY_TILE ? width : VERIFY_TILE;
    verify_place(what, index, width, name);
    if (verify_source_get(s->source, name, &bytes, s->err) != DCAT_OK) {
        return false;
    }
    bool whole = bytes.count == width * VERIFY_HASH && at % VERIFY_TILE + count <= width;
    verify_tree tree = {.size = 0};
    for (uint64_t i = 0; whole && i < count; i++) {
        verify_hash hash;
        memcpy(hash.byte, &bytes.at[(at % VERIFY_TILE + i) * VERIFY_HASH], VERIFY_HASH);
        verify_tree_add(&tree, &hash);
    }
    *root = verify_tree_root(&tree);
    free(bytes.at);
    if (!whole) {
        dcat_fail(s->err, DCAT_ERR_FORMAT, "%s has %zu bytes", name, bytes.count);
    }
    return whole;
}

// Both are the same log, the second one grown longer.
static dcat_status grows(scene *s, const verify_note *from, const verify_note *to)
{
    if (from->size > to->size) {
        return dcat_fail(s->err, DCAT_ERR_FORMAT,
                         "the checkpoint has %" PRIu64
                         " events, one that was cosigned has %" PRIu64,
                         to->size, from->size);
    }
    verify_hash path[VERIFY_PATH_MAX];
    int count = from->size == to->size
                    ? 0
                    : verify_consistency_path(from->size, to->size, subtree, s, path);
    if (count < 0) {
        return s->err->message[0] != '\0' ? DCAT_ERR_FORMAT
                                          : dcat_fail(s->err, DCAT_ERR_FORMAT, "there is no proof");
    }
    return verify_consistency(from->size, &from->root, to->size, &to->root, path, (size_t)count)
               ? DCAT_OK
               : dcat_fail(s->err, DCAT_ERR_FORMAT,
                           "the log of %" PRIu64 " events is not that of %" PRIu64
                           " events grown longer: keep both checkpoints, they prove it",
                           to->size, from->size);
}

// ---- cosigning

static dcat_status read_note(scene *s, const verify_bytes *bytes, const char *which,
                             verify_note *note)
{
    return verify_note_take(bytes, which, s->keys, s->key_count, note, s->err);
}

static dcat_status gather(scene *s)
{
    const verify_witness_options *o = s->options;
    dcat_status status = DCAT_OK;
    s->key_count = o->key_count < VERIFY_KEYS ? o->key_count : VERIFY_KEYS;
    if (s->key_count == 0) {
        status = verify_source_keys(s->source, s->keys, &s->key_count, s->err);
    } else {
        memcpy(s->keys, o->keys, s->key_count * sizeof *s->keys);
    }
    if (status == DCAT_OK) {
        status = verify_source_get(s->source, "checkpoint", &s->newest_bytes, s->err);
    }
    if (status == DCAT_OK) {
        status = read_note(s, &s->newest_bytes, "the newest checkpoint", &s->newest);
    }
    s->note = s->newest;
    if (status == DCAT_OK && o->in != NULL) {
        status = verify_read_file(o->in, &s->note_bytes, s->err);
        if (status == DCAT_OK) {
            status = read_note(s, &s->note_bytes, o->in, &s->note);
        }
    }
    if (status == DCAT_OK) {
        dcat_error none = {0};
        status = verify_read_file(o->state, &s->state_bytes, &none);
        if (status == DCAT_ERR_NOT_FOUND) {
            return DCAT_OK;
        }
        *s->err = none;
    }
    return status == DCAT_OK ? read_note(s, &s->state_bytes, o->state, &s->state) : status;
}

static dcat_status cosign(scene *s)
{
    const verify_witness_options *o = s->options;
    char line[VERIFY_KEY_TEXT];
    size_t length = verify_cosign(&s->note, &o->own, o->secret, o->unix_s, line);
    char *text = malloc(s->note.bytes + length + 1);
    if (text == NULL || length == 0) {
        free(text);
        return dcat_fail(s->err, DCAT_ERR_MEMORY, "no memory for a cosignature");
    }
    memcpy(text, s->note.text, s->note.bytes);
    memcpy(&text[s->note.bytes], line, length);
    // What is remembered first can never be denied by a crash between the two.
    dcat_status status = verify_write_file(o->state, text, s->note.bytes + length, s->err);
    if (status == DCAT_OK && o->out != NULL) {
        status = verify_write_file(o->out, text, s->note.bytes + length, s->err);
    }
    free(text);
    return status;
}

static dcat_status run(scene *s)
{
    dcat_status status = gather(s);
    if (status == DCAT_OK && s->state.text != NULL) {
        status = grows(s, &s->state, &s->note);
    }
    if (status == DCAT_OK && s->note.text != s->newest.text) { // the log still has it
        status = grows(s, &s->note, &s->newest);
    }
    return status == DCAT_OK ? cosign(s) : status;
}

dcat_status verify_witness(const verify_witness_options *options, uint64_t *size, dcat_error *err)
{
    if (sodium_init() < 0) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "libsodium does not start");
    }
    scene *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a witness");
    }
    s->options = options;
    s->err = err;
    dcat_status status = verify_source_open(options->where, options->ca_file, &s->source, err);
    if (status == DCAT_OK) {
        status = run(s);
    }
    *size = s->note.size;
    free(s->newest_bytes.at);
    free(s->note_bytes.at);
    free(s->state_bytes.at);
    verify_source_close(s->source);
    free(s);
    return status;
}
