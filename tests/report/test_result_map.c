// SPDX-License-Identifier: Apache-2.0
// Hulls, labels and colours of maps, and clusters as GeoJSON.

#include "report/map/hull.h"
#include "report/map/scene.h"
#include "result_samples.h"

#include <inttypes.h>
#include <jansson.h>

static void assert_hull(const dcat_site *points, size_t count, const dcat_site *expected,
                        size_t expected_count)
{
    dcat_site copy[16];
    dcat_site hull[17];
    memcpy(copy, points, sizeof *points * count);
    assert_int_equal(map_hull(copy, count, hull), expected_count);
    for (size_t i = 0; i < expected_count; i++) {
        assert_near(hull[i].x, expected[i].x, 0.0);
        assert_near(hull[i].y, expected[i].y, 0.0);
    }
}

static void test_hull_of_known_points(void **fixture)
{
    (void)fixture;
    // A square with its centre, a point on an edge and a corner twice.
    const dcat_site square[] = {{2, 2}, {0, 0}, {1, 1}, {2, 0}, {1, 0}, {0, 2}, {0, 0}};
    const dcat_site corners[] = {{0, 0}, {2, 0}, {2, 2}, {0, 2}}; // counter-clockwise
    assert_hull(square, 7, corners, 4);
    const dcat_site triangle[] = {{3, 1}, {0, 0}, {1, 4}};
    const dcat_site around[] = {{0, 0}, {3, 1}, {1, 4}};
    assert_hull(triangle, 3, around, 3);
}

static void test_hull_of_points_without_area(void **fixture)
{
    (void)fixture;
    const dcat_site line[] = {{2, 2}, {0, 0}, {1, 1}, {3, 3}};
    const dcat_site ends[] = {{0, 0}, {3, 3}};
    assert_hull(line, 4, ends, 2);
    const dcat_site same[] = {{5, 6}, {5, 6}, {5, 6}};
    assert_hull(same, 3, same, 1);
    assert_hull(same, 0, same, 0);
}

static double turn(dcat_site a, dcat_site b, dcat_site c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static void test_hull_turns_left_and_holds_every_point(void **fixture)
{
    (void)fixture;
    const uint64_t seed = 31;
    print_message("seed %" PRIu64 "\n", seed);
    dcat_rng rng = dcat_rng_at(seed, DCAT_STREAM_USER, 0, 0);
    for (int round = 0; round < 2000; round++) {
        dcat_site points[40];
        dcat_site hull[41];
        size_t count = 1 + dcat_rng_below(&rng, 40);
        for (size_t i = 0; i < count; i++) { // a coarse grid: many ties and lines
            points[i] = (dcat_site){dcat_rng_below(&rng, 8), dcat_rng_below(&rng, 8)};
        }
        size_t corners = map_hull(points, count, hull);
        for (size_t h = 0; corners >= 3 && h < corners; h++) {
            dcat_site a = hull[h];
            dcat_site b = hull[(h + 1) % corners];
            assert_true(turn(a, b, hull[(h + 2) % corners]) > 0.0);
            for (size_t i = 0; i < count; i++) {
                assert_true(turn(a, b, points[i]) >= 0.0);
            }
        }
    }
}

// --- Scenes

// A state of a world whose servers are alone or in pairs that respect the span limit.
static dcat_state *state_with_pairs(const dcat_world *world)
{
    size_t server_count = dcat_world_server_count(world);
    int32_t *cluster_of = calloc(server_count, sizeof *cluster_of);
    int32_t *scratch = calloc(server_count, sizeof *scratch);
    double limit_m = dcat_world_config_view(world)->span_m_max;
    for (size_t i = 0; i < server_count; i++) {
        cluster_of[i] = (int32_t)i;
    }
    for (size_t i = 0; i < server_count; i++) {
        for (size_t j = i + 1; j < server_count && cluster_of[i] == (int32_t)i; j++) {
            if (cluster_of[j] == (int32_t)j &&
                dcat_world_distance_m(world, (int)i, (int)j) <= limit_m) {
                cluster_of[j] = (int32_t)i;
                break;
            }
        }
    }
    dcat_partition_canonical(cluster_of, server_count, scratch);
    dcat_state *state = NULL;
    assert_int_equal(dcat_state_create(world, dcat_auction_find("rea"), 1, 1, &state, NULL),
                     DCAT_OK);
    dcat_state_set_clusters(state, cluster_of);
    free(cluster_of);
    free(scratch);
    return state;
}

typedef struct map_sample {
    dcat_scenario *scenario;
    dcat_world *world;
    dcat_state *state;
    double *arrivals;
    dcat_observation observation;
    dcat_cluster_report report;
} map_sample;

static void map_sample_make(map_sample *m, const char *scenario)
{
    dcat_error err = {0};
    if (dcat_scenario_load(scenario, NULL, 0, &m->scenario, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(dcat_scenario_world(m->scenario, 1, &m->world, &err), DCAT_OK);
    m->state = state_with_pairs(m->world);
    size_t area_count = dcat_world_area_count(m->world);
    m->arrivals = calloc(area_count, sizeof *m->arrivals);
    for (size_t a = 0; a < area_count; a++) {
        m->arrivals[a] = 0.5 * (double)(a + 1);
    }
    m->observation = (dcat_observation){.area_count = area_count, .arrivals_per_slot = m->arrivals};
    m->report = (dcat_cluster_report){.scenario = m->scenario,
                                      .state = m->state,
                                      .observation = &m->observation,
                                      .clusterer = "linkage",
                                      .cycle = 9};
}

static void map_sample_free(map_sample *m)
{
    free(m->arrivals);
    dcat_state_destroy(m->state);
    dcat_world_destroy(m->world);
    dcat_scenario_destroy(m->scenario);
}

static json_t *geojson_of(const map_sample *m)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    dcat_error err = {0};
    assert_int_equal(dcat_write_clusters_geojson(&m->report, file, &err), DCAT_OK);
    fclose(file);
    json_error_t error;
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL) {
        fail_msg("%s: %s", error.text, text);
    }
    free(text);
    return document;
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL) {
        fail_msg("no text %s", key);
    }
    return text;
}

