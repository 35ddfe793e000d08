// SPDX-License-Identifier: Apache-2.0
// The exchange's list of open awards is the truth: what it has and we do not is taken up, what we
// have and it does not is dropped. Events only say when to look.
#include "exchange/agent/session.h"
#include "exchange/backend/team.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

// One line of the list.
typedef struct listed_award {
    const char *task, *state, *team_state;
    const char *pool; // Nullable
    const json_t *payload;
    int64_t attempt, load_cycles;
    double data_in_s, go_in_s, start_in_s, finish_in_s;
    size_t server;
} listed_award;

static bool find_server(const session *s, const char *id, size_t *server)
{
    for (size_t i = 0; id != NULL && i < s->config->server_count; i++) {
        if (strcmp(s->servers[i].id, id) == 0) {
            *server = i;
            return true;
        }
    }
    return false;
}

// False for what is no award of ours.
static bool read_award(const session *s, const json_t *line, listed_award *a)
{
    const json_t *attempt = json_object_get(line, "attempt");
    const json_t *load = json_object_get(line, "load_cycles");
    const json_t *go = json_object_get(line, "go_in_s"); // older exchanges do not say it
    *a = (listed_award){
        .task = json_string_value(json_object_get(line, "task")),
        .state = json_string_value(json_object_get(line, "state")),
        .team_state = json_string_value(json_object_get(line, "team_state")),
        .payload = json_object_get(line, "payload"),
        .attempt = json_integer_value(attempt),
        .load_cycles = json_integer_value(load),
        .data_in_s = json_number_value(json_object_get(line, "data_in_s")),
        .go_in_s = json_number_value(json_object_get(line, go != NULL ? "go_in_s" : "start_in_s")),
        .start_in_s = json_number_value(json_object_get(line, "start_in_s")),
        .finish_in_s = json_number_value(json_object_get(line, "finish_in_s")),
        .pool = json_string_value(json_object_get(line, "pool")),
    };
    size_t length = a->task != NULL ? strlen(a->task) : 0;
    return length > 0 && length < AGENT_ID_SIZE && strspn(a->task, "0123456789") == length &&
           a->state != NULL && a->team_state != NULL && json_is_integer(attempt) &&
           a->attempt >= 1 && json_is_integer(load) && a->load_cycles >= 0 &&
           find_server(s, json_string_value(json_object_get(line, "server")), &a->server);
}

static agent_part *find_part(const session *s, const listed_award *a)
{
    for (size_t i = 0; i < s->part_count; i++) {
        agent_part *p = &s->parts[i];
        if (p->server == a->server && p->attempt == a->attempt && strcmp(p->task, a->task) == 0) {
            return p;
        }
    }
    return NULL;
}

// Nobody knows any more how that went: it is given up, never run twice.
static void give_up(session *s, agent_part *p, const char *why)
{
    session_say(s, "error", "task %s, attempt %lld on %s is given up: %s", p->task,
                (long long)p->attempt, s->config->servers[p->server].name, why);
    p->state = AGENT_FINISHED;
    p->result = AGENT_FAIL;
    free(p->receipt);
    p->receipt = NULL;
}

static dcat_status take_up(session *s, const listed_award *a, dcat_error *err)
{
    agent_part p = {.attempt = a->attempt, .server = a->server, .load_cycles = a->load_cycles};
    bool known = false;
    dcat_status status = journal_find(s->journal, s->config, a->task, a->attempt,
                                      s->config->servers[a->server].name, &known, &p, err);
    if (status != DCAT_OK) {
        return status;
    }
    snprintf(p.task, sizeof p.task, "%s", a->task);
    if (known && p.state == AGENT_SENT && p.receipt != NULL) {
        p.state = AGENT_FINISHED; // the receipt was lost on their side: the same one again
    } else if (known) {
        give_up(s, &p, "it was closed before");
    } else if (strcmp(a->state, "started") == 0) {
        give_up(s, &p, "it was started, and the journal knows nothing of it");
    }
    if (!known && json_is_object(a->payload)) {
        p.payload = json_dumps(a->payload, JSON_COMPACT);
    }
    if (!known && p.state == AGENT_SEEN) {
        p.data_ns = session_utc_ns() + (int64_t)(a->data_in_s * 1e9);
    }
    status = session_add(s, &p, err);
    return status == DCAT_OK ? journal_put(s->journal, s->config, &p, err) : status;
}

