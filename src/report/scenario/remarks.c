// SPDX-License-Identifier: Apache-2.0
#include "report/scenario/remarks.h"

#include "base/number_text.h"
#include "dcat/x/world_facts.h"
#include "file/write_text.h"
#include "report/scenario/classes.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static __attribute__((format(printf, 2, 3))) void add_remark(remarks *r, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(r->text[r->count++], sizeof r->text[0], format, arguments);
    va_end(arguments);
}

static void remark_on_ceiling(const facts *f, remarks *r)
{
    double ceiling = dcat_world_config_view(f->world)->auction.ceiling_per_cycle * 1e9;
    // Of classes see below: a server's one number says nothing of them.
    double above = f->class_count > 0 ? 0.0 : dcat_world_share_above_ceiling(f->world);
    if (above == 1.0) {
        add_remark(r,
                   "the ceiling of %g is below every server's cost: rea-s, vickrey and posted can "
                   "sell nothing",
                   ceiling);
    } else if (isfinite(ceiling) && f->fee_per_gigacycle > 0.0 && ceiling > f->fee_per_gigacycle) {
        add_remark(
            r,
            "the ceiling of %g is above the mean fee, %.4g per giga-cycle: it does not bound "
            "what rea-s, vickrey and posted pay",
            ceiling, f->fee_per_gigacycle);
    } else if (above > 0.01) {
        add_remark(r,
                   "the ceiling of %g is below the cost of %.3g %% of the servers (up to %.4g): "
                   "they never sell under rea-s, vickrey and posted",
                   ceiling, 100.0 * above, f->unit_cost_max);
    }
}

// Bids are tested against the ceiling with their handicap, so both together cap how long a cluster
// may have to wait: queues, and under the rule fifo the transfer.
static void remark_on_handicap(const facts *f, remarks *r)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    double h = config->market.handicap_per_gigacycle_s;
    double ceiling = config->auction.ceiling_per_cycle * 1e9;
    double cap_s = (ceiling - f->limit_max) / h;
    double task_s = f->work_mean_gigacycles * (double)f->server_count / f->speed_total_ghz;
    double transfer_s = config->market.queue == DCAT_QUEUE_FIFO ? f->transfer_max_s : 0.0;
    bool on_bids = config->market.ceiling_on == DCAT_CEILING_ON_BID;
    if (on_bids && h > 0.0 && f->class_count == 0 && f->limit_max > 0.0 &&
        cap_s < transfer_s + task_s) {
        add_remark(r,
                   "market.handicap_per_gigacycle_s of %g and the ceiling of %g together shut out "
                   "clusters that can begin only after %.3g s or later: less than the longest "
                   "transfer and the mean work of one task on one server, %.3g s",
                   h, ceiling, cap_s, transfer_s + task_s);
    }
}

// The paper's rules are the paper's.
static void remark_on_terms(const facts *f, remarks *r)
{
    const dcat_market_config *m = &dcat_world_config_view(f->world)->market;
    bool order = m->task_order != DCAT_ORDER_ARRIVAL, handicap = m->handicap_per_gigacycle_s > 0.0;
    bool admission = m->admission_per_gigacycle > 0.0 || m->admission_per_gigacycle_s > 0.0;
    if (order || handicap || admission) {
        add_remark(r,
                   "%s%s%s%s%s under rea-s, vickrey and posted only: rea and one-off take tasks as "
                   "they come, without handicaps or admission",
                   order ? "market.task_order" : "", order && handicap ? " and " : "",
                   handicap ? "market.handicap_per_gigacycle_s" : "",
                   admission ? order || handicap ? " and the admission" : "the admission" : "",
                   order + handicap + admission > 1 ? " act" : " acts");
    }
    if (m->admission_per_gigacycle > f->fee_per_gigacycle && f->fee_per_gigacycle > 0.0) {
        add_remark(r,
                   "market.admission_per_gigacycle of %g is above the mean fee, %.4g per "
                   "giga-cycle: most tasks admit nobody",
                   m->admission_per_gigacycle, f->fee_per_gigacycle);
    }
}

