// SPDX-License-Identifier: Apache-2.0
#include "report/compare_job.h"

#include "base/memory.h"
#include "report/json_values.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What all runs share, as one hash.
static dcat_status common_key(const compare_origin *origin, job_key *key, dcat_error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    fprintf(file, "%s\n%s\n", COMPARE_JOB_FORMAT, origin->program);
    for (size_t i = 0; i < dcat_scenario_input_count(origin->scenario); i++) {
        dcat_input_file input = dcat_scenario_input(origin->scenario, i);
        fprintf(file, "input %s\n", input.sha256);
    }
    dcat_status status = dcat_scenario_write(origin->scenario, file, err);
    bool failed = !memory_stream_end(file, &text);
    if (status == DCAT_OK && failed) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    if (status == DCAT_OK) {
        *key = job_key_of(text, size);
    }
    free(text);
    return status;
}

dcat_status compare_keys_make(const compare_origin *origin, job_key *keys, dcat_error *err)
{
    const dcat_compare_config *config = origin->config;
    job_key common;
    dcat_status status = common_key(origin, &common, err);
    for (size_t p = 0; status == DCAT_OK && p < config->policy_count; p++) {
        const dcat_policy *policy = &config->policies[p];
        const char *plugins = origin->plugins != NULL ? origin->plugins[p] : NULL;
        job_key plugged = {0};
        if (plugins != NULL) { // of any length
            plugged = job_key_of(plugins, strlen(plugins));
        }
        for (size_t w = 0; w < config->world_count; w++) {
            char text[512];
            snprintf(text, sizeof text,
                     "%s %s:%s model %.200s samples %d guard %d world %" PRIu64 " cycles %" PRIu32
                     " %" PRIu32 "%s%s",
                     common.hex, policy->clusterer->name, policy->auction->name, origin->models[p],
                     origin->sample_counts[p],
                     origin->guard_tasks != NULL ? origin->guard_tasks[p] : 0, config->seeds[w],
                     config->cycle_first, config->cycle_count, plugins != NULL ? " plugins " : "",
                     plugged.hex);
            keys[p * config->world_count + w] = job_key_of(text, strlen(text));
        }
    }
    return status;
}

bool compare_job_recall(job_store *store, const job_key *key, dcat_run_result *result)
{
    json_t *kept = job_store_get(store, key, COMPARE_JOB_FORMAT);
    bool ok = json_run_result_from(kept, result);
    json_decref(kept);
    return ok;
}

dcat_status compare_job_keep(const job_store *store, const job_key *key,
                             const dcat_run_result *result, dcat_error *err)
{
    return job_store_put(store, key, COMPARE_JOB_FORMAT, json_run_result(result), err);
}
