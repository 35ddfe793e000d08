// SPDX-License-Identifier: Apache-2.0
#include "learn/net/safetensors.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/utf8.h"
#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "safetensors are little-endian; this machine is not"
#endif

#define LENGTH_BYTES 8
#define HEADER_MAX (16u << 20)

static const struct {
    const char *name;
    size_t size;
} dtypes[RL_DTYPE_COUNT] = {[RL_F32] = {"F32", 4}, [RL_F64] = {"F64", 8}, [RL_I32] = {"I32", 4}};

rl_tensors rl_tensors_new(void)
{
    return (rl_tensors){.metadata = json_object()};
}

void rl_tensors_free(rl_tensors *tensors)
{
    json_decref(tensors->metadata);
    *tensors = (rl_tensors){0};
}

void rl_tensors_add(rl_tensors *tensors, const char *name, rl_dtype dtype, size_t rank,
                    const size_t *shape, const void *data)
{
    assert(tensors->count < RL_TENSOR_MAX && rank <= RL_RANK_MAX);
    rl_tensor *tensor = &tensors->tensor[tensors->count++];
    *tensor = (rl_tensor){.dtype = dtype, .rank = rank, .data = data};
    assert(strlen(name) < sizeof tensor->name);
    strcpy(tensor->name, name);
    tensor->byte_count = dtypes[dtype].size;
    for (size_t i = 0; i < rank; i++) {
        tensor->shape[i] = shape[i];
        tensor->byte_count *= shape[i];
    }
}

void rl_tensors_note(rl_tensors *tensors, const char *key, const char *value)
{
    // Metadata must be valid UTF-8; a command line need not be. Without memory there is none of it.
    size_t bad;
    json_t *text = text_is_utf8(value, strlen(value), &bad) ? json_string(value) : json_string("?");
    tensors->metadata = json_with(tensors->metadata, key, text);
}

const rl_tensor *rl_tensors_find(const rl_tensors *tensors, const char *name)
{
    for (size_t i = 0; i < tensors->count; i++) {
        if (strcmp(tensors->tensor[i].name, name) == 0) {
            return &tensors->tensor[i];
        }
    }
    return NULL;
}

const char *rl_tensors_noted(const rl_tensors *tensors, const char *key)
{
    return json_string_value(json_object_get(tensors->metadata, key));
}

// --- writing

static json_t *describe(const rl_tensor *tensor, size_t offset)
{
    json_t *shape = json_array();
    for (size_t i = 0; i < tensor->rank; i++) {
        shape = json_plus(shape, json_integer((json_int_t)tensor->shape[i]));
    }
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtypes[tensor->dtype].name, "shape", shape,
                     "data_offsets", (json_int_t)offset,
                     (json_int_t)offset + (json_int_t)tensor->byte_count);
}

static char *header_text(const rl_tensors *tensors)
{
    json_t *header = json_with(json_object(), "__metadata__", json_incref(tensors->metadata));
    size_t offset = 0;
    for (size_t i = 0; i < tensors->count; i++) {
        const rl_tensor *tensor = &tensors->tensor[i];
        header = json_with(header, tensor->name, describe(tensor, offset));
        offset += tensor->byte_count;
    }
    char *text = json_dumps(header, JSON_COMPACT);
    json_decref(header);
    return text;
}

// The note with the FNV-1a of all numbers as they lie in the file.
#define CHECKSUM_KEY "fnv1a64"
#define CHECKSUM_SIZE 17

static void note_checksum(rl_tensors *tensors)
{
    uint64_t hash = HASH_FNV1A_START;
    char text[CHECKSUM_SIZE];
    for (size_t i = 0; i < tensors->count; i++) {
        hash = hash_fnv1a(hash, tensors->tensor[i].data, tensors->tensor[i].byte_count);
    }
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    rl_tensors_note(tensors, CHECKSUM_KEY, text);
}

