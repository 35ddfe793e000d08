// SPDX-License-Identifier: Apache-2.0
// clusters_file.h - clusters that a user gives, as a clusterer.
//
// The file is a table with the columns server, cluster and, where clusters change over time, cycle:
// what `dcat cluster` writes. So what runs today can be compared with what a clusterer would do.

#ifndef DCAT_CLUSTERS_FILE_H
#define DCAT_CLUSTERS_FILE_H

#include "dcat/cluster.h"
#include "dcat/x/scenario.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dcat_clusters_file dcat_clusters_file;

// Read a table of clusters of the scenario's servers, which must all stand in it, once in each
// cycle that it lists. A cycle that is not listed has the clusters of the last one before it, or of
// the first. Errors: those of tables with their line (ERR_FORMAT, ERR_FIELD, ERR_RANGE),
// ERR_REFERENCE (no such server), ERR_NOT_FOUND, ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_clusters_file_read(const dcat_scenario *scenario, const char *path,
                                             dcat_clusters_file **file, dcat_error *err);
DCAT_API void dcat_clusters_file_destroy(dcat_clusters_file *file);

// The clusterer `file`; a policy with it has the file as its model. Its decisions fail with
// ERR_RANGE, naming the line, when a cluster is wider than the world's span limit. Without a file:
// the row for messages, whose decisions fail.
DCAT_API const dcat_clusterer *dcat_clusters_file_clusterer(const dcat_clusters_file *file);

#ifdef __cplusplus
}
#endif
#endif
