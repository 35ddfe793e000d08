// SPDX-License-Identifier: Apache-2.0
// dcat train: learn to cluster. This file prepares, train_run.c runs, train_options.c has the
// options.

#include "tool/train/train.h"

#include "base/ranks/ranks.h"
#include "base/ranks/ranks_share.h"
#include "dcat/version.h"
#include "dcat/x/policy_file.h"
#include "tool/ranks/ranks.h"
#include "tool/stop.h"
#include "tool/train/train_settings.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Rank 0's data to all; own says how it fared in making them.
static dcat_status share(const train_session *s, dcat_status own, void *data, size_t size,
                         dcat_error *err)
{
    void *bytes = data;
    size_t byte_count = size;
    dcat_status status = ranks_share(s->ranks, own, &bytes, &byte_count, err);
    if (status == DCAT_OK && bytes != data) {
        memcpy(data, bytes, byte_count < size ? byte_count : size);
        free(bytes);
    }
    return status;
}

// --- where it comes from

// Add a scenario's name and hash to what stands there, once.
static dcat_status describe(dcat_scenario *scenario, const char *called, char *names, char *hashes,
                            dcat_error *err)
{
    if (!dcat_demand_is_drawn(dcat_scenario_demand_view(scenario))) {
        // Whatever it learned on would be what it is tested on.
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "%s: training needs a demand profile, whose days can be kept apart; this "
                         "scenario has given tasks",
                         called);
    }
    char hex[65];
    dcat_scenario_digest(scenario, hex);
    if (strstr(hashes, hex) != NULL) { // the same files, with other values
        return DCAT_OK;
    }
    size_t used = strlen(names);
    snprintf(&names[used], DCAT_ACTOR_TEXT - used, "%s%.900s", used > 0 ? "," : "",
             dcat_scenario_name(scenario));
    used = strlen(hashes);
    snprintf(&hashes[used], DCAT_ACTOR_TEXT - used, "%s%s", used > 0 ? "," : "", hex);
    return DCAT_OK;
}

// Names and hashes of what is learned on.
static dcat_status describe_scenario(train_session *s, char text[DCAT_ACTOR_TEXT], dcat_error *err)
{
    char names[DCAT_ACTOR_TEXT] = "", hashes[DCAT_ACTOR_TEXT] = "";
    dcat_scenario *scenario = NULL;
    dcat_status status = cli_load(s->common, &scenario, err);
    if (status == DCAT_OK) {
        status = describe(scenario, s->common->scenario, names, hashes, err);
    }
    for (size_t i = 0; status == DCAT_OK && i < s->options->worlds.also_count; i++) {
        train_also *also = &s->also[i];
        dcat_scenario_destroy(scenario);
        scenario = NULL;
        status = train_also_parse(s->options->worlds.also[i], also, err);
        if (status == DCAT_OK) {
            status = dcat_scenario_load(also->scenario, also->overrides, also->override_count,
                                        &scenario, err);
        }
        if (status == DCAT_OK) {
            status = describe(scenario, also->scenario, names, hashes, err);
        }
    }
    dcat_scenario_destroy(scenario);
    snprintf(text, DCAT_ACTOR_TEXT, "%.2000s sha256:%.2000s", names, hashes);
    return status;
}

// --- trainers

static dcat_status load_initial(const train_session *s, dcat_actor **actor, dcat_error *err)
{
    const train_options *options = s->options;
    if (options->init == NULL) {
        return dcat_actor_create(&options->shape, s->common->seed, actor, err);
    }
    if (strcmp(options->init, "shipped") == 0) {
        return dcat_actor_shipped(options->config.auction, actor, err);
    }
    dcat_status status = dcat_actor_load(options->init, actor, err);
    if (status == DCAT_OK && !s->common->quiet &&
        dcat_actor_origin_view(*actor)->auction != options->config.auction) {
        fprintf(stderr, "note: %s learned under %s and goes on under %s\n", options->init,
                dcat_actor_origin_view(*actor)->auction->name, options->config.auction->name);
    }
    return status;
}

// Rank 0 has the files: it looks whether they may be written, and reads what others are sent.
static dcat_status start_first(train_session *s, dcat_actor **actor, dcat_error *err)
{
    dcat_status status = train_check_ground(s, err);
    return status == DCAT_OK ? load_initial(s, actor, err) : status;
}

static dcat_status start_files(train_session *s, dcat_error *err)
{
    dcat_status status = train_clear_ground(s, err);
    return status == DCAT_OK
               ? dcat_training_log_create(s->paths.log, s->paths.timing, false, &s->log, err)
               : status;
}

