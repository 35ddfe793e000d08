// SPDX-License-Identifier: Apache-2.0
// Networks in GraphML and in both formats of SNDlib: nodes, capacities, demands, and what is
// refused.

#include "support.h"

#include "dcat/x/import.h"
#include "import_files.h"

typedef struct tables {
    char *nodes, *links, *demand;
    dcat_import_network_stats stats;
    dcat_error err;
} tables;

static dcat_status import(dcat_network_format format, const char *text, tables *t)
{
    test_folder folder = folder_make();
    size_t size[3];
    memset(t, 0, sizeof *t);
    file_write(&folder, "net", text, strlen(text));
    FILE *nodes = open_memstream(&t->nodes, &size[0]);
    FILE *links = open_memstream(&t->links, &size[1]);
    FILE *demand = open_memstream(&t->demand, &size[2]);
    assert_true(nodes != NULL && links != NULL && demand != NULL);
    dcat_status status = dcat_import_network(format, folder_file(&folder, "net"), NULL, 0, nodes,
                                             links, demand, &t->stats, &t->err);
    fclose(nodes);
    fclose(links);
    fclose(demand);
    folder_remove(&folder);
    return status;
}

static void tables_free(tables *t)
{
    free(t->nodes);
    free(t->links);
    free(t->demand);
}

static void expect(dcat_network_format format, const char *text, tables *t)
{
    if (import(format, text, t) != DCAT_OK) {
        fail_msg("does not load: %s", t->err.message);
    }
}

static void refuse(dcat_network_format format, const char *text, dcat_status status,
                   const char *words)
{
    tables t;
    assert_int_equal(import(format, text, &t), status);
    if (strstr(t.err.message, words) == NULL) {
        fail_msg("says: %s", t.err.message);
    }
    tables_free(&t);
}

// --- GraphML

#define KEYS                                                                                       \
    "<key id='a' for='node' attr.name='Latitude' attr.type='double'/>\n"                           \
    "<key id='b' for='node' attr.name='lon' attr.type='double'/>\n"                                \
    "<key id='c' for='node' attr.name='label'/><key id='d' attr.name='LinkSpeedRaw' "              \
    "for='edge'/>\n"                                                                               \
    "<key id='e' attr.name='Internal'><default>1</default></key>\n"
#define GRAPHML(body)                                                                              \
    "<?xml version='1.0' encoding='utf-8'?>\n<graphml "                                            \
    "xmlns='http://graphml.graphdrawing.org/xmlns'>\n" KEYS                                        \
    "<graph edgedefault='undirected'>\n" body "</graph></graphml>\n"
#define NODE(id, label, lat, lon)                                                                  \
    "<node id='" id "'><data key='a'>" lat "</data><data key='b'>" lon                             \
    "</data><data key='c'>" label "</data></node>\n"

static void test_graphml_has_nodes_links_and_rates(void **fixture)
{
    (void)fixture;
    tables t;
    expect(DCAT_FORMAT_GRAPHML,
           GRAPHML(
               "<edge source='w' target='e'><data key='d'>2.5e9</data></edge>\n" NODE(
                   "e", " East &amp; more\n", "0", " 1 ") NODE("w", "West", "0", "0")
                   NODE("h", "Z&#252;rich", "", "") "<node id='x'/>"
                                                    "<edge source='w' target='h'/><edge source='h' "
                                                    "target='e'><data key='d'>fast</data>"
                                                    "</edge><edge source='e' target='x'/>"),
           &t);
    assert_string_equal(after_comments(t.nodes), "name,lat_deg,lon_deg\nEast & more,0,1\nWest,0,0\n"
                                                 "Zürich,0,0.5\n");
    assert_string_equal(after_comments(t.links),
                        "from,to,length_km,rate_mbps\nWest,East & more,111.319,2500\n"
                        "West,Zürich,55.660,\nZürich,East & more,55.660,\n");
    assert_int_equal(t.stats.node_count, 4);
    assert_int_equal(t.stats.node_junction_count, 1);
    assert_int_equal(t.stats.node_unplaced_count, 1);
    assert_int_equal(t.stats.link_rate_unusable_count, 1);
    assert_int_equal(t.stats.label_tidied_count, 1);
    assert_int_equal(t.stats.piece_count, 1);
    assert_non_null(strstr(t.nodes, "# Made by: dcat import graphml FILE"));
    tables_free(&t);
}

static void test_graphml_follows_the_encoding_it_declares(void **fixture)
{
    (void)fixture;
    tables t;
    expect(DCAT_FORMAT_GRAPHML,
           "<?xml version='1.0' encoding='ISO-8859-1'?><graphml>" KEYS
           "<graph>" NODE("1", "K\xf6ln", "50.9", "6.9") "</graph></graphml>",
           &t);
    assert_string_equal(after_comments(t.nodes), "name,lat_deg,lon_deg\nKöln,50.9,6.9\n");
    tables_free(&t);
}

