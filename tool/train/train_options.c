#include "train/train.h"

#include <stdlib.h>
#include <string.h>

// Fine-tuning starts from a policy that is good already: less of a bonus for trying what it knows
// to be bad. And it learns on few worlds, which may as well be lived in for long: an environment
// that begins anew has empty queues, which the policy will not meet in use.
#define FINE_TUNE_ENTROPY 0.003
#define FINE_TUNE_WORLD_CYCLES 100

const struct argp_option train_option_table[] = {
    {"auction", TRAIN_KEY_AUCTION, "A", 0, "Mechanism to learn under (default rea-s)", 0},
    {"estimator", TRAIN_KEY_ESTIMATOR, "NAME", 0,
     "group, gae or paper (default group); docs/learner.md describes them", 0},
    {"epochs", TRAIN_KEY_EPOCHS, "N", 0, "Updates of the actor (default 600)", 0},
    {"vary", TRAIN_KEY_VARY, "KEY.PATH=MIN:MAX", 0,
     "Draw a value of the scenario anew for every world; repeatable. Makes a generalist", 0},
    {"worlds", TRAIN_KEY_WORLDS, "W", 0,
     "Without --vary: learn on the worlds of seeds SEED to SEED+W-1 (default 1)", 0},
    {"init", TRAIN_KEY_INIT, "POLICY", 0,
     "Fine-tune this policy instead of a fresh one; 'shipped' is the auction's generalist", 0},
    {"resume", TRAIN_KEY_RESUME, NULL, 0,
     "Go on from FILE.checkpoint of an interrupted training; needs no other option", 0},
    {"stop-after", TRAIN_KEY_STOP_AFTER, "N", 0,
     "Stop when epoch N is done, to be resumed; the schedule is that of --epochs", 0},
    {"png", TRAIN_KEY_PNG, NULL, 0, "The figure as FILE.png too", 0},
    {"environments", TRAIN_KEY_ENVIRONMENTS, "E", 0, "Worlds played side by side (default 8)", 1},
    {"samples", TRAIN_KEY_SAMPLES, "G", 0, "Clusterings tried per state, group only (default 16)",
     1},
    {"draws", TRAIN_KEY_DRAWS, "D", 0, "Arrival draws each is tried on, group only (default 2)", 1},
    {"steps", TRAIN_KEY_STEPS, "T", 0,
     "Cycles per update and environment, gae and paper (default 16)", 1},
    {"world-cycles", TRAIN_KEY_WORLD_CYCLES, "N", 0,
     "Cycles before an environment gets another world (default 12; 100 with --init)", 1},
    {"rate", TRAIN_KEY_RATE, "X", 0, "Learning rate at the start (default 0.001)", 1},
    {"entropy", TRAIN_KEY_ENTROPY, "X", 0,
     "Weight of the entropy bonus at the start (default 0.01; 0.003 with --init)", 1},
    {"hidden", TRAIN_KEY_HIDDEN, "H", 0,
     "Hidden units of the pair network, a multiple of 8 (default 64)", 1},
    {"ablate", TRAIN_KEY_ABLATE, "join|blind", 0,
     "For studies, a lesser policy: join lets every server join once, in turn, instead of merging; "
     "blind does not see where demand is",
     1},
    {"validate-every", TRAIN_KEY_VALIDATE_EVERY, "N", 0,
     "Epochs between validations and checkpoints (default 100)", 1},
    {"validate-worlds", TRAIN_KEY_VALIDATE_WORLDS, "W", 0, "Worlds of a validation (default 8)", 1},
    {0},
};

// --- parsing

// A number of an option's argument in [min, max]; leaves with 2 and a message if it is not.
static double real_of(const struct argp_state *state, const char *option, const char *text,
                      double min, double max)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !(value >= min && value <= max)) {
        argp_error(state, "%s must be a number in [%g, %g], got '%s'", option, min, max, text);
    }
    return value;
}

static int count_of(const struct argp_state *state, const char *option, const char *text,
                    uint64_t min, uint64_t max)
{
    return (int)cli_number(state, option, text, min, max);
}

