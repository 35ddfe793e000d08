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

dcat_status report_open(const dcat_compare_report *report, const demand_facts *demand,
                        html_page *page, dcat_error *err)
{
    const char *title = title_or_name(report->scenario);
    char sentence[400];
    char facts[600];
    char speed[NUMBER_TEXT_SIZE];
    char load[NUMBER_TEXT_SIZE];
    facts_sentence(report, sentence, sizeof sentence);
    number_fixed(facts_capacity_hz(report->world) / 1e12, 1, speed);
    number_fixed(demand->load_factor, 2, load);
    if (dcat_world_config_view(report->world)->resources != NULL) {
        snprintf(facts, sizeof facts, "%s; %zu classes of work", sentence,
                 dcat_world_class_count(report->world));
    } else {
        snprintf(facts, sizeof facts,
                 "%s; %.20s THz together, offered %.20s times the work they can do", sentence,
                 speed, load);
    }
    const page_names names = {"dcat compare", dcat_scenario_name(report->scenario), title, title,
                              facts};
    return page_open(page, &names, err);
}

dcat_status report_put_band(const dcat_compare_report *report, const html_page *page,
                            dcat_error *err)
{
    facts_answers said;
    char number[DCAT_SHOWN_SIZE];
    char profit[DCAT_SHOWN_SIZE + 40];
    if (!compare_cell_text(report, 0, COMPARE_PROFIT, number)) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory");
    }
    const char *suffix = compare_unit(report).suffix;
    snprintf(profit, sizeof profit, "%s%s%s per cycle", number, suffix[0] != '\0' ? " " : "",
             suffix);
    facts_answer(report, profit, &said);
    const page_answer answers[] = {
        {"Which policy earns most?", said.best, said.best_proof, false},
        {"By how much?", said.gain, said.gain_proof, false},
        {"How sure is it?", said.sure, said.sure_proof, said.doubt},
    };
    page_put_band(page, answers, sizeof answers / sizeof answers[0]);
    return DCAT_OK;
}

// --- Table

dcat_status report_put_table(const dcat_compare_report *report, FILE *file, dcat_error *err)
{
    compare_shown shown;
    compare_shown_make(report, true, &shown);
    fputs("<section id=\"policies\">\n<h2>Policies</h2>\n", file);
    dcat_status status = dcat_table_write_html(&shown.table, file, err);
    // Phones see name, profit and gain first.
    fputs("<p class=\"all\"><a href=\"#policies\">All columns</a></p>\n</section>\n", file);
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
    fputs("<section>\n<details>\n<summary>Words used here</summary>\n<dl class=\"glossary\">\n",
          file);
    for (size_t i = 0; i < sizeof glossary / sizeof glossary[0]; i++) {
        fprintf(file, "<div><dt>%s</dt><dd>%s</dd></div>\n", glossary[i][0], glossary[i][1]);
    }
    fputs("</dl>\n</details>\n</section>\n", file);
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
    fputs("<div class=\"scroll\"><table class=\"plain\">\n"
          "<caption>What made this page</caption>\n",
          file);
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