static void remark_on_bidders(const facts *f, remarks *r)
{
    if (f->bidders.owner_count > 0 && f->bidders.linkage == 1 && f->server_count > 1) {
        add_remark(
            r,
            "owners join all clusters of linkage to one bidder%s: nobody competes, and every "
            "auction ends at its first price",
            f->bidders.alone == 1 ? ", and all single servers" : "");
    }
    const dcat_market_config *m = &dcat_world_config_view(f->world)->market;
    if (f->bidders.owner_count > 0 && m->ceiling_on == DCAT_CEILING_ON_LIMIT &&
        m->handicap_per_gigacycle_s > 0.0) {
        add_remark(r, "market.ceiling_on: limit acts while every cluster is a bidder of its own: "
                      "where owners join clusters the ceiling is on bids");
    }
}

// What is said of speeds should not set what one is paid for them, nor a ceiling leave clusters
// out.
static void remark_on_tariffs(const facts *f, remarks *r)
{
    const dcat_auction_config *auction = &dcat_world_config_view(f->world)->auction;
    if (f->uses_tariffs && f->without_tariff > 0) {
        add_remark(r,
                   "%zu of %zu servers have no tariff of the operator's: theirs follows from the "
                   "speed that they declare, and a speed 10 %% off earned +86 to +194 %% "
                   "(tariff_per_gigacycle of servers.csv, or servers.random.tariff: cost)",
                   f->without_tariff, f->server_count);
    }
    if (f->clusters_refusing > 0.01 * f->cluster_count) {
        add_remark(r,
                   "market.tariff_ceiling of %g is below the limit of %d of linkage's %d clusters, "
                   "which therefore never sell%s",
                   auction->tariff_ceiling, f->clusters_refusing, f->cluster_count,
                   auction->opt_out || !auction->share->by_tariff
                       ? ""
                       : "; with market.opt_out: true only the members that are too dear leave");
    }
}

// --- units that are taken for others

#define WORK_LARGE_GIGACYCLES 1e6
#define HALF_EARTH_M 20.1e6 // no two places are farther apart
#define RATE_LARGE_BPS 1e13 // 10^7 Mb/s
#define SPEED_LARGE_HZ 1e10 // of one core

static void remark_on_work(const facts *f, remarks *r)
{
    double all_s = f->work_mean_gigacycles / f->speed_total_ghz;
    if (f->class_count == 0 && f->work_mean_gigacycles >= WORK_LARGE_GIGACYCLES &&
        all_s > f->deadline_mean_s) {
        add_remark(
            r,
            "the mean task asks for %s giga-cycles, which takes all servers together %s s, and "
            "has %s s: is its work given in cycles?",
            NUMBER_SHOWN(f->work_mean_gigacycles, 3), NUMBER_SHOWN(all_s, 3),
            NUMBER_SHOWN(f->deadline_mean_s, 3));
    }
    if (f->task_count > 0 && f->paths_in_reach > 0 && f->deadline_mean_s < f->transfer_min_s) {
        add_remark(
            r,
            "the mean deadline of %s s is shorter than any transfer of the mean task's %s Mb, "
            "which takes %s s or more",
            NUMBER_SHOWN(f->deadline_mean_s, 3), NUMBER_SHOWN(f->data_mean_mb, 3),
            NUMBER_SHOWN(f->transfer_min_s, 3));
    }
    if (f->hopeless_count > 0) {
        add_remark(
            r,
            "%zu of %zu tasks (%.1f %%) no cluster within the span limit could serve in time, "
            "even with empty queues",
            f->hopeless_count, f->task_count,
            100.0 * (double)f->hopeless_count / (double)f->task_count);
    }
}

static void remark_on_span(const facts *f, remarks *r)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    if (config->span_m_max > HALF_EARTH_M) {
        add_remark(r,
                   "clustering.span_max_km of %g is more than half of the way around the Earth: is "
                   "it in metres?",
                   config->span_m_max * 1e-3);
    }
}

