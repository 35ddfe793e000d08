// SPDX-License-Identifier: Apache-2.0
#include "exchange/core/exchange.h"

#include <math.h>
#include <string.h>

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define DAY (86400 * SECOND)
// Choice: by default a user may spend what 10^8 giga-cycles cost in an hour, which is as much work
// as about 28 servers of 1 000 giga-cycles a second do; at 5e-6 yuan a giga-cycle that is 500 yuan.
#define SPEND_CAP_GIGACYCLES 1e8

// Choice: the times of EXCHANGE's three uses. demo is the paper's clock; inference has short slots,
// since a wait for the slot comes off the deadline; batch decides once a minute.
static const struct {
    const char *name;
    int64_t slot_ns, ack_ns, gang_ns, heartbeat_ns;
    exchange_pricing pricing;
} presets[] = {
    {"demo", SECOND, 2 * SECOND, SECOND, 15 * SECOND, EXCHANGE_SPREAD},
    {"inference", 100 * MS, SECOND, 100 * MS, 6 * SECOND, EXCHANGE_PASS_THROUGH},
    {"batch", 60 * SECOND, 300 * SECOND, 60 * SECOND, 90 * SECOND, EXCHANGE_PASS_THROUGH},
};

dcat_money exchange_spend_cap(double price_per_gigacycle)
{
    dcat_money cap = dcat_money_fee(SPEND_CAP_GIGACYCLES * price_per_gigacycle);
    return cap < DCAT_MONEY_MAX ? cap : DCAT_MONEY_MAX;
}

bool exchange_config_preset(const char *name, exchange_config *config)
{
    const dcat_market_config market = dcat_world_config_default().market;
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        if (strcmp(name, presets[i].name) == 0) {
            *config = (exchange_config){
                .slot_ns = presets[i].slot_ns,
                .ack_ns = presets[i].ack_ns,
                .gang_ns = presets[i].gang_ns,
                .grace_ns = 30 * SECOND,
                .heartbeat_ns = presets[i].heartbeat_ns,
                .dispute_ns = DAY,
                .price_per_gigacycle = market.price_per_gigacycle,
                .urgency_s = market.urgency_s,
                .pricing = presets[i].pricing,
                .commission_bp = presets[i].pricing == EXCHANGE_PASS_THROUGH ? 500 : 0,
                .late = {{.over_bp = 0, .credit_bp = EXCHANGE_BASIS}},
                .rung_count = 1,
                .provider_bears_bp = EXCHANGE_BASIS,
                .area_count = 1,
                .party_max = 1000,
                .key_max = 4000,
                .server_max = 1000,
                .task_max = 1000,
                .part_max = 4000,
                .slot_task_max = 1000,
                .payout_max = 1000,
                .spend_cap = exchange_spend_cap(market.price_per_gigacycle),
                .payout_ns = 7 * DAY,
                .payout_min = DCAT_MONEY_UNIT,
            };
            return true;
        }
    }
    return false;
}

static dcat_status check_times(const exchange_config *config, dcat_error *err)
{
    const struct {
        const char *name;
        int64_t ns;
    } times[] = {
        {"slot_ns", config->slot_ns},           {"ack_ns", config->ack_ns},
        {"gang_ns", config->gang_ns},           {"grace_ns", config->grace_ns},
        {"heartbeat_ns", config->heartbeat_ns}, {"dispute_ns", config->dispute_ns},
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (times[i].ns < 1 || times[i].ns > EXCHANGE_TIME_MAX / 16) {
            return dcat_fail(err, DCAT_ERR_RANGE, "%s must be in [1, %lld], got %lld",
                             times[i].name, (long long)(EXCHANGE_TIME_MAX / 16),
                             (long long)times[i].ns);
        }
    }
    return DCAT_OK;
}

static dcat_status check_basis(const char *name, int32_t bp, dcat_error *err)
{
    return bp >= 0 && bp <= EXCHANGE_BASIS
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_RANGE, "%s must be in [0, %d], got %d", name,
                           EXCHANGE_BASIS, bp);
}

