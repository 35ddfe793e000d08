// SPDX-License-Identifier: Apache-2.0
#include "report/figure/fonts.h"

#include "file/text.h"

#include <stdio.h>
#include <string.h>

#define COVERED 0x590      // DejaVu has what is below: Latin, Greek, Cyrillic, Armenian
#define SMALL_BOX "\u25a1" // which DejaVu has
#define ASK_MAX 64         // characters in one question

// Length of the character at text, at least 1; its code point is 0 when it is none.
static size_t character(const char *text, uint32_t *code)
{
    size_t length = utf8_character((const unsigned char *)text, strlen(text), code);
    *code = length == 0 ? 0 : *code;
    return length == 0 ? 1 : length;
}

static bool has(const font_gaps *gaps, uint32_t code)
{
    for (size_t i = 0; i < gaps->count; i++) {
        if (gaps->code[i] == code) {
            return true;
        }
    }
    return false;
}

void font_gaps_add(font_gaps *gaps, const char *text)
{
    uint32_t code;
    for (; *text != '\0'; text += character(text, &code)) {
        character(text, &code);
        if (code >= COVERED && gaps->count < FONT_GAP_MAX && !has(gaps, code)) {
            gaps->code[gaps->count++] = code;
        }
    }
}

// Whether one font has all of the characters. The question holds hexadecimal digits only.
static bool a_font_has(const uint32_t *code, size_t count)
{
    char question[64 + 8 * ASK_MAX] = "fc-list ':charset=";
    size_t used = strlen(question);
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(question + used, sizeof question - used, "%s%x", i == 0 ? "" : " ",
                                 code[i]);
    }
    snprintf(question + used, sizeof question - used, "' family 2>/dev/null");
    FILE *answer = popen(question, "re");
    if (answer == NULL) {
        return false;
    }
    bool found = fgetc(answer) != EOF;
    while (fgetc(answer) != EOF) { // to its end, so that it is not broken off
    }
    pclose(answer);
    return found;
}

void font_gaps_ask(font_gaps *gaps)
{
    size_t kept = 0;
    for (size_t from = 0, count; from < gaps->count; from += count) {
        count = gaps->count - from < ASK_MAX ? gaps->count - from : ASK_MAX;
        bool all = a_font_has(gaps->code + from, count);
        for (size_t i = from; !all && i < from + count; i++) {
            if (!a_font_has(&gaps->code[i], 1)) {
                gaps->code[kept++] = gaps->code[i];
            }
        }
    }
    gaps->count = kept;
}

bool font_gaps_in(const font_gaps *gaps, const char *text)
{
    uint32_t code;
    for (; gaps->count > 0 && *text != '\0'; text += character(text, &code)) {
        character(text, &code);
        if (has(gaps, code)) {
            return true;
        }
    }
    return false;
}

void font_gaps_fill(const font_gaps *gaps, const char *text, char *out, size_t size)
{
    size_t used = 0;
    while (*text != '\0') {
        uint32_t code;
        size_t length = character(text, &code);
        bool gap = has(gaps, code);
        size_t wanted = gap ? strlen(SMALL_BOX) : length;
        if (used + wanted >= size) {
            break;
        }
        memcpy(out + used, gap ? SMALL_BOX : text, wanted);
        used += wanted;
        text += length;
    }
    out[used] = '\0';
}
