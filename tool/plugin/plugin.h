// SPDX-License-Identifier: Apache-2.0
// plugin.h - plug-ins of the command line: "plugin=PATH?ARGUMENTS" where a clusterer or an auction
// stands.

#ifndef DCAT_TOOL_PLUGIN_H
#define DCAT_TOOL_PLUGIN_H

#include "dcat/compare.h"
#include "dcat/plugin.h"
#include "dcat/x/report.h"

// Those of one policy. Owned; all zero when it has none.
typedef struct cli_plugged {
    dcat_plugged_clusterer *clusterer;
    dcat_plugged_auction *auction;
    char *identity[2]; // of either: SHA-256 of the file, then what follows its path
} cli_plugged;

bool cli_plugin_is(const char *text);

// Load what text names, in place of what was there, and note it for the manifest. Messages name it
// as it was written.
dcat_status cli_plugin_clusterer(cli_plugged *plugged, const char *text, dcat_policy *policy,
                                 dcat_error *err);
dcat_status cli_plugin_auction(cli_plugged *plugged, const char *text, dcat_policy *policy,
                               dcat_error *err);
void cli_plugged_free(cli_plugged *plugged);

// What a run with them depends on, owned by the caller; NULL where there are none, or no memory.
char *cli_plugged_identity(const cli_plugged *plugged);

// Is a policy with plug-ins a function of the seed? Runs it twice on one thread and twice on two at
// once: *same when all four gave the same bits.
dcat_status cli_plugin_repeats(const dcat_demand *demand, const dcat_world *world,
                               const dcat_run_config *config, bool *same, dcat_error *err);

// All that were loaded, for the manifest.
const dcat_manifest_plugin *cli_plugins(size_t *count);

#endif
