// SPDX-License-Identifier: Apache-2.0
// dcat import gml, graphml and sndlib: node and link tables from a network.

#include "dcat/x/import.h"
#include "tool/import/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIX_MAX 256

typedef struct network_options {
    cli_options common;
    dcat_import_network_fix fixes[FIX_MAX];
    size_t fix_count;
} network_options;

// The fix of a label, "LABEL=..." cut at the last '='; *value is what follows.
static dcat_import_network_fix *fix_of(network_options *options, char *arg, char **value,
                                       dcat_error *err)
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
    options->fixes[options->fix_count] = (dcat_import_network_fix){.label = arg};
    return &options->fixes[options->fix_count++];
}

static dcat_status rename_node(void *options, char *text, dcat_error *err)
{
    char *name = NULL;
    dcat_import_network_fix *fix = fix_of(options, text, &name, err);
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
    dcat_import_network_fix *fix = fix_of(options, text, &value, err);
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

// "WORD COUNT what", when there is something to count; what as of cli_counted.
static void print_count(const char *word, int count, const char *what)
{
    if (count > 0) {
        cli_counted(stderr, "%-8s %d %s\n", word, count, what);
    }
}

static void print(const dcat_import_network_stats *stats, const char *out)
{
    cli_counted(stderr, "read     %d {node|nodes}, %d {link|links}\n", stats->node_count,
                stats->link_count);
    print_count("recoded", stats->line_converted_count,
                "{line that is|lines that are} not UTF-8, read as Latin-1 (Windows-1252)");
    if (stats->node_unplaced_count > 0) {
        cli_counted(
            stderr,
            "skipped  %d {node without coordinates that joins|nodes without coordinates that join} "
            "nothing, and %d {link to it|links to them}\n",
            stats->node_unplaced_count, stats->link_unplaced_count);
    }
    print_count("skipped", stats->link_loop_count, "{link|links} from a node to itself");
    print_count("placed", stats->node_junction_count,
                "{node without coordinates that joins|nodes without coordinates that join} others, "
                "at the mean of {its|their} neighbours");
    print_count("tidied", stats->label_tidied_count,
                "{name|names}: blanks around, or line ends within");
    print_count("cut", stats->label_cut_count, "{name|names} longer than 200 bytes");
    print_count("named", stats->label_missing_count,
                "{node without a name, after its id|nodes without a name, after their ids}");
    print_count("renamed", stats->node_renamed_count, "{node|nodes} whose name was taken");
    print_count("fixed", stats->node_fixed_count, "{node|nodes} as asked");
    print_count("ignored", stats->link_rate_unusable_count,
                "{rate that is|rates that are} below 0 or no number: as if not given");
    cli_counted(stderr,
                "kept     %d {node|nodes}, %d {link|links} of %.0f km together, %d with a rate\n",
                stats->node_kept_count, stats->link_kept_count, stats->length_m / 1e3,
                stats->link_rated_count);
    print_count("warning", stats->link_parallel_count,
                "{link is|links are} beside another one of the same two nodes");
    if (stats->piece_count > 1) {
        fprintf(stderr, "warning  the network is in %d pieces that no link connects\n",
                stats->piece_count);
    }
    if (stats->demand_count > 0) {
        fprintf(stderr, "demands  %d, %.6g together\n", stats->demand_count, stats->demand_sum);
    }
    if (stats->unknown_unit[0] != '\0') {
        fprintf(stderr, "warning  unit %s is not known: capacities are taken for Mb/s\n",
                stats->unknown_unit);
    }
    fprintf(stderr, "wrote    %s/nodes.csv, %s/links.csv", out, out);
    if (stats->demand_count > 0) {
        fprintf(stderr, ", %s/demand.csv", out);
    }
    fputc('\n', stderr);
}

enum { NODES, LINKS, DEMAND, TABLE_COUNT };
static const char *const table_names[TABLE_COUNT] = {"nodes.csv", "links.csv", "demand.csv"};

// A demand table appears only when there are demands.
static dcat_status drop_demand(const dcat_output *output, dcat_error *err)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", dcat_output_temporary(output), table_names[DEMAND]) < 0) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    dcat_status status =
        unlink(path) == 0 ? DCAT_OK : dcat_fail(err, DCAT_ERR_IO, "%s: %s", path, strerror(errno));
    free(path);
    return status;
}

