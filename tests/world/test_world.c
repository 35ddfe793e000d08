// SPDX-License-Identifier: Apache-2.0
// Worlds: what is refused and by which name, who owns what.

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

// --- settings

// A field of the config, a value it must not have, and the name under which it is refused.
typedef struct bad_field {
    size_t offset;
    enum { DOUBLE, INT } type;
    double value;
    const char *name;
} bad_field;

#define FIELD(field) offsetof(dcat_world_config, field)

// In declaration order, so that the first wrong one can be told.
static const bad_field bad_fields[] = {
    {FIELD(geometry), INT, 2, "geometry"},
    {FIELD(span_m_max), DOUBLE, -1.0, "clustering.span_max_km"},
    {FIELD(slot_s), DOUBLE, 0.0, "time.slot_s"},
    {FIELD(slots_per_cycle), INT, 0, "time.slots_per_cycle"},
    {FIELD(market.price_per_gigacycle), DOUBLE, 0.0, "market.price_per_gigacycle"},
    {FIELD(market.urgency_s), DOUBLE, -0.1, "market.urgency_s"},
    {FIELD(market.energy_cost), DOUBLE, -1e-28, "market.energy_cost_per_cycle_hz2"},
    {FIELD(market.time_cost_per_s), DOUBLE, -1.0, "market.time_cost_per_s"},
    {FIELD(market.task_order), INT, 2, "market.task_order"},
    {FIELD(market.queue), INT, 2, "market.queue"},
    {FIELD(market.handicap_per_gigacycle_s), DOUBLE, -0.1, "market.handicap_per_gigacycle_s"},
    {FIELD(auction.rea_decrement), DOUBLE, 1.0, "auction.rea.decrement"},
    {FIELD(auction.rea_round_max), INT, -1, "auction.rea.round_max"},
    {FIELD(auction.rea_all_left), INT, 2, "auction.rea.all_left"},
    {FIELD(auction.rea_round_end), INT, -1, "auction.rea.round_end"},
    {FIELD(auction.one_off_offer), DOUBLE, 2.0, "auction.one_off.offer_of_fee"},
    {FIELD(auction.rea_s_decrement), DOUBLE, 0.0, "auction.rea_s.decrement"},
    {FIELD(auction.ceiling_per_cycle), DOUBLE, -1.0, "market.ceiling_per_gigacycle"},
    {FIELD(network.kind), INT, 2, "network.kind"},
    {FIELD(network.rate_bps.min), DOUBLE, 0.0, "network.link_mbps"},
    {FIELD(network.signal_speed_mps), DOUBLE, 0.0, "network.signal_speed_mps"},
    {FIELD(network.reference_bits), DOUBLE, -1.0, "network.reference_data_mb"},
    {FIELD(network.hop_m), DOUBLE, 0.0, "network.hops.hop_km"},
    {FIELD(network.hop_max), INT, 0, "network.hops.hop_max"},
    {FIELD(kmeans_cluster_count), INT, -1, "clustering.kmeans.cluster_count"},
    {FIELD(kmeans_start), INT, 2, "clustering.kmeans.start"},
    {FIELD(anneal.iteration_max), INT, 0, "clustering.anneal.iteration_max"},
    {FIELD(anneal.recluster_every), INT, 0, "clustering.anneal.recluster_every"},
    {FIELD(anneal.temperature), DOUBLE, 0.0, "clustering.anneal.temperature"},
};
enum { BAD_FIELD_COUNT = sizeof bad_fields / sizeof bad_fields[0] };

static void put(dcat_world_config *config, const bad_field *field, double value)
{
    int number = (int)value;
    const void *bytes = field->type == INT ? (const void *)&number : (const void *)&value;
    memcpy((char *)config + field->offset, bytes,
           field->type == INT ? sizeof number : sizeof value);
}

static void assert_config_refused(const dcat_world_config *config, const char *name)
{
    dcat_error err = {0};
    assert_int_equal(dcat_world_config_check(config, &err), DCAT_ERR_RANGE);
    assert_int_equal(err.status, DCAT_ERR_RANGE);
    if (strncmp(err.message, name, strlen(name)) != 0) {
        fail_msg("'%s' does not begin with %s", err.message, name);
    }
    dcat_world *world = (dcat_world *)&err; // must stay as it is
    assert_int_equal(dcat_world_create(config, &good_server, 1, &good_area, 1, 1, &world, NULL),
                     DCAT_ERR_RANGE);
    assert_ptr_equal(world, (dcat_world *)&err);
}

