// SPDX-License-Identifier: Apache-2.0
// What dcat validate says of the paths from areas to servers.

#include "dcat/x/model.h"
#include "dcat/x/world_facts.h"
#include "report/scenario/remarks.h"

#include <math.h>
#include <stdlib.h>

// The value that would be at index `nth` if values were sorted: Hoare's selection. Changes their
// order.
static double nth_value(double *values, size_t count, size_t nth)
{
    size_t first = 0, last = count - 1;
    while (first < last) {
        double pivot = values[first + (last - first) / 2];
        size_t i = first, j = last;
        for (;;) {
            while (values[i] < pivot) {
                i++;
            }
            while (values[j] > pivot) {
                j--;
            }
            if (i >= j) {
                break;
            }
            double value = values[i];
            values[i++] = values[j];
            values[j--] = value;
        }
        // first..i-1 <= pivot <= j+1..last; here i is j, or one above it.
        if (nth < i) {
            last = i - 1;
        } else if (nth > j) {
            first = j + 1;
        } else {
            break; // the pivot itself
        }
    }
    return values[nth];
}

static percentiles percentiles_of(double *values, size_t count)
{
    return (percentiles){
        nth_value(values, count, (count - 1) * 5 / 100),
        nth_value(values, count, (count - 1) / 2),
        nth_value(values, count, (count - 1) * 95 / 100),
    };
}

// Note the paths of one area in delay_s and hops; returns how many.
static size_t measure_area(facts *f, int area, int32_t *servers, dcat_path *paths, double *delay_s,
                           double *hops, size_t *alone)
{
    const dcat_server *all = dcat_world_servers_view(f->world);
    double reference_bits = dcat_world_config_view(f->world)->network.reference_bits;
    double data_bits = f->data_mean_mb * 1e6, work_cycles = f->work_mean_gigacycles * 1e9;
    size_t count = dcat_world_paths(f->world, area, servers, paths);
    for (size_t j = 0; j < count; j++) {
        double seconds_per_bit = paths[j].seconds_per_bit, propagation_s = paths[j].propagation_s;
        delay_s[j] = dcat_transfer_delay_s(reference_bits, seconds_per_bit, propagation_s);
        hops[j] = paths[j].hop_count;
        double transfer_s = dcat_transfer_delay_s(data_bits, seconds_per_bit, propagation_s);
        double processing_s = dcat_processing_delay_s(work_cycles, all[servers[j]].speed_hz);
        f->transfer_min_s = fmin(f->transfer_min_s, transfer_s);
        f->transfer_max_s = fmax(f->transfer_max_s, transfer_s);
        *alone += transfer_s + processing_s <= f->deadline_mean_s;
    }
    return count;
}

#define PATH_MAX_LOOKED 20000000 // 16 bytes each

// Paths of one in area_step areas, together.
static size_t count_paths(const facts *f, int32_t *servers, dcat_path *paths)
{
    size_t count = 0;
    for (size_t a = 0; f->area_step > 1 && a < f->area_count; a += f->area_step) {
        count += dcat_world_paths(f->world, (int)a, servers, paths);
    }
    return f->area_step > 1 ? count : f->paths_in_reach;
}

// As measure_area, of one in area_step areas.
static dcat_status measure_areas(facts *f, int32_t *servers, dcat_path *paths, dcat_error *err)
{
    size_t room = count_paths(f, servers, paths) + 1, count = 0, alone = 0, looked = 0;
    double *delay_s = calloc(room, sizeof *delay_s);
    double *hops = calloc(room, sizeof *hops);
    dcat_status status = DCAT_OK;
    if (delay_s == NULL || hops == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for %zu paths", room);
    } else {
        for (size_t a = 0; a < f->area_count; a += f->area_step, looked++) {
            count += measure_area(f, (int)a, servers, paths, delay_s + count, hops + count, &alone);
        }
        f->alone_share = (double)alone / ((double)looked * (double)f->server_count);
    }
    if (count > 0) {
        f->path_delay_s = percentiles_of(delay_s, count);
        f->path_hops = percentiles_of(hops, count);
    }
    free(delay_s);
    free(hops);
    return status;
}

dcat_status facts_measure_paths(facts *f, dcat_error *err)
{
    f->transfer_min_s = INFINITY;
    f->path_count = f->area_count * f->server_count;
    f->paths_in_reach = dcat_world_path_count(f->world);
    f->area_step = f->paths_in_reach / PATH_MAX_LOOKED + 1;
    int32_t *servers = calloc(f->server_count, sizeof *servers);
    dcat_path *paths = calloc(f->server_count, sizeof *paths);
    dcat_status status = servers != NULL && paths != NULL
                             ? measure_areas(f, servers, paths, err)
                             : dcat_fail(err, DCAT_ERR_MEMORY, "no memory for paths");
    free(servers);
    free(paths);
    return status;
}
