// SPDX-License-Identifier: Apache-2.0
#include "exchange/settings/apart.h"
#include "exchange/settings/canary.h"

#include "file/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { OVER_BP_MAX = 1000000 };

// A list of so many, each in [0, most].
static bool whole_numbers(const tree_node *list, int32_t *numbers, int count, int32_t most)
{
    const tree_node *node = list->kind == TREE_SEQUENCE ? list->child : NULL;
    for (int i = 0; i < count; i++, node = node->next) {
        double value = -1.0;
        if (node == NULL || node->kind != TREE_SCALAR ||
            text_number(node->text, node->length, &value) != NULL ||
            !(value >= 0.0 && value <= most) || value != floor(value)) {
            return false;
        }
        numbers[i] = (int32_t)value;
    }
    return true;
}

// The ladder of credits: [[over_bp, credit_bp], ...].
static dcat_status read_late(const tree_node *node, const char *path, exchange_settings *s,
                             dcat_error *err)
{
    exchange_config *config = &s->setup.config;
    config->rung_count = 0;
    if (node->kind != TREE_SEQUENCE) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, path,
                         "must be a list of pairs [over_bp, credit_bp]");
    }
    for (const tree_node *rung = node->child; rung != NULL; rung = rung->next) {
        int32_t bp[2] = {0, 0};
        if (tree_count(rung) != 2 || !whole_numbers(rung, bp, 2, OVER_BP_MAX) ||
            bp[1] > EXCHANGE_BASIS || config->rung_count == EXCHANGE_RUNG_MAX) {
            return tree_fail(
                err, DCAT_ERR_RANGE, rung, path,
                "must be up to %d pairs [over_bp, credit_bp] of whole numbers, the second in "
                "[0, %d]",
                EXCHANGE_RUNG_MAX, EXCHANGE_BASIS);
        }
        config->late[config->rung_count++] = (exchange_rung){bp[0], bp[1]};
    }
    return DCAT_OK;
}

// What strikes take: [first, second, third].
static dcat_status read_forfeits(const tree_node *node, const char *path, exchange_settings *s,
                                 dcat_error *err)
{
    int32_t bp[EXCHANGE_STRIKES];
    if (tree_count(node) != EXCHANGE_STRIKES ||
        !whole_numbers(node, bp, EXCHANGE_STRIKES, EXCHANGE_BASIS)) {
        return tree_fail(err, DCAT_ERR_RANGE, node, path,
                         "must be a list of %d whole numbers in [0, %d], of a first, second and "
                         "third strike",
                         EXCHANGE_STRIKES, EXCHANGE_BASIS);
    }
    memcpy(s->setup.config.forfeit_bp, bp, sizeof bp);
    return DCAT_OK;
}

// Index of one of two words, -1: neither.
static int word_of(const tree_node *node, const char *first, const char *second)
{
    return node->kind != TREE_SCALAR         ? -1
           : strcmp(node->text, first) == 0  ? 0
           : strcmp(node->text, second) == 0 ? 1
                                             : -1;
}

// Kept as lines "m NAME" and "c NAME" until the classes are known.
static dcat_status read_programs(const tree_node *node, const char *path, exchange_settings *s,
                                 dcat_error *err)
{
    if (node->kind != TREE_MAPPING) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, path,
                         "must have compute or memory for names of classes");
    }
    size_t used = 0;
    for (const tree_node *e = node->child; e != NULL; e = e->next) {
        dcat_status status = tree_check_once(node, e, path, err);
        int which = word_of(e, "compute", "memory");
        if (status != DCAT_OK) {
            return status;
        }
        if (which < 0) {
            return tree_fail(err, DCAT_ERR_RANGE, e, path, "must be compute or memory for class %s",
                             TEXT_SHOW(e->key, strlen(e->key)));
        }
        int length = snprintf(s->programs + used, sizeof s->programs - used, "%c %s\n",
                              which == 1 ? 'm' : 'c', e->key);
        if (length < 0 || (size_t)length >= sizeof s->programs - used) {
            return tree_fail(err, DCAT_ERR_RANGE, e, path, "has too many classes");
        }
        used += (size_t)length;
    }
    return DCAT_OK;
}

// ---- all of them

const settings_apart *settings_apart_find(const char *section, const char *key)
{
    static const settings_apart all[] = {
        {"money.late", read_late},
        {"trust.canary", settings_canary_read},
        {"trust.programs", read_programs},
        {"trust.forfeit_bp", read_forfeits},
    };
    size_t length = strlen(section);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (strncmp(all[i].path, section, length) == 0 && all[i].path[length] == '.' &&
            strcmp(all[i].path + length + 1, key) == 0) {
            return &all[i];
        }
    }
    return NULL;
}

dcat_status settings_apart_classes(exchange_settings *s, const char *path, dcat_error *err)
{
    static const char *const only[] = {"work"};
    bool has = s->setup.resources != NULL;
    const char *const *names = has ? s->class_names : only;
    size_t count = has ? s->resources.class_count : 1;
    for (const char *line = s->programs; *line != '\0'; line += strcspn(line, "\n") + 1) {
        const char *name = line + 2;
        size_t length = strcspn(name, "\n"), q = 0;
        while (q < count && (strncmp(names[q], name, length) != 0 || names[q][length] != '\0')) {
            q++;
        }
        if (q == count) {
            return dcat_fail(err, DCAT_ERR_REFERENCE, "%s: trust.programs: there is no class %s%s",
                             path, TEXT_SHOW(name, length),
                             has ? "" : ", all work is of class work without resources");
        }
        s->memory_classes |= (uint64_t)(line[0] == 'm') << q;
    }
    return settings_canary_names_of(s, path, err);
}
