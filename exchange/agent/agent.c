// SPDX-License-Identifier: Apache-2.0
// The agent's days: connect, then one loop of list, work, heartbeats and asks; a thread that
// listens only wakes it.
#include "exchange/agent/agent.h"

#include "exchange/agent/inputs.h"
#include "exchange/agent/session.h"

#include "base/json.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CALL_TIMEOUT_MS = 5000 };
#define LONGEST_WAIT_NS (NS_PER_S / 2) // so that a stop is soon seen

// ---- listening

typedef struct listener {
    client *client;
    int wake;
    atomic_bool stop;
    pthread_t thread;
    bool runs;
} listener;

static bool hear(void *user, const client_event *event)
{
    const listener *l = user;
    bool hint = event->name != NULL &&
                (strncmp(event->name, "award.", 6) == 0 || strncmp(event->name, "stream.", 7) == 0);
    if (hint) {
        eventfd_write(l->wake, 1);
    }
    return true;
}

static void *listen_on(void *user)
{
    listener *l = user;
    char last_id[CLIENT_EVENT_ID_SIZE] = "";
    while (!atomic_load(&l->stop)) {
        const char *path =
            last_id[0] != '\0' ? "/v1/events?only=award" : "/v1/events?only=award&since=now";
        if (client_listen(l->client, path, last_id, hear, l, &l->stop, NULL) != DCAT_OK) {
            nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
        }
    }
    return NULL;
}

// Without a listener the agent only looks less often, so a failure is none.
static void start_listener(listener *l, const session *s)
{
    const client_config config = {
        .url = s->config->url, .key_file = s->config->key_file, .ca_file = s->config->ca_file};
    sigset_t all, before;
    sigfillset(&all);
    l->wake = s->wake;
    pthread_sigmask(SIG_SETMASK, &all, &before); // signals are the main thread's
    l->runs = client_create(&config, &l->client, NULL) == DCAT_OK &&
              pthread_create(&l->thread, NULL, listen_on, l) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void end_listener(listener *l)
{
    atomic_store(&l->stop, true);
    if (l->runs) {
        pthread_join(l->thread, NULL);
    }
    client_destroy(l->client);
}

// ---- the loop

static bool stopped(const session *s)
{
    return atomic_load(s->options->stop);
}

static void wait_until(const session *s, int64_t until_ns)
{
    int64_t left_ns = until_ns - session_now_ns();
    left_ns = left_ns < LONGEST_WAIT_NS ? left_ns : LONGEST_WAIT_NS;
    struct pollfd wake = {.fd = s->wake, .events = POLLIN};
    const struct timespec left = {.tv_sec = left_ns / NS_PER_S, .tv_nsec = left_ns % NS_PER_S};
    if (left_ns > 0 && !stopped(s)) {
        ppoll(&wake, 1, &left, &s->awake); // a supervisor that ends wakes us, too
    }
}

static bool was_woken(const session *s)
{
    eventfd_t count = 0;
    return eventfd_read(s->wake, &count) == 0 && count > 0;
}

static void beat(session *s)
{
    json_t *ids = json_array(), *answer = NULL;
    for (size_t i = 0; i < s->config->server_count; i++) {
        ids = json_plus(ids, json_string(s->servers[i].id));
    }
    json_t *body = json_with(json_object(), "servers", ids);
    if (session_call(s, "POST", "/v1/heartbeats", body, &answer, NULL)) {
        session_check_epoch(s, answer);
    }
    json_decref(answer);
}

typedef struct rhythm {
    int64_t beat_ns, list_ns, ask_ns; // monotonic, when each is next
} rhythm;

static int64_t after_s(double seconds)
{
    return session_now_ns() + (int64_t)(seconds * 1e9);
}

static void call_what_is_due(session *s, rhythm *r, dcat_error *err)
{
    int64_t now_ns = session_now_ns();
    if (now_ns < s->silent_until_ns) {
        return;
    }
    if (now_ns >= r->beat_ns) {
        beat(s);
        r->beat_ns = after_s(s->config->heartbeat_s);
    }
    if (s->wants_list || now_ns >= r->list_ns) {
        session_reconcile(s, err);
        r->list_ns = after_s(s->config->reconcile_s);
    }
    if (now_ns >= r->ask_ns && session_ask(s, true)) {
        r->ask_ns = after_s(s->config->ask_s);
    }
}

static int64_t soonest(const session *s, const rhythm *r, int64_t work_ns)
{
    int64_t next_ns = r->beat_ns < r->list_ns ? r->beat_ns : r->list_ns;
    next_ns = r->ask_ns < next_ns ? r->ask_ns : next_ns;
    next_ns = s->wants_list ? session_now_ns() : next_ns;
    next_ns = next_ns < s->silent_until_ns ? s->silent_until_ns : next_ns;
    return work_ns < next_ns ? work_ns : next_ns;
}

static void nothing(int signal)
{
    (void)signal;
}

// The end of a supervisor ends a wait, and interrupts nothing else.
static void hear_of_ends(session *s, sigset_t *before)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    const struct sigaction wakes = {.sa_handler = nothing};
    sigaction(SIGCHLD, &wakes, NULL);
    pthread_sigmask(SIG_BLOCK, &ends, before);
    s->awake = *before;
    sigdelset(&s->awake, SIGCHLD);
}

static dcat_status loop(session *s, dcat_error *err)
{
    rhythm r = {.ask_ns = after_s(s->config->ask_s)};
    dcat_error why = {0};
    s->wants_list = true;
    while (!stopped(s) && why.status == DCAT_OK) {
        while (waitpid(-1, NULL, WNOHANG) > 0) { // supervisors that ended
        }
        s->wants_list |= was_woken(s);
        call_what_is_due(s, &r, &why);
        if (why.status == DCAT_OK) {
            int64_t work_ns = session_work(s, &why);
            wait_until(s, soonest(s, &r, work_ns));
        }
    }
    return why.status == DCAT_OK ? DCAT_OK : dcat_fail(err, why.status, "%s", why.message);
}

