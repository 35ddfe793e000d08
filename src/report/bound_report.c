// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/bound_report.h"

#include "file/json_write.h"
#include "file/write_text.h"
#include "report/json_values.h"
#include "report/result/columns.h"
#include "report/result/tables.h"
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

// --- sums

// A column of dcat_bound_world over the worlds, by its offset.
static double world_number(const dcat_bound_world *world, size_t offset)
{
    return *(const double *)(const void *)((const char *)world + offset);
}

// In percent, each world's own share of its bound is taken first.
typedef enum measure { IN_MONEY, IN_PERCENT } measure;

// Mean and interval over the worlds.
static dcat_estimate over_worlds(const dcat_bound_report *report, size_t offset, measure in)
{
    dcat_sample sample = {0};
    for (size_t w = 0; w < report->world_count; w++) {
        double money = world_number(&report->worlds[w], offset);
        double bound = report->worlds[w].bound;
        double share = bound > 0.0 ? 100.0 * money / bound : NAN;
        dcat_sample_add(&sample, in == IN_MONEY ? money : share);
    }
    return dcat_sample_estimate(&sample);
}

// The sampled slots together.
typedef struct slot_sums {
    double profit, at_limits, market, free, market_bound, free_bound;
    size_t task_count, proven;
    bool at_most; // free is: no order is known in which as much can be earned
} slot_sums;

static slot_sums sum_slots(const dcat_bound_report *report)
{
    slot_sums sums = {0};
    for (size_t i = 0; i < report->slot_count; i++) {
        const dcat_bound_slot *slot = &report->slots[i];
        sums.profit += slot->profit;
        sums.at_limits += slot->at_limits;
        sums.market += slot->market.profit;
        sums.free += slot->free.profit;
        sums.market_bound += slot->market.bound;
        sums.free_bound += slot->free.bound;
        sums.task_count += slot->task_count;
        sums.proven += slot->market.optimal && slot->free.optimal;
        sums.at_most = sums.at_most || slot->free.at_most;
    }
    return sums;
}

// --- text

#define NAME_WIDTH 42 // with two columns of 19 a line is 80 wide

typedef struct line {
    const char *name;
    size_t offset;
} line;

static const line lines[] = {
    {"bound: any clusters, order and payment", offsetof(dcat_bound_world, bound)},
    {"bound: the same with the policy's clusters", offsetof(dcat_bound_world, given)},
    {"the policy, had it paid winners' limits", offsetof(dcat_bound_world, at_limits)},
    {"the policy earns", offsetof(dcat_bound_world, profit)},
};
#define LINE_COUNT (sizeof lines / sizeof lines[0])

static void print_estimate(dcat_estimate estimate, double divisor, int decimals, FILE *file)
{
    char mean[NUMBER_TEXT_SIZE];
    char ci95[NUMBER_TEXT_SIZE];
    number_fixed(estimate.mean / divisor, decimals, mean);
    number_fixed(estimate.ci95 / divisor, decimals, ci95);
    if (isfinite(estimate.ci95)) {
        fprintf(file, "  %8s ± %-6s", mean, ci95);
    } else {
        fprintf(file, "  %8s %8s", mean, "");
    }
}

static void print_worlds(const dcat_bound_report *report, FILE *file)
{
    dcat_estimate bound = over_worlds(report, offsetof(dcat_bound_world, bound), IN_MONEY);
    money_unit unit = money_unit_for(bound.mean);
    int decimals = decimals_for(bound.mean / unit.divisor);
    fprintf(file, "%-*s  %17s  %17s\n", NAME_WIDTH, "", "profit per cycle", "share of bound");
    fprintf(file, "%-*s  %16s%s  %16s%%\n", NAME_WIDTH, "", "",
            unit.suffix[0] != '\0' ? unit.suffix : " ", "");
    for (size_t i = 0; i < LINE_COUNT; i++) {
        dcat_estimate money = over_worlds(report, lines[i].offset, IN_MONEY);
        if (isnan(money.mean)) {
            continue; // no fixed clusters to bound
        }
        fprintf(file, "%-*s", NAME_WIDTH, lines[i].name);
        print_estimate(money, unit.divisor, decimals, file);
        print_estimate(over_worlds(report, lines[i].offset, IN_PERCENT), 1.0, 1, file);
        putc('\n', file);
    }
}

static double mean_share(const dcat_bound_report *report, size_t offset)
{
    return over_worlds(report, offset, IN_PERCENT).mean;
}

