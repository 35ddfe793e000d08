// SPDX-License-Identifier: Apache-2.0
// A clusterer from outside as a row of the library: what it says is checked where all partitions
// are, when the environment puts them into force.

#include "plugin/plugin.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct dcat_plugged_clusterer {
    dcat_clusterer row;
    dcat_plugin_clusterer from;
    void *self;
    plugin_file file;
    pthread_mutex_t lock; // for those that want one thread
};

#define LEAST_SIZE (offsetof(dcat_plugin_clusterer, decide) + sizeof(void *))

static int decide_every_unused(const dcat_world *world)
{
    (void)world;
    return 1;
}

static int decide_every_of(const void *model, const dcat_world *world)
{
    const dcat_plugged_clusterer *made = model;
    if (made->from.decide_every == NULL) {
        return 1;
    }
    int every = made->from.decide_every(made->self, world);
    return every >= 0 ? every : 1;
}

static size_t workspace_bytes(const dcat_world *world, const void *model)
{
    const dcat_plugged_clusterer *made = model;
    return made->from.workspace_bytes != NULL ? made->from.workspace_bytes(made->self, world) : 0;
}

static dcat_status decide(const dcat_cluster_input *input, void *workspace, int32_t *cluster_of,
                          dcat_error *err)
{
    // A row has no user pointer that is not const; the lock changes, what was asked for does not.
    dcat_plugged_clusterer *made = (dcat_plugged_clusterer *)input->model;
    dcat_cluster_input seen = *input;
    seen.model = NULL; // that is the host's own
    bool alone = (made->from.flags & DCAT_PLUGIN_ONE_THREAD) != 0;
    if (alone) {
        pthread_mutex_lock(&made->lock);
    }
    dcat_status status = made->from.decide(made->self, &seen, workspace, cluster_of, err);
    if (alone) {
        pthread_mutex_unlock(&made->lock);
    }
    if (status != DCAT_OK && err != NULL && err->message[0] == '\0') {
        return dcat_fail(err, (unsigned)status < DCAT_STATUS_COUNT ? status : DCAT_ERR_INTERNAL,
                         "it failed and gives no reason");
    }
    return status;
}

static dcat_status check(const dcat_plugin_clusterer *from, dcat_error *err)
{
    if (from->name == NULL || from->name[0] == '\0') {
        return dcat_fail(err, DCAT_ERR_FORMAT, "a plug-in's clusterer has no name");
    }
    if (from->decide == NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "clusterer %s of a plug-in: decide is missing",
                         from->name);
    }
    return DCAT_OK;
}

static dcat_status create(const dcat_plugin_clusterer *from, dcat_plugged_clusterer **made,
                          dcat_error *err)
{
    dcat_plugged_clusterer *own = calloc(1, sizeof *own);
    if (own == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_status status =
        plugin_take("clusterer", from, LEAST_SIZE, &own->from, sizeof own->from, err);
    if (status == DCAT_OK) {
        status = check(&own->from, err);
    }
    if (status != DCAT_OK) {
        free(own);
        return status;
    }
    pthread_mutex_init(&own->lock, NULL);
    own->row = (dcat_clusterer){
        DCAT_SIZED(dcat_clusterer),
        .name = own->from.name,
        .summary = own->from.summary != NULL ? own->from.summary : "",
        .needs_model = true,
        .decide_every = decide_every_unused,
        .decide_every_of = decide_every_of,
        .workspace_bytes = workspace_bytes,
        .decide = decide,
    };
    *made = own;
    return DCAT_OK;
}

dcat_status dcat_plugged_clusterer_of(const dcat_plugin_clusterer *from, void *self,
                                      dcat_plugged_clusterer **made, dcat_error *err)
{
    dcat_plugged_clusterer *own = NULL;
    dcat_status status = create(from, &own, err);
    if (status == DCAT_OK) {
        own->self = self;
        own->from.close = NULL;
        *made = own;
    }
    return status;
}

static dcat_status load(const plugin_file *file, dcat_plugged_clusterer **made, dcat_error *err)
{
    const dcat_plugin_clusterer *from =
        plugin_find(file, "clusterer", file->plugin.clusterers, err);
    if (from == NULL) {
        return DCAT_ERR_NOT_FOUND;
    }
    dcat_status status = create(from, made, err);
    if (status == DCAT_OK && (*made)->from.open != NULL) {
        status = (*made)->from.open(&plugin_host, file->arguments, &(*made)->self, err);
        if (status != DCAT_OK) {
            (*made)->from.close = NULL; // what could not be opened has nothing to close
            dcat_plugged_clusterer_close(*made);
        }
    }
    if (status == DCAT_OK) {
        (*made)->file = *file;
    }
    return status;
}

dcat_status dcat_plugged_clusterer_load(const char *text, dcat_plugged_clusterer **made,
                                        dcat_error *err)
{
    plugin_file file;
    dcat_plugged_clusterer *own = NULL;
    dcat_status status = plugin_file_open(text, &file, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = load(&file, &own, err);
    if (status != DCAT_OK) {
        plugin_file_close(&file);
        return status;
    }
    *made = own;
    return DCAT_OK;
}

void dcat_plugged_clusterer_close(dcat_plugged_clusterer *made)
{
    if (made == NULL) {
        return;
    }
    if (made->from.close != NULL) {
        made->from.close(made->self);
    }
    plugin_file_close(&made->file);
    pthread_mutex_destroy(&made->lock);
    free(made);
}

const dcat_clusterer *dcat_plugged_clusterer_row(const dcat_plugged_clusterer *made)
{
    return &made->row;
}
