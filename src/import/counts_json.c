// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/import.h"

#include "file/json_write.h"
#include "import/net/reader.h"

static json_t *json_skip(const dcat_import_count *count)
{
    json_t *first = json_array();
    for (uint64_t i = 0; i < count->count && i < DCAT_IMPORT_WHERE_MAX; i++) {
        first = json_plus(first, json_text(count->where[i]));
    }
    return json_pack("{s:o, s:o}", "count", json_count(count->count), "first", first);
}

dcat_status dcat_write_import_huawei_json(const dcat_import_huawei_stats *stats, const char *out,
                                          FILE *file, dcat_error *err)
{
    json_t *skipped = json_object();
    for (int i = 0; i < DCAT_HUAWEI_SKIP_COUNT; i++) {
        skipped = json_with(skipped, dcat_huawei_skip_name((dcat_huawei_skip)i),
                            json_skip(&stats->skip[i]));
    }
    json_t *regions = json_object();
    for (int i = 0; i < stats->region_count; i++) {
        char name[16];
        snprintf(name, sizeof name, "r%d", stats->region[i]);
        regions = json_with(regions, name, json_number(stats->region_mean_cores[i]));
    }
    return json_write(json_pack("{s:s, s:o, s:i, s:i, s:o, s:o, s:o, s:i, s:i, s:i, s:i, s:o}",
                                "format", "huawei-regionless", "out", json_text(out), "files",
                                stats->file_count, "files_ignored", stats->ignored_file_count,
                                "lines", json_count(stats->line_count), "kept",
                                json_count(stats->sample_count), "skipped", skipped, "instants",
                                stats->instant_count, "instants_empty", stats->instant_empty_count,
                                "days", stats->day_count, "rows", stats->row_count, "mean_cores",
                                regions),
                      file, err);
}

dcat_status dcat_write_import_swf_json(const dcat_import_swf_stats *stats, const char *out,
                                       FILE *file, dcat_error *err)
{
    json_t *skipped = json_object();
    for (int i = 0; i < DCAT_SWF_SKIP_COUNT; i++) {
        skipped =
            json_with(skipped, dcat_swf_skip_name((dcat_swf_skip)i), json_skip(&stats->skip[i]));
    }
    json_t *header = json_array();
    for (int i = 0; i < stats->header_count; i++) {
        header = json_plus(header, json_text(stats->header[i]));
    }
    return json_write(
        json_pack(
            "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
            "format", "swf", "out", json_text(out), "header", header, "lines",
            json_count(stats->line_count), "comments", json_count(stats->comment_count),
            "lines_converted", json_count(stats->line_converted_count), "jobs",
            json_count(stats->job_count), "kept", json_count(stats->task_count), "skipped", skipped,
            "more_than_18_fields", json_skip(&stats->more_fields), "start_s",
            json_number(stats->start_s), "requested_processors",
            json_count(stats->requested_processors_count), "unknown_origin",
            json_count(stats->unknown_origin_count), "deadline_floor",
            json_count(stats->deadline_floor_count), "arrival_s_first",
            json_number(stats->arrival_s_first), "arrival_s_last",
            json_number(stats->arrival_s_last), "work_gigacycles",
            json_number(stats->work_cycles / 1e9)),
        file, err);
}

dcat_status dcat_write_import_csv_json(const dcat_import_csv_stats *stats, const char *out,
                                       FILE *file, dcat_error *err)
{
    json_t *skipped = json_object();
    for (int i = 0; i < DCAT_CSV_SKIP_COUNT; i++) {
        skipped =
            json_with(skipped, dcat_csv_skip_name((dcat_csv_skip)i), json_skip(&stats->skip[i]));
    }
    return json_write(json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "format",
                                "csv", "out", json_text(out), "rows", json_count(stats->row_count),
                                "kept", json_count(stats->task_count), "skipped", skipped,
                                "lines_converted", json_skip(&stats->converted), "start_s",
                                json_number(stats->start_s), "arrival_s_first",
                                json_number(stats->arrival_s_first), "arrival_s_last",
                                json_number(stats->arrival_s_last), "work_gigacycles",
                                json_number(stats->work_gigacycles)),
                      file, err);
}

