// SPDX-License-Identifier: Apache-2.0
#include "learn/net/matrix.h"

#ifdef DCAT_HAVE_BLAS
#include "base/memory.h"
#include <cblas.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

// OpenBLAS is loaded when somebody trains, and by nobody else: it starts threads and reserves
// memory as soon as it is there, and where address space is short it tries again for ever.
#define BLAS_LIBRARY "libopenblas.so.0"

static struct {
    void *handle; // NULL: not loaded
    __typeof__(&cblas_sgemm) sgemm;
    __typeof__(&openblas_set_num_threads) set_num_threads;
} blas;
static pthread_mutex_t in_blas = PTHREAD_MUTEX_INITIALIZER;

// Within in_blas.
static dcat_status load(dcat_error *err)
{
    size_t byte_count = memory_blas_bytes();
    if (!memory_has_addresses(byte_count)) {
        return dcat_fail(err, DCAT_ERR_MEMORY,
                         "training needs %zu MiB of address space for OpenBLAS (see ulimit -v)",
                         byte_count >> 20);
    }
    void *handle = dlopen(BLAS_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        return dcat_fail(err, DCAT_ERR_NOT_FOUND, "training needs OpenBLAS: %s", dlerror());
    }
    *(void **)&blas.sgemm = dlsym(handle, "cblas_sgemm");
    *(void **)&blas.set_num_threads = dlsym(handle, "openblas_set_num_threads");
    if (blas.sgemm == NULL || blas.set_num_threads == NULL) {
        dlclose(handle);
        return dcat_fail(err, DCAT_ERR_NOT_FOUND, "training needs OpenBLAS: %s has no cblas_sgemm",
                         BLAS_LIBRARY);
    }
    blas.handle = handle; // for as long as the process lives
    return DCAT_OK;
}

dcat_status matrix_open(dcat_error *err)
{
    pthread_mutex_lock(&in_blas);
    dcat_status status = blas.handle == NULL ? load(err) : DCAT_OK;
    if (status == DCAT_OK) {
        blas.set_num_threads(1);
    }
    pthread_mutex_unlock(&in_blas);
    return status;
}

void matrix_product(size_t rows, size_t inner, size_t columns, const float *a, const float *b,
                    float *c)
{
    blas.sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)columns, (int)inner, 1.0f,
               a, (int)inner, b, (int)columns, 0.0f, c, (int)columns);
}

void matrix_product_transposed(size_t rows, size_t inner, size_t columns, const float *a,
                               const float *b, float *c)
{
    blas.sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)columns, (int)inner, 1.0f,
               a, (int)inner, b, (int)inner, 0.0f, c, (int)columns);
}

void matrix_add_outer(size_t rows, size_t in, size_t out, const float *a, const float *d,
                      float *sum)
{
    blas.sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)in, (int)out, (int)rows, 1.0f, a,
               (int)in, d, (int)out, 1.0f, sum, (int)out);
}

#else
#include <string.h>

void matrix_product(size_t rows, size_t inner, size_t columns, const float *a, const float *b,
                    float *c)
{
    memset(c, 0, sizeof *c * rows * columns);
    for (size_t r = 0; r < rows; r++) {
        for (size_t i = 0; i < inner; i++) {
            for (size_t k = 0; k < columns; k++) {
                c[r * columns + k] += a[r * inner + i] * b[i * columns + k];
            }
        }
    }
}

void matrix_product_transposed(size_t rows, size_t inner, size_t columns, const float *a,
                               const float *b, float *c)
{
    for (size_t r = 0; r < rows; r++) {
        for (size_t k = 0; k < columns; k++) {
            float sum = 0.0f;
            for (size_t i = 0; i < inner; i++) {
                sum += a[r * inner + i] * b[k * inner + i];
            }
            c[r * columns + k] = sum;
        }
    }
}

void matrix_add_outer(size_t rows, size_t in, size_t out, const float *a, const float *d,
                      float *sum)
{
    for (size_t r = 0; r < rows; r++) {
        for (size_t i = 0; i < in; i++) {
            for (size_t k = 0; k < out; k++) {
                sum[i * out + k] += a[r * in + i] * d[r * out + k];
            }
        }
    }
}

dcat_status matrix_open(dcat_error *err)
{
    (void)err;
    return DCAT_OK;
}
#endif
