// SPDX-License-Identifier: Apache-2.0
// hub.h - what happened, for those who listen: short notes of the last events in memory, and who is
// to be woken for which. What is older is in the log.

#ifndef DCAT_EXCHANGE_LIVE_HUB_H
#define DCAT_EXCHANGE_LIVE_HUB_H

#include "exchange/store/told.h"

typedef struct live_hub live_hub;

// Parties of notes that are for all; for operators and auditors alone.
enum { LIVE_EVERYBODY = -1, LIVE_NOBODY = -2, LIVE_NOTES = 1 << 16 };

typedef enum live_note_kind { // what a note is of
    NOTE_TASK,
    NOTE_PART,
    NOTE_SERVER,
    NOTE_ASK,
    NOTE_MODE,
    NOTE_CYCLE,
    NOTE_SLOT,
    NOTE_CHECKPOINT, // not in the log: whoever was away has not missed it
} live_note_kind;

typedef struct live_note {
    int64_t seq;   // of its event; of a checkpoint the last event before it was stored
    int64_t id;    // task, server, cycle, slot; events under a checkpoint
    int32_t party; // whom it concerns, beside operators and auditors
    int32_t attempt, server, count;
    uint8_t kind, state; // live_note_kind; of the machine
} live_note;

// Who listens; roles by exchange_role.
typedef struct live_listener live_listener;
struct live_listener {
    live_listener *next;
    int32_t party, role;
    uint32_t passes_over;                  // bits of the kinds of notes that it does not want
    uint64_t place;                        // of the next note that it has not seen
    void (*wake)(live_listener *listener); // by the writer
    bool waits;
    bool woken; // though there may be nothing for it: live_hub_wake_all
};

// size: events that are in the log already. NULL without memory.
live_hub *live_hub_create(int64_t size);
void live_hub_destroy(live_hub *hub);

// ---- the writer
void live_hub_stage(live_hub *hub, const live_note *note);
// What was staged can be seen, up to the event of this number.
void live_hub_publish(live_hub *hub, int64_t size);
void live_hub_wake_all(live_hub *hub);

// ---- listeners
bool live_hub_concerns(const live_listener *listener, const live_note *note);
// Place of the first note after an event; false when those are in the log alone.
bool live_hub_place(live_hub *hub, int64_t after_seq, uint64_t *place);
int64_t live_hub_size(live_hub *hub); // events that can be seen
// Copy up to max notes that concern it. *lost: it waited so long that it must go to the log, after
// *seq.
size_t live_hub_read(live_hub *hub, live_listener *listener, live_note *notes, size_t max,
                     bool *lost);
// Be woken when there is more; false: there is already.
bool live_hub_wait(live_hub *hub, live_listener *listener);
void live_hub_leave(live_hub *hub, live_listener *listener);
// Events that can be seen after one of this number; 0 for who waits, being told all.
int64_t live_hub_behind(live_hub *hub, const live_listener *listener, int64_t after_seq);

#endif
