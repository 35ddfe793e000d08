// SPDX-License-Identifier: Apache-2.0
// Users and agents of a simulated market, and the network that they speak over.

#include "sim.h"

#include <string.h>

void sim_later(sim *m, what_kind what, int64_t in_ns, int32_t who, int64_t task, int32_t attempt)
{
    timeline_put(&m->line, (item){.at_ns = m->now_ns + in_ns,
                                  .what = what,
                                  .who = who,
                                  .task = task,
                                  .attempt = attempt});
}

// ---- the network

bool sim_chance(sim *m, double probability)
{
    return dcat_rng_uniform(&m->rng) < probability;
}

int64_t sim_delay_ns(sim *m)
{
    double longest_s = sim_chance(m, 0.03) ? 120.0 : 0.5;
    return (int64_t)(dcat_rng_uniform(&m->rng) * longest_s * 1e9);
}

static void send(sim *m, const exchange_event *event)
{
    int copies = (sim_chance(m, 0.3) ? 0 : 1) + (sim_chance(m, 0.3) ? 1 : 0);
    for (; copies > 0; copies--) {
        timeline_put(
            &m->line,
            (item){.at_ns = m->now_ns + sim_delay_ns(m), .what = MESSAGE, .event = *event});
    }
}

// ---- users

void sim_make_wishes(sim *m, size_t count)
{
    m->wish_count = count;
    for (size_t i = 0; i < count; i++) {
        int32_t user = m->user[dcat_rng_below(&m->rng, USERS)];
        exchange_event event = stage_submit(user, 0, i, 1, 1);
        event.task.work_cycles = (int64_t)(rng_in(&m->rng, 1e9, 9e12));
        event.task.deadline_us = (int64_t)(rng_in(&m->rng, 5e6, 2e8));
        event.task.area = (int32_t)dcat_rng_below(&m->rng, 2);
        event.task.retry_ns = sim_chance(m, 0.5) ? event.task.deadline_us * 1000 : 0;
        m->wishes[i] = (wish){.event = event};
        int64_t at_ns = (int64_t)(rng_in(&m->rng, 0.0, (double)count)) * STAGE_S;
        timeline_put(&m->line,
                     (item){.at_ns = at_ns, .what = USER, .who = user, .task = (int64_t)i});
    }
}

// A user says it again until the answer comes through; and may then cancel, dispute, or use the
// same key for something else.
void sim_user_acts(sim *m, const item *it)
{
    wish *w = &m->wishes[it->task];
    if (it->attempt == 0) {
        if (w->id == 0 && w->sent++ < 20) {
            send(m, &w->event);
            sim_later(m, USER, 3 * STAGE_S, it->who, it->task, 0);
        } else if (w->id != 0 && sim_chance(m, 0.4)) {
            sim_later(m, USER, (int64_t)rng_in(&m->rng, 1e9, 2e11), it->who, it->task, 1);
        }
        return;
    }
    exchange_event event = stage_report(EVENT_CANCEL, it->who, 0, w->id, 0, 0);
    event.kind = sim_chance(m, 0.5) ? EVENT_CANCEL : EVENT_DISPUTE;
    send(m, &event);
    event.actor = STAGE_OPERATOR;
    event.kind = EVENT_RESOLVE;
    event.report.refund = sim_chance(m, 0.5);
    send(m, &event);
    event = w->event;
    event.task.client.body[0]++;
    event.task.data_bits++;
    send(m, &event);
}

// I15: one client id is one task, whatever arrives how often.
void sim_answer_user(sim *m, const exchange_event *event, exchange_result result)
{
    wish *w = &m->wishes[event->task.client.id[0]];
    bool same =
        memcmp(&w->event.task.client, &event->task.client, sizeof w->event.task.client) == 0;
    if (!same) {
        assert_true(result.code != CODE_DONE && result.code != CODE_REPEATED);
        return;
    }
    if (result.code == CODE_DONE || result.code == CODE_REPEATED) {
        assert_true(w->id == 0 || w->id == result.id);
        if (!sim_chance(m, 0.3)) {
            w->id = result.id;
        }
    }
}

