// SPDX-License-Identifier: Apache-2.0
// The tables of a study that people read. Those for programs are in csv.c.

#include "reproduce/write.h"

#include <string.h>

// --- Columns and cells

#define PERCENT_DECIMALS 1
#define MONEY_DECIMALS 3
#define PLUS DCAT_SIGN_PLUS_AND_ZERO

// The tables of a study on their way to whoever shows them.
typedef struct tables {
    const reproduce_study *study;
    const reproduce_table_writer *writer;
    money_unit unit; // of all profits
    dcat_status status;
    dcat_error *err;
} tables;

// Hand a table over, unless it is empty or another one has failed, and release it.
static void put_table(tables *t, const char *title, const char *note, dcat_table *table)
{
    if (t->status == DCAT_OK && (table->row_count > 0 || table->no_memory)) {
        t->status = t->writer->table(t->writer->user, title, note, table, t->err);
    }
    dcat_table_free(table);
}

static void add(dcat_table *table, const dcat_cell *cells)
{
    dcat_table_add(table, cells, DCAT_ROW_PLAIN);
}

static dcat_cell gain_cell(reproduce_gain gain)
{
    return dcat_cell_interval(gain.percent, gain.percent_ci95);
}

static dcat_cell scaled_cell(dcat_estimate estimate, double scale)
{
    return dcat_cell_interval(scale * estimate.mean, scale * estimate.ci95);
}

// A profit in its unit, or an offloading rate in percent.
static dcat_cell mean_cell(const tables *t, size_t point, size_t arm, reproduce_measure measure)
{
    double scale = measure == REPRODUCE_PROFIT ? 1.0 / t->unit.divisor : 100.0;
    return scaled_cell(reproduce_mean(t->study, point, arm, measure), scale);
}

static dcat_cell share_cell(int64_t part, int64_t whole)
{
    return dcat_cell_number(whole > 0 ? 100.0 * (double)part / (double)whole : 0.0);
}

// "profit per cycle, k"
static void money_title(const char *what, money_unit unit, char title[64])
{
    snprintf(title, 64, "%s%s%s", what, unit.suffix[0] != '\0' ? ", " : "", unit.suffix);
}

// --- Claims

static void put_claims(tables *t)
{
    static const dcat_column columns[] = {
        {.heading = {"figure"}, .left = true},
        {.heading = {"measure"}, .left = true},
        {.heading = {"algorithm"}, .left = true},
        {.heading = {"paper"}, .decimals = 2, .sign = PLUS},
        {.heading = {"best point"}, .decimals = PERCENT_DECIMALS, .sign = PLUS},
        {.heading = {"at"}},
        {.heading = {"baseline"}},
        {.heading = {"verdict"}},
        {.heading = {"mean"}, .decimals = PERCENT_DECIMALS, .sign = PLUS},
        {.heading = {"verdict"}},
    };
    const reproduce_study *study = t->study;
    dcat_table table = {.head = DCAT_TABLE_HEAD(NULL, NULL, columns)};
    reproduce_claim claims[REPRODUCE_CLAIM_MAX];
    size_t count = reproduce_claims(study, claims);
    for (size_t c = 0; c < count; c++) {
        const reproduce_claim *claim = &claims[c];
        const dcat_cell cells[] = {
            dcat_cell_text(study->plan->sweeps[claim->sweep].figure),
            dcat_cell_text(reproduce_measure_names[claim->measure]),
            dcat_cell_text(study->arms[claim->arm].name),
            dcat_cell_number(claim->paper),
            gain_cell(claim->gains[claim->best]),
            dcat_cell_text(reproduce_value_of(study, claim->points[claim->best])),
            dcat_cell_text(study->arms[claim->bases[claim->best]].name),
            dcat_cell_text(reproduce_verdict_names[claim->best_verdict]),
            gain_cell(claim->whole),
            dcat_cell_text(reproduce_verdict_names[claim->whole_verdict]),
        };
        add(&table, cells);
    }
    put_table(t, study->plan->claims.title, study->plan->claims.note, &table);
}

