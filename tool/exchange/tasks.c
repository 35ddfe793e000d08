// SPDX-License-Identifier: Apache-2.0
// dcat tasks, task, cancel: look at tasks and call them off.
#include "tool/exchange/remote.h"

#include "base/json.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGE = 100, ID_SIZE = 32 };

typedef struct tasks_options {
    remote_options remote;
    const char *state;
    int limit;
    bool follow;
} tasks_options;

static const cli_option tasks_table[] = {
    {"state", 's', CLI_TEXT, "S", CLI_AT(tasks_options, state),
     .help = "Only tasks in this state: accepted, awarded, running, settled, settled_late, "
             "settled_fault, unserved, cancelled, failed, disputed or refunded"},
    {"limit", 'n', CLI_WHOLE, "N", CLI_AT(tasks_options, limit), .min = 1, .max = 1000000,
     .standard = "1000", .help = "At most so many (default @)"},
    {"follow", 'f', CLI_FLAG, NULL, CLI_AT(tasks_options, follow),
     .help = "Then print what becomes of tasks, as it happens, until Ctrl-C"},
    {0},
};

static bool is_word(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length < ID_SIZE && strspn(text, "abcdefghijklmnopqrstuvwxyz_") == length;
}

static bool is_id(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length < ID_SIZE && strspn(text, "0123456789") == length;
}

static dcat_status check_tasks(void *options, dcat_error *err)
{
    const tasks_options *o = options;
    if (o->remote.word_count > 0) {
        return dcat_fail(err, DCAT_ERR_FIELD, "no argument is needed, got '%s'",
                         o->remote.words[0]);
    }
    return o->state == NULL || is_word(o->state)
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_RANGE, "--state must be the name of a state, got '%s'",
                           o->state);
}

// All pages as one list, at most limit tasks.
static int collect(const tasks_options *o, client *c, json_t **tasks)
{
    char after[ID_SIZE] = "0";
    *tasks = json_array();
    for (size_t left = (size_t)o->limit; left > 0;) {
        char path[160];
        json_t *page = NULL;
        size_t asked = left < PAGE ? left : PAGE;
        snprintf(path, sizeof path, "/v1/tasks?limit=%zu%s%s%s%s", asked,
                 o->state != NULL ? "&state=" : "", o->state != NULL ? o->state : "",
                 strcmp(after, "0") == 0 ? "" : "&after=", strcmp(after, "0") == 0 ? "" : after);
        int code = remote_call(&o->remote, c, "GET", path, NULL, NULL, &page);
        if (code != 0) {
            json_decref(*tasks);
            return code;
        }
        const json_t *list = json_object_get(page, "tasks");
        size_t count = json_array_size(list);
        for (size_t i = 0; i < count; i++) {
            *tasks = json_plus(*tasks, json_incref(json_array_get(list, i)));
        }
        const char *last = json_string_value(
            json_object_get(json_array_get(list, count > 0 ? count - 1 : 0), "id"));
        bool more = count == asked && last != NULL && is_id(last) && strcmp(last, after) != 0;
        snprintf(after, sizeof after, "%s", more ? last : "0");
        json_decref(page);
        left = more ? left - count : 0;
    }
    return 0;
}

// ---- following

static bool show_event(void *user, const client_event *event)
{
    const remote_options *r = user;
    if (event->name == NULL || strncmp(event->name, "task.", 5) != 0) {
        return true;
    }
    char *line = NULL;
    int length = r->common.json
                     ? asprintf(&line, "{\"id\":\"%s\",\"event\":\"%s\",\"data\":%s}",
                                event->id != NULL ? event->id : "", event->name, event->data)
                     : asprintf(&line, "%s  %s", event->name, event->data);
    if (length > 0) {
        utf8_make_harmless(line, (size_t)length);
        puts(line);
        free(line);
    }
    return fflush(stdout) == 0;
}

static int follow(const remote_options *r, client *c)
{
    remote_options shown = *r;
    char last_id[CLIENT_EVENT_ID_SIZE] = "";
    for (;;) {
        dcat_error err = {0};
        const char *path = last_id[0] == '\0' ? "/v1/events?since=now" : "/v1/events";
        dcat_status status = client_listen(c, path, last_id, show_event, &shown, NULL, &err);
        if (status == DCAT_OK) {
            return 0; // nobody reads any more
        }
        if (status != DCAT_ERR_IO) {
            fprintf(stderr, "dcat: %s\n", err.message);
            return status == DCAT_ERR_FORMAT ? REMOTE_REFUSED : 1;
        }
        nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    }
}

