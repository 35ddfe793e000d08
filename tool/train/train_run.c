// SPDX-License-Identifier: Apache-2.0
// The loop of `dcat train`: epochs, validation, files, progress.

#include "base/ranks/ranks.h"
#include "dcat/x/policy_file.h"
#include "tool/train/train.h"

#include "tool/stop.h"
#include "tool/train/train_settings.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MOVING_AVERAGE 20 // epochs: the mean of all until there are as many, exponential after
#define SHOW_EVERY_S 0.1

// --- progress

// A line of a log, or, shorter, one to be redrawn on a terminal of 80 columns.
static void write_line(const train_session *s, const dcat_train_report *r, bool terminal,
                       char *line, size_t size)
{
    double elapsed_s = cli_clock_s() - s->start_s;
    uint32_t epochs = s->options->config.epoch_count;
    double left_s = elapsed_s / (r->epoch - s->start_epoch) * (epochs - r->epoch);
    double cycles_per_s = (double)s->cycle_count / fmax(elapsed_s, 1e-9);
    char gain[32] = "";
    if (!isnan(s->progress.gain)) {
        snprintf(gain, sizeof gain, terminal ? "gain %+.1f%% " : "gain %+.2f %%  ",
                 100.0 * s->progress.gain);
    }
    snprintf(line, size,
             terminal ? "%" PRIu32 "/%" PRIu32 " %.0f s left reward %.3f~%.3f %sentropy %.2f "
                        "critic %.2f %.0f cycles/s"
                      : "epoch %" PRIu32 "/%" PRIu32 "  %.0f s left  reward %.4f, average %.4f  "
                        "%sentropy %.3f  critic error %.4f  %.0f cycles/s",
             r->epoch, epochs, left_s, r->profit, s->progress.reward_average, gain, r->entropy,
             r->critic_error, cycles_per_s);
}

static int terminal_width(void)
{
    struct winsize window;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1;
    return known ? window.ws_col - 1 : 79;
}

// On a terminal one line is redrawn, ten times a second at most; elsewhere every validation is a
// line.
static void show(train_session *s, const dcat_train_report *report, bool validated)
{
    static double last_s;
    bool terminal = isatty(STDERR_FILENO);
    double now_s = cli_clock_s();
    if (s->common->quiet || (terminal ? now_s - last_s < SHOW_EVERY_S : !validated)) {
        return;
    }
    char line[256];
    write_line(s, report, terminal, line, sizeof line);
    if (terminal) {
        fprintf(stderr, "\r%.*s\033[K", terminal_width(), line);
        fflush(stderr);
        s->line_shown = true;
        last_s = now_s;
    } else {
        fprintf(stderr, "%s\n", line);
    }
}

static void end_line(train_session *s)
{
    if (s->line_shown) {
        fprintf(stderr, "\r\033[K");
        s->line_shown = false;
    }
}

// --- files

// All ranks, as is save_best.
static dcat_status save_checkpoint(train_session *s, dcat_error *err)
{
    char note[DCAT_TRAIN_NOTE];
    dcat_status status = dcat_ranks_first(s->ranks) ? dcat_training_log_sync(s->log, err) : DCAT_OK;
    if (status == DCAT_OK) {
        status = train_note_write(&s->settings, s->origin.scenario, &s->progress, note, err);
    }
    if (status == DCAT_OK) {
        status = dcat_trainer_set_note(s->trainer, note, err);
    }
    status = ranks_agree(s->ranks, status, err);
    if (status == DCAT_OK) {
        status = dcat_trainer_save(s->trainer, &s->origin, s->paths.checkpoint, err);
    }
    if (status == DCAT_OK) {
        s->saved = true;
        s->saved_epoch = dcat_trainer_epoch_count(s->trainer);
    }
    return status;
}

static dcat_status save_best(train_session *s, double gain, dcat_error *err)
{
    if (!(gain > s->progress.best_gain)) {
        return DCAT_OK;
    }
    s->progress.best_gain = gain;
    s->progress.best_epoch = dcat_trainer_epoch_count(s->trainer);
    return dcat_trainer_save_actor(s->trainer, &s->origin, s->paths.policy, err);
}

// --- the loop

// Writing the log failed. Only rank 0 would know; so it asks all to stop, and then says why.
static struct {
    dcat_status status;
    dcat_error err;
} log_failure;

bool train_wants_to_stop(void *unused)
{
    (void)unused;
    return cli_stop_asked() || log_failure.status != DCAT_OK;
}

static void add_to_log(train_session *s, const dcat_train_report *report, bool validated)
{
    if (dcat_ranks_first(s->ranks) && log_failure.status == DCAT_OK) {
        log_failure.status =
            dcat_training_log_add(s->log, report, s->progress.reward_average,
                                  validated ? s->progress.gain : (double)NAN, &log_failure.err);
    }
}

static dcat_status validate(train_session *s, dcat_error *err)
{
    return dcat_validation_run(s->validation, dcat_trainer_actor_view(s->trainer),
                               &s->progress.gain, err);
}

// An epoch, and what follows from it. Whatever is done depends on the epoch's number alone, never
// on where a training was interrupted.
static dcat_status run_epoch(train_session *s, dcat_error *err)
{
    const train_options *options = s->options;
    dcat_train_report report = {0};
    dcat_status status = dcat_trainer_epoch(s->trainer, &report, err);
    if (status != DCAT_OK) {
        return status;
    }
    train_progress *progress = &s->progress;
    uint32_t span = report.epoch < MOVING_AVERAGE ? report.epoch : MOVING_AVERAGE;
    progress->reward_average += (report.profit - progress->reward_average) / span;
    s->cycle_count += report.cycle_count;
    s->stop = report.stop;
    bool due = report.epoch % (uint32_t)options->validate_every == 0 ||
               report.epoch == options->config.epoch_count;
    if (due) {
        status = validate(s, err);
    }
    if (status == DCAT_OK) {
        add_to_log(s, &report, due);
    }
    if (status == DCAT_OK && due) {
        status = save_best(s, progress->gain, err);
    }
    if (status == DCAT_OK && due) {
        status = save_checkpoint(s, err);
    }
    show(s, &report, due);
    return status;
}

// Alone there is no need to wait for the next report.
static bool goes_on(const train_session *s)
{
    uint32_t epoch = dcat_trainer_epoch_count(s->trainer), stop = s->options->stop_after;
    bool stopped = s->stop || (s->ranks == NULL && train_wants_to_stop(NULL));
    return !stopped && epoch < s->options->config.epoch_count && (stop == 0 || epoch < stop);
}

// What a training starts with is the policy to beat, when it is one already. And whatever happens
// from here on can be resumed.
static dcat_status begin(train_session *s, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    if (s->options->init != NULL) {
        status = validate(s, err);
    }
    if (status == DCAT_OK && s->options->init != NULL) {
        status = save_best(s, s->progress.gain, err);
    }
    return status == DCAT_OK ? save_checkpoint(s, err) : status;
}

dcat_status train_run(train_session *s, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    s->start_s = cli_clock_s();
    s->start_epoch = dcat_trainer_epoch_count(s->trainer);
    if (s->start_epoch == 0) {
        status = begin(s, err);
    }
    while (status == DCAT_OK && goes_on(s)) {
        status = run_epoch(s, err);
    }
    end_line(s);
    if (status == DCAT_OK) {
        *err = log_failure.err;
        status = ranks_agree(s->ranks, log_failure.status, err);
    }
    return status == DCAT_OK ? save_checkpoint(s, err) : status;
}
