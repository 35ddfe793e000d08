// SPDX-License-Identifier: Apache-2.0
// Moving parts on: acknowledge, start when it is time, look at the back ends, hand in receipts.
//
// Every round is: look at what runs; commit what is about to be said; say it in one call; note the
// answers; start what was granted; commit.
#include "exchange/agent/inputs.h"
#include "exchange/agent/session.h"
#include "exchange/backend/process.h"

#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FRESH_NS (NS_PER_S / 5)  // a list so old is not asked for again
#define SOON_NS (NS_PER_S / 10)  // before its time a part is looked at once more
#define AGAIN_NS (NS_PER_S / 20) // until a start that was refused is tried again
#define PROCESS_LOOK_NS (NS_PER_S / 20)
#define NEVER_NS INT64_MAX
#define LONGEST_S 1e9 // that simulated work takes

static const agent_server *server_of(const session *s, const agent_part *p)
{
    return &s->config->servers[p->server];
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void session_stop_part(const session *s, const agent_part *p)
{
    if (agent_server_uses_slurm(server_of(s, p))) {
        slurm_stop(s->slurm, p);
    } else if (agent_server_uses_processes(server_of(s, p))) {
        process_stop(s->config, p);
    }
}

// ---- what runs

static dcat_status sign_receipt(session *s, agent_part *p, dcat_error *err)
{
    static const char *const kinds[] = {"finish", "fault", "fail"};
    char data_at[40], started_at[40], finished_at[40], signature[2 * SIGN_BYTES + 1];
    session_time_text(p->data_ns < p->started_ns ? p->data_ns : p->started_ns, data_at);
    session_time_text(p->started_ns, started_at);
    session_time_text(p->finished_ns, finished_at);
    const char *server = s->servers[p->server].id;
    json_t *report = json_pack("{s:s, s:s, s:I, s:s}", "kind", kinds[p->result], "task", p->task,
                               "attempt", (json_int_t)p->attempt, "server", server);
    if (p->result != AGENT_FAIL) {
        json_t *document = json_pack(
            "{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:I}", "exchange",
            s->exchange, "party", s->party, "task", p->task, "attempt", (json_int_t)p->attempt,
            "server", server, "pool", p->pool[0] != '\0' ? p->pool : "main", "data_at", data_at,
            "started_at", started_at, "finished_at", finished_at, "work_done_cycles",
            (json_int_t)p->load_cycles, "exit_code", (json_int_t)p->exit_code, "output_sha256",
            p->output_sha256, "nonce", (json_int_t)session_nonce(s));
        int64_t us = p->started_ns > 0 ? (p->finished_ns - p->started_ns) / 1000 : 0, bytes = 0;
        document = us > 0 ? json_with(document, "ran_us", json_integer(us)) : document;
        if (inputs_took(s, p, &us, &bytes)) {
            document = json_with(document, "fetch_us", json_integer(us));
            document = json_with(document, "fetch_bytes", json_integer(bytes));
        }
        bool is_signed =
            document != NULL && sign_document(&s->key, SIGN_RECEIPT, document, signature);
        report = json_with(report, "document", document);
        report = json_with(report, "signature", is_signed ? json_string(signature) : NULL);
    }
    free(p->receipt);
    p->receipt = report != NULL ? json_dumps(report, JSON_COMPACT) : NULL;
    json_decref(report);
    if (p->receipt == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a receipt");
    }
    p->state = AGENT_FINISHED;
    return journal_put(s->journal, s->config, p, err);
}

// Choice: the work of a simulated server is done when its time is over, whoever slept meanwhile.
static bool look_at_sim(const session *s, agent_part *p, int64_t now_utc_ns, int64_t *left_ns)
{
    const agent_server *server = server_of(s, p);
    // How fast a unit is at a class the exchange knows: its part takes as long as it said.
    double should_s =
        server->unit_count > 0 ? p->should_s : (double)p->load_cycles / (server->speed_ghz * 1e9);
    double takes_s = fmin(should_s * server->factor, LONGEST_S);
    int64_t end_ns = p->started_ns + (int64_t)(takes_s * 1e9);
    *left_ns = end_ns - now_utc_ns;
    if (*left_ns > 0) {
        return false;
    }
    p->finished_ns = end_ns;
    p->result = AGENT_DONE;
    return true;
}

static bool look_at_process(session *s, agent_part *p)
{
    process_end end;
    process_state state = agent_server_uses_slurm(server_of(s, p))
                              ? slurm_look(s->slurm, p, &end)
                              : process_look(s->config, p, &end);
    if (state == PROCESS_RUNS) {
        return false;
    }
    bool ours = state == PROCESS_LOST || state == PROCESS_ABSENT || state == PROCESS_STOPPED;
    p->result = ours                                           ? AGENT_FAIL
                : state == PROCESS_ENDED && end.exit_code == 0 ? AGENT_DONE
                                                               : AGENT_FAULT;
    p->exit_code = state == PROCESS_TIMEOUT ? 124 : end.exit_code;
    p->started_ns = end.begun_ns > 0 ? end.begun_ns : p->started_ns;
    p->finished_ns = end.at_ns > 0 ? end.at_ns : session_utc_ns();
    snprintf(p->output_sha256, sizeof p->output_sha256, "%s", end.output_sha256);
    session_say(s, p->result == AGENT_FAIL ? "error" : "info",
                "task %s, attempt %lld on %s: %s, exit code %lld", p->task, (long long)p->attempt,
                server_of(s, p)->name,
                ours                       ? "it is not known how it ended"
                : state == PROCESS_TIMEOUT ? "ended by its limit of time"
                                           : "ended",
                (long long)p->exit_code);
    return true;
}

static dcat_status look(session *s, int64_t *next_ns, dcat_error *err)
{
    int64_t now_utc_ns = session_utc_ns(), now_ns = session_now_ns();
    dcat_status status = DCAT_OK;
    if (s->slurm != NULL) {
        *next_ns = sooner(*next_ns, slurm_tick(s->slurm, s->parts, s->part_count));
    }
    for (size_t i = 0; status == DCAT_OK && i < s->part_count; i++) {
        agent_part *p = &s->parts[i];
        if (p->state != AGENT_STARTED) {
            continue;
        }
        int64_t left_ns = PROCESS_LOOK_NS;
        bool ended = server_of(s, p)->backend == AGENT_SIM ? look_at_sim(s, p, now_utc_ns, &left_ns)
                                                           : look_at_process(s, p);
        if (ended) {
            status = sign_receipt(s, p, err);
        } else {
            *next_ns = sooner(*next_ns, now_ns + left_ns);
        }
    }
    return status;
}

// ---- what may start

// Of each server's parts the one that may start next, or SIZE_MAX: the server works, or has none.
static size_t *next_of_servers(const session *s)
{
    size_t *next = malloc(s->config->server_count * sizeof *next);
    bool *works = calloc(s->config->server_count, sizeof *works);
    for (size_t i = 0; next != NULL && i < s->config->server_count; i++) {
        next[i] = SIZE_MAX;
    }
    for (size_t i = 0; next != NULL && works != NULL && i < s->part_count; i++) {
        const agent_part *p = &s->parts[i];
        size_t *first = &next[p->server];
        works[p->server] |= p->state == AGENT_INTENDED || p->state == AGENT_STARTED;
        if ((p->state == AGENT_SEEN || p->state == AGENT_ACKED) &&
            (*first == SIZE_MAX || p->due_ns < s->parts[*first].due_ns)) {
            *first = i;
        }
    }
    for (size_t i = 0; next != NULL && works != NULL && i < s->config->server_count; i++) {
        next[i] = works[i] ? SIZE_MAX : next[i];
    }
    bool whole = works != NULL;
    free(works);
    if (!whole) {
        free(next);
        return NULL;
    }
    return next;
}

// Parts whose time has come are intended to start. Before that the list must be fresh: what others
// of the team are late with moves the time.
static dcat_status intend(session *s, int64_t *next_ns, dcat_error *err)
{
    int64_t now_ns = session_now_ns();
    size_t *next = next_of_servers(s);
    if (next == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for what is next");
    }
    dcat_status status = DCAT_OK;
    for (size_t i = 0; i < s->part_count; i++) { // as early as may be
        if (s->parts[i].state == AGENT_ACKED && !inputs_ready(s, &s->parts[i])) {
            *next_ns = sooner(*next_ns, now_ns + AGAIN_NS);
        }
    }
    for (size_t i = 0; status == DCAT_OK && i < s->config->server_count; i++) {
        agent_part *p = next[i] != SIZE_MAX ? &s->parts[next[i]] : NULL;
        if (p == NULL || p->state != AGENT_ACKED || !p->listed || !p->fetch_over) {
            continue;
        }
        bool stale = !p->team_ready || now_ns - s->list_ns > FRESH_NS;
        if (p->due_ns - now_ns > SOON_NS) {
            *next_ns = sooner(*next_ns, p->due_ns - SOON_NS);
        } else if (stale) {
            bool just_asked = now_ns - s->list_ns < AGAIN_NS;
            s->wants_list |= !just_asked;
            *next_ns = sooner(*next_ns, just_asked ? s->list_ns + AGAIN_NS : now_ns);
        } else if (p->due_ns > now_ns) {
            *next_ns = sooner(*next_ns, p->due_ns);
        } else {
            p->state = AGENT_INTENDED;
            status = journal_put(s->journal, s->config, p, err);
        }
    }
    free(next);
    return status;
}

static dcat_status start(session *s, agent_part *p, dcat_error *err)
{
    dcat_error why = {0};
    dcat_status status = DCAT_OK;
    status = inputs_check(s, p, &why);
    if (status == DCAT_OK && agent_server_uses_slurm(server_of(s, p))) {
        status = slurm_prepare(s->slurm, p, &why);
    } else if (status == DCAT_OK && agent_server_uses_processes(server_of(s, p))) {
        status = process_start(s->config, p, &why);
    }
    p->started_ns = p->started_ns > 0 ? p->started_ns : session_utc_ns();
    p->state = AGENT_STARTED;
    if (status == DCAT_OK) {
        return journal_put(s->journal, s->config, p, err);
    }
    session_say(s, "error", "task %s, attempt %lld on %s does not start: %s", p->task,
                (long long)p->attempt, server_of(s, p)->name, why.message);
    p->finished_ns = session_utc_ns();
    p->result = status == DCAT_ERR_FORMAT ? AGENT_FAULT : AGENT_FAIL;
    p->exit_code = 127;
    return sign_receipt(s, p, err);
}

// ---- what is said

static const char *report_kind(const agent_part *p)
{
    return p->state == AGENT_SEEN ? "ack" : p->state == AGENT_INTENDED ? "start" : NULL;
}

static json_t *report_of(session *s, agent_part *p, dcat_error *err)
{
    const char *kind = report_kind(p);
    json_error_t why = {0};
    if (kind != NULL) {
        const char *address = p->state == AGENT_SEEN ? server_of(s, p)->address : NULL;
        return json_pack("{s:s, s:s, s:I, s:s, s:s*}", "kind", kind, "task", p->task, "attempt",
                         (json_int_t)p->attempt, "server", s->servers[p->server].id, "address",
                         address);
    }
    if (p->receipt == NULL && sign_receipt(s, p, err) != DCAT_OK) {
        return NULL;
    }
    return json_object_of(p->receipt, strlen(p->receipt), &why);
}

// What the exchange made of one report.
static dcat_status note_answer(session *s, agent_part *p, const json_t *answer, dcat_error *err)
{
    const char *code = json_string_value(json_object_get(answer, "code"));
    code = code != NULL ? code : "no-code";
    bool taken = strcmp(code, "done") == 0 || strcmp(code, "repeated") == 0;
    if (strcmp(code, "busy") == 0 || strcmp(code, "rate-limited") == 0) {
        s->silent_until_ns = session_now_ns() + FRESH_NS; // then again
        return DCAT_OK;
    }
    if (!taken) {
        session_say(s, "warning", "task %s, attempt %lld on %s: %s is refused: %s", p->task,
                    (long long)p->attempt, server_of(s, p)->name,
                    report_kind(p) != NULL ? report_kind(p) : "the receipt", code);
    }
    if (p->state == AGENT_SEEN) {
        p->state = taken ? AGENT_ACKED : AGENT_DROPPED;
        // Whether the others of the team did, too, and where they are met.
        p->team_ready = p->alone && server_of(s, p)->address == NULL;
        s->wants_list |= !taken || !p->team_ready;
    } else if (p->state == AGENT_FINISHED) {
        p->state = AGENT_SENT;
    } else if (taken) {
        return start(s, p, err);
    } else if (strcmp(code, "wrong-state") == 0 && p->started_ns == 0) {
        p->state = AGENT_ACKED; // one of the team has not acknowledged; or it is over: see the list
        p->team_ready = false;
        s->wants_list = true;
    } else {
        p->state = AGENT_DROPPED;
        session_stop_part(s, p);
    }
    return journal_put(s->journal, s->config, p, err);
}

dcat_status session_note_answers(session *s, const size_t *said, size_t count, const json_t *answer,
                                 dcat_error *err)
{
    const json_t *answers = json_object_get(answer, "answers");
    if (json_array_size(answers) != count || !session_check_epoch(s, answer)) {
        session_say(s, "error", "an answer to %zu reports has %zu", count,
                    json_array_size(answers));
        s->wants_list = true;
        return DCAT_OK;
    }
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        status = note_answer(s, &s->parts[said[i]], json_array_get(answers, i), err);
    }
    return status == DCAT_OK ? journal_commit(s->journal, err) : status;
}

