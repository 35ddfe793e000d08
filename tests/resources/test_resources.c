// SPDX-License-Identifier: Apache-2.0
// Effective speeds, unit costs and teams by hand, the case of Table I bit for bit, and what is
// refused.

#include "support.h"

#include "dcat/x/model.h"
#include "dcat/x/resources.h"
#include <math.h>
#include <string.h>

#define GIB 1073741824.0
#define CUDA 1u
#define FP16 2u

enum { CPU, K80, P100, DEVICES };
enum { WORK, TRAIN, SHARDED, CLASSES };

static const dcat_device devices[DEVICES] = {
    [CPU] = {DCAT_POOL_CPU, 1.0, 1, INFINITY, 0, NAN, NAN, 0.0},
    [K80] = {DCAT_POOL_GPU, 250e9, 100, 12 * GIB, CUDA, 0.0, 100.0, 0.0},
    [P100] = {DCAT_POOL_GPU, 250e9, 100, 16 * GIB, CUDA | FP16, 0.0, 400.0, 5e-9},
};
static const dcat_class classes[CLASSES] = {
    [WORK] = {DCAT_POOL_CPU, 0.0, DCAT_MEMORY_EACH, 0, 10.0, 2.0},
    [TRAIN] = {DCAT_POOL_GPU, 14 * GIB, DCAT_MEMORY_EACH, CUDA, 10.0, 2.0},
    [SHARDED] = {DCAT_POOL_GPU, 60 * GIB, DCAT_MEMORY_SUM, CUDA, 10.0, 2.0},
};
static const double efficiency[DEVICES * CLASSES] = {
    1.0, 0.0,  0.0, // CPU
    0.0, 0.25, 0.5, // K80
    0.0, 0.8,  1.0, // P100
};
// Server 0: CPU and four K80. 1: CPU and one P100. 2: two P100 that run at 200 GHz each. 3:
// nothing.
static const dcat_unit units[] = {
    {0, CPU, 100, 250e9, NAN, NAN, 0.0},    {0, K80, 4, NAN, NAN, NAN, 0.0},
    {1, CPU, 100, 200e9, 2e-28, 30.0, 0.0}, {1, P100, 1, NAN, NAN, NAN, 0.0},
    {2, P100, 2, 400e9, NAN, 900.0, 7e-9},
};

static dcat_resources_config base(void)
{
    return (dcat_resources_config){
        DCAT_SIZED(dcat_resources_config),
        .devices = devices,
        .device_count = DEVICES,
        .classes = classes,
        .class_count = CLASSES,
        .efficiency = efficiency,
        .units = units,
        .unit_count = sizeof units / sizeof *units,
        .server_count = 4,
        .energy_cost = 1e-28,
        .time_cost_per_s = 20.0,
    };
}

