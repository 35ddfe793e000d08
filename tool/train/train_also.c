// SPDX-License-Identifier: Apache-2.0
#include "tool/train/train_also.h"

#include "base/number_text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_choice(const char *value)
{
    size_t length = strlen(value);
    return length > 2 && value[0] == '{' && value[length - 1] == '}';
}

static dcat_status parse_choice(const char *text, const char *value, dcat_vary *vary,
                                dcat_error *err)
{
    size_t length = strlen(value) - 2; // without the braces
    if (length >= sizeof vary->choice) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--vary %.80s: {A|B} must be shorter than %zu bytes",
                         text, sizeof vary->choice);
    }
    memcpy(vary->choice, value + 1, length);
    return DCAT_OK;
}

dcat_status train_vary_parse(const char *text, dcat_vary *vary, dcat_error *err)
{
    const char *equals = strchr(text, '=');
    const char *colon = equals != NULL ? strchr(equals, ':') : NULL;
    bool choice = equals != NULL && is_choice(equals + 1);
    if ((colon == NULL && !choice) || equals == text ||
        (size_t)(equals - text) >= sizeof vary->key) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "--vary is written KEY.PATH=MIN:MAX, such as "
                         "clustering.span_max_km=100:300, or KEY.PATH={A|B}; got '%s'",
                         text);
    }
    *vary = (dcat_vary){.min = 0.0};
    memcpy(vary->key, text, (size_t)(equals - text));
    if (choice) {
        return parse_choice(text, equals + 1, vary, err);
    }
    char *end_min = NULL, *end_max = NULL;
    vary->min = strtod(equals + 1, &end_min);
    vary->max = strtod(colon + 1, &end_max);
    if (end_min != colon || end_min == equals + 1 || *end_max != '\0' || end_max == colon + 1 ||
        !isfinite(vary->min) || !isfinite(vary->max) || vary->min > vary->max) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--vary %s: MIN:MAX must be two numbers, MIN <= MAX",
                         text);
    }
    vary->whole = vary->min == floor(vary->min) && vary->max == floor(vary->max);
    return DCAT_OK;
}

void train_vary_write(const dcat_vary *vary, char *text, size_t size)
{
    char min[NUMBER_TEXT_SIZE], max[NUMBER_TEXT_SIZE];
    if (vary->choice[0] != '\0') {
        snprintf(text, size, "%s={%s}", vary->key, vary->choice);
        return;
    }
    number_text(vary->min, min);
    number_text(vary->max, max);
    snprintf(text, size, "%s=%s:%s", vary->key, min, max);
}

// Is a setting a range rather than a value?
static bool varies(const char *word)
{
    const char *value = strchr(word, '=');
    char *end = NULL;
    if (value == NULL) {
        return false;
    }
    (void)strtod(value + 1, &end);
    return is_choice(value + 1) || (end != value + 1 && *end == ':');
}

static dcat_status take_word(const char *word, train_also *also, dcat_error *err)
{
    if (varies(word)) {
        if (also->vary_count == DCAT_VARY_MAX) {
            return dcat_fail(err, DCAT_ERR_RANGE, "--also %s: at most %d values vary",
                             also->scenario, DCAT_VARY_MAX);
        }
        dcat_status status = train_vary_parse(word, &also->vary[also->vary_count], err);
        also->vary_count += status == DCAT_OK;
        return status;
    }
    if (strchr(word, '=') == NULL ||
        also->override_count == sizeof also->overrides / sizeof also->overrides[0]) {
        return dcat_fail(err, DCAT_ERR_FORMAT,
                         "--also is written 'SCENARIO KEY.PATH=VALUE KEY.PATH=MIN:MAX', at most "
                         "%zu values; got '%s'",
                         sizeof also->overrides / sizeof also->overrides[0], word);
    }
    also->overrides[also->override_count++] = word;
    return DCAT_OK;
}

dcat_status train_also_parse(const char *text, train_also *also, dcat_error *err)
{
    *also = (train_also){.scenario = NULL};
    int length = snprintf(also->text, sizeof also->text, "%s", text);
    if (length >= (int)sizeof also->text) {
        return dcat_fail(err, DCAT_ERR_RANGE, "--also must be shorter than %zu bytes: '%.60s...'",
                         sizeof also->text, text);
    }
    char *rest = also->text;
    also->scenario = strtok_r(rest, " ", &rest);
    if (also->scenario == NULL) {
        return dcat_fail(err, DCAT_ERR_FORMAT, "--also names no scenario");
    }
    dcat_status status = DCAT_OK;
    for (char *word = strtok_r(rest, " ", &rest); status == DCAT_OK && word != NULL;
         word = strtok_r(rest, " ", &rest)) {
        status = take_word(word, also, err);
    }
    return status;
}
