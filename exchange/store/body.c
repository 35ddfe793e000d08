// SPDX-License-Identifier: Apache-2.0
// Events as JSON. Keys are sorted, numbers are integers but for sites, which have all their digits,
// and numbers of 64 bits without a meaning are hexadecimal text. So one event has one text.
#include "exchange/store/body.h"

#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// ---- writing

static void add_hash(body_text *body, const char *key, const merkle_hash *hash)
{
    text_add(body, ",\"%s\":\"", key);
    for (size_t i = 0; i < MERKLE_BYTES; i++) {
        text_add(body, "%02x", hash->byte[i]);
    }
    text_add(body, "\"");
}

static void add_awards(body_text *body, const told *led_to)
{
    text_add(body, ",\"awards\":[");
    for (size_t i = 0; i < led_to->award_count; i++) {
        const exchange_award *a = &led_to->awards[i].award;
        text_add(body, "%s[%" PRId64 ",%d,%d,%d,%d,%" PRId64 ",[", i > 0 ? "," : "", a->task,
                 a->attempt, a->cluster, a->candidate_count, a->round, a->pay);
        for (int32_t m = 0; m < a->member_count; m++) {
            const told_member *member = &led_to->members[led_to->awards[i].member_first + m];
            text_add(body, "%s[%d,%" PRId64 "]", m > 0 ? "," : "", member->server, member->load);
        }
        text_add(body, "]]");
    }
    text_add(body, "]");
}

static void add_legs(body_text *body, const told *led_to)
{
    text_add(body, ",\"legs\":[");
    for (size_t i = 0; i < led_to->leg_count; i++) {
        const exchange_leg *leg = &led_to->legs[i];
        text_add(body, "%s[%d,%d,%" PRId64 ",\"%s\",%" PRId64 ",%d]", i > 0 ? "," : "", leg->debit,
                 leg->credit, leg->amount, exchange_leg_name(leg->kind), leg->task, leg->attempt);
    }
    text_add(body, "]");
}

static void add_task(body_text *body, const exchange_event *event)
{
    const exchange_client *client = &event->task.client;
    text_add(body,
             "\"area\":%d,\"body\":\"%016" PRIx64 "%016" PRIx64 "\",\"client\":\"%016" PRIx64
             "%016" PRIx64 "\",\"data_bits\":%" PRId64 ",\"deadline_us\":%" PRId64
             ",\"max_fee\":%" PRId64 ",\"retry_ns\":%" PRId64 ",\"work_cycles\":%" PRId64,
             event->task.area, client->body[0], client->body[1], client->id[0], client->id[1],
             event->task.data_bits, event->task.deadline_us, event->task.max_fee,
             event->task.retry_ns, event->task.work_cycles);
}

static void add_cut(body_text *body, const exchange_cut *cut, uint64_t world_seed)
{
    text_add(body, "\"clusters\":[");
    for (int32_t w = 0; w < cut->server_count; w++) {
        text_add(body, "%s%d", w > 0 ? "," : "", cut->cluster_of[w]);
    }
    text_add(body, "],\"world_seed\":\"%016" PRIx64 "\"", world_seed);
}

static void add_data(body_text *body, const exchange_event *event, uint64_t world_seed)
{
    const exchange_machine *m = &event->machine;
    switch (event->kind) {
    case EVENT_PARTY:
        text_add(body, "\"role\":%d", event->party.role);
        break;
    case EVENT_DEPOSIT:
        text_add(body, "\"amount\":%" PRId64 ",\"party\":%d", event->deposit.amount,
                 event->deposit.party);
        break;
    case EVENT_REGISTER:
        text_add(body,
                 "\"cards\":%d,\"cores\":%d,\"node\":%d,\"speed_hz\":%" PRId64
                 ",\"x\":%.17g,\"y\":%.17g",
                 m->card_count, m->core_count, m->node, m->speed_hz, m->x, m->y);
        break;
    case EVENT_ADMIT:
    case EVENT_HEARTBEAT:
    case EVENT_DRAIN:
    case EVENT_UNDRAIN:
    case EVENT_SUSPEND:
        text_add(body, "\"server\":%d", event->server.server);
        break;
    case EVENT_ASK:
        text_add(body, "\"micro\":%" PRId64 ",\"nonce\":%" PRId64 ",\"per\":%d,\"server\":%d",
                 event->ask.micro, event->ask.nonce, event->ask.per, event->ask.server);
        break;
    case EVENT_CYCLE:
        add_cut(body, event->cut, world_seed);
        break;
    case EVENT_SLOT:
        text_add(body, "\"number\":%" PRId64 ",\"seed\":\"%016" PRIx64 "\"", event->slot.number,
                 event->slot.seed);
        break;
    case EVENT_SUBMIT:
        add_task(body, event);
        break;
    case EVENT_CANCEL:
    case EVENT_ACK:
    case EVENT_START:
    case EVENT_FINISH:
    case EVENT_FAIL:
    case EVENT_FAULT:
    case EVENT_DISPUTE:
    case EVENT_RESOLVE:
        text_add(body, "\"attempt\":%d,\"refund\":%d,\"server\":%d,\"task\":%" PRId64,
                 event->report.attempt, event->report.refund, event->report.server,
                 event->report.task);
        break;
    default: // seal, open, halt, resume, close, stop say all by their name
        break;
    }
}

