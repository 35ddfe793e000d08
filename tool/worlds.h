// SPDX-License-Identifier: Apache-2.0
// worlds.h - what the commands that run policies in many worlds share: the worlds, and what a
// result folder says of where it came from.

#ifndef DCAT_TOOL_WORLDS_H
#define DCAT_TOOL_WORLDS_H

#include "dcat/x/file.h"
#include "tool/cli.h"
#include "tool/ranks/ranks.h"

// Worlds of seeds SEED to SEED + count - 1.
typedef struct cli_worlds {
    dcat_world **world; // [count]
    uint64_t *seed;     // [count]
    size_t count;
} cli_worlds;

// Make them, with a progress bar. Release with cli_worlds_free either way.
dcat_status cli_worlds_make(const dcat_scenario *scenario, const cli_options *common, size_t count,
                            cli_worlds *worlds, dcat_error *err);
void cli_worlds_free(cli_worlds *worlds);

static inline const dcat_world *const *cli_worlds_view(const cli_worlds *worlds)
{
    return (const dcat_world *const *)worlds->world;
}

// What identifies the code that runs: its commit, and the bytes of the program when that alone does
// not say. Errors: ERR_IO.
#define CLI_PROGRAM_SIZE 160
dcat_status cli_program(char text[CLI_PROGRAM_SIZE], dcat_error *err);

// Who made a result, with the threads of --threads.
dcat_manifest cli_manifest(const cli_options *common, const dcat_scenario *scenario, double wall_s);

// scenario.yaml and manifest.json.
dcat_status cli_write_origin(const dcat_manifest *manifest, dcat_output *output, dcat_error *err);

#endif
