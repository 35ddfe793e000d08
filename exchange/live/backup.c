// SPDX-License-Identifier: Apache-2.0
#include "exchange/live/backup.h"

#include "exchange/live/queue.h"

#include <stdlib.h>
#include <sys/resource.h>

enum { BACKUPS_MAX = 16, NICE = 10 };

struct backuper {
    const char *folder;
    pthread_t thread;
    queue waiting;
    atomic_bool stop;
};

// Choice: on Linux a thread has a priority of its own; the writer goes before a copy.
static void *work(void *user)
{
    backuper *b = user;
    setpriority(PRIO_PROCESS, 0, NICE);
    bool stopped = false;
    while (!stopped) {
        int32_t count = 0;
        live_command *first = queue_take(&b->waiting, INT64_MAX, &count, &stopped);
        while (first != NULL) { // whoever is told may free it at once
            live_command *next = first->next;
            first->backup_status = exchange_backup_make(b->folder, first->backup, &b->stop,
                                                        &first->copied, &first->backup_error);
            first->done(first);
            first = next;
        }
    }
    return NULL;
}

void backuper_take(backuper *b, live_command *command)
{
    if (!queue_push(&b->waiting, command)) {
        command->backup_status =
            dcat_fail(&command->backup_error, DCAT_ERR_IO, "too many backups wait");
        command->done(command);
    }
}

dcat_status backuper_start(const char *folder, backuper **b, dcat_error *err)
{
    backuper *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for backups");
    }
    made->folder = folder;
    queue_init(&made->waiting, BACKUPS_MAX);
    if (pthread_create(&made->thread, NULL, work, made) != 0) {
        queue_destroy(&made->waiting);
        free(made);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no thread for backups");
    }
    *b = made;
    return DCAT_OK;
}

void backuper_stop(backuper *b)
{
    if (b != NULL) {
        atomic_store(&b->stop, true);
        queue_stop(&b->waiting);
        pthread_join(b->thread, NULL);
        queue_destroy(&b->waiting);
        free(b);
    }
}
