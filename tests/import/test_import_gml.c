// SPDX-License-Identifier: Apache-2.0
#include "support.h"

#include "dcat/x/import.h"
#include "file/net/topology.h"
#include "import_files.h"

typedef struct tables {
    char *nodes, *links;
    dcat_import_network_stats stats;
    dcat_error err;
} tables;

static dcat_status import_path(const char *path, const dcat_import_network_fix *fixes,
                               size_t fix_count, tables *t)
{
    size_t node_size = 0, link_size = 0;
    memset(t, 0, sizeof *t);
    FILE *nodes = open_memstream(&t->nodes, &node_size);
    FILE *links = open_memstream(&t->links, &link_size);
    assert_non_null(nodes);
    assert_non_null(links);
    dcat_status status = dcat_import_network(DCAT_FORMAT_GML, path, fixes, fix_count, nodes, links,
                                             NULL, &t->stats, &t->err);
    fclose(nodes);
    fclose(links);
    return status;
}

static dcat_status import(const char *gml, const dcat_import_network_fix *fixes, size_t fix_count,
                          tables *t)
{
    test_folder folder = folder_make();
    file_write(&folder, "net.gml", gml, strlen(gml));
    dcat_status status = import_path(folder_file(&folder, "net.gml"), fixes, fix_count, t);
    folder_remove(&folder);
    return status;
}

static void tables_free(tables *t)
{
    free(t->nodes);
    free(t->links);
}

// Two cities on the equator, one degree apart, a node nobody placed and a link to itself.
static const char small[] =
    "Creator \"Topology Zoo Toolset\"\n"
    "graph [\n"
    "  label \"Tiny\" NetworkDate \"2010_08\"\n"
    "  node [ id 5 label \"East\" Longitude 1.0 Latitude 0.0 graphics [ x 1 y 2 ] ]\n"
    "  node [ id 2 label \"West\" Longitude 0.0 Latitude 0.0 ]\n"
    "  node [ id 9 label \"Abroad\" ]\n"
    "  edge [ source 2 target 5 LinkSpeedRaw 2500000000.0 ]\n"
    "  edge [ source 5 target 9 ]\n"
    "  edge [ source 2 target 2 ]\n"
    "  edge [ source 5 target 2 ]\n"
    "]\n";

static void test_a_topology_becomes_two_tables(void **fixture)
{
    (void)fixture;
    tables t;
    assert_int_equal(import(small, NULL, 0, &t), DCAT_OK);
    assert_string_equal(after_comments(t.nodes), "name,lat_deg,lon_deg\nEast,0,1\nWest,0,0\n");
    // A degree of the equator: 2 pi / 360 * 6378.137 km = 111.3195 km.
    assert_string_equal(after_comments(t.links), "from,to,length_km,rate_mbps\n"
                                                 "West,East,111.319,2500\n"
                                                 "East,West,111.319,\n");
    assert_int_equal(
        strncmp(t.nodes, "# Nodes of the network \"Tiny\" as of 2010_08, from net.gml\n", 58), 0);
    assert_int_equal(t.stats.node_count, 3);
    assert_int_equal(t.stats.node_kept_count, 2);
    assert_int_equal(t.stats.node_unplaced_count, 1);
    assert_int_equal(t.stats.link_count, 4);
    assert_int_equal(t.stats.link_kept_count, 2);
    assert_int_equal(t.stats.link_unplaced_count, 1);
    assert_int_equal(t.stats.link_loop_count, 1);
    assert_int_equal(t.stats.link_rated_count, 1);
    assert_int_equal(t.stats.piece_count, 1);
    assert_near(t.stats.length_m, 2 * 111319.49, 1e-6);
    tables_free(&t);
}

