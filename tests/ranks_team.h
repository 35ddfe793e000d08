// SPDX-License-Identifier: Apache-2.0
// ranks_team.h - several ranks in one test program: a thread for each, mailboxes in place of MPI.
//
// Asserts of cmocka work in the main thread only: what ranks find out is looked at after the team
// has come home. A rank that waits longer than half a minute fails, so that a test that lost
// somebody ends.

#ifndef DCAT_TESTS_RANKS_TEAM_H
#define DCAT_TESTS_RANKS_TEAM_H

#include "dcat/x/ranks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RANKS_TEAM_MAX 16
#define RANKS_TEAM_PATIENCE_S 30

typedef struct ranks_letter {
    int from;
    void *bytes;
    size_t byte_count;
    struct ranks_letter *next;
} ranks_letter;

typedef struct ranks_team {
    pthread_mutex_t lock;
    pthread_cond_t news;
    int count;
    int arrived;                  // at the sum under way
    unsigned round;               // sums done
    double *part[RANKS_TEAM_MAX]; // of the sum under way
    size_t value_count[RANKS_TEAM_MAX];
    ranks_letter *box[RANKS_TEAM_MAX]; // oldest first
    size_t sum_count, value_total;     // sums done, and numbers in them
} ranks_team;

typedef struct ranks_member {
    ranks_team *team;
    dcat_ranks ranks;
    void (*work)(const dcat_ranks *ranks, void *user);
    void *user;
} ranks_member;

// Wait for news; false when patience is over.
static inline bool ranks_team_wait(ranks_team *team)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += RANKS_TEAM_PATIENCE_S;
    return pthread_cond_timedwait(&team->news, &team->lock, &until) == 0;
}

// The last one to come adds up, from the last rank to the first: no order that anybody would
// expect.
static inline bool ranks_team_add_up(ranks_team *team)
{
    size_t count = team->value_count[0];
    for (int r = 1; r < team->count; r++) {
        if (team->value_count[r] != count) {
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        double sum = 0.0;
        for (int r = team->count; r-- > 0;) {
            sum += team->part[r][i];
        }
        for (int r = 0; r < team->count; r++) {
            team->part[r][i] = sum;
        }
    }
    team->sum_count++;
    team->value_total += count;
    return true;
}

static inline dcat_status ranks_team_sum(void *user, double *values, size_t count, dcat_error *err)
{
    ranks_member *me = user;
    ranks_team *team = me->team;
    dcat_status status = DCAT_OK;
    pthread_mutex_lock(&team->lock);
    team->part[me->ranks.rank] = values;
    team->value_count[me->ranks.rank] = count;
    unsigned round = team->round;
    if (++team->arrived == team->count) {
        if (!ranks_team_add_up(team)) {
            status = dcat_fail(err, DCAT_ERR_INTERNAL, "ranks add up different numbers of values");
        }
        team->arrived = 0;
        team->round++;
        pthread_cond_broadcast(&team->news);
    }
    while (status == DCAT_OK && team->round == round) {
        if (!ranks_team_wait(team)) {
            status = dcat_fail(err, DCAT_ERR_IO, "rank %d adds up in vain", me->ranks.rank);
        }
    }
    pthread_mutex_unlock(&team->lock);
    return status;
}

static inline dcat_status ranks_team_send(void *user, int to, const void *bytes, size_t byte_count,
                                          dcat_error *err)
{
    (void)err;
    ranks_member *me = user;
    ranks_letter *letter = calloc(1, sizeof *letter);
    void *copy = malloc(byte_count + 1);
    if (letter == NULL || copy == NULL) {
        abort();
    }
    if (byte_count > 0) {
        memcpy(copy, bytes, byte_count);
    }
    *letter = (ranks_letter){me->ranks.rank, copy, byte_count, NULL};
    pthread_mutex_lock(&me->team->lock);
    ranks_letter **end = &me->team->box[to];
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = letter;
    pthread_cond_broadcast(&me->team->news);
    pthread_mutex_unlock(&me->team->lock);
    return DCAT_OK;
}

static inline dcat_status ranks_team_receive(void *user, int from, int *sender, void **bytes,
                                             size_t *byte_count, dcat_error *err)
{
    ranks_member *me = user;
    ranks_team *team = me->team;
    ranks_letter *found = NULL;
    bool patient = true;
    pthread_mutex_lock(&team->lock);
    while (found == NULL && patient) {
        ranks_letter **at = &team->box[me->ranks.rank];
        while (*at != NULL && from >= 0 && (*at)->from != from) {
            at = &(*at)->next;
        }
        found = *at;
        if (found != NULL) {
            *at = found->next;
        } else {
            patient = ranks_team_wait(team);
        }
    }
    pthread_mutex_unlock(&team->lock);
    if (found == NULL) {
        return dcat_fail(err, DCAT_ERR_IO, "rank %d waits for rank %d in vain", me->ranks.rank,
                         from);
    }
    *sender = found->from;
    *bytes = found->bytes;
    *byte_count = found->byte_count;
    free(found);
    return DCAT_OK;
}

static inline bool ranks_team_waiting(void *user)
{
    ranks_member *me = user;
    pthread_mutex_lock(&me->team->lock);
    bool any = me->team->box[me->ranks.rank] != NULL;
    pthread_mutex_unlock(&me->team->lock);
    return any;
}

static inline void *ranks_team_start(void *user)
{
    ranks_member *me = user;
    me->work(&me->ranks, me->user);
    return NULL;
}

// What a team has said when it is home.
typedef struct ranks_talk {
    size_t sum_count, value_total; // sums, and numbers in all of them
    size_t letters_left;           // sent and never received
} ranks_talk;

// Let count ranks work, each in a thread of its own; returns when all are done.
static inline ranks_talk ranks_team_run(int count, void (*work)(const dcat_ranks *, void *),
                                        void *user)
{
    ranks_team team = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .news = PTHREAD_COND_INITIALIZER, .count = count};
    ranks_member member[RANKS_TEAM_MAX];
    pthread_t thread[RANKS_TEAM_MAX];
    if (count > RANKS_TEAM_MAX) {
        abort();
    }
    for (int r = 0; r < count; r++) {
        member[r] = (ranks_member){.team = &team, .work = work, .user = user};
        member[r].ranks = (dcat_ranks){DCAT_SIZED(dcat_ranks),
                                       .rank = r,
                                       .count = count,
                                       .user = &member[r],
                                       .sum = ranks_team_sum,
                                       .send = ranks_team_send,
                                       .receive = ranks_team_receive,
                                       .waiting = ranks_team_waiting};
        if (pthread_create(&thread[r], NULL, ranks_team_start, &member[r]) != 0) {
            abort();
        }
    }
    for (int r = 0; r < count; r++) {
        pthread_join(thread[r], NULL);
    }
    ranks_talk talk = {team.sum_count, team.value_total, 0};
    for (int r = 0; r < count; r++) {
        while (team.box[r] != NULL) {
            ranks_letter *letter = team.box[r];
            team.box[r] = letter->next;
            free(letter->bytes);
            free(letter);
            talk.letters_left++;
        }
    }
    return talk;
}

#endif
