// SPDX-License-Identifier: Apache-2.0
// machine.h - the state machines of the exchange: one table each, which the code walks,
// docs/exchange.md prints and the tests run through.
//
// X(from, input, to, what it does to money). What has no row is refused and changes nothing.

#ifndef DCAT_EXCHANGE_CORE_MACHINE_H
#define DCAT_EXCHANGE_CORE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// ---- a task
#define TASK_STATES(X)                                                                             \
    X(TASK, NONE, "-")                                                                             \
    X(TASK, ACCEPTED, "accepted")                                                                  \
    X(TASK, AWARDED, "awarded")                                                                    \
    X(TASK, RUNNING, "running")                                                                    \
    X(TASK, SETTLED, "settled")                                                                    \
    X(TASK, SETTLED_LATE, "settled_late")                                                          \
    X(TASK, SETTLED_FAULT, "settled_fault")                                                        \
    X(TASK, UNSERVED, "unserved")                                                                  \
    X(TASK, CANCELLED, "cancelled")                                                                \
    X(TASK, FAILED, "failed")                                                                      \
    X(TASK, DISPUTED, "disputed")                                                                  \
    X(TASK, REFUNDED, "refunded")
#define TASK_INPUTS(X)                                                                             \
    X(TASK, SUBMIT, "submitted")                                                                   \
    X(TASK, SOLD, "slot: sold")                                                                    \
    X(TASK, AGAIN, "slot: unsold, may try again")                                                  \
    X(TASK, UNSOLD, "slot: unsold, or too late")                                                   \
    X(TASK, CANCEL, "cancelled by its user")                                                       \
    X(TASK, START, "all parts started")                                                            \
    X(TASK, IN_TIME, "all parts finished in time")                                                 \
    X(TASK, LATE, "all parts finished late")                                                       \
    X(TASK, FAULT, "fault of the task itself")                                                     \
    X(TASK, RETRY, "attempt lost, may try again")                                                  \
    X(TASK, LOSE, "attempt lost")                                                                  \
    X(TASK, DISPUTE, "disputed by its user")                                                       \
    X(TASK, UPHOLD, "resolved: stays settled")                                                     \
    X(TASK, REVERSE, "resolved: refunded")
#define TASK_ARROWS(X)                                                                             \
    X(TASK, NONE, SUBMIT, ACCEPTED, "hold fee")                                                    \
    X(TASK, ACCEPTED, SOLD, AWARDED, "")                                                           \
    X(TASK, ACCEPTED, AGAIN, ACCEPTED, "")                                                         \
    X(TASK, ACCEPTED, UNSOLD, UNSERVED, "release")                                                 \
    X(TASK, ACCEPTED, CANCEL, CANCELLED, "release")                                                \
    X(TASK, AWARDED, START, RUNNING, "")                                                           \
    X(TASK, AWARDED, CANCEL, CANCELLED, "release")                                                 \
    X(TASK, AWARDED, FAULT, SETTLED_FAULT, "pay work done, release the rest")                      \
    X(TASK, AWARDED, RETRY, ACCEPTED, "")                                                          \
    X(TASK, AWARDED, LOSE, FAILED, "release")                                                      \
    X(TASK, RUNNING, IN_TIME, SETTLED, "settle")                                                   \
    X(TASK, RUNNING, LATE, SETTLED_LATE, "settle less the credit")                                 \
    X(TASK, RUNNING, FAULT, SETTLED_FAULT, "pay work done, release the rest")                      \
    X(TASK, RUNNING, CANCEL, CANCELLED, "pay work done, release the rest")                         \
    X(TASK, RUNNING, RETRY, ACCEPTED, "")                                                          \
    X(TASK, RUNNING, LOSE, FAILED, "release")                                                      \
    X(TASK, SETTLED, DISPUTE, DISPUTED, "")                                                        \
    X(TASK, DISPUTED, UPHOLD, SETTLED, "")                                                         \
    X(TASK, DISPUTED, REVERSE, REFUNDED, "reverse")

// ---- a part of an award: what one server of the team does. The award is where its least part is.
#define PART_STATES(X)                                                                             \
    X(PART, NONE, "-")                                                                             \
    X(PART, OFFERED, "offered")                                                                    \
    X(PART, ACKNOWLEDGED, "acknowledged")                                                          \
    X(PART, STARTED, "started")                                                                    \
    X(PART, FINISHED, "finished")                                                                  \
    X(PART, FAILED, "failed")                                                                      \
    X(PART, EXPIRED, "expired")                                                                    \
    X(PART, CANCELLED, "cancelled")
