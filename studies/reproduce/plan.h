// SPDX-License-Identifier: Apache-2.0
// plan.h - the paper's evaluation as data: its algorithms, sweeps, figures and claims.
//
// plan.yaml is the shipped plan, and says what each part means. A plan never changes once loaded.

#ifndef DCAT_STUDIES_REPRODUCE_PLAN_H
#define DCAT_STUDIES_REPRODUCE_PLAN_H

#include "dcat/error.h"
#include "reproduce/learner.h"
#include <stdbool.h>
#include <stddef.h>

typedef enum reproduce_measure {
    REPRODUCE_PROFIT = 0, // of the platform, per cycle
    REPRODUCE_OFFLOADING, // awarded / arrived
    REPRODUCE_MEASURE_COUNT
} reproduce_measure;

extern const char *const reproduce_measure_names[REPRODUCE_MEASURE_COUNT];

// Groups of sweeps: which algorithms run where.
enum {
    REPRODUCE_IN_PAPER = 1,    // the points of Figures 3 to 5
    REPRODUCE_IN_NETWORK = 2,  // a network unlike those that the generalist learned on
    REPRODUCE_IN_ABLATION = 4, // the default point, with parts of DCAT changed
    REPRODUCE_IN_FIFO = 8,     // a sweep of the paper under another queue rule
};

// Where the weights of a learned clusterer come from.
typedef enum reproduce_source {
    REPRODUCE_NO_MODEL = 0,
    REPRODUCE_GENERALIST, // one for all points
    REPRODUCE_TRAINED,    // from nothing, on the training days of this very world
    REPRODUCE_TUNED,      // from the generalist, on the training days of this very world
    REPRODUCE_GIVEN,      // a file of the user's; never in a plan
} reproduce_source;

#define REPRODUCE_NAME_SIZE 40
#define REPRODUCE_VALUE_MAX 8
#define REPRODUCE_RULES_MAX 4
#define REPRODUCE_SWEEP_MAX 12
#define REPRODUCE_PLAN_ARM_MAX 36
#define REPRODUCE_ESTIMATOR_MAX 3
#define REPRODUCE_GAIN_MAX 16 // claims of the paper
#define REPRODUCE_PLAN_FIGURE_MAX 6

typedef struct reproduce_names {
    const char *names[REPRODUCE_PLAN_ARM_MAX];
    size_t count;
} reproduce_names;

bool reproduce_names_hold(const reproduce_names *list, const char *name);

// An algorithm of a plan, and of a study in which it takes part.
typedef struct reproduce_arm {
    const char *name; // "KM-REA"
    const char *clusterer;
    const dcat_auction *auction;
    reproduce_source source;
    unsigned places;       // REPRODUCE_IN_...; in a study those of them that it has
    int sample_count;      // clusterings tried per decision
    const char *estimator; // that trains it; NULL: "group"
    const char *colour;    // in figures
    // Of a study:
    bool baseline;     // the paper's gains are over the best of these
    bool claimant;     // its gains over the paper's baselines are reported
    const void *model; // decides, or is where tuning begins; NULL when there is none
    char identity[REPRODUCE_IDENTITY_SIZE]; // of the model
} reproduce_arm;

// A variable and its values; one of Figures 3 to 5, or a single point of our own.
typedef struct reproduce_sweep {
    const char *figure;   // "fig3", as on the command line
    const char *title;    // "Figure 3"
    const char *variable; // "servers", as in tables
    const char *axis;     // "number of servers", as in figures
    const char *scenario; // NULL: the study's
    const char *key;      // of the scenario; NULL: nothing is changed
    const char *values[REPRODUCE_VALUE_MAX];
    size_t value_count;
    const char *queue; // market.queue: "paper" or "fifo"
    const char *of;    // the sweep whose points these are under another queue rule; NULL: its own
    unsigned place;    // one of REPRODUCE_IN_...
    size_t line;       // where key is written
} reproduce_sweep;

