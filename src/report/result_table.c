#include "report/result_table.h"

#include "report/result_facts.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const table_header[TABLE_COLUMN_COUNT][2] = {
    [TABLE_CLUSTERER] = {"clusterer", ""},    [TABLE_AUCTION] = {"auction", ""},
    [TABLE_PROFIT] = {"profit", "per cycle"}, [TABLE_GAIN] = {"gain over", "baseline %"},
    [TABLE_OFFLOADING] = {"offloading", "%"}, [TABLE_MARGIN] = {"margin", "%"},
    [TABLE_NO_CANDIDATE] = {"no cand.", "%"}, [TABLE_SINGLE] = {"single", "%"},
    [TABLE_EXIT] = {"simult.", "%"},          [TABLE_BELOW_COST] = {"below cost", "%"},
    [TABLE_BOUND] = {"of bound", "%"},        [TABLE_DECISION] = {"decision", "time"},
};

bool table_has_column(const dcat_compare_report *report, table_column column, bool terminal)
{
    bool bound = report->bound != NULL;
    return column == TABLE_BOUND ? bound : column != TABLE_DECISION || !bound || !terminal;
}

money_unit table_unit(const dcat_compare_report *report)
{
    double largest = 0.0;
    for (size_t i = 0; i < report->config->policy_count; i++) {
        largest = fmax(largest, fabs(report->rows[i].profit.mean));
    }
    return money_unit_for(largest);
}

static void estimate_cell(double mean, double ci95, int decimals, const char *sign, table_cell cell)
{
    char a[NUMBER_TEXT_SIZE];
    char b[NUMBER_TEXT_SIZE];
    if (!isfinite(mean)) {
        snprintf(cell, TABLE_CELL_SIZE, "-");
        return;
    }
    number_fixed(mean, decimals, a);
    number_fixed(ci95, decimals, b);
    bool positive = mean > 0.0 && strspn(a, "0.") != strlen(a);
    if (isfinite(ci95)) {
        snprintf(cell, TABLE_CELL_SIZE, "%s%s \u00b1 %s", positive ? sign : "", a, b);
    } else {
        snprintf(cell, TABLE_CELL_SIZE, "%s%s", positive ? sign : "", a);
    }
}

static void percent_cell(double share, table_cell cell)
{
    estimate_cell(100.0 * share, NAN, 1, "", cell);
}

void table_row(const dcat_compare_report *report, size_t r, money_unit unit,
               table_cell cells[TABLE_COLUMN_COUNT])
{
    const dcat_compare_row *row = &report->rows[r];
    percent_estimate gain = facts_gain(report, r);
    double largest = fabs(report->rows[facts_best(report)].profit.mean) / unit.divisor;
    snprintf(cells[TABLE_CLUSTERER], TABLE_CELL_SIZE, "%s",
             dcat_policy_clusterer_name(&row->policy));
    snprintf(cells[TABLE_AUCTION], TABLE_CELL_SIZE, "%s", row->policy.auction->name);
    estimate_cell(row->profit.mean / unit.divisor, row->profit.ci95 / unit.divisor,
                  decimals_for(largest), "", cells[TABLE_PROFIT]);
    if (r == report->baseline) {
        snprintf(cells[TABLE_GAIN], TABLE_CELL_SIZE, "baseline");
    } else {
        estimate_cell(gain.mean, gain.ci95, 1, "+", cells[TABLE_GAIN]);
    }
    estimate_cell(100.0 * row->offloading.mean, 100.0 * row->offloading.ci95, 1, "",
                  cells[TABLE_OFFLOADING]);
    percent_cell(row->margin, cells[TABLE_MARGIN]);
    percent_cell(row->no_candidate, cells[TABLE_NO_CANDIDATE]);
    percent_cell(row->single_candidate, cells[TABLE_SINGLE]);
    percent_cell(row->simultaneous_exit, cells[TABLE_EXIT]);
    percent_cell(row->members_below_cost, cells[TABLE_BELOW_COST]);
    estimate_cell(facts_bound_share(report, r).mean, NAN, 1, "", cells[TABLE_BOUND]);
    duration_text(row->decision_s, cells[TABLE_DECISION]);
}

// --- Terminal

static void put_padded(FILE *file, const char *text, size_t width, bool left)
{
    size_t own = text_width(text);
    size_t pad = own < width ? width - own : 0;
    if (left) {
        fprintf(file, "%s%*s", text, (int)pad, "");
    } else {
        fprintf(file, "%*s%s", (int)pad, "", text);
    }
}

// A column of width 0 is not there.
static void put_line(FILE *file, const char *mark, const table_cell *cells, const size_t *widths)
{
    fputs(mark, file);
    for (int c = 0; c < TABLE_COLUMN_COUNT; c++) {
        bool left = c == TABLE_CLUSTERER || c == TABLE_AUCTION;
        if (widths[c] > 0) {
            fputs(c > 0 ? "  " : "", file);
            put_padded(file, cells[c], widths[c], left);
        }
    }
    putc('\n', file);
}

