// SPDX-License-Identifier: Apache-2.0
#include "exchange/interlink/interlink.h"

#include "base/json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BODY_MAX = 4 << 20, ID_SIZE = 24 };

struct interlink {
    interlink_config config;
    struct MHD_Daemon *daemon;
    json_t *pods; // uid -> {task, name, namespace, container, started}; of the daemon's one thread
};

typedef struct request {
    char *body;
    size_t used;
    bool large;
} request;

typedef struct reply {
    unsigned status;
    json_t *json; // owned; or
    char *text;   // owned
} reply;

// A refusal as the published API has it: what is wrong with a body is a list of its faults.
static reply say(unsigned status, const char *text)
{
    json_t *why = status == 422 ? json_pack("[{s:[s], s:s, s:s}]", "loc", "body", "msg", text,
                                            "type", "value_error")
                                : json_string(text);
    return (reply){.status = status, .json = json_with(json_object(), "detail", why)};
}

// ---- pods that are known

static bool keep(const interlink *i)
{
    char path[4096];
    int length = snprintf(path, sizeof path, "%s.tmp", i->config.state);
    return i->pods != NULL && length > 0 && (size_t)length < sizeof path &&
           json_dump_file(i->pods, path, JSON_SORT_KEYS | JSON_INDENT(1)) == 0 &&
           rename(path, i->config.state) == 0;
}

static const json_t *metadata_of(const json_t *pod)
{
    return json_object_get(pod, "metadata");
}

static const char *uid_of(const json_t *pod)
{
    return json_string_value(json_object_get(metadata_of(pod), "uid"));
}

static const char *task_of(const interlink *i, const char *uid)
{
    const json_t *known = uid != NULL ? json_object_get(i->pods, uid) : NULL;
    return json_string_value(json_object_get(known, "task"));
}

static json_t *text_or_empty(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return json_string(text != NULL ? text : "");
}

static json_t *ask(const interlink *i, const char *method, const char *path, const json_t *body,
                   const char *key, reply *refused)
{
    client_answer answer;
    dcat_error err = {0};
    if (client_call(i->config.exchange, method, path, body, key, &answer, &err) != DCAT_OK) {
        *refused = say(502, err.message);
        return NULL;
    }
    json_t *said = answer.code[0] == '\0' ? json_incref(answer.body) : NULL;
    if (said == NULL) {
        char text[CLIENT_CODE_SIZE + CLIENT_DETAIL_SIZE + 8];
        snprintf(text, sizeof text, "%s: %s", answer.code, answer.detail);
        *refused = say(answer.status == 503 || answer.status == 429 ? 503 : 422, text);
    }
    client_answer_free(&answer);
    return said;
}

// ---- the four calls

// Choice: the client's id of the task is a hash of the pod's uid, so a pod that is created twice,
// by a node that lost the answer, is one task.
static void key_of(const char *uid, char key[CLIENT_KEY_SIZE])
{
    unsigned char hash[16];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)uid, strlen(uid), NULL, 0);
    sodium_bin2hex(key, CLIENT_KEY_SIZE, hash, sizeof hash);
}

static json_t *create_one(interlink *i, const json_t *one, reply *refused)
{
    const json_t *pod = json_object_get(one, "pod");
    const char *uid = uid_of(pod);
    char why[INTERLINK_WHY_SIZE] = "", key[CLIENT_KEY_SIZE];
    if (uid == NULL || uid[0] == '\0') {
        *refused = say(422, "pod.metadata.uid is missing");
        return NULL;
    }
    json_t *task = interlink_task(&i->config, pod, why);
    if (task == NULL) {
        *refused = say(422, why);
        return NULL;
    }
    key_of(uid, key);
    json_t *said = ask(i, "POST", "/v1/tasks", task, key, refused);
    json_decref(task);
    if (said == NULL) {
        return NULL;
    }
    const char *id = json_string_value(json_object_get(said, "id"));
    if (id == NULL) {
        *refused = say(502, "the exchange must say the id of a task");
        json_decref(said);
        return NULL;
    }
    const json_t *first =
        json_array_get(json_object_get(json_object_get(pod, "spec"), "containers"), 0);
    json_t *known = json_pack("{s:s, s:o, s:o, s:o}", "task", id, "name",
                              text_or_empty(metadata_of(pod), "name"), "namespace",
                              text_or_empty(metadata_of(pod), "namespace"), "container",
                              text_or_empty(first, "name"));
    i->pods = json_with(i->pods, uid, known);
    json_t *created = json_pack("{s:s, s:s}", "PodUID", uid, "PodJID", id);
    json_decref(said);
    if (!keep(i)) {
        *refused = say(500, "the pod's task cannot be noted");
        json_decref(created);
        return NULL;
    }
    return created;
}

