// SPDX-License-Identifier: Apache-2.0
// Tables for programs: CSV, JSON and the schema that describes a folder's CSV files.

#include "file/json_write.h"
#include "file/table/table.h"
#include "file/write_text.h"
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// --- CSV

void dcat_csv_header(const dcat_table_head *head, FILE *file)
{
    for (size_t c = 0; c < head->column_count; c++) {
        const dcat_column *column = &head->columns[c];
        fputs(c > 0 ? "," : "", file);
        csv_put_text(file, column->key);
        if (column->type == DCAT_COLUMN_INTERVAL) {
            putc(',', file);
            fprintf(file, "%s_ci95", column->key);
        }
    }
    putc('\n', file);
}

static void put_cell(const dcat_cell *cell, FILE *file)
{
    switch (cell->kind) {
    case DCAT_CELL_TEXT:
        csv_put_text(file, cell->text);
        break;
    case DCAT_CELL_NUMBER:
    case DCAT_CELL_INTERVAL:
        csv_put_number(file, cell->value);
        break;
    case DCAT_CELL_COUNT:
    case DCAT_CELL_BOOLEAN:
        fprintf(file, "%" PRIu64, cell->count);
        break;
    case DCAT_CELL_MISSING:
    default:
        break;
    }
}

void dcat_csv_row(const dcat_table_head *head, const dcat_cell *cells, FILE *file)
{
    for (size_t c = 0; c < head->column_count; c++) {
        fputs(c > 0 ? "," : "", file);
        put_cell(&cells[c], file);
        if (head->columns[c].type == DCAT_COLUMN_INTERVAL) {
            putc(',', file);
            if (cells[c].kind == DCAT_CELL_INTERVAL) {
                csv_put_number(file, cells[c].half_width);
            }
        }
    }
    putc('\n', file);
}

static void put_rows(const dcat_table *table, FILE *file)
{
    for (size_t r = 0; r < table->row_count; r++) {
        dcat_csv_row(&table->head, table->rows[r].cells, file);
    }
}

dcat_status dcat_table_write_csv(const dcat_table *table, FILE *file, dcat_error *err)
{
    dcat_csv_header(&table->head, file);
    put_rows(table, file);
    return table_status(table, file, err);
}

// --- JSON

json_t *json_cell(const dcat_cell *cell)
{
    switch (cell->kind) {
    case DCAT_CELL_TEXT:
        return cell->text != NULL ? json_text(cell->text) : json_null();
    case DCAT_CELL_NUMBER:
        return json_number(cell->value);
    case DCAT_CELL_INTERVAL:
        return json_pack("{s:o, s:o}", "mean", json_number(cell->value), "ci95",
                         json_number(cell->half_width));
    case DCAT_CELL_COUNT:
        return json_count(cell->count);
    case DCAT_CELL_BOOLEAN:
        return json_boolean(cell->count);
    case DCAT_CELL_MISSING:
    default:
        return json_null();
    }
}

size_t table_column(const dcat_table *table, const char *key)
{
    size_t c = 0;
    while (strcmp(table->head.columns[c].key, key) != 0) {
        c++;
        assert(c < table->head.column_count);
    }
    return c;
}

json_t *table_json(const dcat_table *table, size_t row, const char *keys)
{
    char word[128];
    json_t *object = table->no_memory ? NULL : json_object(); // the row may be one that is missing
    for (size_t length; object != NULL && *keys != '\0'; keys += length + (keys[length] == ' ')) {
        length = strcspn(keys, " ");
        snprintf(word, sizeof word, "%.*s", (int)length, keys);
        char *equals = strchr(word, '=');
        size_t c = table_column(table, equals != NULL ? equals + 1 : word);
        word[equals != NULL ? (size_t)(equals - word) : length] = '\0';
        object = json_with(object, word, json_cell(&table->rows[row].cells[c]));
    }
    return object;
}