#define PART_INPUTS(X)                                                                             \
    X(PART, AWARD, "awarded")                                                                      \
    X(PART, ACK, "acknowledged by its agent")                                                      \
    X(PART, START, "started")                                                                      \
    X(PART, FINISH, "receipt")                                                                     \
    X(PART, FAIL, "agent gives up")                                                                \
    X(PART, FAULT, "fault of the task itself")                                                     \
    X(PART, LAPSE, "no word in time")                                                              \
    X(PART, DROP, "the attempt ends")
#define PART_ARROWS(X)                                                                             \
    X(PART, NONE, AWARD, OFFERED, "")                                                              \
    X(PART, OFFERED, ACK, ACKNOWLEDGED, "")                                                        \
    X(PART, OFFERED, FAIL, FAILED, "")                                                             \
    X(PART, OFFERED, LAPSE, EXPIRED, "")                                                           \
    X(PART, OFFERED, DROP, CANCELLED, "")                                                          \
    X(PART, ACKNOWLEDGED, START, STARTED, "")                                                      \
    X(PART, ACKNOWLEDGED, FAIL, FAILED, "")                                                        \
    X(PART, ACKNOWLEDGED, LAPSE, EXPIRED, "")                                                      \
    X(PART, ACKNOWLEDGED, DROP, CANCELLED, "")                                                     \
    X(PART, STARTED, FINISH, FINISHED, "")                                                         \
    X(PART, STARTED, FAIL, FAILED, "")                                                             \
    X(PART, STARTED, FAULT, FAILED, "")                                                            \
    X(PART, STARTED, LAPSE, EXPIRED, "")                                                           \
    X(PART, STARTED, DROP, CANCELLED, "")

// ---- a server
#define SERVER_STATES(X)                                                                           \
    X(SERVER, NONE, "-")                                                                           \
    X(SERVER, REGISTERED, "registered")                                                            \
    X(SERVER, ADMITTED, "admitted")                                                                \
    X(SERVER, ACTIVE, "active")                                                                    \
    X(SERVER, LOST, "lost")                                                                        \
    X(SERVER, DRAINING, "draining")                                                                \
    X(SERVER, OUT, "out")                                                                          \
    X(SERVER, SUSPENDED, "suspended")
#define SERVER_INPUTS(X)                                                                           \
    X(SERVER, REGISTER, "registered by its provider")                                              \
    X(SERVER, ADMIT, "admitted by an operator")                                                    \
    X(SERVER, CUT, "cut of a cycle")                                                               \
    X(SERVER, HEARTBEAT, "heartbeat")                                                              \
    X(SERVER, SILENT, "no heartbeat in time")                                                      \
    X(SERVER, DRAIN, "drained by its provider")                                                    \
    X(SERVER, UNDRAIN, "taken back by its provider")                                               \
    X(SERVER, EMPTY, "out of the clusters, and queue empty")                                       \
    X(SERVER, SUSPEND, "suspended by an operator")
#define SERVER_ARROWS(X)                                                                           \
    X(SERVER, NONE, REGISTER, REGISTERED, "")                                                      \
    X(SERVER, REGISTERED, ADMIT, ADMITTED, "")                                                     \
    X(SERVER, REGISTERED, HEARTBEAT, REGISTERED, "")                                               \
    X(SERVER, REGISTERED, DRAIN, OUT, "")                                                          \
    X(SERVER, REGISTERED, SUSPEND, SUSPENDED, "")                                                  \
    X(SERVER, ADMITTED, CUT, ACTIVE, "")                                                           \
    X(SERVER, ADMITTED, HEARTBEAT, ADMITTED, "")                                                   \
    X(SERVER, ADMITTED, DRAIN, OUT, "")                                                            \
    X(SERVER, ADMITTED, SUSPEND, SUSPENDED, "")                                                    \
    X(SERVER, ACTIVE, CUT, ACTIVE, "")                                                             \
    X(SERVER, ACTIVE, HEARTBEAT, ACTIVE, "")                                                       \
    X(SERVER, ACTIVE, SILENT, LOST, "")                                                            \
    X(SERVER, ACTIVE, DRAIN, DRAINING, "")                                                         \
    X(SERVER, ACTIVE, SUSPEND, SUSPENDED, "")                                                      \
    X(SERVER, LOST, HEARTBEAT, ACTIVE, "")                                                         \
    X(SERVER, LOST, DRAIN, OUT, "")                                                                \
    X(SERVER, LOST, SUSPEND, SUSPENDED, "")                                                        \
    X(SERVER, DRAINING, HEARTBEAT, DRAINING, "")                                                   \
    X(SERVER, DRAINING, SILENT, OUT, "")                                                           \
    X(SERVER, DRAINING, UNDRAIN, ACTIVE, "")                                                       \
    X(SERVER, DRAINING, EMPTY, OUT, "")                                                            \
    X(SERVER, DRAINING, SUSPEND, SUSPENDED, "")                                                    \
    X(SERVER, OUT, ADMIT, ADMITTED, "")                                                            \
    X(SERVER, OUT, SUSPEND, SUSPENDED, "")                                                         \
    X(SERVER, SUSPENDED, ADMIT, ADMITTED, "")