// --- One against another

// Whether arm b is shown as beaten by claimant a.
static bool is_pair(const reproduce_study *study, size_t a, size_t b)
{
    return study->arms[a].claimant && reproduce_in_paper(&study->arms[a]) &&
           reproduce_is_rival(study, a, b) && reproduce_in_paper(&study->arms[b]);
}

static void add_tally(dcat_table *table, const char *name, const char *against,
                      reproduce_tally tally)
{
    char ahead[48];
    char sure[48];
    snprintf(ahead, sizeof ahead, "%zu of %zu", tally.ahead, tally.point_count);
    snprintf(sure, sizeof sure, "%zu of %zu", tally.sure, tally.point_count);
    const dcat_cell cells[] = {
        dcat_cell_text(name),
        dcat_cell_text(against),
        dcat_cell_number(tally.percent),
        dcat_cell_number(tally.percent_min),
        dcat_cell_text(ahead),
        dcat_cell_text(sure),
    };
    add(table, cells);
}

static void put_tallies(tables *t)
{
    static const dcat_column columns[] = {
        {.heading = {"algorithm"}, .left = true},
        {.heading = {"against"}, .left = true},
        {.heading = {"mean gain"}, .decimals = PERCENT_DECIMALS, .sign = PLUS},
        {.heading = {"smallest gain"}, .decimals = PERCENT_DECIMALS, .sign = PLUS},
        {.heading = {"ahead"}},
        {.heading = {"interval above 0"}},
    };
    const reproduce_study *study = t->study;
    dcat_table table = {.head = DCAT_TABLE_HEAD(NULL, NULL, columns)};
    for (size_t a = 0; a < study->arm_count; a++) {
        bool any = false;
        for (size_t b = 0; b < study->arm_count; b++) {
            if (is_pair(study, a, b)) {
                any = true;
                add_tally(&table, study->arms[a].name, study->arms[b].name,
                          reproduce_tally_of(study, a, b));
            }
        }
        if (any) {
            add_tally(&table, study->arms[a].name, "all of them", reproduce_tally_of_all(study, a));
        }
    }
    put_table(t, study->plan->rivals.title, study->plan->rivals.note, &table);
}

// --- A row per algorithm, a column per value of a sweep

typedef struct sweep_table {
    dcat_column columns[REPRODUCE_VALUE_MAX + 1];
    size_t value_count, first; // of its points
    dcat_table table;
} sweep_table;

// number is what all columns but the first have in common.
static void begin_sweep(const tables *t, size_t sweep, dcat_column number, sweep_table *into)
{
    const reproduce_sweep *at = &t->study->plan->sweeps[sweep];
    *into = (sweep_table){
        .columns = {{.heading = {"algorithm"}, .left = true}},
        .value_count = at->value_count,
        .first = reproduce_first_point(t->study, sweep),
    };
    for (size_t v = 0; v < at->value_count; v++) {
        into->columns[v + 1] = number;
        into->columns[v + 1].heading[0] = at->values[v];
    }
    into->table.head =
        (dcat_table_head){.columns = into->columns, .column_count = at->value_count + 1};
}

static void put_sweep(tables *t, size_t sweep, const char *what, const char *note,
                      sweep_table *table)
{
    const reproduce_sweep *at = &t->study->plan->sweeps[sweep];
    char title[160];
    snprintf(title, sizeof title, "%s: %s by %s", at->figure, what, at->axis);
    put_table(t, title, note, &table->table);
}

static void put_means(tables *t, size_t sweep, reproduce_measure measure)
{
    const reproduce_study *study = t->study;
    bool profit = measure == REPRODUCE_PROFIT;
    const dcat_column number = {.decimals = profit ? MONEY_DECIMALS : PERCENT_DECIMALS};
    sweep_table into;
    begin_sweep(t, sweep, number, &into);
    for (size_t a = 0; a < study->arm_count; a++) {
        dcat_cell cells[REPRODUCE_VALUE_MAX + 1] = {dcat_cell_text(study->arms[a].name)};
        for (size_t v = 0; v < into.value_count; v++) {
            cells[v + 1] = mean_cell(t, into.first + v, a, measure);
        }
        if (reproduce_runs(study, into.first, a)) {
            add(&into.table, cells);
        }
    }
    char title[64];
    money_title("profit per cycle", t->unit, title);
    put_sweep(t, sweep, profit ? title : "offloading rate, %", NULL, &into);
}

