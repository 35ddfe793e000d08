// SPDX-License-Identifier: Apache-2.0
#include "scenario/keys.h"

#include "dcat/auction.h"
#include "dcat/plugin.h"
#include "dcat/world.h"
#include "dcat/x/scenario.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ANY                                                                                        \
    {                                                                                              \
        -INFINITY, INFINITY, false, false                                                          \
    }
#define POSITIVE                                                                                   \
    {                                                                                              \
        0.0, INFINITY, true, false                                                                 \
    }
#define NOT_NEGATIVE                                                                               \
    {                                                                                              \
        0.0, INFINITY, false, false                                                                \
    }
#define BETWEEN(low, high)                                                                         \
    {                                                                                              \
        low, high, false, false                                                                    \
    }
#define ABOVE_TO(low, high)                                                                        \
    {                                                                                              \
        low, high, true, false                                                                     \
    }

static const key_word geometries[] = {{"plane", DCAT_PLANE}, {"geo", DCAT_GEO}};
static const key_word networks[] = {{"hops", DCAT_NETWORK_HOPS}, {"graph", DCAT_NETWORK_GRAPH}};
static const key_word queues[] = {{"fifo", DCAT_QUEUE_FIFO}, {"paper", DCAT_QUEUE_PAPER}};
static const key_word ceilings[] = {{"bid", DCAT_CEILING_ON_BID}, {"limit", DCAT_CEILING_ON_LIMIT}};
static const key_word orders[] = {{"arrival", DCAT_ORDER_ARRIVAL}, {"urgency", DCAT_ORDER_URGENCY}};
static const key_word shares[] = {{"unit", 0}, {"tariff", 1}, {"load", 2}}; // as dcat_share_at()
static const key_word truths[] = {{"false", 0}, {"true", 1}};
static const key_word switches[] = {{"off", 0}, {"on", 1}};
static const key_word tariffs[] = {{"none", 0}, {"cost", 1}};
static const key_word collapses[] = {{"none", COLLAPSE_NONE},
                                     {"single", COLLAPSE_SINGLE},
                                     {"peak", COLLAPSE_PEAK},
                                     {"mean", COLLAPSE_MEAN},
                                     {"worst", COLLAPSE_WORST}};
static const key_word hours[] = {{"core", HOUR_CORE}, {"card", HOUR_CARD}, {"node", HOUR_NODE}};
static const key_word end_rules[] = {{"unsold", DCAT_END_UNSOLD}, {"lottery", DCAT_END_LOTTERY}};
static const key_word kmeans_starts[] = {{"plus-plus", DCAT_KMEANS_PLUS_PLUS},
                                         {"random", DCAT_KMEANS_RANDOM}};
static const key_word unlimited[] = {{"unlimited", DCAT_ROUND_UNLIMITED}};
static const key_word first[] = {{"first", 0}}; // becomes INFINITY
static const key_word none[] = {{"none", 0}};   // becomes INFINITY

// A key's path, where its value goes, and its kind. A member of another type does not compile.
#define AT(member, type)                                                                           \
    _Generic(((scenario_values *)NULL)->member, type : offsetof(scenario_values, member))
#define WHOLE(member) #member, AT(member, int64_t), KEY_WHOLE
#define NUMBER(member) #member, AT(member, double), KEY_NUMBER
#define RANGE(member) #member, AT(member, double *), KEY_RANGE
#define DAYS(member) #member, AT(member, int64_t *), KEY_DAYS
#define CHOICE(member) #member, AT(member, int), KEY_CHOICE
#define NAME(member) #member, AT(member, char *), KEY_NAME
#define TEXT(member) #member, AT(member, char *), KEY_TEXT
#define ROW(member) #member, AT(member, char *), KEY_ROW
#define MIX(member) #member, AT(member, const struct tree_node *), KEY_MIX
#define FILE_NAME(member) #member, AT(member, char *), KEY_FILE

#define NO_WORDS NULL, 0
#define WORDS(list) list, sizeof(list) / sizeof *(list)