static void print_losses(const dcat_bound_report *report, FILE *file)
{
    double given = mean_share(report, offsetof(dcat_bound_world, given));
    double at_limits = mean_share(report, offsetof(dcat_bound_world, at_limits));
    double profit = mean_share(report, offsetof(dcat_bound_world, profit));
    double above = isnan(given) ? 100.0 : given;
    fprintf(file, "\nOf the bound, in percentage points:\n");
    char text[NUMBER_TEXT_SIZE];
    if (!isnan(given)) {
        number_fixed(100.0 - given, 1, text);
        fprintf(file,
                "  %5s  between the two bounds: other clusters could earn at most this much\n"
                "         more (the first bound is looser, so it is less)\n",
                text);
    }
    number_fixed(above - at_limits, 1, text);
    fprintf(file,
            "  %5s  order of tasks, choice of winner, not knowing the future, and what the\n"
            "         bound promises but nobody can reach (--exact tells more)\n",
            text);
    number_fixed(at_limits - profit, 1, text);
    fprintf(file, "  %5s  paid to winners above their limits\n", text);
}

static void print_slot_head(const char *per, money_unit unit, const char *share, FILE *file)
{
    char text[64];
    snprintf(text, sizeof text, "%s%s%s", per, unit.suffix[0] != '\0' ? ", " : "", unit.suffix);
    fprintf(file, "%-*s  %17s  %17s\n", NAME_WIDTH, "", text, share);
}

static void print_slot_line(const char *name, double money, double best, money_unit unit,
                            FILE *file)
{
    char text[NUMBER_TEXT_SIZE];
    char share[NUMBER_TEXT_SIZE];
    number_fixed(money / unit.divisor, decimals_for(best / unit.divisor), text);
    number_fixed(best > 0.0 ? 100.0 * money / best : 0.0, 1, share);
    fprintf(file, "%-*s  %17s  %17s\n", NAME_WIDTH, name, text, share);
}

static void print_slots(const dcat_bound_report *report, FILE *file)
{
    slot_sums sums = sum_slots(report);
    double count = (double)report->slot_count;
    double best = (sums.at_most ? sums.free_bound : sums.free) / count;
    money_unit unit = money_unit_for(best);
    fprintf(file,
            "\nExact: %zu slot%s of world %" PRIu64
            ", %.1f tasks each, behind the queues the policy "
            "made; each slot\nby itself, so what it leaves for the next one does not count\n",
            report->slot_count, report->slot_count == 1 ? "" : "s", report->seed,
            (double)sums.task_count / count);
    print_slot_head("per slot", unit, sums.at_most ? "of the first, %" : "of the optimum, %", file);
    print_slot_line(sums.at_most ? "at most, any order of tasks, interrupted"
                                 : "optimum, any order of tasks",
                    best, best, unit, file);
    print_slot_line("optimum, the market's order of tasks", sums.market / count, best, unit, file);
    print_slot_line("the auction, had it paid winners' limits", sums.at_limits / count, best, unit,
                    file);
    print_slot_line("the auction earned", sums.profit / count, best, unit, file);
    double found = sums.free + sums.market;
    double gap = found > 0.0 ? 100.0 * (sums.free_bound + sums.market_bound - found) / found : 0.0;
    char gap_text[NUMBER_TEXT_SIZE];
    number_fixed(gap, 2, gap_text);
    fprintf(file, "%zu of %zu slots %s in %g s each; the solver's gap is %s %%\n", sums.proven,
            report->slot_count, sums.at_most ? "solved to the end" : "proved optimal",
            report->slot_seconds, gap_text);
}

static void print_forward(const dcat_bound_report *report, FILE *file)
{
    const dcat_bound_forward *f = &report->forward;
    money_unit unit = money_unit_for(f->given);
    char name[96];
    char price[NUMBER_TEXT_SIZE];
    number_fixed(f->unit_price * 1e9, 1, price);
    snprintf(name, sizeof name, "optima above %s per giga-cycle", price);
    fprintf(file,
            "\nThe first %" PRIu32 " cycle%s of world %" PRIu64
            ", slot after slot from empty queues, at limits;\ntasks of a slot in %s order\n",
            f->cycle_count, f->cycle_count == 1 ? "" : "s", report->seed,
            f->order == DCAT_BOUND_ORDER_FREE ? "any" : "the market's");
    print_slot_head("per cycle", unit, "of the bound, %", file);
    print_slot_line("bound with these clusters", f->given, f->given, unit, file);
    print_slot_line(name, f->priced, f->given, unit, file);
    print_slot_line("optimum of each slot", f->optimum, f->given, unit, file);
    print_slot_line("the auction", f->at_limits, f->given, unit, file);
    if (f->unproven > 0) {
        fprintf(file, "%zu solutions were not proved optimal\n", f->unproven);
    }
}

