// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/kept_runs.h"

#include "dcat/x/file.h"
#include "report/compare_job.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dcat_kept_runs {
    size_t policy_count, world_count;
    dcat_run_result *results; // borrowed
    char *folder;             // NULL before it is opened
    job_store store;
    job_key *keys;  // [policy_count, world_count]
    bool *recalled; // [policy_count, world_count]
};

// The shipped policies are part of the program, which the keys name already.
static dcat_status make_keys(const dcat_runs_origin *origin, job_key *keys, dcat_error *err)
{
    size_t count = origin->config->policy_count;
    char(*hashes)[65] = calloc(count, sizeof *hashes);
    const char **models = calloc(count, sizeof *models);
    dcat_status status = hashes != NULL && models != NULL
                             ? DCAT_OK
                             : dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    for (size_t p = 0; status == DCAT_OK && p < count; p++) {
        const char *file = origin->models[p];
        models[p] = file != NULL ? hashes[p] : "shipped";
        status = file != NULL ? dcat_file_sha256(file, hashes[p], err) : DCAT_OK;
    }
    const compare_origin whole = {
        .program = origin->program,
        .scenario = origin->scenario,
        .config = origin->config,
        .models = models,
        .sample_counts = origin->sample_counts,
        .guard_tasks = origin->guard_tasks,
        .plugins = origin->plugins,
    };
    status = status == DCAT_OK ? compare_keys_make(&whole, keys, err) : status;
    free(hashes);
    free(models);
    return status;
}

dcat_status dcat_kept_runs_create(const dcat_runs_origin *origin, dcat_run_result *results,
                                  dcat_kept_runs **kept, dcat_error *err)
{
    size_t run_count = origin->config->policy_count * origin->config->world_count;
    dcat_kept_runs *made = calloc(1, sizeof *made);
    if (made != NULL) {
        *made = (dcat_kept_runs){
            .policy_count = origin->config->policy_count,
            .world_count = origin->config->world_count,
            .results = results,
            .keys = calloc(run_count, sizeof *made->keys),
            .recalled = calloc(run_count, sizeof *made->recalled),
        };
    }
    dcat_status status = made != NULL && made->keys != NULL && made->recalled != NULL
                             ? make_keys(origin, made->keys, err)
                             : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu runs", run_count);
    if (status != DCAT_OK) {
        dcat_kept_runs_destroy(made);
        return status;
    }
    *kept = made;
    return DCAT_OK;
}

void dcat_kept_runs_destroy(dcat_kept_runs *kept)
{
    if (kept != NULL) {
        free(kept->folder);
        free(kept->keys);
        free(kept->recalled);
        free(kept);
    }
}

// "OUT.jobs", whether or not OUT ends in slashes.
static char *folder_of(const char *out)
{
    size_t length = strlen(out);
    while (length > 1 && out[length - 1] == '/') {
        length--;
    }
    char *folder = NULL;
    return asprintf(&folder, "%.*s.jobs", (int)length, out) < 0 ? NULL : folder;
}

dcat_status dcat_kept_runs_open(dcat_kept_runs *kept, const char *out, size_t *recalled,
                                size_t *damaged, dcat_error *err)
{
    kept->folder = folder_of(out);
    dcat_status status = kept->folder == NULL
                             ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory")
                             : job_store_open(kept->folder, false, &kept->store, err);
    *recalled = 0;
    for (size_t i = 0; status == DCAT_OK && i < kept->policy_count * kept->world_count; i++) {
        kept->recalled[i] = compare_job_recall(&kept->store, &kept->keys[i], &kept->results[i]);
        *recalled += kept->recalled[i];
    }
    *damaged = kept->store.damaged;
    return status;
}

const char *dcat_kept_runs_folder(const dcat_kept_runs *kept)
{
    return kept->folder;
}

bool dcat_kept_runs_has(const dcat_kept_runs *kept, size_t policy, size_t world)
{
    return kept->recalled[policy * kept->world_count + world];
}

dcat_status dcat_kept_runs_add(dcat_kept_runs *kept, size_t policy, size_t world, dcat_error *err)
{
    size_t run = policy * kept->world_count + world;
    return compare_job_keep(&kept->store, &kept->keys[run], &kept->results[run], err);
}

void dcat_kept_runs_remove(dcat_kept_runs *kept)
{
    if (kept->folder != NULL) {
        job_store_remove(&kept->store);
    }
}

const void *dcat_kept_runs_identity(const dcat_kept_runs *kept, size_t *byte_count)
{
    *byte_count = kept->policy_count * kept->world_count * sizeof *kept->keys;
    return kept->keys;
}
