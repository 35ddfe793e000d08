// SPDX-License-Identifier: Apache-2.0
// All orders of what can happen to three tasks on three servers, over the real exchange_apply, to a
// depth: after every step all invariants hold, whatever is refused changes nothing, and from there
// on, when everybody falls silent, every task ends and every fee is somewhere.
//
// Two servers of different providers are a team, the third is alone. A state is known by its
// digest; one seen before with as many steps left is not gone through again. The depth is 5 here,
// and with DCAT_FULL in the environment the one at which 10^6 states are seen from either start.

#include "stage.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TASKS = 3, SERVERS = 3, DEPTH = 5, DEPTH_MAX = 24 };

typedef struct seen_state {
    uint64_t digest;
    int32_t left; // steps that were left when it was gone through
    int32_t used;
} seen_state;

typedef struct model {
    stage s;
    int32_t user, provider[SERVERS];
    exchange *at[DEPTH_MAX + 1];
    seen_state *seen;
    size_t seen_mask, states, edges, refused, ended;
} model;

// What was told is what the tables allow, and a halted exchange sells nothing.
static void watch_step(void *user, const exchange_step *step)
{
    model *m = user;
    bool arrow = false;
    const machine_table *table = &machines[step->machine];
    for (size_t i = 0; i < table->arrow_count; i++) {
        arrow |= table->arrows[i].from == step->from && table->arrows[i].to == step->to;
    }
    assert_true(arrow);
    m->s.walked[step->machine][step->from][step->to] = true;
}

static void watch_award(void *user, const exchange_award *award)
{
    model *m = user;
    assert_true(exchange_mode(m->s.x) == MODE_OPEN);
    assert_true(award->finish_s >= award->start_s && award->start_s >= award->data_s);
}

static exchange_code apply(model *m, exchange *x, exchange_event event)
{
    m->s.x = x;
    event.at_ns = x->core.now_ns;
    const exchange_sink sink = {m, NULL, watch_step, watch_award};
    return exchange_apply(x, &event, &sink).code;
}

// Everybody who is there says so, but one (-1: all), and then it is so many slots later.
static exchange_code pass(model *m, exchange *x, int64_t slots, int silent)
{
    int64_t number = (x->core.slot < 0 ? 0 : x->core.slot) + slots;
    x->core.now_ns = number * STAGE_S - STAGE_S / 2;
    for (int i = 0; i < SERVERS; i++) {
        if (i != silent) {
            apply(m, x, stage_of_server(EVENT_HEARTBEAT, m->provider[i], 0, i));
        }
    }
    m->s.x = x;
    return stage_slot(&m->s, number).code;
}

enum {
    ACTION_TASK = 4,                    // submit, cancel, dispute, resolve: of each task
    ACTION_PART = 5,                    // ack, start, finish, fail, fault: of each pair
    ACTION_TASKS = TASKS * ACTION_TASK, //
    ACTION_PARTS = TASKS * SERVERS * ACTION_PART,
    ACTION_COUNT = ACTION_TASKS + ACTION_PARTS + 7,
};

static exchange_code act(model *m, exchange *x, int action)
{
    if (action < ACTION_TASKS) {
        int task = action / ACTION_TASK;
        exchange_event event = stage_report(EVENT_CANCEL, m->user, 0, task + 1, 0, 0);
        switch (action % ACTION_TASK) {
        case 0: // the second must be done soon, the third may be tried again
            event = stage_submit(m->user, 0, (uint64_t)task, 700, task == 1 ? 4500 : 9000);
            event.task.retry_ns = task == 2 ? 9 * STAGE_S : 0;
            break;
        case 2:
            event.kind = EVENT_DISPUTE;
            break;
        case 3:
            event.kind = EVENT_RESOLVE;
            event.actor = STAGE_OPERATOR;
            event.report.refund = task == 0;
            break;
        default:
            break;
        }
        return apply(m, x, event);
    }
    action -= ACTION_TASKS;
    if (action < ACTION_PARTS) {
        static const exchange_kind kinds[] = {EVENT_ACK, EVENT_START, EVENT_FINISH, EVENT_FAIL,
                                              EVENT_FAULT};
        int task = action / (SERVERS * ACTION_PART), server = action / ACTION_PART % SERVERS;
        const task_record *t = task_find(x, task + 1);
        return apply(m, x,
                     stage_report(kinds[action % ACTION_PART], m->provider[server], 0, task + 1,
                                  t == NULL ? 1 : t->attempt, server));
    }
    switch (action - ACTION_PARTS) {
    case 0:
        return pass(m, x, 1, -1);
    case 1:
        return pass(m, x, 3, -1); // acknowledgements and starts lapse
    case 2:
        return pass(m, x, 40, 1); // leases end, and the second server is lost
    case 3:
        return apply(m, x, (exchange_event){.kind = EVENT_HALT, .actor = STAGE_OPERATOR});
    case 4:
        return apply(m, x, (exchange_event){.kind = EVENT_RESUME, .actor = STAGE_OPERATOR});
    case 5:
        return apply(m, x, stage_of_server(EVENT_DRAIN, m->provider[2], 0, 2));
    default:
        return apply(m, x, stage_of_server(EVENT_SUSPEND, STAGE_OPERATOR, 0, 0));
    }
}