static void assert_ring(const json_t *geometry)
{
    const json_t *ring = json_array_get(json_object_get(geometry, "coordinates"), 0);
    size_t count = json_array_size(ring);
    double area = 0.0;
    assert_true(count >= 4);
    assert_true(json_equal(json_array_get(ring, 0), json_array_get(ring, count - 1)));
    for (size_t i = 0; i + 1 < count; i++) {
        const json_t *a = json_array_get(ring, i);
        const json_t *b = json_array_get(ring, i + 1);
        area += json_number_value(json_array_get(a, 0)) * json_number_value(json_array_get(b, 1)) -
                json_number_value(json_array_get(b, 0)) * json_number_value(json_array_get(a, 1));
    }
    assert_true(area > 0.0); // counter-clockwise, as RFC 7946 wants
}

static void check_geojson(const char *scenario, const char *coordinates)
{
    map_sample m = {0};
    map_sample_make(&m, scenario);
    json_t *document = geojson_of(&m);
    assert_string_equal(text_at(document, "type"), "FeatureCollection");
    const json_t *about = json_object_get(document, "dcat");
    assert_non_null(strstr(text_at(about, "coordinates"), coordinates));
    size_t counts[3] = {0};
    size_t index;
    json_t *feature;
    json_array_foreach(json_object_get(document, "features"), index, feature)
    {
        const json_t *properties = json_object_get(feature, "properties");
        const json_t *geometry = json_object_get(feature, "geometry");
        const char *kind = text_at(properties, "kind");
        const char *type = text_at(geometry, "type");
        assert_string_equal(text_at(feature, "type"), "Feature");
        counts[0] += strcmp(kind, "server") == 0;
        counts[1] += strcmp(kind, "area") == 0;
        counts[2] += strcmp(kind, "cluster") == 0;
        if (strcmp(type, "Polygon") == 0) {
            assert_ring(geometry);
        }
        if (strcmp(kind, "cluster") == 0) {
            size_t members = json_array_size(json_object_get(properties, "members"));
            assert_string_equal(type, members == 1 ? "Point" : "LineString"); // pairs at most
        }
    }
    assert_int_equal(counts[0], dcat_world_server_count(m.world));
    assert_int_equal(counts[1], dcat_world_area_count(m.world));
    assert_int_equal(counts[2], dcat_state_cluster_count(m.state));
    json_decref(document);
    map_sample_free(&m);
}

