// What each auction promises, and under which settings.

#include "audit/audit.h"

#include <assert.h>

const char *dcat_audit_promise_name(dcat_audit_promise promise)
{
    static const char *const names[DCAT_PROMISE_COUNT] = {
        [DCAT_PROMISE_TRUTHFUL_CLUSTERS] = "no lie of a cluster pays",
        [DCAT_PROMISE_TRUTHFUL_MEMBERS] = "no lie of a member pays",
        [DCAT_PROMISE_PLATFORM] = "platform never pays more than the fee",
        [DCAT_PROMISE_USERS] = "users never pay more than the value",
        [DCAT_PROMISE_CLUSTERS] = "clusters never below cost",
        [DCAT_PROMISE_MEMBERS] = "members never below cost",
    };
    assert((unsigned)promise < DCAT_PROMISE_COUNT);
    return names[promise];
}

// One row per auction. Members are safe and truthful where the limit is the dearest member's cost:
// a cluster then takes no price that hurts one of them, so a lie can only lose it good tasks. Where
// the limit is the mean, a dear member would rather have its cluster stay away, and says so.
static const bool promises[DCAT_AUCTION_KIND_COUNT][DCAT_PROMISE_COUNT] = {
    //                       truthful:
    //                       clusters members platform users clusters members
    [DCAT_AUCTION_REA] = {true, false, true, true, true, false},
    [DCAT_AUCTION_ONE_OFF] = {true, false, true, true, true, false},
    [DCAT_AUCTION_REA_S] = {true, true, true, true, true, true},
    [DCAT_AUCTION_VICKREY] = {true, true, true, true, true, true},
    [DCAT_AUCTION_POSTED] = {true, true, true, true, true, true},
};

bool dcat_audit_promises(dcat_auction_kind kind, const dcat_auction_config *config,
                         dcat_audit_promise promise)
{
    assert((unsigned)kind < DCAT_AUCTION_KIND_COUNT && (unsigned)promise < DCAT_PROMISE_COUNT);
    // The lottery among those who left together pays the price before. Who could win one cut later
    // may do better to leave with the others and draw for the higher price.
    if (kind == DCAT_AUCTION_REA && config->rea_all_left == DCAT_END_LOTTERY &&
        promise == DCAT_PROMISE_TRUTHFUL_CLUSTERS) {
        return false;
    }
    return promises[kind][promise];
}

bool dcat_audit_failed(const dcat_audit_auction *result)
{
    for (int p = 0; p < DCAT_PROMISE_COUNT; p++) {
        if (result->promised[p] && result->broken[p]) {
            return true;
        }
    }
    return false;
}
