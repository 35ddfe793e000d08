// SPDX-License-Identifier: Apache-2.0
// train.h - what the parts of `dcat train` share: its options, and what goes on while it runs.

#ifndef DCAT_TOOL_TRAIN_TRAIN_H
#define DCAT_TOOL_TRAIN_TRAIN_H

#include "dcat/x/train_worlds.h"
#include "dcat/x/training.h"
#include "tool/cli.h"
#include "tool/train/train_also.h"

// Worlds to learn on, as options say.
typedef struct train_worlds {
    dcat_vary vary[DCAT_VARY_MAX];
    size_t vary_count;
    char also[TRAIN_ALSO_MAX][TRAIN_ALSO_TEXT]; // further scenarios, as given
    size_t also_count;
    uint64_t world_count; // of a scenario of which nothing varies
} train_worlds;

typedef struct train_options {
    cli_options common;
    dcat_train_config config;
    train_worlds worlds;
    const char *init; // Nullable: a file, or "shipped"
    bool resume, png;
    uint32_t stop_after; // epoch; 0: go to the end
    int validate_every, validate_worlds;
    dcat_actor_shape shape;
} train_options;

static inline bool train_given(const train_options *options, const char *name)
{
    return cli_given(&options->common, name);
}

// The command: its options are a train_options.
int train_command(void *options);

// Refuse options that contradict each other. Errors: ERR_FIELD.
dcat_status train_options_check(const train_options *options, const cli_options *common,
                                dcat_error *err);

// That --stop-after lies ahead of what is done and within --epochs. Errors: ERR_RANGE.
dcat_status train_check_stop(const train_options *options, uint32_t done, dcat_error *err);

// The files beside FILE.
#define TRAIN_PATH_MAX 4096
typedef struct train_paths {
    const char *policy;
    char checkpoint[TRAIN_PATH_MAX], log[TRAIN_PATH_MAX], timing[TRAIN_PATH_MAX];
    char svg[TRAIN_PATH_MAX], png[TRAIN_PATH_MAX];
    char report[TRAIN_PATH_MAX], page[TRAIN_PATH_MAX]; // a folder, and the page in it
} train_paths;

// What was reached, as far as it must outlive an interruption.
typedef struct train_progress {
    double reward_average; // 0 before the first epoch
    double gain;           // of the last validation; NAN before it
    double best_gain;      // of the policy in FILE; -INFINITY before there is one
    uint32_t best_epoch;
} train_progress;

// What the results depend on, as options: train_settings.h.
typedef struct train_settings {
    char text[DCAT_TRAIN_NOTE]; // "--option=value", a line each
    size_t used;
    bool full; // something did not fit
} train_settings;

typedef struct train_session {
    train_options *options;
    const cli_options *common;
    const dcat_ranks *ranks; // Nullable: one process. Rank 0 has the log and the files
    dcat_jobs jobs;          // of the configuration
    train_paths paths;
    train_settings settings;
    dcat_actor_origin origin;
    train_progress progress;
    dcat_trainer *trainer;
    dcat_training_log *log;
    train_also also[TRAIN_ALSO_MAX]; // worlds borrows them
    dcat_train_plan plan[TRAIN_ALSO_MAX];
    dcat_train_worlds *worlds;
    dcat_validation *validation;
    double start_s;       // of this run
    uint32_t start_epoch; // that it began at
    uint32_t saved_epoch; // of the checkpoint that is there
    bool saved;           // there is one of this run, or that it resumed from
    bool stop;            // some rank was asked to stop
    uint64_t cycle_count; // simulated by it
    bool line_shown;      // on the terminal
} train_session;

// Name the files beside out. Errors: ERR_RANGE when that is too long.
dcat_status train_name_files(train_paths *paths, const char *out, dcat_error *err);
// Without --force, a training starts on free ground. Errors: ERR_EXISTS.
dcat_status train_check_ground(const train_session *session, dcat_error *err);
// What an earlier training left must not be taken for this one's; its policy stays until there is a
// new one. Errors: ERR_IO.
dcat_status train_clear_ground(const train_session *session, dcat_error *err);

// Train until done, stopped or interrupted. All ranks; all of the session up to start_s is set.
dcat_status train_run(train_session *session, dcat_error *err);

// Rank 0, in the end: the figure of the log, and what was reached.
dcat_status train_finish(const train_session *session, dcat_error *err);
// Say why it failed, and how to go on if that is possible: the exit code.
int train_fail(const train_session *session, dcat_status status, const dcat_error *err);
// Exit code of a training that a signal ended, as the shell would see it.
int train_end_by_signal(int signal_number);

// Whether this rank has a reason to stop after this epoch: for the configuration.
bool train_wants_to_stop(void *unused);

#endif
