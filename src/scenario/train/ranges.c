// SPDX-License-Identifier: Apache-2.0
#include "scenario/train/ranges.h"

#include "base/number_text.h"
#include "dcat/x/model.h"
#include "scenario/object.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *key, *called, *unit;
} quantities[] = {
#define X(name, text, called, unit) {text, called, unit},
    DCAT_QUANTITIES(X)
#undef X
};

static const char *const networks[] = {
    [DCAT_NETWORK_HOPS] = "hops", [DCAT_NETWORK_GRAPH] = "graph"};
enum { NETWORK_COUNT = sizeof networks / sizeof networks[0] };

dcat_ranges ranges_empty(void)
{
    dcat_ranges ranges = {0};
    for (int q = 0; q < DCAT_QUANTITY_COUNT; q++) {
        ranges.of[q] = (dcat_range){INFINITY, -INFINITY};
    }
    return ranges;
}

static bool is_known(dcat_range range)
{
    return range.min <= range.max;
}

static void include(dcat_ranges *ranges, dcat_quantity q, double value)
{
    ranges->of[q].min = fmin(ranges->of[q].min, value);
    ranges->of[q].max = fmax(ranges->of[q].max, value);
}

static void include_both(dcat_ranges *ranges, dcat_quantity q, const double ends[2])
{
    include(ranges, q, ends[0]);
    include(ranges, q, ends[1]);
}

// --- of a scenario

// Costs fall with a server's speed until its energy weighs more: the least may be between the ends.
static void include_drawn_costs(const dcat_scenario *s, dcat_ranges *ranges)
{
    const scenario_values *v = s->values;
    const dcat_market_config *market = &s->config.market;
    double cores = (double)v->servers.random.cores, noise = v->servers.random.cost_noise;
    const double *ends = v->servers.random.speed_ghz;
    double best =
        cbrt(market->time_cost_per_s * cores * cores / (2.0 * market->energy_cost)) * 1e-9;
    const double speeds[] = {ends[0], ends[1], fmin(fmax(best, ends[0]), ends[1])};
    for (size_t i = 0; i < 3; i++) {
        double cost = 1e9 * dcat_unit_cost(market->energy_cost, market->time_cost_per_s,
                                           speeds[i] * 1e9, cores);
        include(ranges, DCAT_QUANTITY_COST, cost * (1.0 - noise));
        include(ranges, DCAT_QUANTITY_COST, cost * (1.0 + noise));
    }
}

// Returns the speed of all together, Hz.
static double include_servers(const dcat_scenario *s, dcat_ranges *ranges)
{
    const scenario_values *v = s->values;
    const dcat_market_config *market = &s->config.market;
    double count = (double)s->servers.names.count, speed_hz = 0.0;
    include(ranges, DCAT_QUANTITY_SERVERS, count);
    if (s->resources.class_names.count > 0) {
        return NAN; // devices have speeds and costs by class
    }
    if (s->servers_drawn) {
        const double *ends = v->servers.random.speed_ghz;
        include_both(ranges, DCAT_QUANTITY_SPEED, ends);
        include(ranges, DCAT_QUANTITY_CORES, (double)v->servers.random.cores);
        include_drawn_costs(s, ranges);
        return count * (ends[0] + ends[1]) / 2.0 * 1e9;
    }
    for (size_t i = 0; i < s->servers.names.count; i++) {
        const dcat_server *server = &s->servers.servers[i];
        double energy = isnan(server->energy_cost) ? market->energy_cost : server->energy_cost;
        double time =
            isnan(server->time_cost_per_s) ? market->time_cost_per_s : server->time_cost_per_s;
        include(ranges, DCAT_QUANTITY_SPEED, server->speed_hz * 1e-9);
        include(ranges, DCAT_QUANTITY_CORES, server->core_count);
        include(ranges, DCAT_QUANTITY_COST,
                1e9 * dcat_unit_cost(energy, time, server->speed_hz, server->core_count));
        speed_hz += server->speed_hz;
    }
    return speed_hz;
}

