// SPDX-License-Identifier: Apache-2.0
// A synthetic country as files: scenario.yaml and the tables it names, a GML of its network, and a
// manifest, by which a later --force knows the folder.

#include "import/generate.h"

#include "dcat/version.h"
#include "dcat/x/file.h"
#include "dcat/x/table.h"
#include "file/json_write.h"
#include "file/result_format.h"
#include "file/text.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DETOUR 1.3 // a cable's length as a multiple of the straight line
#define KM_PER_DEGREE 111.195
#define ARRIVALS_PER_SERVER 0.75
#define NAME_BYTES 64

// --- Names

static void area_name(const generate_country *country, size_t area, char name[NAME_BYTES])
{
    size_t city = country->areas[area].city;
    snprintf(name, NAME_BYTES, "city%zu-a%zu", city + 1,
             area - country->cities[city].area_first + 1);
}

static double length_km(double x_a, double y_a, double x_b, double y_b)
{
    double x = x_a - x_b, y = y_a - y_b;
    return DETOUR * sqrt(x * x + y * y);
}

static double backbone_km(const generate_country *country, const generate_link *link)
{
    const generate_city *a = &country->cities[link->city_a], *b = &country->cities[link->city_b];
    return length_km(a->x_km, a->y_km, b->x_km, b->y_km);
}

static double district_km(const generate_country *country, size_t area)
{
    const generate_area *a = &country->areas[area];
    const generate_city *city = &country->cities[a->city];
    return length_km(a->x_km, a->y_km, city->x_km, city->y_km);
}

// --- Tables

static void write_made_by(const generate_country *country, FILE *file)
{
    const generate_config *c = &country->config;
    fprintf(file,
            "# Made by: dcat generate --servers %zu --areas %zu --cities %zu --size-km %.17g "
            "--seed %" PRIu64 "\n",
            c->server_count, c->area_count, c->city_count, c->side_km, c->seed);
}

#define PLACE_COLUMNS                                                                              \
    DCAT_COLUMN("name", DCAT_COLUMN_TEXT, NULL, "its name, which other tables use"),               \
        DCAT_COLUMN("x_km", DCAT_COLUMN_NUMBER, "km", "position from west to east"),               \
        DCAT_COLUMN("y_km", DCAT_COLUMN_NUMBER, "km", "position from south to north")

static const dcat_column server_columns[] = {
    PLACE_COLUMNS,
    DCAT_COLUMN("node", DCAT_COLUMN_TEXT, NULL, "the node of the network that it is joined to"),
    DCAT_COLUMN("speed_ghz", DCAT_COLUMN_NUMBER, "GHz", "speed of all its cores together"),
    DCAT_COLUMN("cores", DCAT_COLUMN_COUNT, NULL, "how many cores it has"),
};
static const dcat_column area_columns[] = {
    PLACE_COLUMNS,
    DCAT_COLUMN("node", DCAT_COLUMN_TEXT, NULL, "the node of the network where its tasks begin"),
};
static const dcat_column node_columns[] = {PLACE_COLUMNS};
static const dcat_column link_columns[] = {
    DCAT_COLUMN("from", DCAT_COLUMN_TEXT, NULL, "the node at one end"),
    DCAT_COLUMN("to", DCAT_COLUMN_TEXT, NULL, "the node at the other end"),
    DCAT_COLUMN("length_km", DCAT_COLUMN_NUMBER, "km", "length of the cable"),
};
static const dcat_column demand_columns[] = {
    DCAT_COLUMN("day", DCAT_COLUMN_COUNT, NULL, "day, from 1"),
    DCAT_COLUMN("hour", DCAT_COLUMN_COUNT, NULL, "hour of the day, from 0"),
};
#define AREA_MEANING "demand of this area, in proportion to the tasks that arrive"

static void write_servers(const generate_country *country, FILE *file)
{
    for (size_t i = 0; i < country->config.city_count; i++) {
        size_t first = country->cities[i].server_first;
        for (size_t s = first; s < country->cities[i + 1].server_first; s++) {
            const generate_server *server = &country->servers[s];
            char node[NAME_BYTES];
            area_name(country, server->area, node);
            fprintf(file, "city%zu-s%zu,%.3f,%.3f,%s,%d,100\n", i + 1, s - first + 1, server->x_km,
                    server->y_km, node, server->speed_ghz);
        }
    }
}