// ---- agents

static void say(sim *m, exchange_kind kind, int32_t server, int64_t task, int32_t attempt)
{
    exchange_event event =
        stage_report(kind, m->s.x->servers[server].party, 0, task, attempt, server);
    event.report.output[0] = RIGHT_OUTPUT + (m->habits[server] == WRONG);
    send(m, &event);
    if (m->habits[server] == DOUBLE) {
        send(m, &event);
    }
}

static void lie(sim *m, int32_t server, int64_t task)
{
    exchange_kind kind = (exchange_kind)(EVENT_ACK + (int)dcat_rng_below(&m->rng, 5));
    exchange_event event = stage_report(
        kind, m->s.x->servers[server].party, 0, task + (int64_t)dcat_rng_below(&m->rng, 5) - 2,
        (int32_t)dcat_rng_below(&m->rng, 4), (int32_t)dcat_rng_below(&m->rng, SERVERS + 1) - 1);
    send(m, &event);
}

// An agent works off one award: it says where it is until the exchange is seen to know, which is
// what the list of its open awards tells it.
void sim_agent_acts(sim *m, const item *it)
{
    static const exchange_kind words[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
    work *w = &m->work[it->who][it->task % TASK_MAX];
    const task_record *t = task_find(m->s.x, it->task);
    if (t == NULL || t->attempt != it->attempt || w->task != it->task ||
        w->attempt != it->attempt) {
        return;
    }
    const part_record *p = NULL;
    for (int32_t i = t->part_first; i != NONE; i = m->s.x->parts[i].next) {
        p = m->s.x->parts[i].server == it->who ? &m->s.x->parts[i] : p;
    }
    if (p == NULL || p->state > PART_STARTED) {
        return; // over
    }
    habit h = m->habits[it->who];
    if (h == DEFAULTER && sim_chance(m, 0.3)) {
        say(m, sim_chance(m, 0.7) ? EVENT_FAIL : EVENT_FAULT, it->who, it->task, it->attempt);
        return;
    }
    if (h == LIAR) {
        lie(m, it->who, it->task);
    }
    int known = p->state - PART_OFFERED; // how far the exchange is
    if (known == 2 && w->stage < 2) {    // it has started
        double work_s = (double)p->load / (double)m->s.x->servers[it->who].machine.speed_hz;
        w->ready_ns = m->now_ns + (int64_t)(work_s * (h == SLOW ? 3e9 : 1e9)) * (h != LIAR);
    }
    w->stage = known;
    if (known < 2 || m->now_ns >= w->ready_ns) {
        say(m, words[known], it->who, it->task, it->attempt);
    }
    sim_later(m, AGENT, 2 * STAGE_S, it->who, it->task, it->attempt);
}

void sim_offer(sim *m, const item *it)
{
    work *w = &m->work[it->who][it->task % TASK_MAX];
    if (w->task != it->task || w->attempt != it->attempt) {
        *w = (work){.task = it->task, .attempt = it->attempt};
        sim_later(m, AGENT, 0, it->who, it->task, it->attempt);
    }
}

// Every few seconds: a heartbeat, and the list of open awards, whose offers may have been lost.
void sim_beats(sim *m, const item *it)
{
    exchange_event event =
        stage_of_server(EVENT_HEARTBEAT, m->s.x->servers[it->who].party, 0, it->who);
    if (m->habits[it->who] != DEFAULTER || sim_chance(m, 0.2)) {
        send(m, &event);
    }
    for (int32_t a = m->s.x->core.head[LIST_AWARDED]; a != NONE; a = m->s.x->tasks[a].next) {
        const task_record *t = &m->s.x->tasks[a];
        for (int32_t i = t->part_first; i != NONE; i = m->s.x->parts[i].next) {
            if (m->s.x->parts[i].server == it->who) {
                sim_offer(m, &(item){.who = it->who, .task = t->id, .attempt = t->attempt});
            }
        }
    }
    if (m->now_ns < m->end_ns + AFTER_NS) {
        sim_later(m, BEAT, 10 * STAGE_S, it->who, 0, 0);
    }
}
