// SPDX-License-Identifier: Apache-2.0
// plugin.h - clusterers, auctions and shares from outside, version 1 of the ABI.
//
// A plug-in is a shared object with one exported function, dcat_plugin_entry. It links nothing of
// dcat: what it may call is in the host table. Every struct begins with its size, so that fields
// can be added at the end without a new ABI number: the host takes what a shorter one lacks for
// zero. docs/plugins.md shows how to make one.

#ifndef DCAT_PLUGIN_H
#define DCAT_PLUGIN_H

#include "dcat/auction.h"
#include "dcat/cluster.h"
#include "dcat/error.h"
#include "dcat/share.h"
#include "dcat/world.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DCAT_PLUGIN_ABI 1

// What the host lends a plug-in; lives as long as the process. The functions are those of the
// public headers with the same names.
typedef struct dcat_plugin_host {
    uint32_t size, abi;
    const char *(*version)(void); // of dcat
    dcat_status (*fail)(dcat_error *err, dcat_status status, const char *format, ...);
    size_t (*world_server_count)(const dcat_world *world);
    size_t (*world_area_count)(const dcat_world *world);
    const dcat_server *(*world_servers)(const dcat_world *world); // [S]
    const dcat_area *(*world_areas)(const dcat_world *world);     // [A]
    const dcat_world_config *(*world_config)(const dcat_world *world);
    const double *(*world_unit_cost)(const dcat_world *world); // [S]
    double (*world_distance_m)(const dcat_world *world, int server_a, int server_b);
    dcat_path (*world_path)(const dcat_world *world, int area, int server);
    // A plug-in's own streams are DCAT_STREAM_USER to 255.
    dcat_draw (*draw_at)(uint64_t seed, dcat_stream stream, uint32_t part, uint32_t cycle,
                         uint32_t slot, uint32_t index);
    // The price that the platform never exceeds: the fee, or the public ceiling if that is lower.
    double (*reserve)(const dcat_auction_config *config, double fee, double work_cycles);
} dcat_plugin_host;

#define DCAT_PLUGIN_ONE_THREAD 1u // the host lets one thread at a time into its functions

typedef struct dcat_plugin_clusterer {
    uint32_t size, flags;
    const char *name, *summary;
    // Nullable both: a self for one policy, and its end. arguments is what the user wrote behind
    // '?', "" when nothing; host is NULL for callbacks of a binding.
    dcat_status (*open)(const dcat_plugin_host *host, const char *arguments, void **self,
                        dcat_error *err);
    void (*close)(void *self);
    int (*decide_every)(void *self, const dcat_world *world);       // Nullable: 1
    size_t (*workspace_bytes)(void *self, const dcat_world *world); // Nullable: 0
    // As decide of dcat_clusterer, with any labels in [0, S): the host makes them canonical and
    // checks the span limit (10c). A failure, or clusters that break the rule, end the run with the
    // message.
    dcat_status (*decide)(void *self, const dcat_cluster_input *input, void *workspace,
                          int32_t *cluster_of, dcat_error *err);
} dcat_plugin_clusterer;

typedef struct dcat_plugin_auction {
    uint32_t size, flags;
    const char *name, *summary;
    dcat_limit_rule limit;
    unsigned promises; // bits 1 << dcat_promise: what it claims, and `dcat audit` tries to break
    dcat_status (*open)(const dcat_plugin_host *host, const char *arguments, void **self,
                        dcat_error *err); // Nullable, as above
    void (*close)(void *self);            // Nullable
    // As run of dcat_auction, for at least one bidder. The host checks: an outcome that there is, a
    // winner in range, bid <= clearing_price <= reserve. A result that breaks this sells nothing
    // and ends the run with a message.
    dcat_auction_result (*run)(void *self, const dcat_auction_rules *rules,
                               const dcat_auction_input *input);
} dcat_plugin_auction;

