// SPDX-License-Identifier: Apache-2.0
// Users who say that their deadline is longer than it is, one at a time, on copies of a run: what
// follows for later slots is not their concern.

#include "audit/audit.h"

#include "dcat/x/model.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES_PER_SLOT = 2 };

typedef struct users {
    dcat_task *tasks; // [task_max]
    size_t *task_end; // [slot_count]
    size_t slot_count;
    dcat_award *honest, *lied; // [task_max]
    dcat_env *copy;
    dcat_audit_deadline found;
} users;

static bool keep_awards(void *awards, const dcat_slot_record *slot)
{
    memcpy(awards, slot->awards, sizeof *slot->awards * slot->task_count);
    return true;
}

// One slot on a copy of the environment, with the tasks of u.
static void step_copy(users *u, const dcat_slot_record *slot, dcat_award *awards)
{
    for (size_t s = 0; s < u->slot_count; s++) {
        u->task_end[s] = s < slot->slot ? 0 : slot->task_count;
    }
    const dcat_arrivals arrivals = {u->tasks, u->task_end, u->slot_count};
    const dcat_env_hooks hooks = {.user = awards, .after_slot = keep_awards};
    dcat_totals totals = {0};
    dcat_status status = dcat_env_copy(u->copy, slot->env, NULL);
    status = status == DCAT_OK ? dcat_env_give(u->copy, &arrivals, NULL) : status;
    dcat_env_set_hooks(u->copy, &hooks);
    status = status == DCAT_OK ? dcat_env_step_slot(u->copy, &totals, NULL) : status;
    assert(status == DCAT_OK); // made alike, and the tasks of a run
    (void)status;
}

static void book_user(dcat_audit_deadline *d, const dcat_task *task, const dcat_award *honest,
                      const dcat_award *lied)
{
    d->task_count++;
    if (honest->outcome == DCAT_AUCTION_SOLD) {
        d->served_honest++;
        d->fee_honest += honest->fee;
    }
    if (lied->outcome == DCAT_AUCTION_SOLD) {
        d->served_lied++;
        d->fee_lied += lied->fee;
        d->in_time_lied += dcat_total_delay_s(lied->transfer_s, lied->waiting_s,
                                              lied->processing_s) <= task->deadline_s;
    }
}

static bool users_try(void *user, const dcat_slot_record *slot)
{
    users *u = user;
    size_t count = slot->task_count;
    if (count == 0) {
        return true;
    }
    memcpy(u->tasks, slot->tasks, sizeof *u->tasks * count);
    step_copy(u, slot, u->honest);
    size_t first = (slot->cycle * UINT32_C(7919) + slot->slot * UINT32_C(104729)) % count;
    for (size_t a = 0; a < SAMPLES_PER_SLOT && a < count; a++) {
        size_t n = (first + a * count / SAMPLES_PER_SLOT) % count;
        u->tasks[n].deadline_s *= DCAT_AUDIT_DEADLINE_FACTOR;
        step_copy(u, slot, u->lied);
        u->tasks[n].deadline_s = slot->tasks[n].deadline_s;
        book_user(&u->found, &slot->tasks[n], &u->honest[n], &u->lied[n]);
    }
    return true;
}

static dcat_status prepare(users *u, const audit_plan *plan, const dcat_world *world,
                           dcat_error *err)
{
    size_t task_max = dcat_demand_slot_task_max(plan->run.demand);
    u->slot_count = dcat_world_config_view(world)->slots_per_cycle;
    u->tasks = calloc(task_max, sizeof *u->tasks);
    u->honest = calloc(task_max, sizeof *u->honest);
    u->lied = calloc(task_max, sizeof *u->lied);
    u->task_end = calloc(u->slot_count, sizeof *u->task_end);
    bool complete = u->tasks != NULL && u->honest != NULL && u->lied != NULL && u->task_end != NULL;
    return complete ? audit_env_create(plan, world, &u->copy, err)
                    : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for the users of an audit");
}

dcat_status audit_users(const audit_plan *plan, const dcat_world *world,
                        dcat_audit_deadline *result, dcat_error *err)
{
    users u = {0};
    dcat_status status = prepare(&u, plan, world, err);
    if (status == DCAT_OK) {
        const dcat_env_hooks hooks = {.user = &u, .before_slot = users_try};
        dcat_totals totals;
        status = audit_walk(plan, world, 0, &hooks, &totals, err);
    }
    free(u.tasks);
    free(u.honest);
    free(u.lied);
    free(u.task_end);
    dcat_env_destroy(u.copy);
    if (status == DCAT_OK) {
        *result = u.found;
    }
    return status;
}

void audit_users_add(dcat_audit_deadline *sum, const dcat_audit_deadline *part)
{
    sum->task_count += part->task_count;
    sum->served_honest += part->served_honest;
    sum->served_lied += part->served_lied;
    sum->in_time_lied += part->in_time_lied;
    sum->fee_honest += part->fee_honest;
    sum->fee_lied += part->fee_lied;
}
