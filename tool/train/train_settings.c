// SPDX-License-Identifier: Apache-2.0
#include "tool/train/train_settings.h"

#include "base/number_text.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- writing

// "--option=value". A value of several lines does not fit a note: then, as when there is no room,
// the settings are full.
static void put(train_settings *settings, const char *option, const char *value)
{
    size_t room = sizeof settings->text - settings->used;
    int length = snprintf(&settings->text[settings->used], room, "--%s=%s\n", option, value);
    bool fits = length > 0 && (size_t)length < room && strchr(value, '\n') == NULL;
    settings->used = fits ? settings->used + (size_t)length : sizeof settings->text - 1;
    settings->full = settings->full || !fits;
}

static void put_number(train_settings *settings, const char *option, double value)
{
    char text[NUMBER_TEXT_SIZE];
    number_text(value, text);
    put(settings, option, text);
}

static void put_count(train_settings *settings, const char *option, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    put(settings, option, text);
}

static void put_worlds(const train_options *options, train_settings *settings)
{
    for (size_t i = 0; i < options->worlds.vary_count; i++) {
        char text[512];
        train_vary_write(&options->worlds.vary[i], text, sizeof text);
        put(settings, "vary", text);
    }
    for (size_t i = 0; i < options->worlds.also_count; i++) {
        put(settings, "also", options->worlds.also[i]);
    }
    if (options->worlds.vary_count + options->worlds.also_count == 0) {
        put_count(settings, "worlds", options->worlds.world_count);
    }
}

static void put_learning(const train_options *options, train_settings *settings)
{
    const dcat_train_config *config = &options->config;
    put(settings, "auction", config->auction->name);
    put(settings, "estimator", dcat_estimator_name(config->estimator));
    put_count(settings, "epochs", config->epoch_count);
    put_count(settings, "environments", (uint64_t)config->environment_count);
    if (config->letter) {
        put(settings, "optimiser", "letter");
    }
    if (config->estimator == DCAT_ESTIMATOR_GROUP) {
        put_count(settings, "samples", (uint64_t)config->sample_count);
        put_count(settings, "draws", (uint64_t)config->draw_count);
        if (config->expert_moves > 0) {
            put_count(settings, "expert", (uint64_t)config->expert_moves);
        }
        if (config->critic_judges) {
            put(settings, "critic", "partition");
        }
    } else {
        put_count(settings, "steps", (uint64_t)config->step_count);
    }
    put_count(settings, "world-cycles", (uint64_t)config->world_cycle_count);
    put_number(settings, "rate", config->learning_rate);
    put_number(settings, "entropy", config->entropy_weight);
    if (options->init != NULL) {
        put(settings, "init", options->init);
    } else {
        put_count(settings, "hidden", (uint64_t)options->shape.pair_hidden);
        if (options->shape.join || options->shape.blind) {
            put(settings, "ablate", options->shape.join ? "join" : "blind");
        }
    }
    put_count(settings, "validate-every", (uint64_t)options->validate_every);
    put_count(settings, "validate-worlds", (uint64_t)options->validate_worlds);
}

dcat_status train_settings_of(const train_options *options, const cli_options *common,
                              train_settings *settings, dcat_error *err)
{
    *settings = (train_settings){.used = 0};
    put_count(settings, "seed", common->seed);
    for (size_t i = 0; i < common->overrides.count; i++) {
        put(settings, "set", common->overrides.text[i]);
    }
    put_worlds(options, settings);
    put_learning(options, settings);
    return !settings->full ? DCAT_OK
                           : dcat_fail(err, DCAT_ERR_RANGE,
                                       "options must be single lines of less than %zu bytes in all",
                                       sizeof settings->text);
}

// --- commands

size_t train_shell_word(const char *word, char *text, size_t size)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./:=,+@%-";
    size_t used = 0;
    bool quoted = word[0] == '\0' || word[strspn(word, plain)] != '\0';
#define PUT(c) (used + 1 < size ? (void)(text[used++] = (c)) : (void)0)
    if (quoted) {
        PUT('\'');
    }
    for (const char *c = word; *c != '\0'; c++) {
        for (const char *escape = *c == '\'' ? "'\\'" : ""; *escape != '\0'; escape++) {
            PUT(*escape);
        }
        PUT(*c);
    }
    if (quoted) {
        PUT('\'');
    }
#undef PUT
    text[used] = '\0';
    return used;
}

static void add_word(char command[DCAT_ACTOR_TEXT], const char *word)
{
    size_t used = strlen(command);
    if (used + 1 < DCAT_ACTOR_TEXT) {
        command[used++] = ' ';
        train_shell_word(word, &command[used], DCAT_ACTOR_TEXT - used);
    }
}

// FILE without its folder: where it was written is nobody's business, and no part of the result.
void train_settings_command(const train_settings *settings, const cli_options *common,
                            char command[DCAT_ACTOR_TEXT])
{
    train_settings copy = *settings;
    char *rest = copy.text;
    snprintf(command, DCAT_ACTOR_TEXT, "dcat train");
    add_word(command, common->scenario);
    for (const char *line = strtok_r(rest, "\n", &rest); line != NULL;
         line = strtok_r(rest, "\n", &rest)) {
        add_word(command, line);
    }
    const char *slash = strrchr(common->out, '/');
    add_word(command, "-o");
    add_word(command, slash != NULL ? slash + 1 : common->out);
}

// --- notes

