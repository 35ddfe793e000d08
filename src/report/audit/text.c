// SPDX-License-Identifier: Apache-2.0
// An audit for a terminal.

#include "file/write_text.h"
#include "report/audit/table.h"
#include <inttypes.h>
#include <stdbool.h>

static size_t width_of(const dcat_audit_report *report)
{
    return report->text_width > 0 ? report->text_width : 112;
}

static dcat_status put_table(const dcat_audit_report *report, audit_table_kind kind, FILE *file,
                             dcat_error *err)
{
    audit_table made;
    audit_table_make(report, kind, &made);
    fprintf(file, "\n%s\n", made.title);
    made.table.text_width = report->text_width;
    dcat_write_wrapped(made.note, width_of(report), file);
    dcat_status status = dcat_table_write_text(&made.table, file, err);
    dcat_table_free(&made.table);
    return status;
}

static void put_facts(const dcat_audit_report *report, FILE *file)
{
    const dcat_audit_config *config = report->config;
    char name[256];
    char title[256];
    text_clean(dcat_scenario_name(report->scenario), name, sizeof name);
    text_clean(dcat_scenario_title(report->scenario), title, sizeof title);
    fprintf(file, "%s%s%s\n", name, title[0] != '\0' ? ": " : "", title);
    fprintf(file,
            "Audit of %zu auction%s with clusters by %s; %" PRIu32
            " cycles in each of %zu world%s, seed %" PRIu64 "\n",
            config->policy_count, config->policy_count == 1 ? "" : "s",
            dcat_policy_clusterer_name(&config->policies[0]), config->cycle_count,
            config->world_count, config->world_count == 1 ? "" : "s", report->seed);
}

dcat_status dcat_write_audit_text(const dcat_audit_report *report, FILE *file, dcat_error *err)
{
    char text[AUDIT_SENTENCE_SIZE];
    put_facts(report, file);
    dcat_status status = DCAT_OK;
    for (audit_table_kind kind = 0; kind < AUDIT_TABLE_COUNT && status == DCAT_OK; kind++) {
        if (audit_table_applies(report, kind)) {
            status = put_table(report, kind, file, err);
        }
    }
    if (audit_table_applies(report, AUDIT_TABLE_THEOREM2)) {
        for (size_t i = 0; audit_theorem2_sentence(report->theorem2, i, text); i++) {
            dcat_write_wrapped(text, width_of(report), file);
        }
    }
    putc('\n', file);
    for (size_t i = 0; audit_verdict_sentence(report, i, text); i++) {
        dcat_write_wrapped(text, width_of(report), file);
    }
    return status;
}