// Counts by name, in this order.
typedef struct named_count {
    const char *name;
    int count;
} named_count;

static json_t *json_counts(const named_count *counts, size_t count)
{
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++) {
        object = json_with(object, counts[i].name, json_count((uint64_t)counts[i].count));
    }
    return object;
}

dcat_status dcat_write_import_network_json(dcat_network_format format,
                                           const dcat_import_network_stats *stats, const char *out,
                                           FILE *file, dcat_error *err)
{
    const named_count nodes[] = {
        {"read", stats->node_count},
        {"kept", stats->node_kept_count},
        {"junctions", stats->node_junction_count},
        {"without_coordinates", stats->node_unplaced_count},
        {"renamed", stats->node_renamed_count},
        {"labels_tidied", stats->label_tidied_count},
        {"labels_cut", stats->label_cut_count},
        {"labels_missing", stats->label_missing_count},
        {"fixed", stats->node_fixed_count},
    };
    const named_count links[] = {
        {"read", stats->link_count},
        {"kept", stats->link_kept_count},
        {"to_dropped_nodes", stats->link_unplaced_count},
        {"loops", stats->link_loop_count},
        {"parallel", stats->link_parallel_count},
        {"with_rate", stats->link_rated_count},
        {"unusable_rate", stats->link_rate_unusable_count},
    };
    json_t *unit = stats->unknown_unit[0] == '\0' ? json_null() : json_text(stats->unknown_unit);
    return json_write(json_pack("{s:s, s:o, s:o, s:o, s:i, s:i, s:o, s:{s:i, s:o}, s:o}", "format",
                                network_format_name(format), "out", json_text(out), "nodes",
                                json_counts(nodes, sizeof nodes / sizeof *nodes), "links",
                                json_counts(links, sizeof links / sizeof *links), "lines_converted",
                                stats->line_converted_count, "pieces", stats->piece_count,
                                "length_km", json_number(stats->length_m / 1e3), "demands", "read",
                                stats->demand_count, "sum", json_number(stats->demand_sum),
                                "unknown_unit", unit),
                      file, err);
}

dcat_status dcat_write_import_gavel_json(const dcat_import_gavel_stats *stats, const char *out,
                                         FILE *file, dcat_error *err)
{
    return json_write(json_pack("{s:s, s:o, s:i, s:i, s:o, s:i, s:i, s:i}", "format", "gavel",
                                "out", json_text(out), "devices", stats->device_count, "classes",
                                stats->class_count, "cells", json_count(stats->cell_count),
                                "devices_skipped", stats->device_skipped_count, "jobs_skipped",
                                stats->job_skipped_count, "jobs_without_reference",
                                stats->no_reference_count),
                      file, err);
}

dcat_status dcat_write_import_fleet_json(const char *format, const dcat_import_fleet_stats *stats,
                                         const char *out, FILE *file, dcat_error *err)
{
    json_t *skipped = json_object();
    for (int i = 0; i < DCAT_FLEET_SKIP_COUNT; i++) {
        skipped = json_with(skipped, dcat_fleet_skip_name((dcat_fleet_skip)i),
                            json_skip(&stats->skip[i]));
    }
    json_t *nodes = json_pack(
        "{s:o, s:o, s:o, s:i, s:i, s:i, s:o, s:o}", "read", json_count(stats->node_count),
        "malformed", json_skip(&stats->node_skip), "again", json_count(stats->node_again_count),
        "servers", stats->server_count, "units", stats->unit_count, "kinds_of_gpu",
        stats->device_count, "gpus", json_count(stats->devices_together), "further_kinds_left_out",
        json_count(stats->unit_left_count));
    json_t *jobs = json_pack(
        "{s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o}", "read", json_count(stats->job_count), "kept",
        json_count(stats->task_count), "skipped", skipped, "classes", stats->class_count,
        "with_part_of_a_gpu", json_count(stats->shared_count), "start_s",
        json_number(stats->start_s), "arrival_last_s", json_number(stats->arrival_s_last),
        "work_gigacycles", json_number(stats->work_cycles / 1e9));
    return json_write(json_pack("{s:s, s:o, s:o, s:o}", "format", format, "out", json_text(out),
                                "nodes", nodes, "jobs", jobs),
                      file, err);
}
