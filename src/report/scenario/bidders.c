// SPDX-License-Identifier: Apache-2.0
#include "report/scenario/bidders.h"

#include "dcat/env.h"
#include "dcat/run.h"
#include "dcat/x/task_auction.h"

#include <stdlib.h>

static dcat_status count_owners(const dcat_world *world, scenario_bidders *found, dcat_error *err)
{
    const dcat_server *servers = dcat_world_servers_view(world);
    size_t S = dcat_world_server_count(world);
    bool *seen = calloc(S + 1, sizeof *seen);
    if (seen == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the owners of %zu servers", S);
    }
    for (size_t i = 0; i < S; i++) {
        bool owned = servers[i].owner != DCAT_NO_OWNER;
        found->server_count += owned;
        found->owner_count += owned && !seen[servers[i].owner];
        seen[servers[i].owner] = true;
    }
    free(seen);
    return DCAT_OK;
}

static size_t count_bidders(const dcat_env *env)
{
    const dcat_state *state = dcat_env_state_view(env);
    const int32_t *bidder_of = dcat_state_bidder_of_view(state);
    size_t count = 0;
    for (int32_t k = 0; k < dcat_state_cluster_count(state); k++) {
        count += bidder_of[k] == k;
    }
    return count;
}

dcat_status bidders_measure(const dcat_world *world, uint64_t seed, scenario_bidders *found,
                            dcat_error *err)
{
    *found = (scenario_bidders){0};
    dcat_status status = count_owners(world, found, err);
    if (status != DCAT_OK || found->owner_count == 0) {
        return status;
    }
    dcat_env_config config = dcat_env_config_default();
    config.world = world;
    config.auction = dcat_auction_find("rea-s");
    config.clusterer = dcat_clusterer_find("linkage");
    config.seed = seed;
    config.task_max = 1;
    dcat_env *env = NULL;
    status = dcat_env_create(&config, &env, err);
    if (status != DCAT_OK) {
        return status;
    }
    found->alone = count_bidders(env);
    status = dcat_env_decide(env, err);
    found->linkage = count_bidders(env);
    dcat_env_destroy(env);
    return status;
}
