// SPDX-License-Identifier: Apache-2.0
// A month's transfers as lines of invoices: one for each hour, party, place and category.
//
// Transfers stand in the order of time, so only the lines of one hour are in memory.
#include "exchange/books/statement.h"

#include "exchange/core/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BASIS INT64_C(10000)

typedef struct of_party {
    dcat_money gross, tax; // of the lines that were written
    int64_t legs, seq_first, seq_last;
    int64_t task_seq, late_seq; // of the last event whose task was counted
} of_party;

typedef struct leg {
    int64_t seq, amount, task;
    int32_t party, attempt;
    exchange_leg_kind kind;
    bool in; // into an account of the party
} leg;

typedef struct statement {
    books *b;
    books_page page;
    books_format format;
    int32_t party; // -1: all
    sqlite3_stmt *members, *finished;
    books_line *lines; // [room] of the hour, by hash; category CATEGORY_COUNT: free
    size_t room, used;
    int64_t hour_s, hour_end_seq; // of the lines; the first event after it
    of_party *parties;            // [party_count]
    books_sums sums;
    dcat_error *err;
} statement;

// ---- lines of an hour

static bool same_line(const books_line *a, const books_line *b)
{
    return a->party == b->party && a->area == b->area && a->sku == b->sku &&
           a->category == b->category && a->correction == b->correction;
}

static books_line *find_line(const statement *st, const books_line *key)
{
    size_t at = (size_t)key->party * 31 + (size_t)(key->area + 1);
    at = (at * 31 + (size_t)(key->sku + 1)) * 8;
    at = (at + (size_t)key->category * 2 + key->correction) * UINT64_C(0x9e3779b97f4a7c15);
    for (at >>= 32;; at++) {
        books_line *line = &st->lines[at % st->room];
        if (line->category == CATEGORY_COUNT || same_line(line, key)) {
            return line;
        }
    }
}

static bool make_room(statement *st, size_t room)
{
    statement old = *st;
    books_line *lines = malloc(room * sizeof *lines);
    if (lines == NULL) {
        return false;
    }
    for (size_t i = 0; i < room; i++) {
        lines[i].category = CATEGORY_COUNT;
    }
    st->lines = lines;
    st->room = room;
    for (size_t i = 0; i < old.room; i++) {
        if (old.lines[i].category != CATEGORY_COUNT) {
            *find_line(st, &old.lines[i]) = old.lines[i];
        }
    }
    free(old.lines);
    return true;
}

// NULL without memory.
static books_line *line_of(statement *st, const leg *l, const books_line *team,
                           books_category category, bool correction)
{
    if (2 * st->used >= st->room && !make_room(st, 2 * st->room)) {
        return NULL;
    }
    const books_line key = {.party = l->party,
                            .area = team->area,
                            .sku = team->sku,
                            .category = category,
                            .correction = correction,
                            .from_s = st->hour_s,
                            .to_s = st->hour_s + HOUR_S,
                            .seq_first = l->seq};
    books_line *line = find_line(st, &key);
    if (line->category == CATEGORY_COUNT) {
        *line = key;
        st->used++;
    }
    line->seq_last = l->seq;
    return line;
}

// ---- writing

static void write_line(statement *st, books_line *line)
{
    of_party *p = &st->parties[line->party];
    st->sums.rows++;
    st->sums.legs += line->legs;
    st->sums.total += line->category == CATEGORY_TAX ? 0 : line->gross;
    p->legs += line->legs;
    p->seq_first = p->seq_first == 0 ? line->seq_first : p->seq_first;
    p->seq_last = line->seq_last;
    if (st->format == BOOKS_FOCUS) {
        books_focus_line(&st->page, line);
    } else {
        books_csv_line(&st->page, line);
    }
}

// Choice: prices hold the tax. Each line's is what its party's sum grew by, rounded down, so that
// lines add up to the tax of the month whatever they are.
static dcat_money tax_of(const statement *st, dcat_money gross)
{
    int64_t bp = st->b->options.tax_bp, whole = BASIS + bp;
    books_wide part = (books_wide)gross * bp;
    books_wide tax = part / whole;
    return (dcat_money)(part % whole < 0 ? tax - 1 : tax);
}

