// SPDX-License-Identifier: Apache-2.0
// The state as bytes: sizes of the records, the core, the arrays as far as they are used, and what
// the cut in force is made of.
//
// Choice: records as they are in memory, of little-endian machines. A version of the rules only
// adds at the end of records, so that one with shorter ones can be read: what is new is 0 then.
#include "exchange/core/cut.h"
#include "exchange/core/object.h"

#include <string.h>

#define MAGIC_1 UINT64_C(0x31306e7374616364) // "dcatsn01": sections up to PARTS
#define MAGIC_2 UINT64_C(0x32306e7374616364) // up to PAYOUTS
#define MAGIC UINT64_C(0x33306e7374616364)   // "dcatsn03"

enum {
    CORE,
    BALANCES,
    PARTIES,
    KEYS,
    SERVERS,
    TASKS,
    PARTS,
    PAYOUTS,
    VOUCHERS,
    SPEEDS,
    SECTIONS,
    SECTIONS_1 = PAYOUTS,
    SECTIONS_2 = VOUCHERS
};

typedef struct header {
    uint64_t magic;
    uint64_t record_bytes[SECTIONS]; // of older ones fewer
    int64_t seals;
    uint64_t world_seed;
    uint32_t number;
    int32_t server_count; // of the cut
} header;

typedef struct section {
    void *at;
    size_t count, bytes; // of a record
} section;

static void sections_of(const exchange *x, section of[SECTIONS])
{
    const exchange_core *core = &x->core;
    of[CORE] = (section){(void *)core, 1, sizeof *core};
    of[BALANCES] = (section){x->balance, ACCOUNT_PLATFORM_COUNT + 2 * (size_t)core->party_count,
                             sizeof *x->balance};
    of[PARTIES] = (section){x->parties, (size_t)core->party_count, sizeof *x->parties};
    of[KEYS] = (section){x->keys, (size_t)core->key_count, sizeof *x->keys};
    of[SERVERS] = (section){x->servers, (size_t)core->server_count, sizeof *x->servers};
    of[TASKS] = (section){x->tasks, (size_t)core->task_used, sizeof *x->tasks};
    of[PARTS] = (section){x->parts, (size_t)core->part_used, sizeof *x->parts};
    of[PAYOUTS] = (section){x->payouts, (size_t)core->payout_used, sizeof *x->payouts};
    of[VOUCHERS] = (section){x->vouchers, (size_t)core->voucher_used, sizeof *x->vouchers};
    of[SPEEDS] =
        (section){x->speeds, (size_t)core->server_count * class_count(x), sizeof *x->speeds};
}

size_t exchange_snapshot_bytes(const exchange *x)
{
    section of[SECTIONS];
    sections_of(x, of);
    size_t bytes = sizeof(header);
    for (int i = 0; i < SECTIONS; i++) {
        bytes += of[i].count * of[i].bytes;
    }
    return bytes + (x->cut == NULL ? 0 : 2 * sizeof(int32_t) * (size_t)x->cut->server_count);
}

void exchange_snapshot_write(const exchange *x, void *bytes)
{
    section of[SECTIONS];
    sections_of(x, of);
    header h = {.magic = MAGIC};
    if (x->cut != NULL) {
        h.seals = x->cut->seals;
        h.world_seed = x->cut->world_seed;
        h.number = x->cut->number;
        h.server_count = x->cut->server_count;
    }
    unsigned char *at = (unsigned char *)bytes + sizeof h;
    for (int i = 0; i < SECTIONS; i++) {
        h.record_bytes[i] = of[i].bytes;
        memcpy(at, of[i].at, of[i].count * of[i].bytes);
        at += of[i].count * of[i].bytes;
    }
    memcpy(bytes, &h, sizeof h);
    if (x->cut != NULL) {
        size_t list = sizeof(int32_t) * (size_t)x->cut->server_count;
        memcpy(at, x->cut->server_of, list);
        memcpy(at + list, x->cut->cluster_of, list);
    }
}

// ---- reading

typedef struct reading {
    const unsigned char *at;
    size_t left;
} reading;

static const void *take(reading *r, size_t bytes)
{
    if (bytes > r->left) {
        return NULL;
    }
    const unsigned char *at = r->at;
    r->at += bytes;
    r->left -= bytes;
    return at;
}

_Static_assert(sizeof(speed_record) % sizeof(int32_t) == 0, "lists behind it are aligned");

// Records that may be shorter than ours. All are of whole numbers, so that the lists of the cut
// behind them are aligned as the bytes are.
static bool take_section(reading *r, const section *to, uint64_t record_bytes)
{
    if (record_bytes > to->bytes || record_bytes == 0 || record_bytes % sizeof(int32_t) != 0) {
        return false;
    }
    const unsigned char *from = take(r, (size_t)record_bytes * to->count);
    for (size_t i = 0; from != NULL && i < to->count; i++) {
        memcpy((unsigned char *)to->at + i * to->bytes, from + i * record_bytes, record_bytes);
    }
    return from != NULL;
}

