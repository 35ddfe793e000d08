// SPDX-License-Identifier: Apache-2.0
// What a plan consists of, and what its names must be.

#include "reproduce/plan.h"

#include "dcat/run.h"
#include "dcat/x/train.h"
#include "file/text.h"
#include "reproduce/plan_read.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const reproduce_measure_names[REPRODUCE_MEASURE_COUNT] = {"profit", "offloading"};

bool reproduce_names_hold(const reproduce_names *list, const char *name)
{
    size_t i = 0;
    while (i < list->count && strcmp(list->names[i], name) != 0) {
        i++;
    }
    return i < list->count;
}

// --- Rules of names

static bool is_word(const reproduce_plan *plan, const char *text)
{
    (void)plan;
    size_t length = strlen(text);
    return length < REPRODUCE_NAME_SIZE && text_is_word(text, length);
}

static const reproduce_arm *find_arm(const reproduce_plan *plan, const char *name)
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
    const reproduce_arm *arm = find_arm(plan, text);
    return arm != NULL && (arm->places & REPRODUCE_IN_PAPER) != 0 &&
           (arm->source == REPRODUCE_NO_MODEL || arm->source == REPRODUCE_GENERALIST);
}

static bool is_drawn(const reproduce_plan *plan, const char *text)
{
    const reproduce_arm *arm = find_arm(plan, text);
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

// --- Parts of a plan, each as its mapping in plan.yaml

static const char *const group_words[] = {"paper", "network", "ablation", "fifo", NULL};
static const char *const queue_words[] = {"fifo", "paper", NULL};
static const char *const source_words[] = {"none", "generalist", "trained", "tuned", NULL};
static const char *const measure_words[] = {"profit", "offloading", NULL};
static const char *const kind_words[] = {"profit", "offloading", "gain",
                                         "reward", "validation", NULL};

#define LIST(part, key, read, array, count)                                                        \
    plan_list(part, key, read, array, sizeof(array)[0], sizeof(array) / sizeof(array)[0], &(count))
#define TEXTS(part, key, rule, list)                                                               \
    ((list).count = plan_texts(part, key, rule, (list).names, REPRODUCE_PLAN_ARM_MAX))

static void read_budget(plan_part *part, void *into)
{
    reproduce_budget *budget = into;
    budget->worlds = plan_count(part, "worlds", 1, 10000);
    budget->cycles = plan_count(part, "cycles", 0, 1e9);
    budget->epochs = plan_count(part, "epochs", 1, 1e6);
    budget->curve_epochs = plan_count(part, "curve_epochs", 1, 1e6);
    budget->curve_seeds = plan_count(part, "curve_seeds", 1, 1000);
    budget->anneal_proposals = plan_count(part, "anneal_proposals", 1, 1e8);
}

static void read_arm(plan_part *part, void *into)
{
    reproduce_arm *arm = into;
    arm->name = plan_text(part, "name", &new_arm_rule);
    arm->clusterer = plan_text(part, "clusterer", &clusterer_rule);
    const char *auction = plan_text(part, "auction", &auction_rule);
    arm->auction = auction != NULL ? dcat_auction_find(auction) : NULL;
    arm->source = (reproduce_source)plan_word(part, "model?", source_words);
    arm->places = plan_words(part, "runs_in", group_words);
    arm->sample_count = (int)plan_count(part, "samples?", 0, 10000);
    arm->estimator = plan_text(part, "estimator?", &estimator_rule);
    arm->colour = plan_text(part, "colour?", &colour_rule);
    bool given = arm->source != REPRODUCE_NO_MODEL;
    if (arm->clusterer != NULL && dcat_clusterer_find(arm->clusterer)->needs_model != given) {
        plan_fail(part, DCAT_ERR_FIELD, part->node, "model",
                  given ? "must be none, since %s decides without a model"
                        : "must be given, since %s decides by a model",
                  arm->clusterer);
    }
}

// A sweep of the paper is drawn: it has a title, and its values are at least two numbers.
static void check_drawn(plan_part *part, const reproduce_sweep *sweep)
{
    if (sweep->title == NULL || sweep->key == NULL) {
        plan_fail(part, DCAT_ERR_FIELD, part->node, sweep->title == NULL ? "title" : "set",
                  "must be given in the group paper");
        return;
    }
    const tree_node *values = tree_child(part->node, "values");
    if (sweep->value_count < 2) {
        plan_fail(part, DCAT_ERR_RANGE, values, "values",
                  "must be at least two in the group paper, got one");
    }
    for (const tree_node *value = values->child; value != NULL; value = value->next) {
        double number;
        if (text_number(value->text, value->length, &number) != NULL) {
            plan_fail(part, DCAT_ERR_FORMAT, value, "values",
                      "must be numbers in the group paper, got %s",
                      TEXT_SHOW(value->text, value->length));
        }
    }
}

static void read_rules(plan_part *part, void *into)
{
    reproduce_rules *rules = into;
    rules->scenario = plan_text(part, "scenario", NULL);
    rules->setting_count = plan_texts(part, "set", NULL, rules->settings, REPRODUCE_VALUE_MAX);
}

static void read_sweep(plan_part *part, void *into)
{
    reproduce_sweep *sweep = into;
    const char *name = plan_text(part, "name", &new_sweep_rule);
    unsigned place = 1u << plan_word(part, "group", group_words);
    const char *queue = queue_words[plan_word(part, "queue", queue_words)];
    const char *of = plan_text(part, "of?", &paper_sweep_rule);
    if (of != NULL) { // its points
        *sweep = *reproduce_sweep_find(part->reader->plan, of);
    }
    sweep->figure = name;
    sweep->place = place;
    sweep->queue = queue;
    sweep->of = of;
    sweep->line = part->node->line;
    if (of != NULL) {
        return;
    }
    sweep->title = plan_text(part, "title?", NULL);
    sweep->variable = plan_text(part, "variable", &word_rule);
    sweep->axis = plan_text(part, "axis", NULL);
    sweep->scenario = plan_text(part, "scenario?", NULL);
    sweep->key = plan_text(part, "set?", NULL);
    sweep->value_count = plan_texts(part, "values", NULL, sweep->values, REPRODUCE_VALUE_MAX);
    if (part->reader->status == DCAT_OK && sweep->place == REPRODUCE_IN_PAPER) {
        check_drawn(part, sweep);
    }
}

// What a figure shows belongs to its list, and it has the algorithms that this needs.
static void read_figure(plan_part *part, reproduce_plan_figure *figure, bool curve)
{
    figure->suffix = plan_text(part, "suffix?", &word_rule);
    figure->title = plan_text(part, "title", NULL);
    figure->kind = (reproduce_figure_kind)plan_word(part, "shows", kind_words);
    figure->of = plan_text(part, "of?", &drawn_rule);
    TEXTS(part, "algorithms?", &drawn_rule, figure->algorithms);
    figure->caption = plan_text(part, "caption", NULL);
    if ((figure->kind >= REPRODUCE_FIGURE_REWARD) != curve) {
        plan_fail(part, DCAT_ERR_FIELD, tree_child(part->node, "shows"), "shows",
                  "must be %s, got %s",
                  curve ? "reward or validation" : "profit, offloading or gain",
                  kind_words[figure->kind]);
    } else if (!curve && figure->algorithms.count == 0) {
        plan_fail(part, DCAT_ERR_FIELD, part->node, "algorithms", "must be given");
    } else if (figure->kind == REPRODUCE_FIGURE_GAIN && figure->of == NULL) {
        plan_fail(part, DCAT_ERR_FIELD, part->node, "of", "must be given");
    }
}

static void read_sweep_figure(plan_part *part, void *into)
{
    read_figure(part, into, false);
}

static void read_curve_figure(plan_part *part, void *into)
{
    read_figure(part, into, true);
}

static void read_gain(plan_part *part, void *into)
{
    reproduce_paper_gain *gain = into;
    gain->sweep = plan_text(part, "sweep", &paper_sweep_rule);
    gain->measure = (reproduce_measure)plan_word(part, "measure", measure_words);
    gain->percent = plan_number(part, "percent", -100, 1e6);
}

static void read_pair(plan_part *part, void *into)
{
    reproduce_pair *pair = into;
    pair->algorithm = plan_text(part, "algorithm", &arm_rule);
    pair->against = plan_text(part, "against", &arm_rule);
}

static void read_reference(plan_part *part, void *into)
{
    reproduce_reference *reference = into;
    reference->auction = plan_text(part, "auction", &auction_rule);
    reference->algorithm = plan_text(part, "algorithm", &arm_rule);
}

static void read_estimator(plan_part *part, void *into)
{
    reproduce_estimator *estimator = into;
    estimator->name = plan_text(part, "name", &estimator_rule);
    estimator->colour = plan_text(part, "colour", &colour_rule);
}

static void read_claims(plan_part *part, void *into)
{
    reproduce_plan *plan = into;
    plan->claims.title = plan_text(part, "title", NULL);
    plan->claims.note = plan_text(part, "note", NULL);
    TEXTS(part, "baselines", &baseline_rule, plan->claims.baselines);
    TEXTS(part, "algorithms", &arm_rule, plan->claims.algorithms);
    LIST(part, "gains", read_gain, plan->claims.gains, plan->claims.gain_count);
}

static void read_rivals(plan_part *part, void *into)
{
    reproduce_plan *plan = into;
    plan->rivals.title = plan_text(part, "title", NULL);
    plan->rivals.note = plan_text(part, "note", NULL);
}

static void read_mechanism(plan_part *part, void *into)
{
    reproduce_plan *plan = into;
    plan->mechanism.title = plan_text(part, "title", NULL);
    plan->mechanism.note = plan_text(part, "note", NULL);
    read_pair(part, &plan->mechanism.pair);
}

static void read_queue(plan_part *part, void *into)
{
    reproduce_plan *plan = into;
    plan->queue.title = plan_text(part, "title", NULL);
    plan->queue.note = plan_text(part, "note", NULL);
}

static void read_generality(plan_part *part, void *into)
{
    reproduce_plan *plan = into;
    plan->generality.title = plan_text(part, "title", NULL);
    plan->generality.note = plan_text(part, "note", NULL);
    LIST(part, "pairs", read_pair, plan->generality.pairs, plan->generality.pair_count);
}

static void read_curves(plan_part *part, void *into)
{
    reproduce_plan *plan = into;
    plan->curves.figure = plan_text(part, "name", &new_sweep_rule);
    plan->curves.title = plan_text(part, "title", NULL);
    plan->curves.table = plan_text(part, "table", NULL);
    plan->curves.note = plan_text(part, "note", NULL);
    plan->curves.auction = plan_text(part, "auction", &auction_rule);
    plan->curves.queue = queue_words[plan_word(part, "queue", queue_words)];
    plan->curves.look_every = plan_count(part, "every", 1, 1e6);
    plan->curves.smooth_epochs = plan_count(part, "smooth_epochs", 1, 1e6);
    plan->curves.settled_percent = plan_number(part, "settled_percent", 0, 100);
    LIST(part, "estimators", read_estimator, plan->curves.estimators, plan->curves.estimator_count);
    LIST(part, "figures", read_curve_figure, plan->curves.figures, plan->curves.figure_count);
}

// What is named comes before what names it.
static void read_plan(plan_part *part, void *into)
{
    reproduce_plan *plan = into;
    plan->schema = plan_count(part, "schema", 1, 1);
    plan_mapping(part, "full", read_budget, &plan->full);
    plan_mapping(part, "quick", read_budget, &plan->quick);
    plan->anneal_every = plan_count(part, "anneal_every_cycles", 1, 1e6);
    LIST(part, "rules?", read_rules, plan->rules, plan->rules_count);
    LIST(part, "algorithms", read_arm, plan->arms, plan->arm_count);
    LIST(part, "sweeps", read_sweep, plan->sweeps, plan->sweep_count);
    LIST(part, "figures", read_sweep_figure, plan->figures, plan->figure_count);
    plan_mapping(part, "claims", read_claims, plan);
    plan_mapping(part, "rivals", read_rivals, plan);
    plan_mapping(part, "mechanism", read_mechanism, plan);
    plan_mapping(part, "queue", read_queue, plan);
    plan_mapping(part, "generality", read_generality, plan);
    LIST(part, "references", read_reference, plan->references, plan->reference_count);
    plan_mapping(part, "convergence", read_curves, plan);
}

// --- Loading

dcat_status reproduce_plan_parse(const char *label, const char *text, size_t size,
                                 reproduce_plan **plan, dcat_error *err)
{
    reproduce_plan *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "no memory for a plan");
    }
    plan_reader reader = {.plan = made};
    dcat_status status = plan_document_parse(label, text, size, &made->document, err);
    if (status == DCAT_OK) {
        made->file = plan_document_label(made->document);
        status = plan_document_read(made->document, &reader, read_plan, made, err);
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
        plan_document_free(plan->document);
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
    char *text = NULL;
    size_t size = 0;
    dcat_status status = plan_text_load(file, &text, &size, err);
    if (status == DCAT_OK) {
        status = reproduce_plan_parse(file, text, size, plan, err);
    }
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
    unsigned figures = 0;
    for (size_t s = 0; s < plan->sweep_count; s++) {
        const reproduce_sweep *sweep = &plan->sweeps[s];
        if (strcmp(sweep->figure, name) == 0 ||
            (sweep->of != NULL && strcmp(sweep->of, name) == 0)) {
            figures |= 1u << s;
        }
    }
    return figures;
}
