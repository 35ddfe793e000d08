// SPDX-License-Identifier: Apache-2.0
// Counting lies: what is worth a lie, and which one was worth most.

#include "audit/audit.h"

#include "dcat/x/clock.h"

dcat_audit_rule dcat_audit_rule_of(const dcat_auction *auction, const dcat_auction_rules *rules)
{
    return (dcat_audit_rule){
        .name = auction->name,
        .rules = rules,
        .run = auction->run,
        .user = auction->user,
        .shares = dcat_auction_shares(auction, &rules->config),
    };
}

void audit_count_lie(dcat_audit_lies *lies, const dcat_audit_lie *lie)
{
    double gain = (lie->lied - lie->honest) / lie->fee;
    lies->pair_count++;
    if (gain > AUDIT_TOLERANCE) {
        lies->profitable++;
        if (gain > lies->largest_gain) {
            lies->largest_gain = gain;
            lies->worst = *lie;
        }
    }
}

void audit_lies_add(dcat_audit_lies *sum, const dcat_audit_lies *part)
{
    sum->pair_count += part->pair_count;
    sum->profitable += part->profitable;
    if (part->largest_gain > sum->largest_gain) {
        sum->largest_gain = part->largest_gain;
        sum->worst = part->worst;
    }
}
