// SPDX-License-Identifier: Apache-2.0
// What agents say of their servers and of the parts that they work on.
#include "exchange/http/parse/receipt.h"
#include "exchange/http/request.h"

#include <string.h>

enum { REPORTS_MAX = 1000, ADDRESS_MAX = 255 };

bool parse_heartbeats(http_request *r, const json_t *body)
{
    fields f = fields_of(body, "", &r->problem);
    const json_t *servers = fields_array(&f, "servers", REPORTS_MAX);
    if (!fields_end(&f) || http_items(r, json_array_size(servers)) == NULL) {
        return false;
    }
    for (size_t i = 0; i < r->command.count; i++) {
        const json_t *server = json_array_get(servers, i);
        int64_t id = 0;
        if (!json_is_string(server) || !fields_digits(json_string_value(server), &id)) {
            return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "servers must be ids in quotes");
        }
        r->command.items[i].event.kind = EVENT_HEARTBEAT;
        r->command.items[i].event.server.server = http_id(id);
    }
    return true;
}

// Where the part is met by others of its team. A list of addresses has commas between them.
static bool parse_address(fields *f, live_item *item)
{
    const char *address = fields_text(f, "address", false, ADDRESS_MAX);
    if (address == NULL || f->problem->code != PROBLEM_NONE) {
        return f->problem->code == PROBLEM_NONE;
    }
    for (const char *c = address; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\' || *c == ',') {
            return http_refuse(
                f->problem, PROBLEM_OUT_OF_RANGE,
                "%saddress must be printable ASCII without blanks, commas, \" and \\", f->where);
        }
    }
    item->sealed = address[0] == '\0' ? NULL : strdup(address);
    return item->sealed != NULL || address[0] == '\0' ||
           http_refuse(f->problem, PROBLEM_BUSY, "no memory");
}

static bool finish_report(http_request *r, fields *f, live_item *item)
{
    bool receipt = item->event.kind == EVENT_FINISH || item->event.kind == EVENT_FAULT;
    if (receipt && !parse_receipt(r, f, item)) {
        return false;
    }
    if ((item->event.kind == EVENT_ACK && !parse_address(f, item)) || !fields_end(f)) {
        return false;
    }
    item->note.sealed = item->sealed;
    item->note.sealed_bytes = item->sealed == NULL ? 0 : strlen(item->sealed);
    return true;
}

bool parse_award(http_request *r, const json_t *body)
{
    static const exchange_kind kinds[ROUTE_COUNT] = {[ROUTE_AWARD_ACK] = EVENT_ACK,
                                                     [ROUTE_AWARD_START] = EVENT_START,
                                                     [ROUTE_AWARD_FINISH] = EVENT_FINISH,
                                                     [ROUTE_AWARD_FAIL] = EVENT_FAIL};
    static const char *const faults[] = {"provider", "task"};
    exchange_event *event = http_event(r, kinds[r->route]);
    int64_t attempt = 0;
    if (event == NULL || !http_part_id(r, 0, &event->report.task) ||
        !http_part_id(r, 1, &attempt)) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    event->report.attempt = http_id(attempt);
    event->report.server = http_id(fields_id(&f, "server"));
    if (r->route == ROUTE_AWARD_FAIL && fields_word(&f, "fault", faults, 2, 0) == 1) {
        event->kind = EVENT_FAULT;
    }
    return r->problem.code == PROBLEM_NONE && finish_report(r, &f, r->command.items);
}

static void parse_report(http_request *r, const json_t *element, live_item *item)
{
    static const char *const words[] = {"ack", "start", "finish", "fail", "fault"};
    static const exchange_kind kinds[] = {EVENT_ACK, EVENT_START, EVENT_FINISH, EVENT_FAIL,
                                          EVENT_FAULT};
    http_problem problem = {0};
    fields f = fields_of(element, "", &problem);
    item->event.kind = kinds[fields_word(&f, "kind", words, 5, -1)];
    item->event.report.task = fields_id(&f, "task");
    item->event.report.attempt =
        (int32_t)fields_whole(&f, "attempt", FIELDS_REQUIRED, 1, INT32_MAX);
    item->event.report.server = http_id(fields_id(&f, "server"));
    if (problem.code == PROBLEM_NONE) {
        finish_report(r, &f, item);
    }
    item->refusal = (int)problem.code;
    snprintf(item->detail, sizeof item->detail, "%s", problem.detail);
}

bool parse_reports(http_request *r, const json_t *body)
{
    fields f = fields_of(body, "", &r->problem);
    const json_t *reports = fields_array(&f, "reports", REPORTS_MAX);
    if (!fields_end(&f) || http_items(r, json_array_size(reports)) == NULL) {
        return false;
    }
    for (size_t i = 0; i < r->command.count; i++) {
        const json_t *element = json_array_get(reports, i);
        if (!json_is_object(element)) {
            return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "reports[%zu] must be an object",
                               i);
        }
        parse_report(r, element, &r->command.items[i]);
    }
    return true;
}
