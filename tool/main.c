// dcat - the command line: finds the command and hands over.

#include "cli.h"
#include "dcat/version.h"
#include "ranks.h"

#include <signal.h>
#include <string.h>

typedef struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage;
    const char *summary;
} command;

static const command commands[] = {
    {"compare", dcat_cli_compare, "SCENARIO", "policies side by side on the same arrivals"},
    {"simulate", dcat_cli_simulate, "SCENARIO", "one policy, with every task, cluster and server"},
    {"train", dcat_cli_train, "SCENARIO", "learn a policy for the clusterer a2c"},
    {"policy", dcat_cli_policy, "FILE", "what a policy file says of itself"},
    {"reproduce", dcat_cli_reproduce, "[FIGURE]", "the paper's evaluation, with intervals"},
    {"audit", dcat_cli_audit, "SCENARIO", "try to break what the auctions promise"},
    {"bound", dcat_cli_bound, "SCENARIO", "the most that anybody could earn, and a policy's share"},
    {"explain", dcat_cli_explain, "SCENARIO", "why one task went where it went"},
    {"cluster", dcat_cli_cluster, "SCENARIO", "the clusters of one cycle, as a table or a map"},
    {"validate", dcat_cli_validate, "SCENARIO", "check a scenario and say what was understood"},
    {"scenarios", dcat_cli_scenarios, "[NAME]", "list the shipped scenarios, or copy one to edit"},
    {"generate", dcat_cli_generate, "OPTIONS", "a synthetic country of any size, as a scenario"},
    {"import", dcat_cli_import, "KIND PATH", "turn outside data into the tables a scenario names"},
    {"bench", dcat_cli_bench, "", "how fast dcat is on this machine, beside its targets"},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_help(FILE *file)
{
    fprintf(file, "Usage: dcat COMMAND [OPTIONS]\n"
                  "The profit-aware broker for computing power networks: forms clusters of nearby\n"
                  "servers and auctions every task to one of them.\n\n"
                  "Commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(file, "  %-9s %-10s %s\n", commands[i].name, commands[i].usage,
                commands[i].summary);
    }
    fprintf(file, "\nSCENARIO is the name of a shipped scenario or the path of a YAML file:\n");
    for (size_t i = 0; dcat_shipped_scenario_name(i) != NULL; i++) {
        fprintf(file, "  %-20s %s\n", dcat_shipped_scenario_name(i),
                dcat_shipped_scenario_title(i));
    }
    fprintf(file,
            "\nA policy is written clusterer:auction, such as linkage:rea-s.\n\nClusterers:\n");
    for (size_t i = 0; i < dcat_clusterer_count(); i++) {
        fprintf(file, "  %-20s %s\n", dcat_clusterer_at(i)->name, dcat_clusterer_at(i)->summary);
    }
    fprintf(file, "\nAuctions:\n");
    for (size_t i = 0; i < dcat_auction_count(); i++) {
        const dcat_auction *auction = dcat_auction_at(i);
        fprintf(file, "  %-20s %s\n", auction->name, auction->summary);
    }
    fprintf(file,
            "\nTry: dcat compare paper          all of the paper's baselines, 20 worlds\n"
            "     dcat COMMAND --help         the options of a command\n"
            "     man dcat                    the manual\n\n"
            "compare, reproduce and train also run in several processes, on one machine or many:\n"
            "     mpirun -n 4 dcat compare paper\n\n"
            "Exit codes: 0 done, 1 the program or the machine failed, 2 the input is wrong.\n");
}

static int unknown_command(const char *name)
{
    fprintf(stderr, "dcat: no command is called '%s'; there are:", name);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(stderr, "%s %s", i == 0 ? "" : ",", commands[i].name);
    }
    fprintf(stderr, "\nTry 'dcat --help'.\n");
    return 2;
}

static bool runs_in_several(const char *name)
{
    return strcmp(name, "compare") == 0 || strcmp(name, "reproduce") == 0 ||
           strcmp(name, "train") == 0;
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
static int run_command(const command *found, int argc, char **argv)
{
    if (cli_ranks() != NULL && !runs_in_several(found->name)) {
        return refuse_several(found->name);
    }
    char name[64];
    snprintf(name, sizeof name, "dcat %s", found->name);
    argv[1] = name;
    program_invocation_name = name;
    program_invocation_short_name = name;
    return cli_finish(found->run(argc - 1, argv + 1));
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return cli_finish(0);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("dcat %s (%s, %s)\n", dcat_version(), dcat_commit(), dcat_build());
        return cli_finish(0);
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return run_command(&commands[i], argc, argv);
        }
    }
    return unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
    argp_err_exit_status = 2;
    signal(SIGPIPE,
           SIG_IGN); // a closed pipe becomes a write error, and temporary files are removed
    int code = cli_ranks_start(argc, argv);
    return cli_ranks_end(code == 0 ? dispatch(argc, argv) : code);
}