// All tables appear, or none.
static dcat_status write_tables(network_options *options, dcat_network_format format,
                                dcat_import_network_stats *stats, dcat_error *err)
{
    const cli_options *common = &options->common;
    size_t count = format == DCAT_FORMAT_SNDLIB ? TABLE_COUNT : DEMAND;
    FILE *files[TABLE_COUNT] = {NULL};
    dcat_output *output = NULL;
    dcat_status status =
        dcat_output_open_files(common->out, table_names, count, common->force, &output, err);
    if (status != DCAT_OK) {
        return status;
    }
    for (size_t i = 0; status == DCAT_OK && i < count; i++) {
        files[i] = dcat_output_file(output, table_names[i], err);
        status = files[i] == NULL ? err->status : DCAT_OK;
    }
    if (status == DCAT_OK) {
        status = dcat_import_network(format, common->scenario, options->fixes, options->fix_count,
                                     files[NODES], files[LINKS], files[DEMAND], stats, err);
    }
    if (status == DCAT_OK && files[DEMAND] != NULL && stats->demand_count == 0) {
        status = drop_demand(output, err);
    }
    return dcat_output_finish(output, status, err);
}

static int import(network_options *options, dcat_network_format format)
{
    const cli_options *common = &options->common;
    dcat_import_network_stats stats = {0};
    dcat_error err = {0};
    dcat_status status = write_tables(options, format, &stats, &err);
    if (status == DCAT_OK && !common->quiet) {
        print(&stats, common->out);
    }
    if (status == DCAT_OK && common->json) {
        status = dcat_write_import_network_json(format, &stats, common->out, stdout, &err);
    }
    return cli_exit(status, &err);
}

static int run_gml(void *options)
{
    return import(options, DCAT_FORMAT_GML);
}

static int run_graphml(void *options)
{
    return import(options, DCAT_FORMAT_GRAPHML);
}

static int run_sndlib(void *options)
{
    return import(options, DCAT_FORMAT_SNDLIB);
}

#define WRITES                                                                                     \
    "Writes nodes.csv (name,lat_deg,lon_deg) and links.csv (from,to,length_km, and rate_mbps "     \
    "when a link states its speed) into the folder given by --out; other files there stay as "     \
    "they are. A link is as long as the geodesic between its ends. Nodes without coordinates "     \
    "that join others are put at the mean of their neighbours; the rest of them is dropped "       \
    "with their links, and so are links from a node to itself. "

#define NETWORK_KIND                                                                               \
    IMPORT_KIND, .arguments = "FILE", .own = option_table, .options_size = sizeof(network_options)

const cli_command cli_import_gml = {
    .name = "import gml",
    NETWORK_KIND,
    .about =
        "Make node and link tables from a GML topology such as those of the Topology Zoo.\v" WRITES
        "Lines that are not UTF-8 are read as Latin-1. All of it is counted.\n\n"
        "  dcat import gml Chinanet.gml -o mynet --place 'Hong Kong=22.2783,114.1747'",
    .run = run_gml,
};

const cli_command cli_import_graphml = {
    .name = "import graphml",
    NETWORK_KIND,
    .about =
        "Make node and link tables from a GraphML topology.\v" WRITES
        "Keys are known by attr.name, without regard to case: Latitude (lat), Longitude (lon), "
        "label (name), LinkSpeedRaw in bit/s.\n\n"
        "  dcat import graphml Abilene.graphml -o mynet",
    .run = run_graphml,
};

const cli_command cli_import_sndlib = {
    .name = "import sndlib",
    NETWORK_KIND,
    .about =
        "Make node, link and demand tables from a network of SNDlib, native or XML.\v" WRITES
        "Rates are the installed capacities, or else those of the first module. Demands become "
        "demand.csv (day,hour,<node>...): what each node sends, the same on days 1 to 3, since the "
        "matrix has no time.\n\n"
        "  dcat import sndlib abilene.txt -o mynet",
    .run = run_sndlib,
};
