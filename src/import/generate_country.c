// SPDX-License-Identifier: Apache-2.0
// Where things are in a synthetic country: cities, areas around them, servers around areas.

#include "import/generate.h"

#include "dcat/rng.h"
#include <math.h>
#include <stdlib.h>

// What the draws are for. The parts of DCAT_STREAM_SITES below 16 are the world's own.
enum { PART_CITY = 16, PART_AREA, PART_AREA_KIND, PART_SERVER, PART_SERVER_KIND };

#define CITY_EVERY_KM 100.0
#define CITY_RADIUS_KM_MIN 5.0
#define CITY_RADIUS_KM_MAX 30.0
#define DISTRICT_RADIUS_KM 8.0
#define SPEED_GHZ_MIN 200
#define SPEED_GHZ_STEP 5
#define SPEED_STEPS 21 // to 300 GHz

// --- Sizes

static size_t at_least(size_t value, size_t least)
{
    return value < least ? least : value;
}

static size_t at_most(size_t value, size_t most)
{
    return value > most ? most : value;
}

static dcat_status check(const generate_config *c, dcat_error *err)
{
    if (c->server_count < 1 || c->server_count > GENERATE_SERVER_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "servers must be in [1, %d], got %zu",
                         GENERATE_SERVER_MAX, c->server_count);
    }
    if (c->area_count > GENERATE_AREA_MAX) {
        return dcat_fail(err, DCAT_ERR_RANGE, "areas must be in [1, %d], got %zu",
                         GENERATE_AREA_MAX, c->area_count);
    }
    if (!(c->side_km == 0.0 || (c->side_km >= 1.0 && c->side_km <= GENERATE_SIDE_KM_MAX))) {
        return dcat_fail(err, DCAT_ERR_RANGE, "size-km must be in [1, %g], got %g",
                         GENERATE_SIDE_KM_MAX, c->side_km);
    }
    return DCAT_OK;
}

dcat_status generate_config_complete(generate_config *config, dcat_error *err)
{
    dcat_status status = check(config, err);
    if (status != DCAT_OK) {
        return status;
    }
    generate_config c = *config;
    if (c.area_count == 0) {
        c.area_count =
            at_most(at_least(at_least(c.server_count / 20, 5), c.city_count), GENERATE_AREA_MAX);
    }
    if (c.city_count == 0) {
        c.city_count =
            at_most(at_most(at_least(c.area_count / 2, 5), c.area_count), c.server_count);
    }
    if (c.city_count > c.area_count || c.city_count > c.server_count) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "every city has a server and an area: cities must be at most %zu, got %zu",
                         at_most(c.area_count, c.server_count), c.city_count);
    }
    if (c.side_km == 0.0) {
        c.side_km = fmin(round(CITY_EVERY_KM * sqrt((double)c.city_count)), GENERATE_SIDE_KM_MAX);
    }
    *config = c;
    return DCAT_OK;
}

// --- Cities

// Zipf's law as Mandelbrot wrote it: size falls as 1 / (rank + shift). Choice: the shift is a
// hundredth of the cities. With none the largest city would hold a tenth of any country, and a
// world of 100 000 servers would be one place of 10 000.
static void size_cities(generate_country *country)
{
    size_t count = country->config.city_count;
    double shift = (double)count / 100.0, sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        country->cities[i].size = 1.0 / ((double)(i + 1) + shift);
        sum += country->cities[i].size;
    }
    for (size_t i = 0; i < count; i++) {
        country->cities[i].size /= sum;
    }
}

// Part of `total` things that the first i cities have together: one each, the others by size.
// Rounding the sum instead of each part keeps the total.
static size_t share_before(size_t total, size_t city_count, size_t i, double size_before)
{
    if (i == city_count) {
        return total;
    }
    return i + at_most((size_t)((double)(total - city_count) * size_before), total - city_count);
}

static void place_cities(generate_country *country)
{
    const generate_config *c = &country->config;
    double size_before = 0.0, size_max = country->cities[0].size;
    for (size_t i = 0; i <= c->city_count; i++) {
        generate_city *city = &country->cities[i];
        city->area_first = share_before(c->area_count, c->city_count, i, size_before);
        city->server_first = share_before(c->server_count, c->city_count, i, size_before);
        dcat_draw draw = dcat_draw_at(c->seed, DCAT_STREAM_SITES, PART_CITY, 0, 0, (uint32_t)i);
        city->x_km = c->side_km * dcat_draw_uniform(&draw, 0);
        city->y_km = c->side_km * dcat_draw_uniform(&draw, 1);
        // People live about equally dense: area goes with size.
        city->radius_km = CITY_RADIUS_KM_MIN +
                          (CITY_RADIUS_KM_MAX - CITY_RADIUS_KM_MIN) * sqrt(city->size / size_max);
        size_before += city->size;
    }
}

