// SPDX-License-Identifier: Apache-2.0
// remarks.h (for compare.c) - what a comparison tells that nobody asked for, on standard error.

#ifndef DCAT_TOOL_COMPARE_REMARKS_H
#define DCAT_TOOL_COMPARE_REMARKS_H

#include "tool/compare/compare_run.h"

// A ceiling that a search found, or somebody guessed, may shut out servers that nobody meant to.
void comparison_remark_on_ceiling(const comparison *c);

// Policies that earn less than a simple rule under the same auction.
void comparison_remark_on_simple_rules(const comparison *c);

#endif
