// SPDX-License-Identifier: Apache-2.0
// share.h - the game inside a cluster: how its limit, its work and its pay are divided.
//
// Work is divided by speed, always: members finish together. What differs is the lowest payment
// that the cluster accepts and what each member gets of a payment. One row per way, as for
// auctions. docs/inner-game.md says what each promises and why nothing better exists; plugin.h has
// ways from outside.
//
// A tariff is a public price per cycle of a server's work, set by the operator. It must not follow
// from anything that its owner says.

#ifndef DCAT_SHARE_H
#define DCAT_SHARE_H

#include "dcat/error.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// What a share reads of a server.
typedef struct dcat_member {
    double speed_hz;  // f
    double unit_cost; // c, eq. (8) per cycle
    double tariff;    // s > 0 per cycle
} dcat_member;

// Sums over the members who work. Weights are speeds.
typedef struct dcat_share_team {
    size_t member_count;
    double speed_hz;       // F
    double unit_cost_mean; // per cycle
    double unit_cost_max;
    double tariff;    // s_k: mean, per cycle
    double ratio_max; // largest unit cost / tariff
} dcat_share_team;

// Of servers [S] those listed in members [member_count]. O(member_count), sums in that order.
DCAT_API dcat_share_team dcat_share_team_of(const dcat_member *servers, const int32_t *members,
                                            size_t member_count);

typedef struct dcat_share dcat_share;
// A price per cycle of work of a team, whose members are those listed in workers of servers [S].
typedef double dcat_share_price(const dcat_share *share, const dcat_share_team *team,
                                const dcat_member *servers, const int32_t *workers);
struct dcat_share {
    size_t size;                       // DCAT_SIZED(dcat_share)
    const char *name;                  // as users write it: "tariff"
    const char *summary;               // one line
    bool by_tariff;                    // reads tariffs
    bool covers;                       // promises that no member is ever paid below its cost
    bool truthful;                     // promises that none gains by lying about it
    dcat_share_price *unit_limit;      // lowest payment per cycle that the cluster accepts
    dcat_share_price *unit_break_even; // lowest at which no member is paid below its cost
    // What a member gets of a payment for work_cycles of the whole team; both may be sums over
    // many tasks. Shares of all members add up to the payment, within rounding.
    double (*pay)(const dcat_share *share, const dcat_share_team *team, const dcat_member *member,
                  double work_cycles, double payment);
    // Nullable both, for ways from outside (plugin.h): what its functions find in it; and whether
    // one of them went wrong, which ends what stepped the market with this status and message.
    void *user;
    dcat_status (*failure)(void *user, dcat_error *err);
};

// The rows by index 0..count-1, and by name (NULL if there is none). unit is the default.
DCAT_API size_t dcat_share_count(void);
DCAT_API const dcat_share *dcat_share_at(size_t index);
DCAT_API const dcat_share *dcat_share_find(const char *name);

// Whether a way from outside has gone wrong; DCAT_OK of all others. Environments ask after each
// step; whoever steps a state asks by itself. Errors: what it says.
DCAT_API dcat_status dcat_share_failure(const dcat_share *share, dcat_error *err);

// How a market divides: the row, and the public prices that clusters start from.
typedef struct dcat_share_rules {
    const dcat_share *share;
    double ceiling_per_cycle; // r: > 0, INFINITY for none
    double tariff_ceiling;    // most that is paid, as a multiple of the team's tariff; >= 1,
                              // INFINITY for none
    bool opt_out; // members to whom the start price does not pay their cost are left out
} dcat_share_rules;

// What a cluster's members agree on as long as they are together.
typedef struct dcat_terms {
    dcat_share_team team;               // those who work
    double unit_limit, unit_break_even; // per cycle
    double unit_start; // own start price per cycle: no bid above it stands, and no more than it is
                       // paid; INFINITY: none of its own
} dcat_terms;

// The terms of members [member_count] of servers [S]. Writes who works into workers
// [member_count], in the order of members: all of them, unless some opt out. Where all would, all
// work, and the limit is above the start price.
DCAT_API dcat_terms dcat_share_terms(const dcat_share_rules *rules, const dcat_member *servers,
                                     const int32_t *members, size_t member_count, int32_t *workers);

// A whole amount >= 0 of the smallest coin in proportion to weights whose sum is > 0, exactly:
// floor shares, and what is left one coin each by largest remainder, ties to the lower index. share
// [count] adds up to the amount. 128 bits inside. O(count^2).
DCAT_API void dcat_share_split(int64_t amount, const uint64_t *weight, size_t count,
                               int64_t *share);

#ifdef __cplusplus
}
#endif
#endif