static void write_areas(const generate_country *country, FILE *file)
{
    for (size_t a = 0; a < country->config.area_count; a++) {
        char name[NAME_BYTES];
        area_name(country, a, name);
        fprintf(file, "%s,%.3f,%.3f,%s\n", name, country->areas[a].x_km, country->areas[a].y_km,
                name);
    }
}

static void write_nodes(const generate_country *country, FILE *file)
{
    for (size_t i = 0; i < country->config.city_count; i++) {
        const generate_city *city = &country->cities[i];
        fprintf(file, "city%zu,%.3f,%.3f\n", i + 1, city->x_km, city->y_km);
    }
    for (size_t a = 0; a < country->config.area_count; a++) {
        char name[NAME_BYTES];
        area_name(country, a, name);
        fprintf(file, "%s,%.3f,%.3f\n", name, country->areas[a].x_km, country->areas[a].y_km);
    }
}

static void write_links(const generate_country *country, FILE *file)
{
    for (size_t i = 0; i < country->link_count; i++) {
        const generate_link *link = &country->links[i];
        fprintf(file, "city%zu,city%zu,%.3f\n", link->city_a + 1, link->city_b + 1,
                backbone_km(country, link));
    }
    for (size_t a = 0; a < country->config.area_count; a++) {
        char name[NAME_BYTES];
        area_name(country, a, name);
        fprintf(file, "%s,city%zu,%.3f\n", name, country->areas[a].city + 1,
                district_km(country, a));
    }
}

static void write_demand(const generate_country *country, FILE *file)
{
    for (int day = 1; day <= GENERATE_DAY_COUNT; day++) {
        for (int hour = 0; hour < GENERATE_HOUR_COUNT; hour++) {
            fprintf(file, "%d,%d", day, hour);
            for (size_t a = 0; a < country->config.area_count; a++) {
                fprintf(file, ",%ld", generate_demand(country, a, day, hour));
            }
            fprintf(file, "\n");
        }
    }
}

// The columns of demand.csv: a moment, and every area by its name. One block, the caller's; NULL
// without memory.
static dcat_column *demand_columns_of(const generate_country *country, size_t *count)
{
    size_t area_count = country->config.area_count;
    *count = 2 + area_count;
    dcat_column *columns = calloc(1, *count * sizeof *columns + area_count * NAME_BYTES);
    if (columns == NULL) {
        return NULL;
    }
    char *names = (char *)&columns[*count];
    memcpy(columns, demand_columns, sizeof demand_columns);
    for (size_t a = 0; a < area_count; a++) {
        area_name(country, a, &names[a * NAME_BYTES]);
        columns[2 + a] =
            (dcat_column)DCAT_COLUMN(&names[a * NAME_BYTES], DCAT_COLUMN_COUNT, NULL, AREA_MEANING);
    }
    return columns;
}

// --- GML, with the square laid on the globe around 0 degrees north and east

static void write_gml_node(const generate_country *country, size_t id, const char *label,
                           double x_km, double y_km, FILE *file)
{
    double half_km = 0.5 * country->config.side_km;
    fprintf(file,
            "  node [\n    id %zu\n    label \"%s\"\n    Longitude %.6f\n    Latitude %.6f\n  ]\n",
            id, label, (x_km - half_km) / KM_PER_DEGREE, (y_km - half_km) / KM_PER_DEGREE);
}

static void write_gml_edge(size_t source, size_t target, double km, FILE *file)
{
    fprintf(file, "  edge [\n    source %zu\n    target %zu\n    length_km %.3f\n  ]\n", source,
            target, km);
}

static void write_gml(const generate_country *country, FILE *file)
{
    size_t city_count = country->config.city_count;
    write_made_by(country, file);
    fprintf(file, "graph [\n  directed 0\n  label \"generated-%zu\"\n",
            country->config.server_count);
    char name[NAME_BYTES];
    for (size_t i = 0; i < city_count; i++) {
        snprintf(name, sizeof name, "city%zu", i + 1);
        write_gml_node(country, i, name, country->cities[i].x_km, country->cities[i].y_km, file);
    }
    for (size_t a = 0; a < country->config.area_count; a++) {
        area_name(country, a, name);
        write_gml_node(country, city_count + a, name, country->areas[a].x_km,
                       country->areas[a].y_km, file);
    }
    for (size_t i = 0; i < country->link_count; i++) {
        const generate_link *link = &country->links[i];
        write_gml_edge(link->city_a, link->city_b, backbone_km(country, link), file);
    }
    for (size_t a = 0; a < country->config.area_count; a++) {
        write_gml_edge(city_count + a, country->areas[a].city, district_km(country, a), file);
    }
    fprintf(file, "]\n");
}