static void test_fixes_place_and_rename_nodes(void **fixture)
{
    (void)fixture;
    const dcat_import_network_fix fixes[] = {
        {.label = "Abroad", .has_site = true, .site = {2.0, 0.0}},
        {.label = "West", .name = "Far West"},
    };
    tables t;
    assert_int_equal(import(small, fixes, 2, &t), DCAT_OK);
    assert_string_equal(after_comments(t.nodes),
                        "name,lat_deg,lon_deg\nEast,0,1\nFar West,0,0\nAbroad,0,2\n");
    assert_non_null(strstr(t.links, "\nEast,Abroad,111.319,\n"));
    assert_non_null(strstr(t.nodes, "--place 'Abroad=0,2'"));
    assert_int_equal(t.stats.node_fixed_count, 2);
    assert_int_equal(t.stats.node_unplaced_count, 0);
    tables_free(&t);

    const dcat_import_network_fix nobody = {.label = "Nowhere", .name = "x"};
    assert_int_equal(import(small, &nobody, 1, &t), DCAT_ERR_REFERENCE);
    assert_non_null(strstr(t.err.message, "Nowhere"));
    tables_free(&t);
    const dcat_import_network_fix off = {.label = "West", .has_site = true, .site = {0.0, 91.0}};
    assert_int_equal(import(small, &off, 1, &t), DCAT_ERR_RANGE);
    tables_free(&t);
}

static void test_fixes_reach_to_the_poles_and_names_have_200_bytes(void **fixture)
{
    (void)fixture;
    static const struct {
        double x, y;
        dcat_status status;
    } sites[] = {{180.0, 90.0, DCAT_OK},
                 {-180.0, -90.0, DCAT_OK},
                 {180.1, 0.0, DCAT_ERR_RANGE},
                 {-180.1, 0.0, DCAT_ERR_RANGE},
                 {0.0, 90.1, DCAT_ERR_RANGE},
                 {0.0, -90.1, DCAT_ERR_RANGE},
                 {(double)NAN, 0.0, DCAT_ERR_RANGE},
                 {0.0, (double)NAN, DCAT_ERR_RANGE}};
    tables t;
    for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++) {
        const dcat_import_network_fix fix = {
            .label = "West", .has_site = true, .site = {sites[i].x, sites[i].y}};
        assert_int_equal(import(small, &fix, 1, &t), sites[i].status);
        tables_free(&t);
    }
    char name[TOPOLOGY_NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    static const size_t lengths[] = {0, 1, TOPOLOGY_NAME_MAX, TOPOLOGY_NAME_MAX + 1};
    for (size_t i = 0; i < 4; i++) {
        name[lengths[i]] = '\0';
        const dcat_import_network_fix fix = {.label = "West", .name = name};
        assert_int_equal(import(small, &fix, 1, &t), i % 3 == 0 ? DCAT_ERR_RANGE : DCAT_OK);
        tables_free(&t);
        name[lengths[i]] = 'n';
    }
}

static void test_names_are_made_unique_and_quoted(void **fixture)
{
    (void)fixture;
    tables t;
    const char *gml = "graph [\n"
                      "node [ id 1 label \"Paris\" Longitude 2 Latitude 48 ]\n"
                      "node [ id 2 label \"Paris\" Longitude -95 Latitude 33 ]\n"
                      "node [ id 3 label \"Washington, D.C.\" Longitude -77 Latitude 38 ]\n"
                      "node [ id 4 Longitude 0 Latitude 0 ]\n"
                      "node [ id 5 label \"A &quot;B&quot;\" Longitude 1 Latitude 1 ]\n"
                      "]\n";
    assert_int_equal(import(gml, NULL, 0, &t), DCAT_OK);
    assert_string_equal(after_comments(t.nodes), "name,lat_deg,lon_deg\n"
                                                 "Paris,48,2\n"
                                                 "Paris#2,33,-95\n"
                                                 "\"Washington, D.C.\",38,-77\n"
                                                 "node4,0,0\n"
                                                 "\"A \"\"B\"\"\",1,1\n");
    assert_int_equal(t.stats.node_renamed_count, 1);
    assert_int_equal(t.stats.piece_count, 5); // no links at all
    assert_string_equal(after_comments(t.links), "from,to,length_km\n");
    tables_free(&t);
}

