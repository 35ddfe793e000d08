// SPDX-License-Identifier: Apache-2.0
// One call and its answer, tried again where that may help.
#include "base/json.h"
#include "exchange/client/connection.h"

#include <math.h>
#include <sodium/core.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ANSWER_BYTES_MAX = 64 << 20, FIRST_PAUSE_MS = 100, LAST_PAUSE_MS = 5000 };

typedef struct received {
    char *bytes; // owned
    size_t used, room;
    bool failed; // too long, or no memory
    bool is_csv; // as the answer says
} received;

static size_t receive(char *bytes, size_t one, size_t size, void *user)
{
    (void)one;
    received *r = user;
    if (r->used + size > ANSWER_BYTES_MAX) {
        r->failed = true;
        return 0;
    }
    if (r->used + size > r->room) {
        size_t room = r->room * 2 > r->used + size ? r->room * 2 : r->used + size + 4096;
        char *larger = realloc(r->bytes, room);
        if (larger == NULL) {
            r->failed = true;
            return 0;
        }
        r->bytes = larger;
        r->room = room;
    }
    memcpy(r->bytes + r->used, bytes, size);
    r->used += size;
    return size;
}

void client_make_key(char key[CLIENT_KEY_SIZE])
{
    unsigned char bytes[(CLIENT_KEY_SIZE - 1) / 2];
    if (sodium_init() < 0) {
        abort(); // without a source of randomness nothing may be sent
    }
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(key, CLIENT_KEY_SIZE, bytes, sizeof bytes);
}

// The call as somebody else can make it. The key stays where it is.
static void show(const client *c, const char *method, const char *url, const char *body,
                 const char *key_header)
{
    fprintf(c->show, "curl -X %s", method);
    if (c->key_file != NULL) {
        fprintf(c->show, " -H \"Authorization: Bearer $(cat '%s')\"", c->key_file);
    }
    if (key_header != NULL) {
        fprintf(c->show, " -H '%s'", key_header);
    }
    if (body != NULL) {
        fputs(" -H 'Content-Type: application/json' -d '", c->show);
        for (const char *at = body; *at != '\0'; at++) {
            fputs(*at == '\'' ? "'\\''" : (char[]){*at, '\0'}, c->show);
        }
        putc('\'', c->show);
    }
    fprintf(c->show, " '%s'\n", url);
    fflush(c->show);
}

typedef struct call {
    client *c;
    const char *method, *body, *key_header; // the last two nullable
    char *url;
} call;

// One try: false when no answer came, and why in err; *hopeless: nor will one.
static bool try_once(const call *a, received *r, client_answer *answer, bool *hopeless,
                     dcat_error *err)
{
    char why[CURL_ERROR_SIZE] = "";
    const char *headers[] = {a->body != NULL ? "Content-Type: application/json" : NULL,
                             a->key_header, "Expect:"};
    client *c = a->c;
    struct curl_slist *list = connection_prepare(c, a->method, a->url, headers, 3);
    if (list == NULL) {
        dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a call");
        *hopeless = true;
        return false;
    }
    r->used = 0;
    curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, (long)c->timeout_ms);
    if (a->body != NULL) {
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, a->body);
    } else if (strcmp(a->method, "POST") == 0) {
        curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, "");
    }
    CURLcode code = curl_easy_perform(c->curl);
    long status = 0;
    curl_off_t after_s = 0;
    curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(c->curl, CURLINFO_RETRY_AFTER, &after_s);
    curl_easy_setopt(c->curl, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(list);
    const char *type = NULL;
    curl_easy_getinfo(c->curl, CURLINFO_CONTENT_TYPE, &type);
    r->is_csv = type != NULL && strncmp(type, "text/csv", 8) == 0;
    answer->status = (int)status;
    answer->retry_after_s = (double)after_s;
    if (code != CURLE_OK) {
        dcat_fail(err, DCAT_ERR_IO, "%s %s: %s", a->method, a->url,
                  why[0] != '\0' ? why : curl_easy_strerror(code));
    }
    *hopeless = code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE;
    return code == CURLE_OK;
}

