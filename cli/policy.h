// policy.h - the options --clusterer and --auction of the commands that run one policy.

#ifndef DCAT_CLI_POLICY_H
#define DCAT_CLI_POLICY_H

#include "cli.h"

#define CLI_KEY_CLUSTERER 0x200
#define CLI_KEY_AUCTION 0x201

#define CLI_POLICY_OPTIONS                                                                         \
    {"clusterer",                                                                                  \
     CLI_KEY_CLUSTERER,                                                                            \
     "K",                                                                                          \
     0,                                                                                            \
     "How servers are clustered (default linkage); dcat --help lists them",                        \
     0},                                                                                           \
    {                                                                                              \
        "auction", CLI_KEY_AUCTION, "A", 0,                                                        \
            "How tasks are awarded (default rea-s); dcat --help lists them", 0                     \
    }

// linkage:rea-s.
dcat_policy cli_policy_default(void);

// Handle one of the two keys; leaves with 2 and the names there are if the name is unknown.
void cli_policy_option(dcat_policy *policy, int key, const char *arg,
                       const struct argp_state *state);

#endif
