// SPDX-License-Identifier: Apache-2.0
#include "tune/levers.h"

#include "base/number_text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// --- the table

static const char *const orders[] = {
    [DCAT_ORDER_ARRIVAL] = "arrival", [DCAT_ORDER_URGENCY] = "urgency", NULL};

static double order_of(const dcat_world_config *config)
{
    return (double)config->market.task_order;
}

static const char *const ceilings[] = {
    [DCAT_CEILING_ON_BID] = "bid", [DCAT_CEILING_ON_LIMIT] = "limit", NULL};

static double ceiling_on_of(const dcat_world_config *config)
{
    return (double)config->market.ceiling_on;
}

static double handicap_of(const dcat_world_config *config)
{
    return config->market.handicap_per_gigacycle_s;
}

// A second of waiting weighs as much as the dearest server's work at most.
static tune_range handicap_range(const tune_scale *scale)
{
    return (tune_range){0.02 * scale->cost_max, scale->cost_max};
}

static double ceiling_of(const dcat_world_config *config)
{
    return config->auction.ceiling_per_cycle * 1e9;
}

// Choice: not below the dearest server, which would never sell again.
static tune_range ceiling_range(const tune_scale *scale)
{
    return (tune_range){scale->cost_max,
                        fmax(fmin(4.0 * scale->cost_max, scale->fee_max), 1.01 * scale->cost_max)};
}

static double admission_of(const dcat_world_config *config)
{
    return config->market.admission_per_gigacycle;
}

static tune_range admission_range(const tune_scale *scale)
{
    return (tune_range){0.1 * scale->fee_max, 0.9 * scale->fee_max};
}

static double admission_slope_of(const dcat_world_config *config)
{
    return config->market.admission_per_gigacycle_s;
}

// From a delay of many seconds for the dearest task to one of a second.
static tune_range admission_slope_range(const tune_scale *scale)
{
    return (tune_range){0.05 * scale->fee_max, scale->fee_max};
}

static bool has_tariffs(const dcat_world_config *config)
{
    return config->auction.share->by_tariff;
}

static double tariff_ceiling_of(const dcat_world_config *config)
{
    return config->auction.tariff_ceiling;
}

// Tariffs are about what servers cost.
static tune_range tariff_ceiling_range(const tune_scale *scale)
{
    (void)scale;
    return (tune_range){1.0, 1.5};
}

const tune_lever tune_levers[] = {
    {.key = "market.task_order", .words = orders, .of = order_of},
    {.key = "market.handicap_per_gigacycle_s",
     .off_at_zero = true,
     .moved = true,
     .of = handicap_of,
     .range = handicap_range},
    {.key = "market.ceiling_per_gigacycle",
     .moved = true,
     .of = ceiling_of,
     .range = ceiling_range},
    // Choice: b alone is moved, and with it the longest delay that every task allows.
    {.key = "market.admission_per_gigacycle",
     .off_at_zero = true,
     .of = admission_of,
     .range = admission_range},
    {.key = "market.admission_per_gigacycle_s",
     .off_at_zero = true,
     .moved = true,
     .of = admission_slope_of,
     .range = admission_slope_range},
    {.key = "market.tariff_ceiling",
     .moved = true,
     .applies = has_tariffs,
     .of = tariff_ceiling_of,
     .range = tariff_ceiling_range},
    // Choice: on bids a handicap is a cliff as well, and on limits it is the same without one. So
    // only the scenario's own settings have it on bids.
    {.key = "market.ceiling_on", .words = ceilings, .last_word = true, .of = ceiling_on_of},
};
const size_t tune_lever_count = sizeof tune_levers / sizeof tune_levers[0];
static_assert(sizeof tune_levers / sizeof tune_levers[0] <= DCAT_TUNE_LEVER_MAX,
              "room for all levers");

// --- settings

static double with_digits(double value, int digits)
{
    char text[DCAT_TUNE_VALUE_SIZE];
    snprintf(text, sizeof text, "%.*g", digits, value);
    return strtod(text, NULL);
}

// Without what the way to SI and back did to the last digits.
tune_setting tune_setting_of(const dcat_world_config *config)
{
    tune_setting setting = {{0.0}};
    for (size_t i = 0; i < tune_lever_count; i++) {
        setting.value[i] = with_digits(tune_levers[i].of(config), 9);
    }
    return setting;
}

bool tune_setting_same(const tune_setting *a, const tune_setting *b)
{
    for (size_t i = 0; i < tune_lever_count; i++) {
        if (a->value[i] != b->value[i]) {
            return false;
        }
    }
    return true;
}

double tune_rounded(double value)
{
    return with_digits(value, 3);
}

void tune_value_text(const tune_lever *lever, double value, char text[DCAT_TUNE_VALUE_SIZE])
{
    if (lever->words != NULL) {
        snprintf(text, DCAT_TUNE_VALUE_SIZE, "%s", lever->words[(size_t)value]);
    } else if (isinf(value)) {
        snprintf(text, DCAT_TUNE_VALUE_SIZE, "none");
    } else {
        char number[NUMBER_TEXT_SIZE];
        number_text(value, number);
        snprintf(text, DCAT_TUNE_VALUE_SIZE, "%.*s", DCAT_TUNE_VALUE_SIZE - 1, number);
    }
}
