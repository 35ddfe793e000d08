// SPDX-License-Identifier: Apache-2.0
// What the outside knows better: when servers are free, and with which draws a slot is auctioned.

#include "market/state.h"

void dcat_state_place(dcat_state *state, const double *busy_until_s, const int32_t *cluster_of)
{
    state_place_queues(state, busy_until_s, cluster_of);
}

dcat_status dcat_state_set_unit_busy(dcat_state *state, int32_t server, size_t queue,
                                     double busy_until_s, dcat_error *err)
{
    size_t S = state->world->server_count;
    if (server < 0 || (size_t)server >= S || queue >= state->world->queue_count) {
        return dcat_fail(err, DCAT_ERR_RANGE, "there is no queue %zu of server %d", queue, server);
    }
    if (!(busy_until_s >= 0.0)) {
        return dcat_fail(err, DCAT_ERR_RANGE, "busy_until_s must be >= 0, got %g", busy_until_s);
    }
    state_settle(state);
    dcat_server_account *account = &state->accounts[queue * S + (size_t)server];
    account->busy_until_s = account->fifo_until_s = busy_until_s;
    state_form(state);
    return DCAT_OK;
}

dcat_status dcat_state_carry_over(dcat_state *state, const dcat_state *from,
                                  const int32_t *from_server, dcat_error *err)
{
    size_t S = state->world->server_count, queues = state->world->queue_count;
    if (from->world->queue_count != queues) {
        return dcat_fail(err, DCAT_ERR_RANGE, "the worlds have %zu and %zu queues a server",
                         from->world->queue_count, queues);
    }
    for (size_t i = 0; i < S; i++) {
        if (from_server[i] < -1 || from_server[i] >= (int32_t)from->world->server_count) {
            return dcat_fail(err, DCAT_ERR_RANGE, "server %zu: there was no server %d", i,
                             from_server[i]);
        }
    }
    dcat_state_reset(state);
    for (size_t at = 0; at < queues * S; at++) {
        int32_t before = from_server[at % S];
        if (before >= 0) {
            state->accounts[at] = dcat_state_queue(from, before, at / S);
            state->payment_total += state->accounts[at].payment;
        }
    }
    state->now_s = from->now_s;
    state_form(state);
    return DCAT_OK;
}

void dcat_state_set_seed(dcat_state *state, uint64_t seed)
{
    state->seed = seed;
}
