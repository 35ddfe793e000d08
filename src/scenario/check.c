// SPDX-License-Identifier: Apache-2.0
#include "scenario/check.h"

#include "dcat/plugin.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PATH_MAX_BYTES 96 // longer than any key's path

// --- One value

// The word that stands for a number here ("none"), if this is it.
static bool special_word(const tree_node *node, const scenario_key *key, int64_t *code)
{
    for (size_t i = 0; i < key->word_count; i++) {
        if (node->kind == TREE_SCALAR && strcmp(node->text, key->words[i].word) == 0) {
            *code = key->words[i].value;
            return true;
        }
    }
    return false;
}

static const char *what_it_is(const tree_node *node)
{
    return node->kind == TREE_MAPPING ? "a mapping" : "a list";
}

// "must be a number" and what was there instead.
static dcat_status wrong_type(const tree_node *node, const scenario_key *key, const char *rule,
                              dcat_error *err)
{
    const char *alternative = key->word_count == 1 ? " or " : "";
    const char *word = key->word_count == 1 ? key->words[0].word : "";
    if (node->kind != TREE_SCALAR) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, key->path, "%s%s%s, got %s", rule, alternative,
                         word, what_it_is(node));
    }
    if (!node->plain) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, key->path, "%s%s%s without quotes, got \"%s\"",
                         rule, alternative, word, TEXT_SHOW(node->text, node->length));
    }
    return tree_fail(err, DCAT_ERR_FORMAT, node, key->path, "%s%s%s, got %s", rule, alternative,
                     word, node->length == 0 ? "nothing" : TEXT_SHOW(node->text, node->length));
}

static dcat_status out_of_range(const tree_node *node, const scenario_key *key, double value,
                                dcat_error *err)
{
    text_bound_words words = {{0}};
    return tree_fail(
        err, DCAT_ERR_RANGE, node, key->path, "must be %s%s%s, got %s",
        text_bound_rule(&words, &key->bound, value), key->word_count == 1 ? " or " : "",
        key->word_count == 1 ? key->words[0].word : "", TEXT_SHOW(node->text, node->length));
}

static dcat_status check_number(const tree_node *node, const scenario_key *key, double *number,
                                dcat_error *err)
{
    const char *rule = "must be a number";
    if (node->kind == TREE_SCALAR && node->plain) {
        rule = text_number(node->text, node->length, number);
    }
    if (rule != NULL) {
        return wrong_type(node, key, rule, err);
    }
    return text_bound_holds(&key->bound, *number) ? DCAT_OK : out_of_range(node, key, *number, err);
}

static dcat_status check_whole(const tree_node *node, const scenario_key *key, int64_t *whole,
                               dcat_error *err)
{
    const char *rule = "must be a whole number";
    if (node->kind == TREE_SCALAR && node->plain) {
        rule = text_whole(node->text, node->length, whole);
    }
    if (rule != NULL) {
        return wrong_type(node, key, rule, err);
    }
    return text_bound_holds(&key->bound, (double)*whole)
               ? DCAT_OK
               : out_of_range(node, key, (double)*whole, err);
}

// Both ends of a range or of days: a list of two, or one value that stands for both.
static dcat_status check_pair(const tree_node *node, const scenario_key *key, key_value *value,
                              dcat_error *err)
{
    const tree_node *end[2] = {node, node};
    if (node->kind == TREE_SEQUENCE && tree_count(node) == 2) {
        end[0] = node->child;
        end[1] = node->child->next;
    } else if (node->kind != TREE_SCALAR) {
        return wrong_type(node, key,
                          key->kind == KEY_DAYS ? "must be [first, last]"
                                                : "must be [min, max] or one number",
                          err);
    }
    for (int i = 0; i < 2; i++) {
        dcat_status status = key->kind == KEY_DAYS
                                 ? check_whole(end[i], key, &value->whole[i], err)
                                 : check_number(end[i], key, &value->number[i], err);
        if (status != DCAT_OK) {
            return status;
        }
    }
    bool ordered = key->kind == KEY_DAYS ? value->whole[0] <= value->whole[1]
                                         : value->number[0] <= value->number[1];
    if (!ordered) {
        return tree_fail(
            err, DCAT_ERR_RANGE, node, key->path, "must not begin above its end, got [%s, %s]",
            TEXT_SHOW(end[0]->text, end[0]->length), TEXT_SHOW(end[1]->text, end[1]->length));
    }
    return DCAT_OK;
}