static void put_line(statement *st, books_line *line)
{
    of_party *p = &st->parties[line->party];
    p->gross += line->gross;
    dcat_money tax = tax_of(st, p->gross);
    line->tax = tax - p->tax;
    p->tax = tax;
    write_line(st, line);
}

static int by_place(const void *a, const void *b)
{
    const books_line *x = a, *y = b;
    int order = (x->party > y->party) - (x->party < y->party);
    order = order != 0 ? order : (x->area > y->area) - (x->area < y->area);
    order = order != 0 ? order : (x->sku > y->sku) - (x->sku < y->sku);
    order = order != 0 ? order : (x->category > y->category) - (x->category < y->category);
    return order != 0 ? order : x->correction - y->correction;
}

static void end_hour(statement *st)
{
    size_t count = 0;
    for (size_t i = 0; i < st->room; i++) {
        if (st->lines[i].category != CATEGORY_COUNT) {
            st->lines[count++] = st->lines[i];
        }
    }
    qsort(st->lines, count, sizeof *st->lines, by_place);
    for (size_t i = 0; i < count; i++) {
        put_line(st, &st->lines[i]);
    }
    for (size_t i = 0; i < st->room; i++) {
        st->lines[i].category = CATEGORY_COUNT;
    }
    st->used = 0;
}

// Tax and rounding of the month. Choice: an invoice is rounded to the nearest minor unit, halves
// away from zero.
static void end_month(statement *st, int32_t party)
{
    of_party *p = &st->parties[party];
    if (p->legs == 0) {
        return;
    }
    books_line line = {.party = party,
                       .area = -1,
                       .sku = -1,
                       .from_s = st->page.month->from_s,
                       .to_s = st->page.month->to_s,
                       .seq_first = p->seq_first,
                       .seq_last = p->seq_last};
    if (st->b->options.tax_bp > 0) {
        line.category = CATEGORY_TAX;
        line.gross = line.tax = p->tax;
        write_line(st, &line);
    }
    dcat_money minor = 1;
    for (int digits = books_minor_digits(st->b); digits < 6; digits++) {
        minor *= 10;
    }
    dcat_money half = p->gross < 0 ? -minor / 2 : minor / 2;
    line.category = CATEGORY_ROUNDING;
    line.gross = (p->gross + half) / minor * minor - p->gross;
    line.tax = 0;
    if (line.gross != 0) {
        write_line(st, &line);
    }
}

// ---- transfers

// A thing that is sold: a class of work on a device. -1 without memory.
static int32_t sku_of(statement *st, const char *class_name, const char *device)
{
    char text[BOOKS_NAME];
    snprintf(text, sizeof text, "%.90s/%.90s", class_name, device);
    books_page *page = &st->page;
    for (int32_t i = 0; i < page->sku_count; i++) {
        if (strcmp(page->skus[i], text) == 0) {
            return i;
        }
    }
    void *larger = realloc(page->skus, ((size_t)page->sku_count + 1) * sizeof *page->skus);
    if (larger == NULL) {
        return -1;
    }
    page->skus = larger;
    memcpy(page->skus[page->sku_count], text, sizeof text);
    return page->sku_count++;
}

// Where a task was done and what was sold: area and device of the unit with most of it; and how
// much of whose time. Of a provider, by its own units.
static books_line look_at_team(statement *st, const leg *l)
{
    books_line sum = {.area = -1, .sku = -1};
    int64_t most = -1;
    bool all = !books_of_provider(st->b, l->party);
    sqlite3_bind_int64(st->members, 1, l->task);
    sqlite3_bind_int(st->members, 2, l->attempt);
    while (sqlite3_step(st->members) == SQLITE_ROW) {
        int64_t server = sqlite3_column_int64(st->members, 0);
        int64_t load = sqlite3_column_int64(st->members, 1);
        int32_t unit =
            books_unit_of(st->b, server, (const char *)sqlite3_column_text(st->members, 2));
        if (unit < 0 || (!all && st->b->servers[server].party != l->party)) {
            continue;
        }
        const books_unit *u = &st->b->units[unit];
        if (load > most) {
            most = load;
            sum.area = st->b->servers[server].area;
            sum.sku = sku_of(st, (const char *)sqlite3_column_text(st->members, 3), u->device);
        }
        if (u->speed_hz > 0) {
            books_wide ns = books_work_ns(load, u->speed_hz);
            sum.node_ns += ns;
            sum.core_ns += ns * u->cores;
            sum.card_ns += ns * u->cards;
        }
    }
    sqlite3_reset(st->members);
    return sum;
}

