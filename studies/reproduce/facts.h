// SPDX-License-Identifier: Apache-2.0
// facts.h - what a finished study's numbers say: means, paired gains, the paper's claims,
// and when learning settles.

#ifndef DCAT_STUDIES_REPRODUCE_FACTS_H
#define DCAT_STUDIES_REPRODUCE_FACTS_H

#include "dcat/compare.h"
#include "reproduce/study.h"

// One measure of one run: profit per cycle, or offloading rate.
double reproduce_value(const dcat_run_result *result, reproduce_measure measure);

// A measure of an algorithm at a point, over worlds.
dcat_estimate reproduce_mean(const reproduce_study *study, size_t point, size_t arm,
                             reproduce_measure measure);

// All worlds together.
dcat_totals reproduce_totals(const reproduce_study *study, size_t point, size_t arm);

// Mean wall time of a decision, seconds; 0 without any.
double reproduce_decision_s(const reproduce_study *study, size_t point, size_t arm);

// A paired difference, world by world, and the same in percent of the other's mean; NAN where that
// is not positive. Mean and interval are scaled alike.
typedef struct reproduce_gain {
    dcat_estimate difference;
    double percent, percent_ci95;
} reproduce_gain;

reproduce_gain reproduce_gain_over(const reproduce_study *study, size_t point, size_t arm,
                                   size_t base, reproduce_measure measure);

// What a queue that a machine can keep makes of an algorithm, over the distinct points of the
// paper's sweeps that also ran under the rule fifo.
typedef struct reproduce_queue_change {
    size_t point_count;
    int64_t awarded, late;                        // under the paper's rule
    double late_min, late_max;                    // shares of a point's awards
    reproduce_gain gain[REPRODUCE_MEASURE_COUNT]; // fifo over paper, of the sums over points
    double percent_min, percent_max;              // of profit, at single points
} reproduce_queue_change;
reproduce_queue_change reproduce_queue_change_of(const reproduce_study *study, size_t arm);

// Whether the whole interval lies above zero; never for one world, which has none.
bool reproduce_gain_is_sure(const reproduce_gain *gain);

// --- The paper's claims

// How one of the paper's gains came out for one algorithm; the plan says how a claim is read.
typedef enum reproduce_verdict {
    REPRODUCE_MISSED = 0,
    REPRODUCE_WITHIN, // below the claim, which lies within the interval
    REPRODUCE_MET,    // at least the claim
} reproduce_verdict;

extern const char *const reproduce_verdict_names[];

typedef struct reproduce_claim {
    size_t sweep;
    size_t arm;
    double paper;                       // percent
    size_t points[REPRODUCE_VALUE_MAX]; // of the study
    size_t bases[REPRODUCE_VALUE_MAX];  // the best baseline of each
    reproduce_gain gains[REPRODUCE_VALUE_MAX];
    size_t count;
    size_t best;          // index into points, bases and gains
    reproduce_gain whole; // of the sums over the sweep, in percent of the baselines' sum
    reproduce_measure measure;
    reproduce_verdict best_verdict, whole_verdict;
} reproduce_claim;

#define REPRODUCE_CLAIM_MAX (REPRODUCE_GAIN_MAX * REPRODUCE_PLAN_ARM_MAX)

// All claims in the order of the plan, by claimant; claims is [REPRODUCE_CLAIM_MAX]. Returns how
// many.
size_t reproduce_claims(const reproduce_study *study, reproduce_claim *claims);

// --- One clusterer against another

// Over the points of Figures 3 to 5 (those that sweeps share count once): at how many arm earns
// more than base, and surely so; the mean gain and the smallest, percent.
typedef struct reproduce_tally {
    size_t point_count, ahead, sure;
    double percent, percent_min;
    size_t point_min;
} reproduce_tally;
reproduce_tally reproduce_tally_of(const reproduce_study *study, size_t arm, size_t base);

// Whether other is a clusterer that DCAT's arm must beat: one that did not learn, same auction.
bool reproduce_is_rival(const reproduce_study *study, size_t arm, size_t other);

// The same against all its rivals at once: ahead and sure of every one of them.
reproduce_tally reproduce_tally_of_all(const reproduce_study *study, size_t arm);

// --- Learning curves

// The mean reward of the last epochs up to one (fewer at the start), over seeds. Epochs count from
// 0.
dcat_estimate reproduce_reward(const reproduce_study *study, size_t estimator, size_t epoch);

// A look at the validation days, over seeds.
dcat_estimate reproduce_look(const reproduce_study *study, size_t estimator, size_t look);

// The reward at the end: mean over the last tenth of the epochs, over seeds.
dcat_estimate reproduce_final_reward(const reproduce_study *study, size_t estimator);

// Epochs after which the smoothed mean stays as close to the final reward.
size_t reproduce_settled_epoch(const reproduce_study *study, size_t estimator);
// The same for looks: the epoch from which every look is as close to the last one.
size_t reproduce_settled_look(const reproduce_study *study, size_t estimator);

#endif
