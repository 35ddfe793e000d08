// SPDX-License-Identifier: Apache-2.0
#include "base/ranks/ranks_share.h"

#include "base/ranks/ranks.h"

dcat_status ranks_share(const dcat_ranks *ranks, dcat_status own, void **bytes, size_t *byte_count,
                        dcat_error *err)
{
    if (ranks == NULL || ranks->count == 1) {
        return own;
    }
    bool first = dcat_ranks_first(ranks);
    dcat_status status = ranks_agree(ranks, first ? own : DCAT_OK, err);
    if (status == DCAT_OK && !first) {
        int sender;
        return ranks->receive(ranks->user, 0, &sender, bytes, byte_count, err);
    }
    for (int r = 1; status == DCAT_OK && r < ranks->count; r++) {
        status = ranks->send(ranks->user, r, *bytes, *byte_count, err);
    }
    return status;
}
