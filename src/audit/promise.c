// SPDX-License-Identifier: Apache-2.0
// What an auction can promise, in words, and whether it was kept.

#include "audit/audit.h"

#include <assert.h>

const char *dcat_audit_promise_name(dcat_promise promise)
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

bool dcat_audit_failed(const dcat_audit_auction *result)
{
    for (int p = 0; p < DCAT_PROMISE_COUNT; p++) {
        if (result->promised[p] && result->broken[p]) {
            return true;
        }
    }
    return false;
}
