// SPDX-License-Identifier: Apache-2.0
// report.h - what a run or a comparison leaves on disk: folders, tables, figures, reports.
//
// Nothing is ever half-written: a folder or file is written under a temporary name beside its place
// and renamed when complete.

#ifndef DCAT_X_REPORT_H
#define DCAT_X_REPORT_H

#include "dcat/compare.h"
#include "dcat/error.h"
#include "dcat/run.h"
#include "dcat/x/actor.h"
#include "dcat/x/audit.h"
#include "dcat/x/file.h"
#include "dcat/x/scenario.h"
#include "dcat/x/table.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

// Who made a result: written as manifest.json (version, commit, command line, seed, inputs with
// their hashes, wall time, peak memory, threads, machine-independent build options).
typedef struct dcat_manifest_plugin {
    char path[4096];      // as written
    char arguments[4096]; // "#NAME?ARGUMENTS"; ""
    char sha256[65];      // of the file, lower-case hex
} dcat_manifest_plugin;

typedef struct dcat_manifest {
    const dcat_scenario *scenario; // Nullable: of no scenario
    const char *const *command;    // [command_count] as typed
    size_t command_count;
    uint64_t seed;
    double wall_s;
    int thread_count;                    // of each process
    int process_count;                   // 0 counts as 1
    const dcat_manifest_plugin *plugins; // [plugin_count] what the policies were loaded from
    size_t plugin_count;
    const dcat_input_file *inputs; // Nullable [input_count]: what was read, instead of the
    size_t input_count;            // scenario's files
} dcat_manifest;
DCAT_API dcat_status dcat_manifest_write(const dcat_manifest *manifest, FILE *file,
                                         dcat_error *err);

// --- One run

typedef struct dcat_run_report {
    const dcat_scenario *scenario;
    const dcat_world *world;
    const dcat_run_config *config;
    const dcat_run_result *result;
    const dcat_totals *cycles;      // [result->cycle_count]
    const double *cycle_decision_s; // Nullable [result->cycle_count]: wall time of each decision
    const int32_t *cycle_cluster_count; // Nullable [result->cycle_count]
    const dcat_state *state;            // Nullable: at the end of the run; only the page shows it
    const double *arrivals_per_slot;    // Nullable [area_count]: means over the run, likewise
    const dcat_totals *classes;         // Nullable [Q]: by class of work; shown where the world has
                                        // resources
    const double *cycle_start_s; // Nullable [result->cycle_count + 1]: when cycles begin, and the
                                 // last one ends; NULL: as the world's slots follow each other
} dcat_run_report;

DCAT_API dcat_status dcat_write_run_summary_json(const dcat_run_report *report, FILE *file,
                                                 dcat_error *err);
DCAT_API void dcat_write_run_summary_text(const dcat_run_report *report, FILE *file);
// summary.json, cycles.csv, timing.csv and schema.json, which also holds what schema has. Only
// timing.csv has wall times.
DCAT_API dcat_status dcat_write_run_folder(const dcat_run_report *report, dcat_output *output,
                                           dcat_schema *schema, dcat_error *err);

// report.html, self-contained, and figures/*.svg. Without gnuplot the page has no figures and says
// so; that is no error.
DCAT_API dcat_status dcat_write_run_report(const dcat_run_report *report,
                                           const dcat_manifest *manifest, dcat_output *output,
                                           dcat_error *err);

// Streams of rows, fed from the hooks of a run. Their headers come first: dcat_csv_file with the
// head.
DCAT_API extern const dcat_table_head dcat_tasks_head;
DCAT_API extern const dcat_table_head dcat_clusters_head;
DCAT_API extern const dcat_table_head dcat_servers_head;
DCAT_API void dcat_write_tasks_csv_rows(const dcat_scenario *scenario, const dcat_slot_record *slot,
                                        uint64_t first_job_id, FILE *file);
DCAT_API void dcat_write_clusters_csv_rows(const dcat_scenario *scenario, const dcat_state *state,
                                           uint32_t cycle, FILE *file);
// At the end of a run: utilisation, earnings, utility per server. duration_s is the simulated time,
// by which utilisation divides. leaving is Nullable [S]: what dcat_audit_leaving says.
DCAT_API void dcat_write_servers_csv_rows(const dcat_scenario *scenario, const dcat_state *state,
                                          double duration_s, const double *leaving, FILE *file);

