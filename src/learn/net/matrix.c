// SPDX-License-Identifier: Apache-2.0
#include "learn/net/matrix.h"

#ifdef DCAT_HAVE_BLAS
#include <cblas.h>

void matrix_product(size_t rows, size_t inner, size_t columns, const float *a, const float *b,
                    float *c)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)columns, (int)inner,
                1.0f, a, (int)inner, b, (int)columns, 0.0f, c, (int)columns);
}

void matrix_product_transposed(size_t rows, size_t inner, size_t columns, const float *a,
                               const float *b, float *c)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)columns, (int)inner, 1.0f,
                a, (int)inner, b, (int)inner, 0.0f, c, (int)columns);
}

void matrix_add_outer(size_t rows, size_t in, size_t out, const float *a, const float *d,
                      float *sum)
{
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)in, (int)out, (int)rows, 1.0f, a,
                (int)in, d, (int)out, 1.0f, sum, (int)out);
}

void matrix_use_one_thread(void)
{
    openblas_set_num_threads(1);
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

void matrix_use_one_thread(void)
{
}
#endif
