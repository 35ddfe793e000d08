// SPDX-License-Identifier: Apache-2.0
// dcat report: a run folder in the console's components.
#include "exchange/http/files.h"
#include "tool/serve/serve.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

typedef struct report_options {
    cli_options common;
    const char *run, *listen; // run: Nullable
} report_options;

static const cli_option option_table[] = {
    {"serve", 0, CLI_TEXT, "RUN", CLI_AT(report_options, run),
     .help = "Folder that dcat simulate --out wrote"},
    {"listen", 0, CLI_TEXT, "ADDRESS:PORT", CLI_AT(report_options, listen),
     .standard = "127.0.0.1:0",
     .help = "Where to answer, on this machine (default: @; 0: a free port)"},
    {0},
};

static dcat_status check(void *options, dcat_error *err)
{
    const report_options *o = options;
    char path[4096];
    if (o->run == NULL) {
        return dcat_fail(err, DCAT_ERR_FIELD, "which run? Give --serve RUN");
    }
    if ((size_t)snprintf(path, sizeof path, "%s/cycles.csv", o->run) >= sizeof path ||
        access(path, R_OK) != 0) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND,
                         "%s: no run folder: there is no cycles.csv that can be read", o->run);
    }
    return DCAT_OK;
}

static int run(void *options)
{
    const report_options *o = options;
    dcat_error err = {0};
    char address[SERVE_ADDRESS];
    int port = 0;
    http_files *files = NULL;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); // before there are threads
    dcat_status status = serve_address(o->listen, address, &port, &err);
    if (status == DCAT_OK) {
        status = http_files_start(o->run, address, port, &files, &err);
    }
    if (status != DCAT_OK) {
        return cli_exit(status, &err);
    }
    printf("%s is shown at http://%s:%d, until Ctrl-C\n", o->run, address, http_files_port(files));
    fflush(stdout);
    int signal = 0;
    sigwait(&signals, &signal);
    http_files_stop(files);
    return 0;
}

const cli_command cli_report = {
    .name = "report",
    .brief = "",
    .summary = "open a run folder in a browser",
    .about =
        "Show a run in a browser, with the console's map, tables and charts: clusters cycle by "
        "cycle, servers over time, tasks, one task explained. Nothing leaves this machine.\v"
        "A page shows the tables that the run has; dcat simulate --tasks --clusters --servers "
        "--servers-by-cycle --network --bids --out RUN writes all of them.\n\n"
        "Example: dcat report --serve RUN",
    .own = option_table,
    .options_size = sizeof(report_options),
    .check = check,
    .run = run,
};
