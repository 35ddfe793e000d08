// SPDX-License-Identifier: Apache-2.0
// Classes of work in an exchange: units with asks, tariffs and queues of their own; and why a task
// was not served.

#include "classes/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void begin_cycle(scene *c, const char *share, const int32_t *cluster_of)
{
    static const dcat_area areas[2] = {{{0.0, 0.0}, 0}, {{50e3, 0.0}, 0}};
    int64_t now_ns = exchange_time(c->s.x).now_ns;
    exchange_cut_config config = {.world = dcat_world_config_default(),
                                  .resources = &resources,
                                  .areas = areas,
                                  .auction = dcat_auction_find("rea-s"),
                                  .world_seed = 1};
    config.world.span_m_max = 100e3;
    config.world.auction.share = dcat_share_find(share);
    stage_seal(&c->s, now_ns);
    dcat_error err = {0};
    exchange_cut *cut = NULL;
    if (exchange_cut_create(c->s.x, &config, &cut, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(exchange_cut_set_clusters(cut, cluster_of, &err), DCAT_OK);
    c->s.cuts[c->s.cut_count++] = cut;
    const exchange_event event = {
        .kind = EVENT_CYCLE, .actor = EXCHANGE_SELF, .at_ns = now_ns, .cut = cut};
    stage_must(&c->s, &event, CODE_DONE);
}

// The first server has a CPU of 250 GHz and two cards, the second one card. A card-hour costs 360
// and 720: 0.1 and 0.2 a second of a card.
static void scene_of(scene *c, const exchange_config *config)
{
    stage_init(&c->s, config);
    c->user = stage_user(&c->s, 0, 1000000 * DCAT_MONEY_UNIT);
    for (int i = 0; i < 2; i++) {
        c->provider[i] = stage_party(&c->s, 0, ROLE_PROVIDER);
        exchange_event event = i == 0 ? registration(c->provider[0], 100, 2, 300000)
                                      : registration(c->provider[1], 0, 1, 600000);
        c->server[i] = (int32_t)stage_must(&c->s, &event, CODE_DONE);
        event = stage_of_server(EVENT_ADMIT, STAGE_OPERATOR, 0, c->server[i]);
        stage_must(&c->s, &event, CODE_DONE);
    }
    ask(c, 0, DCAT_POOL_CPU, 80000, PER_GIGACYCLE);
    ask(c, 0, DCAT_POOL_GPU, 360 * DCAT_MONEY_UNIT, PER_CARD_HOUR);
    ask(c, 1, DCAT_POOL_GPU, 720 * DCAT_MONEY_UNIT, PER_CARD_HOUR);
}

static void scene_init(scene *c, const char *share, const int32_t *cluster_of)
{
    const exchange_config config = config_of();
    scene_of(c, &config);
    begin_cycle(c, share, cluster_of);
    stage_open(&c->s, 0);
}

static int64_t submit(scene *c, int32_t class_id, int64_t gigacycles, int64_t deadline_ms)
{
    static uint64_t client;
    int64_t now_ns = exchange_time(c->s.x).now_ns;
    exchange_event event = stage_submit(c->user, now_ns, ++client, gigacycles, deadline_ms);
    event.task.class_id = class_id;
    return stage_must(&c->s, &event, CODE_DONE);
}

static const stage_award *award_of(const scene *c, int64_t task)
{
    for (size_t i = 0; i < c->s.award_count; i++) {
        if (c->s.awards[i].told.task == task) {
            return &c->s.awards[i];
        }
    }
    fail_msg("task %lld has no award", (long long)task);
    return NULL;
}

static void test_pools_of_a_server_do_not_wait_for_each_other(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, "unit", (const int32_t[]){0, 1});
    int64_t cpu = submit(&c, CPU, 250, 30000);  // 1 s
    int64_t gpu = submit(&c, GPU, 1500, 30000); // 1.5 s on the first server, 3 s on the second
    stage_slot(&c.s, 1);
    const exchange_award *first = &award_of(&c, cpu)->told, *second = &award_of(&c, gpu)->told;
    assert_int_equal(award_of(&c, cpu)->servers[0], c.server[0]);
    assert_int_equal(award_of(&c, gpu)->servers[0], c.server[0]); // its card-hours are cheaper
    assert_int_equal(first->pool, DCAT_POOL_CPU);
    assert_int_equal(second->pool, DCAT_POOL_GPU);
    assert_true(first->start_s == first->data_s && second->start_s == second->data_s);
    assert_near(second->finish_s - second->start_s, 1.5, 1e-9);
    exchange_server_view server;
    assert_true(exchange_server_find(c.s.x, c.server[0], &server));
    assert_true(server.free_s == second->finish_s); // the last of both
    exchange_unit_view view;
    assert_true(exchange_unit_find(c.s.x, c.server[0], DCAT_POOL_GPU, &view));
    assert_true(view.free_s == second->finish_s);
    assert_int_equal(view.speed_hz, 500 * GHZ);
    assert_int_equal(view.card_count, 2);
    assert_true(exchange_unit_find(c.s.x, c.server[0], DCAT_POOL_CPU, &view));
    assert_true(view.free_s == first->finish_s);
    assert_false(exchange_unit_find(c.s.x, c.server[1], DCAT_POOL_CPU, &view));
    // Fees by the classes' prices: (5) at 30 s is p (1 + 2 / 30) l.
    assert_int_equal(stage_task(&c.s, cpu).fee, dcat_money_fee(10.0 * (1.0 + 2.0 / 30.0) * 250.0));
    assert_int_equal(stage_task(&c.s, gpu).fee, dcat_money_fee(20.0 * (1.0 + 2.0 / 30.0) * 1500.0));
    stage_check(&c.s);
    stage_end(&c.s);
}

static void report_all(scene *c, int64_t task, int64_t at_ns)
{
    static const exchange_kind kinds[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
    for (size_t k = 0; k < 3; k++) {
        for (int i = 0; i < 2; i++) {
            const exchange_event event =
                stage_report(kinds[k], c->provider[i], at_ns, task, 1, c->server[i]);
            stage_must(&c->s, &event, CODE_DONE);
        }
    }
}

// Effective speeds 1000 and 500 GHz, tariffs 0.3 / 2 and 0.6 / 2: work goes 2 to 1, pay 1 to 1.
static void test_work_goes_by_speed_and_pay_by_tariff(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, "tariff", (const int32_t[]){0, 0});
    int64_t task = submit(&c, GPU, 600, 30000);
    stage_slot(&c.s, 1);
    const stage_award *award = award_of(&c, task);
    assert_int_equal(award->told.member_count, 2);
    assert_int_equal(award->loads[0], 400 * GHZ);
    assert_int_equal(award->loads[1], 200 * GHZ);
    report_all(&c, task, 2 * STAGE_S);
    assert_int_equal(stage_task(&c.s, task).state, TASK_SETTLED);
    dcat_money pay[2], least[2];
    for (int i = 0; i < 2; i++) {
        pay[i] = exchange_balance(c.s.x, exchange_account_available(c.provider[i]));
        least[i] = 80000; // 0.4 s of 0.2 a second, for either
        assert_true(pay[i] >= least[i]);
    }
    assert_true(llabs(pay[0] - pay[1]) <= 1);
    assert_in_range(pay[0] + pay[1], stage_task(&c.s, task).pay, stage_task(&c.s, task).pay + 2);
    stage_check(&c.s);
    stage_end(&c.s);
}

// One server with a CPU and two cards, of which one asks; classes that it bars.
static void scene_alone(scene *c, int32_t pool, uint64_t barred)
{
    const exchange_config config = config_of();
    stage_init(&c->s, &config);
    c->user = stage_user(&c->s, 0, 1000000 * DCAT_MONEY_UNIT);
    c->provider[0] = stage_party(&c->s, 0, ROLE_PROVIDER);
    exchange_event event = registration(c->provider[0], 100, 2, 0);
    event.barred = barred;
    c->server[0] = (int32_t)stage_must(&c->s, &event, CODE_DONE);
    event = stage_of_server(EVENT_ADMIT, STAGE_OPERATOR, 0, c->server[0]);
    stage_must(&c->s, &event, CODE_DONE);
    ask(c, 0, pool, 0, PER_FORMULA);
}

static void test_a_server_asks_where_one_of_its_units_does(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_alone(&c, DCAT_POOL_GPU, 0);
    exchange_server_view server;
    assert_true(exchange_server_find(c.s.x, c.server[0], &server));
    assert_int_equal(server.next.state, ASK_SIGNED);
    begin_cycle(&c, "unit", (const int32_t[]){0});
    assert_true(exchange_server_find(c.s.x, c.server[0], &server));
    assert_int_equal(server.ask.state, ASK_IN_FORCE);
    stage_end(&c.s);
}

// What a unit does not ask for it does not sell.
static void test_a_unit_without_an_ask_is_not_in_the_market(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_alone(&c, DCAT_POOL_CPU, 0);
    begin_cycle(&c, "unit", (const int32_t[]){0});
    stage_open(&c.s, 0);
    int64_t cpu = submit(&c, CPU, 100, 30000), gpu = submit(&c, GPU, 100, 30000);
    stage_slot(&c.s, 1);
    assert_int_equal(stage_task(&c.s, cpu).state, TASK_AWARDED);
    assert_string_equal(stage_task(&c.s, gpu).reason, "no-device");
    ask(&c, 0, DCAT_POOL_GPU, 0, PER_FORMULA);
    begin_cycle(&c, "unit", (const int32_t[]){0});
    gpu = submit(&c, GPU, 100, 30000);
    stage_slot(&c.s, 2);
    assert_int_equal(stage_task(&c.s, gpu).state, TASK_AWARDED);
    stage_end(&c.s);
}

// A class that the server bars is as if it had no device.
static void test_a_barred_class_is_not_done(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_alone(&c, DCAT_POOL_CPU, UINT64_C(1) << GPU);
    assert_true(exchange_server_barred(c.s.x, c.server[0]) == UINT64_C(1) << GPU);
    ask(&c, 0, DCAT_POOL_GPU, 0, PER_FORMULA);
    begin_cycle(&c, "unit", (const int32_t[]){0});
    stage_open(&c.s, 0);
    int64_t gpu = submit(&c, GPU, 100, 30000);
    stage_slot(&c.s, 1);
    assert_string_equal(stage_task(&c.s, gpu).reason, "no-device");
    stage_end(&c.s);
}

static void test_units_are_checked(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, "unit", (const int32_t[]){0, 1});
    exchange_event good = registration(c.provider[0], 100, 2, 300000);
#define BAD(change)                                                                                \
    do {                                                                                           \
        exchange_event event = good;                                                               \
        exchange_unit *cpu = &event.units[DCAT_POOL_CPU], *gpu = &event.units[DCAT_POOL_GPU];      \
        (void)cpu;                                                                                 \
        (void)gpu;                                                                                 \
        change;                                                                                    \
        stage_must(&c.s, &event, CODE_OUT_OF_RANGE);                                               \
    } while (0)
    BAD(gpu->device = 0); // of another pool
    BAD(gpu->device = 2); // none
    BAD(gpu->device = -1);
    BAD(gpu->count = -1);
    BAD(gpu->count = 1000001);
    BAD(gpu->speed_hz = -1);
    BAD(gpu->tariff = -1);
    BAD(gpu->tariff = 0); // per giga-cycle of nothing
    BAD(gpu->tariff_per = PER_COUNT);
    BAD(gpu->exact_tariff = -1.0);
    BAD(gpu->exact_hz = 5.0); // far from the whole one
    BAD(gpu->own_costs = 2);
    BAD((gpu->own_costs = 1, gpu->energy_cost = -1.0));
    BAD((gpu->own_costs = 1, gpu->time_cost_per_s = NAN));
    BAD(gpu->energy_cost = 1.0);                             // costs that are not its own
    BAD((cpu->tariff = 5, cpu->tariff_per = PER_CARD_HOUR)); // a CPU has no cards
    BAD((memset(cpu, 0, sizeof *cpu), memset(gpu, 0, sizeof *gpu)));
    BAD((cpu->count = 0));                      // a speed without cores
    BAD(event.units[DCAT_POOL_NPU].tariff = 5); // of nothing
    BAD(event.barred = UINT64_C(1) << CLASSES); // there is no such class
    BAD(gpu->speed_hz = INT64_MAX);
    BAD(gpu->exact_tariff = NAN);
    BAD(gpu->tariff = INT64_MAX);
    BAD(gpu->tariff_per = -1);
    BAD(gpu->time_cost_per_s = 1.0);
    BAD((gpu->own_costs = 1, gpu->energy_cost = INFINITY));
    BAD((gpu->own_costs = 1, gpu->time_cost_per_s = -1.0));
    BAD(event.units[DCAT_POOL_NPU].device = 1); // and more of nothing
    BAD(event.units[DCAT_POOL_NPU].speed_hz = 1);
    BAD(event.units[DCAT_POOL_NPU].own_costs = 1);
    BAD(event.units[DCAT_POOL_NPU].energy_cost = 1.0);
    BAD(event.units[DCAT_POOL_NPU].time_cost_per_s = 1.0);
    BAD(event.units[DCAT_POOL_NPU].exact_hz = 1.0);
    BAD(event.units[DCAT_POOL_NPU].exact_tariff = 1.0);
    BAD(event.units[DCAT_POOL_NPU].exact_tariff = INFINITY);
    BAD(event.units[DCAT_POOL_NPU].tariff_per = PER_CORE_HOUR);
#undef BAD
    exchange_event event = {.kind = EVENT_ASK,
                            .actor = c.provider[1],
                            .ask = {c.server[1], PER_FORMULA, 0, 1000, DCAT_POOL_CPU}};
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE); // it has no such unit
    event.ask.pool = DCAT_POOL_COUNT;
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE);
    event = stage_submit(c.user, 0, 99, 100, 30000);
    event.task.class_id = CLASSES;
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE);
    stage_end(&c.s);

    static stage plain; // without classes a server has no units
    const exchange_config config = stage_config();
    stage_init(&plain, &config);
    int32_t provider = stage_party(&plain, 0, ROLE_PROVIDER);
    event = registration(provider, 0, 1, 0);
    stage_must(&plain, &event, CODE_OUT_OF_RANGE);
    event = registration(provider, 0, 0, 0);
    event.units[DCAT_POOL_GPU].device = 0;
    event.units[0].tariff = 300000;
    event.units[0].tariff_per = PER_CORE_HOUR;
    stage_must(&plain, &event, CODE_DONE);
    stage_end(&plain);
}