static void header_cells(money_unit unit, table_cell cells[2][TABLE_COLUMN_COUNT])
{
    for (int c = 0; c < TABLE_COLUMN_COUNT; c++) {
        for (int line = 0; line < 2; line++) {
            snprintf(cells[line][c], TABLE_CELL_SIZE, "%s", table_header[c][line]);
        }
    }
    if (unit.suffix[0] != '\0') {
        snprintf(cells[1][TABLE_PROFIT], TABLE_CELL_SIZE, "%s per cycle", unit.suffix);
    }
}

static void put_facts(const dcat_compare_report *report, FILE *file)
{
    const dcat_compare_config *config = report->config;
    const dcat_world *world = report->world;
    char name[256];
    char title[256];
    char span[NUMBER_TEXT_SIZE];
    text_clean(dcat_scenario_name(report->scenario), name, sizeof name);
    text_clean(dcat_scenario_title(report->scenario), title, sizeof title);
    number_fixed(dcat_world_config_view(world)->span_m_max / 1e3, 0, span);
    fprintf(file, "%s%s%s\n", name, title[0] != '\0' ? ": " : "", title);
    fprintf(file,
            "%zu servers, %zu areas, clusters up to %s km; %" PRIu32 " cycles in each of %zu "
            "world%s, seed %" PRIu64 "\n\n",
            dcat_world_server_count(world), dcat_world_area_count(world), span, config->cycle_count,
            config->world_count, config->world_count == 1 ? "" : "s", report->seed);
}

static void put_bound(const dcat_compare_report *report, FILE *file)
{
    money_unit unit = table_unit(report);
    dcat_estimate bound = dcat_estimate_of(report->bound, report->config->world_count);
    table_cell cell;
    estimate_cell(bound.mean / unit.divisor, bound.ci95 / unit.divisor,
                  decimals_for(bound.mean / unit.divisor), "", cell);
    fprintf(file,
            "bound: %s%s%s per cycle; no clustering, assignment or payment can earn more (dcat "
            "bound says where it goes)\n",
            cell, unit.suffix[0] != '\0' ? " " : "", unit.suffix);
}

static void put_legend(const dcat_compare_report *report, FILE *file)
{
    char base[DCAT_POLICY_TEXT_SIZE];
    char headline[1024];
    dcat_policy_text(&report->rows[report->baseline].policy, base);
    facts_headline(report, headline, sizeof headline);
    fprintf(file, "\n> earns most   = baseline %s, %s\n", base, facts_baseline_role(report));
    if (report->config->world_count > 1) {
        fputs("\u00b1 95 % confidence interval over worlds; all policies meet the same tasks, so "
              "gains are paired by world\n",
              file);
    }
    fputs(
        "profit: fees less payments   offloading: tasks awarded of those arrived   margin: profit "
        "of fees\n"
        "no cand.: no cluster could finish in time   single: only one could   simult.: last "
        "bidders left together\n"
        "below cost: awards that pay some member server less than its own cost\n",
        file);
    if (report->bound != NULL) {
        put_bound(report, file);
    }
    putc('\n', file);
    fprintf(file, "%s\n", headline);
}

void dcat_write_compare_text(const dcat_compare_report *report, FILE *file)
{
    size_t row_count = report->config->policy_count;
    table_cell(*cells)[TABLE_COLUMN_COUNT] = calloc(row_count, sizeof *cells);
    size_t *order = calloc(row_count, sizeof *order);
    if (cells == NULL || order == NULL) {
        fputs("(no memory for the table)\n", file);
        free(cells);
        free(order);
        return;
    }
    money_unit unit = table_unit(report);
    table_cell header[2][TABLE_COLUMN_COUNT];
    size_t widths[TABLE_COLUMN_COUNT] = {0};
    header_cells(unit, header);
    facts_order(report, order);
    for (size_t i = 0; i < row_count; i++) {
        table_row(report, order[i], unit, cells[i]);
    }
    for (int c = 0; c < TABLE_COLUMN_COUNT; c++) {
        bool shown = table_has_column(report, (table_column)c, true);
        for (size_t i = 0; shown && i < row_count + 2; i++) {
            size_t width = text_width(i < 2 ? header[i][c] : cells[i - 2][c]);
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    put_facts(report, file);
    put_line(file, "  ", header[0], widths);
    put_line(file, "  ", header[1], widths);
    for (size_t i = 0; i < row_count; i++) {
        const char *mark = i == 0 ? "> " : order[i] == report->baseline ? "= " : "  ";
        put_line(file, mark, cells[i], widths);
    }
    put_legend(report, file);
    free(cells);
    free(order);
}
