// SPDX-License-Identifier: Apache-2.0
// Two policies on a scenario that ships with dcat, side by side. Build it against an installed
// dcat:
//
//   cc run.c $(pkg-config --cflags --libs dcat-io) -o run

#include <dcat/compare.h>
#include <dcat/x/report.h>
#include <dcat/x/scenario.h>
#include <stdio.h>
#include <stdlib.h>

enum { POLICIES = 2, WORLDS = 3 };

static void must(dcat_status status, const dcat_error *err)
{
    if (status != DCAT_OK) {
        fprintf(stderr, "run: %s\n", err->message);
        exit(dcat_status_is_user_error(status) ? 2 : 1);
    }
}

int main(void)
{
    dcat_error err = {0};
    dcat_scenario *scenario = NULL;
    must(dcat_scenario_load("paper", NULL, 0, &scenario, &err), &err);

    // A seed draws servers, links and arrivals; both policies meet the same ones.
    const uint64_t seeds[WORLDS] = {1, 2, 3};
    dcat_world *worlds[WORLDS] = {NULL};
    for (int w = 0; w < WORLDS; w++) {
        must(dcat_scenario_world(scenario, seeds[w], &worlds[w], &err), &err);
    }
    dcat_policy policies[POLICIES] = {{0}};
    must(dcat_policy_parse("kmeans:rea", &policies[0], &err), &err);
    must(dcat_policy_parse("linkage:rea-s", &policies[1], &err), &err);

    const dcat_compare_config config = {
        DCAT_SIZED(dcat_compare_config),
        .policies = policies,
        .policy_count = POLICIES,
        .source = dcat_compare_source_of((const dcat_world *const *)worlds),
        .seeds = seeds,
        .world_count = WORLDS,
        .cycle_first = dcat_scenario_test_cycles(scenario).first,
        .cycle_count = 20,
    };
    dcat_run_result results[POLICIES * WORLDS];
    must(dcat_compare_run(dcat_scenario_demand_view(scenario), &config, results, &err), &err);

    dcat_compare_row rows[POLICIES];
    size_t baseline = dcat_compare_baseline(&config, results);
    dcat_compare_summarise(&config, results, baseline, rows);
    const dcat_compare_report report = {
        .scenario = scenario,
        .config = &config,
        .world = worlds[0],
        .results = results,
        .rows = rows,
        .baseline = baseline,
        .seed = seeds[0],
    };
    must(dcat_write_compare_text(&report, stdout, &err), &err);

    for (int w = 0; w < WORLDS; w++) {
        dcat_world_destroy(worlds[w]);
    }
    dcat_scenario_destroy(scenario);
    return EXIT_SUCCESS;
}