// --- The scenario

static void write_scenario_head(const generate_country *country, FILE *file)
{
    const generate_config *c = &country->config;
    fprintf(file, "# A synthetic country: cities by Zipf's law, servers and demand around them.\n");
    write_made_by(country, file);
    fprintf(
        file,
        "#\n"
        "# Nothing here was measured. What is assumed:\n"
        "# - Cities lie anywhere on a square; the size of the k-th largest is in proportion to\n"
        "#   1 / (k + cities / 100). Areas, servers and demand follow the sizes, and every city\n"
        "#   has at least one area and one server.\n"
        "# - An area has a district node, on which its servers are, and a link from it to the\n"
        "#   core node of its city. The backbone joins the cores of two cities unless a third\n"
        "#   city is closer to both. So a task takes 2 links within its district, 4 within its\n"
        "#   city, and one more from city to city. Cables are 1.3 times the straight line.\n"
        "# - Rates are Table I's, drawn for each link by the world's seed. A task has 60 Mb, "
        "three\n"
        "#   times Table I's, so that distance counts: a link takes 0.12 to 0.6 s of a deadline\n"
        "#   of 2 to 3 s, and what is many cities away is out of reach for everybody. That is "
        "what\n"
        "#   lets a world of 100 000 servers fit into memory: of more than 2000 servers only\n"
        "#   the paths that the largest deadline and the smallest data allow are kept.\n"
        "# - Demand mixes a day at work and a day at home for each area, on clocks an hour apart\n"
        "#   for 1300 km from west to east, with weekends on days 6, 7, 13 and 14 and 10 %% of\n"
        "#   noise; there are 0.75 tasks a slot for each server, as in `paper`.\n"
        "# network.gml is the same network for other tools, laid on the globe around 0 N 0 E.\n"
        "#\n"
        "# \"Table I\" is the parameter table of the paper; what is not here has its default.\n"
        "\n"
        "schema: 2\n"
        "name: generated-%zu\n"
        "title: Synthetic country, %zu servers in %zu cities and %zu areas on %g km\n"
        "geometry: plane\n",
        c->server_count, c->server_count, c->city_count, c->area_count, c->side_km);
}

static void write_scenario(const generate_country *country, FILE *file)
{
    write_scenario_head(country, file);
    fprintf(file,
            "\ntime:\n"
            "  slot_s: 1               # assumption: half of the shortest deadline\n"
            "  slots_per_cycle: 20     # assumption: 20 simulated slots stand for each hour\n"
            "  cycles_per_day: %d      # the demand table has one row an hour\n"
            "  train_days: [1, 8]\n"
            "  validate_days: [9, 10]\n"
            "  test_days: [11, %d]     # both halves of a week\n"
            "\nservers:\n"
            "  file: servers.csv       # 200 to 300 GHz is Table I, 100 cores an assumption\n"
            "\nareas:\n"
            "  file: areas.csv\n"
            "\nnetwork:\n"
            "  kind: graph\n"
            "  link_mbps: [100, 500]   # Table I, v_s\n"
            "  signal_speed_mps: 3.0e8 # Table I, V\n"
            "  reference_data_mb: 60   # paths are the fastest ones for the data of every task\n"
            "  access_mbps: [100, 500] # assumption: access links are like the others\n"
            "  graph:\n"
            "    nodes_file: nodes.csv\n"
            "    links_file: links.csv\n"
            "\ndemand:\n"
            "  profile_file: demand.csv\n"
            "  arrivals_per_slot: %.17g # 0.75 for each server, as in `paper`\n"
            "  work_gigacycles: [500, 900] # Table I, l_n\n"
            "  data_mb: [60, 60]       # assumption: see above; Table I has 20\n"
            "  deadline_s: [2, 3]      # Table I, tau_n\n"
            "\nmarket:\n"
            "  price_per_gigacycle: 10 # Table I, p\n"
            "\nclustering:\n"
            "  span_max_km: 100        # Table I, the least R_max: a city and what is around it\n",
            GENERATE_HOUR_COUNT, GENERATE_DAY_COUNT,
            ARRIVALS_PER_SERVER * (double)country->config.server_count);
}

