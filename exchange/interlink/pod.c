// SPDX-License-Identifier: Apache-2.0
#include "exchange/interlink/interlink.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

static json_t *refuse(char why[INTERLINK_WHY_SIZE], const char *what)
{
    snprintf(why, INTERLINK_WHY_SIZE, "%s", what);
    return NULL;
}

static const char *note_of(const json_t *pod, const char *name)
{
    const json_t *notes = json_object_get(json_object_get(pod, "metadata"), "annotations");
    return json_string_value(json_object_get(notes, name));
}

// A number of an annotation; false: it is none.
static bool number_of(const json_t *pod, const char *name, double *value)
{
    const char *text = note_of(pod, name);
    char *end = NULL;
    if (text == NULL) {
        return true;
    }
    *value = strtod(text, &end);
    return end != text && *end == '\0' && *value >= 0.0 && *value < 1e15;
}

static json_t *append_texts(json_t *run, const json_t *words)
{
    const json_t *word = NULL;
    size_t i;
    json_array_foreach(words, i, word)
    {
        run = json_plus(run, json_deep_copy(word));
    }
    return run;
}

// Variables stand before the command, as env(1) takes them.
static json_t *command_of(const json_t *container, char why[INTERLINK_WHY_SIZE])
{
    const json_t *variables = json_object_get(container, "env"), *variable = NULL;
    json_t *run = json_array();
    size_t i;
    if (json_array_size(variables) > 0) {
        run = json_plus(run, json_string("env"));
    }
    json_array_foreach(variables, i, variable)
    {
        const char *name = json_string_value(json_object_get(variable, "name"));
        const char *value = json_string_value(json_object_get(variable, "value"));
        char *word = NULL;
        if (name == NULL || strchr(name, '=') != NULL ||
            json_is_object(json_object_get(variable, "valueFrom"))) {
            json_decref(run);
            return refuse(why, "variables must have a name and a value of their own");
        }
        if (asprintf(&word, "%s=%s", name, value != NULL ? value : "") < 0) {
            word = NULL;
        }
        run = json_plus(run, word != NULL ? json_string(word) : NULL);
        free(word);
    }
    const json_t *command = json_object_get(container, "command");
    if (json_array_size(command) == 0) {
        json_decref(run);
        return refuse(why, "the container must have a command: images are not looked into");
    }
    run = append_texts(run, command);
    return append_texts(run, json_object_get(container, "args"));
}

json_t *interlink_task(const interlink_config *config, const json_t *pod,
                       char why[INTERLINK_WHY_SIZE])
{
    const json_t *spec = json_object_get(pod, "spec");
    const json_t *containers = json_object_get(spec, "containers");
    const json_t *container = json_array_get(containers, 0);
    const char *area = note_of(pod, "dcat/area");
    double work = config->work_gigacycles, data = config->data_megabits;
    double deadline_s = config->deadline_s, fee = -1.0;
    if (json_array_size(containers) != 1 ||
        json_array_size(json_object_get(spec, "initContainers")) > 0) {
        return refuse(why, "a pod must have one container, and none before it");
    }
    if (!number_of(pod, "dcat/work-gigacycles", &work) ||
        !number_of(pod, "dcat/data-megabits", &data) ||
        !number_of(pod, "dcat/deadline-s", &deadline_s) ||
        !number_of(pod, "dcat/max-fee-micro", &fee)) {
        return refuse(why, "annotations dcat/... must be numbers");
    }
    json_t *run = command_of(container, why);
    if (run == NULL) {
        return NULL;
    }
    json_t *payload = json_with(json_object(), "run", run);
    const json_t *image = json_object_get(container, "image");
    if (json_is_string(image)) {
        payload = json_with(payload, "image", json_deep_copy(image));
    }
    json_t *task =
        json_pack("{s:{s:s}, s:f, s:f, s:f, s:f, s:o}", "origin", "area",
                  area != NULL ? area : config->area, "work_gigacycles", work, "data_megabits",
                  data, "deadline_s", deadline_s, "retry_until_s", deadline_s, "payload", payload);
    if (fee > 0.0) {
        task = json_with(task, "max_fee_micro", json_integer((json_int_t)fee));
    }
    return task != NULL ? task : refuse(why, "out of memory");
}

// ---- what became of it

json_t *interlink_container(const char *name, const json_t *task, const char *started)
{
    const char *ended = json_string_value(json_object_get(task, "closed_at"));
    const char *state = json_string_value(json_object_get(task, "state"));
    const char *reason = json_string_value(json_object_get(task, "reason"));
    json_t *said = NULL;
    state = state != NULL ? state : "unknown";
    if (strcmp(state, "accepted") == 0 || strcmp(state, "awarded") == 0) {
        said = json_pack("{s:{s:s, s:s}}", "waiting", "reason", "Pending", "message", state);
    } else if (strcmp(state, "running") == 0) {
        said = json_pack("{s:{s:s?}}", "running", "startedAt", started);
    } else {
        bool good = strncmp(state, "settled", 7) == 0 && strcmp(state, "settled_fault") != 0;
        bool disputed = strcmp(state, "disputed") == 0 || strcmp(state, "refunded") == 0;
        good = good || disputed;
        said =
            json_pack("{s:{s:i, s:s, s:s, s:s?, s:s?}}", "terminated", "exitCode", good ? 0 : 1,
                      "reason", good ? "Completed" : "Error", "message",
                      reason != NULL ? reason : state, "startedAt", started, "finishedAt", ended);
    }
    return json_pack("{s:s, s:o, s:b, s:i}", "name", name != NULL ? name : "", "state", said,
                     "ready", strcmp(state, "running") == 0, "restartCount", 0);
}
