// SPDX-License-Identifier: Apache-2.0
// meter.h - what everybody earns in a run in which somebody may not be what it says.

#ifndef DCAT_AUDIT_METER_H
#define DCAT_AUDIT_METER_H

#include "audit/audit.h"

typedef struct audit_meter {
    const dcat_world *world;    // as it is
    const double *speed_factor; // Nullable [S] what servers say of their speed
    const dcat_device_lie *lie; // Nullable: what one says of its device
    const bool *watched;        // Nullable [S] whose awards are counted
    double *utility;            // [S] true: real costs of the work that was done
    double platform;
    int64_t award_count, late;
} audit_meter;

// A hook of dcat_env_hooks.after_task, whose user is the meter.
void audit_meter_award(void *meter, const dcat_slot_record *slot, int32_t n,
                       const dcat_award *award);

#endif