static void test_graphml_is_refused_by_line(void **fixture)
{
    (void)fixture;
    refuse(DCAT_FORMAT_GRAPHML, "", DCAT_ERR_FORMAT, "net:");
    refuse(DCAT_FORMAT_GRAPHML, "<graphml>\n<graph>\n<node></graph></graphml>", DCAT_ERR_FORMAT,
           "net:3: must be well-formed XML");
    refuse(DCAT_FORMAT_GRAPHML, "<html/>", DCAT_ERR_FORMAT, "must be <graphml>");
    refuse(DCAT_FORMAT_GRAPHML, "<graphml/>", DCAT_ERR_FORMAT, "no <graph>");
    refuse(DCAT_FORMAT_GRAPHML, GRAPHML(""), DCAT_ERR_FORMAT, "no node in this file");
    refuse(DCAT_FORMAT_GRAPHML, GRAPHML("<node id='1'/>"), DCAT_ERR_FORMAT, "no node has Latitude");
    refuse(DCAT_FORMAT_GRAPHML, GRAPHML("<node/>"), DCAT_ERR_FIELD, "node: must have an id");
    refuse(DCAT_FORMAT_GRAPHML, GRAPHML(NODE("1", "a", "91", "0")), DCAT_ERR_RANGE,
           "net:8: Latitude: must be in [-90, 90], got 91");
    refuse(DCAT_FORMAT_GRAPHML, GRAPHML(NODE("1", "a", "1", "0") NODE("1", "b", "1", "0")),
           DCAT_ERR_FIELD, "net:9: id: must be unique, got 1");
    refuse(DCAT_FORMAT_GRAPHML, GRAPHML(NODE("1", "a", "1", "0") "<edge source='1' target='2'/>"),
           DCAT_ERR_REFERENCE, "net:9: target: must be the id of a node, got 2");
    refuse(DCAT_FORMAT_GRAPHML, GRAPHML(NODE("1", "a", "1", "0") "<edge source='1'/>"),
           DCAT_ERR_FIELD, "edge: must have a source and a target");
    // An entity bomb and a file of this machine stay what they are.
    refuse(DCAT_FORMAT_GRAPHML,
           "<!DOCTYPE graphml [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><graphml>" KEYS
           "<graph><node id='1'><data key='a'>&e;</data><data key='b'>0</data></node></graph>"
           "</graphml>",
           DCAT_ERR_FORMAT, "no node has Latitude");
}

// --- SNDlib

static const char native[] = "?SNDlib native format; type: network; version: 1.0\n"
                             "# network tiny\n"
                             "META ( granularity = 5min unit = GBITPERSEC origin = somebody )\n"
                             "# <node_id> [(<longitude>, <latitude>)]\n"
                             "NODES (\n  East ( 1.00 0.00 )\n  West ( 0.00 0.00 )\n  Ring\n)\n"
                             "LINKS (\n"
                             "  L1 ( East West ) 40.00 0.00 0.00 0.00 ( )\n"
                             "  L2 ( East Ring ) 0.00 0.00 0.00 1.00 ( 2.50 10.00 10.00 30.00 )\n"
                             "  L3 ( Ring West ) 0.00 0.00 0.00 1.00 ( )\n"
                             ")\n"
                             "DEMANDS (\n"
                             "  D1 ( East West ) 1 12.50 UNLIMITED\n"
                             "  D2 ( East Ring ) 1 1.25 3\n"
                             "  D3 ( West East ) 1 4.00 UNLIMITED\n"
                             ")\n"
                             "ADMISSIBLE_PATHS (\n  D1 (\n    P_0 ( L1 )\n  )\n)\n";

static const char xml[] =
    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n"
    "<network xmlns=\"http://sndlib.zib.de/network\" version=\"1.0\">\n"
    "<meta><granularity>5min</granularity><unit>GBITPERSEC</unit></meta>\n"
    "<networkStructure><nodes coordinatesType=\"geographical\">\n"
    "<node id=\"East\"><coordinates><x>1.00</x><y>0.00</y></coordinates></node>\n"
    "<node id=\"West\"><coordinates><x>0.00</x><y>0.00</y></coordinates></node>\n"
    "<node id=\"Ring\"/></nodes><links>\n"
    "<link id=\"L1\"><source>East</source><target>West</target><preInstalledModule>"
    "<capacity>40.0</capacity><cost>0.0</cost></preInstalledModule></link>\n"
    "<link id=\"L2\"><source>East</source><target>Ring</target><additionalModules><addModule>"
    "<capacity>2.5</capacity><cost>10</cost></addModule><addModule><capacity>10</capacity>"
    "<cost>30</cost></addModule></additionalModules></link>\n"
    "<link id=\"L3\"><source>Ring</source><target>West</target></link>\n"
    "</links></networkStructure>\n"
    "<demands><demand id=\"D1\"><source>East</source><target>West</target>"
    "<demandValue>12.5</demandValue></demand>\n"
    "<demand id=\"D2\"><source>East</source><target>Ring</target><demandValue>1.25</demandValue>"
    "</demand><demand id=\"D3\"><source>West</source><target>East</target><demandValue>4.0"
    "</demandValue></demand></demands></network>\n";

