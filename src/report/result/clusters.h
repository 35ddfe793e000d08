// SPDX-License-Identifier: Apache-2.0
// clusters.h - the clusters of a moment as a table for people.

#ifndef DCAT_REPORT_RESULT_CLUSTERS_H
#define DCAT_REPORT_RESULT_CLUSTERS_H

#include "dcat/market.h"
#include "dcat/x/scenario.h"
#include "dcat/x/table.h"

// Of more clusters than this a page shows the fastest.
#define CLUSTERS_SHOWN_MAX 100

// The fastest cluster first. duration_s: of the run that the state has seen, for how busy clusters
// were; 0: without. left_out: how many clusters are not shown. Release with dcat_table_free.
void clusters_shown_make(const dcat_scenario *scenario, const dcat_state *state, double duration_s,
                         dcat_table *table, size_t *left_out);

#endif