dcat_status rl_safetensors_write(rl_tensors *tensors, unsigned char **bytes, size_t *byte_count,
                                 dcat_error *err)
{
    note_checksum(tensors);
    char *header = header_text(tensors);
    size_t length = header != NULL ? strlen(header) : 0;
    size_t padded = (length + 7) / 8 * 8; // so that the numbers are aligned in the file
    size_t total = LENGTH_BYTES + padded;
    for (size_t i = 0; i < tensors->count; i++) {
        total += tensors->tensor[i].byte_count;
    }
    unsigned char *made = header != NULL ? malloc(total) : NULL;
    if (made == NULL) {
        free(header);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a file of %zu KiB", total >> 10);
    }
    uint64_t stated = padded;
    memcpy(made, &stated, LENGTH_BYTES);
    // Bytes, not a string. NOLINTNEXTLINE(bugprone-not-null-terminated-result)
    memcpy(made + LENGTH_BYTES, header, length);
    memset(made + LENGTH_BYTES + length, ' ', padded - length);
    free(header);
    size_t at = LENGTH_BYTES + padded;
    for (size_t i = 0; i < tensors->count; i++) {
        memcpy(made + at, tensors->tensor[i].data, tensors->tensor[i].byte_count);
        at += tensors->tensor[i].byte_count;
    }
    *bytes = made;
    *byte_count = total;
    return DCAT_OK;
}

// --- reading

typedef struct reader {
    const char *file;
    const unsigned char *data; // the numbers
    size_t data_bytes;
    size_t used; // bytes that tensors claim so far
    dcat_error *err;
} reader;

static bool read_dtype(const char *name, rl_dtype *dtype)
{
    for (unsigned i = 0; name != NULL && i < RL_DTYPE_COUNT; i++) {
        if (strcmp(dtypes[i].name, name) == 0) {
            *dtype = (rl_dtype)i;
            return true;
        }
    }
    return false;
}

static dcat_status read_shape(const reader *in, const json_t *shape, rl_tensor *tensor)
{
    if (!json_is_array(shape) || json_array_size(shape) > RL_RANK_MAX) {
        return dcat_fail(in->err, DCAT_ERR_FORMAT, "%s: %s.shape must be up to %d whole numbers",
                         in->file, tensor->name, RL_RANK_MAX);
    }
    tensor->rank = json_array_size(shape);
    tensor->byte_count = dtypes[tensor->dtype].size;
    for (size_t i = 0; i < tensor->rank; i++) {
        const json_t *extent = json_array_get(shape, i);
        json_int_t value = json_is_integer(extent) ? json_integer_value(extent) : -1;
        if (value < 0 || (uint64_t)value > in->data_bytes ||
            __builtin_mul_overflow(tensor->byte_count, (size_t)value, &tensor->byte_count)) {
            return dcat_fail(in->err, DCAT_ERR_FORMAT,
                             "%s: %s.shape[%zu] must be a whole number that fits the file",
                             in->file, tensor->name, i);
        }
        tensor->shape[i] = (size_t)value;
    }
    return DCAT_OK;
}

static dcat_status read_tensor(reader *in, const char *name, const json_t *value,
                               rl_tensors *tensors)
{
    if (tensors->count == RL_TENSOR_MAX) {
        return dcat_fail(in->err, DCAT_ERR_FORMAT, "%s: more than %d tensors", in->file,
                         RL_TENSOR_MAX);
    }
    rl_tensor *tensor = &tensors->tensor[tensors->count];
    *tensor = (rl_tensor){0};
    if (strlen(name) >= sizeof tensor->name) {
        return dcat_fail(in->err, DCAT_ERR_FORMAT, "%s: a tensor's name is too long: '%.60s...'",
                         in->file, name);
    }
    strcpy(tensor->name, name);
    if (!read_dtype(json_string_value(json_object_get(value, "dtype")), &tensor->dtype)) {
        return dcat_fail(in->err, DCAT_ERR_FORMAT, "%s: %s.dtype must be F32, F64 or I32", in->file,
                         name);
    }
    dcat_status status = read_shape(in, json_object_get(value, "shape"), tensor);
    if (status != DCAT_OK) {
        return status;
    }
    const json_t *offsets = json_object_get(value, "data_offsets");
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
        json_integer_value(begin) < 0 || json_integer_value(end) < json_integer_value(begin) ||
        (uint64_t)json_integer_value(end) > in->data_bytes ||
        (uint64_t)(json_integer_value(end) - json_integer_value(begin)) != tensor->byte_count) {
        return dcat_fail(
            in->err, DCAT_ERR_FORMAT,
            "%s: %s.data_offsets must be a range of the file as long as its shape says", in->file,
            name);
    }
    tensor->data = in->data + json_integer_value(begin);
    in->used += tensor->byte_count;
    tensors->count++;
    return DCAT_OK;
}