static dcat_status check_choice(const tree_node *node, const scenario_key *key, int64_t *code,
                                dcat_error *err)
{
    if (special_word(node, key, code)) {
        return DCAT_OK;
    }
    char rule[128] = "must be ";
    for (size_t i = 0; i < key->word_count; i++) {
        size_t used = strlen(rule);
        snprintf(rule + used, sizeof rule - used, "%s%s", i == 0 ? "" : " or ", key->words[i].word);
    }
    if (key->kind == KEY_ROW) {
        strncat(rule, " or " DCAT_PLUGIN_PREFIX "PATH?ARGUMENTS", sizeof rule - strlen(rule) - 1);
    }
    if (node->kind != TREE_SCALAR) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, key->path, "%s, got %s", rule,
                         what_it_is(node));
    }
    return tree_fail(err, DCAT_ERR_RANGE, node, key->path, "%s, got %s", rule,
                     node->length == 0 ? "nothing" : TEXT_SHOW(node->text, node->length));
}

static dcat_status check_text(const tree_node *node, const scenario_key *key, key_value *value,
                              dcat_error *err)
{
    if (node->kind != TREE_SCALAR) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, key->path, "must be text, got %s",
                         what_it_is(node));
    }
    const char *rule = NULL;
    if (key->kind == KEY_NAME && !text_is_word(node->text, node->length)) {
        rule = "must be 1 to 64 letters, digits, - or _";
    } else if (key->kind == KEY_FILE && node->length == 0) {
        rule = "must be the name of a file";
    } else if (!text_is_line(node->text, node->length)) {
        rule = "must be one line of text";
    } else if (node->length > 1000) {
        rule = "must be at most 1000 bytes long";
    }
    if (rule != NULL) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, key->path, "%s, got \"%s\"", rule,
                         TEXT_SHOW(node->text, node->length));
    }
    value->text = node->text;
    value->length = node->length;
    return DCAT_OK;
}

// One of the words, or what names a plug-in.
static dcat_status check_row(const tree_node *node, const scenario_key *key, key_value *value,
                             dcat_error *err)
{
    size_t prefix = strlen(DCAT_PLUGIN_PREFIX);
    bool plugin = node->kind == TREE_SCALAR && node->length > prefix &&
                  strchr("#?", node->text[prefix]) == NULL &&
                  strncmp(node->text, DCAT_PLUGIN_PREFIX, prefix) == 0;
    dcat_status status = plugin ? DCAT_OK : check_choice(node, key, &value->whole[0], err);
    return status == DCAT_OK ? check_text(node, key, value, err) : status;
}

// {NAME: share} or {NAME: [share, count]}, shares adding up to 1 at most.
static dcat_status check_mix(const tree_node *node, const scenario_key *key, key_value *value,
                             dcat_error *err)
{
    if (node->kind != TREE_MAPPING || node->child == NULL) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, key->path,
                         "must be a mapping like {NAME: 0.25} or {NAME: [0.25, 4]}");
    }
    static const text_bound count_bound = {1.0, 1e6, false, false};
    scenario_key count_key = *key;
    count_key.bound = count_bound;
    double sum = 0.0;
    for (const tree_node *entry = node->child; entry != NULL; entry = entry->next) {
        bool pair = entry->kind == TREE_SEQUENCE && tree_count(entry) == 2;
        double share = 0.0;
        int64_t count;
        dcat_status status = check_number(pair ? entry->child : entry, key, &share, err);
        if (status == DCAT_OK && pair) {
            status = check_whole(entry->child->next, &count_key, &count, err);
        }
        if (status == DCAT_OK) {
            status = tree_check_once(node, entry, key->path, err);
        }
        if (status != DCAT_OK) {
            return status;
        }
        sum += share;
    }
    value->node = node;
    return sum <= 1.0 + 1e-9 ? DCAT_OK
                             : tree_fail(err, DCAT_ERR_RANGE, node, key->path,
                                         "shares must add up to 1 at most, got %.9g", sum);
}

dcat_status scenario_check_value(const tree_node *node, const scenario_key *key, key_value *value,
                                 dcat_error *err)
{
    *value = (key_value){0};
    switch (key->kind) {
    case KEY_MIX:
        return check_mix(node, key, value, err);
    case KEY_CHOICE:
        return check_choice(node, key, &value->whole[0], err);
    case KEY_ROW:
        return check_row(node, key, value, err);
    case KEY_NAME:
    case KEY_TEXT:
    case KEY_FILE:
        return check_text(node, key, value, err);
    default:
        break;
    }
    if (special_word(node, key, &value->whole[0])) {
        value->number[0] = value->number[1] = INFINITY;
        return DCAT_OK;
    }
    switch (key->kind) {
    case KEY_WHOLE:
        return check_whole(node, key, &value->whole[0], err);
    case KEY_NUMBER:
        return check_number(node, key, &value->number[0], err);
    default:
        return check_pair(node, key, value, err);
    }
}

// --- Mappings