static void test_classes_of_a_config_are_checked(void **fixture)
{
    (void)fixture;
    const exchange_config good = config_of();
    dcat_error err = {0};
    assert_int_equal(exchange_config_check(&good, &err), DCAT_OK);
#define BAD(change)                                                                                \
    do {                                                                                           \
        exchange_config config = good;                                                             \
        config.change;                                                                             \
        assert_int_equal(exchange_config_check(&config, &err), DCAT_ERR_RANGE);                    \
    } while (0)
    BAD(class_count = -1);
    BAD(class_count = DCAT_CLASS_MAX + 1);
    BAD(device_count = 0);
    BAD(device_count = EXCHANGE_DEVICE_MAX + 1);
    BAD(classes[1].price_per_gigacycle = 0.0);
    BAD(classes[1].urgency_s = -1.0);
    BAD(classes[2].pool = DCAT_POOL_COUNT);
    BAD(devices[1].speed_hz = 0.0);
    BAD(devices[1].core_count = 0);
    BAD(devices[0].pool = -1);
#undef BAD
}

// ---- why not

static exchange_quote quote(scene *c, int64_t gigacycles, double deadline_s)
{
    exchange_event event = stage_submit(c->user, exchange_time(c->s.x).now_ns, 12345, gigacycles,
                                        (int64_t)ceil(deadline_s * 1e3));
    event.task.class_id = GPU;
    event.task.deadline_us = (int64_t)ceil(deadline_s * 1e6 - 1e-3);
    return exchange_quote_of(c->s.x, &event);
}

