// SPDX-License-Identifier: Apache-2.0
#include "exchange/backend/units.h"

#include "exchange/backend/fields.h"
#include "file/text.h"

#include <stdio.h>
#include <string.h>

static const char *const per_words[] = {"core-hour", "card-hour", "node-hour", "giga-cycle", NULL};
enum { PER_FORMULA_WORD = 4 };

#define COUNT(fields) (sizeof(fields) / sizeof *(fields))
#define TEXT(word, at, needed)                                                                     \
    {                                                                                              \
        .key = (word), .offset = (at), .kind = FIELD_TEXT, .required = (needed)                    \
    }
#define PER(at)                                                                                    \
    {                                                                                              \
        .key = "per", .offset = (at), .words = per_words, .kind = FIELD_WORD, .required = true     \
    }

static const field price_fields[] = {
    TEXT("amount", offsetof(agent_price, amount), false),
    TEXT("exec", offsetof(agent_price, exec), false),
    PER(offsetof(agent_price, per)),
};

typedef struct tariff {
    const char *amount;
    int64_t per;
} tariff;
static const field tariff_fields[] = {
    TEXT("amount", offsetof(tariff, amount), true),
    PER(offsetof(tariff, per)),
};

typedef struct unit_sections {
    agent_unit unit; // first, so that rows of both may be read in one go
    const tree_node *ask, *tariff;
} unit_sections;
static const field unit_fields[] = {
    TEXT("device", offsetof(agent_unit, device), true),
    {.key = "count",
     .offset = offsetof(agent_unit, count),
     .kind = FIELD_WHOLE,
     .bound = {1.0, 1e6, false, false}},
    {.key = "speed_ghz",
     .offset = offsetof(agent_unit, speed_ghz),
     .kind = FIELD_NUMBER,
     .bound = {0.0, 9007199.0, true, false}},
    {.key = "ask", .offset = offsetof(unit_sections, ask), .kind = FIELD_OTHER},
    {.key = "tariff", .offset = offsetof(unit_sections, tariff), .kind = FIELD_OTHER},
};

// "1.98": digits with at most six behind the point, not 0.
static bool is_amount(const char *text)
{
    size_t whole = strspn(text, "0123456789");
    const char *rest = text + whole;
    size_t decimals = *rest == '.' ? strspn(rest + 1, "0123456789") : 0;
    rest += *rest == '.' ? 1 + decimals : 0;
    return whole > 0 && whole <= 12 && *rest == '\0' && decimals <= 6 &&
           (text[whole] != '.' || decimals > 0) && strpbrk(text, "123456789") != NULL;
}

static dcat_status check_amount(const tree_node *node, const char *path, const char *text,
                                dcat_error *err)
{
    if (text == NULL || is_amount(text)) {
        return DCAT_OK;
    }
    const tree_node *amount = tree_child(node, "amount");
    return tree_fail(err, DCAT_ERR_RANGE, amount, path,
                     "amount must be > 0 with at most 6 digits behind the point, got %s",
                     TEXT_SHOW(amount->text, amount->length));
}

dcat_status agent_price_read(const tree_node *node, const char *path, agent_price *price,
                             dcat_error *err)
{
    if (node->kind == TREE_SCALAR && strcmp(node->text, "formula") == 0) {
        *price = (agent_price){.kind = AGENT_ASK_FORMULA, .per = PER_FORMULA_WORD};
        return DCAT_OK;
    }
    if (node->kind != TREE_MAPPING) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, path,
                         "must be formula, {amount: A, per: UNIT} or {exec: PROGRAM, per: UNIT}");
    }
    dcat_status status =
        agent_fields_read(node, path, price_fields, COUNT(price_fields), price, err);
    if (status != DCAT_OK) {
        return status;
    }
    if ((price->amount == NULL) == (price->exec == NULL)) {
        return tree_fail(err, DCAT_ERR_FIELD, node, path, "must have either amount or exec");
    }
    price->kind = price->amount != NULL ? AGENT_ASK_AMOUNT : AGENT_ASK_EXEC;
    return check_amount(node, path, price->amount, err);
}

