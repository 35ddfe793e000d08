// SPDX-License-Identifier: Apache-2.0
// Statements and reports of a small log: an invoice is the sum of its rows, every transfer that is
// billed is in exactly one, rows are as FOCUS 1.2 asks, and what a report says adds up.
#include "base/json.h"
#include "books/sheet.h"
#include "exchange/books/books.h"
#include "exchange/store/object.h"
#include "store/folder.h"
#include "store/market.h"

#include <string.h>

#define UNIT DCAT_MONEY_UNIT
#define HOUR (3600 * STAGE_S)
enum { TASKS = 30, USER = 1, TEXT_MAX = 1 << 18 };

static folder f;
static exchange_reader *reader;
static char text[TEXT_MAX];

static int64_t do_event(exchange_store *store, exchange_event event)
{
    exchange_result result;
    assert_int_equal(exchange_store_apply(store, &event, NULL, &result, NULL), DCAT_OK);
    if (result.code != CODE_DONE) {
        fail_msg("%s: %s", exchange_kind_name(event.kind), exchange_code_name(result.code));
    }
    return result.id;
}

// Submitted and auctioned in slot n; finished late_ns after the deadline of 5 s, or in time. Below
// 0: 4.6 s of work for both that waits half a second for its slot, which is too long.
static int64_t play_task(exchange_store *store, int64_t n, int64_t late_ns)
{
    int64_t at_ns = n * STAGE_S, submit_ns = late_ns < 0 ? at_ns - STAGE_S / 2 : at_ns;
    for (int32_t s = 0; s < 2; s++) {
        do_event(store, stage_of_server(EVENT_HEARTBEAT, 2 + s, submit_ns, s));
    }
    exchange_event submit =
        stage_submit(USER, submit_ns, (uint64_t)n, late_ns < 0 ? 2300 : 700, 5000);
    submit.task.area = (int32_t)(n / 600 % 2);
    int64_t task = do_event(store, submit);
    do_event(store,
             (exchange_event){
                 .kind = EVENT_SLOT, .actor = EXCHANGE_SELF, .at_ns = at_ns, .slot = {n, 7}});
    static const exchange_kind kinds[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
    exchange_part_view part;
    for (int k = 0; k < 3 && late_ns >= 0; k++) {
        for (int32_t i = 0; exchange_task_part(exchange_store_view(store), task, i, &part); i++) {
            int64_t then_ns = late_ns > 0 ? at_ns + 5 * STAGE_S + late_ns : at_ns + STAGE_S;
            do_event(store, stage_report(kinds[k], 2 + part.server, k < 2 ? at_ns : then_ns, task,
                                         1, part.server));
        }
    }
    return task;
}

// 2026-11-30T20:00:00Z is slot 0; tasks come every ten minutes for five hours, so some of them, and
// the reversal of one, are in December.
static int make(void **fixture)
{
    (void)fixture;
    f = folder_make();
    exchange_setup setup = store_setup();
    setup.begun_unix_ns = INT64_C(1796068800) * 1000000000;
    setup.config.pricing = EXCHANGE_PASS_THROUGH;
    setup.config.commission_bp = 1000;
    setup.world.auction.ceiling_per_cycle = 7e-9; // half of the fee
    setup.config.late[0] = (exchange_rung){0, 3333};
    setup.config.provider_bears_bp = 5000;
    setup.config.task_max = 1000;
    setup.config.part_max = 1000;
    setup.config.dispute_ns = 24 * HOUR;
    setup.config.heartbeat_ns = HOUR;
    exchange_store *store = NULL;
    assert_int_equal(exchange_store_create(f.path, NULL, &setup, &store, NULL), DCAT_OK);
    for (int64_t n = 0; n < 14; n++) {
        exchange_event event;
        store_event(store, n, &event);
        if (event.kind == EVENT_CYCLE) { // both servers together
            const int32_t together[] = {0, 0};
            assert_int_equal(exchange_cut_set_clusters(event.cut, together, NULL), DCAT_OK);
        }
        do_event(store, event);
    }
    do_event(store, (exchange_event){.kind = EVENT_DEPOSIT,
                                     .actor = STAGE_OPERATOR,
                                     .deposit = {USER, 1000000 * UNIT}});
    int64_t first = 0;
    for (int64_t n = 0; n < TASKS; n++) { // every third late, every fifth more than can be done
        int64_t task = play_task(store, 600 * n + 1, n % 5 == 4 ? -1 : n % 3 == 2 ? STAGE_S : 0);
        first = n == 0 ? task : first;
    }
    exchange_event event = stage_report(EVENT_DISPUTE, USER, 5 * HOUR, first, 0, 0);
    do_event(store, event);
    event.kind = EVENT_RESOLVE;
    event.actor = STAGE_OPERATOR;
    event.report.refund = true;
    do_event(store, event);
    assert_int_equal(exchange_store_commit(store, NULL), DCAT_OK);
    exchange_store_close(store);
    dcat_error err = {0};
    if (exchange_reader_open(f.path, 60000, &reader, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return 0;
}

static int end(void **fixture)
{
    (void)fixture;
    exchange_reader_close(reader);
    folder_remove(&f);
    return 0;
}

static const books_options plain = {
    .tax_bp = 1900, .minor_digits = -1, .legal_name = "Five \"Cities\", Inc.", .tax_id = "DE1"};

static books *opened(const books_options *options)
{
    books *b = NULL;
    dcat_error err = {0};
    if (books_open(reader, options, &b, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return b;
}

static books_sums statement(const books_options *options, const char *month, int32_t party,
                            books_format format)
{
    books *b = opened(options);
    books_span span;
    assert_true(books_month(month, &span));
    memset(text, 0, sizeof text);
    FILE *out = fmemopen(text, sizeof text - 1, "w");
    books_sums sums;
    dcat_error err = {0};
    if (books_statement(b, &span, party, format, out, &sums, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    fclose(out);
    books_close(b);
    return sums;
}

static int64_t number(const char *sql)
{
    sqlite3_stmt *s = NULL;
    sqlite3 *db = exchange_reader_start(reader);
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK) {
        fail_msg("%s", sqlite3_errmsg(db));
    }
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return value;
}

// ---- the tests

#define MONTH_END "14400000000000" // 2026-12-01, in nano-seconds of the exchange
#define BILLED                                                                                     \
    "FROM transfer t JOIN event e ON e.seq=t.seq WHERE t.kind IN ('charge','credit','reversal') "  \
    "AND (t.debit IN (7,8) OR t.credit IN (7,8))"

// I21: the rows of an invoice add up to what its user's transfers of the month do, to the minor
// unit; and each of these is in one row.
static void test_an_invoice_is_the_sum_of_its_rows(void **fixture)
{
    (void)fixture;
    static sheet s;
    dcat_money charged =
        number("SELECT sum(t.amount) " BILLED " AND t.kind='charge' AND e.at_ns<" MONTH_END);
    int64_t legs = number("SELECT count(*) " BILLED " AND e.at_ns<" MONTH_END);
    books_sums sums = statement(&plain, "2026-11", USER, BOOKS_FOCUS);
    cut(&s, text);
    assert_int_equal(sums.rows, s.rows - 1);
    assert_int_equal(sums.legs, legs);
    assert_int_equal(sum(&s, "BilledCost", NULL), sums.total);
    assert_int_equal(sums.total % 10000, 0); // cents
    assert_in_range(sums.total - charged + 5000, 0, 10000);
    // 19 % in what is paid, to the micro-unit.
    dcat_money tax = sum(&s, "BilledCost", "Tax");
    assert_int_equal(tax, charged * 1900 / 11900);
    int64_t in_rows = 0;
    for (size_t row = 1; row < s.rows; row++) {
        assert_string_equal(at(&s, row, "InvoiceId"), "test-2026-11-1");
        bool of_hour = strcmp(at(&s, row, "ChargeCategory"), "Tax") != 0 &&
                       strncmp(at(&s, row, "ChargeDescription"), "Rounding", 8) != 0;
        in_rows += of_hour ? strtoll(at(&s, row, "x_LegCount"), NULL, 10) : 0;
    }
    assert_int_equal(in_rows, legs);
    sums = statement(&plain, "2026-12", USER, BOOKS_FOCUS);
    cut(&s, text);
    assert_int_equal(sums.legs, number("SELECT count(*) " BILLED " AND e.at_ns>=" MONTH_END));
    bool corrected = false; // the task of November that was disputed
    for (size_t row = 1; row < s.rows; row++) {
        bool correction = strcmp(at(&s, row, "ChargeClass"), "Correction") == 0;
        assert_true(!correction || (strcmp(at(&s, row, "ChargeCategory"), "Adjustment") == 0 &&
                                    at(&s, row, "BilledCost")[0] == '-'));
        corrected |= correction;
    }
    assert_true(corrected);
    sums = statement(&plain, "2027-01", USER, BOOKS_FOCUS);
    assert_true(sums.rows == 0 && sums.total == 0);
}

// Of both providers: what they were paid in the months, and all parties in one file.
static void test_a_provider_sees_what_it_is_owed(void **fixture)
{
    (void)fixture;
    static sheet s;
    const books_options options = {.minor_digits = 6}; // no rounding, no tax
    dcat_money owed = 0, total = 0;
    for (int32_t party = 2; party < 4; party++) {
        owed += statement(&options, "2026-11", party, BOOKS_FOCUS).total;
        owed += statement(&options, "2026-12", party, BOOKS_FOCUS).total;
        cut(&s, text);
        assert_string_equal(at(&s, 1, "InvoiceIssuerName"), "test");
        assert_string_equal(at(&s, 1, "BillingAccountId"), party == 2 ? "2" : "3");
    }
    assert_int_equal(owed, number("SELECT sum(balance) FROM account WHERE party IN (2,3)"));
    for (int32_t party = 1; party < 4; party++) {
        total += statement(&options, "2026-11", party, BOOKS_CSV).rows;
    }
    assert_int_equal(statement(&options, "2026-11", -1, BOOKS_CSV).rows, total);
}

// The 21 mandatory columns of FOCUS 1.2, what may be null, and what values may be.
static void test_rows_are_as_focus_asks(void **fixture)
{
    (void)fixture;
    static const char *const never_null[] = {
        "BilledCost",        "EffectiveCost",     "ListCost",        "ContractedCost",
        "BillingAccountId",  "BillingCurrency",   "ChargeCategory",  "BillingPeriodStart",
        "BillingPeriodEnd",  "ChargePeriodStart", "ChargePeriodEnd", "ProviderName",
        "PublisherName",     "InvoiceIssuerName", "ServiceCategory", "ServiceName",
        "BillingAccountType"};
    static const char *const others[] = {"BillingAccountName", "ChargeClass", "ChargeDescription",
                                         "PricingQuantity", "PricingUnit"};
    static const char *const times[] = {"BillingPeriodStart", "BillingPeriodEnd",
                                        "ChargePeriodStart", "ChargePeriodEnd"};
    static const char *const categories = "Usage Purchase Tax Credit Adjustment";
    static sheet s;
    statement(&plain, "2026-11", -1, BOOKS_FOCUS);
    cut(&s, text);
    assert_true(s.rows > 20);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        column_of(&s, others[i]);
    }
    for (size_t c = 0; c < s.columns; c++) { // ours begin with x_
        assert_string_equal(s.cell[0][c], books_focus_columns[c]);
    }
    for (size_t row = 1; row < s.rows; row++) {
        for (size_t i = 0; i < sizeof never_null / sizeof *never_null; i++) {
            assert_true(at(&s, row, never_null[i])[0] != '\0');
        }
        for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
            const char *t = at(&s, row, times[i]);
            assert_true(strlen(t) == 20 && t[10] == 'T' && t[19] == 'Z');
        }
        const char *category = at(&s, row, "ChargeCategory");
        bool usage = strcmp(category, "Usage") == 0;
        bool user = strcmp(at(&s, row, "BillingAccountId"), "1") == 0;
        assert_string_equal(at(&s, row, "BillingAccountType"), user ? "user" : "provider");
        assert_non_null(strstr(categories, category));
        assert_true(strlen(at(&s, row, "BillingCurrency")) == 3);
        assert_true(usage == (at(&s, row, "PricingQuantity")[0] != '\0'));
        assert_true(usage == (at(&s, row, "PricingUnit")[0] != '\0'));
        assert_true(usage == (at(&s, row, "ConsumedQuantity")[0] != '\0'));
        assert_string_equal(at(&s, row, "ServiceCategory"), "Compute");
        assert_true(strcmp(at(&s, row, "ChargePeriodStart"), at(&s, row, "ChargePeriodEnd")) < 0);
        assert_int_equal(strlen(at(&s, row, "x_Root")), 64);
    }
    assert_string_equal(at(&s, 1, "BillingPeriodStart"), "2026-11-01T00:00:00Z");
    assert_string_equal(at(&s, 1, "BillingPeriodEnd"), "2026-12-01T00:00:00Z");
    assert_string_equal(at(&s, 1, "InvoiceIssuerName"), "Five \"Cities\", Inc.");
}

// The lines in plain words add up to the same, each with its tax; and regions are those of names.
static void test_lines_in_plain_words_add_up(void **fixture)
{
    (void)fixture;
    static const char *const names[] = {"south, east", "north"};
    static sheet s;
    books_options options = plain;
    options.area_names = names;
    options.area_count = 2;
    options.currency = "CNY";
    books_sums sums = statement(&options, "2026-11", USER, BOOKS_CSV);
    cut(&s, text);
    assert_int_equal(sum(&s, "total", NULL), sums.total);
    assert_int_equal(sum(&s, "amount", NULL) + sum(&s, "tax", NULL), sums.total);
    assert_int_equal(statement(&options, "2026-11", USER, BOOKS_FOCUS).total, sums.total);
    statement(&options, "2026-11", USER, BOOKS_CSV);
    cut(&s, text);
    dcat_money credits = 0; // what came back for lateness stands on lines of its own
    for (size_t row = 1; row < s.rows; row++) {
        bool credit = strcmp(at(&s, row, "category"), "credit") == 0;
        credits -= credit ? micro(at(&s, row, "total")) : 0;
    }
    assert_int_equal(credits, number("SELECT sum(t.amount) " BILLED
                                     " AND t.kind='credit' AND e.at_ns<" MONTH_END));
    assert_string_equal(at(&s, 1, "region"), "south, east");
    assert_string_equal(at(&s, 1, "seller_tax_id"), "DE1");
    assert_string_equal(at(&s, 1, "category"), "usage");
    const char *days[] = {"2026-11-31", "2026-1-01", "2026-13-01", "2026-11", "", "2026-11-00"};
    books_span span;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        assert_false(books_day(days[i], &span));
    }
    assert_true(books_day("2028-02-29", &span) && !books_day("2026-02-29", &span));
    assert_false(books_month("2026-00", &span) || books_month("2026-1", &span) ||
                 books_month(NULL, &span) || books_month("2026-11-01", &span));
}

static int64_t field(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static double real(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static json_t *report(const char *word)
{
    books *b = opened(&plain);
    books_span span;
    assert_true(books_day(word, &span) || books_month(word, &span));
    memset(text, 0, sizeof text);
    FILE *out = fmemopen(text, sizeof text - 1, "w");
    assert_int_equal(books_report(b, &span, out, NULL), DCAT_OK);
    fclose(out);
    books_close(b);
    json_error_t why;
    json_t *said = json_object_of(text, strlen(text), &why);
    assert_non_null(said);
    return said;
}

// Settings of another exchange, a party that is not there, and a time that the log has nothing of.
static void test_what_is_not_the_log_s_is_refused(void **fixture)
{
    (void)fixture;
    static const char *const names[] = {"a", "b", "c"};
    books *b = NULL;
    dcat_error err = {0};
    books_options options = {.area_names = names, .area_count = 3};
    assert_int_equal(books_open(reader, &options, &b, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "3 areas, the log 2"));
    options = (books_options){.currency = "XAU"};
    assert_int_equal(books_open(reader, &options, &b, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "currency is XAU, of the log CNY"));
    b = opened(&plain);
    books_span span;
    assert_true(books_month("2026-11", &span));
    assert_int_equal(books_statement(b, &span, 99, BOOKS_CSV, stdout, NULL, &err),
                     DCAT_ERR_NOT_FOUND);
    books_close(b);
    static const char *const words[] = {"2027-01", "2026-11-29", "2099-12-31"};
    for (size_t i = 0; i < 3; i++) {
        json_t *none = report(words[i]);
        assert_true(json_is_null(json_object_get(none, "covered_from")));
        assert_true(json_is_null(json_object_get(none, "covered_to")));
        assert_true(field(none, "tasks") == 0 && field(none, "charged_micro") == 0);
        json_decref(none);
    }
    json_t *some = report("2026-11");
    const char *from = json_string_value(json_object_get(some, "covered_from"));
    const char *to = json_string_value(json_object_get(some, "covered_to"));
    assert_string_equal(from, "2026-11-30T20:00:00Z");
    assert_string_equal(to, "2026-12-01T00:00:00Z");
    json_decref(some);
}

// November ends after four hours: 24 tasks, of which every fifth is unserved; and the day of the
// month that has them all says the same.
static void test_a_report_adds_up(void **fixture)
{
    (void)fixture;
    json_t *r = report("2026-11"), *day = report("2026-11-30");
    json_object_set_new(day, "period", json_string("2026-11"));
    json_object_set(day, "from", json_object_get(r, "from"));
    assert_true(json_equal(r, day));
    json_decref(day);
    assert_int_equal(field(r, "tasks"), 24 - 1); // one was refunded in December
    assert_int_equal(field(r, "unserved"), 4);
    assert_int_equal(field(r, "served") + field(r, "late"), 20 - 1);
    dcat_money kept = field(r, "kept_micro"), paid = field(r, "paid_micro");
    assert_int_equal(field(r, "charged_micro") - field(r, "credits_micro"), kept + paid);
    assert_true(real(r, "take_rate") > 0.0);

    const json_t *sites = json_object_get(r, "sites"), *site = json_array_get(sites, 0);
    assert_int_equal(json_array_size(sites), 1); // both servers are next to the same area
    assert_int_equal(field(site, "servers"), 2);
    assert_near(real(site, "offered_hours"), 8.0, 1e-6); // two for four hours
    // 700 giga-cycles by two servers of 250 a second: 1.4 s of each, for 20 tasks.
    assert_near(real(site, "allocated_hours"), 20 * 2 * 1.4 / 3600.0, 1e-6);
    assert_true(real(site, "used_hours") > 0.0);
    assert_near(real(site, "idle_hours"), 8.0 - real(site, "used_hours"), 1e-6);
    assert_int_equal(field(site, "revenue_micro"), paid);
    assert_near(real(site, "revenue_per_hour"), (double)paid / 1e6 / 8.0, 1e-6);

    int64_t tasks = 0;
    const json_t *pair = NULL, *reason = NULL;
    size_t i;
    json_array_foreach(json_object_get(r, "regions"), i, pair)
    {
        tasks += field(pair, "tasks");
        assert_string_equal(json_string_value(json_object_get(pair, "serving")), "area-1");
    }
    if (i != 2 || tasks != 19) { // from both areas
        fail_msg("%s", text);
    }
    reason = json_array_get(json_object_get(r, "unserved_reasons"), 0);
    assert_int_equal(field(reason, "tasks"), 4);
    assert_int_equal(field(reason, "fee_lost_micro"), 4 * 32200 * UNIT);
    json_decref(r);
    r = report("2026-12-02"); // nothing, and no more than was: the log ends before
    assert_int_equal(field(r, "tasks"), 0);
    json_decref(r);
}

// Slow servers with very many cores: 350 giga-cycles of each take 1 400 s, or 140 000 000 000
// core-seconds, which as nano-seconds are more than 63 bits hold.
static void test_sums_of_time_do_not_go_around(void **fixture)
{
    (void)fixture;
    static sheet s;
    folder_change(&f, "UPDATE unit SET cores=100000000,declared_hz=declared_hz/1000");
    statement(&plain, "2026-11", USER, BOOKS_FOCUS);
    cut(&s, text);
    size_t usage = 0;
    for (size_t row = 1; row < s.rows; row++) {
        double node_hours = strtod(at(&s, row, "ConsumedQuantity"), NULL);
        double core_hours = strtod(at(&s, row, "x_CoreHours"), NULL);
        if (strcmp(at(&s, row, "ChargeCategory"), "Usage") == 0) {
            assert_true(node_hours >= 2 * 1400.0 / 3600.0 - 1e-6);
            assert_near(core_hours / 1e8, node_hours, 1e-6);
            usage++;
        }
    }
    assert_true(usage > 0);
    folder_change(&f, "UPDATE unit SET declared_hz=declared_hz/1000000"); // 2.8 10^18 ns a task
    json_t *r = report("2026-11"), *pair = NULL;
    size_t i;
    json_array_foreach(json_object_get(r, "regions"), i, pair)
    {
        assert_near(real(pair, "used_hours") / (double)field(pair, "tasks"), 2.8e9 / 3600.0, 1.0);
    }
    json_decref(r);
    folder_change(&f, "UPDATE unit SET cores=100,declared_hz=250000000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_invoice_is_the_sum_of_its_rows),
        cmocka_unit_test(test_a_provider_sees_what_it_is_owed),
        cmocka_unit_test(test_rows_are_as_focus_asks),
        cmocka_unit_test(test_lines_in_plain_words_add_up),
        cmocka_unit_test(test_what_is_not_the_log_s_is_refused),
        cmocka_unit_test(test_a_report_adds_up),
        cmocka_unit_test(test_sums_of_time_do_not_go_around),
    };
    return cmocka_run_group_tests(tests, make, end);
}
