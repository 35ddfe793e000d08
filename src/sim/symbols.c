// SPDX-License-Identifier: Apache-2.0
// The functions whose text stands in public headers, once more as symbols of the library: a binding
// that looks names up (dlsym) finds them like all others.

#define DCAT_INLINE DCAT_API extern inline
#include "dcat/dcat.h"
#include "dcat/x/clock.h"
#include "dcat/x/model.h"
