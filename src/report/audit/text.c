// SPDX-License-Identifier: Apache-2.0
// An audit for a terminal.

#include "base/number_text.h"
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

// Who would gain by leaving or moving, for each auction, the largest gain first.
static void put_stays(const dcat_audit_report *report, const char *auction, const char *how,
                      const dcat_audit_stays *stays, FILE *file)
{
    char text[AUDIT_SENTENCE_SIZE];
    size_t used = 0;
    for (int32_t i = 0; i < stays->count && i < 4; i++) {
        const dcat_audit_stay *s = &stays->of[i];
        used += (size_t)snprintf(
            &text[used], sizeof text - used,
            "%s server %" PRId32 " of world %" PRIu64 " (%s to %s, the platform %+.2f %%)",
            i > 0 ? "," : "", s->server, s->seed, NUMBER_SHOWN(s->honest, 4),
            NUMBER_SHOWN(s->gamed, 4),
            100.0 * (s->platform_gamed - s->platform_honest) / s->platform_honest);
    }
    if (stays->count > 0) {
        char line[AUDIT_SENTENCE_SIZE + 128];
        snprintf(line, sizeof line, "Would gain by %s under %s, most first:%s%s.", how, auction,
                 text, stays->count > 4 ? ", and others" : "");
        dcat_write_wrapped(line, width_of(report), file);
    }
}

static void put_all_stays(const dcat_audit_report *report, FILE *file)
{
    for (size_t p = 0; p < report->config->policy_count; p++) {
        const dcat_audit_auction *result = &report->results[p];
        put_stays(report, result->kind->name, "leaving", &result->stability.would_leave, file);
        put_stays(report, result->kind->name, "moving", &result->stability.would_move, file);
    }
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
            if (kind == AUDIT_TABLE_STABILITY) {
                put_all_stays(report, file);
            }
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
