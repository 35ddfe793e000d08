// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/import.h"

#include "file/net/topology.h"
#include "file/text.h"
#include "file/write_text.h"
#include "import/lines.h"
#include "import/net/reader.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NETWORK_BYTES_MAX ((size_t)256 << 20)

static const char *const format_names[DCAT_NETWORK_FORMAT_COUNT] = {
#define FORMAT_NAME(name, text) [DCAT_FORMAT_##name] = text,
    DCAT_NETWORK_FORMAT_LIST(FORMAT_NAME)
#undef FORMAT_NAME
};

const char *network_format_name(dcat_network_format format)
{
    assert((unsigned)format < DCAT_NETWORK_FORMAT_COUNT);
    return format_names[format];
}

// --- Corrections

static dcat_status check_fix(const dcat_import_network_fix *fix, dcat_error *err)
{
    if (fix->has_site && !(fabs(fix->site.y) <= 90.0 && fabs(fix->site.x) <= 180.0)) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "place \"%.60s\": latitude must be in [-90, 90] and longitude in "
                         "[-180, 180], got %g,%g",
                         fix->label, fix->site.y, fix->site.x);
    }
    if (fix->name != NULL && (!text_is_line(fix->name, strlen(fix->name)) ||
                              strlen(fix->name) > TOPOLOGY_NAME_MAX || fix->name[0] == '\0')) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "rename \"%.60s\": a name must be one line of 1 to %d bytes", fix->label,
                         TOPOLOGY_NAME_MAX);
    }
    return DCAT_OK;
}

// Whether the fix is for this node, and if so apply it.
static bool apply_fix(const dcat_import_network_fix *fix, const char *label, topology_node *node)
{
    if (strcmp(fix->label, label) != 0) {
        return false;
    }
    if (fix->has_site) {
        node->longitude = fix->site.x;
        node->latitude = fix->site.y;
    }
    if (fix->name != NULL) {
        snprintf(node->label, sizeof node->label, "%s", fix->name);
    }
    return true;
}

static dcat_status apply_fixes(topology *t, const char *path, const dcat_import_network_fix *fixes,
                               size_t fix_count, dcat_import_network_stats *stats, dcat_error *err)
{
    bool *used = calloc(fix_count + 1, sizeof *used);
    if (used == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", path);
    }
    for (size_t n = 0; n < t->node_count; n++) {
        topology_node before = t->nodes[n];
        bool fixed = false;
        for (size_t f = 0; f < fix_count; f++) {
            bool match = apply_fix(&fixes[f], before.label, &t->nodes[n]);
            used[f] = used[f] || match;
            fixed = fixed || match;
        }
        stats->node_fixed_count += fixed;
    }
    dcat_status status = DCAT_OK;
    for (size_t f = 0; status == DCAT_OK && f < fix_count; f++) {
        if (!used[f]) {
            status = dcat_fail(err, DCAT_ERR_REFERENCE, "%s: no node is labelled \"%.60s\"", path,
                               fixes[f].label);
        }
    }
    free(used);
    return status;
}

// --- What to keep

static double length_m(const topology *t, const topology_link *link)
{
    const topology_node *from = &t->nodes[link->source], *to = &t->nodes[link->target];
    return dcat_distance_m(DCAT_GEO, (dcat_site){from->longitude, from->latitude},
                           (dcat_site){to->longitude, to->latitude});
}

static void count_links(const topology *t, dcat_import_network_stats *stats)
{
    stats->link_count = (int)t->link_count;
    for (size_t l = 0; l < t->link_count; l++) {
        const topology_link *link = &t->links[l];
        if (topology_is_kept(t, link)) {
            stats->link_kept_count++;
            stats->link_rated_count += !isnan(link->rate_bps);
            stats->length_m += length_m(t, link);
        }
    }
}

