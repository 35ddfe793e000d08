// SPDX-License-Identifier: Apache-2.0
// Which servers are too dear for the public ceiling, by hand.

#include "dcat/auction.h"
#include "dcat/world.h"
#include "support.h"
#include <math.h>

enum { S = 4 };

// Without energy cost a cycle costs time_cost_per_s / speed. All have 250 GHz, so time costs of
// 250, 450, 451 and 900 are 1, 1.8, 1.804 and 3.6 a giga-cycle; the ceiling is 1.8.
static dcat_world *world_of(const dcat_world_config *config, const double *tariff)
{
    static const double time_cost_per_s[S] = {250.0, 450.0, 451.0, 900.0};
    dcat_server servers[S];
    for (int i = 0; i < S; i++) {
        servers[i] = (dcat_server){.site = {1e3 * i, 0.0},
                                   .speed_hz = 250e9,
                                   .core_count = 100,
                                   .energy_cost = 0.0,
                                   .time_cost_per_s = time_cost_per_s[i],
                                   .tariff_per_cycle = tariff != NULL ? tariff[i] : 0.0};
    }
    const dcat_area area = {.site = {0.0, 0.0}};
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_world_create(config, servers, S, &area, 1, 1, &world, &err) != DCAT_OK) {
        fail_msg("world: %s", err.message);
    }
    return world;
}

static dcat_world_config under_ceiling(void)
{
    dcat_world_config config = dcat_world_config_default();
    config.auction.ceiling_per_cycle = 1.8e-9;
    return config;
}

static void assert_dear(const dcat_world_config *config, const double *tariff, const char *auction,
                        const char *expected)
{
    dcat_world *world = world_of(config, tariff);
    const uint8_t *dear = dcat_world_dear_view(world, dcat_auction_find(auction));
    for (int i = 0; i < S && expected != NULL; i++) {
        assert_non_null(dear);
        assert_int_equal(dear[i], expected[i] == 'd');
    }
    assert_true(expected != NULL || dear == NULL);
    dcat_world_destroy(world);
}

static void test_dear_is_who_costs_more_than_the_ceiling(void **fixture)
{
    (void)fixture;
    dcat_world_config config = under_ceiling();
    assert_true(config.dear_alone); // by default
    assert_dear(&config, NULL, "rea-s", "..dd");
    assert_dear(&config, NULL, "vickrey", "..dd");
    assert_dear(&config, NULL, "posted", "..dd");
    assert_dear(&config, NULL, "rea", NULL); // no ceiling there
    assert_dear(&config, NULL, "one-off", NULL);
    dcat_world *world = world_of(&config, NULL);
    assert_null(dcat_world_dear_view(world, NULL));
    dcat_world_destroy(world);
    config.dear_alone = false;
    assert_dear(&config, NULL, "rea-s", NULL);
    config = under_ceiling();
    config.auction.ceiling_per_cycle = 4e-9; // above all
    assert_dear(&config, NULL, "rea-s", NULL);
    config.auction.ceiling_per_cycle = INFINITY; // there is none
    assert_dear(&config, NULL, "rea-s", NULL);
}

static void test_dear_is_who_costs_more_than_its_own_start_price(void **fixture)
{
    (void)fixture;
    // Twice its tariff is 1, 2, 4, 8 for costs of 1, 1.8, 1.804, 3.6; then the second refuses 1.5.
    const double twice[S] = {0.5e-9, 1e-9, 2e-9, 4e-9};
    const double less[S] = {0.5e-9, 0.75e-9, 2e-9, 4e-9};
    dcat_world_config config = under_ceiling();
    config.auction.ceiling_per_cycle = 10e-9;
    config.auction.tariff_ceiling = 2.0;
    assert_dear(&config, twice, "rea-s", NULL);
    assert_dear(&config, less, "rea-s", ".d..");
}

static void test_dear_under_tariffs_is_who_refuses_in_the_cheapest_company(void **fixture)
{
    (void)fixture;
    // Ratios of cost to tariff are 1, 1, 1, 3.6. Beside tariffs of 1 the limit is the ratio: the
    // third costs more than the ceiling and may work all the same; the fourth asks for 3.6.
    const double tariff[S] = {1e-9, 1.8e-9, 1.804e-9, 1e-9};
    dcat_world_config config = under_ceiling();
    config.auction.share = dcat_share_find("tariff");
    assert_dear(&config, tariff, "rea-s", "...d");
    config.auction.opt_out = true; // then such members leave by themselves
    assert_dear(&config, tariff, "rea-s", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dear_is_who_costs_more_than_the_ceiling),
        cmocka_unit_test(test_dear_is_who_costs_more_than_its_own_start_price),
        cmocka_unit_test(test_dear_under_tariffs_is_who_refuses_in_the_cheapest_company),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
