// SPDX-License-Identifier: Apache-2.0
// Which names a map shows and on which side, and which colours its clusters get.

#include "report/map/scene.h"

#include "file/write_text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_TEXT_SIZE 64
#define LABEL_MAX 120 // more names than this are noise

typedef struct box {
    double left, right, top, bottom; // pixels; top < bottom
} box;

static bool overlap(const box *a, const box *b)
{
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

// Box of a label of text_width characters beside a point.
static box label_box(double x, double y, double width, map_label_place place)
{
    const double gap = place.gap;
    const double half = 6.0; // half a line's height
    switch (place.side) {
    case MAP_LABEL_LEFT:
        return (box){x - gap - width, x - gap, y - half, y + half};
    case MAP_LABEL_ABOVE:
        return (box){x - width / 2, x + width / 2, y - gap - 2 * half, y - gap};
    case MAP_LABEL_BELOW:
        return (box){x - width / 2, x + width / 2, y + gap, y + gap + 2 * half};
    case MAP_LABEL_NONE:
    case MAP_LABEL_RIGHT:
        break;
    }
    return (box){x + gap, x + gap + width, y - half, y + half};
}

// Labels by weight, descending; equal ones by index.
static void order_by_weight(const map_scene *scene, size_t *order)
{
    for (size_t i = 0; i < scene->label_count; i++) {
        size_t place = i;
        while (place > 0 && scene->labels[order[place - 1]].weight < scene->labels[i].weight) {
            order[place] = order[place - 1];
            place--;
        }
        order[place] = i;
    }
}

typedef struct label_plan {
    const map_frame *frame;
    double x_scale, y_scale; // pixels per unit
    int width, height;
    box *taken;
    size_t taken_count;
} label_plan;

static bool is_free(const label_plan *plan, const box *own)
{
    if (own->left < 0 || own->right > plan->width || own->top < 0 || own->bottom > plan->height) {
        return false;
    }
    for (size_t i = 0; i < plan->taken_count; i++) {
        if (overlap(own, &plan->taken[i])) {
            return false;
        }
    }
    return true;
}

// The first free place, near before far: many servers may stand around a busy city.
static map_label_place place_one(label_plan *plan, const map_label *label)
{
    static const double gaps[] = {6.0, 12.0, 18.0};
    char text[LABEL_TEXT_SIZE];
    text_for_gnuplot(label->name, text, sizeof text);
    double x = (label->at.x - plan->frame->x_min) * plan->x_scale;
    double y = (plan->frame->y_max - label->at.y) * plan->y_scale;
    double width = 6.4 * (double)text_width(text);
    for (size_t g = 0; g < sizeof gaps / sizeof gaps[0]; g++) {
        for (map_label_side side = MAP_LABEL_RIGHT; side <= MAP_LABEL_BELOW; side++) {
            map_label_place place = {side, gaps[g]};
            box own = label_box(x, y, width, place);
            if (is_free(plan, &own)) {
                plan->taken[plan->taken_count++] = own;
                return place;
            }
        }
    }
    return (map_label_place){MAP_LABEL_NONE, 0.0};
}

dcat_status map_labels_place(const map_scene *scene, const map_frame *frame, int width, int height,
                             map_label_place *places, dcat_error *err)
{
    size_t count = scene->label_count;
    memset(places, 0, sizeof *places * count);
    if (count == 0 || count > LABEL_MAX) {
        return DCAT_OK;
    }
    size_t *order = calloc(count, sizeof *order);
    box *taken = calloc(count + scene->server_count, sizeof *taken);
    if (order == NULL || taken == NULL) {
        free(order);
        free(taken);
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    label_plan plan = {.frame = frame, .width = width, .height = height, .taken = taken};
    plan.x_scale = width / (frame->x_max - frame->x_min);
    plan.y_scale = height / (frame->y_max - frame->y_min);
    // The servers' dots stay readable too.
    for (size_t i = 0; i < scene->server_count; i++) {
        double x = (scene->servers[i].at.x - frame->x_min) * plan.x_scale;
        double y = (frame->y_max - scene->servers[i].at.y) * plan.y_scale;
        taken[plan.taken_count++] = (box){x - 4, x + 4, y - 4, y + 4};
    }
    order_by_weight(scene, order);
    for (size_t i = 0; i < count; i++) {
        places[order[i]] = place_one(&plan, &scene->labels[order[i]]);
    }
    free(order);
    free(taken);
    return DCAT_OK;
}

// --- Colours

// Clusters to look back at. Choice: of thousands the nearest are not all among these, but then
// colours say little anyway.
#define LOOK_BACK_MAX 500

// The colour that is farthest from its next use among the clusters before k.
static int farthest_colour(const dcat_site *centres, const int *colours, int32_t k)
{
    double nearest[FIGURE_COLOUR_COUNT];
    for (int c = 0; c < FIGURE_COLOUR_COUNT; c++) {
        nearest[c] = INFINITY;
    }
    for (int32_t j = k > LOOK_BACK_MAX ? k - LOOK_BACK_MAX : 0; j < k; j++) {
        if (colours[j] >= 0) {
            double distance = hypot(centres[j].x - centres[k].x, centres[j].y - centres[k].y);
            nearest[colours[j]] = fmin(nearest[colours[j]], distance);
        }
    }
    int best = 0;
    for (int c = 1; c < FIGURE_COLOUR_COUNT; c++) {
        best = nearest[c] > nearest[best] ? c : best;
    }
    return best;
}

dcat_status map_colours_choose(const map_scene *scene, int *colours, dcat_error *err)
{
    size_t count = (size_t)scene->cluster_count;
    dcat_site *centres = calloc(count + 1, sizeof *centres);
    size_t *members = calloc(count + 1, sizeof *members);
    if (centres == NULL || members == NULL) {
        free(centres);
        free(members);
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < scene->server_count; i++) {
        const map_server *server = &scene->servers[i];
        centres[server->cluster].x += server->at.x;
        centres[server->cluster].y += server->at.y;
        members[server->cluster]++;
    }
    for (int32_t k = 0; k < scene->cluster_count; k++) {
        if (members[k] > 0) {
            centres[k].x /= (double)members[k];
            centres[k].y /= (double)members[k];
        }
        colours[k] = members[k] < 2 ? -1 : farthest_colour(centres, colours, k);
    }
    free(centres);
    free(members);
    return DCAT_OK;
}
