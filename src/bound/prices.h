// SPDX-License-Identifier: Apache-2.0
// prices.h - good prices of server time. Any prices give a bound (relaxation.h); these make it low.

#ifndef DCAT_BOUND_PRICES_H
#define DCAT_BOUND_PRICES_H

#include "bound/relaxation.h"

// Which servers are worth how much: a subgradient method on some of the cycles, with one price for
// all times. Writes server_price [bound_queue_count] > 0 somewhere. Errors: ERR_MEMORY.
dcat_status bound_find_server_prices(const dcat_world *world, const bound_options *options,
                                     const bound_tasks *tasks, double *server_price,
                                     dcat_error *err);

// When server time is scarce: writes prices->factor for the prices of servers that relaxation was
// last given. Tasks are packed into windows in order of worth, and a window's factor is the
// worth of the first task that found it full. Errors: ERR_MEMORY.
dcat_status bound_find_factors(const bound_relaxation *relaxation, bound_prices *prices,
                               dcat_error *err);

#endif