static void test_broken_files_are_refused_with_their_place(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *gml;
        dcat_status status;
        const char *words;
    } cases[] = {
        {"", DCAT_ERR_FORMAT, "net.gml"},
        {"graph [ ]", DCAT_ERR_FORMAT, "net.gml"},
        {"graph [ node [ id 1 ] ]", DCAT_ERR_FORMAT, "Latitude"},
        {"graph [\nnode [ label \"a\" ] ]", DCAT_ERR_FIELD, "net.gml:2"},
        {"graph [ node [ id 1.5 ] ]", DCAT_ERR_RANGE, "whole number"},
        {"graph [ node [ id 1 Latitude 91 Longitude 0 ] ]", DCAT_ERR_RANGE, "Latitude"},
        {"graph [ node [ id 1 Latitude 1 Longitude 0 ] node [ id 1 ] ]", DCAT_ERR_FIELD, "got 1"},
        {"graph [ node [ id 1 Latitude 1 Longitude 0 ]\n\nedge [ source 1 target 2 ] ]",
         DCAT_ERR_REFERENCE, "net.gml:3"},
        {"graph [ node [ id 1 Latitude 1 Longitude 0 ] edge [ source 1 ] ]", DCAT_ERR_FIELD,
         "a source and a target"},
        {"graph [ node [ id 1", DCAT_ERR_FORMAT, "net.gml"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tables t;
        assert_int_equal(import(cases[i].gml, NULL, 0, &t), cases[i].status);
        if (strstr(t.err.message, cases[i].words) == NULL) {
            fail_msg("case %zu says: %s", i, t.err.message);
        }
        tables_free(&t);
    }
    tables t;
    assert_int_equal(import_path("no-such.gml", NULL, 0, &t), DCAT_ERR_NOT_FOUND);
    tables_free(&t);
}

static void test_the_shipped_network_can_be_made_again(void **fixture)
{
    (void)fixture;
    const char *real = DCAT_SOURCE_DIR "/../shared/data/topology/Chinanet.gml";
    if (access(real, R_OK) != 0) {
        print_message("the topology is not here\n");
        skip();
    }
    const dcat_import_network_fix fixes[] = {
        {.label = "Hong Kong", .has_site = true, .site = {114.17469, 22.27832}},
        {.label = "Shilazhuang", .name = "Shijiazhuang"},
        {.label = "Nandhang", .name = "Nanchang"},
    };
    tables t;
    assert_int_equal(import_path(real, fixes, 3, &t), DCAT_OK);
    assert_int_equal(t.stats.node_count, 42); // of the file's README: 38 with coordinates
    assert_int_equal(t.stats.node_kept_count, 38);
    assert_int_equal(t.stats.link_count, 66);
    assert_int_equal(t.stats.link_kept_count, 62);
    assert_int_equal(t.stats.piece_count, 1);
    char *nodes = file_read(DCAT_SOURCE_DIR "/scenarios/chinanet/nodes.csv", NULL);
    char *links = file_read(DCAT_SOURCE_DIR "/scenarios/chinanet/links.csv", NULL);
    assert_non_null(nodes);
    assert_non_null(links);
    assert_string_equal(t.nodes, nodes);
    assert_string_equal(t.links, links);
    free(nodes);
    free(links);
    tables_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_topology_becomes_two_tables),
        cmocka_unit_test(test_fixes_place_and_rename_nodes),
        cmocka_unit_test(test_fixes_reach_to_the_poles_and_names_have_200_bytes),
        cmocka_unit_test(test_names_are_made_unique_and_quoted),
        cmocka_unit_test(test_broken_files_are_refused_with_their_place),
        cmocka_unit_test(test_the_shipped_network_can_be_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