// ---- an ask of a server
#define ASK_STATES(X)                                                                              \
    X(ASK, NONE, "-")                                                                              \
    X(ASK, SIGNED, "signed")                                                                       \
    X(ASK, SEALED, "sealed")                                                                       \
    X(ASK, IN_FORCE, "in force")                                                                   \
    X(ASK, REPLACED, "replaced")
#define ASK_INPUTS(X)                                                                              \
    X(ASK, SIGN, "signed by its provider")                                                         \
    X(ASK, SEAL, "sealed for the next cycle")                                                      \
    X(ASK, CUT, "cut of a cycle")                                                                  \
    X(ASK, NEWER, "a newer one takes its place")
#define ASK_ARROWS(X)                                                                              \
    X(ASK, NONE, SIGN, SIGNED, "")                                                                 \
    X(ASK, SIGNED, SEAL, SEALED, "")                                                               \
    X(ASK, SIGNED, NEWER, REPLACED, "")                                                            \
    X(ASK, SEALED, CUT, IN_FORCE, "")                                                              \
    X(ASK, SEALED, NEWER, REPLACED, "")                                                            \
    X(ASK, IN_FORCE, NEWER, REPLACED, "")

// ---- the settlement of a task: where its fee is
#define SETTLEMENT_STATES(X)                                                                       \
    X(SETTLEMENT, NONE, "-")                                                                       \
    X(SETTLEMENT, HELD, "held")                                                                    \
    X(SETTLEMENT, POSTED, "posted")                                                                \
    X(SETTLEMENT, RELEASED, "released")                                                            \
    X(SETTLEMENT, REVERSED, "reversed")
#define SETTLEMENT_INPUTS(X)                                                                       \
    X(SETTLEMENT, HOLD, "task accepted")                                                           \
    X(SETTLEMENT, POST, "work paid")                                                               \
    X(SETTLEMENT, RELEASE, "no work to pay")                                                       \
    X(SETTLEMENT, REVERSE, "dispute won by the user")
#define SETTLEMENT_ARROWS(X)                                                                       \
    X(SETTLEMENT, NONE, HOLD, HELD, "hold fee")                                                    \
    X(SETTLEMENT, HELD, POST, POSTED, "settle")                                                    \
    X(SETTLEMENT, HELD, RELEASE, RELEASED, "release")                                              \
    X(SETTLEMENT, POSTED, REVERSE, REVERSED, "reverse")

// ---- a payout to a provider
#define PAYOUT_STATES(X)                                                                           \
    X(PAYOUT, NONE, "-")                                                                           \
    X(PAYOUT, ORDERED, "ordered")                                                                  \
    X(PAYOUT, CONFIRMED, "confirmed")                                                              \
    X(PAYOUT, RETURNED, "returned")
#define PAYOUT_INPUTS(X)                                                                           \
    X(PAYOUT, ORDER, "ordered, or its day has come")                                               \
    X(PAYOUT, CONFIRM, "confirmed: the money has left")                                            \
    X(PAYOUT, RETURN, "returned: it could not be paid")
#define PAYOUT_ARROWS(X)                                                                           \
    X(PAYOUT, NONE, ORDER, ORDERED, "set aside")                                                   \
    X(PAYOUT, ORDERED, CONFIRM, CONFIRMED, "pay out")                                              \
    X(PAYOUT, ORDERED, RETURN, RETURNED, "give back")

