// SPDX-License-Identifier: Apache-2.0
// scenario.h - a scenario file and the files beside it, read, checked and turned into worlds.
//
// A scenario is YAML (schema version 1; docs/scenario.md lists every key) naming CSV or GML files
// beside it. Users write giga-cycles, GHz, Mb, Mb/s and km; everything becomes SI here, once.
// Shipped scenarios are part of the library and need no file.

#ifndef DCAT_SCENARIO_H
#define DCAT_SCENARIO_H

#include "dcat/compare.h"
#include "dcat/demand.h"
#include "dcat/error.h"
#include "dcat/world.h"
#include "dcat/x/file.h"
#include "dcat/x/resources.h"
#include "dcat/x/world_facts.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dcat_scenario dcat_scenario;

// Read a scenario: the name of a shipped one ("paper") or a path (anything with a '/' or a '.').
//   overrides  [override_count] "key.path=value", applied in order and checked like the file
// Every message names file, line, field, rule and value, or the override. Errors: ERR_NOT_FOUND,
// ERR_FORMAT, ERR_FIELD, ERR_RANGE, ERR_REFERENCE, ERR_IO, ERR_MEMORY.
DCAT_API dcat_status dcat_scenario_load(const char *name_or_path, const char *const *overrides,
                                        size_t override_count, dcat_scenario **scenario,
                                        dcat_error *err);
DCAT_API void dcat_scenario_destroy(dcat_scenario *scenario);

// What the settings of an exchange have in common with a scenario: name, geometry, areas, network,
// resources, market, auction and clustering, by the same words and rules. Entries `others`
// [other_count] of the file are its caller's; servers, demand and times cannot stand in it, so
// there is no world, no demand and no list of servers. Errors: as of dcat_scenario_load.
DCAT_API dcat_status dcat_scenario_load_market(const char *path, const char *const *others,
                                               size_t other_count, dcat_scenario **scenario,
                                               dcat_error *err);
// Of such a market: what its worlds will be made with, and its areas [area_count].
DCAT_API const dcat_world_config *dcat_scenario_world_config(const dcat_scenario *scenario);
DCAT_API const dcat_area *dcat_scenario_areas_view(const dcat_scenario *scenario);
// Its devices, classes and efficiencies, without units; false where it has none. The first device,
// "server", stands for one core of a server that says how fast it is. Borrowed from the scenario.
DCAT_API bool dcat_scenario_market_resources(const dcat_scenario *scenario,
                                             dcat_resources_config *resources);

// The world of one seed: seeds draw random servers, their devices, areas and link rates; with
// resources where the scenario has devices and classes of work. Its demand is shared.
DCAT_API dcat_status dcat_scenario_world(const dcat_scenario *scenario, uint64_t seed,
                                         dcat_world **world, dcat_error *err);

// By index into the classes of its resources; "work" is the only class of a scenario without.
DCAT_API const char *dcat_scenario_class_name(const dcat_scenario *scenario, size_t class_id);
// How likely a task of the demand is of each class, into weight [Q]: 1 for the class of a
// given task, the mix of its area for a drawn one.
DCAT_API void dcat_scenario_class_weights(const dcat_scenario *scenario, const dcat_task *task,
                                          double *weight);

// Work as tasks.csv states it where it does not state giga-cycles: this many devices, each for so
// long. False for a task of giga-cycles, and for drawn ones.
typedef struct dcat_stated_work {
    int device; // of the resources; its name is dcat_scenario_device_name
    int count;
    double seconds;
} dcat_stated_work;
DCAT_API bool dcat_scenario_stated_work(const dcat_scenario *scenario, const dcat_task *task,
                                        dcat_stated_work *stated);
DCAT_API const char *dcat_scenario_device_name(const dcat_scenario *scenario, size_t device);

// What the scenario sells by the hour (`market.hour_of`, `market.hour_ghz`): a price of a
// giga-cycle is one of an hour divided by 3600 times the speed.
typedef struct dcat_sold_hour {
    const char *of;   // "core", "card" or "node"
    double speed_ghz; // of one; 0: the scenario does not say
} dcat_sold_hour;
DCAT_API dcat_sold_hour dcat_scenario_hour(const dcat_scenario *scenario);

// What that world takes. Errors: as of dcat_scenario_world, but a world that needs too much is
// none.
DCAT_API dcat_status dcat_scenario_world_needs(const dcat_scenario *scenario, uint64_t seed,
                                               dcat_world_needs *needs, dcat_error *err);

DCAT_API const dcat_demand *dcat_scenario_demand_view(const dcat_scenario *scenario);

// The worlds of seeds first_seed to first_seed + count - 1, each made when the first run in it
// begins and given up for one that is made after its last. So a process holds about as many as it
// has threads, and of several processes each makes those that it is given runs of. Borrows the
// scenario. Errors: ERR_MEMORY.
typedef struct dcat_worlds dcat_worlds;
DCAT_API dcat_status dcat_worlds_create(const dcat_scenario *scenario, uint64_t first_seed,
                                        size_t count, dcat_worlds **worlds, dcat_error *err);
DCAT_API void dcat_worlds_destroy(dcat_worlds *worlds);
DCAT_API size_t dcat_worlds_count(const dcat_worlds *worlds);
DCAT_API const uint64_t *dcat_worlds_seeds(const dcat_worlds *worlds); // [count]
// For a comparison; its open and close, which several threads at a time may call, serve anyone.
DCAT_API dcat_compare_source dcat_worlds_source(dcat_worlds *worlds);