static void remark_on_cores(const facts *f, remarks *r)
{
    const dcat_server *servers = dcat_world_servers_view(f->world);
    size_t count = 0;
    for (size_t i = 0; i < f->server_count; i++) {
        count += servers[i].core_count == 1 && servers[i].speed_hz > SPEED_LARGE_HZ;
    }
    if (count > 0) {
        add_remark(r,
                   "%zu of %zu servers have one core of more than %g GHz, which makes them dear "
                   "(8): are `cores` missing? A speed is that of all cores together",
                   count, f->server_count, SPEED_LARGE_HZ * 1e-9);
    }
}

// --- links

typedef struct link_ends {
    int a, b;
} link_ends;

static int by_ends(const void *left, const void *right)
{
    const link_ends *l = left, *r = right;
    return l->a != r->a ? (l->a > r->a) - (l->a < r->a) : (l->b > r->b) - (l->b < r->b);
}

static void name_link(const facts *f, link_ends ends, char *text, size_t size)
{
    char a[40], b[40];
    text_clean(dcat_scenario_node_name(f->scenario, (size_t)ends.a), a, sizeof a);
    text_clean(dcat_scenario_node_name(f->scenario, (size_t)ends.b), b, sizeof b);
    snprintf(text, size, "%s - %s", a, b);
}

static link_ends ends_of(const dcat_link *link)
{
    return link->node_a < link->node_b ? (link_ends){link->node_a, link->node_b}
                                       : (link_ends){link->node_b, link->node_a};
}

static void remark_on_parallel(const facts *f, remarks *r)
{
    const dcat_network_config *network = &dcat_world_config_view(f->world)->network;
    link_ends *ends = calloc(network->link_count + 1, sizeof *ends);
    size_t count = 0, first = 0;
    for (size_t l = 0; ends != NULL && l < network->link_count; l++) {
        ends[l] = ends_of(&network->links[l]);
    }
    if (ends != NULL) {
        qsort(ends, network->link_count, sizeof *ends, by_ends);
    }
    for (size_t l = 1; ends != NULL && l < network->link_count; l++) {
        if (by_ends(&ends[l - 1], &ends[l]) == 0) {
            first = count == 0 ? l : first;
            count++;
        }
    }
    if (count > 0) {
        char name[100];
        name_link(f, ends[first], name, sizeof name);
        add_remark(
            r,
            "%zu of the links %s nodes that another one joins already, as %s: a path takes the "
            "faster one, their rates do not add up",
            count, count == 1 ? "joins" : "join", name);
    }
    free(ends);
}

static void remark_on_lengths(const facts *f, remarks *r)
{
    const dcat_world_config *config = dcat_world_config_view(f->world);
    const dcat_network_config *network = &config->network;
    size_t count = 0, first = 0;
    for (size_t l = 0; l < network->link_count; l++) {
        const dcat_link *link = &network->links[l];
        double straight_m = dcat_distance_m(config->geometry, network->nodes[link->node_a],
                                            network->nodes[link->node_b]);
        if (link->length_m < 0.99 * straight_m) { // NAN: the distance itself
            first = count == 0 ? l : first;
            count++;
        }
    }
    if (count > 0) {
        const dcat_link *link = &network->links[first];
        char name[100];
        name_link(f, ends_of(link), name, sizeof name);
        add_remark(
            r,
            "%zu of the links %s shorter than the straight line between the ends, as %s: %s km "
            "of %s",
            count, count == 1 ? "is" : "are", name, NUMBER_SHOWN(link->length_m * 1e-3, 4),
            NUMBER_SHOWN(dcat_distance_m(config->geometry, network->nodes[link->node_a],
                                         network->nodes[link->node_b]) *
                             1e-3,
                         4));
    }
}

static void remark_on_rates(const facts *f, remarks *r)
{
    const dcat_network_config *network = &dcat_world_config_view(f->world)->network;
    double largest = network->rate_bps.max;
    if (network->kind == DCAT_NETWORK_GRAPH) {
        largest = network->access_bps.max;
        const double *rates = dcat_world_link_rate_view(f->world);
        for (size_t l = 0; l < network->link_count; l++) {
            largest = fmax(largest, rates[l]);
        }
    }
    if (largest > RATE_LARGE_BPS) {
        add_remark(r, "links have up to %s Mb/s: are rates given in bit/s?",
                   NUMBER_SHOWN(largest * 1e-6, 3));
    }
}

