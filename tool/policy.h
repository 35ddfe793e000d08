// policy.h - which policy a command runs: --clusterer, --auction, and what a learned one needs.

#ifndef DCAT_CLI_POLICY_H
#define DCAT_CLI_POLICY_H

#include "cli.h"

#define CLI_KEY_CLUSTERER 0x200
#define CLI_KEY_AUCTION 0x201
#define CLI_KEY_POLICY 0x202
#define CLI_KEY_SAMPLES 0x203

// clang-format off
#define CLI_MODEL_OPTIONS                                                                          \
    {"policy", CLI_KEY_POLICY, "FILE", 0,                                                          \
     "What a2c decides by, made by dcat train (default: the one shipped for the auction)", 0},     \
    {"samples", CLI_KEY_SAMPLES, "N", 0,                                                           \
     "a2c also simulates N sampled clusterings and keeps the best (default 0)", 0}

#define CLI_POLICY_OPTIONS                                                                         \
    {"clusterer", CLI_KEY_CLUSTERER, "K", 0,                                                       \
     "How servers are clustered (default linkage); dcat --help lists them", 0},                    \
    {"auction", CLI_KEY_AUCTION, "A", 0,                                                           \
     "How tasks are awarded (default rea-s); dcat --help lists them", 0},                          \
    CLI_MODEL_OPTIONS
// clang-format on

typedef struct cli_policy {
    dcat_policy policy;
    const char *file; // Nullable: --policy
    int sample_count;
    char *own_file;    // Nullable, owned: of "a2c=FILE:A"
    dcat_actor *actor; // owned; NULL unless the clusterer decides by one
    char name[48];     // what policy.name points at
} cli_policy;

// linkage:rea-s.
cli_policy cli_policy_default(void);

// Handle one of the keys; true when it was. Leaves with 2 and a message when the value is wrong.
bool cli_policy_option(cli_policy *chosen, int key, const char *arg,
                       const struct argp_state *state);

// "K:A", or "a2c=FILE:A" for a policy file of its own. chosen's file and samples stay otherwise; it
// must not move from then on, as policy.name may point into it.
dcat_status cli_policy_parse(cli_policy *chosen, char *text, dcat_error *err);

// Load what the clusterer decides by, if it needs anything; remarks on standard error unless quiet.
dcat_status cli_policy_load(cli_policy *chosen, bool quiet, dcat_error *err);
void cli_policy_free(cli_policy *chosen);

#endif
