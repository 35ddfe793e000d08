// SPDX-License-Identifier: Apache-2.0
// A scenario's text and overrides from memory, up to the C values: no files are read. The
// input is the text, then overrides, each after a zero byte. What loads must load again after it
// was written, and be written the same.

#include "scenario/object.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OVERRIDE_MAX 4

static void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

// The defaults never change; parsing them once keeps the target fast.
static const tree *defaults(void)
{
    static tree parsed;
    if (parsed.root == NULL) {
        require(scenario_defaults(&parsed, NULL) == DCAT_OK);
    }
    return &parsed;
}

static char *write_text(const scenario_document *document, size_t *size)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, size);
    require(file != NULL);
    require(scenario_document_write(document, NULL, file, NULL) == DCAT_OK);
    require(fclose(file) == 0);
    return text;
}

static void check_values(const scenario_values *v)
{
    require((v->schema == 1 || v->schema == 2) && v->name != NULL && v->name[0] != '\0');
    require(isfinite(v->time.slot_s) && v->time.slot_s > 0.0);
    require(v->market.price_per_gigacycle > 0.0 && !isnan(v->market.ceiling_per_gigacycle));
    require(v->demand.work_gigacycles[0] <= v->demand.work_gigacycles[1]);
    require((v->demand.profile_file == NULL) != (v->demand.tasks_file == NULL));
}

static void check_loaded(const scenario_document *document)
{
    scenario_values *values = NULL;
    dcat_error err = {0};
    require(scenario_values_load(document, &values, &err) == DCAT_OK);
    check_values(values);
    scenario_values_free(values);

    size_t size = 0;
    char *text = write_text(document, &size);
    scenario_document again;
    require(scenario_document_load("again.yaml", text, size, NULL, 0, defaults(), &again, &err) ==
            DCAT_OK);
    size_t again_size = 0;
    char *again_text = write_text(&again, &again_size);
    require(size == again_size && memcmp(text, again_text, size) == 0);
    free(again_text);
    free(text);
    scenario_document_free(&again);
}

// Zero-terminated copies of what follows the text.
static size_t take_overrides(const char *data, size_t size, char **overrides)
{
    size_t count = 0;
    while (size > 0 && count < OVERRIDE_MAX) {
        size_t length = strnlen(data, size);
        char *copy = calloc(length + 1, 1); // the data need not end in a zero
        require(copy != NULL);
        memcpy(copy, data, length);
        overrides[count++] = copy;
        size_t used = length < size ? length + 1 : size;
        data += used;
        size -= used;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    size_t length = size == 0 ? 0 : strnlen(text, size);
    char *overrides[OVERRIDE_MAX];
    size_t override_count =
        length < size ? take_overrides(text + length + 1, size - length - 1, overrides) : 0;
    scenario_document document;
    dcat_error err = {0};
    dcat_status status =
        scenario_document_load("fuzz.yaml", text, length, (const char *const *)overrides,
                               override_count, defaults(), &document, &err);
    if (status == DCAT_OK) {
        check_loaded(&document);
        scenario_document_free(&document);
    } else {
        require(err.status == status && dcat_status_is_user_error(status));
        require(strncmp(err.message, "fuzz.yaml:", 10) == 0 ||
                strncmp(err.message, "--set ", 6) == 0);
    }
    for (size_t i = 0; i < override_count; i++) {
        free(overrides[i]);
    }
    return 0;
}
