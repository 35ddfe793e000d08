// SPDX-License-Identifier: Apache-2.0
// dcat replay: apply the log of an exchange again and compare everything that stands in it.

#include "exchange/store/store.h"
#include "tool/cli.h"

#include <inttypes.h>
#include <sys/stat.h>

static const cli_option option_table[] = {
    {"json", 0, CLI_FLAG, NULL, CLI_AT(cli_options, json), .help = "Print JSON instead of text"},
    {"quiet", 'q', CLI_FLAG, NULL, CLI_AT(cli_options, quiet), .help = "No progress bar"},
    {0},
};

static void hex_of(const merkle_hash *hash, char text[2 * MERKLE_BYTES + 1])
{
    for (size_t i = 0; i < MERKLE_BYTES; i++) {
        snprintf(&text[2 * i], 3, "%02x", hash->byte[i]);
    }
}

static void print_json(const exchange_audit *audit, bool same)
{
    char root[2 * MERKLE_BYTES + 1];
    hex_of(&audit->root, root);
    printf("{\n  \"agrees\": %s,\n  \"events\": %" PRIu64 ",\n  \"events_of_older_rules\": %" PRIu64
           ",\n  \"tasks\": %" PRId64 ",\n  \"awards\": %" PRId64 ",\n  \"transfers\": %" PRId64
           ",\n",
           same ? "true" : "false", audit->events, audit->older, audit->tasks, audit->awards,
           audit->transfers);
    if (same) {
        printf("  \"root\": \"%s\"\n}\n", root);
    } else {
        printf("  \"first_wrong_event\": %" PRId64 "\n}\n", audit->wrong_seq);
    }
}

static void print_text(const exchange_audit *audit)
{
    char root[2 * MERKLE_BYTES + 1];
    hex_of(&audit->root, root);
    FILE *file = cli_text();
    fprintf(file,
            "%" PRIu64 " events applied again: %" PRId64 " tasks, %" PRId64 " awards, %" PRId64
            " transfers\n",
            audit->events, audit->tasks, audit->awards, audit->transfers);
    if (audit->older > 0) {
        fprintf(file, "%" PRIu64 " events of older rules: chain, transfers and balances compared\n",
                audit->older);
    }
    fprintf(file, "root, balances and awards agree\nroot %s\n", root);
}

// What is wrong with the log is its fault, not that of whoever asks.
static int found(const cli_options *common, const exchange_audit *audit, dcat_status status,
                 const dcat_error *err)
{
    bool wrong = status == DCAT_ERR_FORMAT || status == DCAT_ERR_INTERNAL;
    if (common->json && (status == DCAT_OK || wrong)) {
        print_json(audit, status == DCAT_OK);
    } else if (status == DCAT_OK) {
        print_text(audit);
    }
    int code = cli_exit(status, err);
    return wrong ? 1 : code;
}

static int run(void *options)
{
    const cli_options *common = options;
    struct stat folder;
    dcat_error err = {0};
    if (stat(common->scenario, &folder) != 0 || !S_ISDIR(folder.st_mode)) {
        return cli_exit(dcat_fail(&err, DCAT_ERR_NOT_FOUND, "%s is no folder", common->scenario),
                        &err);
    }
    cli_progress progress = cli_progress_start("events", common->quiet);
    exchange_audit audit = {.user = &progress, .progress = cli_progress_show};
    dcat_status status = exchange_store_audit(common->scenario, NULL, &audit, &err);
    cli_progress_end(&progress);
    return found(common, &audit, status, &err);
}

const cli_command cli_replay = {
    .name = "replay",
    .brief = "DIR",
    .summary = "apply an exchange's log again and compare all that stands in it",
    .arguments = "DIR",
    .about = "Apply every event of the exchange whose data is in DIR again: the same texts, roots, "
             "transfers, balances, awards and tasks must come out. The exchange must not run.\v"
             "Exit codes: 0 everything agrees, 1 something does not (the first wrong event is "
             "named), 2 there is no log in DIR, or an exchange works there.",
    .own = option_table,
    .options_size = sizeof(cli_options),
    .takes = "data",
    .needs = "which exchange? Give its data folder",
    .run = run,
};
