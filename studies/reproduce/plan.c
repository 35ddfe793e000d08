// SPDX-License-Identifier: Apache-2.0
// The shape of a plan, and what its names must be.

#include "reproduce/plan.h"

#include "dcat/run.h"
#include "dcat/x/train.h"
#include "file/text.h"
#include "reproduce/plan_read.h"
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const reproduce_measure_names[REPRODUCE_MEASURE_COUNT] = {"profit", "offloading"};

// --- Rules of names

static bool is_word(const reproduce_plan *plan, const char *text)
{
    (void)plan;
    size_t length = strlen(text);
    return length < REPRODUCE_NAME_SIZE && text_is_word(text, length);
}

static const reproduce_algorithm *find_arm(const reproduce_plan *plan, const char *name)
{
    for (size_t a = 0; a < plan->arm_count; a++) {
        if (strcmp(plan->arms[a].name, name) == 0) {
            return &plan->arms[a];
        }
    }
    return NULL;
}

static bool is_new_arm(const reproduce_plan *plan, const char *text)
{
    return strlen(text) < REPRODUCE_NAME_SIZE && find_arm(plan, text) == NULL;
}

static bool is_arm(const reproduce_plan *plan, const char *text)
{
    return find_arm(plan, text) != NULL;
}

// Whether it takes part in the sweeps of the paper, whatever the options.
static bool is_baseline(const reproduce_plan *plan, const char *text)
{
    const reproduce_algorithm *arm = find_arm(plan, text);
    return arm != NULL && (arm->places & REPRODUCE_IN_PAPER) != 0 &&
           (arm->source == REPRODUCE_NO_MODEL || arm->source == REPRODUCE_GENERALIST);
}

static bool is_drawn(const reproduce_plan *plan, const char *text)
{
    const reproduce_algorithm *arm = find_arm(plan, text);
    return arm != NULL && (arm->places & REPRODUCE_IN_PAPER) != 0 && arm->colour != NULL;
}

static bool is_new_sweep(const reproduce_plan *plan, const char *text)
{
    return is_word(plan, text) && strcmp(text, "all") != 0 &&
           reproduce_sweep_find(plan, text) == NULL;
}

static bool is_paper_sweep(const reproduce_plan *plan, const char *text)
{
    const reproduce_sweep *sweep = reproduce_sweep_find(plan, text);
    return sweep != NULL && sweep->place == REPRODUCE_IN_PAPER;
}

static bool is_clusterer(const reproduce_plan *plan, const char *text)
{
    (void)plan;
    return dcat_clusterer_find(text) != NULL;
}

static bool is_auction(const reproduce_plan *plan, const char *text)
{
    (void)plan;
    return dcat_auction_find(text) != NULL;
}

static bool is_estimator(const reproduce_plan *plan, const char *text)
{
    (void)plan;
    return dcat_estimator_find(text) != DCAT_ESTIMATOR_COUNT;
}

static bool is_colour(const reproduce_plan *plan, const char *text)
{
    (void)plan;
    return text[0] == '#' && strlen(text) == 7 && strspn(text + 1, "0123456789abcdefABCDEF") == 6;
}

static const plan_rule word_rule = {is_word, "a word of letters, digits, '-' and '_'"};
static const plan_rule new_arm_rule = {is_new_arm, "a new name of at most 39 bytes"};
static const plan_rule arm_rule = {is_arm, "the name of an algorithm"};
static const plan_rule baseline_rule = {
    is_baseline, "an algorithm that runs in the paper's sweeps and is not trained on its world"};
static const plan_rule drawn_rule = {
    is_drawn, "an algorithm that runs in the paper's sweeps and has a colour"};
static const plan_rule new_sweep_rule = {is_new_sweep,
                                         "a new word of letters, digits, '-' and '_', not 'all'"};
static const plan_rule paper_sweep_rule = {is_paper_sweep, "the name of a sweep of the paper"};
static const plan_rule clusterer_rule = {is_clusterer, "a clusterer (see dcat list)"};
static const plan_rule auction_rule = {is_auction, "an auction (see dcat list)"};
static const plan_rule estimator_rule = {is_estimator, "one of gae, group, paper"};
static const plan_rule colour_rule = {is_colour, "a colour like \"#0072b2\""};

// --- Shapes

static const char *const group_words[] = {"paper", "network", "ablation", NULL};
static const char *const source_words[] = {"none", "generalist", "trained", "tuned", NULL};
static const char *const measure_words[] = {"profit", "offloading", NULL};
static const char *const kind_words[] = {"profit", "offloading", "gain",
                                         "reward", "validation", NULL};