// What was received as JSON; a refusal may be anything.
static dcat_status read_answer(const call *a, const received *r, client_answer *answer,
                               dcat_error *err)
{
    json_error_t why = {0};
    if (r->is_csv && answer->status < 300) {
        answer->text = r->bytes == NULL ? strdup("") : strndup(r->bytes, r->used);
        return answer->text != NULL
                   ? DCAT_OK
                   : dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for an answer");
    }
    if (r->used > 0) {
        answer->body = json_object_of(r->bytes, r->used, &why);
    }
    if (answer->status >= 300) {
        answer_read_problem(answer);
        return DCAT_OK;
    }
    if (answer->body == NULL && r->used > 0) {
        return why.text[0] == '\0'
                   ? dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for an answer")
                   : dcat_fail(err, DCAT_ERR_FORMAT,
                               "%s %s: the answer must be an object of JSON, got %s", a->method,
                               a->url, why.text);
    }
    return DCAT_OK;
}

static bool may_succeed_later(const client_answer *answer)
{
    return answer->status == 429 ||
           (answer->status == 503 && strcmp(answer->code, "halted") != 0) ||
           answer->status == 502 || answer->status == 504;
}

static void pause_ms(double ms)
{
    struct timespec time = {.tv_sec = (time_t)(ms / 1000.0),
                            .tv_nsec = (long)(fmod(ms, 1000.0) * 1e6)};
    nanosleep(&time, NULL);
}

// Up to a half more or less, so that many who were refused do not come again as one.
static double spread(double ms)
{
    return ms * (0.5 + (double)randombytes_uniform(1000) / 1000.0);
}

static dcat_status try_until(const call *a, received *r, client_answer *answer, dcat_error *err)
{
    double wait_ms = FIRST_PAUSE_MS;
    for (int i = 0;; i++) {
        bool last = i + 1 >= a->c->try_max;
        bool hopeless = false;
        bool came = try_once(a, r, answer, &hopeless, err);
        if (r->failed) {
            return dcat_fail(err, DCAT_ERR_IO, "%s %s: no room for the answer", a->method, a->url);
        }
        if (!came && (last || hopeless)) {
            return DCAT_ERR_IO;
        }
        if (came) {
            dcat_status status = read_answer(a, r, answer, err);
            if (status != DCAT_OK || last || !may_succeed_later(answer)) {
                return status;
            }
            wait_ms = fmax(wait_ms, fmin(answer->retry_after_s * 1000.0, LAST_PAUSE_MS));
            client_answer_free(answer);
        }
        pause_ms(spread(wait_ms));
        wait_ms = fmin(2.0 * wait_ms, LAST_PAUSE_MS);
    }
}

dcat_status client_call(client *c, const char *method, const char *path, const json_t *body,
                        const char *key, client_answer *answer, dcat_error *err)
{
    *answer = (client_answer){0};
    char made[CLIENT_KEY_SIZE], header[128] = "";
    if (key == NULL && strcmp(method, "POST") == 0) {
        client_make_key(made);
        key = made;
    }
    snprintf(header, sizeof header, "Idempotency-Key: %s", key != NULL ? key : "");
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    const call a = {c, method, text, key != NULL ? header : NULL, connection_url(c, path)};
    dcat_status status = DCAT_OK;
    if (a.url == NULL || (body != NULL && text == NULL)) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a call");
    } else {
        if (c->show != NULL) {
            show(c, method, a.url, text, a.key_header);
        }
        received r = {0};
        status = try_until(&a, &r, answer, err);
        free(r.bytes);
    }
    free(a.url);
    free(text);
    if (status != DCAT_OK) {
        client_answer_free(answer);
    }
    return status;
}
