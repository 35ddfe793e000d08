// SPDX-License-Identifier: Apache-2.0
// The block, its lists and its two indices.
#include "exchange/core/object.h"

#include "base/arena.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

static void layout(arena *a, exchange *x)
{
    const exchange_config *config = &x->config;
    size_t server_max = (size_t)config->server_max;
    x->balance = ARENA_ARRAY(a, dcat_money, ACCOUNT_PLATFORM_COUNT + 2 * (size_t)config->party_max);
    x->parties = ARENA_ARRAY(a, party_record, config->party_max);
    x->keys = ARENA_ARRAY(a, key_record, config->key_max);
    x->servers = ARENA_ARRAY(a, server_record, server_max);
    x->tasks = ARENA_ARRAY(a, task_record, config->task_max);
    x->parts = ARENA_ARRAY(a, part_record, config->part_max);
    x->bucket_id = ARENA_ARRAY(a, int32_t, (size_t)x->bucket_mask + 1);
    x->bucket_client = ARENA_ARRAY(a, int32_t, (size_t)x->bucket_mask + 1);
    x->team = ARENA_ARRAY(a, int32_t, server_max);
    x->weights = ARENA_ARRAY(a, uint64_t, server_max);
    x->loads = ARENA_ARRAY(a, int64_t, server_max);
    x->shares = ARENA_ARRAY(a, dcat_money, server_max);
    x->locked = ARENA_ARRAY(a, dcat_money, config->party_max);
    x->payouts = ARENA_ARRAY(a, payout_record, config->payout_max);
    x->vouchers = ARENA_ARRAY(a, voucher_record, config->party_max);
    x->speeds = ARENA_ARRAY(a, speed_record, server_max * class_count(x));
}

static size_t byte_count(exchange *sizes)
{
    arena measure = {0};
    arena_take(&measure, sizeof *sizes);
    layout(&measure, sizes);
    return measure.used;
}

static void begin(exchange *x)
{
    x->core.task_next = 1;
    x->core.slot = -1;
    for (int list = 0; list < LIST_COUNT; list++) {
        x->core.head[list] = x->core.tail[list] = NONE;
    }
    x->core.part_free = NONE;
    x->core.parts_left = x->config.part_max;
    for (size_t i = 0; i <= x->bucket_mask; i++) {
        x->bucket_id[i] = x->bucket_client[i] = NONE;
    }
}

dcat_status exchange_create(const exchange_config *config, exchange **x, dcat_error *err)
{
    dcat_status status = exchange_config_check(config, err);
    if (status != DCAT_OK) {
        return status;
    }
    exchange sizes = {.config = *config, .bucket_mask = 1};
    while (sizes.bucket_mask < (uint32_t)config->task_max) {
        sizes.bucket_mask = 2 * sizes.bucket_mask + 1;
    }
    size_t bytes = byte_count(&sizes);
    unsigned char *memory = aligned_alloc(DCAT_ARENA_ALIGN, bytes);
    if (memory == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an exchange (%zu MiB)", bytes >> 20);
    }
    memset(memory, 0, bytes);
    arena place = {.base = memory};
    exchange *made = arena_take(&place, sizeof *made);
    made->config = *config;
    made->bucket_mask = sizes.bucket_mask;
    layout(&place, made);
    begin(made);
    *x = made;
    return DCAT_OK;
}

void exchange_destroy(exchange *x)
{
    free(x);
}

void exchange_copy(exchange *to, const exchange *from)
{
    exchange sizes = *from;
    memcpy(to, from, byte_count(&sizes));
    arena place = {.base = (unsigned char *)to};
    arena_take(&place, sizeof *to);
    layout(&place, to);
}

// ---- tasks by id and by client

static uint32_t id_bucket(const exchange *x, int64_t id)
{
    return (uint32_t)id & x->bucket_mask;
}

static uint32_t client_bucket(const exchange *x, int32_t party, const exchange_client *client)
{
    uint64_t hash = hash_fnv1a(HASH_FNV1A_START, client->id, sizeof client->id);
    return (uint32_t)(hash ^ (hash >> 32) ^ (uint32_t)party) & x->bucket_mask;
}

task_record *task_find(const exchange *x, int64_t id)
{
    for (int32_t i = x->bucket_id[id_bucket(x, id)]; i != NONE; i = x->tasks[i].next_id) {
        if (x->tasks[i].id == id) {
            return &x->tasks[i];
        }
    }
    return NULL;
}

task_record *task_find_client(const exchange *x, int32_t party, const exchange_client *client)
{
    int32_t i = x->bucket_client[client_bucket(x, party, client)];
    for (; i != NONE; i = x->tasks[i].next_client) {
        const task_record *t = &x->tasks[i];
        if (t->party == party && memcmp(t->client.id, client->id, sizeof client->id) == 0) {
            return &x->tasks[i];
        }
    }
    return NULL;
}

static bool forgettable(const exchange *x, const task_record *t)
{
    return t->state != TASK_DISPUTED && (t->state != TASK_SETTLED || t->disputed ||
                                         x->core.now_ns - t->closed_ns > x->config.dispute_ns);
}

// The closed task whose room the next one takes: the one closed first of those that nobody may
// dispute any more.
static int32_t forgotten_next(const exchange *x)
{
    int32_t i = x->core.head[LIST_CLOSED];
    while (i != NONE && !forgettable(x, &x->tasks[i])) {
        i = x->tasks[i].next;
    }
    return i;
}

bool task_room(const exchange *x)
{
    return x->core.task_used < x->config.task_max || forgotten_next(x) != NONE;
}

