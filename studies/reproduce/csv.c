// A study as CSV. Rows keep the order of figures, values, algorithms and worlds.

#include "reproduce/write.h"

#include <inttypes.h>
#include <math.h>

static void put_point(const reproduce_study *study, size_t point, FILE *file)
{
    const reproduce_point *at = &study->points[point];
    const reproduce_sweep *sweep = &study->plan->sweeps[at->sweep];
    fprintf(file, "%s,%s,%s,", sweep->figure, sweep->variable, sweep->values[at->value]);
}

static void put_arm(const reproduce_arm *arm, FILE *file)
{
    csv_put_text(file, arm->name);
    fprintf(file, ",%s,%s,%s", arm->clusterer, arm->auction->name,
            reproduce_source_names[arm->source]);
}

static void put_number(FILE *file, double value)
{
    putc(',', file);
    csv_put_number(file, value);
}

static void put_estimate(FILE *file, dcat_estimate estimate)
{
    put_number(file, estimate.mean);
    put_number(file, estimate.ci95);
}

void reproduce_write_claims_csv(const reproduce_study *study, FILE *file)
{
    reproduce_claim claims[REPRODUCE_CLAIM_MAX];
    size_t count = reproduce_claims(study, claims);
    fputs("figure,variable,measure,algorithm,paper_percent,best_value,best_baseline,best_percent,"
          "best_percent_ci95,best_verdict,mean_percent,mean_percent_ci95,mean_verdict\n",
          file);
    for (size_t c = 0; c < count; c++) {
        const reproduce_claim *claim = &claims[c];
        const reproduce_sweep *sweep = &study->plan->sweeps[claim->sweep];
        const reproduce_point *best = &study->points[claim->points[claim->best]];
        fprintf(file, "%s,%s,%s,", sweep->figure, sweep->variable,
                reproduce_measure_names[claim->measure]);
        csv_put_text(file, study->arms[claim->arm].name);
        put_number(file, claim->paper);
        fprintf(file, ",%s,", sweep->values[best->value]);
        csv_put_text(file, study->arms[claim->bases[claim->best]].name);
        put_number(file, claim->gains[claim->best].percent);
        put_number(file, claim->gains[claim->best].percent_ci95);
        fprintf(file, ",%s", reproduce_verdict_names[claim->best_verdict]);
        put_number(file, claim->whole.percent);
        put_number(file, claim->whole.percent_ci95);
        fprintf(file, ",%s\n", reproduce_verdict_names[claim->whole_verdict]);
    }
}

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0.0;
}

static void put_summary(const reproduce_study *study, size_t p, size_t a, FILE *file)
{
    dcat_totals totals = reproduce_totals(study, p, a);
    put_point(study, p, file);
    put_arm(&study->arms[a], file);
    fprintf(file, ",%zu", study->options.world_count);
    put_estimate(file, reproduce_mean(study, p, a, REPRODUCE_PROFIT));
    put_estimate(file, reproduce_mean(study, p, a, REPRODUCE_OFFLOADING));
    put_number(file, totals.fee > 0.0 ? dcat_totals_profit(&totals) / totals.fee : 0.0);
    put_number(file, share(totals.no_candidate, totals.arrived));
    put_number(file, share(totals.single_candidate, totals.arrived));
    put_number(file, share(totals.all_exited, totals.arrived));
    put_number(file, share(totals.no_bidder, totals.arrived));
    put_number(file, share(totals.round_limit, totals.arrived));
    put_number(file, share(totals.member_below_cost, totals.awarded));
    putc('\n', file);
}

void reproduce_write_points_csv(const reproduce_study *study, FILE *file)
{
    fputs("figure,variable,value,algorithm,clusterer,auction,model,worlds,profit,profit_ci95,"
          "offloading,offloading_ci95,margin,no_candidate,single_candidate,simultaneous_exit,"
          "no_bidder,round_limit,members_below_cost\n",
          file);
    for (size_t p = 0; p < study->point_count; p++) {
        for (size_t a = 0; a < study->arm_count; a++) {
            if (reproduce_runs(study, p, a)) {
                put_summary(study, p, a, file);
            }
        }
    }
}