// Returns the work that arrives in a second, cycles.
static double include_tasks(const dcat_scenario *s, dcat_ranges *ranges)
{
    const scenario_values *v = s->values;
    if (dcat_demand_is_drawn(s->demand)) {
        const double *work = v->demand.work_gigacycles;
        include_both(ranges, DCAT_QUANTITY_WORK, work);
        include_both(ranges, DCAT_QUANTITY_DATA, v->demand.data_mb);
        include_both(ranges, DCAT_QUANTITY_DEADLINE, v->demand.deadline_s);
        return v->demand.arrivals_per_slot * (work[0] + work[1]) / 2.0 * 1e9 / v->time.slot_s;
    }
    const dcat_quantity which[] = {DCAT_QUANTITY_WORK, DCAT_QUANTITY_DATA, DCAT_QUANTITY_DEADLINE};
    for (size_t i = 0; i < 3; i++) {
        ranges->of[which[i]] = s->given.middle[i];
    }
    double span_s = s->test.count * (double)v->time.slots_per_cycle * v->time.slot_s;
    return s->given.work_cycles / span_s;
}

dcat_ranges dcat_scenario_ranges(const dcat_scenario *scenario)
{
    const dcat_scenario *s = scenario;
    dcat_ranges ranges = ranges_empty();
    include(&ranges, DCAT_QUANTITY_SPAN, s->values->clustering.span_max_km);
    include(&ranges, DCAT_QUANTITY_PRICE, s->values->market.price_per_gigacycle);
    include(&ranges, DCAT_QUANTITY_CLASSES, fmax((double)s->resources.class_names.count, 1.0));
    bool servers = s->servers.names.count > 0, tasks = s->demand != NULL; // not of an exchange
    double speed_hz = servers ? include_servers(s, &ranges) : 0.0;
    double work_per_s = tasks ? include_tasks(s, &ranges) : 0.0;
    if (speed_hz > 0.0 && tasks) {
        include(&ranges, DCAT_QUANTITY_LOAD, work_per_s / speed_hz);
    }
    ranges.network[s->config.network.kind] = true;
    return ranges;
}

// Sums of given tasks are kept while they are at hand.
void scenario_measure_tasks(dcat_scenario *scenario, const dcat_task *tasks, size_t count)
{
    double sum[3] = {0.0}, squares[3] = {0.0};
    dcat_range ends[3] = {{INFINITY, -INFINITY}, {INFINITY, -INFINITY}, {INFINITY, -INFINITY}};
    for (size_t n = 0; n < count; n++) {
        const double value[3] = {tasks[n].work_cycles * 1e-9, tasks[n].data_bits * 1e-6,
                                 tasks[n].deadline_s};
        for (size_t i = 0; i < 3; i++) {
            sum[i] += value[i];
            squares[i] += value[i] * value[i];
            ends[i].min = fmin(ends[i].min, value[i]);
            ends[i].max = fmax(ends[i].max, value[i]);
        }
    }
    for (size_t i = 0; i < 3; i++) {
        double mean = sum[i] / (double)count;
        double deviation = sqrt(fmax(squares[i] / (double)count - mean * mean, 0.0));
        scenario->given.middle[i] =
            (dcat_range){fmax(ends[i].min, mean - deviation), fmin(ends[i].max, mean + deviation)};
    }
    scenario->given.work_cycles = sum[0] * 1e9;
}

// --- together

void ranges_join(dcat_ranges *into, const dcat_ranges *other)
{
    for (int q = 0; q < DCAT_QUANTITY_COUNT; q++) {
        if (is_known(other->of[q])) {
            include(into, q, other->of[q].min);
            include(into, q, other->of[q].max);
        }
    }
    for (int k = 0; k < NETWORK_COUNT; k++) {
        into->network[k] = into->network[k] || other->network[k];
    }
}

// --- as text

