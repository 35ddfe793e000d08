// SPDX-License-Identifier: Apache-2.0
#include "auction/auction.h"
#include "dcat/x/clock.h"

#include <assert.h>
#include <math.h>
#include <string.h>

// The table of rules.
static const dcat_auction *const auctions[] = {
    &dcat_auction_rea,     &dcat_auction_one_off, &dcat_auction_rea_s,
    &dcat_auction_vickrey, &dcat_auction_posted,
};
#define AUCTION_COUNT (sizeof auctions / sizeof auctions[0])
_Static_assert(AUCTION_COUNT <= DCAT_AUCTION_MAX, "arrays with an element for each rule overflow");

size_t dcat_auction_count(void)
{
    return AUCTION_COUNT;
}

const dcat_auction *dcat_auction_at(size_t index)
{
    assert(index < AUCTION_COUNT);
    return auctions[index];
}

const dcat_auction *dcat_auction_find(const char *name)
{
    for (size_t i = 0; i < AUCTION_COUNT; i++) {
        if (strcmp(auctions[i]->name, name) == 0) {
            return auctions[i];
        }
    }
    return NULL;
}

bool dcat_auction_promises(const dcat_auction *auction, const dcat_auction_config *config,
                           dcat_promise promise)
{
    assert((unsigned)promise < DCAT_PROMISE_COUNT);
    unsigned lost = auction->promises_lost != NULL ? auction->promises_lost(config) : 0;
    const dcat_share *share = dcat_auction_shares(auction, config).share;
    lost |= share->covers ? 0 : 1u << DCAT_PROMISE_MEMBERS;
    lost |= share->truthful ? 0 : 1u << DCAT_PROMISE_TRUTHFUL_MEMBERS;
    return (auction->promises & ~lost & 1u << promise) != 0;
}

dcat_share_rules dcat_auction_shares(const dcat_auction *auction, const dcat_auction_config *config)
{
    dcat_share_rules rules = {
        .share = dcat_share_find(auction->limit == DCAT_LIMIT_MEAN ? "load" : "unit"),
        .ceiling_per_cycle = INFINITY,
        .tariff_ceiling = INFINITY,
    };
    if (auction->under_ceiling && auction->limit == DCAT_LIMIT_MAX) {
        rules.share = config->share;
        rules.ceiling_per_cycle = config->ceiling_per_cycle;
        rules.tariff_ceiling = config->tariff_ceiling;
        rules.opt_out = config->opt_out;
    }
    return rules;
}

const char *dcat_auction_outcome_name(dcat_auction_outcome outcome)
{
#define OUTCOME_NAME(enumerator, key, name, meaning) [DCAT_AUCTION_##enumerator] = (name),
    static const char *const names[DCAT_AUCTION_OUTCOME_COUNT] = {
        [DCAT_AUCTION_SOLD] = "sold", DCAT_AUCTION_UNSOLD(OUTCOME_NAME)};
    assert((unsigned)outcome < DCAT_AUCTION_OUTCOME_COUNT);
    return names[outcome];
}

dcat_auction_config dcat_auction_config_default(void)
{
    return (dcat_auction_config){
        .rea_decrement = 0.8,
        .rea_round_max = 10,
        .rea_all_left = DCAT_END_UNSOLD,
        .rea_round_end = DCAT_END_LOTTERY,
        .one_off_offer = 0.8,
        .rea_s_decrement = 0.99,
        .ceiling_per_cycle = INFINITY,
        .share = dcat_share_find("unit"),
        .tariff_ceiling = INFINITY,
    };
}

// Closer to 1 the prices of neighbouring rounds could round to the same number.
#define DECREMENT_MIN 0.01
#define DECREMENT_MAX 0.9999

static dcat_status check_decrement(const char *name, double decrement, dcat_error *err)
{
    if (!(decrement >= DECREMENT_MIN && decrement <= DECREMENT_MAX)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "%s must be in [%g, %g], got %g", name, DECREMENT_MIN,
                         DECREMENT_MAX, decrement);
    }
    return DCAT_OK;
}

