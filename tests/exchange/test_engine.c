// SPDX-License-Identifier: Apache-2.0
// The exchange and the engine below it: as long as everybody does as promised they are equal to the
// last bit; no event takes memory; and prices as people state them reach statements unharmed.

#include <stdlib.h> // declares what the next header defines

#include "../market/count_allocations.h"
#include "dcat/x/task_auction.h"
#include "random_world.h"
#include "stage.h"
#include <string.h>

enum { SERVERS = 8, SLOTS = 60 };

typedef struct twin {
    stage s;
    int32_t user, provider[SERVERS], server[SERVERS];
} twin;

static void twin_init(twin *t, const exchange_config *config, const int32_t *cluster_of)
{
    stage_init(&t->s, config);
    t->user = stage_user(&t->s, 0, 1000000000 * DCAT_MONEY_UNIT);
    for (int i = 0; i < SERVERS; i++) {
        t->provider[i] = stage_party(&t->s, 0, ROLE_PROVIDER);
        t->server[i] = stage_server(&t->s, 0, t->provider[i], 9e3 * i,
                                    (200 + 10 * i) * INT64_C(1000000000), 0, PER_FORMULA);
    }
    stage_cut(&t->s, 0, cluster_of);
    stage_open(&t->s, 0);
}

static exchange_config twin_config(void)
{
    exchange_config config = stage_config();
    config.party_max = SERVERS + 2;
    config.task_max = 600;
    config.part_max = 4000;
    config.slot_task_max = 16;
    return config;
}

static void report_all(twin *t, const task_record *task, exchange_kind kind, int64_t at_ns)
{
    int64_t id = task->id;
    int32_t attempt = task->attempt, part = task->part_first, count = task->part_count;
    for (int32_t n = 0; n < count; n++, part = t->s.x->parts[part].next) {
        int32_t server = t->s.x->parts[part].server;
        const exchange_event event =
            stage_report(kind, t->provider[server], at_ns, id, attempt, server);
        stage_must(&t->s, &event, CODE_DONE);
    }
}

// Whatever was promised happens at the very nano-second: acknowledged at once, started when the
// last of the team is free and the data there, finished at the forecast. All that is due by then.
static void keep_promises(twin *t, int64_t until_ns)
{
    for (int32_t a = t->s.x->core.head[LIST_AWARDED]; a != NONE; a = t->s.x->tasks[a].next) {
        const task_record *task = &t->s.x->tasks[a];
        if (t->s.x->parts[task->part_first].state == PART_OFFERED) {
            report_all(t, task, EVENT_ACK, t->s.x->core.now_ns);
        }
    }
    for (;;) {
        const task_record *due = NULL;
        for (int32_t a = t->s.x->core.head[LIST_AWARDED]; a != NONE; a = t->s.x->tasks[a].next) {
            const task_record *task = &t->s.x->tasks[a];
            double at_s = task->state == TASK_RUNNING ? task->finish_s : task->start_s;
            double due_s = due == NULL
                               ? (double)until_ns / 1e9
                               : (due->state == TASK_RUNNING ? due->finish_s : due->start_s);
            due = at_s < due_s ? task : due;
        }
        if (due == NULL) {
            return;
        }
        bool runs = due->state == TASK_RUNNING;
        int64_t at_ns = (int64_t)ceil((runs ? due->finish_s : due->start_s) * 1e9);
        at_ns = at_ns > t->s.x->core.now_ns ? at_ns : t->s.x->core.now_ns;
        report_all(t, due, runs ? EVENT_FINISH : EVENT_START, at_ns);
    }
}

static dcat_task random_task(dcat_rng *rng, double now_s)
{
    return (dcat_task){.arrival_s = now_s,
                       .work_cycles = floor(rng_in(rng, 500e9, 900e9)),
                       .data_bits = floor(rng_in(rng, 10e6, 30e6)),
                       .deadline_s = floor(rng_in(rng, 2e6, 9e6)) / 1e6,
                       .value = INFINITY,
                       .area = (int32_t)dcat_rng_below(rng, 2)};
}

static exchange_event event_of(const twin *t, const dcat_task *task, uint64_t client)
{
    exchange_event event = stage_submit(t->user, (int64_t)(task->arrival_s * 1e9), client, 1, 1);
    event.task.work_cycles = (int64_t)task->work_cycles;
    event.task.data_bits = (int64_t)task->data_bits;
    event.task.deadline_us = (int64_t)llround(task->deadline_s * 1e6);
    event.task.area = task->area;
    return event;
}

// The exchange says it finer than the engine.
static bool same_reason(const char *reason, dcat_auction_outcome outcome)
{
    static const char *const late[] = {"too-slow", "queues-full", "no-server-in-reach"};
    bool finer = false;
    for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
        finer = finer || strcmp(reason, late[i]) == 0;
    }
    return outcome == DCAT_AUCTION_NO_CANDIDATE ? finer
           : outcome == DCAT_AUCTION_NO_BIDDER
               ? strcmp(reason, "above-ceiling") == 0
               : strcmp(reason, dcat_auction_outcome_name(outcome)) == 0;
}