static __attribute__((format(printf, 3, 4))) void append(char *text, size_t size,
                                                         const char *format, ...)
{
    va_list arguments;
    size_t used = strlen(text);
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

static void append_networks(const dcat_ranges *ranges, char *text, size_t size)
{
    const char *between = "";
    for (int k = 0; k < NETWORK_COUNT; k++) {
        if (ranges->network[k]) {
            append(text, size, "%s%s", between, networks[k]);
            between = " ";
        }
    }
}

void dcat_ranges_write(const dcat_ranges *ranges, char text[DCAT_ACTOR_TEXT])
{
    text[0] = '\0';
    for (int q = 0; q < DCAT_QUANTITY_COUNT; q++) {
        if (is_known(ranges->of[q])) {
            append(text, DCAT_ACTOR_TEXT, "%s=%.6g:%.6g;", quantities[q].key, ranges->of[q].min,
                   ranges->of[q].max);
        }
    }
    append(text, DCAT_ACTOR_TEXT, "network=");
    append_networks(ranges, text, DCAT_ACTOR_TEXT);
}

// The value of a key, up to the next ';' or the end; NULL when it is not there.
static const char *value_of(const char *text, const char *key)
{
    size_t length = strlen(key);
    for (const char *at = text; at != NULL; at = strchr(at, ';'), at = at != NULL ? at + 1 : NULL) {
        if (strncmp(at, key, length) == 0 && at[length] == '=') {
            return at + length + 1;
        }
    }
    return NULL;
}

dcat_ranges dcat_ranges_read(const char *text)
{
    dcat_ranges ranges = ranges_empty();
    for (int q = 0; q < DCAT_QUANTITY_COUNT; q++) {
        const char *value = value_of(text, quantities[q].key);
        double min, max;
        if (value != NULL && sscanf(value, "%lf:%lf", &min, &max) == 2 && isfinite(min) &&
            isfinite(max)) {
            ranges.of[q] = (dcat_range){min, max};
        }
    }
    const char *value = value_of(text, "network");
    size_t length = value != NULL ? strcspn(value, ";") : 0;
    for (int k = 0; k < NETWORK_COUNT; k++) {
        const char *at = value != NULL ? strstr(value, networks[k]) : NULL;
        ranges.network[k] = at != NULL && at < value + length;
    }
    return ranges;
}

// --- what lies outside

#define TOLERANCE 1.05
#define NAMED_MAX 6

static void append_range(char *text, size_t size, dcat_range range)
{
    append(text, size, "%s", NUMBER_SHOWN(range.min, 4));
    if (range.max > range.min) {
        append(text, size, " to %s", NUMBER_SHOWN(range.max, 4));
    }
}

static bool is_outside(dcat_range learned, dcat_range here)
{
    return is_known(learned) && is_known(here) &&
           (here.max > learned.max * TOLERANCE || here.min * TOLERANCE < learned.min);
}

static void append_outside(char *text, size_t size, int q, dcat_range learned, dcat_range here)
{
    append(text, size, "%s ", quantities[q].called);
    append_range(text, size, here);
    append(text, size, "%s (", quantities[q].unit);
    append_range(text, size, learned);
    bool above = here.max > learned.max * TOLERANCE && learned.max > 0.0;
    if (above) {
        append(text, size, ": %s times the most", NUMBER_SHOWN(here.max / learned.max, 3));
    }
    if (here.min * TOLERANCE < learned.min) {
        append(text, size, "%s %.3g times the least", above ? "," : ":", here.min / learned.min);
    }
    append(text, size, ")");
}

static bool is_other_network(const dcat_ranges *learned, const dcat_ranges *here)
{
    bool known = false, other = false;
    for (int k = 0; k < NETWORK_COUNT; k++) {
        known = known || learned->network[k];
        other = other || (here->network[k] && !learned->network[k]);
    }
    return known && other;
}

int dcat_ranges_outside(const dcat_ranges *learned, const dcat_ranges *here, char *text,
                        size_t size)
{
    int count = 0;
    text[0] = '\0';
    for (int q = 0; q < DCAT_QUANTITY_COUNT; q++) {
        if (is_outside(learned->of[q], here->of[q]) && count++ < NAMED_MAX) {
            append(text, size, "%s", count > 1 ? "; " : "");
            append_outside(text, size, q, learned->of[q], here->of[q]);
        }
    }
    if (count > NAMED_MAX) {
        append(text, size, "; and %d more", count - NAMED_MAX);
    }
    if (is_other_network(learned, here)) {
        append(text, size, "%snetwork ", count++ > 0 ? "; " : "");
        append_networks(here, text, size);
        append(text, size, " (");
        append_networks(learned, text, size);
        append(text, size, ")");
    }
    return count;
}
