// SPDX-License-Identifier: Apache-2.0
#include "service/market.h"

#include "base/json.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const state_names[] = {"offered", "acknowledged", "started"};

static void complain(market *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void complain(market *m, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(m->why, sizeof m->why, format, arguments);
    va_end(arguments);
    m->bad = true;
}

static standin_answer json_answer(int status, json_t *body)
{
    standin_answer a = {.status = status, .owned = json_dumps(body, JSON_COMPACT)};
    json_decref(body);
    return a;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static json_t *read_json(const char *text)
{
    json_error_t why;
    return json_load_guarded(text, strlen(text), NULL, &why);
}

// ---- servers and asks

static json_t *server_json(const market *m, size_t i)
{
    char id[16];
    snprintf(id, sizeof id, "%zu", i + 1);
    json_t *server = json_pack("{s:s, s:s, s:s, s:f}", "id", id, "name", m->names[i], "state",
                               "active", "speed_ghz", 100.0);
    return m->bars != NULL ? json_with(server, "bars", read_json(m->bars)) : server;
}

static standin_answer servers(market *m, const standin_request *r, const json_t *body)
{
    if (strcmp(r->method, "GET") == 0) {
        json_t *list = json_array();
        for (size_t i = 0; i < m->server_count; i++) {
            list = json_plus(list, server_json(m, i));
        }
        return json_answer(200, json_pack("{s:o}", "servers", list));
    }
    for (size_t i = 0; i < m->server_count; i++) {
        if (strcmp(m->names[i], text_of(body, "name")) == 0) { // the answer was lost
            return json_answer(200, server_json(m, i));
        }
    }
    snprintf(m->names[m->server_count], sizeof m->names[0], "%s", text_of(body, "name"));
    return json_answer(201, server_json(m, m->server_count++));
}

static standin_answer ask(market *m, const standin_request *r, const json_t *body)
{
    const json_t *document = json_object_get(body, "document");
    int64_t nonce = json_integer_value(json_object_get(document, "nonce"));
    size_t server = strtoull(r->path + strlen("/v1/servers/"), NULL, 10) - 1;
    if (!sign_check(m->public_key, SIGN_ASK, document, text_of(body, "signature"))) {
        complain(m, "an ask with a bad signature");
    }
    if (nonce < m->nonce || server >= m->server_count ||
        strcmp(text_of(document, "exchange"), "stand-in") != 0 ||
        strcmp(text_of(document, "party"), "3") != 0) {
        complain(m, "a wrong ask: %s", r->body);
    }
    m->ask_count += nonce > m->nonce;
    m->nonce = nonce;
    snprintf(m->ask_amount[server], sizeof m->ask_amount[0], "%s", text_of(document, "amount"));
    snprintf(m->ask_per[server], sizeof m->ask_per[0], "%s", text_of(document, "per"));
    return json_answer(202, json_pack("{s:i}", "from_cycle", 2));
}

static standin_answer benchmark(market *m, const json_t *body)
{
    const json_t *document = json_object_get(body, "document");
    if (!sign_check(m->public_key, SIGN_BENCHMARK, document, text_of(body, "signature"))) {
        complain(m, "a benchmark with a bad signature");
    }
    if (m->refuses_benchmarks) {
        return (standin_answer){.status = 422, .body = "{\"code\": \"out-of-range\"}"};
    }
    m->benchmark_count++;
    size_t used = strlen(m->benchmarks);
    snprintf(m->benchmarks + used, sizeof m->benchmarks - used, "%s %s;",
             text_of(document, "class"), text_of(document, "program"));
    return json_answer(200, json_pack("{s:f}", "speed_ghz", 1.0));
}

// ---- awards and reports

static standin_answer awards(market *m)
{
    json_t *list = json_array();
    for (size_t i = 0; i < m->part_count; i++) {
        const market_part *p = &m->parts[i];
        char task[16], server[16];
        if (p->state > MARKET_STARTED) {
            continue;
        }
        snprintf(task, sizeof task, "%zu", i + 1);
        snprintf(server, sizeof server, "%zu", p->server + 1);
        json_t *award =
            json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:I, s:f, s:f}", "task", task, "attempt",
                      (json_int_t)p->attempt, "server", server, "pool", "main", "state",
                      state_names[p->state], "team_state", state_names[p->state], "load_cycles",
                      (json_int_t)p->load_cycles, "data_in_s", -0.1, "start_in_s", -0.01);
        if (p->payload != NULL) {
            award = json_with(award, "payload", read_json(p->payload));
        }
        list = json_plus(list, award);
    }
    return json_answer(200, json_pack("{s:I, s:o}", "epoch", (json_int_t)m->epoch, "awards", list));
}

