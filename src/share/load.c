// SPDX-License-Identifier: Apache-2.0
// The paper: the cluster accepts its members' mean cost (8), and they are paid by load, so one that
// is dearer than the mean can lose and would rather say so.

#include "share/share.h"

static double unit_limit(const dcat_share *share, const dcat_share_team *team,
                         const dcat_member *servers, const int32_t *workers)
{
    (void)share;
    (void)servers;
    (void)workers;
    return team->unit_cost_mean;
}

const dcat_share dcat_share_load = {
    DCAT_SIZED(dcat_share),
    .name = "load",
    .summary = "limit of the mean cost, pay by load: the paper's, where dear members lose",
    .unit_limit = unit_limit,
    .unit_break_even = share_dearest,
    .pay = share_by_load,
};
