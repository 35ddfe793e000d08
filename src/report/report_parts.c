// SPDX-License-Identifier: Apache-2.0
#include "report/report_parts.h"

#include "dcat/version.h"
#include "file/write_text.h"
#include "report/manifest.h"
#include "report/result/table.h"
#include <inttypes.h>
#include <stdlib.h>

// --- Head

static const char *title_or_name(const dcat_scenario *scenario)
{
    const char *title = dcat_scenario_title(scenario);
    return title[0] != '\0' ? title : dcat_scenario_name(scenario);
}

static void put_fact(FILE *file, const char *term, const char *value, const char *detail)
{
    fputs("<div><dt>", file);
    html_put_text(file, term);
    fputs("</dt><dd>", file);
    html_put_text(file, value);
    fputs("<small>", file);
    html_put_text(file, detail);
    fputs("</small></dd></div>\n", file);
}

static void network_text(const dcat_network_config *network, char *value, char *detail, size_t size)
{
    char length[NUMBER_TEXT_SIZE];
    if (network->kind == DCAT_NETWORK_GRAPH) {
        snprintf(value, size, "%zu nodes", network->node_count);
        snprintf(detail, size, "%zu links; least-delay paths", network->link_count);
    } else {
        number_fixed(network->hop_m / 1e3, 0, length);
        snprintf(value, size, "%.20s km hops", length);
        snprintf(detail, size, "synthetic, at most %d hops", network->hop_max);
    }
}

static void put_world_facts(const dcat_compare_report *report, const demand_facts *demand,
                            FILE *file)
{
    const dcat_world *world = report->world;
    const dcat_world_config *config = dcat_world_config_view(world);
    char value[128];
    char detail[128];
    char number[NUMBER_TEXT_SIZE];
    number_fixed(facts_capacity_hz(world) / 1e12, 1, number);
    snprintf(value, sizeof value, "%zu", dcat_world_server_count(world));
    snprintf(detail, sizeof detail, "%.20s THz together", number);
    put_fact(file, "Servers", value, detail);
    snprintf(value, sizeof value, "%zu", dcat_world_area_count(world));
    put_fact(file, "Areas", value, "where tasks come from");
    network_text(&config->network, value, detail, sizeof value);
    put_fact(file, "Network", value, detail);
    number_fixed(config->span_m_max / 1e3, 0, number);
    snprintf(value, sizeof value, "%.20s km", number);
    put_fact(file, "Span limit", value, "between members of a cluster");
    number_fixed(demand->load_factor, 2, value);
    put_fact(file, "Load factor", value, "work offered / capacity, world 1");
}

static void put_run_facts(const dcat_compare_report *report, FILE *file)
{
    const dcat_compare_config *config = report->config;
    const dcat_world_config *world = dcat_world_config_view(report->world);
    char value[128];
    char detail[128];
    char number[NUMBER_TEXT_SIZE];
    snprintf(value, sizeof value, "%" PRIu32, config->cycle_count);
    snprintf(detail, sizeof detail, "numbers %" PRIu32 " to %" PRIu32 "%s", config->cycle_first,
             config->cycle_first + config->cycle_count - 1,
             dcat_scenario_train_cycles(report->scenario).count > 0 ? ", not for training" : "");
    put_fact(file, "Cycles", value, detail);
    number_text(world->slot_s, number);
    snprintf(value, sizeof value, "%d per cycle", world->slots_per_cycle);
    snprintf(detail, sizeof detail, "of %s s", number);
    put_fact(file, "Slots", value, detail);
    snprintf(value, sizeof value, "%zu", config->world_count);
    put_fact(file, "Worlds", value, "every policy meets the same tasks");
    snprintf(value, sizeof value, "%zu", config->policy_count);
    put_fact(file, "Policies", value, "clusterer : auction");
    snprintf(value, sizeof value, "%" PRIu64, report->seed);
    put_fact(file, "Seed", value, "same seed, same numbers");
}

dcat_status report_open(const dcat_compare_report *report, html_page *page, dcat_error *err)
{
    const char *title = title_or_name(report->scenario);
    const page_names names = {"dcat comparison", dcat_scenario_name(report->scenario), title,
                              title};
    return page_open(page, &names, err);
}

void report_put_lead(const dcat_compare_report *report, FILE *file)
{
    char headline[1024];
    facts_headline(report, headline, sizeof headline);
    html_put_text(file, headline);
    char sentence[400];
    facts_sentence(report, sentence, sizeof sentence);
    fputs("</p>\n<p class=\"note\">", file);
    html_put_text(file, sentence);
    fputs(".</p>\n</header>\n<main>\n", file);
}

void report_put_facts(const dcat_compare_report *report, const demand_facts *demand, FILE *file)
{
    fputs("<section>\n<h2>The scenario</h2>\n<dl class=\"facts\">\n", file);
    put_world_facts(report, demand, file);
    put_run_facts(report, file);
    fputs("</dl>\n</section>\n", file);
}

// --- Table