dcat_status train_note_write(const train_settings *settings, const char *scenario,
                             const train_progress *progress, char note[DCAT_TRAIN_NOTE],
                             dcat_error *err)
{
    // Hexadecimal, so that numbers come back as the bits they were.
    int length = snprintf(note, DCAT_TRAIN_NOTE,
                          "%sscenario=%s\nreward_average=%a\ngain=%a\nbest_gain=%a\n"
                          "best_epoch=%" PRIu32 "\n",
                          settings->text, scenario, progress->reward_average, progress->gain,
                          progress->best_gain, progress->best_epoch);
    return length > 0 && length < DCAT_TRAIN_NOTE
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_RANGE, "options must be less than %d bytes in all",
                           DCAT_TRAIN_NOTE);
}

// Every line that starts with prefix, in order, separated by blanks; "nothing" if there is none.
static void lines_of(const char *text, const char *prefix, char *found, size_t size)
{
    size_t used = 0;
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (strncmp(line, prefix, strlen(prefix)) == 0 && used < size) {
            used += (size_t)snprintf(&found[used], size - used, "%s%.*s", used > 0 ? " " : "",
                                     (int)length, line);
        }
        line += length + (line[length] == '\n');
    }
    if (used == 0) {
        snprintf(found, size, "no %s", prefix);
    }
}

static dcat_status compare_lines(const char *file, const char *saved, const char *now,
                                 const char *prefix, dcat_error *err)
{
    char before[DCAT_TRAIN_NOTE], after[DCAT_TRAIN_NOTE];
    lines_of(saved, prefix, before, sizeof before);
    lines_of(now, prefix, after, sizeof after);
    return strcmp(before, after) == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "%s: was made with %.200s, not %.200s", file,
                           before, after);
}

// Whatever this command line says must be what the checkpoint was made with.
static dcat_status check_given(const char *file, const char *saved, const train_options *options,
                               const cli_options *common, dcat_error *err)
{
    train_settings now;
    dcat_status status = train_settings_of(options, common, &now, err);
    if (status == DCAT_OK && cli_given(common, "seed")) {
        status = compare_lines(file, saved, now.text, "--seed=", err);
    }
    if (status == DCAT_OK && cli_given(common, "set")) {
        status = compare_lines(file, saved, now.text, "--set=", err);
    }
    for (const cli_option *row = cli_train.own; row->name != NULL; row++) {
        char prefix[64];
        snprintf(prefix, sizeof prefix, "--%s=", row->name);
        if (status == DCAT_OK && train_given(options, row->name) &&
            strcmp(row->name, "stop-after") != 0) {
            status = compare_lines(file, saved, now.text, prefix, err);
        }
    }
    return status;
}

static double real_of(const char *note, const char *key)
{
    const char *at = strstr(note, key);
    return at != NULL ? strtod(at + strlen(key), NULL) : (double)NAN;
}

// Parse the note's lines as the command line that they are. Cuts note into words.
static dcat_status parse_saved(char note[DCAT_TRAIN_NOTE], const char *scenario,
                               train_options *options, dcat_error *err)
{
    size_t line_count = 0;
    for (const char *at = note; *at != '\0'; at++) {
        line_count += *at == '\n';
    }
    char **argv = calloc(line_count + 3, sizeof *argv), *rest = note;
    char *name = strdup("dcat train"), *file = strdup(scenario);
    if (argv == NULL || name == NULL || file == NULL) {
        free(argv);
        free(name);
        free(file);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a checkpoint's options");
    }
    int argc = 0;
    argv[argc++] = name;
    for (char *line = strtok_r(rest, "\n", &rest); line != NULL && strncmp(line, "--", 2) == 0;
         line = strtok_r(rest, "\n", &rest)) {
        argv[argc++] = line;
    }
    argv[argc++] = file;
    cli_read(&cli_train, argc, argv, options);
    free(argv);
    free(name);
    free(file);
    return DCAT_OK;
}

// Settings of a parsed note over those of the command line; what is only about this run stays.
static void take_over(train_options *options, const train_options *saved)
{
    options->config = saved->config;
    memcpy(options->worlds.vary, saved->worlds.vary, sizeof options->worlds.vary);
    options->worlds.vary_count = saved->worlds.vary_count;
    memcpy(options->worlds.also, saved->worlds.also, sizeof options->worlds.also);
    options->worlds.also_count = saved->worlds.also_count;
    options->worlds.world_count = saved->worlds.world_count;
    options->init = saved->init;
    options->shape = saved->shape;
    options->validate_every = saved->validate_every;
    options->validate_worlds = saved->validate_worlds;
}

dcat_status train_note_resume(const char *file, char note[DCAT_TRAIN_NOTE], train_options *options,
                              cli_options *common, train_progress *progress,
                              char scenario[DCAT_ACTOR_TEXT], dcat_error *err)
{
    dcat_status status = check_given(file, note, options, common, err);
    if (status != DCAT_OK) {
        return status;
    }
    char line[DCAT_ACTOR_TEXT + 16];
    lines_of(note, "scenario=", line, sizeof line);
    const char *equals = strchr(line, '=');
    snprintf(scenario, DCAT_ACTOR_TEXT, "%s", &equals[1]); // lines_of names the key in any case
    double best_epoch = real_of(note, "\nbest_epoch=");
    *progress = (train_progress){
        .reward_average = real_of(note, "\nreward_average="),
        .gain = real_of(note, "\ngain="),
        .best_gain = real_of(note, "\nbest_gain="),
        .best_epoch = best_epoch >= 0.0 && best_epoch < 0x1p32 ? (uint32_t)best_epoch : 0,
    };
    train_options saved = {0};
    status = parse_saved(note, common->scenario, &saved, err);
    if (status != DCAT_OK) {
        return status;
    }
    take_over(options, &saved);
    const cli_list own_overrides = common->overrides;
    common->seed = saved.common.seed;
    common->overrides = saved.common.overrides;
    saved.common.overrides = own_overrides;
    cli_options_free(&saved);
    return DCAT_OK;
}