static dcat_status read_tariff(const tree_node *node, const char *path, tariff *t, dcat_error *err)
{
    char inner[128];
    snprintf(inner, sizeof inner, "%s.tariff", path);
    if (node == NULL) {
        return DCAT_OK;
    }
    if (node->kind != TREE_MAPPING) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, inner, "must be {amount: A, per: UNIT}");
    }
    dcat_status status =
        agent_fields_read(node, inner, tariff_fields, COUNT(tariff_fields), t, err);
    return status == DCAT_OK ? check_amount(node, inner, t->amount, err) : status;
}

static dcat_status read_unit(const tree_node *node, const char *path, const agent_price *standard,
                             agent_unit *unit, dcat_error *err)
{
    char inner[128];
    unit_sections s = {.unit = {.count = 1, .ask = *standard}};
    tariff t = {.amount = NULL};
    if (node->kind != TREE_MAPPING) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, path, "must be keys of a unit");
    }
    dcat_status status = agent_fields_read(node, path, unit_fields, COUNT(unit_fields), &s, err);
    if (status == DCAT_OK) {
        status = read_tariff(s.tariff, path, &t, err);
    }
    if (status == DCAT_OK && s.ask != NULL) {
        snprintf(inner, sizeof inner, "%s.ask", path);
        s.unit.ask = (agent_price){.amount = NULL};
        status = agent_price_read(s.ask, inner, &s.unit.ask, err);
    }
    if (status == DCAT_OK && s.unit.ask.kind == AGENT_ASK_EXEC) {
        status = tree_fail(err, DCAT_ERR_FIELD, node, path,
                           "ask must be formula or an amount: programs say that of one number");
    }
    s.unit.tariff_amount = t.amount;
    s.unit.tariff_per = t.per;
    *unit = s.unit;
    return status;
}

// A class, or a list of classes; which of them there are the exchange knows.
static dcat_status read_bars(const tree_node *node, const char *path, agent_server *server,
                             dcat_error *err)
{
    bool list = node != NULL && node->kind == TREE_SEQUENCE;
    if (list && (tree_count(node) < 1 || tree_count(node) > AGENT_BARS)) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, path,
                         "bars must be a class or 1 to %d of them", AGENT_BARS);
    }
    for (const tree_node *one = list ? node->child : node; one != NULL;
         one = list ? one->next : NULL) {
        if (one->kind != TREE_SCALAR || one->length == 0) {
            return tree_fail(err, DCAT_ERR_FORMAT, one, path, "bars must have names of classes");
        }
        server->bars[server->bar_count++] = one->text;
    }
    return DCAT_OK;
}

dcat_status agent_units_read(const agent_unit_nodes *nodes, const char *path, agent_server *server,
                             dcat_error *err)
{
    const tree_node *list = nodes->units;
    bool own = server->speed_ghz > 0.0 || server->cores > 0;
    if (own ? !(server->speed_ghz > 0.0) || server->cores == 0 : list == NULL) {
        return tree_fail(err, DCAT_ERR_FIELD, nodes->server, path,
                         "must have speed_ghz and cores%s",
                         list == NULL ? "" : ", or neither beside units");
    }
    tariff t = {.amount = NULL};
    dcat_status status = read_tariff(nodes->tariff, path, &t, err);
    server->tariff_amount = t.amount;
    server->tariff_per = t.per;
    if (status == DCAT_OK) {
        status = read_bars(nodes->bars, path, server, err);
    }
    if (status != DCAT_OK || list == NULL) {
        return status;
    }
    if (list->kind != TREE_SEQUENCE || tree_count(list) < 1 || tree_count(list) > AGENT_UNITS) {
        return tree_fail(err, DCAT_ERR_FORMAT, list, path, "units must be a list of 1 to %d",
                         AGENT_UNITS);
    }
    for (const tree_node *node = list->child; status == DCAT_OK && node != NULL;
         node = node->next) {
        char inner[96];
        snprintf(inner, sizeof inner, "%s.units[%zu]", path, server->unit_count);
        status = read_unit(node, inner, &server->ask, &server->units[server->unit_count++], err);
    }
    return status;
}
