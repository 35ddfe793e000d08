// SPDX-License-Identifier: Apache-2.0
// config.h - what is set for all of an exchange: times, prices, room, classes of work.

#ifndef DCAT_EXCHANGE_CORE_MARKET_CONFIG_H
#define DCAT_EXCHANGE_CORE_MARKET_CONFIG_H

#include "dcat/error.h"
#include "dcat/money.h"
#include "dcat/x/resources.h"
#include <stdbool.h>
#include <stdint.h>

enum { EXCHANGE_RUNG_MAX = 8, EXCHANGE_STRIKES = 3, EXCHANGE_STRIKE_AWARDS = 100 };
#define EXCHANGE_BASIS 10000 // basis points in a whole

typedef enum exchange_pricing {
    EXCHANGE_SPREAD = 0,   // the platform keeps what the fee is above the payment
    EXCHANGE_PASS_THROUGH, // the user pays the payment and a commission on it, at most the fee
} exchange_pricing;

// Work that comes more than over_bp of its deadline late gives credit_bp of the charge back.
typedef struct exchange_rung {
    int32_t over_bp, credit_bp;
} exchange_rung;

// What the exchange itself knows of devices and classes of work; the rest is the cut's
// (exchange_cut_config.resources).
enum { EXCHANGE_DEVICE_MAX = 64 };
typedef struct exchange_device { // of one
    double speed_hz;
    int32_t pool, core_count;
} exchange_device;
typedef struct exchange_class {
    double price_per_gigacycle, urgency_s; // p and mu of eq. (5)
    int32_t pool, unused;
} exchange_class;

typedef struct exchange_config {
    int64_t slot_ns;
    int64_t ack_ns;       // from the award until every part is acknowledged
    int64_t gang_ns;      // from the forecast start until every part has started
    int64_t grace_ns;     // from the forecast finish of a started award until its lease ends
    int64_t heartbeat_ns; // of silence until a server is lost
    int64_t dispute_ns;   // in which a settled task may be disputed
    double price_per_gigacycle, urgency_s; // p and mu of eq. (5)
    exchange_pricing pricing;
    int32_t commission_bp;                 // under pass-through
    exchange_rung late[EXCHANGE_RUNG_MAX]; // [rung_count] ascending; the last that applies counts
    int32_t rung_count;
    int32_t provider_bears_bp; // part of a credit that comes out of the providers' pay
    int32_t area_count;
    int32_t geometry;    // dcat_geometry of the sites of servers
    int32_t node_count;  // of the network, that servers name; 0: it has none
    int32_t cycle_first; // by whose number the draws of the first cycle go; 0 but for simulations
    // Room, all of it taken at creation.
    int32_t party_max, key_max, server_max, task_max, part_max;
    int32_t slot_task_max; // auctioned in one slot; the rest wait
    int32_t payout_max;    // kept: open ones, and the last closed ones
    // Of fees that one user may have held in an hour and not got back; 0: any.
    dcat_money spend_cap;
    // Whatever a provider may have is ordered as a payout at every multiple of payout_ns, from
    // payout_min on; 0: never.
    int64_t payout_ns;
    dcat_money payout_min;
    // Classes of work, each with prices of its own, and devices; without any, all work is alike and
    // a server is its own number.
    int32_t class_count, device_count;
    exchange_class classes[DCAT_CLASS_MAX];
    exchange_device devices[EXCHANGE_DEVICE_MAX];
    // What a provider leaves for each server that serves, 0: nothing; the parts of it that a first,
    // second and third strike in the last awards take; how long after a server left, or had a
    // strike, it is free again.
    dcat_money bond;
    int64_t bond_ns;
    int32_t forfeit_bp[EXCHANGE_STRIKES];
    // Mean time from one canary of a server and class to the next; 0: there are none.
    int64_t canary_ns;
    bool benchmark; // a server works on classes whose benchmark it showed, no faster than that
} exchange_config;

// The presets demo (the paper's clock), inference and batch, by name; false if there is none.
// Prices are Table I's, and there is room for 1 000 parties, servers and tasks.
bool exchange_config_preset(const char *name, exchange_config *config);

// The spend cap that presets have, of another price.
dcat_money exchange_spend_cap(double price_per_gigacycle);

// The first wrong field by name.
dcat_status exchange_config_check(const exchange_config *config, dcat_error *err);

#endif
