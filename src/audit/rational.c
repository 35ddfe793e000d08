// SPDX-License-Identifier: Apache-2.0
// Who lost money on an award: constraint (10f), side by side.

#include "audit/rational.h"
#include "audit/audit.h"

#include "dcat/x/model.h"
#include <math.h>

// One utility of one side, with what the award cost that side. Returns whether it lost.
static bool note(dcat_audit_side *side, double utility, double cost)
{
    if (utility >= -AUDIT_TOLERANCE * cost) {
        return false;
    }
    side->lost -= utility;
    if (utility < side->worst) {
        side->worst = utility;
        side->worst_share = utility / cost;
    }
    return true;
}

static void note_members(dcat_audit_side *side, const dcat_state *state, const dcat_task *task,
                         const dcat_award *award)
{
    dcat_cluster_view cluster = dcat_state_team(state, award->cluster, task->class_id);
    bool below = false;
    for (size_t m = 0; m < cluster.worker_count; m++) {
        dcat_member_share share = dcat_state_member_share(state, task->class_id, cluster.workers[m],
                                                          task->work_cycles, award->payment);
        below = note(side, share.payment - share.cost, share.cost) || below;
    }
    side->case_count++;
    side->below += below;
}

void audit_rational_note(dcat_audit_rational *rational, const dcat_state *state,
                         const dcat_task *task, const dcat_award *award)
{
    if (award->outcome != DCAT_AUCTION_SOLD) {
        return;
    }
    rational->payment += award->payment;
    rational->platform.case_count++;
    rational->platform.below +=
        note(&rational->platform, dcat_profit(award->fee, award->payment), award->payment);
    if (isfinite(task->value)) {
        rational->user.case_count++;
        rational->user.below +=
            note(&rational->user, dcat_user_utility(task->value, award->fee), award->fee);
    }
    rational->cluster.case_count++;
    rational->cluster.below +=
        note(&rational->cluster, dcat_cluster_utility(award->payment, award->cost), award->cost);
    note_members(&rational->member, state, task, award);
}

static void add_side(dcat_audit_side *sum, const dcat_audit_side *part)
{
    sum->case_count += part->case_count;
    sum->below += part->below;
    sum->lost += part->lost;
    if (part->worst < sum->worst) {
        sum->worst = part->worst;
        sum->worst_share = part->worst_share;
    }
}

void audit_rational_add(dcat_audit_rational *sum, const dcat_audit_rational *part)
{
    add_side(&sum->platform, &part->platform);
    add_side(&sum->user, &part->user);
    add_side(&sum->cluster, &part->cluster);
    add_side(&sum->member, &part->member);
    sum->payment += part->payment;
}
