// SPDX-License-Identifier: Apache-2.0
#include "reproduce/facts.h"

#include <math.h>
#include <string.h>

const char *const reproduce_verdict_names[] = {"missed", "within", "met"};

double reproduce_value(const dcat_run_result *result, reproduce_measure measure)
{
    const dcat_totals *totals = &result->totals;
    if (measure == REPRODUCE_PROFIT) {
        return dcat_totals_profit(totals) / (double)result->cycle_count;
    }
    return totals->arrived > 0 ? (double)totals->awarded / (double)totals->arrived : 0.0;
}

static double world_value(const reproduce_study *study, size_t point, size_t arm, size_t world,
                          reproduce_measure measure)
{
    return reproduce_value(reproduce_result(study, point, arm, world), measure);
}

dcat_estimate reproduce_mean(const reproduce_study *study, size_t point, size_t arm,
                             reproduce_measure measure)
{
    dcat_sample e = {0};
    for (size_t w = 0; w < study->options.world_count; w++) {
        dcat_sample_add(&e, world_value(study, point, arm, w, measure));
    }
    return dcat_sample_estimate(&e);
}

dcat_totals reproduce_totals(const reproduce_study *study, size_t point, size_t arm)
{
    dcat_totals sum = {0};
    for (size_t w = 0; w < study->options.world_count; w++) {
        dcat_totals_add(&sum, &reproduce_result(study, point, arm, w)->totals);
    }
    return sum;
}

double reproduce_decision_s(const reproduce_study *study, size_t point, size_t arm)
{
    double seconds = 0.0;
    double decisions = 0.0;
    for (size_t w = 0; w < study->options.world_count; w++) {
        seconds += reproduce_result(study, point, arm, w)->decision_s;
        decisions += reproduce_result(study, point, arm, w)->decision_count;
    }
    return decisions > 0.0 ? seconds / decisions : 0.0;
}

static reproduce_gain gain_in_percent(dcat_estimate difference, double of)
{
    reproduce_gain gain = {difference, NAN, NAN};
    if (of > 0.0) {
        gain.percent = 100.0 * difference.mean / of;
        gain.percent_ci95 = 100.0 * difference.ci95 / of;
    }
    return gain;
}

reproduce_gain reproduce_gain_over(const reproduce_study *study, size_t point, size_t arm,
                                   size_t base, reproduce_measure measure)
{
    dcat_sample e = {0};
    for (size_t w = 0; w < study->options.world_count; w++) {
        dcat_sample_add(&e, world_value(study, point, arm, w, measure) -
                                world_value(study, point, base, w, measure));
    }
    return gain_in_percent(dcat_sample_estimate(&e),
                           reproduce_mean(study, point, base, measure).mean);
}

// The point of the same sweep and value under the rule fifo, or SIZE_MAX.
static size_t fifo_point_of(const reproduce_study *study, size_t point)
{
    for (size_t p = 0; p < study->point_count; p++) {
        const reproduce_sweep *sweep = reproduce_sweep_of(study, p);
        if (sweep->of != NULL && strcmp(sweep->of, reproduce_sweep_of(study, point)->figure) == 0 &&
            study->points[p].value == study->points[point].value) {
            return p;
        }
    }
    return SIZE_MAX;
}

// Points of the paper's sweeps at which the algorithm ran under either rule; those that sweeps
// share count once.
typedef struct queue_points {
    size_t paper[REPRODUCE_SWEEP_MAX * REPRODUCE_VALUE_MAX],
        fifo[REPRODUCE_SWEEP_MAX * REPRODUCE_VALUE_MAX];
    size_t count;
} queue_points;

static queue_points queue_points_of(const reproduce_study *study, size_t arm)
{
    queue_points points = {0};
    for (size_t p = 0; p < study->point_count; p++) {
        size_t fifo = fifo_point_of(study, p);
        if (study->points[p].same_as == p && fifo != SIZE_MAX && reproduce_runs(study, p, arm) &&
            reproduce_runs(study, fifo, arm)) {
            points.paper[points.count] = p;
            points.fifo[points.count++] = fifo;
        }
    }
    return points;
}

// World by world, the mean over points under fifo against the mean under the paper's rule.
static reproduce_gain gain_of_rule(const reproduce_study *study, const queue_points *points,
                                   size_t arm, reproduce_measure measure)
{
    dcat_sample difference = {0};
    dcat_sample of = {0};
    for (size_t w = 0; w < study->options.world_count; w++) {
        double paper = 0.0;
        double fifo = 0.0;
        for (size_t i = 0; i < points->count; i++) {
            paper += world_value(study, points->paper[i], arm, w, measure);
            fifo += world_value(study, points->fifo[i], arm, w, measure);
        }
        dcat_sample_add(&difference, (fifo - paper) / (double)points->count);
        dcat_sample_add(&of, paper / (double)points->count);
    }
    return gain_in_percent(dcat_sample_estimate(&difference), dcat_sample_estimate(&of).mean);
}

