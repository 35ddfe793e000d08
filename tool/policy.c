// SPDX-License-Identifier: Apache-2.0
#include "tool/policy.h"
#include "dcat/x/clusters_file.h"
#include "dcat/x/model.h"
#include "dcat/x/policy_file.h"
#include "dcat/x/ranges.h"

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

// The clusterer `file` is no row of the library's table: it is nothing without a table of its own.
static bool is_file_clusterer(const cli_policy *chosen)
{
    return chosen->policy.clusterer == dcat_clusters_file_clusterer(chosen->clusters);
}

static dcat_status need_clusters(dcat_error *err)
{
    return dcat_fail(err, DCAT_ERR_FIELD, "clusterer file needs its table: file=clusters.csv");
}

dcat_status cli_set_clusterer(void *chosen, char *name, dcat_error *err)
{
    dcat_policy *policy = &((cli_policy *)chosen)->policy;
    if (strcmp(name, "file") == 0) {
        return need_clusters(err);
    }
    if (cli_plugin_is(name)) {
        return cli_plugin_clusterer(&((cli_policy *)chosen)->plugged, name, policy, err);
    }
    if (strncmp(name, "file=", 5) == 0) {
        char text[4096 + 64];
        if (strlen(name) >= 4096) {
            return dcat_fail(err, DCAT_ERR_RANGE, "--clusterer: the name of the file is too long");
        }
        snprintf(text, sizeof text, "%s:%s", name,
                 policy->auction != NULL ? policy->auction->name : "rea-s");
        return cli_policy_parse(chosen, text, err);
    }
    dcat_policy named = {0};
    dcat_status status = take_half(&named, name, "rea-s", err);
    if (status == DCAT_OK) {
        policy->clusterer = named.clusterer;
        policy->auction = policy->auction != NULL ? policy->auction : named.auction;
    }
    return status;
}

dcat_status cli_set_auction(void *chosen, char *name, dcat_error *err)
{
    cli_policy *whole = chosen;
    dcat_policy *policy = &whole->policy;
    if (cli_plugin_is(name)) {
        return cli_plugin_auction(&whole->plugged, name, policy, err);
    }
    dcat_policy named = {0};
    dcat_status status = take_half(&named, "linkage", name, err);
    if (status == DCAT_OK) {
        policy->auction = named.auction;
        policy->clusterer = policy->clusterer != NULL ? policy->clusterer : named.clusterer;
    }
    return status;
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

// "K:A" where one of them or both are plug-ins. The last colon divides, but for a plug-in behind
// it.
static dcat_status parse_plugged(cli_policy *chosen, char *text, dcat_error *err)
{
    char *colon = strstr(text, ":" DCAT_PLUGIN_PREFIX);
    colon = colon != NULL ? colon : strrchr(text, ':');
    if (colon == NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "a policy is written clusterer:auction, such as plugin=./mine.so:rea-s; "
                         "got '%s'",
                         text);
    }
    *colon = '\0';
    chosen->policy.clusterer = NULL;
    dcat_status status = cli_set_clusterer(chosen, text, err);
    return status == DCAT_OK ? cli_set_auction(chosen, colon + 1, err) : status;
}