const scenario_key scenario_keys[] = {
    {WHOLE(schema), "", BETWEEN(1, DCAT_SCENARIO_SCHEMA), NO_WORDS,
     "Version of the scenario format. Required."},
    {NAME(name), "", ANY, NO_WORDS, "Short name for results: letters, digits, - and _. Required."},
    {TEXT(title), "", ANY, NO_WORDS, "One line for people."},
    {CHOICE(geometry), "", ANY, WORDS(geometries),
     "Positions are x, y on a plane, or latitude and longitude on the Earth (WGS 84)."},

    {NUMBER(time.slot_s), "s", ABOVE_TO(0, 1e6), NO_WORDS,
     "Length of a slot, the period of the auctions."},
    {NUMBER(time.start_s), "s", BETWEEN(0, 1e15), WORDS(first),
     "Given tasks: the `arrival_s` at which cycle 0 begins, or that of the first task; 0 without "
     "it."},
    {WHOLE(time.slots_per_cycle), "slots", BETWEEN(1, 1e6), NO_WORDS,
     "Slots in a cycle, the period of the clustering."},
    {WHOLE(time.cycles_per_day), "cycles", BETWEEN(1, 1e6), NO_WORDS,
     "Rows a complete day of the demand profile has: its `hour` counts from 0 to one less."},
    {DAYS(time.train_days), "day", BETWEEN(0, 1e6), NO_WORDS,
     "First and last day to learn from. Training, validation and test days never overlap."},
    {DAYS(time.validate_days), "day", BETWEEN(0, 1e6), NO_WORDS,
     "First and last day to choose settings by, after the training days."},
    {DAYS(time.test_days), "day", BETWEEN(0, 1e6), NO_WORDS,
     "First and last day that results are about, after the validation days."},

    {FILE_NAME(servers.file), "", ANY, NO_WORDS,
     "CSV of servers. Either this or `servers.random` is required."},
    {WHOLE(servers.random.count), "servers", BETWEEN(1, 20000), NO_WORDS,
     "Servers to draw, uniformly on a square, by the world's seed."},
    {NUMBER(servers.random.side_km), "km", ABOVE_TO(0, 1e6), NO_WORDS, "Side of that square."},
    {RANGE(servers.random.speed_ghz), "GHz", ABOVE_TO(0, 1e9), NO_WORDS,
     "Speed f of a whole server, all its cores together; uniform."},
    {WHOLE(servers.random.cores), "cores", BETWEEN(1, 1e6), NO_WORDS,
     "Cores n of a server: the energy term of eq. (8) uses the frequency of one, f / n."},
    {WHOLE(servers.random.owners), "owners", BETWEEN(0, 20000), NO_WORDS,
     "Owners that random servers are given to, uniformly; clusters with a common owner are one "
     "bidder. 0: none."},
    {MIX(servers.random.devices), "", BETWEEN(0, 1), NO_WORDS,
     "Share of the servers that have a unit of a device, `{NAME: share}` or `{NAME: [share, "
     "count]}`; "
     "drawn by the world's seed."},
    {NUMBER(servers.random.host_speed), "", ABOVE_TO(0, 1), NO_WORDS,
     "Share of its speed and cores that a server with a drawn device keeps for its CPU; 1 without "
     "it."},
    {NUMBER(servers.random.device_cost_noise), "", BETWEEN(0, 0.9), NO_WORDS,
     "A second of a drawn device costs what its server asks for as many cycles, give or take this "
     "share by the seed, instead of what devices.csv says."},
    {CHOICE(servers.random.tariff), "", ANY, WORDS(tariffs),
     "Tariffs of the operator's: `cost` is eq. (8) at the drawn speed, whatever a server says "
     "later."},
    {NUMBER(servers.random.cost_noise), "", BETWEEN(0, 0.9), NO_WORDS,
     "Costs of drawn servers differ from eq. (8) by up to this share, uniformly, drawn by the "
     "world's seed."},

    {FILE_NAME(areas.file), "", ANY, NO_WORDS,
     "CSV of the areas that tasks come from. With `network.graph` and no `areas`, nodes are "
     "areas."},
    {NUMBER(areas.random.side_km), "km", ABOVE_TO(0, 1e6), NO_WORDS,
     "One area for each column of the demand profile, uniform on a square of this side."},

    {CHOICE(network.kind), "", ANY, WORDS(networks),
     "Synthetic paths by distance, or the nodes and links of `network.graph`."},
    {RANGE(network.link_mbps), "Mb/s", ABOVE_TO(0, 1e12), NO_WORDS,
     "Rate v of links without one of their own; uniform, drawn by the world's seed."},
    {NUMBER(network.signal_speed_mps), "m/s", ABOVE_TO(0, 1e12), NO_WORDS,
     "Propagation speed V of eq. (3)."},
    {NUMBER(network.reference_data_mb), "Mb", BETWEEN(0, 1e12), NO_WORDS,
     "Data size for which a path is the fastest one."},
    {RANGE(network.access_mbps), "Mb/s", ABOVE_TO(0, 1e12), NO_WORDS,
     "Graph network: rate of the access link at each end of a path; uniform."},
    {FILE_NAME(network.latency_file), "", ANY, NO_WORDS,
     "CSV of what signals take between zones of areas and servers, instead of by distance."},
    {NUMBER(network.hops.hop_km), "km", ABOVE_TO(0, 1e6), NO_WORDS,
     "Hops network: a path over distance d has 1 + floor(d / hop_km) links."},
    {WHOLE(network.hops.hop_max), "links", BETWEEN(1, 65535), NO_WORDS,
     "Hops network: but at most this many."},
    {FILE_NAME(network.graph.nodes_file), "", ANY, NO_WORDS, "CSV of the network's nodes."},
    {FILE_NAME(network.graph.links_file), "", ANY, NO_WORDS, "CSV of the links between them."},
    {FILE_NAME(network.graph.gml_file), "", ANY, NO_WORDS,
     "Or both as one GML file of the Internet Topology Zoo."},

    {FILE_NAME(demand.profile_file), "", ANY, NO_WORDS,
     "CSV of demand over time by area. Either this or `demand.tasks_file` is required."},
    {FILE_NAME(demand.tasks_file), "", ANY, NO_WORDS,
     "CSV of given tasks; the other keys of `demand` are then its columns."},
    {NUMBER(demand.arrivals_per_slot), "tasks", ABOVE_TO(0, 1e6), NO_WORDS,
     "Mean arrivals lambda in a slot, all areas together, over the whole profile."},
    {RANGE(demand.work_gigacycles), "gigacycles", ABOVE_TO(0, 1e12), NO_WORDS,
     "Work l of a task; uniform."},
    {RANGE(demand.data_mb), "Mb", BETWEEN(0, 1e12), NO_WORDS, "Data m that a task sends; uniform."},
    {RANGE(demand.deadline_s), "s", ABOVE_TO(0, 1e9), NO_WORDS,
     "Deadline tau of a task, from its arrival; uniform."},
    {RANGE(demand.value_per_gigacycle), "money / gigacycle", BETWEEN(0, 1e15), WORDS(none),
     "Value v of a task to its user, who declines a fee above it; uniform."},

    {NUMBER(market.price_per_gigacycle), "money / gigacycle", ABOVE_TO(0, 1e15), NO_WORDS,
     "Unit price p of the fee, eq. (5)."},
    {NUMBER(market.urgency_s), "s", BETWEEN(0, 1e9), NO_WORDS,
     "Coefficient mu of the fee, eq. (5)."},
    {NUMBER(market.energy_cost_per_cycle_hz2), "money / (cycle Hz^2)", BETWEEN(0, 1), NO_WORDS,
     "Energy coefficient epsilon_e of eq. (8), for servers without one of their own."},
    {NUMBER(market.time_cost_per_s), "money / s", BETWEEN(0, 1e15), NO_WORDS,
     "Occupation coefficient epsilon_t of eq. (8), for servers without one of their own."},
    {NUMBER(market.ceiling_per_gigacycle), "money / gigacycle", ABOVE_TO(0, 1e15), WORDS(none),
     "Public ceiling r: the most the platform pays under rea-s, vickrey and posted."},
    {CHOICE(market.ceiling_on), "", ANY, WORDS(ceilings),
     "What is held against the ceiling: the bid with its handicap, which then shuts out who has to "
     "wait long, or the limit alone."},
    {NUMBER(market.price_per_hour), "money / hour", ABOVE_TO(0, 1e15), NO_WORDS,
     "Instead of `price_per_gigacycle`: of an hour of what `hour_of` and `hour_ghz` say."},
    {NUMBER(market.ceiling_per_hour), "money / hour", ABOVE_TO(0, 1e15), NO_WORDS,
     "Instead of `ceiling_per_gigacycle`: of the same hour."},
    {NUMBER(market.time_cost_per_hour), "money / hour", BETWEEN(0, 1e15), NO_WORDS,
     "Instead of `time_cost_per_s`: of a whole server."},
    {CHOICE(market.hour_of), "", ANY, WORDS(hours),
     "What is sold by the hour: a core, a card or a node; a core without it."},
    {NUMBER(market.hour_ghz), "GHz", ABOVE_TO(0, 1e9), NO_WORDS,
     "Speed of one of it: an hour is 3600 times as many giga-cycles. Prices by the hour need it."},
    {CHOICE(market.task_order), "", ANY, WORDS(orders),
     "Order in which the arrivals of a slot are auctioned; urgency is fee per work, descending."},
    {CHOICE(market.queue), "", ANY, WORDS(queues),
     "When a cluster starts what it won: first in, first out, once data and cluster are ready; or "
     "(2)-(4) to the letter, which no machine can keep."},
    {NUMBER(market.handicap_per_gigacycle_s), "money / (gigacycle s)", BETWEEN(0, 1e15), NO_WORDS,
     "Handicap h of a cluster, per second of its waiting delay."},
    {NUMBER(market.admission_per_gigacycle), "money / gigacycle", BETWEEN(0, 1e15), NO_WORDS,
     "Admission: a cluster takes part for a task only if fee per work >= a + b times the seconds "
     "until it can begin; this is a."},
    {NUMBER(market.admission_per_gigacycle_s), "money / (gigacycle s)", BETWEEN(0, 1e15), NO_WORDS,
     "This is b of it; 0 and 0: all take part. Under rea-s, vickrey and posted only, as are task "
     "order and handicap."},
    {ROW(market.share), "", ANY, WORDS(shares),
     "How clusters divide limit, work and pay under rea-s, vickrey and posted."},
    {NUMBER(market.tariff_ceiling), "", BETWEEN(1, 1e6), WORDS(none),
     "Most that a cluster is paid under the same rules, as a multiple of its members' tariffs."},
    {CHOICE(market.opt_out), "", ANY, WORDS(truths),
     "Share `tariff`: members to whom the ceilings do not pay their cost leave the work to "
     "others."},

    {FILE_NAME(resources.devices_file), "", ANY, NO_WORDS, "CSV of device types."},
    {FILE_NAME(resources.classes_file), "", ANY, NO_WORDS,
     "CSV of classes of work. The other keys of `resources` need it."},
    {FILE_NAME(resources.efficiency_file), "", ANY, NO_WORDS,
     "CSV of how fast devices are at classes; without it, 1 for the classes of their pool."},
    {FILE_NAME(resources.units_file), "", ANY, NO_WORDS,
     "CSV of the devices that servers have beside their `speed_ghz`, or instead of it."},
    {FILE_NAME(resources.class_mix_file), "", ANY, NO_WORDS,
     "CSV of the classes of drawn tasks by area; without it, the `share` of the classes."},
    {CHOICE(resources.collapse), "", ANY, WORDS(collapses),
     "For comparison: the platform knows one number of a server (`single`), or of each pool by "
     "`peak`, mean or worst class; work takes its true time. `none` without it."},

    {NUMBER(auction.rea.decrement), "", BETWEEN(0.01, 0.9999), NO_WORDS,
     "Price multiplier gamma of a round of rea."},
    {WHOLE(auction.rea.round_max), "rounds", BETWEEN(1, 1e6), WORDS(unlimited),
     "Price cuts K before the clock of rea stops."},
    {CHOICE(auction.rea.all_left), "", ANY, WORDS(end_rules),
     "What rea does when the last bidders leave together."},
    {CHOICE(auction.rea.round_end), "", ANY, WORDS(end_rules),
     "What rea does when the clock stops and several are left."},
    {NUMBER(auction.one_off.offer_of_fee), "", ABOVE_TO(0, 1), NO_WORDS,
     "The one offer of one-off, as a share of the fee."},
    {NUMBER(auction.rea_s.decrement), "", BETWEEN(0.01, 0.9999), NO_WORDS,
     "Price multiplier gamma of a round of rea-s."},

    {NUMBER(clustering.span_max_km), "km", BETWEEN(0, 1e6), NO_WORDS,
     "Span limit R_max: no two members of a cluster are farther apart."},
    {NUMBER(clustering.span_max_ms), "ms", BETWEEN(0, 1e4), NO_WORDS,
     "Instead of `span_max_km`: milliseconds one way through fibre, of 200 km each."},
    {CHOICE(clustering.dear_alone), "", ANY, WORDS(truths),
     "Clusterers leave servers alone that are too dear for the public ceiling under rea-s, vickrey "
     "and posted."},
    {CHOICE(clustering.guard), "", ANY, WORDS(switches),
     "Whether a2c simulates what it decides beside simple rules and keeps what earns most; off: "
     "the "
     "policy alone."},
    {NUMBER(clustering.guard_margin), "share", BETWEEN(0, 1), NO_WORDS,
     "By how much more a partition must earn in simulation to replace the one in force."},
    {WHOLE(clustering.kmeans.cluster_count), "clusters", BETWEEN(0, 20000), NO_WORDS,
     "Clusters n that k-means starts from; 0 is a third of the servers."},
    {CHOICE(clustering.kmeans.start), "", ANY, WORDS(kmeans_starts),
     "First centres of k-means: spread out as by k-means++, or on random servers."},
    {WHOLE(clustering.anneal.iteration_max), "proposals", BETWEEN(1, 1e8), NO_WORDS,
     "Proposals of simulated annealing in a decision."},
    {WHOLE(clustering.anneal.recluster_every), "cycles", BETWEEN(1, 1e6), NO_WORDS,
     "Cycles between its decisions."},
    {NUMBER(clustering.anneal.temperature), "", ABOVE_TO(0, 1e6), NO_WORDS,
     "Its first temperature, as a share of the first profit."},
};

