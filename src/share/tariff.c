// SPDX-License-Identifier: Apache-2.0
// Members are paid in proportion to public tariffs, and the cluster accepts what the member with
// the largest ratio of cost to tariff accepts.
//
// At a payment P for l cycles member i gets P w_i s_i / s, where w_i is its part of the load and s
// the mean of the tariffs by load. That is at least its cost l w_i c_i if and only if P is at least
// l s c_i / s_i; the limit is the largest of these. docs/inner-game.md has what follows.

#include "share/share.h"

static double unit_limit(const dcat_share *share, const dcat_share_team *team,
                         const dcat_member *servers, const int32_t *workers)
{
    (void)share;
    (void)servers;
    (void)workers;
    return team->tariff * team->ratio_max;
}

static double pay(const dcat_share *share, const dcat_share_team *team, const dcat_member *member,
                  double work_cycles, double payment)
{
    (void)share;
    (void)work_cycles;
    return payment * (member->speed_hz * member->tariff / (team->speed_hz * team->tariff));
}

const dcat_share dcat_share_tariff = {
    DCAT_SIZED(dcat_share),
    .name = "tariff",
    .summary = "limit of the member dearest beside its tariff, pay by load times tariff",
    .by_tariff = true,
    .covers = true,
    .truthful = true,
    .unit_limit = unit_limit,
    .unit_break_even = unit_limit,
    .pay = pay,
};
