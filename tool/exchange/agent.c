// SPDX-License-Identifier: Apache-2.0
// dcat agent: a provider's side of an exchange.
#include "exchange/agent/agent.h"
#include "tool/exchange/agent_init.h"
#include "tool/exchange/ending.h"
#include "tool/exchange/remote.h"

#include <string.h>

typedef struct agent_command {
    cli_options common;
    const char *config;
    bool check, benchmark;
    int parent;
    agent_init init;
} agent_command;

static const cli_option option_table[] = {
    {"config", 'c', CLI_TEXT, "FILE", CLI_AT(agent_command, config),
     .help = "What the agent is told, as YAML (docs/agent.md); needed, but of init"},
    {"check", 0, CLI_FLAG, NULL, CLI_AT(agent_command, check), .help = "Only check the file"},
    {"benchmark", 0, CLI_FLAG, NULL, CLI_AT(agent_command, benchmark),
     .help = "Run the benchmarks of all servers, hand in the signed results, and end"},
    {"quiet", 'q', CLI_FLAG, NULL, CLI_AT(agent_command, common.quiet),
     .help = "Log warnings and errors only"},
    {"from-slurm", 0, CLI_TEXT, "PATH", CLI_AT(agent_command, init.from_slurm),
     .help = "Of init: what scontrol or sinfo printed, or what dcat import slurm made of it; "
             "needed"},
    {"out", 'o', CLI_TEXT, "FILE", CLI_AT(agent_command, common.out), .standard = "agent.yaml",
     .help = "Of init: where to write (default @)"},
    {"force", 'f', CLI_FLAG, NULL, CLI_AT(agent_command, common.force),
     .help = "Of init: replace an existing file"},
    {"url", 0, CLI_TEXT, "URL", CLI_AT(agent_command, init.url),
     .standard = "http://127.0.0.1:8080", .help = "Of init: where the exchange is (default @)"},
    {"key-file", 0, CLI_TEXT, "FILE", CLI_AT(agent_command, init.key_file),
     .standard = "keys/provider.key",
     .help = "Of init: the bearer key, from the file on (default @)"},
    {"sign-key", 0, CLI_TEXT, "FILE", CLI_AT(agent_command, init.sign_key_file),
     .standard = "keys/provider.sign",
     .help = "Of init: the signing key, from the file on (default @)"},
    {"partition", 0, CLI_TEXT, "NAME", CLI_AT(agent_command, init.partition),
     .help = "Of init: where jobs are submitted (default: Slurm's own)"},
    {"run-as", 0, CLI_TEXT, "USER", CLI_AT(agent_command, init.run_as),
     .help = "Of init: who runs payloads (default: who runs the agent; of root nobody)"},
    {"core-ghz", 0, CLI_REAL, "X", CLI_AT(agent_command, init.core_ghz), .low = 1e-9, .high = 1e6,
     .standard = "2.5", .help = "Of init: speed of a core of which nothing is said (default @)"},
    {"units", 0, CLI_FLAG, NULL, CLI_AT(agent_command, init.units),
     .help = "Of init: GPUs as units, for an exchange with classes of work"},
    {"with-parent", 0, CLI_WHOLE, "PID", CLI_AT(agent_command, parent), .max = INT32_MAX},
    {0},
};

static bool is_init(const agent_command *o)
{
    return o->common.scenario != NULL;
}

static dcat_status check(void *options, dcat_error *err)
{
    static const char *const of_init[] = {"from-slurm", "out",    "force",    "url",   "key-file",
                                          "sign-key",   "run-as", "core-ghz", "units", "partition"};
    const agent_command *o = options;
    if (is_init(o) && strcmp(o->common.scenario, "init") != 0) {
        return dcat_fail(err, DCAT_ERR_FIELD, "there is 'dcat agent init', got '%.40s'",
                         o->common.scenario);
    }
    if (is_init(o) && (o->config != NULL || o->check || o->benchmark)) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "init writes --out FILE: --config, --check and --benchmark are not of it");
    }
    if (is_init(o)) {
        return o->init.from_slurm != NULL
                   ? DCAT_OK
                   : dcat_fail(err, DCAT_ERR_FIELD, "init of what? Give --from-slurm PATH");
    }
    for (size_t i = 0; i < sizeof of_init / sizeof *of_init; i++) {
        if (cli_given(&o->common, of_init[i])) {
            return dcat_fail(err, DCAT_ERR_FIELD, "--%s is of init", of_init[i]);
        }
    }
    return o->config != NULL ? DCAT_OK
                             : dcat_fail(err, DCAT_ERR_FIELD, "which servers? Give --config FILE");
}

static dcat_status load(const char *path, agent_config **config, dcat_error *err)
{
    dcat_status status = agent_config_load(path, config, err);
    dcat_error why = {0};
    if (status == DCAT_OK && client_url_check((*config)->url, &why) != DCAT_OK) {
        status = dcat_fail(err, why.status, "%s: exchange.url: %s", path, why.message);
    }
    return status;
}

static int run(void *options)
{
    const agent_command *o = options;
    if (is_init(o)) {
        return agent_init_run(&o->common, &o->init);
    }
    agent_config *config = NULL;
    dcat_error err = {0};
    dcat_status status = load(o->config, &config, &err);
    if (status != DCAT_OK || o->check) {
        agent_config_free(config);
        return cli_exit(status, &err);
    }
    agent_options how = {
        .stop = ending_catch(o->parent), .log = stderr, .errors_only = o->common.quiet};
    status =
        o->benchmark ? agent_benchmark(config, &how, stdout, &err) : agent_run(config, &how, &err);
    agent_config_free(config);
    int code = cli_exit(status, &err);
    return how.refused ? REMOTE_REFUSED : ending_code(code);
}

const cli_command cli_agent = {
    .name = "agent",
    .brief = "",
    .summary = "offer servers to an exchange and run what they are awarded",
    .about =
        "Offer servers to an exchange, run what they are awarded, hand in signed receipts: the "
        "provider's side. Ends with Ctrl-C or SIGTERM; payloads that run are found again by the "
        "next agent. What happens is logged to standard error as lines of JSON. Back ends of "
        "servers: sim (sleeps), process (processes of this machine), slurm (jobs of Slurm), oci "
        "(containers). 'init' writes the settings of an agent for the nodes of a Slurm cluster.\v"
        "Example: dcat agent --config agent.yaml\n\n"
        "  scontrol show node -o > nodes.txt\n"
        "  dcat agent init --from-slurm nodes.txt",
    .arguments = "[init]",
    .own = option_table,
    .options_size = sizeof(agent_command),
    .takes = "action",
    .check = check,
    .run = run,
};
