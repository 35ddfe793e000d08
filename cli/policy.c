#include "policy.h"

#include <stdlib.h>
#include <string.h>

dcat_policy cli_policy_default(void)
{
    return (dcat_policy){.clusterer = dcat_clusterer_find("linkage"),
                         .auction = DCAT_AUCTION_REA_S};
}

void cli_policy_option(dcat_policy *policy, int key, const char *arg,
                       const struct argp_state *state)
{
    // Parsed as a whole policy with the other half as it stands, so the messages are the same.
    char text[128];
    bool clusterer = key == CLI_KEY_CLUSTERER;
    snprintf(text, sizeof text, "%s:%s", clusterer ? arg : policy->clusterer->name,
             clusterer ? dcat_auction_get(policy->auction)->name : arg);
    dcat_error err = {0};
    if (dcat_policy_parse(text, policy, &err) != DCAT_OK) {
        argp_error(state, "%s", err.message);
    }
}
