// SPDX-License-Identifier: Apache-2.0
#include "report/result/table.h"

#include "file/table/table.h"
#include "report/result/facts.h"
#include "report/result/tables.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- The table

// What people see of compare.csv, and how.
static const struct {
    const char *key, *heading[2];
    double scale;
    int decimals;
    dcat_column_sign sign;
} shown_columns[COMPARE_SHOWN_MAX] = {
    {"clusterer", {"clusterer"}, 1.0, 0, 0}, // on a page, the whole policy
    {"auction", {"auction"}, 1.0, 0, 0},
    {"profit", {"profit", "per cycle"}, 1.0, 0, 0}, // in the report's unit of money
    {"profit_gain_percent", {"gain over", "baseline %"}, 1.0, 1, DCAT_SIGN_PLUS},
    {"offloading", {"offloading", "%"}, 100.0, 1, 0},
    {"margin", {"margin", "%"}, 100.0, 1, 0},
    {"no_candidate", {"no cand.", "%"}, 100.0, 1, 0},
    {"not_admitted", {"not adm.", "%"}, 100.0, 1, 0}, // where somebody was not
    {"over_value", {"over", "value %"}, 100.0, 1, 0}, // where some tasks have one below the fee
    {"single_candidate", {"single", "%"}, 100.0, 1, 0},
    {"all_left", {"all", "left %"}, 100.0, 1, 0},
    {"members_below_cost", {"below cost", "%"}, 100.0, 1, 0},
    {"bound_share", {"of bound", "%"}, 100.0, 1, 0},
    {"decision_s", {"decision", "time"}, 1.0, 0, 0},
};
enum {
    COMPARE_CLUSTERER = 0,
    COMPARE_AUCTION = 1,
    COMPARE_NOT_ADMITTED = 7,
    COMPARE_OVER_VALUE = 8,
    COMPARE_BOUND = 12,
    COMPARE_TIME = 13,
};

// Whether a column says something: some tasks are lost in a way that few markets have.
static bool is_seen(const dcat_compare_report *report, size_t column)
{
    bool some = column != COMPARE_NOT_ADMITTED && column != COMPARE_OVER_VALUE;
    for (size_t i = 0; i < report->config->policy_count; i++) {
        const dcat_compare_row *row = &report->rows[i];
        some = some || (column == COMPARE_OVER_VALUE ? row->over_value : row->not_admitted) > 0.0;
    }
    return some;
}

money_unit compare_unit(const dcat_compare_report *report)
{
    double largest = 0.0;
    for (size_t i = 0; i < report->config->policy_count; i++) {
        largest = fmax(largest, fabs(report->rows[i].profit.mean));
    }
    return money_unit_for(largest);
}

// What a narrow terminal does without, first to last.
static const size_t least_worth[] = {13, 11, 9, 10, 6, 8, 7, 5, 12, 4};
enum { LEAST_WORTH_COUNT = sizeof least_worth / sizeof least_worth[0] };

typedef struct compare_wanted {
    bool times;
    bool page;       // the policy in one column
    size_t left_out; // how many of least_worth
} compare_wanted;

// The columns that a report shows without the first left_out of those, in order; returns how many.
static size_t choose_columns(const dcat_compare_report *report, const compare_wanted *wanted,
                             size_t chosen[COMPARE_SHOWN_MAX])
{
    size_t count = 0;
    for (size_t c = 0; c < COMPARE_SHOWN_MAX; c++) {
        bool out = (wanted->page && c == COMPARE_AUCTION) || !is_seen(report, c);
        for (size_t i = 0; i < wanted->left_out; i++) {
            out = out || least_worth[i] == c;
        }
        if (out) {
            continue;
        }
        if (c < COMPARE_BOUND || (c == COMPARE_BOUND && report->bound != NULL) ||
            (c == COMPARE_TIME && wanted->times)) {
            chosen[count++] = c;
        }
    }
    return count;
}

static dcat_column shown_column(const dcat_compare_report *report, const dcat_table *from, size_t c,
                                compare_shown *shown)
{
    dcat_column column = from->head.columns[table_column(from, shown_columns[c].key)];
    column.heading[0] = shown_columns[c].heading[0];
    column.heading[1] = shown_columns[c].heading[1];
    column.decimals = shown_columns[c].decimals;
    column.sign = shown_columns[c].sign;
    column.left = column.type == DCAT_COLUMN_TEXT;
    if (c == COMPARE_PROFIT) {
        money_unit unit = compare_unit(report);
        snprintf(shown->money, sizeof shown->money, "%s%sper cycle", unit.suffix,
                 unit.suffix[0] != '\0' ? " " : "");
        column.heading[1] = shown->money;
        column.decimals =
            decimals_for(fabs(report->rows[facts_best(report)].profit.mean) / unit.divisor);
        column.drawn = true;
    }
    return column;
}

