// SPDX-License-Identifier: Apache-2.0
// dcat - the command line: finds the command and hands over.

#include "base/utf8.h"
#include "dcat/version.h"
#include "tool/cli.h"
#include "tool/ranks/ranks.h"
#ifdef DCAT_HAVE_SERVICE
#include "tool/exchange/remote.h"
#endif

#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const cli_command bench = {
    .name = "bench",
    .brief = "",
    .summary = "how fast dcat is on this machine, beside its targets",
};

static const cli_command *const commands[] = {
    &cli_compare,   &cli_suite,    &cli_simulate, &cli_train,   &cli_tune,      &cli_policy_show,
    &cli_reproduce, &cli_audit,    &cli_bound,    &cli_explain, &cli_cluster,   &cli_validate,
    &cli_scenarios, &cli_generate, &cli_import,   &bench,
#ifdef DCAT_HAVE_SERVICE
    &cli_replay,    &cli_report,   &cli_serve,    &cli_key,     &cli_agent,     &cli_submit,
    &cli_quote,     &cli_tasks,    &cli_task,     &cli_cancel,  &cli_account,   &cli_servers,
    &cli_ask,       &cli_exchange, &cli_users,    &cli_ledger,  &cli_interlink,
#endif
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_help(FILE *file)
{
    fprintf(file, "Usage: dcat COMMAND [OPTIONS]\n"
                  "The profit-aware broker for computing power networks: forms clusters of nearby\n"
                  "servers and auctions every task to one of them.\n\n"
                  "Commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(file, "  %-9s %-10s %s\n", commands[i]->name, commands[i]->brief,
                commands[i]->summary);
    }
    fprintf(file, "\nSCENARIO is the name of a shipped scenario or the path of a YAML file:\n");
    for (size_t i = 0; dcat_shipped_scenario_name(i) != NULL; i++) {
        fprintf(file, "  %-18s  %s\n", dcat_shipped_scenario_name(i),
                dcat_shipped_scenario_title(i));
    }
    fprintf(file,
            "\nA policy is written clusterer:auction, such as linkage:rea-s.\n\nClusterers:\n");
    for (size_t i = 0; i < dcat_clusterer_count(); i++) {
        fprintf(file, "  %-18s  %s\n", dcat_clusterer_at(i)->name, dcat_clusterer_at(i)->summary);
    }
    fprintf(file, "  %-18s  %s\n", "file=FILE", dcat_clusters_file_clusterer(NULL)->summary);
    fprintf(file, "  %-18s  %s\n", "plugin=FILE?ARGS",
            "from a plug-in of yours; so may an auction be");
    fprintf(file, "\nAuctions:\n");
    for (size_t i = 0; i < dcat_auction_count(); i++) {
        const dcat_auction *auction = dcat_auction_at(i);
        fprintf(file, "  %-18s  %s\n", auction->name, auction->summary);
    }
    fprintf(file,
            "\nTry: dcat compare paper          all of the paper's baselines, 20 worlds\n"
            "     dcat COMMAND --help         the options of a command\n"
            "     man dcat                    the manual\n\n"
            "compare, reproduce and train also run in several processes, on one machine or many:\n"
            "     mpirun -n 4 dcat compare paper\n\n"
            "Exit codes: 0 done, 1 the program or the machine failed, 2 the input is wrong,\n"
            "3 the exchange refused.\n");
}

#ifndef DCAT_HAVE_SERVICE
// Whether it is a command of the exchange, which this program was built without.
static bool is_left_out(const char *name)
{
    static const char *const names[] = {
        "replay", "report",  "serve",   "key", "agent",    "submit", "quote",  "tasks",    "task",
        "cancel", "account", "servers", "ask", "exchange", "users",  "ledger", "interlink"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}
#endif

static int unknown_command(const char *name)
{
#ifndef DCAT_HAVE_SERVICE
    if (is_left_out(name)) {
        fprintf(stderr,
                "dcat: '%s' is of the exchange, which this dcat was built without: it needs the "
                "packages of packages/service.txt\n",
                name);
        return 2;
    }
#endif
    char shown[64];
    snprintf(shown, sizeof shown, "%s", name);
    utf8_make_harmless(shown, strlen(shown));
    fprintf(stderr, "dcat: no command is called '%s'; there are:", shown);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(stderr, "%s %s", i == 0 ? "" : ",", commands[i]->name);
    }
    fprintf(stderr, "\nTry 'dcat --help'.\n");
    return 2;
}

// A command that does not divide its work would do all of it in every process.
static int refuse_several(const char *name)
{
    fprintf(stderr,
            "dcat: %s runs in one process, not in %d; compare, reproduce and train run in several "
            "(docs/many-machines.md)\n",
            name, cli_ranks()->count);
    return 2;
}

// The command sees "dcat COMMAND" as its name, so that its usage line reads right.
static int run_command(const cli_command *found, int argc, char **argv)
{
    if (cli_ranks() != NULL && !found->in_several) {
        return refuse_several(found->name);
    }
    char name[64];
    snprintf(name, sizeof name, "dcat %s", found->name);
    argv[1] = name;
    program_invocation_name = name;
    program_invocation_short_name = name;
    if (found == &bench) {
        cli_bench(argv + 1);
        return 1;
    }
    return cli_finish(cli_run(found, argc - 1, argv + 1));
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "help") == 0 && argc == 4 && strcmp(argv[2], "--options") == 0) {
        if (!cli_list_options(commands, COMMAND_COUNT, argv[3])) {
            fprintf(stderr,
                    "dcat: --options must be markdown, man, bash, zsh or commands, got '%s'\n",
                    argv[3]);
            return 2;
        }
        return cli_finish(0);
    }
    if (strcmp(argv[1], "help") == 0 && argc > 2) { // dcat help COMMAND, dcat help import KIND
        memmove(&argv[1], &argv[2], (size_t)(argc - 2) * sizeof *argv);
        argv[argc - 1] = (char[]){"--help"};
        return dispatch(argc, argv);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(cli_text());
        return cli_finish(0);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("dcat %s (%s, %s)\n", dcat_version(), dcat_commit(), dcat_build());
        return cli_finish(0);
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i]->name) == 0) {
            return run_command(commands[i], argc, argv);
        }
    }
    return unknown_command(argv[1]);
}

// Training loads OpenBLAS, which reads its environment then. Environments learn in parallel, so it
// starts no threads. Choice: the kernels for AVX2 on every processor that has it, so that machines
// train to the same bits; those for AVX-512 are 6 % faster, but write to what malloc returned
// without looking at it.
static void prepare_blas(void)
{
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        setenv("OPENBLAS_CORETYPE", "Haswell", 0);
    }
}

int main(int argc, char **argv)
{
    argp_err_exit_status = 2;
    cli_watch_output();
    signal(SIGXFSZ, SIG_IGN); // a file-size limit becomes a write error, too
    signal(SIGPIPE,
           SIG_IGN); // a closed pipe becomes a write error, and temporary files are removed
    prepare_blas();
    int code = cli_ranks_start(argc, argv);
    return cli_ranks_end(code == 0 ? dispatch(argc, argv) : code);
}
