// SPDX-License-Identifier: Apache-2.0
#include "exchange/verify/verify.h"

#include "base/json.h"
#include "exchange/verify/walk.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- files

dcat_status verify_write_file(const char *path, const char *bytes, size_t count, dcat_error *err)
{
    char temporary[4096];
    snprintf(temporary, sizeof temporary, "%s.new", path);
    FILE *file = fopen(temporary, "we");
    bool good = file != NULL && fwrite(bytes, 1, count, file) == count && fflush(file) == 0 &&
                fsync(fileno(file)) == 0;
    good = (file == NULL || fclose(file) == 0) && good;
    if (!good || rename(temporary, path) != 0) {
        int why = errno;
        unlink(temporary);
        return dcat_fail(err, DCAT_ERR_IO, "cannot write %s: %s", path, strerror(why));
    }
    return DCAT_OK;
}

// ---- keys and notes

dcat_status verify_source_keys(verify_source *source, verify_key keys[VERIFY_KEYS], size_t *count,
                               dcat_error *err)
{
    verify_bytes bytes;
    dcat_status status = verify_source_get(source, "key", &bytes, err);
    *count = 0;
    char *rest = bytes.at;
    for (char *line; status == DCAT_OK && (line = strsep(&rest, "\n")) != NULL;) {
        if (line[0] != '\0' && *count < VERIFY_KEYS) {
            status = verify_key_read(line, &keys[(*count)++], err);
        }
    }
    free(bytes.at);
    return status == DCAT_OK && *count == 0
               ? dcat_fail(err, DCAT_ERR_FORMAT, "the log names no key")
               : status;
}

bool verify_note_signed_by(const verify_note *note, const verify_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (keys[i].type == VERIFY_LOG && strcmp(keys[i].name, note->origin) == 0 &&
            verify_note_signed(note, &keys[i])) {
            return true;
        }
    }
    return false;
}

dcat_status verify_note_take(const verify_bytes *bytes, const char *which, const verify_key *keys,
                             size_t key_count, verify_note *note, dcat_error *err)
{
    dcat_error why = {0};
    if (verify_note_read(bytes->at, bytes->count, note, &why) != DCAT_OK) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: %s", which, why.message);
    }
    return verify_note_signed_by(note, keys, key_count)
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT, "%s is not signed by the key of the log", which);
}

// ---- a log

typedef struct papers {
    verify_key keys[VERIFY_KEYS];
    verify_bytes newest, kept;
} papers;

static dcat_status gather(walk *w, papers *p, dcat_error *err)
{
    const verify_options *o = w->options;
    dcat_status status = DCAT_OK;
    w->keys = o->keys;
    w->key_count = o->key_count;
    if (o->key_count == 0) {
        status = verify_source_keys(w->source, p->keys, &w->key_count, err);
        w->keys = p->keys;
        w->result->own_key = true;
    }
    if (status == DCAT_OK) {
        status = verify_source_get(w->source, "checkpoint", &p->newest, err);
    }
    if (status == DCAT_OK) {
        status = verify_note_take(&p->newest, "the newest checkpoint", w->keys, w->key_count,
                                  &w->newest, err);
    }
    if (status == DCAT_OK && o->kept != NULL) {
        status = verify_read_file(o->kept, &p->kept, err);
        if (status == DCAT_ERR_NOT_FOUND) {
            return DCAT_OK; // is made
        }
    }
    return status == DCAT_OK && o->kept != NULL
               ? verify_note_take(&p->kept, "the checkpoint that was kept", w->keys, w->key_count,
                                  &w->kept, err)
               : status;
}

static dcat_status count_cosignatures(walk *w, dcat_error *err)
{
    const verify_options *o = w->options;
    const verify_note *note = w->kept.text != NULL ? &w->kept : &w->newest;
    w->result->cosignatures = verify_note_cosigned(note, o->witnesses, o->witness_count);
    return w->result->cosignatures >= o->cosignatures
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT,
                           "the checkpoint of %" PRIu64 " events has %zu cosignatures of these "
                           "witnesses, not %zu",
                           note->size, w->result->cosignatures, o->cosignatures);
}

static dcat_status run(walk *w, papers *p, dcat_error *err)
{
    dcat_status status = gather(w, p, err);
    if (status == DCAT_OK) {
        status = count_cosignatures(w, err);
    }
    if (status == DCAT_OK) {
        w->result->size = w->newest.size;
        memcpy(w->result->origin, w->newest.origin, sizeof w->result->origin);
        status = walk_all(w, err);
    }
    bool newer = w->kept.text == NULL || w->newest.size > w->kept.size;
    return status == DCAT_OK && w->options->kept != NULL && newer && w->options->cosignatures == 0
               ? verify_write_file(w->options->kept, p->newest.at, p->newest.count, err)
               : status;
}