void body_write(body_text *body, const exchange_event *event, int64_t id, uint64_t world_seed,
                const told *led_to, const merkle_hash *prev, const merkle_hash *root)
{
    text_clear(body);
    text_add(body, "{\"actor\":%d,\"at_ns\":%" PRId64, event->actor, event->at_ns);
    add_awards(body, led_to);
    text_add(body, ",\"data\":{");
    add_data(body, event, world_seed);
    text_add(body, "},\"id\":%" PRId64 ",\"kind\":\"%s\"", id, exchange_kind_name(event->kind));
    add_legs(body, led_to);
    add_hash(body, "prev", prev);
    if (root != NULL) {
        add_hash(body, "root", root);
    }
    text_add(body, "}");
}

// ---- reading. Numbers out of range come out as others, and the body written again differs.

static int64_t integer(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static int32_t small(const json_t *object, const char *key)
{
    return (int32_t)integer(object, key);
}

static double real(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void hex(const json_t *object, const char *key, uint64_t *words, size_t count)
{
    const char *digits = json_string_value(json_object_get(object, key));
    for (size_t i = 0; i < count; i++) {
        char word[17] = "";
        if (digits != NULL && strlen(digits) == 16 * count) {
            memcpy(word, &digits[16 * i], 16);
        }
        words[i] = strtoull(word, NULL, 16);
    }
}

static dcat_status read_cut(const json_t *data, body_cut *cut, dcat_error *err)
{
    const json_t *labels = json_object_get(data, "clusters");
    cut->cluster_count = json_array_size(labels);
    cut->clusters = calloc(cut->cluster_count + 1, sizeof *cut->clusters);
    if (cut->clusters == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for clusters");
    }
    for (size_t w = 0; w < cut->cluster_count; w++) {
        cut->clusters[w] = (int32_t)json_integer_value(json_array_get(labels, w));
    }
    hex(data, "world_seed", &cut->world_seed, 1);
    return DCAT_OK;
}

static void read_task(const json_t *data, exchange_event *event)
{
    hex(data, "client", event->task.client.id, 2);
    hex(data, "body", event->task.client.body, 2);
    event->task.area = small(data, "area");
    event->task.data_bits = integer(data, "data_bits");
    event->task.deadline_us = integer(data, "deadline_us");
    event->task.max_fee = integer(data, "max_fee");
    event->task.retry_ns = integer(data, "retry_ns");
    event->task.work_cycles = integer(data, "work_cycles");
}

static dcat_status read_data(const json_t *data, exchange_event *event, body_cut *cut,
                             dcat_error *err)
{
    switch (event->kind) {
    case EVENT_PARTY:
        event->party.role = small(data, "role");
        break;
    case EVENT_DEPOSIT:
        event->deposit.amount = integer(data, "amount");
        event->deposit.party = small(data, "party");
        break;
    case EVENT_REGISTER:
        event->machine = (exchange_machine){.x = real(data, "x"),
                                            .y = real(data, "y"),
                                            .speed_hz = integer(data, "speed_hz"),
                                            .core_count = small(data, "cores"),
                                            .card_count = small(data, "cards"),
                                            .node = small(data, "node")};
        break;
    case EVENT_ADMIT:
    case EVENT_HEARTBEAT:
    case EVENT_DRAIN:
    case EVENT_UNDRAIN:
    case EVENT_SUSPEND:
        event->server.server = small(data, "server");
        break;
    case EVENT_ASK:
        event->ask.micro = integer(data, "micro");
        event->ask.nonce = integer(data, "nonce");
        event->ask.per = small(data, "per");
        event->ask.server = small(data, "server");
        break;
    case EVENT_CYCLE:
        return read_cut(data, cut, err);
    case EVENT_SLOT:
        event->slot.number = integer(data, "number");
        hex(data, "seed", &event->slot.seed, 1);
        break;
    case EVENT_SUBMIT:
        read_task(data, event);
        break;
    default:
        event->report.attempt = small(data, "attempt");
        event->report.refund = integer(data, "refund") != 0;
        event->report.server = small(data, "server");
        event->report.task = integer(data, "task");
        break;
    }
    return DCAT_OK;
}

dcat_status body_read(const char *body, size_t length, exchange_event *event, int64_t *id,
                      body_cut *cut, dcat_error *err)
{
    json_error_t why;
    json_t *whole = json_object_of(body, length, &why);
    if (whole == NULL) {
        return dcat_fail(err, why.text[0] == '\0' ? DCAT_ERR_MEMORY : DCAT_ERR_FORMAT,
                         "the body is no JSON: %s", why.text);
    }
    *cut = (body_cut){0};
    memset(event, 0, sizeof *event);
    event->actor = small(whole, "actor");
    event->at_ns = integer(whole, "at_ns");
    *id = integer(whole, "id");
    const char *name = json_string_value(json_object_get(whole, "kind"));
    int kind = 0;
    while (kind < EVENT_COUNT &&
           (name == NULL || strcmp(name, exchange_kind_name((exchange_kind)kind)) != 0)) {
        kind++;
    }
    event->kind = (exchange_kind)kind;
    dcat_status status = kind < EVENT_COUNT
                             ? read_data(json_object_get(whole, "data"), event, cut, err)
                             : dcat_fail(err, DCAT_ERR_FORMAT, "there is no kind of event \"%s\"",
                                         name == NULL ? "" : name);
    json_decref(whole);
    return status;
}
