// SPDX-License-Identifier: Apache-2.0
// sheet.h - a table of CSV, cut into cells, and sums of its columns in micro-units.

#ifndef DCAT_TESTS_BOOKS_SHEET_H
#define DCAT_TESTS_BOOKS_SHEET_H

#include "dcat/money.h"
#include "support.h"

#include <string.h>

enum { COLUMN_MAX = 48, ROW_MAX = 400 };
typedef struct sheet {
    char *cell[ROW_MAX][COLUMN_MAX];
    size_t rows, columns; // the header is row 0
} sheet;

// Of the text, which it cuts into cells.
static inline void cut(sheet *s, char *text)
{
    memset(s, 0, sizeof *s);
    size_t column = 0;
    for (char *at = text; *at != '\0' && s->rows < ROW_MAX;) {
        char *to = NULL;
        s->cell[s->rows][column] = at;
        if (*at == '"') {
            s->cell[s->rows][column] = to = ++at;
            for (; at[0] != '"' || at[1] == '"'; at++) {
                at += at[0] == '"';
                *to++ = *at;
            }
            at++;
        } else {
            at += strcspn(at, ",\n");
            to = at;
        }
        char next = *at++;
        *to = '\0';
        column++;
        assert_true(column < COLUMN_MAX);
        if (next == '\n') {
            s->columns = s->rows == 0 ? column : s->columns;
            assert_int_equal(column, s->columns);
            s->rows++;
            column = 0;
        }
    }
}

static inline size_t column_of(const sheet *s, const char *name)
{
    for (size_t c = 0; c < s->columns; c++) {
        if (strcmp(s->cell[0][c], name) == 0) {
            return c;
        }
    }
    fail_msg("there is no column %s", name);
    return 0;
}

static inline const char *at(const sheet *s, size_t row, const char *column)
{
    return s->cell[row][column_of(s, column)];
}

static inline dcat_money micro(const char *decimal)
{
    bool minus = *decimal == '-';
    dcat_money value = 0;
    int behind = -1;
    for (const char *c = decimal + minus; *c != '\0'; c++) {
        if (*c == '.') {
            behind = 0;
            continue;
        }
        assert_true(*c >= '0' && *c <= '9' && behind < 6);
        value = 10 * value + (*c - '0');
        behind += behind >= 0;
    }
    for (behind = behind < 0 ? 0 : behind; behind < 6; behind++) {
        value *= 10;
    }
    return minus ? -value : value;
}

static inline dcat_money sum(const sheet *s, const char *column, const char *category)
{
    dcat_money total = 0;
    for (size_t row = 1; row < s->rows; row++) {
        if (category == NULL || strcmp(at(s, row, "ChargeCategory"), category) == 0) {
            total += micro(at(s, row, column));
        }
    }
    return total;
}

#endif
