// SPDX-License-Identifier: Apache-2.0
// One request, as libmicrohttpd hands it over: first its head, then its body piece by piece, then
// once more when it is complete, and again when the writer is done with it.
#include "exchange/http/fields.h"
#include "exchange/http/request.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define CONNECTION_PIECE 65536 // that may come at once

const int http_statuses[HTTP_STATUSES] = {200, 201, 202, 304, 400, 401, 402, 403,
                                          404, 405, 409, 413, 422, 429, 500, 503};

static void count_answer(http_server *s, http_route_id route, int status)
{
    for (int i = 0; i < HTTP_STATUSES; i++) {
        if (http_statuses[i] == status) {
            atomic_fetch_add(&s->requests[route][i], 1);
        }
    }
}

static const struct sockaddr *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info != NULL ? info->client_addr : NULL;
}

// ---- the answer

static void add_headers(http_request *r, struct MHD_Response *response)
{
    bool refused = r->problem.code != PROBLEM_NONE;
    const char *type = refused           ? "application/problem+json"
                       : r->type == NULL ? "application/json"
                                         : r->type;
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    if (r->etag[0] != '\0' && !refused) {
        MHD_add_response_header(response, "Content-Security-Policy", "default-src 'self'");
        MHD_add_response_header(response, "X-Frame-Options", "DENY");
        MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
        MHD_add_response_header(response, "Cache-Control", "no-cache");
        MHD_add_response_header(response, "ETag", r->etag);
    } else {
        MHD_add_response_header(response, "Cache-Control", "no-store");
    }
    int retry_s = http_problem_retry_s(r->problem.code);
    if (refused && retry_s > 0) {
        char text[16];
        snprintf(text, sizeof text, "%d", retry_s);
        MHD_add_response_header(response, "Retry-After", text);
    }
    if (r->problem.code == PROBLEM_UNAUTHENTICATED) {
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    }
    if (r->next[0] != '\0' && !refused) {
        static const char *const kept[] = {"state", "order", "task"}; // of the query
        char link[320];
        int length = snprintf(link, sizeof link, "<%s?%s", http_routes[r->route].path, r->next);
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
            const char *value = http_query(r, kept[i]);
            if (value != NULL) {
                length += snprintf(link + length, sizeof link - (size_t)length, "&%s=%.20s",
                                   kept[i], value);
            }
        }
        snprintf(link + length, sizeof link - (size_t)length, ">; rel=\"next\"");
        MHD_add_response_header(response, "Link", link);
    }
}

static enum MHD_Result queue_text(http_request *r, char *text, size_t length)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(text);
        return MHD_NO;
    }
    add_headers(r, response);
    enum MHD_Result result = MHD_queue_response(r->connection, (unsigned)r->status, response);
    MHD_destroy_response(response);
    count_answer(r->server, r->route, r->status);
    return result;
}

// Refused while libmicrohttpd still reads: the connection ends with the answer.
static enum MHD_Result refuse(http_request *r)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) {
        return MHD_NO;
    }
    http_problem_write(&r->problem, out);
    if (!memory_stream_end(out, &text)) {
        free(text);
        return MHD_NO;
    }
    r->status = http_problem_status(r->problem.code);
    bool failed = r->problem.code == PROBLEM_UNAUTHENTICATED ||
                  r->problem.code == PROBLEM_FORBIDDEN || r->problem.code == PROBLEM_MALFORMED;
    if (failed) {
        failures_count(r->server->failures, client_of(r->connection), live_now_ns(r->server->live));
    }
    return queue_text(r, text, length);
}

// What an earlier request with the same key was told.
static bool answer_again(http_request *r, FILE *out)
{
    r->status = r->command.answer.status;
    if (r->command.kept_text == NULL) {
        return http_refuse(&r->problem, PROBLEM_BUSY, "no memory");
    }
    fputs(r->command.kept_text, out);
    return true;
}

static enum MHD_Result answer(http_request *r)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) {
        return MHD_NO;
    }
    const http_handler *handler = &http_handlers[r->route];
    r->status = handler->status;
    bool good = true;
    if (r->command.repeated == CODE_REPEATED) {
        good = answer_again(r, out);
    } else if (r->rendered != NULL) {
        r->status = r->command.answer.status;
        fwrite(r->rendered, 1, r->rendered_length, out);
    } else {
        good = handler->answer(r, out);
    }
    if (!memory_stream_end(out, &text)) {
        free(text);
        return MHD_NO;
    }
    if (!good) {
        free(text);
        return refuse(r);
    }
    return queue_text(r, text, length);
}

