// SPDX-License-Identifier: Apache-2.0
// fonts.h - characters that no installed font can draw.
//
// The font of pictures in pixels, DejaVu, has Latin, Greek, Cyrillic and more, and others stand in
// for what it lacks. What none has is drawn as a box that some versions make hundreds of pixels
// high, so a small one takes its place.

#ifndef DCAT_REPORT_FIGURE_FONTS_H
#define DCAT_REPORT_FIGURE_FONTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FONT_GAP_MAX 512

// All zero is none.
typedef struct font_gaps {
    uint32_t code[FONT_GAP_MAX]; // [count] distinct; what is beyond the limit counts as drawable
    size_t count;
} font_gaps;

// Collect the characters of a text that DejaVu may lack.
void font_gaps_add(font_gaps *gaps, const char *text);
// Keep those that no font has, by asking fontconfig's fc-list; all of them when it is not there.
void font_gaps_ask(font_gaps *gaps);
// Whether a text has one of them.
bool font_gaps_in(const font_gaps *gaps, const char *text);
// A copy with small boxes in their place, cut at a character that does not fit. size >= 4.
void font_gaps_fill(const font_gaps *gaps, const char *text, char *out, size_t size);

#endif
