// SPDX-License-Identifier: Apache-2.0
// What a comparison tells that nobody asked for.

#include "tool/compare/remarks.h"

#include "dcat/x/world_facts.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void comparison_remark_on_ceiling(const comparison *c)
{
    double above = dcat_world_share_above_ceiling(c->first);
    bool counts = false;
    for (size_t p = 0; p < c->policy_count; p++) {
        counts = counts || c->policies[p].auction->under_ceiling;
    }
    if (counts && above > 0.01) {
        fprintf(stderr,
                "note: %.3g %% of the servers of the first world cost more than the ceiling, "
                "`market.ceiling_per_gigacycle`: they never sell under rea-s, vickrey and posted\n",
                100.0 * above);
    }
}

// A rule that nobody would have to learn, tune or search.
static bool is_simple(const dcat_policy *policy)
{
    static const char *const simple[] = {"single", "random", "kmeans", "linkage"};
    bool found = false;
    for (size_t i = 0; i < sizeof simple / sizeof simple[0]; i++) {
        found = found || strcmp(policy->clusterer->name, simple[i]) == 0;
    }
    return found;
}

// The simple rule under the same auction that earns most; SIZE_MAX where there is none.
static size_t best_simple(const comparison *c, const dcat_auction *auction)
{
    size_t best = SIZE_MAX;
    for (size_t p = 0; p < c->policy_count; p++) {
        if (c->policies[p].auction == auction && is_simple(&c->policies[p]) &&
            (best == SIZE_MAX || c->rows[p].profit.mean > c->rows[best].profit.mean)) {
            best = p;
        }
    }
    return best;
}

// Choice: below is what is below by more than the interval; without an interval, by more than a
// thousandth.
static void remark_on(const comparison *c, const dcat_compare_row *row, const char *simple,
                      double earned)
{
    const dcat_estimate *gain = &row->profit_gain;
    double doubt = isfinite(gain->ci95) ? gain->ci95 : 0.001 * earned;
    if (!(gain->mean < -doubt) || !(earned > 0.0)) {
        return;
    }
    char name[DCAT_POLICY_TEXT_SIZE];
    dcat_policy_text(&row->policy, name);
    fprintf(stderr, "note: %s earns %.2g %% less than %s, a simple rule", name,
            -100.0 * gain->mean / earned, simple);
    bool learned = row->policy.clusterer->needs_model;
    bool guard = dcat_world_config_view(c->first)->guard;
    fputs(learned && !guard ? ": turn clustering.guard on\n" : "\n", stderr);
}

void comparison_remark_on_simple_rules(const comparison *c)
{
    dcat_compare_row *rows = malloc(sizeof *rows * c->policy_count);
    for (size_t p = 0; rows != NULL && p < c->policy_count; p++) {
        size_t simple = best_simple(c, c->policies[p].auction);
        if (is_simple(&c->policies[p]) || simple == SIZE_MAX) {
            continue;
        }
        char name[DCAT_POLICY_TEXT_SIZE];
        dcat_policy_text(&c->policies[simple], name);
        dcat_compare_summarise(&c->config, c->results, simple, rows);
        remark_on(c, &rows[p], name, rows[simple].profit.mean);
    }
    free(rows);
}