// Everybody falls silent but for heartbeats: every task ends, and nothing stays held.
static void run_out(model *m, const exchange *from)
{
    exchange *x = m->at[DEPTH_MAX];
    exchange_copy(x, from);
    for (int i = 0; i < 60 && x->core.open_count > 0; i++) {
        pass(m, x, i < 12 ? 1 : 10, -1);
    }
    assert_int_equal(x->core.open_count, 0);
    assert_int_equal(exchange_balance(x, exchange_account_held(m->user)), 0);
    assert_int_equal(exchange_check(x, NULL), DCAT_OK);
    m->ended++;
}

// Whether to go on from here: not where it was gone on from with as many steps left.
static bool is_news(model *m, uint64_t digest, int left)
{
    size_t at = digest & m->seen_mask;
    while (m->seen[at].used && m->seen[at].digest != digest) {
        at = (at + 1) & m->seen_mask;
    }
    seen_state *state = &m->seen[at];
    if (state->used && state->left >= left) {
        return false;
    }
    m->states += !state->used;
    assert_true(m->states < m->seen_mask);
    *state = (seen_state){digest, left, 1};
    return true;
}

static void search(model *m, int depth, int left, size_t state_max)
{
    uint64_t here = exchange_digest(m->at[depth]);
    for (int action = 0; action < ACTION_COUNT && m->states < state_max; action++) {
        exchange *x = m->at[depth + 1];
        exchange_copy(x, m->at[depth]);
        exchange_code code = act(m, x, action);
        m->edges++;
        uint64_t digest = exchange_digest(x);
        if (code != CODE_DONE) {
            assert_true(digest == here);
            m->refused++;
            continue;
        }
        dcat_error err = {0};
        if (exchange_check(x, &err) != DCAT_OK) {
            fail_msg("action %d at depth %d: %s", action, depth, err.message);
        }
        if (!is_news(m, digest, left - 1)) {
            continue;
        }
        if (left > 1) {
            search(m, depth + 1, left - 1, state_max);
            if (digest % 8 == 0) { // whatever was tried since, the same comes of it
                exchange_copy(x, m->at[depth]);
                act(m, x, action);
                assert_true(exchange_digest(x) == digest);
            }
        } else if (digest % 16 == 0) {
            run_out(m, x);
        }
    }
}

static void test_all_orders_keep_the_invariants(void **fixture)
{
    (void)fixture;
    bool full = getenv("DCAT_FULL") != NULL;
    static model m;
    exchange_config config = stage_config();
    config.task_max = TASKS;
    config.server_max = SERVERS;
    config.party_max = 5;
    config.part_max = 2 * TASKS + 2;
    config.slot_task_max = TASKS;
    stage_init(&m.s, &config);
    exchange *first = m.s.x;
    m.user = stage_user(&m.s, 0, 1000000 * DCAT_MONEY_UNIT);
    for (int i = 0; i < SERVERS; i++) {
        m.provider[i] = stage_party(&m.s, 0, ROLE_PROVIDER);
        stage_server(&m.s, 0, m.provider[i], 10e3 * (i + 1), 250000000000, 80000, PER_GIGACYCLE);
    }
    stage_cut(&m.s, 0, (const int32_t[]){0, 0, 2});
    stage_open(&m.s, 0);
    for (int i = 0; i <= DEPTH_MAX; i++) {
        assert_int_equal(exchange_create(&config, &m.at[i], NULL), DCAT_OK);
    }
    m.seen_mask = ((size_t)1 << 22) - 1;
    m.seen = calloc(m.seen_mask + 1, sizeof *m.seen);
    // From the beginning; and from where all three are submitted, and some awarded.
    static const int prefix[] = {0, ACTION_TASK, 2 * ACTION_TASK, ACTION_TASKS + ACTION_PARTS};
    size_t state_max = full ? 1000000 : SIZE_MAX;
    for (size_t length = 0; length <= 4; length += 4) {
        exchange_copy(m.at[0], first);
        for (size_t i = 0; i < length; i++) {
            assert_int_equal(act(&m, m.at[0], prefix[i]), CODE_DONE);
        }
        int depth = full ? 1 : DEPTH;
        for (; depth <= (full ? DEPTH_MAX - 1 : DEPTH) && m.states < state_max; depth++) {
            search(&m, 0, depth, state_max);
        }
        printf("to depth %d: %zu states, %zu steps, %zu refused, %zu run out\n", depth - 1,
               m.states, m.edges, m.refused, m.ended);
        state_max += full ? 1000000 : 0;
    }
    assert_true(m.states > (full ? 1999999 : 10000) && m.ended > 1000);
    for (int i = 0; i <= DEPTH_MAX; i++) {
        exchange_destroy(m.at[i]);
    }
    free(m.seen);
    m.s.x = first;
    stage_end(&m.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_orders_keep_the_invariants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