// The last award and the engine's own: task for task, cluster, round, payment, queue.
static void compare(const twin *t, const dcat_award *own, const int64_t *ids, size_t count,
                    size_t *seen)
{
    for (size_t n = 0; n < count; n++) {
        exchange_task_view view = stage_task(&t->s, ids[n]);
        assert_int_equal(view.attempt, own[n].outcome == DCAT_AUCTION_SOLD);
        if (own[n].outcome != DCAT_AUCTION_SOLD) {
            assert_true(same_reason(view.reason, own[n].outcome));
        }
    }
    for (; *seen < t->s.award_count; ++*seen) {
        const exchange_award *told = &t->s.awards[*seen].told;
        size_t n = 0;
        while (ids[n] != told->task) {
            n++;
        }
        assert_int_equal(told->cluster, own[n].cluster);
        assert_int_equal(told->round, own[n].round);
        assert_int_equal(told->candidate_count, own[n].candidate_count);
        assert_true(memcmp(&told->payment, &own[n].payment, sizeof told->payment) == 0);
        dcat_money fee = stage_task(&t->s, told->task).fee;
        assert_int_equal(told->pay, dcat_money_payment(own[n].payment, fee));
    }
}

static void test_an_exchange_that_keeps_its_promises_is_the_engine(void **fixture)
{
    (void)fixture;
    static const int32_t cluster_of[SERVERS] = {0, 0, 0, 3, 3, 5, 5, 7};
    size_t awards = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        static twin t;
        const exchange_config config = twin_config();
        twin_init(&t, &config, cluster_of);
        dcat_state *engine = NULL;
        assert_int_equal(
            dcat_state_create(t.s.cuts[0]->world, dcat_auction_find("rea-s"), 7, 16, &engine, NULL),
            DCAT_OK);
        dcat_state_set_clusters(engine, t.s.cuts[0]->cluster_of);
        dcat_rng rng = test_rng(seed);
        size_t seen = 0;
        for (int64_t slot = 0; slot < SLOTS; slot++) {
            dcat_task tasks[8];
            dcat_award own[8];
            int64_t ids[8];
            dcat_totals totals = {0};
            size_t count = dcat_rng_below(&rng, 8);
            keep_promises(&t, slot * STAGE_S);
            for (size_t n = 0; n < count; n++) {
                tasks[n] = random_task(&rng, (double)slot);
                const exchange_event event = event_of(&t, &tasks[n], (uint64_t)(slot * 8) + n);
                ids[n] = stage_must(&t.s, &event, CODE_DONE);
            }
            for (int i = 0; i < SERVERS; i++) {
                const exchange_event event =
                    stage_of_server(EVENT_HEARTBEAT, t.provider[i], slot * STAGE_S, t.server[i]);
                stage_must(&t.s, &event, CODE_DONE);
            }
            assert_int_equal(stage_slot(&t.s, slot).code, CODE_DONE);
            assert_int_equal(dcat_state_step(engine, (double)slot, 0, (uint32_t)slot, tasks, count,
                                             own, &totals, NULL),
                             DCAT_OK);
            for (int i = 0; i < SERVERS; i++) { // a queue is the forecast of its last award
                double queue_s = dcat_state_server(engine, i).busy_until_s;
                assert_true(memcmp(&queue_s, &t.s.x->servers[i].first.free_s, sizeof queue_s) == 0);
            }
            compare(&t, own, ids, count, &seen);
            stage_check(&t.s);
        }
        awards += seen;
        keep_promises(&t, 10 * SLOTS * STAGE_S);
        assert_int_equal(t.s.x->core.open_count, 0);
        assert_int_equal(t.s.leg_count[LEG_RELEASE] + (int64_t)seen, t.s.x->core.task_used);
        dcat_state_destroy(engine);
        stage_end(&t.s);
    }
    assert_true(awards > 500);
}

static void test_no_event_takes_memory(void **fixture)
{
    (void)fixture;
    static twin t;
    const exchange_config config = twin_config();
    twin_init(&t, &config, NULL);
    t.s.sink = (exchange_sink){.user = NULL};
    dcat_rng rng = test_rng(1);
    size_t before = allocation_count;
    for (int64_t slot = 0; slot < SLOTS; slot++) {
        keep_promises(&t, slot * STAGE_S);
        for (uint64_t n = 0; n < 4; n++) {
            const dcat_task task = random_task(&rng, (double)slot);
            const exchange_event event = event_of(&t, &task, (uint64_t)(slot * 8) + n);
            exchange_apply(t.s.x, &event, NULL);
        }
        for (int i = 0; i < SERVERS; i++) {
            const exchange_event event =
                stage_of_server(EVENT_HEARTBEAT, t.provider[i], slot * STAGE_S, t.server[i]);
            exchange_apply(t.s.x, &event, NULL);
        }
        const exchange_event halt = {
            .kind = EVENT_HALT, .actor = EXCHANGE_SELF, .at_ns = slot * STAGE_S};
        const exchange_event resume = {
            .kind = EVENT_RESUME, .actor = STAGE_OPERATOR, .at_ns = slot * STAGE_S};
        exchange_apply(t.s.x, &halt, NULL);
        exchange_apply(t.s.x, &resume, NULL);
        assert_int_equal(stage_slot(&t.s, slot).code, CODE_DONE);
    }
    assert_int_equal(allocation_count - before, 0);
    assert_true(t.s.x->core.task_next > 100);
    stage_end(&t.s);
}

