// SPDX-License-Identifier: Apache-2.0
// heads and surplus: shares as a plug-in. heads pays a part of every payment by head and the rest
// by load, `?part=P` with P in [0, 1], 1 without it: posted parts, so nobody loses and no lie pays.
// surplus pays each member what it says its work costs and an equal part of what is left. It
// claims that no lie pays, and `dcat audit` finds out.
//
//   cc -O2 -shared -fPIC $(pkg-config --cflags dcat) heads.c -o heads.so
//   dcat audit paper --auction rea-s --set 'market.share=plugin=./heads.so?part=0.3'
//   dcat audit paper --auction rea-s --set 'market.share=plugin=./heads.so#surplus'

#include "dcat/plugin.h"
#include <stdlib.h>
#include <string.h>

static dcat_status open_heads(const dcat_plugin_host *host, const char *arguments, void **self,
                              dcat_error *err)
{
    double part = 1.0;
    if (arguments[0] != '\0') {
        char *end = NULL;
        part = strncmp(arguments, "part=", 5) == 0 ? strtod(arguments + 5, &end) : -1.0;
        if (!(end != NULL && end != arguments + 5 && *end == '\0' && part >= 0.0 && part <= 1.0)) {
            return host->fail(err, DCAT_ERR_FIELD, "heads takes part=P with P in [0, 1], got '%s'",
                              arguments);
        }
    }
    double *kept = malloc(sizeof *kept);
    if (kept == NULL) {
        return host->fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    *kept = part;
    *self = kept;
    return DCAT_OK;
}

// --- heads

static double pay_by_heads(void *self, const dcat_share_team *team, const dcat_member *member,
                           double work_cycles, double payment)
{
    (void)work_cycles;
    double part = *(const double *)self, load = member->speed_hz / team->speed_hz;
    return payment * (part / (double)team->member_count + (1.0 - part) * load);
}

// A member of load w gets P (part / n + (1 - part) w) and has costs of w c: it is covered from
// P = c / (part / (n w) + 1 - part) on, and the cluster accepts what all of them accept.
static double limit_of_heads(void *self, const dcat_share_team *team, const dcat_member *servers,
                             const int32_t *workers)
{
    double part = *(const double *)self, limit = 0.0;
    for (size_t m = 0; m < team->member_count; m++) {
        const dcat_member *member = &servers[workers[m]];
        double heads = (double)team->member_count * (member->speed_hz / team->speed_hz);
        double needed = member->unit_cost / (part / heads + (1.0 - part));
        limit = needed > limit ? needed : limit;
    }
    return limit;
}

static const dcat_plugin_share heads = {
    .size = sizeof heads,
    .name = "heads",
    .summary = "pay by head, and by load; limit of the member that gets least beside its cost",
    .promises = 1u << DCAT_PROMISE_TRUTHFUL_MEMBERS | 1u << DCAT_PROMISE_MEMBERS,
    .open = open_heads,
    .close = free,
    .unit_limit = limit_of_heads,
    .pay = pay_by_heads,
};

// --- surplus

static double pay_surplus(void *self, const dcat_share_team *team, const dcat_member *member,
                          double work_cycles, double payment)
{
    (void)self;
    double cost = work_cycles * (member->speed_hz / team->speed_hz) * member->unit_cost;
    return cost + (payment - work_cycles * team->unit_cost_mean) / (double)team->member_count;
}

static double limit_of_surplus(void *self, const dcat_share_team *team, const dcat_member *servers,
                               const int32_t *workers)
{
    (void)self;
    (void)servers;
    (void)workers;
    return team->unit_cost_mean;
}

static const dcat_plugin_share surplus = {
    .size = sizeof surplus,
    .name = "surplus",
    .summary = "own cost and an equal part of the surplus; limit of the mean cost",
    .promises = 1u << DCAT_PROMISE_TRUTHFUL_MEMBERS | 1u << DCAT_PROMISE_MEMBERS,
    .unit_limit = limit_of_surplus,
    .pay = pay_surplus,
};

// --- the plug-in

static const dcat_plugin_share *const shares[] = {&heads, &surplus, NULL};

const dcat_plugin *dcat_plugin_entry(const dcat_plugin_host *host, dcat_error *err);
const dcat_plugin *dcat_plugin_entry(const dcat_plugin_host *host, dcat_error *err)
{
    (void)host;
    (void)err;
    static const dcat_plugin plugin = {.size = sizeof plugin,
                                       .abi = DCAT_PLUGIN_ABI,
                                       .name = "heads",
                                       .version = "1.0",
                                       .license = "Apache-2.0",
                                       .shares = shares};
    return &plugin;
}