static void test_config_check_names_each_wrong_field(void **fixture)
{
    (void)fixture;
    const dcat_world_config good = dcat_world_config_default();
    assert_int_equal(dcat_world_config_check(&good, NULL), DCAT_OK);
    for (size_t i = 0; i < BAD_FIELD_COUNT; i++) {
        dcat_world_config config = good;
        put(&config, &bad_fields[i], bad_fields[i].value);
        assert_config_refused(&config, bad_fields[i].name);
    }
    const dcat_world_config zero = {0}, sized = {DCAT_SIZED(dcat_world_config)};
    assert_int_equal(dcat_world_config_check(&zero, NULL), DCAT_ERR_RANGE);
    assert_int_equal(dcat_world_config_check(&sized, NULL), DCAT_ERR_RANGE);
}

static void test_config_check_names_the_first_wrong_field(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    for (size_t i = BAD_FIELD_COUNT; i-- > 0;) { // the last ones are wrong already
        put(&config, &bad_fields[i], bad_fields[i].value);
        assert_config_refused(&config, bad_fields[i].name);
    }
}

static void test_config_check_refuses_what_is_not_finite(void **fixture)
{
    (void)fixture;
    for (size_t i = 0; i < BAD_FIELD_COUNT; i++) {
        if (bad_fields[i].type == DOUBLE) {
            dcat_world_config config = dcat_world_config_default();
            put(&config, &bad_fields[i], NAN);
            assert_config_refused(&config, bad_fields[i].name);
            config = dcat_world_config_default();
            put(&config, &bad_fields[i], INFINITY);
            if (bad_fields[i].offset != FIELD(auction.ceiling_per_cycle)) { // INFINITY: none
                assert_config_refused(&config, bad_fields[i].name);
            }
        }
    }
}

static void test_config_check_accepts_the_ends_of_ranges(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    config.span_m_max = 0.0;
    config.slots_per_cycle = 1;
    config.market.urgency_s = 0.0;
    config.market.energy_cost = 0.0;
    config.market.task_order = DCAT_ORDER_URGENCY;
    config.network.reference_bits = 0.0;
    config.network.hop_max = 1;
    config.network.rate_bps = (dcat_range){1e8, 1e8};
    config.anneal.iteration_max = 1;
    assert_int_equal(dcat_world_config_check(&config, NULL), DCAT_OK);
    config.network.rate_bps = (dcat_range){2e8, 1e8};
    assert_config_refused(&config, "network.link_mbps");
    config.network.rate_bps = (dcat_range){1e8, INFINITY};
    assert_config_refused(&config, "network.link_mbps");
}

static dcat_world_config graph_config(const dcat_site *nodes, size_t node_count,
                                      const dcat_link *links, size_t link_count)
{
    dcat_world_config config = dcat_world_config_default();
    config.network.kind = DCAT_NETWORK_GRAPH;
    config.network.nodes = nodes;
    config.network.node_count = node_count;
    config.network.links = links;
    config.network.link_count = link_count;
    return config;
}

static void test_graph_needs_nodes_and_access_rates(void **fixture)
{
    (void)fixture;
    const dcat_site node = {0.0, 0.0};
    dcat_world_config config = graph_config(&node, 1, NULL, 0);
    assert_int_equal(dcat_world_config_check(&config, NULL), DCAT_OK);
    config.network.hop_max = 0; // of the other kind of network: not looked at
    assert_int_equal(dcat_world_config_check(&config, NULL), DCAT_OK);
    config.network.access_bps.min = -1.0;
    assert_config_refused(&config, "network.access_mbps");
    config = graph_config(NULL, 0, NULL, 0);
    assert_config_refused(&config, "network.graph needs at least one node");
}

// --- servers, areas, nodes, links