// At the end of every cycle: the same of the cycle, with its start as a time that can be plotted.
// before is [S], the accounts that the cycle began with, all zero at first; they become those that
// it ended with.
DCAT_API extern const dcat_table_head dcat_servers_by_cycle_head;
DCAT_API void dcat_write_servers_by_cycle_csv_rows(const dcat_scenario *scenario,
                                                   const dcat_state *state, uint32_t cycle,
                                                   dcat_server_account *before, FILE *file);

// units.csv, efficiency.csv and barred.csv of a world with resources: who has which devices, how
// good they are at each class of work, and who may not work on it.
DCAT_API void dcat_write_units_csv_rows(const dcat_scenario *scenario, const dcat_world *world,
                                        FILE *file);
DCAT_API void dcat_write_barred_csv_rows(const dcat_scenario *scenario, const dcat_world *world,
                                         FILE *file);
DCAT_API void dcat_write_efficiency_csv_rows(const dcat_scenario *scenario, const dcat_world *world,
                                             FILE *file);

// What a run was computed from: areas with their places, every link with its rate, every path. A
// hops network has its links way by way. In the units of scenario files. Errors: ERR_MEMORY.
DCAT_API extern const dcat_table_head dcat_units_head;
DCAT_API extern const dcat_table_head dcat_efficiency_head;
DCAT_API extern const dcat_table_head dcat_barred_head;
DCAT_API extern const dcat_table_head dcat_areas_head;
DCAT_API extern const dcat_table_head dcat_links_head;
DCAT_API extern const dcat_table_head dcat_paths_head;
DCAT_API void dcat_write_areas_csv_rows(const dcat_scenario *scenario, const dcat_world *world,
                                        FILE *file);
DCAT_API dcat_status dcat_write_links_csv_rows(const dcat_scenario *scenario,
                                               const dcat_world *world, FILE *file,
                                               dcat_error *err);
DCAT_API dcat_status dcat_write_paths_csv_rows(const dcat_scenario *scenario,
                                               const dcat_world *world, FILE *file,
                                               dcat_error *err);

// A row for every candidate of every task, in the order of the auctions: before each of them is
// noted what clusters offer, after it the rows are written. For hooks of tasks; job_id is the
// task's. Borrows world and file. Errors: ERR_MEMORY.
typedef struct dcat_bid_rows dcat_bid_rows;
DCAT_API extern const dcat_table_head dcat_bids_head;
DCAT_API dcat_status dcat_bid_rows_create(const dcat_world *world, FILE *file, dcat_bid_rows **rows,
                                          dcat_error *err);
DCAT_API void dcat_bid_rows_destroy(dcat_bid_rows *rows);
DCAT_API void dcat_bid_rows_before(dcat_bid_rows *rows, const dcat_slot_record *slot, int32_t n);
DCAT_API void dcat_bid_rows_after(dcat_bid_rows *rows, const dcat_slot_record *slot, int32_t n,
                                  const dcat_award *award, uint64_t job_id);

// --- A comparison

typedef struct dcat_compare_report {
    const dcat_scenario *scenario;
    const dcat_compare_config *config;
    const dcat_world *world;        // the first one, which is described and drawn
    const dcat_run_result *results; // [policy_count, world_count]
    const dcat_compare_row *rows;   // [policy_count]
    const double *bound;            // Nullable [world_count]: profit per cycle that no policy can
                                    // exceed (bound.h)
    size_t baseline;                // row that gains are measured against
    uint64_t seed;                  // as given on the command line
    double wall_s;
    bool baseline_chosen; // baseline is not what dcat_compare_baseline says
    size_t block_cycles;  // intervals are over blocks of that many cycles; 0: over worlds
    size_t text_width;    // of the terminal; 0: all columns, which takes up to 120
} dcat_compare_report;

// A table for a terminal, best policy first. Where text_width is too little for all columns those
// of least worth are left out and named.
DCAT_API dcat_status dcat_write_compare_text(const dcat_compare_report *report, FILE *file,
                                             dcat_error *err);
DCAT_API dcat_status dcat_write_compare_json(const dcat_compare_report *report, FILE *file,
                                             dcat_error *err);