static bool every_cluster_listed(const dcat_bound_report *report)
{
    bool complete = true;
    for (size_t w = 0; w < report->world_count; w++) {
        complete = complete && report->worlds[w].complete;
    }
    return complete;
}

void dcat_write_bound_text(const dcat_bound_report *report, FILE *file)
{
    char policy[DCAT_POLICY_TEXT_SIZE];
    char title[256];
    dcat_policy_text(&report->policy, policy);
    text_clean(dcat_scenario_title(report->scenario), title, sizeof title);
    fprintf(file, "%s: %s\n", dcat_scenario_name(report->scenario), title);
    fprintf(file,
            "%s; queue rule %s; %" PRIu32 " cycle%s in each of %zu world%s, seed %" PRIu64 "\n\n",
            policy, dcat_queue_rule_name(report->queue), report->cycle_count,
            report->cycle_count == 1 ? "" : "s", report->world_count,
            report->world_count == 1 ? "" : "s", report->seed);
    print_worlds(report, file);
    print_losses(report, file);
    if (!every_cluster_listed(report)) {
        fprintf(file, "\nThere are too many legal clusters to list: the bound is the weaker one of "
                      "one entry per server.\n");
    }
    if (report->slot_count > 0) {
        print_slots(report, file);
    }
    if (report->forward.cycle_count > 0) {
        print_forward(report, file);
    }
    if (report->world_count > 1) {
        fprintf(file, "\n± 95 %% confidence interval over worlds\n");
    }
}

// --- JSON and CSV

static json_t *line_json(const dcat_bound_report *report, size_t offset)
{
    return json_pack("{s:o, s:o}", "profit", json_estimate(over_worlds(report, offset, IN_MONEY)),
                     "percent", json_estimate(over_worlds(report, offset, IN_PERCENT)));
}

static json_t *exact_json(const dcat_bound_report *report)
{
    slot_sums sums = sum_slots(report);
    double count = report->slot_count > 0 ? (double)report->slot_count : NAN;
    json_t *any =
        sums.at_most ? json_pack("{s:o}", "at_most_any_order", json_number(sums.free_bound / count))
                     : json_pack("{s:o, s:o}", "optimum_any_order", json_number(sums.free / count),
                                 "bound_any_order", json_number(sums.free_bound / count));
    json_t *object = json_pack(
        "{s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "slots", (json_int_t)report->slot_count,
        "tasks_per_slot", json_number((double)sums.task_count / count), "proven",
        (json_int_t)sums.proven, "seconds", json_number(report->slot_seconds), "profit",
        json_number(sums.profit / count), "at_limits", json_number(sums.at_limits / count),
        "optimum_market_order", json_number(sums.market / count), "bound_market_order",
        json_number(sums.market_bound / count));
    return json_merged(object, any);
}

static json_t *forward_json(const dcat_bound_forward *f)
{
    return json_pack("{s:I, s:s, s:o, s:o, s:o, s:o, s:o, s:I}", "cycles",
                     (json_int_t)f->cycle_count, "order",
                     f->order == DCAT_BOUND_ORDER_FREE ? "any" : "market", "at_limits",
                     json_number(f->at_limits), "optimum_of_each_slot", json_number(f->optimum),
                     "priced_optimum_of_each_slot", json_number(f->priced), "price_per_gigacycle",
                     json_number(f->unit_price * 1e9), "bound_given_clusters",
                     json_number(f->given), "unproven", (json_int_t)f->unproven);
}

dcat_status dcat_write_bound_json(const dcat_bound_report *report, FILE *file, dcat_error *err)
{
    json_t *document = json_pack(
        "{s:o, s:o, s:s, s:I, s:o, s:I, s:I, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "scenario",
        json_text(dcat_scenario_name(report->scenario)), "policy", json_policy(&report->policy),
        "queue", dcat_queue_rule_name(report->queue), "worlds", (json_int_t)report->world_count,
        "seed", json_count(report->seed), "cycle_first", (json_int_t)report->cycle_first, "cycles",
        (json_int_t)report->cycle_count, "every_cluster_listed", (int)every_cluster_listed(report),
        "bound", line_json(report, offsetof(dcat_bound_world, bound)), "bound_given_clusters",
        line_json(report, offsetof(dcat_bound_world, given)), "at_limits",
        line_json(report, offsetof(dcat_bound_world, at_limits)), "policy_profit",
        line_json(report, offsetof(dcat_bound_world, profit)), "exact",
        report->slot_count > 0 ? exact_json(report) : json_null(), "forward",
        report->forward.cycle_count > 0 ? forward_json(&report->forward) : json_null());
    return json_write(document, file, err);
}

