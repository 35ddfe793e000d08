// SPDX-License-Identifier: Apache-2.0
// ranks.h (internal) - what the parts that work in several processes share.

#ifndef DCAT_BASE_RANKS_H
#define DCAT_BASE_RANKS_H

#include "dcat/x/ranks.h"

// All ranks call it with how they fared and go on alike: DCAT_OK when all did well, otherwise the
// failure of the lowest rank that failed, in err of each. A message says which rank when another
// one failed. ranks is nullable: own and *err stay.
dcat_status ranks_agree(const dcat_ranks *ranks, dcat_status own, dcat_error *err);

// All ranks call it with what they have read, say, and which must be the same everywhere. When it
// is not, all fail: "rank 2 has WHAT than rank 0". ranks is nullable. Errors: ERR_FIELD; of the
// ranks.
dcat_status ranks_same(const dcat_ranks *ranks, const char *what, const void *bytes,
                       size_t byte_count, dcat_error *err);

#endif
