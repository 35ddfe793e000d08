// shipped_policy.c - the trained actors that are part of the library.

#include "dcat/x/policy_file.h"

#include "file/embedded.h"
#include <assert.h>

dcat_status dcat_actor_shipped(dcat_auction_kind auction, dcat_actor **actor, dcat_error *err)
{
    // Whose clusters' limits are their average cost, or their dearest member's?
    bool paper = auction == DCAT_AUCTION_REA || auction == DCAT_AUCTION_ONE_OFF;
    const char *path = paper ? "policies/rea.safetensors" : "policies/rea-s.safetensors";
    const struct dcat_shipped_file *file = shipped_find(path);
    assert(file != NULL);
    return dcat_actor_read(file->data, file->size, path, actor, err);
}
