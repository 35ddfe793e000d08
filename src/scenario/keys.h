// SPDX-License-Identifier: Apache-2.0
// keys.h - every key of a scenario: one table for checking, loading and documenting.
//
// A scenario goes through these steps: text -> tree (yaml_tree.h) -> checked against this table ->
// overrides and defaults merged (document.h) -> stored in scenario_values.

#ifndef DCAT_SCENARIO_KEYS_H
#define DCAT_SCENARIO_KEYS_H

#include "file/text.h"
#include <stddef.h>
#include <stdint.h>

// What a user wrote, in the user's units, after defaults. Members are named like keys. A key that
// is absent and has no default leaves NULL or 0.
typedef struct scenario_values {
    int64_t schema;
    char *name;
    char *title;
    int geometry; // dcat_geometry
    struct {
        double slot_s;
        double start_s; // INFINITY: the first arrival
        int64_t slots_per_cycle;
        int64_t cycles_per_day;
        int64_t train_days[2], validate_days[2], test_days[2];
    } time;
    struct {
        char *file;
        struct {
            int64_t count;
            double side_km;
            double speed_ghz[2];
            int64_t cores;
            int64_t owners;                  // 0: none
            const struct tree_node *devices; // of the document
            double host_speed;               // 0: 1
            double device_cost_noise;
            int tariff; // 0 none, 1 cost
            double cost_noise;
        } random;
    } servers;
    struct {
        char *file;
        struct {
            double side_km;
        } random;
    } areas;
    struct {
        int kind; // dcat_network_kind
        double link_mbps[2];
        double signal_speed_mps;
        double reference_data_mb;
        double access_mbps[2];
        char *latency_file;
        struct {
            double hop_km;
            int64_t hop_max;
        } hops;
        struct {
            char *nodes_file;
            char *links_file;
            char *gml_file;
        } graph;
    } network;
    struct {
        char *profile_file;
        char *tasks_file;
        double arrivals_per_slot;
        double work_gigacycles[2];
        double data_mb[2];
        double deadline_s[2];
        double value_per_gigacycle[2]; // INFINITY for none
    } demand;
    struct {
        double price_per_gigacycle;
        double urgency_s;
        double energy_cost_per_cycle_hz2;
        double time_cost_per_s;
        double ceiling_per_gigacycle;                                // INFINITY for none
        int ceiling_on;                                              // dcat_ceiling_on
        double price_per_hour, ceiling_per_hour, time_cost_per_hour; // other words for the above
        int hour_of;                                                 // scenario_hour
        double hour_ghz;
        int task_order; // dcat_task_order
        int queue;      // dcat_queue_rule
        double handicap_per_gigacycle_s;
        double admission_per_gigacycle;
        double admission_per_gigacycle_s;
        char *share;           // a name of dcat_share_find(), or of a plug-in's
        double tariff_ceiling; // INFINITY for none
        int opt_out;           // 0 or 1
    } market;
    struct {
        char *devices_file;
        char *classes_file;
        char *efficiency_file;
        char *units_file;
        char *class_mix_file;
        int collapse; // scenario_collapse
    } resources;
    struct {
        struct {
            double decrement;
            int64_t round_max; // DCAT_ROUND_UNLIMITED for unlimited
            int all_left;      // dcat_end_rule
            int round_end;     // dcat_end_rule
        } rea;
        struct {
            double offer_of_fee;
        } one_off;
        struct {
            double decrement;
        } rea_s;
    } auction;
    struct {
        double span_max_km;
        double span_max_ms; // the same in other words
        int dear_alone;     // 0 or 1
        int guard;          // 0 or 1
        double guard_margin;
        struct {
            int64_t cluster_count;
            int start; // dcat_kmeans_start
        } kmeans;
        struct {
            int64_t iteration_max;
            int64_t recluster_every;
            double temperature;
        } anneal;
    } clustering;
} scenario_values;

// What the platform takes devices for.
typedef enum scenario_collapse {
    COLLAPSE_NONE,
    COLLAPSE_SINGLE,
    COLLAPSE_PEAK,
    COLLAPSE_MEAN,
    COLLAPSE_WORST
} scenario_collapse;

// What people sell by the hour.
typedef enum scenario_hour { HOUR_CORE, HOUR_CARD, HOUR_NODE } scenario_hour;

typedef enum key_kind {
    KEY_WHOLE,  // int64_t
    KEY_NUMBER, // double
    KEY_RANGE,  // double[2]; written [min, max] or as one number
    KEY_DAYS,   // int64_t[2]; written [first, last]
    KEY_CHOICE, // int; one of the words
    KEY_NAME,   // char *; letters, digits, '-' and '_'
    KEY_TEXT,   // char *; one line
    KEY_FILE,   // char *; one line, not empty
    KEY_ROW,    // char *; one of the words, or "plugin=PATH?ARGUMENTS"
    KEY_MIX, // const tree_node *; a mapping of names of the user's own to share or [share, count]
} key_kind;

typedef struct key_word {
    const char *word;
    int64_t value;
} key_word;

typedef struct scenario_key {
    const char *path; // "market.price_per_gigacycle"
    size_t offset;    // of its value in scenario_values
    key_kind kind;
    const char *unit; // "" when it has none
    text_bound bound; // of a number; of both ends of a range
    // KEY_CHOICE: the words it may be. A number: the one word it may be instead ("none"), or NULL.
    const key_word *words; // [word_count]
    size_t word_count;
    const char *meaning; // one sentence
} scenario_key;

extern const scenario_key scenario_keys[];
extern const size_t scenario_key_count;

// Key by path, NULL when there is none.
const scenario_key *scenario_key_find(const char *path);
// True for the path of a mapping that holds keys: "market", "servers.random", and "" for the whole.
bool scenario_key_is_section(const char *path);
// The path most like the one somebody wrote below a section, or the one with the same last word
// elsewhere; NULL when nothing is close.
typedef struct key_suggestion {
    char path[96];
} key_suggestion;
const char *scenario_key_nearest(key_suggestion *suggestion, const char *section, const char *word);

// For docs/scenario.md: the type and the range in words.
typedef struct key_text {
    char text[160];
} key_text;
const char *scenario_key_type(key_text *out, const scenario_key *key);
const char *scenario_key_range(key_text *out, const scenario_key *key);

#endif
