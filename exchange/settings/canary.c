// SPDX-License-Identifier: Apache-2.0
// trust.canary of exchange.yaml: who submits canaries, how often, and the tasks whose right answers
// are known.
#include "exchange/settings/canary.h"

#include "base/json.h"
#include "file/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHERE "trust.canary"
#define TASK WHERE ".tasks"
#define EVERY_NS (86400 * INT64_C(1000000000))
#define WORK_MAX 9007199.254740992 // giga-cycles: 2^53 cycles
#define DATA_MAX 9007199254.740992
#define YEAR_S (366 * 86400.0)
enum { RUN_MAX = 64, WORD_BYTES = 32768 };

// What waits until classes and areas are known.
struct settings_canary_names {
    char class_name[EXCHANGE_NAME_MAX + 1], area[SETTINGS_TEXT];
    size_t line;
};

// ---- values

static dcat_status read_number(const tree_node *node, const char *path, double low, double high,
                               double *value, dcat_error *err)
{
    bool scalar = node->kind == TREE_SCALAR;
    if (!scalar || text_number(node->text, node->length, value) != NULL ||
        !(*value >= low && *value <= high)) {
        return tree_fail(err, DCAT_ERR_RANGE, node, path,
                         "must be a number in [%.15g, %.15g], got %s", low, high,
                         scalar ? TEXT_SHOW(node->text, node->length) : "a section");
    }
    return DCAT_OK;
}

// A number of units as a whole one, at least 1 where it must be.
static dcat_status read_whole(const tree_node *node, const char *path, double unit, double high,
                              int64_t *whole, dcat_error *err)
{
    double value = 0.0;
    dcat_status status =
        read_number(node, path, whole[0] < 0 ? 1.0 / unit : 0.0, high, &value, err);
    *whole = status == DCAT_OK ? llround(value * unit) : *whole;
    return status;
}

static dcat_status read_name(const tree_node *node, const char *path, char *name, size_t size,
                             dcat_error *err)
{
    bool good = node->kind == TREE_SCALAR && node->length > 0 && node->length < size &&
                text_is_line(node->text, node->length);
    if (!good) {
        return tree_fail(err, DCAT_ERR_RANGE, node, path, "must be a name of up to %zu bytes",
                         size - 1);
    }
    memcpy(name, node->text, node->length + 1);
    return DCAT_OK;
}

static dcat_status read_hash(const tree_node *node, unsigned char answer[32], dcat_error *err)
{
    static const char digits[] = "0123456789abcdef";
    bool good = node->kind == TREE_SCALAR && node->length == 64 && strspn(node->text, digits) == 64;
    for (size_t i = 0; good && i < 64; i++) {
        unsigned digit = (unsigned)(strchr(digits, node->text[i]) - digits);
        answer[i / 2] = (unsigned char)(answer[i / 2] << 4 | digit);
    }
    return good ? DCAT_OK
                : tree_fail(err, DCAT_ERR_RANGE, node, TASK ".sha256",
                            "must be 64 hexadecimal digits 0-9a-f, got %s",
                            node->kind == TREE_SCALAR ? TEXT_SHOW(node->text, node->length)
                                                      : "a section");
}

static dcat_status read_run(const tree_node *node, json_t **payload, dcat_error *err)
{
    json_t *run = json_array();
    bool good = node->kind == TREE_SEQUENCE && tree_count(node) >= 1 && tree_count(node) <= RUN_MAX;
    for (const tree_node *word = good ? node->child : NULL; word != NULL; word = word->next) {
        good = good && word->kind == TREE_SCALAR && word->length <= WORD_BYTES;
        run = json_plus(run, good ? json_string(word->text) : json_null());
    }
    *payload = json_with(*payload, "run", run);
    return good ? DCAT_OK
                : tree_fail(err, DCAT_ERR_RANGE, node, TASK ".run",
                            "must be a list of 1 to %d texts of up to %d bytes", RUN_MAX,
                            WORD_BYTES);
}

static dcat_status read_image(const tree_node *node, json_t **payload, dcat_error *err)
{
    char image[256];
    dcat_status status = read_name(node, TASK ".image", image, sizeof image, err);
    if (status == DCAT_OK) {
        *payload = json_with(*payload, "image", json_string(image));
    }
    return status;
}

