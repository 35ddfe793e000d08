// SPDX-License-Identifier: Apache-2.0
// cli.h - what the commands share: options, the scenario, progress, exit codes.
//
// Results go to standard output, progress and messages to standard error. Exit code 0: done,
// 2: the user's input is at fault, 1: the program or the machine is.

#ifndef DCAT_TOOL_CLI_H
#define DCAT_TOOL_CLI_H

#include "dcat/dcat.h"
#include "dcat/x/x.h"

#include "tool/option.h"

#include <stdio.h>

// --- options that commands share

// The beginning of every command's options.
typedef struct cli_options {
    const char *scenario; // the argument; other commands call it what it is
    cli_list overrides;   // of --set
    uint64_t seed;        // default 1
    const char *out;      // Nullable
    int thread_count;     // 0: all cores
    bool json, force, quiet;
    const char **command; // [command_count] as typed, for manifests
    size_t command_count;
    const cli_command *line; // that it was read for
    uint64_t given;          // cli_given
    char **argv;             // [argc] as handed in
    int argc, argument_at;   // argv[argument_at] is the argument that ended the options
} cli_options;

void cli_options_free(void *options);

// Whether the command line has the option.
bool cli_given(const cli_options *common, const char *name);

// What commands with a scenario take: the options, and the one argument.
extern const cli_option cli_common_options[];
#define CLI_SCENARIO                                                                               \
    .arguments = "SCENARIO", .brief = "SCENARIO", .common = cli_common_options,                    \
    .common_title = "Common options:", .takes = "scenario",                                        \
    .needs = "which scenario? Give a shipped name such as paper, or a path"

// Load it, with what --set overrides.
dcat_status cli_load(const cli_options *common, dcat_scenario **scenario, dcat_error *err);
// The same, and the world of --seed.
dcat_status cli_load_world(const cli_options *common, dcat_scenario **scenario, dcat_world **world,
                           dcat_error *err);

// --- failing

// Print "dcat: message" and return the exit code of a status; 0 and silence for DCAT_OK.
int cli_exit(dcat_status status, const dcat_error *err);

// Where to write text for people: what names and titles from files hold never reaches a terminal
// raw (control characters, marks of direction). It appears with cli_text_show, or at the end.
FILE *cli_text(void);
void cli_text_show(void);

// Standard output could not be written (a full disk, a closed pipe): that is a failure too.
int cli_finish(int code);

// Have that said also where the C library ends the process itself, as after --help.
void cli_watch_output(void);

// --- result folders

// The end of a folder that was made as status says, and a warning of what it lacks.
dcat_status cli_output_finish(dcat_output *output, dcat_status status, dcat_error *err);

// --- progress

// A bar with the time left on standard error; silent when that is no terminal, when quiet, and for
// the first two seconds. user of the callbacks is a cli_progress.
typedef struct cli_progress {
    const char *label;
    bool enabled;
    bool shown;
    double start_s, last_s;
} cli_progress;

cli_progress cli_progress_start(const char *label, bool quiet);
void cli_progress_show(void *user, size_t done, size_t total);
void cli_progress_end(cli_progress *progress);

// Columns of the terminal that standard output is, or of the environment's COLUMNS; 0: as many as
// it takes.
size_t cli_text_width(void);

// printf for sentences that count, with words as of number_agree().
void cli_counted(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

double cli_clock_s(void);       // monotonic
double cli_clock(void *unused); // the same, as a callback

// --- other programs

// Where the program `name` is that was installed beside this one: true when there is one.
#define CLI_PATH_SIZE 4096
bool cli_beside(const char *name, char path[CLI_PATH_SIZE]);

// --- the commands

extern const cli_command cli_compare, cli_simulate, cli_train, cli_policy_show, cli_reproduce,
    cli_audit, cli_bound, cli_explain, cli_cluster, cli_validate, cli_scenarios, cli_generate,
    cli_import, cli_tune, cli_suite;
#ifdef DCAT_HAVE_SERVICE
extern const cli_command cli_replay, cli_report, cli_serve, cli_key;
// dcat validate of the settings of an exchange: its exit code.
int serve_validate(const char *path, bool json);
#endif

// Print the options of all commands: as "markdown" or "man", as completions of "bash" or "zsh", or
// the names of the "commands" alone. False for another format.
bool cli_list_options(const cli_command *const *commands, size_t count, const char *format);

// dcat bench: becomes dcat-bench. Returns when there is no such program, with a message.
void cli_bench(char **argv);

#endif