// Whether a task was settled before this month, whose invoice then has it.
static bool is_older(statement *st, const leg *l)
{
    sqlite3_bind_int64(st->finished, 1, l->task);
    sqlite3_bind_int(st->finished, 2, l->attempt);
    bool older = sqlite3_step(st->finished) == SQLITE_ROW &&
                 sqlite3_column_int64(st->finished, 0) < books_ns(st->b, st->page.month->from_s);
    sqlite3_reset(st->finished);
    return older;
}

static bool add(books_line *line, dcat_money amount, int64_t legs)
{
    if (line != NULL) {
        line->gross += amount;
        line->legs += legs;
    }
    return line != NULL;
}

// Work: charged to its user, paid to its provider. A task counts once.
static bool add_work(statement *st, const leg *l, const books_line *team, int64_t legs)
{
    books_line *line = line_of(st, l, team, CATEGORY_USAGE, false);
    of_party *p = &st->parties[l->party];
    if (line != NULL && p->task_seq != l->seq) {
        p->task_seq = l->seq;
        line->tasks++;
        line->node_ns += team->node_ns;
        line->core_ns += team->core_ns;
        line->card_ns += team->card_ns;
    }
    return add(line, l->amount, legs);
}

static bool add_leg(statement *st, const leg *l)
{
    const books_line team = look_at_team(st, l);
    if (l->kind == LEG_CHARGE || l->kind == LEG_SHARE) {
        return add_work(st, l, &team, 1);
    }
    if (l->kind == LEG_CREDIT) { // was charged, and came back
        if (!add_work(st, l, &team, 0)) {
            return false;
        }
        books_line *line = line_of(st, l, &team, CATEGORY_CREDIT, false);
        of_party *p = &st->parties[l->party];
        if (line != NULL && p->late_seq != l->seq) {
            p->late_seq = l->seq;
            line->late++;
            line->tasks++;
        }
        return add(line, -l->amount, 1);
    }
    bool older = l->kind == LEG_REVERSAL && is_older(st, l);
    books_line *line = line_of(st, l, &team, CATEGORY_ADJUSTMENT, older);
    // What comes to a provider is owed to it; what comes to a user is less to pay.
    bool more = l->in == books_of_provider(st->b, l->party);
    return add(line, more ? l->amount : -l->amount, 1);
}

static exchange_leg_kind kind_of(const char *word)
{
    int kind = 0;
    while (kind < LEG_COUNT - 1 && strcmp(exchange_leg_name((exchange_leg_kind)kind), word) != 0) {
        kind++;
    }
    return (exchange_leg_kind)kind;
}

static bool take_row(statement *st, sqlite3_stmt *row)
{
    int64_t debit = sqlite3_column_int64(row, 2), credit = sqlite3_column_int64(row, 3);
    int32_t from = books_party_of(st->b, debit), to = books_party_of(st->b, credit);
    const leg l = {.seq = sqlite3_column_int64(row, 1),
                   .party = from >= 0 ? from : to,
                   .in = from < 0,
                   .amount = sqlite3_column_int64(row, 4),
                   .kind = kind_of((const char *)sqlite3_column_text(row, 5)),
                   .task = sqlite3_column_int64(row, 6),
                   .attempt = sqlite3_column_int(row, 7)};
    if (l.party < 0 || (st->party >= 0 && l.party != st->party)) {
        return true;
    }
    if (l.seq >= st->hour_end_seq) {
        end_hour(st);
        int64_t second = (books_at_ns(st->b, l.seq) + st->b->begun_ns) / 1000000000;
        st->hour_s = second - second % HOUR_S;
        st->hour_end_seq = books_first_event(st->b, books_ns(st->b, st->hour_s + HOUR_S));
    }
    return add_leg(st, &l);
}

