// SPDX-License-Identifier: Apache-2.0
// dcat submit: hand in a task, and wait for its end. dcat quote: what it would cost.
#include "tool/exchange/remote.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct submit_options {
    remote_options remote;
    bool wait, dry_run;
    const char *id;
} submit_options;

static const cli_option submit_table[] = {
    {"wait", 'w', CLI_FLAG, NULL, CLI_AT(submit_options, wait),
     .help = "Wait until the task has ended, and print how"},
    {"dry-run", 0, CLI_FLAG, NULL, CLI_AT(submit_options, dry_run),
     .help = "Only ask what it would cost, as quote does"},
    {"id", 0, CLI_TEXT, "HEX", CLI_AT(submit_options, id),
     .help = "Your own id of the task, 16 to 64 hex digits: submitted again under it, it is still "
             "one task (default: a new one)"},
    {0},
};

static dcat_status check(void *options, dcat_error *err)
{
    remote_options *r = options;
    if (r->word_count > 1) {
        return dcat_fail(err, DCAT_ERR_FIELD, "one task at a time, got '%s' too", r->words[1]);
    }
    if (r->word_count == 0 && isatty(0)) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "which task? Give a file, or write it to standard input");
    }
    if (r->word_count == 0) {
        r->words[0] = "-";
    }
    return DCAT_OK;
}

static dcat_status check_submit(void *options, dcat_error *err)
{
    const submit_options *o = options;
    size_t length = o->id != NULL ? strlen(o->id) : 16;
    if (length < 16 || length > 64 ||
        (o->id != NULL && strspn(o->id, "0123456789abcdefABCDEF") != length)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--id must be 16 to 64 hex digits, got '%s'", o->id);
    }
    return check(options, err);
}

static bool is_open(const json_t *task)
{
    static const char *const open[] = {"accepted", "awarded", "running", "disputed"};
    const char *state = json_string_value(json_object_get(task, "state"));
    for (size_t i = 0; state != NULL && i < sizeof open / sizeof *open; i++) {
        if (strcmp(state, open[i]) == 0) {
            return true;
        }
    }
    return false;
}

// Look again until the task has ended. Releases *task and puts the last look there.
static int wait_for(const remote_options *r, client *c, json_t **task)
{
    const char *id = json_string_value(json_object_get(*task, "id"));
    char path[128];
    int code = 0;
    long wait_ms = 50;
    snprintf(path, sizeof path, "/v1/tasks/%s", id != NULL ? id : "");
    while (code == 0 && is_open(*task)) {
        nanosleep(&(struct timespec){.tv_nsec = wait_ms * 1000000}, NULL);
        wait_ms = wait_ms * 2 < 500 ? wait_ms * 2 : 500;
        json_decref(*task);
        code = remote_call(r, c, "GET", path, NULL, NULL, task);
    }
    return code;
}

static int submit(const submit_options *o, json_t *body)
{
    const remote_options *r = &o->remote;
    client *c = NULL;
    json_t *task = NULL;
    char made[CLIENT_KEY_SIZE];
    int code = remote_open(r, &c);
    if (code != 0) {
        json_decref(body);
        return code;
    }
    client_make_key(made);
    code = remote_call(r, c, "POST", "/v1/tasks", body, o->id != NULL ? o->id : made, &task);
    if (code == 0 && o->wait) {
        code = wait_for(r, c, &task);
    }
    client_destroy(c);
    return code == 0 ? remote_print(r, task) : code;
}

static int run_submit(void *options)
{
    const submit_options *o = options;
    json_t *body = NULL;
    int code = remote_read_file(o->remote.words[0], &body);
    if (code != 0) {
        return code;
    }
    return o->dry_run ? remote_ask(&o->remote, "POST", "/v1/quotes", body) : submit(o, body);
}

static int run_quote(void *options)
{
    const remote_options *r = options;
    json_t *body = NULL;
    int code = remote_read_file(r->words[0], &body);
    return code == 0 ? remote_ask(r, "POST", "/v1/quotes", body) : code;
}

#define TASK_FILE                                                                                  \
    "FILE holds the task as JSON, such as {\"origin\": {\"area\": \"a1\"}, \"work_gigacycles\": "  \
    "700, \"data_megabits\": 20, \"deadline_s\": 2.5}; - and no FILE are standard input."

const cli_command cli_submit = {
    .name = "submit",
    .brief = "[FILE]",
    .summary = "submit a task to an exchange",
    .arguments = "[FILE|-]",
    .about =
        "Submit a task to an exchange; with --wait, see it through. A task that nobody served "
        "is a result, not an error.\v" TASK_FILE "\n\nExample: dcat submit task.json --wait --json",
    .own = submit_table,
    CLI_REMOTE,
    .options_size = sizeof(submit_options),
    .check = check_submit,
    .run = run_submit,
};

const cli_command cli_quote = {
    .name = "quote",
    .brief = "[FILE]",
    .summary = "ask an exchange what a task would cost, and whether it would be served",
    .arguments = "[FILE|-]",
    .about =
        "Ask an exchange what a task would cost now, and whether it would be served. Nothing is "
        "booked.\v" TASK_FILE "\n\nExample: dcat quote task.json",
    CLI_REMOTE,
    .options_size = sizeof(remote_options),
    .check = check,
    .run = run_quote,
};