// ---- through the writer

static bool render(live_command *command)
{
    http_request *r = (http_request *)((char *)command - offsetof(http_request, command));
    FILE *out = open_memstream(&r->rendered, &r->rendered_length);
    if (out == NULL) {
        return false;
    }
    r->status = http_handlers[r->route].status;
    bool good = http_handlers[r->route].answer(r, out);
    good = memory_stream_end(out, &r->rendered) && good;
    if (!good) {
        free(r->rendered);
        r->rendered = NULL;
        r->problem = (http_problem){0}; // is found again
        return false;
    }
    command->answer.status = r->status;
    command->answer.text = r->rendered;
    command->answer.text_bytes = r->rendered_length;
    return true;
}

static void is_written(live_command *command)
{
    http_request *r = (http_request *)((char *)command - offsetof(http_request, command));
    for (size_t i = 0; i < command->count; i++) {
        exchange_kind kind = command->items[i].event.kind;
        if (command->items[i].refusal == 0 && (kind == EVENT_KEY || kind == EVENT_REVOKE)) {
            http_keys_read(r->server->keys, live_lock(r->server->live));
            live_unlock(r->server->live);
            break;
        }
    }
    r->written = true;
    MHD_resume_connection(r->connection);
}

// What was asked: the body, and where another route takes the same one, of which it was.
static merkle_hash asked(const http_request *r)
{
    const char *as = http_handlers[r->route].kept_as;
    const merkle_hash both[] = {merkle_leaf(as, strlen(as)), merkle_leaf(r->body, r->body_used)};
    return as[0] == '\0' ? both[1] : merkle_leaf(both, sizeof both);
}

// An answer that is to be kept under the client's key, but for tasks, which are known by theirs.
static bool take_key(http_request *r)
{
    const char *key =
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Idempotency-Key");
    if (key == NULL || http_handlers[r->route].kept_as == NULL) {
        return true;
    }
    size_t length = strlen(key);
    if (length < 16 || length > EXCHANGE_ANSWER_KEY_MAX ||
        strspn(key, "0123456789abcdefABCDEF") != length) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "Idempotency-Key must be 16 to 64 hexadecimal digits");
    }
    memcpy(r->answer_key, key, length);
    r->command.answer.party = r->caller.party;
    r->command.answer.key = r->answer_key;
    r->command.answer.key_bytes = length;
    r->command.answer.body = asked(r);
    r->command.render = render;
    return true;
}

static enum MHD_Result push(http_request *r)
{
    r->command.done = is_written;
    r->pushed = true;
    MHD_suspend_connection(r->connection);
    if (!live_push(r->server->live, &r->command)) {
        r->written = true;
        http_refuse(&r->problem, PROBLEM_BUSY, "too many requests wait");
        MHD_resume_connection(r->connection);
    }
    return MHD_YES;
}

static enum MHD_Result run(http_request *r)
{
    const http_handler *handler = &http_handlers[r->route];
    if (r->route == ROUTE_EVENTS) {
        uint32_t passes_over = 0;
        return http_stream_only(r, &passes_over) ? http_stream(r, passes_over) : refuse(r);
    }
    if (handler->parse == NULL) {
        return answer(r);
    }
    json_t *body = fields_parse(r->body, r->body_used, handler->body_optional, &r->problem);
    bool good = body != NULL && handler->parse(r, body) && take_key(r);
    json_decref(body);
    if (!good) {
        return refuse(r);
    }
    return handler->only_looks ? answer(r) : push(r);
}

// ---- the head

static bool refuse_role(http_request *r, unsigned roles)
{
    char may[64] = "";
    for (int role = 0; role < ROLE_COUNT; role++) {
        size_t used = strlen(may);
        if ((roles & 1u << role) != 0) {
            snprintf(may + used, sizeof may - used, "%s%s", used > 0 ? " or " : "",
                     exchange_role_name((exchange_role)role));
        }
    }
    return http_refuse(&r->problem, PROBLEM_FORBIDDEN,
                       "a key of role %s may not do this, but one of role %s",
                       exchange_role_name((exchange_role)r->caller.role), may);
}

static bool check_key(http_request *r, int64_t now_ns)
{
    unsigned roles = http_routes[r->route].roles;
    if (roles == BY_NOBODY) {
        return true;
    }
    const char *header =
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Authorization");
    if (header == NULL || strncmp(header, "Bearer ", 7) != 0 ||
        !http_keys_find(r->server->keys, header + 7, now_ns, &r->caller)) {
        return http_refuse(&r->problem, PROBLEM_UNAUTHENTICATED,
                           "Authorization: Bearer with a key that is in force is needed");
    }
    if (!http_keys_allow(r->server->keys, &r->caller, now_ns)) {
        return http_refuse(&r->problem, PROBLEM_RATE_LIMITED, "at most %g requests a second a key",
                           r->server->config.requests_per_s);
    }
    return (roles & 1u << r->caller.role) != 0 || refuse_role(r, roles);
}

