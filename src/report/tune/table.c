// SPDX-License-Identifier: Apache-2.0
#include "report/tune/table.h"

#include "file/write_text.h"

#include <inttypes.h>
#include <math.h>

// --- tables

#define PERCENT 100.0

static const dcat_column lever_columns[] = {
    {.key = "lever",
     .type = DCAT_COLUMN_TEXT,
     .meaning = "key of the scenario",
     .heading = {"lever", ""},
     .left = true},
    {.key = "before",
     .type = DCAT_COLUMN_TEXT,
     .meaning = "its value in the scenario",
     .heading = {"before", ""}},
    {.key = "after",
     .type = DCAT_COLUMN_TEXT,
     .meaning = "the value found",
     .heading = {"after", ""}},
    {.key = "alone_percent",
     .type = DCAT_COLUMN_INTERVAL,
     .unit = "%",
     .meaning = "gain on test days when this lever alone is changed",
     .heading = {"alone", "%"},
     .decimals = 2,
     .sign = DCAT_SIGN_PLUS},
    {.key = "without_percent",
     .type = DCAT_COLUMN_INTERVAL,
     .unit = "%",
     .meaning = "gain on test days when all levers but this one are changed",
     .heading = {"without it", "%"},
     .decimals = 2,
     .sign = DCAT_SIGN_PLUS},
};

static dcat_cell percent_cell(dcat_estimate share)
{
    return dcat_cell_interval(PERCENT * share.mean, PERCENT * share.ci95);
}

dcat_table tune_levers_table(const dcat_tune_report *report)
{
    const dcat_tune_result *result = report->result;
    dcat_table table = {.head = DCAT_TABLE_HEAD("levers", "a lever", lever_columns)};
    for (size_t i = 0; i < result->lever_count; i++) {
        const dcat_tune_lever *lever = &result->levers[i];
        const dcat_cell cells[] = {
            dcat_cell_text(lever->key),
            dcat_cell_text(lever->before),
            dcat_cell_text(lever->after),
            lever->changed ? percent_cell(lever->alone) : dcat_cell_missing(),
            lever->changed ? percent_cell(lever->without) : dcat_cell_missing(),
        };
        dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
    }
    return table;
}

static const dcat_column move_columns[] = {
    {.key = "what",
     .type = DCAT_COLUMN_TEXT,
     .meaning = "what is other than in the settings found",
     .heading = {"what", ""},
     .left = true},
    {.key = "factor",
     .type = DCAT_COLUMN_NUMBER,
     .unit = "1",
     .meaning = "by what it is multiplied",
     .heading = {"times", ""},
     .decimals = 2},
    {.key = "change_percent",
     .type = DCAT_COLUMN_NUMBER,
     .unit = "%",
     .meaning = "change of profit on validation days: over the settings found when a lever is "
                "moved, over the scenario's own settings in a harder scenario",
     .heading = {"profit", "%"},
     .decimals = 2,
     .sign = DCAT_SIGN_PLUS},
};

dcat_table tune_moves_table(const dcat_tune_report *report)
{
    const dcat_tune_result *result = report->result;
    dcat_table table = {
        .head = DCAT_TABLE_HEAD("moves", "something that is other than expected", move_columns)};
    for (size_t i = 0; i < result->move_count; i++) {
        const dcat_tune_move *move = &result->moves[i];
        const dcat_cell cells[] = {dcat_cell_text(move->key), dcat_cell_number(move->factor),
                                   dcat_cell_number(PERCENT * move->change)};
        dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
    }
    for (size_t t = 0; t < result->trial_count; t++) {
        const dcat_tune_trial *trial = &result->trials[t];
        const dcat_cell cells[] = {dcat_cell_text(trial->override), dcat_cell_missing(),
                                   dcat_cell_number(PERCENT * trial->change)};
        if (trial->applies) {
            dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
        }
    }
    return table;
}

static const dcat_column try_columns[] = {
    DCAT_COLUMN("try", DCAT_COLUMN_COUNT, NULL, "number of the proposal, from 1"),
    DCAT_COLUMN("phase", DCAT_COLUMN_TEXT, NULL,
                "how it came about: random, local (near the best) or safe (near the best that "
                "stands at no cliff)"),
    DCAT_COLUMN("settings", DCAT_COLUMN_TEXT, NULL, "values of all levers, as --set takes them"),
    DCAT_COLUMN("gain_percent", DCAT_COLUMN_NUMBER, "%",
                "gain on training days over the scenario's own settings"),
    DCAT_COLUMN("safe_gain_percent", DCAT_COLUMN_NUMBER, "%",
                "the same, or that at the worst move where it is lower by more than a move may "
                "cost; empty: not looked at"),
};

