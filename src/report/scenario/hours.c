// SPDX-License-Identifier: Apache-2.0
// Money by the hour of a core, a card or a node, as people state it.

#include "file/json_write.h"
#include "report/scenario/remarks.h"
#include <math.h>

// Giga-cycles of an hour; 0: the scenario does not say.
static double gigacycles_of(const facts *f)
{
    return 3600.0 * dcat_scenario_hour(f->scenario).speed_ghz;
}

static double ceiling_of(const facts *f)
{
    return dcat_world_config_view(f->world)->auction.ceiling_per_cycle * 1e9;
}

json_t *hours_json(const facts *f)
{
    dcat_sold_hour hour = dcat_scenario_hour(f->scenario);
    double gigacycles = gigacycles_of(f);
    return gigacycles == 0.0 ? json_null()
                             : json_pack("{s:s,s:o,s:o,s:o,s:o,s:o}", "of", hour.of, "speed_ghz",
                                         json_number(hour.speed_ghz), "cost_min",
                                         json_number(f->unit_cost_min * gigacycles), "cost_max",
                                         json_number(f->unit_cost_max * gigacycles), "ceiling",
                                         json_number(ceiling_of(f) * gigacycles), "fee",
                                         json_number(f->fee_per_gigacycle * gigacycles));
}

void hours_print(const facts *f, FILE *file)
{
    dcat_sold_hour hour = dcat_scenario_hour(f->scenario);
    double gigacycles = gigacycles_of(f);
    if (gigacycles > 0.0) {
        fprintf(file, "Hours      of a %s of %g GHz: cost %.4g to %.4g, ", hour.of, hour.speed_ghz,
                f->unit_cost_min * gigacycles, f->unit_cost_max * gigacycles);
        if (isfinite(ceiling_of(f))) {
            fprintf(file, "public ceiling %g, ", ceiling_of(f) * gigacycles);
        }
        fprintf(file, "mean fee %.4g\n", f->fee_per_gigacycle * gigacycles);
    }
}