static bool fits(int32_t count, int32_t max)
{
    return count >= 0 && count <= max;
}

static bool counts_fit(const exchange *x)
{
    const exchange_core *core = &x->core;
    const exchange_config *config = &x->config;
    return fits(core->party_count, config->party_max) && fits(core->key_count, config->key_max) &&
           fits(core->server_count, config->server_max) &&
           fits(core->task_used, config->task_max) && fits(core->part_used, config->part_max) &&
           fits(core->parts_left, config->part_max) &&
           fits(core->payout_used, config->payout_max) &&
           fits(core->voucher_used, config->party_max) && core->mode < MODE_STATE_COUNT;
}

static bool link_fits(int32_t link, int32_t count)
{
    return link >= NONE && link < count;
}

// Chains of buckets lead to older tasks only.
static bool leads_back(const exchange *x, const task_record *t, int32_t next)
{
    return next == NONE || (next >= 0 && next < x->core.task_used && x->tasks[next].id < t->id);
}

static bool free_parts_fit(const exchange *x)
{
    int32_t count = 0, parts = x->core.part_used;
    int32_t i = x->core.part_free;
    while (i != NONE && link_fits(i, parts) && count <= parts) {
        i = x->parts[i].next;
        count++;
    }
    return i == NONE && x->core.parts_left == x->config.part_max - parts + count;
}

static bool tasks_fit(const exchange *x)
{
    int32_t tasks = x->core.task_used, parts = x->core.part_used;
    bool ok = free_parts_fit(x);
    for (int list = 0; list < LIST_COUNT; list++) {
        ok = ok && link_fits(x->core.head[list], tasks) && link_fits(x->core.tail[list], tasks);
    }
    for (int32_t i = 0; ok && i < tasks; i++) {
        const task_record *t = &x->tasks[i];
        ok = link_fits(t->next, tasks) && link_fits(t->prev, tasks) &&
             leads_back(x, t, t->next_id) && leads_back(x, t, t->next_client) &&
             link_fits(t->part_first, parts) && t->party >= 0 && t->party < x->core.party_count &&
             t->area >= 0 && t->area < x->config.area_count && t->state < TASK_STATE_COUNT &&
             t->settlement < SETTLEMENT_STATE_COUNT && t->reason < REASON_COUNT &&
             t->class_id >= 0 &&
             t->class_id < (x->config.class_count > 0 ? x->config.class_count : 1) && t->key >= 0 &&
             t->key <= x->core.key_count && t->pin >= 0 && t->pin <= x->core.server_count;
    }
    for (int32_t i = 0; ok && i < parts; i++) {
        const part_record *p = &x->parts[i];
        ok = link_fits(p->next, parts) && p->state < PART_STATE_COUNT && p->server >= 0 &&
             p->server < (x->core.server_count > 0 ? x->core.server_count : 1);
    }
    return ok;
}

// Parts of older rules had the weight of their server.
static void weigh_older(exchange *x)
{
    for (int32_t i = 0; i < x->core.part_used; i++) {
        part_record *p = &x->parts[i];
        if (p->weight == 0 && p->state != PART_NONE) {
            p->weight = (uint64_t)x->servers[p->server].machine.speed_hz;
        }
    }
}

// What stood there in older rules was measured otherwise.
static void forget_older(exchange *x)
{
    for (int32_t i = 0; i < x->core.server_count; i++) {
        x->servers[i].start_ns = 0;
        memset(x->servers[i].starts, 0, sizeof x->servers[i].starts);
    }
}

static bool ask_fits(const ask_record *ask)
{
    return ask->state < ASK_STATE_COUNT && ask->per >= 0 && ask->per < PER_COUNT;
}

static bool units_fit(const exchange *x, const server_record *s)
{
    bool ok = true;
    for (int32_t pool = 0; ok && pool < DCAT_POOL_COUNT; pool++) {
        const unit_record *unit = unit_of((server_record *)s, pool);
        const exchange_unit *u = &s->units[pool];
        ok = ask_fits(&unit->ask) && ask_fits(&unit->sealed) && ask_fits(&unit->next) &&
             (u->count == 0 || (u->device >= 0 && u->device < x->config.device_count));
    }
    return ok;
}

static bool list_fits(const start_list *list)
{
    return list->count <= START_SAMPLES && list->next < START_SAMPLES;
}

static bool starts_fit(const server_record *s)
{
    bool ok = true;
    for (int32_t pool = 0; pool < DCAT_POOL_COUNT; pool++) {
        ok = ok && list_fits(&s->starts[pool].ack) && list_fits(&s->starts[pool].lag);
    }
    return ok;
}