static const dcat_column world_columns[] = {
    REPORT_WORLD_COLUMNS,
    DCAT_COLUMN("bound", DCAT_COLUMN_NUMBER, "money/cycle", "profit that no policy can exceed"),
    DCAT_COLUMN("bound_given_clusters", DCAT_COLUMN_NUMBER, "money/cycle",
                "the same with the policy's clusters"),
    DCAT_COLUMN("at_limits", DCAT_COLUMN_NUMBER, "money/cycle",
                "what the policy would earn had it paid winners their limits"),
    DCAT_COLUMN("profit", DCAT_COLUMN_NUMBER, "money/cycle", "what the policy earns"),
};

dcat_table bound_worlds_table(const dcat_bound_report *report)
{
    dcat_table table = {.head = DCAT_TABLE_HEAD("worlds", "a world", world_columns)};
    for (size_t w = 0; w < report->world_count; w++) {
        const dcat_bound_world *world = &report->worlds[w];
        const dcat_cell cells[] = {
            dcat_cell_count(w + 1),
            dcat_cell_count(world->seed),
            dcat_cell_number(world->bound),
            dcat_cell_number(world->given),
            dcat_cell_number(world->at_limits),
            dcat_cell_number(world->profit),
        };
        dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
    }
    return table;
}

static const dcat_column slot_columns[] = {
    DCAT_COLUMN("cycle", DCAT_COLUMN_COUNT, NULL, "number of the cycle"),
    DCAT_COLUMN("slot", DCAT_COLUMN_COUNT, NULL, "slot within its cycle"),
    DCAT_COLUMN("tasks", DCAT_COLUMN_COUNT, NULL, "tasks that arrived"),
    DCAT_COLUMN("profit", DCAT_COLUMN_NUMBER, "money", "what the policy earned"),
    DCAT_COLUMN("at_limits", DCAT_COLUMN_NUMBER, "money",
                "what it would have earned had it paid winners their limits"),
    DCAT_COLUMN("optimum_market_order", DCAT_COLUMN_NUMBER, "money",
                "best assignment in the market's order of tasks"),
    DCAT_COLUMN("bound_market_order", DCAT_COLUMN_NUMBER, "money",
                "what the solver proved about it"),
    DCAT_COLUMN("optimum_any_order", DCAT_COLUMN_NUMBER, "money",
                "best assignment in any order of tasks; empty under the queue rule fifo"),
    DCAT_COLUMN("bound_any_order", DCAT_COLUMN_NUMBER, "money",
                "at most that is earned in any order of tasks"),
    DCAT_COLUMN("proven", DCAT_COLUMN_BOOLEAN, NULL,
                "whether both programs were solved to the end"),
};

dcat_table bound_slots_table(const dcat_bound_report *report)
{
    dcat_table table = {.head =
                            DCAT_TABLE_HEAD("slots", "a slot of the first world", slot_columns)};
    for (size_t i = 0; i < report->slot_count; i++) {
        const dcat_bound_slot *slot = &report->slots[i];
        const dcat_cell cells[] = {
            dcat_cell_count(slot->cycle),
            dcat_cell_count(slot->slot),
            dcat_cell_count(slot->task_count),
            dcat_cell_number(slot->profit),
            dcat_cell_number(slot->at_limits),
            dcat_cell_number(slot->market.profit),
            dcat_cell_number(slot->market.bound),
            slot->free.at_most ? dcat_cell_missing() : dcat_cell_number(slot->free.profit),
            dcat_cell_number(slot->free.bound),
            dcat_cell_boolean(slot->market.optimal && slot->free.optimal),
        };
        dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
    }
    return table;
}

// --- The folder

dcat_status dcat_write_bound_folder(const dcat_bound_report *report, dcat_output *output,
                                    dcat_error *err)
{
    dcat_schema schema = {0};
    dcat_error own = {0};
    dcat_table worlds = bound_worlds_table(report);
    dcat_table slots = bound_slots_table(report);
    dcat_status status = dcat_table_file(&worlds, output, &schema, &own);
    if (status == DCAT_OK && report->slot_count > 0) {
        status = dcat_table_file(&slots, output, &schema, &own);
    }
    dcat_table_free(&slots);
    status = status == DCAT_OK ? dcat_schema_write(&schema, output, &own) : status;
    FILE *json = status == DCAT_OK ? dcat_output_file(output, "bound.json", &own) : NULL;
    FILE *text = json != NULL ? dcat_output_file(output, "bound.txt", &own) : NULL;
    if (text == NULL) {
        return dcat_fail(err, own.status, "%s", own.message);
    }
    dcat_write_bound_text(report, text);
    return dcat_write_bound_json(report, json, err);
}
