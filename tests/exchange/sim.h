// SPDX-License-Identifier: Apache-2.0
// sim.h - a market in virtual time: its users, its agents, and the network between.

#ifndef DCAT_TESTS_EXCHANGE_SIM_H
#define DCAT_TESTS_EXCHANGE_SIM_H

#include "random_world.h"
#include "sim/timeline.h"
#include "stage.h"

#define AFTER_NS (900 * STAGE_S) // in which all that is on its way arrives, and all ends

enum { USERS = 3, PROVIDERS = 4, SERVERS = 8, KEPT = 3, TASK_MAX = 500 };

// LIAR says anything of anything, WRONG does its work and gets wrong results.
typedef enum habit { HONEST, SLOW, LIAR, DEFAULTER, DOUBLE, WRONG, HABIT_COUNT } habit;
enum { RIGHT_OUTPUT = 9 };

typedef struct wish { // a task as its user wants it
    exchange_event event;
    int64_t id; // as first answered; 0: no answer yet
    int32_t sent;
} wish;

typedef struct work { // of an agent: how far it got with an award
    int64_t task, ready_ns;
    int32_t attempt, stage; // next to be said: 0 ack, 1 start, 2 finish, 3 nothing
} work;

typedef struct sim {
    stage s;
    dcat_rng rng;
    timeline line;
    int64_t now_ns, end_ns;
    int32_t user[USERS], provider[PROVIDERS], server[SERVERS];
    habit habits[SERVERS];
    wish *wishes;
    size_t wish_count;
    work work[SERVERS][TASK_MAX]; // by id, modulo
    exchange_event *log;
    size_t log_count, log_max;
    int64_t settled; // task that the last event settled in time, and what its team was paid
    dcat_money paid;
    size_t canaries_wrong, canaries_right;
} sim;

// ---- the network
bool sim_chance(sim *m, double probability);
int64_t sim_delay_ns(sim *m);
void sim_later(sim *m, what_kind what, int64_t in_ns, int32_t who, int64_t task, int32_t attempt);

// ---- people.c
void sim_make_wishes(sim *m, size_t count);
void sim_user_acts(sim *m, const item *it);
void sim_answer_user(sim *m, const exchange_event *event, exchange_result result);
void sim_agent_acts(sim *m, const item *it);
void sim_offer(sim *m, const item *it);
void sim_beats(sim *m, const item *it);

#endif