// A folder: compare.csv, a row per policy; worlds.csv, a row per world and policy; timing.csv,
// compare.json, compare.txt, schema.json, and report.html with figures/NAME.svg (png adds PNG
// versions). Only timing.csv and the page have wall times. Without gnuplot the page has no figures
// and says so; that is no error.
DCAT_API dcat_status dcat_write_compare_folder(const dcat_compare_report *report,
                                               const dcat_manifest *manifest, dcat_output *output,
                                               bool png, dcat_error *err);

// --- Clusters of one cycle

typedef struct dcat_cluster_report {
    const dcat_scenario *scenario;
    const dcat_state *state;             // holding the clusters
    const dcat_observation *observation; // demand by area that the decision saw
    const char *clusterer;               // name
    uint32_t cycle;
} dcat_cluster_report;

// A table for a terminal: the fastest cluster first, at most 100 of them.
DCAT_API dcat_status dcat_write_clusters_text(const dcat_cluster_report *report, FILE *file,
                                              dcat_error *err);
DCAT_API dcat_status dcat_write_clusters_geojson(const dcat_cluster_report *report, FILE *file,
                                                 dcat_error *err);
// Map figure: servers, cluster hulls, demand by area, links. format is "svg" or "png"; path is the
// file to make or to replace. Errors: ERR_NOT_FOUND without gnuplot, ERR_RANGE, ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_draw_map(const dcat_cluster_report *report, const char *format,
                                   const char *path, dcat_error *err);
// How many names on a PNG map no installed font can draw: small boxes stand in for what is missing.
DCAT_API size_t dcat_map_names_without_font(const dcat_cluster_report *report);

// --- A policy

typedef struct dcat_policy_card {
    const char *file; // as the user named it
    dcat_actor *actor;
    uint64_t byte_count; // of the file; 0: there is none
} dcat_policy_card;

// What a policy says of itself: what it learned on, how, and its networks.
DCAT_API void dcat_write_policy_text(const dcat_policy_card *card, FILE *file);
DCAT_API dcat_status dcat_write_policy_json(const dcat_policy_card *card, FILE *file,
                                            dcat_error *err);

// --- An audit

typedef struct dcat_audit_report {
    const dcat_scenario *scenario;
    const dcat_audit_config *config;
    const dcat_audit_auction *results; // [config->policy_count]
    const dcat_audit_theorem2 *theorem2;
    uint64_t seed;
    double wall_s;
    size_t text_width; // of the terminal; 0: up to 112
} dcat_audit_report;

DCAT_API dcat_status dcat_write_audit_text(const dcat_audit_report *report, FILE *file,
                                           dcat_error *err);
DCAT_API dcat_status dcat_write_audit_json(const dcat_audit_report *report, FILE *file,
                                           dcat_error *err);
// One row per auction and measure: auction, part, measure, value.
// Every number of it, one a row: audit.csv.
DCAT_API dcat_table dcat_audit_table(const dcat_audit_report *report);
// report.html, self-contained, and figures/*.svg (png adds PNG). Without gnuplot the page has no
// figures and says so; that is no error.
DCAT_API dcat_status dcat_write_audit_report(const dcat_audit_report *report,
                                             const dcat_manifest *manifest, dcat_output *output,
                                             bool png, dcat_error *err);

// --- A result that is tables alone: a page that looks like all of ours, and the same as CSV

// What stands above all tables: a question, its answer in large, and what that rests on.
typedef struct dcat_page_answer {
    const char *question, *answer;
    const char *proof; // NULL: none
    bool doubt;        // the answer asks for a look
} dcat_page_answer;

typedef struct dcat_page_table {
    const char *title;
    const char *note; // NULL: none
    dcat_table *table;
} dcat_page_table;

typedef struct dcat_tables_page {
    const char *command; // "dcat exchange report"
    const char *subject; // stands behind it; NULL: nothing
    const char *title, *heading;
    const char *facts;               // one sentence; NULL: none
    const dcat_page_answer *answers; // [answer_count]
    size_t answer_count;
    const dcat_page_table *tables; // [table_count], at most DCAT_SCHEMA_MAX
    size_t table_count;
} dcat_tables_page;

// report.html, NAME.csv of each table, schema.json, manifest.json. Frees the tables when they are
// written. Errors: ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_write_tables_folder(const dcat_tables_page *page,
                                              const dcat_manifest *manifest, dcat_output *output,
                                              dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
