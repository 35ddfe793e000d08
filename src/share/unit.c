// SPDX-License-Identifier: Apache-2.0
// The cluster accepts what its dearest member accepts, and every cycle of work is paid the same.

#include "share/share.h"

double share_by_load(const dcat_share *share, const dcat_share_team *team,
                     const dcat_member *member, double work_cycles, double payment)
{
    (void)share;
    (void)work_cycles;
    return payment * (member->speed_hz / team->speed_hz);
}

double share_dearest(const dcat_share *share, const dcat_share_team *team,
                     const dcat_member *servers, const int32_t *workers)
{
    (void)share;
    (void)servers;
    (void)workers;
    return team->unit_cost_max;
}

const dcat_share dcat_share_unit = {
    DCAT_SIZED(dcat_share),
    .name = "unit",
    .summary = "limit of the dearest member, pay by load (default)",
    .covers = true,
    .truthful = true,
    .unit_limit = share_dearest,
    .unit_break_even = share_dearest,
    .pay = share_by_load,
};
