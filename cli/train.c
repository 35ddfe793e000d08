// dcat train: learn to cluster.

#include "dcat/train.h"
#include "cli.h"
#include "dcat/policy.h"
#include "dcat/version.h"
#include "train_source.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define VALIDATE_CYCLES 48
#define MOVING_AVERAGE 0.05

typedef struct train_options {
    dcat_train_config config;
    train_worlds worlds;
    const char *init; // Nullable
    bool resume;
    int validate_every, validate_worlds;
    dcat_actor_shape shape;
} train_options;

enum {
    KEY_AUCTION = 0x300,
    KEY_ESTIMATOR,
    KEY_EPOCHS,
    KEY_VARY,
    KEY_WORLDS,
    KEY_INIT,
    KEY_RESUME,
    KEY_ENVIRONMENTS,
    KEY_SAMPLES,
    KEY_DRAWS,
    KEY_STEPS,
    KEY_WORLD_CYCLES,
    KEY_RATE,
    KEY_ENTROPY,
    KEY_HIDDEN,
    KEY_VALIDATE_EVERY,
    KEY_VALIDATE_WORLDS
};

static const struct argp_option option_table[] = {
    {"auction", KEY_AUCTION, "A", 0, "Mechanism to learn under (default rea-s)", 0},
    {"estimator", KEY_ESTIMATOR, "NAME", 0,
     "group, gae or paper (default group); docs/learner.md describes them", 0},
    {"epochs", KEY_EPOCHS, "N", 0, "Updates of the actor (default 600)", 0},
    {"vary", KEY_VARY, "KEY.PATH=MIN:MAX", 0,
     "Draw a value of the scenario anew for every world; repeatable. Makes a generalist", 0},
    {"worlds", KEY_WORLDS, "W", 0,
     "Without --vary: learn on the worlds of seeds SEED to SEED+W-1 (default 1)", 0},
    {"init", KEY_INIT, "POLICY", 0, "Start from this policy instead of a fresh one", 0},
    {"resume", KEY_RESUME, NULL, 0, "Go on from FILE.checkpoint of an interrupted training", 0},
    {"environments", KEY_ENVIRONMENTS, "E", 0, "Worlds played side by side (default 8)", 1},
    {"samples", KEY_SAMPLES, "G", 0, "Clusterings tried per state, group only (default 16)", 1},
    {"draws", KEY_DRAWS, "D", 0, "Arrival draws each is tried on, group only (default 2)", 1},
    {"steps", KEY_STEPS, "T", 0, "Cycles per update and environment, gae and paper (default 16)",
     1},
    {"world-cycles", KEY_WORLD_CYCLES, "N", 0,
     "Cycles before an environment gets another world (default 12)", 1},
    {"rate", KEY_RATE, "X", 0, "Learning rate at the start (default 0.001)", 1},
    {"entropy", KEY_ENTROPY, "X", 0, "Weight of the entropy bonus at the start (default 0.01)", 1},
    {"hidden", KEY_HIDDEN, "H", 0, "Hidden units of the pair network (default 64)", 1},
    {"validate-every", KEY_VALIDATE_EVERY, "N", 0,
     "Epochs between validations and checkpoints (default 100)", 1},
    {"validate-worlds", KEY_VALIDATE_WORLDS, "W", 0, "Worlds of a validation (default 8)", 1},
    {0},
};

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
    }
    options->config.estimator = estimator;
    options->config.discount = dcat_train_config_default(estimator).discount;
}

