// SPDX-License-Identifier: Apache-2.0
#include "audit/meter.h"

#include "dcat/x/model.h"
#include <assert.h>
#include <math.h>

// Could these servers, who say so, really do the class? INFINITY times as long: they never end.
static bool all_able(const audit_meter *m, const dcat_cluster_view *team, int32_t class_id)
{
    const dcat_resources *resources = dcat_world_config_view(m->world)->resources;
    return dcat_team_of(resources, team->workers, team->worker_count, class_id).count ==
           team->worker_count;
}

// How much longer than said a team takes. Its members take shares of the work by the speeds they
// say, so the one that exaggerates most is the last to finish. Who understates finishes early; its
// queue ends when it said it would.
static double slowness(const audit_meter *m, const dcat_cluster_view *team, int32_t class_id)
{
    double slowest = 1.0;
    for (size_t i = 0; i < team->worker_count && m->speed_factor != NULL; i++) {
        slowest = fmax(slowest, m->speed_factor[team->workers[i]]);
    }
    for (size_t i = 0; i < team->worker_count && m->lie != NULL; i++) {
        if (team->workers[i] == m->lie->server) {
            slowest =
                m->lie->class_id == class_id ? fmax(slowest, m->lie->efficiency_factor) : slowest;
            slowest = all_able(m, team, class_id) ? slowest : (double)INFINITY;
        }
    }
    return slowest;
}

// Choice: the platform sees when a cluster is really free, as it would notice an unfinished task;
// what it cannot see is how long the next one will take. Work that never ends is given up when it
// was promised.
static void finish_late(dcat_env *env, const dcat_task *task, const dcat_award *award,
                        double slower, audit_meter *m)
{
    if (isinf(slower)) {
        m->late++;
        return;
    }
    double extra_s = (slower - 1.0) * award->processing_s;
    dcat_status status = dcat_env_delay(env, award->cluster, task->class_id, extra_s, NULL);
    assert(status == DCAT_OK);
    (void)status;
    double total_s =
        dcat_total_delay_s(award->transfer_s, award->waiting_s, award->processing_s + extra_s);
    m->late += total_s > task->deadline_s;
}

// Choice: who cannot do the work at all has the cost that it would have by what it says, for its
// time is taken.
static double true_cost(const audit_meter *m, const dcat_task *task, int32_t server,
                        const dcat_member_share *share)
{
    size_t S = dcat_world_server_count(m->world);
    double unit_cost =
        dcat_world_members_view(m->world)[(size_t)task->class_id * S + (size_t)server].unit_cost;
    return isfinite(unit_cost) ? share->work_cycles * unit_cost : share->cost;
}

void audit_meter_award(void *meter, const dcat_slot_record *slot, int32_t n,
                       const dcat_award *award)
{
    audit_meter *m = meter;
    if (award->outcome != DCAT_AUCTION_SOLD) {
        return;
    }
    const dcat_task *task = &slot->tasks[n];
    dcat_cluster_view team = dcat_state_team(slot->state, award->cluster, task->class_id);
    bool watched = false;
    m->platform += dcat_profit(award->fee, award->payment);
    for (size_t i = 0; i < team.worker_count; i++) {
        int32_t s = team.workers[i];
        dcat_member_share share = dcat_state_member_share(slot->state, task->class_id, s,
                                                          task->work_cycles, award->payment);
        m->utility[s] += share.payment - true_cost(m, task, s, &share);
        watched = watched || (m->watched != NULL && m->watched[s]);
    }
    m->award_count += watched;
    double slower = slowness(m, &team, task->class_id);
    if (slower > 1.0) {
        finish_late(slot->env, task, award, slower, m);
    }
}