static dcat_status start_trainer(train_session *s, dcat_error *err)
{
    dcat_train_source source = dcat_train_worlds_source(s->worlds);
    dcat_actor *actor = NULL;
    bool first = dcat_ranks_first(s->ranks);
    dcat_status status = train_check_stop(s->options, 0, err);
    if (status == DCAT_OK) {
        status = ranks_agree(s->ranks, first ? start_first(s, &actor, err) : DCAT_OK, err);
    }
    if (status == DCAT_OK) {
        status = dcat_trainer_create(&s->options->config, &source, actor, &s->trainer, err);
    }
    dcat_actor_destroy(actor);
    if (status == DCAT_OK) {
        status = ranks_agree(s->ranks, first ? start_files(s, err) : DCAT_OK, err);
    }
    return status;
}

static dcat_status resume_files(train_session *s, dcat_error *err)
{
    if (access(s->paths.policy, F_OK) != 0) {
        s->progress.best_gain = -INFINITY; // whatever it was, it is gone
    }
    return dcat_training_log_resume(s->paths.log, s->paths.timing,
                                    dcat_trainer_epoch_count(s->trainer), &s->log, err);
}

static dcat_status resume_trainer(train_session *s, dcat_error *err)
{
    dcat_train_source source = dcat_train_worlds_source(s->worlds);
    dcat_status status =
        dcat_trainer_resume(&s->options->config, &source, s->paths.checkpoint, &s->trainer, err);
    if (status == DCAT_OK) {
        s->saved = true;
        s->saved_epoch = dcat_trainer_epoch_count(s->trainer);
        status = train_check_stop(s->options, s->saved_epoch, err);
    }
    if (status == DCAT_OK) {
        status = dcat_ranks_first(s->ranks) ? resume_files(s, err) : DCAT_OK;
        status = share(s, status, &s->progress, sizeof s->progress, err);
    }
    return status;
}

// Read the scenario; a training that goes on must find the one it began with.
static dcat_status check_scenario(train_session *s, const char *saved, dcat_error *err)
{
    dcat_error inner = {0};
    dcat_status status = describe_scenario(s, s->origin.scenario, &inner);
    if (!s->options->resume) {
        return status == DCAT_OK ? DCAT_OK : dcat_fail(err, status, "%s", inner.message);
    }
    if (status != DCAT_OK) { // another one, to which the checkpoint's --set may not even apply
        return dcat_fail(err, status, "%s: was made with scenario %.120s; %s is refused: %s",
                         s->paths.checkpoint, saved, s->common->scenario, inner.message);
    }
    return strcmp(saved, s->origin.scenario) == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "%s: was made with scenario %.120s, not %.120s",
                           s->paths.checkpoint, saved, s->origin.scenario);
}

// Settings of this training, from the command line or from the checkpoint, and where it comes from.
static dcat_status prepare(train_session *s, cli_options *common, char note[DCAT_TRAIN_NOTE],
                           dcat_error *err)
{
    train_options *options = s->options;
    char saved_scenario[DCAT_ACTOR_TEXT] = "";
    dcat_status status = train_options_check(options, common, err);
    if (status == DCAT_OK && common->out == NULL) {
        status = describe_scenario(s, s->origin.scenario, err); // its mistakes come first
        return status != DCAT_OK
                   ? status
                   : dcat_fail(err, DCAT_ERR_FIELD, "-o FILE is needed: where the policy goes");
    }
    if (status == DCAT_OK) {
        status = train_name_files(&s->paths, common->out, err);
    }
    if (status == DCAT_OK && options->resume) {
        if (dcat_ranks_first(s->ranks)) {
            status = dcat_trainer_load_note(s->paths.checkpoint, note, err);
        }
        status = share(s, status, note, DCAT_TRAIN_NOTE, err);
    }
    if (status == DCAT_OK && options->resume) {
        status = train_note_resume(s->paths.checkpoint, note, options, common, &s->progress,
                                   saved_scenario, err);
    }
    return status == DCAT_OK ? check_scenario(s, saved_scenario, err) : status;
}

// Ranks must have prepared alike: what they learn on is read by each of them.
static dcat_status prepare_all(train_session *s, cli_options *common, char note[DCAT_TRAIN_NOTE],
                               dcat_error *err)
{
    dcat_status status = ranks_agree(s->ranks, prepare(s, common, note, err), err);
    return status == DCAT_OK ? ranks_same(s->ranks, "another scenario", s->origin.scenario,
                                          strlen(s->origin.scenario), err)
                             : status;
}

