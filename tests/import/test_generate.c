// SPDX-License-Identifier: Apache-2.0
// Synthetic countries: complete, connected, the same for the same seed; and reach-bounded worlds.

#include "dcat/run.h"
#include "dcat/x/file.h"
#include "dcat/x/scenario.h"
#include "dcat/x/world_facts.h"
#include "import/generate.h"
#include "support.h"
#include "world/world.h"

#include <stdlib.h>
#include <string.h>

static generate_country make(generate_config config)
{
    generate_country country;
    dcat_error err = {0};
    if (generate_country_make(&config, &country, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return country;
}

static void expect_refused(generate_config config, const char *message)
{
    generate_country country;
    dcat_error err = {0};
    assert_int_equal(generate_country_make(&config, &country, &err), DCAT_ERR_RANGE);
    assert_string_equal(err.message, message);
    generate_country_free(&country);
}

static void test_defaults_follow_the_servers(void **fixture)
{
    (void)fixture;
    // servers, then areas = max(5, servers / 20), cities = max(5, areas / 2), side = 100
    // sqrt(cities)
    static const struct {
        size_t servers, areas, cities;
        double side_km;
    } cases[] = {
        {1, 5, 1, 100.0},
        {20, 5, 5, 224.0},      // 100 sqrt(5) = 223.6
        {200, 10, 5, 224.0},    //
        {2000, 100, 50, 707.0}, // 100 sqrt(50) = 707.1
        {100000, 5000, 2500, 5000.0},
        {1000000, 50000, 25000, 15000.0}, // the side is limited
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        generate_config c = {.server_count = cases[i].servers};
        dcat_error err = {0};
        assert_int_equal(generate_config_complete(&c, &err), DCAT_OK);
        assert_int_equal(c.area_count, cases[i].areas);
        assert_int_equal(c.city_count, cases[i].cities);
        assert_near(c.side_km, cases[i].side_km, 0.0);
    }
}

static void test_impossible_countries_are_refused(void **fixture)
{
    (void)fixture;
    expect_refused((generate_config){.server_count = 0}, "servers must be in [1, 1000000], got 0");
    expect_refused((generate_config){.server_count = 9, .area_count = 100001},
                   "areas must be in [1, 100000], got 100001");
    expect_refused((generate_config){.server_count = 9, .side_km = NAN},
                   "size-km must be in [1, 15000], got nan");
    expect_refused((generate_config){.server_count = 9, .area_count = 4, .city_count = 5},
                   "every city has a server and an area: cities must be at most 4, got 5");
}

static void test_every_city_has_its_part(void **fixture)
{
    (void)fixture;
    generate_country country = make((generate_config){.server_count = 3000, .seed = 7});
    const generate_config *c = &country.config;
    assert_int_equal(country.cities[0].server_first, 0);
    assert_int_equal(country.cities[c->city_count].server_first, 3000);
    assert_int_equal(country.cities[c->city_count].area_first, c->area_count);
    for (size_t i = 0; i < c->city_count; i++) {
        const generate_city *city = &country.cities[i], *next = &country.cities[i + 1];
        assert_true(next->server_first > city->server_first);
        assert_true(next->area_first > city->area_first);
        for (size_t s = city->server_first; s < next->server_first; s++) {
            const generate_server *server = &country.servers[s];
            assert_in_range(server->area, city->area_first, next->area_first - 1);
            assert_true(server->speed_ghz >= 200 && server->speed_ghz <= 300);
            assert_true(server->x_km >= 0.0 && server->x_km <= c->side_km);
            assert_true(server->y_km >= 0.0 && server->y_km <= c->side_km);
        }
    }
    generate_country_free(&country);
}

static void test_sizes_follow_the_law(void **fixture)
{
    (void)fixture;
    // 100 cities: the shift is 1, so sizes are as 1/2, 1/3, ... 1/101.
    generate_country country = make(
        (generate_config){.server_count = 100000, .area_count = 200, .city_count = 100, .seed = 1});
    double first = country.cities[0].size;
    assert_near(country.cities[1].size / first, 2.0 / 3.0, 1e-12);
    assert_near(country.cities[99].size / first, 2.0 / 101.0, 1e-12);
    // One server each and the other 99 900 by size, within the rounding of two sums.
    size_t servers = country.cities[1].server_first;
    assert_near((double)servers, 1.0 + 99900.0 * first, 1.0 / (double)servers);
    generate_country_free(&country);
}

// --- The backbone

static size_t root(size_t *parent, size_t i)
{
    while (parent[i] != i) {
        i = parent[i] = parent[parent[i]];
    }
    return i;
}

static double square_km(const generate_country *country, size_t a, size_t b)
{
    double x = country->cities[a].x_km - country->cities[b].x_km;
    double y = country->cities[a].y_km - country->cities[b].y_km;
    return x * x + y * y;
}

// The definition, written as it reads.
static bool are_neighbours(const generate_country *country, size_t a, size_t b)
{
    for (size_t k = 0; k < country->config.city_count; k++) {
        if (square_km(country, a, k) < square_km(country, a, b) &&
            square_km(country, b, k) < square_km(country, a, b)) {
            return false;
        }
    }
    return true;
}

static void test_the_backbone_is_the_relative_neighbourhood_graph_and_connects_all(void **fixture)
{
    (void)fixture;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        printf("seed %d\n", (int)seed);
        generate_country country = make((generate_config){
            .server_count = 300, .area_count = 300, .city_count = 60 * seed, .seed = seed});
        size_t city_count = country.config.city_count, link = 0;
        size_t parent[300], parts = city_count;
        for (size_t i = 0; i < city_count; i++) {
            parent[i] = i;
        }
        for (size_t a = 0; a < city_count; a++) {
            for (size_t b = a + 1; b < city_count; b++) {
                if (!are_neighbours(&country, a, b)) {
                    continue;
                }
                assert_true(link < country.link_count);
                assert_int_equal(country.links[link].city_a, a);
                assert_int_equal(country.links[link].city_b, b);
                link++;
                size_t root_a = root(parent, a), root_b = root(parent, b);
                parts -= root_a != root_b;
                parent[root_a] = root_b;
            }
        }
        assert_int_equal(link, country.link_count);
        assert_int_equal(parts, 1);
        generate_country_free(&country);
    }
}

// --- Demand

static void test_demand_has_days_and_weekends(void **fixture)
{
    (void)fixture;
    generate_country country = make((generate_config){.server_count = 2000, .seed = 3});
    double night = 0.0, noon = 0.0, weekday = 0.0, weekend = 0.0, all = 0.0;
    for (size_t a = 0; a < country.config.area_count; a++) {
        for (int hour = 0; hour < GENERATE_HOUR_COUNT; hour++) {
            weekday += (double)generate_demand(&country, a, 5, hour);
            weekend += (double)generate_demand(&country, a, 6, hour);
            all += (double)generate_demand(&country, a, 1, hour);
        }
        night += (double)generate_demand(&country, a, 1, 3);
        noon += (double)generate_demand(&country, a, 1, 11);
    }
    assert_true(noon > 2.0 * night);
    assert_true(weekend < weekday); // 0.6 at work and 1.15 at home are less than 1 and 1
    // The mean weight is about 100: a quarter of the tolerance is the areas' own spread.
    assert_near(all / (24.0 * (double)country.config.area_count), 100.0, 0.2);
    generate_country_free(&country);
}

// --- As a scenario

typedef struct written {
    char folder[200];
    char scenario[256];
    dcat_scenario *loaded;
} written;

static written write_and_load(generate_config config)
{
    written w = {0};
    const char *base = getenv("TMPDIR");
    snprintf(w.folder, sizeof w.folder, "%s/dcat-generate-XXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(w.folder)); // empty, so it may be replaced
    dcat_error err = {0};
    dcat_output *output = NULL;
    generate_country country = make(config);
    assert_int_equal(dcat_output_open(w.folder, true, &output, &err), DCAT_OK);
    assert_int_equal(generate_write(&country, output, &err), DCAT_OK);
    assert_int_equal(dcat_output_commit(output, &err), DCAT_OK);
    generate_country_free(&country);
    snprintf(w.scenario, sizeof w.scenario, "%s/scenario.yaml", w.folder);
    if (dcat_scenario_load(w.scenario, NULL, 0, &w.loaded, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return w;
}

static void remove_written(written *w)
{
    static const char *const names[] = {"scenario.yaml", "schema.json", "servers.csv",
                                        "areas.csv",     "nodes.csv",   "links.csv",
                                        "demand.csv",    "network.gml", "manifest.json"};
    dcat_scenario_destroy(w->loaded);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", w->folder, names[i]);
        assert_int_equal(remove(path), 0);
    }
    assert_int_equal(remove(w->folder), 0); // nothing else was written
}

static dcat_world *world_of(const written *w)
{
    dcat_world *world = NULL;
    dcat_error err = {0};
    if (dcat_scenario_world(w->loaded, 1, &world, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    return world;
}

static void test_small_worlds_have_a_path_from_everywhere(void **fixture)
{
    (void)fixture;
    written w = write_and_load((generate_config){.server_count = 40, .seed = 1});
    assert_int_equal(dcat_scenario_server_count(w.loaded), 40);
    assert_int_equal(dcat_scenario_area_count(w.loaded), 5);
    assert_int_equal(dcat_scenario_test_cycles(w.loaded).first, 240); // day 11
    assert_int_equal(dcat_scenario_test_cycles(w.loaded).count, 96);  // to day 14
    dcat_world *world = world_of(&w);
    assert_null(world->row_first);
    assert_near(dcat_world_config_view(world)->network.reach_s, 0.0, 0.0);
    for (int server = 0; server < 40; server++) { // 2 links in a district at least
        assert_true(dcat_world_path(world, 0, server).hop_count >= 2);
    }
    dcat_world_destroy(world);
    remove_written(&w);
}

static void test_worlds_of_more_than_2000_servers_keep_paths_in_reach_only(void **fixture)
{
    (void)fixture;
    for (size_t server_count = 2000; server_count <= 2001; server_count++) {
        written w = write_and_load((generate_config){
            .server_count = server_count, .area_count = 300, .city_count = 300, .seed = 1});
        dcat_world *world = world_of(&w);
        const dcat_network_config *network = &dcat_world_config_view(world)->network;
        bool large = server_count > 2000;
        assert_near(network->reach_s, large ? 3.0 : 0.0, 0.0);
        assert_near(network->reach_bits, large ? 60e6 : 0.0, 0.0);
        assert_near(network->reach_work_cycles, large ? 500e9 : 0.0, 0.0);
        if (large) { // far is out of reach, and every area reaches the servers of its city
            assert_true(world->row_first[300] < 300 * server_count / 2);
            for (size_t a = 0; a < 300; a++) {
                assert_true(world->row_first[a + 1] > world->row_first[a]);
            }
        }
        dcat_world_destroy(world);
        remove_written(&w);
    }
}

// The run of a large world is the one that a world with all paths has.
static void test_the_bound_on_reach_changes_no_result(void **fixture)
{
    (void)fixture;
    written w = write_and_load(
        (generate_config){.server_count = 2001, .area_count = 30, .city_count = 30, .seed = 5});
    dcat_world *bounded = world_of(&w), *whole = NULL;
    dcat_world_config config = *dcat_world_config_view(bounded);
    config.network.reach_s = config.network.reach_bits = config.network.reach_work_cycles = 0.0;
    dcat_error err = {0};
    assert_int_equal(dcat_world_create(&config, dcat_world_servers_view(bounded), 2001,
                                       dcat_world_areas_view(bounded), 30, 1, &whole, &err),
                     DCAT_OK);
    assert_null(whole->row_first);
    dcat_run_config run = {DCAT_SIZED(dcat_run_config), .seed = 1,
                           .cycle_first = dcat_scenario_test_cycles(w.loaded).first,
                           .cycle_count = 1};
    assert_int_equal(dcat_policy_parse("random:rea-s", &run.policy, &err), DCAT_OK);
    dcat_run_result results[2];
    const dcat_world *worlds[2] = {bounded, whole};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(dcat_run(worlds[i], dcat_scenario_demand_view(w.loaded), &run, NULL, NULL,
                                  &results[i], &err),
                         DCAT_OK);
    }
    assert_true(results[0].totals.awarded > 0);
    assert_int_equal(results[0].totals.arrived, results[1].totals.arrived);
    assert_int_equal(results[0].totals.awarded, results[1].totals.awarded);
    assert_near(results[0].totals.payment, results[1].totals.payment, 0.0);
    assert_near(results[0].totals.cost, results[1].totals.cost, 0.0);
    dcat_world_destroy(bounded);
    dcat_world_destroy(whole);
    remove_written(&w);
}

// --- As GML

// A file of the scenario again, line by line as `line` likes it; to be removed by name.
static void rewrite(const written *w, const char *from, const char *to,
                    void (*line)(char *text, FILE *file))
{
    char path[256], text[8192];
    snprintf(path, sizeof path, "%s/%s", w->folder, from);
    FILE *in = fopen(path, "r");
    snprintf(path, sizeof path, "%s/%s", w->folder, to);
    FILE *out = fopen(path, "w");
    assert_true(in != NULL && out != NULL);
    while (fgets(text, sizeof text, in) != NULL) {
        line(text, out);
    }
    assert_int_equal(fclose(in) + fclose(out), 0);
}

// Servers stand at their nodes when a table gives no position.
static void without_position(char *text, FILE *file)
{
    char *name_end = strchr(text, ','), *rest = name_end;
    for (int column = 0; rest != NULL && column < 2; column++) {
        rest = strchr(rest + 1, ',');
    }
    if (text[0] != '#' && rest != NULL) {
        fprintf(file, "%.*s%s", (int)(name_end - text), text, rest);
    }
}

// The globe instead of the plane, the GML instead of the tables, areas by the names in the demand.
static void with_gml(char *text, FILE *file)
{
    static const char *const left_out[] = {"areas:", "  file: areas.csv", "    links_file"};
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
        if (strncmp(text, left_out[i], strlen(left_out[i])) == 0) {
            return;
        }
    }
    fputs(strncmp(text, "geometry:", 9) == 0              ? "geometry: geo\n"
          : strncmp(text, "  file: servers.csv", 19) == 0 ? "  file: at-nodes.csv\n"
          : strncmp(text, "    nodes_file", 14) == 0      ? "    gml_file: network.gml\n"
                                                          : text,
          file);
}

// The network that scenarios read from the GML has the same nodes and links in the same order, so
// the same rates are drawn and paths have the same links. Lengths differ: on the globe links are
// straight lines, on the plane they are 1.3 times as long.
static void test_the_network_read_from_gml_is_the_same_but_for_lengths(void **fixture)
{
    (void)fixture;
    written w = write_and_load((generate_config){.server_count = 300, .seed = 4});
    rewrite(&w, "servers.csv", "at-nodes.csv", without_position);
    rewrite(&w, "scenario.yaml", "with-gml.yaml", with_gml);
    dcat_world *tables = world_of(&w);
    dcat_scenario_destroy(w.loaded);
    char path[256];
    dcat_error err = {0};
    snprintf(path, sizeof path, "%s/with-gml.yaml", w.folder);
    if (dcat_scenario_load(path, NULL, 0, &w.loaded, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    dcat_world *gml = world_of(&w);
    const dcat_network_config *network = &dcat_world_config_view(gml)->network;
    assert_int_equal(network->node_count, dcat_world_config_view(tables)->network.node_count);
    assert_int_equal(network->link_count, dcat_world_config_view(tables)->network.link_count);
    assert_memory_equal(dcat_world_link_rate_view(gml), dcat_world_link_rate_view(tables),
                        network->link_count * sizeof(double));
    size_t S = dcat_world_server_count(gml), A = dcat_world_area_count(gml), other = 0;
    assert_int_equal(S, 300);
    assert_int_equal(A, dcat_world_area_count(tables));
    for (size_t i = 0; i < A * S; i++) {
        dcat_path by_tables = dcat_world_path(tables, (int)(i / S), (int)(i % S));
        dcat_path by_gml = dcat_world_path(gml, (int)(i / S), (int)(i % S));
        other += by_gml.seconds_per_bit != by_tables.seconds_per_bit ||
                 by_gml.hop_count != by_tables.hop_count;
        assert_true(by_gml.propagation_s < by_tables.propagation_s);
        assert_true(by_gml.propagation_s > 0.5 * by_tables.propagation_s ||
                    by_tables.propagation_s < 2e-4); // in one district the access links count
    }
    assert_true(other <= A * S / 100); // another way where two took nearly the same time
    dcat_world_destroy(tables);
    dcat_world_destroy(gml);
    assert_int_equal(remove(path), 0);
    snprintf(path, sizeof path, "%s/at-nodes.csv", w.folder);
    assert_int_equal(remove(path), 0);
    remove_written(&w);
}

// Hashes that change mean that countries change: say so in the commit and put the printed ones
// here.
static void check_bytes(generate_config config, const char *const expected[7])
{
    static const char *const names[7] = {"servers.csv", "areas.csv",   "nodes.csv",    "links.csv",
                                         "demand.csv",  "network.gml", "scenario.yaml"};
    written w = write_and_load(config);
    size_t wrong = 0;
    for (size_t i = 0; i < 7; i++) {
        char path[256], hex[65];
        snprintf(path, sizeof path, "%s/%s", w.folder, names[i]);
        assert_int_equal(dcat_file_sha256(path, hex, NULL), DCAT_OK);
        hex[16] = '\0';
        bool same = strcmp(hex, expected[i]) == 0;
        wrong += !same;
        printf("\"%s\", // %s%s\n", hex, names[i], same ? "" : ": differs");
    }
    remove_written(&w);
    assert_int_equal(wrong, 0);
}

static void test_a_country_is_always_the_same_bytes(void **fixture)
{
    (void)fixture;
    static const char *const small[7] = {"dc7bb53128fb86d0", "35f959715a080597", "01f87e1e751c8b26",
                                         "42ed7a85d412e9ea", "c2cf88e28d072fca", "a7049d4327a7c1e4",
                                         "58fe2ec6e4989263"};
    static const char *const large[7] = {"98db542880cd55de", "57bca343bdcd30ac", "9e2da208c1e28b38",
                                         "58b277259008c73d", "b6b8c36220ca4bb2", "903f7be39b6f3a8f",
                                         "172a991d43393894"}; // with a bound on reach
    check_bytes(
        (generate_config){.server_count = 150, .area_count = 12, .city_count = 7, .seed = 3},
        small);
    check_bytes((generate_config){.server_count = 2001, .area_count = 9, .seed = 8}, large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_follow_the_servers),
        cmocka_unit_test(test_impossible_countries_are_refused),
        cmocka_unit_test(test_every_city_has_its_part),
        cmocka_unit_test(test_sizes_follow_the_law),
        cmocka_unit_test(test_the_backbone_is_the_relative_neighbourhood_graph_and_connects_all),
        cmocka_unit_test(test_demand_has_days_and_weekends),
        cmocka_unit_test(test_small_worlds_have_a_path_from_everywhere),
        cmocka_unit_test(test_worlds_of_more_than_2000_servers_keep_paths_in_reach_only),
        cmocka_unit_test(test_the_bound_on_reach_changes_no_result),
        cmocka_unit_test(test_the_network_read_from_gml_is_the_same_but_for_lengths),
        cmocka_unit_test(test_a_country_is_always_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
