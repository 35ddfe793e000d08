// SPDX-License-Identifier: Apache-2.0
#include "tool/train/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Fine-tuning starts from a policy that is good already: less of a bonus for trying what it knows
// to be bad. And it learns on few worlds, which may as well be lived in for long: an environment
// that begins anew has empty queues, which the policy will not meet in use.
#define FINE_TUNE_ENTROPY 0.003
#define FINE_TUNE_WORLD_CYCLES 100

// Algorithm 1 goes on in one world for ever; here until its training days end.
#define LETTER_WORLD_CYCLES 1000000

// --- values

static dcat_status set_estimator(void *target, char *text, dcat_error *err)
{
    dcat_train_config *config = target;
    dcat_estimator estimator = dcat_estimator_find(text);
    if (estimator == DCAT_ESTIMATOR_COUNT) {
        return dcat_fail(err, DCAT_ERR_FIELD, "--estimator must be group, gae or paper, got '%s'",
                         text);
    }
    config->estimator = estimator;
    config->discount = dcat_train_config_default(estimator).discount;
    return DCAT_OK;
}

static dcat_status set_optimiser(void *letter, char *text, dcat_error *err)
{
    *(bool *)letter = strcmp(text, "letter") == 0;
    return *(bool *)letter || strcmp(text, "adam") == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "--optimiser must be adam or letter, got '%s'",
                           text);
}

static dcat_status set_critic(void *judges, char *text, dcat_error *err)
{
    *(bool *)judges = strcmp(text, "partition") == 0;
    return *(bool *)judges || strcmp(text, "state") == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "--critic must be state or partition, got '%s'",
                           text);
}

static dcat_status set_auction(void *target, char *text, dcat_error *err)
{
    const dcat_auction *auction = dcat_auction_find(text);
    if (auction == NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "--auction: none is called '%s'; dcat --help lists them", text);
    }
    *(const dcat_auction **)target = auction;
    return DCAT_OK;
}

static dcat_status set_hidden(void *target, char *text, dcat_error *err)
{
    const cli_option count = {"hidden", .min = 8, .max = 256, .size = sizeof(int)};
    dcat_actor_shape *shape = target;
    dcat_status status = cli_whole(&count, &shape->pair_hidden, text, err);
    return status != DCAT_OK || shape->pair_hidden % 8 == 0
               ? status
               : dcat_fail(err, DCAT_ERR_RANGE, "--hidden must be a multiple of 8, got '%s'", text);
}

static dcat_status set_ablation(void *target, char *text, dcat_error *err)
{
    dcat_actor_shape *shape = target;
    shape->join = strcmp(text, "join") == 0;
    shape->blind = strcmp(text, "blind") == 0;
    return shape->join || shape->blind
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "--ablate must be join or blind, got '%s'", text);
}

static dcat_status add_vary(void *target, char *text, dcat_error *err)
{
    train_worlds *worlds = target;
    if (worlds->vary_count == DCAT_VARY_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--vary: at most %d", DCAT_VARY_MAX);
    }
    dcat_status status = train_vary_parse(text, &worlds->vary[worlds->vary_count], err);
    worlds->vary_count += status == DCAT_OK;
    return status;
}

static dcat_status add_also(void *target, char *text, dcat_error *err)
{
    train_worlds *worlds = target;
    if (worlds->also_count == TRAIN_ALSO_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--also: at most %d", TRAIN_ALSO_MAX);
    }
    train_also also;
    dcat_status status = train_also_parse(text, &also, err);
    if (status == DCAT_OK) {
        snprintf(worlds->also[worlds->also_count++], TRAIN_ALSO_TEXT, "%s", text);
    }
    return status;
}