const size_t scenario_key_count = sizeof scenario_keys / sizeof *scenario_keys;

// --- Lookup

const scenario_key *scenario_key_find(const char *path)
{
    for (size_t i = 0; i < scenario_key_count; i++) {
        if (strcmp(scenario_keys[i].path, path) == 0) {
            return &scenario_keys[i];
        }
    }
    return NULL;
}

// The rest of path below section; NULL when it is not below it.
static const char *below(const char *path, const char *section)
{
    size_t length = strlen(section);
    if (length == 0) {
        return path;
    }
    return strncmp(path, section, length) == 0 && path[length] == '.' ? path + length + 1 : NULL;
}

bool scenario_key_is_section(const char *path)
{
    for (size_t i = 0; i < scenario_key_count; i++) {
        const char *rest = below(scenario_keys[i].path, path);
        if (rest != NULL && rest != scenario_keys[i].path) {
            return true;
        }
    }
    return path[0] == '\0';
}

// Compare what was written with every key and section name directly below the section.
static size_t nearest_in_section(key_suggestion *suggestion, const char *section, const char *word)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < scenario_key_count; i++) {
        const char *rest = below(scenario_keys[i].path, section);
        if (rest == NULL) {
            continue;
        }
        key_suggestion name;
        size_t length = strcspn(rest, ".");
        memcpy(name.path, rest, length);
        name.path[length] = '\0';
        size_t distance = text_unlikeness(word, name.path);
        if (distance < best) {
            best = distance;
            size_t before = (size_t)(rest - scenario_keys[i].path);
            memcpy(suggestion->path, scenario_keys[i].path, before + length);
            suggestion->path[before + length] = '\0';
        }
    }
    return best;
}

