// SPDX-License-Identifier: Apache-2.0
// train_also.h - what varies, and further scenarios to learn on, as texts of options.

#ifndef DCAT_TOOL_TRAIN_TRAIN_ALSO_H
#define DCAT_TOOL_TRAIN_TRAIN_ALSO_H

#include "dcat/x/train_worlds.h"

#define TRAIN_ALSO_MAX 16   // further scenarios
#define TRAIN_ALSO_TEXT 768 // bytes of one's text

// "KEY.PATH=MIN:MAX" or "KEY.PATH={A|B|C}". Errors: ERR_FORMAT, ERR_RANGE.
dcat_status train_vary_parse(const char *text, dcat_vary *vary, dcat_error *err);
// The same as text.
void train_vary_write(const dcat_vary *vary, char *text, size_t size);

// "SCENARIO KEY.PATH=VALUE KEY.PATH=MIN:MAX KEY.PATH={A|B|C}", separated by blanks.
typedef struct train_also {
    char text[TRAIN_ALSO_TEXT]; // cut into words
    const char *scenario;
    const char *overrides[32];
    size_t override_count;
    dcat_vary vary[DCAT_VARY_MAX];
    size_t vary_count;
} train_also;

// Errors: ERR_FORMAT, ERR_RANGE.
dcat_status train_also_parse(const char *text, train_also *also, dcat_error *err);

#endif