// Without time or machine, so that the same command gives the same bytes.
static dcat_status write_manifest(const generate_country *country, FILE *file, dcat_error *err)
{
    const generate_config *c = &country->config;
    return json_write(json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "format",
                                DCAT_MANIFEST_FORMAT, "made_by", "dcat generate", "version",
                                dcat_version(), "servers", json_count(c->server_count), "areas",
                                json_count(c->area_count), "cities", json_count(c->city_count),
                                "backbone_links", json_count(country->link_count), "size_km",
                                json_number(c->side_km), "seed", json_count(c->seed)),
                      file, err);
}

// --- Together

typedef void part_writer(const generate_country *country, FILE *file);

static dcat_status write_file(const generate_country *country, const char *name, part_writer *write,
                              dcat_output *output, dcat_error *err)
{
    dcat_error own = {0};
    FILE *file = dcat_output_file(output, name, &own);
    if (file == NULL) {
        return dcat_fail(err, own.status, "%s", own.message);
    }
    write(country, file); // a failure is seen when the output is committed
    return DCAT_OK;
}

static dcat_status write_table(const generate_country *country, const dcat_table_head *head,
                               part_writer *write, dcat_output *output, dcat_schema *schema,
                               dcat_error *err)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%s.csv", head->name);
    dcat_error own = {0};
    FILE *file = dcat_output_file(output, name, &own);
    if (file == NULL) {
        return dcat_fail(err, own.status, "%s", own.message);
    }
    schema->heads[schema->count++] = *head;
    write_made_by(country, file);
    dcat_csv_header(head, file);
    write(country, file);
    return DCAT_OK;
}

#define HEAD(name_, meaning_, columns_, count_)                                                    \
    {                                                                                              \
        .name = (name_), .meaning = (meaning_), .columns = (columns_), .column_count = (count_),   \
        .commented = true                                                                          \
    }
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static dcat_status write_tables(const generate_country *country, dcat_output *output,
                                dcat_error *err)
{
    size_t demand_count = 0;
    dcat_column *demand = demand_columns_of(country, &demand_count);
    if (demand == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu areas", demand_count - 2);
    }
    const struct {
        dcat_table_head head;
        part_writer *write;
    } tables[] = {
        {HEAD("servers", "a server", server_columns, COUNT_OF(server_columns)), write_servers},
        {HEAD("areas", "an area", area_columns, COUNT_OF(area_columns)), write_areas},
        {HEAD("nodes", "a node", node_columns, COUNT_OF(node_columns)), write_nodes},
        {HEAD("links", "a link", link_columns, COUNT_OF(link_columns)), write_links},
        {HEAD("demand", "an hour of a day", demand, demand_count), write_demand},
    };
    dcat_schema schema = {0};
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < COUNT_OF(tables); i++) {
        status = write_table(country, &tables[i].head, tables[i].write, output, &schema, err);
    }
    status = status == DCAT_OK ? dcat_schema_write(&schema, output, err) : status;
    free(demand);
    return status;
}

dcat_status generate_write(const generate_country *country, dcat_output *output, dcat_error *err)
{
    locale_t before = text_locale_enter();
    dcat_status status = write_file(country, "scenario.yaml", write_scenario, output, err);
    status = status == DCAT_OK ? write_tables(country, output, err) : status;
    status =
        status == DCAT_OK ? write_file(country, "network.gml", write_gml, output, err) : status;
    dcat_error own = {0};
    FILE *manifest = status == DCAT_OK ? dcat_output_file(output, "manifest.json", &own) : NULL;
    if (manifest != NULL) {
        status = write_manifest(country, manifest, err);
    } else if (status == DCAT_OK) {
        status = dcat_fail(err, own.status, "%s", own.message);
    }
    text_locale_leave(before);
    return status;
}

dcat_status dcat_generate(dcat_generate_config *config, dcat_output *output, size_t *link_count,
                          dcat_error *err)
{
    generate_country country = {0};
    dcat_status status = generate_country_make(config, &country, err);
    if (status == DCAT_OK) {
        status = generate_write(&country, output, err);
    }
    if (status == DCAT_OK) {
        *config = country.config;
        *link_count = country.link_count;
    }
    generate_country_free(&country);
    return status;
}
