// SPDX-License-Identifier: Apache-2.0
// The units of a server as an event has them: an array of numbers each, in the order of pools.
#include "exchange/store/body.h"
#include "exchange/store/scan.h"

enum { WHOLES = 7, REALS = 4 }; // its pool and its members

static void add_unit(body_text *body, int32_t pool, const exchange_unit *u)
{
    const int64_t wholes[WHOLES] = {pool,         u->device,   u->count, u->tariff_per,
                                    u->own_costs, u->speed_hz, u->tariff};
    const double reals[REALS] = {u->energy_cost, u->time_cost_per_s, u->exact_hz, u->exact_tariff};
    for (size_t i = 0; i < WHOLES; i++) {
        body_add(body, i == 0 ? "[" : ",");
        body_number(body, wholes[i]);
    }
    for (size_t i = 0; i < REALS; i++) {
        body_add(body, ",");
        body_real(body, reals[i]);
    }
    body_add(body, "]");
}

void body_units_write(body_text *body, const exchange_event *event)
{
    static const exchange_unit none;
    bool some = false;
    for (int32_t pool = 0; pool < DCAT_POOL_COUNT; pool++) {
        if (!exchange_unit_is_same(&event->units[pool], &none)) {
            body_add(body, some ? "," : ",\"units\":[");
            add_unit(body, pool, &event->units[pool]);
            some = true;
        }
    }
    body_add(body, some ? "]" : "");
}

static void read_unit(scan_text text, exchange_event *event)
{
    int64_t wholes[WHOLES] = {0};
    double reals[REALS] = {0.0};
    scan_text number;
    size_t at = 0;
    for (size_t i = 0; i < WHOLES + REALS && scan_next(text, &at, &number); i++) {
        if (i < WHOLES) {
            wholes[i] = scan_number(number);
        } else {
            reals[i - WHOLES] = scan_real(number);
        }
    }
    if (wholes[0] >= 0 && wholes[0] < DCAT_POOL_COUNT) {
        event->units[wholes[0]] = (exchange_unit){.device = (int32_t)wholes[1],
                                                  .count = (int32_t)wholes[2],
                                                  .tariff_per = (int32_t)wholes[3],
                                                  .own_costs = (int32_t)wholes[4],
                                                  .speed_hz = wholes[5],
                                                  .tariff = wholes[6],
                                                  .energy_cost = reals[0],
                                                  .time_cost_per_s = reals[1],
                                                  .exact_hz = reals[2],
                                                  .exact_tariff = reals[3]};
    }
}

void body_units_read(const scan_object *data, exchange_event *event)
{
    scan_text units = scan_find(data, "units"), unit;
    for (size_t at = 0; scan_next(units, &at, &unit);) {
        read_unit(unit, event);
    }
}
