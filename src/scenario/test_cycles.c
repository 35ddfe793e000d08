// SPDX-License-Identifier: Apache-2.0
#include "dcat/x/scenario.h"

dcat_status dcat_scenario_first_test_cycles(const dcat_scenario *scenario, uint32_t asked,
                                            dcat_cycle_span *cycles, dcat_error *err)
{
    dcat_cycle_span test = dcat_scenario_test_cycles(scenario);
    if (asked > test.count) {
        return dcat_fail(err, DCAT_ERR_RANGE,
                         "--cycles must be in [1, %u], the test cycles of %s; got %u", test.count,
                         dcat_scenario_name(scenario), asked);
    }
    *cycles = (dcat_cycle_span){test.first, asked > 0 ? asked : test.count};
    return DCAT_OK;
}
