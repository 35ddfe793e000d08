// SPDX-License-Identifier: Apache-2.0
// The rows that walks leave, and the tapes of samples over them: their memory, and what is learned
// of them.
#include "learn/walk.h"

#include <string.h>

// --- memory

void rl_rows_layout(arena *a, const dcat_world *world, size_t pair_max, size_t sample_max,
                    size_t scene_max, rl_rows *rows)
{
    rl_size room = rl_size_of(world);
    room.pair_max = pair_max;
    rl_rows_layout_sized(a, room, sample_max, scene_max, rows);
}

// A merge makes at most one new pair for every two that it ends, so a walk adds at most as many
// rows as it started with.
void rl_rows_layout_sized(arena *a, rl_size room, size_t sample_max, size_t scene_max,
                          rl_rows *rows)
{
    bool deciding = sample_max == 0;
    size_t pair_max = room.pair_max;
    *rows = (rl_rows){.area_count = room.A};
    rows->row_max = deciding ? 2 * pair_max : pair_max * (scene_max + sample_max);
    rows->answer = ARENA_ARRAY(a, float, rows->row_max *RL_CONTEXT_COUNT);
    rows->area_weight = ARENA_ARRAY(a, float, rows->row_max * rows->area_count);
    if (deciding) {
        return;
    }
    rows->slot_count = 64;
    while (rows->slot_count < 2 * rows->row_max) {
        rows->slot_count *= 2;
    }
    rows->stop_max = room.S * sample_max;
    rows->x = ARENA_ARRAY(a, float, rows->row_max *RL_PAIR_COUNT);
    rows->d = ARENA_ARRAY(a, float, rows->row_max *RL_CONTEXT_COUNT);
    rows->key = ARENA_ARRAY(a, uint64_t, rows->slot_count);
    rows->slot = ARENA_ARRAY(a, int32_t, rows->slot_count);
    rows->stop_x = ARENA_ARRAY(a, float, rows->stop_max *RL_POOL_COUNT);
    rows->stop_d = ARENA_ARRAY(a, float, rows->stop_max);
}

void rl_rows_forget(rl_rows *rows)
{
    if (rows->key == NULL) {
        return;
    }
    memset(rows->key, 0, sizeof *rows->key * rows->slot_count);
}

void rl_rows_clear(rl_rows *rows)
{
    rows->row_count = 0;
    rows->answered_count = 0;
    rows->stop_count = 0;
    rl_rows_forget(rows);
}

void rl_sample_layout(arena *a, size_t pair_max, size_t S, rl_sample *sample)
{
    sample->cluster_of = ARENA_ARRAY(a, int32_t, S);
    sample->tape = ARENA_ARRAY(a, rl_tape_entry, 2 * pair_max);
    sample->stop_tape = ARENA_ARRAY(a, rl_stop_entry, S);
    sample->merged = ARENA_ARRAY(a, int32_t, 2 * S);
}

// --- learning

void rl_sample_weigh(const rl_sample *sample, float weight_log, float weight_entropy, rl_rows *rows)
{
    for (size_t i = 0; i < sample->tape_count; i++) {
        const rl_tape_entry *entry = &sample->tape[i];
        float *d = &rows->d[(size_t)entry->row * RL_CONTEXT_COUNT];
        for (size_t j = 0; j < RL_CONTEXT_COUNT; j++) {
            d[j] += weight_log * entry->d_log[j] + weight_entropy * entry->d_entropy[j];
        }
    }
    for (size_t i = 0; i < sample->stop_count; i++) {
        const rl_stop_entry *entry = &sample->stop_tape[i];
        rows->stop_d[entry->row] += weight_log * entry->d_log + weight_entropy * entry->d_entropy;
    }
}

void rl_rows_backward(const rl_rows *rows, const dcat_actor *actor, const rl_mlp_scratch *scratch,
                      float *gradient)
{
    rl_mlp_backward_rows(actor->pair, actor->weights, rows->x, rows->d, rows->row_count, scratch,
                         gradient);
    rl_mlp_backward_rows(actor->stop, &actor->weights[actor->stop_at], rows->stop_x, rows->stop_d,
                         rows->stop_count, scratch, &gradient[actor->stop_at]);
}