// "ARM over BASE" and the gain at every point.
static void add_gains(const tables *t, size_t arm, size_t base, sweep_table *into)
{
    const reproduce_study *study = t->study;
    char name[2 * REPRODUCE_NAME_SIZE + 8];
    snprintf(name, sizeof name, "%s over %s", study->arms[arm].name, study->arms[base].name);
    dcat_cell cells[REPRODUCE_VALUE_MAX + 1] = {dcat_cell_text(name)};
    for (size_t v = 0; v < into->value_count; v++) {
        cells[v + 1] =
            gain_cell(reproduce_gain_over(study, into->first + v, arm, base, REPRODUCE_PROFIT));
    }
    add(&into->table, cells);
}

static const dcat_column gain_number = {.decimals = PERCENT_DECIMALS, .sign = PLUS};

// Each DCAT against its rivals at every point.
static void put_rivals(tables *t, size_t sweep)
{
    const reproduce_study *study = t->study;
    sweep_table into;
    begin_sweep(t, sweep, gain_number, &into);
    for (size_t a = 0; a < study->arm_count; a++) {
        for (size_t b = 0; b < study->arm_count; b++) {
            if (is_pair(study, a, b)) {
                add_gains(t, a, b, &into);
            }
        }
    }
    put_sweep(t, sweep, "gain in profit over other clusterers, %", NULL, &into);
}

static void put_generality(tables *t, size_t sweep)
{
    const reproduce_plan *plan = t->study->plan;
    sweep_table into;
    begin_sweep(t, sweep, gain_number, &into);
    for (size_t i = 0; i < plan->generality.pair_count; i++) {
        const reproduce_pair *pair = &plan->generality.pairs[i];
        size_t arm = reproduce_arm_find(t->study, pair->algorithm);
        size_t base = reproduce_arm_find(t->study, pair->against);
        if (arm != SIZE_MAX && base != SIZE_MAX && reproduce_in_paper(&t->study->arms[arm]) &&
            reproduce_in_paper(&t->study->arms[base])) {
            add_gains(t, arm, base, &into);
        }
    }
    put_sweep(t, sweep, plan->generality.title, plan->generality.note, &into);
}

// --- rea-s against rea

static void put_mechanisms(tables *t)
{
    const reproduce_study *study = t->study;
    const reproduce_plan *plan = study->plan;
    size_t ours = reproduce_arm_find(study, plan->mechanism.pair.algorithm);
    size_t base = reproduce_arm_find(study, plan->mechanism.pair.against);
    if (ours == SIZE_MAX || base == SIZE_MAX) {
        return;
    }
    char below[2][64];
    snprintf(below[0], sizeof below[0], "below cost, %s", study->arms[base].auction->name);
    snprintf(below[1], sizeof below[1], "below cost, %s", study->arms[ours].auction->name);
    const dcat_column columns[] = {
        {.heading = {"figure"}, .left = true},
        {.heading = {"at"}, .left = true},
        {.heading = {"profit"}, .decimals = PERCENT_DECIMALS, .sign = PLUS},
        {.heading = {"offloading"}, .decimals = PERCENT_DECIMALS, .sign = PLUS},
        {.heading = {below[0]}, .decimals = PERCENT_DECIMALS},
        {.heading = {below[1]}, .decimals = PERCENT_DECIMALS},
    };
    dcat_table table = {.head = DCAT_TABLE_HEAD(NULL, NULL, columns)};
    for (size_t p = 0; p < study->point_count; p++) {
        if (study->points[p].same_as != p || !reproduce_runs(study, p, ours) ||
            !reproduce_runs(study, p, base)) {
            continue;
        }
        const dcat_totals our = reproduce_totals(study, p, ours);
        const dcat_totals their = reproduce_totals(study, p, base);
        const dcat_cell cells[] = {
            dcat_cell_text(reproduce_sweep_of(study, p)->figure),
            dcat_cell_text(reproduce_value_of(study, p)),
            gain_cell(reproduce_gain_over(study, p, ours, base, REPRODUCE_PROFIT)),
            gain_cell(reproduce_gain_over(study, p, ours, base, REPRODUCE_OFFLOADING)),
            share_cell(their.member_below_cost, their.awarded),
            share_cell(our.member_below_cost, our.awarded),
        };
        add(&table, cells);
    }
    put_table(t, plan->mechanism.title, plan->mechanism.note, &table);
}

