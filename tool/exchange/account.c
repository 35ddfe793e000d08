// SPDX-License-Identifier: Apache-2.0
// dcat account: who has how much. dcat exchange: an operator's calls.
#include "tool/exchange/books.h"

#include "base/json.h"

#include <ctype.h>
#include <string.h>

// ---- account

typedef struct account_options {
    remote_options remote;
    const char *month, *format, *party, *pay_out;
    bool earnings, terms;
    books_source source;
} account_options;

static const cli_option account_table[] = {
    {"statement", 's', CLI_TEXT, "YYYY-MM", CLI_AT(account_options, month),
     .help = "What came in and went out in a month, by kind"},
    {"format", 'f', CLI_TEXT, "csv|focus", CLI_AT(account_options, format),
     .help = "Of the statement: an invoice's lines by the hour as CSV, or as FOCUS 1.2"},
    {"party", 'p', CLI_TEXT, "ID", CLI_AT(account_options, party),
     .help = "Whose, for operators; default: all"},
    BOOKS_OPTIONS(account_options, source),
    {"earnings", 'e', CLI_FLAG, NULL, CLI_AT(account_options, earnings),
     .help = "Of a provider: accrued, payable, the next payout, what is locked and what frees it"},
    {"terms", 't', CLI_FLAG, NULL, CLI_AT(account_options, terms),
     .help =
         "Of a user: what it may owe, may spend in an hour and spent, and each of its vouchers"},
    {"pay-out", 0, CLI_TEXT, "AMOUNT", CLI_AT(account_options, pay_out),
     .help = "Order a payout of so much of what is free, such as 12.50"},
    {0},
};

static bool is_month(const char *text)
{
    for (size_t i = 0; i < 7; i++) {
        if (i == 4 ? text[i] != '-' : !isdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return text[7] == '\0';
}

// --format, and what goes with it.
static dcat_status check_invoice(const account_options *o, dcat_error *err)
{
    const char *format = o->format;
    if (format != NULL && strcmp(format, "csv") != 0 && strcmp(format, "focus") != 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--format must be csv or focus, got '%s'", format);
    }
    if (format != NULL && o->month == NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "--format needs a month: give --statement YYYY-MM, too");
    }
    if (format == NULL && o->source.data != NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "--data DIR is read for invoices: give --statement YYYY-MM and --format "
                         "csv or focus, too");
    }
    if (format == NULL && o->party != NULL && !o->earnings && !o->terms && o->pay_out == NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "--party is of --earnings, --terms, --pay-out or an invoice: give one of "
                         "them, or --statement YYYY-MM with --format csv or focus");
    }
    if ((o->month != NULL) + o->earnings + o->terms + (o->pay_out != NULL) > 1) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "--statement, --earnings, --terms and --pay-out are asked for one at a "
                         "time");
    }
    if (o->source.config != NULL && o->source.data == NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "--config is of --data DIR: give that, too");
    }
    bool digits = o->party == NULL || (strspn(o->party, "0123456789") == strlen(o->party) &&
                                       o->party[0] != '\0' && strlen(o->party) <= 9);
    return digits ? DCAT_OK
                  : dcat_fail(err, DCAT_ERR_RANGE,
                              "--party must be an id of up to 9 digits, got '%s'", o->party);
}

static dcat_status check_account(void *options, dcat_error *err)
{
    const account_options *o = options;
    if (o->remote.word_count > 0) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "account has options alone, such as --earnings, got '%s'",
                         o->remote.words[0]);
    }
    return o->month == NULL || is_month(o->month)
               ? check_invoice(o, err)
               : dcat_fail(err, DCAT_ERR_FORMAT,
                           "--statement must be a month such as 2026-11, got "
                           "'%s'",
                           o->month);
}

// A decimal of up to nine digits and six behind the point, as micro-units: 0 where it is none.
static long long micro_of(const char *amount)
{
    enum { WHOLE = 9, BEHIND = 6 };
    size_t whole = strspn(amount, "0123456789"), point = amount[whole] == '.';
    size_t behind = point == 1 ? strspn(amount + whole + 1, "0123456789") : 0;
    if (whole < 1 || whole > WHOLE || behind < point || behind > BEHIND ||
        amount[whole + point + behind] != '\0') {
        return 0;
    }
    long long micro = 0;
    for (size_t i = 0; i < whole + BEHIND; i++) {
        char digit = i < whole ? amount[i] : i < whole + behind ? amount[i + 1] : '0';
        micro = 10 * micro + (digit - '0');
    }
    return micro;
}

