// SPDX-License-Identifier: Apache-2.0
// Vouchers, terms and payouts, what a provider has and what keeps it, and offers.
#include "exchange/core/purse.h"
#include "exchange/http/answer/units.h"
#include "exchange/http/fields.h"
#include "exchange/http/out.h"
#include "exchange/http/table.h"

#include <inttypes.h>
#include <string.h>

static const live_item *done_item(http_request *r)
{
    const live_item *item = r->command.items;
    return http_item_problem(r, item, &r->problem) ? NULL : item;
}

static void money(FILE *out, const char *key, dcat_money amount)
{
    fprintf(out, ",\"%s\":", key);
    out_money(out, amount);
}

static void time_or_null(const http_request *r, FILE *out, const char *key, int64_t at_ns)
{
    fprintf(out, ",\"%s\":", key);
    if (at_ns > 0) {
        http_out_unix(r, out, at_ns);
    } else {
        fputs("null", out);
    }
}

// Whose: the caller's own, or the one that callers name who read all.
static bool named_party(http_request *r, const char *role, int64_t *party)
{
    const char *named = http_query(r, "party");
    *party = r->caller.party;
    return !http_reads_all(r) || (named != NULL && fields_digits(named, party)) ||
           http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                       "party must be the id of a %s; GET /v1/parties lists them", role);
}

// What a voucher may buy: names, or null for anything.
static void write_classes(const http_request *r, uint64_t classes, FILE *out)
{
    fputs(classes == 0 ? ",\"classes\":null" : ",\"classes\":", out);
    if (classes != 0) {
        out_class_names(exchange_store_setup_view(live_store(r->server->live)), classes, out);
    }
}

// Of the party of the terms: what is left, used first what ends first.
static void write_vouchers(const http_request *r, const exchange *x, int32_t party, FILE *out)
{
    exchange_voucher_view v;
    const char *before = "";
    fputs(",\"vouchers\":[", out);
    for (int32_t i = 0; exchange_voucher_at(x, i, &v); i++) {
        if (v.party != party || v.left == 0) {
            continue;
        }
        fprintf(out, "%s{\"id\":\"%" PRId64 "\"", before, v.id);
        money(out, "left_micro", v.left);
        time_or_null(r, out, "expires", v.expires_ns);
        write_classes(r, v.classes, out);
        fputs("}", out);
        before = ",";
    }
    fputs("]", out);
}

bool answer_voucher(http_request *r, FILE *out)
{
    const live_item *item = done_item(r);
    if (item == NULL) {
        return false;
    }
    fprintf(out, "{\"id\":\"%" PRId64 "\",\"party\":\"%d\"", item->result.id,
            item->event.voucher.party);
    money(out, "amount_micro", item->event.voucher.amount);
    time_or_null(r, out, "expires", item->event.voucher.expires_ns);
    write_classes(r, item->event.voucher.classes, out);
    fprintf(out, ",\"event_seq\":\"%" PRId64 "\"}", item->seq);
    return true;
}

// What a user may spend and owe, and what it has of vouchers.
static void write_terms(http_request *r, int32_t party, FILE *out)
{
    const exchange *x = live_lock(r->server->live);
    exchange_terms_view terms = exchange_terms(x, party);
    fprintf(out, "{\"party\":\"%d\"", party);
    money(out, "credit_micro", terms.credit);
    if (terms.spend_cap > 0) {
        money(out, "spend_cap_micro", terms.spend_cap);
    } else {
        fputs(",\"spend_cap_micro\":null", out);
    }
    money(out, "spent_micro", terms.spent);
    time_or_null(r, out, "vouchers_end", terms.voucher_expires_ns);
    write_vouchers(r, x, party, out);
    live_unlock(r->server->live);
}

bool answer_terms(http_request *r, FILE *out)
{
    const live_item *item = done_item(r);
    if (item == NULL) {
        return false;
    }
    write_terms(r, item->event.terms.party, out);
    fprintf(out, ",\"event_seq\":\"%" PRId64 "\"}", item->seq);
    return true;
}

// Of a user: its own; of others the one that they name.
bool answer_terms_now(http_request *r, FILE *out)
{
    int64_t party = 0;
    if (!named_party(r, "user", &party)) {
        return false;
    }
    const exchange *x = live_lock(r->server->live);
    bool known = party <= INT32_MAX && exchange_party_role(x, (int32_t)party) == ROLE_USER;
    live_unlock(r->server->live);
    if (!known) {
        return http_refuse(&r->problem, PROBLEM_NOT_FOUND,
                           "there is no user %" PRId64 "; GET /v1/parties lists them", party);
    }
    write_terms(r, (int32_t)party, out);
    fputs("}", out);
    return true;
}

// ---- payouts

static void write_payout(http_request *r, sqlite3_stmt *row, bool csv, FILE *out)
{
    const char *state = (const char *)sqlite3_column_text(row, 3);
    if (csv) {
        fprintf(out, "%" PRId64 ",%" PRId64 ",%" PRId64 ",%s,", http_int(row, 0), http_int(row, 1),
                http_int(row, 2), state);
        http_out_unix(r, out, http_int(row, 4));
        fputs(",", out);
        if (sqlite3_column_type(row, 5) != SQLITE_NULL) {
            http_out_unix(r, out, http_int(row, 5));
        }
        fputs("\n", out);
        return;
    }
    fprintf(out, "{\"id\":\"%" PRId64 "\",\"party\":\"%" PRId64 "\"", http_int(row, 0),
            http_int(row, 1));
    money(out, "amount_micro", http_int(row, 2));
    fprintf(out, ",\"state\":\"%s\"", state);
    time_or_null(r, out, "ordered_at", http_int(row, 4));
    time_or_null(r, out, "closed_at", http_int(row, 5));
    fputs("}", out);
}