#define AT(type, member) .offset = offsetof(type, member)
#define COUNTED(type, member, number)                                                              \
    .offset = offsetof(type, member), .count_offset = offsetof(type, number),                      \
    .most = sizeof(((type *)0)->member) / sizeof(((type *)0)->member[0])
#define COUNT(name, type, member, low, high)                                                       \
    {                                                                                              \
        name, PLAN_COUNT, AT(type, member), .min = (low), .max = (high)                            \
    }
#define TEXT(name, type, member, its_rule)                                                         \
    {                                                                                              \
        name, PLAN_TEXT, AT(type, member), .rule = (its_rule)                                      \
    }
#define MAYBE(name, type, member, its_rule)                                                        \
    {                                                                                              \
        name, PLAN_TEXT, .optional = true, AT(type, member), .rule = (its_rule)                    \
    }
#define PART(name, type, member, its_shape)                                                        \
    {                                                                                              \
        name, PLAN_PART, AT(type, member), .shape = &(its_shape)                                   \
    }
#define LIST(name, type, member, number, its_shape)                                                \
    {                                                                                              \
        name, PLAN_LIST, COUNTED(type, member, number), .shape = &(its_shape)                      \
    }
#define NAMES(name, type, member, its_rule)                                                        \
    {                                                                                              \
        name, PLAN_TEXTS, COUNTED(type, member.names, member.count), .rule = (its_rule)            \
    }
#define SHAPE(its_fields, type)                                                                    \
    {                                                                                              \
        its_fields, sizeof(its_fields) / sizeof((its_fields)[0]), type                             \
    }

static const plan_field budget_fields[] = {
    COUNT("worlds", reproduce_budget, worlds, 1, 10000),
    COUNT("cycles", reproduce_budget, cycles, 0, 1e9),
    COUNT("epochs", reproduce_budget, epochs, 1, 1e6),
    COUNT("curve_epochs", reproduce_budget, curve_epochs, 1, 1e6),
    COUNT("curve_seeds", reproduce_budget, curve_seeds, 1, 1000),
    COUNT("anneal_proposals", reproduce_budget, anneal_proposals, 1, 1e8),
};
static const plan_shape budget_shape = SHAPE(budget_fields, sizeof(reproduce_budget));

static const plan_field arm_fields[] = {
    TEXT("name", reproduce_algorithm, name, &new_arm_rule),
    TEXT("clusterer", reproduce_algorithm, clusterer, &clusterer_rule),
    TEXT("auction", reproduce_algorithm, auction, &auction_rule),
    {"model", PLAN_WORD, true, AT(reproduce_algorithm, source), .words = source_words},
    {"runs_in", PLAN_WORDS, AT(reproduce_algorithm, places), .most = 3, .words = group_words},
    {"samples", PLAN_COUNT, true, AT(reproduce_algorithm, sample_count), .max = 10000},
    MAYBE("estimator", reproduce_algorithm, estimator, &estimator_rule),
    MAYBE("colour", reproduce_algorithm, colour, &colour_rule),
};
static const plan_shape arm_shape = SHAPE(arm_fields, sizeof(reproduce_algorithm));

static const plan_field sweep_fields[] = {
    TEXT("name", reproduce_sweep, figure, &new_sweep_rule),
    MAYBE("title", reproduce_sweep, title, NULL),
    {"group", PLAN_WORDS, AT(reproduce_sweep, place), .most = 1, .words = group_words},
    TEXT("variable", reproduce_sweep, variable, &word_rule),
    TEXT("axis", reproduce_sweep, axis, NULL),
    MAYBE("scenario", reproduce_sweep, scenario, NULL),
    MAYBE("set", reproduce_sweep, key, NULL),
    {"values", PLAN_TEXTS, COUNTED(reproduce_sweep, values, value_count)},
};
static const plan_shape sweep_shape = SHAPE(sweep_fields, sizeof(reproduce_sweep));

static const plan_field figure_fields[] = {
    MAYBE("suffix", reproduce_plan_figure, suffix, &word_rule),
    TEXT("title", reproduce_plan_figure, title, NULL),
    {"shows", PLAN_WORD, AT(reproduce_plan_figure, kind), .words = kind_words},
    MAYBE("of", reproduce_plan_figure, of, &drawn_rule),
    {"algorithms", PLAN_TEXTS, true,
     COUNTED(reproduce_plan_figure, algorithms.names, algorithms.count), .rule = &drawn_rule},
    TEXT("caption", reproduce_plan_figure, caption, NULL),
};
static const plan_shape figure_shape = SHAPE(figure_fields, sizeof(reproduce_plan_figure));

