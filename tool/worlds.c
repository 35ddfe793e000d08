// SPDX-License-Identifier: Apache-2.0
#include "tool/worlds.h"

#include "tool/plugin/plugin.h"

#include "base/threads.h"
#include "dcat/version.h"
#include "dcat/x/file.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

dcat_status cli_worlds_make(const dcat_scenario *scenario, const cli_options *common, size_t count,
                            cli_worlds *worlds, dcat_error *err)
{
    *worlds = (cli_worlds){
        .world = calloc(count, sizeof *worlds->world),
        .seed = calloc(count, sizeof *worlds->seed),
        .count = count,
    };
    if (count > 0 && common->seed > UINT64_MAX - (count - 1)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "--seed %" PRIu64 ": seeds of %zu worlds go beyond 2^64 - 1", common->seed,
                         count);
    }
    if (worlds->world == NULL || worlds->seed == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu worlds", count);
    }
    cli_progress progress = cli_progress_start("worlds", common->quiet);
    dcat_status status = DCAT_OK;
    for (size_t w = 0; status == DCAT_OK && w < count; w++) {
        worlds->seed[w] = common->seed + w;
        status = dcat_scenario_world(scenario, worlds->seed[w], &worlds->world[w], err);
        cli_progress_show(&progress, w + 1, count);
    }
    cli_progress_end(&progress);
    return status;
}

void cli_worlds_free(cli_worlds *worlds)
{
    for (size_t w = 0; worlds->world != NULL && w < worlds->count; w++) {
        dcat_world_destroy(worlds->world[w]);
    }
    free(worlds->world);
    free(worlds->seed);
    *worlds = (cli_worlds){0};
}

// --- where a result comes from

dcat_status cli_program(char text[CLI_PROGRAM_SIZE], dcat_error *err)
{
    const char *commit = dcat_commit();
    char hex[65] = "";
    dcat_status status = DCAT_OK;
    if (strchr(commit, '-') != NULL || strcmp(commit, "unknown") == 0) {
        status = dcat_file_sha256("/proc/self/exe", hex, err);
    }
    snprintf(text, CLI_PROGRAM_SIZE, "%s %s %s", dcat_version(), commit, hex);
    return status;
}

dcat_manifest cli_manifest(const cli_options *common, const dcat_scenario *scenario, double wall_s)
{
    size_t plugin_count;
    const dcat_manifest_plugin *plugins = cli_plugins(&plugin_count);
    return (dcat_manifest){
        .plugins = plugins,
        .plugin_count = plugin_count,
        .scenario = scenario,
        .command = common->command,
        .command_count = common->command_count,
        .seed = common->seed,
        .wall_s = wall_s,
        .thread_count = threads_count(common->thread_count),
        .process_count = cli_ranks() != NULL ? cli_ranks()->count : 1,
    };
}

dcat_status cli_write_origin(const dcat_manifest *manifest, dcat_output *output, dcat_error *err)
{
    FILE *file = dcat_output_file(output, "scenario.yaml", err);
    dcat_status status =
        file == NULL ? err->status : dcat_scenario_write(manifest->scenario, file, err);
    if (status == DCAT_OK) {
        file = dcat_output_file(output, "manifest.json", err);
        status = file == NULL ? err->status : dcat_manifest_write(manifest, file, err);
    }
    return status;
}
