// SPDX-License-Identifier: Apache-2.0
// Where tariffs come from, and who would refuse what they are paid by them.

#include "dcat/run.h"
#include "dcat/x/clock.h"
#include "report/scenario/remarks.h"

#include <math.h>

static bool count_clusters(void *user, const dcat_cycle_record *cycle)
{
    facts *f = user;
    f->cluster_count = dcat_state_cluster_count(cycle->state);
    for (int32_t k = 0; k < f->cluster_count; k++) {
        dcat_cluster_view cluster = dcat_state_cluster(cycle->state, k);
        f->clusters_refusing += cluster.unit_limit > cluster.unit_start;
    }
    return false;
}

dcat_status measure_shares(facts *f, dcat_error *err)
{
    const dcat_auction_config *auction = &dcat_world_config_view(f->world)->auction;
    const dcat_server *servers = dcat_world_servers_view(f->world);
    f->uses_tariffs = auction->share->by_tariff || isfinite(auction->tariff_ceiling);
    for (size_t i = 0; i < f->server_count; i++) {
        f->without_tariff += servers[i].tariff_per_cycle == 0.0;
    }
    if (!isfinite(auction->tariff_ceiling)) {
        return DCAT_OK;
    }
    const dcat_run_config config = {
        DCAT_SIZED(dcat_run_config),
        .policy = {dcat_clusterer_find("linkage"), dcat_auction_find("rea-s"), NULL, NULL},
        .seed = dcat_world_seed(f->world),
        .cycle_first = f->test.first,
        .cycle_count = 1,
    };
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = f,
                                  .after_cycle = count_clusters};
    dcat_run_result result;
    return dcat_run(f->world, dcat_scenario_demand_view(f->scenario), &config, &hooks, NULL,
                    &result, err);
}
