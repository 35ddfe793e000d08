// SPDX-License-Identifier: Apache-2.0
// Counting lies: what is worth a lie, and which one was worth most.

#include "audit/audit.h"

#include <assert.h>

dcat_audit_rule dcat_audit_rule_of(const dcat_auction *auction, const dcat_auction_rules *rules)
{
    return (dcat_audit_rule){
        .name = auction->name, .limit = auction->limit, .rules = rules, .run = auction->run,
        .user = auction->user};
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

double audit_member_pay(const dcat_audit_rule *rule, double payment, const double *load,
                        const double *reported_cost, size_t member_count, size_t member)
{
    assert(member < member_count);
    return rule->split != NULL ? rule->split(payment, load, reported_cost, member_count, member)
                               : payment * load[member];
}
