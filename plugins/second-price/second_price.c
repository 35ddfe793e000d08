// SPDX-License-Identifier: Apache-2.0
// second-price and first-price: auctions as a plug-in. Both claim that no lie of a cluster pays;
// for the first price that is wrong, and `dcat audit` finds out.
//
//   cc -O2 -shared -fPIC $(pkg-config --cflags dcat) second_price.c -o second_price.so
//   dcat audit paper --auctions 'plugin=./second_price.so,plugin=./second_price.so#first-price'

#include "dcat/plugin.h"

static const dcat_plugin_host *host;

static dcat_status open_rule(const dcat_plugin_host *lent, const char *arguments, void **self,
                             dcat_error *err)
{
    host = lent;
    *self = NULL;
    return arguments[0] == '\0'
               ? DCAT_OK
               : host->fail(err, DCAT_ERR_FIELD, "this auction takes no arguments");
}

// The lowest bid, and the price that the others set: the second lowest or the reserve.
static int lowest_of(const dcat_auction_input *input, double reserve, double *price)
{
    int best = -1;
    *price = reserve;
    for (size_t i = 0; i < input->bidder_count; i++) {
        if (best < 0 || input->bid[i] < input->bid[best]) {
            *price = best >= 0 && input->bid[best] < reserve ? input->bid[best] : reserve;
            best = (int)i;
        } else if (input->bid[i] < *price) {
            *price = input->bid[i];
        }
    }
    return best;
}

static dcat_auction_result sell(const dcat_auction_rules *rules, const dcat_auction_input *input,
                                int first_price)
{
    double reserve = host->reserve(&rules->config, input->fee, input->work_cycles), price;
    int best = lowest_of(input, reserve, &price);
    if (input->bid[best] > reserve) {
        return (dcat_auction_result){.outcome = DCAT_AUCTION_NO_BIDDER, .winner = -1};
    }
    return (dcat_auction_result){.outcome = DCAT_AUCTION_SOLD,
                                 .winner = best,
                                 .clearing_price = first_price ? input->bid[best] : price};
}

static dcat_auction_result run_second(void *self, const dcat_auction_rules *rules,
                                      const dcat_auction_input *input)
{
    (void)self;
    return sell(rules, input, 0);
}

static dcat_auction_result run_first(void *self, const dcat_auction_rules *rules,
                                     const dcat_auction_input *input)
{
    (void)self;
    return sell(rules, input, 1);
}

static const dcat_plugin_auction second_price = {
    .size = sizeof second_price,
    .name = "second-price",
    .summary = "lowest bid wins, is paid the second lowest or the reserve",
    .limit = DCAT_LIMIT_MAX,
    .promises = 1u << DCAT_PROMISE_TRUTHFUL_CLUSTERS | 1u << DCAT_PROMISE_TRUTHFUL_MEMBERS |
                1u << DCAT_PROMISE_PLATFORM | 1u << DCAT_PROMISE_USERS |
                1u << DCAT_PROMISE_CLUSTERS | 1u << DCAT_PROMISE_MEMBERS,
    .open = open_rule,
    .run = run_second,
};

static const dcat_plugin_auction first_price = {
    .size = sizeof first_price,
    .name = "first-price",
    .summary = "lowest bid wins and is paid itself",
    .limit = DCAT_LIMIT_MAX,
    .promises = 1u << DCAT_PROMISE_TRUTHFUL_CLUSTERS,
    .open = open_rule,
    .run = run_first,
};

static const dcat_plugin_auction *const auctions[] = {&second_price, &first_price, NULL};

const dcat_plugin *dcat_plugin_entry(const dcat_plugin_host *lent, dcat_error *err);
const dcat_plugin *dcat_plugin_entry(const dcat_plugin_host *lent, dcat_error *err)
{
    (void)lent;
    (void)err;
    static const dcat_plugin plugin = {.size = sizeof plugin,
                                       .abi = DCAT_PLUGIN_ABI,
                                       .name = "second-price",
                                       .version = "1.0",
                                       .license = "Apache-2.0",
                                       .auctions = auctions};
    return &plugin;
}
