// SPDX-License-Identifier: Apache-2.0
// A run by class of work.

#include "dcat/x/report.h"
#include "dcat/x/resources.h"
#include "report/result/tables.h"

#include "file/json_write.h"
#include "file/table/table.h"

#define COUNT_SHOWN(key_, meaning_, above, below)                                                  \
    {                                                                                              \
        .key = (key_), .type = DCAT_COLUMN_COUNT, .meaning = (meaning_), .heading = {              \
            above,                                                                                 \
            below                                                                                  \
        }                                                                                          \
    }

static const dcat_column class_columns[] = {
    {.key = "class",
     .type = DCAT_COLUMN_TEXT,
     .meaning = "class of work",
     .heading = {"class"},
     .left = true},
    COUNT_SHOWN("arrived", "tasks that arrived", "tasks", NULL),
    COUNT_SHOWN("awarded", "tasks awarded", "awarded", NULL),
    {.key = "offloading",
     .type = DCAT_COLUMN_NUMBER,
     .unit = "1",
     .meaning = "tasks awarded of those arrived",
     .heading = {"awarded", "of 1"},
     .decimals = 3},
    COUNT_SHOWN("no_device", "tasks of a class that no cluster has devices for", "no", "device"),
    COUNT_SHOWN("no_candidate", "tasks that no cluster could finish in time", "no", "candidate"),
    {.key = "profit",
     .type = DCAT_COLUMN_NUMBER,
     .unit = "money",
     .meaning = "fees less payments",
     .heading = {"profit"},
     .decimals = 0},
    DCAT_COLUMN("fee", DCAT_COLUMN_NUMBER, "money", "paid by users"), // from here on in files only
    DCAT_COLUMN("payment", DCAT_COLUMN_NUMBER, "money", "to clusters"),
    DCAT_COLUMN("cost", DCAT_COLUMN_NUMBER, "money", "of clusters"),
    DCAT_COLUMN("no_bidder", DCAT_COLUMN_COUNT, NULL, "tasks that nobody bid for"),
    DCAT_COLUMN("all_left", DCAT_COLUMN_COUNT, NULL,
                "tasks lost because the last bidders left together"),
    DCAT_COLUMN("round_limit", DCAT_COLUMN_COUNT, NULL, "tasks lost to the limit on rounds"),
    DCAT_COLUMN("not_admitted", DCAT_COLUMN_COUNT, NULL,
                "tasks that clusters could finish in time, none of them admitted"),
    DCAT_COLUMN("over_value", DCAT_COLUMN_COUNT, NULL,
                "tasks whose fee is more than they are worth"),
    DCAT_COLUMN("pool", DCAT_COLUMN_TEXT, NULL, "devices that it needs"),
    DCAT_COLUMN("memory_gib", DCAT_COLUMN_NUMBER, "GiB", "memory that it needs"),
    DCAT_COLUMN("memory_mode", DCAT_COLUMN_TEXT, NULL, "each device has all of it, or their sum"),
    DCAT_COLUMN("price_per_gigacycle", DCAT_COLUMN_NUMBER, "money/gigacycle", "p of eq. (5)"),
    DCAT_COLUMN("urgency_s", DCAT_COLUMN_NUMBER, "s", "mu of eq. (5)"),
};
enum { SHOWN = 7 };

bool run_shows_classes(const dcat_run_report *report)
{
    return report->classes != NULL && dcat_world_config_view(report->world)->resources != NULL;
}

dcat_table run_classes_table(const dcat_run_report *report, bool whole)
{
    dcat_table table = {.head = DCAT_TABLE_HEAD("classes", "a class of work", class_columns)};
    table.head.column_count = whole ? table.head.column_count : SHOWN;
    const dcat_resources *resources = dcat_world_config_view(report->world)->resources;
    for (size_t q = 0; q < dcat_world_class_count(report->world); q++) {
        const dcat_totals *t = &report->classes[q];
        const dcat_class *of = &dcat_resources_classes_view(resources)[q];
        const dcat_cell cells[] = {
            dcat_cell_text(dcat_scenario_class_name(report->scenario, q)),
            dcat_cell_count((uint64_t)t->arrived),
            dcat_cell_count((uint64_t)t->awarded),
            t->arrived > 0 ? dcat_cell_number((double)t->awarded / (double)t->arrived)
                           : dcat_cell_missing(),
            dcat_cell_count((uint64_t)t->no_device),
            dcat_cell_count((uint64_t)t->no_candidate),
            dcat_cell_number(dcat_totals_profit(t)),
            dcat_cell_number(t->fee),
            dcat_cell_number(t->payment),
            dcat_cell_number(t->cost),
            dcat_cell_count((uint64_t)t->no_bidder),
            dcat_cell_count((uint64_t)t->all_left),
            dcat_cell_count((uint64_t)t->round_limit),
            dcat_cell_count((uint64_t)t->not_admitted),
            dcat_cell_count((uint64_t)t->over_value),
            dcat_cell_text(dcat_pool_name(of->pool)),
            dcat_cell_number(of->memory_bytes / 0x1p30),
            dcat_cell_text(of->memory_mode == DCAT_MEMORY_SUM ? "sum" : "each"),
            dcat_cell_number(of->price_per_gigacycle),
            dcat_cell_number(of->urgency_s),
        };
        dcat_table_add(&table, cells, DCAT_ROW_PLAIN);
    }
    return table;
}

#define OUTCOME_WORD(enumerator, key, name, meaning) " " #key

json_t *run_classes_json(const dcat_run_report *report)
{
    dcat_table table = run_classes_table(report, true);
    json_t *classes = json_array();
    for (size_t q = 0; q < table.row_count; q++) {
        classes = json_plus(classes,
                            table_json(&table, q,
                                       "class arrived awarded offloading fees=fee payments=payment "
                                       "costs=cost profit" DCAT_AUCTION_UNSOLD(OUTCOME_WORD)));
    }
    dcat_table_free(&table);
    return classes;
}