static void set_auction(train_options *options, const char *arg, const struct argp_state *state)
{
    options->config.auction = dcat_auction_find(arg);
    if (options->config.auction == DCAT_AUCTION_KIND_COUNT) {
        argp_error(state, "no auction is called '%s'; dcat --help lists them", arg);
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

static error_t parse(int key, char *arg, struct argp_state *state)
{
    train_options *options = state->input;
    dcat_train_config *config = &options->config;
    switch (key) {
    case KEY_AUCTION:
        set_auction(options, arg, state);
        return 0;
    case KEY_ESTIMATOR:
        set_estimator(options, arg, state);
        return 0;
    case KEY_EPOCHS:
        config->epoch_count = (uint32_t)cli_number(state, "--epochs", arg, 1, 100000000);
        return 0;
    case KEY_VARY:
        add_vary(&options->worlds, arg, state);
        return 0;
    case KEY_WORLDS:
        options->worlds.world_count = cli_number(state, "--worlds", arg, 1, 1000000);
        return 0;
    case KEY_INIT:
        options->init = arg;
        return 0;
    case KEY_RESUME:
        options->resume = true;
        return 0;
    case KEY_ENVIRONMENTS:
        config->environment_count = count_of(state, "--environments", arg, 1, 4096);
        return 0;
    case KEY_SAMPLES:
        config->sample_count = count_of(state, "--samples", arg, 2, 1024);
        return 0;
    case KEY_DRAWS:
        config->draw_count = count_of(state, "--draws", arg, 1, 1024);
        return 0;
    case KEY_STEPS:
        config->step_count = count_of(state, "--steps", arg, 1, 1024);
        return 0;
    case KEY_WORLD_CYCLES:
        config->world_cycle_count = count_of(state, "--world-cycles", arg, 1, 1000000);
        return 0;
    case KEY_RATE:
        config->learning_rate = real_of(state, "--rate", arg, 0.0, 1.0);
        return 0;
    case KEY_ENTROPY:
        config->entropy_weight = real_of(state, "--entropy", arg, 0.0, 100.0);
        return 0;
    case KEY_HIDDEN:
        options->shape.pair_hidden = count_of(state, "--hidden", arg, 8, 256);
        return 0;
    case KEY_VALIDATE_EVERY:
        options->validate_every = count_of(state, "--validate-every", arg, 1, 100000000);
        return 0;
    case KEY_VALIDATE_WORLDS:
        options->validate_worlds = count_of(state, "--validate-worlds", arg, 1, 1000);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "SCENARIO",
    .doc =
        "Learn to cluster on the training days of a scenario; -o FILE names the policy.\v"
        "Writes FILE (the policy that earned most on validation days), FILE.csv (a line per epoch) "
        "and FILE.checkpoint (to resume from). Ctrl-C stops after the epoch and keeps all "
        "three.\n\n"
        "Example, a policy for one world:\n"
        "  dcat train paper --seed 7 -o seven.safetensors\n"
        "Example, a generalist:\n"
        "  dcat train paper --vary servers.random.count=20:60 "
        "--vary clustering.span_max_km=100:300 --vary demand.arrivals_per_slot=20:50 "
        "--epochs 6000 -o generalist.safetensors",
};

// --- stopping
// ------------------------------------------------------------------------------------

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

// --- validation
// ----------------------------------------------------------------------------------

// A world held back: what linkage earns there is what the actor is measured against.
typedef struct held_world {
    const dcat_scenario *scenario;
    dcat_world *world;
    uint64_t seed;
    dcat_cycle_span cycles;
    double linkage; // profit
} held_world;

typedef struct training {
    train_options *options;
    const cli_options *common;
    dcat_trainer *trainer;
    dcat_actor_origin origin;
    held_world *held;
    char *checkpoint_path, *log_path;
    FILE *log;
    double best_gain; // of the actor written so far, over linkage
    double start_s;
} training;

static dcat_status earn(const held_world *held, const dcat_clusterer *clusterer,
                        dcat_auction_kind auction, const void *model, double *profit,
                        dcat_error *err)
{
    const dcat_run_config config = {
        .policy = {.clusterer = clusterer, .auction = auction, .model = model},
        .seed = held->seed,
        .cycle_first = held->cycles.first,
        .cycle_count = held->cycles.count < VALIDATE_CYCLES ? held->cycles.count : VALIDATE_CYCLES,
    };
    dcat_run_result result = {0};
    dcat_status status = dcat_run(held->world, dcat_scenario_demand_view(held->scenario), &config,
                                  NULL, NULL, &result, err);
    *profit = dcat_totals_profit(&result.totals);
    return status;
}

static dcat_status hold_worlds(training *t, dcat_error *err)
{
    t->held = calloc((size_t)t->options->validate_worlds, sizeof *t->held);
    if (t->held == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory to validate");
    }
    for (int w = 0; w < t->options->validate_worlds; w++) {
        held_world *held = &t->held[w];
        dcat_status status = train_world_open(&t->options->worlds, (uint64_t)w, true, &held->world,
                                              &held->scenario, &held->seed, err);
        if (status == DCAT_OK) {
            held->cycles = dcat_scenario_validate_cycles(held->scenario);
            status = earn(held, dcat_clusterer_find("linkage"), t->options->config.auction, NULL,
                          &held->linkage, err);
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    return DCAT_OK;
}

// Mean over held worlds of profit / linkage's profit - 1.
static dcat_status validate(const training *t, double *gain, dcat_error *err)
{
    double sum = 0.0;
    int count = t->options->validate_worlds;
    double *profits = calloc((size_t)count, sizeof *profits);
    if (profits == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory to validate");
    }
    dcat_status status = DCAT_OK;
    for (int w = 0; status == DCAT_OK && w < count; w++) {
        status = earn(&t->held[w], &dcat_clusterer_a2c, t->options->config.auction,
                      dcat_trainer_actor_view(t->trainer), &profits[w], err);
        sum += profits[w] / t->held[w].linkage - 1.0;
    }
    free(profits);
    *gain = sum / count;
    return status;
}

// --- the files
// ------------------------------------------------------------------------------------

static char *with_suffix(const char *path, const char *suffix)
{
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *text = malloc(size);
    if (text != NULL) {
        snprintf(text, size, "%s%s", path, suffix);
    }
    return text;
}

static void describe_origin(const cli_options *common, dcat_actor_origin *origin)
{
    *origin = (dcat_actor_origin){.seed = common->seed};
    snprintf(origin->scenario, sizeof origin->scenario, "%s", common->scenario);
    snprintf(origin->commit, sizeof origin->commit, "%s", dcat_commit());
    size_t used = 0;
    for (size_t i = 0; i < common->command_count && used < sizeof origin->command; i++) {
        used += (size_t)snprintf(&origin->command[used], sizeof origin->command - used, "%s%s",
                                 i == 0 ? "" : " ", common->command[i]);
    }
}

static dcat_status save_best(training *t, double gain, dcat_error *err)
{
    if (!(gain > t->best_gain)) {
        return DCAT_OK;
    }
    t->best_gain = gain;
    return dcat_trainer_save_actor(t->trainer, &t->origin, t->common->out, err);
}

static void show(const training *t, const dcat_train_report *r, double average, double gain)
{
    double elapsed_s = cli_clock_s() - t->start_s;
    double per_epoch_s = elapsed_s / (r->epoch > 0 ? r->epoch : 1);
    double left_s = per_epoch_s * (t->options->config.epoch_count - r->epoch);
    fprintf(stderr,
            "epoch %6u/%u  reward %.4f  entropy %.3f  critic error %.4f  %7.0f cycles/s  "
            "over linkage %+.2f %%  %3.0f s left\n",
            r->epoch, t->options->config.epoch_count, average, r->entropy, r->critic_error,
            (double)r->cycle_count / per_epoch_s, 100.0 * gain, left_s);
}

static dcat_status open_log(training *t, dcat_error *err)
{
    t->log = fopen(t->log_path, t->options->resume ? "a" : "w");
    if (t->log == NULL) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: %s", t->log_path, strerror(errno));
    }
    if (!t->options->resume) {
        fprintf(t->log, "epoch,reward,reward_average,reward_sampled,entropy,critic_error,"
                        "gradient_norm,learning_rate,clusters_per_server,cycles,simulation_s,"
                        "scoring_s,backward_s,optimiser_s,validation_gain\n");
    }
    return DCAT_OK;
}

static void log_epoch(const training *t, const dcat_train_report *r, double average, bool validated,
                      double gain)
{
    fprintf(t->log, "%u,%.6f,%.6f,%.6f,%.5f,%.6f,%.5f,%.3g,%.4f,%llu,%.4g,%.4g,%.4g,%.4g,",
            r->epoch, r->profit, average, r->profit_sampled, r->entropy, r->critic_error,
            r->gradient_norm, r->learning_rate, r->cluster_count,
            (unsigned long long)r->cycle_count, r->simulation_s, r->scoring_s, r->backward_s,
            r->optimiser_s);
    fprintf(t->log, validated ? "%.6f\n" : "\n", gain);
}

// --- the training
// --------------------------------------------------------------------------------

static dcat_status make_trainer(training *t, dcat_error *err)
{
    train_options *options = t->options;
    dcat_train_source source = train_source(&options->worlds);
    if (options->resume) {
        return dcat_trainer_resume(&options->config, &source, t->checkpoint_path, &t->trainer, err);
    }
    dcat_actor *actor = NULL;
    dcat_status status = options->init != NULL
                             ? dcat_actor_load(options->init, &actor, err)
                             : dcat_actor_create(&options->shape, t->common->seed, &actor, err);
    if (status == DCAT_OK) {
        status = dcat_trainer_create(&options->config, &source, actor, &t->trainer, err);
    }
    dcat_actor_destroy(actor);
    return status;
}

static dcat_status run(training *t, dcat_error *err)
{
    const train_options *options = t->options;
    double average = NAN, gain = -1.0;
    dcat_status status = DCAT_OK;
    t->start_s = cli_clock_s();
    while (status == DCAT_OK && !interrupted &&
           dcat_trainer_epoch_count(t->trainer) < options->config.epoch_count) {
        dcat_train_report report = {0};
        status = dcat_trainer_epoch(t->trainer, &report, err);
        if (status != DCAT_OK) {
            return status;
        }
        average =
            isnan(average) ? report.profit : average + MOVING_AVERAGE * (report.profit - average);
        bool last = report.epoch == options->config.epoch_count || interrupted;
        bool due = report.epoch % (uint32_t)options->validate_every == 0 || last;
        if (due) {
            status = validate(t, &gain, err);
            if (status == DCAT_OK) {
                status = save_best(t, gain, err);
            }
            if (status == DCAT_OK) {
                status = dcat_trainer_save(t->trainer, &t->origin, t->checkpoint_path, err);
            }
            if (!t->common->quiet) {
                show(t, &report, average, gain);
            }
        }
        log_epoch(t, &report, average, due, gain);
    }
    return status;
}

static void say_end(const training *t)
{
    if (interrupted) {
        fprintf(stderr, "Stopped after epoch %u. To go on: the same command with --resume\n",
                dcat_trainer_epoch_count(t->trainer));
    } else if (!t->common->quiet) {
        fprintf(stderr, "Policy: %s, %+.2f %% over linkage on validation days\n", t->common->out,
                100.0 * t->best_gain);
    }
}

static dcat_status train(training *t, dcat_error *err)
{
    if (t->common->out == NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "-o FILE is needed: where the policy goes");
    }
    t->checkpoint_path = with_suffix(t->common->out, ".checkpoint");
    t->log_path = with_suffix(t->common->out, ".csv");
    if (t->checkpoint_path == NULL || t->log_path == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for file names");
    }
    describe_origin(t->common, &t->origin);
    dcat_status status = hold_worlds(t, err);
    if (status == DCAT_OK) {
        status = make_trainer(t, err);
    }
    if (status == DCAT_OK) {
        status = open_log(t, err);
    }
    if (status == DCAT_OK) {
        catch_interrupts();
        status = run(t, err);
    }
    if (t->log != NULL && fclose(t->log) != 0 && status == DCAT_OK) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: %s", t->log_path, strerror(errno));
    }
    if (status == DCAT_OK) {
        say_end(t);
    }
    return status;
}

int dcat_cli_train(int argc, char **argv)
{
    train_options options = {
        .config = dcat_train_config_default(DCAT_ESTIMATOR_GROUP),
        .worlds = {.world_count = 1},
        .validate_every = 100,
        .validate_worlds = 8,
        .shape = dcat_actor_shape_default(),
    };
    cli_options common;
    cli_parse(&argp, &options, argc, argv, &common);
    train_worlds_init(&options.worlds, &common);
    options.config.seed = common.seed;
    options.config.thread_count = common.thread_count;
    options.config.clock_s = cli_clock_s;
    if (options.worlds.vary_count == 0 &&
        (uint64_t)options.validate_worlds > options.worlds.world_count) {
        options.validate_worlds = (int)options.worlds.world_count; // the worlds learned on, no more
    }
    training t = {.options = &options, .common = &common, .best_gain = -INFINITY};
    dcat_error err = {0};
    dcat_status status = train(&t, &err);
    for (int w = 0; t.held != NULL && w < options.validate_worlds; w++) {
        dcat_world_destroy(t.held[w].world);
    }
    free(t.held);
    free(t.checkpoint_path);
    free(t.log_path);
    dcat_trainer_destroy(t.trainer);
    train_worlds_free(&options.worlds);
    cli_options_free(&common);
    return cli_exit(status, &err);
}