static void assert_refused(const dcat_world_config *config, const dcat_server *server,
                           const dcat_area *area, dcat_status status, const char *words)
{
    dcat_error err = {0};
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(config, server, 1, area, 1, 1, &world, &err), status);
    assert_null(world);
    if (strstr(err.message, words) == NULL) {
        fail_msg("'%s' does not say '%s'", err.message, words);
    }
}

static void test_bad_servers_are_refused_by_field(void **fixture)
{
    (void)fixture;
    const dcat_world_config config = dcat_world_config_default();
    const struct {
        dcat_server server;
        const char *words;
    } cases[] = {
        {{.speed_hz = 0.0, .core_count = 1}, "server 0: speed must be > 0 GHz"},
        {{.speed_hz = -1e9, .core_count = 1}, "got -1"},
        {{.speed_hz = NAN, .core_count = 1}, "server 0: speed"},
        {{.speed_hz = INFINITY, .core_count = 1}, "server 0: speed"},
        {{.speed_hz = 1e9, .core_count = 0}, "server 0: cores must be >= 1, got 0"},
        {{.speed_hz = 1e9, .core_count = 1, .energy_cost = -1.0}, "server 0: costs"},
        {{.speed_hz = 1e9, .core_count = 1, .time_cost_per_s = INFINITY}, "server 0: costs"},
        {{.speed_hz = 1e9, .core_count = 1, .energy_cost = INFINITY}, "server 0: costs"},
        {{.speed_hz = 1e9, .core_count = 1, .owner = -1},
         "server 0: owner must be in [0, 1], the number of servers, got -1"},
        {{.speed_hz = 1e9, .core_count = 1, .owner = 2}, "server 0: owner"},
        {{.speed_hz = 1e9, .core_count = 1, .tariff_per_cycle = -1e-9},
         "server 0: tariff must be > 0"},
        {{.speed_hz = 1e9, .core_count = 1, .tariff_per_cycle = INFINITY}, "server 0: tariff"},
        {{.speed_hz = 1e9, .core_count = 1, .site = {NAN, 0.0}}, "server 0: position"},
        {{.speed_hz = 1e9, .core_count = 1, .site = {0.0, INFINITY}}, "server 0: position"},
        {{.speed_hz = 1e9, .core_count = 1}, "its cost per cycle (8)"}, // both costs are 0
        {{.speed_hz = 1e300, .core_count = 1, .energy_cost = 1.0}, "its cost per cycle (8)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_refused(&config, &cases[i].server, &good_area, DCAT_ERR_RANGE, cases[i].words);
    }
    dcat_server two[] = {good_server, good_server};
    two[1].speed_hz = 0.0;
    dcat_error err = {0};
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, two, 2, &good_area, 1, 1, &world, &err),
                     DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "server 1:"));
}

static void test_sites_off_the_globe_are_refused(void **fixture)
{
    (void)fixture;
    dcat_world_config config = dcat_world_config_default();
    config.geometry = DCAT_GEO;
    const dcat_site bad[] = {{180.1, 0.0}, {-180.1, 0.0}, {0.0, 90.1}, {0.0, -90.1}};
    for (size_t i = 0; i < 4; i++) {
        dcat_server server = good_server;
        server.site = bad[i];
        assert_refused(&config, &server, &good_area, DCAT_ERR_RANGE, "server 0: longitude");
        server.site = (dcat_site){180.0, -90.0};
        const dcat_area area = {.site = bad[i]};
        assert_refused(&config, &server, &area, DCAT_ERR_RANGE, "area 0: longitude");
    }
}

static void test_empty_worlds_are_refused(void **fixture)
{
    (void)fixture;
    const dcat_world_config config = dcat_world_config_default();
    dcat_error err = {0};
    dcat_world *world = NULL;
    const size_t counts[][2] = {
        {0, 1}, {1, 0}, {((size_t)1 << 28) + 1, 1}, {1, ((size_t)1 << 28) + 1}};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(dcat_world_create(&config, &good_server, counts[i][0], &good_area,
                                           counts[i][1], 1, &world, &err),
                         DCAT_ERR_RANGE);
        assert_non_null(strstr(err.message, "1 to 2^28 servers and areas"));
    }
}