// Price lists as published: yuan a core-hour on CPUs of 2.5 GHz, dollars a card-hour on an H100 at
// 1 000 giga-cycles/s. Two servers ask the same, so the payment is within a step of the clock of
// the ask; what arrives is compared with what the price list says for the hours of work.
static void test_prices_as_published_reach_the_statement(void **fixture)
{
    (void)fixture;
    static const struct {
        dcat_money micro;
        exchange_per per;
        int64_t device_hz; // of one core, or card
        int32_t cores, cards;
    } lists[] = {
        {40000, PER_CORE_HOUR, 2500000000, 64, 0},
        {60000, PER_CORE_HOUR, 2500000000, 64, 0},
        {80000, PER_CORE_HOUR, 2500000000, 128, 0},
        {120000, PER_CORE_HOUR, 2500000000, 28, 0},
        {150000, PER_CORE_HOUR, 2500000000, 1, 0},
        {300000, PER_CORE_HOUR, 2500000000, 64, 0},
        {2110000, PER_CARD_HOUR, 1000000000000, 1, 8},
        {1980000, PER_CARD_HOUR, 1000000000000, 1, 1},
        {16880000, PER_NODE_HOUR, 8000000000000, 1, 0},
        {1, PER_CORE_HOUR, 2500000000, 64, 0},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        int32_t devices = lists[i].per == PER_CARD_HOUR ? lists[i].cards : lists[i].cores;
        const exchange_machine m = {.speed_hz = lists[i].device_hz * devices,
                                    .core_count = lists[i].cores,
                                    .card_count = lists[i].cards};
        double per_s = exchange_ask_per_s(lists[i].micro, lists[i].per, exchange_machine_size(&m));
        double hours = 1234.5; // of one device, core, card or node
        double work_cycles = hours * 3600.0 * (double)lists[i].device_hz;
        double expected = hours * (double)lists[i].micro; // micro-units
        double asked = work_cycles / (double)m.speed_hz * per_s * 1e6;
        assert_true(fabs(asked / expected - 1.0) < 1e-12);
        assert_true(fabs((double)dcat_money_fee(asked / 1e6) - expected) <= 1.0);
    }
}

// Through the market: two nodes of 64 cores at 0.06 and 0.0600001 a core-hour; an hour of the first
// costs 3.84. The dearer one's ask bounds the price from above, to a step of the clock.
static void test_a_core_hour_is_paid_as_asked(void **fixture)
{
    (void)fixture;
    static stage s;
    exchange_config config = stage_config();
    config.price_per_gigacycle = 1e-3;
    stage_init(&s, &config);
    int32_t user = stage_user(&s, 0, 1000000 * DCAT_MONEY_UNIT);
    int32_t provider[2], server[2];
    for (int i = 0; i < 2; i++) {
        provider[i] = stage_party(&s, 0, ROLE_PROVIDER);
        exchange_event event = {.kind = EVENT_REGISTER,
                                .actor = provider[i],
                                .machine = {.speed_hz = 160000000000, .core_count = 64}};
        server[i] = (int32_t)stage_must(&s, &event, CODE_DONE);
        event = stage_of_server(EVENT_ADMIT, STAGE_OPERATOR, 0, server[i]);
        stage_must(&s, &event, CODE_DONE);
        event = (exchange_event){.kind = EVENT_ASK,
                                 .actor = provider[i],
                                 .ask = {server[i], PER_CORE_HOUR, 60000 + i, 1, 0}};
        stage_must(&s, &event, CODE_DONE);
    }
    stage_cut(&s, 0, NULL);
    stage_open(&s, 0);
    const exchange_event submit = stage_submit(user, 0, 1, 160 * 3600, 7200000);
    int64_t task = stage_must(&s, &submit, CODE_DONE);
    stage_slot(&s, 0);
    assert_int_equal(s.awards[0].servers[0], server[0]);
    double pay = (double)stage_task(&s, task).pay;
    assert_true(pay >= 3840000.0 && pay <= 64 * 60001 / 0.99);
    stage_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_exchange_that_keeps_its_promises_is_the_engine),
        cmocka_unit_test(test_no_event_takes_memory),
        cmocka_unit_test(test_prices_as_published_reach_the_statement),
        cmocka_unit_test(test_a_core_hour_is_paid_as_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
