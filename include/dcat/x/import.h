// SPDX-License-Identifier: Apache-2.0
// import.h - outside data turned into the tables a scenario names.
//
// An importer reads one outside format, applies stated rules, and counts everything it read, kept
// and skipped, with the reason and the first places. Nothing is dropped in silence. The same input
// gives the same bytes. Traces may be compressed (gzip, xz, bzip2, zstd).
//
// Importers write to streams of the caller. When a call fails, what it wrote is to be thrown away:
// use dcat_output_single of result.h, which never leaves half a file.

#ifndef DCAT_IMPORT_H
#define DCAT_IMPORT_H

#include "dcat/error.h"
#include "dcat/world.h"
#include "dcat/x/file.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DCAT_IMPORT_WHERE_MAX 3    // places remembered for each reason
#define DCAT_IMPORT_WHERE_BYTES 96 // of one place; long file names are cut

// One reason for which lines were skipped or adjusted, and where it happened first.
typedef struct dcat_import_count {
    uint64_t count;
    char where[DCAT_IMPORT_WHERE_MAX][DCAT_IMPORT_WHERE_BYTES]; // "tenant1.csv:17"; min(count, MAX)
} dcat_import_count;

// --- Huawei "Regionless orchestration datasets"

// The one list of reasons: name, as printed and in JSON.
#define DCAT_HUAWEI_SKIP_LIST(X)                                                                   \
    X(MALFORMED, "malformed")                                                                      \
    X(OUT_OF_RANGE, "out_of_range")                                                                \
    X(OFF_GRID, "off_ten_minute_grid")                                                             \
    X(DUPLICATE, "duplicate")

typedef enum dcat_huawei_skip {
#define DCAT_HUAWEI_SKIP_ENUM(name, text) DCAT_HUAWEI_##name,
    DCAT_HUAWEI_SKIP_LIST(DCAT_HUAWEI_SKIP_ENUM)
#undef DCAT_HUAWEI_SKIP_ENUM
        DCAT_HUAWEI_SKIP_COUNT
} dcat_huawei_skip;

#define DCAT_HUAWEI_REGION_MAX 99 // regions and VM types are numbered from 0 to this
#define DCAT_HUAWEI_DAY_MAX 1000

typedef struct dcat_import_huawei_stats {
    int file_count;         // tenants read
    int ignored_file_count; // other files of the folder
    uint64_t line_count;    // not counting empty ones
    uint64_t sample_count;  // lines that count in the table
    dcat_import_count skip[DCAT_HUAWEI_SKIP_COUNT];
    int instant_count;       // ten-minute instants of the table
    int instant_empty_count; // of these, without a sample of any tenant
    int day_count, row_count;
    int region_count;
    int region[DCAT_HUAWEI_REGION_MAX + 1];               // [region_count] ascending
    double region_mean_cores[DCAT_HUAWEI_REGION_MAX + 1]; // [region_count] over the whole table
} dcat_import_huawei_stats;

// The name of a reason: "duplicate". reason < DCAT_HUAWEI_SKIP_COUNT (asserted).
DCAT_API const char *dcat_huawei_skip_name(dcat_huawei_skip reason);

// Read every tenant*.csv, .csv.gz and .csv.xz of a folder, without a header and with lines of
// "day hh:mm:ss,region,vm_type,cores", and write the demand table `day,hour,<region>...`: one row
// per hour of day_count days, one column per region that occurs, in numeric order.
//
// Choice: a cell is the sum of cores over tenants and VM types, averaged over the six ten-minute
// instants of its hour, and an instant without a row counts as 0. The format has no other way to
// write 0, and repeating the last value would invent demand. Of two rows for the same tenant,
// instant, region and VM type the first counts.
//
// Errors: ERR_RANGE (day_count outside 1..DCAT_HUAWEI_DAY_MAX), ERR_NOT_FOUND (no such folder, no
// such file in it), ERR_FORMAT (two files for one tenant, damaged compression, no usable line),
// ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_import_huawei(const char *folder, int day_count, FILE *table,
                                        dcat_import_huawei_stats *stats, dcat_error *err);

// --- Standard Workload Format