typedef enum reproduce_figure_kind {
    REPRODUCE_FIGURE_PROFIT = 0,
    REPRODUCE_FIGURE_OFFLOADING,
    REPRODUCE_FIGURE_GAIN,   // paired, of one algorithm over others
    REPRODUCE_FIGURE_REWARD, // while learning
    REPRODUCE_FIGURE_LOOKS,  // the same training, on validation days
} reproduce_figure_kind;

typedef struct reproduce_plan_figure {
    const char *suffix, *title, *caption;
    reproduce_figure_kind kind;
    const char *of; // whose gain
    reproduce_names algorithms;
} reproduce_plan_figure;

// A gain of DCAT that the paper reports.
typedef struct reproduce_paper_gain {
    const char *sweep;
    reproduce_measure measure;
    double percent;
} reproduce_paper_gain;

typedef struct reproduce_pair {
    const char *algorithm, *against;
} reproduce_pair;

typedef struct reproduce_reference {
    const char *auction, *algorithm;
} reproduce_reference;

typedef struct reproduce_budget {
    size_t worlds, cycles, epochs, curve_epochs, curve_seeds, anneal_proposals;
} reproduce_budget;

// Settings of a scenario that its file may have otherwise.
typedef struct reproduce_rules {
    const char *scenario;
    const char *settings[REPRODUCE_VALUE_MAX];
    size_t setting_count;
} reproduce_rules;

typedef struct reproduce_estimator {
    const char *name, *colour;
} reproduce_estimator;

typedef struct reproduce_plan {
    struct plan_document *document; // holds all texts
    const char *file;               // as in messages
    size_t schema;
    reproduce_budget full, quick;
    size_t anneal_every; // cycles
    reproduce_rules rules[REPRODUCE_RULES_MAX];
    size_t rules_count;
    reproduce_arm arms[REPRODUCE_PLAN_ARM_MAX];
    size_t arm_count;
    reproduce_sweep sweeps[REPRODUCE_SWEEP_MAX];
    size_t sweep_count;
    reproduce_plan_figure figures[REPRODUCE_PLAN_FIGURE_MAX]; // of each sweep of the paper
    size_t figure_count;
    struct {
        const char *title, *note;
        reproduce_names baselines, algorithms;
        reproduce_paper_gain gains[REPRODUCE_GAIN_MAX];
        size_t gain_count;
    } claims;
    struct {
        const char *title, *note;
    } rivals;
    struct {
        const char *title, *note;
        reproduce_pair pair;
    } mechanism;
    struct {
        const char *title, *note;
    } queue;
    struct {
        const char *title, *note;
        reproduce_pair pairs[REPRODUCE_PLAN_FIGURE_MAX];
        size_t pair_count;
    } generality;
    reproduce_reference references[REPRODUCE_PLAN_FIGURE_MAX];
    size_t reference_count;
    struct {
        const char *figure, *title, *table, *note, *auction, *queue;
        size_t look_every, smooth_epochs;
        double settled_percent;
        reproduce_estimator estimators[REPRODUCE_ESTIMATOR_MAX];
        size_t estimator_count;
        reproduce_plan_figure figures[REPRODUCE_PLAN_FIGURE_MAX];
        size_t figure_count;
    } curves;
} reproduce_plan;

// Read a plan; for NULL the shipped one. *plan is the caller's. Errors name file, line, field, rule
// and value: ERR_FORMAT, ERR_FIELD, ERR_RANGE, ERR_REFERENCE; ERR_NOT_FOUND, ERR_IO, ERR_MEMORY.
dcat_status reproduce_plan_load(const char *file, reproduce_plan **plan, dcat_error *err);
// The same from memory; label is what messages call it.
dcat_status reproduce_plan_parse(const char *label, const char *text, size_t size,
                                 reproduce_plan **plan, dcat_error *err);
void reproduce_plan_destroy(reproduce_plan *plan); // NULL is fine

// A figure's name ("fig2", "fig3", "all") as bits; 0 if it is none. Sweep s is 1 << s; with it come
// its points under another queue rule.
#define REPRODUCE_FIG2 (1u << 31)
#define REPRODUCE_ALL (~0u)
unsigned reproduce_figures_find(const reproduce_plan *plan, const char *name);

const reproduce_sweep *reproduce_sweep_find(const reproduce_plan *plan, const char *name);

#endif
