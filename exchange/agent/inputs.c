// SPDX-License-Identifier: Apache-2.0
#include "exchange/agent/inputs.h"

#include "exchange/backend/command.h"
#include "exchange/client/fetch.h"

#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

// The payload, where its back end runs it and it has inputs; to be released. NULL: none.
static json_t *payload_with_inputs(const session *s, const agent_part *part)
{
    json_error_t why = {0};
    if (part->payload == NULL || s->config->servers[part->server].backend == AGENT_SIM ||
        strstr(part->payload, "\"inputs\"") == NULL) {
        return NULL;
    }
    json_t *payload = json_object_of(part->payload, strlen(part->payload), &why);
    if (json_array_size(json_object_get(payload, "inputs")) == 0) {
        json_decref(payload);
        return NULL;
    }
    return payload;
}

static bool begin(session *s, agent_part *part, const json_t *inputs)
{
    char folder[PART_PATH_SIZE], run[PART_PATH_SIZE + 8];
    dcat_error err = {0};
    int made = part_folder_open(s->config, part, true);
    bool named = part_folder_path(s->config, part, folder);
    if (made < 0 || !named) {
        snprintf(part->fetch_why, sizeof part->fetch_why, "%s: %s", folder, strerror(errno));
        return false;
    }
    close(made);
    snprintf(run, sizeof run, "%s/run", folder);
    const fetch_plan plan = {.inputs = inputs,
                             .folder = run,
                             .schemes = s->config->fetch_schemes,
                             .limit_s = s->config->fetch_s,
                             .uid = s->config->payload_uid,
                             .gid = s->config->payload_gid};
    bool begun = fetch_start(&plan, &part->fetch, &err) == DCAT_OK;
    if (!begun) {
        snprintf(part->fetch_why, sizeof part->fetch_why, "%s", err.message);
    }
    return begun;
}

// It went well: whoever asks later finds it here.
static void write_took(const session *s, const agent_part *part, int64_t us, int64_t bytes)
{
    int folder = part_folder_open(s->config, part, false);
    int file = folder >= 0
                   ? openat(folder, "fetched.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
                   : -1;
    if (file >= 0 && dprintf(file, "%lld %lld\n", (long long)us, (long long)bytes) > 0) {
        renameat(folder, "fetched.tmp", folder, "fetched");
    }
    if (file >= 0) {
        close(file);
    }
    if (folder >= 0) {
        close(folder);
    }
}

bool inputs_took(const session *s, const agent_part *part, int64_t *us, int64_t *bytes)
{
    int folder = part_folder_open(s->config, part, false);
    int file = folder >= 0 ? openat(folder, "fetched", O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    char line[64] = "";
    long long a = 0, b = 0;
    bool known = file >= 0 && read(file, line, sizeof line - 1) > 0 &&
                 sscanf(line, "%lld %lld", &a, &b) == 2;
    *us = a;
    *bytes = b;
    if (file >= 0) {
        close(file);
    }
    if (folder >= 0) {
        close(folder);
    }
    return known;
}

bool inputs_ready(session *s, agent_part *part)
{
    int64_t us = 0, bytes = 0;
    if (part->fetch_over) {
        return true;
    }
    if (part->fetch == NULL) {
        json_t *payload = payload_with_inputs(s, part);
        if (payload == NULL || inputs_took(s, part, &us, &bytes)) {
            json_decref(payload);
            part->fetch_over = true;
            return true;
        }
        part->fetch_over = !begin(s, part, json_object_get(payload, "inputs"));
        json_decref(payload);
        return part->fetch_over;
    }
    fetch_state state = fetch_look(part->fetch, &us, &bytes, part->fetch_why);
    if (state == FETCH_RUNS) {
        return false;
    }
    if (state == FETCH_DONE) {
        write_took(s, part, us, bytes);
        part->data_ns = session_utc_ns();
    }
    part->fetch_bad = state == FETCH_BAD;
    part->fetch_over = true;
    session_say(s, state == FETCH_DONE ? "info" : "error",
                "task %s, attempt %lld on %s: inputs, %lld bytes in %.3f s%s%s", part->task,
                (long long)part->attempt, s->config->servers[part->server].name, (long long)bytes,
                (double)us * 1e-6, part->fetch_why[0] != '\0' ? ": " : "", part->fetch_why);
    inputs_end(part);
    return true;
}

dcat_status inputs_check(const session *s, const agent_part *part, dcat_error *err)
{
    int64_t us = 0, bytes = 0;
    json_t *payload = payload_with_inputs(s, part);
    bool needs = payload != NULL;
    json_decref(payload);
    if (!needs || inputs_took(s, part, &us, &bytes)) {
        return DCAT_OK;
    }
    return dcat_fail(err, part->fetch_bad ? DCAT_ERR_FORMAT : DCAT_ERR_IO, "%s",
                     part->fetch_why[0] != '\0' ? part->fetch_why : "its inputs were not brought");
}

void inputs_end(agent_part *part)
{
    fetch_end(part->fetch);
    part->fetch = NULL;
}
