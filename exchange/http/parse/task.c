// SPDX-License-Identifier: Apache-2.0
// What users say.
#include "exchange/http/fields.h"
#include "exchange/http/parse/receipt.h"
#include "exchange/http/parse/units.h"
#include "exchange/http/request.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

#define MEGA 1e6
#define MICRO 1e6
#define EXACT_MAX 9007199254740992.0 // 2^53
#define YEAR_S (366.0 * 86400.0)

enum {
    RUN_MAX = 64,
    RUN_BYTES = 32768,
    IMAGE_BYTES = 255,
    INPUT_MAX = 32,
    URI_BYTES = 1000,
    KEY_DIGITS_MIN = 16,
    KEY_DIGITS_MAX = 64,
    BATCH_MAX = 1000
};

// ---- places

static const exchange_setup *setup_of(const http_request *r)
{
    return exchange_store_setup_view(live_store(r->server->live));
}

static int32_t nearest(const exchange_setup *setup, dcat_site site)
{
    int32_t best = 0;
    for (int32_t a = 1; a < setup->config.area_count; a++) {
        if (dcat_distance_m(setup->world.geometry, site, setup->areas[a].site) <
            dcat_distance_m(setup->world.geometry, site, setup->areas[best].site)) {
            best = a;
        }
    }
    return best;
}

static bool parse_origin(http_request *r, const json_t *object, http_problem *problem,
                         int32_t *area)
{
    const exchange_setup *setup = setup_of(r);
    fields f = fields_of(object, "origin.", problem);
    if (fields_has(&f, "area")) {
        const char *name = fields_text(&f, "area", true, 200);
        if (!fields_end(&f)) {
            return false;
        }
        for (int32_t a = 0; a < setup->config.area_count; a++) {
            if (strcmp(name, r->server->config.area_names[a]) == 0) {
                *area = a;
                return true;
            }
        }
        return http_refuse(problem, PROBLEM_OUT_OF_RANGE,
                           "origin.area: there is no area %.60s; GET /v1/market lists them", name);
    }
    bool geo = setup->world.geometry == DCAT_GEO;
    double unit = geo ? 1.0 : 1e3;
    double most = geo ? 180.0 : 1e5;
    double x = fields_number(&f, geo ? "lon" : "x_km", FIELDS_REQUIRED_NUMBER, -most, most);
    most = geo ? 90.0 : 1e5;
    double y = fields_number(&f, geo ? "lat" : "y_km", FIELDS_REQUIRED_NUMBER, -most, most);
    if (!fields_end(&f)) {
        return false;
    }
    *area = nearest(setup, (dcat_site){x * unit, y * unit});
    return true;
}

// ---- what is to be run

static bool parse_input(const json_t *input, http_problem *problem)
{
    if (!json_is_object(input)) {
        return http_refuse(problem, PROBLEM_OUT_OF_RANGE, "payload.inputs must be objects");
    }
    fields f = fields_of(input, "payload.inputs.", problem);
    const char *uri = fields_text(&f, "uri", true, URI_BYTES);
    fields_whole(&f, "bytes", FIELDS_REQUIRED, 0, INT64_MAX);
    const char *sha256 = fields_text(&f, "sha256", true, 64);
    const char *name = fields_text(&f, "name", false, 255);
    if (sha256 != NULL && strspn(sha256, "0123456789abcdefABCDEF") != 64) {
        return http_refuse(problem, PROBLEM_OUT_OF_RANGE,
                           "payload.inputs.sha256 must be 64 hexadecimal digits");
    }
    if (uri != NULL && strstr(uri, "://") == NULL) {
        return http_refuse(problem, PROBLEM_OUT_OF_RANGE, "payload.inputs.uri must have a scheme");
    }
    if (name != NULL && (name[0] == '.' || name[0] == '\0' || strchr(name, '/') != NULL)) {
        return http_refuse(problem, PROBLEM_OUT_OF_RANGE,
                           "payload.inputs.name must be a name of a file without folders");
    }
    return fields_end(&f);
}