dcat_status verify_log(const verify_options *options, verify_result *result, dcat_error *err)
{
    *result = (verify_result){0};
    if (sodium_init() < 0) {
        return dcat_fail(err, DCAT_ERR_INTERNAL, "libsodium does not start");
    }
    walk *w = calloc(1, sizeof *w);
    papers *p = calloc(1, sizeof *p);
    dcat_status status =
        w == NULL || p == NULL ? dcat_fail(err, DCAT_ERR_MEMORY, "no memory") : DCAT_OK;
    if (status == DCAT_OK) {
        w->options = options;
        w->result = result;
        status = verify_source_open(options->where, options->ca_file, &w->source, err);
    }
    if (status == DCAT_OK) {
        status = run(w, p, err);
        status = status == DCAT_ERR_NOT_FOUND ? DCAT_ERR_FORMAT : status; // a part of it is gone
        free(p->newest.at);
        free(p->kept.at);
        verify_source_close(w->source);
    }
    free(w);
    free(p);
    return status;
}

// ---- a receipt

static dcat_status bad_receipt(const char *what, dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_FORMAT, "the receipt is wrong: %s", what);
}

static bool read_path(const json_t *json, verify_hash path[VERIFY_PATH_MAX], size_t *count)
{
    *count = json_array_size(json);
    bool good = json_is_array(json) && *count <= VERIFY_PATH_MAX;
    for (size_t i = 0; good && i < *count; i++) {
        const char *digits = json_string_value(json_array_get(json, i));
        size_t bytes = 0;
        good = digits != NULL && strspn(digits, "0123456789abcdef") == 2 * VERIFY_HASH &&
               digits[2 * VERIFY_HASH] == '\0' &&
               sodium_hex2bin(path[i].byte, VERIFY_HASH, digits, 2 * VERIFY_HASH, NULL, &bytes,
                              NULL) == 0 &&
               bytes == VERIFY_HASH;
    }
    return good;
}

// An event's number in quotes, as the exchange writes it; -1: none.
static int64_t digits_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    size_t length = text == NULL ? 0 : strspn(text, "0123456789");
    bool good =
        length > 0 && length <= 18 && text[length] == '\0' && (text[0] != '0' || length == 1);
    return good ? strtoll(text, NULL, 10) : -1;
}

static dcat_status check_receipt(const json_t *json, const verify_key *keys, size_t key_count,
                                 int64_t *seq, uint64_t *size, dcat_error *err)
{
    const char *body = json_string_value(json_object_get(json, "body")),
               *text = json_string_value(json_object_get(json, "checkpoint"));
    verify_hash path[VERIFY_PATH_MAX];
    size_t count = 0;
    *seq = digits_of(json, "seq");
    if (body == NULL || text == NULL || *seq < 1 || digits_of(json, "index") != *seq - 1 ||
        !read_path(json_object_get(json, "path"), path, &count)) {
        return bad_receipt("its seq, index, body, path or checkpoint is none", err);
    }
    const verify_bytes bytes = {.at = (char *)text,
                                .count = json_string_length(json_object_get(json, "checkpoint"))};
    verify_note note;
    dcat_status status = verify_note_take(&bytes, "its checkpoint", keys, key_count, &note, err);
    if (status != DCAT_OK) {
        return status;
    }
    *size = note.size;
    // Size and root are the checkpoint's, whatever else the receipt may say.
    const verify_hash leaf = verify_leaf(body, json_string_length(json_object_get(json, "body")));
    return verify_inclusion(&leaf, (uint64_t)*seq - 1, note.size, path, count, &note.root)
               ? DCAT_OK
               : bad_receipt("its path does not lead to the root of its checkpoint", err);
}

dcat_status verify_receipt(const char *receipt, size_t bytes, const verify_key *keys,
                           size_t key_count, int64_t *seq, uint64_t *size, char **body,
                           dcat_error *err)
{
    json_error_t why;
    json_t *json = json_object_of(receipt, bytes, &why);
    *body = NULL;
    if (json == NULL) {
        return bad_receipt("it is no JSON", err);
    }
    dcat_status status = check_receipt(json, keys, key_count, seq, size, err);
    if (status == DCAT_OK) {
        *body = strdup(json_string_value(json_object_get(json, "body")));
        status = *body == NULL ? dcat_fail(err, DCAT_ERR_MEMORY, "no memory") : DCAT_OK;
    }
    json_decref(json);
    return status;
}
