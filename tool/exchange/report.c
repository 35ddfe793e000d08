// SPDX-License-Identifier: Apache-2.0
// Tables of a report: by device and site, origins by serving regions, reasons, and the sums.
#include "tool/exchange/report.h"

#include "dcat/x/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MICRO 1e6

#define TEXT_COLUMN(key_, meaning_, heading_)                                                      \
    {                                                                                              \
        .key = (key_), .type = DCAT_COLUMN_TEXT, .meaning = (meaning_),                            \
        .heading = {(heading_), ""}, .left = true                                                  \
    }
#define COUNT_COLUMN(key_, meaning_, heading_)                                                     \
    {                                                                                              \
        .key = (key_), .type = DCAT_COLUMN_COUNT, .meaning = (meaning_), .heading = {              \
            (heading_),                                                                            \
            ""                                                                                     \
        }                                                                                          \
    }
#define HOURS_COLUMN(key_, meaning_, heading_)                                                     \
    {                                                                                              \
        .key = (key_), .type = DCAT_COLUMN_NUMBER, .unit = "h", .meaning = (meaning_),             \
        .heading = {(heading_), "unit-hours"}, .decimals = 3                                       \
    }
#define MONEY_COLUMN(key_, meaning_, heading_, below_)                                             \
    {                                                                                              \
        .key = (key_), .type = DCAT_COLUMN_NUMBER, .unit = "money", .meaning = (meaning_),         \
        .heading = {(heading_), (below_)}, .decimals = 2                                           \
    }

static const dcat_column site_columns[] = {
    TEXT_COLUMN("device", "what the servers have", "device"),
    TEXT_COLUMN("site", "area next to the servers", "site"),
    COUNT_COLUMN("servers", "servers registered there", "servers"),
    HOURS_COLUMN("offered_hours", "time in which its servers traded", "offered"),
    HOURS_COLUMN("allocated_hours", "that awards had, as forecast", "allocated"),
    HOURS_COLUMN("used_hours", "from start to receipt", "used"),
    HOURS_COLUMN("idle_hours", "offered and not used", "idle"),
    MONEY_COLUMN("revenue", "paid to its providers", "revenue", ""),
    MONEY_COLUMN("revenue_per_hour", "revenue of an hour offered", "revenue", "per unit-hour"),
};
static const dcat_column region_columns[] = {
    TEXT_COLUMN("origin", "area that tasks come from", "origin"),
    TEXT_COLUMN("serving", "area in which they were done", "serving"),
    COUNT_COLUMN("tasks", "tasks settled", "tasks"),
    HOURS_COLUMN("used_hours", "of their work at declared speed", "used"),
    MONEY_COLUMN("fee", "what users paid", "fee", ""),
};
static const dcat_column reason_columns[] = {
    TEXT_COLUMN("reason", "why tasks were not served", "reason"),
    COUNT_COLUMN("tasks", "tasks of that reason", "tasks"),
    MONEY_COLUMN("fee_lost", "fees that were given back for them", "fee lost", ""),
};
static const dcat_column sum_columns[] = {
    TEXT_COLUMN("what", "a sum of the whole time", "sum"),
    {.key = "value",
     .type = DCAT_COLUMN_NUMBER,
     .meaning = "tasks, money, or a share",
     .heading = {"value", ""},
     .decimals = 2},
};

// ---- cells

static dcat_cell text_cell(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text == NULL ? dcat_cell_missing() : dcat_cell_text(text);
}

static dcat_cell count_cell(const json_t *row, const char *key)
{
    return dcat_cell_count((uint64_t)json_integer_value(json_object_get(row, key)));
}

static dcat_cell number_cell(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_number(value) ? dcat_cell_number(json_number_value(value)) : dcat_cell_missing();
}

static dcat_cell money_cell(const json_t *row, const char *key)
{
    return dcat_cell_number((double)json_integer_value(json_object_get(row, key)) / MICRO);
}

// ---- tables

static void add_sites(dcat_table *table, const json_t *report)
{
    const json_t *row = NULL;
    size_t i;
    json_array_foreach(json_object_get(report, "sites"), i, row)
    {
        const dcat_cell cells[] = {text_cell(row, "device"),
                                   text_cell(row, "site"),
                                   count_cell(row, "servers"),
                                   number_cell(row, "offered_hours"),
                                   number_cell(row, "allocated_hours"),
                                   number_cell(row, "used_hours"),
                                   number_cell(row, "idle_hours"),
                                   money_cell(row, "revenue_micro"),
                                   number_cell(row, "revenue_per_hour")};
        dcat_table_add(table, cells, DCAT_ROW_PLAIN);
    }
}

