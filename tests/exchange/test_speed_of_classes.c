// SPDX-License-Identifier: Apache-2.0
// A server that is honest at one class of work and lies about another: each is measured by itself.

#include "stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HONEST, LIED, OTHER, CLASSES };
#define GHZ INT64_C(1000000000)

// One card does 250 GHz of reference work, twice that at the second class; the third is of CPUs.
static const dcat_device devices[] = {
    {.pool = DCAT_POOL_CPU, .speed_hz = 1.0, .core_count = 1, .memory_bytes = INFINITY},
    {.pool = DCAT_POOL_GPU, .speed_hz = 250e9, .core_count = 1, .memory_bytes = INFINITY},
};
static const dcat_class classes[CLASSES] = {
    [HONEST] = {.pool = DCAT_POOL_GPU, .price_per_gigacycle = 10.0},
    [LIED] = {.pool = DCAT_POOL_GPU, .price_per_gigacycle = 10.0},
    [OTHER] = {.pool = DCAT_POOL_CPU, .price_per_gigacycle = 10.0},
};
static const double efficiency[] = {0.0, 0.0, 1.0, 1.0, 2.0, 0.0};
static const dcat_resources_config resources = {
    DCAT_SIZED(dcat_resources_config),
    .devices = devices,
    .device_count = 2,
    .classes = classes,
    .class_count = CLASSES,
    .efficiency = efficiency,
};

typedef struct scene {
    stage s;
    int32_t user, provider, server;
    uint64_t client;
    uint32_t cycle;
} scene;

static void begin_cycle(scene *c)
{
    static const dcat_area areas[2] = {{{0.0, 0.0}, 0}, {{50e3, 0.0}, 0}};
    int64_t now_ns = exchange_time(c->s.x).now_ns;
    const exchange_cut_config config = {.world = dcat_world_config_default(),
                                        .resources = &resources,
                                        .areas = areas,
                                        .auction = dcat_auction_find("rea-s"),
                                        .world_seed = 1};
    stage_seal(&c->s, now_ns);
    dcat_error err = {0};
    exchange_cut *cut = NULL;
    if (exchange_cut_create(c->s.x, &config, &cut, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    c->s.cuts[c->s.cut_count++] = cut;
    const exchange_event event = {
        .kind = EVENT_CYCLE, .actor = EXCHANGE_SELF, .at_ns = now_ns, .cut = cut};
    stage_must(&c->s, &event, CODE_DONE);
}

static exchange_config config_of(void)
{
    exchange_config config = stage_config();
    config.class_count = CLASSES;
    config.device_count = 2;
    for (int q = 0; q < CLASSES; q++) {
        config.classes[q] =
            (exchange_class){.price_per_gigacycle = 10.0, .pool = (int32_t)classes[q].pool};
    }
    for (int d = 0; d < 2; d++) {
        config.devices[d] = (exchange_device){
            .speed_hz = devices[d].speed_hz, .pool = (int32_t)devices[d].pool, .core_count = 1};
    }
    config.dispute_ns = STAGE_S;
    return config;
}

static void ask(scene *c, int32_t pool)
{
    const exchange_event event = {.kind = EVENT_ASK,
                                  .actor = c->provider,
                                  .ask = {c->server, PER_GIGACYCLE, 80000, pool + 1, pool}};
    stage_must(&c->s, &event, CODE_DONE);
}

static void scene_init(scene *c)
{
    const exchange_config config = config_of();
    *c = (scene){.client = 0};
    stage_init(&c->s, &config);
    c->user = stage_user(&c->s, 0, 1000000000 * DCAT_MONEY_UNIT);
    c->provider = stage_party(&c->s, 0, ROLE_PROVIDER);
    exchange_event event = {.kind = EVENT_REGISTER,
                            .actor = c->provider,
                            .machine = {.speed_hz = 250 * GHZ, .core_count = 100}};
    event.units[DCAT_POOL_CPU] = (exchange_unit){.device = 0, .count = 100, .speed_hz = 250 * GHZ};
    event.units[DCAT_POOL_GPU] = (exchange_unit){.device = 1, .count = 1};
    c->server = (int32_t)stage_must(&c->s, &event, CODE_DONE);
    event = stage_of_server(EVENT_ADMIT, STAGE_OPERATOR, 0, c->server);
    stage_must(&c->s, &event, CODE_DONE);
    ask(c, DCAT_POOL_CPU);
    ask(c, DCAT_POOL_GPU);
    begin_cycle(c);
    stage_open(&c->s, 0);
}

// A task that takes 100 s at the declared speed, done in took_s from the slot that awards it.
static void work(scene *c, int32_t class_id, int64_t took_s)
{
    static const exchange_kind kinds[] = {EVENT_ACK, EVENT_START, EVENT_FINISH};
    int64_t slot = exchange_time(c->s.x).now_ns / STAGE_S + 1;
    int64_t gigacycles = class_id == LIED ? 50000 : 25000;
    exchange_event event =
        stage_of_server(EVENT_HEARTBEAT, c->provider, exchange_time(c->s.x).now_ns, c->server);
    stage_do(&c->s, &event);
    event = stage_submit(c->user, exchange_time(c->s.x).now_ns, ++c->client, gigacycles, 900000);
    event.task.class_id = class_id;
    int64_t task = stage_must(&c->s, &event, CODE_DONE);
    stage_slot(&c->s, slot);
    assert_int_equal(stage_task(&c->s, task).state, TASK_AWARDED);
    for (size_t k = 0; k < 3; k++) {
        int64_t at_ns = (slot + (k == 2 ? took_s : 0)) * STAGE_S;
        event = stage_report(kinds[k], c->provider, at_ns, task, 1, c->server);
        stage_must(&c->s, &event, CODE_DONE);
    }
    stage_check(&c->s);
}

static double speed_ghz(const scene *c, int32_t class_id)
{
    return cut_member(exchange_cut_in_force(c->s.x), class_id, 0)->speed_hz / 1e9;
}

// Ten receipts of each: 100 s as declared; 126 s, of which one slot is forgiven: 80 %.
static void liar_init(scene *c)
{
    scene_init(c);
    for (int i = 0; i < 10; i++) {
        work(c, HONEST, 100);
        work(c, LIED, 126);
    }
    begin_cycle(c);
}

static void test_a_lie_about_one_class_costs_that_class_alone(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c);
    assert_near(speed_ghz(&c, HONEST), 250.0, 1e-9);
    assert_near(speed_ghz(&c, LIED), 500.0, 1e-9);
    stage_end(&c.s);
    liar_init(&c);
    assert_true(speed_ghz(&c, HONEST) == 250.0); // to the bit
    assert_near(speed_ghz(&c, LIED), 400.0, 1e-9);
    assert_true(speed_ghz(&c, OTHER) == 250.0);
    exchange_unit_view view;
    assert_true(exchange_unit_find(c.s.x, c.server, DCAT_POOL_GPU, &view));
    assert_int_equal(view.measured_hz, 250 * GHZ); // its best class
    assert_near(exchange_class_part(c.s.x, c.server, HONEST), 1.0, 0.0);
    assert_near(exchange_class_part(c.s.x, c.server, LIED), 0.8, 0.0);
    // Promises go by it, and what is measured then is still a part of what was declared.
    work(&c, LIED, 126);
    assert_near(c.s.awards[c.s.award_count - 1].told.finish_s -
                    c.s.awards[c.s.award_count - 1].told.start_s,
                125.0, 1e-6);
    begin_cycle(&c);
    assert_near(speed_ghz(&c, LIED), 400.0, 1e-9);
    stage_end(&c.s);
}

// Who is slow at all classes of a unit has a slow unit, of the ask that it made.
static void test_a_lie_about_all_classes_is_one_of_the_unit(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c);
    for (int i = 0; i < 10; i++) {
        work(&c, HONEST, 126);
        work(&c, LIED, 126);
    }
    begin_cycle(&c);
    exchange_unit_view view;
    assert_true(exchange_unit_find(c.s.x, c.server, DCAT_POOL_GPU, &view));
    assert_int_equal(view.measured_hz, 200 * GHZ);
    assert_near(speed_ghz(&c, HONEST), 200.0, 1e-9);
    assert_near(speed_ghz(&c, LIED), 400.0, 1e-9);
    // 0.08 per giga-cycle of reference work, of which class LIED gets two for one.
    assert_near(cut_member(exchange_cut_in_force(c.s.x), HONEST, 0)->unit_cost * 1e9, 0.08, 1e-9);
    assert_near(cut_member(exchange_cut_in_force(c.s.x), LIED, 0)->unit_cost * 1e9, 0.04, 1e-9);
    stage_end(&c.s);
}