static const plan_field gain_fields[] = {
    TEXT("sweep", reproduce_paper_gain, sweep, &paper_sweep_rule),
    {"measure", PLAN_WORD, AT(reproduce_paper_gain, measure), .words = measure_words},
    {"percent", PLAN_NUMBER, AT(reproduce_paper_gain, percent), .min = -100, .max = 1e6},
};
static const plan_shape gain_shape = SHAPE(gain_fields, sizeof(reproduce_paper_gain));

static const plan_field claims_fields[] = {
    TEXT("title", reproduce_plan, claims.title, NULL),
    TEXT("note", reproduce_plan, claims.note, NULL),
    NAMES("baselines", reproduce_plan, claims.baselines, &baseline_rule),
    NAMES("algorithms", reproduce_plan, claims.algorithms, &arm_rule),
    LIST("gains", reproduce_plan, claims.gains, claims.gain_count, gain_shape),
};
static const plan_shape claims_shape = SHAPE(claims_fields, 0);

static const plan_field rivals_fields[] = {
    TEXT("title", reproduce_plan, rivals.title, NULL),
    TEXT("note", reproduce_plan, rivals.note, NULL),
};
static const plan_shape rivals_shape = SHAPE(rivals_fields, 0);

static const plan_field mechanism_fields[] = {
    TEXT("title", reproduce_plan, mechanism.title, NULL),
    TEXT("note", reproduce_plan, mechanism.note, NULL),
    TEXT("algorithm", reproduce_plan, mechanism.pair.algorithm, &arm_rule),
    TEXT("against", reproduce_plan, mechanism.pair.against, &arm_rule),
};
static const plan_shape mechanism_shape = SHAPE(mechanism_fields, 0);

static const plan_field pair_fields[] = {
    TEXT("algorithm", reproduce_pair, algorithm, &arm_rule),
    TEXT("against", reproduce_pair, against, &arm_rule),
};
static const plan_shape pair_shape = SHAPE(pair_fields, sizeof(reproduce_pair));

static const plan_field generality_fields[] = {
    TEXT("title", reproduce_plan, generality.title, NULL),
    TEXT("note", reproduce_plan, generality.note, NULL),
    LIST("pairs", reproduce_plan, generality.pairs, generality.pair_count, pair_shape),
};
static const plan_shape generality_shape = SHAPE(generality_fields, 0);

static const plan_field reference_fields[] = {
    TEXT("auction", reproduce_reference, auction, &auction_rule),
    TEXT("algorithm", reproduce_reference, algorithm, &arm_rule),
};
static const plan_shape reference_shape = SHAPE(reference_fields, sizeof(reproduce_reference));

static const plan_field estimator_fields[] = {
    TEXT("name", reproduce_estimator, name, &estimator_rule),
    TEXT("colour", reproduce_estimator, colour, &colour_rule),
};
static const plan_shape estimator_shape = SHAPE(estimator_fields, sizeof(reproduce_estimator));

static const plan_field curves_fields[] = {
    TEXT("name", reproduce_plan, curves.figure, &new_sweep_rule),
    TEXT("title", reproduce_plan, curves.title, NULL),
    TEXT("table", reproduce_plan, curves.table, NULL),
    TEXT("note", reproduce_plan, curves.note, NULL),
    TEXT("auction", reproduce_plan, curves.auction, &auction_rule),
    COUNT("every", reproduce_plan, curves.look_every, 1, 1e6),
    COUNT("smooth_epochs", reproduce_plan, curves.smooth_epochs, 1, 1e6),
    {"settled_percent", PLAN_NUMBER, AT(reproduce_plan, curves.settled_percent), .max = 100},
    LIST("estimators", reproduce_plan, curves.estimators, curves.estimator_count, estimator_shape),
    LIST("figures", reproduce_plan, curves.figures, curves.figure_count, figure_shape),
};
static const plan_shape curves_shape = SHAPE(curves_fields, 0);

