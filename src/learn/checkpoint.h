// SPDX-License-Identifier: Apache-2.0
// checkpoint.h (internal) - an actor as tensors and notes; docs/learner.md describes the file.

#ifndef DCAT_LEARN_CHECKPOINT_H
#define DCAT_LEARN_CHECKPOINT_H

#include "learn/net/actor.h"
#include "learn/net/safetensors.h"

void rl_actor_to_tensors(const dcat_actor *actor, const dcat_actor_origin *origin,
                         rl_tensors *tensors);
dcat_status rl_actor_from_tensors(const rl_tensors *tensors, const char *name, dcat_actor **actor,
                                  dcat_error *err);

// A tensor of this name, type and shape, copied to data. Errors: ERR_FIELD, naming it.
dcat_status rl_tensors_take(const rl_tensors *tensors, const char *file, const char *name,
                            rl_dtype dtype, size_t rank, const size_t *shape, void *data,
                            dcat_error *err);

// A note that is a whole number. Errors: ERR_FIELD.
dcat_status rl_tensors_number(const rl_tensors *tensors, const char *file, const char *key,
                              uint64_t *value, dcat_error *err);

#endif
