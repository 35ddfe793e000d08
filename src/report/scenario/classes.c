// SPDX-License-Identifier: Apache-2.0
#include "report/scenario/classes.h"

#include "dcat/x/model.h"
#include "dcat/x/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- Who can do it

static int by_value(const void *left, const void *right)
{
    const double *l = left, *r = right;
    return (*l > *r) - (*l < *r);
}

// Teams are looked for pair by pair, as hopes are: not in worlds that are too large for those.
static void measure_teams(const facts *f, int class_id, int32_t *near, class_facts *c)
{
    for (int i = 0; c->hopes != NULL && i < (int)f->server_count; i++) {
        if (dcat_effective_speed_hz(f->resources, i, class_id) > 0.0) {
            size_t count = list_near(f->world, i, near);
            dcat_team team = dcat_team_of(f->resources, near, count, class_id);
            c->team_max = team.count > c->team_max ? team.count : c->team_max;
            c->team_ghz = team.count > 0 ? fmax(c->team_ghz, team.speed_hz * 1e-9) : c->team_ghz;
        }
    }
}

static void measure_class(const facts *f, int class_id, double *speed_ghz, class_facts *c)
{
    c->cost_min = INFINITY;
    for (int i = 0; i < (int)f->server_count; i++) {
        double ghz = dcat_effective_speed_hz(f->resources, i, class_id) * 1e-9;
        if (ghz > 0.0) {
            double cost = dcat_effective_unit_cost(f->resources, i, class_id) * 1e9;
            speed_ghz[c->server_count++] = ghz;
            c->speed_ghz += ghz;
            c->cost_min = fmin(c->cost_min, cost);
            c->cost_max = fmax(c->cost_max, cost);
        }
    }
    if (c->server_count > 0) {
        qsort(speed_ghz, c->server_count, sizeof *speed_ghz, by_value);
        c->alone_ghz = speed_ghz[(c->server_count - 1) / 2];
    }
}

dcat_status classes_create(facts *f, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    f->resources = dcat_world_config_view(f->world)->resources;
    if (f->resources == NULL) {
        return status;
    }
    size_t class_count = dcat_resources_class_count(f->resources);
    f->classes = calloc(class_count, sizeof *f->classes);
    double *speed_ghz = calloc(f->server_count, sizeof *speed_ghz);
    int32_t *near = calloc(f->server_count, sizeof *near);
    if (f->classes == NULL || speed_ghz == NULL || near == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu classes", class_count);
    }
    for (size_t q = 0; status == DCAT_OK && q < class_count; q++) {
        class_facts *c = &f->classes[f->class_count++];
        c->name = dcat_scenario_class_name(f->scenario, q);
        c->wanted = &dcat_resources_classes_view(f->resources)[q];
        status = hopes_create(f->world, f->resources, (int)q, &c->hopes, err);
        if (status == DCAT_OK) {
            measure_class(f, (int)q, speed_ghz, c);
            measure_teams(f, (int)q, near, c);
        }
    }
    free(speed_ghz);
    free(near);
    return status;
}

void classes_destroy(facts *f)
{
    for (size_t q = 0; q < f->class_count; q++) {
        hopes_destroy(f->classes[q].hopes);
    }
    free(f->classes);
}

double classes_add(const facts *f, const dcat_task *task, class_sums *sums)
{
    double weight[DCAT_CLASS_MAX], hopeless = 0.0;
    dcat_scenario_class_weights(f->scenario, task, weight);
    for (size_t q = 0; q < f->class_count; q++) {
        const class_facts *c = &f->classes[q];
        double w = weight[q];
        if (!(w > 0.0)) {
            continue;
        }
        bool none = c->hopes != NULL && !hopes_serve(c->hopes, task);
        sums[q].tasks += w;
        sums[q].hopeless += none ? w : 0.0;
        sums[q].work_cycles += w * task->work_cycles;
        sums[q].deadline_s += w * task->deadline_s;
        sums[q].fee += w * dcat_fee(c->wanted->price_per_gigacycle, c->wanted->urgency_s,
                                    task->deadline_s, task->work_cycles);
        hopeless += none ? w : 0.0;
    }
    return hopeless;
}

// --- Text and JSON

// Offered work over what could be done if the devices had no other class to do.
static double load_of(const facts *f, const class_facts *c)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    double time_s = (double)f->test.count * config->slots_per_cycle * config->slot_s;
    return c->sums.work_cycles * 1e-9 / (c->speed_ghz * time_s);
}

// Seconds of an idle speed for the mean task of the class; INFINITY for speed 0.
static double idle_s(const class_facts *c, double speed_ghz)
{
    double work_gigacycles = c->sums.tasks > 0.0 ? c->sums.work_cycles * 1e-9 / c->sums.tasks : NAN;
    return work_gigacycles / speed_ghz;
}

static double hopeless_share(const class_facts *c)
{
    return c->hopes == NULL || !(c->sums.tasks > 0.0) ? NAN : c->sums.hopeless / c->sums.tasks;
}