// ---- a task

static dcat_status read_key(const tree_node *e, exchange_known_task *t,
                            struct settings_canary_names *names, json_t **payload, dcat_error *err)
{
    if (strcmp(e->key, "class") == 0) {
        return read_name(e, TASK ".class", names->class_name, sizeof names->class_name, err);
    }
    if (strcmp(e->key, "area") == 0) {
        return read_name(e, TASK ".area", names->area, sizeof names->area, err);
    }
    if (strcmp(e->key, "work_gigacycles") == 0) {
        return read_whole(e, TASK ".work_gigacycles", 1e9, WORK_MAX, &t->work_cycles, err);
    }
    if (strcmp(e->key, "data_megabits") == 0) {
        return read_whole(e, TASK ".data_megabits", 1e6, DATA_MAX, &t->data_bits, err);
    }
    if (strcmp(e->key, "deadline_s") == 0) {
        return read_whole(e, TASK ".deadline_s", 1e6, YEAR_S, &t->deadline_us, err);
    }
    if (strcmp(e->key, "run") == 0) {
        return read_run(e, payload, err);
    }
    if (strcmp(e->key, "image") == 0) {
        return read_image(e, payload, err);
    }
    if (strcmp(e->key, "sha256") == 0) {
        return read_hash(e, t->answer, err);
    }
    return tree_fail(err, DCAT_ERR_FIELD, e, NULL, TASK ".%s: unknown key",
                     TEXT_SHOW(e->key, strlen(e->key)));
}

static dcat_status end_task(const tree_node *node, exchange_known_task *t, json_t *payload,
                            dcat_error *err)
{
    if (t->work_cycles < 0 || t->deadline_us < 0) {
        return tree_fail(err, DCAT_ERR_FIELD, node, TASK, "must have %s",
                         t->work_cycles < 0 ? "work_gigacycles" : "deadline_s");
    }
    if (json_object_get(payload, "image") != NULL && json_object_get(payload, "run") == NULL) {
        return tree_fail(err, DCAT_ERR_FIELD, node, TASK, "must have run with its image");
    }
    if (json_object_size(payload) > 0) {
        t->payload = json_dumps(payload, JSON_COMPACT | JSON_SORT_KEYS);
    }
    if (payload == NULL || (json_object_size(payload) > 0 && t->payload == NULL)) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a payload");
    }
    return strlen(t->payload == NULL ? "" : t->payload) <= EXCHANGE_SEALED_MAX
               ? DCAT_OK
               : tree_fail(err, DCAT_ERR_RANGE, node, TASK ".run", "has more than %d bytes",
                           EXCHANGE_SEALED_MAX);
}

static dcat_status read_task(const tree_node *node, exchange_known_task *t,
                             struct settings_canary_names *names, dcat_error *err)
{
    *t = (exchange_known_task){.work_cycles = -1, .deadline_us = -1, .area = -1};
    names->line = node->line;
    if (node->kind != TREE_MAPPING) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, TASK, "must be sections of keys");
    }
    json_t *payload = json_object();
    dcat_status status = DCAT_OK;
    for (const tree_node *e = node->child; e != NULL && status == DCAT_OK; e = e->next) {
        status = tree_check_once(node, e, TASK, err);
        if (status == DCAT_OK) {
            status = read_key(e, t, names, &payload, err);
        }
    }
    if (status == DCAT_OK) {
        status = end_task(node, t, payload, err);
    }
    json_decref(payload);
    return status;
}

static dcat_status read_tasks(const tree_node *node, exchange_settings *s, dcat_error *err)
{
    size_t count = node->kind == TREE_SEQUENCE ? tree_count(node) : 0;
    if (count == 0) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, TASK, "must be a list of tasks");
    }
    s->canaries = calloc(count, sizeof *s->canaries);
    s->canary_names = calloc(count, sizeof *s->canary_names);
    if (s->canaries == NULL || s->canary_names == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for tasks");
    }
    dcat_status status = DCAT_OK;
    const tree_node *task = node->child;
    for (; task != NULL && status == DCAT_OK; task = task->next) {
        size_t i = s->canary_count++;
        status = read_task(task, &s->canaries[i], &s->canary_names[i], err);
    }
    return status;
}