#define DCAT_SWF_SKIP_LIST(X)                                                                      \
    X(MALFORMED, "malformed")                                                                      \
    X(CANCELLED, "cancelled")                                                                      \
    X(PARTIAL, "part_of_a_job")                                                                    \
    X(NO_SUBMIT_TIME, "no_submit_time")                                                            \
    X(NO_RUN_TIME, "no_run_time")                                                                  \
    X(NO_PROCESSORS, "no_processors")                                                              \
    X(DUPLICATE, "duplicate")

typedef enum dcat_swf_skip {
#define DCAT_SWF_SKIP_ENUM(name, text) DCAT_SWF_##name,
    DCAT_SWF_SKIP_LIST(DCAT_SWF_SKIP_ENUM)
#undef DCAT_SWF_SKIP_ENUM
        DCAT_SWF_SKIP_COUNT
} dcat_swf_skip;

// Which number of a job chooses its origin.
#define DCAT_SWF_ORIGIN_LIST(X)                                                                    \
    X(USER, "user")                                                                                \
    X(GROUP, "group")                                                                              \
    X(QUEUE, "queue")                                                                              \
    X(PARTITION, "partition")

typedef enum dcat_swf_origin {
#define DCAT_SWF_ORIGIN_ENUM(name, text) DCAT_SWF_BY_##name,
    DCAT_SWF_ORIGIN_LIST(DCAT_SWF_ORIGIN_ENUM)
#undef DCAT_SWF_ORIGIN_ENUM
        DCAT_SWF_ORIGIN_COUNT
} dcat_swf_origin;

typedef struct dcat_import_swf_config {
    double core_hz;             // speed of one processor of the traced machine; > 0; default 2.5e9
    double deadline_factor;     // deadline = factor * run time, from arrival; > 0; default 2
    double deadline_s_min;      // but never less than this; >= 0; default 2
    double data_bits;           // of every task; >= 0; default 20e6
    dcat_swf_origin origin_by;  // default user
    const char *const *origins; // [origin_count] area names of the scenario, no ',' '"' or control
    size_t origin_count;        // >= 1
    bool from_first;            // arrivals count from the first one; default false
} dcat_import_swf_config;

#define DCAT_SWF_HEADER_MAX 16
#define DCAT_SWF_HEADER_BYTES 160

typedef struct dcat_import_swf_stats {
    uint64_t line_count;           // not counting empty ones
    uint64_t comment_count;        // lines that start with ';' or '#'
    uint64_t line_converted_count; // header lines that are not UTF-8: read as Latin-1
    uint64_t job_count;            // the others
    uint64_t task_count;           // jobs kept
    dcat_import_count skip[DCAT_SWF_SKIP_COUNT];
    dcat_import_count more_fields;          // kept or skipped, with more than 18 fields
    double start_s;                         // taken off all arrivals; 0 without from_first
    uint64_t requested_processors_count;    // kept, with requested processors for want of allocated
    uint64_t unknown_origin_count;          // kept, at the first origin for want of a number
    uint64_t deadline_floor_count;          // kept, with deadline_s_min as deadline
    double arrival_s_first, arrival_s_last; // smallest and largest of the tasks
    double work_cycles;                     // sum
    int header_count;
    char header[DCAT_SWF_HEADER_MAX][DCAT_SWF_HEADER_BYTES]; // "Key: value" of the keys we know
} dcat_import_swf_stats;

DCAT_API const char *dcat_swf_skip_name(dcat_swf_skip reason);
// Origin rule by name; DCAT_SWF_ORIGIN_COUNT if there is none.
DCAT_API dcat_swf_origin dcat_swf_origin_find(const char *name);

// Complete but for the origins, which have no default.
DCAT_API dcat_import_swf_config dcat_import_swf_config_default(void);
DCAT_API dcat_status dcat_import_swf_config_check(const dcat_import_swf_config *config,
                                                  dcat_error *err);