static int pay_out(const account_options *o)
{
    long long micro = micro_of(o->pay_out);
    if (micro <= 0) {
        dcat_error err = {0};
        dcat_status status = dcat_fail(&err, DCAT_ERR_RANGE,
                                       "--pay-out must be an amount > 0 with at most six digits "
                                       "behind the point, such as 12.50, got '%s'",
                                       o->pay_out);
        return cli_exit(status, &err);
    }
    json_t *body = json_pack("{s:I}", "amount_micro", (json_int_t)micro);
    if (o->party != NULL) {
        body = json_with(body, "party", json_string(o->party));
    }
    return remote_ask(&o->remote, "POST", "/v1/payouts", body);
}

static int run_account(void *options)
{
    const account_options *o = options;
    char path[64] = "/v1/accounts";
    if (o->pay_out != NULL) {
        return pay_out(o);
    }
    if (o->earnings || o->terms) {
        snprintf(path, sizeof path, "/v1/%s%s%s", o->terms ? "terms" : "earnings",
                 o->party != NULL ? "?party=" : "", o->party != NULL ? o->party : "");
    }
    if (o->format != NULL) {
        return books_print_statement(&o->remote, &o->source, o->month, o->format, o->party);
    }
    if (o->month != NULL) {
        snprintf(path, sizeof path, "/v1/statements?month=%s", o->month);
    }
    return remote_ask(&o->remote, "GET", path, NULL);
}

const cli_command cli_account = {
    .name = "account",
    .brief = "",
    .summary = "show your accounts at an exchange",
    .about =
        "Show your accounts at an exchange, or what moved in a month; an operator or auditor "
        "sees all. With --format the month is an invoice: a row an hour, thing sold, region and "
        "category, whose sum is the invoice.\v"
        "Example: dcat account --statement 2026-11 --format focus >november.csv",
    .own = account_table,
    CLI_REMOTE,
    .options_size = sizeof(account_options),
    .check = check_account,
    .run = run_account,
};

// ---- exchange

typedef struct exchange_options {
    remote_options remote;
    const char *reason, *format;
    report_wish report;
    books_source source;
} exchange_options;

static const cli_option exchange_table[] = {
    {"reason", 'r', CLI_TEXT, "TEXT", CLI_AT(exchange_options, reason),
     .help = "Why, for the log; halt, resume and return need it; of confirm the bank's reference"},
    {"day", 'd', CLI_TEXT, "YYYY-MM-DD", CLI_AT(exchange_options, report.day),
     .help = "Of report: the day"},
    {"month", 'm', CLI_TEXT, "YYYY-MM", CLI_AT(exchange_options, report.month),
     .help = "Of report: the month, instead"},
    {"format", 'f', CLI_TEXT, "text|csv", CLI_AT(exchange_options, format),
     .help = "Of report: how it is printed (default: text)"},
    {"out", 'o', CLI_TEXT, "DIR", CLI_AT(exchange_options, report.out),
     .help = "Of report: also a folder with the page and its tables as CSV"},
    BOOKS_OPTIONS(exchange_options, source),
    {0},
};

enum { BACKUP_PATIENCE_MS = 3600 * 1000 }; // the larger the log, the longer it takes
static const char *const verbs[] = {"status", "halt",    "resume",  "backup",
                                    "report", "payouts", "confirm", "return"};

static dcat_status check_report(exchange_options *o, bool is_report, dcat_error *err)
{
    const report_wish *w = &o->report;
    bool some = w->day != NULL || w->month != NULL || w->out != NULL || o->format != NULL ||
                o->source.data != NULL || o->source.config != NULL;
    if (!is_report) {
        return !some ? DCAT_OK
                     : dcat_fail(err, DCAT_ERR_FIELD,
                                 "--day, --month, --format, --out, --data and --config are of "
                                 "report");
    }
    if ((w->day == NULL) == (w->month == NULL)) {
        return dcat_fail(err, DCAT_ERR_FIELD, "report needs --day YYYY-MM-DD or --month YYYY-MM");
    }
    if (w->month != NULL && !is_month(w->month)) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "--month must be like 2026-11, got '%s'", w->month);
    }
    if (w->day != NULL && (strlen(w->day) != 10 || w->day[4] != '-' || w->day[7] != '-' ||
                           strspn(w->day, "0123456789-") != 10)) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "--day must be like 2026-11-28, got '%s'", w->day);
    }
    o->report.csv = o->format != NULL && strcmp(o->format, "csv") == 0;
    return o->format == NULL || o->report.csv || strcmp(o->format, "text") == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_RANGE, "--format must be text or csv, got '%s'",
                           o->format);
}