// --- What a queue that a machine can keep changes

static void put_queue(tables *t)
{
    static const dcat_column columns[] = {
        {.heading = {"algorithm"}, .left = true},
        {.heading = {"points"}, .decimals = 0},
        {.heading = {"late"}, .decimals = PERCENT_DECIMALS},
        {.heading = {"least"}, .decimals = PERCENT_DECIMALS},
        {.heading = {"most"}, .decimals = PERCENT_DECIMALS},
        {.heading = {"fifo, profit"}, .decimals = PERCENT_DECIMALS, .sign = PLUS},
        {.heading = {"least"}, .decimals = PERCENT_DECIMALS, .sign = PLUS},
        {.heading = {"most"}, .decimals = PERCENT_DECIMALS, .sign = PLUS},
        {.heading = {"served"}, .decimals = PERCENT_DECIMALS, .sign = PLUS},
    };
    const reproduce_study *study = t->study;
    dcat_table table = {.head = DCAT_TABLE_HEAD(NULL, NULL, columns)};
    for (size_t a = 0; a < study->arm_count; a++) {
        const reproduce_queue_change change = reproduce_queue_change_of(study, a);
        if (change.point_count == 0) {
            continue;
        }
        const dcat_cell cells[] = {
            dcat_cell_text(study->arms[a].name),
            dcat_cell_number((double)change.point_count),
            share_cell(change.late, change.awarded),
            dcat_cell_number(100.0 * change.late_min),
            dcat_cell_number(100.0 * change.late_max),
            gain_cell(change.gain[REPRODUCE_PROFIT]),
            dcat_cell_number(change.percent_min),
            dcat_cell_number(change.percent_max),
            gain_cell(change.gain[REPRODUCE_OFFLOADING]),
        };
        add(&table, cells);
    }
    put_table(t, study->plan->queue.title, study->plan->queue.note, &table);
}

// --- Single points

// The algorithm that those of this auction stand beside, or SIZE_MAX.
static size_t reference_of(const reproduce_study *study, const dcat_auction *auction)
{
    const reproduce_plan *plan = study->plan;
    for (size_t i = 0; i < plan->reference_count; i++) {
        if (strcmp(plan->references[i].auction, auction->name) == 0) {
            return reproduce_arm_find(study, plan->references[i].algorithm);
        }
    }
    return SIZE_MAX;
}

