// SPDX-License-Identifier: Apache-2.0
// The backbone of a synthetic country.
//
// Two cities are joined unless a third is closer to both than they are to each other. Nearly every
// pair has such a third among the nearest cities of one of them, so few pairs look at all cities:
// about the square of their number, a second for 10 000.

#include "import/generate.h"

#include "file/read_array.h"
#include <math.h>

#define NEAR_MAX 16

typedef struct near_cities { // of one city, nearest first
    size_t city[NEAR_MAX];
    double square[NEAR_MAX];
    size_t count;
} near_cities;

static double square_km(const generate_city *a, const generate_city *b)
{
    double x = a->x_km - b->x_km, y = a->y_km - b->y_km;
    return x * x + y * y;
}

static void find_near(const generate_country *country, size_t city, near_cities *near)
{
    near->count = 0;
    for (size_t k = 0; k < country->config.city_count; k++) {
        double square = square_km(&country->cities[city], &country->cities[k]);
        if (k == city || (near->count == NEAR_MAX && square >= near->square[NEAR_MAX - 1])) {
            continue;
        }
        size_t at = near->count < NEAR_MAX ? near->count++ : NEAR_MAX - 1;
        for (; at > 0 && near->square[at - 1] > square; at--) {
            near->city[at] = near->city[at - 1];
            near->square[at] = near->square[at - 1];
        }
        near->city[at] = k;
        near->square[at] = square;
    }
}

// Whether some city is closer to a and to b than they are to each other.
static bool is_parted(const generate_country *country, const near_cities *near, size_t a, size_t b)
{
    const generate_city *cities = country->cities;
    double square = square_km(&cities[a], &cities[b]);
    for (size_t i = 0; i < near->count && near->square[i] < square; i++) {
        if (square_km(&cities[near->city[i]], &cities[b]) < square) {
            return true;
        }
    }
    if (near->count < NEAR_MAX || near->square[NEAR_MAX - 1] >= square) {
        return false; // all that are closer to a have been seen
    }
    for (size_t k = 0; k < country->config.city_count; k++) {
        if (square_km(&cities[a], &cities[k]) < square &&
            square_km(&cities[b], &cities[k]) < square) {
            return true;
        }
    }
    return false;
}

dcat_status generate_backbone(generate_country *country, dcat_error *err)
{
    for (size_t a = 0; a < country->config.city_count; a++) {
        near_cities near;
        find_near(country, a, &near);
        for (size_t b = a + 1; b < country->config.city_count; b++) {
            if (is_parted(country, &near, a, b)) {
                continue;
            }
            dcat_status status = array_room(&country->links, &country->link_capacity,
                                            country->link_count + 1, sizeof *country->links, err);
            if (status != DCAT_OK) {
                return status;
            }
            country->links[country->link_count++] = (generate_link){.city_a = a, .city_b = b};
        }
    }
    return DCAT_OK;
}