static dcat_cell shown_cell(const dcat_compare_report *report, const dcat_table *from, size_t r,
                            size_t c, char time[NUMBER_TEXT_SIZE])
{
    dcat_cell cell = from->rows[r].cells[table_column(from, shown_columns[c].key)];
    double divisor = c == COMPARE_PROFIT ? compare_unit(report).divisor : 1.0;
    if (c == COMPARE_GAIN && r == report->baseline) {
        return dcat_cell_text("baseline");
    }
    if (c == COMPARE_TIME) {
        duration_text(cell.value, time);
        return dcat_cell_text(time);
    }
    cell.value = shown_columns[c].scale * cell.value / divisor;
    cell.half_width = shown_columns[c].scale * cell.half_width / divisor;
    if (c == COMPARE_BOUND) { // the interval of a share says little beside that of the profit
        cell.kind = DCAT_CELL_NUMBER;
    }
    return cell;
}

static void make_shown(const dcat_compare_report *report, const compare_wanted *wanted,
                       compare_shown *shown)
{
    size_t chosen[COMPARE_SHOWN_MAX];
    size_t count = report->config->policy_count;
    size_t *order = calloc(count, sizeof *order);
    dcat_table from = compare_table(report, true);
    *shown =
        (compare_shown){.table = {.head = {.name = from.head.name,
                                           .meaning = from.head.meaning,
                                           .columns = shown->columns,
                                           .column_count = choose_columns(report, wanted, chosen)},
                                  .no_memory = order == NULL || from.no_memory}};
    for (size_t c = 0; c < shown->table.head.column_count; c++) {
        shown->columns[c] = shown_column(report, &from, chosen[c], shown);
    }
    if (wanted->page) {
        shown->columns[COMPARE_CLUSTERER].heading[0] = "policy";
        shown->columns[COMPARE_CLUSTERER].meaning = "clusterer:auction";
    }
    if (!shown->table.no_memory) {
        facts_order(report, order);
    }
    for (size_t i = 0; order != NULL && !shown->table.no_memory && i < count; i++) {
        char time[NUMBER_TEXT_SIZE];
        char policy[DCAT_POLICY_TEXT_SIZE];
        dcat_cell cells[COMPARE_SHOWN_MAX];
        dcat_policy_text(&report->rows[order[i]].policy, policy);
        for (size_t c = 0; c < shown->table.head.column_count; c++) {
            cells[c] = wanted->page && chosen[c] == COMPARE_CLUSTERER
                           ? dcat_cell_text(policy)
                           : shown_cell(report, &from, order[i], chosen[c], time);
        }
        dcat_table_add(&shown->table, cells,
                       i == 0                         ? DCAT_ROW_BEST
                       : order[i] == report->baseline ? DCAT_ROW_BASELINE
                                                      : DCAT_ROW_PLAIN);
    }
    dcat_table_free(&from);
    free(order);
}

void compare_shown_make(const dcat_compare_report *report, bool times, compare_shown *shown)
{
    make_shown(report, &(compare_wanted){.times = times, .page = true}, shown);
}

bool compare_cell_text(const dcat_compare_report *report, size_t at, size_t column,
                       char text[DCAT_SHOWN_SIZE])
{
    compare_shown shown;
    compare_shown_make(report, false, &shown);
    bool whole = !shown.table.no_memory;
    if (whole) {
        dcat_cell_show(&shown.columns[column - 1], &shown.table.rows[at].cells[column - 1], text);
    }
    dcat_table_free(&shown.table);
    return whole;
}

// --- Terminal

void facts_sentence(const dcat_compare_report *report, char *text, size_t size)
{
    const dcat_compare_config *config = report->config;
    const dcat_world *world = report->world;
    char span[NUMBER_TEXT_SIZE];
    number_fixed(dcat_world_config_view(world)->span_m_max / 1e3, 0, span);
    snprintf(text, size,
             "%zu server%s, %zu area%s, clusters up to %s km; %" PRIu32 " cycle%s in each of %zu "
             "world%s, seed %" PRIu64,
             dcat_world_server_count(world), dcat_world_server_count(world) == 1 ? "" : "s",
             dcat_world_area_count(world), dcat_world_area_count(world) == 1 ? "" : "s", span,
             config->cycle_count, config->cycle_count == 1 ? "" : "s", config->world_count,
             config->world_count == 1 ? "" : "s", report->seed);
}

static void put_facts(const dcat_compare_report *report, FILE *file)
{
    char name[256];
    char title[256];
    char facts[400];
    text_clean(dcat_scenario_name(report->scenario), name, sizeof name);
    text_clean(dcat_scenario_title(report->scenario), title, sizeof title);
    fprintf(file, "%s%s%s\n", name, title[0] != '\0' ? ": " : "", title);
    facts_sentence(report, facts, sizeof facts);
    if (report->text_width > 0) {
        dcat_write_wrapped(facts, report->text_width, file);
    } else {
        fprintf(file, "%s\n", facts);
    }
    putc('\n', file);
}

