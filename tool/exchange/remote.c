// SPDX-License-Identifier: Apache-2.0
#include "tool/exchange/remote.h"

#include "base/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REMOTE_AT(member) CLI_AT(remote_options, member)
const cli_option remote_option_table[] = {
    {"url", 'u', CLI_TEXT, "URL", REMOTE_AT(url),
     .help = "Where the exchange is (default: the environment's DCAT_URL)"},
    {"key-file", 'k', CLI_TEXT, "FILE", REMOTE_AT(key_file),
     .help = "File with the bearer key (default: the environment's DCAT_KEY_FILE)"},
    {"ca-file", 0, CLI_TEXT, "FILE", REMOTE_AT(ca_file),
     .help = "Certificates that may vouch for the exchange, as PEM (default: the system's)"},
    {"json", 0, CLI_FLAG, NULL, REMOTE_AT(common.json), .help = "Print the answer as JSON"},
    {"show-request", 0, CLI_FLAG, NULL, REMOTE_AT(show_request),
     .help = "Print every HTTP call on standard error, as a command of curl"},
    {0},
};

dcat_status remote_argument(void *options, const char *text, dcat_error *err)
{
    remote_options *r = options;
    if (r->word_count == REMOTE_WORD_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "at most %d arguments", REMOTE_WORD_MAX);
    }
    r->words[r->word_count++] = text;
    return DCAT_OK;
}

static const char *key_file_of(const remote_options *options)
{
    const char *key = options->key_file != NULL ? options->key_file : getenv("DCAT_KEY_FILE");
    return key != NULL && key[0] != '\0' ? key : NULL;
}

int remote_open(const remote_options *options, client **c)
{
    const char *url = options->url != NULL ? options->url : getenv("DCAT_URL");
    dcat_error err = {0};
    if (url == NULL || url[0] == '\0') {
        dcat_status status =
            dcat_fail(&err, DCAT_ERR_FIELD, "which exchange? Give --url or set DCAT_URL");
        return cli_exit(status, &err);
    }
    const client_config config = {.url = url,
                                  .key_file = key_file_of(options),
                                  .ca_file = options->ca_file,
                                  .timeout_ms = options->patience_ms,
                                  .try_max = options->patience_ms > 0 ? 1 : 0,
                                  .show = options->show_request ? stderr : NULL};
    return cli_exit(client_create(&config, c, &err), &err);
}

static int refuse(const remote_options *options, client_answer *answer)
{
    fprintf(stderr, "dcat: the exchange refused: %s%s%s\n", answer->code,
            answer->detail[0] != '\0' ? ": " : "", answer->detail);
    if (strcmp(answer->code, "unauthenticated") == 0 && key_file_of(options) == NULL) {
        fprintf(stderr, "dcat: no key was shown: give --key-file or set DCAT_KEY_FILE\n");
    }
    if (options->common.json && answer->body != NULL) {
        remote_print(options, json_incref(answer->body));
    }
    client_answer_free(answer);
    return REMOTE_REFUSED;
}

int remote_call_any(const remote_options *options, client *c, const char *method, const char *path,
                    client_answer *answer)
{
    dcat_error err = {0};
    dcat_status status = client_call(c, method, path, NULL, NULL, answer, &err);
    if (status != DCAT_OK) {
        return cli_exit(status == DCAT_ERR_MEMORY ? status : DCAT_ERR_IO, &err);
    }
    return answer->code[0] != '\0' ? refuse(options, answer) : 0;
}

int remote_call(const remote_options *options, client *c, const char *method, const char *path,
                json_t *body, const char *key, json_t **answer)
{
    client_answer a;
    dcat_error err = {0};
    dcat_status status = client_call(c, method, path, body, key, &a, &err);
    json_decref(body);
    *answer = NULL;
    if (status != DCAT_OK) {
        // What the other side sends is no mistake of the user's.
        return cli_exit(status == DCAT_ERR_MEMORY ? status : DCAT_ERR_IO, &err);
    }
    if (a.code[0] != '\0') {
        return refuse(options, &a);
    }
    *answer = a.body != NULL ? json_incref(a.body) : json_object();
    client_answer_free(&a);
    return 0;
}

int remote_ask(const remote_options *options, const char *method, const char *path, json_t *body)
{
    client *c = NULL;
    json_t *answer = NULL;
    int code = remote_open(options, &c);
    if (code != 0) {
        json_decref(body);
        return code;
    }
    code = remote_call(options, c, method, path, body, NULL, &answer);
    client_destroy(c);
    return code == 0 ? remote_print(options, answer) : code;
}

int remote_read_file(const char *path, json_t **body)
{
    dcat_error err = {0};
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "re");
    if (file == NULL) {
        dcat_status status = dcat_fail(&err, errno == ENOENT ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO,
                                       "%s: %s", path, strerror(errno));
        return cli_exit(status, &err);
    }
    json_error_t why = {0};
    *body = json_load_guarded(NULL, 0, file, &why);
    if (!standard) {
        fclose(file);
    }
    dcat_status status = DCAT_OK;
    if (*body == NULL) {
        status = why.text[0] == '\0'
                     ? dcat_fail(&err, DCAT_ERR_MEMORY, "out of memory for %s", path)
                     : dcat_fail(&err, DCAT_ERR_FORMAT, "%s:%d: must be JSON: %s", path,
                                 why.line > 0 ? why.line : 1, why.text);
    } else if (!json_is_object(*body)) {
        json_decref(*body);
        status = dcat_fail(&err, DCAT_ERR_FORMAT, "%s:1: must be an object of JSON", path);
    }
    return cli_exit(status, &err);
}
