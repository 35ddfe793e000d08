// SPDX-License-Identifier: Apache-2.0
// dcat policy: what a policy file says of itself.

#include "dcat/x/policy_file.h"
#include "tool/cli.h"

#include <string.h>
#include <sys/stat.h>

static const cli_option option_table[] = {
    {"json", 0, CLI_FLAG, NULL, CLI_AT(cli_options, json), .help = "Print it as JSON"},
    {0},
};

#define SHIPPED "shipped:"

static dcat_status load_shipped(const char *name, dcat_policy_card *card, dcat_error *err)
{
    const dcat_auction *auction = dcat_auction_find(name);
    if (auction == NULL) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND,
                         "no auction is called '%s', so no policy is shipped for it", name);
    }
    return dcat_actor_shipped(auction, &card->actor, err);
}

static dcat_status load(dcat_policy_card *card, dcat_error *err)
{
    if (strncmp(card->file, SHIPPED, strlen(SHIPPED)) == 0) {
        return load_shipped(card->file + strlen(SHIPPED), card, err);
    }
    dcat_status status = dcat_actor_load(card->file, &card->actor, err);
    struct stat info;
    if (status == DCAT_OK && stat(card->file, &info) == 0) {
        card->byte_count = (uint64_t)info.st_size;
    }
    return status;
}

static int run(void *options)
{
    const cli_options *common = options;
    dcat_policy_card card = {.file = common->scenario};
    dcat_error err = {0};
    dcat_status status = load(&card, &err);
    if (status == DCAT_OK && common->json) {
        status = dcat_write_policy_json(&card, stdout, &err);
    } else if (status == DCAT_OK) {
        dcat_write_policy_text(&card, cli_text());
    }
    dcat_actor_destroy(card.actor);
    return cli_exit(status, &err);
}

const cli_command cli_policy_show = {
    .name = "policy",
    .brief = "FILE",
    .summary = "what a policy file says of itself",
    .arguments = "FILE",
    .about =
        "Say what a policy is: what it learned on, how, and its networks.\v"
        "FILE is what dcat train wrote (its checkpoint too), or shipped:rea or shipped:rea-s for "
        "the policies that dcat brings with it.\n\n"
        "Example: dcat policy shipped:rea-s",
    .own = option_table,
    .options_size = sizeof(cli_options),
    .takes = "policy",
    .needs = "which policy? Give a file, or shipped:AUCTION",
    .run = run,
};
