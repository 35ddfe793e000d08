// SPDX-License-Identifier: Apache-2.0
// version.h - which libdcat this is. Every run folder's manifest names it.

#ifndef DCAT_VERSION_H
#define DCAT_VERSION_H

#include "dcat/error.h"

#ifdef __cplusplus
extern "C" {
#endif

DCAT_API const char *dcat_version(void); // "0.1.0"

// Commit it was built from, 12 hexadecimal digits; "-dirty" follows when tracked files differed
// from it; "unknown" when it was not built from a git checkout.
DCAT_API const char *dcat_commit(void);

DCAT_API const char *dcat_build(void); // compiler, its version and flags

#ifdef __cplusplus
}
#endif
#endif