static bool parse_payload(const json_t *payload, http_problem *problem)
{
    fields f = fields_of(payload, "payload.", problem);
    const json_t *run = fields_array(&f, "run", RUN_MAX);
    for (size_t i = 0; i < json_array_size(run); i++) {
        const json_t *word = json_array_get(run, i);
        if (!json_is_string(word) || json_string_length(word) > RUN_BYTES) {
            return http_refuse(problem, PROBLEM_OUT_OF_RANGE,
                               "payload.run must be texts of up to %d bytes", RUN_BYTES);
        }
    }
    const json_t *inputs = fields_has(&f, "inputs") ? fields_array(&f, "inputs", INPUT_MAX) : NULL;
    for (size_t i = 0; i < json_array_size(inputs); i++) {
        if (!parse_input(json_array_get(inputs, i), problem)) {
            return false;
        }
    }
    fields_text(&f, "image", false, IMAGE_BYTES);
    if (fields_has(&f, "network")) {
        fields_truth(&f, "network");
    }
    return fields_end(&f);
}

// The same task is the same hash, however it was written.
static void hash_task(exchange_event *event, const char *payload)
{
    const int64_t numbers[] = {event->task.work_cycles, event->task.data_bits,
                               event->task.deadline_us, event->task.retry_ns,
                               event->task.max_fee,     event->task.area};
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof event->task.client.body);
    crypto_generichash_update(&state, (const unsigned char *)numbers, sizeof numbers);
    // Both or none, so that one never stands in the other's place. Tasks without either have the
    // hash that they had before there were classes.
    const int64_t more[] = {event->task.class_id, event->task.count};
    if (more[0] != 0 || more[1] != 0) {
        crypto_generichash_update(&state, (const unsigned char *)more, sizeof more);
    }
    if (payload != NULL) {
        crypto_generichash_update(&state, (const unsigned char *)payload, strlen(payload));
    }
    crypto_generichash_final(&state, (unsigned char *)event->task.client.body,
                             sizeof event->task.client.body);
}

// ---- a task

static bool parse_sizes(http_request *r, fields *f, exchange_event *event)
{
    if (!http_parse_work(r, f, event)) {
        return false;
    }
    double data = fields_number(f, "data_megabits", FIELDS_REQUIRED_NUMBER, 0.0, EXACT_MAX / MEGA);
    double deadline = fields_number(f, "deadline_s", FIELDS_REQUIRED_NUMBER, 1 / MICRO, YEAR_S);
    double retry = fields_number(f, "retry_until_s", 0.0, 0.0, YEAR_S);
    event->kind = EVENT_SUBMIT;
    event->task.data_bits = llround(data * MEGA);
    event->task.deadline_us = llround(deadline * MICRO);
    event->task.retry_ns = llround(retry * MICRO) * 1000;
    event->task.max_fee = fields_money(f, "max_fee_micro", DCAT_MONEY_MAX);
    return f->problem->code == PROBLEM_NONE;
}

// Into the problem goes what is wrong, which is the request's or, of a batch, the item's.
static bool parse_into(http_request *r, const json_t *body, live_item *item, http_problem *problem)
{
    fields f = fields_of(body, "", problem);
    const json_t *origin = fields_object(&f, "origin", true);
    const json_t *payload = fields_object(&f, "payload", false);
    if (!parse_sizes(r, &f, &item->event) || !fields_end(&f) ||
        !parse_origin(r, origin, problem, &item->event.task.area)) {
        return false;
    }
    if (payload != NULL && (!parse_payload(payload, problem) || !http_seal(r, item, payload))) {
        return false;
    }
    hash_task(&item->event, item->sealed);
    item->event.task.key = r->caller.key + 1;
    return true;
}