// In the order of the table.
enum {
    CLASS,
    POOL,
    SHARE,
    ABLE,
    SPEED,
    COST_MIN,
    COST_MAX,
    LOAD,
    ALONE,
    TEAM,
    UNSERVABLE,
    COLUMNS
};

#define NUMBER(key_, one, two, decimals_, meaning_)                                                \
    {                                                                                              \
        .key = (key_), .type = DCAT_COLUMN_NUMBER, .meaning = (meaning_), .heading = {one, two},   \
        .decimals = (decimals_), .never_zero = true                                                \
    }

static const dcat_column shown_columns[COLUMNS] = {
    [CLASS] = {.key = "class",
               .type = DCAT_COLUMN_TEXT,
               .meaning = "class of work",
               .heading = {"class"},
               .left = true},
    [POOL] = {.key = "pool",
              .type = DCAT_COLUMN_TEXT,
              .meaning = "kind of device that it needs",
              .heading = {"pool"},
              .left = true},
    [SHARE] = NUMBER("share", "tasks", "%", 1, "share of the tasks"),
    [ABLE] = {.key = "servers",
              .type = DCAT_COLUMN_COUNT,
              .meaning = "servers that can work on it",
              .heading = {"servers"}},
    [SPEED] = NUMBER("speed_ghz", "together", "GHz", 0, "their effective speed together"),
    [COST_MIN] = NUMBER("cost_min", "cost", "from", 3, "cost of a giga-cycle, least"),
    [COST_MAX] = NUMBER("cost_max", "", "to", 3, "cost of a giga-cycle, most"),
    [LOAD] = NUMBER("load", "load", "", 3, "offered work over what they could do"),
    [ALONE] = NUMBER("alone_s", "alone", "s", 3, "mean task on the median of them, idle"),
    [TEAM] = NUMBER("team_s", "team", "s", 3, "mean task on the fastest team, idle"),
    [UNSERVABLE] = NUMBER("unservable", "unserv-", "able %", 1, "tasks that no cluster can serve"),
};

dcat_status classes_print(const facts *f, FILE *file, dcat_error *err)
{
    if (f->class_count == 0) {
        return DCAT_OK;
    }
    dcat_table shown = {.head = DCAT_TABLE_HEAD("classes", "a class of work", shown_columns),
                        .text_width = f->text_width};
    for (size_t q = 0; q < f->class_count; q++) {
        const class_facts *c = &f->classes[q];
        bool able = c->server_count > 0;
        double share = f->task_count > 0 ? c->sums.tasks / (double)f->task_count : NAN;
        const dcat_cell cells[COLUMNS] = {
            [CLASS] = dcat_cell_text(c->name),
            [POOL] = dcat_cell_text(dcat_pool_name(c->wanted->pool)),
            [SHARE] = dcat_cell_number(100.0 * share),
            [ABLE] = dcat_cell_count(c->server_count),
            [SPEED] = dcat_cell_number(c->speed_ghz),
            [COST_MIN] = dcat_cell_number(c->cost_min),
            [COST_MAX] = dcat_cell_number(able ? c->cost_max : NAN),
            [LOAD] = dcat_cell_number(able ? load_of(f, c) : NAN),
            [ALONE] = dcat_cell_number(able ? idle_s(c, c->alone_ghz) : NAN),
            [TEAM] = dcat_cell_number(c->team_max > 0 ? idle_s(c, c->team_ghz) : NAN),
            [UNSERVABLE] = dcat_cell_number(100.0 * hopeless_share(c)),
        };
        dcat_table_add(&shown, cells, DCAT_ROW_PLAIN);
    }
    fprintf(file,
            "\nClasses    %zu of work; cost is for a giga-cycle of reference work, loads of a pool "
            "add up\n           alone, team: an idle median server, the fastest team, at the mean "
            "task\n\n",
            f->class_count);
    dcat_status status = dcat_table_write_text(&shown, file, err);
    dcat_table_free(&shown);
    return status;
}

json_t *classes_json(const facts *f)
{
    json_t *list = json_array();
    for (size_t q = 0; q < f->class_count; q++) {
        const class_facts *c = &f->classes[q];
        bool able = c->server_count > 0;
        double share = f->task_count > 0 ? c->sums.tasks / (double)f->task_count : NAN;
        list = json_plus(
            list,
            json_pack("{s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "name",
                      json_text(c->name), "pool", dcat_pool_name(c->wanted->pool), "share",
                      json_number(share), "servers", json_count(c->server_count), "speed_ghz",
                      json_number(c->speed_ghz), "cost_min_per_gigacycle", json_number(c->cost_min),
                      "cost_max_per_gigacycle", json_number(able ? c->cost_max : NAN),
                      "load_factor", json_number(able ? load_of(f, c) : NAN), "team_max",
                      json_count(c->team_max), "mean_task_alone_s",
                      json_number(able ? idle_s(c, c->alone_ghz) : NAN), "mean_task_team_s",
                      json_number(c->team_max > 0 ? idle_s(c, c->team_ghz) : NAN),
                      "unservable_share", json_number(hopeless_share(c))));
    }
    return list;
}
