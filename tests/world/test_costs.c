// SPDX-License-Identifier: Apache-2.0
// Costs that are drawn beside eq. (8), and tariffs.

#include "dcat/x/world_facts.h"
#include "support.h"
#include <math.h>
#include <string.h>

// Costs are within the noise of the market's, the other draws stay, and a given tariff too.
static void test_drawn_costs_leave_the_rest_and_the_tariffs_alone(void **fixture)
{
    (void)fixture;
    enum { COUNT = 200 };
    const dcat_market_config prices = {.energy_cost = 1e-28, .time_cost_per_s = 20.0};
    dcat_server plain[COUNT], noisy[COUNT];
    dcat_draw_servers(3, 1e6, (dcat_range){200e9, 300e9}, 100, plain, COUNT);
    memcpy(noisy, plain, sizeof noisy);
    dcat_draw_costs(3, &prices, 0.0, noisy, COUNT);
    assert_memory_equal(noisy, plain, sizeof noisy);
    dcat_draw_costs(3, &prices, 0.2, noisy, COUNT);
    double mean = 0.0, least = INFINITY, most = 0.0;
    for (size_t i = 0; i < COUNT; i++) {
        double factor = noisy[i].time_cost_per_s / 20.0;
        assert_true(noisy[i].site.x == plain[i].site.x && noisy[i].speed_hz == plain[i].speed_hz);
        assert_near(noisy[i].energy_cost / 1e-28, factor, 1e-15);
        mean += factor / COUNT;
        least = fmin(least, factor);
        most = fmax(most, factor);
    }
    assert_true(least >= 0.8 && least < 0.81 && most <= 1.2 && most > 1.19);
    assert_true(fabs(mean - 1.0) < 5.0 * 0.4 / sqrt(12.0 * COUNT));
    // Without a tariff it is eq. (8) at the market's costs: 1e-28 (2.5e9)^2 + 20 / 250e9.
    dcat_server servers[] = {noisy[0], noisy[1]};
    servers[0].speed_hz = 250e9;
    servers[1].tariff_per_cycle = 3e-10;
    dcat_area area = {.site = {0.0, 0.0}};
    dcat_world_config config = dcat_world_config_default();
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, servers, 2, &area, 1, 1, &world, NULL), DCAT_OK);
    const dcat_member *members = dcat_world_members_view(world);
    assert_near(members[0].tariff * 1e9, 0.625 + 0.08, 1e-14);
    assert_true(members[0].unit_cost == dcat_world_unit_cost_view(world)[0]);
    assert_true(members[0].unit_cost != members[0].tariff);
    assert_true(members[1].tariff == 3e-10);
    dcat_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn_costs_leave_the_rest_and_the_tariffs_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