static void test_geojson_of_a_plane_says_that_it_is_in_kilometres(void **fixture)
{
    (void)fixture;
    check_geojson("paper", "kilometres");
}

static void test_geojson_of_the_globe_is_in_degrees(void **fixture)
{
    (void)fixture;
    check_geojson("chinanet", "WGS 84");
}

static void test_geojson_of_a_large_cluster_is_a_ring_around_its_members(void **fixture)
{
    (void)fixture;
    map_sample m = {0};
    map_sample_make(&m, "paper");
    // Everybody within 100 km of server 0 is within the limit of 200 km of one another.
    size_t server_count = dcat_world_server_count(m.world);
    int32_t *cluster_of = calloc(server_count, sizeof *cluster_of);
    int32_t *scratch = calloc(server_count, sizeof *scratch);
    size_t best = 0;
    size_t most = 0;
    for (size_t c = 0; c < server_count; c++) {
        size_t near = 0;
        for (size_t i = 0; i < server_count; i++) {
            near += dcat_world_distance_m(m.world, (int)c, (int)i) <= 100e3;
        }
        best = near > most ? c : best;
        most = near > most ? near : most;
    }
    for (size_t i = 0; i < server_count; i++) {
        bool near = dcat_world_distance_m(m.world, (int)best, (int)i) <= 100e3;
        cluster_of[i] = near ? (int32_t)best : (int32_t)i;
    }
    dcat_partition_canonical(cluster_of, server_count, scratch);
    dcat_state_set_clusters(m.state, cluster_of);
    assert_true(most >= 3);
    json_t *document = geojson_of(&m);
    size_t rings = 0;
    size_t index;
    json_t *feature;
    json_array_foreach(json_object_get(document, "features"), index, feature)
    {
        const json_t *geometry = json_object_get(feature, "geometry");
        if (strcmp(text_at(geometry, "type"), "Polygon") == 0) {
            assert_ring(geometry);
            rings++;
        }
    }
    assert_int_equal(rings, 1);
    json_decref(document);
    free(cluster_of);
    free(scratch);
    map_sample_free(&m);
}

static void test_geojson_keeps_nasty_names(void **fixture)
{
    (void)fixture;
    test_folder folder = folder_make();
    map_sample m = {0};
    map_sample_make(&m, nasty_scenario(&folder, "trap"));
    json_t *document = geojson_of(&m);
    size_t found = 0;
    size_t index;
    json_t *feature;
    json_array_foreach(json_object_get(document, "features"), index, feature)
    {
        const json_t *properties = json_object_get(feature, "properties");
        if (strcmp(text_at(properties, "kind"), "server") == 0) {
            assert_string_equal(text_at(properties, "name"),
                                dcat_scenario_server_name(m.scenario, found));
            found++;
        }
    }
    assert_int_equal(found, NASTY_COUNT);
    json_decref(document);
    map_sample_free(&m);
    folder_remove(&folder);
}

static void test_map_frame_corrects_degrees_by_latitude(void **fixture)
{
    (void)fixture;
    map_server servers[] = {{{10.0, 50.0}, 1.0, 0, -1, NULL}, {{20.0, 70.0}, 1.0, 0, -1, NULL}};
    map_scene scene = {
        .geographic = true, .servers = servers, .server_count = 2, .cluster_count = 1};
    map_frame frame = map_scene_frame(&scene);
    // At the middle latitude of 60 degrees a degree of longitude is half as long.
    assert_near(frame.x_per_y, 2.0, 1e-12);
    assert_true(frame.x_min < 10.0 && frame.x_max > 20.0 && frame.y_min < 50.0 &&
                frame.y_max > 70.0);
    scene.geographic = false;
    assert_near(map_scene_frame(&scene).x_per_y, 1.0, 0.0);
}