dcat_status cli_policy_parse(cli_policy *chosen, char *text, dcat_error *err)
{
    if (cli_plugin_is(text) || strstr(text, ":" DCAT_PLUGIN_PREFIX) != NULL) {
        return parse_plugged(chosen, text, err);
    }
    char *equals = strchr(text, '=');
    char *colon = strrchr(text, ':');
    bool own_file = equals != NULL && colon != NULL && equals < colon;
    if (strncmp(text, "file:", 5) == 0) {
        return need_clusters(err);
    }
    if (!own_file) {
        return dcat_policy_parse(text, &chosen->policy, err);
    }
    *colon = '\0';
    char *file = strdup(equals + 1);
    *equals = '\0';
    char plain[128];
    bool clusters = strcmp(text, "file") == 0;
    snprintf(plain, sizeof plain, "%s:%s", clusters ? "single" : text, colon + 1);
    dcat_status status = file == NULL ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory") : DCAT_OK;
    if (status == DCAT_OK) {
        status = dcat_policy_parse(plain, &chosen->policy, err);
    }
    if (status == DCAT_OK && clusters) {
        chosen->policy.clusterer = dcat_clusters_file_clusterer(NULL);
    }
    if (status == DCAT_OK && !chosen->policy.clusterer->needs_model) {
        status = dcat_fail(err, DCAT_ERR_FIELD, "clusterer %s takes no policy file, got '%s'",
                           chosen->policy.clusterer->name, file);
    }
    if (status != DCAT_OK) {
        free(file);
        return status;
    }
    free(chosen->own_file);
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
    if (!chosen->policy.clusterer->needs_model || is_file_clusterer(chosen) ||
        chosen->plugged.clusterer != NULL) {
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
    dcat_actor_set_guard_tasks(chosen->actor, chosen->guard_tasks);
    chosen->policy.model = chosen->actor;
    return DCAT_OK;
}

// The same of the queue rule.
static void remark_on_queue(const cli_policy *chosen, const dcat_scenario *scenario)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    const dcat_actor_origin *learned = dcat_actor_origin_view(chosen->actor);
    dcat_queue_rule queue = dcat_scenario_queue(scenario);
    if (learned->queue != queue) {
        fprintf(
            stderr, "note: %s learned under `market.queue: %s` (on %.*s) and decides under `%s`\n",
            chosen->file, dcat_queue_rule_name(learned->queue),
            (int)strspn(learned->scenario, plain), learned->scenario, dcat_queue_rule_name(queue));
    }
}

dcat_status cli_policy_bind(cli_policy *chosen, const dcat_scenario *scenario, bool quiet,
                            dcat_error *err)
{
    if (chosen->actor != NULL && chosen->file != NULL && !quiet) {
        remark_on_queue(chosen, scenario);
    }
    if (!is_file_clusterer(chosen)) {
        return DCAT_OK;
    }
    dcat_status status = dcat_clusters_file_read(scenario, chosen->file, &chosen->clusters, err);
    if (status == DCAT_OK) {
        chosen->policy.clusterer = dcat_clusters_file_clusterer(chosen->clusters);
        chosen->policy.model = chosen->clusters;
    }
    return status;
}

static const char *ranges_of(const cli_policy *chosen)
{
    return chosen->actor != NULL ? dcat_actor_origin_view(chosen->actor)->ranges : "";
}

// Shipped actors count as one when they learned on the same.
static bool is_said(const cli_policy *chosen, size_t index)
{
    for (size_t p = 0; p < index; p++) {
        const char *one = chosen[p].file, *other = chosen[index].file;
        bool same = one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
        if (same && strcmp(ranges_of(&chosen[p]), ranges_of(&chosen[index])) == 0) {
            return true;
        }
    }
    return false;
}

int cli_policy_outside(const cli_policy *chosen, const dcat_scenario *scenario, char *text,
                       size_t size)
{
    const dcat_ranges here = dcat_scenario_ranges(scenario);
    const dcat_ranges learned = dcat_ranges_read(ranges_of(chosen));
    return chosen->actor != NULL ? dcat_ranges_outside(&learned, &here, text, size) : 0;
}

void cli_policies_remark(const cli_policy *chosen, size_t count, const dcat_scenario *scenario)
{
    for (size_t p = 0; p < count; p++) {
        char text[1024];
        if (!is_said(chosen, p) &&
            cli_policy_outside(&chosen[p], scenario, text, sizeof text) > 0) {
            fprintf(stderr, "note: %s did not learn on such values: %s\n",
                    chosen[p].file != NULL ? chosen[p].file : "a2c as shipped", text);
        }
    }
}

void cli_policy_free(cli_policy *chosen)
{
    dcat_clusters_file_destroy(chosen->clusters);
    dcat_actor_destroy(chosen->actor);
    free(chosen->own_file);
    cli_plugged_free(&chosen->plugged);
    *chosen = (cli_policy){0};
}