static const char *end_part(market *m, market_part *p, size_t task, const json_t *report,
                            market_state to)
{
    const json_t *document = json_object_get(report, "document");
    const char *signature = text_of(report, "signature");
    if (p->state == to) {
        if (to != MARKET_FAILED && strcmp(p->signature, signature) != 0) {
            complain(m, "task %zu has two receipts", task);
        }
        m->repeated_count++;
        return "repeated";
    }
    if (p->state > MARKET_STARTED || (p->state < MARKET_STARTED && to != MARKET_FAILED)) {
        return "wrong-state";
    }
    if (to != MARKET_FAILED) {
        if (!sign_check(m->public_key, SIGN_RECEIPT, document, signature)) {
            return "bad-signature";
        }
        snprintf(p->signature, sizeof p->signature, "%s", signature);
        p->receipt = json_incref((json_t *)(uintptr_t)document);
    }
    p->state = to;
    p->ends++;
    return "done";
}

static const char *report(market *m, const json_t *line)
{
    const char *kind = text_of(line, "kind");
    size_t task = strtoull(text_of(line, "task"), NULL, 10);
    if (task < 1 || task > m->part_count) {
        return "not-found";
    }
    market_part *p = &m->parts[task - 1];
    if (json_integer_value(json_object_get(line, "attempt")) != p->attempt) {
        return "wrong-attempt";
    }
    if (strcmp(kind, "ack") == 0 || strcmp(kind, "start") == 0) {
        market_state to = kind[0] == 'a' ? MARKET_ACKED : MARKET_STARTED;
        if (p->state >= to && p->state <= MARKET_FINISHED) {
            m->repeated_count++;
            return "repeated";
        }
        if (p->state + 1 != to) {
            return "wrong-state";
        }
        p->state = to;
        p->starts += to == MARKET_STARTED;
        return "done";
    }
    return end_part(m, p, task, line,
                    strcmp(kind, "finish") == 0  ? MARKET_FINISHED
                    : strcmp(kind, "fault") == 0 ? MARKET_FAULT
                                                 : MARKET_FAILED);
}

static standin_answer reports(market *m, const json_t *body)
{
    json_t *answers = json_array();
    const json_t *line = NULL;
    size_t i;
    json_array_foreach(json_object_get(body, "reports"), i, line)
    {
        const char *code = report(m, line);
        m->refused_count += strcmp(code, "done") != 0 && strcmp(code, "repeated") != 0;
        answers = json_plus(answers, json_pack("{s:s}", "code", code));
    }
    return json_answer(200,
                       json_pack("{s:I, s:o}", "epoch", (json_int_t)m->epoch, "answers", answers));
}

// ---- all of it

