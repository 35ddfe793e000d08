// SPDX-License-Identifier: Apache-2.0
// The GPU cluster trace that Alibaba published in 2023 (openb): CSV tables of nodes and of pods.

#include "import/fleet/fleet.h"

#include "file/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CELL_MAX 64

// Names of the columns, in the order of fleet_table.column.
enum { NODE_NAME, NODE_CORES, NODE_GPUS, NODE_MODEL, NODE_COLUMNS };
static const char *const node_columns[NODE_COLUMNS] = {"sn", "cpu_milli", "gpu", "model"};

enum { POD_CORES, POD_GPUS, POD_SHARE, POD_MODELS, POD_CREATED, POD_DELETED, POD_SCHEDULED, PODS };
static const char *const pod_columns[PODS] = {"cpu_milli",     "num_gpu",       "gpu_milli",
                                              "gpu_spec",      "creation_time", "deletion_time",
                                              "scheduled_time"};

// The number in a cell; false when it is none. An empty cell is `empty`.
static bool number_in(const char *text, double empty, double *number)
{
    if (text[0] == '\0') {
        *number = empty;
        return true;
    }
    return text_number(text, strlen(text), number) == NULL && *number >= 0.0;
}

// Whole numbers for C's int; false for anything else.
static bool count_in(const char *text, int *count)
{
    double number;
    if (!number_in(text, 0.0, &number) || number > 1e6 || number != (double)(int)number) {
        return false;
    }
    *count = (int)number;
    return true;
}

// Find the columns in the header; the fleet's status says which is missing.
static void find_columns(fleet_table *t, char *const *cells, size_t count,
                         const char *const *columns, int column_count)
{
    t->header_seen = true;
    t->column_count = count;
    for (int c = 0; c < column_count; c++) {
        t->column[c] = fleet_column(cells, count, columns[c]);
        if (t->column[c] < 0 && t->fleet->status == DCAT_OK) {
            t->fleet->status = dcat_fail(t->fleet->err, DCAT_ERR_FIELD, "%s:1: has no column %s",
                                         t->path, columns[c]);
        }
    }
}

// Cut a line into cells. The first is the header; empty lines are no rows.
static bool is_row(fleet_table *t, const import_line *line, const char *const *columns,
                   int column_count, char *copy, char **cells, size_t *count)
{
    if (t->fleet->status != DCAT_OK || (line->length == 0 && !line->overlong)) {
        return false;
    }
    *count = fleet_cut(line->text, line->length, ',', copy, cells, CELL_MAX);
    if (t->header_seen) {
        return true;
    }
    find_columns(t, cells, *count, columns, column_count);
    return false;
}

void openb_node_line(void *table, const import_line *line)
{
    fleet_table *t = table;
    char copy[IMPORT_LINE_BYTES_MAX + 1], *cells[CELL_MAX];
    size_t count;
    if (!is_row(t, line, node_columns, NODE_COLUMNS, copy, cells, &count)) {
        return;
    }
    t->fleet->stats->node_count++;
    int milli, gpus;
    bool ok = !line->overlong && count == t->column_count;
    ok = ok && count_in(cells[t->column[NODE_CORES]], &milli) &&
         count_in(cells[t->column[NODE_GPUS]], &gpus) && milli >= 1000;
    if (ok) {
        const char *name = cells[t->column[NODE_NAME]], *model = cells[t->column[NODE_MODEL]];
        ok = (gpus == 0 || model[0] != '\0') &&
             fleet_add_server(t->fleet, name, strlen(name), milli / 1000, model, strlen(model),
                              gpus);
    }
    if (!ok) {
        import_count(&t->fleet->stats->node_skip, t->fleet->file_name, line->number);
    }
}