static bool speeds_fit(const exchange *x)
{
    bool ok = true;
    size_t count = (size_t)x->core.server_count * class_count(x);
    for (size_t i = 0; i < count; i++) {
        ok = ok && x->speeds[i].count <= SPEED_SAMPLES && x->speeds[i].next < SPEED_SAMPLES;
    }
    return ok;
}

static bool people_fit(const exchange *x)
{
    bool ok = true;
    for (int32_t i = 0; i < x->core.payout_used; i++) {
        const payout_record *p = &x->payouts[i];
        ok = ok && p->state < PAYOUT_STATE_COUNT && p->party >= 0 && p->party < x->core.party_count;
    }
    for (int32_t i = 0; i < x->core.voucher_used; i++) {
        const voucher_record *v = &x->vouchers[i];
        ok = ok && v->left >= 0 && v->party >= 0 && v->party < x->core.party_count;
    }
    for (int32_t i = 0; i < x->core.party_count; i++) {
        ok = ok && x->parties[i].role >= 0 && x->parties[i].role < ROLE_COUNT;
    }
    for (int32_t i = 0; i < x->core.server_count; i++) {
        const server_record *s = &x->servers[i];
        ok = ok && s->state < SERVER_STATE_COUNT && s->party >= 0 &&
             s->party < x->core.party_count && units_fit(x, s) && starts_fit(s);
    }
    return ok && speeds_fit(x);
}

static bool take_cut(reading *r, const exchange *x, const header *h, exchange_snapshot_cut *cut)
{
    if (h->server_count < 0 || h->server_count > x->core.server_count) {
        return false;
    }
    size_t list = sizeof(int32_t) * (size_t)h->server_count;
    *cut = (exchange_snapshot_cut){.seals = h->seals,
                                   .world_seed = h->world_seed,
                                   .number = h->number,
                                   .server_count = h->server_count,
                                   .server_of = take(r, list),
                                   .cluster_of = take(r, list)};
    bool ok = cut->server_of != NULL && cut->cluster_of != NULL;
    for (int32_t w = 0; ok && w < h->server_count; w++) {
        ok = cut->server_of[w] >= 0 && cut->server_of[w] < x->core.server_count;
    }
    return ok && r->left == 0;
}

static int sections_by(uint64_t magic)
{
    return magic == MAGIC_1 ? SECTIONS_1 : magic == MAGIC_2 ? SECTIONS_2 : SECTIONS;
}

static bool take_header(reading *r, header *h)
{
    const unsigned char *magic = take(r, sizeof h->magic);
    if (magic == NULL) {
        return false;
    }
    memcpy(&h->magic, magic, sizeof h->magic);
    size_t sections = sections_by(h->magic);
    const unsigned char *bytes = take(r, sections * sizeof *h->record_bytes);
    const size_t rest = sizeof *h - offsetof(header, seals);
    const unsigned char *last = bytes == NULL ? NULL : take(r, rest);
    if (last == NULL) {
        return false;
    }
    memcpy(h->record_bytes, bytes, sections * sizeof *h->record_bytes);
    memcpy(&h->seals, last, rest);
    return h->magic == MAGIC || h->magic == MAGIC_2 || h->magic == MAGIC_1;
}

static bool read_all(exchange *x, const void *bytes, size_t count, exchange_snapshot_cut *cut)
{
    reading r = {bytes, count};
    header h = {.magic = 0};
    section of[SECTIONS];
    sections_of(x, of);
    if (!take_header(&r, &h) || !take_section(&r, &of[CORE], h.record_bytes[CORE]) ||
        !counts_fit(x)) {
        return false;
    }
    sections_of(x, of); // the counts are known now
    int sections = sections_by(h.magic);
    for (int i = CORE + 1; i < sections; i++) {
        if (!take_section(&r, &of[i], h.record_bytes[i])) {
            return false;
        }
    }
    if (h.magic != MAGIC) {
        forget_older(x);
    }
    if (!tasks_fit(x) || !people_fit(x) || !take_cut(&r, x, &h, cut)) {
        return false;
    }
    weigh_older(x);
    return true;
}

dcat_status exchange_snapshot_read(const exchange_config *config, const void *bytes, size_t count,
                                   exchange **x, exchange_snapshot_cut *cut, dcat_error *err)
{
    exchange *made = NULL;
    dcat_status status = exchange_create(config, &made, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (!read_all(made, bytes, count, cut)) {
        exchange_destroy(made);
        return dcat_fail(err, DCAT_ERR_FORMAT, "the snapshot is damaged");
    }
    tasks_index(made);
    dcat_error why = {.message = ""};
    if (exchange_check(made, &why) != DCAT_OK) { // no fault of ours, as it would be elsewhere
        exchange_destroy(made);
        return dcat_fail(err, DCAT_ERR_FORMAT, "the snapshot is damaged: %s", why.message);
    }
    *x = made;
    return DCAT_OK;
}