static void add_regions(dcat_table *table, const json_t *report)
{
    const json_t *row = NULL;
    size_t i;
    json_array_foreach(json_object_get(report, "regions"), i, row)
    {
        const dcat_cell cells[] = {text_cell(row, "origin"), text_cell(row, "serving"),
                                   count_cell(row, "tasks"), number_cell(row, "used_hours"),
                                   money_cell(row, "fee_micro")};
        dcat_table_add(table, cells, DCAT_ROW_PLAIN);
    }
}

static void add_reasons(dcat_table *table, const json_t *report)
{
    const json_t *row = NULL;
    size_t i;
    json_array_foreach(json_object_get(report, "unserved_reasons"), i, row)
    {
        const dcat_cell cells[] = {text_cell(row, "reason"), count_cell(row, "tasks"),
                                   money_cell(row, "fee_lost_micro")};
        dcat_table_add(table, cells, DCAT_ROW_PLAIN);
    }
}

static void add_sums(dcat_table *table, const json_t *report)
{
    static const struct {
        const char *key, *words;
        bool money;
    } sums[] = {
        {"tasks", "tasks that ended", false},
        {"served", "served in time", false},
        {"late", "served late", false},
        {"task_faults", "ended by their own fault", false},
        {"unserved", "unserved", false},
        {"failed", "failed", false},
        {"cancelled", "cancelled", false},
        {"refunded", "refunded after a dispute", false},
        {"charged_micro", "charged", true},
        {"credits_micro", "credits for lateness", true},
        {"reversed_micro", "reversed after disputes", true},
        {"paid_micro", "paid to providers", true},
        {"kept_micro", "kept by the platform", true},
    };
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
        const dcat_cell cells[] = {dcat_cell_text(sums[i].words),
                                   sums[i].money ? money_cell(report, sums[i].key)
                                                 : count_cell(report, sums[i].key)};
        dcat_table_add(table, cells, DCAT_ROW_PLAIN);
    }
    const dcat_cell rate[] = {dcat_cell_text("take rate"), number_cell(report, "take_rate")};
    dcat_table_add(table, rate, DCAT_ROW_PLAIN);
}

enum { TABLES = 4, COVERED_SIZE = 128 };
typedef struct report_tables {
    dcat_table tables[TABLES];
    dcat_page_table shown[TABLES];
} report_tables;

static void make_tables(report_tables *t, const json_t *report)
{
    *t = (report_tables){
        .tables = {{.head = DCAT_TABLE_HEAD("sites", "a device at a site", site_columns)},
                   {.head = DCAT_TABLE_HEAD("regions", "an origin and where it was served",
                                            region_columns)},
                   {.head = DCAT_TABLE_HEAD("unserved", "a reason", reason_columns)},
                   {.head = DCAT_TABLE_HEAD("sums", "a sum", sum_columns)}}};
    add_sites(&t->tables[0], report);
    add_regions(&t->tables[1], report);
    add_reasons(&t->tables[2], report);
    add_sums(&t->tables[3], report);
    static const char *const titles[TABLES] = {"By device and site",
                                               "Where tasks came from and went",
                                               "Why tasks were not served", "Sums"};
    static const char *const notes[TABLES] = {
        "Hours of whole servers. Offered is the time in which they traded; idle is what of it was "
        "not used.",
        "Tasks that were settled, by the area that they came from and the one next to the server "
        "with most of the work.",
        "Fees that went back to their users.", NULL};
    for (int i = 0; i < TABLES; i++) {
        t->shown[i] = (dcat_page_table){titles[i], notes[i], &t->tables[i]};
    }
}

// ---- the ways to show it

static const char *said(const json_t *report, const char *key)
{
    const char *text = json_string_value(json_object_get(report, key));
    return text != NULL ? text : "";
}

// What of the time the log has, where that is not all of it.
static void say_covered(const json_t *report, char text[COVERED_SIZE])
{
    const char *from = said(report, "covered_from"), *to = said(report, "covered_to");
    text[0] = '\0';
    if (from[0] == '\0') {
        snprintf(text, COVERED_SIZE, "The log has nothing of that time.");
    } else if (strcmp(from, said(report, "from")) != 0 || strcmp(to, said(report, "to")) != 0) {
        snprintf(text, COVERED_SIZE, "The log has %s to %s of that time.", from, to);
    }
}

