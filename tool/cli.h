// cli.h - what the commands share: options, the scenario, progress, exit codes.
//
// Results go to standard output, progress and messages to standard error. Exit code 0: done,
// 2: the user's input is at fault, 1: the program or the machine is.

#ifndef DCAT_CLI_H
#define DCAT_CLI_H

#include "dcat/dcat.h"
#include "dcat/x/x.h"

#include <argp.h>
#include <stdio.h>

// --- options every command takes

typedef struct cli_options {
    const char *scenario;   // the argument
    const char **overrides; // [override_count] of --set
    size_t override_count;
    uint64_t seed;    // default 1
    const char *out;  // Nullable
    int thread_count; // 0: all cores
    bool json, force, quiet;
    const char **command; // [command_count] as typed, for manifests
    size_t command_count;
} cli_options;

// Parse a command line whose own options are in own (its parser's input is `input`, and it sees the
// keys of own only). Fills options; exits with 2 on misuse and 0 after --help. free with
// cli_options_free.
void cli_parse(const struct argp *own, void *input, int argc, char **argv, cli_options *options);
void cli_options_free(cli_options *options);

// A whole number of an option's argument in [min, max]; leaves with 2 and a message if it is not.
uint64_t cli_number(const struct argp_state *state, const char *option, const char *text,
                    uint64_t min, uint64_t max);

// --- failing

// Print "dcat: message" and return the exit code of a status; 0 and silence for DCAT_OK.
int cli_exit(dcat_status status, const dcat_error *err);

// Standard output could not be written (a full disk, a closed pipe): that is a failure too.
int cli_finish(int code);

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

double cli_clock_s(void);       // monotonic
double cli_clock(void *unused); // the same, as a callback

// --- other programs

// Where the program `name` is that was installed beside this one: true when there is one.
#define CLI_PATH_SIZE 4096
bool cli_beside(const char *name, char path[CLI_PATH_SIZE]);

// --- the commands: argv[0] is "dcat COMMAND"

int dcat_cli_validate(int argc, char **argv);
int dcat_cli_simulate(int argc, char **argv);
int dcat_cli_train(int argc, char **argv);
int dcat_cli_policy(int argc, char **argv);
int dcat_cli_audit(int argc, char **argv);
int dcat_cli_bench(int argc, char **argv);
int dcat_cli_bound(int argc, char **argv);
int dcat_cli_compare(int argc, char **argv);
int dcat_cli_cluster(int argc, char **argv);
int dcat_cli_explain(int argc, char **argv);
int dcat_cli_reproduce(int argc, char **argv);
int dcat_cli_generate(int argc, char **argv);
int dcat_cli_import(int argc, char **argv);
int dcat_cli_scenarios(int argc, char **argv);

#endif
