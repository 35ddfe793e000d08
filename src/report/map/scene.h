// SPDX-License-Identifier: Apache-2.0
// scene.h - what a map shows, in the units it shows it in: kilometres on a plane, or degrees.

#ifndef DCAT_REPORT_MAP_SCENE_H
#define DCAT_REPORT_MAP_SCENE_H

#include "dcat/x/report.h"
#include "report/figure/gnuplot.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct map_server {
    dcat_site at;
    double speed_ghz;
    int32_t cluster;
    int32_t device;     // of its first unit that is no CPU; -1: it has none
    const char *called; // that device; NULL: none
} map_server;

typedef struct map_area {
    dcat_site at;
    double arrivals_per_slot;
    const char *name; // borrowed
} map_area;

typedef struct map_link {
    dcat_site a, b;
} map_link;

// A name on the map: of a node (a city) where the network has nodes, otherwise of an area.
typedef struct map_label {
    dcat_site at;
    const char *name; // borrowed
    double weight;    // arrivals per slot there; heavier names are placed first
} map_label;

// All zero is an empty scene.
typedef struct map_scene {
    // Longitude and latitude in degrees; otherwise kilometres. Longitudes go on beyond 180 where
    // what is shown lies around the antimeridian.
    bool geographic;
    map_server *servers;
    size_t server_count;
    map_area *areas;
    size_t area_count;
    map_link *links;
    size_t link_count;
    map_label *labels;
    size_t label_count;
    int32_t cluster_count;
} map_scene;

// Errors: ERR_MEMORY. Names are borrowed from the scenario. Release with map_scene_free.
dcat_status map_scene_create(const dcat_cluster_report *report, map_scene *scene, dcat_error *err);
void map_scene_free(map_scene *scene);

// The part of the plane a map covers, with a margin around everything that is on it.
typedef struct map_frame {
    double x_min, x_max, y_min, y_max;
    double x_per_y; // how many units of x are as long as one of y: 1 / cos(latitude) for degrees
} map_frame;
map_frame map_scene_frame(const map_scene *scene);

// Where names go so that none covers another or a server; the heaviest first.
typedef enum map_label_side {
    MAP_LABEL_NONE = 0, // no free place
    MAP_LABEL_RIGHT,
    MAP_LABEL_LEFT,
    MAP_LABEL_ABOVE,
    MAP_LABEL_BELOW,
} map_label_side;

typedef struct map_label_place {
    map_label_side side;
    double gap; // from the spot, pixels
} map_label_place;

// places is [label_count]. width and height are those of the picture, pixels. Errors: ERR_MEMORY.
dcat_status map_labels_place(const map_scene *scene, const map_frame *frame, int width, int height,
                             map_label_place *places, dcat_error *err);

// A colour index per cluster so that near clusters differ as far as colours last; -1 for a cluster
// of one server. colours is [cluster_count]. Errors: ERR_MEMORY.
dcat_status map_colours_choose(const map_scene *scene, int *colours, dcat_error *err);

// What a map shows, in words.
void map_scene_say(const map_scene *scene, char *text, size_t size);

// Draw a scene.
#define MAP_CAPTION                                                                                \
    "Servers of one colour that share an outline act as one cluster; grey ones stay alone."
#define MAP_FILE_WIDTH 900
dcat_status map_scene_draw(const map_scene *scene, const figure_canvas *canvas, figure_image *image,
                           dcat_error *err);

#endif