static bool check_length(http_request *r)
{
    const char *text =
        MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    int64_t length = 0;
    size_t max = http_routes[r->route].body_max;
    if (text != NULL && (!fields_digits(text, &length) || (uint64_t)length > max)) {
        return http_refuse(&r->problem, PROBLEM_TOO_LARGE, "a body has at most %zu bytes here",
                           max);
    }
    return true;
}

static void begin(http_request *r, const char *url, const char *method)
{
    int64_t now_ns = live_now_ns(r->server->live);
    bool known = false;
    r->route = http_route_find(method, url, &r->parts, &known);
    if (!failures_allow(r->server->failures, client_of(r->connection), now_ns)) {
        http_refuse(&r->problem, PROBLEM_RATE_LIMITED, "too many failures from this address");
    } else if (r->route == ROUTE_COUNT) {
        http_refuse(&r->problem, known ? PROBLEM_WRONG_METHOD : PROBLEM_NOT_FOUND,
                    "there is no %.10s %.80s", method, url);
    } else if (check_key(r, now_ns) && check_length(r) && http_handlers[r->route].parse != NULL &&
               !http_handlers[r->route].only_looks && live_is_full(r->server->live)) {
        http_refuse(&r->problem, PROBLEM_BUSY, "too many requests wait");
    }
}

// Whether a refusal waits until the body, which is short, was read and thrown away: then the
// connection serves on. Nobody without a key makes us read.
static bool may_go_on(const http_request *r)
{
    return r->problem.code == PROBLEM_BUSY || r->problem.code == PROBLEM_FORBIDDEN ||
           (r->problem.code == PROBLEM_RATE_LIMITED && r->route < ROUTE_COUNT &&
            http_routes[r->route].body_max == 0);
}

// False: so much more than is allowed that the connection ends.
static bool take_body(http_request *r, const char *upload, size_t size)
{
    size_t max = http_routes[r->route].body_max;
    if (r->problem.code == PROBLEM_NONE && r->body_used + size > r->body_room &&
        r->body_used + size <= max) {
        size_t room = 2 * (r->body_used + size);
        char *body = realloc(r->body, room);
        if (body == NULL) {
            http_refuse(&r->problem, PROBLEM_BUSY, "no memory");
        } else {
            r->body = body;
            r->body_room = room;
        }
    }
    if (r->body_used + size > max) {
        http_refuse(&r->problem, PROBLEM_TOO_LARGE, "a body has at most %zu bytes here", max);
    } else if (r->problem.code == PROBLEM_NONE) {
        memcpy(r->body + r->body_used, upload, size);
    }
    r->body_used += size;
    return r->body_used <= 2 * max + CONNECTION_PIECE;
}

enum MHD_Result http_on_request(void *user, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_size, void **state)
{
    (void)version;
    http_request *r = *state;
    if (r == NULL) {
        r = calloc(1, sizeof *r);
        if (r == NULL) {
            return MHD_NO;
        }
        *state = r;
        r->server = user;
        r->connection = connection;
        begin(r, url, method);
        return r->problem.code == PROBLEM_NONE || may_go_on(r) ? MHD_YES : refuse(r);
    }
    if (*upload_size > 0) {
        bool good = take_body(r, upload, *upload_size);
        *upload_size = 0;
        return good ? MHD_YES : MHD_NO;
    }
    if (!r->pushed) {
        guests_asked(r->server->guests, connection);
    }
    if (r->problem.code != PROBLEM_NONE) {
        return refuse(r);
    }
    return r->written ? answer(r) : r->pushed ? MHD_YES : run(r);
}

void http_on_end(void *user, struct MHD_Connection *connection, void **state,
                 enum MHD_RequestTerminationCode code)
{
    (void)user;
    (void)code;
    http_request *r = *state;
    if (r == NULL) {
        return;
    }
    guests_answered(r->server->guests, connection);
    for (size_t i = 0; i < r->command.count; i++) {
        free(r->command.items[i].sealed);
    }
    free(r->command.items);
    free(r->command.kept_text);
    free(r->rendered);
    free(r->backup);
    free(r->body);
    free(r);
    *state = NULL;
}
