// SPDX-License-Identifier: Apache-2.0
// options.h (for reproduce.c) - the options of `dcat reproduce`.

#ifndef DCAT_TOOL_REPRODUCE_OPTIONS_H
#define DCAT_TOOL_REPRODUCE_OPTIONS_H

#include "reproduce/reproduce.h"
#include "tool/cli.h"

#define REPRODUCE_OUT "results/reproduce" // without --out

#define FIGURE_NAME_MAX 32

typedef struct reproduce_command {
    cli_options common;
    const char *plan_file; // NULL: the shipped plan
    reproduce_plan *plan;  // owned
    const char *figure_names[FIGURE_NAME_MAX];
    size_t figure_count;
    unsigned figures;
    bool quick, per_world, fine_tune;
    size_t world_count; // 0 and so on: the study's default
    uint32_t cycle_count, epoch_count, curve_epoch_count;
    size_t curve_seed_count;
    int anneal_proposals;
    const char *policies[DCAT_LIMIT_RULE_COUNT];
    reproduce_given given[REPRODUCE_GIVEN_MAX];
    char *given_names[REPRODUCE_GIVEN_MAX]; // owned
    size_t given_count;
} reproduce_command;

// What a study is asked for by them.
reproduce_options reproduce_options_of(const reproduce_command *command, const char *program,
                                       const reproduce_learner *learner);

// The command: its options are a reproduce_command.
int reproduce_run(void *options);

#endif