reproduce_queue_change reproduce_queue_change_of(const reproduce_study *study, size_t arm)
{
    const queue_points points = queue_points_of(study, arm);
    reproduce_queue_change change = {.point_count = points.count,
                                     .late_min = INFINITY,
                                     .late_max = -INFINITY,
                                     .percent_min = INFINITY,
                                     .percent_max = -INFINITY};
    for (size_t i = 0; i < points.count; i++) {
        const dcat_totals totals = reproduce_totals(study, points.paper[i], arm);
        double late = totals.awarded > 0 ? (double)totals.late / (double)totals.awarded : 0.0;
        double paper = reproduce_mean(study, points.paper[i], arm, REPRODUCE_PROFIT).mean;
        double fifo = reproduce_mean(study, points.fifo[i], arm, REPRODUCE_PROFIT).mean;
        double percent = paper > 0.0 ? 100.0 * (fifo / paper - 1.0) : NAN;
        change.awarded += totals.awarded;
        change.late += totals.late;
        change.late_min = fmin(change.late_min, late);
        change.late_max = fmax(change.late_max, late);
        change.percent_min = fmin(change.percent_min, percent);
        change.percent_max = fmax(change.percent_max, percent);
    }
    for (int m = 0; points.count > 0 && m < REPRODUCE_MEASURE_COUNT; m++) {
        change.gain[m] = gain_of_rule(study, &points, arm, (reproduce_measure)m);
    }
    return change;
}

bool reproduce_gain_is_sure(const reproduce_gain *gain)
{
    return gain->difference.mean - gain->difference.ci95 > 0.0;
}

// --- Claims

static reproduce_verdict judge(const reproduce_gain *gain, double paper)
{
    if (gain->percent >= paper) {
        return REPRODUCE_MET;
    }
    return gain->percent + gain->percent_ci95 >= paper ? REPRODUCE_WITHIN : REPRODUCE_MISSED;
}

static size_t best_baseline(const reproduce_study *study, size_t point, reproduce_measure measure)
{
    size_t best = SIZE_MAX;
    double highest = -INFINITY;
    for (size_t a = 0; a < study->arm_count; a++) {
        double mean = study->arms[a].baseline && reproduce_runs(study, point, a)
                          ? reproduce_mean(study, point, a, measure).mean
                          : -INFINITY;
        if (mean > highest) {
            highest = mean;
            best = a;
        }
    }
    return best;
}

// World by world, the sum over the sweep's points against the sum of their baselines.
static reproduce_gain gain_of_sweep(const reproduce_study *study, const reproduce_claim *claim)
{
    dcat_sample difference = {0};
    dcat_sample of = {0};
    for (size_t w = 0; w < study->options.world_count; w++) {
        double ours = 0.0;
        double theirs = 0.0;
        for (size_t i = 0; i < claim->count; i++) {
            ours += world_value(study, claim->points[i], claim->arm, w, claim->measure);
            theirs += world_value(study, claim->points[i], claim->bases[i], w, claim->measure);
        }
        dcat_sample_add(&difference, (ours - theirs) / (double)claim->count);
        dcat_sample_add(&of, theirs / (double)claim->count);
    }
    return gain_in_percent(dcat_sample_estimate(&difference), of.mean);
}

static reproduce_claim claim_of(const reproduce_study *study, const reproduce_paper_gain *paper,
                                size_t sweep, size_t arm)
{
    reproduce_measure measure = paper->measure;
    reproduce_claim claim = {
        .sweep = sweep,
        .measure = measure,
        .arm = arm,
        .paper = paper->percent,
    };
    claim.count = study->plan->sweeps[sweep].value_count;
    for (size_t i = 0; i < claim.count; i++) {
        size_t p = claim.points[i] = reproduce_first_point(study, sweep) + i;
        claim.bases[i] = best_baseline(study, p, measure);
        claim.gains[i] = reproduce_gain_over(study, p, arm, claim.bases[i], measure);
        // The negation lets a number follow a NAN.
        if (!(claim.gains[i].percent <= claim.gains[claim.best].percent)) {
            claim.best = i;
        }
    }
    claim.whole = gain_of_sweep(study, &claim);
    claim.best_verdict = judge(&claim.gains[claim.best], claim.paper);
    claim.whole_verdict = judge(&claim.whole, claim.paper);
    return claim;
}

size_t reproduce_claims(const reproduce_study *study, reproduce_claim *claims)
{
    const reproduce_plan *plan = study->plan;
    size_t count = 0;
    for (size_t g = 0; g < plan->claims.gain_count; g++) {
        const reproduce_paper_gain *gain = &plan->claims.gains[g];
        size_t sweep = (size_t)(reproduce_sweep_find(plan, gain->sweep) - plan->sweeps);
        for (size_t a = 0; reproduce_has_sweep(study, sweep) && a < study->arm_count; a++) {
            if (study->arms[a].claimant && reproduce_in_paper(&study->arms[a])) {
                claims[count++] = claim_of(study, gain, sweep, a);
            }
        }
    }
    return count;
}

