// dcat-bench: how fast dcat is on this machine, beside the targets it is held against. `dcat bench`
// starts it.

#include "bench/bench.h"
#include "base/threads.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

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
    {"world", bench_world, "making worlds of up to 100 000 servers: time, memory, neighbours"},
    {"auction", bench_auction, "one auction of 18 bidders"},
    {"draw", bench_draw, "drawing the tasks of the scenario paper"},
    {"step", bench_step, "slot steps of the scenario paper"},
    {"large", bench_large, "slot steps of 10 000 and 100 000 servers, growth of cost"},
    {"decide", bench_decide, "clustering decisions"},
    {"score", bench_score, "scoring by the network of a policy"},
    {"train", bench_train, "training: cycles/s, its floors, what two threads bring"},
};
#define PART_COUNT (sizeof parts / sizeof parts[0])

typedef struct bench_options {
    bool json, quick, all, quiet;
    bool chosen[PART_COUNT];
    bool any_chosen;
    int repetition_count;     // 0: the default
    size_t only_make_servers; // 0: no
    bool national;
    const char *profile; // Nullable: what to do once, for bench/profile.sh
} bench_options;

enum {
    KEY_JSON = 0x100,
    KEY_ONLY,
    KEY_ALL,
    KEY_QUICK,
    KEY_REPETITIONS,
    KEY_MAKE,
    KEY_NATIONAL,
    KEY_PROFILE
};

static const struct argp_option option_table[] = {
    {"json", KEY_JSON, NULL, 0, "Print the figures as JSON", 0},
    {"only", KEY_ONLY, "NAME", 0, "Measure this part only; repeatable", 0},
    {"all", KEY_ALL, NULL, 0, "More figures: all auctions, clusterers and estimators", 0},
    {"quick", KEY_QUICK, NULL, 0, "Two repetitions, smaller inputs: no result", 0},
    {"repetitions", KEY_REPETITIONS, "N", 0, "Repetitions of every measurement (default 5)", 0},
    {"quiet", 'q', NULL, 0, "Do not say what is being measured", 0},
    {"make-world", KEY_MAKE, "SERVERS", OPTION_HIDDEN, NULL, 0},
    {"national", KEY_NATIONAL, NULL, OPTION_HIDDEN, NULL, 0},
    {"profile", KEY_PROFILE, "WHAT", OPTION_HIDDEN, NULL, 0},
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
    case KEY_ALL:
        options->all = true;
        return 0;
    case KEY_QUICK:
        options->quick = true;
        return 0;
    case KEY_REPETITIONS:
        options->repetition_count =
            (int)cli_number(state, "--repetitions", arg, 1, BENCH_REPETITION_MAX);
        return 0;
    case KEY_MAKE:
        options->only_make_servers = cli_number(state, "--make-world", arg, 1, 1000000);
        return 0;
    case KEY_NATIONAL:
        options->national = true;
        return 0;
    case KEY_PROFILE:
        options->profile = arg;
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
    .doc =
        "Measure how fast dcat is on this machine, beside its targets.\v"
        "Every figure is the median of repeated measurements with their range. Single-core "
        "figures are CPU time; start-up, compare and what two threads bring are wall time and "
        "want an idle machine. A figure's /ratio says how many times faster it is than a "
        "straightforward version of the same. A missed target is shown and is no failure of "
        "the command. All of it takes five to ten minutes; a table shows its rows as they come.\n\n"
        "Example: dcat bench --only step --json",
    .help_filter = list_parts,
};

static dcat_status measure(bench *b, const bench_options *options, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    b->part_count = 0;
    for (size_t i = 0; i < PART_COUNT; i++) {
        b->part_count += !options->any_chosen || options->chosen[i];
    }
    for (size_t i = 0; status == DCAT_OK && i < PART_COUNT; i++) {
        if (b->rows != NULL && ferror(b->rows)) {
            break; // nobody reads on, which cli_finish says
        }
        if (!options->any_chosen || options->chosen[i]) {
            b->part = parts[i].name;
            b->part_number++;
            status = parts[i].measure(b, err);
        }
    }
    bench_hide(b);
    return status;
}

static void prepare(bench *b, const bench_options *options)
{
    b->quick = options->quick;
    b->all = options->all;
    b->thread_count = threads_core_count() >= 2 ? 2 : 1;
    b->repetition_count = options->quick ? REPETITIONS_QUICK : REPETITIONS_DEFAULT;
    if (options->repetition_count > 0) {
        b->repetition_count = options->repetition_count;
    }
    b->rows = options->json ? NULL : stdout;
    b->show = !options->quiet && isatty(STDERR_FILENO);
    b->start_s = cli_clock_s();
    threads_set_default(1); // what is for one core stays on it
}

static int run(int argc, char **argv)
{
    bench_options options = {0};
    if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0) {
        return 1;
    }
    dcat_error err = {0};
    static bench b; // too large for a stack
    prepare(&b, &options);
    if (options.profile != NULL) {
        return cli_exit(
            bench_profile(options.profile, options.only_make_servers, options.national, &err),
            &err);
    }
    if (options.only_make_servers > 0) {
        return cli_exit(bench_only_make_world(options.only_make_servers, options.national, &err),
                        &err);
    }
    if (b.rows != NULL) {
        bench_print_head(&b, b.rows);
    }
    dcat_status status = measure(&b, &options, &err);
    if (status == DCAT_OK && options.json) {
        status = bench_print_json(&b, stdout, &err);
    } else if (status == DCAT_OK) {
        bench_print_verdict(&b, b.rows);
    }
    bench_free(&b);
    return cli_exit(status, &err);
}

int main(int argc, char **argv)
{
    argp_err_exit_status = 2;
    signal(SIGPIPE, SIG_IGN); // a closed pipe becomes a write error
    return cli_finish(run(argc, argv));
}
