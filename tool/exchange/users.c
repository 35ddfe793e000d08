// SPDX-License-Identifier: Apache-2.0
// dcat users: tasks as the paper's users would submit them, for demos and load.
#include "tool/exchange/ending.h"
#include "tool/exchange/remote.h"

#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AWAIT_PAUSE_S 0.25
enum { BATCH_MAX = 1000 };

typedef struct range {
    double least, most;
} range;

typedef struct users_options {
    remote_options remote;
    double rate;
    uint64_t count, servers;
    int parent;
    const char *run;
    range work, data, deadline;
} users_options;

// "2:3", or "2" for both.
static dcat_status set_range(void *target, char *text, dcat_error *err)
{
    range *r = target;
    char *colon = strchr(text, ':');
    char first[64];
    snprintf(first, sizeof first, "%.*s", (int)(colon != NULL ? colon - text : 63), text);
    const char *rule = cli_real(first, &r->least);
    r->most = r->least;
    if (rule == NULL && colon != NULL) {
        rule = cli_real(colon + 1, &r->most);
    }
    if (rule == NULL && (r->least < 0.0 || r->most < r->least || r->most > 1e9)) {
        rule = "must be LEAST:MOST or one number, neither below 0";
    }
    return rule == NULL ? DCAT_OK : dcat_fail(err, DCAT_ERR_RANGE, "%s, got '%s'", rule, text);
}

static const cli_option option_table[] = {
    {"rate", 'r', CLI_REAL, "TASKS", CLI_AT(users_options, rate), .low = 0.001, .high = 10000.0,
     .standard = "10", .help = "Tasks a second on average (default @)"},
    {"count", 'n', CLI_WHOLE, "N", CLI_AT(users_options, count), .max = UINT64_MAX, .standard = "0",
     .help = "End after so many tasks (default @: with Ctrl-C)"},
    {"await", 0, CLI_WHOLE, "N", CLI_AT(users_options, servers), .max = 100000, .standard = "0",
     .help = "Begin once so many servers are in force (default @: at once)"},
    {"seed", 0, CLI_WHOLE, "N", CLI_AT(users_options, remote.common.seed), .max = UINT64_MAX,
     .standard = "1", .help = "Seed of when they come and what they are (default @)"},
    {"work", 0, CLI_OWN, "GC:GC", CLI_AT(users_options, work), .set = set_range,
     .standard = "500:900", .help = "Work of a task in giga-cycles, from to (default @)"},
    {"data", 0, CLI_OWN, "MB:MB", CLI_AT(users_options, data), .set = set_range, .standard = "20",
     .help = "Its data in megabits (default @)"},
    {"deadline", 0, CLI_OWN, "S:S", CLI_AT(users_options, deadline), .set = set_range,
     .standard = "2:3", .help = "Its deadline in seconds (default @)"},
    {"run", 0, CLI_TEXT, "COMMAND", CLI_AT(users_options, run),
     .help = "What servers that run processes are to run, by sh (default: nothing, which only "
             "simulated servers can do)"},
    {"quiet", 'q', CLI_FLAG, NULL, CLI_AT(users_options, remote.common.quiet),
     .help = "Say nothing of what is refused"},
    {"with-parent", 0, CLI_WHOLE, "PID", CLI_AT(users_options, parent), .max = INT32_MAX},
    {0},
};

typedef struct users {
    const users_options *options;
    client *client;
    json_t *market; // owned; its areas
    uint64_t made, accepted, refused;
    char why[CLIENT_CODE_SIZE + CLIENT_DETAIL_SIZE + 8]; // of the last refusal
} users;

static double now_s(void)
{
    return cli_clock_s();
}

static double between(dcat_rng *rng, range r)
{
    return r.least + (r.most - r.least) * dcat_rng_uniform(rng);
}

// Task number n: a function of the seed and it.
static json_t *make_task(const users *u)
{
    const users_options *o = u->options;
    const json_t *areas = json_object_get(u->market, "areas");
    dcat_rng rng = dcat_rng_at(o->remote.common.seed, DCAT_STREAM_USER, 1, (uint32_t)u->made);
    size_t area = dcat_rng_below(&rng, (uint32_t)json_array_size(areas));
    double work = between(&rng, o->work), data = between(&rng, o->data);
    double deadline_s = round(between(&rng, o->deadline) * 1e6) / 1e6;
    const char *name = json_string_value(json_object_get(json_array_get(areas, area), "name"));
    json_t *task = json_pack("{s:{s:s}, s:f, s:f, s:f}", "origin", "area", name != NULL ? name : "",
                             "work_gigacycles", round(work * 1e3) / 1e3, "data_megabits", data,
                             "deadline_s", deadline_s);
    return o->run == NULL
               ? task
               : json_with(task, "payload", json_pack("{s:[s, s, s]}", "run", "sh", "-c", o->run));
}

static void note(users *u, bool accepted, const char *code, const char *detail)
{
    u->accepted += accepted;
    u->refused += !accepted;
    char why[sizeof u->why];
    snprintf(why, sizeof why, "%s: %s", code, detail);
    if (!accepted && !u->options->remote.common.quiet && strcmp(why, u->why) != 0) {
        fprintf(stderr, "dcat: refused: %s\n", why);
    }
    if (!accepted) {
        memcpy(u->why, why, sizeof why);
    }
}

