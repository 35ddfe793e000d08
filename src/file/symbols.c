// SPDX-License-Identifier: Apache-2.0
// The functions whose text stands in this folder's public headers, once more as symbols: see
// src/sim/symbols.c.

#define DCAT_INLINE DCAT_API extern inline
#include "dcat/x/table.h"