static void remark_on_units(const facts *f, remarks *r)
{
    remark_on_work(f, r);
    remark_on_span(f, r);
    if (f->class_count == 0) { // a scenario notes the cores of devices
        remark_on_cores(f, r);
    }
    remark_on_rates(f, r);
    if (dcat_world_config_view(f->world)->network.kind == DCAT_NETWORK_GRAPH) {
        remark_on_parallel(f, r);
        remark_on_lengths(f, r);
    }
}

// --- classes of work

// Names of the classes for which a test holds, as many as fit; returns how many there are.
static size_t name_classes(const facts *f, bool (*test)(const facts *f, const class_facts *c),
                           char *text, size_t size)
{
    size_t count = 0;
    text[0] = '\0';
    for (size_t q = 0; q < f->class_count; q++) {
        if (test(f, &f->classes[q])) {
            size_t used = strlen(text);
            snprintf(text + used, size - used, "%s%s", count++ == 0 ? "" : ", ",
                     f->classes[q].name);
        }
    }
    return count;
}

static bool has_no_server(const facts *f, const class_facts *c)
{
    (void)f;
    return c->server_count == 0;
}

static bool has_no_memory(const facts *f, const class_facts *c)
{
    (void)f;
    return c->hopes != NULL && c->server_count > 0 && c->team_max == 0;
}

static bool is_too_dear(const facts *f, const class_facts *c)
{
    double ceiling = dcat_world_config_view(f->world)->auction.ceiling_per_cycle * 1e9;
    return c->server_count > 0 && c->cost_min > ceiling;
}

static void remark_on_classes(const facts *f, remarks *r)
{
    char text[200];
    size_t count = name_classes(f, has_no_server, text, sizeof text);
    if (count > 0) {
        add_remark(r, "%zu class%s no server can work on: %s", count, count == 1 ? "" : "es", text);
    }
    count = name_classes(f, has_no_memory, text, sizeof text);
    if (count > 0) {
        add_remark(r,
                   "%zu class%s no team within the span limit has the memory for, all its devices "
                   "together: %s",
                   count, count == 1 ? "" : "es", text);
    }
    count = name_classes(f, is_too_dear, text, sizeof text);
    if (count > 0) {
        add_remark(r,
                   "the ceiling of %g is below every server's cost for %zu class%s, which rea-s, "
                   "vickrey and posted can not sell: %s",
                   dcat_world_config_view(f->world)->auction.ceiling_per_cycle * 1e9, count,
                   count == 1 ? "" : "es", text);
    }
}

remarks remarks_on(const facts *f)
{
    remarks r = {0};
    bool fifo = dcat_world_config_view(f->world)->market.queue == DCAT_QUEUE_FIFO;
    if (fifo && dcat_scenario_schema(f->scenario) < DCAT_SCENARIO_SCHEMA) {
        add_remark(&r,
                   "schema: %d is of versions whose only queue rule was `market.queue: paper`; "
                   "results under `fifo` differ from theirs",
                   dcat_scenario_schema(f->scenario));
    }
    remark_on_ceiling(f, &r);
    remark_on_handicap(f, &r);
    remark_on_terms(f, &r);
    remark_on_bidders(f, &r);
    remark_on_tariffs(f, &r);
    if (f->task_count == 0) {
        add_remark(&r, "no task arrives in the test cycles");
    }
    if (f->pairs_within_span == 0 && f->server_count > 1) {
        add_remark(&r, "no two servers are within the span limit: clusterers can only leave them "
                       "alone");
    }
    remark_on_units(f, &r);
    if (f->beyond[0] != '\0') {
        add_remark(&r, "a2c as shipped did not learn on such values: %.330s", f->beyond);
    }
    remark_on_classes(f, &r);
    return r;
}
