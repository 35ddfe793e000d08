// SPDX-License-Identifier: Apache-2.0
// Lines of an invoice in plain words: what, how much of it, amount, tax rate and tax, and who sells
// to whom.
#include "exchange/books/statement.h"

#include <inttypes.h>
#include <string.h>

static const char *const words[CATEGORY_COUNT] = {
    [CATEGORY_USAGE] = "usage",           [CATEGORY_CREDIT] = "credit",
    [CATEGORY_ADJUSTMENT] = "adjustment", [CATEGORY_TAX] = "tax",
    [CATEGORY_ROUNDING] = "rounding",
};

// Of ISO 4217: those without a minor unit, and those with three digits. All others have two.
int books_minor_digits(const books *b)
{
    static const char none[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
    static const char three[] = "BHD IQD JOD KWD LYD OMR TND";
    int digits = b->options.minor_digits;
    if (digits >= 0 && digits <= 6) {
        return digits;
    }
    bool code = strlen(b->currency) == 3;
    return code && strstr(none, b->currency) != NULL    ? 0
           : code && strstr(three, b->currency) != NULL ? 3
                                                        : 2;
}

bool books_of_provider(const books *b, int32_t party)
{
    return b->parties[party].role == ROLE_PROVIDER;
}

const char *books_legal_name(const books *b, int32_t party)
{
    if (party < 0) {
        const char *legal = b->options.legal_name;
        return legal != NULL && legal[0] != '\0' ? legal : b->name;
    }
    const books_party *p = &b->parties[party];
    return p->legal_name[0] != '\0' ? p->legal_name : p->name;
}

static const char *tax_id(const books *b, int32_t party)
{
    const char *id = party < 0 ? b->options.tax_id : b->parties[party].tax_id;
    return id == NULL ? "" : id;
}

const char *books_sku(const books_page *page, const books_line *line)
{
    return line->sku < 0 ? "" : page->skus[line->sku];
}

const char *books_invoice_id(const books_page *page, int32_t party, char *text)
{
    snprintf(text, BOOKS_NAME, "%.64s-%s-%d", page->b->name, page->month->word, party);
    return text;
}

void books_csv_head(const books_page *page)
{
    fputs("invoice_id,from,to,item,specification,category,correction,region,tasks,late,unit,"
          "quantity,unit_price,amount,tax_rate,tax,total,currency,seller,seller_tax_id,buyer,"
          "buyer_tax_id,legs,event_seq_first,event_seq_last\n",
          page->out);
}

// Quantity, price of a unit, amount without tax.
static void write_amounts(const books_page *page, const books_line *line)
{
    double hours = books_hours(line->node_ns);
    double net = (double)(line->gross - line->tax) / (double)DCAT_MONEY_UNIT;
    if (line->category == CATEGORY_USAGE && hours > 0.0) {
        fprintf(page->out, ",node-hour,%.9f,%.9g,", hours, net / hours);
    } else {
        fputs(",,,,", page->out);
    }
    books_money(page->out, line->gross - line->tax);
    fprintf(page->out, ",%.15g,", (double)page->b->options.tax_bp / 10000.0);
    books_money(page->out, line->tax);
    fputc(',', page->out);
    books_money(page->out, line->gross);
}

// The tax stands on each line already.
void books_csv_line(const books_page *page, const books_line *line)
{
    if (line->category == CATEGORY_TAX) {
        return;
    }
    char text[BOOKS_NAME];
    FILE *out = page->out;
    const books *b = page->b;
    bool self = books_of_provider(b, line->party);
    int32_t seller = self ? line->party : -1, buyer = self ? -1 : line->party;
    books_cell(out, books_invoice_id(page, line->party, text));
    fputc(',', out);
    books_time(out, line->from_s);
    fputc(',', out);
    books_time(out, line->to_s);
    fputs(",computing power,", out);
    books_cell(out, books_sku(page, line));
    fprintf(out, ",%s,%s,", words[line->category], line->correction ? "yes" : "no");
    books_cell(out, books_area(b, line->area, text));
    fprintf(out, ",%" PRId64 ",%" PRId64, line->tasks, line->late);
    write_amounts(page, line);
    const char *const cells[] = {b->currency, books_legal_name(b, seller), tax_id(b, seller),
                                 books_legal_name(b, buyer), tax_id(b, buyer)};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        fputc(',', out);
        books_cell(out, cells[i]);
    }
    fprintf(out, ",%" PRId64 ",%" PRId64 ",%" PRId64 "\n", line->legs, line->seq_first,
            line->seq_last);
}
