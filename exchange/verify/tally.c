// SPDX-License-Identifier: Apache-2.0
// One event after another: time, lots, who came, what was asked.
#include "exchange/verify/tally.h"

#include "exchange/verify/schema.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

dcat_status tally_wrong(const tally *b, dcat_error *err, const char *format, ...)
{
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return dcat_fail(err, DCAT_ERR_FORMAT, "event %" PRId64 ": %s", b->seq, text);
}

dcat_status tally_no_memory(dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the tally");
}

int64_t tally_item(const json_t *array, size_t index)
{
    return json_integer_value(json_array_get(array, index));
}

const char *tally_words(const json_t *array, size_t index)
{
    const char *words = json_string_value(json_array_get(array, index));
    return words == NULL ? "" : words;
}

tally_task *tally_task_of(const tally *b, int64_t id)
{
    return id >= 1 && (size_t)id <= b->task_count ? &b->tasks[id - 1] : NULL;
}

void tally_begin(tally *b)
{
    *b = (tally){.mode = "starting", .slot = -1};
}

void tally_end(tally *b)
{
    map_free(&b->accounts);
    map_free(&b->clients);
    map_free(&b->nonces);
    map_free(&b->payouts);
    free(b->team);
    free(b->tasks);
    free(b->servers);
    *b = (tally){0};
}

bool tally_room(void **array, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return true;
    }
    size_t larger = *room * 2 + 64;
    void *made = realloc(*array, larger * size);
    if (made != NULL) {
        *array = made;
        *room = larger;
    }
    return made != NULL;
}

// ---- kinds of events

static int64_t field(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static const char *words(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

static dcat_status take_rules(tally *b, const json_t *body, dcat_error *err)
{
    b->slot_ns = field(json_object_get(body, "config"), "slot_ns");
    b->version = field(body, "version");
    b->seeds_given = field(body, "seeds_given") != 0;
    return b->slot_ns > 0 ? DCAT_OK : tally_wrong(b, err, "its rules have no slots");
}

static dcat_status take_party(tally *b, const json_t *body, dcat_error *err)
{
    return field(body, "id") == b->party_count++
               ? DCAT_OK
               : tally_wrong(b, err, "parties are numbered in order, it makes %" PRId64,
                             field(body, "id"));
}

static dcat_status take_server(tally *b, const json_t *body, dcat_error *err)
{
    int64_t party = field(body, "actor");
    if (field(body, "id") != (int64_t)b->server_count || party < 0 || party >= b->party_count) {
        return tally_wrong(b, err, "it registers server %" PRId64 " of party %" PRId64,
                           field(body, "id"), party);
    }
    if (!tally_room((void **)&b->servers, b->server_count, &b->server_room, sizeof *b->servers)) {
        return tally_no_memory(err);
    }
    b->servers[b->server_count++] = (tally_server){.party = party, .state = "-"};
    return DCAT_OK;
}

// I16: nonces grow. Those of each pool by themselves.
static dcat_status take_ask(tally *b, const json_t *data, dcat_error *err)
{
    int64_t server = field(data, "server");
    const char *pool = words(data, "pool");
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)pool, strlen(pool));
    map_key key = {.low = (uint64_t)server};
    memcpy(&key.high, hash, sizeof key.high);
    int64_t *last = map_at(&b->nonces, key, NULL);
    if (last == NULL) {
        return tally_no_memory(err);
    }
    if (server < 0 || (size_t)server >= b->server_count || field(data, "nonce") <= *last) {
        return tally_wrong(b, err, "I16: its nonce %" PRId64 " is not above %" PRId64,
                           field(data, "nonce"), *last);
    }
    *last = field(data, "nonce");
    return DCAT_OK;
}