// Parts of the plan itself have offsets from its beginning. What is named comes before what names
// it.
static const plan_field plan_fields[] = {
    COUNT("schema", reproduce_plan, schema, 1, 1),
    PART("full", reproduce_plan, full, budget_shape),
    PART("quick", reproduce_plan, quick, budget_shape),
    COUNT("anneal_every_cycles", reproduce_plan, anneal_every, 1, 1e6),
    LIST("algorithms", reproduce_plan, arms, arm_count, arm_shape),
    LIST("sweeps", reproduce_plan, sweeps, sweep_count, sweep_shape),
    LIST("figures", reproduce_plan, figures, figure_count, figure_shape),
    {"claims", PLAN_PART, .shape = &claims_shape},
    {"rivals", PLAN_PART, .shape = &rivals_shape},
    {"mechanism", PLAN_PART, .shape = &mechanism_shape},
    {"generality", PLAN_PART, .shape = &generality_shape},
    LIST("references", reproduce_plan, references, reference_count, reference_shape),
    {"convergence", PLAN_PART, .shape = &curves_shape},
};
static const plan_shape whole_shape = SHAPE(plan_fields, sizeof(reproduce_plan));

// --- What one field alone does not say

struct plan_document {
    tree tree;
    tree_origin origin;
};

// Entry i of a list of the plan.
static const tree_node *entry_of(const reproduce_plan *plan, const char *list, size_t i)
{
    const tree_node *node = tree_find(&plan->document->tree, list)->child;
    while (i-- > 0) {
        node = node->next;
    }
    return node;
}

static dcat_status check_arm(const reproduce_plan *plan, size_t a, dcat_error *err)
{
    const reproduce_algorithm *arm = &plan->arms[a];
    bool needed = dcat_clusterer_find(arm->clusterer)->needs_model;
    if (needed == (arm->source != REPRODUCE_NO_MODEL)) {
        return DCAT_OK;
    }
    char path[40];
    snprintf(path, sizeof path, "algorithms[%zu].model", a);
    return tree_fail(err, DCAT_ERR_FIELD, entry_of(plan, "algorithms", a), path,
                     needed ? "must be given, since %s decides by a model"
                            : "must be none, since %s decides without a model",
                     arm->clusterer);
}

// A sweep of the paper is drawn: it has a title, and its values are at least two numbers.
static dcat_status check_sweep(reproduce_plan *plan, size_t s, dcat_error *err)
{
    reproduce_sweep *sweep = &plan->sweeps[s];
    const tree_node *entry = entry_of(plan, "sweeps", s);
    char path[40];
    sweep->line = entry->line;
    if (sweep->place != REPRODUCE_IN_PAPER) {
        return DCAT_OK;
    }
    if (sweep->title == NULL || sweep->key == NULL) {
        snprintf(path, sizeof path, "sweeps[%zu].%s", s, sweep->title == NULL ? "title" : "set");
        return tree_fail(err, DCAT_ERR_FIELD, entry, path, "must be given in the group paper");
    }
    snprintf(path, sizeof path, "sweeps[%zu].values", s);
    const tree_node *values = tree_child(entry, "values");
    if (sweep->value_count < 2) {
        return tree_fail(err, DCAT_ERR_RANGE, values, path,
                         "must be at least two in the group paper, got one");
    }
    for (const tree_node *value = values->child; value != NULL; value = value->next) {
        double number;
        if (text_number(value->text, value->length, &number) != NULL) {
            return tree_fail(err, DCAT_ERR_FORMAT, value, path,
                             "must be numbers in the group paper, got %s",
                             TEXT_SHOW(value->text, value->length));
        }
    }
    return DCAT_OK;
}

// What a figure shows belongs to its list, and it has the algorithms that this needs.
static dcat_status check_figure(const reproduce_plan *plan, const char *list, size_t f,
                                const reproduce_plan_figure *figure, dcat_error *err)
{
    const tree_node *entry = entry_of(plan, list, f);
    bool curve = figure->kind >= REPRODUCE_FIGURE_REWARD;
    char path[64];
    if (curve != (figure >= plan->curves.figures)) {
        snprintf(path, sizeof path, "%s[%zu].shows", list, f);
        return tree_fail(err, DCAT_ERR_FIELD, tree_child(entry, "shows"), path,
                         "must be %s, got %s",
                         curve ? "profit, offloading or gain" : "reward or validation",
                         kind_words[figure->kind]);
    }
    bool of = figure->kind == REPRODUCE_FIGURE_GAIN;
    if ((of && figure->of == NULL) || (!curve && figure->algorithms.count == 0)) {
        snprintf(path, sizeof path, "%s[%zu].%s", list, f,
                 figure->algorithms.count == 0 ? "algorithms" : "of");
        return tree_fail(err, DCAT_ERR_FIELD, entry, path, "must be given");
    }
    return DCAT_OK;
}

