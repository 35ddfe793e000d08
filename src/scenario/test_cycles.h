// test_cycles.h - the first cycles of a scenario's test days, as many as a user asks for.

#ifndef DCAT_IO_TEST_CYCLES_H
#define DCAT_IO_TEST_CYCLES_H

#include "dcat/x/scenario.h"

// asked: what --cycles says; 0 is all there are. Errors: ERR_RANGE.
dcat_status test_cycles_of(const dcat_scenario *scenario, uint32_t asked, dcat_cycle_span *cycles,
                           dcat_error *err);

#endif
