// SPDX-License-Identifier: Apache-2.0
// What the members of a cluster agree on, and who of them works.

#include "share/share.h"

#include <assert.h>
#include <math.h>
#include <string.h>

// The table of shares.
static const dcat_share *const shares[] = {&dcat_share_unit, &dcat_share_tariff, &dcat_share_load};
#define SHARE_COUNT (sizeof shares / sizeof shares[0])

size_t dcat_share_count(void)
{
    return SHARE_COUNT;
}

const dcat_share *dcat_share_at(size_t index)
{
    assert(index < SHARE_COUNT);
    return shares[index];
}

const dcat_share *dcat_share_find(const char *name)
{
    for (size_t i = 0; i < SHARE_COUNT; i++) {
        if (strcmp(shares[i]->name, name) == 0) {
            return shares[i];
        }
    }
    return NULL;
}

dcat_status dcat_share_failure(const dcat_share *share, dcat_error *err)
{
    return share->failure != NULL ? share->failure(share->user, err) : DCAT_OK;
}

dcat_share_team dcat_share_team_of(const dcat_member *servers, const int32_t *members,
                                   size_t member_count)
{
    dcat_share_team team = {.member_count = member_count};
    double weighted_cost = 0.0, weighted_tariff = 0.0;
    for (size_t m = 0; m < member_count; m++) {
        const dcat_member *member = &servers[members[m]];
        double ratio = member->unit_cost / member->tariff;
        team.speed_hz += member->speed_hz;
        weighted_cost += member->speed_hz * member->unit_cost;
        weighted_tariff += member->speed_hz * member->tariff;
        team.unit_cost_max = fmax(team.unit_cost_max, member->unit_cost);
        team.ratio_max = fmax(team.ratio_max, ratio);
    }
    team.unit_cost_mean = weighted_cost / team.speed_hz;
    team.tariff = weighted_tariff / team.speed_hz;
    return team;
}

// Choice: who opts out is settled by the public start price per cycle of work, before the fee and
// the handicap of a task are known. It is the same for every task as long as the cluster lasts, so
// an auction costs nothing more; where a fee is lower still the team declines it as a whole.
static size_t find_workers(const dcat_member *servers, const int32_t *members, size_t member_count,
                           double ratio_start, int32_t *workers)
{
    size_t count = 0;
    for (size_t m = 0; m < member_count; m++) {
        const dcat_member *member = &servers[members[m]];
        if (member->unit_cost <= ratio_start * member->tariff) {
            workers[count++] = members[m];
        }
    }
    return count;
}

dcat_terms dcat_share_terms(const dcat_share_rules *rules, const dcat_member *servers,
                            const int32_t *members, size_t member_count, int32_t *workers)
{
    dcat_terms terms = {.team = dcat_share_team_of(servers, members, member_count)};
    memcpy(workers, members, sizeof *members * member_count);
    terms.unit_start = rules->tariff_ceiling * terms.team.tariff;
    if (rules->opt_out) {
        double ratio_start =
            fmin(rules->ceiling_per_cycle / terms.team.tariff, rules->tariff_ceiling);
        size_t count = find_workers(servers, members, member_count, ratio_start, workers);
        if (count == 0) {
            memcpy(workers, members, sizeof *members * member_count);
        } else if (count < member_count) {
            terms.team = dcat_share_team_of(servers, workers, count);
            terms.unit_start = fmin(terms.unit_start, ratio_start * terms.team.tariff);
        }
    }
    const dcat_share *share = rules->share;
    terms.unit_limit = share->unit_limit(share, &terms.team, servers, workers);
    terms.unit_break_even = share->unit_break_even(share, &terms.team, servers, workers);
    return terms;
}