static void set_up(train_session *s)
{
    train_options *options = s->options;
    options->config.seed = s->common->seed;
    s->jobs = dcat_jobs_default();
    s->jobs.thread_count = s->common->thread_count;
    s->jobs.clock_s = cli_clock;
    s->jobs.stop = train_wants_to_stop;
    s->jobs.ranks = s->ranks;
    options->config.jobs = &s->jobs;
    s->origin.seed = s->common->seed;
    snprintf(s->origin.commit, sizeof s->origin.commit, "%s", dcat_commit());
    int rank_count = s->ranks != NULL ? s->ranks->count : 1;
    if (rank_count > options->config.environment_count && !s->common->quiet) {
        fprintf(stderr, "note: %d processes share %d environments: not all have work\n", rank_count,
                options->config.environment_count);
    }
}

// The scenario and what varies in it are right if that succeeds. All ranks.
static dcat_status open_worlds(train_session *s, dcat_error *err)
{
    const train_options *options = s->options;
    const dcat_train_plan plan = {
        .scenario = s->common->scenario,
        .overrides = s->common->overrides.text,
        .override_count = s->common->overrides.count,
        .seed = s->common->seed,
        .vary = options->worlds.vary,
        .vary_count = options->worlds.vary_count,
        .world_count = options->worlds.world_count,
        .also = s->plan,
        .also_count = options->worlds.also_count,
    };
    for (size_t i = 0; i < plan.also_count; i++) { // parsed when they were described
        const train_also *also = &s->also[i];
        s->plan[i] = (dcat_train_plan){.scenario = also->scenario,
                                       .overrides = also->overrides,
                                       .override_count = also->override_count,
                                       .vary = also->vary,
                                       .vary_count = also->vary_count};
    }
    const dcat_validation_config validation = {
        .auction = options->config.auction,
        .world_count = options->validate_worlds,
        .thread_count = s->common->thread_count,
        .ranks = s->ranks,
    };
    dcat_status status = dcat_train_worlds_create(&plan, &s->worlds, err);
    dcat_ranges ranges;
    if (status == DCAT_OK) {
        status = dcat_train_worlds_ranges(s->worlds, &ranges, err);
    }
    if (status == DCAT_OK) {
        dcat_ranges_write(&ranges, s->origin.ranges);
    }
    status = ranks_agree(s->ranks, status, err);
    return status == DCAT_OK ? dcat_validation_create(s->worlds, &validation, &s->validation, err)
                             : status;
}

// All ranks; how one fares all fare.
static dcat_status learn(train_session *s, cli_options *common, char note[DCAT_TRAIN_NOTE],
                         dcat_error *err)
{
    train_options *options = s->options;
    dcat_status status = prepare_all(s, common, note, err);
    if (status != DCAT_OK) {
        return status;
    }
    set_up(s);
    status = train_settings_of(options, common, &s->settings, err);
    if (status == DCAT_OK) {
        train_settings_command(&s->settings, common, s->origin.command);
        status = open_worlds(s, err);
    }
    if (status == DCAT_OK) {
        status = options->resume ? resume_trainer(s, err) : start_trainer(s, err);
    }
    if (status == DCAT_OK) {
        cli_stop_catch();
        status = train_run(s, err);
    }
    if (status == DCAT_OK) {
        status =
            ranks_agree(s->ranks, dcat_ranks_first(s->ranks) ? train_finish(s, err) : DCAT_OK, err);
    }
    return status;
}

int train_command(void *command_options)
{
    train_options *options = command_options;
    cli_options *common = &options->common;
    char note[DCAT_TRAIN_NOTE] = ""; // of a checkpoint; options point into it
    static train_session session;    // there is one, and scenarios' texts make it large
    session = (train_session){
        .options = options,
        .common = common,
        .ranks = cli_ranks(),
        .progress = {.gain = NAN, .best_gain = -INFINITY},
    };
    dcat_error err = {0};
    dcat_status status = learn(&session, common, note, &err);
    const int code = status == DCAT_OK ? 0 : train_fail(&session, status, &err);
    dcat_validation_destroy(session.validation);
    dcat_trainer_destroy(session.trainer);
    dcat_training_log_destroy(session.log);
    dcat_train_worlds_destroy(session.worlds);
    int signal_number = cli_stop_signal();
    return status == DCAT_OK && signal_number != 0 ? train_end_by_signal(signal_number) : code;
}