// How many cards of a server a part works on.
static int64_t cards_of(const session *s, const agent_part *p)
{
    const agent_server *server = &s->config->servers[p->server];
    if (s->devices == NULL) {
        return server->cards;
    }
    for (size_t u = 0; u < server->unit_count; u++) {
        const agent_unit *unit = &server->units[u];
        if (strcmp(p->pool, "cpu") != 0 && strcmp(session_pool_of(s, unit->device), p->pool) == 0) {
            return unit->count;
        }
    }
    return 0;
}

static dcat_status note(const session *s, agent_part *p, const listed_award *a, const json_t *line,
                        dcat_error *err)
{
    double go_in_s = a->go_in_s > 1e8 ? 1e8 : a->go_in_s < -1e8 ? -1e8 : a->go_in_s; // also NaN
    double should_s = a->finish_in_s - a->start_in_s;
    p->should_s = should_s > 0.0 && should_s < 1e8 ? should_s : 0.0;
    snprintf(p->pool, sizeof p->pool, "%.7s", a->pool != NULL ? a->pool : "");
    p->cards = cards_of(s, p);
    p->listed = true;
    p->alone = json_integer_value(json_object_get(line, "world_size")) == 1;
    p->team_ready = strcmp(a->team_state, "offered") != 0;
    p->due_ns = session_now_ns() + (int64_t)(go_in_s * 1e9);
    if (strcmp(a->state, "offered") == 0 && p->state == AGENT_ACKED) {
        p->state = AGENT_SEEN; // what we said was lost
    } else if (strcmp(a->state, "started") != 0 && p->state == AGENT_STARTED) {
        p->state = AGENT_INTENDED; // so was that: starting again starts nothing
    }
    return p->state < AGENT_STARTED ? team_note(p, line, err) : DCAT_OK;
}

// What the list leaves out is over, but for receipts that are still to be handed in.
static dcat_status drop_rest(session *s, dcat_error *err)
{
    for (size_t i = 0; i < s->part_count; i++) {
        agent_part *p = &s->parts[i];
        if (p->listed || p->state >= AGENT_FINISHED) {
            continue;
        }
        if (p->state >= AGENT_INTENDED) {
            session_stop_part(s, p);
        }
        session_say(s, "info", "task %s, attempt %lld on %s was taken back", p->task,
                    (long long)p->attempt, s->config->servers[p->server].name);
        p->state = AGENT_DROPPED;
        dcat_status status = journal_put(s->journal, s->config, p, err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    return DCAT_OK;
}

dcat_status session_follow(session *s, const json_t *list, dcat_error *err)
{
    const json_t *line = NULL;
    size_t i, strange = 0;
    dcat_status status = DCAT_OK;
    for (size_t j = 0; j < s->part_count; j++) {
        s->parts[j].listed = false;
    }
    json_array_foreach(list, i, line)
    {
        listed_award a;
        if (!read_award(s, line, &a)) {
            strange++;
            continue;
        }
        agent_part *p = find_part(s, &a);
        if (p == NULL) {
            status = take_up(s, &a, err);
            p = status == DCAT_OK ? &s->parts[s->part_count - 1] : NULL;
        }
        if (status != DCAT_OK) {
            return status;
        }
        status = note(s, p, &a, line, err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    if (strange > 0) {
        session_say(s, "warning", "%zu awards are for servers that this agent does not have",
                    strange);
    }
    status = drop_rest(s, err);
    session_forget_closed(s);
    return status == DCAT_OK ? journal_commit(s->journal, err) : status;
}

bool session_reconcile(session *s, dcat_error *err)
{
    json_t *answer = NULL;
    s->wants_list = false;
    if (!session_call(s, "GET", "/v1/awards?open=1", NULL, &answer, NULL)) {
        s->wants_list = true;
        return false;
    }
    const json_t *list = json_object_get(answer, "awards");
    bool good = json_is_array(list) && session_check_epoch(s, answer);
    if (good) {
        s->list_ns = session_now_ns();
        good = session_follow(s, list, err) == DCAT_OK;
    }
    json_decref(answer);
    return good;
}
