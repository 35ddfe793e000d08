// SPDX-License-Identifier: Apache-2.0
// What the outside knows better: when servers are free, and with which draws a slot is auctioned.

#include "market/state.h"

void dcat_state_place(dcat_state *state, const double *busy_until_s, const int32_t *cluster_of)
{
    state_place(state, busy_until_s, cluster_of);
}

void dcat_state_set_seed(dcat_state *state, uint64_t seed)
{
    state->seed = seed;
}