// The deadline that a quote says would do does, and a micro-second less does not.
static void test_what_is_needed_is_what_is_needed(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, "unit", (const int32_t[]){0, 1});
    exchange_quote idle = quote(&c, 1000, 0.99); // 1 s on the first, and the data's way
    assert_string_equal(idle.reason, "too-slow");
    assert_string_equal(exchange_needed_name(idle.reason), "deadline_s");
    assert_true(quote(&c, 1000, idle.needed).served);
    assert_string_equal(quote(&c, 1000, idle.needed - 2e-6).reason, "too-slow");
    for (int i = 0; i < 4; i++) {
        submit(&c, GPU, 2000, 60000);
    }
    stage_slot(&c.s, 1);
    exchange_quote busy = quote(&c, 1000, 1.5);
    assert_string_equal(busy.reason, "queues-full");
    assert_true(busy.needed > 1.5);
    assert_true(quote(&c, 1000, busy.needed).served);
    assert_string_equal(quote(&c, 1000, busy.needed - 2e-6).reason, "queues-full");
    // Both together would take 2/3 s; whoever has less is told at once.
    exchange_quote never = quote(&c, 1000, 0.5);
    assert_int_equal(never.code, CODE_DEADLINE_IMPOSSIBLE);
    assert_near(never.needed, 1000.0 / 1500.0, 0.2);
    exchange_event event = stage_submit(c.user, exchange_time(c.s.x).now_ns, 77, 1000, 500);
    event.task.class_id = GPU;
    stage_must(&c.s, &event, CODE_DEADLINE_IMPOSSIBLE);
    event.task.class_id = NPU; // nothing is known of who could
    stage_must(&c.s, &event, CODE_DONE);
    stage_end(&c.s);
}