// --- Areas and servers

// A point of the disc around a centre, uniform; moved to the nearest point of the country.
static void draw_around(const generate_config *c, uint32_t part, size_t index, double radius_km,
                        double *x_km, double *y_km)
{
    dcat_rng rng = dcat_rng_at(c->seed, DCAT_STREAM_SITES, part, (uint32_t)index);
    double x, y;
    do { // of the square around the disc 79 % is in it
        x = 2.0 * dcat_rng_uniform(&rng) - 1.0;
        y = 2.0 * dcat_rng_uniform(&rng) - 1.0;
    } while (x * x + y * y > 1.0);
    *x_km = fmin(fmax(*x_km + radius_km * x, 0.0), c->side_km);
    *y_km = fmin(fmax(*y_km + radius_km * y, 0.0), c->side_km);
}

static void place_areas(generate_country *country)
{
    const generate_config *c = &country->config;
    for (size_t i = 0; i < c->city_count; i++) {
        const generate_city *city = &country->cities[i];
        size_t end = country->cities[i + 1].area_first;
        double mean = city->size / (double)(end - city->area_first);
        for (size_t a = city->area_first; a < end; a++) {
            generate_area *area = &country->areas[a];
            dcat_draw draw =
                dcat_draw_at(c->seed, DCAT_STREAM_SITES, PART_AREA_KIND, 0, 0, (uint32_t)a);
            *area = (generate_area){
                .x_km = city->x_km,
                .y_km = city->y_km,
                .demand = mean * (double)c->area_count * (0.5 + dcat_draw_uniform(&draw, 0)),
                .home_share = dcat_draw_uniform(&draw, 1),
                .city = i,
            };
            draw_around(c, PART_AREA, a, city->radius_km, &area->x_km, &area->y_km);
        }
    }
}

static void place_servers(generate_country *country)
{
    const generate_config *c = &country->config;
    for (size_t i = 0; i < c->city_count; i++) {
        const generate_city *city = &country->cities[i], *next = &country->cities[i + 1];
        uint32_t area_count = (uint32_t)(next->area_first - city->area_first);
        for (size_t s = city->server_first; s < next->server_first; s++) {
            generate_server *server = &country->servers[s];
            dcat_draw draw =
                dcat_draw_at(c->seed, DCAT_STREAM_SITES, PART_SERVER_KIND, 0, 0, (uint32_t)s);
            server->area = city->area_first + dcat_pick(dcat_draw_u64(&draw, 0), area_count);
            server->speed_ghz =
                SPEED_GHZ_MIN +
                SPEED_GHZ_STEP * (int)dcat_pick(dcat_draw_u64(&draw, 1), SPEED_STEPS);
            server->x_km = country->areas[server->area].x_km;
            server->y_km = country->areas[server->area].y_km;
            draw_around(c, PART_SERVER, s, DISTRICT_RADIUS_KM, &server->x_km, &server->y_km);
        }
    }
}

// --- Together

dcat_status generate_country_make(const generate_config *config, generate_country *country,
                                  dcat_error *err)
{
    *country = (generate_country){.config = *config};
    generate_config *c = &country->config;
    dcat_status status = generate_config_complete(c, err);
    if (status != DCAT_OK) {
        return status;
    }
    country->cities = calloc(c->city_count + 1, sizeof *country->cities);
    country->areas = calloc(c->area_count, sizeof *country->areas);
    country->servers = calloc(c->server_count, sizeof *country->servers);
    if (country->cities == NULL || country->areas == NULL || country->servers == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for %zu servers", c->server_count);
    }
    size_cities(country);
    place_cities(country);
    place_areas(country);
    place_servers(country);
    return generate_backbone(country, err);
}

void generate_country_free(generate_country *country)
{
    free(country->cities);
    free(country->areas);
    free(country->servers);
    free(country->links);
    *country = (generate_country){0};
}