// Read one trace and write `arrival_s,origin,work_gigacycles,data_mb,deadline_s`, one row per job
// kept, in the order of the trace. Memory does not grow with the trace, which from_first reads
// twice.
//
// Choice: arrival is the submit time; work is run time * processors (allocated, else requested) *
// core_hz; the origin is origins[number mod origin_count], the first one when the number is
// unknown. Cancelled jobs (status 5) are skipped, since most of them never ran; so are lines of
// status 2 to 4, which repeat parts of a job whose whole is on a line of its own, and a line that
// is word for word the one before it. Failed jobs (status 0) count: they used the machine. Fields
// behind the 18th are ignored.
//
// Errors: those of the config, ERR_NOT_FOUND, ERR_FORMAT (damaged compression, no usable line),
// ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_import_swf(const char *path, const dcat_import_swf_config *config,
                                     FILE *tasks, dcat_import_swf_stats *stats, dcat_error *err);

// --- Tables of the user's own

// What a column of a task table is made from.
#define DCAT_CSV_FIELD_LIST(X)                                                                     \
    X(ARRIVAL, "arrival_s")                                                                        \
    X(ORIGIN, "origin")                                                                            \
    X(WORK, "work_gigacycles")                                                                     \
    X(DATA, "data_mb")                                                                             \
    X(DEADLINE, "deadline_s")                                                                      \
    X(VALUE, "value")                                                                              \
    X(CLASS, "class")                                                                              \
    X(ALLOW, "allow")                                                                              \
    X(DENY, "deny")

typedef enum dcat_csv_field {
#define DCAT_CSV_FIELD_ENUM(name, text) DCAT_CSV_##name,
    DCAT_CSV_FIELD_LIST(DCAT_CSV_FIELD_ENUM)
#undef DCAT_CSV_FIELD_ENUM
        DCAT_CSV_FIELD_COUNT
} dcat_csv_field;

#define DCAT_CSV_SKIP_LIST(X)                                                                      \
    X(MALFORMED, "malformed")                                                                      \
    X(NO_TIME, "no_time")                                                                          \
    X(NO_NUMBER, "no_number")                                                                      \
    X(OUT_OF_RANGE, "out_of_range")                                                                \
    X(NO_ORIGIN, "no_origin")

typedef enum dcat_csv_skip {
#define DCAT_CSV_SKIP_ENUM(name, text) DCAT_CSV_SKIP_##name,
    DCAT_CSV_SKIP_LIST(DCAT_CSV_SKIP_ENUM)
#undef DCAT_CSV_SKIP_ENUM
        DCAT_CSV_SKIP_COUNT
} dcat_csv_skip;

typedef struct dcat_csv_origin {
    const char *from, *to; // "*" as from: every other one
} dcat_csv_origin;

typedef struct dcat_import_csv_config {
    // By field: the column it is read from, times factor; or, without one, what it always is.
    // Nullable; those before value need one of the two.
    const char *column[DCAT_CSV_FIELD_COUNT];
    double factor[DCAT_CSV_FIELD_COUNT]; // > 0; default 1; of no meaning for texts
    const char *always[DCAT_CSV_FIELD_COUNT];
    // Of arrivals: "s", "ms", "us" or "ns" (since whenever), "iso" (2026-11-28T20:15:00.5+01:00),
    // or a pattern of strptime such as "%d.%m.%Y %H:%M"; default "s".
    const char *time_format;
    int zone_s;                     // east of UTC, of times without a zone; default 0
    char separator;                 // default ','
    const dcat_csv_origin *origins; // [origin_count]; with some, all others are skipped
    size_t origin_count;
    bool from_first; // arrivals count from the first one
} dcat_import_csv_config;

typedef struct dcat_import_csv_stats {
    uint64_t row_count;  // behind the header
    uint64_t task_count; // rows kept
    dcat_import_count skip[DCAT_CSV_SKIP_COUNT];
    dcat_import_count converted; // lines that are not UTF-8: read as Latin-1; from_first: once
    double start_s;              // taken off all arrivals; 0 without from_first
    double arrival_s_first, arrival_s_last;
    double work_gigacycles; // sum
} dcat_import_csv_stats;

// Complete but for the columns.
DCAT_API dcat_import_csv_config dcat_import_csv_config_default(void);
// The field "arrival_s"; DCAT_CSV_FIELD_COUNT if there is none.
DCAT_API dcat_csv_field dcat_csv_field_find(const char *name);
DCAT_API const char *dcat_csv_skip_name(dcat_csv_skip reason);

