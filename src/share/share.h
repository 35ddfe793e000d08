// SPDX-License-Identifier: Apache-2.0
// share.h (internal) - the rows of the table of shares, one file each.

#ifndef DCAT_SHARE_SHARE_H
#define DCAT_SHARE_SHARE_H

#include "dcat/share.h"

extern const dcat_share dcat_share_unit;
extern const dcat_share dcat_share_tariff;
extern const dcat_share dcat_share_load;

// Everybody is paid the same for a cycle of work.
double share_by_load(const dcat_share *share, const dcat_share_team *team,
                     const dcat_member *member, double work_cycles, double payment);
// So nobody loses where the dearest member does not.
dcat_share_price share_dearest;

#endif
