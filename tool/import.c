// dcat import: outside data turned into the tables a scenario names.

#include "dcat/x/import.h"
#include "cli.h"
#include "dcat/x/file.h"
#include "file/json_write.h"
#include "file/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// --- What every kind of import takes

typedef struct common_options {
    const char *input;
    const char *out;
    bool force, quiet, json;
} common_options;

enum {
    KEY_JSON = 0x100,
    KEY_CORE,
    KEY_FACTOR,
    KEY_FLOOR,
    KEY_DATA,
    KEY_ORIGINS,
    KEY_ORIGIN_BY,
    KEY_DAYS,
    KEY_PLACE,
    KEY_RENAME
};

static const struct argp_option common_table[] = {
    {"out", 'o', "PATH", 0, "Where to write (required)", -1},
    {"force", 'f', NULL, 0, "Replace what is there already", -1},
    {"quiet", 'q', NULL, 0, "No counts on standard error", -1},
    {"json", KEY_JSON, NULL, 0, "Print the counts as JSON on standard output", -1},
    {0},
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
    common_options *common = state->input;
    switch (key) {
    case 'o':
        common->out = arg;
        return 0;
    case 'f':
        common->force = true;
        return 0;
    case 'q':
        common->quiet = true;
        return 0;
    case KEY_JSON:
        common->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (common->input != NULL) {
            argp_error(state, "one input at a time: \"%s\" and \"%s\"", common->input, arg);
        }
        common->input = arg;
        return 0;
    case ARGP_KEY_END:
        if (common->input == NULL) {
            argp_error(state, "the input is missing");
        }
        if (common->out == NULL) {
            argp_error(state, "--out is missing: where to write");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp common_argp = {.options = common_table, .parser = parse_common};
static const struct argp_child common_child[] = {{&common_argp, 0, NULL, 0}, {0}};

// The number of an option; does not return when it is none.
static double option_number(struct argp_state *state, const char *option, const char *text)
{
    double value = 0.0;
    const char *broken = text_number(text, strlen(text), &value);
    if (broken != NULL) {
        argp_error(state, "--%s: %s, got \"%s\"", option, broken, text);
    }
    return value;
}

// --- Reports

static void print_skips(const char *name, const dcat_import_count *count)
{
    if (count->count == 0) {
        return;
    }
    fprintf(stderr, "skipped  %" PRIu64 " %s:", count->count, name);
    for (uint64_t i = 0; i < count->count && i < DCAT_IMPORT_WHERE_MAX; i++) {
        fprintf(stderr, "%s %s", i > 0 ? "," : "", count->where[i]);
    }
    fprintf(stderr, "%s\n", count->count > DCAT_IMPORT_WHERE_MAX ? ", ..." : "");
}

static json_t *json_skip(const dcat_import_count *count)
{
    json_t *first = json_array();
    for (uint64_t i = 0; i < count->count && i < DCAT_IMPORT_WHERE_MAX; i++) {
        json_array_append_new(first, json_text(count->where[i]));
    }
    return json_pack("{s:o, s:o}", "count", json_count(count->count), "first", first);
}

// --- huawei-regionless

typedef struct huawei_options {
    common_options common;
    int day_count;
} huawei_options;

static error_t parse_huawei(int key, char *arg, struct argp_state *state)
{
    huawei_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_DAYS: {
        int64_t days = 0;
        const char *broken = text_whole(arg, strlen(arg), &days);
        if (broken != NULL || days < 1 || days > DCAT_HUAWEI_DAY_MAX) {
            argp_error(state, "--days must be a whole number in 1..%d, got \"%s\"",
                       DCAT_HUAWEI_DAY_MAX, arg);
        }
        options->day_count = (int)days;
        return 0;
    }
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option huawei_table[] = {
    {"days", KEY_DAYS, "N", 0, "Days of the table, from day 1 (default 122, the whole trace)", 0},
    {0},
};

static const struct argp huawei_argp = {
    .options = huawei_table,
    .parser = parse_huawei,
    .args_doc = "DIR",
    .doc = "Make an hourly demand table from the Huawei \"Regionless orchestration datasets\".\v"
           "Reads every tenant*.csv, tenant*.csv.gz and tenant*.csv.xz of DIR, lines "
           "\"day hh:mm:ss,region,vm_type,cores\". Writes day,hour,<region>...: the cores in use, "
           "summed over tenants and VM types and averaged over the six ten-minute instants of the "
           "hour. An instant without a row counts as 0. Of two rows for the same tenant, instant, "
           "region and VM type the first counts. Lines that are skipped are counted by reason.\n\n"
           "  dcat import huawei-regionless trace/ -o demand.csv",
    .children = common_child,
};

static void print_huawei(const dcat_import_huawei_stats *stats, const char *out)
{
    fprintf(stderr, "read     %d files, %" PRIu64 " lines", stats->file_count, stats->line_count);
    if (stats->ignored_file_count > 0) {
        fprintf(stderr, " (%d other files ignored)", stats->ignored_file_count);
    }
    fprintf(stderr, "\nkept     %" PRIu64 " samples of %d regions\n", stats->sample_count,
            stats->region_count);
    for (int i = 0; i < DCAT_HUAWEI_SKIP_COUNT; i++) {
        print_skips(dcat_huawei_skip_name((dcat_huawei_skip)i), &stats->skip[i]);
    }
    fprintf(stderr, "instants %d, of which %d without any sample\n", stats->instant_count,
            stats->instant_empty_count);
    fprintf(stderr, "wrote    %s, %d rows, days 1 to %d\n", out, stats->row_count,
            stats->day_count);
}

static json_t *json_huawei(const dcat_import_huawei_stats *stats, const char *out)
{
    json_t *skipped = json_object();
    for (int i = 0; i < DCAT_HUAWEI_SKIP_COUNT; i++) {
        json_object_set_new(skipped, dcat_huawei_skip_name((dcat_huawei_skip)i),
                            json_skip(&stats->skip[i]));
    }
    json_t *regions = json_object();
    for (int i = 0; i < stats->region_count; i++) {
        char name[16];
        snprintf(name, sizeof name, "r%d", stats->region[i]);
        json_object_set_new(regions, name, json_number(stats->region_mean_cores[i]));
    }
    return json_pack("{s:s, s:o, s:i, s:i, s:o, s:o, s:o, s:i, s:i, s:i, s:i, s:o}", "format",
                     "huawei-regionless", "out", json_text(out), "files", stats->file_count,
                     "files_ignored", stats->ignored_file_count, "lines",
                     json_count(stats->line_count), "kept", json_count(stats->sample_count),
                     "skipped", skipped, "instants", stats->instant_count, "instants_empty",
                     stats->instant_empty_count, "days", stats->day_count, "rows", stats->row_count,
                     "mean_cores", regions);
}

static int import_huawei(int argc, char **argv)
{
    huawei_options options = {.day_count = 122};
    argp_parse(&huawei_argp, argc, argv, 0, NULL, &options);
    const common_options *common = &options.common;
    dcat_error err = {0};
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    dcat_import_huawei_stats stats;
    dcat_status status = dcat_output_single_open(common->out, common->force, &output, &file, &err);
    if (status != DCAT_OK) {
        return cli_exit(status, &err);
    }
    status = dcat_import_huawei(common->input, options.day_count, file, &stats, &err);
    if (status != DCAT_OK) {
        dcat_output_single_abort(output);
        return cli_exit(status, &err);
    }
    status = dcat_output_single_commit(output, &err);
    if (status == DCAT_OK && !common->quiet) {
        print_huawei(&stats, common->out);
    }
    if (status == DCAT_OK && common->json) {
        status = json_write(json_huawei(&stats, common->out), stdout, &err);
    }
    return cli_exit(status, &err);
}

// --- swf

typedef struct swf_options {
    common_options common;
    dcat_import_swf_config config;
    char *origin_text; // cut at its commas
    const char **origins;
} swf_options;

// "a,b,c" into the config; does not return without memory.
static void set_origins(swf_options *options, const char *text, struct argp_state *state)
{
    free(options->origin_text);
    free(options->origins);
    options->origin_text = strdup(text);
    options->origins = calloc(strlen(text) + 1, sizeof *options->origins);
    if (options->origin_text == NULL || options->origins == NULL) {
        argp_failure(state, 1, 0, "out of memory");
        return;
    }
    options->config.origin_count = 0;
    options->config.origins = options->origins;
    char *rest = options->origin_text;
    while (rest != NULL) {
        options->origins[options->config.origin_count++] = strsep(&rest, ",");
    }
}

static error_t parse_swf(int key, char *arg, struct argp_state *state)
{
    swf_options *options = state->input;
    dcat_import_swf_config *config = &options->config;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_CORE:
        config->core_hz = option_number(state, "core-ghz", arg) * 1e9;
        return 0;
    case KEY_FACTOR:
        config->deadline_factor = option_number(state, "deadline-factor", arg);
        return 0;
    case KEY_FLOOR:
        config->deadline_s_min = option_number(state, "deadline-min-s", arg);
        return 0;
    case KEY_DATA:
        config->data_bits = option_number(state, "data-mb", arg) * 1e6;
        return 0;
    case KEY_ORIGINS:
        set_origins(options, arg, state);
        return 0;
    case KEY_ORIGIN_BY:
        config->origin_by = dcat_swf_origin_find(arg);
        if (config->origin_by == DCAT_SWF_ORIGIN_COUNT) {
            argp_error(state, "--origin-by must be user, group, queue or partition, got \"%s\"",
                       arg);
        }
        return 0;
    case ARGP_KEY_END:
        if (config->origin_count == 0) {
            argp_error(state, "--origins is missing: the areas the tasks come from, as a,b,c");
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option swf_table[] = {
    {"origins", KEY_ORIGINS, "A,B,...", 0, "Areas of the scenario that tasks come from (required)",
     0},
    {"origin-by", KEY_ORIGIN_BY, "WHAT", 0,
     "Which number of a job chooses its area, modulo their count: user, group, queue or partition "
     "(default user)",
     0},
    {"core-ghz", KEY_CORE, "X", 0, "Speed of one processor of the traced machine (default 2.5)", 0},
    {"deadline-factor", KEY_FACTOR, "X", 0, "Deadline as a multiple of the run time (default 2)",
     0},
    {"deadline-min-s", KEY_FLOOR, "X", 0, "Shortest deadline, seconds (default 2)", 0},
    {"data-mb", KEY_DATA, "X", 0, "Input data of every task, Mb (default 20)", 0},
    {0},
};

static const struct argp swf_argp = {
    .options = swf_table,
    .parser = parse_swf,
    .args_doc = "FILE",
    .doc =
        "Make a task table from a trace in Standard Workload Format.\v"
        "FILE may be plain, .gz or .xz. Writes "
        "arrival_s,origin,work_gigacycles,data_mb,deadline_s, one row per job kept:\n\n"
        "  arrival   submit time\n"
        "  work      run time x processors (allocated, else requested) x core speed\n"
        "  deadline  factor x run time, at least the shortest, from arrival\n"
        "  origin    the area whose place is the job's user number modulo the number of areas; "
        "the first area when the number is unknown\n\n"
        "Skipped, with counts: malformed lines, cancelled jobs (status 5), parts of "
        "checkpointed jobs (status 2 to 4, the whole job has its own line), unknown submit time, "
        "run time of 0 or unknown, processors unknown.\n\n"
        "  dcat import swf trace.swf.gz -o tasks.csv --origins beijing,shanghai",
    .children = common_child,
};

static void print_swf(const dcat_import_swf_stats *stats, const common_options *common,
                      const dcat_import_swf_config *config)
{
    fprintf(stderr, "read     %" PRIu64 " lines: %" PRIu64 " comments, %" PRIu64 " jobs\n",
            stats->line_count, stats->comment_count, stats->job_count);
    for (int i = 0; i < stats->header_count; i++) {
        fprintf(stderr, "trace    %s\n", stats->header[i]);
    }
    for (int i = 0; i < DCAT_SWF_SKIP_COUNT; i++) {
        print_skips(dcat_swf_skip_name((dcat_swf_skip)i), &stats->skip[i]);
    }
    fprintf(
        stderr, "kept     %" PRIu64 " tasks, arrivals from %.15g s to %.15g s, work %.6g Gcycles\n",
        stats->task_count, stats->arrival_s_first, stats->arrival_s_last, stats->work_cycles / 1e9);
    fprintf(stderr,
            "filled   %" PRIu64 " with requested processors, %" PRIu64
            " with the first origin, %" PRIu64 " with the shortest deadline of %g s\n",
            stats->requested_processors_count, stats->unknown_origin_count,
            stats->deadline_floor_count, config->deadline_s_min);
    fprintf(stderr, "wrote    %s\n", common->out);
}

static json_t *json_swf(const dcat_import_swf_stats *stats, const char *out)
{
    json_t *skipped = json_object();
    for (int i = 0; i < DCAT_SWF_SKIP_COUNT; i++) {
        json_object_set_new(skipped, dcat_swf_skip_name((dcat_swf_skip)i),
                            json_skip(&stats->skip[i]));
    }
    json_t *header = json_array();
    for (int i = 0; i < stats->header_count; i++) {
        json_array_append_new(header, json_text(stats->header[i]));
    }
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "format", "swf",
        "out", json_text(out), "header", header, "lines", json_count(stats->line_count), "comments",
        json_count(stats->comment_count), "jobs", json_count(stats->job_count), "kept",
        json_count(stats->task_count), "skipped", skipped, "requested_processors",
        json_count(stats->requested_processors_count), "unknown_origin",
        json_count(stats->unknown_origin_count), "deadline_floor",
        json_count(stats->deadline_floor_count), "arrival_s_first",
        json_number(stats->arrival_s_first), "arrival_s_last", json_number(stats->arrival_s_last),
        "work_gigacycles", json_number(stats->work_cycles / 1e9));
}

static dcat_status run_swf(const swf_options *options, dcat_import_swf_stats *stats,
                           dcat_error *err)
{
    const common_options *common = &options->common;
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    dcat_status status = dcat_import_swf_config_check(&options->config, err);
    if (status == DCAT_OK) {
        status = dcat_output_single_open(common->out, common->force, &output, &file, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    status = dcat_import_swf(common->input, &options->config, file, stats, err);
    if (status != DCAT_OK) {
        dcat_output_single_abort(output);
        return status;
    }
    return dcat_output_single_commit(output, err);
}

static int import_swf(int argc, char **argv)
{
    swf_options options = {.config = dcat_import_swf_config_default()};
    argp_parse(&swf_argp, argc, argv, 0, NULL, &options);
    dcat_error err = {0};
    dcat_import_swf_stats stats;
    dcat_status status = run_swf(&options, &stats, &err);
    if (status == DCAT_OK && !options.common.quiet) {
        print_swf(&stats, &options.common, &options.config);
    }
    if (status == DCAT_OK && options.common.json) {
        status = json_write(json_swf(&stats, options.common.out), stdout, &err);
    }
    free(options.origins);
    free(options.origin_text);
    return cli_exit(status, &err);
}

// --- gml

#define FIX_MAX 256

typedef struct gml_options {
    common_options common;
    dcat_import_gml_fix fixes[FIX_MAX];
    size_t fix_count;
} gml_options;

// The fix of a label, "LABEL=..." cut at the last '='; *value is what follows.
static dcat_import_gml_fix *fix_of(gml_options *options, char *arg, char **value,
                                   struct argp_state *state)
{
    char *equals = strrchr(arg, '=');
    if (equals == NULL || equals == arg || equals[1] == '\0') {
        argp_error(state, "\"%s\" must have the form LABEL=VALUE", arg);
        return NULL;
    }
    *equals = '\0';
    *value = equals + 1;
    for (size_t i = 0; i < options->fix_count; i++) {
        if (strcmp(options->fixes[i].label, arg) == 0) {
            return &options->fixes[i];
        }
    }
    if (options->fix_count == FIX_MAX) {
        argp_error(state, "more than %d corrected nodes", FIX_MAX);
        return NULL;
    }
    options->fixes[options->fix_count] = (dcat_import_gml_fix){.label = arg};
    return &options->fixes[options->fix_count++];
}

static error_t parse_gml(int key, char *arg, struct argp_state *state)
{
    gml_options *options = state->input;
    char *value = NULL;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_RENAME: {
        dcat_import_gml_fix *fix = fix_of(options, arg, &value, state);
        if (fix == NULL) {
            return EINVAL;
        }
        fix->name = value;
        return 0;
    }
    case KEY_PLACE: {
        dcat_import_gml_fix *fix = fix_of(options, arg, &value, state);
        char *comma = fix == NULL ? NULL : strchr(value, ',');
        if (comma == NULL) {
            argp_error(state, "--place: \"%s\" must be LAT,LON", value);
            return EINVAL;
        }
        *comma = '\0';
        fix->has_site = true;
        fix->site.y = option_number(state, "place", value);
        fix->site.x = option_number(state, "place", comma + 1);
        return 0;
    }
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option gml_table[] = {
    {"place", KEY_PLACE, "LABEL=LAT,LON", 0, "Put a node elsewhere, degrees (repeatable)", 0},
    {"rename", KEY_RENAME, "LABEL=NAME", 0, "Give a node another name (repeatable)", 0},
    {0},
};

static const struct argp gml_argp = {
    .options = gml_table,
    .parser = parse_gml,
    .args_doc = "FILE",
    .doc =
        "Make node and link tables from a GML topology such as those of the Topology Zoo.\v"
        "Writes nodes.csv (name,lat_deg,lon_deg) and links.csv (from,to,length_km, and rate_mbps "
        "when a link states its speed) into the folder given by --out; other files there stay as "
        "they are. A link is as long as the geodesic between its ends. Nodes without coordinates "
        "are dropped with their links, and so are links from a node to itself, with counts.\n\n"
        "  dcat import gml Chinanet.gml -o mynet --place 'Hong Kong=22.2783,114.1747'",
    .children = common_child,
};

static void print_gml(const dcat_import_gml_stats *stats, const char *out)
{
    fprintf(stderr, "read     %d nodes, %d links\n", stats->node_count, stats->link_count);
    if (stats->node_unplaced_count > 0) {
        fprintf(stderr, "skipped  %d nodes without coordinates, and %d links to them\n",
                stats->node_unplaced_count, stats->link_unplaced_count);
    }
    if (stats->link_loop_count > 0) {
        fprintf(stderr, "skipped  %d links from a node to itself\n", stats->link_loop_count);
    }
    if (stats->node_renamed_count > 0) {
        fprintf(stderr, "renamed  %d nodes whose name was taken\n", stats->node_renamed_count);
    }
    if (stats->node_fixed_count > 0) {
        fprintf(stderr, "fixed    %d nodes as asked\n", stats->node_fixed_count);
    }
    fprintf(stderr, "kept     %d nodes, %d links of %.0f km together, %d with a rate\n",
            stats->node_kept_count, stats->link_kept_count, stats->length_m / 1e3,
            stats->link_rated_count);
    if (stats->piece_count > 1) {
        fprintf(stderr, "warning  the network is in %d pieces that no link connects\n",
                stats->piece_count);
    }
    fprintf(stderr, "wrote    %s/nodes.csv, %s/links.csv\n", out, out);
}

static json_t *json_gml(const dcat_import_gml_stats *stats, const char *out)
{
    return json_pack(
        "{s:s, s:o, s:{s:i, s:i, s:i, s:i, s:i}, s:{s:i, s:i, s:i, s:i, s:i}, s:i, s:o}", "format",
        "gml", "out", json_text(out), "nodes", "read", stats->node_count, "kept",
        stats->node_kept_count, "without_coordinates", stats->node_unplaced_count, "renamed",
        stats->node_renamed_count, "fixed", stats->node_fixed_count, "links", "read",
        stats->link_count, "kept", stats->link_kept_count, "to_dropped_nodes",
        stats->link_unplaced_count, "loops", stats->link_loop_count, "with_rate",
        stats->link_rated_count, "pieces", stats->piece_count, "length_km",
        json_number(stats->length_m / 1e3));
}

// Both tables appear, or, when the second cannot be put in place, at least neither is half-written.
static dcat_status run_gml(const gml_options *options, const char *node_path, const char *link_path,
                           dcat_import_gml_stats *stats, dcat_error *err)
{
    const common_options *common = &options->common;
    dcat_output_single *node_output = NULL, *link_output = NULL;
    FILE *nodes = NULL, *links = NULL;
    dcat_status status =
        dcat_output_single_open(node_path, common->force, &node_output, &nodes, err);
    if (status == DCAT_OK) {
        status = dcat_output_single_open(link_path, common->force, &link_output, &links, err);
    }
    if (status == DCAT_OK) {
        status = dcat_import_gml(common->input, options->fixes, options->fix_count, nodes, links,
                                 stats, err);
    }
    if (status != DCAT_OK) {
        dcat_output_single_abort(link_output);
        dcat_output_single_abort(node_output);
        return status;
    }
    status = dcat_output_single_commit(node_output, err);
    if (status != DCAT_OK) {
        dcat_output_single_abort(link_output);
        return status;
    }
    return dcat_output_single_commit(link_output, err);
}

static int import_gml(int argc, char **argv)
{
    gml_options options = {0};
    argp_parse(&gml_argp, argc, argv, 0, NULL, &options);
    dcat_error err = {0};
    dcat_import_gml_stats stats;
    char *node_path = NULL, *link_path = NULL;
    if (asprintf(&node_path, "%s/nodes.csv", options.common.out) < 0 ||
        asprintf(&link_path, "%s/links.csv", options.common.out) < 0) {
        return cli_exit(dcat_fail(&err, DCAT_ERR_MEMORY, "out of memory"), &err);
    }
    dcat_status status = run_gml(&options, node_path, link_path, &stats, &err);
    free(node_path);
    free(link_path);
    if (status == DCAT_OK && !options.common.quiet) {
        print_gml(&stats, options.common.out);
    }
    if (status == DCAT_OK && options.common.json) {
        status = json_write(json_gml(&stats, options.common.out), stdout, &err);
    }
    return cli_exit(status, &err);
}

// --- dcat import KIND

static const struct import_kind {
    const char *name;
    char title[40]; // argp takes the program's name from argv[0], which is not const
    int (*run)(int argc, char **argv);
} kinds[] = {
    {"huawei-regionless", "dcat import huawei-regionless", import_huawei},
    {"swf", "dcat import swf", import_swf},
    {"gml", "dcat import gml", import_gml},
};

typedef struct kind_choice {
    const struct import_kind *kind;
    int at; // its place in argv
} kind_choice;

static error_t parse_kind(int key, char *arg, struct argp_state *state)
{
    kind_choice *choice = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            if (strcmp(kinds[i].name, arg) == 0) {
                choice->kind = &kinds[i];
                choice->at = state->next - 1;
                state->next = state->argc; // the rest belongs to the kind
                return 0;
            }
        }
        argp_error(state, "no import named \"%s\": there are huawei-regionless, swf and gml", arg);
        return EINVAL;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "what to import is missing: huawei-regionless, swf or gml");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp import_argp = {
    .parser = parse_kind,
    .args_doc = "KIND INPUT -o PATH",
    .doc =
        "Turn outside data into the tables a scenario names.\v"
        "Kinds:\n"
        "  huawei-regionless  the Huawei VM trace to an hourly demand table\n"
        "  swf                a batch trace in Standard Workload Format to a task table\n"
        "  gml                a Topology Zoo file to node and link tables\n\n"
        "`dcat import KIND --help' tells the rules and options of each. Counts of what was read, "
        "kept and skipped go to standard error, with --json to standard output.",
};

int dcat_cli_import(int argc, char **argv)
{
    static char title[] = "dcat import";
    kind_choice choice = {0};
    char *first = argv[0];
    argv[0] = title;
    error_t failed = argp_parse(&import_argp, argc, argv, ARGP_IN_ORDER, NULL, &choice);
    argv[0] = first;
    if (failed != 0 || choice.kind == NULL) {
        return 2;
    }
    char kind_title[sizeof choice.kind->title];
    memcpy(kind_title, choice.kind->title, sizeof kind_title);
    char *kind_first = argv[choice.at];
    argv[choice.at] = kind_title;
    int code = choice.kind->run(argc - choice.at, argv + choice.at);
    argv[choice.at] = kind_first;
    return code;
}