// The format that this version writes, and that of the file: 1 knew no queue rule but the paper's.
#define DCAT_SCENARIO_SCHEMA 2
DCAT_API int dcat_scenario_schema(const dcat_scenario *scenario);
DCAT_API dcat_queue_rule dcat_scenario_queue(const dcat_scenario *scenario); // `market.queue`
// When cycle 0 begins, in Unix time: known for given tasks whose arrivals are Unix time, which
// those are taken for that begin in 1973 (10^8 s) or later. NAN: not known.
DCAT_API double dcat_scenario_start_s(const dcat_scenario *scenario);
// Cycles of a day: rows of a day of the profile; with given tasks, how often a cycle fits in 86 400
// s.
DCAT_API double dcat_scenario_cycles_per_day(const dcat_scenario *scenario);

// Whether the platform knows what servers are: `resources.collapse` is none, which what follows
// from its promises needs. why: said to the user, after the file, line and key. Errors: ERR_RANGE.
DCAT_API dcat_status dcat_scenario_check_known(const dcat_scenario *scenario, const char *why,
                                               dcat_error *err);

// As the user wrote them; valid while the scenario lives.
DCAT_API const char *dcat_scenario_name(const dcat_scenario *scenario);
DCAT_API const char *dcat_scenario_title(const dcat_scenario *scenario); // one line; may be ""
DCAT_API size_t dcat_scenario_server_count(const dcat_scenario *scenario);
DCAT_API size_t dcat_scenario_area_count(const dcat_scenario *scenario);
DCAT_API const char *dcat_scenario_server_name(const dcat_scenario *scenario, size_t server);
DCAT_API const char *dcat_scenario_area_name(const dcat_scenario *scenario, size_t area);
DCAT_API const char *dcat_scenario_node_name(const dcat_scenario *scenario, size_t node);
// Of the owner of a server; "" for DCAT_NO_OWNER.
DCAT_API const char *dcat_scenario_owner_name(const dcat_scenario *scenario, int32_t owner);

// Which cycles a report is about: the test days of a profile, or all cycles of given tasks.
typedef struct dcat_cycle_span {
    uint32_t first, count;
} dcat_cycle_span;
DCAT_API dcat_cycle_span dcat_scenario_train_cycles(const dcat_scenario *scenario);
DCAT_API dcat_cycle_span dcat_scenario_validate_cycles(const dcat_scenario *scenario);
DCAT_API dcat_cycle_span dcat_scenario_test_cycles(const dcat_scenario *scenario);
// The first of the test cycles, as many as a user asked for (--cycles); 0: all of them. Errors:
// ERR_RANGE when there are fewer.
DCAT_API dcat_status dcat_scenario_first_test_cycles(const dcat_scenario *scenario, uint32_t asked,
                                                     dcat_cycle_span *cycles, dcat_error *err);

// The complete scenario after defaults and overrides, as YAML that loads again (file names as
// written).
DCAT_API dcat_status dcat_scenario_write(const dcat_scenario *scenario, FILE *file,
                                         dcat_error *err);

// The same as scenario.yaml of a folder, with copies of all files that it names in tables/: it
// loads wherever the folder is. Errors: ERR_IO, ERR_MEMORY, ERR_NOT_FOUND when a file has gone.
DCAT_API dcat_status dcat_scenario_write_folder(const dcat_scenario *scenario, dcat_output *output,
                                                dcat_error *err);

// What was read, for manifests.
DCAT_API size_t dcat_scenario_input_count(const dcat_scenario *scenario);
DCAT_API dcat_input_file dcat_scenario_input(const dcat_scenario *scenario, size_t index);
// SHA-256 over the hashes of all of them, a line each, in lower-case hex.
DCAT_API void dcat_scenario_digest(const dcat_scenario *scenario, char hex[65]);

// The plug-in that `market.share` names; NULL without one. Borrowed.
typedef struct dcat_scenario_plugin {
    const char *path;      // as opened
    const char *arguments; // from '#' or '?' on; may be ""
    char sha256[65];       // of the file, lower-case hex
} dcat_scenario_plugin;
DCAT_API const dcat_scenario_plugin *dcat_scenario_share_plugin(const dcat_scenario *scenario);
// Let all worlds that are made from now on divide by a row of the caller's, whatever `market.share`
// says: a binding's. It is borrowed by them. Errors: ERR_RANGE (`market.opt_out` needs one that
// reads tariffs).
DCAT_API dcat_status dcat_scenario_set_share(dcat_scenario *scenario, const dcat_share *share,
                                             dcat_error *err);

// What was done with the files beyond reading them, a sentence each; NULL past the end. `validate`
// lists them as remarks.
DCAT_API const char *dcat_scenario_note(const dcat_scenario *scenario, size_t index);
// Whether it is likely not to have been meant: every command of the tool says it. False past the
// end.
DCAT_API bool dcat_scenario_note_is_warning(const dcat_scenario *scenario, size_t index);

// Shipped scenarios by index; NULL past the end.
DCAT_API const char *dcat_shipped_scenario_name(size_t index);
DCAT_API const char *dcat_shipped_scenario_title(size_t index);

// Copy a shipped scenario's files into a new folder, to edit. Errors: ERR_NOT_FOUND, ERR_EXISTS
// (unless force), ERR_IO.
DCAT_API dcat_status dcat_shipped_scenario_export(const char *name, const char *folder, bool force,
                                                  dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