static void set_estimator(train_options *options, const char *arg, const struct argp_state *state)
{
    dcat_estimator estimator = dcat_estimator_find(arg);
    if (estimator == DCAT_ESTIMATOR_COUNT) {
        argp_error(state, "--estimator must be group, gae or paper, got '%s'", arg);
        return;
    }
    options->config.estimator = estimator;
    options->config.discount = dcat_train_config_default(estimator).discount;
}

static void set_auction(train_options *options, const char *arg, const struct argp_state *state)
{
    options->config.auction = dcat_auction_find(arg);
    if (options->config.auction == NULL) {
        argp_error(state, "--auction: none is called '%s'; dcat --help lists them", arg);
    }
}

static void set_hidden(train_options *options, const char *arg, const struct argp_state *state)
{
    options->shape.pair_hidden = count_of(state, "--hidden", arg, 8, 256);
    if (options->shape.pair_hidden % 8 != 0) {
        argp_error(state, "--hidden must be a multiple of 8, got '%s'", arg);
    }
}

static void set_ablation(train_options *options, const char *arg, const struct argp_state *state)
{
    options->shape.join = strcmp(arg, "join") == 0;
    options->shape.blind = strcmp(arg, "blind") == 0;
    if (!options->shape.join && !options->shape.blind) {
        argp_error(state, "--ablate must be join or blind, got '%s'", arg);
    }
}

static void add_vary(train_worlds *worlds, const char *arg, const struct argp_state *state)
{
    dcat_error err = {0};
    if (worlds->vary_count == TRAIN_VARY_MAX) {
        argp_error(state, "--vary: at most %d", TRAIN_VARY_MAX);
    } else if (train_vary_parse(arg, &worlds->vary[worlds->vary_count], &err) != DCAT_OK) {
        argp_error(state, "%s", err.message);
    } else {
        worlds->vary_count++;
    }
}

