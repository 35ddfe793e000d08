// SPDX-License-Identifier: Apache-2.0
#include "exchange/backend/command.h"

#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- the folder

bool part_folder_path(const agent_config *config, const agent_part *part, char path[PART_PATH_SIZE])
{
    int length = snprintf(path, PART_PATH_SIZE, "%s/%s.%s.%lld", config->work_folder,
                          config->servers[part->server].name, part->task, (long long)part->attempt);
    return length > 0 && length < PART_PATH_SIZE;
}

void part_name(const agent_config *config, const agent_part *part, char name[PART_NAME_SIZE])
{
    snprintf(name, PART_NAME_SIZE, "dcat-%s-%s-%lld", config->servers[part->server].name,
             part->task, (long long)part->attempt);
}

// A folder that others may pass through but not look into, whatever the umask is.
static bool make_folder(const char *path)
{
    return mkdir(path, 0711) == 0 ? chmod(path, 0711) == 0 : errno == EEXIST;
}

int part_folder_open(const agent_config *config, const agent_part *part, bool make)
{
    char path[PART_PATH_SIZE];
    if (!part_folder_path(config, part, path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (make &&
        (!make_folder(config->work_folder) || !make_folder(path) || chmod(path, 0711) != 0)) {
        return -1;
    }
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0 || !make) {
        return folder;
    }
    // An agent that was killed in between left a folder that is not yet the payload's.
    if ((mkdirat(folder, "run", 0700) != 0 && errno != EEXIST) ||
        (geteuid() == 0 && fchownat(folder, "run", config->payload_uid, config->payload_gid,
                                    AT_SYMLINK_NOFOLLOW) != 0)) {
        close(folder);
        return -1;
    }
    return folder;
}

bool part_folder_has(int folder, const char *name)
{
    struct stat file;
    return fstatat(folder, name, &file, AT_SYMLINK_NOFOLLOW) == 0;
}

void part_folder_hash(int folder, char hex[AGENT_SHA_SIZE])
{
    crypto_hash_sha256_state state;
    unsigned char bytes[65536], hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_init(&state);
    int file = openat(folder, "output", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t got = 0;
    while (file >= 0 && (got = read(file, bytes, sizeof bytes)) > 0) {
        crypto_hash_sha256_update(&state, bytes, (unsigned long long)got);
    }
    if (file >= 0) {
        close(file);
    }
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(hex, AGENT_SHA_SIZE, hash, sizeof hash);
}

// ---- what is to be run

static dcat_status read_run(part_command *c, dcat_error *err)
{
    const json_t *run = json_object_get(c->payload, "run");
    size_t count = json_array_size(run);
    if (count == 0 || count > COMMAND_RUN_MAX) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "the payload must be {\"run\": [PROGRAM, ARGUMENT...]}");
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *word = json_array_get(run, i);
        if (!json_is_string(word) || strlen(json_string_value(word)) != json_string_length(word) ||
            (i == 0 && json_string_length(word) == 0)) {
            return dcat_fail(err, DCAT_ERR_FORMAT, "payload.run[%zu] must be text", i);
        }
        c->argv[i] = json_string_value(word);
    }
    return DCAT_OK;
}

static dcat_status make_environment(const agent_config *config, const agent_part *part,
                                    part_command *c, dcat_error *err)
{
    snprintf(c->home, sizeof c->home, "HOME=%s/run", c->folder);
    snprintf(c->task, sizeof c->task, "DCAT_TASK=%s", part->task);
    snprintf(c->attempt, sizeof c->attempt, "DCAT_ATTEMPT=%lld", (long long)part->attempt);
    snprintf(c->server, sizeof c->server, "DCAT_SERVER=%s", config->servers[part->server].name);
    const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin",
                                       "LANG=C.UTF-8",
                                       c->home,
                                       c->task,
                                       c->attempt,
                                       c->server};
    enum { OWN = sizeof environment / sizeof *environment };
    memcpy(c->environment, environment, sizeof environment);
    dcat_status status = team_words_make(part, &c->team, err);
    for (size_t i = 0; i < TEAM_WORD_COUNT; i++) {
        c->environment[OWN + i] = c->team.word[i]; // NULL after them
    }
    return status;
}

dcat_status command_read(const agent_config *config, const agent_part *part, part_command *c,
                         dcat_error *err)
{
    json_error_t why = {0};
    const char *text = part->payload != NULL ? part->payload : "";
    const agent_server *server = &config->servers[part->server];
    char named[PART_PATH_SIZE], name[PART_NAME_SIZE];
    c->payload = json_object_of(text, strlen(text), &why);
    dcat_status status = read_run(c, err);
    if (status == DCAT_OK &&
        (!part_folder_path(config, part, named) || realpath(named, c->folder) == NULL)) {
        return dcat_fail(err, DCAT_ERR_IO, "the name of the work folder is too long");
    }
    if (status == DCAT_OK) {
        status = make_environment(config, part, c, err);
    }
    if (status == DCAT_OK && server->backend == AGENT_OCI) {
        // The client's images are its user's.
        snprintf(c->home, sizeof c->home, "HOME=%s", config->payload_home);
        part_name(config, part, name);
        return oci_wrap(config, server, c, name, err);
    }
    if (status == DCAT_OK && json_object_get(c->payload, "image") != NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "payload.image: server %s runs no containers",
                         server->name);
    }
    return status;
}

void command_free(part_command *c)
{
    json_decref(c->payload);
    team_words_free(&c->team);
    for (size_t i = 0; i < c->word_count; i++) {
        free(c->words[i]);
    }
    *c = (part_command){0};
}