dcat_status dcat_table_write_json(const dcat_table *table, FILE *file, dcat_error *err)
{
    json_t *rows = json_kept(json_array(), !table->no_memory);
    for (size_t r = 0; r < table->row_count; r++) {
        json_t *row = json_object();
        for (size_t c = 0; c < table->head.column_count; c++) {
            row = json_merged(row, table_json(table, r, table->head.columns[c].key));
        }
        rows = json_plus(rows, row);
    }
    return json_write(rows, file, err);
}

// --- schema.json

static json_t *field_json(const char *key, const char *suffix, const char *type, const char *unit,
                          const char *before, const char *meaning)
{
    json_t *field = json_pack("{s:s+, s:s, s:s+}", "name", key, suffix, "type", type, "description",
                              before, meaning);
    return unit == NULL ? field : json_with(field, "unit", json_string(unit));
}

static json_t *fields_of(const dcat_table_head *head)
{
    static const char *const types[] = {
        [DCAT_COLUMN_TEXT] = "string",     [DCAT_COLUMN_NUMBER] = "number",
        [DCAT_COLUMN_INTERVAL] = "number", [DCAT_COLUMN_COUNT] = "integer",
        [DCAT_COLUMN_BOOLEAN] = "boolean",
    };
    json_t *fields = json_array();
    for (size_t c = 0; c < head->column_count; c++) {
        const dcat_column *column = &head->columns[c];
        fields = json_plus(fields, field_json(column->key, "", types[column->type], column->unit,
                                              "", column->meaning));
        if (column->type == DCAT_COLUMN_INTERVAL) {
            fields = json_plus(fields, field_json(column->key, "_ci95", "number", column->unit,
                                                  "half-width of the 95 % confidence interval: ",
                                                  column->meaning));
        }
    }
    return fields;
}

static json_t *resource_json(const dcat_table_head *head)
{
    json_t *resource = json_pack("{s:s, s:s+, s:s, s:s, s:s, s:s, s:{s:o, s:[s]}}", "name",
                                 head->name, "path", head->name, ".csv", "title", head->meaning,
                                 "profile", "tabular-data-resource", "format", "csv", "encoding",
                                 "utf-8", "schema", "fields", fields_of(head), "missingValues", "");
    return head->commented ? json_with(resource, "dialect", json_pack("{s:s}", "commentChar", "#"))
                           : resource;
}

FILE *dcat_csv_file(dcat_output *output, const dcat_table_head *head, dcat_schema *schema,
                    dcat_error *err)
{
    char name[80];
    if (schema->count == DCAT_SCHEMA_MAX) {
        dcat_fail(err, DCAT_ERR_RANGE, "a folder has at most %d tables", DCAT_SCHEMA_MAX);
        return NULL;
    }
    snprintf(name, sizeof name, "%s.csv", head->name);
    FILE *file = dcat_output_file(output, name, err);
    if (file != NULL) {
        schema->heads[schema->count++] = *head;
        dcat_csv_header(head, file);
    }
    return file;
}

dcat_status dcat_table_file(dcat_table *table, dcat_output *output, dcat_schema *schema,
                            dcat_error *err)
{
    dcat_error own = {0};
    FILE *file = dcat_csv_file(output, &table->head, schema, &own);
    dcat_status status = file == NULL ? dcat_fail(err, own.status, "%s", own.message) : DCAT_OK;
    if (status == DCAT_OK) {
        put_rows(table, file);
        status = table_status(table, file, err);
    }
    dcat_table_free(table);
    return status;
}

dcat_status dcat_schema_write(const dcat_schema *schema, dcat_output *output, dcat_error *err)
{
    dcat_error own = {0};
    FILE *file = dcat_output_file(output, "schema.json", &own);
    if (file == NULL) {
        return dcat_fail(err, own.status, "%s", own.message);
    }
    json_t *resources = json_array();
    for (size_t i = 0; i < schema->count; i++) {
        resources = json_plus(resources, resource_json(&schema->heads[i]));
    }
    return json_write(
        json_pack("{s:s, s:o}", "profile", "tabular-data-package", "resources", resources), file,
        err);
}
