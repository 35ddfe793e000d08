// SPDX-License-Identifier: Apache-2.0
// What operators and providers say of money: deposits, vouchers, what users may owe and spend,
// payouts, and what goes with a server's asks.
#include "exchange/http/fields.h"
#include "exchange/http/parse/amount.h"
#include "exchange/http/parse/receipt.h"
#include "exchange/http/parse/units.h"
#include "exchange/http/request.h"

#include <string.h>
#include <time.h>

#define EXACT_MAX INT64_C(9007199254740991) // below 2^53

// "2026-12-01T00:00:00Z" as a moment of the exchange; 0 where it is missing.
int64_t http_parse_time(http_request *r, fields *f, const char *name, bool required)
{
    const char *text = fields_text(f, name, required, 20);
    if (text == NULL) {
        return 0;
    }
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    int day = tm.tm_mday; // one that its month does not have would be another one
    int64_t unix_s = (int64_t)timegm(&tm);
    if (end == NULL || *end != '\0' || tm.tm_mday != day || tm.tm_year < 70 || tm.tm_year > 200) {
        http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                    "%s must be a time such as 2026-12-01T00:00:00Z, from 1970 to 2100", name);
        return 0;
    }
    return unix_s * 1000000000 - live_unix_ns(r->server->live, 0);
}

bool parse_deposit(http_request *r, const json_t *body)
{
    exchange_event *event = http_event(r, EVENT_DEPOSIT);
    if (event == NULL) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    int64_t party = fields_id(&f, "party");
    event->deposit.amount = fields_money(&f, "amount_micro", -1);
    event->deposit.party = http_id(party);
    return fields_end(&f);
}

bool parse_voucher(http_request *r, const json_t *body)
{
    exchange_event *event = http_event(r, EVENT_VOUCHER);
    if (event == NULL) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    int64_t party = fields_id(&f, "party");
    event->voucher.amount = fields_money(&f, "amount_micro", -1);
    event->voucher.party = http_id(party);
    event->voucher.expires_ns = http_parse_time(r, &f, "expires", true);
    fields_text(&f, "issuer", true, 200);
    const json_t *names =
        fields_has(&f, "classes") ? fields_array(&f, "classes", DCAT_CLASS_MAX) : NULL;
    return fields_end(&f) && http_parse_classes(r, "classes", names, &event->voucher.classes) &&
           http_seal(r, r->command.items, body);
}

bool parse_terms(http_request *r, const json_t *body)
{
    exchange_event *event = http_event(r, EVENT_TERMS);
    int64_t party = 0;
    if (event == NULL || !http_part_id(r, 0, &party)) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    event->terms.party = http_id(party);
    event->terms.credit = fields_whole(&f, "credit_micro", 0, 0, EXACT_MAX);
    event->terms.spend_cap = fields_whole(&f, "spend_cap_micro", 0, 0, EXACT_MAX);
    if (fields_has(&f, "no_cap") && fields_truth(&f, "no_cap")) {
        event->terms.spend_cap = DCAT_MONEY_MAX;
    }
    return fields_end(&f);
}

bool parse_payout(http_request *r, const json_t *body)
{
    exchange_event *event = http_event(r, EVENT_PAYOUT);
    if (event == NULL) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    event->payout.party =
        fields_has(&f, "party") ? http_id(fields_id(&f, "party")) : r->caller.party;
    event->payout.amount = fields_money(&f, "amount_micro", -1);
    return fields_end(&f);
}

bool parse_payout_end(http_request *r, const json_t *body)
{
    bool left = r->route == ROUTE_PAYOUT_CONFIRM;
    exchange_event *event = http_event(r, left ? EVENT_CONFIRM : EVENT_RETURN);
    if (event == NULL || !http_part_id(r, 0, &event->payout.payout)) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    fields_text(&f, left ? "reference" : "reason", true, 500);
    return fields_end(&f) && http_seal(r, r->command.items, body);
}

bool parse_bond(http_request *r, const json_t *body)
{
    exchange_event *event = http_event(r, EVENT_BOND);
    if (event == NULL) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    event->bond.party = fields_has(&f, "party") ? http_id(fields_id(&f, "party")) : r->caller.party;
    event->bond.amount = fields_whole(&f, "amount_micro", FIELDS_REQUIRED, -EXACT_MAX, EXACT_MAX);
    return fields_end(&f);
}

bool parse_offer(http_request *r, const json_t *body)
{
    exchange_event *event = http_event(r, EVENT_OFFER);
    int64_t server = 0;
    if (event == NULL || !http_part_id(r, 0, &server)) {
        return false;
    }
    fields f = fields_of(body, "", &r->problem);
    const char *floor = fields_text(&f, "floor", false, 20);
    event->offer = (exchange_offer){
        .until_ns = http_parse_time(r, &f, "until", false),
        .notice_ns = fields_whole(&f, "notice_s", 0, 0, 31622400) * 1000000000,
        .min_count = (int32_t)fields_whole(&f, "min_count", 0, 0, 1000000),
        .server = http_id(server),
    };
    if (!fields_end(&f)) {
        return false;
    }
    return floor == NULL || parse_amount(floor, &event->offer.floor) ||
           http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                       "floor must be a decimal such as \"1.98\"");
}
