// SPDX-License-Identifier: Apache-2.0
// Included before everything else when clang-tidy analyses a file (see ./check): tells it that
// dcat_fail returns the status that it is given, so that no path goes on as if a failure were
// DCAT_OK.

#ifndef DCAT_ANALYZER_H
#define DCAT_ANALYZER_H

#include "dcat/error.h"

#define dcat_fail(err, status, ...) (dcat_fail(err, status, __VA_ARGS__), (status))

#endif
