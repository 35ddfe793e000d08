// SPDX-License-Identifier: Apache-2.0
// constraint.h - the constraints of problem P1, one checkable function each.
//
// They take plain arrays, so that any schedule can be checked, not only one of ours. Each returns
// DCAT_OK or DCAT_ERR_INTERNAL with a message that names the first violation.

#ifndef DCAT_CONSTRAINT_H
#define DCAT_CONSTRAINT_H

#include "dcat/error.h"
#include "dcat/world.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// (10a) Every task goes to at most one cluster: assigned [N, C]. Choice: the paper writes "exactly
// one", which no algorithm can keep under overload.
DCAT_API dcat_status dcat_check_10a(const uint8_t *assigned, size_t task_count,
                                    size_t cluster_count, dcat_error *err);

// (10b) Total delay (4) within the deadline, for every awarded task; tolerance relative to the
// deadline.
DCAT_API dcat_status dcat_check_10b(const double *total_delay_s, const double *deadline_s,
                                    size_t task_count, double tolerance, dcat_error *err);

// (10c) No two members farther apart than the span limit: cluster_of [S]. Also ERR_MEMORY.
DCAT_API dcat_status dcat_check_10c(const dcat_world *world, const int32_t *cluster_of,
                                    dcat_error *err);

// (10d) assigned [N, C] holds zeros and ones.
DCAT_API dcat_status dcat_check_10d(const uint8_t *assigned, size_t task_count,
                                    size_t cluster_count, dcat_error *err);

// (10e) together [S, S] holds zeros and ones and says "same cluster": every server with itself,
// symmetric, transitive. So every server is in exactly one cluster.
DCAT_API dcat_status dcat_check_10e(const uint8_t *together, size_t server_count, dcat_error *err);

// (10f) Nobody loses: platform, users [N] and servers [S], within an absolute tolerance.
DCAT_API dcat_status dcat_check_10f(double platform_utility, const double *user_utility,
                                    size_t user_count, const double *server_utility,
                                    size_t server_count, double tolerance, dcat_error *err);

#ifdef __cplusplus
}
#endif
#endif
