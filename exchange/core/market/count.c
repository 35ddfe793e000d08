// SPDX-License-Identifier: Apache-2.0
// Who is set aside for one task: of a canary all but its server; and offers with a least count, as
// a task whose work was stated for fewer cores or cards is not for them.
//
// Choice: an award takes all of a server, so how many a task takes is what its work was stated for;
// giga-cycles are for as many as there are. A cluster with such a server is left out as a whole,
// since clusters are fixed for the cycle.
#include "exchange/core/cut.h"
#include "exchange/core/object.h"

#include <math.h>

static double *queue_of(const exchange_cut *cut, int32_t class_id)
{
    size_t queue = dcat_world_queue_of(cut->world, class_id);
    return &cut->told_s[queue * (size_t)cut->server_count];
}

void count_leave_out(const exchange *x, exchange_cut *cut, int32_t class_id, int32_t count)
{
    double *told_s = queue_of(cut, class_id);
    cut->left_out = cut->least_count = 0;
    for (int32_t w = 0; count > 0 && w < cut->server_count; w++) {
        int32_t least = x->servers[cut->server_of[w]].offer.min_count;
        cut->kept_s[w] = NAN;
        if (least > count) {
            cut->kept_s[w] = told_s[w];
            told_s[w] = INFINITY;
            cut->least_count =
                cut->left_out++ == 0 || least < cut->least_count ? least : cut->least_count;
        }
    }
    if (cut->left_out > 0) {
        dcat_state_place(cut->state, cut->told_s, cut->told_cluster);
    }
}

void count_leave_alone(exchange_cut *cut, int32_t class_id, int32_t server)
{
    double *told_s = queue_of(cut, class_id);
    for (int32_t w = 0; w < cut->server_count; w++) {
        bool out = cut->server_of[w] != server;
        cut->kept_s[w] = out ? told_s[w] : (double)NAN;
        told_s[w] = out ? (double)INFINITY : told_s[w];
        cut->labels[w] = w;
    }
    cut->left_out = 1;
    cut->least_count = 0;
    dcat_state_place(cut->state, cut->told_s, cut->labels);
}

void count_let_in(exchange_cut *cut, int32_t class_id)
{
    if (cut->left_out == 0) {
        return;
    }
    double *told_s = queue_of(cut, class_id);
    for (int32_t w = 0; w < cut->server_count; w++) {
        told_s[w] = isnan(cut->kept_s[w]) ? told_s[w] : cut->kept_s[w];
    }
    cut->left_out = 0;
    dcat_state_place(cut->state, cut->told_s, cut->told_cluster);
}
