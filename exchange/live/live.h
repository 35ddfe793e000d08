// SPDX-License-Identifier: Apache-2.0
// live.h - an exchange in real time: a store, a clock and one writer.
//
// Only the writer changes anything. It takes whatever waits in the queue, applies it, writes all of
// it in one transaction, and only then tells who asked; every slot it holds the auctions, and every
// cycle it puts the clusters into force that another thread decided on meanwhile. Who wants to look
// at the exchange locks it, and sees what is on disk.
//
// When something cannot be written the process ends with code 1 and one line: it must begin again
// from the disk.

#ifndef DCAT_EXCHANGE_LIVE_LIVE_H
#define DCAT_EXCHANGE_LIVE_LIVE_H

#include "dcat/run.h"
#include "exchange/live/history.h"
#include "exchange/live/hub.h"
#include "exchange/store/reader.h"
#include "exchange/store/store.h"

typedef struct live live;

typedef struct live_config {
    const char *folder;          // of the data
    const exchange_setup *setup; // of a log that is to begin; an old one has its own
    const dcat_policy *policy;   // forms the clusters; the auction is the log's
    uint64_t world_seed;         // draws rates of links
    int64_t cycle_ns;            // from one cycle to the next; >= slot_ns
    int32_t queue_max;           // commands that may wait
    bool admit_all;              // servers are admitted when they are registered
    // Canaries, where the log has them: who submits them, by its name, and what is known.
    const char *canary_party;            // Nullable
    const exchange_known_task *canaries; // [canary_count]
    size_t canary_count;
} live_config;

// Open or begin the log and start. Errors: those of exchange_store_open and exchange_store_create.
dcat_status live_start(const live_config *config, live **l, dcat_error *err);

// Take no more commands, write what waits, tell who asked, and stop writing.
void live_quiesce(live *l);
// That, and close the log.
void live_stop(live *l);

// ---- to be done

typedef struct live_item { // one event of a command
    exchange_event event;
    exchange_note note;
    char *sealed;    // Nullable, owned: what note.sealed points at
    char name[72];   // what note.name points at, if it has one
    int refusal;     // != 0: is not applied, for this reason of the caller's own
    char detail[96]; // of the refusal
    exchange_result result;
    int64_t seq;             // of the event that was written, or of the last one when none was
    exchange_task_view task; // after it, of events that tell of a task
} live_item;

typedef struct live_command live_command;
struct live_command {
    live_command *next;
    int64_t pushed_ns;
    live_item *items; // [count], owned by the caller, as is the command
    size_t count;
    const char *backup; // Nullable: a file to copy the log to, as it is after the command or later
    dcat_status backup_status;
    dcat_error backup_error;
    exchange_backup copied;
    // An answer that is kept under the caller's key, if key_bytes > 0. Set `repeated` when one was
    // kept before: then nothing was applied, and answer.text is in kept_text, the caller's to free.
    exchange_answer answer;
    exchange_code repeated;
    char *kept_text;
    bool (*render)(live_command *command); // makes answer.status and text, of what was applied
    void (*done)(live_command *command);   // it is on disk; called by the writer
};

// False when the queue is full, or stopped.
bool live_push(live *l, live_command *command);
bool live_is_full(live *l);        // without a promise
int32_t live_queue_depth(live *l); // commands that wait

// ---- to be looked at

const exchange *live_lock(live *l);
void live_unlock(live *l);
// Under the lock:
const exchange_store *live_store(const live *l);
live_figures *live_figures_of(live *l);
const live_history *live_history_of(const live *l);

// Without:
int64_t live_now_ns(const live *l);     // since slot 0
int64_t live_started_ns(const live *l); // when this process began
int64_t live_unix_ns(const live *l, int64_t at_ns);
live_hub *live_hub_of(live *l);
const live_config *live_config_view(const live *l);
bool live_is_ready(live *l); // open, and the last slot is not long ago

#endif
