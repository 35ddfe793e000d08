// SPDX-License-Identifier: Apache-2.0
// dcat train: learn to cluster. This file prepares, train_run.c runs, train_options.c has the
// options.

#include "train/train.h"

#include "base/ranks.h"
#include "base/ranks_share.h"
#include "dcat/version.h"
#include "dcat/x/policy_file.h"
#include "file/json_write.h"
#include "ranks/ranks.h"
#include "stop.h"
#include "train/train_settings.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <sodium/crypto_hash_sha256.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static dcat_status check_stop(const train_options *options, uint32_t done, dcat_error *err)
{
    if (options->stop_after > 0 &&
        (options->stop_after <= done || options->stop_after > options->config.epoch_count)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "--stop-after must be in [%" PRIu32 ", %" PRIu32 "], got %" PRIu32,
                         done + 1, options->config.epoch_count, options->stop_after);
    }
    return DCAT_OK;
}

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

// Name and hash of what is learned on: SHA-256 over the hashes of the scenario's files, a line
// each.
static dcat_status describe_scenario(const cli_options *common, char text[DCAT_ACTOR_TEXT],
                                     dcat_error *err)
{
    dcat_scenario *scenario = NULL;
    dcat_status status = cli_load(common, &scenario, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (!dcat_demand_is_drawn(dcat_scenario_demand_view(scenario))) {
        // Whatever it learned on would be what it is tested on.
        dcat_scenario_destroy(scenario);
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "%s: training needs a demand profile, whose days can be kept apart; this "
                         "scenario has given tasks",
                         common->scenario);
    }
    crypto_hash_sha256_state hash;
    crypto_hash_sha256_init(&hash);
    for (size_t i = 0; i < dcat_scenario_input_count(scenario); i++) {
        char line[66];
        int length = snprintf(line, sizeof line, "%s\n", dcat_scenario_input(scenario, i).sha256);
        crypto_hash_sha256_update(&hash, (const unsigned char *)line, (size_t)length);
    }
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&hash, digest);
    char hex[2 * sizeof digest + 1] = "";
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(&hex[2 * i], 3, "%02x", digest[i]);
    }
    snprintf(text, DCAT_ACTOR_TEXT, "%.900s sha256:%s", dcat_scenario_name(scenario), hex);
    dcat_scenario_destroy(scenario);
    return DCAT_OK;
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
    return status == DCAT_OK ? train_log_create(&s->log, s->paths.log, false, err) : status;
}

static dcat_status start_trainer(train_session *s, dcat_error *err)
{
    dcat_train_source source = train_source(&s->options->worlds);
    dcat_actor *actor = NULL;
    bool first = dcat_ranks_first(s->ranks);
    dcat_status status = check_stop(s->options, 0, err);
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
    return train_log_resume(&s->log, s->paths.log, dcat_trainer_epoch_count(s->trainer), err);
}

static dcat_status resume_trainer(train_session *s, dcat_error *err)
{
    dcat_train_source source = train_source(&s->options->worlds);
    dcat_status status =
        dcat_trainer_resume(&s->options->config, &source, s->paths.checkpoint, &s->trainer, err);
    if (status == DCAT_OK) {
        s->saved = true;
        s->saved_epoch = dcat_trainer_epoch_count(s->trainer);
        status = check_stop(s->options, s->saved_epoch, err);
    }
    if (status == DCAT_OK) {
        status = dcat_ranks_first(s->ranks) ? resume_files(s, err) : DCAT_OK;
        status = share(s, status, &s->progress, sizeof s->progress, err);
    }
    return status;
}

// --- the end

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

