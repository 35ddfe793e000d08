// SPDX-License-Identifier: Apache-2.0
// A study as CSV. Rows keep the order of figures, values, algorithms and worlds.

#include "reproduce/write.h"

#include "report/result/columns.h"
#include <math.h>

#define T(key, meaning) DCAT_COLUMN(key, DCAT_COLUMN_TEXT, NULL, meaning)
#define N(key, unit, meaning) DCAT_COLUMN(key, DCAT_COLUMN_NUMBER, unit, meaning)
#define I(key, unit, meaning) DCAT_COLUMN(key, DCAT_COLUMN_INTERVAL, unit, meaning)
#define C(key, meaning) DCAT_COLUMN(key, DCAT_COLUMN_COUNT, NULL, meaning)
#define B(key, meaning) DCAT_COLUMN(key, DCAT_COLUMN_BOOLEAN, NULL, meaning)

// What several files begin with: columns, and the cells under them.
#define POINT                                                                                      \
    T("figure", "sweep of the plan"), T("variable", "what the sweep changes"),                     \
        T("value", "of the variable")
#define ARM                                                                                        \
    T("algorithm", "name"), T("clusterer", "who decides the clusters"),                            \
        T("auction", "how tasks are sold"), T("model", "where the weights come from")

#define POINT_CELLS(study, p)                                                                      \
    text(reproduce_sweep_of(study, p)->figure), text(reproduce_sweep_of(study, p)->variable),      \
        text(reproduce_value_of(study, p))
#define ARM_CELLS(arm)                                                                             \
    text((arm)->name), text((arm)->clusterer), text((arm)->auction->name),                         \
        text(reproduce_source_names[(arm)->source])

static dcat_cell text(const char *value)
{
    return dcat_cell_text(value);
}

static dcat_cell number(double value)
{
    return dcat_cell_number(value);
}

static dcat_cell estimate(dcat_estimate value)
{
    return dcat_cell_interval(value.mean, value.ci95);
}

static dcat_cell share(int64_t part, int64_t whole)
{
    return number(whole > 0 ? (double)part / (double)whole : 0.0);
}

// --- claims.csv

static const dcat_column claim_columns[] = {
    T("figure", "sweep of the plan"),
    T("variable", "what the sweep changes"),
    T("measure", "profit or offloading"),
    T("algorithm", "name"),
    N("paper_percent", "%", "gain that the paper reports"),
    T("best_value", "of the variable, where our gain is largest"),
    T("best_baseline", "the best of the baselines there"),
    I("best_percent", "%", "our gain over it"),
    T("best_verdict", "met, within or missed"),
    I("mean_percent", "%", "our gain over the best baselines of the whole sweep"),
    T("mean_verdict", "met, within or missed"),
};
static const dcat_table_head claim_head =
    DCAT_TABLE_HEAD("claims", "one of the paper's claims and one algorithm", claim_columns);

static void write_claims(const reproduce_study *study, FILE *file)
{
    reproduce_claim claims[REPRODUCE_CLAIM_MAX];
    size_t claim_count = reproduce_claims(study, claims);
    for (size_t c = 0; c < claim_count; c++) {
        const reproduce_claim *claim = &claims[c];
        const reproduce_sweep *sweep = &study->plan->sweeps[claim->sweep];
        const reproduce_gain *best = &claim->gains[claim->best];
        const dcat_cell cells[] = {
            text(sweep->figure),
            text(sweep->variable),
            text(reproduce_measure_names[claim->measure]),
            text(study->arms[claim->arm].name),
            number(claim->paper),
            text(reproduce_value_of(study, claim->points[claim->best])),
            text(study->arms[claim->bases[claim->best]].name),
            dcat_cell_interval(best->percent, best->percent_ci95),
            text(reproduce_verdict_names[claim->best_verdict]),
            dcat_cell_interval(claim->whole.percent, claim->whole.percent_ci95),
            text(reproduce_verdict_names[claim->whole_verdict]),
        };
        dcat_csv_row(&claim_head, cells, file);
    }
}