static void put_bound(const dcat_compare_report *report, FILE *file)
{
    money_unit unit = compare_unit(report);
    dcat_estimate bound = facts_bound(report);
    int decimals = decimals_for(bound.mean / unit.divisor);
    char mean[NUMBER_TEXT_SIZE];
    char half[NUMBER_TEXT_SIZE];
    char cell[3 * NUMBER_TEXT_SIZE];
    number_fixed(bound.mean / unit.divisor, decimals, mean);
    number_fixed(bound.ci95 / unit.divisor, decimals, half);
    bool interval = isfinite(bound.ci95);
    snprintf(cell, sizeof cell, "%s%s%s", mean, interval ? " \u00b1 " : "", interval ? half : "");
    fprintf(
        file,
        "bound: %s%s%s per cycle; no clustering, assignment or payment can earn more under queue "
        "rule %s\n(dcat bound says where it goes)\n",
        cell, unit.suffix[0] != '\0' ? " " : "", unit.suffix,
        dcat_queue_rule_name(dcat_world_config_view(report->world)->market.queue));
}

static void put_legend(const dcat_compare_report *report, FILE *file)
{
    char base[DCAT_POLICY_TEXT_SIZE];
    char headline[1024];
    const char *gap = report->text_width > 0 ? "\n" : "   ";
    dcat_policy_text(&report->rows[report->baseline].policy, base);
    facts_headline(report, headline, sizeof headline);
    bool unadmitted = is_seen(report, COMPARE_NOT_ADMITTED);
    fprintf(file, "\n> earns most   = baseline %s, %s\n", base, facts_baseline_role(report));
    if (report->block_cycles > 0) {
        char over[128];
        facts_interval(report, over, sizeof over);
        fprintf(file, "\u00b1 95 %% interval over %s;%sgains are paired by cycle\n", over,
                gap[0] == '\n' ? gap : " ");
    } else if (report->config->world_count > 1) {
        fprintf(
            file,
            "\u00b1 95 %% confidence interval over worlds;%sall policies meet the same tasks, so "
            "gains are paired by world\n",
            gap[0] == '\n' ? gap : " ");
        bool no_interval = false;
        for (size_t p = 0; p < report->config->policy_count; p++) {
            no_interval = no_interval || isnan(report->rows[p].profit.ci95);
        }
        fputs(no_interval
                  ? "without \u00b1: given tasks that earn the same in all worlds, which are "
                    "then one sample\n"
                  : "",
              file);
    }
    fprintf(
        file,
        "profit: fees less payments%soffloading: tasks awarded of those arrived%smargin: profit "
        "of fees\n"
        "no cand.: no cluster could finish in time%s%s%ssingle: only one could%sall left: last "
        "bidders left together\n"
        "below cost: awards that pay some member server less than its own cost\n",
        gap, gap, gap, unadmitted ? "not adm.: nobody that could was admitted" : "",
        unadmitted ? gap : "", gap);
    if (is_seen(report, COMPARE_OVER_VALUE)) {
        fputs("over value: the fee is more than the task is worth to its user\n", file);
    }
    if (report->bound != NULL) {
        put_bound(report, file);
    }
    putc('\n', file);
    if (report->text_width > 0) {
        dcat_write_wrapped(headline, report->text_width, file);
    } else {
        fprintf(file, "%s\n", headline);
    }
}

// Leave out columns until the table fits the terminal; returns how many.
static size_t make_fit(const dcat_compare_report *report, bool times, compare_shown *shown)
{
    for (size_t left_out = 0;; left_out++) {
        make_shown(report, &(compare_wanted){.times = times, .left_out = left_out}, shown);
        if (report->text_width == 0 || left_out == LEAST_WORTH_COUNT ||
            table_text_width(&shown->table) <= report->text_width) {
            return left_out;
        }
        dcat_table_free(&shown->table);
    }
}

dcat_status compare_write_text(const dcat_compare_report *report, bool times, FILE *file,
                               dcat_error *err)
{
    compare_shown shown;
    // On a terminal the bound takes the place of the time, so that lines stay within 120 columns.
    size_t left_out = make_fit(report, times && report->bound == NULL, &shown);
    put_facts(report, file);
    dcat_status status = dcat_table_write_text(&shown.table, file, err);
    if (left_out > 0) {
        fputs("some columns do not fit this terminal: --out and --json have all\n", file);
    }
    put_legend(report, file);
    dcat_table_free(&shown.table);
    return status;
}

dcat_status dcat_write_compare_text(const dcat_compare_report *report, FILE *file, dcat_error *err)
{
    return compare_write_text(report, true, file, err);
}