static int run_tasks(void *options)
{
    const tasks_options *o = options;
    client *c = NULL;
    json_t *tasks = NULL;
    int code = remote_open(&o->remote, &c);
    if (code == 0) {
        code = collect(o, c, &tasks);
    }
    if (code == 0) {
        code = remote_print(&o->remote, json_with(json_object(), "tasks", tasks));
    }
    if (code == 0 && o->follow) {
        code = follow(&o->remote, c);
    }
    client_destroy(c);
    return code;
}

// ---- one, or some

typedef struct task_options {
    remote_options remote;
    bool explain;
} task_options;

static const cli_option task_table[] = {
    {"explain", 'e', CLI_FLAG, NULL, CLI_AT(task_options, explain),
     .help = "Why this cluster, this price and this delay; or what would have worked"},
    {0},
};

static dcat_status check_ids(void *options, dcat_error *err)
{
    const remote_options *r = options;
    if (r->word_count == 0) {
        return dcat_fail(err, DCAT_ERR_FIELD, "which task? Give its id");
    }
    for (size_t i = 0; i < r->word_count; i++) {
        if (!is_id(r->words[i])) {
            return dcat_fail(err, DCAT_ERR_FORMAT, "an id of a task is digits, got '%s'",
                             r->words[i]);
        }
    }
    return DCAT_OK;
}

static dcat_status check_one(void *options, dcat_error *err)
{
    const remote_options *r = options;
    return r->word_count > 1 ? dcat_fail(err, DCAT_ERR_FIELD, "one task at a time")
                             : check_ids(options, err);
}

// Sentences first, then what they stand on.
static int explain(const task_options *o, const char *path)
{
    static const char *const keys[] = {"cluster", "price", "instead"};
    static const char *const heads[] = {"Why this cluster", "Why this price",
                                        "What would have worked"};
    client *c = NULL;
    json_t *answer = NULL;
    int code = remote_open(&o->remote, &c);
    if (code == 0) {
        code = remote_call(&o->remote, c, "GET", path, NULL, NULL, &answer);
    }
    client_destroy(c);
    if (code != 0) {
        return code;
    }
    const json_t *why = json_object_get(answer, "why");
    for (size_t i = 0; !o->remote.common.json && i < sizeof keys / sizeof *keys; i++) {
        const char *text = json_string_value(json_object_get(why, keys[i]));
        if (text != NULL) {
            char line[1024];
            int length = snprintf(line, sizeof line, "%s: %s", heads[i], text);
            utf8_make_harmless(line, (size_t)length < sizeof line ? (size_t)length : strlen(line));
            puts(line);
        }
    }
    if (!o->remote.common.json) {
        answer = json_without(answer, "why");
    }
    return remote_print(&o->remote, answer);
}

static int run_task(void *options)
{
    const task_options *o = options;
    char path[96];
    snprintf(path, sizeof path, "/v1/tasks/%s%s", o->remote.words[0],
             o->explain ? "/explanation" : "");
    return o->explain ? explain(o, path) : remote_ask(&o->remote, "GET", path, NULL);
}

// Each by itself: one that is refused does not keep the others. The first code that is not 0.
static int run_cancel(void *options)
{
    const remote_options *r = options;
    int first = 0;
    for (size_t i = 0; i < r->word_count; i++) {
        char path[96];
        snprintf(path, sizeof path, "/v1/tasks/%s/cancel", r->words[i]);
        int code = remote_ask(r, "POST", path, json_object());
        first = first == 0 ? code : first;
    }
    return first;
}

const cli_command cli_tasks = {
    .name = "tasks",
    .brief = "",
    .summary = "list your tasks at an exchange",
    .about = "List your tasks at an exchange, oldest first; an operator or auditor sees all.\v"
             "Example: dcat tasks --state unserved",
    .own = tasks_table,
    CLI_REMOTE,
    .options_size = sizeof(tasks_options),
    .check = check_tasks,
    .run = run_tasks,
};

const cli_command cli_task = {
    .name = "task",
    .brief = "ID",
    .summary = "look at one task at an exchange, or have it explained",
    .arguments = "ID",
    .about = "Look at one task at an exchange.\vExample: dcat task 12 --explain",
    .own = task_table,
    CLI_REMOTE,
    .options_size = sizeof(task_options),
    .check = check_one,
    .run = run_task,
};

const cli_command cli_cancel = {
    .name = "cancel",
    .brief = "ID...",
    .summary = "cancel tasks at an exchange",
    .arguments = "ID...",
    .about = "Cancel tasks at an exchange. What they ran for is paid, the rest of the fee comes "
             "back.\vExample: dcat cancel 12 13",
    CLI_REMOTE,
    .options_size = sizeof(remote_options),
    .check = check_ids,
    .run = run_cancel,
};
