// SPDX-License-Identifier: Apache-2.0
// What `dcat train` leaves when it ends: the figure, what was reached, how to go on.

#include "tool/train/train.h"

#include "tool/ranks/ranks.h"
#include "tool/stop.h"
#include "tool/train/train_settings.h"
#include "tool/worlds.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>

static void say_how_to_go_on(const train_session *s)
{
    char scenario[4096], out[4096];
    train_shell_word(s->common->scenario, scenario, sizeof scenario);
    train_shell_word(s->common->out, out, sizeof out);
    fprintf(stderr, "To go on:\n  ");
    if (s->ranks != NULL) {
        fprintf(stderr, "mpirun -n %d ", s->ranks->count);
    }
    fprintf(stderr, "dcat train %s -o %s --resume", scenario, out);
    if (s->common->thread_count > 0) {
        fprintf(stderr, " --threads %d", s->common->thread_count);
    }
    fprintf(stderr, s->options->png ? " --png\n" : "\n");
}

static dcat_training_summary summary_of(const train_session *s)
{
    const dcat_train_config *config = &s->options->config;
    bool policy = isfinite(s->progress.best_gain);
    return (dcat_training_summary){
        .policy = policy ? s->paths.policy : NULL,
        .checkpoint = s->paths.checkpoint,
        .scenario = s->origin.scenario,
        .auction = config->auction,
        .estimator = config->estimator,
        .epoch_count = dcat_trainer_epoch_count(s->trainer),
        .epochs_planned = config->epoch_count,
        .best_epoch = s->progress.best_epoch,
        .validation_gain = policy ? s->progress.best_gain : (double)NAN,
        .wall_s = cli_clock_s() - s->start_s,
        .cycle_count = s->cycle_count,
        .process_count = s->ranks != NULL ? s->ranks->count : 1,
    };
}

static dcat_status report(const train_session *s, dcat_error *err)
{
    uint32_t epochs = dcat_trainer_epoch_count(s->trainer);
    if (epochs < s->options->config.epoch_count) {
        fprintf(stderr, "Stopped after epoch %" PRIu32 " of %" PRIu32 ". ", epochs,
                s->options->config.epoch_count);
        say_how_to_go_on(s);
    }
    if (s->common->json) {
        const dcat_training_summary summary = summary_of(s);
        return dcat_write_training_json(&summary, stdout, err);
    }
    if (isfinite(s->progress.best_gain)) {
        printf("%s: %+.2f %% over linkage on validation days, best at epoch %" PRIu32 " of %" PRIu32
               "\n",
               s->paths.policy, 100.0 * s->progress.best_gain, s->progress.best_epoch, epochs);
    } else {
        printf("%s: not written yet, the first validation is at epoch %d; %s serves as a policy\n",
               s->paths.policy, s->options->validate_every, s->paths.checkpoint);
    }
    return DCAT_OK;
}

// Without gnuplot a training has no figure, and that is no failure.
static dcat_status draw(const train_session *s, dcat_error *err)
{
    dcat_status status = dcat_training_log_draw(s->log, "svg", s->paths.svg, err);
    if (status == DCAT_OK && s->options->png) {
        status = dcat_training_log_draw(s->log, "png", s->paths.png, err);
    }
    if (status == DCAT_ERR_NOT_FOUND) {
        fprintf(stderr, "warning: no %s: %s\n", s->paths.svg, err->message);
        status = DCAT_OK;
    }
    return status;
}

// The page, in a folder beside the policy.
static dcat_status write_report(const train_session *s, dcat_error *err)
{
    const dcat_training_summary summary = summary_of(s);
    const dcat_training_report report = {s->log, &summary};
    dcat_scenario *scenario = NULL;
    dcat_output *output = NULL;
    dcat_status status = cli_load(s->common, &scenario, err);
    if (status == DCAT_OK) {
        status = dcat_output_open(s->paths.report, true, &output, err);
    }
    if (status == DCAT_OK) {
        const dcat_manifest manifest = cli_manifest(s->common, scenario, summary.wall_s);
        status = dcat_write_training_folder(&report, &manifest, s->options->png, output, err);
        status = cli_output_finish(output, status, err);
    }
    dcat_scenario_destroy(scenario);
    return status;
}

// A launcher that ends its processes gives them a second, which is not enough to draw in.
dcat_status train_finish(const train_session *s, dcat_error *err)
{
    bool hurry = s->ranks != NULL && s->stop;
    dcat_status status = hurry ? DCAT_OK : draw(s, err);
    if (status == DCAT_OK && !hurry && dcat_trainer_epoch_count(s->trainer) > 0) {
        status = write_report(s, err);
    }
    return status == DCAT_OK ? report(s, err) : status;
}

// All ranks know, so there is nobody to ask, as cli_exit would. A run that was ended in the middle
// of an epoch, as by the death of one of its processes, goes on from its last checkpoint.
int train_fail(const train_session *s, dcat_status status, const dcat_error *err)
{
    fprintf(stderr, "dcat: %s\n", err->message);
    if (cli_stop_asked() && s->saved) {
        fprintf(stderr, "%s holds epoch %" PRIu32 " of %" PRIu32 ". ", s->paths.checkpoint,
                s->saved_epoch, s->options->config.epoch_count);
        say_how_to_go_on(s);
    }
    return dcat_status_is_user_error(status) ? 2 : 1;
}

// As the shell would see it. Several processes leave together, so none of them may end by a signal.
int train_end_by_signal(int signal_number)
{
    int code = cli_finish(0);
    if (cli_ranks() != NULL) {
        return code != 0 ? code : 128 + signal_number;
    }
    raise(signal_number); // handled once, it now ends the program
    return code;
}
