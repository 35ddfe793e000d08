// SPDX-License-Identifier: Apache-2.0
// choose.h (internal) - of the settings that were found, the one to take.

#ifndef DCAT_TUNE_CHOOSE_H
#define DCAT_TUNE_CHOOSE_H

#include "tune/search.h"

// What is known of a setting on validation days.
typedef struct tune_candidate {
    tune_setting setting;
    double score;
    double train_score; // of the one that is chosen: on training days
    double least;       // share of its own profit that is left at the worst move
    tune_step step[TUNE_STEP_MAX];
    double moved[TUNE_STEP_MAX]; // score at each
    size_t step_count;
    double trial[DCAT_TUNE_TRIAL_MAX]; // share of what the scenario's own earn there; NAN: no trial
    double loss_max;                   // what a move may cost
    double worth;
    bool safe;
} tune_candidate;

// Of those that earn and are worth within TUNE_EQUAL of the one that is worth most, the one whose
// worst move costs least. What a
// setting is worth is its own score, less what its worst move and its worst trial cost beyond what
// they may.
dcat_status tune_choose(tune_search *s, tune_candidate *chosen, dcat_error *err);

#endif