dcat_status report_put_table(const dcat_compare_report *report, FILE *file, dcat_error *err)
{
    compare_shown shown;
    compare_shown_make(report, true, &shown);
    fputs("<section>\n<h2>Results</h2>\n<p class=\"note\">Best policy first. The baseline is ",
          file);
    html_put_text(file, facts_baseline_role(report));
    fputs(report->config->world_count > 1
              ? "; \u00b1 is the half-width of a 95 % confidence interval over worlds"
              : "; with one world there are no confidence intervals",
          file);
    fputs(".</p>\n", file);
    dcat_status status = dcat_table_write_html(&shown.table, file, err);
    fputs("</section>\n", file);
    dcat_table_free(&shown.table);
    return status;
}

// --- Glossary

static const char *const glossary[][2] = {
    {"Cluster", "Servers close to each other that work on a task together, like one faster server. "
                "No two members may be farther apart than the span limit."},
    {"Clusterer", "The rule that groups servers into clusters, asked once per cycle."},
    {"Auction", "The rule that awards one task to one cluster and sets the price."},
    {"Policy", "A clusterer and an auction together, written clusterer:auction."},
    {"Cycle, slot", "Clusters stay as they are for a cycle. A cycle has slots; the tasks that "
                    "arrive in a slot are auctioned one after the other."},
    {"World", "One draw of what the scenario leaves to chance: positions, speeds, link rates, "
              "arrivals. Results are means over worlds."},
    {"Fee, payment, cost", "The user pays the fee to the platform; the platform makes the payment "
                           "to the cluster; the cost is what the work costs the cluster."},
    {"Profit, margin", "Profit is fees less payments. Margin is profit divided by fees."},
    {"Offloading", "The share of arrived tasks that were awarded to a cluster."},
    {"Candidate", "A cluster that can finish a task before its deadline. Without one the task is "
                  "lost; with only one there is nobody to compete with it."},
    {"Simultaneous exit", "All remaining bidders leave the falling clock at the same price cut, so "
                          "nobody is left to take the task."},
    {"Below cost", "A cluster's payment is split by load. A member whose own cost is above its "
                   "share loses money on that task."},
    {"Paired gain, \u00b1", "Both policies ran on the same tasks in each world, so luck cancels in "
                            "the difference. \u00b1 is the half-width of the 95 % confidence "
                            "interval of the mean."},
    {"Baselines", "The paper's methods: random clusters or k-means, with the reverse auction (rea) "
                  "or a one-off bid (one-off)."},
};

void report_put_glossary(FILE *file)
{
    fputs("<section>\n<h2>Words used here</h2>\n<dl class=\"glossary\">\n", file);
    for (size_t i = 0; i < sizeof glossary / sizeof glossary[0]; i++) {
        fprintf(file, "<div><dt>%s</dt><dd>%s</dd></div>\n", glossary[i][0], glossary[i][1]);
    }
    fputs("</dl>\n</section>\n", file);
}

// --- Reproduction

static void put_pair(FILE *file, const char *term, const char *value)
{
    fprintf(file, "<tr><th scope=\"row\">%s</th><td>", term);
    html_put_text(file, value);
    fputs("</td></tr>\n", file);
}

static void put_inputs(const dcat_scenario *scenario, FILE *file)
{
    for (size_t i = 0; i < dcat_scenario_input_count(scenario); i++) {
        dcat_input_file input = dcat_scenario_input(scenario, i);
        fputs("<tr><th scope=\"row\">Input</th><td>", file);
        html_put_text(file, input.path);
        fprintf(file, ", %" PRIu64 " bytes<br><code>sha256 ", input.byte_count);
        html_put_text(file, input.sha256);
        fputs("</code></td></tr>\n", file);
    }
}

void report_put_reproduction(const dcat_compare_report *report, const dcat_manifest *manifest,
                             const html_page *page)
{
    FILE *file = page->file;
    char text[256];
    char number[NUMBER_TEXT_SIZE];
    page_put_command(page, manifest);
    fputs("<div class=\"scroll\"><table class=\"plain\">\n", file);
    snprintf(text, sizeof text, "%s, commit %s", dcat_version(), dcat_commit());
    put_pair(file, "dcat", text);
    put_pair(file, "Build", dcat_build());
    snprintf(text, sizeof text, "%" PRIu64, report->seed);
    put_pair(file, "Seed", text);
    put_inputs(report->scenario, file);
    number_fixed(report->wall_s, 1, number);
    char processes[40] = "";
    if (manifest->process_count > 1) {
        snprintf(processes, sizeof processes, "%d processes of ", manifest->process_count);
    }
    snprintf(text, sizeof text, "%s s on %s%d thread%s; %.0f MB of memory at most", number,
             processes, manifest->thread_count, manifest->thread_count == 1 ? "" : "s",
             manifest_peak_memory_bytes() / 1e6);
    put_pair(file, "This run", text);
    fputs("</table></div>\n<p class=\"note\">All numbers but the decision times are the same on "
          "every machine and for any number of threads and processes. The folder of this page "
          "holds them as CSV "
          "and JSON, and the figures as files.</p>\n</section>\n",
          file);
}