static void note_answers(users *u, const json_t *answers)
{
    const json_t *answer = NULL;
    size_t i;
    json_array_foreach(answers, i, answer)
    {
        const json_t *problem = json_object_get(answer, "problem");
        const char *type = json_string_value(json_object_get(problem, "type"));
        const char *detail = json_string_value(json_object_get(problem, "detail"));
        const char *slash = type != NULL ? strrchr(type, '/') : NULL;
        note(u, json_integer_value(json_object_get(answer, "status")) < 300,
             slash != NULL ? slash + 1 : "", detail != NULL ? detail : "");
    }
}

// Submit so many, one by one or as a batch. False: nobody answers.
static bool submit(users *u, size_t count)
{
    json_t *tasks = json_array(), *body = NULL;
    for (size_t i = 0; i < count; i++, u->made++) {
        char key[CLIENT_KEY_SIZE];
        client_make_key(key);
        tasks = json_plus(tasks, json_pack("{s:s, s:o}", "key", key, "task", make_task(u)));
    }
    client_answer answer;
    dcat_error err = {0};
    body = json_with(json_object(), "tasks", tasks);
    dcat_status status =
        client_call(u->client, "POST", "/v1/tasks:batch", body, NULL, &answer, &err);
    json_decref(body);
    if (status != DCAT_OK) {
        note(u, false, "no answer", err.message);
        return false;
    }
    if (answer.code[0] != '\0') {
        note(u, false, answer.code, answer.detail);
    } else {
        note_answers(u, json_object_get(answer.body, "answers"));
    }
    client_answer_free(&answer);
    return true;
}

static void sleep_s(double s)
{
    struct timespec time = {.tv_sec = (time_t)s, .tv_nsec = (long)((s - floor(s)) * 1e9)};
    nanosleep(&time, NULL); // a signal ends it early
}

// Arrivals of a Poisson process: those that are due by now go together.
static void arrive(users *u, const atomic_bool *stop)
{
    const users_options *o = u->options;
    dcat_rng gaps = dcat_rng_at(o->remote.common.seed, DCAT_STREAM_USER, 0, 0);
    double next_s = now_s();
    while (!atomic_load(stop) && (o->count == 0 || u->made < o->count)) {
        size_t due = 0;
        double now = now_s();
        next_s = fmax(next_s, now - 5.0); // an exchange that was away is not flooded
        while (next_s <= now && due < BATCH_MAX && (o->count == 0 || u->made + due < o->count)) {
            next_s -= log1p(-dcat_rng_uniform(&gaps)) / o->rate;
            due++;
        }
        if (due > 0) {
            submit(u, due);
        } else {
            sleep_s(fmin(next_s - now, 0.5));
        }
    }
}

// The market, once there are as many servers in it as are awaited.
static int read_market(users *u, const atomic_bool *stop)
{
    const users_options *o = u->options;
    for (;;) {
        int code = remote_call(&o->remote, u->client, "GET", "/v1/market", NULL, NULL, &u->market);
        const json_t *servers = json_object_get(u->market, "servers");
        json_int_t active = json_integer_value(json_object_get(servers, "active"));
        if (code != 0 || active >= (json_int_t)o->servers || atomic_load(stop)) {
            return code;
        }
        json_decref(u->market);
        u->market = NULL;
        sleep_s(AWAIT_PAUSE_S);
    }
}

static int run(void *options)
{
    const users_options *o = options;
    users u = {.options = o};
    const atomic_bool *stop = ending_catch(o->parent);
    int code = remote_open(&o->remote, &u.client);
    if (code == 0) {
        code = read_market(&u, stop);
    }
    if (code == 0 && json_array_size(json_object_get(u.market, "areas")) == 0) {
        fprintf(stderr, "dcat: the exchange names no areas\n");
        code = 1;
    }
    if (code == 0) {
        arrive(&u, stop);
        if (!o->remote.common.quiet) {
            printf("%llu accepted, %llu refused\n", (unsigned long long)u.accepted,
                   (unsigned long long)u.refused);
        }
        code = ending_code(u.accepted == 0 && u.refused > 0 ? REMOTE_REFUSED : 0);
    }
    json_decref(u.market);
    client_destroy(u.client);
    return code;
}

static dcat_status check(void *options, dcat_error *err)
{
    const users_options *o = options;
    return o->remote.word_count == 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FIELD, "no argument is needed, got '%s'",
                           o->remote.words[0]);
}

const cli_command cli_users = {
    .name = "users",
    .brief = "",
    .summary = "submit tasks to an exchange as the paper's users would",
    .about =
        "Submit tasks to an exchange as the paper's users would: a Poisson process over all its "
        "areas, work and deadlines even between two values. For demos and load.\v"
        "Example: dcat users --rate 10 --count 100",
    .own = option_table,
    CLI_REMOTE,
    .options_size = sizeof(users_options),
    .check = check,
    .run = run,
};
