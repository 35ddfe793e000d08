// SPDX-License-Identifier: Apache-2.0
// dcat-bench: how fast dcat is on this machine, beside the targets it is held against. `dcat bench`
// starts it.

#include "bench/bench.h"
#include "base/threads.h"

#include <argp.h>
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
    {"classes", bench_classes,
     "classes of work: an auction, and 100 000 servers with eight of them"},
    {"decide", bench_decide, "clustering decisions"},
    {"score", bench_score, "scoring by the network of a policy"},
    {"train", bench_train, "training: cycles/s, its floors, what two threads bring"},
};
#define PART_COUNT (sizeof parts / sizeof parts[0])

typedef struct bench_options {
    cli_options common;
    bool quick, all;
    bool chosen[PART_COUNT];
    bool any_chosen;
    int repetition_count;     // 0: the default
    size_t only_make_servers; // 0: no
    bool national, mixed;
    const char *profile; // Nullable: what to do once, for bench/profile.sh
} bench_options;

static dcat_status choose_part(void *command_options, char *name, dcat_error *err)
{
    bench_options *options = command_options;
    for (size_t i = 0; i < PART_COUNT; i++) {
        if (strcmp(name, parts[i].name) == 0) {
            options->chosen[i] = true;
            options->any_chosen = true;
            return DCAT_OK;
        }
    }
    char names[256] = "";
    for (size_t i = 0; i < PART_COUNT; i++) {
        size_t length = strlen(names);
        snprintf(names + length, sizeof names - length, " %s", parts[i].name);
    }
    return dcat_fail(err, DCAT_ERR_FIELD, "--only: no part is called '%s'; there are:%s", name,
                     names);
}

static const cli_option option_table[] = {
    {"json", 0, CLI_FLAG, NULL, CLI_AT(cli_options, json), .help = "Print the figures as JSON"},
    {"only", 0, CLI_OWN, "NAME", .set = choose_part, .help = "Measure this part only; repeatable"},
    {"all", 0, CLI_FLAG, NULL, CLI_AT(bench_options, all),
     .help = "More figures: all auctions, clusterers and estimators"},
    {"quick", 0, CLI_FLAG, NULL, CLI_AT(bench_options, quick),
     .help = "Two repetitions, smaller inputs: no result"},
    {"repetitions", 0, CLI_WHOLE, "N", CLI_AT(bench_options, repetition_count), .min = 1,
     .max = BENCH_REPETITION_MAX, .help = "Repetitions of every measurement (default 5)"},
    {"quiet", 'q', CLI_FLAG, NULL, CLI_AT(cli_options, quiet),
     .help = "Do not say what is being measured"},
    {"make-world", 0, CLI_WHOLE, "SERVERS", CLI_AT(bench_options, only_make_servers), .min = 1,
     .max = 1000000},
    {"national", 0, CLI_FLAG, NULL, CLI_AT(bench_options, national)},
    {"mixed", 0, CLI_FLAG, NULL, CLI_AT(bench_options, mixed)},
    {"profile", 0, CLI_TEXT, "WHAT", CLI_AT(bench_options, profile)},
    {0},
};

static dcat_status refuse_argument(void *options, const char *text, dcat_error *err)
{
    (void)options;
    return dcat_fail(err, DCAT_ERR_FIELD, "bench takes no argument: '%s'", text);
}

static void list_parts(FILE *file)
{
    fprintf(file, "Parts:\n");
    for (size_t i = 0; i < PART_COUNT; i++) {
        fprintf(file, "  %-8s %s\n", parts[i].name, parts[i].summary);
    }
}

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
    b->rows = options->common.json ? NULL : stdout;
    b->show = !options->common.quiet && isatty(STDERR_FILENO);
    b->start_s = cli_clock_s();
    threads_set_default(1); // what is for one core stays on it
}

static int run(void *command_options)
{
    const bench_options *options = command_options;
    dcat_error err = {0};
    static bench b; // too large for a stack
    prepare(&b, options);
    if (options->profile != NULL) {
        return cli_exit(
            bench_profile(options->profile, options->only_make_servers, options->national, &err),
            &err);
    }
    if (options->only_make_servers > 0) {
        size_t count = options->only_make_servers;
        return cli_exit(options->mixed ? bench_only_make_mixed(count, &err)
                                       : bench_only_make_world(count, options->national, &err),
                        &err);
    }
    if (b.rows != NULL) {
        bench_print_head(&b, b.rows);
    }
    dcat_status status = measure(&b, options, &err);
    if (status == DCAT_OK && options->common.json) {
        status = bench_print_json(&b, stdout, &err);
    } else if (status == DCAT_OK) {
        bench_print_verdict(&b, b.rows);
    }
    bench_free(&b);
    return cli_exit(status, &err);
}

static const cli_command command = {
    .name = "bench",
    .about =
        "Measure how fast dcat is on this machine, beside its targets.\v"
        "Every figure is the median of repeated measurements with their range. Single-core "
        "figures are CPU time; start-up, compare and what two threads bring are wall time and "
        "want an idle machine. A figure's /ratio says how many times faster it is than a "
        "straightforward version of the same. A missed target is shown and is no failure of "
        "the command. All of it takes five to ten minutes; a table shows its rows as they come.\n\n"
        "Example: dcat bench --only step --json",
    .more = list_parts,
    .own = option_table,
    .options_size = sizeof(bench_options),
    .argument = refuse_argument,
    .run = run,
};

int main(int argc, char **argv)
{
    argp_err_exit_status = 2;
    signal(SIGPIPE, SIG_IGN); // a closed pipe becomes a write error
    return cli_finish(cli_run(&command, argc, argv));
}
