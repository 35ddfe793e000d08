// SPDX-License-Identifier: Apache-2.0
// Draw a map with gnuplot: links, demand, hulls, servers, names, in this order.

#include "base/number_text.h"
#include "dcat/x/file.h"
#include "report/map/scene.h"

#include "file/write_text.h"
#include "report/figure/fonts.h"
#include "report/figure/svg.h"
#include "report/map/antimeridian.h"
#include "report/map/hull.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CIRCLE_STEPS 20
#define SINGLE_COLOUR "#5f6368"
#define DEMAND_COLOUR "#c08400"

typedef struct map_drawing {
    const map_scene *scene;
    map_frame frame;
    int *colours;            // [cluster_count]
    map_label_place *places; // [label_count]
    size_t *first;           // [cluster_count + 1] into members
    size_t *members;         // [server_count] of every cluster, ascending
    dcat_site *points;       // scratch for hulls, with hull behind
    dcat_site *hull;
    font_gaps gaps;       // of names in pixels
    int width;            // of the picture
    double busiest;       // arrivals per slot
    int32_t device_count; // devices of servers are below it
    FILE *file;
} map_drawing;

static void put_site(FILE *file, double x, double y)
{
    number_put(file, x);
    putc(' ', file);
    number_put(file, y);
}

static void put_links(const map_drawing *map)
{
    fputs("$links << EOD\n", map->file);
    for (size_t l = 0; l < map->scene->link_count; l++) {
        put_site(map->file, map->scene->links[l].a.x, map->scene->links[l].a.y);
        putc('\n', map->file);
        put_site(map->file, map->scene->links[l].b.x, map->scene->links[l].b.y);
        fputs("\n\n", map->file);
    }
    fputs("EOD\n", map->file);
}

// Circles whose area is proportional to the arrivals; the busiest has this share of the width.
static void put_demand(const map_drawing *map)
{
    double radius_max = 0.045 * (map->frame.x_max - map->frame.x_min);
    fputs("$demand << EOD\n", map->file);
    for (size_t a = 0; a < map->scene->area_count; a++) {
        const map_area *area = &map->scene->areas[a];
        double share = map->busiest > 0.0 ? area->arrivals_per_slot / map->busiest : 0.0;
        if (share > 0.0) {
            put_site(map->file, area->at.x, area->at.y);
            putc(' ', map->file);
            number_put(map->file, radius_max * sqrt(share));
            putc('\n', map->file);
        }
    }
    fputs("EOD\n", map->file);
}

// The servers of every cluster, by counting sort.
static void list_members(map_drawing *map)
{
    const map_scene *scene = map->scene;
    for (size_t i = 0; i < scene->server_count; i++) {
        map->first[scene->servers[i].cluster]++;
    }
    for (int32_t k = 1; k <= scene->cluster_count; k++) {
        map->first[k] += map->first[k - 1];
    }
    for (size_t i = scene->server_count; i-- > 0;) { // from behind: first[] ends at the start
        map->members[--map->first[scene->servers[i].cluster]] = i;
    }
}

// The hull of a cluster with room around its members: of points on circles around them.
static void put_hull(const map_drawing *map, int32_t cluster)
{
    double radius = 0.014 * (map->frame.x_max - map->frame.x_min);
    size_t count = 0;
    for (size_t m = map->first[cluster]; m < map->first[cluster + 1]; m++) {
        dcat_site at = map->scene->servers[map->members[m]].at;
        for (int step = 0; step < CIRCLE_STEPS; step++) {
            double angle = 2.0 * acos(-1.0) * step / CIRCLE_STEPS;
            map->points[count++] = (dcat_site){at.x + radius * cos(angle),
                                               at.y + radius * sin(angle) / map->frame.x_per_y};
        }
    }
    size_t corners = map_hull(map->points, count, map->hull);
    for (size_t i = 0; i <= corners && corners > 0; i++) {
        put_site(map->file, map->hull[i % corners].x, map->hull[i % corners].y);
        putc('\n', map->file);
    }
    putc('\n', map->file);
}

static bool has_colour(const map_drawing *map, int colour)
{
    for (int32_t k = 0; k < map->scene->cluster_count; k++) {
        if (map->colours[k] == colour) {
            return true;
        }
    }
    return false;
}

static void put_hulls(const map_drawing *map)
{
    for (int c = 0; c < FIGURE_COLOUR_COUNT; c++) {
        fprintf(map->file, "$hull%d << EOD\n", c);
        for (int32_t k = 0; k < map->scene->cluster_count; k++) {
            if (map->colours[k] == c) {
                put_hull(map, k);
            }
        }
        fputs("EOD\n", map->file);
    }
}