// --- One against another

bool reproduce_is_rival(const reproduce_study *study, size_t arm, size_t other)
{
    return study->arms[other].source == REPRODUCE_NO_MODEL &&
           study->arms[other].auction == study->arms[arm].auction;
}

// Against base, or with SIZE_MAX against all rivals at once.
static reproduce_tally tally_against(const reproduce_study *study, size_t arm, size_t base)
{
    reproduce_tally tally = {.percent_min = INFINITY};
    for (size_t p = 0; p < study->point_count; p++) {
        bool each_once = study->points[p].same_as == p;
        if (!each_once || reproduce_sweep_of(study, p)->place != REPRODUCE_IN_PAPER ||
            !reproduce_runs(study, p, arm) ||
            (base != SIZE_MAX && !reproduce_runs(study, p, base))) {
            continue;
        }
        bool ahead = true;
        bool sure = true;
        double least = INFINITY;
        for (size_t b = 0; b < study->arm_count; b++) {
            bool asked = base != SIZE_MAX ? b == base : reproduce_is_rival(study, arm, b);
            if (!asked || !reproduce_runs(study, p, b)) {
                continue;
            }
            const reproduce_gain gain = reproduce_gain_over(study, p, arm, b, REPRODUCE_PROFIT);
            ahead = ahead && gain.difference.mean > 0.0;
            sure = sure && reproduce_gain_is_sure(&gain);
            least = fmin(least, gain.percent);
        }
        tally.point_count++;
        tally.ahead += ahead;
        tally.sure += sure;
        tally.percent += least;
        if (least < tally.percent_min) {
            tally.percent_min = least;
            tally.point_min = p;
        }
    }
    tally.percent /= tally.point_count > 0 ? (double)tally.point_count : 1.0;
    return tally;
}

reproduce_tally reproduce_tally_of(const reproduce_study *study, size_t arm, size_t base)
{
    return tally_against(study, arm, base);
}

reproduce_tally reproduce_tally_of_all(const reproduce_study *study, size_t arm)
{
    return tally_against(study, arm, SIZE_MAX);
}

// --- Learning curves

// Over seeds, of the mean over epochs [first, end).
static dcat_estimate reward_between(const reproduce_study *study, size_t estimator_index,
                                    size_t first, size_t end)
{
    dcat_sample e = {0};
    for (size_t s = 0; s < study->options.curve_seed_count; s++) {
        const double *rewards = reproduce_curve(study, estimator_index, s);
        double sum = 0.0;
        for (size_t epoch = first; epoch < end; epoch++) {
            sum += rewards[epoch];
        }
        dcat_sample_add(&e, sum / (double)(end - first));
    }
    return dcat_sample_estimate(&e);
}

dcat_estimate reproduce_reward(const reproduce_study *study, size_t estimator_index, size_t epoch)
{
    size_t end = epoch + 1;
    size_t first =
        end > study->plan->curves.smooth_epochs ? end - study->plan->curves.smooth_epochs : 0;
    return reward_between(study, estimator_index, first, end);
}

dcat_estimate reproduce_look(const reproduce_study *study, size_t estimator_index, size_t look)
{
    dcat_sample e = {0};
    for (size_t s = 0; s < study->options.curve_seed_count; s++) {
        dcat_sample_add(&e, reproduce_looks(study, estimator_index, s)[look]);
    }
    return dcat_sample_estimate(&e);
}

dcat_estimate reproduce_final_reward(const reproduce_study *study, size_t estimator_index)
{
    size_t epochs = study->options.curve_epoch_count;
    size_t tenth = epochs >= 10 ? epochs / 10 : 1;
    return reward_between(study, estimator_index, epochs - tenth, epochs);
}

static bool is_close(const reproduce_study *study, double value, double of)
{
    return fabs(value - of) <= study->plan->curves.settled_percent / 100.0 * fabs(of);
}

size_t reproduce_settled_epoch(const reproduce_study *study, size_t estimator_index)
{
    double last = reproduce_final_reward(study, estimator_index).mean;
    size_t epoch = study->options.curve_epoch_count;
    while (epoch > 0 &&
           is_close(study, reproduce_reward(study, estimator_index, epoch - 1).mean, last)) {
        epoch--;
    }
    return epoch;
}

size_t reproduce_settled_look(const reproduce_study *study, size_t estimator_index)
{
    size_t look = study->look_count - 1;
    double last = reproduce_look(study, estimator_index, look).mean;
    while (look > 0 &&
           is_close(study, reproduce_look(study, estimator_index, look - 1).mean, last)) {
        look--;
    }
    return look * study->options.curve_look_every;
}