bool answer_payouts(http_request *r, FILE *out)
{
    static const http_table payouts = {
        "payouts", "id,party,amount_micro,state,ordered_at,closed_at",
        "SELECT p.id,p.party,p.amount,p.state,o.at_ns,c.at_ns FROM payout p JOIN event o ON"
        " o.seq=p.seq LEFT JOIN event c ON c.seq=p.closed_seq WHERE p.id>?1 AND (?3 IS NULL OR"
        " p.party=?3) ORDER BY p.id LIMIT ?2",
        write_payout};
    return http_answer_table(r, &payouts, NULL, out);
}

// Kept under a key it is written by the writer, who has the lock: so only what the event says.
bool answer_payout(http_request *r, FILE *out)
{
    const live_item *item = done_item(r);
    if (item == NULL) {
        return false;
    }
    fprintf(out, "{\"id\":\"%" PRId64 "\"", item->result.id);
    if (item->event.kind == EVENT_PAYOUT) {
        fprintf(out, ",\"party\":\"%d\"", item->event.payout.party);
        money(out, "amount_micro", item->event.payout.amount);
    }
    fprintf(out, ",\"state\":\"%s\",\"event_seq\":\"%" PRId64 "\"}",
            item->event.kind == EVENT_PAYOUT    ? "ordered"
            : item->event.kind == EVENT_CONFIRM ? "confirmed"
                                                : "returned",
            item->seq);
    return true;
}

// Kept under a key it is written by the writer, who has the lock.
bool answer_bond(http_request *r, FILE *out)
{
    const live_item *item = done_item(r);
    if (item == NULL) {
        return false;
    }
    fprintf(out, "{\"party\":\"%d\"", item->event.bond.party);
    money(out, "amount_micro", item->event.bond.amount);
    fprintf(out, ",\"event_seq\":\"%" PRId64 "\"}", item->seq);
    return true;
}

// ---- what a provider has

typedef struct locked {
    const char *why, *frees;
    dcat_money amount;
    int32_t count;
    int64_t first_ns, last_ns; // when it is free; 0: nobody knows
} locked;

static void write_locked(const http_request *r, const exchange_earnings *e, const exchange_bond *b,
                         FILE *out)
{
    const locked rows[] = {
        {"may-be-disputed", "the time of disputes ends", e->disputable, e->disputable_count,
         e->next_free_ns, e->all_free_ns},
        {"disputed", "an operator resolves the dispute", e->disputed, e->disputed_count, 0, 0},
        {"payout-ordered", "the payout is confirmed or comes back", e->ordered, e->ordered_count, 0,
         0},
        {"bond", "its servers leave, and have no strike for a time", b->locked, b->server_count,
         b->next_free_ns, 0},
    };
    fputs(",\"locked\":[", out);
    bool some = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].count == 0) {
            continue;
        }
        fprintf(out, "%s{\"why\":\"%s\",\"frees\":\"%s\",\"count\":%d", some ? "," : "",
                rows[i].why, rows[i].frees, rows[i].count);
        money(out, "amount_micro", rows[i].amount);
        time_or_null(r, out, "frees_from", rows[i].first_ns);
        time_or_null(r, out, "frees_at", rows[i].last_ns);
        fputs("}", out);
        some = true;
    }
    fputs("]", out);
}

// Of a provider: its own; of others the one that they name.
bool answer_earnings(http_request *r, FILE *out)
{
    int64_t party = 0;
    if (!named_party(r, "provider", &party)) {
        return false;
    }
    const exchange *x = live_lock(r->server->live);
    bool known = party <= INT32_MAX && exchange_party_role(x, (int32_t)party) == ROLE_PROVIDER;
    exchange_earnings e = {0};
    exchange_bond b = {0};
    if (known) {
        e = exchange_earnings_of(x, (int32_t)party);
        b = exchange_bond_of(x, (int32_t)party);
    }
    live_unlock(r->server->live);
    if (!known) {
        return http_refuse(&r->problem, PROBLEM_NOT_FOUND,
                           "there is no provider %" PRId64 "; GET /v1/parties lists them", party);
    }
    fprintf(out, "{\"party\":\"%" PRId64 "\"", party);
    money(out, "accrued_micro", e.accrued);
    fprintf(out, ",\"accrued_tasks\":%d", e.accrued_count);
    money(out, "payable_micro", e.payable);
    money(out, "free_micro", e.free);
    time_or_null(r, out, "next_payout_at", e.next_payout_ns);
    money(out, "bond_micro", b.has);
    money(out, "bond_needed_micro", b.needs);
    money(out, "bond_free_micro", b.has - b.locked);
    write_locked(r, &e, &b, out);
    fputs("}", out);
    return true;
}

// ---- offers

bool answer_offer(http_request *r, FILE *out)
{
    const live_item *item = done_item(r);
    if (item == NULL) {
        return false;
    }
    const exchange_offer *o = &item->event.offer;
    fprintf(out, "{\"server\":\"%d\"", o->server);
    time_or_null(r, out, "until", o->until_ns);
    money(out, "floor_micro", o->floor);
    fprintf(out, ",\"min_count\":%d,\"notice_s\":%" PRId64 ",\"event_seq\":\"%" PRId64 "\"}",
            o->min_count, o->notice_ns / 1000000000, item->seq);
    return true;
}
