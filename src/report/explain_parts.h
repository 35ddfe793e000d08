// SPDX-License-Identifier: Apache-2.0
// explain_parts.h (internal) - what an explanation as text and as JSON have in common.

#ifndef DCAT_REPORT_EXPLAIN_PARTS_H
#define DCAT_REPORT_EXPLAIN_PARTS_H

#include "dcat/x/clock.h"
#include "dcat/x/explain.h"
#include "dcat/x/model.h"
#include "dcat/x/resources.h"
#include "dcat/x/task_auction.h"

// What a cluster did in the auction, in a few words.
void explain_fate(const dcat_explanation *e, int32_t k, char *text, size_t size);

// What decided between the candidates, and why nobody got it: a sentence without its full stop.
void explain_decided(const dcat_explanation *e, char *text, size_t size);
void explain_reason(const dcat_explanation *e, char *text, size_t size);

static inline bool has_clock(const dcat_explanation *e)
{
    return dcat_state_auction(e->state)->clock != NULL;
}

// A cluster as the task's class sees it.
static inline dcat_cluster_view view_of(const dcat_explanation *e, int32_t k)
{
    return dcat_state_team(e->state, k, e->task.class_id);
}

// Devices and classes of the world; NULL: none.
static inline const dcat_resources *resources_of(const dcat_explanation *e)
{
    return dcat_world_config_view(dcat_state_world(e->state))->resources;
}

// What servers [S] are to the task's class.
static inline const dcat_member *members_of(const dcat_explanation *e)
{
    const dcat_world *world = dcat_state_world(e->state);
    size_t first = (size_t)e->task.class_id * dcat_world_server_count(world);
    return &dcat_world_members_view(world)[first];
}

// How long a cluster may take to begin and still be admitted; INFINITY: any time.
static inline double admission_of(const dcat_explanation *e)
{
    const dcat_market_config *market = dcat_state_market_view(e->state);
    return dcat_admission_s(market->admission_per_gigacycle, market->admission_per_gigacycle_s,
                            e->award.fee, e->task.work_cycles);
}

static inline const dcat_class *class_of(const dcat_explanation *e)
{
    return &dcat_resources_classes_view(resources_of(e))[e->task.class_id];
}

// How long a cluster's queue for the class lasts.
static inline double queue_s(const dcat_explanation *e, const dcat_cluster_view *view)
{
    return dcat_waiting_delay_s(view->busy_until_s, e->now_s);
}

#endif
