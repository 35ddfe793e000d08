// SPDX-License-Identifier: Apache-2.0
// What a refusal says: problem+json (RFC 9457), or its status alone.
#include "base/utf8.h"
#include "exchange/client/connection.h"

#include <stdlib.h>
#include <string.h>

void client_answer_free(client_answer *answer)
{
    json_decref(answer->body);
    free(answer->text);
    *answer = (client_answer){0};
}

static const char *text_of(const json_t *body, const char *key)
{
    const char *text = json_string_value(json_object_get(body, key));
    return text != NULL ? text : "";
}

void answer_read_problem(client_answer *answer)
{
    const char *type = text_of(answer->body, "type");
    const char *slash = strrchr(type, '/');
    const char *code = slash != NULL ? slash + 1 : type;
    const char *detail = text_of(answer->body, "detail");
    if (code[0] == '\0' || strcmp(type, "about:blank") == 0) {
        snprintf(answer->code, sizeof answer->code, "http-%d", answer->status);
    } else {
        snprintf(answer->code, sizeof answer->code, "%s", code);
    }
    snprintf(answer->detail, sizeof answer->detail, "%s",
             detail[0] != '\0' ? detail : text_of(answer->body, "title"));
    for (char *at = answer->detail; *at != '\0'; at++) {
        *at = *at == '\n' || *at == '\t' ? ' ' : *at;
    }
    utf8_make_harmless(answer->code, strlen(answer->code));
    utf8_make_harmless(answer->detail, strlen(answer->detail));
    const json_t *after = json_object_get(answer->body, "retry_after_s");
    if (json_is_number(after) && json_number_value(after) >= 0.0) {
        answer->retry_after_s = json_number_value(after);
    }
}