// --- points.csv and times.csv

static const dcat_column point_columns[] = {
    POINT,
    ARM,
    C("worlds", "number of worlds"),
    I("profit", NULL, "of the platform, per cycle"),
    I("offloading", "1", "awarded / arrived"),
    REPORT_SHARE_COLUMNS,
    REPORT_SIMULTANEOUS_EXIT_COLUMN,
    REPORT_LATE_COLUMN(DCAT_COLUMN_NUMBER, "1"),
};
static const dcat_table_head point_head =
    DCAT_TABLE_HEAD("points", "one algorithm at one point, over worlds", point_columns);

static const dcat_column time_columns[] = {POINT, ARM, N("decision_s", "s", "wall time of one")};
static const dcat_table_head time_head =
    DCAT_TABLE_HEAD("times", "one algorithm at one point, over worlds", time_columns);

static void put_summary(const reproduce_study *study, size_t p, size_t a, FILE *file)
{
    const dcat_totals t = reproduce_totals(study, p, a);
    const dcat_cell cells[] = {
        POINT_CELLS(study, p),
        ARM_CELLS(&study->arms[a]),
        dcat_cell_count(study->options.world_count),
        estimate(reproduce_mean(study, p, a, REPRODUCE_PROFIT)),
        estimate(reproduce_mean(study, p, a, REPRODUCE_OFFLOADING)),
        number(t.fee > 0.0 ? dcat_totals_profit(&t) / t.fee : 0.0),
        share(t.no_candidate, t.arrived),
        share(t.single_candidate, t.arrived),
        share(t.all_left, t.arrived),
        share(t.no_bidder, t.arrived),
        share(t.round_limit, t.arrived),
        share(t.member_below_cost, t.awarded),
        share(t.all_left, t.arrived),
        share(t.late, t.awarded),
    };
    dcat_csv_row(&point_head, cells, file);
}

static void put_time(const reproduce_study *study, size_t p, size_t a, FILE *file)
{
    const dcat_cell cells[] = {POINT_CELLS(study, p), ARM_CELLS(&study->arms[a]),
                               number(reproduce_decision_s(study, p, a))};
    dcat_csv_row(&time_head, cells, file);
}

// --- gains.csv

static const dcat_column gain_columns[] = {
    POINT,
    T("measure", "profit or offloading"),
    T("algorithm", "a learned one"),
    T("against", "another"),
    I("difference", NULL, "paired, world by world"),
    I("percent", "%", "the same, of the other's mean"),
    B("surely_ahead", "the interval lies above 0"),
};
static const dcat_table_head gain_head =
    DCAT_TABLE_HEAD("gains", "one learned algorithm against another at one point", gain_columns);

static void put_gain(const reproduce_study *study, size_t p, size_t arm, size_t base,
                     reproduce_measure measure, FILE *file)
{
    const reproduce_gain gain = reproduce_gain_over(study, p, arm, base, measure);
    const dcat_cell cells[] = {
        POINT_CELLS(study, p),
        text(reproduce_measure_names[measure]),
        text(study->arms[arm].name),
        text(study->arms[base].name),
        estimate(gain.difference),
        dcat_cell_interval(gain.percent, gain.percent_ci95),
        dcat_cell_boolean(reproduce_gain_is_sure(&gain)),
    };
    dcat_csv_row(&gain_head, cells, file);
}

static void write_gains(const reproduce_study *study, FILE *file)
{
    for (size_t p = 0; p < study->point_count; p++) {
        for (reproduce_measure m = 0; m < REPRODUCE_MEASURE_COUNT; m++) {
            for (size_t i = 0; i < study->arm_count * study->arm_count; i++) {
                size_t arm = i / study->arm_count;
                size_t base = i % study->arm_count;
                if (arm != base && study->arms[arm].source != REPRODUCE_NO_MODEL &&
                    reproduce_runs(study, p, arm) && reproduce_runs(study, p, base)) {
                    put_gain(study, p, arm, base, m, file);
                }
            }
        }
    }
}

