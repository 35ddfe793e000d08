// shipped_policy.c - the trained actors that are part of the library.

#include "dcat/x/policy_file.h"

#include "file/embedded.h"
#include <assert.h>

dcat_status dcat_actor_shipped(const dcat_auction *auction, dcat_actor **actor, dcat_error *err)
{
    // Whose clusters' limits are their average cost, or their dearest member's?
    const char *path = auction->limit == DCAT_LIMIT_MEAN ? "policies/rea.safetensors"
                                                         : "policies/rea-s.safetensors";
    const struct dcat_shipped_file *file = shipped_find(path);
    assert(file != NULL);
    return dcat_actor_read(file->data, file->size, path, actor, err);
}