// The keys and sections directly below a section, for somebody who wrote something else.
static void list_keys(const char *section, char *list, size_t list_bytes)
{
    char last[PATH_MAX_BYTES] = "";
    size_t start = section[0] == '\0' ? 0 : strlen(section) + 1;
    list[0] = '\0';
    for (size_t i = 0; i < scenario_key_count; i++) {
        const char *path = scenario_keys[i].path;
        bool inside =
            start == 0 || (strncmp(path, section, start - 1) == 0 && path[start - 1] == '.');
        if (!inside) {
            continue;
        }
        char name[PATH_MAX_BYTES];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(path + start, "."), path + start);
        if (strcmp(name, last) != 0) {
            size_t used = strlen(list);
            snprintf(list + used, list_bytes - used, "%s%s", used == 0 ? "" : ", ", name);
            strcpy(last, name);
        }
    }
}

// The nearest of somebody else's words, if it is near enough.
static const char *nearest_other(const char *word, const char *const *others, size_t count)
{
    const char *nearest = NULL;
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        size_t distance = text_distance(word, others[i]);
        if (distance < least) {
            least = distance;
            nearest = others[i];
        }
    }
    return nearest != NULL && text_is_close(least, word) ? nearest : NULL;
}

static dcat_status unknown_key(const tree_node *at, const char *section, const char *word,
                               const char *const *others, size_t other_count, dcat_error *err)
{
    char path[PATH_MAX_BYTES + sizeof(text_shown)];
    snprintf(path, sizeof path, "%s%s%s", section, section[0] == '\0' ? "" : ".",
             TEXT_SHOW(word, strlen(word)));
    tree_node here = *at;
    here.line = at->key == NULL ? at->line : at->key_line;
    bool said = at->key == NULL; // an override's own path
    key_suggestion suggestion;
    const char *nearest = nearest_other(word, others, other_count);
    nearest = nearest != NULL ? nearest : scenario_key_nearest(&suggestion, section, word);
    if (nearest != NULL) {
        return tree_fail(err, DCAT_ERR_FIELD, &here, said ? NULL : path,
                         "unknown key; did you mean %s?", nearest);
    }
    char list[500];
    list_keys(section, list, sizeof list);
    for (size_t i = 0; i < other_count; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, ", %s", others[i]);
    }
    return tree_fail(err, DCAT_ERR_FIELD, &here, said ? NULL : path, "unknown key; there are %s",
                     list);
}

dcat_status scenario_unknown_key(const tree_node *at, const char *section, const char *word,
                                 dcat_error *err)
{
    return unknown_key(at, section, word, NULL, 0, err);
}

dcat_status scenario_check_beside(const tree_node *root, const char *const *others,
                                  size_t other_count, dcat_error *err)
{
    const tree_node *first = root->kind == TREE_MAPPING ? root->child : NULL;
    for (const tree_node *entry = first; entry != NULL; entry = entry->next) {
        if (scenario_key_find(entry->key) == NULL && !scenario_key_is_section(entry->key)) {
            return unknown_key(entry, "", entry->key, others, other_count, err);
        }
    }
    return DCAT_OK;
}

static dcat_status check_section(const tree_node *node, const char *section, dcat_error *err)
{
    if (node->kind != TREE_MAPPING) {
        return tree_fail(err, DCAT_ERR_FORMAT, node, section[0] == '\0' ? NULL : section,
                         "must be a mapping of keys, got %s",
                         node->kind == TREE_SEQUENCE ? "a list"
                         : node->length == 0         ? "nothing"
                                                     : TEXT_SHOW(node->text, node->length));
    }
    for (const tree_node *entry = node->child; entry != NULL; entry = entry->next) {
        char path[PATH_MAX_BYTES];
        int length = snprintf(path, sizeof path, "%s%s%s", section, section[0] == '\0' ? "" : ".",
                              entry->key);
        bool known = length > 0 && (size_t)length < sizeof path && entry->key[0] != '\0' &&
                     strchr(entry->key, '.') == NULL &&
                     (scenario_key_find(path) != NULL || scenario_key_is_section(path));
        if (!known) {
            return scenario_unknown_key(entry, section, entry->key, err);
        }
        dcat_status status = tree_check_once(node, entry, path, err);
        if (status == DCAT_OK) {
            status = scenario_check(entry, path, err);
        }
        if (status != DCAT_OK) {
            return status;
        }
    }
    return DCAT_OK;
}

dcat_status scenario_check(const tree_node *node, const char *path, dcat_error *err)
{
    const scenario_key *key = scenario_key_find(path);
    if (key == NULL) {
        return check_section(node, path, err);
    }
    key_value value;
    return scenario_check_value(node, key, &value, err);
}
