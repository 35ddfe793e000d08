// SPDX-License-Identifier: Apache-2.0
// safetensors.h (internal) - tensors in a file: 8 bytes of length, a JSON header, the numbers.
//
// Little-endian, row-major, no gaps. Reading trusts nothing: every length, shape and offset is
// checked before it is used. Format: github.com/huggingface/safetensors.

#ifndef DCAT_LEARN_NET_SAFETENSORS_H
#define DCAT_LEARN_NET_SAFETENSORS_H

#include "dcat/error.h"
#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define RL_TENSOR_MAX 64
#define RL_RANK_MAX 3

typedef enum rl_dtype { RL_F32, RL_F64, RL_I32, RL_DTYPE_COUNT } rl_dtype;

typedef struct rl_tensor {
    char name[64];
    rl_dtype dtype;
    size_t shape[RL_RANK_MAX];
    size_t rank;
    const void *data; // borrowed; when read, not aligned: copy it out
    size_t byte_count;
} rl_tensor;

typedef struct rl_tensors {
    rl_tensor tensor[RL_TENSOR_MAX];
    size_t count;
    json_t *metadata; // object of strings; owned
} rl_tensors;

rl_tensors rl_tensors_new(void);
void rl_tensors_free(rl_tensors *tensors);

// Add a borrowed array; at most RL_TENSOR_MAX, a rank of at most RL_RANK_MAX (asserted).
void rl_tensors_add(rl_tensors *tensors, const char *name, rl_dtype dtype, size_t rank,
                    const size_t *shape, const void *data);
void rl_tensors_note(rl_tensors *tensors, const char *key, const char *value);

// By name; NULL if there is none.
const rl_tensor *rl_tensors_find(const rl_tensors *tensors, const char *name);
const char *rl_tensors_noted(const rl_tensors *tensors, const char *key);

// The bytes of a file, to be freed by the caller; adds a note with their checksum, which reading
// verifies. Errors: ERR_MEMORY.
dcat_status rl_safetensors_write(rl_tensors *tensors, unsigned char **bytes, size_t *byte_count,
                                 dcat_error *err);

// Borrows bytes. name stands for the file in messages. Errors: ERR_FORMAT, ERR_FIELD, ERR_MEMORY.
dcat_status rl_safetensors_read(const unsigned char *bytes, size_t byte_count, const char *name,
                                rl_tensors *tensors, dcat_error *err);

#endif