static const cli_option option_table[] = {
    {"auction", 0, CLI_OWN, "A", CLI_AT(train_options, config.auction), .set = set_auction,
     .standard = "rea-s", .help = "Mechanism to learn under (default @)"},
    {"estimator", 0, CLI_OWN, "NAME", CLI_AT(train_options, config), .set = set_estimator,
     .standard = "group",
     .help = "group, gae or paper (default @); docs/learner.md describes them"},
    {"epochs", 0, CLI_WHOLE, "N", CLI_AT(train_options, config.epoch_count), .min = 1,
     .max = 100000000, .standard = "600", .help = "Updates of the actor (default @)"},
    {"vary", 0, CLI_OWN, "KEY.PATH=MIN:MAX", CLI_AT(train_options, worlds), .set = add_vary,
     .help = "Draw a value of the scenario anew for every world, from a range or from {A|B|C}; "
             "repeatable. Makes a generalist"},
    {"also", 0, CLI_OWN, "'SCENARIO KEY=...'", CLI_AT(train_options, worlds), .set = add_also,
     .help = "Learn on worlds of this scenario as well, with values and ranges of its own; "
             "repeatable, and each is as likely as the first"},
    {"worlds", 0, CLI_WHOLE, "W", CLI_AT(train_options, worlds.world_count), .min = 1,
     .max = 1000000, .standard = "1",
     .help = "Without --vary: learn on the worlds of seeds SEED to SEED+W-1 (default @)"},
    {"init", 0, CLI_TEXT, "POLICY", CLI_AT(train_options, init),
     .help = "Fine-tune this policy instead of a fresh one; 'shipped' is the auction's generalist"},
    {"resume", 0, CLI_FLAG, NULL, CLI_AT(train_options, resume),
     .help = "Go on from FILE.checkpoint of an interrupted training; needs no other option"},
    {"stop-after", 0, CLI_WHOLE, "N", CLI_AT(train_options, stop_after), .min = 1, .max = 100000000,
     .help = "Stop when epoch N is done, to be resumed; the schedule is that of --epochs"},
    {"png", 0, CLI_FLAG, NULL, CLI_AT(train_options, png), .help = "The figure as FILE.png too"},
    {"environments", 0, CLI_WHOLE, "E", CLI_AT(train_options, config.environment_count), .min = 1,
     .max = 4096, .standard = "8", .help = "Worlds played side by side (default @)", .group = 1},
    {"samples", 0, CLI_WHOLE, "G", CLI_AT(train_options, config.sample_count), .min = 2,
     .max = 1024, .standard = "16", .help = "Clusterings tried per state, group only (default @)",
     .group = 1},
    {"draws", 0, CLI_WHOLE, "D", CLI_AT(train_options, config.draw_count), .min = 1, .max = 1024,
     .standard = "2", .help = "Arrival draws each is tried on, group only (default @)", .group = 1},
    {"expert", 0, CLI_WHOLE, "N", CLI_AT(train_options, config.expert_moves), .max = 1000000,
     .standard = "0",
     .help = "For studies, expert iteration: N local moves from the best clustering tried, which "
             "the actor then learns, group only (default @)",
     .group = 1},
    {"critic", 0, CLI_OWN, "state|partition", CLI_AT(train_options, config.critic_judges),
     .set = set_critic, .standard = "state",
     .help = "For studies, what the critic learns to judge, group only (default @)", .group = 1},
    {"steps", 0, CLI_WHOLE, "T", CLI_AT(train_options, config.step_count), .min = 1, .max = 1024,
     .standard = "16", .help = "Cycles per update and environment, gae and paper (default @)",
     .group = 1},
    {"world-cycles", 0, CLI_WHOLE, "N", CLI_AT(train_options, config.world_cycle_count), .min = 1,
     .max = 1000000, .standard = "12",
     .help = "Cycles before an environment gets another world (default @; 100 with --init)",
     .group = 1},
    {"rate", 0, CLI_REAL, "X", CLI_AT(train_options, config.learning_rate), .high = 1.0,
     .standard = "0.001", .help = "Learning rate at the start (default @)", .group = 1},
    {"optimiser", 0, CLI_OWN, "adam|letter", CLI_AT(train_options, config.letter),
     .set = set_optimiser, .standard = "adam",
     .help =
         "letter: lines 10 to 12 of Algorithm 1 as they stand, a plain step after every cycle of "
         "one environment; for --estimator paper (default @)",
     .group = 1},
    {"entropy", 0, CLI_REAL, "X", CLI_AT(train_options, config.entropy_weight), .high = 100.0,
     .standard = "0.01",
     .help = "Weight of the entropy bonus at the start (default @; 0.003 with --init)", .group = 1},
    {"hidden", 0, CLI_OWN, "H", CLI_AT(train_options, shape), .set = set_hidden, .standard = "64",
     .help = "Hidden units of the pair network, a multiple of 8 (default @)", .group = 1},
    {"ablate", 0, CLI_OWN, "join|blind", CLI_AT(train_options, shape), .set = set_ablation,
     .help = "For studies, a lesser policy: join lets every server join once, in turn, instead of "
             "merging; blind does not see where demand is",
     .group = 1},
    {"validate-every", 0, CLI_WHOLE, "N", CLI_AT(train_options, validate_every), .min = 1,
     .max = 100000000, .standard = "100",
     .help = "Epochs between validations and checkpoints (default @)", .group = 1},
    {"validate-worlds", 0, CLI_WHOLE, "W", CLI_AT(train_options, validate_worlds), .min = 1,
     .max = 1000, .standard = "8", .help = "Worlds of a validation (default @)", .group = 1},
    {0},
};