// How a cluster divides (share.h): the lowest payment that it accepts, and what each member gets of
// one. Work is divided by speed, always.
typedef struct dcat_plugin_share {
    uint32_t size, flags;
    const char *name, *summary;
    // Bits 1 << dcat_promise, of DCAT_PROMISE_TRUTHFUL_MEMBERS (no lie of a member about its cost
    // pays) and DCAT_PROMISE_MEMBERS (none is paid below its cost): what it claims.
    unsigned promises;
    unsigned by_tariff; // 1: it reads tariffs; members may opt out. Otherwise 0
    dcat_status (*open)(const dcat_plugin_host *host, const char *arguments, void **self,
                        dcat_error *err); // Nullable, as above
    void (*close)(void *self);            // Nullable
    // As unit_limit and pay of dcat_share. When a cluster forms the host checks: a limit that is
    // finite and above 0; for each member pay of the form a payment + b work_cycles with a >= 0,
    // all a adding up to 1 and all b to 0; nobody paid below 0 at the limit. What breaks this ends
    // the run with a message. From which payment on nobody loses the host finds by itself.
    double (*unit_limit)(void *self, const dcat_share_team *team, const dcat_member *servers,
                         const int32_t *workers);
    double (*pay)(void *self, const dcat_share_team *team, const dcat_member *member,
                  double work_cycles, double payment);
} dcat_plugin_share;

typedef struct dcat_plugin {
    uint32_t size, abi; // sizeof, DCAT_PLUGIN_ABI
    const char *name, *version, *license;
    const dcat_plugin_clusterer *const *clusterers; // NULL-terminated; Nullable
    const dcat_plugin_auction *const *auctions;     // NULL-terminated; Nullable
    const dcat_plugin_share *const *shares;         // NULL-terminated; Nullable
} dcat_plugin;

// The one symbol of a plug-in, "dcat_plugin_entry". NULL, with err filled, when it cannot work with
// this host.
typedef const dcat_plugin *dcat_plugin_entry_fn(const dcat_plugin_host *host, dcat_error *err);

// --- Host side: what the tool and bindings call

// How users write one: "plugin=PATH?ARGUMENTS" where a clusterer, an auction or a share stands, and
// "plugin=PATH#NAME?ARGUMENTS" for another than the first of its kind in the file.
#define DCAT_PLUGIN_PREFIX "plugin="

typedef struct dcat_plugged_clusterer dcat_plugged_clusterer;
typedef struct dcat_plugged_auction dcat_plugged_auction;
typedef struct dcat_plugged_share dcat_plugged_share;

// Open one of a file; text is what follows the prefix. Errors: ERR_NOT_FOUND (no such file, nothing
// of this name or kind in it), ERR_FORMAT (no entry, another ABI, a field that is missing),
// ERR_RANGE, ERR_MEMORY, and those of the plug-in.
DCAT_API dcat_status dcat_plugged_clusterer_load(const char *text, dcat_plugged_clusterer **made,
                                                 dcat_error *err);
DCAT_API dcat_status dcat_plugged_auction_load(const char *text, dcat_plugged_auction **made,
                                               dcat_error *err);
DCAT_API dcat_status dcat_plugged_share_load(const char *text, dcat_plugged_share **made,
                                             dcat_error *err);

// The same of callbacks that are there already, as a binding's; self is theirs, and open and close
// are not called. from is copied, but for its texts.
DCAT_API dcat_status dcat_plugged_clusterer_of(const dcat_plugin_clusterer *from, void *self,
                                               dcat_plugged_clusterer **made, dcat_error *err);
DCAT_API dcat_status dcat_plugged_auction_of(const dcat_plugin_auction *from, void *self,
                                             dcat_plugged_auction **made, dcat_error *err);
DCAT_API dcat_status dcat_plugged_share_of(const dcat_plugin_share *from, void *self,
                                           dcat_plugged_share **made, dcat_error *err);

// Not before the last run with its row has ended; of a share, the last world with it is destroyed.
DCAT_API void dcat_plugged_clusterer_close(dcat_plugged_clusterer *made);
DCAT_API void dcat_plugged_auction_close(dcat_plugged_auction *made);
DCAT_API void dcat_plugged_share_close(dcat_plugged_share *made);

// Forget that a share went wrong, once that was told: worlds with it can be used again.
DCAT_API void dcat_plugged_share_forget(dcat_plugged_share *made);

// Rows for dcat_policy, and for dcat_auction_config. A plugged clusterer is itself the model that
// goes with its row.
DCAT_API const dcat_clusterer *dcat_plugged_clusterer_row(const dcat_plugged_clusterer *made);
DCAT_API const dcat_auction *dcat_plugged_auction_row(const dcat_plugged_auction *made);
DCAT_API const dcat_share *dcat_plugged_share_row(const dcat_plugged_share *made);

#ifdef __cplusplus
}
#endif
#endif
