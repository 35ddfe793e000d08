// SPDX-License-Identifier: Apache-2.0
// Benchmarks of the classes that servers work on: run, signed, handed in.
#include "exchange/agent/benchmark.h"

#include "base/json.h"

#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const json_t *named(const json_t *list, const char *name)
{
    const json_t *row = NULL;
    size_t i;
    json_array_foreach(list, i, row)
    {
        const char *said = text_of(row, "name");
        if (said != NULL && name != NULL && strcmp(said, name) == 0) {
            return row;
        }
    }
    return NULL;
}

// ---- which ones

// What of a server works on a class: of a unit, or with a NULL one of its own cores, as device
// "server". False: it does not.
static bool works_on(const session *s, const agent_server *server, const agent_unit *unit,
                     benchmark_job *job)
{
    job->server = server;
    job->unit = unit;
    if (s->devices == NULL) { // all work is alike
        job->efficiency = 1.0;
        job->should_hz = server->speed_ghz * 1e9;
        return unit == NULL && server->speed_ghz > 0.0;
    }
    const char *device = unit != NULL ? unit->device : "server";
    const json_t *row = named(s->devices, device), *class = named(s->classes, job->class_name);
    const char *pool = unit != NULL || row != NULL ? text_of(row, "pool") : "cpu";
    const char *wanted = text_of(class, "pool");
    if (pool == NULL || wanted == NULL || strcmp(pool, wanted) != 0) {
        return false;
    }
    const json_t *efficiency = json_object_get(json_object_get(row, "efficiency"), job->class_name);
    job->efficiency = row == NULL ? 1.0 : json_number_value(efficiency);
    double ghz = unit == NULL ? server->speed_ghz
                 : unit->speed_ghz > 0
                     ? unit->speed_ghz
                     : (double)unit->count * json_number_value(json_object_get(row, "speed_ghz"));
    job->should_hz = ghz * 1e9 * job->efficiency;
    return job->should_hz > 0.0;
}

static bool find_worker(const session *s, const agent_server *server, benchmark_job *job)
{
    bool found = server->speed_ghz > 0.0 && works_on(s, server, NULL, job);
    for (size_t u = 0; u < server->unit_count && !found; u++) {
        found = works_on(s, server, &server->units[u], job);
    }
    return found;
}

static bool is_barred(const session_server *server, const char *class_name)
{
    const json_t *bar = NULL;
    size_t i;
    json_array_foreach(server->bars, i, bar)
    {
        const char *said = json_string_value(bar);
        if (said != NULL && strcmp(said, class_name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_shown(const session_server *server, const char *class_name)
{
    const json_t *row = NULL;
    size_t i;
    json_array_foreach(server->shown, i, row)
    {
        const char *said = text_of(row, "class");
        if (said != NULL && strcmp(said, class_name) == 0) {
            return true;
        }
    }
    return false;
}

// ---- one of them

static json_t *sign(session *s, const session_server *server, const benchmark_job *job,
                    const json_t *result)
{
    char made_at[40], signature[2 * SIGN_BYTES + 1];
    session_time_text(session_utc_ns() / NS_PER_S * NS_PER_S, made_at);
    snprintf(made_at + 19, sizeof made_at - 19, "Z"); // whole seconds
    json_t *document = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "exchange", s->exchange, "party",
                                 s->party, "server", server->id, "class", job->class_name,
                                 "made_at", made_at, "nonce", (json_int_t)session_nonce(s));
    static const char *const keys[] = {"threads", "seed",    "rounds",
                                       "cycles",  "took_us", "checksum"};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        document = json_with(document, keys[k], json_incref(json_object_get(result, keys[k])));
    }
    bool own = job->server->benchmark != NULL || job->server->backend == AGENT_SIM;
    document = json_with(document, "program", json_string(own ? "own" : job->program));
    if (document == NULL || !sign_document(&s->key, SIGN_BENCHMARK, document, signature)) {
        json_decref(document);
        return NULL;
    }
    return json_pack("{s:o, s:s}", "document", document, "signature", signature);
}

// Choice: a benchmark that fails ends nothing: its server does not work on the class until there is
// one, which the exchange sees to.
static bool show(session *s, size_t i, benchmark_job *job, FILE *out)
{
    char why[WORD_SIZE] = "it has no signature: is it a line of the benchmark?", path[64],
         code[CLIENT_CODE_SIZE];
    json_t *result = NULL, *answer = NULL, *body = NULL;
    job->seed = session_nonce(s) % INT64_C(9000000000000000);
    if (benchmark_run(s, job, &result, why)) {
        body = sign(s, &s->servers[i], job, result);
    }
    json_decref(result);
    snprintf(path, sizeof path, "/v1/servers/%s/benchmark", s->servers[i].id);
    bool good = body != NULL && session_call(s, "PUT", path, body, &answer, code);
    if (body == NULL) {
        session_say(s, "error", "no benchmark of class %s for server %s: %s", job->class_name,
                    job->server->name, why);
    } else if (good) {
        session_say(s, "info", "server %s showed %.9g GHz at class %s", job->server->name,
                    json_number_value(json_object_get(answer, "speed_ghz")), job->class_name);
        if (out != NULL) {
            json_dumpf(answer, out, JSON_COMPACT);
            fputc('\n', out);
        }
    }
    json_decref(answer);
    return good;
}

size_t session_benchmark(session *s, FILE *all)
{
    const char *class_name = NULL;
    json_t *program = NULL;
    size_t failed = 0;
    json_object_foreach(s->programs, class_name, program)
    {
        for (size_t i = 0; i < s->config->server_count && s->silence_ns == 0; i++) {
            benchmark_job job = {.class_name = class_name, .program = json_string_value(program)};
            bool wanted = all != NULL || (s->benchmarks && !is_shown(&s->servers[i], class_name));
            wanted = wanted && !is_barred(&s->servers[i], class_name) && job.program != NULL &&
                     !atomic_load(s->options->stop);
            if (wanted && find_worker(s, &s->config->servers[i], &job)) {
                failed += !show(s, i, &job, all);
            }
        }
    }
    return failed;
}