static dcat_status check(reproduce_plan *plan, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (size_t a = 0; status == DCAT_OK && a < plan->arm_count; a++) {
        status = check_arm(plan, a, err);
    }
    for (size_t s = 0; status == DCAT_OK && s < plan->sweep_count; s++) {
        status = check_sweep(plan, s, err);
    }
    for (size_t f = 0; status == DCAT_OK && f < plan->figure_count; f++) {
        status = check_figure(plan, "figures", f, &plan->figures[f], err);
    }
    for (size_t f = 0; status == DCAT_OK && f < plan->curves.figure_count; f++) {
        status = check_figure(plan, "convergence.figures", f, &plan->curves.figures[f], err);
    }
    return status;
}

// --- Loading

dcat_status reproduce_plan_parse(const char *label, const char *text, size_t size,
                                 reproduce_plan **plan, dcat_error *err)
{
    reproduce_plan *made = calloc(1, sizeof *made);
    struct plan_document *document = calloc(1, sizeof *document);
    char *file = strdup(label);
    if (made == NULL || document == NULL || file == NULL) {
        free(made);
        free(document);
        free(file);
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a plan");
    }
    made->document = document;
    made->file = file;
    document->origin = (tree_origin){.label = file, .has_lines = true};
    dcat_status status = tree_parse(text, size, &document->origin, &document->tree, err);
    if (status == DCAT_OK && document->tree.root == NULL) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s:1: must be a mapping, got nothing", label);
    }
    if (status == DCAT_OK) {
        status = plan_read(document->tree.root, "", &whole_shape, made, made, err);
    }
    if (status == DCAT_OK) {
        status = check(made, err);
    }
    if (status != DCAT_OK) {
        reproduce_plan_destroy(made);
        return status;
    }
    *plan = made;
    return DCAT_OK;
}

void reproduce_plan_destroy(reproduce_plan *plan)
{
    if (plan != NULL) {
        tree_free(&plan->document->tree);
        free(plan->document);
        free((char *)plan->file);
        free(plan);
    }
}

// The shipped plan, embedded while building; a zero byte follows it.
__asm__(".section .rodata\n"
        "reproduce_shipped_plan:\n"
        ".incbin \"" REPRODUCE_SHIPPED_PLAN "\"\n"
        ".byte 0\n"
        ".text\n");
extern const char reproduce_shipped_plan[] __attribute__((visibility("hidden")));

dcat_status reproduce_plan_load(const char *file, reproduce_plan **plan, dcat_error *err)
{
    if (file == NULL) {
        return reproduce_plan_parse("shipped:reproduce/plan.yaml", reproduce_shipped_plan,
                                    strlen(reproduce_shipped_plan), plan, err);
    }
    FILE *from = fopen(file, "rbe");
    if (from == NULL) {
        return dcat_fail(err, errno == ENOENT ? DCAT_ERR_NOT_FOUND : DCAT_ERR_IO, "%s: %s", file,
                         strerror(errno));
    }
    char *text = malloc(TREE_BYTES_MAX + 1);
    size_t size = text != NULL ? fread(text, 1, TREE_BYTES_MAX + 1, from) : 0;
    dcat_status status = DCAT_OK;
    if (text == NULL) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a plan");
    } else if (ferror(from)) {
        status = dcat_fail(err, DCAT_ERR_IO, "%s: reading failed", file);
    } else {
        status = reproduce_plan_parse(file, text, size, plan, err);
    }
    fclose(from);
    free(text);
    return status;
}

// --- Looking

const reproduce_sweep *reproduce_sweep_find(const reproduce_plan *plan, const char *name)
{
    for (size_t s = 0; s < plan->sweep_count; s++) {
        if (strcmp(plan->sweeps[s].figure, name) == 0) {
            return &plan->sweeps[s];
        }
    }
    return NULL;
}

unsigned reproduce_figures_find(const reproduce_plan *plan, const char *name)
{
    if (strcmp(name, "all") == 0) {
        return REPRODUCE_ALL;
    }
    if (strcmp(name, plan->curves.figure) == 0) {
        return REPRODUCE_FIG2;
    }
    const reproduce_sweep *sweep = reproduce_sweep_find(plan, name);
    return sweep != NULL ? 1u << (sweep - plan->sweeps) : 0;
}
