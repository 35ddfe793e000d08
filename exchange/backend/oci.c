// SPDX-License-Identifier: Apache-2.0
// A payload in a container: the command that podman, docker or apptainer is called with.
//
// Choice: no network unless the task asks for it and the owner grants it; nothing of the machine
// but the part's own folder, as /work; no new privileges, no capabilities, nothing outlives the
// payload.
#include "exchange/backend/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const programs[] = {"podman", "docker", "apptainer"};

const char *oci_find(void)
{
    const char *path = getenv("PATH");
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        for (const char *at = path; at != NULL && *at != '\0';) {
            size_t length = strcspn(at, ":");
            char whole[PART_PATH_SIZE];
            int used = snprintf(whole, sizeof whole, "%.*s/%s", (int)length, at, programs[i]);
            if (used > 0 && (size_t)used < sizeof whole && access(whole, X_OK) == 0) {
                return programs[i];
            }
            at += length + (at[length] == ':');
        }
    }
    return NULL;
}

// ---- words of a command line; the first failure is kept

typedef struct line {
    part_command *c;
    const char *argv[COMMAND_ARGUMENT_MAX + 1];
    size_t count;
    bool full;
} line;

static void put(line *l, const char *word)
{
    if (l->count < COMMAND_ARGUMENT_MAX) {
        l->argv[l->count++] = word;
    } else {
        l->full = true;
    }
}

static void put_made(line *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put_made(line *l, const char *format, ...)
{
    char *word = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (l->c->word_count == COMMAND_ARGUMENT_MAX || vasprintf(&word, format, arguments) < 0) {
        l->full = true;
    } else {
        l->c->words[l->c->word_count++] = word;
        put(l, word);
    }
    va_end(arguments);
}

// ---- the two kinds of command lines

static void put_limits(line *l, const agent_server *server)
{
    const agent_limits *limits = &server->limits;
    if (limits->memory_mb > 0) {
        put_made(l, "--memory=%lldm", (long long)limits->memory_mb);
    }
    if (limits->processes > 0) {
        put_made(l, "--pids-limit=%lld", (long long)limits->processes);
    }
    if (limits->open_files > 0) {
        put_made(l, "--ulimit=nofile=%lld:%lld", (long long)limits->open_files,
                 (long long)limits->open_files);
    }
    if (limits->file_mb > 0) {
        put_made(l, "--ulimit=fsize=%lld:%lld", (long long)limits->file_mb << 20,
                 (long long)limits->file_mb << 20);
    }
    if (limits->cpu_s > 0) {
        put_made(l, "--ulimit=cpu=%lld:%lld", (long long)limits->cpu_s, (long long)limits->cpu_s);
    }
    put_made(l, "--cpus=%lld", (long long)server->cores);
}

// podman and docker take the same words.
static void put_docker(line *l, const agent_config *config, const agent_server *server,
                       const char *name, bool network, bool docker)
{
    put(l, "run");
    put(l, "--rm");
    put_made(l, "--name=%s", name);
    put(l, network ? "--network=host" : "--network=none");
    put(l, "--security-opt=no-new-privileges");
    put(l, "--cap-drop=ALL");
    put_limits(l, server);
    if (docker) { // of podman, root inside is the user outside
        put_made(l, "--user=%lld:%lld", (long long)config->payload_uid,
                 (long long)config->payload_gid);
    }
    put_made(l, "--volume=%s/run:/work", l->c->folder);
    put(l, "--workdir=/work");
}

static void put_apptainer(line *l, bool network)
{
    put(l, "exec");
    put(l, "--containall");
    put(l, "--no-home");
    put(l, "--no-privs");
    if (!network) {
        put(l, "--net");
        put(l, "--network=none");
    }
    put_made(l, "--bind=%s/run:/work", l->c->folder);
    put(l, "--pwd=/work");
}

// What the payload is told; its own folder has another name inside.
static void put_environment(line *l)
{
    for (const char *const *word = l->c->environment; *word != NULL; word++) {
        if (strncmp(*word, "DCAT_", 5) == 0) {
            put_made(l, "--env=%s", *word);
        }
    }
    put(l, "--env=HOME=/work");
}

static dcat_status check(const agent_server *server, const part_command *c, const char **image,
                         bool *network, dcat_error *err)
{
    const json_t *asked = json_object_get(c->payload, "network");
    *image = json_string_value(json_object_get(c->payload, "image"));
    *image = *image == NULL ? server->oci_image : *image;
    *network = json_is_true(asked);
    if (*image == NULL || (*image)[0] == '\0' || (*image)[0] == '-') {
        return dcat_fail(err, DCAT_ERR_FORMAT, "payload.image must name a container image");
    }
    return *network && server->oci_network == 0
               ? dcat_fail(err, DCAT_ERR_FORMAT, "payload.network: server %s grants none",
                           server->name)
               : DCAT_OK;
}

dcat_status oci_wrap(const agent_config *config, const agent_server *server, part_command *c,
                     const char *name, dcat_error *err)
{
    const char *program = server->oci_program != NULL ? server->oci_program : oci_find();
    const char *image = NULL;
    bool network = false;
    dcat_status status = check(server, c, &image, &network, err);
    if (status != DCAT_OK) {
        return status;
    }
    if (program == NULL) {
        return dcat_fail(err, DCAT_ERR_IO, "neither podman, docker nor apptainer is there");
    }
    const char *base = strrchr(program, '/') != NULL ? strrchr(program, '/') + 1 : program;
    bool apptainer = strcmp(base, "apptainer") == 0 || strcmp(base, "singularity") == 0;
    line l = {.c = c};
    put(&l, program);
    if (apptainer) {
        put_apptainer(&l, network);
    } else {
        put_docker(&l, config, server, name, network, strstr(base, "docker") != NULL);
    }
    put_environment(&l);
    put_made(&l, "%s", image);
    for (size_t i = 0; c->argv[i] != NULL; i++) {
        put(&l, c->argv[i]);
    }
    if (l.full) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a container's command");
    }
    memcpy(c->argv, l.argv, sizeof l.argv);
    if (!apptainer) { // a client that is killed leaves its container behind
        const char *const after[] = {program, "rm", "--force", strchr(l.argv[3], '=') + 1};
        memcpy(c->after, after, sizeof after);
    }
    return DCAT_OK;
}
