// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/clusters_file.h"

#include "base/array_room.h"
#include "file/csv_table.h"
#include "scenario/object.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// One line of the table.
typedef struct given_row {
    uint32_t cycle;
    int32_t server;
    int32_t cluster; // index of its name
    size_t line;
} given_row;

struct dcat_clusters_file {
    char *path;
    names servers; // as the scenario calls them
    names clusters;
    given_row *rows; // [row_count], by cycle
    size_t row_count, row_capacity;
    size_t step_count;
    uint32_t *cycle;     // [step_count] from which on a step holds; ascending
    int32_t *cluster_of; // [step_count, servers.count] canonical
};

void dcat_clusters_file_destroy(dcat_clusters_file *f)
{
    if (f != NULL) {
        names_free(&f->servers);
        names_free(&f->clusters);
        free(f->path);
        free(f->rows);
        free(f->cycle);
        free(f->cluster_of);
        free(f);
    }
}

// --- Reading

enum { SERVER, CLUSTER, CYCLE, SPEED, SERVERS, CLUSTER_SPEED, SPAN, UNIT_COST, WORKS, COLUMNS };

#define TEXT                                                                                       \
    {                                                                                              \
        -INFINITY, INFINITY, false, false                                                          \
    }

// The last six are what `dcat cluster` writes besides; they must be numbers and say nothing here.
static const table_column columns[COLUMNS] = {
    [SERVER] = {"server", COLUMN_NAME, true, TEXT},
    [CLUSTER] = {"cluster", COLUMN_NAME, true, TEXT},
    [CYCLE] = {"cycle", COLUMN_WHOLE, false, {0.0, 4294967295.0, false, false}},
    [SPEED] = {"speed_ghz", COLUMN_NUMBER, false, TEXT},
    [SERVERS] = {"cluster_servers", COLUMN_NUMBER, false, TEXT},
    [CLUSTER_SPEED] = {"cluster_speed_ghz", COLUMN_NUMBER, false, TEXT},
    [SPAN] = {"cluster_span_km", COLUMN_NUMBER, false, TEXT},
    [UNIT_COST] = {"unit_cost_per_gigacycle", COLUMN_NUMBER, false, TEXT},
    [WORKS] = {"works", COLUMN_NUMBER, false, TEXT},
};