// Compare it with the last word of every key, so that a key in the wrong section is found.
static size_t nearest_anywhere(key_suggestion *suggestion, const char *word)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < scenario_key_count; i++) {
        const char *dot = strrchr(scenario_keys[i].path, '.');
        size_t distance = text_unlikeness(word, dot == NULL ? scenario_keys[i].path : dot + 1);
        if (distance < best) {
            best = distance;
            strcpy(suggestion->path, scenario_keys[i].path);
        }
    }
    return best;
}

const char *scenario_key_nearest(key_suggestion *suggestion, const char *section, const char *word)
{
    if (text_is_close(nearest_in_section(suggestion, section, word), word) ||
        text_is_close(nearest_anywhere(suggestion, word), word)) {
        return suggestion->path;
    }
    return NULL;
}

// --- Documentation

const char *scenario_key_type(key_text *out, const scenario_key *key)
{
    static const char *const names[] = {
        [KEY_WHOLE] = "whole number", [KEY_NUMBER] = "number",  [KEY_RANGE] = "range",
        [KEY_DAYS] = "days",          [KEY_CHOICE] = "choice",  [KEY_NAME] = "name",
        [KEY_TEXT] = "text",          [KEY_FILE] = "file name", [KEY_MIX] = "mix",
        [KEY_ROW] = "choice",
    };
    strcpy(out->text, names[key->kind]);
    return out->text;
}

const char *scenario_key_range(key_text *out, const scenario_key *key)
{
    char *text = out->text;
    text_bound_words words = {{0}};
    text_bound_show(&words, &key->bound);
    strcpy(text, words.text);
    for (size_t i = 0; i < key->word_count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof out->text - used, "%s`%s`", used == 0 ? "" : " or ",
                 key->words[i].word);
    }
    if (key->kind == KEY_ROW) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof out->text - used,
                 " or `" DCAT_PLUGIN_PREFIX "PATH?ARGUMENTS`");
    }
    return text;
}
