// SPDX-License-Identifier: Apache-2.0
// Lines as rows of FOCUS 1.2 (FinOps Open Cost and Usage Specification, CC BY 4.0,
// github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec): its 21 mandatory columns, some of the
// others, and our own with the prefix x_.
#include "exchange/books/statement.h"

#include <inttypes.h>

const char *const books_focus_columns[] = {
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ContractedCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "InvoiceIssuerName",
    "ServiceCategory",
    "ServiceName",
    "InvoiceId",
    "BillingAccountType",
    "SkuId",
    "ConsumedQuantity",
    "ConsumedUnit",
    "RegionId",
    "RegionName",
    "ResourceId",
    "Tags",
    "x_TaskCount",
    "x_LateCount",
    "x_CoreHours",
    "x_CardHours",
    "x_LegCount",
    "x_EventSeqFirst",
    "x_EventSeqLast",
    "x_Root",
    NULL,
};

static const char *const categories[CATEGORY_COUNT] = {
    [CATEGORY_USAGE] = "Usage",           [CATEGORY_CREDIT] = "Credit",
    [CATEGORY_ADJUSTMENT] = "Adjustment", [CATEGORY_TAX] = "Tax",
    [CATEGORY_ROUNDING] = "Adjustment",
};
static const char *const descriptions[CATEGORY_COUNT] = {
    [CATEGORY_USAGE] = "Computing work, priced by auction",
    [CATEGORY_CREDIT] = "Credit for work that came late",
    [CATEGORY_ADJUSTMENT] = "Reversals after disputes, and micro-units rounded up",
    [CATEGORY_TAX] = "Tax that the prices hold",
    [CATEGORY_ROUNDING] = "Rounding of the invoice to the minor unit of the currency",
};

void books_focus_head(const books_page *page)
{
    for (size_t i = 0; books_focus_columns[i] != NULL; i++) {
        fprintf(page->out, "%s%s", i > 0 ? "," : "", books_focus_columns[i]);
    }
    fputs("\n", page->out);
}

static void text(const books_page *page, const char *value)
{
    fputc(',', page->out);
    books_cell(page->out, value);
}

static void when(const books_page *page, int64_t unix_s)
{
    fputc(',', page->out);
    books_time(page->out, unix_s);
}

static void hours(const books_page *page, books_wide ns, bool is_null)
{
    fputc(',', page->out);
    if (!is_null) {
        fprintf(page->out, "%.9f", books_hours(ns));
    }
}

// What it cost, to the end of the period of the charge.
static void write_cost(const books_page *page, const books_line *line)
{
    dcat_money cost = line->category == CATEGORY_TAX ? line->tax : line->gross - line->tax;
    for (int i = 0; i < 4; i++) { // billed, effective, list, contracted
        fputs(i > 0 ? "," : "", page->out);
        books_money(page->out, cost);
    }
    fprintf(page->out, ",%d", line->party);
    text(page, books_legal_name(page->b, line->party));
    text(page, page->b->currency);
    when(page, page->month->from_s);
    when(page, page->month->to_s);
    when(page, line->from_s);
    when(page, line->to_s);
}

void books_focus_line(const books_page *page, const books_line *line)
{
    char invoice[BOOKS_NAME], area[BOOKS_NAME];
    bool usage = line->category == CATEGORY_USAGE;
    int32_t seller = books_of_provider(page->b, line->party) ? line->party : -1;
    write_cost(page, line);
    text(page, categories[line->category]);
    text(page, line->correction ? "Correction" : "");
    text(page, descriptions[line->category]);
    hours(page, line->node_ns, !usage);
    text(page, usage ? "Node-Hours" : "");
    text(page, books_legal_name(page->b, seller));
    text(page, books_legal_name(page->b, seller));
    text(page, books_legal_name(page->b, -1));
    text(page, "Compute");
    text(page, "Computing power");
    text(page, books_invoice_id(page, line->party, invoice));
    text(page, exchange_role_name((exchange_role)page->b->parties[line->party].role));
    text(page, books_sku(page, line));
    hours(page, line->node_ns, !usage);
    text(page, usage ? "Node-Hours" : "");
    books_area(page->b, line->area, area);
    text(page, area);
    text(page, area);
    text(page, ""); // a row is of many tasks and servers
    text(page, "");
    fprintf(page->out, ",%" PRId64 ",%" PRId64, line->tasks, line->late);
    hours(page, line->core_ns, false);
    hours(page, line->card_ns, false);
    fprintf(page->out, ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%s\n", line->legs, line->seq_first,
            line->seq_last, page->root);
}
