// SPDX-License-Identifier: Apache-2.0
#include "exchange/settings/trust.h"

#include "file/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static dcat_status read_seconds(const tree_node *node, const char *path, int64_t *ns,
                                dcat_error *err)
{
    double value = 0.0;
    const char *rule = node->kind == TREE_SCALAR ? text_number(node->text, node->length, &value)
                                                 : "must be a number";
    if (rule != NULL || !(value >= 1.0 && value <= 3e8)) {
        return tree_fail(err, DCAT_ERR_RANGE, node, path, "must be a number in [1, 3e+08], got %s",
                         node->kind == TREE_SCALAR ? TEXT_SHOW(node->text, node->length)
                                                   : "a section");
    }
    *ns = llround(value * 1e9);
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

static dcat_status read_benchmark(const tree_node *node, exchange_settings *s, dcat_error *err)
{
    int which = word_of(node, "off", "required");
    if (which < 0) {
        return tree_fail(err, DCAT_ERR_RANGE, node, "trust.benchmark", "must be off or required");
    }
    s->setup.config.benchmark = which == 1;
    return DCAT_OK;
}

// Kept as lines "m NAME" and "c NAME" until the classes are known.
static dcat_status read_programs(const tree_node *node, exchange_settings *s, dcat_error *err)
{
    if (node->kind != TREE_MAPPING) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, "trust.programs",
                         "must have compute or memory for names of classes");
    }
    size_t used = 0;
    for (const tree_node *e = node->child; e != NULL; e = e->next) {
        dcat_status status = tree_check_once(node, e, "trust.programs", err);
        int which = word_of(e, "compute", "memory");
        if (status != DCAT_OK) {
            return status;
        }
        if (which < 0) {
            return tree_fail(err, DCAT_ERR_RANGE, e, "trust.programs",
                             "must be compute or memory for class %s",
                             TEXT_SHOW(e->key, strlen(e->key)));
        }
        int length = snprintf(s->programs + used, sizeof s->programs - used, "%c %s\n",
                              which == 1 ? 'm' : 'c', e->key);
        if (length < 0 || (size_t)length >= sizeof s->programs - used) {
            return tree_fail(err, DCAT_ERR_RANGE, e, "trust.programs", "has too many classes");
        }
        used += (size_t)length;
    }
    return DCAT_OK;
}

static dcat_status read_bond(const tree_node *node, exchange_settings *s, dcat_error *err)
{
    double value = -1.0;
    bool good = node->kind == TREE_SCALAR &&
                text_number(node->text, node->length, &value) == NULL && value >= 0.0 &&
                value <= 1e9;
    s->setup.config.bond = good ? llround(value * (double)DCAT_MONEY_UNIT) : 0;
    return good ? DCAT_OK
                : tree_fail(err, DCAT_ERR_RANGE, node, "trust.bond",
                            "must be an amount of money in [0, 1e9]");
}

static dcat_status read_ladder(const tree_node *node, exchange_settings *s, dcat_error *err)
{
    const tree_node *rung = node->kind == TREE_SEQUENCE ? node->child : NULL;
    bool good = tree_count(node) == EXCHANGE_STRIKES;
    for (int i = 0; good && i < EXCHANGE_STRIKES; i++, rung = rung->next) {
        double bp = -1.0;
        good = rung != NULL && rung->kind == TREE_SCALAR &&
               text_number(rung->text, rung->length, &bp) == NULL && bp >= 0.0 &&
               bp <= EXCHANGE_BASIS && bp == floor(bp);
        s->setup.config.forfeit_bp[i] = good ? (int32_t)bp : 0;
        if (!good) {
            break;
        }
    }
    return good ? DCAT_OK
                : tree_fail(err, DCAT_ERR_RANGE, node, "trust.forfeit_bp",
                            "must be a list of %d whole numbers in [0, %d], of a first, second "
                            "and third strike",
                            EXCHANGE_STRIKES, EXCHANGE_BASIS);
}

dcat_status settings_trust_read(const tree_node *section, exchange_settings *s, dcat_error *err)
{
    if (section->kind != TREE_MAPPING) {
        return tree_fail(err, DCAT_ERR_FORMAT, section, "trust", "must be a section of keys");
    }
    dcat_status status = DCAT_OK;
    for (const tree_node *e = section->child; e != NULL && status == DCAT_OK; e = e->next) {
        status = tree_check_once(section, e, "trust", err);
        if (status != DCAT_OK) {
            return status;
        }
        if (strcmp(e->key, "benchmark") == 0) {
            status = read_benchmark(e, s, err);
        } else if (strcmp(e->key, "benchmark_age_s") == 0) {
            status = read_seconds(e, "trust.benchmark_age_s", &s->benchmark_age_ns, err);
        } else if (strcmp(e->key, "programs") == 0) {
            status = read_programs(e, s, err);
        } else if (strcmp(e->key, "bond") == 0) {
            status = read_bond(e, s, err);
        } else if (strcmp(e->key, "bond_s") == 0) {
            status = read_seconds(e, "trust.bond_s", &s->setup.config.bond_ns, err);
        } else if (strcmp(e->key, "forfeit_bp") == 0) {
            status = read_ladder(e, s, err);
        } else {
            status = tree_fail(err, DCAT_ERR_FIELD, e, NULL, "trust.%s: unknown key",
                               TEXT_SHOW(e->key, strlen(e->key)));
        }
    }
    return status;
}

dcat_status settings_trust_classes(exchange_settings *s, const char *path, dcat_error *err)
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
    return DCAT_OK;
}