// What the learner is told; the rest is parse's.
static error_t parse_learning(int key, char *arg, struct argp_state *state)
{
    train_options *options = state->input;
    dcat_train_config *config = &options->config;
    switch (key) {
    case TRAIN_KEY_AUCTION:
        set_auction(options, arg, state);
        return 0;
    case TRAIN_KEY_ESTIMATOR:
        set_estimator(options, arg, state);
        return 0;
    case TRAIN_KEY_EPOCHS:
        config->epoch_count = (uint32_t)cli_number(state, "--epochs", arg, 1, 100000000);
        return 0;
    case TRAIN_KEY_ENVIRONMENTS:
        config->environment_count = count_of(state, "--environments", arg, 1, 4096);
        return 0;
    case TRAIN_KEY_SAMPLES:
        config->sample_count = count_of(state, "--samples", arg, 2, 1024);
        return 0;
    case TRAIN_KEY_DRAWS:
        config->draw_count = count_of(state, "--draws", arg, 1, 1024);
        return 0;
    case TRAIN_KEY_STEPS:
        config->step_count = count_of(state, "--steps", arg, 1, 1024);
        return 0;
    case TRAIN_KEY_WORLD_CYCLES:
        config->world_cycle_count = count_of(state, "--world-cycles", arg, 1, 1000000);
        return 0;
    case TRAIN_KEY_RATE:
        config->learning_rate = real_of(state, "--rate", arg, 0.0, 1.0);
        return 0;
    case TRAIN_KEY_ENTROPY:
        config->entropy_weight = real_of(state, "--entropy", arg, 0.0, 100.0);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    train_options *options = state->input;
    if (key >= TRAIN_KEY_AUCTION && key <= TRAIN_KEY_VALIDATE_WORLDS) {
        options->given |= TRAIN_BIT(key);
    }
    switch (key) {
    case TRAIN_KEY_VARY:
        add_vary(&options->worlds, arg, state);
        return 0;
    case TRAIN_KEY_WORLDS:
        options->worlds.world_count = cli_number(state, "--worlds", arg, 1, 1000000);
        return 0;
    case TRAIN_KEY_INIT:
        options->init = arg;
        return 0;
    case TRAIN_KEY_RESUME:
        options->resume = true;
        return 0;
    case TRAIN_KEY_STOP_AFTER:
        options->stop_after = (uint32_t)cli_number(state, "--stop-after", arg, 1, 100000000);
        return 0;
    case TRAIN_KEY_PNG:
        options->png = true;
        return 0;
    case TRAIN_KEY_HIDDEN:
        set_hidden(options, arg, state);
        return 0;
    case TRAIN_KEY_ABLATE:
        set_ablation(options, arg, state);
        return 0;
    case TRAIN_KEY_VALIDATE_EVERY:
        options->validate_every = count_of(state, "--validate-every", arg, 1, 100000000);
        return 0;
    case TRAIN_KEY_VALIDATE_WORLDS:
        options->validate_worlds = count_of(state, "--validate-worlds", arg, 1, 1000);
        return 0;
    default:
        return parse_learning(key, arg, state);
    }
}

static const struct argp argp = {
    .options = train_option_table,
    .parser = parse,
    .args_doc = "SCENARIO",
    .doc = "Learn to cluster on the training days of a scenario; -o FILE names the policy.\v"
           "Writes FILE (the policy that earned most on validation days), FILE.csv (a line per "
           "epoch), FILE.svg (the figure of it) and FILE.checkpoint (to resume from). Ctrl-C stops "
           "after the epoch at work and says how to go on; the result is the same as of a training "
           "never stopped. Under mpirun -n R the environments are divided among R processes; the "
           "result is that of one.\n\n"
           "Example, a policy for one world:\n"
           "  dcat train paper --seed 7 -o seven.safetensors\n"
           "Example, the shipped generalist made better for one network:\n"
           "  dcat train chinanet --init shipped -o tuned.safetensors\n"
           "Example, a generalist:\n"
           "  dcat train paper --vary servers.random.count=20:60 "
           "--vary clustering.span_max_km=100:300 --vary demand.arrivals_per_slot=20:50 "
           "--epochs 6000 -o generalist.safetensors",
};

void train_parse(int argc, char **argv, train_options *options, cli_options *common)
{
    *options = (train_options){
        .config = dcat_train_config_default(DCAT_ESTIMATOR_GROUP),
        .worlds = {.world_count = 1},
        .validate_every = 100,
        .validate_worlds = 8,
        .shape = dcat_actor_shape_default(),
    };
    cli_parse(&argp, options, argc, argv, common);
    if (options->init != NULL && !train_given(options, TRAIN_KEY_ENTROPY)) {
        options->config.entropy_weight = FINE_TUNE_ENTROPY;
    }
    if (options->init != NULL && !train_given(options, TRAIN_KEY_WORLD_CYCLES)) {
        options->config.world_cycle_count = FINE_TUNE_WORLD_CYCLES;
    }
}

// Options that contradict each other.
dcat_status train_options_check(const train_options *options, const cli_options *common,
                                dcat_error *err)
{
    bool group = options->config.estimator == DCAT_ESTIMATOR_GROUP;
    bool ranges = options->worlds.vary_count > 0;
    const struct {
        bool wrong;
        const char *why;
    } rules[] = {
        {options->resume && options->init != NULL,
         "--resume goes on with the weights of its checkpoint: leave out --init"},
        {options->resume && common->force,
         "--resume goes on with the files that are there, --force replaces them: choose one"},
        {ranges && train_given(options, TRAIN_KEY_WORLDS),
         "--worlds is for training without --vary, which draws worlds without end"},
        {options->init != NULL && train_given(options, TRAIN_KEY_HIDDEN),
         "--hidden is for a fresh policy: one from --init keeps its networks"},
        {options->init != NULL && train_given(options, TRAIN_KEY_ABLATE),
         "--ablate is for a fresh policy: one from --init stays what it is"},
        {!options->resume && !group && train_given(options, TRAIN_KEY_SAMPLES),
         "--samples is for --estimator group"},
        {!options->resume && !group && train_given(options, TRAIN_KEY_DRAWS),
         "--draws is for --estimator group"},
        {!options->resume && group && train_given(options, TRAIN_KEY_STEPS),
         "--steps is for --estimator gae or paper"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].wrong) {
            return dcat_fail(err, DCAT_ERR_FIELD, "%s", rules[i].why);
        }
    }
    return DCAT_OK;
}
