// SPDX-License-Identifier: Apache-2.0
// areas.csv, links.csv and paths.csv: the network of a run, with what its seed drew.

#include "dcat/x/report.h"
#include "dcat/x/world_facts.h"
#include "report/result/columns.h"

#include <math.h>
#include <stdlib.h>

// --- areas

static const dcat_column area_columns[] = {
    DCAT_COLUMN("area", DCAT_COLUMN_TEXT, NULL, "name of the area"),
    REPORT_SITE_COLUMNS,
};
const dcat_table_head dcat_areas_head =
    DCAT_TABLE_HEAD("areas", "an area that tasks come from", area_columns);

void dcat_write_areas_csv_rows(const dcat_scenario *scenario, const dcat_world *world, FILE *file)
{
    const dcat_area *areas = dcat_world_areas_view(world);
    for (size_t a = 0; a < dcat_world_area_count(world); a++) {
        const dcat_cell cells[] = {dcat_cell_text(dcat_scenario_area_name(scenario, a)),
                                   REPORT_SITE_CELLS(scenario, world, areas[a])};
        dcat_csv_row(&dcat_areas_head, cells, file);
    }
}

// --- links

static const dcat_column link_columns[] = {
    DCAT_COLUMN("kind", DCAT_COLUMN_TEXT, NULL, "link, area-access, server-access or hop"),
    DCAT_COLUMN("from", DCAT_COLUMN_TEXT, NULL, "a node, or the area where the way begins"),
    DCAT_COLUMN("to", DCAT_COLUMN_TEXT, NULL, "a node, or the server where the way ends"),
    DCAT_COLUMN("hop", DCAT_COLUMN_COUNT, NULL, "of a hop: its number on the way, from 0"),
    DCAT_COLUMN("length_km", DCAT_COLUMN_NUMBER, "km", "length; none of a hop"),
    DCAT_COLUMN("rate_mbps", DCAT_COLUMN_NUMBER, "Mbit/s", "rate"),
    DCAT_COLUMN("drawn", DCAT_COLUMN_BOOLEAN, NULL, "whether the seed drew the rate"),
};
const dcat_table_head dcat_links_head = DCAT_TABLE_HEAD("links", "a link", link_columns);

typedef struct link_row {
    const char *kind, *from, *to;
    dcat_cell hop;
    double length_m, rate_bps;
    bool drawn;
} link_row;

static void put_link(link_row row, FILE *file)
{
    const dcat_cell cells[] = {
        dcat_cell_text(row.kind),
        dcat_cell_text(row.from),
        dcat_cell_text(row.to),
        row.hop,
        dcat_cell_number(row.length_m / 1e3),
        dcat_cell_number(row.rate_bps / 1e6),
        dcat_cell_boolean(row.drawn),
    };
    dcat_csv_row(&dcat_links_head, cells, file);
}

static double access_m(const dcat_world *world, dcat_site site, int node)
{
    const dcat_world_config *config = dcat_world_config_view(world);
    return dcat_distance_m(config->geometry, site, config->network.nodes[node]);
}

static void put_graph(const dcat_scenario *scenario, const dcat_world *world, FILE *file)
{
    const dcat_network_config *network = &dcat_world_config_view(world)->network;
    const dcat_area *areas = dcat_world_areas_view(world);
    const dcat_server *servers = dcat_world_servers_view(world);
    const double *rate_bps = dcat_world_link_rate_view(world);
    for (size_t i = 0; i < network->link_count; i++) {
        const dcat_link *link = &network->links[i];
        put_link((link_row){"link", dcat_scenario_node_name(scenario, (size_t)link->node_a),
                            dcat_scenario_node_name(scenario, (size_t)link->node_b),
                            dcat_cell_missing(), link->length_m, rate_bps[i],
                            isnan(link->rate_bps)},
                 file);
    }
    for (size_t a = 0; a < dcat_world_area_count(world); a++) {
        put_link((link_row){"area-access", dcat_scenario_area_name(scenario, a),
                            dcat_scenario_node_name(scenario, (size_t)areas[a].node),
                            dcat_cell_missing(), access_m(world, areas[a].site, areas[a].node),
                            dcat_world_area_access_rate(world, (int)a), true},
                 file);
    }
    for (size_t s = 0; s < dcat_world_server_count(world); s++) {
        put_link((link_row){"server-access",
                            dcat_scenario_node_name(scenario, (size_t)servers[s].node),
                            dcat_scenario_server_name(scenario, s), dcat_cell_missing(),
                            access_m(world, servers[s].site, servers[s].node),
                            dcat_world_server_access_rate(world, (int)s), true},
                 file);
    }
}

