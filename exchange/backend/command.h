// SPDX-License-Identifier: Apache-2.0
// command.h (internal) - what a part runs, and the folder that it has: WORK/SERVER.TASK.ATTEMPT
// with the payload's own folder `run` and what it printed, `output`.

#ifndef DCAT_EXCHANGE_BACKEND_COMMAND_H
#define DCAT_EXCHANGE_BACKEND_COMMAND_H

#include "exchange/backend/config.h"
#include "exchange/backend/part.h"
#include "exchange/backend/team.h"

enum { PART_PATH_SIZE = 4096, COMMAND_RUN_MAX = 64, COMMAND_ARGUMENT_MAX = 128 };

// The folder's name, and the folder, made when it must be: a descriptor, or -1 with errno.
bool part_folder_path(const agent_config *config, const agent_part *part,
                      char path[PART_PATH_SIZE]);
int part_folder_open(const agent_config *config, const agent_part *part, bool make);
bool part_folder_has(int folder, const char *name);
// SHA-256 of what the payload printed.
void part_folder_hash(int folder, char hex[AGENT_SHA_SIZE]);

typedef struct part_command {
    json_t *payload;                   // owned
    char *words[COMMAND_ARGUMENT_MAX]; // [word_count], owned: what argv needed made
    size_t word_count;
    const char *argv[COMMAND_ARGUMENT_MAX + 1]; // ended by NULL
    const char *environment[16];                // ended by NULL
    const char *after[8];                       // what ends what argv leaves behind; or NULL
    team_words team;
    char home[PART_PATH_SIZE + 16], task[64], attempt[64], server[128];
    char folder[PART_PATH_SIZE]; // its whole name
} part_command;

// The payload's command, in a container where the back end is one. The folder must be there.
// Errors: ERR_FORMAT (a payload that is none: the task's own fault), ERR_IO (ours), ERR_MEMORY. To
// be freed in any case.
dcat_status command_read(const agent_config *config, const agent_part *part, part_command *c,
                         dcat_error *err);
void command_free(part_command *c);

// oci.c: put the command into a container.
dcat_status oci_wrap(const agent_config *config, const agent_server *server, part_command *c,
                     const char *name, dcat_error *err);
// The first program of these that is there, as a name; NULL: none.
const char *oci_find(void);

// A name for what is outside: dcat-SERVER-TASK-ATTEMPT.
enum { PART_NAME_SIZE = 160 };
void part_name(const agent_config *config, const agent_part *part, char name[PART_NAME_SIZE]);

#endif
