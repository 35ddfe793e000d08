// SPDX-License-Identifier: Apache-2.0
#include "tool/policy.h"
#include "dcat/x/policy_file.h"

#include <stdlib.h>
#include <string.h>

// Parsed as a whole policy with the other half as it stands, so the messages are the same.
static dcat_status take_half(dcat_policy *policy, const char *clusterer, const char *auction,
                             dcat_error *err)
{
    char text[128];
    snprintf(text, sizeof text, "%s:%s", clusterer, auction);
    return dcat_policy_parse(text, policy, err);
}

dcat_status cli_set_clusterer(void *chosen, char *name, dcat_error *err)
{
    dcat_policy *policy = &((cli_policy *)chosen)->policy;
    return take_half(policy, name, policy->auction != NULL ? policy->auction->name : "rea-s", err);
}

dcat_status cli_set_auction(void *chosen, char *name, dcat_error *err)
{
    dcat_policy *policy = &((cli_policy *)chosen)->policy;
    return take_half(policy, policy->clusterer != NULL ? policy->clusterer->name : "linkage", name,
                     err);
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