// --- ways: from one area at a time, so that large worlds need memory for one only

typedef struct one_way {
    const dcat_scenario *scenario;
    const dcat_world *world;
    size_t area, server;
    dcat_path path;
} one_way;

static dcat_status for_every_way(const dcat_scenario *scenario, const dcat_world *world,
                                 void (*put)(const one_way *way, FILE *file), FILE *file,
                                 dcat_error *err)
{
    size_t S = dcat_world_server_count(world);
    int32_t *servers = malloc(S * sizeof *servers);
    dcat_path *paths = malloc(S * sizeof *paths);
    bool room = servers != NULL && paths != NULL;
    for (size_t a = 0; room && a < dcat_world_area_count(world); a++) {
        size_t count = dcat_world_paths(world, (int)a, servers, paths);
        for (size_t i = 0; i < count; i++) {
            const one_way one = {scenario, world, a, (size_t)servers[i], paths[i]};
            put(&one, file);
        }
    }
    free(servers);
    free(paths);
    return room ? DCAT_OK : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu paths", S);
}

static void put_hops(const one_way *way, FILE *file)
{
    for (int h = 0; h < way->path.hop_count; h++) {
        put_link((link_row){"hop", dcat_scenario_area_name(way->scenario, way->area),
                            dcat_scenario_server_name(way->scenario, way->server),
                            dcat_cell_count((uint64_t)h), NAN,
                            dcat_world_hop_rate(way->world, (int)way->area, (int)way->server, h),
                            true},
                 file);
    }
}

dcat_status dcat_write_links_csv_rows(const dcat_scenario *scenario, const dcat_world *world,
                                      FILE *file, dcat_error *err)
{
    if (dcat_world_config_view(world)->network.kind == DCAT_NETWORK_HOPS) {
        return for_every_way(scenario, world, put_hops, file, err);
    }
    put_graph(scenario, world, file);
    return DCAT_OK;
}

static const dcat_column path_columns[] = {
    DCAT_COLUMN("area", DCAT_COLUMN_TEXT, NULL, "where it begins"),
    DCAT_COLUMN("server", DCAT_COLUMN_TEXT, NULL, "where it ends"),
    DCAT_COLUMN("links", DCAT_COLUMN_COUNT, NULL, "links on it, access links included"),
    DCAT_COLUMN("seconds_per_bit", DCAT_COLUMN_NUMBER, "s/bit", "sum of 1 / rate over its links"),
    DCAT_COLUMN("propagation_s", DCAT_COLUMN_NUMBER, "s", "length / signal speed"),
};
const dcat_table_head dcat_paths_head =
    DCAT_TABLE_HEAD("paths", "the path from an area to a server in its reach", path_columns);

static void put_path(const one_way *way, FILE *file)
{
    const dcat_cell cells[] = {
        dcat_cell_text(dcat_scenario_area_name(way->scenario, way->area)),
        dcat_cell_text(dcat_scenario_server_name(way->scenario, way->server)),
        dcat_cell_count((uint64_t)way->path.hop_count),
        dcat_cell_number(way->path.seconds_per_bit),
        dcat_cell_number(way->path.propagation_s),
    };
    dcat_csv_row(&dcat_paths_head, cells, file);
}

dcat_status dcat_write_paths_csv_rows(const dcat_scenario *scenario, const dcat_world *world,
                                      FILE *file, dcat_error *err)
{
    return for_every_way(scenario, world, put_path, file, err);
}