static standin_answer answer(market *m, const standin_request *r, const json_t *body)
{
    if (strncmp(r->path, "/v1/market", 10) == 0) {
        json_t *about = json_pack("{s:s, s:s, s:I}", "name", "stand-in", "currency", "CNY", "epoch",
                                  (json_int_t)m->epoch);
        if (m->programs != NULL) {
            about = json_with(
                about, "benchmark",
                json_pack("{s:b, s:o}", "required", true, "programs", read_json(m->programs)));
        }
        return json_answer(200, about);
    }
    if (strncmp(r->path, "/v1/accounts", 12) == 0) {
        return json_answer(200, json_pack("{s:[{s:n, s:s}, {s:s}]}", "accounts", "party", "kind",
                                          "world", "party", "3"));
    }
    if (strcmp(r->path, "/v1/parties/3/keys") == 0) {
        sign_from_hex(text_of(body, "key"), m->public_key, sizeof m->public_key);
        return json_answer(201, json_pack("{s:s}", "party", "3"));
    }
    if (strncmp(r->path, "/v1/servers/", 12) == 0 && strstr(r->path, "/benchmark") != NULL) {
        return benchmark(m, body);
    }
    if (strncmp(r->path, "/v1/servers", 11) == 0) {
        return strcmp(r->method, "PUT") == 0 ? ask(m, r, body) : servers(m, r, body);
    }
    if (strcmp(r->path, "/v1/heartbeats") == 0) {
        m->beat_count++;
        return json_answer(200, json_pack("{s:I}", "epoch", (json_int_t)m->epoch));
    }
    if (strncmp(r->path, "/v1/awards", 10) == 0) {
        return awards(m);
    }
    if (strcmp(r->path, "/v1/reports") == 0) {
        return reports(m, body);
    }
    if (strncmp(r->path, "/v1/events", 10) == 0) {
        return (standin_answer){.status = 200,
                                .type = "text/event-stream",
                                .body = "id: 1-1\nevent: award.offered\ndata: {}\n\n"};
    }
    return (standin_answer){.status = 404, .body = "{\"type\": \"x/not-found\"}"};
}

static standin_answer take(void *user, const standin_request *r)
{
    market *m = user;
    json_error_t why;
    pthread_mutex_lock(&m->lock);
    json_t *body = r->body[0] != '\0' ? json_object_of(r->body, strlen(r->body), &why) : NULL;
    if (r->bearer == NULL || strcmp(r->bearer, "Bearer dk_provider_test") != 0) {
        complain(m, "no bearer key");
    }
    standin_answer a = answer(m, r, body);
    json_decref(body);
    // What was done is done, but nobody hears of it.
    if (m->lose_every > 0 && ++m->answers % m->lose_every == 0) {
        a.status = 0;
    }
    pthread_mutex_unlock(&m->lock);
    return a;
}

market *market_start(void)
{
    market *m = calloc(1, sizeof *m);
    FILE *file = fopen("provider.key", "w");
    fputs("dk_provider_test\n", file);
    fclose(file);
    sign_key key;
    unlink("provider.sign");
    if (sign_key_new("provider.sign", &key, NULL) != DCAT_OK) {
        abort();
    }
    m->epoch = 1;
    pthread_mutex_init(&m->lock, NULL);
    m->server = standin_start(take, m);
    return m;
}

void market_stop(market *m)
{
    standin_stop(m->server);
    for (size_t i = 0; i < m->part_count; i++) {
        json_decref(m->parts[i].receipt);
    }
    pthread_mutex_destroy(&m->lock);
    free(m);
    unlink("provider.key");
    unlink("provider.sign");
}

int64_t market_offer(market *m, size_t server, int64_t load_cycles, const char *payload)
{
    pthread_mutex_lock(&m->lock);
    m->parts[m->part_count++] = (market_part){
        .server = server, .attempt = 1, .load_cycles = load_cycles, .payload = payload};
    int64_t task = (int64_t)m->part_count;
    pthread_mutex_unlock(&m->lock);
    return task;
}

void market_cancel(market *m, int64_t task)
{
    pthread_mutex_lock(&m->lock);
    m->parts[task - 1].state = MARKET_CANCELLED;
    pthread_mutex_unlock(&m->lock);
}

size_t market_count(market *m, market_state state)
{
    size_t count = 0;
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->part_count; i++) {
        count += m->parts[i].state == state;
    }
    pthread_mutex_unlock(&m->lock);
    return count;
}

int market_asks(market *m)
{
    pthread_mutex_lock(&m->lock);
    int count = m->ask_count;
    pthread_mutex_unlock(&m->lock);
    return count;
}

bool market_wait(market *m, market_state state, size_t count, double seconds)
{
    for (int i = 0; i < (int)(seconds * 100.0); i++) {
        if (market_count(m, state) >= count) {
            return true;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    return false;
}