static void start(void *command_options)
{
    train_options *options = command_options;
    options->config = dcat_train_config_default(DCAT_ESTIMATOR_GROUP);
    options->shape = dcat_actor_shape_default();
}

// What was not given takes the place that the rest of the command line leaves it.
static dcat_status complete(void *command_options, dcat_error *err)
{
    train_options *options = command_options;
    if (options->init != NULL && !train_given(options, "entropy")) {
        options->config.entropy_weight = FINE_TUNE_ENTROPY;
    }
    if (options->init != NULL && !train_given(options, "world-cycles")) {
        options->config.world_cycle_count = FINE_TUNE_WORLD_CYCLES;
    }
    if (options->config.letter) {
        options->config.environment_count = 1;
        options->config.step_count = 1;
        options->config.entropy_weight = 0.0;
        if (!train_given(options, "world-cycles")) {
            options->config.world_cycle_count = LETTER_WORLD_CYCLES;
        }
    }
    (void)err;
    return DCAT_OK;
}

dcat_status train_check_stop(const train_options *options, uint32_t done, dcat_error *err)
{
    if (options->stop_after > 0 &&
        (options->stop_after <= done || options->stop_after > options->config.epoch_count)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "--stop-after must be in [%" PRIu32 ", %" PRIu32 "], got %" PRIu32,
                         done + 1, options->config.epoch_count, options->stop_after);
    }
    return DCAT_OK;
}

// Options that contradict each other.
dcat_status train_options_check(const train_options *options, const cli_options *common,
                                dcat_error *err)
{
    bool group = options->config.estimator == DCAT_ESTIMATOR_GROUP;
    bool ranges = options->worlds.vary_count > 0 || options->worlds.also_count > 0;
    bool letter = options->config.letter;
    const struct {
        bool wrong;
        const char *why;
    } rules[] = {
        {options->resume && options->init != NULL,
         "--resume goes on with the weights of its checkpoint: leave out --init"},
        {options->resume && common->force,
         "--resume goes on with the files that are there, --force replaces them: choose one"},
        {ranges && train_given(options, "worlds"),
         "--worlds is for training without --vary and --also, which draw worlds without end"},
        {options->init != NULL && train_given(options, "hidden"),
         "--hidden is for a fresh policy: one from --init keeps its networks"},
        {options->init != NULL && train_given(options, "ablate"),
         "--ablate is for a fresh policy: one from --init stays what it is"},
        {letter && options->config.estimator != DCAT_ESTIMATOR_PAPER,
         "--optimiser letter is for --estimator paper"},
        {!options->resume && letter &&
             (train_given(options, "environments") || train_given(options, "steps") ||
              train_given(options, "entropy")),
         "--optimiser letter takes a step after every cycle of one environment, without an entropy "
         "bonus: leave out --environments, --steps and --entropy"},
        {!options->resume && !group && train_given(options, "samples"),
         "--samples is for --estimator group"},
        {!options->resume && !group && train_given(options, "draws"),
         "--draws is for --estimator group"},
        {!options->resume && !group && train_given(options, "expert"),
         "--expert is for --estimator group"},
        {!options->resume && !group && train_given(options, "critic"),
         "--critic is for --estimator group"},
        {!options->resume && group && train_given(options, "steps"),
         "--steps is for --estimator gae or paper"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].wrong) {
            return dcat_fail(err, DCAT_ERR_FIELD, "%s", rules[i].why);
        }
    }
    return DCAT_OK;
}

const cli_command cli_train = {
    .name = "train",
    .summary = "learn a policy for the clusterer a2c",
    CLI_SCENARIO,
    .about =
        "Learn to cluster on the training days of a scenario; -o FILE names the policy.\v"
        "Writes FILE (the policy that earned most on validation days), FILE.csv (a line per "
        "epoch), FILE.svg (the figure of it), FILE.report/report.html (a page) and FILE.checkpoint "
        "(to resume from). Ctrl-C stops "
        "after the epoch at work and says how to go on; the result is the same as of a training "
        "never stopped. Under mpirun -n R the environments are divided among R processes; the "
        "result is that of one.\n\n"
        "Example, a policy for one world:\n"
        "  dcat train paper --seed 7 -o seven.safetensors\n"
        "Example, the shipped generalist made better for one network:\n"
        "  dcat train chinanet --init shipped -o tuned.safetensors\n"
        "Example, a generalist:\n"
        "  dcat train paper --vary servers.random.count=20:60 \\\n"
        "    --vary clustering.span_max_km=100:300 \\\n"
        "    --vary demand.arrivals_per_slot=20:50 --epochs 6000 -o generalist.safetensors",
    .own = option_table,
    .options_size = sizeof(train_options),
    .start = start,
    .check = complete,
    .in_several = true,
    .run = train_command,
};