// One call with all that there is to say. *more: there was more than fits, or something to start.
static dcat_status say(session *s, bool *more, dcat_error *err)
{
    size_t *said = malloc(REPORT_MAX * sizeof *said), count = 0;
    json_t *reports = json_array(), *answer = NULL;
    dcat_status status =
        said != NULL ? DCAT_OK : dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for reports");
    for (size_t i = 0; status == DCAT_OK && i < s->part_count && count < REPORT_MAX; i++) {
        agent_part *p = &s->parts[i];
        bool starts = p->state == AGENT_INTENDED && p->listed; // by the list it knows on what
        if (p->state == AGENT_SEEN || starts || p->state == AGENT_FINISHED) {
            reports = json_plus(reports, report_of(s, p, err));
            said[count++] = i;
        }
    }
    *more = false;
    if (status == DCAT_OK && reports == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for reports");
    }
    if (status == DCAT_OK && count > 0) {
        status = journal_commit(s->journal, err);
        json_t *body = json_with(json_object(), "reports", reports);
        reports = NULL;
        if (status == DCAT_OK && session_call(s, "POST", "/v1/reports", body, &answer, NULL)) {
            status = session_note_answers(s, said, count, answer, err);
            *more = true;
        } else if (status != DCAT_OK) {
            json_decref(body);
        }
    }
    json_decref(reports);
    json_decref(answer);
    free(said);
    return status;
}

int64_t session_work(session *s, dcat_error *err)
{
    int64_t next_ns = NEVER_NS;
    bool more = false;
    dcat_status status = look(s, &next_ns, err);
    if (status == DCAT_OK) {
        status = intend(s, &next_ns, err);
    }
    if (status == DCAT_OK && session_now_ns() >= s->silent_until_ns) {
        status = say(s, &more, err);
    }
    if (status == DCAT_OK) {
        status = journal_commit(s->journal, err);
    }
    session_forget_closed(s);
    if (session_now_ns() < s->silent_until_ns) {
        return sooner(next_ns, s->silent_until_ns);
    }
    return status == DCAT_OK && more ? session_now_ns() : next_ns;
}
