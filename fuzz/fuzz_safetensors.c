// SPDX-License-Identifier: Apache-2.0
// A policy file from memory. The input is the file, or, after a 'P', changes to a policy that is
// right: three bytes each, a place (low byte first, taken modulo the file's size) and what to put
// there. So the reader is met behind its first checks too, whatever features a version has.

#include "learn/checkpoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME "fuzz.safetensors"

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void require_refusal(dcat_status status, const dcat_error *err)
{
    require(err->status == status && dcat_status_is_user_error(status));
    require(strncmp(err->message, NAME ":", strlen(NAME) + 1) == 0);
}

// The smallest policy there is, written out once.
static const unsigned char *right_policy(size_t *size)
{
    static unsigned char *bytes;
    static size_t byte_count;
    if (bytes == NULL) {
        const dcat_actor_shape shape = {.pair_hidden = 8, .stop_hidden = 8, .critic_hidden = 8};
        dcat_actor *actor = NULL;
        rl_tensors tensors = rl_tensors_new();
        require(dcat_actor_create(&shape, 1, &actor, NULL) == DCAT_OK);
        rl_actor_to_tensors(actor, dcat_actor_origin_view(actor), &tensors);
        require(rl_safetensors_write(&tensors, &bytes, &byte_count, NULL) == DCAT_OK);
        rl_tensors_free(&tensors);
        dcat_actor_destroy(actor);
    }
    *size = byte_count;
    return bytes;
}

// What was read is written and read again: the same tensors.
static void check_tensors(rl_tensors *tensors)
{
    unsigned char *bytes = NULL;
    size_t byte_count = 0;
    rl_tensors again;
    require(rl_safetensors_write(tensors, &bytes, &byte_count, NULL) == DCAT_OK);
    require(rl_safetensors_read(bytes, byte_count, NAME, &again, NULL) == DCAT_OK);
    require(again.count == tensors->count);
    for (size_t i = 0; i < again.count; i++) {
        const rl_tensor *other = rl_tensors_find(tensors, again.tensor[i].name);
        require(other != NULL && other->byte_count == again.tensor[i].byte_count);
        require(memcmp(other->data, again.tensor[i].data, other->byte_count) == 0);
    }
    require(json_equal(again.metadata, tensors->metadata));
    rl_tensors_free(&again);
    free(bytes);
}

static void check_actor(const dcat_actor *actor)
{
    for (size_t i = 0; i < dcat_actor_weight_count(actor); i++) {
        require(isfinite(actor->weights[i]));
    }
    require(dcat_actor_origin_view(actor)->auction != NULL);
}

static void read_bytes(const unsigned char *bytes, size_t size)
{
    dcat_error err = {0};
    rl_tensors tensors;
    dcat_status status = rl_safetensors_read(bytes, size, NAME, &tensors, &err);
    if (status == DCAT_OK) {
        check_tensors(&tensors);
        rl_tensors_free(&tensors);
    } else {
        require_refusal(status, &err);
    }
    dcat_actor *actor = NULL;
    status = dcat_actor_read(bytes, size, NAME, &actor, &err);
    if (status == DCAT_OK) {
        check_actor(actor);
        dcat_actor_destroy(actor);
    } else {
        require_refusal(status, &err);
    }
}

static void read_changed(const uint8_t *changes, size_t size)
{
    size_t byte_count = 0;
    const unsigned char *right = right_policy(&byte_count);
    unsigned char *bytes = malloc(byte_count);
    require(bytes != NULL);
    memcpy(bytes, right, byte_count);
    for (size_t i = 0; i + 3 <= size; i += 3) {
        bytes[(changes[i] + 256u * changes[i + 1]) % byte_count] = changes[i + 2];
    }
    read_bytes(bytes, byte_count);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 'P') {
        read_changed(data + 1, size - 1);
    } else {
        read_bytes(data, size);
    }
    return 0;
}
