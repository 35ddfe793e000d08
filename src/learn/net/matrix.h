// SPDX-License-Identifier: Apache-2.0
// matrix.h (internal) - products of row-major matrices, for learning: by CBLAS where the build has
// it (DCAT_BLAS), by plain loops otherwise. The last bits differ between the two.

#ifndef DCAT_LEARN_NET_MATRIX_H
#define DCAT_LEARN_NET_MATRIX_H

#include "dcat/error.h"
#include <stddef.h>

// c [rows, columns] = a [rows, inner] b [inner, columns].
void matrix_product(size_t rows, size_t inner, size_t columns, const float *a, const float *b,
                    float *c);

// c [rows, columns] = a [rows, inner] b^T, b [columns, inner].
void matrix_product_transposed(size_t rows, size_t inner, size_t columns, const float *a,
                               const float *b, float *c);

// sum [in, out] += a^T d, a [rows, in], d [rows, out].
void matrix_add_outer(size_t rows, size_t in, size_t out, const float *a, const float *d,
                      float *sum);

// Before the first product: load OpenBLAS, once in a process. A product uses one thread from then
// on, in the whole process, since environments run in parallel. Errors: ERR_NOT_FOUND, ERR_MEMORY.
dcat_status matrix_open(dcat_error *err);

#endif
