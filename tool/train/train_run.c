// SPDX-License-Identifier: Apache-2.0
// The loop of `dcat train`: epochs, validation, files, progress.

#include "base/jobs.h"
#include "base/ranks.h"
#include "dcat/x/policy_file.h"
#include "train/train.h"

#include "stop.h"
#include "train/train_settings.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define VALIDATE_CYCLES 384 // over all worlds, but at least ...
#define VALIDATE_CYCLES_MIN 48
#define MOVING_AVERAGE 20 // epochs: the mean of all until there are as many, exponential after
#define SHOW_EVERY_S 0.1

// --- validation: with several ranks world w is the affair of rank w mod count, which opens it once
// and for all. The work is small beside that of an epoch, and gains are added in the order of
// worlds.

// A world held back: what linkage earns there is what the actor is measured against.
typedef struct train_held {
    const dcat_scenario *scenario;
    dcat_world *world;
    uint64_t seed;
    dcat_cycle_span cycles;
    double linkage; // profit
    double scale;   // of gains: that profit, or what stands in for it when there is next to none
} train_held;

// A few worlds are looked at for longer than many.
static uint32_t cycles_of(const train_session *s, uint32_t available)
{
    uint32_t share = VALIDATE_CYCLES / (uint32_t)s->held_count;
    uint32_t wanted = share > VALIDATE_CYCLES_MIN ? share : VALIDATE_CYCLES_MIN;
    return wanted < available ? wanted : available;
}

static dcat_status earn(const train_held *held, const dcat_clusterer *clusterer,
                        const dcat_auction *auction, const void *model, dcat_totals *totals,
                        dcat_error *err)
{
    const dcat_run_config config = {
        DCAT_SIZED(dcat_run_config),
        .policy = {.clusterer = clusterer, .auction = auction, .model = model},
        .seed = held->seed,
        .cycle_first = held->cycles.first,
        .cycle_count = held->cycles.count,
    };
    dcat_run_result result = {0};
    dcat_status status = dcat_run(held->world, dcat_scenario_demand_view(held->scenario), &config,
                                  NULL, NULL, &result, err);
    *totals = result.totals;
    return status;
}

// Choice: where linkage keeps less than a hundredth of its fees, gains are counted in those: a
// quotient by next to nothing would drown every other world.
static dcat_status hold_world(train_session *s, int number, train_held *held, dcat_error *err)
{
    dcat_totals totals = {0};
    dcat_status status = train_world_open(&s->options->worlds, (uint64_t)number, true, &held->world,
                                          &held->scenario, &held->seed, err);
    if (status == DCAT_OK) {
        held->cycles = dcat_scenario_validate_cycles(held->scenario);
        held->cycles.count = cycles_of(s, held->cycles.count);
        status = earn(held, dcat_clusterer_find("linkage"), s->options->config.auction, NULL,
                      &totals, err);
    }
    held->linkage = dcat_totals_profit(&totals);
    held->scale = fmax(fmax(held->linkage, 0.01 * totals.fee), 1.0);
    return status;
}

static int rank_of(const train_session *s)
{
    return s->ranks != NULL ? s->ranks->rank : 0;
}

static int rank_count_of(const train_session *s)
{
    return s->ranks != NULL ? s->ranks->count : 1;
}

dcat_status train_hold_worlds(train_session *s, dcat_error *err)
{
    const train_worlds *worlds = &s->options->worlds;
    s->held_count = s->options->validate_worlds;
    if (worlds->vary_count == 0 && (uint64_t)s->held_count > worlds->world_count) {
        s->held_count = (int)worlds->world_count; // the worlds learned on, no more
    }
    dcat_status status = DCAT_OK;
    s->held = calloc((size_t)s->held_count, sizeof *s->held);
    if (s->held == NULL) {
        s->held_count = 0;
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory to validate");
    }
    for (int w = rank_of(s); status == DCAT_OK && w < s->held_count; w += rank_count_of(s)) {
        status = hold_world(s, w, &s->held[w], err);
    }
    return ranks_agree(s->ranks, status, err);
}

// What a validation finds out.
typedef struct validation {
    const train_session *session;
    double *gain; // [held_count] over linkage, as a share; 0 in worlds of other ranks
} validation;

static dcat_status earn_in_held_world(void *user, size_t job, dcat_error *err)
{
    const validation *v = user;
    const train_session *s = v->session;
    size_t w = (size_t)rank_of(s) + job * (size_t)rank_count_of(s);
    const train_held *held = &s->held[w];
    dcat_totals totals = {0};
    dcat_status status = earn(held, &dcat_clusterer_a2c, s->options->config.auction,
                              dcat_trainer_actor_view(s->trainer), &totals, err);
    v->gain[w] = (dcat_totals_profit(&totals) - held->linkage) / held->scale;
    return status;
}

static dcat_status earn_in_own_worlds(const train_session *s, double *gain, dcat_error *err)
{
    int behind = s->held_count - rank_of(s) - 1; // worlds behind this rank's first
    validation v = {s, gain};
    const job_list jobs = {
        .count = behind < 0 ? 0 : (size_t)(behind / rank_count_of(s) + 1),
        .thread_count = s->common->thread_count,
        .run = earn_in_held_world,
        .user = &v,
    };
    return jobs_run(&jobs, err);
}

// Mean over held worlds of what the actor earns more than linkage, as a share. All ranks.
static dcat_status validate(const train_session *s, double *gain, dcat_error *err)
{
    double *gains = calloc((size_t)s->held_count, sizeof *gains);
    dcat_status status = gains != NULL ? earn_in_own_worlds(s, gains, err)
                                       : dcat_fail(err, DCAT_ERR_MEMORY, "no memory to validate");
    status = ranks_agree(s->ranks, status, err);
    if (status == DCAT_OK && s->ranks != NULL) {
        status = s->ranks->sum(s->ranks->user, gains, (size_t)s->held_count, err);
    }
    double sum = 0.0;
    for (int w = 0; status == DCAT_OK && gains != NULL && w < s->held_count; w++) {
        sum += gains[w];
    }
    free(gains);
    *gain = sum / s->held_count;
    return status;
}

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
    dcat_status status = dcat_ranks_first(s->ranks) ? train_log_sync(&s->log, err) : DCAT_OK;
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

// Without gnuplot a training has no figure, and that is no failure.
static dcat_status draw(const train_session *s, figure_format format, const char *path,
                        dcat_error *err)
{
    dcat_status status = figure_training_save(s->log.points, s->log.point_count, format, path, err);
    if (status != DCAT_ERR_NOT_FOUND) {
        return status;
    }
    if (!s->common->quiet) {
        fprintf(stderr, "note: no %s: %s\n", path, err->message);
    }
    return DCAT_OK;
}

dcat_status train_draw(const train_session *s, dcat_error *err)
{
    if (s->log.point_count == 0) {
        return DCAT_OK;
    }
    dcat_status status = draw(s, FIGURE_SVG, s->paths.svg, err);
    if (status == DCAT_OK && s->options->png) {
        status = draw(s, FIGURE_PNG, s->paths.png, err);
    }
    return status;
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
            train_log_add(&s->log, report, s->progress.reward_average,
                          validated ? s->progress.gain : (double)NAN, &log_failure.err);
    }
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
        status = validate(s, &progress->gain, err);
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
        status = validate(s, &s->progress.gain, err);
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

void train_run_end(train_session *s)
{
    for (int w = 0; w < s->held_count; w++) {
        dcat_world_destroy(s->held[w].world);
    }
    free(s->held);
    s->held = NULL;
}