// Read a table with a header, one line a row, and write
// `arrival_s,origin,work_gigacycles,data_mb,deadline_s[,value][,class][,allow][,deny]`, one row per
// row kept, in the order of the file. Rows that make no task are skipped and counted. Memory does
// not grow with the file, which from_first reads twice. Errors: ERR_RANGE (of the config),
// ERR_FIELD (a column that the header lacks), ERR_NOT_FOUND, ERR_FORMAT (damaged compression, no
// usable row), ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_import_csv(const char *path, const dcat_import_csv_config *config,
                                     FILE *tasks, dcat_import_csv_stats *stats, dcat_error *err);

// --- Networks

#define DCAT_NETWORK_FORMAT_LIST(X)                                                                \
    X(GML, "gml")                                                                                  \
    X(GRAPHML, "graphml")                                                                          \
    X(SNDLIB, "sndlib")

typedef enum dcat_network_format {
#define DCAT_NETWORK_FORMAT_ENUM(name, text) DCAT_FORMAT_##name,
    DCAT_NETWORK_FORMAT_LIST(DCAT_NETWORK_FORMAT_ENUM)
#undef DCAT_NETWORK_FORMAT_ENUM
        DCAT_NETWORK_FORMAT_COUNT
} dcat_network_format;

// A correction to a node of a topology: where it really is, or what it is really called.
typedef struct dcat_import_network_fix {
    const char *label; // as in the file
    const char *name;  // Nullable: the name to use
    bool has_site;
    dcat_site site; // x longitude, y latitude, degrees
} dcat_import_network_fix;

typedef struct dcat_import_network_stats {
    int node_count, link_count;           // in the file
    int node_kept_count, link_kept_count; // in the tables
    int line_converted_count;             // not UTF-8: read as Latin-1 (Windows-1252)
    int label_tidied_count;               // without the blanks around them, line ends as blanks
    int label_cut_count;                  // longer than 200 bytes
    int label_missing_count;              // none or blanks only: "node7" after the id
    int node_junction_count;              // without coordinates, between others: kept
    int node_unplaced_count;              // dropped: no coordinates, and joins nothing
    int link_unplaced_count;              // dropped: an end was dropped
    int link_loop_count;                  // dropped: both ends are the same node
    int link_parallel_count;              // kept, beside another link of the same two nodes
    int node_renamed_count;               // name taken already: the second is "NAME#2"
    int node_fixed_count;                 // corrected
    int link_rated_count;                 // kept, with a rate of their own
    int link_rate_unusable_count;         // rate below 0 or no number: none
    int piece_count;  // connected parts; a scenario needs servers and areas of one part
    double length_m;  // sum over the kept links
    int demand_count; // of SNDlib
    double demand_sum;
    char unknown_unit[64]; // of SNDlib's capacities, taken for Mb/s; "" when it is known
} dcat_import_network_stats;

// Read a topology and write its nodes, `name,lat_deg,lon_deg`, and its links,
// `from,to,length_km,rate_mbps`, the last column only when some link states its speed. GML and
// GraphML as the Internet Topology Zoo writes them; SNDlib native or XML, whose demands become
// `day,hour,<node>...` in demand (Nullable; nothing is written to it when there are none).
//
// Choice: a link is as long as the geodesic between its ends, since such files tell no lengths;
// real cables are longer. A node without coordinates that joins others stays, at the mean of its
// neighbours. A rate of SNDlib is the capacity that is installed, or else that of the first module.
// Every fix must match a node. Errors: ERR_NOT_FOUND, ERR_FORMAT, ERR_FIELD, ERR_REFERENCE (a fix
// that matches nothing), ERR_RANGE, ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_import_network(dcat_network_format format, const char *path,
                                         const dcat_import_network_fix *fixes, size_t fix_count,
                                         FILE *nodes, FILE *links, FILE *demand,
                                         dcat_import_network_stats *stats, dcat_error *err);

// --- Throughputs by device, as Gavel keeps them

typedef struct dcat_import_gavel_stats {
    int device_count, class_count;
    uint64_t cell_count;      // above 0
    int device_skipped_count; // the same devices with workers spread over servers
    int job_skipped_count;    // by device: on several devices, or no job
    int no_reference_count;   // jobs that the reference does not run
} dcat_import_gavel_stats;

