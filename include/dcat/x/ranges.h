// SPDX-License-Identifier: Apache-2.0
// ranges.h - the values that a scenario has, those that a policy learned on, and what lies outside.
//
// A policy file says between which values the worlds lay that it learned on, as
// "servers=20:60;work_gigacycles=500:900;...;network=hops" (dcat_actor_origin.ranges). Elsewhere it
// may decide worse than a simple rule, so whoever uses it there is told.

#ifndef DCAT_X_RANGES_H
#define DCAT_X_RANGES_H

#include "dcat/error.h"
#include "dcat/x/actor.h"
#include "dcat/x/scenario.h"
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// X(NAME, name, what it is called, unit). Costs are (8) per giga-cycle. Load is the work that
// arrives over what all servers could do.
#define DCAT_QUANTITIES(X)                                                                         \
    X(SERVERS, "servers", "servers", "")                                                           \
    X(SPAN, "span_km", "span", " km")                                                              \
    X(LOAD, "load", "load", "")                                                                    \
    X(WORK, "work_gigacycles", "work", " giga-cycles")                                             \
    X(DATA, "data_mb", "data", " Mb")                                                              \
    X(DEADLINE, "deadline_s", "deadline", " s")                                                    \
    X(PRICE, "price_per_gigacycle", "price", "")                                                   \
    X(SPEED, "speed_ghz", "speed", " GHz")                                                         \
    X(CORES, "cores", "cores", "")                                                                 \
    X(COST, "cost_per_gigacycle", "cost", " a giga-cycle")                                         \
    X(CLASSES, "classes", "classes", " of work")

typedef enum dcat_quantity {
#define X(name, text, called, unit) DCAT_QUANTITY_##name,
    DCAT_QUANTITIES(X)
#undef X
        DCAT_QUANTITY_COUNT
} dcat_quantity;

typedef struct dcat_ranges {
    dcat_range of[DCAT_QUANTITY_COUNT]; // min > max: nothing is known of it
    bool network[2];                    // by dcat_network_kind: is there one of this kind?
} dcat_ranges;

// What a scenario says: the ends of what is drawn, the extremes of given servers. Choice: of given
// tasks the mean, one standard deviation to both sides, since single ones may be anything. Of
// devices (resources) nothing but what classes do not touch. Of an exchange, whose servers and
// tasks come later, nothing of these.
DCAT_API dcat_ranges dcat_scenario_ranges(const dcat_scenario *scenario);

// The text of a policy file, and back. What cannot be read, as what a later version adds, is not
// known.
DCAT_API void dcat_ranges_write(const dcat_ranges *ranges, char text[DCAT_ACTOR_TEXT]);
DCAT_API dcat_ranges dcat_ranges_read(const char *text);

// What of here lies outside of what was learned, and by how much, as text: "work 2000 to 3500
// giga-cycles (500 to 900: 3.89 times the most); network graph (hops)". Returns how many; what does
// not fit is counted. Choice: a value up to 5 % beyond an end is not outside.
DCAT_API int dcat_ranges_outside(const dcat_ranges *learned, const dcat_ranges *here, char *text,
                                 size_t size);

#ifdef __cplusplus
}
#endif
#endif
