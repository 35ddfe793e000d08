// SPDX-License-Identifier: Apache-2.0
// Where servers are: distances, positions, sites and owners that are drawn.

#include "dcat/x/model.h"
#include "dcat/x/world_facts.h"
#include "random_world.h"
#include <stdlib.h>
#include <string.h>

static const dcat_server good_server = {.site = {1e3, 2e3},
                                        .speed_hz = 250e9,
                                        .core_count = 100,
                                        .energy_cost = NAN,
                                        .time_cost_per_s = NAN};
static const dcat_area good_area = {.site = {0.0, 0.0}};

static void test_distance_on_the_plane_is_euclidean(void **fixture)
{
    (void)fixture;
    const dcat_site a = {0.0, 0.0}, b = {30e3, 40e3};
    assert_near(dcat_distance_m(DCAT_PLANE, a, b), 50e3, 1e-15);
    assert_near(dcat_distance_m(DCAT_PLANE, b, b), 0.0, 0.0);
}

static void test_distance_on_the_earth_is_geodesic(void **fixture)
{
    (void)fixture;
    // Printed by PROJ 9.1.1: geod -I +ellps=WGS84. Sites are longitude, latitude.
    const struct {
        dcat_site a, b;
        double expected_m;
    } cases[] = {
        {{0.0, 0.0}, {1.0, 0.0}, 111319.490793},                    // a degree of the equator
        {{0.0, 0.0}, {0.0, 90.0}, 10001965.729313},                 // a quarter of a meridian
        {{116.4074, 39.9042}, {121.4737, 31.2304}, 1065846.489453}, // Beijing, Shanghai
        {{179.5, 10.0}, {-179.5, 10.0}, 109639.322105},             // across the date line
        // Flinders Peak and Buninyong, the survey stations on which such formulas are tried.
        {{144.42486788888888, -37.95103341666667},
         {143.92649552777777, -37.65282113888889},
         54972.271139},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_near(dcat_distance_m(DCAT_GEO, cases[i].a, cases[i].b), cases[i].expected_m, 1e-11);
        assert_near(dcat_distance_m(DCAT_GEO, cases[i].b, cases[i].a), cases[i].expected_m, 1e-11);
    }
}

static void test_world_distances_are_those_of_the_sites(void **fixture)
{
    (void)fixture;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        market m = market_create(seed);
        const dcat_server *servers = dcat_world_servers_view(m.world);
        dcat_geometry geometry = dcat_world_config_view(m.world)->geometry;
        int S = (int)dcat_world_server_count(m.world);
        for (int i = 0; i < S; i++) {
            assert_near(dcat_world_distance_m(m.world, i, i), 0.0, 0.0);
            for (int j = 0; j < i; j++) {
                double expected_m = dcat_distance_m(geometry, servers[i].site, servers[j].site);
                assert_near(dcat_world_distance_m(m.world, i, j), expected_m, 0.0);
                assert_near(dcat_world_distance_m(m.world, j, i), expected_m, 0.0);
            }
        }
        market_destroy(&m);
    }
}

static void test_positions_are_in_metres(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    dcat_world *world = NULL;
    double position[3];
    assert_int_equal(dcat_world_create(&config, &good_server, 1, &good_area, 1, 1, &world, NULL),
                     DCAT_OK);
    dcat_world_position_m(world, 0, position);
    assert_near(position[0], 1e3, 0.0);
    assert_near(position[1], 2e3, 0.0);
    assert_near(position[2], 0.0, 0.0);
    dcat_world_destroy(world);

    // Longitude 90 on the equator is the y axis; the pole is the z axis. Mean radius 6371.0088 km.
    config.geometry = DCAT_GEO;
    dcat_server servers[] = {good_server, good_server};
    servers[0].site = (dcat_site){90.0, 0.0};
    servers[1].site = (dcat_site){17.0, 90.0};
    assert_int_equal(dcat_world_create(&config, servers, 2, &good_area, 1, 1, &world, NULL),
                     DCAT_OK);
    dcat_world_position_m(world, 0, position);
    assert_true(fabs(position[0]) < 1e-6 && fabs(position[1] - 6371008.8) < 1e-6 &&
                fabs(position[2]) < 1e-6);
    dcat_world_position_m(world, 1, position);
    assert_true(fabs(position[0]) < 1e-6 && fabs(position[1]) < 1e-6 &&
                fabs(position[2] - 6371008.8) < 1e-6);
    dcat_world_destroy(world);
}