static dcat_status write_text(report_tables *t, const json_t *report, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    char covered[COVERED_SIZE];
    say_covered(report, covered);
    fprintf(cli_text(), "%s, %s, amounts in %s\n%s%s\n", said(report, "exchange"),
            said(report, "period"), said(report, "currency"), covered,
            covered[0] != '\0' ? "\n" : "");
    for (int i = 0; i < TABLES && status == DCAT_OK; i++) {
        fprintf(cli_text(), "%s%s\n", i > 0 ? "\n" : "", t->shown[i].title);
        status = dcat_table_write_text(&t->tables[i], cli_text(), err);
    }
    return status;
}

static dcat_status write_csv(report_tables *t, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (int i = 0; i < TABLES && status == DCAT_OK; i++) {
        fprintf(stdout, "%s# %s\n", i > 0 ? "\n" : "", t->tables[i].head.name);
        status = dcat_table_write_csv(&t->tables[i], stdout, err);
    }
    return status;
}

static long long whole(const json_t *report, const char *key)
{
    return json_integer_value(json_object_get(report, key));
}

static dcat_status write_folder(const remote_options *r, const json_t *report,
                                const report_wish *wish, report_tables *t, dcat_error *err)
{
    char heading[128], facts[400], served[128], kept[128], lost[128], covered[COVERED_SIZE];
    say_covered(report, covered);
    const char *currency = said(report, "currency");
    snprintf(heading, sizeof heading, "%s, %s", said(report, "exchange"), said(report, "period"));
    snprintf(facts, sizeof facts, "From %s to %s, amounts in %s%s%s", said(report, "from"),
             said(report, "to"), currency, covered[0] != '\0' ? ". " : "", covered);
    snprintf(served, sizeof served, "%lld of %lld tasks in time, %lld late",
             whole(report, "served"), whole(report, "tasks"), whole(report, "late"));
    snprintf(kept, sizeof kept, "%.2f %s of %.2f", (double)whole(report, "kept_micro") / MICRO,
             currency, (double)whole(report, "charged_micro") / MICRO);
    double fee = 0.0;
    const json_t *row = NULL;
    size_t i;
    json_array_foreach(json_object_get(report, "unserved_reasons"), i, row)
    {
        fee += (double)whole(row, "fee_lost_micro") / MICRO;
    }
    snprintf(lost, sizeof lost, "%.2f %s", fee, currency);
    const dcat_page_answer answers[] = {
        {.question = "How many were served?", .answer = served},
        {.question = "What did the platform keep?",
         .answer = kept,
         .proof = "Of what was charged."},
        {.question = "Which fees were lost?",
         .answer = lost,
         .proof = "Of tasks that nobody served, or whose attempts failed."},
    };
    const dcat_tables_page page = {.command = "dcat exchange report",
                                   .title = heading,
                                   .heading = heading,
                                   .facts = facts,
                                   .answers = answers,
                                   .answer_count = sizeof answers / sizeof *answers,
                                   .tables = t->shown,
                                   .table_count = TABLES};
    const dcat_manifest manifest = {.command = r->common.command,
                                    .command_count = r->common.command_count,
                                    .thread_count = 1,
                                    .process_count = 1};
    dcat_output *output = NULL;
    dcat_status status = dcat_output_open(wish->out, false, &output, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = dcat_write_tables_folder(&page, &manifest, output, err);
    return cli_output_finish(output, status, err);
}

dcat_status report_show(const remote_options *r, const json_t *report, const report_wish *wish,
                        dcat_error *err)
{
    report_tables t;
    make_tables(&t, report);
    dcat_status status = DCAT_OK;
    if (r->common.json) {
        json_dumpf(report, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        status = wish->csv ? write_csv(&t, err) : write_text(&t, report, err);
    }
    if (status == DCAT_OK && wish->out != NULL) {
        status = write_folder(r, report, wish, &t, err);
        if (status == DCAT_OK) {
            fprintf(stderr, "Report: %s/report.html\n", wish->out);
        }
    }
    for (int i = 0; i < TABLES; i++) {
        dcat_table_free(&t.tables[i]);
    }
    return status;
}
