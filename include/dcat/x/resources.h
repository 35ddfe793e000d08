// SPDX-License-Identifier: Apache-2.0
// resources.h - who can work on what, and how fast: device types, units, classes of work.
//
// A server has at most one unit of each pool (CPU, GPU, NPU, other): some devices of one type. A
// class of work needs one pool, perhaps memory and features. How fast a device is at a class is its
// speed at reference work times the entry of the efficiency matrix; the effective speed of a
// unit counts all of its devices. Table I of the paper is the case of one class, one device and
// efficiency 1, in which all products are exact. docs/resources.md tells it by example.

#ifndef DCAT_X_RESOURCES_H
#define DCAT_X_RESOURCES_H

#include "dcat/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DCAT_CLASS_MAX 64   // classes of work
#define DCAT_FEATURE_MAX 64 // different features, a bit each

#define DCAT_POOL_LIST(X)                                                                          \
    X(CPU, "cpu")                                                                                  \
    X(GPU, "gpu")                                                                                  \
    X(NPU, "npu")                                                                                  \
    X(OTHER, "other")

typedef enum dcat_pool {
#define DCAT_POOL_ENUM(name, text) DCAT_POOL_##name,
    DCAT_POOL_LIST(DCAT_POOL_ENUM)
#undef DCAT_POOL_ENUM
        DCAT_POOL_COUNT
} dcat_pool;

// The word for a pool, and the pool of a word: DCAT_POOL_COUNT if there is none.
DCAT_API const char *dcat_pool_name(dcat_pool pool);
DCAT_API dcat_pool dcat_pool_find(const char *name);

typedef struct dcat_device {
    dcat_pool pool;
    double speed_hz;         // v of one device, cycles of reference work per second; > 0
    int core_count;          // n of one device, for the energy term of (8); >= 1
    double memory_bytes;     // M of one device; INFINITY: no limit
    uint64_t features;       // a bit each
    double energy_cost;      // epsilon_e; NAN: the market's
    double time_cost_per_s;  // epsilon_t of one device; NAN: the market's, for a whole unit
    double tariff_per_cycle; // s of share tariff, > 0; 0: eq. (8) at the costs above and the speed
                             // that the unit declares
} dcat_device;

// Where a class needs its memory.
typedef enum dcat_memory_mode {
    DCAT_MEMORY_EACH = 0, // every device holds all of it (replicas)
    DCAT_MEMORY_SUM,      // the devices of a team share it (sharded models)
} dcat_memory_mode;

typedef struct dcat_class {
    dcat_pool pool;
    double memory_bytes; // >= 0
    dcat_memory_mode memory_mode;
    uint64_t features;          // all of them are needed
    double price_per_gigacycle; // p of eq. (5) for this class; > 0
    double urgency_s;           // mu of eq. (5) for this class; >= 0
} dcat_class;

// Devices of one type in a server.
typedef struct dcat_unit {
    int server, device;
    int count;               // m >= 1
    double speed_hz;         // of the whole unit, measured; NAN: count times the device's
    double energy_cost;      // NAN: the device's
    double time_cost_per_s;  // of the whole unit; NAN: count times the device's
    double tariff_per_cycle; // 0: the device's
} dcat_unit;

typedef struct dcat_resources_config {
    size_t size; // DCAT_SIZED(dcat_resources_config)
    const dcat_device *devices;
    size_t device_count; // >= 1
    const dcat_class *classes;
    size_t class_count;       // 1..DCAT_CLASS_MAX
    const double *efficiency; // [device_count, class_count] e >= 0
    const dcat_unit *units;   // in any order
    size_t unit_count;
    size_t server_count;    // >= 1
    double energy_cost;     // of the market, for devices without one; >= 0
    double time_cost_per_s; // the same; >= 0
    const uint8_t *barred;  // Nullable [server_count, class_count] not 0: the server may not work
                            // on the class, whatever it has
} dcat_resources_config;

typedef struct dcat_resources dcat_resources;

// Copies its input. Errors: ERR_RANGE, ERR_REFERENCE (a unit of no server or no device), ERR_FIELD
// (two units of one pool in a server), naming the index; ERR_MEMORY.
DCAT_API dcat_status dcat_resources_create(const dcat_resources_config *config,
                                           dcat_resources **resources, dcat_error *err);
DCAT_API void dcat_resources_destroy(dcat_resources *resources);

// What one server says of its unit in a class's pool, as multiples of the truth.
typedef struct dcat_device_lie {
    int server, class_id;
    double efficiency_factor; // at the class; >= 0
    double memory_factor;     // for all classes; > 0
} dcat_device_lie;

// The same resources as servers say they are: units by speed_factor as fast, at their cost per
// cycle times cost_factor (both Nullable [S], > 0), and one that lies about its device (Nullable).
// Errors: ERR_MEMORY.
DCAT_API dcat_status dcat_resources_said(const dcat_resources *resources,
                                         const double *speed_factor, const double *cost_factor,
                                         const dcat_device_lie *lie, dcat_resources **said,
                                         dcat_error *err);

DCAT_API size_t dcat_resources_class_count(const dcat_resources *resources);
DCAT_API const dcat_class *dcat_resources_classes_view(const dcat_resources *resources); // [Q]

// The unit of a server in a pool, all of its devices together.
typedef struct dcat_unit_facts {
    int device, count; // no unit: -1 and 0
    double core_count, speed_hz, memory_bytes;
    double energy_cost, time_cost_per_s; // of eq. (8)
    double unit_cost, tariff_per_cycle;  // per cycle of reference work
} dcat_unit_facts;
DCAT_API dcat_unit_facts dcat_resources_unit(const dcat_resources *resources, int server,
                                             dcat_pool pool);

// e of a device for a class; 0 too where it lacks the pool, the features or, in mode each, the
// memory.
DCAT_API size_t dcat_resources_device_count(const dcat_resources *resources);
DCAT_API const dcat_device *dcat_resources_devices_view(const dcat_resources *resources); // [D]
DCAT_API double dcat_resources_efficiency(const dcat_resources *resources, int device,
                                          int class_id);

// May the server work on the class, if it can?
DCAT_API bool dcat_resources_may(const dcat_resources *resources, int server, int class_id);

// f of a server for a class: m v e if it is not barred and has a unit of the class's pool whose
// devices have the features and, in mode each, the memory; else 0. O(1).
DCAT_API double dcat_effective_speed_hz(const dcat_resources *resources, int server, int class_id);

// u of (8) per cycle of reference work: the unit's own by e; INFINITY where the effective speed is
// 0. O(1).
DCAT_API double dcat_effective_unit_cost(const dcat_resources *resources, int server, int class_id);

// s of share tariff per cycle of reference work: the unit's own by e, so that what is faster at a
// class is paid less for a cycle of it; INFINITY where the effective speed is 0. O(1).
DCAT_API double dcat_effective_tariff(const dcat_resources *resources, int server, int class_id);

// Who of a cluster works on a class, and what they are together.
typedef struct dcat_team {
    size_t count;         // members whose effective speed is above 0; 0 when the class does not fit
    double speed_hz;      // F, their sum: work is split by speed, so that all finish together
    double memory_bytes;  // of their devices together
    double unit_cost;     // mean by speed: what a cycle costs all of them
    double unit_cost_max; // of the dearest of them; both 0 without a member
} dcat_team;

// The team of member_count servers for a class. In mode sum, count is 0 unless their devices
// together have the memory. Sums in the order of members. O(member_count).
DCAT_API dcat_team dcat_team_of(const dcat_resources *resources, const int32_t *members,
                                size_t member_count, int class_id);

#ifdef __cplusplus
}
#endif
#endif