// Read a table of throughputs in JSON, {device: {"('job', devices)": {"null": steps a second}}},
// and write `device,<job>...`, an efficiency.csv: what a job reaches alone on one device, as a
// multiple of that on the reference. Jobs on several devices, and pairs of jobs that share one, are
// left out. Errors: ERR_NOT_FOUND, ERR_FORMAT, ERR_REFERENCE (no such device), ERR_RANGE (no job,
// or more than DCAT_CLASS_MAX), ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_import_gavel(const char *path, const char *reference, FILE *table,
                                       dcat_import_gavel_stats *stats, dcat_error *err);

// --- Fleets: machines with devices, and the jobs that ran on them

#define DCAT_FLEET_SKIP_LIST(X)                                                                    \
    X(MALFORMED, "malformed")                                                                      \
    X(NOT_RUN, "not_run")                                                                          \
    X(NO_END, "no_end")                                                                            \
    X(NO_RUN_TIME, "no_run_time")                                                                  \
    X(NO_RESOURCES, "no_resources")                                                                \
    X(STEP, "step_of_a_job")                                                                       \
    X(UNKNOWN_DEVICE, "unknown_device")

typedef enum dcat_fleet_skip {
#define DCAT_FLEET_SKIP_ENUM(name, text) DCAT_FLEET_##name,
    DCAT_FLEET_SKIP_LIST(DCAT_FLEET_SKIP_ENUM)
#undef DCAT_FLEET_SKIP_ENUM
        DCAT_FLEET_SKIP_COUNT
} dcat_fleet_skip;

typedef struct dcat_import_fleet_config {
    double core_hz;         // speed of one CPU core; > 0; default 2.5e9
    double device_hz;       // speed of one GPU at reference work; > 0; default 250e9
    double deadline_factor; // deadline = factor * run time, from arrival; > 0; default 2
    double deadline_s_min;  // but never less than this; >= 0; default 60
    double data_bits;       // of every task; >= 0; default 20e6
} dcat_import_fleet_config;

typedef struct dcat_import_fleet_stats {
    uint64_t node_count;         // lines about nodes
    dcat_import_count node_skip; // of them, malformed
    uint64_t node_again_count;   // of them, about a node that was there already
    uint64_t unit_left_count;    // further kinds of GPU in a node: a server has one unit of each
                                 // pool, the largest
    int server_count, unit_count, device_count, class_count;
    uint64_t devices_together;      // GPUs of all units
    uint64_t job_count, task_count; // read, and kept
    dcat_import_count skip[DCAT_FLEET_SKIP_COUNT];
    uint64_t shared_count; // kept, with less than a whole GPU
    double start_s;        // taken off all arrivals
    double arrival_s_last; // after that
    double work_cycles;    // sum
} dcat_import_fleet_stats;

DCAT_API const char *dcat_fleet_skip_name(dcat_fleet_skip reason);
DCAT_API dcat_import_fleet_config dcat_import_fleet_config_default(void);

// Files of a fleet: a scenario at one place. The last, tasks.csv, is written only with jobs.
#define DCAT_FLEET_FILES                                                                           \
    "scenario.yaml", "areas.csv", "servers.csv", "devices.csv", "units.csv", "classes.csv",        \
        "efficiency.csv", "tasks.csv"
#define DCAT_FLEET_FILE_COUNT 8

// The Alibaba GPU trace of 2023, openb: nodes become servers with units, pods tasks whose class is
// the list of models that they may use. Files of the folder (or its folder csv):
// openb_node_list_all_node.csv (or ..._gpu_node.csv) and openb_pod_list_default.csv.
//
// Choice: a pod's work is its run time (deletion less scheduling) by the cores or the share of GPUs
// that it has, at core_hz or device_hz; arrivals are creations. Trace and machines have no places:
// all are in one. Errors: ERR_RANGE (of the config, or more than DCAT_CLASS_MAX classes),
// ERR_NOT_FOUND, ERR_FORMAT (no usable node or pod), ERR_FIELD (a column that is missing), ERR_IO,
// ERR_MEMORY.
DCAT_API dcat_status dcat_import_openb(const char *folder, const dcat_import_fleet_config *config,
                                       dcat_output *output, dcat_import_fleet_stats *stats,
                                       dcat_error *err);