// ---- the section

static dcat_status read_entry(const tree_node *e, exchange_settings *s, dcat_error *err)
{
    if (strcmp(e->key, "party") == 0) {
        return read_name(e, WHERE ".party", s->canary_party, sizeof s->canary_party, err);
    }
    if (strcmp(e->key, "tasks") == 0) {
        return read_tasks(e, s, err);
    }
    if (strcmp(e->key, "every_s") == 0) {
        double every_s = 0.0;
        dcat_status status = read_number(e, WHERE ".every_s", 1.0, 3e8, &every_s, err);
        s->setup.config.canary_ns = llround(every_s * 1e9);
        return status;
    }
    return tree_fail(err, DCAT_ERR_FIELD, e, NULL, WHERE ".%s: unknown key",
                     TEXT_SHOW(e->key, strlen(e->key)));
}

dcat_status settings_canary_read(const tree_node *section, const char *path, exchange_settings *s,
                                 dcat_error *err)
{
    if (section->kind != TREE_MAPPING) {
        return tree_fail(err, DCAT_ERR_FORMAT, section, path, "must be a section of keys");
    }
    s->setup.config.canary_ns = EVERY_NS;
    dcat_status status = DCAT_OK;
    for (const tree_node *e = section->child; e != NULL && status == DCAT_OK; e = e->next) {
        status = tree_check_once(section, e, path, err);
        if (status == DCAT_OK) {
            status = read_entry(e, s, err);
        }
    }
    if (status == DCAT_OK && (s->canary_party[0] == '\0' || s->canary_count == 0)) {
        status = tree_fail(err, DCAT_ERR_FIELD, section, path, "must have %s",
                           s->canary_party[0] == '\0' ? "the name of a user in party" : "tasks");
    }
    return status;
}

// ---- once the market is known

// The index of a name, -1: there is none.
static int32_t find(const char *const *names, size_t count, const char *name)
{
    size_t i = 0;
    while (i < count && strcmp(names[i], name) != 0) {
        i++;
    }
    return i < count ? (int32_t)i : -1;
}

dcat_status settings_canary_names_of(exchange_settings *s, const char *path, dcat_error *err)
{
    static const char *const only[] = {"work"};
    bool has = s->setup.resources != NULL;
    const char *const *classes = has ? s->class_names : only;
    for (size_t i = 0; i < s->canary_count; i++) {
        const struct settings_canary_names *n = &s->canary_names[i];
        exchange_known_task *t = &s->canaries[i];
        const char *class_name = n->class_name[0] == '\0' && !has ? only[0] : n->class_name;
        t->class_id = find(classes, has ? s->resources.class_count : 1, class_name);
        if (class_name[0] == '\0') {
            return dcat_fail(err, DCAT_ERR_FIELD, "%s:%zu: " TASK ": must have class", path,
                             n->line);
        }
        if (t->class_id < 0) {
            return dcat_fail(err, DCAT_ERR_REFERENCE,
                             "%s:%zu: " TASK ".class: there is no class %s%s", path, n->line,
                             TEXT_SHOW(class_name, strlen(class_name)),
                             has ? "" : ", all work is of class work without resources");
        }
        t->area = n->area[0] == '\0'
                      ? -1
                      : find(s->area_names, (size_t)s->setup.config.area_count, n->area);
        if (n->area[0] != '\0' && t->area < 0) {
            return dcat_fail(err, DCAT_ERR_REFERENCE, "%s:%zu: " TASK ".area: there is no area %s",
                             path, n->line, TEXT_SHOW(n->area, strlen(n->area)));
        }
    }
    return DCAT_OK;
}

void settings_canary_free(exchange_settings *s)
{
    for (size_t i = 0; i < s->canary_count; i++) {
        free(s->canaries[i].payload);
    }
    free(s->canaries);
    free(s->canary_names);
    s->canaries = NULL;
    s->canary_names = NULL;
    s->canary_count = 0;
}
