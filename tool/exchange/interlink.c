// SPDX-License-Identifier: Apache-2.0
// dcat interlink: pods of a Kubernetes cluster become tasks of an exchange.
#include "exchange/interlink/interlink.h"
#include "tool/exchange/ending.h"
#include "tool/exchange/remote.h"

#include <time.h>

typedef struct interlink_command {
    remote_options remote; // first
    const char *area, *state;
    int port;
    double work_gigacycles, data_megabits, deadline_s;
} interlink_command;

#define AT(member) CLI_AT(interlink_command, member)
static const cli_option option_table[] = {
    {"area", 'a', CLI_TEXT, "NAME", AT(area),
     .help = "Where tasks of pods come from that do not say it (annotation dcat/area); needed"},
    {"port", 'p', CLI_WHOLE, "PORT", AT(port), .max = 65535, .standard = "4000",
     .help = "Of 127.0.0.1, where the interLink node asks (default: @; 0: a free one)"},
    {"state", 's', CLI_TEXT, "FILE", AT(state), .standard = "interlink.json",
     .help = "Which pod is which task, as JSON (default: @)"},
    {"work", 0, CLI_REAL, "GIGACYCLES", AT(work_gigacycles), .low = 1e-9, .high = 1e9,
     .standard = "1000", .help = "Work of a pod that does not say it (default: @)"},
    {"data", 0, CLI_REAL, "MEGABITS", AT(data_megabits), .high = 1e9, .standard = "0",
     .help = "Data of a pod that does not say it (default: @)"},
    {"deadline", 0, CLI_REAL, "SECONDS", AT(deadline_s), .low = 1e-6, .high = 3e7,
     .standard = "3600", .help = "Deadline of a pod that does not say it (default: @)"},
    {0},
};

static dcat_status check(void *options, dcat_error *err)
{
    const interlink_command *o = options;
    return o->area != NULL
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "where do tasks come from? Give --area NAME");
}

static int run(void *options)
{
    const interlink_command *o = options;
    client *c = NULL;
    int code = remote_open(&o->remote, &c);
    if (code != 0) {
        return code;
    }
    const interlink_config config = {.exchange = c,
                                     .port = o->port,
                                     .state = o->state,
                                     .area = o->area,
                                     .work_gigacycles = o->work_gigacycles,
                                     .data_megabits = o->data_megabits,
                                     .deadline_s = o->deadline_s};
    dcat_error err = {0};
    interlink *i = NULL;
    const atomic_bool *stop = ending_catch(0);
    dcat_status status = interlink_start(&config, &i, &err);
    if (status == DCAT_OK) {
        fprintf(stderr, "dcat: pods become tasks at http://127.0.0.1:%d\n", interlink_port(i));
    }
    while (status == DCAT_OK && !atomic_load(stop)) {
        nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    }
    interlink_stop(i);
    client_destroy(c);
    return ending_code(cli_exit(status, &err));
}

const cli_command cli_interlink = {
    .name = "interlink",
    .brief = "",
    .summary = "have pods of a Kubernetes cluster run as tasks",
    .about =
        "Answer the four calls of interLink's plug-in API (create, delete, status, getLogs) on "
        "127.0.0.1: a Kubernetes cluster whose virtual node points here buys computing on an "
        "exchange as the user of the key file.\v"
        "Example: dcat interlink --url http://127.0.0.1:8080 --key-file keys/alice.key "
        "--area Berlin",
    .own = option_table,
    CLI_REMOTE,
    .options_size = sizeof(interlink_command),
    .check = check,
    .run = run,
};