static void take_pod(fleet_table *t, char *const *cells, uint64_t line)
{
    double cores, gpus, share, created_s, deleted_s, scheduled_s;
    const double none = -1.0;
    if (!number_in(cells[t->column[POD_CORES]], 0.0, &cores) ||
        !number_in(cells[t->column[POD_GPUS]], 0.0, &gpus) ||
        !number_in(cells[t->column[POD_SHARE]], 1000.0, &share) ||
        !number_in(cells[t->column[POD_CREATED]], none, &created_s) || created_s == none ||
        !number_in(cells[t->column[POD_DELETED]], none, &deleted_s) ||
        !number_in(cells[t->column[POD_SCHEDULED]], none, &scheduled_s)) {
        fleet_skip_job(t->fleet, DCAT_FLEET_MALFORMED, line);
        return;
    }
    if (scheduled_s == none || deleted_s == none) {
        fleet_skip_job(t->fleet, scheduled_s == none ? DCAT_FLEET_NOT_RUN : DCAT_FLEET_NO_END,
                       line);
        return;
    }
    const char *models = cells[t->column[POD_MODELS]];
    const fleet_use use = {
        .cpu = gpus == 0.0,
        .amount = gpus == 0.0 ? cores / 1000.0 : gpus * share / 1000.0,
        .models = models,
        .models_length = strlen(models),
    };
    fleet_add_job(t->fleet, &use, created_s, deleted_s - scheduled_s, line);
}

void openb_pod_line(void *table, const import_line *line)
{
    fleet_table *t = table;
    char copy[IMPORT_LINE_BYTES_MAX + 1], *cells[CELL_MAX];
    size_t count;
    if (!is_row(t, line, pod_columns, PODS, copy, cells, &count)) {
        return;
    }
    t->fleet->stats->job_count++;
    if (line->overlong || count != t->column_count) {
        fleet_skip_job(t->fleet, DCAT_FLEET_MALFORMED, line->number);
    } else {
        take_pod(t, cells, line->number);
    }
}

// --- The whole

// FOLDER/NAME or FOLDER/csv/NAME, whichever is there, for the caller to free; NULL for neither.
static char *find_file(const char *folder, const char *name)
{
    static const char *const between[] = {"/", "/csv/"};
    for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
        char *path;
        if (asprintf(&path, "%s%s%s", folder, between[i], name) < 0) {
            return NULL;
        }
        if (access(path, F_OK) == 0) {
            return path;
        }
        free(path);
    }
    return NULL;
}

static dcat_status read_table(fleet *f, const char *folder, const char *name, const char *other,
                              import_line_fn *receive)
{
    char *path = find_file(folder, name);
    if (path == NULL && other != NULL) {
        path = find_file(folder, other);
    }
    if (path == NULL) {
        return dcat_fail(f->err, DCAT_ERR_NOT_FOUND, "%s: there is no %s in it or its folder csv",
                         folder, name);
    }
    fleet_table t = {.fleet = f, .path = path};
    dcat_status status = fleet_read(f, path, receive, &t);
    free(path);
    return status;
}

dcat_status dcat_import_openb(const char *folder, const dcat_import_fleet_config *config,
                              dcat_output *output, dcat_import_fleet_stats *stats, dcat_error *err)
{
    dcat_import_fleet_stats read = {0};
    fleet f = {.config = config, .stats = &read, .err = err};
    dcat_status status = fleet_check(config, err);
    if (status == DCAT_OK) {
        status = read_table(&f, folder, "openb_node_list_all_node.csv",
                            "openb_node_list_gpu_node.csv", openb_node_line);
    }
    if (status == DCAT_OK) {
        status = read_table(&f, folder, "openb_pod_list_default.csv", NULL, openb_pod_line);
    }
    if (status == DCAT_OK) {
        status = fleet_finish(&f, folder, true, err);
    }
    if (status == DCAT_OK) {
        status = fleet_write(&f, "openb", "openb FOLDER", true, output, err);
    }
    if (status == DCAT_OK) {
        *stats = read;
    }
    fleet_free(&f);
    return status;
}