static dcat_status print_json(const train_session *s, dcat_error *err)
{
    const dcat_train_config *config = &s->options->config;
    double wall_s = cli_clock_s() - s->start_s;
    uint32_t epochs = dcat_trainer_epoch_count(s->trainer);
    bool policy = isfinite(s->progress.best_gain);
    json_t *document = json_pack(
        "{s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:i}", "policy",
        policy ? json_text(s->paths.policy) : json_null(), "checkpoint",
        json_text(s->paths.checkpoint), "scenario", json_text(s->origin.scenario), "auction",
        config->auction->name, "estimator", dcat_estimator_name(config->estimator), "epochs",
        json_count(epochs), "epochs_planned", json_count(config->epoch_count), "best_epoch",
        json_count(s->progress.best_epoch), "validation_gain",
        json_number(policy ? s->progress.best_gain : (double)NAN), "complete",
        epochs == config->epoch_count, "wall_s", json_number(wall_s), "cycles",
        json_count(s->cycle_count), "processes", s->ranks != NULL ? s->ranks->count : 1);
    return json_write(document, stdout, err);
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
        return print_json(s, err);
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

// Read the scenario; a training that goes on must find the one it began with.
static dcat_status check_scenario(train_session *s, const char *saved, dcat_error *err)
{
    dcat_error inner = {0};
    dcat_status status = describe_scenario(s->common, s->origin.scenario, &inner);
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
        status = describe_scenario(common, s->origin.scenario, err); // its mistakes come first
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
    options->config.thread_count = s->common->thread_count;
    options->config.clock_s = cli_clock;
    options->config.stop = train_wants_to_stop;
    options->config.ranks = s->ranks;
    s->origin.seed = s->common->seed;
    snprintf(s->origin.commit, sizeof s->origin.commit, "%s", dcat_commit());
    int rank_count = s->ranks != NULL ? s->ranks->count : 1;
    if (rank_count > options->config.environment_count && !s->common->quiet) {
        fprintf(stderr, "note: %d processes share %d environments: not all have work\n", rank_count,
                options->config.environment_count);
    }
}

// A launcher that ends its processes gives them a second, which is not enough to draw in.
static dcat_status finish(const train_session *s, dcat_error *err)
{
    bool hurry = s->ranks != NULL && s->stop;
    dcat_status status = hurry ? DCAT_OK : train_draw(s, err);
    return status == DCAT_OK ? report(s, err) : status;
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
        status = train_hold_worlds(s, err);
    }
    if (status == DCAT_OK) {
        status = options->resume ? resume_trainer(s, err) : start_trainer(s, err);
    }
    if (status == DCAT_OK) {
        cli_stop_catch();
        status = train_run(s, err);
    }
    if (status == DCAT_OK) {
        status = ranks_agree(s->ranks, dcat_ranks_first(s->ranks) ? finish(s, err) : DCAT_OK, err);
    }
    return status;
}

// All ranks know, so there is nobody to ask, as cli_exit would. A run that was ended in the middle
// of an epoch, as by the death of one of its processes, goes on from its last checkpoint.
static int fail(const train_session *s, dcat_status status, const dcat_error *err)
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
static int end_by_signal(int signal_number)
{
    int code = cli_finish(0);
    if (cli_ranks() != NULL) {
        return code != 0 ? code : 128 + signal_number;
    }
    raise(signal_number); // handled once, it now ends the program
    return code;
}

int train_command(void *command_options)
{
    train_options *options = command_options;
    cli_options *common = &options->common;
    char note[DCAT_TRAIN_NOTE] = ""; // of a checkpoint; options point into it
    train_worlds_init(&options->worlds, common);
    train_session session = {
        .options = options,
        .common = common,
        .ranks = cli_ranks(),
        .progress = {.gain = NAN, .best_gain = -INFINITY},
        .log = {.descriptor = -1},
    };
    dcat_error err = {0};
    dcat_status status = learn(&session, common, note, &err);
    const int code = status == DCAT_OK ? 0 : fail(&session, status, &err);
    train_run_end(&session);
    dcat_trainer_destroy(session.trainer);
    train_log_close(&session.log);
    train_worlds_free(&options->worlds);
    int signal_number = cli_stop_signal();
    return status == DCAT_OK && signal_number != 0 ? end_by_signal(signal_number) : code;
}