// A card-hour for 360 million is 100 000 a second, in which a card does 500 giga-cycles of the
// class.
static void test_a_price_above_the_fee_says_which_would_do(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c, "unit", (const int32_t[]){0, 1});
    for (int i = 0; i < 2; i++) {
        ask(&c, i, DCAT_POOL_GPU, INT64_C(360000000) * DCAT_MONEY_UNIT, PER_CARD_HOUR);
    }
    begin_cycle(&c, "unit", (const int32_t[]){0, 1});
    int64_t task = submit(&c, GPU, 100, 30000);
    stage_slot(&c.s, 1);
    exchange_task_view view = stage_task(&c.s, task);
    assert_string_equal(view.reason, "above-ceiling");
    assert_near(view.needed, 200.0, 1e-6);
    assert_null(exchange_needed_name("no-device"));
    assert_null(exchange_needed_name(NULL));
    stage_end(&c.s);
}

// Each class needs its own: without one of GPU work the cards do not trade, and a unit goes by what
// its benchmarks show.
static void test_where_benchmarks_are_required_classes_without_one_are_not_worked_on(void **fixture)
{
    (void)fixture;
    static scene c;
    exchange_config config = config_of();
    config.benchmark = true;
    scene_of(&c, &config);
    const int64_t shown_hz[] = {125 * GHZ, 400 * GHZ};
    for (int32_t q = 0; q < 2; q++) {
        const exchange_event event = {
            .kind = EVENT_BENCHMARK,
            .actor = c.provider[0],
            .at_ns = exchange_time(c.s.x).now_ns,
            .benchmark = {
                .unit_hz = shown_hz[q], .nonce = 100 + q, .server = c.server[0], .class_id = q}};
        stage_must(&c.s, &event, CODE_DONE);
        begin_cycle(&c, "unit", (const int32_t[]){0});
        exchange_unit_view view;
        assert_true(exchange_unit_find(c.s.x, c.server[0], (int32_t)classes[q].pool, &view));
        assert_int_equal(view.measured_hz, shown_hz[q]);
        exchange_time_view time = exchange_time(c.s.x);
        if (q == 0) {
            stage_open(&c.s, time.now_ns);
        }
        int64_t cpu = submit(&c, CPU, 250, 30000), gpu = submit(&c, GPU, 900, 30000);
        stage_slot(&c.s, q + 1);
        assert_int_equal(stage_task(&c.s, cpu).state, TASK_AWARDED);
        assert_int_equal(stage_task(&c.s, gpu).state, q == 0 ? TASK_UNSERVED : TASK_AWARDED);
    }
    exchange_event event = {.kind = EVENT_BENCHMARK,
                            .actor = c.provider[0],
                            .at_ns = exchange_time(c.s.x).now_ns,
                            .benchmark = {.unit_hz = GHZ, .nonce = 200, .class_id = NPU}};
    stage_must(&c.s, &event, CODE_OUT_OF_RANGE); // it has no unit of that pool
    stage_check(&c.s);
    stage_end(&c.s);
}

