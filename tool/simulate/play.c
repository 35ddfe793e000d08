// SPDX-License-Identifier: Apache-2.0
// What plays a simulation: the library, an exchange beside it, or the log of one.

#include "tool/simulate/simulate.h"

#ifdef DCAT_HAVE_SERVICE
#include "exchange/feed/story.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

dcat_status simulation_begin_exchange(simulation *s, dcat_error *err)
{
    const char *folder = s->options->exchange;
    if (folder == NULL) {
        return DCAT_OK;
    }
    if (mkdir(folder, 0777) != 0) {
        return dcat_fail(err, errno == EEXIST ? DCAT_ERR_EXISTS : DCAT_ERR_IO, "--exchange %s: %s",
                         folder, strerror(errno));
    }
    const exchange_feed_config config = {
        .folder = folder,
        .world = s->world,
        .auction = s->config.policy.auction,
        .seed = s->config.seed,
        .cycle_first = s->config.cycle_first,
        .slot_task_max = dcat_demand_slot_task_max(dcat_scenario_demand_view(s->scenario)),
    };
    dcat_status status = exchange_feed_create(&config, &s->feed, err);
    if (status != DCAT_OK) {
        rmdir(folder);
    }
    return status;
}

bool simulation_feed_exchange(simulation *s, const dcat_slot_record *slot)
{
    if (s->feed != NULL) {
        s->end = exchange_feed_slot(s->feed, slot, s->err);
    }
    return s->end == DCAT_OK;
}

dcat_status simulation_end_exchange(simulation *s, dcat_error *err)
{
    uint64_t awards = 0;
    dcat_status status = s->feed == NULL ? DCAT_OK : exchange_feed_finish(s->feed, &awards, err);
    if (status == DCAT_OK && s->feed != NULL && !s->common->quiet) {
        fprintf(stderr, "Exchange: the same %llu awards, log in %s\n", (unsigned long long)awards,
                s->options->exchange);
    }
    return status;
}

void simulation_free_exchange(simulation *s)
{
    exchange_feed_destroy(s->feed);
}

dcat_status simulation_cycles(simulation *s, dcat_cycle_span *span, dcat_error *err)
{
    if (s->options->log == NULL) {
        return dcat_scenario_first_test_cycles(s->scenario, s->options->cycle_count, span, err);
    }
    if (s->options->exchange != NULL || s->options->cycle_count != 0 || s->options->stability) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "--log goes with neither --exchange nor --cycles nor --stability");
    }
    return exchange_story_cycles(s->options->log, &span->first, &span->count, err);
}

dcat_status simulation_play(simulation *s, const dcat_run_hooks *hooks, dcat_error *err)
{
    if (s->options->log == NULL) {
        return dcat_run(s->world, dcat_scenario_demand_view(s->scenario), &s->config, hooks,
                        s->cycles, &s->result, err);
    }
    const exchange_story_config config = {
        .folder = s->options->log,
        .world = s->world,
        .auction = s->config.policy.auction,
        .hooks = hooks,
        .cycle_from = s->told != NULL ? s->told->chapter->first : 0,
        .cycle_count = s->config.cycle_count,
        .before_slot = s->told != NULL ? simulation_before_slot : NULL};
    return exchange_story_tell(&config, s->cycles, &s->result, err);
}
#else
dcat_status simulation_cycles(simulation *s, dcat_cycle_span *span, dcat_error *err)
{
    return dcat_scenario_first_test_cycles(s->scenario, s->options->cycle_count, span, err);
}

dcat_status simulation_play(simulation *s, const dcat_run_hooks *hooks, dcat_error *err)
{
    return dcat_run(s->world, dcat_scenario_demand_view(s->scenario), &s->config, hooks, s->cycles,
                    &s->result, err);
}

dcat_status simulation_begin_exchange(simulation *s, dcat_error *err)
{
    (void)s;
    (void)err;
    return DCAT_OK;
}

bool simulation_feed_exchange(simulation *s, const dcat_slot_record *slot)
{
    (void)s;
    (void)slot;
    return true;
}

dcat_status simulation_end_exchange(simulation *s, dcat_error *err)
{
    return simulation_begin_exchange(s, err);
}

void simulation_free_exchange(simulation *s)
{
    (void)s;
}
#endif
