// SPDX-License-Identifier: Apache-2.0
// ranks_share.h (internal) - what rank 0 has read or drawn, for the others.

#ifndef DCAT_BASE_RANKS_SHARE_H
#define DCAT_BASE_RANKS_SHARE_H

#include "dcat/x/ranks.h"

// Rank 0's bytes to everybody. All ranks call it; own, *bytes and *byte_count count at rank 0 only:
// how it fared in getting them, and what it got. When it failed, all fail with its error and bytes
// stay as they are. Otherwise *bytes is the caller's to free at every rank, as it was at rank 0.
// ranks is nullable: own and *err stay.
dcat_status ranks_share(const dcat_ranks *ranks, dcat_status own, void **bytes, size_t *byte_count,
                        dcat_error *err);

#endif