static dcat_status take_row(const table *t, dcat_clusters_file *f, dcat_error *err)
{
    const table_cell *server = table_cell_at(t, SERVER);
    const table_cell *cluster = table_cell_at(t, CLUSTER);
    const table_cell *cycle = table_cell_at(t, CYCLE);
    size_t index = names_find(&f->servers, server->text, server->length);
    if (index == NAMES_NONE) {
        const char *nearest = names_nearest(&f->servers, server->text);
        return table_fail(
            t, err, DCAT_ERR_REFERENCE, SERVER, "must be a server of the scenario, got %s%s%s%s",
            TEXT_SHOW(server->text, server->length), nearest == NULL ? "" : "; did you mean ",
            nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
    }
    size_t name;
    bool added;
    dcat_status status =
        names_add(&f->clusters, cluster->text, cluster->length, &name, &added, err);
    if (status == DCAT_OK) {
        status = array_room(&f->rows, &f->row_capacity, f->row_count + 1, sizeof *f->rows, err);
    }
    if (status == DCAT_OK) {
        f->rows[f->row_count++] = (given_row){
            .cycle = cycle->given ? (uint32_t)cycle->number : 0,
            .server = (int32_t)index,
            .cluster = (int32_t)name,
            .line = table_line(t),
        };
    }
    return status;
}

static int by_cycle(const void *a, const void *b)
{
    const given_row *left = a, *right = b;
    if (left->cycle != right->cycle) {
        return left->cycle < right->cycle ? -1 : 1;
    }
    return left->line < right->line ? -1 : left->line > right->line;
}

// The rows of one cycle become labels: each cluster is called by the first server it names.
static dcat_status fill_step(dcat_clusters_file *f, const given_row *rows, size_t row_count,
                             int32_t *cluster_of, int32_t *first_of, dcat_error *err)
{
    size_t server_count = f->servers.count;
    for (size_t i = 0; i < server_count; i++) {
        cluster_of[i] = -1;
    }
    for (size_t r = 0; r < row_count; r++) {
        first_of[rows[r].cluster] = -1;
    }
    for (size_t r = 0; r < row_count; r++) {
        const given_row *row = &rows[r];
        const char *name = names_at(&f->servers, (size_t)row->server);
        if (cluster_of[row->server] >= 0) {
            return dcat_fail(err, DCAT_ERR_FIELD,
                             "%s:%zu: server: must stand once in a cycle, got "
                             "%s again",
                             f->path, row->line, TEXT_SHOW(name, strlen(name)));
        }
        int32_t *first = &first_of[row->cluster];
        *first = *first < 0 ? row->server : *first;
        cluster_of[row->server] = *first;
    }
    for (size_t i = 0; i < server_count; i++) {
        const char *name = names_at(&f->servers, i);
        if (cluster_of[i] < 0) {
            return dcat_fail(err, DCAT_ERR_FIELD, "%s: server %s is missing in cycle %u", f->path,
                             TEXT_SHOW(name, strlen(name)), rows[0].cycle);
        }
    }
    return DCAT_OK;
}

static dcat_status fill_steps(dcat_clusters_file *f, dcat_error *err)
{
    size_t server_count = f->servers.count;
    qsort(f->rows, f->row_count, sizeof *f->rows, by_cycle);
    for (size_t r = 0; r < f->row_count; r++) {
        f->step_count += r == 0 || f->rows[r].cycle != f->rows[r - 1].cycle;
    }
    size_t scratch_count = server_count + f->clusters.count + 1;
    int32_t *scratch = calloc(scratch_count, sizeof *scratch);
    f->cycle = calloc(f->step_count + 1, sizeof *f->cycle);
    f->cluster_of = calloc(f->step_count * server_count + 1, sizeof *f->cluster_of);
    dcat_status status = scratch != NULL && f->cycle != NULL && f->cluster_of != NULL
                             ? DCAT_OK
                             : dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", f->path);
    size_t step = 0;
    for (size_t r = 0, end; status == DCAT_OK && r < f->row_count; r = end) {
        for (end = r + 1; end < f->row_count && f->rows[end].cycle == f->rows[r].cycle; end++) {
        }
        int32_t *cluster_of = f->cluster_of + step * server_count;
        f->cycle[step++] = f->rows[r].cycle;
        status = fill_step(f, &f->rows[r], end - r, cluster_of, scratch + server_count, err);
        if (status == DCAT_OK) {
            dcat_partition_canonical(cluster_of, server_count, scratch);
        }
    }
    free(scratch);
    return status;
}

static dcat_status read_table(dcat_clusters_file *f, const char *path, dcat_error *err)
{
    const file_source disk = {.folder = ""};
    input in;
    dcat_status status = source_open(&disk, path, &in, err);
    if (status != DCAT_OK) {
        return status;
    }
    table *t;
    status = table_open(&in, columns, COLUMNS, NULL, &t, err);
    while (table_each(t, &status, err)) {
        status = take_row(t, f, err);
    }
    table_close(t);
    input_close(&in, NULL);
    if (status == DCAT_OK && f->row_count == 0) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s: must have at least one row", path);
    }
    return status;
}

dcat_status dcat_clusters_file_read(const dcat_scenario *scenario, const char *path,
                                    dcat_clusters_file **file, dcat_error *err)
{
    dcat_clusters_file *f = calloc(1, sizeof *f);
    if (f == NULL || (f->path = strdup(path)) == NULL) {
        free(f);
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", path);
    }
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < scenario->servers.names.count; i++) {
        const char *name = names_at(&scenario->servers.names, i);
        size_t index;
        bool added;
        status = names_add(&f->servers, name, strlen(name), &index, &added, err);
    }
    if (status == DCAT_OK) {
        status = read_table(f, path, err);
    }
    if (status == DCAT_OK) {
        status = fill_steps(f, err);
    }
    if (status != DCAT_OK) {
        dcat_clusters_file_destroy(f);
        return status;
    }
    *file = f;
    return DCAT_OK;
}

// --- Deciding

static size_t step_of(const dcat_clusters_file *f, uint32_t cycle)
{
    size_t step = 0;
    while (step + 1 < f->step_count && f->cycle[step + 1] <= cycle) {
        step++;
    }
    return step;
}