static dcat_status check_end_rule(const char *name, dcat_end_rule rule, dcat_error *err)
{
    if (rule != DCAT_END_UNSOLD && rule != DCAT_END_LOTTERY) {
        return dcat_fail(err, DCAT_ERR_RANGE, "%s must be unsold or lottery, got %d", name,
                         (int)rule);
    }
    return DCAT_OK;
}

static dcat_status check_shares(const dcat_auction_config *config, dcat_error *err)
{
    if (config->share == NULL) {
        return dcat_fail(err, DCAT_ERR_RANGE, "market.share must be one of dcat_share_at()");
    }
    if (!(config->tariff_ceiling >= 1.0)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "market.tariff_ceiling must be >= 1, got %g",
                         config->tariff_ceiling);
    }
    if (config->opt_out && !config->share->by_tariff) {
        return dcat_fail(err, DCAT_ERR_RANGE, "market.opt_out needs market.share: tariff, got %s",
                         config->share->name);
    }
    return DCAT_OK;
}

dcat_status dcat_auction_config_check(const dcat_auction_config *config, dcat_error *err)
{
    dcat_status status = check_decrement("auction.rea.decrement", config->rea_decrement, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (config->rea_round_max < 0) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "auction.rea.round_max must be >= 1 or unlimited, got %d",
                         config->rea_round_max);
    }
    status = check_end_rule("auction.rea.all_left", config->rea_all_left, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = check_end_rule("auction.rea.round_end", config->rea_round_end, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (!(config->one_off_offer > 0.0 && config->one_off_offer <= 1.0)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "auction.one_off.offer_of_fee must be in (0, 1], got %g",
                         config->one_off_offer);
    }
    status = check_decrement("auction.rea_s.decrement", config->rea_s_decrement, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (!(config->ceiling_per_cycle > 0.0)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "market.ceiling_per_gigacycle must be > 0, got %g",
                         config->ceiling_per_cycle * 1e9);
    }
    return check_shares(config, err);
}

void dcat_auction_rules_init(dcat_auction_rules *rules, const dcat_auction_config *config)
{
    assert(dcat_auction_config_check(config, NULL) == DCAT_OK);
    rules->config = *config;
    clock_init(&rules->rea, config->rea_decrement);
    clock_init(&rules->rea_s, config->rea_s_decrement);
}

double dcat_auction_reserve(const dcat_auction_config *config, double fee, double work_cycles)
{
    double ceiling = config->ceiling_per_cycle * work_cycles;
    return fee < ceiling ? fee : ceiling;
}

double auction_start_at_reserve(const dcat_auction_rules *rules, double fee, double work_cycles)
{
    return dcat_auction_reserve(&rules->config, fee, work_cycles);
}

bool auction_by_limit(const dcat_auction_config *config)
{
    (void)config;
    return true;
}

lowest_two auction_lowest_two(const dcat_auction_input *input)
{
    assert(input->bidder_count >= 2);
    lowest_two two = {0, input->bid[0], INFINITY};
    for (size_t i = 1; i < input->bidder_count; i++) {
        double bid = input->bid[i];
        if (bid < two.lowest) {
            two.second = two.lowest;
            two.lowest = bid;
            two.best = (int)i;
        } else if (bid < two.second) {
            two.second = bid;
        }
    }
    return two;
}

size_t auction_acceptor_count(const dcat_auction_input *input, double price)
{
    size_t count = 0;
    for (size_t i = 0; i < input->bidder_count; i++) {
        count += input->bid[i] <= price;
    }
    return count;
}

int auction_nth_acceptor(const dcat_auction_input *input, double price, size_t nth)
{
    for (size_t i = 0;; i++) {
        assert(i < input->bidder_count);
        if (input->bid[i] <= price && nth-- == 0) {
            return (int)i;
        }
    }
}

dcat_auction_result auction_lottery(const dcat_auction_input *input, double price, int round)
{
    size_t acceptor_count = auction_acceptor_count(input, price);
    if (acceptor_count == 0) {
        return auction_unsold(DCAT_AUCTION_NO_BIDDER, round);
    }
    size_t nth = dcat_pick(input->draw, (uint32_t)acceptor_count);
    return auction_sold(auction_nth_acceptor(input, price, nth), round, price);
}
