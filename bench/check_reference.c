// SPDX-License-Identifier: Apache-2.0
// Clearing tasks by the straightforward version, for dcat bench.

#define REFERENCE_SERVER_MAX 10000
#define REFERENCE_BIDDER_MAX 10000

#include "bench/reference/slot.h" // needs the two above

#include "bench/bench.h"
#include "env/env.h"

#include <stdlib.h>
#include <string.h>

const char bench_clear_straight_is[] =
    "every server is looked at for every task, every delay and cost summed anew, every round of "
    "the clock walked";

// How many of a slot's tasks: what is left of straight_count, and at most what a market takes.
static size_t share_of(const bench_clearing *clearing, const bench_slot *at, size_t done)
{
    size_t left = clearing->straight_count - done;
    size_t count = at->task_count < REFERENCE_TASK_MAX ? at->task_count : REFERENCE_TASK_MAX;
    return count < left ? count : left;
}

static double clear_tasks(const bench_clearing *clearing, reference_market *market,
                          dcat_award *awards)
{
    size_t done = 0;
    double start_s = bench_process_s();
    for (size_t s = 0; s < clearing->place->slot_count; s++) {
        bench_slot at = bench_place_slot(clearing->place, s);
        size_t count = share_of(clearing, &at, done);
        reference_step(market, at.now_s, at.cycle, at.slot, at.tasks, count, &awards[done]);
        done += count;
    }
    return bench_process_s() - start_s;
}

static dcat_status clear_straight(const bench_clearing *clearing, dcat_award *awards,
                                  double *seconds, dcat_error *err)
{
    reference_market *market = calloc(1, sizeof *market);
    if (market == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a market");
    }
    market->world = clearing->place->world;
    market->auction = clearing->auction;
    market->seed = 1;
    reference_set_clusters(market, clearing->place->cluster_of);
    *seconds = clear_tasks(clearing, market, awards);
    free(market);
    return DCAT_OK;
}

dcat_status bench_clear_straight(void *user, double *seconds, dcat_error *err)
{
    const bench_clearing *clearing = user;
    dcat_award *awards = calloc(clearing->straight_count, sizeof *awards);
    if (awards == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu awards",
                         clearing->straight_count);
    }
    dcat_status status = clear_straight(clearing, awards, seconds, err);
    free(awards);
    return status;
}

static bool keep_awards(void *user, const dcat_slot_record *slot)
{
    dcat_award **next = user;
    memcpy(*next, slot->awards, sizeof **next * slot->task_count);
    *next += slot->task_count;
    return true;
}

// The same tasks by the library.
static dcat_status clear_ours(const bench_clearing *clearing, dcat_award *awards, dcat_error *err)
{
    const bench_place *place = clearing->place;
    dcat_env *env = NULL;
    dcat_status status = bench_place_env(place, clearing->auction, false, &env, err);
    if (status != DCAT_OK) {
        return status;
    }
    dcat_award *next = awards;
    const dcat_env_hooks hooks = {.user = &next, .after_slot = keep_awards};
    dcat_env_set_hooks(env, &hooks);
    dcat_totals totals = {0};
    for (size_t s = 0; s < place->slot_count; s++) {
        bench_slot at = bench_place_slot(place, s);
        env_step_tasks(env, at.tasks, share_of(clearing, &at, (size_t)(next - awards)), &totals);
    }
    dcat_env_destroy(env);
    return DCAT_OK;
}

dcat_status bench_same_awards(const bench_clearing *clearing, dcat_error *err)
{
    double seconds;
    size_t count = clearing->straight_count;
    dcat_award *awards = calloc(2 * count, sizeof *awards);
    if (awards == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu awards", count);
    }
    dcat_status status = clear_straight(clearing, awards, &seconds, err);
    if (status == DCAT_OK) {
        status = clear_ours(clearing, &awards[count], err);
    }
    for (size_t n = 0; status == DCAT_OK && n < count; n++) {
        const dcat_award *straight = &awards[n], *ours = &awards[count + n];
        bool same = straight->outcome == ours->outcome && straight->cluster == ours->cluster &&
                    fabs(straight->payment - ours->payment) <= 1e-9 * straight->fee;
        if (!same) {
            status = dcat_fail(err, DCAT_ERR_INTERNAL,
                               "task %zu of %s: cluster %d is paid %.17g, by the straightforward "
                               "version cluster %d is paid %.17g",
                               n, clearing->place->label, ours->cluster, ours->payment,
                               straight->cluster, straight->payment);
        }
    }
    free(awards);
    return status;
}
