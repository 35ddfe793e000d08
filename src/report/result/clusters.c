// SPDX-License-Identifier: Apache-2.0
// The clusters of a moment as a table for people.

#include "report/result/clusters.h"
#include "report/result/facts.h"

#include "dcat/x/report.h"
#include "file/write_text.h"
#include "report/result/columns.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// In the order of the table.
enum { CLUSTER, SERVERS, SPEED, SPAN, MEMBERS, BUSY, COLUMNS };

static const dcat_column shown_columns[COLUMNS] = {
    [CLUSTER] = {.key = "cluster",
                 .type = DCAT_COLUMN_COUNT,
                 .meaning = "number of the cluster",
                 .heading = {"cluster"},
                 .left = true},
    [SERVERS] = {.key = "servers",
                 .type = DCAT_COLUMN_COUNT,
                 .meaning = "members of the cluster",
                 .heading = {"servers"}},
    [MEMBERS] = {.key = "members",
                 .type = DCAT_COLUMN_TEXT,
                 .meaning = "its servers",
                 .heading = {"members"},
                 .left = true},
    [SPEED] = {.key = "speed_ghz",
               .type = DCAT_COLUMN_NUMBER,
               .meaning = "speed of all members together",
               .heading = {"speed", "GHz"},
               .decimals = 1},
    [SPAN] = {.key = "span_km",
              .type = DCAT_COLUMN_NUMBER,
              .meaning = "largest distance between members",
              .heading = {"span", "km"}},
    [BUSY] = {.key = "busy",
              .type = DCAT_COLUMN_NUMBER,
              .meaning = "work of its members over the run, in percent of what they could do",
              .heading = {"busy", "%"},
              .decimals = 1},
};

// The first members by name, as many as a cell holds.
static void list_members(const dcat_scenario *scenario, const dcat_cluster_view *cluster,
                         char text[DCAT_SHOWN_SIZE])
{
    enum { ROOM = DCAT_SHOWN_SIZE - 40 };
    size_t length = 0;
    text[0] = '\0';
    for (size_t m = 0; m < cluster->member_count; m++) {
        const char *name = dcat_scenario_server_name(scenario, (size_t)cluster->members[m]);
        if (m > 0 && length + 2 + strlen(name) > ROOM) {
            snprintf(text + length, DCAT_SHOWN_SIZE - length, " and %zu more",
                     cluster->member_count - m);
            return;
        }
        int more = snprintf(text + length, ROOM - length, "%s%s", m > 0 ? ", " : "", name);
        length += more < 0 ? 0 : (size_t)more < ROOM - length ? (size_t)more : ROOM - length - 1;
    }
}

// The share of their time that a cluster's members worked, weighted by speed.
static double busy_percent(const dcat_state *state, const dcat_cluster_view *cluster,
                           double speed_hz, double duration_s)
{
    const dcat_world *world = dcat_state_world(state);
    const dcat_server *servers = dcat_world_servers_view(world);
    double work = 0.0;
    for (size_t m = 0; m < cluster->member_count; m++) {
        int32_t i = cluster->members[m];
        work += dcat_state_server(state, i).busy_s * servers[i].speed_hz /
                facts_units(world, (size_t)i);
    }
    return 100.0 * ratio(work, speed_hz * duration_s);
}

// Clusters by speed, descending, equal ones by number.
typedef struct place {
    double speed_hz;
    int32_t cluster;
} place;

static int by_speed(const void *a, const void *b)
{
    const place *p = a;
    const place *q = b;
    return p->speed_hz != q->speed_hz ? (p->speed_hz < q->speed_hz ? 1 : -1)
                                      : (p->cluster > q->cluster) - (p->cluster < q->cluster);
}

void clusters_shown_make(const dcat_scenario *scenario, const dcat_state *state, double duration_s,
                         dcat_table *table, size_t *left_out)
{
    size_t count = (size_t)dcat_state_cluster_count(state);
    place *order = calloc(count + 1, sizeof *order);
    *table = (dcat_table){.head = DCAT_TABLE_HEAD("clusters", "a cluster", shown_columns),
                          .no_memory = order == NULL};
    table->head.column_count -= duration_s > 0.0 ? 0 : 1;
    *left_out = count > CLUSTERS_SHOWN_MAX ? count - CLUSTERS_SHOWN_MAX : 0;
    if (order == NULL) {
        return;
    }
    for (size_t k = 0; k < count; k++) {
        order[k] = (place){facts_cluster_speed_hz(state, (int32_t)k), (int32_t)k};
    }
    qsort(order, count, sizeof *order, by_speed);
    for (size_t k = 0; k < count - *left_out; k++) {
        dcat_cluster_view cluster = dcat_state_cluster(state, order[k].cluster);
        char members[DCAT_SHOWN_SIZE];
        list_members(scenario, &cluster, members);
        double span_m = dcat_span_m(dcat_state_world(state), cluster.members, cluster.member_count);
        const dcat_cell cells[COLUMNS] = {
            [CLUSTER] = dcat_cell_count((uint64_t)order[k].cluster),
            [SERVERS] = dcat_cell_count(cluster.member_count),
            [MEMBERS] = dcat_cell_text(members),
            [SPEED] = dcat_cell_number(order[k].speed_hz / 1e9),
            [SPAN] = dcat_cell_number(span_m / 1e3),
            [BUSY] = dcat_cell_number(busy_percent(state, &cluster, order[k].speed_hz, duration_s)),
        };
        dcat_table_add(table, cells, DCAT_ROW_PLAIN);
    }
    free(order);
}

dcat_status dcat_write_clusters_text(const dcat_cluster_report *report, FILE *file, dcat_error *err)
{
    dcat_table table;
    size_t left_out = 0;
    clusters_shown_make(report->scenario, report->state, 0.0, &table, &left_out);
    char name[256];
    text_clean(dcat_scenario_name(report->scenario), name, sizeof name);
    fprintf(file, "%s: clusters of %s in cycle %" PRIu32 "\n\n", name, report->clusterer,
            report->cycle);
    dcat_status status = dcat_table_write_text(&table, file, err);
    if (left_out > 0) {
        fprintf(file, "\nand %zu more: --out DIR writes all\n", left_out);
    }
    dcat_table_free(&table);
    return status;
}