static void test_sndlib_native_and_xml_say_the_same(void **fixture)
{
    (void)fixture;
    const char *const files[] = {native, xml};
    for (int f = 0; f < 2; f++) {
        tables t;
        expect(DCAT_FORMAT_SNDLIB, files[f], &t);
        assert_string_equal(after_comments(t.nodes),
                            "name,lat_deg,lon_deg\nEast,0,1\nWest,0,0\nRing,0,0.5\n");
        // Installed 40 Gb/s; not installed, first module 2.5 Gb/s; neither.
        assert_string_equal(after_comments(t.links), "from,to,length_km,rate_mbps\n"
                                                     "East,West,111.319,40000\n"
                                                     "East,Ring,55.660,2500\nRing,West,55.660,\n");
        assert_string_equal(after_comments(t.demand), "day,hour,East,West,Ring\n"
                                                      "1,0,13.75,4,0\n2,0,13.75,4,0\n"
                                                      "3,0,13.75,4,0\n");
        assert_int_equal(t.stats.node_count, 3);
        assert_int_equal(t.stats.link_count, 3);
        assert_int_equal(t.stats.link_rated_count, 2);
        assert_int_equal(t.stats.demand_count, 3);
        assert_near(t.stats.demand_sum, 17.75, 1e-12);
        assert_string_equal(t.stats.unknown_unit, "");
        tables_free(&t);
    }
}

static void test_sndlib_is_refused_by_line(void **fixture)
{
    (void)fixture;
    static const struct {
        const char *text;
        dcat_status status;
        const char *words;
    } cases[] = {
        {"NODES ( A ( 1 2 )\n B ( 1 x ) )", DCAT_ERR_FORMAT, "net:2: latitude: must be a number"},
        {"NODES ( A ( 551 338 ) )", DCAT_ERR_RANGE, "longitude: must be in [-180, 180], got 551"},
        {"NODES ( A ( 1 2 ) A )", DCAT_ERR_FIELD, "id: must be unique, got A"},
        {"NODES ( A ( 1 2 )\n", DCAT_ERR_FORMAT, "net:2: section: must have an id or its end"},
        {"NODES\n A", DCAT_ERR_FORMAT, "net:2: section: must have ( here, got A"},
        {"NODES ( A ( 1 2 ) )\nLINKS ( L ( A B ) 1 0 0 0 ( ) )", DCAT_ERR_REFERENCE,
         "net:2: target: must be the id of a node, got B"},
        {"NODES ( A ( 1 2 ) )\nLINKS ( L ( A A ) 1 0 0 ( ) )", DCAT_ERR_FORMAT,
         "cost: must be given"},
        {"NODES ( A ( 1 2 ) )\nDEMANDS ( D ( A A ) 1 -2 UNLIMITED )", DCAT_ERR_RANGE,
         "net:2: demand: must be in"},
        {"EXTRA ( a ( b )", DCAT_ERR_FORMAT, "has no end"},
        {"<network><networkStructure><nodes coordinatesType='pixel'/></networkStructure></network>",
         DCAT_ERR_FORMAT, "coordinatesType: must be geographical"},
        {"<net/>", DCAT_ERR_FORMAT, "must be <network>"},
        {"", DCAT_ERR_FORMAT, "no node in this file, read as sndlib"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        refuse(DCAT_FORMAT_SNDLIB, cases[i].text, cases[i].status, cases[i].words);
    }
}

static void test_sndlib_native_may_be_latin1(void **fixture)
{
    (void)fixture;
    tables t;
    expect(DCAT_FORMAT_SNDLIB, "# <node_id>\nNODES ( M\xfcnster ( 7.6 52.0 ) )\n", &t);
    assert_string_equal(after_comments(t.nodes), "name,lat_deg,lon_deg\nMünster,52,7.6\n");
    assert_int_equal(t.stats.line_converted_count, 1);
    tables_free(&t);
}

static void test_sndlib_units_that_are_unknown_are_said(void **fixture)
{
    (void)fixture;
    tables t;
    expect(DCAT_FORMAT_SNDLIB,
           "META ( unit = CARRIER ) NODES ( A ( 1 2 ) B ( 1 3 ) ) LINKS ( L ( A B ) 7 0 0 0 ( ) )",
           &t);
    assert_string_equal(t.stats.unknown_unit, "CARRIER");
    assert_non_null(strstr(t.links, ",7\n"));
    assert_string_equal(t.demand, "");
    tables_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graphml_has_nodes_links_and_rates),
        cmocka_unit_test(test_graphml_follows_the_encoding_it_declares),
        cmocka_unit_test(test_graphml_is_refused_by_line),
        cmocka_unit_test(test_sndlib_native_and_xml_say_the_same),
        cmocka_unit_test(test_sndlib_is_refused_by_line),
        cmocka_unit_test(test_sndlib_native_may_be_latin1),
        cmocka_unit_test(test_sndlib_units_that_are_unknown_are_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