static void test_drawn_sites_do_not_depend_on_their_number(void **fixture)
{
    (void)fixture;
    enum { MANY = 200, FEW = 7 };
    const dcat_range speed_hz = {200e9, 300e9};
    dcat_server many[MANY], few[FEW];
    dcat_area areas[MANY], few_areas[FEW];
    dcat_draw_servers(3, 1e6, speed_hz, 100, many, MANY);
    dcat_draw_servers(3, 1e6, speed_hz, 100, few, FEW);
    dcat_draw_areas(3, 1e6, areas, MANY);
    dcat_draw_areas(3, 1e6, few_areas, FEW);
    double mean_x = 0.0, mean_speed_hz = 0.0;
    for (size_t i = 0; i < MANY; i++) {
        assert_true(many[i].site.x >= 0.0 && many[i].site.x < 1e6);
        assert_true(many[i].site.y >= 0.0 && many[i].site.y < 1e6);
        assert_true(many[i].speed_hz >= 200e9 && many[i].speed_hz <= 300e9);
        assert_int_equal(many[i].core_count, 100);
        assert_true(isnan(many[i].energy_cost) && isnan(many[i].time_cost_per_s));
        assert_true(many[i].site.x != areas[i].site.x); // servers and areas share no draws
        mean_x += many[i].site.x / MANY;
        mean_speed_hz += many[i].speed_hz / MANY;
        if (i < FEW) {
            assert_true(many[i].site.x == few[i].site.x && many[i].site.y == few[i].site.y);
            assert_true(many[i].speed_hz == few[i].speed_hz);
            assert_true(areas[i].site.x == few_areas[i].site.x);
        }
    }
    // Five standard errors: width / sqrt(12 n).
    assert_true(fabs(mean_x - 5e5) < 5.0 * 1e6 / sqrt(12.0 * MANY));
    assert_true(fabs(mean_speed_hz - 250e9) < 5.0 * 100e9 / sqrt(12.0 * MANY));
    dcat_server other[FEW];
    dcat_draw_servers(4, 1e6, speed_hz, 100, other, FEW);
    assert_true(other[0].site.x != few[0].site.x);
}

// Everything else stays as it was, and the owner of a server does not depend on how many there are.
static void test_drawn_owners_change_nothing_else(void **fixture)
{
    (void)fixture;
    enum { MANY = 400, FEW = 7, OWNERS = 8 };
    const dcat_range speed_hz = {200e9, 300e9};
    dcat_server many[MANY], few[FEW], plain[MANY];
    size_t count[OWNERS + 1] = {0};
    dcat_draw_servers(3, 1e6, speed_hz, 100, many, MANY);
    dcat_draw_servers(3, 1e6, speed_hz, 100, few, FEW);
    memcpy(plain, many, sizeof many);
    dcat_draw_owners(3, OWNERS, many, MANY);
    dcat_draw_owners(3, OWNERS, few, FEW);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(plain[i].owner, DCAT_NO_OWNER);
        assert_true(many[i].owner >= 1 && many[i].owner <= OWNERS);
        assert_true(i >= FEW || many[i].owner == few[i].owner);
        count[many[i].owner]++;
        many[i].owner = DCAT_NO_OWNER;
    }
    assert_memory_equal(plain, many, sizeof many);
    for (size_t o = 1; o <= OWNERS; o++) { // 50 each, give or take 5 standard deviations
        assert_true(count[o] > 16 && count[o] < 84);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance_on_the_plane_is_euclidean),
        cmocka_unit_test(test_distance_on_the_earth_is_geodesic),
        cmocka_unit_test(test_world_distances_are_those_of_the_sites),
        cmocka_unit_test(test_positions_are_in_metres),
        cmocka_unit_test(test_drawn_sites_do_not_depend_on_their_number),
        cmocka_unit_test(test_drawn_owners_change_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
