// SPDX-License-Identifier: Apache-2.0
// dcat import gml: node and link tables from a topology.

#include "dcat/x/import.h"
#include "tool/import/import.h"

#include <stdlib.h>
#include <string.h>

#define FIX_MAX 256

typedef struct gml_options {
    cli_options common;
    dcat_import_gml_fix fixes[FIX_MAX];
    size_t fix_count;
} gml_options;

// The fix of a label, "LABEL=..." cut at the last '='; *value is what follows.
static dcat_import_gml_fix *fix_of(gml_options *options, char *arg, char **value, dcat_error *err)
{
    char *equals = strrchr(arg, '=');
    if (equals == NULL || equals == arg || equals[1] == '\0') {
        dcat_fail(err, DCAT_ERR_FORMAT, "\"%s\" must have the form LABEL=VALUE", arg);
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
        dcat_fail(err, DCAT_ERR_FORMAT, "more than %d corrected nodes", FIX_MAX);
        return NULL;
    }
    options->fixes[options->fix_count] = (dcat_import_gml_fix){.label = arg};
    return &options->fixes[options->fix_count++];
}

static dcat_status rename_node(void *options, char *text, dcat_error *err)
{
    char *name = NULL;
    dcat_import_gml_fix *fix = fix_of(options, text, &name, err);
    if (fix == NULL) {
        return err->status;
    }
    fix->name = name;
    return DCAT_OK;
}

static dcat_status set_degrees(const char *text, double *target, dcat_error *err)
{
    const char *broken = cli_real(text, target);
    return broken == NULL
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT, "--place: %s, got \"%s\"", broken, text);
}

static dcat_status place_node(void *options, char *text, dcat_error *err)
{
    char *value = NULL;
    dcat_import_gml_fix *fix = fix_of(options, text, &value, err);
    if (fix == NULL) {
        return err->status;
    }
    char *comma = strchr(value, ',');
    if (comma == NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "--place: \"%s\" must be LAT,LON", value);
    }
    *comma = '\0';
    fix->has_site = true;
    dcat_status status = set_degrees(value, &fix->site.y, err);
    return status == DCAT_OK ? set_degrees(comma + 1, &fix->site.x, err) : status;
}

static const cli_option option_table[] = {
    {"place", 0, CLI_OWN, "LABEL=LAT,LON", .set = place_node,
     .help = "Put a node elsewhere, degrees (repeatable)"},
    {"rename", 0, CLI_OWN, "LABEL=NAME", .set = rename_node,
     .help = "Give a node another name (repeatable)"},
    {0},
};

// "WORD COUNT what", when there is something to count.
static void print_count(const char *word, int count, const char *what)
{
    if (count > 0) {
        fprintf(stderr, "%-8s %d %s\n", word, count, what);
    }
}

static void print(const dcat_import_gml_stats *stats, const char *out)
{
    fprintf(stderr, "read     %d nodes, %d links\n", stats->node_count, stats->link_count);
    print_count("recoded", stats->line_converted_count,
                "lines that are not UTF-8, read as Latin-1 (Windows-1252)");
    if (stats->node_unplaced_count > 0) {
        fprintf(stderr,
                "skipped  %d nodes without coordinates that join nothing, and %d links to them\n",
                stats->node_unplaced_count, stats->link_unplaced_count);
    }
    print_count("skipped", stats->link_loop_count, "links from a node to itself");
    print_count("placed", stats->node_junction_count,
                "nodes without coordinates that join others, at the mean of their neighbours");
    print_count("tidied", stats->label_tidied_count,
                "names: blanks around them, or line ends in them");
    print_count("cut", stats->label_cut_count, "names longer than 200 bytes");
    print_count("named", stats->label_missing_count, "nodes without a name, after their ids");
    print_count("renamed", stats->node_renamed_count, "nodes whose name was taken");
    print_count("fixed", stats->node_fixed_count, "nodes as asked");
    print_count("ignored", stats->link_rate_unusable_count,
                "rates that are below 0 or no number: as if not given");
    fprintf(stderr, "kept     %d nodes, %d links of %.0f km together, %d with a rate\n",
            stats->node_kept_count, stats->link_kept_count, stats->length_m / 1e3,
            stats->link_rated_count);
    print_count("warning", stats->link_parallel_count,
                "links are beside another one of the same two nodes");
    if (stats->piece_count > 1) {
        fprintf(stderr, "warning  the network is in %d pieces that no link connects\n",
                stats->piece_count);
    }
    fprintf(stderr, "wrote    %s/nodes.csv, %s/links.csv\n", out, out);
}

// Both tables appear, or, when the second cannot be put in place, at least neither is half-written.
static dcat_status import(const gml_options *options, const char *node_path, const char *link_path,
                          dcat_import_gml_stats *stats, dcat_error *err)
{
    const cli_options *common = &options->common;
    dcat_output_single *node_output = NULL, *link_output = NULL;
    FILE *nodes = NULL, *links = NULL;
    dcat_status status =
        dcat_output_single_open(node_path, common->force, &node_output, &nodes, err);
    if (status == DCAT_OK) {
        status = dcat_output_single_open(link_path, common->force, &link_output, &links, err);
    }
    if (status == DCAT_OK) {
        status = dcat_import_gml(common->scenario, options->fixes, options->fix_count, nodes, links,
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

static int run(void *command_options)
{
    const gml_options *options = command_options;
    dcat_error err = {0};
    dcat_import_gml_stats stats;
    char *node_path = NULL, *link_path = NULL;
    if (asprintf(&node_path, "%s/nodes.csv", options->common.out) < 0 ||
        asprintf(&link_path, "%s/links.csv", options->common.out) < 0) {
        return cli_exit(dcat_fail(&err, DCAT_ERR_MEMORY, "out of memory"), &err);
    }
    dcat_status status = import(options, node_path, link_path, &stats, &err);
    free(node_path);
    free(link_path);
    if (status == DCAT_OK && !options->common.quiet) {
        print(&stats, options->common.out);
    }
    if (status == DCAT_OK && options->common.json) {
        status = dcat_write_import_gml_json(&stats, options->common.out, stdout, &err);
    }
    return cli_exit(status, &err);
}

const cli_command cli_import_gml = {
    .name = "import gml",
    IMPORT_KIND,
    .arguments = "FILE",
    .about =
        "Make node and link tables from a GML topology such as those of the Topology Zoo.\v"
        "Writes nodes.csv (name,lat_deg,lon_deg) and links.csv (from,to,length_km, and rate_mbps "
        "when a link states its speed) into the folder given by --out; other files there stay as "
        "they are. A link is as long as the geodesic between its ends. Nodes without coordinates "
        "that join others are put at the mean of their neighbours; the rest of them is dropped "
        "with their links, and so are links from a node to itself. Lines that are not UTF-8 are "
        "read as Latin-1. All of it is counted.\n\n"
        "  dcat import gml Chinanet.gml -o mynet --place 'Hong Kong=22.2783,114.1747'",
    .own = option_table,
    .options_size = sizeof(gml_options),
    .run = run,
};
