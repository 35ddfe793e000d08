// SPDX-License-Identifier: Apache-2.0
// One task, three clusters, the paper's reverse clock auction. Build it against an installed dcat:
//
//   cc auction.c $(pkg-config --cflags --libs dcat) -o auction

#include <dcat/x/clock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    dcat_auction_config config = dcat_auction_config_default();
    config.rea_decrement = 0.8;
    config.rea_round_max = 64;

    dcat_error err = {0};
    if (dcat_auction_config_check(&config, &err) != DCAT_OK) {
        fprintf(stderr, "auction: %s\n", err.message);
        return EXIT_FAILURE;
    }
    dcat_auction_rules rules;
    dcat_auction_rules_init(&rules, &config);

    // The clock shows 100, 80, 64. Cluster 2 leaves at 80, cluster 0 at 64; cluster 1 is left.
    const double bid[] = {70.0, 55.0, 92.0};
    const int32_t cluster[] = {0, 1, 2};
    const dcat_auction_input task = {
        .fee = 100.0,
        .work_cycles = 1e9,
        .bid = bid,
        .cluster = cluster,
        .bidder_count = 3,
    };
    dcat_auction_result result = dcat_auction_find("rea")->run(&rules, &task);
    if (result.outcome != DCAT_AUCTION_SOLD) {
        printf("unsold: %s\n", dcat_auction_outcome_name(result.outcome));
        return EXIT_SUCCESS;
    }
    printf("cluster %d is paid %.2f after %d price cuts; the platform keeps %.2f\n", result.winner,
           result.clearing_price, result.round, task.fee - result.clearing_price);
    return EXIT_SUCCESS;
}
