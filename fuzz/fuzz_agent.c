// SPDX-License-Identifier: Apache-2.0
// What reaches an agent from outside may be anything: its settings, the exchange's lists, answers
// and events, documents to be signed. The first letter says which it is.

#include "base/json.h"
#include "exchange/agent/session.h"
#include "exchange/client/connection.h"
#include "exchange/client/events.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static const char settings[] =
    "exchange: {url: 'http://127.0.0.1:1', key_file: a}\nsign_key_file: a\njournal: a\nservers:\n"
    "  - {name: s, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: sim, ask: formula}\n"
    "  - {name: t, x_km: 1, y_km: 2, speed_ghz: 1, cores: 1, backend: sim, ask: formula}\n";

// ---- settings

static void read_settings(const char *text, size_t size)
{
    agent_config *config = NULL;
    dcat_error err = {0};
    dcat_status status = agent_config_read("a.yaml", text, size, &config, &err);
    require(status == DCAT_OK || (dcat_status_is_user_error(status) && err.message[0] != '\0'));
    require((status == DCAT_OK) == (config != NULL));
    agent_config_free(config);
}

// ---- lists and answers

static void check_parts(const session *s)
{
    for (size_t i = 0; i < s->part_count; i++) {
        const agent_part *p = &s->parts[i];
        require(p->attempt >= 1 && p->server < 2 && p->load_cycles >= 0);
        require(p->state != AGENT_SENT && p->state != AGENT_DROPPED);
        for (size_t j = 0; j < i; j++) {
            require(strcmp(p->task, s->parts[j].task) != 0 || p->server != s->parts[j].server ||
                    p->attempt != s->parts[j].attempt);
        }
    }
}

// A list of awards, and then the same document as the answer to reports about all of them.
static void follow(const json_t *document)
{
    agent_config *config = NULL;
    agent_options options = {0};
    session_server servers[2] = {{.id = "1"}, {.id = "2"}};
    require(agent_config_read("a.yaml", settings, sizeof settings - 1, &config, NULL) == DCAT_OK);
    session s = {.config = config, .options = &options, .servers = servers, .wake = -1, .epoch = 3};
    require(journal_open(":memory:", &s.journal, NULL) == DCAT_OK);
    for (int round = 0; round < 2; round++) {
        require(session_follow(&s, json_object_get(document, "awards"), NULL) == DCAT_OK);
        check_parts(&s);
        size_t said[REPORT_MAX], count = 0;
        for (; count < s.part_count && count < REPORT_MAX; count++) {
            said[count] = count;
        }
        require(session_note_answers(&s, said, count, document, NULL) == DCAT_OK);
        session_forget_closed(&s);
        check_parts(&s);
    }
    require(s.epoch >= 3);
    for (size_t i = 0; i < s.part_count; i++) {
        free(s.parts[i].payload);
        free(s.parts[i].receipt);
    }
    free(s.parts);
    journal_close(s.journal);
    agent_config_free(config);
}

// ---- refusals, documents, events

static void read_problem(json_t *document)
{
    client_answer answer = {.status = 422, .body = json_incref(document)};
    answer_read_problem(&answer);
    require(answer.code[0] != '\0' && answer.retry_after_s >= 0.0);
    for (const char *at = answer.detail; *at != '\0'; at++) {
        require((unsigned char)*at >= 0x20 && *at != 0x7f); // one printable line
    }
    client_answer_free(&answer);
}

// A document has one text, and its signature holds for it alone.
static void sign(const json_t *document)
{
    static const sign_key key; // any seed will do
    unsigned char public_key[SIGN_PUBLIC_BYTES];
    char signature[2 * SIGN_BYTES + 1];
    json_error_t why;
    char *text = sign_canonical(document);
    if (text == NULL) {
        require(!sign_document(&key, SIGN_ASK, document, signature));
        return;
    }
    json_t *again = json_object_of(text, strlen(text), &why);
    char *same = sign_canonical(again);
    require(same != NULL && strcmp(text, same) == 0);
    require(sign_document(&key, SIGN_ASK, document, signature));
    sign_key_public(&key, public_key);
    require(!sign_check(public_key, SIGN_RECEIPT, document, signature));
    json_decref(again);
    free(same);
    free(text);
}

static bool hear(void *user, const client_event *event)
{
    size_t *hash = user;
    for (const char *at = event->data; *at != '\0'; at++) {
        *hash = *hash * 31 + (unsigned char)*at;
    }
    *hash = *hash * 31 + (event->name != NULL ? strlen(event->name) : 99);
    return true;
}

// A stream is the same events however it is cut.
static void hear_all(const char *text, size_t size)
{
    size_t hash[2] = {0, 0};
    for (size_t cut = 0; cut < 2; cut++) {
        events e;
        bool enough;
        size_t first = cut * (size / 2);
        events_start(&e, "", hear, &hash[cut]);
        dcat_status status = events_feed(&e, text, first, &enough, NULL);
        if (status == DCAT_OK) {
            events_feed(&e, text + first, size - first, &enough, NULL);
        }
        events_free(&e);
    }
    require(hash[0] == hash[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const char *text = (const char *)data + 1;
    json_error_t why;
    json_t *document = NULL;
    switch (data[0]) {
    case 'y':
        read_settings(text, size - 1);
        break;
    case 'e':
        hear_all(text, size - 1);
        break;
    default:
        document = json_object_of(text, size - 1, &why);
        if (document != NULL) {
            follow(document);
            read_problem(document);
            sign(document);
            json_decref(document);
        }
    }
    return 0;
}