// Servers of one colour; the dot's area grows with the speed.
static void put_servers(const map_drawing *map)
{
    double fastest = 0.0;
    for (size_t i = 0; i < map->scene->server_count; i++) {
        fastest = fmax(fastest, map->scene->servers[i].speed_ghz);
    }
    for (int c = -1; c < FIGURE_COLOUR_COUNT; c++) {
        fprintf(map->file, "$servers%d << EOD\n", c + 1);
        for (size_t i = 0; i < map->scene->server_count; i++) {
            const map_server *server = &map->scene->servers[i];
            if (map->colours[server->cluster] == c) {
                put_site(map->file, server->at.x, server->at.y);
                putc(' ', map->file);
                number_put(map->file, 0.95 * sqrt(server->speed_ghz / fastest));
                putc('\n', map->file);
            }
        }
        fputs("EOD\n", map->file);
    }
}

// Servers by the device that they have: a data block for each, and how many are in it.
static void put_devices(const map_drawing *map)
{
    for (int32_t d = 0; d < map->device_count; d++) {
        fprintf(map->file, "$device%d << EOD\n", d);
        for (size_t i = 0; i < map->scene->server_count; i++) {
            if (map->scene->servers[i].device == d) {
                put_site(map->file, map->scene->servers[i].at.x, map->scene->servers[i].at.y);
                putc('\n', map->file);
            }
        }
        fputs("EOD\n", map->file);
    }
}

// Their marks, on top of the dots, which show speed and cluster.
static void plot_devices(const map_drawing *map)
{
    static const int shapes[] = {8, 4, 12, 10, 14, 6, 2, 1, 3}; // open ones first
    size_t shape = 0;
    for (int32_t d = 0; d < map->device_count; d++) {
        const char *name = NULL;
        size_t count = 0;
        for (size_t i = 0; i < map->scene->server_count; i++) {
            if (map->scene->servers[i].device == d) {
                name = map->scene->servers[i].called;
                count++;
            }
        }
        if (name != NULL) {
            char shown[256], text[64];
            font_gaps_fill(&map->gaps, name, shown, sizeof shown);
            text_for_gnuplot(shown, text, sizeof text);
            fprintf(map->file,
                    ", $device%d using 1:2 with points pointtype %d pointsize 1.1*point linewidth "
                    "1.2 linecolor '#202124' title '%s: %zu server%s' noenhanced",
                    d, shapes[shape++ % (sizeof shapes / sizeof *shapes)], text, count,
                    count == 1 ? "" : "s");
        }
    }
}

// Where a label's text is anchored, in characters of the base font: about 6.7 by 16 pixels.
static void put_label_offset(const map_label_place *place, FILE *file)
{
    bool beside = place->side == MAP_LABEL_RIGHT || place->side == MAP_LABEL_LEFT;
    double sign = place->side == MAP_LABEL_LEFT || place->side == MAP_LABEL_BELOW ? -1.0 : 1.0;
    double distance = sign * (beside ? place->gap / 6.7 : (place->gap + 6.0) / 16.0);
    fputs(!beside                          ? " center offset character 0,"
          : place->side == MAP_LABEL_RIGHT ? " left offset character "
                                           : " right offset character ",
          file);
    number_put(file, distance);
    fputs(beside ? ",0" : "", file);
}

static void put_labels(const map_drawing *map)
{
    for (size_t i = 0; i < map->scene->label_count; i++) {
        const map_label *label = &map->scene->labels[i];
        if (map->places[i].side == MAP_LABEL_NONE) {
            continue;
        }
        char name[256], text[64];
        font_gaps_fill(&map->gaps, label->name, name, sizeof name);
        text_for_gnuplot(name, text, sizeof text);
        fprintf(map->file, "set label '%s' at ", text);
        number_put(map->file, label->at.x);
        putc(',', map->file);
        number_put(map->file, label->at.y);
        put_label_offset(&map->places[i], map->file);
        fputs(" noenhanced front font ',11' textcolor '#202124'\n", map->file);
    }
}

// Longitudes that go on beyond 180 are called what they are.
static void put_longitudes(const map_frame *frame, FILE *file)
{
    static const double steps[] = {0.01, 0.02, 0.05, 0.1,  0.2,  0.5,
                                   1.0,  2.0,  5.0,  10.0, 20.0, 30.0};
    double step = 60.0;
    for (size_t i = sizeof steps / sizeof *steps; i-- > 0;) {
        step = (frame->x_max - frame->x_min) / steps[i] <= 8.0 ? steps[i] : step;
    }
    const char *comma = "set xtics scale 0.5 (";
    for (double n = ceil(frame->x_min / step); n * step <= frame->x_max; n++) {
        char text[NUMBER_TEXT_SIZE];
        number_fixed(map_wrapped(n * step), step < 1.0 ? 2 : 0, text);
        fprintf(file, "%s'%s\u00b0' ", comma, text);
        number_put(file, n * step);
        comma = ", ";
    }
    fputs(")\n", file);
}

