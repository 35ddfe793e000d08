// SPDX-License-Identifier: Apache-2.0
// How attempts end, what that means for their task, and for the record of servers.
#include "exchange/core/object.h"

#include "exchange/core/cut.h"

static bool is_open(const part_record *p)
{
    return p->state == PART_OFFERED || p->state == PART_ACKNOWLEDGED || p->state == PART_STARTED;
}

void attempt_end(exchange *x, const exchange_sink *sink, task_record *t)
{
    task_list_take(x, t, LIST_AWARDED);
    for (int32_t i = t->part_first; i != NONE; i = x->parts[i].next) {
        part_record *p = &x->parts[i];
        if (is_open(p)) {
            schedule_part_done(x, t, p, x->core.now_ns);
            part_go(sink, t, p, PART_ON_DROP);
            x->servers[p->server].open_parts--;
            server_leave_if_empty(x, sink, p->server);
        }
    }
}

void task_close(exchange *x, const exchange_sink *sink, task_record *t)
{
    (void)sink;
    t->closed_ns = x->core.now_ns;
    x->core.open_count--;
    canary_closed(x, t);
    task_list_put(x, t, LIST_CLOSED);
}

void attempt_lose(exchange *x, const exchange_sink *sink, task_record *t, enum reason reason)
{
    attempt_end(x, sink, t);
    t->reason = (uint8_t)reason;
    t->pay = 0;
    int64_t next_ns = (x->core.slot + 1) * x->config.slot_ns;
    // A canary has shown what it was to show.
    if (t->pin == 0 && next_ns < t->arrived_ns + t->deadline_us * 1000) {
        task_go(sink, t, TASK_ON_RETRY);
        task_list_put(x, t, LIST_ACCEPTED);
        return;
    }
    task_go(sink, t, TASK_ON_LOSE);
    settle_release(x, sink, t);
    task_close(x, sink, t);
}

// ---- servers

// Choice: probation is not a state of its own but follows from the last strikes, so that a server
// that is lost and found keeps its record.
void server_strike(exchange *x, const exchange_sink *sink, int32_t server)
{
    server_record *s = &x->servers[server];
    for (int i = EXCHANGE_STRIKES - 1; i > 0; i--) {
        s->strike_at[i] = s->strike_at[i - 1];
    }
    s->strike_at[0] = s->award_count;
    if (x->config.bond > 0) {
        bond_strike(x, sink, server);
    }
}

int32_t server_strikes(const exchange *x, int32_t server)
{
    const server_record *s = &x->servers[server];
    int32_t count = 0;
    for (int i = 0; i < EXCHANGE_STRIKES; i++) {
        // An award comes before its strike, so 0 is none.
        count += s->strike_at[i] > 0 && s->award_count - s->strike_at[i] < EXCHANGE_STRIKE_AWARDS;
    }
    return count;
}

bool server_on_probation(const exchange *x, int32_t server)
{
    return server_strikes(x, server) == EXCHANGE_STRIKES;
}

void server_leave_if_empty(exchange *x, const exchange_sink *sink, int32_t server)
{
    const server_record *s = &x->servers[server];
    bool trades = x->cut != NULL && x->cut->index_of[server] != NONE;
    if (s->state == SERVER_DRAINING && s->open_parts == 0 && !trades) {
        server_go(x, sink, server, SERVER_ON_EMPTY);
    }
}