// Choice: a node sends a list of one pod and reads one answer, no list; several pods, which no node
// sends, get a list.
static reply create(interlink *i, const json_t *body)
{
    reply r = {.status = 422};
    if (!json_is_array(body) || json_array_size(body) == 1) {
        json_t *created = create_one(i, json_is_array(body) ? json_array_get(body, 0) : body, &r);
        return created != NULL ? (reply){.status = 200, .json = created} : r;
    }
    json_t *all = json_array();
    const json_t *one = NULL;
    size_t n;
    json_array_foreach(body, n, one)
    {
        json_t *created = create_one(i, one, &r);
        if (created == NULL) {
            json_decref(all);
            return r;
        }
        all = json_plus(all, created);
    }
    return (reply){.status = 200, .json = all};
}

static reply delete (interlink *i, const json_t *body)
{
    const char *uid = uid_of(body), *task = task_of(i, uid);
    char path[64];
    reply r = {0};
    if (task == NULL) {
        return say(404, "there is no such pod");
    }
    snprintf(path, sizeof path, "/v1/tasks/%s/cancel", task);
    json_t *no_words = json_object();
    json_t *said = ask(i, "POST", path, no_words, NULL, &r);
    json_decref(no_words);
    if (said == NULL && r.status == 422) { // it has ended by itself
        json_decref(r.json);
    } else if (said == NULL) {
        return r;
    }
    json_decref(said);
    i->pods = json_without(i->pods, uid);
    return keep(i) ? (reply){.status = 200, .json = json_string("deleted")}
                   : say(500, "the pod cannot be forgotten");
}

static json_t *task_now(const interlink *i, const char *task, reply *refused)
{
    char path[64];
    snprintf(path, sizeof path, "/v1/tasks/%s", task);
    return ask(i, "GET", path, NULL, NULL, refused);
}

// Choice: an exchange tells when a task came and ended; that it runs counts from when that is seen.
static bool note_start(interlink *i, const char *uid, const json_t *task)
{
    const json_t *known = json_object_get(i->pods, uid);
    const char *state = json_string_value(json_object_get(task, "state"));
    if (state == NULL || strcmp(state, "running") != 0 || json_object_get(known, "started")) {
        return true;
    }
    char now[32];
    time_t second = time(NULL);
    struct tm utc;
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&second, &utc));
    json_t *more = json_with(json_deep_copy(known), "started", json_string(now));
    i->pods = json_with(i->pods, uid, more);
    return keep(i);
}

static reply status(interlink *i, const json_t *body)
{
    json_t *all = json_array();
    const json_t *pod = NULL;
    size_t n;
    json_array_foreach(body, n, pod)
    {
        const char *uid = uid_of(pod), *id = task_of(i, uid);
        reply refused = {0};
        json_t *task = id != NULL ? task_now(i, id, &refused) : NULL;
        if (id != NULL && task == NULL) {
            json_decref(all);
            return refused;
        }
        if (id == NULL) { // nobody's: the node learns that by its being left out
            continue;
        }
        if (!note_start(i, uid, task)) {
            json_decref(task);
            json_decref(all);
            return say(500, "the pod's start cannot be noted");
        }
        const json_t *known = json_object_get(i->pods, uid); // another one now; id was of the old
        const char *name = json_string_value(json_object_get(known, "container"));
        const char *started = json_string_value(json_object_get(known, "started"));
        all = json_plus(all, json_pack("{s:o, s:s, s:o, s:o, s:[o], s:[]}", "name",
                                       text_or_empty(known, "name"), "UID", uid, "namespace",
                                       text_or_empty(known, "namespace"), "JID",
                                       text_or_empty(known, "task"), "containers",
                                       interlink_container(name, task, started), "initContainers"));
        json_decref(task);
    }
    return (reply){.status = 200, .json = all};
}

// Choice: an exchange carries no output, only its hash in the receipt, so the log says where the
// task stands.
static reply logs(interlink *i, const json_t *body)
{
    const char *id = task_of(i, json_string_value(json_object_get(body, "PodUID")));
    reply refused = {0};
    if (id == NULL) {
        return say(404, "there is no such pod");
    }
    json_t *task = task_now(i, id, &refused);
    if (task == NULL) {
        return refused;
    }
    char *text = NULL, *dumped = json_dumps(task, JSON_SORT_KEYS);
    const char *state = json_string_value(json_object_get(task, "state"));
    if (asprintf(&text, "task %s: %s\n%s\n", id, state != NULL ? state : "unknown",
                 dumped != NULL ? dumped : "") < 0) {
        text = NULL;
    }
    free(dumped);
    json_decref(task);
    return (reply){.status = 200, .text = text};
}

