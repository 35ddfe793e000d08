// SPDX-License-Identifier: Apache-2.0
// resources.h (internal) - resources inside another object's block.

#ifndef DCAT_RESOURCES_RESOURCES_H
#define DCAT_RESOURCES_RESOURCES_H

#include "dcat/x/resources.h"

size_t resources_bytes(const dcat_resources *resources);

// A copy in memory of that size, 64-byte aligned, which goes with it.
dcat_resources *resources_copy(void *memory, const dcat_resources *from);

size_t resources_server_count(const dcat_resources *resources);

#endif