static void test_measured_classes_outlive_a_snapshot(void **fixture)
{
    (void)fixture;
    static scene c;
    liar_init(&c);
    size_t count = exchange_snapshot_bytes(c.s.x);
    void *bytes = calloc(1, count);
    assert_non_null(bytes);
    exchange_snapshot_write(c.s.x, bytes);
    exchange *read = NULL;
    exchange_snapshot_cut cut;
    dcat_error err = {0};
    const exchange_config config = config_of();
    if (exchange_snapshot_read(&config, bytes, count, &read, &cut, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_true(exchange_digest(read) == exchange_digest(c.s.x));
    assert_near(exchange_class_part(read, c.server, LIED), 0.8, 0.0);
    read->speeds[LIED].samples[0]++;
    assert_true(exchange_digest(read) != exchange_digest(c.s.x)); // it decides
    exchange_destroy(read);
    free(bytes);
    stage_end(&c.s);
}

static void test_speeds_of_classes_that_are_not_there(void **fixture)
{
    (void)fixture;
    static scene c;
    scene_init(&c);
    assert_near(exchange_class_part(c.s.x, c.server, -1), 1.0, 0.0);
    assert_near(exchange_class_part(c.s.x, c.server, CLASSES), 1.0, 0.0);
    assert_near(exchange_class_part(c.s.x, -1, 0), 1.0, 0.0);
    assert_near(exchange_class_part(c.s.x, c.server + 1, 0), 1.0, 0.0);
    stage_end(&c.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_lie_about_one_class_costs_that_class_alone),
        cmocka_unit_test(test_a_lie_about_all_classes_is_one_of_the_unit),
        cmocka_unit_test(test_measured_classes_outlive_a_snapshot),
        cmocka_unit_test(test_speeds_of_classes_that_are_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