static void test_bad_nodes_and_links_are_refused(void **fixture)
{
    (void)fixture;
    dcat_site nodes[] = {{0.0, 0.0}, {1e5, 0.0}};
    const struct {
        dcat_link link;
        dcat_status status;
        const char *words;
    } cases[] = {
        {{-1, 1, 1.0, 1e8}, DCAT_ERR_REFERENCE, "link 0: node -1 does not exist, there are 2"},
        {{0, 2, 1.0, 1e8}, DCAT_ERR_REFERENCE, "link 0: node 2 does not exist"},
        {{0, 1, -1.0, 1e8}, DCAT_ERR_RANGE, "link 0: length must be >= 0 km"},
        {{0, 1, INFINITY, 1e8}, DCAT_ERR_RANGE, "link 0: length"},
        {{0, 1, 1.0, 0.0}, DCAT_ERR_RANGE, "link 0: rate must be > 0 Mb/s"},
        {{0, 1, 1.0, -1e8}, DCAT_ERR_RANGE, "link 0: rate"},
        {{0, 1, 1.0, INFINITY}, DCAT_ERR_RANGE, "link 0: rate"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const dcat_world_config config = graph_config(nodes, 2, &cases[i].link, 1);
        assert_refused(&config, &good_server, &good_area, cases[i].status, cases[i].words);
    }
    const dcat_link link = {0, 1, NAN, NAN};
    dcat_world_config config = graph_config(nodes, 2, &link, 1);
    dcat_server server = good_server;
    server.node = 2;
    assert_refused(&config, &server, &good_area, DCAT_ERR_REFERENCE, "server 0: node 2");
    const dcat_area area = {.node = -1};
    assert_refused(&config, &good_server, &area, DCAT_ERR_REFERENCE, "area 0: node -1");
    nodes[1].x = NAN;
    assert_refused(&config, &good_server, &good_area, DCAT_ERR_RANGE, "node 1: position");
}

// --- ownership and views

static void test_world_copies_its_inputs(void **fixture)
{
    (void)fixture;
    dcat_site *nodes = calloc(2, sizeof *nodes);
    dcat_link *links = calloc(1, sizeof *links);
    dcat_server *servers = calloc(2, sizeof *servers);
    dcat_area *areas = calloc(1, sizeof *areas);
    dcat_world_config *config = calloc(1, sizeof *config);
    nodes[1] = (dcat_site){30e3, 40e3}; // 50 km away
    links[0] = (dcat_link){0, 1, NAN, NAN};
    servers[0] = servers[1] = good_server;
    servers[1].node = 1;
    servers[1].site = nodes[1];
    servers[1].time_cost_per_s = 7.0; // its own
    *config = graph_config(nodes, 2, links, 1);
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(config, servers, 2, areas, 1, 5, &world, NULL), DCAT_OK);
    memset(nodes, 0xff, 2 * sizeof *nodes);
    memset(links, 0xff, sizeof *links);
    memset(servers, 0xff, 2 * sizeof *servers);
    memset(areas, 0xff, sizeof *areas);
    memset(config, 0xff, sizeof *config);
    free(nodes);
    free(links);
    free(servers);
    free(areas);
    free(config);

    const dcat_world_config *kept = dcat_world_config_view(world);
    assert_near(kept->network.nodes[1].y, 40e3, 0.0);
    assert_near(kept->network.links[0].length_m, 50e3, 1e-15); // NAN became the distance
    assert_int_equal(dcat_world_server_count(world), 2);
    assert_int_equal(dcat_world_area_count(world), 1);
    assert_true(dcat_world_seed(world) == 5);
    const dcat_server *kept_servers = dcat_world_servers_view(world);
    assert_near(kept_servers[0].time_cost_per_s, 20.0, 0.0); // the market's filled in
    assert_near(kept_servers[1].time_cost_per_s, 7.0, 0.0);
    assert_near(kept_servers[1].energy_cost, 1e-28, 0.0);
    assert_int_equal(dcat_world_areas_view(world)[0].node, 0);
    const double *unit_cost = dcat_world_unit_cost_view(world);
    assert_near(unit_cost[0] * 1e9, dcat_unit_cost(1e-28, 20.0, 250e9, 100) * 1e9, 0.0);
    assert_near(unit_cost[1] * 1e9, dcat_unit_cost(1e-28, 7.0, 250e9, 100) * 1e9, 0.0);
    double rate = dcat_world_link_rate_view(world)[0];
    assert_true(rate >= 100e6 && rate <= 500e6);
    dcat_world_destroy(world);
    dcat_world_destroy(NULL);
}

