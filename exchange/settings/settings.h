// SPDX-License-Identifier: Apache-2.0
// settings.h - exchange.yaml: what an exchange trades in the words of a scenario, and how it runs.

#ifndef DCAT_EXCHANGE_SETTINGS_SETTINGS_H
#define DCAT_EXCHANGE_SETTINGS_SETTINGS_H

#include "dcat/x/scenario.h"
#include "exchange/store/store.h"

enum { SETTINGS_TEXT = 512 };

typedef struct exchange_settings {
    dcat_scenario *scenario; // owned: name, areas, network, market, auction, clustering
    const char **area_names; // [setup.config.area_count] owned
    const char **node_names; // [setup.config.node_count] owned
    const char **class_names, **device_names; // owned
    dcat_resources_config resources;          // of the scenario
    exchange_setup setup;                     // but begun_unix_ns and auction
    char name[SETTINGS_TEXT], currency[SETTINGS_TEXT];
    char policy[SETTINGS_TEXT]; // "clusterer:auction"
    char listen[SETTINGS_TEXT]; // "address:port"
    char data[SETTINGS_TEXT];   // folder, from here; "" where none is given
    char certificate[SETTINGS_TEXT], key[SETTINGS_TEXT]; // files, from here; "" without TLS
    int64_t cycle_ns, world_seed;
    // Who keeps it, on invoices; "" where it is not said.
    char legal_name[SETTINGS_TEXT], legal_tax_id[SETTINGS_TEXT], legal_address[SETTINGS_TEXT];
    int32_t tax_bp, minor_digits; // -1: as the currency has them
    bool admit_all;               // servers are admitted when they are registered
    bool quiet;                   // log.level: warning
    int64_t unseal_ns;            // log.unseal_s: after which asks are shown
    int64_t benchmark_age_ns;     // trust.benchmark_age_s
    char programs[4096];          // trust.programs, as it stands there
    uint64_t memory_classes;      // trust.programs: a bit each, memory and not compute
    double requests_per_s;        // of a key
    double failures_per_s;        // of an address
    int64_t connection_max, queue_max;

    // trust.canary: the party's name, "" where there are none, and its tasks [canary_count], owned.
    char canary_party[EXCHANGE_NAME_MAX + 1];
    exchange_known_task *canaries;
    struct settings_canary_names *canary_names;
    size_t canary_count;
} exchange_settings;

// Read a file and check it. Every message names file, line, key, rule and value. Errors: as of
// dcat_scenario_load, and ERR_RANGE for what the exchange cannot have.
dcat_status exchange_settings_load(const char *path, exchange_settings *settings, dcat_error *err);
void exchange_settings_free(exchange_settings *settings);

// Whether a file has a section that settings have and scenarios have not: then it is settings.
// Errors: ERR_IO and ERR_MEMORY, where a file that is there cannot be read.
dcat_status exchange_settings_are(const char *path, bool *ours, dcat_error *err);

#endif
