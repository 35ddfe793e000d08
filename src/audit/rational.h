// SPDX-License-Identifier: Apache-2.0
// rational.h (internal) - counting who lost money.

#ifndef DCAT_AUDIT_RATIONAL_H
#define DCAT_AUDIT_RATIONAL_H

#include "dcat/market.h"
#include "dcat/x/audit.h"

// Look at one award, right after it: state still holds the clusters it went to.
void audit_rational_note(dcat_audit_rational *rational, const dcat_state *state,
                         const dcat_task *task, const dcat_award *award);

#endif