static void put_axes(const map_drawing *map)
{
    const map_frame *frame = &map->frame;
    const char *unit = map->scene->geographic ? "\u00b0" : "";
    fputs("set xrange [", map->file);
    number_put(map->file, frame->x_min);
    putc(':', map->file);
    number_put(map->file, frame->x_max);
    fputs("]\nset yrange [", map->file);
    number_put(map->file, frame->y_min);
    putc(':', map->file);
    number_put(map->file, frame->y_max);
    fputs("]\nset size ratio -", map->file);
    number_put(map->file, frame->x_per_y);
    fprintf(map->file, "\nset format x '%%g%s'\nset format y '%%g%s'\n", unit, unit);
    if (map->width > FIGURE_PAGE_WIDTH) {
        fprintf(map->file, "set xlabel '%s' textcolor '#3c4043'\n",
                map->scene->geographic ? "longitude" : "km");
        fprintf(map->file, "set ylabel '%s' textcolor '#3c4043'\n",
                map->scene->geographic ? "latitude" : "km");
    }
    fprintf(map->file,
            "set key outside top left horizontal Left reverse samplen 1.5 width 1 %s\n"
            "unset grid\n"
            "set xtics scale 0.5\nset ytics scale 0.5\n",
            map->width > FIGURE_PAGE_WIDTH ? "maxrows 2" : "maxcols 1");
    if (map->scene->geographic && frame->x_max > 180.0) {
        put_longitudes(frame, map->file);
    }
}

static void put_plot(const map_drawing *map)
{
    FILE *file = map->file;
    const char *comma = "plot ";
    if (map->scene->link_count > 0) {
        fprintf(file, "%s$links with lines linecolor '#c3c7cc' linewidth 1 title 'backbone link'",
                comma);
        comma = ", ";
    }
    fprintf(file,
            "%s$demand using 1:2:3 with circles linecolor '" DEMAND_COLOUR
            "' fillstyle transparent solid 0.15 border linecolor '" DEMAND_COLOUR "' notitle",
            comma);
    if (map->busiest > 0.0) {
        char largest[NUMBER_TEXT_SIZE];
        number_fixed(map->busiest, map->busiest < 10.0 ? 2 : 0, largest);
        fprintf(file,
                ", NaN with points pointtype 6 pointsize 1.2*point linecolor '" DEMAND_COLOUR
                "' title 'demand "
                "(largest circle: %s tasks per slot)'",
                largest);
    }
    bool titled = false;
    for (int c = 0; c < FIGURE_COLOUR_COUNT; c++) {
        if (has_colour(map, c)) {
            fprintf(file,
                    ", $hull%d with filledcurves closed fillstyle transparent solid 0.20 noborder "
                    "linecolor '%s' %s, $hull%d with lines linecolor '%s' linewidth 1 notitle",
                    c, figure_colour((size_t)c), titled ? "notitle" : "title 'cluster'", c,
                    figure_colour((size_t)c));
            titled = true;
        }
    }
    for (int c = -1; c < FIGURE_COLOUR_COUNT; c++) {
        if (has_colour(map, c)) {
            fprintf(file,
                    ", $servers%d using 1:2:($3*point) with points pointtype 7 pointsize variable "
                    "linecolor '%s' notitle",
                    c + 1, c < 0 ? SINGLE_COLOUR : figure_colour((size_t)c));
        }
    }
    fputs(", NaN with points pointtype 7 pointsize 0.8*point linecolor '" SINGLE_COLOUR
          "' title 'server (grey: alone; larger: faster)'",
          file);
    plot_devices(map);
    putc('\n', file);
}

// The picture's height for its width, with room for axes and key.
static int map_height(const map_frame *frame, int width)
{
    double ratio = (frame->y_max - frame->y_min) * frame->x_per_y / (frame->x_max - frame->x_min);
    double height = 90.0 + ratio * (width - 90);
    return (int)fmin(fmax(height, 260.0), 1400.0);
}

static bool map_drawing_allocate(map_drawing *map)
{
    size_t points = map->scene->server_count * CIRCLE_STEPS + 1;
    map->colours = calloc((size_t)map->scene->cluster_count + 1, sizeof *map->colours);
    map->places = calloc(map->scene->label_count + 1, sizeof *map->places);
    map->first = calloc((size_t)map->scene->cluster_count + 1, sizeof *map->first);
    map->members = calloc(map->scene->server_count + 1, sizeof *map->members);
    map->points = calloc(2 * points, sizeof *map->points);
    map->hull = map->points == NULL ? NULL : map->points + points;
    return map->colours != NULL && map->places != NULL && map->first != NULL &&
           map->members != NULL && map->points != NULL;
}