dcat_table tune_tries_table(const dcat_tune_report *report)
{
    const dcat_tune_result *result = report->result;
    dcat_table table = {.head = DCAT_TABLE_HEAD("tries", "a proposal", try_columns)};
    for (size_t i = 0; i < result->try_count; i++) {
        const dcat_tune_try *one = &result->tries[i];
        char settings[1024];
        int length = 0;
        for (size_t k = 0; k < result->lever_count; k++) {
            length += snprintf(&settings[length], sizeof settings - (size_t)length, "%s%s=%s",
                               k > 0 ? " " : "", result->levers[k].key, one->value[k]);
        }
        const dcat_cell cells[] = {
            dcat_cell_count(i + 1),
            dcat_cell_text(one->phase),
            dcat_cell_text(settings),
            dcat_cell_number(PERCENT * one->gain),
            dcat_cell_number(PERCENT * one->safe_gain),
        };
        dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
    }
    return table;
}

// --- sentences

static void percent_text(double share, char text[NUMBER_TEXT_SIZE + 2])
{
    char number[NUMBER_TEXT_SIZE];
    number_fixed(PERCENT * share, 2, number);
    snprintf(text, NUMBER_TEXT_SIZE + 2, "%s%s", share >= 0.00005 ? "+" : "", number);
}

static void gain_sentence(const dcat_tune_report *report, char text[TUNE_SENTENCE_SIZE])
{
    const dcat_tune_result *r = report->result;
    money_unit unit = money_unit_for(r->after.mean);
    char gain[NUMBER_TEXT_SIZE + 2], before[NUMBER_TEXT_SIZE], after[NUMBER_TEXT_SIZE];
    char interval[NUMBER_TEXT_SIZE + 8] = "", ci95[NUMBER_TEXT_SIZE];
    percent_text(r->gain.mean, gain);
    number_fixed(PERCENT * r->gain.ci95, 2, ci95);
    if (isfinite(r->gain.ci95)) {
        snprintf(interval, sizeof interval, " ± %s", ci95);
    }
    int decimals = decimals_for(r->after.mean / unit.divisor);
    number_fixed(r->before.mean / unit.divisor, decimals, before);
    number_fixed(r->after.mean / unit.divisor, decimals, after);
    if (fabs(r->gain.mean) + (isfinite(r->gain.ci95) ? r->gain.ci95 : 0.0) == 0.0) {
        snprintf(
            text, TUNE_SENTENCE_SIZE,
            "Nothing that was tried is better than the scenario's own settings: a profit of %s %s "
            "per cycle on test days.",
            after, unit.suffix);
        return;
    }
    snprintf(text, TUNE_SENTENCE_SIZE,
             "%s%s %% on test days over the scenario's own settings: a profit of %s %s per cycle "
             "instead of %s %s.",
             gain, interval, after, unit.suffix, before, unit.suffix);
}

static void origin_sentence(const dcat_tune_report *report, char text[TUNE_SENTENCE_SIZE])
{
    const dcat_tune_plan *plan = report->plan;
    const dcat_tune_result *r = report->result;
    char policy[DCAT_POLICY_TEXT_SIZE];
    char train[NUMBER_TEXT_SIZE + 2], validate[NUMBER_TEXT_SIZE + 2];
    dcat_policy_text(&plan->policy, policy);
    percent_text(r->train_gain, train);
    percent_text(r->validate_gain, validate);
    snprintf(text, TUNE_SENTENCE_SIZE,
             "%s, %zu proposal%s; tried in %zu world%s from seed %" PRIu64 " on: %s %% on training "
             "days, %s %% on validation days. Judged in %zu world%s from seed %" PRIu64 " on.",
             policy, r->try_count, r->try_count == 1 ? "" : "s", plan->world_count,
             plan->world_count == 1 ? "" : "s", plan->seed + DCAT_TUNE_SEED_OFFSET, train, validate,
             plan->test_world_count, plan->test_world_count == 1 ? "" : "s", plan->seed);
}

static const char no_days[] = "Given tasks have no days to learn from: the gain is on the very "
                              "cycles that the settings were found on.";

static void safety_sentence(const dcat_tune_result *r, char text[TUNE_SENTENCE_SIZE])
{
    char may[NUMBER_TEXT_SIZE], costs[NUMBER_TEXT_SIZE];
    double worst = 0.0;
    for (size_t i = 0; i < r->move_count; i++) {
        worst = fmin(worst, r->moves[i].change);
    }
    number_fixed(PERCENT * r->loss_max, 1, may);
    number_fixed(-PERCENT * worst, 1, costs);
    snprintf(text, TUNE_SENTENCE_SIZE,
             r->safe ? "No lever stands at a cliff: moved by a quarter, the worst costs %s %% of "
                       "the profit, of %s %% that it may."
                     : "Moved by a quarter, the worst lever costs %s %% of the profit, where %s %% "
                       "were aimed at: nothing farther from a cliff is worth more.",
             costs, may);
}

bool tune_sentence(const dcat_tune_report *report, size_t index, char text[TUNE_SENTENCE_SIZE])
{
    if (index == 0) {
        gain_sentence(report, text);
    } else if (index == 1) {
        origin_sentence(report, text);
    } else if (index == 2) {
        safety_sentence(report->result, text);
    } else if (index == 3 && !report->result->days_differ) {
        snprintf(text, TUNE_SENTENCE_SIZE, "%s", no_days);
    } else {
        return false;
    }
    return true;
}
