// SPDX-License-Identifier: Apache-2.0
#include "exchange/backend/process.h"

#include "exchange/backend/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// With the folder open and its lock held.
static dcat_status begin(const agent_config *config, const agent_part *part, int folder, int lock,
                         dcat_error *err)
{
    part_command c = {0};
    dcat_status status = command_read(config, part, &c, err);
    if (status == DCAT_OK) {
        const process_job job = {.folder = folder,
                                 .lock = lock,
                                 .argv = c.argv,
                                 .environment = c.environment,
                                 .after = c.after[0] != NULL ? c.after : NULL,
                                 .limits = &config->servers[part->server].limits,
                                 .contained = config->servers[part->server].backend == AGENT_OCI,
                                 .uid = config->payload_uid,
                                 .gid = config->payload_gid};
        pid_t supervisor = fork();
        if (supervisor == 0) {
            process_supervise(&job);
        }
        if (supervisor < 0) {
            status = dcat_fail(err, DCAT_ERR_IO, "cannot make a process: %s", strerror(errno));
        }
    }
    command_free(&c);
    return status;
}

dcat_status process_start(const agent_config *config, const agent_part *part, dcat_error *err)
{
    int folder = part_folder_open(config, part, true);
    int lock = folder >= 0 ? openat(folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    dcat_status status = DCAT_OK;
    if (lock < 0) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: cannot make a folder for task %s: %s",
                           config->work_folder, part->task, strerror(errno));
    } else if (flock(lock, LOCK_EX | LOCK_NB) == 0 && !part_folder_has(folder, "begun")) {
        // The supervisor inherits the lock, so that there is no moment without it.
        status = begin(config, part, folder, lock, err);
    }
    close(lock);
    close(folder);
    return status;
}

// ---- looking

static process_state read_end(int folder, process_end *end)
{
    static const char *const words[] = {"ended", "timeout", "stopped"};
    static const process_state states[] = {PROCESS_ENDED, PROCESS_TIMEOUT, PROCESS_STOPPED};
    char line[96] = "", *rest = NULL;
    int file = openat(folder, "exit", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool known = file >= 0 && read(file, line, sizeof line - 1) > 0;
    if (file >= 0) {
        close(file);
    }
    const char *space = strchr(line, ' ');
    for (size_t i = 0; known && space != NULL && i < 3; i++) {
        if (strncmp(line, words[i], (size_t)(space - line)) == 0) {
            end->exit_code = strtoll(space, &rest, 10);
            end->begun_ns = strtoll(rest, &rest, 10);
            end->at_ns = strtoll(rest, &rest, 10);
            part_folder_hash(folder, end->output_sha256);
            return states[i];
        }
    }
    return PROCESS_LOST;
}

static bool is_supervised(int folder)
{
    int lock = openat(folder, "lock", O_RDWR | O_CLOEXEC);
    bool held = lock >= 0 && flock(lock, LOCK_SH | LOCK_NB) != 0;
    if (lock >= 0) {
        close(lock);
    }
    return held;
}

process_state process_look(const agent_config *config, const agent_part *part, process_end *end)
{
    *end = (process_end){0};
    int folder = part_folder_open(config, part, false);
    if (folder < 0) {
        return PROCESS_ABSENT;
    }
    process_state state = PROCESS_RUNS;
    if (part_folder_has(folder, "exit")) {
        state = read_end(folder, end);
    } else if (!is_supervised(folder)) {
        // It may have ended between the two looks.
        state = part_folder_has(folder, "exit")    ? read_end(folder, end)
                : part_folder_has(folder, "begun") ? PROCESS_LOST
                                                   : PROCESS_ABSENT;
    }
    close(folder);
    return state;
}

// The number of the supervisor, which is nobody else's while its lock is held; 0: not known yet.
static long supervisor_of(int folder)
{
    char line[32] = "";
    int begun = openat(folder, "begun", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (begun < 0) {
        return 0;
    }
    bool read_it = read(begun, line, sizeof line - 1) > 0;
    close(begun);
    return read_it && strchr(line, '\n') != NULL ? strtol(line, NULL, 10) : 0;
}

void process_stop(const agent_config *config, const agent_part *part)
{
    int folder = part_folder_open(config, part, false);
    long pid = 0;
    // A supervisor that was just made says in a moment who it is.
    for (int i = 0; i < 200 && folder >= 0 && pid == 0 && is_supervised(folder); i++) {
        pid = supervisor_of(folder);
        if (pid == 0) {
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        }
    }
    if (pid > 1) {
        kill((pid_t)pid, SIGTERM);
    }
    if (folder >= 0) {
        close(folder);
    }
}