static void test_hops_network_ignores_a_graph_that_came_along(void **fixture)
{
    (void)fixture;
    const dcat_site node = {0.0, 0.0};
    const dcat_link link = {5, 9, -1.0, -1.0};
    dcat_world_config config = graph_config(&node, 1, &link, 1);
    config.network.kind = DCAT_NETWORK_HOPS;
    dcat_world *world = NULL;
    assert_int_equal(dcat_world_create(&config, &good_server, 1, &good_area, 1, 5, &world, NULL),
                     DCAT_OK);
    assert_int_equal(dcat_world_config_view(world)->network.node_count, 0);
    assert_int_equal(dcat_world_config_view(world)->network.link_count, 0);
    assert_null(dcat_world_link_rate_view(world));
    dcat_world_destroy(world);
}

static void test_wrong_delays_between_zones_are_refused(void **fixture)
{
    (void)fixture;
    double delay_s[] = {0.001, 0.002, NAN, 0.0};
    int32_t area_zone[] = {1}, server_zone[] = {0};
    dcat_world_config config = dcat_world_config_default();
    config.network.latency_s = delay_s;
    config.network.zone_count = 2;
    config.network.area_zone = area_zone;
    config.network.server_zone = server_zone;
    const dcat_server server = {
        .speed_hz = 250e9, .core_count = 100, .energy_cost = NAN, .time_cost_per_s = NAN};
    const dcat_area area = {.site = {3e5, 0.0}};
    dcat_world *world = NULL;
    dcat_error err = {0};
    // Zone 1 to zone 0 is not said: by distance.
    assert_int_equal(dcat_world_create(&config, &server, 1, &area, 1, 1, &world, &err), DCAT_OK);
    assert_near(dcat_world_path(world, 0, 0).propagation_s, 0.001, 1e-15);
    assert_null(dcat_world_config_view(world)->network.latency_s);
    dcat_world_destroy(world);
    server_zone[0] = 2;
    assert_int_equal(dcat_world_create(&config, &server, 1, &area, 1, 1, &world, &err),
                     DCAT_ERR_REFERENCE);
    assert_string_equal(err.message, "server 0: zone 2 does not exist, there are 2");
    server_zone[0] = 0;
    area_zone[0] = -2;
    assert_int_equal(dcat_world_create(&config, &server, 1, &area, 1, 1, &world, &err),
                     DCAT_ERR_REFERENCE);
    assert_string_equal(err.message, "area 0: zone -2 does not exist, there are 2");
    area_zone[0] = 1;
    delay_s[3] = -1.0;
    assert_int_equal(dcat_world_create(&config, &server, 1, &area, 1, 1, &world, &err),
                     DCAT_ERR_RANGE);
    assert_string_equal(err.message,
                        "the delay from zone 1 to zone 1 must be finite and >= 0, got -1");
    delay_s[3] = 0.0;
    config.network.reach_s = 3.0;
    config.network.reach_bits = 1e6;
    assert_int_equal(dcat_world_create(&config, &server, 1, &area, 1, 1, &world, &err),
                     DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "no bound on reach"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_delays_between_zones_are_refused),
        cmocka_unit_test(test_config_check_names_each_wrong_field),
        cmocka_unit_test(test_config_check_names_the_first_wrong_field),
        cmocka_unit_test(test_config_check_refuses_what_is_not_finite),
        cmocka_unit_test(test_config_check_accepts_the_ends_of_ranges),
        cmocka_unit_test(test_graph_needs_nodes_and_access_rates),
        cmocka_unit_test(test_bad_servers_are_refused_by_field),
        cmocka_unit_test(test_sites_off_the_globe_are_refused),
        cmocka_unit_test(test_empty_worlds_are_refused),
        cmocka_unit_test(test_bad_nodes_and_links_are_refused),
        cmocka_unit_test(test_world_copies_its_inputs),
        cmocka_unit_test(test_hops_network_ignores_a_graph_that_came_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
