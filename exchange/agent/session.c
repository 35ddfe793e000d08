// SPDX-License-Identifier: Apache-2.0
// What all of an agent's work stands on: clocks, its log, calls, its list of parts.
#include "exchange/agent/session.h"

#include "exchange/agent/inputs.h"

#include "base/json.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAUSE_FIRST_NS (NS_PER_S / 5)
#define PAUSE_MOST_NS (5 * NS_PER_S)

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t session_now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t session_utc_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

void session_time_text(int64_t utc_ns, char text[40])
{
    time_t seconds = (time_t)(utc_ns / NS_PER_S);
    struct tm day;
    gmtime_r(&seconds, &day);
    size_t used = strftime(text, 40, "%Y-%m-%dT%H:%M:%S", &day);
    snprintf(text + used, 40 - used, ".%06dZ", (int)(utc_ns % NS_PER_S / 1000));
}

int64_t session_nonce(session *s)
{
    int64_t now = session_utc_ns() / 1000;
    s->nonce = now > s->nonce ? now : s->nonce + 1;
    return s->nonce;
}

void session_say(const session *s, const char *level, const char *format, ...)
{
    if (s->options->log == NULL || (s->options->errors_only && strcmp(level, "info") == 0)) {
        return;
    }
    char text[1024], at[40];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    session_time_text(session_utc_ns(), at);
    json_t *line = json_pack("{s:s, s:s, s:s}", "at", at, "level", level, "message", text);
    char *dumped = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;
    if (dumped != NULL) {
        fprintf(s->options->log, "%s\n", dumped);
        fflush(s->options->log);
    }
    free(dumped);
    json_decref(line);
}

// ---- calls

static void note_silence(session *s, const char *why)
{
    if (s->silence_ns == 0) {
        session_say(s, "warning", "no answer: %s", why);
    }
    s->silence_ns = s->silence_ns == 0 ? PAUSE_FIRST_NS : s->silence_ns * 2;
    s->silence_ns = s->silence_ns > PAUSE_MOST_NS ? PAUSE_MOST_NS : s->silence_ns;
    s->silent_until_ns = session_now_ns() + s->silence_ns;
}

static void note_answer(session *s)
{
    if (s->silence_ns > 0) {
        session_say(s, "info", "the exchange answers again");
        s->wants_list = true;
    }
    s->silence_ns = 0;
}

bool session_call(session *s, const char *method, const char *path, json_t *body, json_t **answer,
                  char code[CLIENT_CODE_SIZE])
{
    client_answer a;
    dcat_error err = {0};
    *answer = NULL;
    if (code != NULL) {
        code[0] = '\0';
    }
    dcat_status status = client_call(s->client, method, path, body, NULL, &a, &err);
    json_decref(body);
    if (status != DCAT_OK) {
        note_silence(s, err.message);
        return false;
    }
    bool good = a.code[0] == '\0' && a.body != NULL;
    if (a.status == 503 || a.status == 429) {
        note_silence(s, a.code);
    } else {
        note_answer(s);
    }
    if (!good) {
        session_say(s, "error", "%s %s is refused: %s: %s", method, path, a.code, a.detail);
        if (code != NULL) {
            snprintf(code, CLIENT_CODE_SIZE, "%s", a.code[0] != '\0' ? a.code : "no-body");
        }
    } else {
        *answer = json_incref(a.body);
    }
    client_answer_free(&a);
    return good;
}

bool session_check_epoch(session *s, const json_t *answer)
{
    const json_t *said = json_object_get(answer, "epoch");
    int64_t epoch = json_integer_value(said);
    if (!json_is_integer(said) || epoch == s->epoch) {
        return true;
    }
    if (epoch < s->epoch) {
        session_say(s, "error", "an answer of epoch %lld is refused: %lld was seen before",
                    (long long)epoch, (long long)s->epoch);
        return false;
    }
    dcat_error err = {0};
    s->epoch = epoch;
    if (journal_set_number(s->journal, "epoch", epoch, &err) != DCAT_OK) {
        session_say(s, "error", "%s", err.message);
        return false;
    }
    return true;
}

// ---- parts

dcat_status session_add(session *s, const agent_part *part, dcat_error *err)
{
    if (s->part_count == s->part_room) {
        size_t room = s->part_room == 0 ? 64 : 2 * s->part_room;
        agent_part *more = realloc(s->parts, room * sizeof *more);
        if (more == NULL) {
            return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %zu parts of awards", room);
        }
        s->parts = more;
        s->part_room = room;
    }
    s->parts[s->part_count++] = *part;
    return DCAT_OK;
}

void session_forget_closed(session *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->part_count; i++) {
        agent_part *p = &s->parts[i];
        if (p->state == AGENT_SENT || p->state == AGENT_DROPPED) {
            free(p->payload);
            free(p->team);
            inputs_end(p);
            free(p->receipt);
        } else {
            s->parts[kept++] = *p;
        }
    }
    s->part_count = kept;
}
