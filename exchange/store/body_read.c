// SPDX-License-Identifier: Apache-2.0
// Events from their text. Numbers out of range come out as others, and the body written again
// differs.
#include "base/json.h"
#include "exchange/store/body.h"
#include "exchange/store/scan.h"

#include <stdlib.h>
#include <string.h>

static int32_t small(const scan_object *object, const char *key)
{
    return (int32_t)scan_integer(object, key);
}

static double real(const scan_object *object, const char *key)
{
    return scan_real(scan_find(object, key));
}

static unsigned digit_of(char c)
{
    return c >= 'a' ? (unsigned)(c - 'a') + 10 : (unsigned)(c - '0');
}

static bool is_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static uint64_t word(const scan_object *object, const char *key)
{
    scan_text digits = scan_find(object, key);
    uint64_t value = 0;
    for (size_t i = 0; i < digits.count && is_digit(digits.at[i]); i++) {
        value = value << 4 | digit_of(digits.at[i]);
    }
    return value;
}

void body_hex_read(const char *digits, size_t count, void *bytes, size_t byte_count)
{
    memset(bytes, 0, byte_count);
    for (size_t i = 0; count == 2 * byte_count && i < byte_count; i++) {
        char high = digits[2 * i], low = digits[2 * i + 1];
        if (is_digit(high) && is_digit(low)) {
            ((unsigned char *)bytes)[i] = (unsigned char)(digit_of(high) << 4 | digit_of(low));
        }
    }
}

static void bytes_of(scan_text digits, void *bytes, size_t count)
{
    body_hex_read(digits.at, digits.count, bytes, count);
}

static dcat_status read_cut(const scan_object *data, body_rest *rest, dcat_error *err)
{
    scan_text labels = scan_find(data, "clusters"), label;
    rest->clusters = calloc(labels.count + 1, sizeof *rest->clusters); // a label has a character
    if (rest->clusters == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for clusters");
    }
    for (size_t at = 0; scan_next(labels, &at, &label);) {
        rest->clusters[rest->cluster_count++] = (int32_t)scan_number(label);
    }
    rest->world_seed = word(data, "world_seed");
    return DCAT_OK;
}

static void read_task(const scan_object *data, exchange_event *event)
{
    bytes_of(scan_find(data, "client"), event->task.client.id, sizeof event->task.client.id);
    bytes_of(scan_find(data, "body"), event->task.client.body, sizeof event->task.client.body);
    scan_text exact = scan_find(data, "exact"), number;
    double *values[] = {&event->task.exact.arrival_s, &event->task.exact.work_cycles,
                        &event->task.exact.data_bits, &event->task.exact.deadline_s,
                        &event->task.exact.value};
    size_t at = 0;
    for (size_t i = 0; i < sizeof values / sizeof *values && scan_next(exact, &at, &number); i++) {
        *values[i] = scan_real(number);
    }
    event->task.area = small(data, "area");
    event->task.class_id = small(data, "class");
    event->task.count = small(data, "count");
    event->task.data_bits = scan_integer(data, "data_bits");
    event->task.deadline_us = scan_integer(data, "deadline_us");
    event->task.key = small(data, "key");
    event->task.max_fee = scan_integer(data, "max_fee");
    event->task.retry_ns = scan_integer(data, "retry_ns");
    event->task.work_cycles = scan_integer(data, "work_cycles");
}

static void read_ask(const scan_object *data, const body_bytes *bytes, exchange_event *event)
{
    event->ask.nonce = scan_integer(data, "nonce");
    event->ask.pool = small(data, "pool");
    event->ask.server = small(data, "server");
    char price[48] = "";
    if (bytes->sealed != NULL && bytes->sealed_bytes > EXCHANGE_SALT_BYTES) {
        size_t left = bytes->sealed_bytes - EXCHANGE_SALT_BYTES;
        memcpy(price, &bytes->sealed[EXCHANGE_SALT_BYTES],
               left < sizeof price - 1 ? left : sizeof price - 1);
    }
    char *after = price;
    event->ask.micro = strtoll(price, &after, 10);
    event->ask.per = (int32_t)strtol(after, NULL, 10);
}

