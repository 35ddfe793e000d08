// SPDX-License-Identifier: Apache-2.0
// Demand of a synthetic country by the hour.
//
// Every area mixes two days, that of people at work and that of people at home; its clock is that
// of its longitude; weekends have less work and more home; and no two hours are quite alike.

#include "import/generate.h"

#include "dcat/rng.h"
#include <math.h>

enum { PART_DEMAND = 32 }; // of DCAT_STREAM_SITES

#define WEIGHT_MEAN 100.0  // whole numbers are fine enough, and small in the file
#define KM_PER_HOUR 1300.0 // that a clock differs by: 15 degrees of longitude at 38 degrees north
#define NOISE 0.1

// Shares of the daily mean by local hour, both with a mean of 1. Assumption: use of computing at
// work peaks in the late morning and the afternoon, at home in the evening.
static const double at_work[GENERATE_HOUR_COUNT] = {0.40, 0.35, 0.30, 0.30, 0.30, 0.35, 0.50, 0.75,
                                                    1.10, 1.50, 1.75, 1.70, 1.45, 1.55, 1.75, 1.75,
                                                    1.65, 1.45, 1.20, 1.00, 0.90, 0.80, 0.65, 0.55};
static const double at_home[GENERATE_HOUR_COUNT] = {0.80, 0.55, 0.40, 0.30, 0.30, 0.35, 0.50, 0.75,
                                                    0.85, 0.85, 0.90, 0.95, 1.05, 1.00, 0.95, 0.95,
                                                    1.00, 1.15, 1.40, 1.70, 1.90, 1.95, 1.90, 1.55};
#define WORK_WEEKEND 0.6
#define HOME_WEEKEND 1.15

static double at_hour(const double *shares, double hour)
{
    double whole = floor(hour), part = hour - whole;
    int first = (int)whole % GENERATE_HOUR_COUNT;
    return shares[first] * (1.0 - part) + shares[(first + 1) % GENERATE_HOUR_COUNT] * part;
}

long generate_demand(const generate_country *country, size_t area, int day, int hour)
{
    const generate_area *place = &country->areas[area];
    bool weekend = (day - 1) % 7 >= 5;
    double local_hour = (double)hour + place->x_km / KM_PER_HOUR; // the sun rises in the east
    double work = at_hour(at_work, local_hour) * (weekend ? WORK_WEEKEND : 1.0);
    double home = at_hour(at_home, local_hour) * (weekend ? HOME_WEEKEND : 1.0);
    dcat_draw draw = dcat_draw_at(country->config.seed, DCAT_STREAM_SITES, PART_DEMAND,
                                  (uint32_t)day, (uint32_t)hour, (uint32_t)area);
    double noise = 1.0 + NOISE * (2.0 * dcat_draw_uniform(&draw, 0) - 1.0);
    double share = (1.0 - place->home_share) * work + place->home_share * home;
    return lround(WEIGHT_MEAN * place->demand * share * noise);
}