static void forget(exchange *x, int32_t which)
{
    task_record *t = &x->tasks[which];
    task_list_take(x, t, LIST_CLOSED);
    parts_free(x, t);
    int32_t *at = &x->bucket_id[id_bucket(x, t->id)];
    while (*at != which) {
        at = &x->tasks[*at].next_id;
    }
    *at = t->next_id;
    at = &x->bucket_client[client_bucket(x, t->party, &t->client)];
    while (*at != which) {
        at = &x->tasks[*at].next_client;
    }
    *at = t->next_client;
}

bool parts_room(exchange *x, int32_t count)
{
    int32_t i = x->core.head[LIST_CLOSED];
    for (; i != NONE && x->core.parts_left < count; i = x->tasks[i].next) {
        if (forgettable(x, &x->tasks[i])) {
            parts_free(x, &x->tasks[i]);
        }
    }
    return x->core.parts_left >= count;
}

task_record *task_new(exchange *x, int32_t party, const exchange_client *client)
{
    int32_t which = x->core.task_used;
    if (which < x->config.task_max) {
        x->core.task_used++;
    } else {
        which = forgotten_next(x);
        forget(x, which);
    }
    task_record *t = &x->tasks[which];
    memset(t, 0, sizeof *t);
    t->id = x->core.task_next++;
    t->party = party;
    t->client = *client;
    t->part_first = t->next = t->prev = t->cluster = NONE;
    int32_t *bucket = &x->bucket_id[id_bucket(x, t->id)];
    t->next_id = *bucket;
    *bucket = which;
    bucket = &x->bucket_client[client_bucket(x, party, client)];
    t->next_client = *bucket;
    *bucket = which;
    return t;
}

static void lead(const exchange *x, int32_t *bucket, int32_t which)
{
    if (*bucket == NONE || x->tasks[*bucket].id < x->tasks[which].id) {
        *bucket = which;
    }
}

// A chain begins with its newest task.
void tasks_index(exchange *x)
{
    for (int32_t i = 0; i < x->core.task_used; i++) {
        const task_record *t = &x->tasks[i];
        lead(x, &x->bucket_id[id_bucket(x, t->id)], i);
        lead(x, &x->bucket_client[client_bucket(x, t->party, &t->client)], i);
    }
}

// ---- lists

void task_list_put(exchange *x, task_record *t, enum task_list list)
{
    int32_t which = (int32_t)(t - x->tasks);
    int32_t before = x->core.tail[list];
    while (list == LIST_ACCEPTED && before != NONE && x->tasks[before].id > t->id) {
        before = x->tasks[before].prev;
    }
    t->prev = before;
    int32_t *link = before == NONE ? &x->core.head[list] : &x->tasks[before].next;
    t->next = *link;
    *link = which;
    if (t->next == NONE) {
        x->core.tail[list] = which;
    } else {
        x->tasks[t->next].prev = which;
    }
}

void task_list_take(exchange *x, task_record *t, enum task_list list)
{
    if (t->prev == NONE) {
        x->core.head[list] = t->next;
    } else {
        x->tasks[t->prev].next = t->next;
    }
    if (t->next == NONE) {
        x->core.tail[list] = t->prev;
    } else {
        x->tasks[t->next].prev = t->prev;
    }
    t->next = t->prev = NONE;
}

part_record *part_new(exchange *x, task_record *t, int32_t server)
{
    int32_t which = x->core.part_free;
    part_record *p = &x->parts[which == NONE ? x->core.part_used : which];
    if (which == NONE) {
        which = x->core.part_used++;
    } else {
        x->core.part_free = p->next;
    }
    x->core.parts_left--;
    memset(p, 0, sizeof *p);
    p->server = server;
    p->next = t->part_first;
    t->part_first = which;
    t->part_count++;
    return p;
}

void parts_free(exchange *x, task_record *t)
{
    while (t->part_first != NONE) {
        part_record *p = &x->parts[t->part_first];
        int32_t next = p->next;
        memset(p, 0, sizeof *p);
        p->next = x->core.part_free;
        x->core.part_free = t->part_first;
        x->core.parts_left++;
        t->part_first = next;
    }
    t->part_count = 0;
}

// ---- the hash of everything

uint64_t exchange_digest(const exchange *x)
{
    const exchange_core *core = &x->core;
    uint64_t hash = hash_fnv1a(HASH_FNV1A_START, core, sizeof *core);
    size_t accounts = ACCOUNT_PLATFORM_COUNT + 2 * (size_t)core->party_count;
    hash = hash_fnv1a(hash, x->balance, accounts * sizeof *x->balance);
    hash = hash_fnv1a(hash, x->parties, (size_t)core->party_count * sizeof *x->parties);
    hash = hash_fnv1a(hash, x->keys, (size_t)core->key_count * sizeof *x->keys);
    hash = hash_fnv1a(hash, x->servers, (size_t)core->server_count * sizeof *x->servers);
    size_t speeds = (size_t)core->server_count * class_count(x);
    hash = hash_fnv1a(hash, x->speeds, speeds * sizeof *x->speeds);
    hash = hash_fnv1a(hash, x->tasks, (size_t)core->task_used * sizeof *x->tasks);
    hash = hash_fnv1a(hash, x->payouts, (size_t)core->payout_used * sizeof *x->payouts);
    hash = hash_fnv1a(hash, x->vouchers, (size_t)core->voucher_used * sizeof *x->vouchers);
    return hash_fnv1a(hash, x->parts, (size_t)core->part_used * sizeof *x->parts);
}
