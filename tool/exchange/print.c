// SPDX-License-Identifier: Apache-2.0
// Answers of the exchange for people: a line a field, lists of objects as tables, money as amounts.
#include "tool/exchange/remote.h"

#include <stdlib.h>
#include <string.h>

enum { CELL_SIZE = 160, COLUMN_MAX = 32, INDENT = 2 };
static const char micro[] = "_micro";

void remote_amount(long long value, char text[REMOTE_AMOUNT_SIZE])
{
    unsigned long long size =
        value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value;
    char decimals[8];
    snprintf(decimals, sizeof decimals, "%06llu", size % 1000000);
    for (size_t end = 6; end > 2 && decimals[end - 1] == '0'; end--) {
        decimals[end - 1] = '\0';
    }
    snprintf(text, REMOTE_AMOUNT_SIZE, "%s%llu.%s", value < 0 ? "-" : "", size / 1000000, decimals);
}

static bool is_money(const char *key)
{
    size_t length = strlen(key);
    return length > sizeof micro - 1 && strcmp(key + (length - (sizeof micro - 1)), micro) == 0;
}

static const char *name_of(const char *key, char name[CELL_SIZE])
{
    size_t length = strlen(key) - (is_money(key) ? sizeof micro - 1 : 0);
    snprintf(name, CELL_SIZE, "%.*s", (int)length, key);
    return name;
}

static void add(char cell[CELL_SIZE], const char *text)
{
    size_t used = strlen(cell);
    snprintf(cell + used, CELL_SIZE - used, "%s", text);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

// An ask as `dcat ask` takes it: "1.98/card-hour", or "formula".
static void add_ask(char cell[CELL_SIZE], const json_t *ask)
{
    char amount[REMOTE_AMOUNT_SIZE];
    snprintf(amount, sizeof amount, "%s", text_of(ask, "amount"));
    size_t end = strlen(amount);
    while (strchr(amount, '.') != NULL && end > 0 && amount[end - 1] == '0') {
        amount[--end] = '\0';
    }
    if (end > 0 && amount[end - 1] == '.') {
        amount[end - 1] = '\0';
    }
    bool formula = strcmp(text_of(ask, "per"), "formula") == 0;
    add(cell, formula ? "" : amount);
    add(cell, formula ? "" : "/");
    add(cell, text_of(ask, "per"));
    const char *state = text_of(ask, "state");
    if (state[0] != '\0' && strcmp(state, "in force") != 0) {
        add(cell, " (");
        add(cell, state);
        add(cell, ")");
    }
}

static const char *cell_of(const char *key, const json_t *value, char cell[CELL_SIZE]);

// What has parts, in few words: an ask, lists with commas, other objects as "key value".
static void add_parts(char cell[CELL_SIZE], const json_t *value)
{
    const char *key = NULL;
    json_t *part = NULL;
    char inner[CELL_SIZE], name[CELL_SIZE];
    size_t i = 0;
    if (json_is_array(value)) {
        json_array_foreach(value, i, part)
        {
            add(cell, i > 0 ? ", " : "");
            add(cell, cell_of("", part, inner));
        }
    } else if (json_object_get(value, "amount") != NULL && json_object_get(value, "per") != NULL) {
        add_ask(cell, value);
    } else {
        json_object_foreach((json_t *)value, key, part)
        {
            add(cell, i++ > 0 ? " " : "");
            add(cell, name_of(key, name));
            add(cell, " ");
            add(cell, cell_of(key, part, inner));
        }
    }
}

static const char *cell_of(const char *key, const json_t *value, char cell[CELL_SIZE])
{
    const char *text = json_string_value(value);
    cell[0] = '\0';
    if (is_money(key) && (json_is_integer(value) || text != NULL)) {
        remote_amount(text != NULL ? strtoll(text, NULL, 10) : json_integer_value(value), cell);
    } else if (text != NULL) {
        snprintf(cell, CELL_SIZE, "%s", text);
    } else if (json_is_integer(value)) {
        snprintf(cell, CELL_SIZE, "%lld", (long long)json_integer_value(value));
    } else if (json_is_real(value)) {
        snprintf(cell, CELL_SIZE, "%.6g", json_real_value(value));
    } else if (json_is_boolean(value)) {
        snprintf(cell, CELL_SIZE, "%s", json_is_true(value) ? "yes" : "no");
    } else if (json_is_array(value) || json_is_object(value)) {
        add_parts(cell, value);
    } else {
        snprintf(cell, CELL_SIZE, "-");
    }
    return cell;
}

// ---- tables

typedef struct grid {
    const char *keys[COLUMN_MAX];
    size_t widths[COLUMN_MAX], count;
} grid;

static grid measure(const json_t *rows)
{
    grid g = {0};
    const char *key = NULL;
    json_t *value = NULL, *row = NULL;
    char cell[CELL_SIZE];
    size_t i;
    json_object_foreach(json_array_get(rows, 0), key, value)
    {
        if (g.count < COLUMN_MAX) {
            g.widths[g.count] = strlen(name_of(key, cell));
            g.keys[g.count++] = key;
        }
    }
    json_array_foreach(rows, i, row)
    {
        for (size_t c = 0; c < g.count; c++) {
            size_t width = strlen(cell_of(g.keys[c], json_object_get(row, g.keys[c]), cell));
            g.widths[c] = width > g.widths[c] ? width : g.widths[c];
        }
    }
    return g;
}

static void print_table(const json_t *rows)
{
    const grid g = measure(rows);
    char cell[CELL_SIZE];
    FILE *out = cli_text();
    const json_t *row = NULL;
    size_t i;
    for (size_t c = 0; c < g.count; c++) {
        fprintf(out, "%s%-*s", c > 0 ? "  " : "", c + 1 < g.count ? (int)g.widths[c] : 0,
                name_of(g.keys[c], cell));
    }
    fputc('\n', out);
    json_array_foreach(rows, i, row)
    {
        for (size_t c = 0; c < g.count; c++) {
            fprintf(out, "%s%-*s", c > 0 ? "  " : "", c + 1 < g.count ? (int)g.widths[c] : 0,
                    cell_of(g.keys[c], json_object_get(row, g.keys[c]), cell));
        }
        fputc('\n', out);
    }
}

// ---- objects

static bool is_table(const json_t *value)
{
    return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

static void print_object(const json_t *object, int indent)
{
    const char *key = NULL;
    json_t *value = NULL;
    char name[CELL_SIZE], cell[CELL_SIZE];
    FILE *out = cli_text();
    json_object_foreach((json_t *)object, key, value)
    {
        if (json_is_object(value)) {
            fprintf(out, "%*s%s\n", indent, "", key);
            print_object(value, indent + INDENT);
        } else if (is_table(value)) {
            fprintf(out, "%*s%s\n", indent, "", key);
            print_table(value);
        } else {
            fprintf(out, "%*s%-*s %s\n", indent, "", 20 - indent, name_of(key, name),
                    cell_of(key, value, cell));
        }
    }
}

int remote_print(const remote_options *options, json_t *answer)
{
    const json_t *list = json_object_iter_value(json_object_iter(answer));
    if (options->common.json) {
        json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else if (json_object_size(answer) == 1 && json_is_array(list)) { // only a list
        if (is_table(list)) {
            print_table(list);
        }
    } else {
        print_object(answer, 0);
    }
    json_decref(answer);
    fflush(stdout);
    cli_text_show();
    return 0;
}