static int root_of(int *parent, int node)
{
    while (parent[node] != node) {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    return node;
}

static void take_counts(const topology_counts *counts, dcat_import_network_stats *stats)
{
    stats->line_converted_count = (int)counts->encoding.line_count;
    stats->label_tidied_count = counts->label_tidied_count;
    stats->label_cut_count = counts->label_cut_count;
    stats->label_missing_count = counts->label_missing_count;
    stats->node_junction_count = counts->node_junction_count;
    stats->node_unplaced_count = counts->node_dropped_count;
    stats->node_renamed_count = counts->node_renamed_count;
    stats->link_unplaced_count = counts->link_dropped_count;
    stats->link_loop_count = counts->link_loop_count;
    stats->link_parallel_count = counts->link_parallel_count;
    stats->link_rate_unusable_count = counts->rate_unusable_count;
}

// Connected parts among the kept nodes: every kept link that joins two parts makes them one.
static dcat_status count_pieces(const topology *t, dcat_import_network_stats *stats,
                                dcat_error *err)
{
    assert(t->node_count > 0);
    int *parent = calloc(t->node_count, sizeof *parent);
    if (parent == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    stats->node_count = (int)t->node_count;
    for (size_t n = 0; n < t->node_count; n++) {
        parent[n] = (int)n;
        stats->node_kept_count += !t->nodes[n].dropped;
    }
    stats->piece_count = stats->node_kept_count;
    for (size_t l = 0; l < t->link_count; l++) {
        int a = root_of(parent, t->links[l].source), b = root_of(parent, t->links[l].target);
        if (topology_is_kept(t, &t->links[l]) && a != b) {
            parent[a] = b;
            stats->piece_count--;
        }
    }
    free(parent);
    return DCAT_OK;
}

// --- Writing

// What all tables of an import are made from.
typedef struct network_import {
    dcat_network_format format;
    const char *path;
    topology topology;
    net_reader reader;
    const dcat_import_network_fix *fixes; // [fix_count]
    size_t fix_count;
} network_import;

static void write_preamble(FILE *file, const char *what, const network_import *n)
{
    const topology *t = &n->topology;
    const dcat_import_network_fix *fixes = n->fixes;
    size_t fix_count = n->fix_count;
    const char *name = import_base_name(n->path);
    bool named = t->label[0] != '\0';
    fprintf(file, "# %s of %s%s%s%s%s, from %s\n", what, named ? "the network \"" : "a network",
            t->label, named ? "\"" : "", t->date[0] != '\0' ? " as of " : "", t->date,
            TEXT_SHOW(name, strlen(name)));
    if (t->from_zoo) {
        fputs("# of the Internet Topology Zoo, University of Adelaide. Cite: S. Knight et al.,\n"
              "# \"The Internet Topology Zoo\", IEEE JSAC 29(9), 2011.\n",
              file);
    }
    fprintf(file, "# Made by: dcat import %s FILE -o DIR", format_names[n->format]);
    for (size_t f = 0; f < fix_count; f++) {
        const char *label = TEXT_SHOW(fixes[f].label, strlen(fixes[f].label));
        if (fixes[f].has_site) {
            fprintf(file, "\n#   --place '%s=%.15g,%.15g'", label, fixes[f].site.y,
                    fixes[f].site.x);
        }
        if (fixes[f].name != NULL) {
            fprintf(file, "\n#   --rename '%s=%s'", label, fixes[f].name);
        }
    }
    if (t->counts.node_junction_count > 0) {
        fprintf(file,
                "\n# Without coordinates in the file, at the mean of their neighbours here: %d of "
                "the nodes",
                t->counts.node_junction_count);
    }
    fputc('\n', file);
}

static void write_nodes(FILE *file, const topology *t)
{
    fputs("name,lat_deg,lon_deg\n", file);
    for (size_t n = 0; n < t->node_count; n++) {
        const topology_node *node = &t->nodes[n];
        if (!node->dropped) {
            csv_put_text(file, node->label);
            fprintf(file, ",%.15g,%.15g\n", node->latitude, node->longitude);
        }
    }
}

static void write_links(FILE *file, const topology *t, bool with_rate)
{
    fprintf(file, "from,to,length_km%s\n", with_rate ? ",rate_mbps" : "");
    for (size_t l = 0; l < t->link_count; l++) {
        const topology_link *link = &t->links[l];
        if (!topology_is_kept(t, link)) {
            continue;
        }
        csv_put_text(file, t->nodes[link->source].label);
        fputc(',', file);
        csv_put_text(file, t->nodes[link->target].label);
        fprintf(file, ",%.3f", length_m(t, link) / 1e3); // whole metres: the same on every machine
        if (with_rate && isnan(link->rate_bps)) {
            fputc(',', file);
        } else if (with_rate) {
            fprintf(file, ",%.15g", link->rate_bps / 1e6);
        }
        fputc('\n', file);
    }
}

// Choice: a matrix of demands has no time, so the days to learn from, to choose by and to test on
// have one row each, all alike. A node's weight is what it sends.
static dcat_status write_demand(FILE *file, const network_import *n, dcat_error *err)
{
    const topology *t = &n->topology;
    double *sent = calloc(t->node_count + 1, sizeof *sent);
    if (sent == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", n->path);
    }
    for (size_t d = 0; d < n->reader.demand_count; d++) {
        sent[n->reader.demands[d].source] += n->reader.demands[d].amount;
    }
    write_preamble(file, "Demands", n);
    fputs("# What each node sends, all demands together; the matrix has no time. In the scenario:\n"
          "# time: {cycles_per_day: 1, train_days: 1, validate_days: 2, test_days: 3}\n"
          "day,hour",
          file);
    for (size_t i = 0; i < t->node_count; i++) {
        if (!t->nodes[i].dropped) {
            fputc(',', file);
            csv_put_text(file, t->nodes[i].label);
        }
    }
    for (int day = 1; day <= 3; day++) {
        fprintf(file, "\n%d,0", day);
        for (size_t i = 0; i < t->node_count; i++) {
            if (!t->nodes[i].dropped) {
                fprintf(file, ",%.15g", sent[i]);
            }
        }
    }
    fputc('\n', file);
    free(sent);
    return DCAT_OK;
}

// --- The whole

static dcat_status read_file(network_import *n, dcat_error *err)
{
    char *text = NULL;
    size_t size = 0;
    dcat_status status = import_read_all(n->path, NETWORK_BYTES_MAX, &text, &size, err);
    if (status != DCAT_OK) {
        return status;
    }
    n->reader = (net_reader){.path = n->path, .topology = &n->topology};
    if (n->format == DCAT_FORMAT_GML) {
        status = topology_read_gml(n->path, &text, &size, true, &n->topology, err);
    } else if (n->format == DCAT_FORMAT_GRAPHML) { // XML says its encoding itself
        status = net_read_graphml(&n->reader, size > 0 ? text : "", size, err);
    } else {
        status = net_is_xml(size > 0 ? text : "", size)
                     ? DCAT_OK // says its encoding itself, too
                     : encoding_make_utf8(n->path, &text, &size, &n->topology.counts.encoding, err);
        if (status == DCAT_OK) {
            status = net_read_sndlib(&n->reader, size > 0 ? text : "", size, err);
        }
    }
    free(text);
    return status;
}

// Everything between reading and writing.
static dcat_status prepare(network_import *n, dcat_import_network_stats *stats, dcat_error *err)
{
    topology *t = &n->topology;
    if (t->node_count == 0) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: no node in this file, read as %s", n->path,
                         format_names[n->format]);
    }
    dcat_status status = apply_fixes(t, n->path, n->fixes, n->fix_count, stats, err);
    if (status == DCAT_OK) {
        status = topology_settle(t, err);
    }
    if (status == DCAT_OK) {
        status = count_pieces(t, stats, err);
    }
    if (status != DCAT_OK) {
        return status;
    }
    count_links(t, stats);
    take_counts(&t->counts, stats);
    stats->demand_count = (int)n->reader.demand_count;
    for (size_t d = 0; d < n->reader.demand_count; d++) {
        stats->demand_sum += n->reader.demands[d].amount;
    }
    snprintf(stats->unknown_unit, sizeof stats->unknown_unit, "%s",
             n->reader.unit[0] == '\0' ? "" : TEXT_SHOW(n->reader.unit, strlen(n->reader.unit)));
    return stats->node_kept_count > 0
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_FORMAT, "%s: no node has Latitude and Longitude", n->path);
}

