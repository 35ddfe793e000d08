#include "base/threads.h"
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_JSON = 0x1000, KEY_SET, KEY_SEED, KEY_THREADS };

static const struct argp_option common_table[] = {
    {0, 0, 0, 0, "Common options:", 10},
    {"set", KEY_SET, "KEY.PATH=VALUE", 0,
     "Override a value of the scenario, such as clustering.span_max_km=150; repeatable", 10},
    {"seed", KEY_SEED, "N", 0, "Seed of worlds, arrivals and lotteries (default 1)", 10},
    {"out", 'o', "DIR", 0, "Write the results into this new folder", 10},
    {"force", 'f', NULL, 0, "Replace the folder, with all in it, if it holds earlier results", 10},
    {"json", KEY_JSON, NULL, 0, "Print the result as JSON", 10},
    {"threads", KEY_THREADS, "N", 0,
     "Threads of each process (default: all cores); results do not depend on it", 10},
    {"quiet", 'q', NULL, 0, "No progress bar and no remarks", 10},
    {0},
};

static void add_override(cli_options *options, const char *text)
{
    size_t byte_count = sizeof *options->overrides * (options->override_count + 1);
    const char **grown = realloc(options->overrides, byte_count);
    if (grown == NULL) {
        fprintf(stderr, "dcat: out of memory\n");
        exit(1);
    }
    options->overrides = grown;
    options->overrides[options->override_count++] = text;
}

uint64_t cli_number(const struct argp_state *state, const char *option, const char *text,
                    uint64_t min, uint64_t max)
{
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    bool digits = text[0] >= '0' && text[0] <= '9';
    if (!digits || *end != '\0' || errno != 0 || value < min || value > max) {
        argp_error(state, "%s must be a whole number in [%" PRIu64 ", %" PRIu64 "], got '%s'",
                   option, min, max, text);
    }
    return value;
}

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
    cli_options *options = state->input;
    switch (key) {
    case KEY_SET:
        add_override(options, arg);
        return 0;
    case KEY_SEED:
        options->seed = cli_number(state, "--seed", arg, 0, UINT64_MAX);
        return 0;
    case KEY_THREADS:
        options->thread_count = (int)cli_number(state, "--threads", arg, 1, 1024);
        threads_set_default(options->thread_count); // also for what one large world spreads out
        return 0;
    case KEY_JSON:
        options->json = true;
        return 0;
    case 'o':
        options->out = arg;
        return 0;
    case 'f':
        options->force = true;
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (options->scenario != NULL) {
            argp_error(state, "one scenario at a time: '%s' and '%s'", options->scenario, arg);
        }
        options->scenario = arg;
        return 0;
    case ARGP_KEY_END:
        if (options->scenario == NULL) {
            argp_error(state, "which scenario? Give a shipped name such as paper, or a path");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp common_argp = {.options = common_table, .parser = parse_common};

// What the two parsers are handed: argp passes one input down to its children.
typedef struct inputs {
    const struct argp *own;
    void *own_input;
    cli_options *common;
} inputs;

static error_t hand_down(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    const inputs *in = state->input;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = in->own_input;
        state->child_inputs[1] = in->common;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

// The command as it can be typed again: argv[0] is "dcat COMMAND". A copy, as argp reorders argv.
static const char **command_copy(int argc, char **argv)
{
    const char **copy = calloc((size_t)argc + 1, sizeof *copy);
    if (copy == NULL) {
        fprintf(stderr, "dcat: out of memory\n");
        exit(1);
    }
    copy[0] = "dcat";
    copy[1] = strchr(argv[0], ' ') + 1;
    for (int i = 1; i < argc; i++) {
        copy[i + 1] = argv[i];
    }
    return copy;
}

void cli_parse(const struct argp *own, void *input, int argc, char **argv, cli_options *options)
{
    *options = (cli_options){
        .seed = 1,
        .command = command_copy(argc, argv),
        .command_count = (size_t)argc + 1,
    };
    const struct argp options_only = {.options = own->options, .parser = own->parser};
    const struct argp_child children[] = {
        {&options_only, 0, NULL, 0}, {&common_argp, 0, NULL, 0}, {0}};
    const struct argp both = {
        .parser = hand_down, .args_doc = own->args_doc, .doc = own->doc, .children = children};
    inputs in = {own, input, options};
    error_t failed = argp_parse(&both, argc, argv, 0, NULL, &in);
    if (failed != 0) {
        fprintf(stderr, "dcat: %s\n", strerror(failed));
        exit(1);
    }
}

void cli_options_free(cli_options *options)
{
    free(options->overrides);
    free(options->command);
}