static dcat_resources *make(const dcat_resources_config *config)
{
    dcat_resources *made = NULL;
    dcat_error err = {0};
    if (dcat_resources_create(config, &made, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return made;
}

static void test_resources_effective_speed_is_count_times_speed_times_efficiency(void **fixture)
{
    (void)fixture;
    dcat_resources_config config = base();
    dcat_resources *r = make(&config);
    assert_int_equal(dcat_resources_class_count(r), CLASSES);
    assert_int_equal(dcat_resources_classes_view(r)[SHARDED].memory_mode, DCAT_MEMORY_SUM);
    assert_near(dcat_effective_speed_hz(r, 0, WORK), 250e9, 0.0);
    assert_near(dcat_effective_speed_hz(r, 0, TRAIN), 0.0, 0.0);     // 12 GiB are fewer than 14
    assert_near(dcat_effective_speed_hz(r, 0, SHARDED), 500e9, 0.0); // 4 x 250 x 0.5
    assert_near(dcat_effective_speed_hz(r, 1, TRAIN), 200e9, 1e-3);  // 250 x 0.8
    assert_near(dcat_effective_speed_hz(r, 2, TRAIN), 320e9, 1e-3);  // 2 x 200 x 0.8
    assert_near(dcat_effective_speed_hz(r, 2, WORK), 0.0, 0.0);      // has no CPU
    assert_near(dcat_effective_speed_hz(r, 3, WORK), 0.0, 0.0);
    // Four K80 cost 400 a second at 1 000 GHz: 0.4 a giga-cycle of their speed, half as efficient.
    assert_near(dcat_effective_unit_cost(r, 0, SHARDED), 0.8e-9, 1e-20);
    assert_near(dcat_effective_unit_cost(r, 1, SHARDED), 1.6e-9, 1e-20);  // 400 / 250
    assert_near(dcat_effective_unit_cost(r, 2, SHARDED), 2.25e-9, 1e-20); // its own 900 / 400
    assert_true(isinf(dcat_effective_unit_cost(r, 0, TRAIN)));
    dcat_resources_destroy(r);
}

// The unit's, else the device's, else eq. (8) at what is said of the device and the speed that the
// unit declares; by the efficiency.
static void test_resources_tariffs_are_public(void **fixture)
{
    (void)fixture;
    dcat_resources_config config = base();
    dcat_resources *r = make(&config);
    assert_near(dcat_effective_tariff(r, 2, TRAIN), 8.75e-9, 1e-20);  // 7 / 0.8
    assert_near(dcat_effective_tariff(r, 1, TRAIN), 6.25e-9, 1e-20);  // 5 / 0.8
    assert_near(dcat_effective_tariff(r, 0, SHARDED), 0.8e-9, 1e-20); // 400 / 1000 / 0.5
    double model = dcat_unit_cost(1e-28, 20.0, 200e9, 100.0);         // not its own 2e-28 and 30
    assert_near(dcat_effective_tariff(r, 1, WORK), model, 0.0);
    assert_true(isinf(dcat_effective_tariff(r, 3, WORK)));
    dcat_resources_destroy(r);
    config.energy_cost = config.time_cost_per_s = 0.0; // nothing public to go by: its own cost
    config.units = &units[2];
    config.unit_count = 1;
    r = make(&config);
    assert_near(dcat_effective_tariff(r, 1, WORK), dcat_effective_unit_cost(r, 1, WORK), 0.0);
    dcat_resources_destroy(r);
}

// By hand: server 1 has one P100, 2 two of them at 400 GHz together, 3 has nothing.
static void test_resources_say_what_a_unit_is(void **fixture)
{
    (void)fixture;
    dcat_resources_config config = base();
    dcat_resources *r = make(&config);
    dcat_unit_facts two = dcat_resources_unit(r, 2, DCAT_POOL_GPU);
    assert_int_equal(two.device, P100);
    assert_int_equal(two.count, 2);
    assert_near(two.speed_hz, 400e9, 0.0);
    assert_near(two.core_count, 200.0, 0.0);
    assert_near(two.memory_bytes, 32 * GIB, 0.0);
    assert_near(two.energy_cost, 0.0, 0.0); // the device's
    assert_near(two.time_cost_per_s, 900.0, 0.0);
    assert_near(two.unit_cost, 900.0 / 400e9, 1e-22);
    assert_near(two.tariff_per_cycle, 7e-9, 0.0);
    assert_near(dcat_resources_unit(r, 1, DCAT_POOL_CPU).energy_cost, 2e-28, 0.0);
    assert_int_equal(dcat_resources_unit(r, 3, DCAT_POOL_CPU).device, -1);
    assert_int_equal(dcat_resources_unit(r, 2, DCAT_POOL_CPU).device, -1);
    assert_int_equal(dcat_resources_device_count(r), DEVICES);
    assert_near(dcat_resources_efficiency(r, P100, TRAIN), 0.8, 0.0);
    assert_near(dcat_resources_efficiency(r, K80, TRAIN), 0.0, 0.0); // its memory
    assert_near(dcat_resources_efficiency(r, P100, WORK), 0.0, 0.0);
    dcat_resources_destroy(r);
}

static void test_resources_barred_servers_are_in_no_team(void **fixture)
{
    (void)fixture;
    dcat_resources_config config = base();
    uint8_t barred[4 * CLASSES] = {0};
    barred[1 * CLASSES + TRAIN] = 1;
    config.barred = barred;
    dcat_resources *r = make(&config), *said = NULL;
    const int32_t members[] = {1, 2};
    assert_false(dcat_resources_may(r, 1, TRAIN));
    assert_true(dcat_resources_may(r, 1, WORK));
    assert_near(dcat_effective_speed_hz(r, 1, TRAIN), 0.0, 0.0);
    assert_true(isinf(dcat_effective_unit_cost(r, 1, TRAIN)));
    assert_true(isinf(dcat_effective_tariff(r, 1, TRAIN)));
    assert_near(dcat_effective_speed_hz(r, 1, WORK), 200e9, 0.0);
    assert_int_equal(dcat_team_of(r, members, 2, TRAIN).count, 1);
    assert_int_equal(dcat_resources_said(r, NULL, NULL, NULL, &said, NULL), DCAT_OK);
    assert_false(dcat_resources_may(said, 1, TRAIN)); // whatever anybody says
    dcat_resources_destroy(said);
    dcat_resources_destroy(r);
}

static void test_resources_features_must_all_be_there(void **fixture)
{
    (void)fixture;
    dcat_class wanted[CLASSES];
    memcpy(wanted, classes, sizeof wanted);
    wanted[SHARDED].features = CUDA | FP16;
    dcat_resources_config config = base();
    config.classes = wanted;
    dcat_resources *r = make(&config);
    assert_near(dcat_effective_speed_hz(r, 0, SHARDED), 0.0, 0.0);
    assert_near(dcat_effective_speed_hz(r, 1, SHARDED), 250e9, 0.0);
    dcat_resources_destroy(r);
}

// The model of the paper: one class, a CPU a server, efficiency 1. Its speeds and unit costs are
// those of a world, bit for bit.
static void test_resources_of_table_one_are_exact(void **fixture)
{
    (void)fixture;
    dcat_resources_config config = base();
    config.class_count = 1;
    config.efficiency = (const double[DEVICES]){1.0, 0.0, 0.0};
    dcat_resources *r = make(&config);
    double zero = dcat_effective_speed_hz(r, 0, WORK) - 250e9;
    assert_memory_equal(&zero, &(double){0.0}, sizeof zero);
    double mine = dcat_effective_unit_cost(r, 0, WORK);
    double model = dcat_unit_cost(1e-28, 20.0, 250e9, 100.0);
    assert_memory_equal(&mine, &model, sizeof mine);
    mine = dcat_effective_unit_cost(r, 1, WORK);
    model = dcat_unit_cost(2e-28, 30.0, 200e9, 100.0);
    assert_memory_equal(&mine, &model, sizeof mine);
    dcat_resources_destroy(r);
}

static void test_resources_team_is_who_can(void **fixture)
{
    (void)fixture;
    dcat_resources_config config = base();
    dcat_resources *r = make(&config);
    const int32_t all[] = {0, 1, 2, 3};
    dcat_team team = dcat_team_of(r, all, 4, TRAIN);
    assert_int_equal(team.count, 2); // 1 and 2
    assert_near(team.speed_hz, 520e9, 1e-3);
    // Server 1 costs 1.6 / 0.8 = 2 a giga-cycle, server 2 2.25 / 0.8 = 2.8125; by speed 200 : 320.
    assert_near(team.unit_cost_max, 2.8125e-9, 1e-20);
    assert_near(team.unit_cost, (200.0 * 2.0 + 320.0 * 2.8125) / 520.0 * 1e-9, 1e-20);
    assert_near(team.memory_bytes, 48 * GIB, 0.0);

    team = dcat_team_of(r, all, 4, WORK);
    assert_int_equal(team.count, 2);
    assert_near(team.speed_hz, 450e9, 0.0);

    // 48 + 16 GiB hold 60, 16 + 32 do not: then there is no team.
    assert_int_equal(dcat_team_of(r, all, 2, SHARDED).count, 2);
    assert_int_equal(dcat_team_of(r, all + 1, 2, SHARDED).count, 0);
    assert_int_equal(dcat_team_of(r, all + 3, 1, WORK).count, 0);
    assert_near(dcat_team_of(r, all + 3, 1, WORK).unit_cost_max, 0.0, 0.0);
    dcat_resources_destroy(r);
}

static void test_resources_pools_have_names(void **fixture)
{
    (void)fixture;
    for (int p = 0; p < DCAT_POOL_COUNT; p++) {
        assert_int_equal(dcat_pool_find(dcat_pool_name((dcat_pool)p)), p);
    }
    assert_string_equal(dcat_pool_name(DCAT_POOL_NPU), "npu");
    assert_int_equal(dcat_pool_find("tpu"), DCAT_POOL_COUNT);
}

static void expect(const dcat_resources_config *config, dcat_status status, const char *message)
{
    dcat_resources *made = NULL;
    dcat_error err = {0};
    assert_int_equal(dcat_resources_create(config, &made, &err), status);
    assert_null(made);
    assert_string_equal(err.message, message);
}

static void test_resources_name_what_is_wrong(void **fixture)
{
    (void)fixture;
    dcat_resources_config config = base();
    config.class_count = 65;
    expect(&config, DCAT_ERR_RANGE, "there must be 1 to 64 classes, got 65");
    config = base();
    config.device_count = 0;
    expect(&config, DCAT_ERR_RANGE, "there must be at least one device");
    config = base();
    config.server_count = 0;
    expect(&config, DCAT_ERR_RANGE, "there must be at least one server");
    config = base();
    config.server_count = 2;
    expect(&config, DCAT_ERR_REFERENCE, "unit 4: there is no server 2 or device 2");

    dcat_device some[DEVICES];
    memcpy(some, devices, sizeof some);
    config = base();
    config.devices = some;
    some[P100].speed_hz = 0.0;
    expect(&config, DCAT_ERR_RANGE, "device 2: speed must be finite and > 0");
    some[P100] = devices[P100];
    some[K80].core_count = 0;
    expect(&config, DCAT_ERR_RANGE, "device 1: core_count must be >= 1");

    some[K80] = devices[K80];
    some[K80].tariff_per_cycle = -1.0;
    expect(&config, DCAT_ERR_RANGE, "device 1: tariff must be finite and > 0, or 0");

    dcat_class wanted[CLASSES];
    memcpy(wanted, classes, sizeof wanted);
    config = base();
    config.classes = wanted;
    wanted[TRAIN].memory_bytes = NAN;
    expect(&config, DCAT_ERR_RANGE, "class 1: memory must be finite and >= 0");

    double e[DEVICES * CLASSES];
    memcpy(e, efficiency, sizeof e);
    e[4] = -0.1;
    config = base();
    config.efficiency = e;
    expect(&config, DCAT_ERR_RANGE,
           "efficiency of device 1 for class 1 must be finite and >= 0, got -0.1");

    dcat_unit more[6];
    memcpy(more, units, sizeof units);
    more[5] = (dcat_unit){0, P100, 1, NAN, NAN, NAN, 0.0};
    config = base();
    config.units = more;
    config.unit_count = 6;
    expect(&config, DCAT_ERR_FIELD, "unit 5: server 0 has a gpu unit already");
    more[5] = (dcat_unit){3, P100, 0, NAN, NAN, NAN, 0.0};
    expect(&config, DCAT_ERR_RANGE, "unit 5: count must be >= 1");
    more[5] = (dcat_unit){3, P100, 1, NAN, NAN, NAN, INFINITY};
    expect(&config, DCAT_ERR_RANGE, "unit 5: tariff must be finite and > 0, or 0");
    more[5] = (dcat_unit){3, P100, 1, NAN, NAN, 0.0, 0.0};
    expect(&config, DCAT_ERR_RANGE,
           "unit 5: must have an energy or a time cost > 0, of its own, of its device or of the "
           "market");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resources_effective_speed_is_count_times_speed_times_efficiency),
        cmocka_unit_test(test_resources_tariffs_are_public),
        cmocka_unit_test(test_resources_say_what_a_unit_is),
        cmocka_unit_test(test_resources_barred_servers_are_in_no_team),
        cmocka_unit_test(test_resources_features_must_all_be_there),
        cmocka_unit_test(test_resources_of_table_one_are_exact),
        cmocka_unit_test(test_resources_team_is_who_can),
        cmocka_unit_test(test_resources_pools_have_names),
        cmocka_unit_test(test_resources_name_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