static dcat_status read_metadata(const reader *in, const json_t *value, rl_tensors *tensors)
{
    const char *key;
    json_t *text;
    if (!json_is_object(value)) {
        return dcat_fail(in->err, DCAT_ERR_FORMAT, "%s: __metadata__ must be an object", in->file);
    }
    json_object_foreach((json_t *)value, key, text)
    {
        if (!json_is_string(text)) {
            return dcat_fail(in->err, DCAT_ERR_FORMAT, "%s: __metadata__.%.60s must be text",
                             in->file, key);
        }
        tensors->metadata = json_with(tensors->metadata, key, json_incref(text));
    }
    return tensors->metadata != NULL ? DCAT_OK
                                     : dcat_fail(in->err, DCAT_ERR_MEMORY, "out of memory");
}

// Tensors fill the file from its first number to its last, in whatever order they are listed: none
// shares bytes with another. Sums alone would not tell.
static dcat_status check_no_gaps(const reader *in, const rl_tensors *tensors)
{
    const unsigned char *at = in->data;
    for (bool found = true; found;) {
        found = false;
        for (size_t i = 0; !found && i < tensors->count; i++) {
            const rl_tensor *tensor = &tensors->tensor[i];
            found = tensor->byte_count > 0 && tensor->data == at;
            at += found ? tensor->byte_count : 0;
        }
    }
    return at == in->data + in->data_bytes
               ? DCAT_OK
               : dcat_fail(in->err, DCAT_ERR_FORMAT,
                           "%s: no tensor starts at byte %zu of the numbers", in->file,
                           (size_t)(at - in->data));
}

// Files of earlier versions have none.
static dcat_status check_checksum(const reader *in, const rl_tensors *tensors)
{
    const char *stated = rl_tensors_noted(tensors, CHECKSUM_KEY);
    char checksum[CHECKSUM_SIZE];
    snprintf(checksum, sizeof checksum, "%016" PRIx64,
             hash_fnv1a(HASH_FNV1A_START, in->data, in->data_bytes));
    return stated == NULL || strcmp(stated, checksum) == 0
               ? DCAT_OK
               : dcat_fail(in->err, DCAT_ERR_FORMAT,
                           "%s: is damaged: its numbers are not those that were written", in->file);
}

static dcat_status read_header(reader *in, const json_t *header, rl_tensors *tensors)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)header, key, value)
    {
        dcat_status status = strcmp(key, "__metadata__") == 0
                                 ? read_metadata(in, value, tensors)
                                 : read_tensor(in, key, value, tensors);
        if (status != DCAT_OK) {
            return status;
        }
    }
    if (in->used != in->data_bytes) {
        return dcat_fail(in->err, DCAT_ERR_FORMAT,
                         "%s: its tensors have %zu bytes, the file has %zu for them", in->file,
                         in->used, in->data_bytes);
    }
    dcat_status status = check_no_gaps(in, tensors);
    return status == DCAT_OK ? check_checksum(in, tensors) : status;
}

dcat_status rl_safetensors_read(const unsigned char *bytes, size_t byte_count, const char *name,
                                rl_tensors *tensors, dcat_error *err)
{
    uint64_t length = 0;
    if (byte_count >= LENGTH_BYTES) {
        memcpy(&length, bytes, LENGTH_BYTES);
    }
    if (byte_count < LENGTH_BYTES || length > HEADER_MAX || length > byte_count - LENGTH_BYTES) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "%s: not a safetensors file: %zu bytes, header of %" PRIu64, name,
                         byte_count, length);
    }
    json_error_t where;
    json_t *header = json_object_of((const char *)bytes + LENGTH_BYTES, (size_t)length, &where);
    if (header == NULL && where.text[0] == '\0') {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", name);
    }
    if (header == NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "%s: the header is not a JSON object: %s", name,
                         where.text);
    }
    reader in = {
        .file = name,
        .data = bytes + LENGTH_BYTES + length,
        .data_bytes = byte_count - LENGTH_BYTES - (size_t)length,
        .err = err,
    };
    rl_tensors made = rl_tensors_new();
    dcat_status status = read_header(&in, header, &made);
    json_decref(header);
    if (status != DCAT_OK) {
        rl_tensors_free(&made);
        return status;
    }
    *tensors = made;
    return DCAT_OK;
}