// A Slurm cluster: nodes as `scontrol show node -o` or `sinfo -o '%N|%c|%G'` print them, with their
// Gres; jobs (nullable: then no tasks.csv) as `sacct -P` does, with at least Submit and ElapsedRaw
// or Elapsed, and AllocTRES or AllocCPUS. A job's class is the kind of GPU that it has. Errors: as
// above.
DCAT_API dcat_status dcat_import_slurm(const char *nodes, const char *jobs,
                                       const dcat_import_fleet_config *config, dcat_output *output,
                                       dcat_import_fleet_stats *stats, dcat_error *err);

// A node of a Slurm cluster, for whoever offers it: an agent's server.
typedef struct dcat_slurm_node {
    const char *name; // 1 to 64 letters, digits, - or _
    const char *file; // that says so, and its line
    uint64_t line;
    double speed_hz; // of all its cores together; 0: nobody says
    int core_count;
    const char *device; // Nullable: its GPUs
    int device_count;
    bool has_plane, has_globe; // which of these are said
    double x_km, y_km, lat_deg, lon_deg;
} dcat_slurm_node;
typedef dcat_status dcat_slurm_node_fn(void *user, const dcat_slurm_node *node, dcat_error *err);

// Hand over one node after the other, in their order; texts last as long as the call. path is what
// dcat_import_slurm takes as nodes, or a folder that was made of it, whose servers.csv may have
// been filled in meanwhile. Unlike there the first line that is wrong ends it: what is offered
// should not be less than what is listed. Errors: ERR_NOT_FOUND, ERR_FORMAT, ERR_FIELD, ERR_RANGE,
// ERR_REFERENCE, ERR_IO, ERR_MEMORY, and those of receive.
DCAT_API dcat_status dcat_import_slurm_nodes(const char *path, dcat_slurm_node_fn *receive,
                                             void *user, dcat_error *err);

// --- What was counted, as JSON: {"format", "out", ...}; out is where the user had it written

DCAT_API dcat_status dcat_write_import_huawei_json(const dcat_import_huawei_stats *stats,
                                                   const char *out, FILE *file, dcat_error *err);
DCAT_API dcat_status dcat_write_import_swf_json(const dcat_import_swf_stats *stats, const char *out,
                                                FILE *file, dcat_error *err);
DCAT_API dcat_status dcat_write_import_csv_json(const dcat_import_csv_stats *stats, const char *out,
                                                FILE *file, dcat_error *err);
DCAT_API dcat_status dcat_write_import_network_json(dcat_network_format format,
                                                    const dcat_import_network_stats *stats,
                                                    const char *out, FILE *file, dcat_error *err);

DCAT_API dcat_status dcat_write_import_gavel_json(const dcat_import_gavel_stats *stats,
                                                  const char *out, FILE *file, dcat_error *err);
DCAT_API dcat_status dcat_write_import_fleet_json(const char *format,
                                                  const dcat_import_fleet_stats *stats,
                                                  const char *out, FILE *file, dcat_error *err);

// --- Synthetic countries of any size (docs/generate.md says what is assumed and why)

#define DCAT_GENERATE_SERVER_MAX 1000000
#define DCAT_GENERATE_AREA_MAX 100000 // columns of a demand table
#define DCAT_GENERATE_SIDE_KM_MAX 15000.0

typedef struct dcat_generate_config {
    size_t server_count; // 1..DCAT_GENERATE_SERVER_MAX
    size_t area_count;   // at least city_count; 0: a twentieth of the servers, at least 5
    size_t city_count;   // at most server_count; 0: half of the areas, at least 5
    double side_km;      // of the square; 0: one city for each 100 km by 100 km
    uint64_t seed;
} dcat_generate_config;

// Write the files of a scenario into a folder, which the caller commits. config is completed;
// link_count counts the links of the backbone. The same config gives the same bytes. Errors:
// ERR_RANGE, ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_generate(dcat_generate_config *config, dcat_output *output,
                                   size_t *link_count, dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
