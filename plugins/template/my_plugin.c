// SPDX-License-Identifier: Apache-2.0
// A plug-in to copy: one clusterer, one auction and one share. Change their functions and names,
// and take away what you do not need. See docs/plugins.md; `make && make try` builds it and runs
// it.

#include "dcat/plugin.h"

static const dcat_plugin_host *host; // what dcat lends: see dcat_plugin_host

// --- a clusterer: which servers act as one

static dcat_status decide(void *self, const dcat_cluster_input *input, void *workspace,
                          int32_t *cluster_of, dcat_error *err)
{
    (void)self;
    (void)workspace;
    (void)err;
    int count = (int)host->world_server_count(input->world);
    double span_m_max = host->world_config(input->world)->span_m_max;
    // Two by two in the order of the list, where the span limit (10c) allows.
    for (int i = 0; i < count; i++) {
        cluster_of[i] = i;
    }
    for (int i = 0; i + 1 < count; i += 2) {
        if (host->world_distance_m(input->world, i, i + 1) <= span_m_max) {
            cluster_of[i + 1] = i;
        }
    }
    return DCAT_OK;
}

static const dcat_plugin_clusterer clusterer = {
    .size = sizeof clusterer,
    .name = "pairs",
    .summary = "every server with its neighbour in the list",
    .decide = decide,
};

// --- an auction: who gets a task at what price

static dcat_auction_result run(void *self, const dcat_auction_rules *rules,
                               const dcat_auction_input *input)
{
    (void)self;
    double reserve = host->reserve(&rules->config, input->fee, input->work_cycles);
    int best = 0;
    for (size_t i = 1; i < input->bidder_count; i++) {
        best = input->bid[i] < input->bid[best] ? (int)i : best;
    }
    if (input->bid[best] > reserve) {
        return (dcat_auction_result){.outcome = DCAT_AUCTION_NO_BIDDER, .winner = -1};
    }
    return (dcat_auction_result){.outcome = DCAT_AUCTION_SOLD,
                                 .winner = best,
                                 .clearing_price = reserve}; // the bidders' best friend
}

static const dcat_plugin_auction auction = {
    .size = sizeof auction,
    .name = "generous",
    .summary = "the lowest bid is paid all that the platform would pay",
    .limit = DCAT_LIMIT_MAX,
    .promises = 1u << DCAT_PROMISE_CLUSTERS, // what `dcat audit` shall try to break
    .run = run,
};

// --- a share: what a cluster accepts, and who of its members gets how much of a payment

static double unit_limit(void *self, const dcat_share_team *team, const dcat_member *servers,
                         const int32_t *workers)
{
    (void)self;
    (void)servers;
    (void)workers;
    return 1.1 * team->unit_cost_max; // the dearest member's cost and a tenth
}

static double pay(void *self, const dcat_share_team *team, const dcat_member *member,
                  double work_cycles, double payment)
{
    (void)self;
    (void)work_cycles;
    return payment * (member->speed_hz / team->speed_hz); // by load
}

static const dcat_plugin_share share = {
    .size = sizeof share,
    .name = "tenth",
    .summary = "pay by load, nothing below a tenth more than the dearest member's cost",
    .promises = 1u << DCAT_PROMISE_MEMBERS, // that nobody loses; who is dearest may well lie
    .unit_limit = unit_limit,
    .pay = pay,
};

// --- the plug-in

const dcat_plugin *dcat_plugin_entry(const dcat_plugin_host *lent, dcat_error *err);
const dcat_plugin *dcat_plugin_entry(const dcat_plugin_host *lent, dcat_error *err)
{
    (void)err;
    static const dcat_plugin_clusterer *const clusterers[] = {&clusterer, NULL};
    static const dcat_plugin_auction *const auctions[] = {&auction, NULL};
    static const dcat_plugin_share *const shares[] = {&share, NULL};
    static const dcat_plugin plugin = {.size = sizeof plugin,
                                       .abi = DCAT_PLUGIN_ABI,
                                       .name = "my-plugin",
                                       .version = "0.1",
                                       .license = "Apache-2.0",
                                       .clusterers = clusterers,
                                       .auctions = auctions,
                                       .shares = shares};
    host = lent;
    return &plugin;
}
