// SPDX-License-Identifier: Apache-2.0
#include "tool/plugin/plugin.h"

#include "dcat/x/file.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One a policy's half; more than COMPARISON_POLICY_MAX policies are refused before.
#define PLUGIN_MAX 128

static dcat_manifest_plugin noted[PLUGIN_MAX];
static size_t noted_count;

bool cli_plugin_is(const char *text)
{
    return strncmp(text, DCAT_PLUGIN_PREFIX, strlen(DCAT_PLUGIN_PREFIX)) == 0;
}

const dcat_manifest_plugin *cli_plugins(size_t *count)
{
    *count = noted_count;
    return noted;
}

static bool is_noted(const dcat_manifest_plugin *plugin)
{
    for (size_t i = 0; i < noted_count; i++) {
        if (memcmp(&noted[i], plugin, sizeof *plugin) == 0) {
            return true;
        }
    }
    return false;
}

// The file's hash and what follows its path: for the manifest, and as the text that identifies it.
static dcat_status note(const char *text, char **identity, dcat_error *err)
{
    dcat_manifest_plugin plugin;
    memset(&plugin, 0, sizeof plugin);
    const char *from = text + strlen(DCAT_PLUGIN_PREFIX);
    size_t length = strcspn(from, "#?");
    if (length >= sizeof plugin.path || strlen(from + length) >= sizeof plugin.arguments) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "the name of a plug-in or its arguments are too long");
    }
    memcpy(plugin.path, from, length);
    memcpy(plugin.arguments, from + length, strlen(from + length));
    dcat_status status = dcat_file_sha256(plugin.path, plugin.sha256, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (!is_noted(&plugin) && noted_count < PLUGIN_MAX) {
        noted[noted_count++] = plugin;
    }
    free(*identity);
    *identity = NULL;
    return asprintf(identity, "%s%s", plugin.sha256, plugin.arguments) < 0
               ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory")
               : DCAT_OK;
}

static dcat_status named(const char *text, dcat_status status, const dcat_error *inner,
                         dcat_error *err)
{
    return status == DCAT_OK ? DCAT_OK : dcat_fail(err, status, "%.100s: %s", text, inner->message);
}

dcat_status cli_plugin_clusterer(cli_plugged *plugged, const char *text, dcat_policy *policy,
                                 dcat_error *err)
{
    dcat_plugged_clusterer *made = NULL;
    dcat_error inner = {0};
    dcat_status status =
        dcat_plugged_clusterer_load(text + strlen(DCAT_PLUGIN_PREFIX), &made, &inner);
    if (status == DCAT_OK) {
        dcat_plugged_clusterer_close(plugged->clusterer);
        plugged->clusterer = made;
        policy->clusterer = dcat_plugged_clusterer_row(made);
        policy->model = made;
        status = note(text, &plugged->identity[0], &inner);
    }
    return named(text, status, &inner, err);
}

dcat_status cli_plugin_auction(cli_plugged *plugged, const char *text, dcat_policy *policy,
                               dcat_error *err)
{
    dcat_plugged_auction *made = NULL;
    dcat_error inner = {0};
    dcat_status status =
        dcat_plugged_auction_load(text + strlen(DCAT_PLUGIN_PREFIX), &made, &inner);
    if (status == DCAT_OK) {
        dcat_plugged_auction_close(plugged->auction);
        plugged->auction = made;
        policy->auction = dcat_plugged_auction_row(made);
        status = note(text, &plugged->identity[1], &inner);
    }
    return named(text, status, &inner, err);
}

void cli_plugged_free(cli_plugged *plugged)
{
    dcat_plugged_clusterer_close(plugged->clusterer);
    dcat_plugged_auction_close(plugged->auction);
    free(plugged->identity[0]);
    free(plugged->identity[1]);
    *plugged = (cli_plugged){0};
}

char *cli_plugged_identity(const cli_plugged *plugged)
{
    char *text = NULL;
    if (plugged->clusterer == NULL && plugged->auction == NULL) {
        return NULL;
    }
    int length = asprintf(&text, "%s %s", plugged->clusterer != NULL ? plugged->identity[0] : "-",
                          plugged->auction != NULL ? plugged->identity[1] : "-");
    return length < 0 ? NULL : text;
}

// To the last bit: every sum that an award adds to.
static bool same_totals(const dcat_totals *a, const dcat_totals *b)
{
    return a->arrived == b->arrived && a->awarded == b->awarded && a->fee == b->fee &&
           a->payment == b->payment && a->cost == b->cost && a->transfer_s == b->transfer_s &&
           a->waiting_s == b->waiting_s && a->processing_s == b->processing_s;
}

dcat_status cli_plugin_repeats(const dcat_demand *demand, const dcat_world *world,
                               const dcat_run_config *config, bool *same, dcat_error *err)
{
    const dcat_world *const worlds[] = {world, world};
    const uint64_t seeds[] = {config->seed, config->seed};
    dcat_run_result results[2][2];
    dcat_jobs jobs = dcat_jobs_default();
    const dcat_compare_config twice = {
        DCAT_SIZED(dcat_compare_config),
        .policies = &config->policy,
        .policy_count = 1,
        .source = dcat_compare_source_of(worlds),
        .seeds = seeds,
        .world_count = 2,
        .cycle_first = config->cycle_first,
        .cycle_count = config->cycle_count,
        .jobs = &jobs,
    };
    dcat_status status = DCAT_OK;
    for (int threads = 1; status == DCAT_OK && threads <= 2; threads++) {
        jobs.thread_count = threads;
        status = dcat_compare_run(demand, &twice, results[threads - 1], err);
    }
    const dcat_totals *first = &results[0][0].totals;
    *same = status == DCAT_OK && same_totals(first, &results[0][1].totals) &&
            same_totals(first, &results[1][0].totals) && same_totals(first, &results[1][1].totals);
    return status;
}
