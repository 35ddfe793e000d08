// SPDX-License-Identifier: Apache-2.0
#include "exchange/live/history.h"

#include <stdlib.h>
#include <string.h>

bool live_history_create(live_history *h)
{
    *h = (live_history){.samples = calloc(HISTORY_SAMPLES, sizeof *h->samples)};
    return h->samples != NULL;
}

void live_history_destroy(live_history *h)
{
    free(h->samples);
    *h = (live_history){0};
}

const live_sample *live_history_at(const live_history *h, size_t i)
{
    size_t first = h->count < HISTORY_SAMPLES ? 0 : h->next;
    return &h->samples[(first + i) % HISTORY_SAMPLES];
}

bool live_history_is_due(const live_history *h, int64_t now_ns)
{
    return h->count == 0 || now_ns - live_history_at(h, h->count - 1)->at_ns >= HISTORY_EVERY_NS;
}

void live_history_add(live_history *h, const live_sample *sample)
{
    h->samples[h->next] = *sample;
    h->next = (h->next + 1) % HISTORY_SAMPLES;
    h->count += h->count < HISTORY_SAMPLES;
}

live_sample live_sample_of(const exchange *x, const live_figures *figures, uint64_t events,
                           int64_t now_ns)
{
    exchange_time_view time = exchange_time(x);
    live_sample s = {.at_ns = now_ns,
                     .open_tasks = time.open_tasks,
                     .events = events,
                     .cycle = time.cycle,
                     .awarded_micro = figures->awarded_micro,
                     .awarded_cycles = figures->awarded_cycles,
                     .profit_micro = (double)exchange_balance(x, ACCOUNT_PROFIT) +
                                     (double)exchange_balance(x, ACCOUNT_COMMISSION)};
    memcpy(s.tasks, figures->tasks, sizeof s.tasks);
    memcpy(s.commits, figures->commit.bucket, sizeof s.commits);
    for (int32_t i = 0; i < exchange_server_count(x); i++) {
        exchange_server_view v;
        s.servers += exchange_server_find(x, i, &v) && v.state == SERVER_ACTIVE;
    }
    return s;
}

double live_commit_quantile(const live_sample *from, const live_sample *to, double share)
{
    const double *bounds = live_seconds;
    double all = 0.0, below = 0.0;
    for (int b = 0; b <= LIVE_BOUND_COUNT; b++) {
        all += (double)(to->commits[b] - from->commits[b]);
    }
    for (int b = 0; b < LIVE_BOUND_COUNT; b++) {
        double here = (double)(to->commits[b] - from->commits[b]);
        if (here > 0.0 && below + here >= share * all) {
            double low = b > 0 ? bounds[b - 1] : 0.0;
            return low + (bounds[b] - low) * (share * all - below) / here;
        }
        below += here;
    }
    return all > 0.0 ? bounds[LIVE_BOUND_COUNT - 1] : 0.0;
}