// Of a class that its server does, in the queue of the class alone: team and other pools go on.
static void test_a_canary_is_of_a_class(void **fixture)
{
    (void)fixture;
    static scene c;
    exchange_config config = config_of();
    config.canary_ns = config.slot_ns; // all are due
    scene_of(&c, &config);
    begin_cycle(&c, "unit", (const int32_t[]){0, 0});
    stage_open(&c.s, 0);
    stage_slot(&c.s, 1);
    exchange_event event = stage_submit(c.user, STAGE_S, 999, 500, 30000);
    event.task.canary = (exchange_canary){.slot = 1, .server = c.server[1], .drawn = 1};
    for (event.task.class_id = 0; event.task.class_id < CLASSES; event.task.class_id++) {
        bool due = exchange_canary_is_due(c.s.x, 0, c.server[1], event.task.class_id);
        assert_int_equal(due, event.task.class_id == GPU);
        if (!due) {
            stage_must(&c.s, &event, CODE_FORBIDDEN);
        }
    }
    event.task.class_id = GPU;
    int64_t canary = stage_must(&c.s, &event, CODE_DONE);
    int64_t cpu = submit(&c, CPU, 250, 30000), gpu = submit(&c, GPU, 750, 30000);
    stage_slot(&c.s, 2);
    assert_int_equal(award_of(&c, canary)->told.member_count, 1);
    assert_int_equal(award_of(&c, canary)->servers[0], c.server[1]);
    assert_int_equal(award_of(&c, gpu)->told.member_count, 2);
    assert_int_equal(award_of(&c, cpu)->servers[0], c.server[0]);
    assert_true(award_of(&c, cpu)->told.start_s == award_of(&c, cpu)->told.data_s);
    stage_check(&c.s);
    stage_end(&c.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pools_of_a_server_do_not_wait_for_each_other),
        cmocka_unit_test(test_work_goes_by_speed_and_pay_by_tariff),
        cmocka_unit_test(test_a_server_asks_where_one_of_its_units_does),
        cmocka_unit_test(test_a_unit_without_an_ask_is_not_in_the_market),
        cmocka_unit_test(test_a_barred_class_is_not_done),
        cmocka_unit_test(test_units_are_checked),
        cmocka_unit_test(test_classes_of_a_config_are_checked),
        cmocka_unit_test(test_what_is_needed_is_what_is_needed),
        cmocka_unit_test(test_a_price_above_the_fee_says_which_would_do),
        cmocka_unit_test(test_where_benchmarks_are_required_classes_without_one_are_not_worked_on),
        cmocka_unit_test(test_a_canary_is_of_a_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