// I15: one client's id is one task.
static dcat_status take_task(tally *b, const json_t *body, const json_t *data, dcat_error *err)
{
    int64_t party = field(body, "actor"), work = field(data, "work_cycles");
    const char *client = words(data, "client");
    unsigned char id[16];
    size_t bytes = 0;
    if (sodium_hex2bin(id, sizeof id, client, strlen(client), NULL, &bytes, NULL) != 0 ||
        bytes != sizeof id || party < 0 || party >= b->party_count || work <= 0) {
        return tally_wrong(b, err, "it submits no task");
    }
    if (field(body, "id") != (int64_t)b->task_count + 1) {
        return tally_wrong(b, err, "tasks are numbered in order, it makes %" PRId64,
                           field(body, "id"));
    }
    map_key key;
    memcpy(&key, id, sizeof key);
    key.high ^= (uint64_t)party << 40; // ids of clients are random
    bool fresh = false;
    int64_t *task = map_at(&b->clients, key, &fresh);
    if (task == NULL ||
        !tally_room((void **)&b->tasks, b->task_count, &b->task_room, sizeof *b->tasks)) {
        return tally_no_memory(err);
    }
    if (!fresh) {
        return tally_wrong(b, err, "I15: its client's id is that of task %" PRId64, *task);
    }
    b->tasks[b->task_count++] = (tally_task){.party = party, .work = work, .state = "-"};
    *task = (int64_t)b->task_count;
    return DCAT_OK;
}

// Nobody chooses lots: the seed is of the root after the slot before and the slot's number.
static dcat_status take_slot(tally *b, const json_t *body, const json_t *data,
                             const verify_tree *tree, dcat_error *err)
{
    const verify_hash root = verify_tree_root(tree);
    int64_t number = field(data, "number");
    char digits[2 * VERIFY_HASH + 1], seed[17];
    sodium_bin2hex(digits, sizeof digits, root.byte, VERIFY_HASH);
    if (number <= b->slot) {
        return tally_wrong(b, err, "slot %" PRId64 " comes after slot %" PRId64, number, b->slot);
    }
    if (strcmp(words(body, "root"), digits) != 0) {
        return tally_wrong(b, err, "I13: its root is not that of the events before it");
    }
    unsigned char input[VERIFY_HASH + 8], hash[crypto_hash_sha256_BYTES];
    memcpy(input, b->slot_root.byte, VERIFY_HASH);
    for (int i = 0; i < 8; i++) {
        input[VERIFY_HASH + i] = (unsigned char)((uint64_t)number >> (8 * i));
    }
    crypto_hash_sha256(hash, input, sizeof input);
    uint64_t lots = 0;
    for (int i = 7; i >= 0; i--) {
        lots = lots << 8 | hash[i];
    }
    snprintf(seed, sizeof seed, "%016" PRIx64, lots);
    if (!b->seeds_given && strcmp(words(data, "seed"), seed) != 0) {
        return tally_wrong(b, err, "its lots are not those of the root before");
    }
    b->slot = number;
    return DCAT_OK;
}

static dcat_status take_kind(tally *b, const json_t *body, const verify_tree *tree, dcat_error *err)
{
    const char *kind = words(body, "kind");
    const json_t *data = json_object_get(body, "data");
    b->is_slot = strcmp(kind, "slot") == 0;
    b->is_rules = strcmp(kind, "rules") == 0;
    if (b->is_rules) {
        return take_rules(b, body, err);
    }
    if (strcmp(kind, "party") == 0) {
        return take_party(b, body, err);
    }
    if (strcmp(kind, "register") == 0) {
        return take_server(b, body, err);
    }
    if (strcmp(kind, "ask") == 0) {
        return take_ask(b, data, err);
    }
    if (strcmp(kind, "submit") == 0) {
        return take_task(b, body, data, err);
    }
    return b->is_slot ? take_slot(b, body, data, tree, err) : DCAT_OK;
}

dcat_status tally_take(tally *b, int64_t seq, const json_t *body, const verify_tree *tree,
                       dcat_error *err)
{
    b->seq = seq;
    const json_t *at = json_object_get(body, "at_ns");
    if (!json_is_integer(at) || json_integer_value(at) < b->at_ns ||
        !json_is_string(json_object_get(body, "kind"))) {
        return tally_wrong(b, err, "its time or its kind is none");
    }
    b->at_ns = json_integer_value(at);
    if (seq == 1 && strcmp(words(body, "kind"), "rules") != 0) {
        return tally_wrong(b, err, "a log begins with its rules");
    }
    dcat_status status = take_kind(b, body, tree, err);
    if (status == DCAT_OK) {
        status = tally_take_steps(b, json_object_get(body, "steps"), err);
    }
    if (status == DCAT_OK) {
        status = tally_take_awards(b, json_object_get(body, "awards"), err);
    }
    if (status == DCAT_OK) {
        status = tally_take_legs(b, json_object_get(body, "legs"), err);
    }
    return status == DCAT_OK ? tally_look_at_steps(b, json_object_get(body, "steps"), err) : status;
}