// Deposits, vouchers, terms, payouts, offers. False: it is none of these.
static bool read_money(const scan_object *data, exchange_event *event)
{
    switch (event->kind) {
    case EVENT_DEPOSIT:
        event->deposit.amount = scan_integer(data, "amount");
        event->deposit.party = small(data, "party");
        break;
    case EVENT_VOUCHER:
        event->voucher.amount = scan_integer(data, "amount");
        event->voucher.classes = word(data, "classes");
        event->voucher.expires_ns = scan_integer(data, "expires_ns");
        event->voucher.party = small(data, "party");
        break;
    case EVENT_TERMS:
        event->terms.credit = scan_integer(data, "credit");
        event->terms.party = small(data, "party");
        event->terms.spend_cap = scan_integer(data, "spend_cap");
        break;
    case EVENT_PAYOUT:
        event->payout.amount = scan_integer(data, "amount");
        event->payout.party = small(data, "party");
        break;
    case EVENT_CONFIRM:
    case EVENT_RETURN:
        event->payout.payout = scan_integer(data, "payout");
        break;
    case EVENT_OFFER:
        event->offer = (exchange_offer){.until_ns = scan_integer(data, "until_ns"),
                                        .notice_ns = scan_integer(data, "notice_ns"),
                                        .floor = scan_integer(data, "floor"),
                                        .min_count = small(data, "min_count"),
                                        .server = small(data, "server")};
        break;
    case EVENT_BOND:
        event->bond = (exchange_bond_change){.amount = scan_integer(data, "amount"),
                                             .party = small(data, "party")};
        break;
    case EVENT_BENCHMARK:
        event->benchmark = (exchange_benchmark){.unit_hz = scan_integer(data, "unit_hz"),
                                                .nonce = scan_integer(data, "nonce"),
                                                .server = small(data, "server"),
                                                .class_id = small(data, "class")};
        break;
    default:
        return false;
    }
    return true;
}

// What is sealed of an event, behind its salt.
static scan_text sealed_of(const body_bytes *bytes)
{
    return bytes->sealed != NULL && bytes->sealed_bytes > EXCHANGE_SALT_BYTES
               ? (scan_text){bytes->sealed + EXCHANGE_SALT_BYTES,
                             bytes->sealed_bytes - EXCHANGE_SALT_BYTES}
               : (scan_text){"", 0};
}

static void read_report(const scan_object *data, const body_bytes *bytes, exchange_event *event)
{
    event->report.attempt = small(data, "attempt");
    event->report.ran_ns = scan_integer(data, "ran_ns");
    event->report.refund = scan_integer(data, "refund") != 0;
    event->report.server = small(data, "server");
    event->report.task = scan_integer(data, "task");
    if (event->kind == EVENT_FINISH) {
        scan_text document = sealed_of(bytes);
        body_output_read(document.at, document.count, event->report.output);
    }
}

static dcat_status read_data(const scan_object *data, const body_bytes *bytes,
                             exchange_event *event, body_rest *rest, dcat_error *err)
{
    if (read_money(data, event)) {
        return DCAT_OK;
    }
    switch (event->kind) {
    case EVENT_PARTY:
        event->party.role = small(data, "role");
        break;
    case EVENT_KEY:
    case EVENT_REVOKE:
        bytes_of(scan_find(data, "key"), event->key.key.byte, sizeof event->key.key.byte);
        event->key.expires_ns = scan_integer(data, "expires_ns");
        event->key.party = small(data, "of");
        event->key.kind = small(data, "type");
        event->key.spend_cap = scan_integer(data, "spend_cap");
        break;
    case EVENT_REGISTER:
        event->machine = (exchange_machine){.x = real(data, "x"),
                                            .y = real(data, "y"),
                                            .speed_hz = scan_integer(data, "speed_hz"),
                                            .core_count = small(data, "cores"),
                                            .card_count = small(data, "cards"),
                                            .node = small(data, "node"),
                                            .energy_cost = real(data, "energy_cost"),
                                            .time_cost_per_s = real(data, "time_cost_per_s"),
                                            .exact_hz = real(data, "exact_hz"),
                                            .own_costs = scan_find(data, "energy_cost").count > 0};
        event->barred = word(data, "barred");
        event->start_ns = scan_integer(data, "start_ns");
        body_units_read(data, event);
        break;
    case EVENT_ADMIT:
    case EVENT_HEARTBEAT:
    case EVENT_DRAIN:
    case EVENT_UNDRAIN:
    case EVENT_SUSPEND:
        event->server.server = small(data, "server");
        break;
    case EVENT_ASK:
        read_ask(data, bytes, event);
        break;
    case EVENT_CYCLE:
        return read_cut(data, rest, err);
    case EVENT_SLOT:
        event->slot.number = scan_integer(data, "number");
        event->slot.seed = word(data, "seed");
        break;
    case EVENT_SUBMIT:
        read_task(data, event);
        body_canary_read(sealed_of(bytes).at, sealed_of(bytes).count, event);
        break;
    default:
        read_report(data, bytes, event);
        break;
    }
    return DCAT_OK;
}

static exchange_kind kind_of(scan_text name)
{
    int kind = 0;
    for (; kind < EVENT_COUNT; kind++) {
        const char *word = exchange_kind_name((exchange_kind)kind);
        if (strncmp(word, name.at, name.count) == 0 && word[name.count] == '\0') {
            break;
        }
    }
    return (exchange_kind)kind;
}