static const struct {
    const char *method, *url;
    reply (*answer)(interlink *i, const json_t *body);
} calls[] = {{"POST", "/create", create},
             {"POST", "/delete", delete},
             {"GET", "/status", status},
             {"GET", "/getLogs", logs}};

static reply answer(interlink *i, const char *method, const char *url, const request *r)
{
    json_error_t why = {0};
    json_t *body = r->large ? NULL : json_load_guarded(r->body, r->used, NULL, &why);
    if (body == NULL) {
        return say(r->large ? 413 : 422,
                   r->large ? "the body is too long" : "the body must be JSON");
    }
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++) {
        if (strcmp(method, calls[c].method) == 0 && strcmp(url, calls[c].url) == 0) {
            reply a = calls[c].answer(i, body);
            json_decref(body);
            return a;
        }
    }
    json_decref(body);
    return say(404, "there are POST /create and /delete, GET /status and /getLogs");
}

// ---- HTTP

static enum MHD_Result send_reply(struct MHD_Connection *connection, reply *a)
{
    char *text = a->json != NULL ? json_dumps(a->json, JSON_COMPACT | JSON_ENCODE_ANY) : a->text;
    const char *type = a->json != NULL ? "application/json" : "text/plain";
    if (a->json != NULL) {
        json_decref(a->json);
    }
    if (text == NULL) {
        return MHD_NO;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(text);
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    enum MHD_Result sent = MHD_queue_response(connection, a->status, response);
    MHD_destroy_response(response);
    return sent;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **kept)
{
    (void)version;
    request *r = *kept;
    if (r == NULL) {
        *kept = calloc(1, sizeof *r);
        return *kept != NULL ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        char *more = r->used + *size <= BODY_MAX ? realloc(r->body, r->used + *size + 1) : NULL;
        if (more == NULL) {
            r->large = true;
        } else {
            memcpy(more + r->used, data, *size);
            r->body = more;
            r->used += *size;
        }
        *size = 0;
        return MHD_YES;
    }
    reply a = answer(user, method, url, r);
    return send_reply(connection, &a);
}

static void forget(void *user, struct MHD_Connection *connection, void **kept,
                   enum MHD_RequestTerminationCode code)
{
    (void)user, (void)connection, (void)code;
    request *r = *kept;
    if (r != NULL) {
        free(r->body);
        free(r);
    }
}

// ---- from outside

static dcat_status read_state(interlink *i, dcat_error *err)
{
    json_error_t why = {0};
    if (access(i->config.state, F_OK) != 0) {
        i->pods = json_object();
        return keep(i) ? DCAT_OK
                       : dcat_fail(err, DCAT_ERR_IO, "%s: %s", i->config.state, strerror(errno));
    }
    FILE *file = fopen(i->config.state, "rb");
    if (file == NULL) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: %s", i->config.state, strerror(errno));
    }
    i->pods = json_load_guarded(NULL, 0, file, &why);
    fclose(file);
    return json_is_object(i->pods)
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT, "%s:%d: %s", i->config.state, why.line, why.text);
}

dcat_status interlink_start(const interlink_config *config, interlink **started, dcat_error *err)
{
    interlink *i = calloc(1, sizeof *i);
    if (i == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a server");
    }
    i->config = *config;
    dcat_status status_of = read_state(i, err);
    // Choice: nobody else's machine may ask: who asks spends the user's money.
    const struct sockaddr_in here = {.sin_family = AF_INET,
                                     .sin_port = htons((uint16_t)config->port),
                                     .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (status_of == DCAT_OK) {
        i->daemon =
            MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD, (uint16_t)config->port, NULL, NULL,
                             handle, i, MHD_OPTION_SOCK_ADDR, &here, MHD_OPTION_NOTIFY_COMPLETED,
                             forget, NULL, MHD_OPTION_CONNECTION_TIMEOUT, 60U, MHD_OPTION_END);
        status_of = i->daemon != NULL
                        ? DCAT_OK
                        : dcat_fail(err, DCAT_ERR_IO, "127.0.0.1:%d: cannot listen: %s",
                                    config->port, strerror(errno));
    }
    if (status_of != DCAT_OK) {
        interlink_stop(i);
        return status_of;
    }
    *started = i;
    return DCAT_OK;
}

int interlink_port(const interlink *i)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(i->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info != NULL ? info->port : 0;
}

void interlink_stop(interlink *i)
{
    if (i == NULL) {
        return;
    }
    if (i->daemon != NULL) {
        MHD_stop_daemon(i->daemon);
    }
    json_decref(i->pods);
    free(i);
}
