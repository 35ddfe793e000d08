// SPDX-License-Identifier: Apache-2.0
// refine.h - a lower bound on what fixed clusters can earn: every cluster has its own prices.
//
// When the clusters are given for the whole span, let every cluster have its own price in every
// window, price[w, k], in place of server[i] * factor[w]. For any prices >= 0 the profit of every
// run with these clusters is at most
//
//     price of all time of all clusters + sum over tasks of their value,
//
// where the value of a task is the most that any cluster k leaves of its fee, after k's limit and
// the price on k of the cheapest p seconds in the task's period on k (relaxation.h); or 0.
//
// Proof. An awarded task n keeps its cluster busy for p seconds of its period there. Their price
// c_n is at least that of the cheapest ones, so fee_n - limit_n - c_n is at most its value. A
// cluster begins a task only when it is free, which is when it has ended the one before, since
// nobody else ever works with its members. So its busy times do not overlap, and all c_n together
// are at most the price of all time. Add up as in relaxation.h. QED. The queue rule matters for the
// periods alone.
//
// So many prices follow how scarce each cluster is at each moment. A small cluster far from demand
// is often idle because nothing fits, and a price for all moments cannot see that.
//
// With classes of work, a cluster has a team for each class, and teams may share some of their
// servers' queues. Then not a cluster but each of its parts has a price: queues that are in the
// same teams. A task on k costs the price of all parts of its team at that time. A part works on
// one task at a time, so the proof stands with parts for clusters; with one class a cluster is one
// part.

#ifndef DCAT_BOUND_REFINE_H
#define DCAT_BOUND_REFINE_H

#include "bound/relaxation.h"

// The bound for options that are the clusters of one partition, with prices found by coordinate
// descent from prices. cycle_value is [cycle_count], nullable. Errors: ERR_MEMORY.
dcat_status bound_refine(const dcat_world *world, const bound_options *options,
                         const bound_tasks *tasks, const bound_prices *prices, double *cycle_value,
                         double *value, dcat_error *err);

#endif