static void put_single_point(tables *t, size_t p)
{
    const reproduce_study *study = t->study;
    const reproduce_sweep *sweep = reproduce_sweep_of(study, p);
    char profit[64];
    char title[160];
    money_title("profit per cycle", t->unit, profit);
    snprintf(title, sizeof title, "%s: %s", sweep->figure, sweep->axis);
    const dcat_column columns[] = {
        {.heading = {"algorithm"}, .left = true},
        {.heading = {"auction"}, .left = true},
        {.heading = {profit}, .decimals = MONEY_DECIMALS},
        {.heading = {"over linkage, %"}, .decimals = PERCENT_DECIMALS, .sign = PLUS},
        {.heading = {"served, %"}, .decimals = PERCENT_DECIMALS},
        {.heading = {"decision time"}},
    };
    dcat_table table = {.head = DCAT_TABLE_HEAD(NULL, NULL, columns)};
    table.head.column_count -= !t->writer->times;
    for (size_t a = 0; a < study->arm_count; a++) {
        if (!reproduce_runs(study, p, a)) {
            continue;
        }
        size_t linkage = reference_of(study, study->arms[a].auction);
        bool alone = a == linkage || linkage == SIZE_MAX || !reproduce_runs(study, p, linkage);
        char decision[NUMBER_TEXT_SIZE];
        duration_text(reproduce_decision_s(study, p, a), decision);
        const dcat_cell cells[] = {
            dcat_cell_text(study->arms[a].name),
            dcat_cell_text(study->arms[a].auction->name),
            mean_cell(t, p, a, REPRODUCE_PROFIT),
            alone ? dcat_cell_text("")
                  : gain_cell(reproduce_gain_over(study, p, a, linkage, REPRODUCE_PROFIT)),
            mean_cell(t, p, a, REPRODUCE_OFFLOADING),
            dcat_cell_text(decision),
        };
        add(&table, cells);
    }
    put_table(t, title, NULL, &table);
}

// --- Learning

static void put_curves(tables *t)
{
    const reproduce_study *study = t->study;
    const reproduce_plan *plan = study->plan;
    money_unit unit = money_unit_for(study->curve_linkage);
    char profit[64];
    money_title("profit, validation", unit, profit);
    const dcat_column columns[] = {
        {.heading = {"estimator"}, .left = true},
        {.heading = {"final reward"}, .decimals = 4},
        {.heading = {"within 1 % from"}, .decimals = 0},
        {.heading = {profit}, .decimals = MONEY_DECIMALS},
        {.heading = {"over linkage, %"}, .decimals = PERCENT_DECIMALS, .sign = PLUS},
        {.heading = {"within 1 % from"}, .decimals = 0},
    };
    dcat_table table = {.head = DCAT_TABLE_HEAD(NULL, NULL, columns)};
    for (size_t e = 0; study->curves && e < plan->curves.estimator_count; e++) {
        dcat_estimate look = reproduce_look(study, e, study->look_count - 1);
        const dcat_cell cells[] = {
            dcat_cell_text(plan->curves.estimators[e].name),
            scaled_cell(reproduce_final_reward(study, e), 1.0),
            dcat_cell_number((double)reproduce_settled_epoch(study, e)),
            scaled_cell(look, 1.0 / unit.divisor),
            dcat_cell_interval(100.0 * (look.mean / study->curve_linkage - 1.0),
                               100.0 * look.ci95 / study->curve_linkage),
            dcat_cell_number((double)reproduce_settled_look(study, e)),
        };
        add(&table, cells);
    }
    put_table(t, plan->curves.table, plan->curves.note, &table);
}

// --- All

dcat_status reproduce_write_tables(const reproduce_study *study,
                                   const reproduce_table_writer *writer, bool brief,
                                   dcat_error *err)
{
    tables t = {.study = study, .writer = writer, .unit = reproduce_unit(study), .err = err};
    put_claims(&t);
    put_tallies(&t);
    put_mechanisms(&t);
    put_queue(&t);
    for (size_t s = 0; s < study->plan->sweep_count; s++) {
        unsigned place = study->plan->sweeps[s].place;
        if (reproduce_has_sweep(study, s) &&
            (place == REPRODUCE_IN_PAPER || place == REPRODUCE_IN_FIFO)) {
            put_means(&t, s, REPRODUCE_PROFIT);
            put_means(&t, s, REPRODUCE_OFFLOADING);
        }
        if (reproduce_has_sweep(study, s) && place == REPRODUCE_IN_PAPER) {
            if (!brief) {
                put_rivals(&t, s);
            }
            put_generality(&t, s);
        }
    }
    for (size_t p = 0; p < study->point_count; p++) {
        unsigned place = reproduce_sweep_of(study, p)->place;
        if (place == REPRODUCE_IN_NETWORK || place == REPRODUCE_IN_ABLATION) {
            put_single_point(&t, p);
        }
    }
    put_curves(&t);
    return t.status;
}
