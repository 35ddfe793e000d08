// SPDX-License-Identifier: Apache-2.0
// study_small.h - a study small enough for tests, with a stand-in for the learner that remembers
// nothing: the real one is tested where it is.

#ifndef DCAT_TESTS_REPRODUCE_STUDY_SMALL_H
#define DCAT_TESTS_REPRODUCE_STUDY_SMALL_H

#include "reproduce/job.h"

#define SWEEPS 7u    // figures 3 to 5
#define NETWORK 8u   // chinanet, one point
#define ABLATION 16u // one point

// The shipped plan; lives as long as the program.
const reproduce_plan *shipped_plan(void);
// The model that the stand-in always has.
const void *stand_in_model(void);
// Set-up and tear-down of a group of tests: the stand-in's model.
int make_actor(void **fixture);
int free_actor(void **fixture);

reproduce_options small(unsigned figures);
// Fails the test when it cannot be planned or listed.
void plan(const reproduce_options *options, reproduce_study *study);
reproduce_job *list(const reproduce_study *study, size_t *count);

#endif
