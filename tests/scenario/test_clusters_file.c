// SPDX-License-Identifier: Apache-2.0
// Clusters that a user gives: what is read, what each cycle gets, and what is refused by line.

#include "scenario_folder.h"

#include "dcat/x/clusters_file.h"

static dcat_scenario *scenario;
static dcat_world *world;

static int set_up(void **fixture)
{
    (void)fixture;
    folder_write("scenario.yaml",
                 "schema: 1\nname: n\nservers: {file: servers.csv}\n"
                 "network: {kind: hops}\nareas: {file: areas.csv}\n"
                 "demand: {profile_file: demand.csv}\nclustering: {span_max_km: 150}\n");
    folder_write("servers.csv", "name,x_km,y_km,speed_ghz,cores\n"
                                "a,0,0,240,100\nb,100,0,240,100\nc,200,0,240,100\n");
    folder_write("areas.csv", "name,x_km,y_km\nnorth,0,0\n");
    folder_write("demand.csv", "day,hour,north\n1,0,1\n101,0,1\n");
    scenario = expect_scenario("scenario.yaml", NULL);
    return dcat_scenario_world(scenario, 1, &world, NULL) == DCAT_OK ? 0 : -1;
}

static int tear_down(void **fixture)
{
    (void)fixture;
    dcat_world_destroy(world);
    dcat_scenario_destroy(scenario);
    return 0;
}

static dcat_status read_text(const char *text, dcat_clusters_file **file, dcat_error *err)
{
    char path[600];
    folder_write("clusters.csv", text);
    folder_path("clusters.csv", path, sizeof path);
    *file = NULL;
    *err = (dcat_error){0};
    return dcat_clusters_file_read(scenario, path, file, err);
}

static dcat_status decide(const dcat_clusters_file *file, uint32_t cycle, int32_t cluster_of[3],
                          dcat_error *err)
{
    const dcat_clusterer *clusterer = dcat_clusters_file_clusterer(file);
    const dcat_cluster_input input = {.world = world, .cycle = cycle, .model = file};
    void *workspace = malloc(clusterer->workspace_bytes(world, file));
    assert_non_null(workspace);
    dcat_status status = clusterer->decide(&input, workspace, cluster_of, err);
    free(workspace);
    return status;
}

static void expect_labels(const dcat_clusters_file *file, uint32_t cycle, int32_t a, int32_t b,
                          int32_t c)
{
    int32_t cluster_of[3] = {0, 1, 2};
    dcat_error err = {0};
    if (decide(file, cycle, cluster_of, &err) != DCAT_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(cluster_of[0], a);
    assert_int_equal(cluster_of[1], b);
    assert_int_equal(cluster_of[2], c);
}

static void test_clusters_of_a_table_stand_in_every_cycle(void **fixture)
{
    (void)fixture;
    dcat_clusters_file *file;
    dcat_error err;
    assert_int_equal(read_text("server,cluster\nc,south\nb,south\na,7\n", &file, &err), DCAT_OK);
    assert_string_equal(dcat_clusters_file_clusterer(file)->name, "file");
    assert_int_equal(dcat_clusters_file_clusterer(file)->decide_every(world), 0);
    expect_labels(file, 0, 0, 1, 1);
    expect_labels(file, 99, 0, 1, 1);
    dcat_clusters_file_destroy(file);
}

static void test_clusters_change_from_the_cycles_that_a_table_lists(void **fixture)
{
    (void)fixture;
    dcat_clusters_file *file;
    dcat_error err;
    // As dcat cluster writes it, with the later cycle first.
    assert_int_equal(
        read_text("cycle,cluster,server,speed_ghz,cluster_servers,cluster_speed_ghz,"
                  "cluster_span_km,unit_cost_per_gigacycle,works\n"
                  "10,0,a,240,1,240,0,1,1\n10,1,b,240,2,480,100,1,1\n10,1,c,240,2,480,100,1,0\n"
                  "5,0,a,240,2,480,100,1,1\n5,0,b,240,2,480,100,1,1\n5,1,c,240,1,240,0,1,1\n",
                  &file, &err),
        DCAT_OK);
    assert_int_equal(dcat_clusters_file_clusterer(file)->decide_every(world), 1);
    expect_labels(file, 0, 0, 0, 1);
    expect_labels(file, 9, 0, 0, 1);
    expect_labels(file, 10, 0, 1, 1);
    expect_labels(file, 4000000000u, 0, 1, 1);
    dcat_clusters_file_destroy(file);
}

static void test_clusters_are_refused_by_line(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *text;
        dcat_status status;
        const char *words;
    } cases[] = {
        {"server,cluster\na,0\nx,0\n", DCAT_ERR_REFERENCE,
         "clusters.csv:3: server: must be a server of the scenario, got x"},
        {"server,cluster\na,0\nb,0\na,1\n", DCAT_ERR_FIELD,
         "clusters.csv:4: server: must stand once in a cycle, got a again"},
        {"server,cluster,cycle\na,0,1\nb,0,1\nc,0,1\na,1,2\n", DCAT_ERR_FIELD,
         "clusters.csv: server b is missing in cycle 2"},
        {"server,cluster\na,\n", DCAT_ERR_FIELD, "clusters.csv:2: cluster: must be given"},
        {"server,cluster,cycle\na,0,-1\n", DCAT_ERR_RANGE, "clusters.csv:2: cycle: must be"},
        {"server,cluster\n", DCAT_ERR_FORMAT, "clusters.csv: must have at least one row"},
        {"server\n", DCAT_ERR_FIELD, "clusters.csv:1: column cluster is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dcat_clusters_file *file;
        dcat_error err;
        assert_int_equal(read_text(cases[i].text, &file, &err), cases[i].status);
        assert_null(file);
        if (strstr(err.message, cases[i].words) == NULL) {
            fail_msg("case %zu says: %s", i, err.message);
        }
    }
}

static void test_clusters_beyond_the_span_limit_are_refused_by_line(void **fixture)
{
    (void)fixture;
    dcat_clusters_file *file;
    dcat_error err;
    int32_t cluster_of[3] = {0, 1, 2};
    // a and c are 200 km apart, and 150 are allowed; b is within reach of both.
    assert_int_equal(read_text("server,cluster\nc,0\nb,0\na,0\n", &file, &err), DCAT_OK);
    assert_int_equal(decide(file, 0, cluster_of, &err), DCAT_ERR_RANGE);
    assert_non_null(strstr(err.message, "clusters.csv:2: cluster: a and c are 200 km apart; "
                                        "clustering.span_max_km is 150"));
    dcat_clusters_file_destroy(file);
    assert_int_equal(decide(NULL, 0, cluster_of, &err), DCAT_ERR_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_clusters_of_a_table_stand_in_every_cycle, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_clusters_change_from_the_cycles_that_a_table_lists,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clusters_are_refused_by_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clusters_beyond_the_span_limit_are_refused_by_line,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
