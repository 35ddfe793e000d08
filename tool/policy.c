#include "policy.h"
#include "dcat/x/policy_file.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE_MAX 65536

cli_policy cli_policy_default(void)
{
    return (cli_policy){.policy = {.clusterer = dcat_clusterer_find("linkage"),
                                   .auction = dcat_auction_find("rea-s")}};
}

// Parsed as a whole policy with the other half as it stands, so the messages are the same.
static void take_half(dcat_policy *policy, bool clusterer, const char *arg,
                      const struct argp_state *state)
{
    char text[128];
    snprintf(text, sizeof text, "%s:%s", clusterer ? arg : policy->clusterer->name,
             clusterer ? policy->auction->name : arg);
    dcat_error err = {0};
    if (dcat_policy_parse(text, policy, &err) != DCAT_OK) {
        argp_error(state, "%s", err.message);
    }
}

bool cli_policy_option(cli_policy *chosen, int key, const char *arg, const struct argp_state *state)
{
    switch (key) {
    case CLI_KEY_CLUSTERER:
    case CLI_KEY_AUCTION:
        take_half(&chosen->policy, key == CLI_KEY_CLUSTERER, arg, state);
        return true;
    case CLI_KEY_POLICY:
        chosen->file = arg;
        return true;
    case CLI_KEY_SAMPLES:
        chosen->sample_count = (int)cli_number(state, "--samples", arg, 0, SAMPLE_MAX);
        return true;
    default:
        return false;
    }
}

// "a2c=" and the file's name without folders and ending.
static void name_after_file(cli_policy *chosen)
{
    const char *slash = strrchr(chosen->file, '/');
    const char *base = slash != NULL ? slash + 1 : chosen->file;
    size_t length = strcspn(base, ".");
    snprintf(chosen->name, sizeof chosen->name, "%s=%.*s", chosen->policy.clusterer->name,
             (int)(length < 32 ? length : 32), base);
    chosen->policy.name = chosen->name;
}

dcat_status cli_policy_parse(cli_policy *chosen, char *text, dcat_error *err)
{
    char *equals = strchr(text, '=');
    char *colon = strrchr(text, ':');
    bool own_file = equals != NULL && colon != NULL && equals < colon;
    if (!own_file) {
        return dcat_policy_parse(text, &chosen->policy, err);
    }
    *colon = '\0';
    char *file = strdup(equals + 1);
    *equals = '\0';
    char plain[128];
    snprintf(plain, sizeof plain, "%s:%s", text, colon + 1);
    dcat_status status = file == NULL ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory") : DCAT_OK;
    if (status == DCAT_OK) {
        status = dcat_policy_parse(plain, &chosen->policy, err);
    }
    if (status == DCAT_OK && !chosen->policy.clusterer->needs_model) {
        status = dcat_fail(err, DCAT_ERR_FIELD, "clusterer %s takes no policy file, got '%s'",
                           chosen->policy.clusterer->name, file);
    }
    if (status != DCAT_OK) {
        free(file);
        return status;
    }
    chosen->file = chosen->own_file = file;
    name_after_file(chosen);
    return DCAT_OK;
}

// Learning under one mechanism and deciding for another is allowed, and rarely meant.
static void remark(const cli_policy *chosen)
{
    const dcat_auction *learned = dcat_actor_origin_view(chosen->actor)->auction;
    if (learned != chosen->policy.auction) {
        fprintf(stderr, "note: %s learned under %s and decides for %s\n", chosen->file,
                learned->name, chosen->policy.auction->name);
    }
}

dcat_status cli_policy_load(cli_policy *chosen, bool quiet, dcat_error *err)
{
    if (!chosen->policy.clusterer->needs_model) {
        return DCAT_OK;
    }
    dcat_status status = chosen->file != NULL
                             ? dcat_actor_load(chosen->file, &chosen->actor, err)
                             : dcat_actor_shipped(chosen->policy.auction, &chosen->actor, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (chosen->file != NULL && !quiet) {
        remark(chosen);
    }
    dcat_actor_set_sample_count(chosen->actor, chosen->sample_count);
    chosen->policy.model = chosen->actor;
    return DCAT_OK;
}

void cli_policy_free(cli_policy *chosen)
{
    dcat_actor_destroy(chosen->actor);
    free(chosen->own_file);
    *chosen = (cli_policy){0};
}