dcat_status body_read(const body_bytes *bytes, exchange_event *event, body_rest *rest,
                      dcat_error *err)
{
    scan_object whole, data;
    *rest = (body_rest){0};
    if (!scan_read_to((scan_text){bytes->body, bytes->body_bytes}, 'n', &whole) ||
        !scan_read(scan_find(&whole, "data"), &data)) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "the body is no event");
    }
    memset(event, 0, sizeof *event);
    event->actor = small(&whole, "actor");
    event->at_ns = scan_integer(&whole, "at_ns");
    rest->id = scan_integer(&whole, "id");
    scan_text name = scan_find(&whole, "name");
    memcpy(rest->name, name.at, name.count < sizeof rest->name ? name.count : 0);
    scan_text kind = scan_find(&whole, "kind");
    event->kind = kind_of(kind);
    return event->kind < EVENT_COUNT
               ? read_data(&data, bytes, event, rest, err)
               : dcat_fail(err, DCAT_ERR_FORMAT, "there is no kind of event \"%.*s\"",
                           (int)(kind.count < 40 ? kind.count : 40), kind.at);
}

dcat_status body_json(const char *body, size_t length, json_t **json, dcat_error *err)
{
    json_error_t why;
    *json = json_object_of(body, length, &why);
    return *json != NULL ? DCAT_OK
           : why.text[0] == '\0'
               ? dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a body")
               : dcat_fail(err, DCAT_ERR_FORMAT, "the body is no JSON: %s", why.text);
}

// ---- what it led to, by its words

static int64_t item(const json_t *array, size_t index)
{
    return json_integer_value(json_array_get(array, index));
}

static exchange_leg_kind leg_kind(const char *word)
{
    int kind = 0;
    while (kind < LEG_COUNT && strcmp(word, exchange_leg_name((exchange_leg_kind)kind)) != 0) {
        kind++;
    }
    return (exchange_leg_kind)(kind < LEG_COUNT ? kind : 0); // its row says otherwise then
}

static void read_legs(const json_t *legs, const exchange_sink *sink)
{
    for (size_t i = 0; i < json_array_size(legs); i++) {
        const json_t *from = json_array_get(legs, i);
        const char *kind = json_string_value(json_array_get(from, 3));
        const exchange_leg leg = {.debit = (int32_t)item(from, 0),
                                  .credit = (int32_t)item(from, 1),
                                  .amount = item(from, 2),
                                  .kind = leg_kind(kind == NULL ? "" : kind),
                                  .task = item(from, 4),
                                  .attempt = (int32_t)item(from, 5)};
        sink->leg(sink->user, &leg);
    }
}

static bool read_awards(const json_t *awards, const exchange_sink *sink)
{
    bool ok = true;
    for (size_t i = 0; ok && i < json_array_size(awards); i++) {
        const json_t *from = json_array_get(awards, i), *members = json_array_get(from, 6);
        size_t count = json_array_size(members);
        int32_t *servers = calloc(count + 1, sizeof *servers);
        int64_t *loads = calloc(count + 1, sizeof *loads);
        ok = servers != NULL && loads != NULL;
        for (size_t m = 0; ok && m < count; m++) {
            servers[m] = (int32_t)item(json_array_get(members, m), 0);
            loads[m] = item(json_array_get(members, m), 1);
        }
        const exchange_award award = {.task = item(from, 0),
                                      .attempt = (int32_t)item(from, 1),
                                      .cluster = (int32_t)item(from, 2),
                                      .candidate_count = (int32_t)item(from, 3),
                                      .round = (int32_t)item(from, 4),
                                      .pay = item(from, 5),
                                      .member_count = (int32_t)count,
                                      .servers = servers,
                                      .loads = loads};
        if (ok) {
            sink->award(sink->user, &award);
        }
        free(servers);
        free(loads);
    }
    return ok;
}

dcat_status body_read_told(const body_bytes *bytes, exchange_told *led_to, merkle_hash *prev,
                           dcat_error *err)
{
    json_t *whole = NULL;
    dcat_status status = body_json(bytes->body, bytes->body_bytes, &whole, err);
    if (status != DCAT_OK) {
        return status;
    }
    const exchange_sink sink = told_sink(led_to);
    told_clear(led_to);
    const char *digits = json_string_value(json_object_get(whole, "prev"));
    bytes_of((scan_text){digits, digits == NULL ? 0 : strlen(digits)}, prev->byte, MERKLE_BYTES);
    read_legs(json_object_get(whole, "legs"), &sink);
    bool ok = read_awards(json_object_get(whole, "awards"), &sink) && !led_to->failed;
    json_decref(whole);
    return ok ? DCAT_OK : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for an event");
}