static dcat_status write_tables(const network_import *n, const dcat_import_network_stats *stats,
                                FILE *nodes, FILE *links, FILE *demand, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    write_preamble(nodes, "Nodes", n);
    write_nodes(nodes, &n->topology);
    write_preamble(links, "Links", n);
    write_links(links, &n->topology, stats->link_rated_count > 0);
    if (demand != NULL && stats->demand_count > 0) {
        status = write_demand(demand, n, err);
    }
    if (status == DCAT_OK &&
        (ferror(nodes) || ferror(links) || (demand != NULL && ferror(demand)))) {
        status = dcat_fail(err, DCAT_ERR_IO, "writing the tables of a network failed");
    }
    return status;
}

dcat_status dcat_import_network(dcat_network_format format, const char *path,
                                const dcat_import_network_fix *fixes, size_t fix_count, FILE *nodes,
                                FILE *links, FILE *demand, dcat_import_network_stats *stats,
                                dcat_error *err)
{
    assert((unsigned)format < DCAT_NETWORK_FORMAT_COUNT);
    for (size_t f = 0; f < fix_count; f++) {
        dcat_status status = check_fix(&fixes[f], err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    network_import n = {.format = format, .path = path, .fixes = fixes, .fix_count = fix_count};
    dcat_import_network_stats read = {0};
    dcat_status status = read_file(&n, err);
    if (status == DCAT_OK) {
        locale_t locale = text_locale_enter();
        status = prepare(&n, &read, err);
        if (status == DCAT_OK) {
            status = write_tables(&n, &read, nodes, links, demand, err);
        }
        text_locale_leave(locale);
    }
    net_reader_free(&n.reader);
    topology_free(&n.topology);
    if (status == DCAT_OK) {
        *stats = read;
    }
    return status;
}