// Register, as often as it takes for an exchange to answer.
static dcat_status come_in(session *s, dcat_error *err)
{
    dcat_error why = {0};
    dcat_status status = DCAT_ERR_IO;
    while (!stopped(s) && status == DCAT_ERR_IO) {
        status = session_register(s, &why);
        if (status == DCAT_OK) {
            session_benchmark(s, NULL);
        }
        if (status == DCAT_OK && !session_ask(s, false)) {
            status = DCAT_ERR_IO;
        }
        if (status == DCAT_ERR_IO) {
            int64_t until_ns = session_now_ns() + NS_PER_S;
            while (!stopped(s) && session_now_ns() < until_ns) {
                wait_until(s, until_ns);
            }
        }
    }
    if (stopped(s)) {
        return DCAT_OK;
    }
    return status == DCAT_OK ? DCAT_OK : dcat_fail(err, status, "%s", why.message);
}

// ---- beginning and end

static dcat_status add_part(void *user, const agent_part *part, dcat_error *err)
{
    return session_add(user, part, err);
}

static dcat_status open_session(session *s, dcat_error *err)
{
    const client_config config = {.url = s->config->url,
                                  .key_file = s->config->key_file,
                                  .ca_file = s->config->ca_file,
                                  .timeout_ms = CALL_TIMEOUT_MS,
                                  .try_max = 1};
    dcat_status status = sign_key_load(s->config->sign_key_file, &s->key, err);
    if (status == DCAT_OK) {
        status = client_create(&config, &s->client, err);
    }
    if (status == DCAT_OK) {
        status = journal_open(s->config->journal, &s->journal, err);
    }
    if (status == DCAT_OK) {
        status = journal_number(s->journal, "epoch", &s->epoch, err);
    }
    if (status == DCAT_OK) {
        status = journal_number(s->journal, "nonce", &s->nonce, err);
    }
    if (status == DCAT_OK) {
        status = journal_open_parts(s->journal, s->config, add_part, s, err);
    }
    s->servers = calloc(s->config->server_count, sizeof *s->servers);
    s->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (status == DCAT_OK && (s->servers == NULL || s->wake < 0)) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory or descriptors for an agent");
    }
    return status;
}

static void close_session(session *s)
{
    for (size_t i = 0; i < s->part_count; i++) {
        free(s->parts[i].payload);
        free(s->parts[i].team);
        inputs_end(&s->parts[i]);
        free(s->parts[i].receipt);
    }
    free(s->parts);
    for (size_t i = 0; s->servers != NULL && i < s->config->server_count; i++) {
        json_decref(s->servers[i].shown);
        json_decref(s->servers[i].bars);
    }
    free(s->servers);
    json_decref(s->devices);
    json_decref(s->classes);
    json_decref(s->programs);
    if (s->wake >= 0) {
        close(s->wake);
    }
    slurm_destroy(s->slurm);
    journal_close(s->journal);
    client_destroy(s->client);
}

static void say_who(const session *s)
{
    const agent_config *c = s->config;
    bool runs = agent_config_runs_payloads(c);
    session_say(s, "info", "%zu servers, %zu open parts in the journal%s%s%s", c->server_count,
                s->part_count, runs ? "; payloads run as " : "", runs ? c->payload_user : "",
                runs && geteuid() == c->payload_uid ? ", the agent's own user" : "");
}

static bool uses_slurm(const agent_config *config)
{
    for (size_t i = 0; i < config->server_count; i++) {
        if (agent_server_uses_slurm(&config->servers[i])) {
            return true;
        }
    }
    return false;
}

static void say_of_slurm(void *user, const char *level, const char *text)
{
    session_say(user, level, "%s", text);
}

dcat_status agent_benchmark(const agent_config *config, agent_options *options, FILE *out,
                            dcat_error *err)
{
    session s = {.config = config, .options = options, .wake = -1};
    dcat_status status = open_session(&s, err);
    if (status == DCAT_OK) {
        status = session_register(&s, err);
    }
    size_t failed = 0;
    if (status == DCAT_OK) {
        failed = session_benchmark(&s, out);
        status = journal_set_number(s.journal, "nonce", s.nonce, err);
    }
    if (status == DCAT_OK && s.silence_ns > 0) {
        status = dcat_fail(err, DCAT_ERR_IO, "the exchange does not answer any more");
    } else if (status == DCAT_OK && failed > 0 && !stopped(&s)) {
        status = dcat_fail(err, DCAT_ERR_IO,
                           "%zu of the benchmarks could not be shown; the log says why", failed);
    }
    close_session(&s);
    return status;
}

dcat_status agent_run(const agent_config *config, agent_options *options, dcat_error *err)
{
    session s = {.config = config, .options = options, .wake = -1};
    listener l = {0};
    sigset_t before;
    hear_of_ends(&s, &before);
    dcat_status status = open_session(&s, err);
    if (status == DCAT_OK) {
        say_who(&s);
        status = come_in(&s, err);
    }
    if (status == DCAT_OK && !stopped(&s) && uses_slurm(config)) {
        status = slurm_create(config, s.exchange, say_of_slurm, &s, &s.slurm, err);
    }
    if (status == DCAT_OK && !stopped(&s)) {
        session_say(&s, "info", "registered with %s as party %s", s.exchange, s.party);
        start_listener(&l, &s);
        status = loop(&s, err);
        end_listener(&l);
    }
    close_session(&s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}