static bool is_key(const char *text)
{
    size_t length = strlen(text);
    return length >= KEY_DIGITS_MIN && length <= KEY_DIGITS_MAX &&
           strspn(text, "0123456789abcdefABCDEF") == length;
}

// Digits in another case are another key, as those of answers that are kept.
static void set_client(exchange_event *event, const char *key)
{
    crypto_generichash((unsigned char *)event->task.client.id, sizeof event->task.client.id,
                       (const unsigned char *)key, strlen(key), NULL, 0);
}

bool parse_submit(http_request *r, const json_t *body)
{
    const char *key =
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Idempotency-Key");
    live_item *item = http_items(r, 1);
    if (item == NULL || !parse_into(r, body, item, &r->problem)) {
        return false;
    }
    if (key == NULL) {
        randombytes_buf(item->event.task.client.id, sizeof item->event.task.client.id);
        return true;
    }
    if (!is_key(key)) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "Idempotency-Key must be 16 to 64 hexadecimal digits");
    }
    set_client(&item->event, key);
    return true;
}

static void parse_batch_item(http_request *r, const json_t *element, live_item *item)
{
    http_problem problem = {0};
    fields f = fields_of(element, "", &problem);
    const char *key = fields_text(&f, "key", true, KEY_DIGITS_MAX);
    const json_t *task = fields_object(&f, "task", true);
    if (fields_end(&f) && !is_key(key)) {
        http_refuse(&problem, PROBLEM_OUT_OF_RANGE, "key must be 16 to 64 hexadecimal digits");
    }
    if (problem.code == PROBLEM_NONE && parse_into(r, task, item, &problem)) {
        set_client(&item->event, key);
    }
    item->refusal = (int)problem.code;
    snprintf(item->detail, sizeof item->detail, "%s", problem.detail);
}

bool parse_batch(http_request *r, const json_t *body)
{
    fields f = fields_of(body, "", &r->problem);
    const json_t *tasks = fields_array(&f, "tasks", BATCH_MAX);
    if (!fields_end(&f) || http_items(r, json_array_size(tasks)) == NULL) {
        return false;
    }
    for (size_t i = 0; i < r->command.count; i++) {
        const json_t *element = json_array_get(tasks, i);
        if (!json_is_object(element)) {
            return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "tasks[%zu] must be an object",
                               i);
        }
        parse_batch_item(r, element, &r->command.items[i]);
    }
    return r->problem.code == PROBLEM_NONE;
}

bool parse_quote(http_request *r, const json_t *body)
{
    live_item *item = http_items(r, 1);
    bool good = item != NULL && parse_into(r, body, item, &r->problem);
    r->command.count = good ? 1 : r->command.count;
    return good;
}

// ---- what becomes of one

bool http_parse_reason(http_request *r, fields *f, bool required)
{
    const char *reason = fields_text(f, "reason", required, 500);
    return fields_end(f) && (reason == NULL || http_seal(r, r->command.items, f->object));
}

bool parse_of_task(http_request *r, const json_t *body)
{
    static const exchange_kind kinds[ROUTE_COUNT] = {[ROUTE_CANCEL] = EVENT_CANCEL,
                                                     [ROUTE_DISPUTE] = EVENT_DISPUTE,
                                                     [ROUTE_RESOLVE] = EVENT_RESOLVE};
    exchange_event *event = http_event(r, kinds[r->route]);
    if (event == NULL || !http_part_id(r, 0, &event->report.task)) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    if (r->route == ROUTE_RESOLVE) {
        event->report.refund = fields_truth(&f, "refund");
    }
    return http_parse_reason(r, &f, r->route != ROUTE_CANCEL);
}

bool parse_mode(http_request *r, const json_t *body)
{
    exchange_event *event = http_event(r, r->route == ROUTE_HALT ? EVENT_HALT : EVENT_RESUME);
    fields f = fields_of(body, "", &r->problem);
    return event != NULL && http_parse_reason(r, &f, true);
}