// --- worlds.csv: without times, so that it is the same bytes whenever and wherever it is made

static const dcat_column world_columns[] = {
    POINT, C("world", "from 1"), C("seed", "of the world"), ARM, REPORT_RUN_COLUMNS,
};
static const dcat_table_head world_head =
    DCAT_TABLE_HEAD("worlds", "one algorithm in one world at one point", world_columns);

static void put_world(const reproduce_study *study, size_t point, size_t world, size_t arm,
                      FILE *file)
{
    const dcat_run_result *r = reproduce_result(study, point, arm, world);
    const dcat_cell cells[] = {
        POINT_CELLS(study, point),
        dcat_cell_count(world + 1),
        dcat_cell_count(study->options.seed + world),
        ARM_CELLS(&study->arms[arm]),
        REPORT_RUN_CELLS(r),
    };
    dcat_csv_row(&world_head, cells, file);
}

static void write_worlds(const reproduce_study *study, FILE *file)
{
    for (size_t p = 0; p < study->point_count; p++) {
        for (size_t w = 0; w < study->options.world_count; w++) {
            for (size_t a = 0; a < study->arm_count; a++) {
                if (reproduce_runs(study, p, a)) {
                    put_world(study, p, w, a, file);
                }
            }
        }
    }
}

// --- curves.csv

static const dcat_column curve_columns[] = {
    T("estimator", "of the advantage"),
    C("seed", "of the training"),
    C("epoch", "from 0, before the first"),
    N("reward", "1", "mean of the clusterings drawn in the epoch"),
    N("profit_per_cycle", NULL, "on the validation days, at some epochs"),
};
static const dcat_table_head curve_head =
    DCAT_TABLE_HEAD("curves", "one epoch of one training", curve_columns);

static void write_curves(const reproduce_study *study, FILE *file)
{
    uint32_t every = study->options.curve_look_every;
    for (size_t e = 0; e < study->plan->curves.estimator_count; e++) {
        for (size_t s = 0; s < study->options.curve_seed_count; s++) {
            for (uint32_t epoch = 0; epoch <= study->options.curve_epoch_count; epoch++) {
                const dcat_cell cells[] = {
                    text(study->plan->curves.estimators[e].name),
                    dcat_cell_count(study->options.seed + s),
                    dcat_cell_count(epoch),
                    number(epoch > 0 ? reproduce_curve(study, e, s)[epoch - 1] : NAN),
                    number(epoch % every == 0 ? reproduce_looks(study, e, s)[epoch / every] : NAN),
                };
                dcat_csv_row(&curve_head, cells, file);
            }
        }
    }
}

// --- All

dcat_status reproduce_write_csv(const reproduce_study *study, dcat_output *output, dcat_error *err)
{
    static const struct {
        const dcat_table_head *head;
        void (*write)(const reproduce_study *study, FILE *file);
        void (*put)(const reproduce_study *study, size_t point, size_t arm, FILE *file);
        bool curves;
    } tables[] = {
        {.head = &claim_head, .write = write_claims},
        {.head = &point_head, .put = put_summary},
        {.head = &gain_head, .write = write_gains},
        {.head = &world_head, .write = write_worlds},
        {.head = &time_head, .put = put_time},
        {.head = &curve_head, .write = write_curves, .curves = true},
    };
    dcat_schema schema = {0};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (tables[i].curves ? study->curves : study->point_count > 0) {
            dcat_error own = {0};
            FILE *file = dcat_csv_file(output, tables[i].head, &schema, &own);
            if (file == NULL) {
                return dcat_fail(err, own.status, "%s", own.message);
            }
            if (tables[i].write != NULL) {
                tables[i].write(study, file);
            }
            for (size_t j = 0; tables[i].put != NULL && j < study->point_count * study->arm_count;
                 j++) {
                if (reproduce_runs(study, j / study->arm_count, j % study->arm_count)) {
                    tables[i].put(study, j / study->arm_count, j % study->arm_count, file);
                }
            }
        }
    }
    return dcat_schema_write(&schema, output, err);
}
