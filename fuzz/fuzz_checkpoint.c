// SPDX-License-Identifier: Apache-2.0
// The checkpoint of a training holds anything behind its checksum: it is refused with a message, or
// the training goes on for an epoch and stays finite. The input is changes to a checkpoint that is
// right: four bytes each, a tensor, a place in it (low byte first) and what to put there. A tensor
// number of 255 leaves out the tensor that the next byte names.

#include "dcat/x/train.h"
#include "dcat/x/world_facts.h"
#include "learn/net/safetensors.h"
#include "learn/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SERVERS = 6, AREAS = 2, STEPS = 6 };

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static dcat_status open_world(void *user, uint64_t number, dcat_train_world *world, dcat_error *err)
{
    dcat_world_config config = dcat_world_config_default();
    dcat_server servers[SERVERS];
    dcat_area areas[AREAS];
    dcat_world *made = NULL;
    config.slots_per_cycle = 2;
    dcat_draw_servers(number, 200e3, (dcat_range){200e9, 300e9}, 100, servers, SERVERS);
    dcat_draw_areas(number, 200e3, areas, AREAS);
    dcat_status status =
        dcat_world_create(&config, servers, SERVERS, areas, AREAS, number, &made, err);
    *world = (dcat_train_world){
        .world = made, .demand = user, .cycle_first = 0, .cycle_count = STEPS, .handle = made};
    return status;
}

static void close_world(void *user, dcat_train_world *world)
{
    (void)user;
    dcat_world_destroy(world->handle);
}

static dcat_train_config config_of_all(void)
{
    static const dcat_jobs one_thread = {DCAT_SIZED(dcat_jobs), .thread_count = 1};
    dcat_train_config config = dcat_train_config_default(DCAT_ESTIMATOR_GROUP);
    config.auction = dcat_auction_find("rea");
    config.epoch_count = 3;
    config.environment_count = 2;
    config.sample_count = 2;
    config.step_count = 2;
    config.world_cycle_count = 4;
    config.jobs = &one_thread;
    return config;
}

static dcat_train_source source_of_all(void)
{
    static dcat_demand *demand;
    if (demand == NULL) {
        double weight[STEPS * AREAS];
        for (int i = 0; i < STEPS * AREAS; i++) {
            weight[i] = 1.0 + i % 3;
        }
        const dcat_demand_profile profile = {
            DCAT_SIZED(dcat_demand_profile),
            .arrivals_per_slot = 3.0,
            .weight = weight,
            .step_count = STEPS,
            .area_count = AREAS,
            .work_cycles = {500e9, 900e9},
            .data_bits = {20e6, 20e6},
            .deadline_s = {2.0, 3.0},
            .value_per_gigacycle = {INFINITY, INFINITY},
            .train_step_count = STEPS,
        };
        require(dcat_demand_create_profile(&profile, &demand, NULL) == DCAT_OK);
    }
    return (dcat_train_source){.user = demand, .open = open_world, .close = close_world};
}

// A checkpoint after one epoch.
static const unsigned char *right_checkpoint(size_t *size)
{
    static unsigned char *bytes;
    static size_t byte_count;
    if (bytes == NULL) {
        const dcat_actor_shape shape = {.pair_hidden = 8, .stop_hidden = 8, .critic_hidden = 8};
        const dcat_train_config config = config_of_all();
        const dcat_train_source source = source_of_all();
        const dcat_actor_origin origin = {.seed = 5, .command = "fuzz"};
        dcat_actor *actor = NULL;
        dcat_trainer *trainer = NULL;
        dcat_train_report report;
        require(dcat_actor_create(&shape, 1, &actor, NULL) == DCAT_OK);
        require(dcat_trainer_create(&config, &source, actor, &trainer, NULL) == DCAT_OK);
        require(dcat_trainer_epoch(trainer, &report, NULL) == DCAT_OK);
        require(dcat_trainer_write(trainer, &origin, &bytes, &byte_count, NULL) == DCAT_OK);
        dcat_trainer_destroy(trainer);
        dcat_actor_destroy(actor);
    }
    *size = byte_count;
    return bytes;
}

static void go_on(const unsigned char *bytes, size_t size)
{
    const dcat_train_config config = config_of_all();
    const dcat_train_source source = source_of_all();
    dcat_trainer *trainer = NULL;
    dcat_train_report report;
    dcat_error err = {0};
    dcat_status status =
        dcat_trainer_read(&config, &source, bytes, size, "fuzz.checkpoint", &trainer, &err);
    if (status != DCAT_OK) {
        require(err.status == status && dcat_status_is_user_error(status));
        require(strncmp(err.message, "fuzz.checkpoint:", 16) == 0);
        return;
    }
    if (dcat_trainer_epoch_count(trainer) < config.epoch_count) {
        status = dcat_trainer_epoch(trainer, &report, &err);
        require(status == DCAT_OK || (err.status == status && err.message[0] != '\0'));
    }
    dcat_trainer_destroy(trainer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t right_size = 0;
    const unsigned char *right = right_checkpoint(&right_size);
    unsigned char *copies[RL_TENSOR_MAX] = {NULL};
    rl_tensors tensors;
    require(rl_safetensors_read(right, right_size, "right", &tensors, NULL) == DCAT_OK);
    size_t count = tensors.count;
    for (size_t t = 0; t < count; t++) {
        copies[t] = malloc(tensors.tensor[t].byte_count + 1);
        require(copies[t] != NULL);
        memcpy(copies[t], tensors.tensor[t].data, tensors.tensor[t].byte_count);
        tensors.tensor[t].data = copies[t];
    }
    for (size_t i = 0; i + 4 <= size; i += 4) {
        if (data[i] == 255 && tensors.count > 0) {
            tensors.tensor[data[i + 1] % tensors.count] = tensors.tensor[tensors.count - 1];
            tensors.count--;
            continue;
        }
        size_t t = data[i] % count;
        size_t room = 0;
        for (size_t k = 0; k < tensors.count; k++) {
            room = tensors.tensor[k].data == copies[t] ? tensors.tensor[k].byte_count : room;
        }
        if (room > 0) {
            copies[t][(data[i + 1] + 256u * data[i + 2]) % room] = data[i + 3];
        }
    }
    unsigned char *bytes = NULL;
    size_t byte_count = 0;
    require(rl_safetensors_write(&tensors, &bytes, &byte_count, NULL) == DCAT_OK);
    go_on(bytes, byte_count);
    free(bytes);
    rl_tensors_free(&tensors);
    for (size_t t = 0; t < count; t++) {
        free(copies[t]);
    }
    return 0;
}