// ---- the exchange itself
#define MODE_STATES(X)                                                                             \
    X(MODE, STARTING, "starting")                                                                  \
    X(MODE, OPEN, "open")                                                                          \
    X(MODE, HALTED, "halted")                                                                      \
    X(MODE, DRAINING, "draining")                                                                  \
    X(MODE, STOPPED, "stopped")
#define MODE_INPUTS(X)                                                                             \
    X(MODE, START, "opened")                                                                       \
    X(MODE, HALT, "halted")                                                                        \
    X(MODE, RESUME, "resumed")                                                                     \
    X(MODE, DRAIN, "drained")                                                                      \
    X(MODE, STOP, "stopped, no task open")
#define MODE_ARROWS(X)                                                                             \
    X(MODE, STARTING, START, OPEN, "")                                                             \
    X(MODE, OPEN, HALT, HALTED, "")                                                                \
    X(MODE, OPEN, DRAIN, DRAINING, "")                                                             \
    X(MODE, HALTED, RESUME, OPEN, "")                                                              \
    X(MODE, HALTED, DRAIN, DRAINING, "")                                                           \
    X(MODE, DRAINING, STOP, STOPPED, "")

#define MACHINES(X)                                                                                \
    X(TASK, "task")                                                                                \
    X(PART, "part of an award")                                                                    \
    X(SERVER, "server")                                                                            \
    X(ASK, "ask")                                                                                  \
    X(SETTLEMENT, "settlement")                                                                    \
    X(PAYOUT, "payout")                                                                            \
    X(MODE, "exchange")

// States are TASK_ACCEPTED and so on, inputs TASK_ON_SUBMIT.
#define MACHINE_STATE_ENUM(machine, name, text) machine##_##name,
#define MACHINE_INPUT_ENUM(machine, name, text) machine##_ON_##name,
enum task_state { TASK_STATES(MACHINE_STATE_ENUM) TASK_STATE_COUNT };
enum task_input { TASK_INPUTS(MACHINE_INPUT_ENUM) TASK_INPUT_COUNT };
enum part_state { PART_STATES(MACHINE_STATE_ENUM) PART_STATE_COUNT };
enum part_input { PART_INPUTS(MACHINE_INPUT_ENUM) PART_INPUT_COUNT };
enum server_state { SERVER_STATES(MACHINE_STATE_ENUM) SERVER_STATE_COUNT };
enum server_input { SERVER_INPUTS(MACHINE_INPUT_ENUM) SERVER_INPUT_COUNT };
enum ask_state { ASK_STATES(MACHINE_STATE_ENUM) ASK_STATE_COUNT };
enum ask_input { ASK_INPUTS(MACHINE_INPUT_ENUM) ASK_INPUT_COUNT };
enum settlement_state { SETTLEMENT_STATES(MACHINE_STATE_ENUM) SETTLEMENT_STATE_COUNT };
enum settlement_input { SETTLEMENT_INPUTS(MACHINE_INPUT_ENUM) SETTLEMENT_INPUT_COUNT };
enum payout_state { PAYOUT_STATES(MACHINE_STATE_ENUM) PAYOUT_STATE_COUNT };
enum payout_input { PAYOUT_INPUTS(MACHINE_INPUT_ENUM) PAYOUT_INPUT_COUNT };
enum mode_state { MODE_STATES(MACHINE_STATE_ENUM) MODE_STATE_COUNT };
enum mode_input { MODE_INPUTS(MACHINE_INPUT_ENUM) MODE_INPUT_COUNT };
#undef MACHINE_STATE_ENUM
#undef MACHINE_INPUT_ENUM

enum machine_id {
#define MACHINE_ENUM(name, text) MACHINE_##name,
    MACHINES(MACHINE_ENUM)
#undef MACHINE_ENUM
        MACHINE_COUNT
};

typedef struct machine_arrow {
    uint8_t from, input, to;
    const char *money;
} machine_arrow;

typedef struct machine_table {
    const char *name;
    const char *const *states; // [state_count] as they are written
    const char *const *inputs; // [input_count]
    size_t state_count, input_count;
    const machine_arrow *arrows; // [arrow_count]
    size_t arrow_count;
} machine_table;

extern const machine_table machines[MACHINE_COUNT];

// Where the machine goes from a state by an input: the state, or -1 where there is no arrow.
int machine_next(enum machine_id id, int state, int input);

// Go there: false, and *state as it was, where there is no arrow.
bool machine_go(enum machine_id id, uint8_t *state, int input);

#endif