static void put_gain(const reproduce_study *study, size_t p, size_t arm, size_t base,
                     reproduce_measure measure, FILE *file)
{
    const reproduce_gain gain = reproduce_gain_over(study, p, arm, base, measure);
    put_point(study, p, file);
    fprintf(file, "%s,", reproduce_measure_names[measure]);
    csv_put_text(file, study->arms[arm].name);
    putc(',', file);
    csv_put_text(file, study->arms[base].name);
    put_estimate(file, gain.difference);
    put_number(file, gain.percent);
    put_number(file, gain.percent_ci95);
    fprintf(file, ",%d\n", reproduce_gain_is_sure(&gain));
}

void reproduce_write_gains_csv(const reproduce_study *study, FILE *file)
{
    fputs("figure,variable,value,measure,algorithm,against,difference,difference_ci95,percent,"
          "percent_ci95,surely_ahead\n",
          file);
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

static void put_world(const reproduce_study *study, size_t point, size_t world, size_t arm,
                      FILE *file)
{
    const dcat_run_result *result = reproduce_result(study, point, arm, world);
    const dcat_totals *totals = &result->totals;
    put_point(study, point, file);
    fprintf(file, "%zu,%" PRIu64 ",", world + 1, study->options.seed + world);
    put_arm(&study->arms[arm], file);
    const int64_t counts[] = {result->cycle_count, totals->arrived,
                              totals->awarded,     totals->no_candidate,
                              totals->no_bidder,   totals->all_exited,
                              totals->round_limit, totals->single_candidate,
                              totals->contested,   totals->member_below_cost};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        fprintf(file, ",%" PRId64, counts[i]);
    }
    double awarded = (double)totals->awarded;
    const double numbers[] = {totals->fee,
                              totals->payment,
                              totals->cost,
                              reproduce_value(result, REPRODUCE_PROFIT),
                              reproduce_value(result, REPRODUCE_OFFLOADING),
                              awarded > 0.0 ? totals->transfer_s / awarded : NAN,
                              awarded > 0.0 ? totals->waiting_s / awarded : NAN,
                              awarded > 0.0 ? totals->processing_s / awarded : NAN,
                              result->cluster_count / result->cycle_count};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        put_number(file, numbers[i]);
    }
    putc('\n', file);
}

void reproduce_write_worlds_csv(const reproduce_study *study, FILE *file)
{
    fputs("figure,variable,value,world,seed,algorithm,clusterer,auction,model,cycles,arrived,"
          "awarded,no_candidate,no_bidder,all_exited,round_limit,single_candidate,contested,"
          "members_below_cost,fee,payment,cost,profit_per_cycle,offloading,transfer_s,waiting_s,"
          "processing_s,cluster_count\n",
          file);
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

void reproduce_write_times_csv(const reproduce_study *study, FILE *file)
{
    fputs("figure,variable,value,algorithm,clusterer,auction,model,decision_s\n", file);
    for (size_t p = 0; p < study->point_count; p++) {
        for (size_t a = 0; a < study->arm_count; a++) {
            if (reproduce_runs(study, p, a)) {
                put_point(study, p, file);
                put_arm(&study->arms[a], file);
                put_number(file, reproduce_decision_s(study, p, a));
                putc('\n', file);
            }
        }
    }
}

void reproduce_write_curves_csv(const reproduce_study *study, FILE *file)
{
    uint32_t every = study->options.curve_look_every;
    fputs("estimator,seed,epoch,reward,profit_per_cycle\n", file);
    for (size_t e = 0; e < study->plan->curves.estimator_count; e++) {
        for (size_t s = 0; s < study->options.curve_seed_count; s++) {
            for (uint32_t epoch = 0; epoch <= study->options.curve_epoch_count; epoch++) {
                fprintf(file, "%s,%" PRIu64 ",%" PRIu32, study->plan->curves.estimators[e].name,
                        study->options.seed + s, epoch);
                put_number(file, epoch > 0 ? reproduce_curve(study, e, s)[epoch - 1] : NAN);
                put_number(file,
                           epoch % every == 0 ? reproduce_looks(study, e, s)[epoch / every] : NAN);
                putc('\n', file);
            }
        }
    }
}
