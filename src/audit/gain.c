// SPDX-License-Identifier: Apache-2.0
// Adding up what those gain who game.

#include "audit/audit.h"

#include <math.h>

void audit_gain_add(dcat_audit_gain *sum, const dcat_audit_gain *part)
{
    sum->factor = part->factor;
    sum->attempt_count += part->attempt_count;
    sum->gainful += part->gainful;
    sum->honest += part->honest;
    sum->gamed += part->gamed;
    sum->largest = fmax(sum->largest, part->largest);
    sum->platform_honest += part->platform_honest;
    sum->platform_gamed += part->platform_gamed;
    sum->award_count += part->award_count;
    sum->late += part->late;
}

void audit_manipulation_add(dcat_audit_manipulation *sum, const dcat_audit_manipulation *part)
{
    audit_gain_add(&sum->withhold, &part->withhold);
    for (int f = 0; f < DCAT_AUDIT_SPEED_FACTORS; f++) {
        audit_gain_add(&sum->speed[f], &part->speed[f]);
    }
    audit_gain_add(&sum->speed_best, &part->speed_best);
    for (int f = 0; f < DCAT_AUDIT_COST_FACTORS; f++) {
        audit_gain_add(&sum->cost[f], &part->cost[f]);
    }
    audit_gain_add(&sum->cost_best, &part->cost_best);
    audit_users_add(&sum->deadline, &part->deadline);
    for (int f = 0; f < DCAT_AUDIT_EFFICIENCY_FACTORS; f++) {
        audit_gain_add(&sum->efficiency[f], &part->efficiency[f]);
    }
    audit_gain_add(&sum->efficiency_best, &part->efficiency_best);
    audit_gain_add(&sum->memory, &part->memory);
}