static dcat_status check_exchange(void *options, dcat_error *err)
{
    exchange_options *o = options;
    const char *verb = o->remote.word_count > 0 ? o->remote.words[0] : "";
    bool known = false;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        known |= strcmp(verb, verbs[i]) == 0;
    }
    if (!known) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "status, halt, resume, report, payouts, confirm ID, return ID or backup "
                         "NAME, got '%s'",
                         verb);
    }
    bool of_payout = strcmp(verb, "confirm") == 0 || strcmp(verb, "return") == 0;
    size_t wanted = strcmp(verb, "backup") == 0 || of_payout ? 2 : 1;
    if (o->remote.word_count != wanted) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         of_payout     ? "which payout?"
                         : wanted == 2 ? "what is the backup to be called?"
                                       : "one argument is enough");
    }
    if ((strcmp(verb, "halt") == 0 || strcmp(verb, "resume") == 0 || of_payout) &&
        o->reason == NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "%s needs --reason TEXT", verb);
    }
    return check_report(options, strcmp(verb, "report") == 0, err);
}

// How it stands. Its areas are for programs.
static int run_status(const remote_options *r)
{
    client *c = NULL;
    json_t *answer = NULL;
    int code = remote_open(r, &c);
    if (code == 0) {
        code = remote_call(r, c, "GET", "/v1/market", NULL, NULL, &answer);
    }
    client_destroy(c);
    if (code == 0 && !r->common.json) {
        size_t count = json_array_size(json_object_get(answer, "areas"));
        answer = json_with(answer, "areas", json_integer((json_int_t)count));
    }
    return code == 0 ? remote_print(r, answer) : code;
}

static int run_exchange(void *options)
{
    exchange_options *o = options;
    remote_options *r = &o->remote;
    const char *verb = r->words[0];
    char path[32];
    if (strcmp(verb, "payouts") == 0) {
        return remote_ask(r, "GET", "/v1/payouts?limit=1000", NULL);
    }
    if (strcmp(verb, "confirm") == 0 || strcmp(verb, "return") == 0) {
        char of_payout[64];
        bool confirm = verb[0] == 'c';
        snprintf(of_payout, sizeof of_payout, "/v1/payouts/%.20s/%s", r->words[1], verb);
        return remote_ask(r, "POST", of_payout,
                          json_pack("{s:s}", confirm ? "reference" : "reason", o->reason));
    }
    if (strcmp(verb, "report") == 0) {
        return books_print_report(r, &o->source, &o->report);
    }
    if (strcmp(verb, "status") == 0) {
        return run_status(r);
    }
    if (strcmp(verb, "backup") == 0) {
        r->patience_ms = BACKUP_PATIENCE_MS;
        return remote_ask(r, "POST", "/v1/backups", json_pack("{s:s}", "name", r->words[1]));
    }
    snprintf(path, sizeof path, "/v1/%s", verb);
    return remote_ask(r, "POST", path, json_pack("{s:s}", "reason", o->reason));
}

const cli_command cli_exchange = {
    .name = "exchange",
    .brief = "VERB",
    .summary = "look at an exchange; as its operator halt it, resume it, back it up, report",
    .arguments = "status|halt|resume|report|payouts|confirm ID|return ID|backup NAME",
    .about =
        "Look at an exchange; as its operator halt it (nothing is accepted and nothing sold, "
        "what was awarded goes on), resume it, make a backup in the folder of its data while it "
        "runs, or report a day or a month: what was offered and used where, what it earned, why "
        "tasks were not served. Payouts to providers are listed, and confirmed when the money has "
        "left or returned when it could not be paid.\vExample: dcat exchange halt --reason 'a disk "
        "is being changed'",
    .own = exchange_table,
    CLI_REMOTE,
    .options_size = sizeof(exchange_options),
    .check = check_exchange,
    .run = run_exchange,
};
