// SPDX-License-Identifier: Apache-2.0
// simulate.h (internal) - dcat simulate: what its files share.

#ifndef DCAT_TOOL_SIMULATE_H
#define DCAT_TOOL_SIMULATE_H

#include "tool/policy.h"

#include "dcat/x/report.h"
#ifdef DCAT_HAVE_SERVICE
#include "exchange/feed/chapter.h"
#include "exchange/feed/feed.h"
#endif

typedef struct simulate_options {
    cli_options common;
    cli_policy chosen;
    uint32_t cycle_count; // 0: all test cycles
    const char *exchange; // Nullable: folder of the log of one that plays along
    const char *log;      // Nullable: folder of a log, which is told instead
    bool tasks, clusters, servers, servers_by_cycle, network, bids, stability;
} simulate_options;

#ifdef DCAT_HAVE_SERVICE
// A chapter of the log of an exchange, on a market of its own (told.c).
typedef struct simulation_told {
    const exchange_chapter *chapter;
    char scenario_path[CLI_PATH_SIZE + 16]; // written from the log
    char clusterer[EXCHANGE_NAME_MAX + 1];  // as the log names it
    dcat_policy policy;
    double *cycle_start_s; // [cycle_count + 1] and when the last one ends
    uint32_t started;      // cycles
    uint64_t slot_count;
    FILE *slots_file, *queues_file; // NULL: not wanted
} simulation_told;
#else
typedef struct simulation_told simulation_told;
#endif

typedef struct simulation {
    simulate_options *options;
    const cli_options *common;
    simulation_told *told; // Nullable
    dcat_scenario *scenario;
    dcat_world *world;   // the chapter's where one is told
    dcat_output *output; // Nullable
    dcat_schema schema;
    // Streams, each NULL unless it is wanted.
    FILE *tasks_file, *clusters_file, *servers_file, *by_cycle_file, *areas_file, *links_file,
        *paths_file, *bids_file, *units_file, *efficiency_file, *barred_file;
    dcat_bid_rows *bids; // Nullable
    uint64_t job_count;
    dcat_run_config config;
    dcat_run_result result;
    dcat_totals *cycles;           // [cycle_count]
    double *decision_s;            // [cycle_count]
    int32_t *cluster_count;        // [cycle_count]
    dcat_server_account *accounts; // [S] as the last cycle left them
    int32_t *last_cluster_of;      // [S] as last written to clusters.csv
    uint32_t cycles_done;
    double *leaving;           // Nullable [S]: what servers would gain by leaving
    dcat_state *state;         // Nullable: at the end, for the page and servers.csv
    double *arrivals_per_slot; // [A] sums, then means
    dcat_totals *classes;      // [Q] by class of work
    dcat_status end;           // of taking the state, and of the exchange
#ifdef DCAT_HAVE_SERVICE
    exchange_feed *feed; // Nullable
#endif
    dcat_error *err;
    cli_progress progress;
} simulation;

// What plays the simulation: the library, with an exchange that plays along if asked, or the log
// of one (play.c).

// The cycles of the log instead of those of the test days.
dcat_status simulation_cycles(simulation *s, dcat_cycle_span *span, dcat_error *err);
dcat_status simulation_play(simulation *s, const dcat_run_hooks *hooks, dcat_error *err);

// The exchange that plays along, where there is one.
dcat_status simulation_begin_exchange(simulation *s, dcat_error *err);
bool simulation_feed_exchange(simulation *s, const dcat_slot_record *slot);
dcat_status simulation_end_exchange(simulation *s, dcat_error *err);
void simulation_free_exchange(simulation *s);

#ifdef DCAT_HAVE_SERVICE
// The log of --log without a scenario: run for each of its chapters, into folders 1, 2, ... of
// --out where there are several.
typedef dcat_status simulation_run(simulate_options *options, simulation_told *told,
                                   dcat_error *err);
dcat_status simulation_tell(simulate_options *options, simulation_run *run, dcat_error *err);
// Steps of such a run: scenario, world and config; slots.csv and queues.csv; and what it was made
// from.
dcat_status simulation_prepare_told(simulation *s, dcat_error *err);
dcat_status simulation_open_told(simulation *s, dcat_error *err);
dcat_status simulation_write_told(simulation *s, double wall_s, dcat_error *err);
void simulation_before_slot(void *user, const exchange_story_slot *slot);
#endif

#endif
