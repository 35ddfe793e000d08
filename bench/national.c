// SPDX-License-Identifier: Apache-2.0
// Generated countries as places for dcat bench: written to files as `dcat generate` does and read
// again, so that what is measured is what a user gets.

#include "bench/bench.h"
#include "dcat/x/file.h"
#include "import/generate.h"

// The files are read from where they are being written, and never committed.
static dcat_status load(dcat_output *output, dcat_scenario **scenario, dcat_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/scenario.yaml", dcat_output_temporary(output));
    if (fflush(NULL) != 0) {
        return dcat_fail(err, DCAT_ERR_IO, "%s: cannot be written", path);
    }
    return dcat_scenario_load(path, NULL, 0, scenario, err);
}

dcat_status bench_national_scenario(size_t server_count, dcat_scenario **scenario, dcat_error *err)
{
    char path[4096];
    bench_temporary(path, sizeof path, "country");
    const generate_config config = {.server_count = server_count, .seed = 1};
    generate_country country = {0};
    dcat_output *output = NULL;
    dcat_status status = dcat_output_open(path, true, &output, err);
    if (status == DCAT_OK) {
        status = generate_country_make(&config, &country, err);
    }
    if (status == DCAT_OK) {
        status = generate_write(&country, output, err);
    }
    if (status == DCAT_OK) {
        status = load(output, scenario, err);
    }
    generate_country_free(&country);
    dcat_output_abort(output);
    return status;
}
