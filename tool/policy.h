// SPDX-License-Identifier: Apache-2.0
// policy.h - which policy a command runs: --clusterer, --auction, and what a learned one needs.

#ifndef DCAT_TOOL_POLICY_H
#define DCAT_TOOL_POLICY_H

#include "dcat/x/clusters_file.h"
#include "tool/cli.h"
#include "tool/plugin/plugin.h"

// Rows of options (option.h); member of type is a cli_policy.
#define CLI_MODEL_OPTIONS(type, member)                                                            \
    {"policy",                                                                                     \
     0,                                                                                            \
     CLI_TEXT,                                                                                     \
     "FILE",                                                                                       \
     CLI_AT(type, member.file),                                                                    \
     .help = "What a2c decides by, made by dcat train (default: the one shipped for the "          \
             "auction)"},                                                                          \
        {"samples",                                                                                \
         0,                                                                                        \
         CLI_WHOLE,                                                                                \
         "N",                                                                                      \
         CLI_AT(type, member.sample_count),                                                        \
         .max = 65536,                                                                             \
         .standard = "0",                                                                          \
         .help = "a2c also simulates N sampled clusterings and keeps the best (default @)"},       \
    {                                                                                              \
        "guard-tasks", 0, CLI_WHOLE, "N", CLI_AT(type, member.guard_tasks),                        \
            .max = 1000000000, .standard = "0",                                                    \
            .help = "Tasks that the guard of a2c may simulate in a decision; 0: 200 a server "     \
                    "(default @)"                                                                  \
    }

#define CLI_CLUSTERER_OPTION(type, member)                                                         \
    {                                                                                              \
        "clusterer", 0, CLI_OWN, "K", CLI_AT(type, member),                                        \
            .set = cli_set_clusterer, .standard = "linkage",                                       \
            .help = "How servers are clustered (default @); dcat --help lists "                    \
                    "them; file=FILE: as the table says; plugin=FILE?ARGUMENTS"                    \
    }

#define CLI_POLICY_OPTIONS(type, member)                                                           \
    CLI_CLUSTERER_OPTION(type, member),                                                            \
        {"auction",                                                                                \
         0,                                                                                        \
         CLI_OWN,                                                                                  \
         "A",                                                                                      \
         CLI_AT(type, member),                                                                     \
         .set = cli_set_auction,                                                                   \
         .standard = "rea-s",                                                                      \
         .help = "How tasks are awarded (default @); dcat --help lists them; "                     \
                 "plugin=FILE?ARGUMENTS"},                                                         \
        CLI_MODEL_OPTIONS(type, member)

dcat_status cli_set_clusterer(void *chosen, char *name, dcat_error *err);
dcat_status cli_set_auction(void *chosen, char *name, dcat_error *err);

typedef struct cli_policy {
    dcat_policy policy;
    const char *file; // Nullable: --policy
    int sample_count;
    int guard_tasks;
    char *own_file;               // Nullable, owned: of "a2c=FILE:A"
    dcat_actor *actor;            // owned; NULL unless the clusterer decides by one
    dcat_clusters_file *clusters; // owned; of "file=FILE:A", after cli_policy_bind
    cli_plugged plugged;          // owned
    char name[48];                // what policy.name points at
} cli_policy;

// "K:A", where either may be "plugin=PATH?ARGUMENTS", "file=FILE:A" for clusters of the user's own,
// or "a2c=FILE:A" for a policy file of its own. chosen's file and samples stay otherwise; it must
// not move from then on, as policy.name may point into it.
dcat_status cli_policy_parse(cli_policy *chosen, char *text, dcat_error *err);

// Load what the clusterer decides by, if it needs anything; remarks on standard error unless quiet.
dcat_status cli_policy_load(cli_policy *chosen, bool quiet, dcat_error *err);
// Once there is a scenario: read the clusters of "file=FILE:A". For every policy, after
// cli_policy_load.
dcat_status cli_policy_bind(cli_policy *chosen, const dcat_scenario *scenario, bool quiet,
                            dcat_error *err);
// Say once of each policy file which values of the scenario lie outside of those that it learned
// on.
void cli_policies_remark(const cli_policy *chosen, size_t count, const dcat_scenario *scenario);
// The same of one policy, as text; returns how many values.
int cli_policy_outside(const cli_policy *chosen, const dcat_scenario *scenario, char *text,
                       size_t size);
void cli_policy_free(cli_policy *chosen);

#endif
