// SPDX-License-Identifier: Apache-2.0
// SNDlib's native format: sections in parentheses. Source: the format's description at
// sndlib.zib.de.

#include "import/net/reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// --- Tokens: '(', ')' and words between white space; '#' begins a comment, '?' the file's first
// line

#define WORD_BYTES 256

typedef struct native {
    net_reader *reader;
    const char *at, *end;
    size_t line;
    char word[WORD_BYTES]; // "" at the end of the file
} native;

static void pass_blanks(native *n)
{
    while (n->at < n->end && strchr(" \t\r\n#?", *n->at) != NULL && *n->at != '\0') {
        if (*n->at == '#' || *n->at == '?') {
            while (n->at < n->end && *n->at != '\n') {
                n->at++;
            }
        } else {
            n->line += *n->at == '\n';
            n->at++;
        }
    }
}

static bool is_parenthesis(char c)
{
    return c == '(' || c == ')';
}

static bool is_word_end(char c)
{
    return is_parenthesis(c) || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static dcat_status next(native *n, dcat_error *err)
{
    pass_blanks(n);
    size_t length = 0;
    while (n->at + length < n->end && !is_word_end(n->at[length])) {
        length++;
    }
    length = length == 0 && n->at < n->end ? 1 : length; // a parenthesis
    if (length >= WORD_BYTES || memchr(n->at, '\0', length) != NULL) {
        return net_fail(n->reader, n->line, DCAT_ERR_FORMAT, "word",
                        "must be text of at most 255 bytes", NULL, err);
    }
    memcpy(n->word, n->at, length);
    n->word[length] = '\0';
    n->at += length;
    return DCAT_OK;
}

static bool is(const native *n, const char *word)
{
    return strcmp(n->word, word) == 0;
}

static dcat_status expect(native *n, const char *what, const char *word, dcat_error *err)
{
    dcat_status status = next(n, err);
    char rule[32];
    snprintf(rule, sizeof rule, "must have %s here", word);
    return status != DCAT_OK || is(n, word)
               ? status
               : net_fail(n->reader, n->line, DCAT_ERR_FORMAT, what, rule, n->word, err);
}

// A word that is no parenthesis.
static dcat_status next_word(native *n, const char *what, dcat_error *err)
{
    dcat_status status = next(n, err);
    return status != DCAT_OK || !(is(n, "(") || is(n, ")") || is(n, ""))
               ? status
               : net_fail(n->reader, n->line, DCAT_ERR_FORMAT, what, "must be given", n->word, err);
}

static dcat_status next_number(native *n, const char *what, double min, double max, double *number,
                               dcat_error *err)
{
    dcat_status status = next_word(n, what, err);
    return status == DCAT_OK ? net_number(n->reader, n->line, what, n->word, min, max, number, err)
                             : status;
}

// Behind an opening parenthesis: up to and including the one that closes it.
static dcat_status skip_section(native *n, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (int depth = 1; status == DCAT_OK && depth > 0;) {
        status = next(n, err);
        depth += is(n, "(") ? 1 : is(n, ")") ? -1 : 0;
        if (status == DCAT_OK && is(n, "")) {
            return net_fail(n->reader, n->line, DCAT_ERR_FORMAT, "section", "has no end", NULL,
                            err);
        }
    }
    return status;
}

// --- Entries of sections; the word is their id

// NODE [( longitude latitude )], with the next word read already.
static dcat_status take_node(native *n, dcat_error *err)
{
    char id[WORD_BYTES];
    size_t line = n->line;
    double x = NAN, y = NAN;
    strcpy(id, n->word);
    dcat_status status = next(n, err);
    bool placed = is(n, "(");
    if (status == DCAT_OK && placed) {
        status = next_number(n, "longitude", -180.0, 180.0, &x, err);
        status = status == DCAT_OK ? next_number(n, "latitude", -90.0, 90.0, &y, err) : status;
        status = status == DCAT_OK ? expect(n, "node", ")", err) : status;
        status = status == DCAT_OK ? next(n, err) : status;
    }
    return status == DCAT_OK ? net_add_node(n->reader, line, id, id, x, y, err) : status;
}

// ( SOURCE TARGET )
static dcat_status take_ends(native *n, char source[WORD_BYTES], char target[WORD_BYTES],
                             dcat_error *err)
{
    dcat_status status = expect(n, "ends", "(", err);
    status = status == DCAT_OK ? next_word(n, "source", err) : status;
    memcpy(source, n->word, WORD_BYTES);
    status = status == DCAT_OK ? next_word(n, "target", err) : status;
    memcpy(target, n->word, WORD_BYTES);
    return status == DCAT_OK ? expect(n, "ends", ")", err) : status;
}

// LINK ( SOURCE TARGET ) capacity cost routing-cost setup-cost ( { module-capacity module-cost } )
static dcat_status take_link(native *n, double unit_bps, dcat_error *err)
{
    char source[WORD_BYTES], target[WORD_BYTES];
    size_t line = n->line;
    double capacity = 0.0, ignored;
    dcat_status status = take_ends(n, source, target, err);
    status = status == DCAT_OK ? next_number(n, "capacity", 0.0, 1e15, &capacity, err) : status;
    for (int i = 0; status == DCAT_OK && i < 3; i++) {
        status = next_number(n, "cost", -1e15, 1e15, &ignored, err);
    }
    status = status == DCAT_OK ? expect(n, "modules", "(", err) : status;
    status = status == DCAT_OK ? next(n, err) : status;
    if (status == DCAT_OK && !is(n, ")")) { // what is installed, or else the first module
        double module;
        status = net_number(n->reader, n->line, "module", n->word, 0.0, 1e15, &module, err);
        capacity = status == DCAT_OK && !(capacity > 0.0) ? module : capacity;
        status = status == DCAT_OK ? skip_section(n, err) : status;
    }
    if (status == DCAT_OK) {
        status = net_add_link(n->reader, line, source, target,
                              capacity > 0.0 ? capacity * unit_bps : (double)NAN, err);
    }
    return status == DCAT_OK ? next(n, err) : status;
}

// DEMAND ( SOURCE TARGET ) routing-unit value longest-path
static dcat_status take_demand(native *n, dcat_error *err)
{
    char source[WORD_BYTES], target[WORD_BYTES];
    size_t line = n->line;
    double unit, value = 0.0;
    dcat_status status = take_ends(n, source, target, err);
    status = status == DCAT_OK ? next_number(n, "routing unit", 0.0, 1e15, &unit, err) : status;
    status = status == DCAT_OK ? next_number(n, "demand", 0.0, 1e15, &value, err) : status;
    status = status == DCAT_OK ? next_word(n, "longest path", err) : status;
    if (status == DCAT_OK) {
        status = net_add_demand(n->reader, line, source, target, value, err);
    }
    return status == DCAT_OK ? next(n, err) : status;
}

// --- Sections

// "unit = MBITPERSEC" among others.
static dcat_status read_meta(native *n, double *unit_bps, dcat_error *err)
{
    dcat_status status = next(n, err);
    while (status == DCAT_OK && !is(n, ")") && !is(n, "")) {
        bool unit = is(n, "unit");
        status = next(n, err);
        if (status == DCAT_OK && unit && is(n, "=")) {
            status = next(n, err);
            *unit_bps = net_unit_bps(n->reader, n->word, strlen(n->word));
        }
    }
    return status;
}

typedef enum section { NODES, LINKS, DEMANDS } section;

static dcat_status read_entries(native *n, section in, double unit_bps, dcat_error *err)
{
    dcat_status status = next(n, err);
    while (status == DCAT_OK && !is(n, ")")) {
        if (is(n, "") || is(n, "(")) {
            return net_fail(n->reader, n->line, DCAT_ERR_FORMAT, "section",
                            "must have an id or its end here", n->word, err);
        }
        status = in == NODES   ? take_node(n, err)
                 : in == LINKS ? take_link(n, unit_bps, err)
                               : take_demand(n, err);
    }
    return status;
}

static dcat_status read_section(native *n, double *unit_bps, dcat_error *err)
{
    static const char *const titles[] = {"NODES", "LINKS", "DEMANDS"};
    bool meta = is(n, "META");
    int in = 0;
    while (in < 3 && !is(n, titles[in])) {
        in++;
    }
    dcat_status status = expect(n, "section", "(", err);
    if (status != DCAT_OK) {
        return status;
    }
    return meta     ? read_meta(n, unit_bps, err)
           : in < 3 ? read_entries(n, (section)in, *unit_bps, err)
                    : skip_section(n, err);
}

static dcat_status read_native(net_reader *r, const char *text, size_t size, dcat_error *err)
{
    native n = {.reader = r, .at = text, .end = text + size, .line = 1};
    double unit_bps = 1e6;
    dcat_status status = next(&n, err);
    while (status == DCAT_OK && !is(&n, "")) {
        status = read_section(&n, &unit_bps, err);
        status = status == DCAT_OK ? next(&n, err) : status;
    }
    return status;
}

static size_t mark_length(const char *text, size_t size)
{
    return size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

bool net_is_xml(const char *text, size_t size)
{
    size_t at = mark_length(text, size);
    while (at < size &&
           (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')) {
        at++;
    }
    return at < size && text[at] == '<';
}

dcat_status net_read_sndlib(net_reader *r, const char *text, size_t size, dcat_error *err)
{
    size_t mark = mark_length(text, size);
    return net_is_xml(text, size) ? net_read_sndlib_xml(r, text, size, err)
                                  : read_native(r, text + mark, size - mark, err);
}
