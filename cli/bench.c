// dcat bench: how fast dcat is on this machine, beside the targets it is held against.

#include "bench.h"

#include <omp.h>
#include <string.h>

#define REPETITIONS_DEFAULT 5
#define REPETITIONS_QUICK 2

typedef struct part {
    const char *name;
    dcat_status (*measure)(bench *b, dcat_error *err);
    const char *summary;
} part;

static const part parts[] = {
    {"startup", bench_startup, "dcat --help, wall time"},
    {"memory", bench_memory, "peak memory of default runs"},
    {"compare", bench_compare, "dcat compare paper, six algorithms, and what two threads bring"},
    {"world", bench_world, "making worlds of 10 000 and 100 000 servers: time, memory"},
    {"step", bench_step, "slot steps of the scenario paper"},
    {"large", bench_large, "slot steps of 10 000 and 100 000 servers, growth of cost"},
    {"decide", bench_decide, "clustering decisions of linkage, kmeans and a2c"},
    {"train", bench_train, "training: cycles/s, where the time goes, what two threads bring"},
};
#define PART_COUNT (sizeof parts / sizeof parts[0])

typedef struct bench_options {
    bool json, quick, quiet;
    bool chosen[PART_COUNT];
    bool any_chosen;
    int repetition_count;     // 0: the default
    size_t only_make_servers; // 0: no
} bench_options;

enum { KEY_JSON = 0x100, KEY_ONLY, KEY_QUICK, KEY_REPETITIONS, KEY_MAKE_WORLD };

static const struct argp_option option_table[] = {
    {"json", KEY_JSON, NULL, 0, "Print the figures as JSON", 0},
    {"only", KEY_ONLY, "NAME", 0, "Measure this part only; repeatable", 0},
    {"quick", KEY_QUICK, NULL, 0, "Two repetitions, smaller inputs: no result", 0},
    {"repetitions", KEY_REPETITIONS, "N", 0, "Repetitions of every measurement (default 5)", 0},
    {"quiet", 'q', NULL, 0, "No progress bar", 0},
    {"make-world", KEY_MAKE_WORLD, "SERVERS", OPTION_HIDDEN, NULL, 0},
    {0},
};

static void choose_part(bench_options *options, const char *name, const struct argp_state *state)
{
    for (size_t i = 0; i < PART_COUNT; i++) {
        if (strcmp(name, parts[i].name) == 0) {
            options->chosen[i] = true;
            options->any_chosen = true;
            return;
        }
    }
    char names[256] = "";
    for (size_t i = 0; i < PART_COUNT; i++) {
        size_t length = strlen(names);
        snprintf(names + length, sizeof names - length, " %s", parts[i].name);
    }
    argp_error(state, "--only: no part is called '%s'; there are:%s", name, names);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    bench_options *options = state->input;
    switch (key) {
    case KEY_JSON:
        options->json = true;
        return 0;
    case KEY_ONLY:
        choose_part(options, arg, state);
        return 0;
    case KEY_QUICK:
        options->quick = true;
        return 0;
    case KEY_REPETITIONS:
        options->repetition_count =
            (int)cli_number(state, "--repetitions", arg, 1, BENCH_REPETITION_MAX);
        return 0;
    case KEY_MAKE_WORLD:
        options->only_make_servers = cli_number(state, "--make-world", arg, 1, 10000000);
        return 0;
    case 'q':
        options->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "bench takes no argument: '%s'", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static char *list_parts(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_EXTRA) {
        return (char *)text;
    }
    char *list = NULL;
    size_t byte_count = 0;
    FILE *file = open_memstream(&list, &byte_count);
    if (file == NULL) {
        return NULL;
    }
    fprintf(file, "Parts:\n");
    for (size_t i = 0; i < PART_COUNT; i++) {
        fprintf(file, "  %-8s %s\n", parts[i].name, parts[i].summary);
    }
    fclose(file);
    return list;
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .doc = "Measure how fast dcat is on this machine, beside its targets.\v"
           "Every figure is the median of repeated measurements with their range. Single-core "
           "figures are CPU time; start-up, compare and what two threads bring are wall time and "
           "want an idle machine. A missed target is shown and is no failure of the command.\n\n"
           "Example: dcat bench --only step --json",
    .help_filter = list_parts,
};

static dcat_status measure(bench *b, const bench_options *options, dcat_error *err)
{
    cli_progress progress = cli_progress_start("bench", options->quiet);
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < PART_COUNT; i++) {
        if (!options->any_chosen || options->chosen[i]) {
            status = parts[i].measure(b, err);
        }
        cli_progress_show(&progress, i + 1, PART_COUNT);
    }
    cli_progress_end(&progress);
    return status;
}

int dcat_cli_bench(int argc, char **argv)
{
    bench_options options = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0) {
        return 1;
    }
    dcat_error err = {0};
    if (options.only_make_servers > 0) {
        return cli_exit(bench_only_make_world(options.only_make_servers, &err), &err);
    }
    static bench b; // too large for a stack
    b.quick = options.quick;
    b.thread_count = omp_get_num_procs() >= 2 ? 2 : 1;
    b.repetition_count = options.quick ? REPETITIONS_QUICK : REPETITIONS_DEFAULT;
    if (options.repetition_count > 0) {
        b.repetition_count = options.repetition_count;
    }
    dcat_status status = measure(&b, &options, &err);
    if (status == DCAT_OK && options.json) {
        status = bench_print_json(&b, stdout, &err);
    } else if (status == DCAT_OK) {
        bench_print_text(&b, stdout);
    }
    bench_free(&b);
    return cli_exit(status, &err);
}