static void test_map_frame_of_one_point_has_a_size(void **fixture)
{
    (void)fixture;
    map_server servers[] = {{{5.0, 5.0}, 1.0, 0, -1, NULL}};
    map_scene scene = {.servers = servers, .server_count = 1, .cluster_count = 1};
    map_frame frame = map_scene_frame(&scene);
    assert_true(frame.x_max > frame.x_min && frame.y_max > frame.y_min);
    map_scene nothing = {0};
    frame = map_scene_frame(&nothing);
    assert_true(frame.x_max > frame.x_min && frame.y_max > frame.y_min);
}

static void test_map_labels_of_one_spot_go_to_different_places(void **fixture)
{
    (void)fixture;
    map_label labels[20];
    for (size_t i = 0; i < 20; i++) {
        labels[i] = (map_label){{50.0, 50.0}, "a rather long name", (double)i};
    }
    map_scene scene = {.labels = labels, .label_count = 20};
    map_frame frame = {0.0, 100.0, 0.0, 100.0, 1.0};
    map_label_place places[20];
    assert_int_equal(map_labels_place(&scene, &frame, 800, 600, places, NULL), DCAT_OK);
    assert_int_equal(places[19].side, MAP_LABEL_RIGHT); // the heaviest has the best place
    size_t placed = 0;
    for (size_t i = 0; i < 20; i++) {
        placed += places[i].side != MAP_LABEL_NONE;
        for (size_t j = 0; j < i && places[i].side != MAP_LABEL_NONE; j++) {
            assert_false(places[i].side == places[j].side && places[i].gap == places[j].gap);
        }
    }
    assert_true(placed >= 4 && placed < 20);
}

static void test_map_colours_differ_between_neighbours(void **fixture)
{
    (void)fixture;
    // Pairs on a line: any seven in a row can differ. The last server is alone.
    map_server servers[41];
    for (size_t i = 0; i < 41; i++) {
        size_t pair = i / 2;
        double x = 10.0 * (double)pair + (double)(i % 2);
        servers[i] = (map_server){{x, 0.0}, 1.0, (int32_t)pair, -1, NULL};
    }
    map_scene scene = {.servers = servers, .server_count = 41, .cluster_count = 21};
    int colours[21];
    assert_int_equal(map_colours_choose(&scene, colours, NULL), DCAT_OK);
    for (size_t k = 1; k < 20; k++) {
        assert_true(colours[k] >= 0 && colours[k] < FIGURE_COLOUR_COUNT);
        assert_int_not_equal(colours[k], colours[k - 1]);
    }
    assert_int_equal(colours[20], -1);
}

static void test_clusters_as_a_table_for_a_terminal(void **fixture)
{
    (void)fixture;
    map_sample m = {0};
    map_sample_make(&m, "paper");
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_int_equal(dcat_write_clusters_text(&m.report, file, NULL), DCAT_OK);
    fclose(file);
    assert_non_null(strstr(text, "paper: clusters of linkage in cycle 9\n\n  cluster  servers"));
    size_t lines = 0;
    for (const char *at = text; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    // A line of what it is, a blank one, two of headings, one for each cluster.
    assert_int_equal(lines, 4 + dcat_state_cluster_count(m.state));
    free(text);
    map_sample_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hull_of_known_points),
        cmocka_unit_test(test_hull_of_points_without_area),
        cmocka_unit_test(test_hull_turns_left_and_holds_every_point),
        cmocka_unit_test(test_geojson_of_a_plane_says_that_it_is_in_kilometres),
        cmocka_unit_test(test_geojson_of_the_globe_is_in_degrees),
        cmocka_unit_test(test_geojson_of_a_large_cluster_is_a_ring_around_its_members),
        cmocka_unit_test(test_geojson_keeps_nasty_names),
        cmocka_unit_test(test_map_frame_corrects_degrees_by_latitude),
        cmocka_unit_test(test_map_frame_of_one_point_has_a_size),
        cmocka_unit_test(test_map_labels_of_one_spot_go_to_different_places),
        cmocka_unit_test(test_map_colours_differ_between_neighbours),
        cmocka_unit_test(test_clusters_as_a_table_for_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
