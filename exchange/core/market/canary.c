// SPDX-License-Identifier: Apache-2.0
// Canaries: tasks whose right answer is known, given to one server to see whether it does what it
// is paid for.
//
// Choice: which server and class one is for is a lot of the slot before, so that no user, provider
// or operator can aim one, and who has the log can draw them all again. To the server it is a task
// as any other, and its fee and pay are.
#include "exchange/core/cut.h"
#include "exchange/core/object.h"

#include "dcat/rng.h"

#include <string.h>

static bool is_drawn(const exchange *x, uint64_t seed, int32_t server, int32_t class_id)
{
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, (uint32_t)server, (uint32_t)class_id);
    return dcat_rng_uniform(&rng) * (double)x->config.canary_ns < (double)x->config.slot_ns;
}

static bool serves(const exchange *x, int32_t server, int32_t class_id)
{
    if (x->cut == NULL || server < 0 || server >= x->core.server_count || class_id < 0 ||
        (size_t)class_id >= class_count(x)) {
        return false;
    }
    const server_record *s = &x->servers[server];
    int32_t w = x->cut->index_of[server];
    return s->state == SERVER_ACTIVE && w != NONE &&
           cut_member(x->cut, class_id, w)->speed_hz > 0.0;
}

bool exchange_canary_is_due(const exchange *x, uint64_t seed, int32_t server, int32_t class_id)
{
    return x->config.canary_ns > 0 && serves(x, server, class_id) &&
           x->servers[server].canaries.open == 0 && is_drawn(x, seed, server, class_id);
}

exchange_code canary_may_submit(const exchange *x, const exchange_event *event)
{
    const exchange_canary *c = &event->task.canary;
    if (c->drawn == 0) {
        return CODE_DONE;
    }
    if (c->drawn != 1) {
        return CODE_OUT_OF_RANGE;
    }
    if (c->slot != x->core.slot) {
        return CODE_STALE_TIME;
    }
    return exchange_canary_is_due(x, c->seed, c->server, event->task.class_id) ? CODE_DONE
                                                                               : CODE_FORBIDDEN;
}

void canary_take(exchange *x, task_record *t, const exchange_canary *canary)
{
    if (canary->drawn == 1) {
        t->pin = canary->server + 1;
        memcpy(t->answer, canary->answer, sizeof t->answer);
        x->servers[canary->server].canaries.open = t->id;
    }
}

bool canary_is_wrong(const task_record *t, const exchange_event *event)
{
    static const unsigned char any[sizeof t->answer];
    if (t->pin == 0 || (event->kind != EVENT_FINISH && event->kind != EVENT_FAULT)) {
        return false;
    }
    return event->kind == EVENT_FAULT ||
           (memcmp(t->answer, any, sizeof any) != 0 &&
            memcmp(t->answer, event->report.output, sizeof t->answer) != 0);
}

// Choice: what was not sold, or cancelled, says nothing of the server, nor does work that it may
// give up since it drains.
void canary_closed(exchange *x, const task_record *t)
{
    if (t->pin == 0) {
        return;
    }
    server_record *s = &x->servers[t->pin - 1];
    exchange_canaries *c = &s->canaries;
    bool excused = t->reason == REASON_GIVEN_UP && offer_excuses(s, x->core.now_ns);
    bool failed = t->state == TASK_FAILED && !excused;
    c->open = 0;
    c->passed += t->state == TASK_SETTLED;
    c->late += t->state == TASK_SETTLED_LATE;
    c->failed += failed;
    if (failed || t->state == TASK_SETTLED || t->state == TASK_SETTLED_LATE) {
        c->last_ns = x->core.now_ns;
    }
}

exchange_canaries exchange_canaries_of(const exchange *x, int32_t server)
{
    return server >= 0 && server < x->core.server_count ? x->servers[server].canaries
                                                        : (exchange_canaries){0};
}