static dcat_status check_money(const exchange_config *config, dcat_error *err)
{
    if (!(config->price_per_gigacycle > 0.0 && isfinite(config->price_per_gigacycle))) {
        return dcat_fail(err, DCAT_ERR_RANGE, "price_per_gigacycle must be > 0, got %g",
                         config->price_per_gigacycle);
    }
    if (!(config->urgency_s >= 0.0 && isfinite(config->urgency_s))) {
        return dcat_fail(err, DCAT_ERR_RANGE, "urgency_s must be >= 0, got %g", config->urgency_s);
    }
    if (config->pricing != EXCHANGE_SPREAD && config->pricing != EXCHANGE_PASS_THROUGH) {
        return dcat_fail(err, DCAT_ERR_RANGE, "pricing must be spread or pass-through, got %d",
                         (int)config->pricing);
    }
    const struct {
        const char *name;
        int64_t value;
    } amounts[] = {{"spend_cap", config->spend_cap},   {"payout_ns", config->payout_ns},
                   {"payout_min", config->payout_min}, {"bond", config->bond},
                   {"bond_ns", config->bond_ns},       {"canary_ns", config->canary_ns}};
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        if (amounts[i].value < 0 || amounts[i].value > DCAT_MONEY_MAX) {
            return dcat_fail(err, DCAT_ERR_RANGE, "%s must be in [0, 1e18], got %lld",
                             amounts[i].name, (long long)amounts[i].value);
        }
    }
    dcat_status status = check_basis("commission_bp", config->commission_bp, err);
    if (status == DCAT_OK) {
        status = check_basis("provider_bears_bp", config->provider_bears_bp, err);
    }
    for (int i = 0; status == DCAT_OK && i < EXCHANGE_STRIKES; i++) {
        status = check_basis("forfeit_bp", config->forfeit_bp[i], err);
    }
    if (status == DCAT_OK && (config->rung_count < 0 || config->rung_count > EXCHANGE_RUNG_MAX)) {
        status = dcat_fail(err, DCAT_ERR_RANGE, "rung_count must be in [0, %d], got %d",
                           EXCHANGE_RUNG_MAX, config->rung_count);
    }
    for (int32_t i = 0; status == DCAT_OK && i < config->rung_count; i++) {
        const exchange_rung *rung = &config->late[i];
        status = check_basis("late.credit_bp", rung->credit_bp, err);
        if (status == DCAT_OK &&
            (rung->over_bp < 0 || (i > 0 && rung->over_bp <= config->late[i - 1].over_bp))) {
            status = dcat_fail(err, DCAT_ERR_RANGE, "late.over_bp must ascend from >= 0, got %d",
                               rung->over_bp);
        }
    }
    return status;
}

static dcat_status check_classes(const exchange_config *config, dcat_error *err)
{
    if (config->class_count < 0 || config->class_count > DCAT_CLASS_MAX ||
        config->device_count < (config->class_count > 0 ? 1 : 0) ||
        config->device_count > EXCHANGE_DEVICE_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "there must be up to %d classes of work and 1 to %d devices, got %d and "
                         "%d",
                         DCAT_CLASS_MAX, EXCHANGE_DEVICE_MAX, config->class_count,
                         config->device_count);
    }
    for (int32_t q = 0; q < config->class_count; q++) {
        const exchange_class *wanted = &config->classes[q];
        if (!(wanted->price_per_gigacycle > 0.0 && isfinite(wanted->price_per_gigacycle) &&
              wanted->urgency_s >= 0.0 && isfinite(wanted->urgency_s)) ||
            wanted->pool < 0 || wanted->pool >= DCAT_POOL_COUNT) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "class %d: price must be > 0, urgency >= 0, pool in [0, %d]", q,
                             DCAT_POOL_COUNT - 1);
        }
    }
    for (int32_t d = 0; d < config->device_count; d++) {
        const exchange_device *device = &config->devices[d];
        if (!(device->speed_hz > 0.0 && device->speed_hz < 9e15) || device->core_count < 1 ||
            device->pool < 0 || device->pool >= DCAT_POOL_COUNT) {
            return dcat_fail(err, DCAT_ERR_RANGE,
                             "device %d: speed must be in (0, 9e15), cores >= 1, pool in [0, %d]",
                             d, DCAT_POOL_COUNT - 1);
        }
    }
    return DCAT_OK;
}

dcat_status exchange_config_check(const exchange_config *config, dcat_error *err)
{
    dcat_status status = check_times(config, err);
    if (status == DCAT_OK) {
        status = check_money(config, err);
    }
    if (status == DCAT_OK) {
        status = check_classes(config, err);
    }
    const struct {
        const char *name;
        int32_t count, least;
    } counts[] = {
        {"area_count", config->area_count, 1},   {"party_max", config->party_max, 1},
        {"key_max", config->key_max, 1},         {"server_max", config->server_max, 1},
        {"task_max", config->task_max, 1},       {"part_max", config->part_max, 1},
        {"payout_max", config->payout_max, 0},   {"slot_task_max", config->slot_task_max, 1},
        {"cycle_first", config->cycle_first, 0}, {"node_count", config->node_count, 0},
        {"geometry", config->geometry, 0},
    };
    for (size_t i = 0; status == DCAT_OK && i < sizeof counts / sizeof *counts; i++) {
        if (counts[i].count < counts[i].least || counts[i].count > 100000000) {
            status = dcat_fail(err, DCAT_ERR_RANGE, "%s must be in [%d, 1e8], got %d",
                               counts[i].name, counts[i].least, counts[i].count);
        }
    }
    return status;
}
