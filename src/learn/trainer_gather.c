// SPDX-License-Identifier: Apache-2.0
// trainer_gather.c - the environments of all ranks at rank 0, for a checkpoint.
//
// A rank hands in one block of bytes: the places of its environments in order, then by environment
// its queues and its partition. Rank 0 puts the blocks into the order of environments, so a file
// does not show how many ranks there were.

#include "base/ranks/ranks.h"
#include "learn/trainer.h"

#include <stdlib.h>
#include <string.h>

void rl_flat_free(rl_flat *flat)
{
    free(flat->place);
    free(flat->busy_until_s);
    free(flat->in_force);
}

bool rl_flat_make(size_t E, size_t server_total, rl_flat *flat)
{
    flat->server_total = server_total;
    flat->place = calloc(E * RL_PLACE_COUNT, sizeof *flat->place);
    flat->busy_until_s = calloc(server_total + 1, sizeof *flat->busy_until_s);
    flat->in_force = calloc(server_total + 1, sizeof *flat->in_force);
    return flat->place != NULL && flat->busy_until_s != NULL && flat->in_force != NULL;
}

// --- a rank's block

#define PLACE_BYTES (RL_PLACE_COUNT * sizeof(int32_t))
#define SERVER_BYTES (sizeof(double) + sizeof(int32_t))

static size_t servers_of(const rl_environment *env)
{
    return env->open ? env->S : 0;
}

static size_t block_bytes(const dcat_trainer *trainer)
{
    const dcat_train_config *config = &trainer->config;
    size_t count = 0;
    for (int e = rl_rank(config); e < config->environment_count; e += rl_rank_count(config)) {
        count += PLACE_BYTES + servers_of(&trainer->environments[e]) * SERVER_BYTES;
    }
    return count;
}

static void put(unsigned char **at, const void *data, size_t byte_count)
{
    memcpy(*at, data, byte_count);
    *at += byte_count;
}

static void put_place(unsigned char **at, const rl_environment *env)
{
    const int32_t place[RL_PLACE_COUNT] = {
        [RL_PLACE_WORLD] = (int32_t)env->world_number,
        [RL_PLACE_AGE] = env->age,
        [RL_PLACE_CYCLE] = (int32_t)env->cycle,
        [RL_PLACE_SERVERS] = (int32_t)servers_of(env),
    };
    put(at, place, sizeof place);
}

static void put_servers(unsigned char **at, const rl_environment *env)
{
    size_t S = servers_of(env);
    for (size_t i = 0; i < S; i++) {
        double busy_until_s = dcat_state_server(env->market->state, (int32_t)i).busy_until_s;
        put(at, &busy_until_s, sizeof busy_until_s);
    }
    if (S > 0) {
        put(at, env->in_force, sizeof *env->in_force * S);
    }
}

static dcat_status pack(const dcat_trainer *trainer, rl_block *block, dcat_error *err)
{
    const dcat_train_config *config = &trainer->config;
    int first = rl_rank(config), rank_count = rl_rank_count(config);
    *block = (rl_block){.byte_count = block_bytes(trainer)};
    block->bytes = malloc(block->byte_count + 1);
    if (block->bytes == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory to save environments (%zu MiB)",
                         block->byte_count >> 20);
    }
    unsigned char *at = block->bytes;
    for (int e = first; e < config->environment_count; e += rank_count) {
        put_place(&at, &trainer->environments[e]);
    }
    for (int e = first; e < config->environment_count; e += rank_count) {
        put_servers(&at, &trainer->environments[e]);
    }
    return DCAT_OK;
}

// --- at rank 0

// Everybody's blocks. A rank that could not make its own hands in nothing, so that nobody waits.
static dcat_status collect(const dcat_trainer *trainer, dcat_error *err)
{
    const dcat_ranks *ranks = rl_jobs(&trainer->config)->ranks;
    int rank = rl_rank(&trainer->config);
    rl_block *blocks = trainer->blocks;
    dcat_status own = pack(trainer, &blocks[rank], err), status = DCAT_OK;
    dcat_error inner = {0};
    if (rank != 0) {
        size_t byte_count = own == DCAT_OK ? blocks[rank].byte_count : 0;
        status = ranks->send(ranks->user, 0, blocks[rank].bytes, byte_count, &inner);
    }
    for (int r = 1; rank == 0 && status == DCAT_OK && r < rl_rank_count(&trainer->config); r++) {
        int sender;
        status = ranks->receive(ranks->user, r, &sender, &blocks[r].bytes, &blocks[r].byte_count,
                                &inner);
    }
    return status == DCAT_OK ? own : dcat_fail(err, status, "%s", inner.message);
}

// The next bytes of a block; false when there are not as many.
static bool take(rl_block *block, void *data, size_t byte_count)
{
    if (byte_count > block->byte_count - block->taken) {
        return false;
    }
    memcpy(data, (const unsigned char *)block->bytes + block->taken, byte_count);
    block->taken += byte_count;
    return true;
}

static dcat_status unpack(const dcat_train_config *config, rl_block *blocks, rl_flat *flat,
                          dcat_error *err)
{
    size_t byte_count = 0, E = (size_t)config->environment_count;
    size_t rank_count = (size_t)rl_rank_count(config);
    for (size_t r = 0; r < rank_count; r++) {
        byte_count += blocks[r].byte_count;
    }
    bool whole = byte_count >= E * PLACE_BYTES;
    size_t server_total = whole ? (byte_count - E * PLACE_BYTES) / SERVER_BYTES : 0;
    if (!rl_flat_make(E, server_total, flat)) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory to save %zu environments", E);
    }
    for (size_t e = 0; e < E; e++) {
        int32_t *place = &flat->place[e * RL_PLACE_COUNT];
        whole = take(&blocks[e % rank_count], place, PLACE_BYTES) && whole;
    }
    size_t server = 0;
    for (size_t e = 0; whole && e < E; e++) {
        size_t S = (size_t)flat->place[e * RL_PLACE_COUNT + RL_PLACE_SERVERS];
        rl_block *from = &blocks[e % rank_count];
        whole = S <= server_total - server &&
                take(from, &flat->busy_until_s[server], sizeof *flat->busy_until_s * S) &&
                take(from, &flat->in_force[server], sizeof *flat->in_force * S);
        server += S;
    }
    return whole && server == server_total
               ? DCAT_OK
               : dcat_fail(err, DCAT_ERR_INTERNAL, "environments of other ranks do not add up");
}

dcat_status rl_gather(const dcat_trainer *trainer, rl_flat *flat, dcat_error *err)
{
    const dcat_train_config *config = &trainer->config;
    dcat_error failure = {0}; // for other ranks too, whether this caller wants it or not
    dcat_status status = ranks_agree(rl_jobs(config)->ranks, collect(trainer, &failure), &failure);
    if (status == DCAT_OK && rl_rank(config) == 0) {
        status = unpack(config, trainer->blocks, flat, &failure);
    }
    for (int r = 0; r < rl_rank_count(config); r++) {
        free(trainer->blocks[r].bytes);
        trainer->blocks[r] = (rl_block){0};
    }
    return status == DCAT_OK ? DCAT_OK : dcat_fail(err, status, "%s", failure.message);
}