// A page of ids from one on, up to another: the first id behind it, -1 when something is wrong.
static int64_t read_page(statement *st, int64_t from, int64_t to)
{
    static const char *const sql =
        "SELECT id,seq,debit,credit,amount,kind,coalesce(task,0),coalesce(attempt,0) FROM transfer "
        "WHERE id>=?1 AND id<?2 AND kind IN ('charge','credit','share','rounding','reversal') "
        "ORDER BY id";
    int64_t end = from + BOOKS_PAGE < to ? from + BOOKS_PAGE : to;
    sqlite3_stmt *s = books_sql(st->b, sql, st->err);
    if (s == NULL) {
        return -1;
    }
    sqlite3_bind_int64(s, 1, from);
    sqlite3_bind_int64(s, 2, end);
    int code = SQLITE_DONE;
    bool room = true;
    while (room && (code = sqlite3_step(s)) == SQLITE_ROW) {
        room = take_row(st, s);
    }
    if (!room) {
        sqlite3_finalize(s);
        dcat_fail(st->err, DCAT_ERR_MEMORY, "no memory for a statement");
        return -1;
    }
    return books_end(st->b, s, code, st->err) == DCAT_OK ? end : -1;
}

// ---- the whole

static void find_root(statement *st, int64_t seq)
{
    sqlite3_stmt *s = books_sql(st->b,
                                "SELECT body FROM event WHERE seq<? AND kind='slot' ORDER BY seq "
                                "DESC LIMIT 1",
                                NULL);
    if (s != NULL) {
        sqlite3_bind_int64(s, 1, seq);
        if (sqlite3_step(s) == SQLITE_ROW) {
            int bytes = sqlite3_column_bytes(s, 0);
            const char *body = sqlite3_column_blob(s, 0);
            const char *root = memmem(body, (size_t)bytes, "\"root\":\"", 8);
            if (root != NULL && root + 8 + 64 <= body + bytes) {
                memcpy(st->page.root, root + 8, 64);
            }
        }
    }
    sqlite3_finalize(s);
}

static dcat_status walk(statement *st)
{
    int64_t first = books_first_event(st->b, books_ns(st->b, st->page.month->from_s));
    int64_t last = books_first_event(st->b, books_ns(st->b, st->page.month->to_s));
    find_root(st, last);
    if (st->format == BOOKS_FOCUS) {
        books_focus_head(&st->page);
    } else {
        books_csv_head(&st->page);
    }
    int64_t at = books_first_transfer(st->b, first), end = books_first_transfer(st->b, last);
    while (at >= 0 && at < end) {
        at = read_page(st, at, end);
    }
    if (at < 0) {
        return DCAT_ERR_IO;
    }
    end_hour(st);
    for (int32_t p = 0; p < st->b->party_count; p++) {
        end_month(st, p);
    }
    return ferror(st->page.out) == 0 ? DCAT_OK : dcat_fail(st->err, DCAT_ERR_IO, "cannot write it");
}

dcat_status books_statement(books *b, const books_span *month, int32_t party, books_format format,
                            FILE *out, books_sums *sums, dcat_error *err)
{
    if (party >= b->party_count) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND, "there is no party %d", party);
    }
    statement st = {.b = b,
                    .page = {.b = b, .month = month, .out = out},
                    .format = format,
                    .party = party,
                    .err = err};
    st.parties = calloc((size_t)b->party_count + 1, sizeof *st.parties);
    st.members =
        books_sql(b,
                  "SELECT m.server,m.load,m.pool,coalesce(t.class,'work') FROM award_member m JOIN "
                  "task t ON t.id=m.task WHERE m.task=? AND m.attempt=?",
                  err);
    st.finished =
        books_sql(b, "SELECT max(finished_ns) FROM award_member WHERE task=? AND attempt=?", err);
    dcat_status status = DCAT_ERR_IO;
    if (st.parties == NULL || !make_room(&st, 256)) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a statement");
    } else if (st.members != NULL && st.finished != NULL) {
        status = walk(&st);
    }
    sqlite3_finalize(st.members);
    sqlite3_finalize(st.finished);
    free(st.parties);
    free(st.lines);
    free(st.page.skus);
    if (sums != NULL) {
        *sums = st.sums;
    }
    return status;
}