static dcat_status write_script(map_drawing *map, int width, int height, dcat_error *err)
{
    dcat_status status = map_colours_choose(map->scene, map->colours, err);
    if (status == DCAT_OK) {
        status =
            map_labels_place(map->scene, &map->frame, width - 90, height - 90, map->places, err);
    }
    if (status == DCAT_OK) {
        list_members(map);
        for (size_t i = 0; i < map->scene->server_count; i++) {
            int32_t device = map->scene->servers[i].device;
            map->device_count = device >= map->device_count ? device + 1 : map->device_count;
        }
        put_links(map);
        put_demand(map);
        put_hulls(map);
        put_servers(map);
        put_devices(map);
        put_labels(map);
        put_axes(map);
        put_plot(map);
    }
    return status;
}

void map_scene_say(const map_scene *scene, char *text, size_t size)
{
    size_t alone = 0;
    size_t most = 0;
    const map_area *busiest = NULL;
    for (int32_t k = 0; k < scene->cluster_count; k++) {
        size_t members = 0;
        for (size_t i = 0; i < scene->server_count; i++) {
            members += scene->servers[i].cluster == k;
        }
        alone += members == 1;
        most = members > most ? members : most;
    }
    for (size_t a = 0; a < scene->area_count; a++) {
        if (busiest == NULL || scene->areas[a].arrivals_per_slot > busiest->arrivals_per_slot) {
            busiest = &scene->areas[a];
        }
    }
    char counts[160];
    snprintf(counts, sizeof counts,
             "%zu {server forms|servers form} %d {cluster|clusters} of at most %zu; %zu "
             "{works|work} alone.",
             scene->server_count, (int)scene->cluster_count, most, alone);
    number_agree(counts);
    snprintf(text, size, "%s Most tasks come from %.80s.", counts,
             busiest != NULL && busiest->name != NULL ? busiest->name : "one area");
}

static void find_gaps(const map_scene *scene, font_gaps *gaps)
{
    for (size_t i = 0; i < scene->label_count; i++) {
        font_gaps_add(gaps, scene->labels[i].name);
    }
    font_gaps_ask(gaps);
}

size_t dcat_map_names_without_font(const dcat_cluster_report *report)
{
    map_scene scene;
    font_gaps gaps = {.count = 0};
    size_t count = 0;
    if (map_scene_create(report, &scene, NULL) != DCAT_OK) {
        return 0;
    }
    find_gaps(&scene, &gaps);
    for (size_t i = 0; i < scene.label_count; i++) {
        count += font_gaps_in(&gaps, scene.labels[i].name);
    }
    map_scene_free(&scene);
    return count;
}

dcat_status map_scene_draw(const map_scene *scene, const figure_canvas *canvas, figure_image *image,
                           dcat_error *err)
{
    map_drawing map = {.scene = scene, .frame = map_scene_frame(scene), .width = canvas->width};
    for (size_t a = 0; a < scene->area_count; a++) {
        map.busiest = fmax(map.busiest, scene->areas[a].arrivals_per_slot);
    }
    if (canvas->format == FIGURE_PNG) { // a browser has fonts of its own
        find_gaps(scene, &map.gaps);
    }
    int height = map_height(&map.frame, map.width);
    figure_script script = {0};
    dcat_status status = DCAT_OK;
    if (!map_drawing_allocate(&map)) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    } else {
        status = figure_begin(canvas->format, map.width, height, &script, err);
    }
    if (status == DCAT_OK) {
        map.file = script.file;
        status = write_script(&map, map.width, height, err);
        if (status == DCAT_OK) {
            status = figure_render(&script, image, err);
        } else {
            fclose(script.file);
        }
    }
    free(map.colours);
    free(map.places);
    free(map.first);
    free(map.members);
    free(map.points);
    return status;
}

dcat_status dcat_draw_map(const dcat_cluster_report *report, const char *format, const char *path,
                          dcat_error *err)
{
    bool png = strcmp(format, "png") == 0;
    if (!png && strcmp(format, "svg") != 0) {
        return dcat_fail(err, DCAT_ERR_RANGE, "map format must be svg or png, got '%s'", format);
    }
    map_scene scene;
    figure_image image;
    const figure_canvas canvas = {png ? FIGURE_PNG : FIGURE_SVG, MAP_FILE_WIDTH};
    dcat_status status = map_scene_create(report, &scene, err);
    if (status != DCAT_OK) {
        return status;
    }
    status = map_scene_draw(&scene, &canvas, &image, err);
    map_scene_free(&scene);
    return status == DCAT_OK ? figure_image_save(&image, canvas.format, path, err) : status;
}