static size_t line_of(const dcat_clusters_file *f, size_t step, int32_t server)
{
    for (size_t r = 0; r < f->row_count; r++) {
        if (f->rows[r].cycle == f->cycle[step] && f->rows[r].server == server) {
            return f->rows[r].line;
        }
    }
    return 0;
}

// Name the two members that are too far apart, at the line of the second.
static dcat_status too_wide(const dcat_clusters_file *f, size_t step, const dcat_world *world,
                            const int32_t *members, size_t member_count, dcat_error *err)
{
    double limit_m = dcat_world_config_view(world)->span_m_max;
    for (size_t a = 0; a < member_count; a++) {
        for (size_t b = 0; b < a; b++) {
            const int32_t pair[2] = {members[b], members[a]};
            double span_m = dcat_span_m(world, pair, 2);
            if (span_m > limit_m) {
                const char *one = names_at(&f->servers, (size_t)pair[0]);
                const char *other = names_at(&f->servers, (size_t)pair[1]);
                return dcat_fail(err, DCAT_ERR_RANGE,
                                 "%s:%zu: cluster: %s and %s are %.6g km apart; "
                                 "clustering.span_max_km is %.6g",
                                 f->path, line_of(f, step, pair[1]), TEXT_SHOW(one, strlen(one)),
                                 TEXT_SHOW(other, strlen(other)), span_m / 1e3, limit_m / 1e3);
            }
        }
    }
    return DCAT_OK;
}

// members [S] and end [S] are scratch: the servers of each cluster, one after the other.
static dcat_status check_spans(const dcat_clusters_file *f, size_t step, const dcat_world *world,
                               const int32_t *cluster_of, int32_t *members, int32_t *end,
                               dcat_error *err)
{
    size_t count = f->servers.count;
    memset(end, 0, count * sizeof *end);
    for (size_t i = 0; i < count; i++) {
        size_t next = (size_t)cluster_of[i] + 1;
        if (next < count) {
            end[next]++; // the place where it begins
        }
    }
    for (size_t k = 1; k < count; k++) {
        end[k] += end[k - 1];
    }
    for (size_t i = 0; i < count; i++) {
        members[end[cluster_of[i]]++] = (int32_t)i;
    }
    dcat_status status = DCAT_OK;
    for (size_t k = 0; status == DCAT_OK && k < count; k++) {
        size_t first = k == 0 ? 0 : (size_t)end[k - 1];
        size_t member_count = (size_t)end[k] - first;
        if (member_count > 1 && dcat_span_m(world, members + first, member_count) >
                                    dcat_world_config_view(world)->span_m_max) {
            status = too_wide(f, step, world, members + first, member_count, err);
        }
    }
    return status;
}

static dcat_status decide(const dcat_cluster_input *seen, void *workspace, int32_t *cluster_of,
                          dcat_error *err)
{
    const dcat_clusters_file *f = seen->model;
    size_t count = dcat_world_server_count(seen->world);
    if (f == NULL || f->servers.count != count) {
        return dcat_fail(err, DCAT_ERR_FIELD,
                         "clusterer file needs a table of the world's %zu "
                         "servers: file=clusters.csv",
                         count);
    }
    size_t step = step_of(f, seen->cycle);
    memcpy(cluster_of, f->cluster_of + step * count, count * sizeof *cluster_of);
    int32_t *members = workspace;
    return check_spans(f, step, seen->world, cluster_of, members, members + count, err);
}

static size_t workspace_bytes(const dcat_world *world, const void *model)
{
    (void)model;
    return 2 * dcat_world_server_count(world) * sizeof(int32_t);
}

static int once(const dcat_world *world)
{
    (void)world;
    return 0;
}

static int every_cycle(const dcat_world *world)
{
    (void)world;
    return 1;
}

#define ROW(every)                                                                                 \
    {                                                                                              \
        DCAT_SIZED(dcat_clusterer),                                                                \
            .name = "file", .summary = "clusters of your own, from a table", .needs_model = true,  \
            .decide_every = (every), .workspace_bytes = workspace_bytes, .decide = decide          \
    }

static const dcat_clusterer standing = ROW(once);
static const dcat_clusterer changing = ROW(every_cycle);

const dcat_clusterer *dcat_clusters_file_clusterer(const dcat_clusters_file *file)
{
    return file != NULL && file->step_count > 1 ? &changing : &standing;
}
