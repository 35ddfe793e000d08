// SPDX-License-Identifier: Apache-2.0
// Where episodes begin. Choice: at a cycle drawn evenly from the span, with an arrival seed of its
// own, so that no two episodes show the same tasks; both are functions of seed, environment and
// episode alone, whatever the threads do.

#include "py.h"

dcat_status py_episode_begin(const py_episodes *episodes, dcat_env *env, size_t i, uint32_t number,
                             dcat_error *err)
{
    dcat_draw draw = dcat_draw_at(episodes->seed, DCAT_STREAM_USER, 0, (uint32_t)i, number, 0);
    uint32_t room = episodes->cycles.count - episodes->cycle_count + 1;
    uint32_t cycle = episodes->cycles.first + dcat_pick(dcat_draw_u64(&draw, 0), room);
    return dcat_env_reset(env, dcat_draw_u64(&draw, 1), cycle, err);
}

int py_episodes_check(const py_episodes *episodes, const py_world *world)
{
    dcat_error err = {0};
    if (dcat_demand_check(world->demand, world->world, episodes->cycles.first,
                          episodes->cycles.count, &err) != DCAT_OK) {
        py_raise(&err);
        return -1;
    }
    if (episodes->cycle_count < 1 || episodes->cycle_count > episodes->cycles.count) {
        PyErr_Format(
            PyExc_ValueError,
            "an episode must have from 1 to %u cycles, as many as there are to begin in, got %u",
            episodes->cycles.count, episodes->cycle_count);
        return -1;
    }
    return 0;
}
