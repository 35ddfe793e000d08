// SPDX-License-Identifier: Apache-2.0
// Trainer: learning to cluster, an epoch at a time.

#include "py.h"

#include "dcat/x/train.h"
#include "dcat/x/train_worlds.h"
#include <stdlib.h>
#include <string.h>

// What an epoch needs, kept by the Trainer and by an epoch that was left behind.
typedef struct training {
    PyObject *texts; // tuple of the str that the plan borrows
    const char *overrides[256];
    dcat_vary vary[DCAT_VARY_MAX];
    dcat_train_plan plan;
    dcat_train_config config;
    dcat_jobs jobs;
    dcat_train_worlds *worlds;
    dcat_trainer *trainer;
    dcat_actor_origin origin;
} training;

typedef struct trainer {
    PyObject_HEAD training *t; // NULL after an interruption
    bool busy;
} trainer;

typedef struct epoch {
    py_task task;
    training *t;
    bool owner; // of t, once the Trainer has let go of it
    dcat_train_report report;
} epoch;

static double clock_s(void *user)
{
    (void)user;
    return py_clock_s();
}

static void training_free(training *t)
{
    if (t != NULL) {
        dcat_trainer_destroy(t->trainer);
        dcat_train_worlds_destroy(t->worlds);
        Py_XDECREF(t->texts);
        free(t);
    }
}

// --- options by name

typedef struct number {
    const char *name;
    size_t offset;
    bool whole;
} number;

#define REAL(field)                                                                                \
    {                                                                                              \
#field, offsetof(dcat_train_config, field), false                                          \
    }
#define WHOLE(field)                                                                               \
    {                                                                                              \
#field, offsetof(dcat_train_config, field), true                                           \
    }
static const number numbers[] = {
    WHOLE(environment_count), WHOLE(sample_count), WHOLE(draw_count),       WHOLE(step_count),
    WHOLE(world_cycle_count), REAL(learning_rate), REAL(learning_rate_end), REAL(critic_rate),
    REAL(entropy_weight),     REAL(gradient_max),  REAL(discount),          REAL(trace),
};

static int take_option(dcat_train_config *config, PyObject *name, PyObject *value)
{
    const char *text = PyUnicode_AsUTF8AndSize(name, NULL);
    for (size_t i = 0; text != NULL && i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(numbers[i].name, text) != 0) {
            continue;
        }
        char *place = (char *)config + numbers[i].offset;
        if (numbers[i].whole) {
            *(int *)(void *)place = (int)PyLong_AsLong(value);
        } else {
            *(double *)(void *)place = PyFloat_AsDouble(value);
        }
        return PyErr_Occurred() ? -1 : 0;
    }
    PyErr_Format(PyExc_TypeError, "train() has no option %R", name);
    return -1;
}

static int take_options(dcat_train_config *config, PyObject *options)
{
    Py_ssize_t at = 0;
    PyObject *name, *value;
    while (PyDict_Next(options, &at, &name, &value)) {
        if (take_option(config, name, value) < 0) {
            return -1;
        }
    }
    return 0;
}

static int take_vary(training *t, PyObject *vary)
{
    for (Py_ssize_t i = 0; i < PyList_Size(vary); i++) {
        const char *key;
        int whole;
        if (i == DCAT_VARY_MAX) {
            PyErr_Format(PyExc_ValueError, "at most %d keys vary", DCAT_VARY_MAX);
            return -1;
        }
        dcat_vary *row = &t->vary[i];
        if (!PyArg_ParseTuple(PyList_GetItem(vary, i), "sddp", &key, &row->min, &row->max,
                              &whole)) {
            return -1;
        }
        snprintf(row->key, sizeof row->key, "%s", key);
        row->whole = whole != 0;
        t->plan.vary_count++;
    }
    t->plan.vary = t->vary;
    return 0;
}

// texts: (scenario, override...)
static int take_texts(training *t, PyObject *texts)
{
    Py_ssize_t count = PyTuple_Size(texts);
    if (count < 1 || count > (Py_ssize_t)(sizeof t->overrides / sizeof t->overrides[0])) {
        PyErr_SetString(PyExc_ValueError, "too many overrides");
        return -1;
    }
    Py_INCREF(texts);
    t->texts = texts;
    for (Py_ssize_t i = 0; i < count; i++) {
        const char *text = PyUnicode_AsUTF8AndSize(PyTuple_GetItem(texts, i), NULL);
        if (text == NULL) {
            return -1;
        }
        if (i == 0) {
            t->plan.scenario = text;
        } else {
            t->overrides[i - 1] = text;
        }
    }
    t->plan.overrides = t->overrides;
    t->plan.override_count = (size_t)count - 1;
    return 0;
}

// --- made

static dcat_status start(training *t, dcat_error *err)
{
    dcat_status status = dcat_train_config_check(&t->config, err);
    if (status == DCAT_OK) {
        status = dcat_train_worlds_create(&t->plan, &t->worlds, err);
    }
    dcat_actor *initial = NULL;
    const dcat_actor_shape shape = dcat_actor_shape_default();
    if (status == DCAT_OK) {
        status = dcat_actor_create(&shape, t->config.seed, &initial, err);
    }
    if (status == DCAT_OK) {
        const dcat_train_source source = dcat_train_worlds_source(t->worlds);
        status = dcat_trainer_create(&t->config, &source, initial, &t->trainer, err);
    }
    dcat_actor_destroy(initial);
    return status;
}

static int configure(training *t, const char *auction, const char *estimator, unsigned epochs,
                     unsigned long long seed, unsigned long long world_count, int threads,
                     PyObject *options, dcat_error *err)
{
    dcat_estimator kind = dcat_estimator_find(estimator);
    const dcat_auction *rule = dcat_auction_find(auction);
    if (kind == DCAT_ESTIMATOR_COUNT || rule == NULL) {
        dcat_fail(err, DCAT_ERR_NOT_FOUND, "no %s is called '%s'",
                  rule == NULL ? "auction" : "estimator", rule == NULL ? auction : estimator);
        return -1;
    }
    t->config = dcat_train_config_default(kind);
    t->config.auction = rule;
    t->config.seed = seed;
    t->config.epoch_count = epochs;
    t->jobs = dcat_jobs_default();
    t->jobs.thread_count = threads;
    t->jobs.clock_s = clock_s;
    t->config.jobs = &t->jobs;
    t->plan.seed = seed;
    t->plan.world_count = world_count;
    t->origin = (dcat_actor_origin){.auction = rule, .seed = seed};
    snprintf(t->origin.scenario, sizeof t->origin.scenario, "%s", t->plan.scenario);
    snprintf(t->origin.command, sizeof t->origin.command, "dcat.train of Python");
    snprintf(t->origin.commit, sizeof t->origin.commit, "%s", dcat_commit());
    snprintf(t->origin.estimator, sizeof t->origin.estimator, "%s", dcat_estimator_name(kind));
    return take_options(&t->config, options);
}

static PyObject *trainer_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)keywords;
    PyObject *texts, *vary, *options;
    const char *auction, *estimator;
    unsigned epochs;
    unsigned long long seed, world_count;
    int threads;
    if (!PyArg_ParseTuple(args, "O!O!ssIKKiO!", &PyTuple_Type, &texts, &PyList_Type, &vary,
                          &auction, &estimator, &epochs, &seed, &world_count, &threads,
                          &PyDict_Type, &options)) {
        return NULL;
    }
    training *t = calloc(1, sizeof *t);
    dcat_error err = {0};
    if (t == NULL) {
        return PyErr_NoMemory();
    }
    bool ready =
        take_texts(t, texts) == 0 && take_vary(t, vary) == 0 &&
        configure(t, auction, estimator, epochs, seed, world_count, threads, options, &err) == 0;
    if (ready) {
        Py_BEGIN_ALLOW_THREADS;
        ready = start(t, &err) == DCAT_OK;
        Py_END_ALLOW_THREADS;
    }
    trainer *self =
        ready ? (trainer *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0) : NULL;
    if (self == NULL) {
        if (!PyErr_Occurred()) {
            py_raise(&err);
        }
        training_free(t);
        return NULL;
    }
    self->t = t;
    return (PyObject *)self;
}

static void trainer_dealloc(PyObject *object)
{
    training_free(((trainer *)object)->t);
    py_object_free(object);
}

// --- epochs

static dcat_status do_epoch(py_task *task)
{
    epoch *e = (epoch *)task;
    return dcat_trainer_epoch(e->t->trainer, &e->report, &task->err);
}

static void release_epoch(py_task *task)
{
    epoch *e = (epoch *)task;
    if (e->owner) {
        training_free(e->t);
    }
    free(e);
}

static PyObject *report_of(const dcat_train_report *r)
{
    return Py_BuildValue(
        "{s:I,s:d,s:d,s:d,s:d,s:d,s:d,s:d,s:K,s:K,s:d,s:d,s:d,s:d}", "epoch", r->epoch, "profit",
        r->profit, "profit_sampled", r->profit_sampled, "entropy", r->entropy, "critic_error",
        r->critic_error, "gradient_norm", r->gradient_norm, "learning_rate", r->learning_rate,
        "cluster_count", r->cluster_count, "cycle_count", (unsigned long long)r->cycle_count,
        "choice_count", (unsigned long long)r->choice_count, "simulation_s", r->simulation_s,
        "scoring_s", r->scoring_s, "backward_s", r->backward_s, "optimiser_s", r->optimiser_s);
}

static bool usable(const trainer *self)
{
    if (self->t == NULL) {
        PyErr_SetString(PyExc_RuntimeError,
                        "this training was interrupted inside an epoch and cannot go on");
    } else if (self->busy) {
        PyErr_SetString(PyExc_RuntimeError, "an epoch is being trained by another thread");
    }
    return self->t != NULL && !self->busy;
}

// NULL without an exception: there are no more epochs.
static PyObject *trainer_next(PyObject *object)
{
    trainer *self = (trainer *)object;
    if (!usable(self) ||
        dcat_trainer_epoch_count(self->t->trainer) >= self->t->config.epoch_count) {
        return NULL;
    }
    epoch *e = calloc(1, sizeof *e);
    if (e == NULL) {
        return PyErr_NoMemory();
    }
    e->task.work = do_epoch;
    e->task.release = release_epoch;
    e->t = self->t;
    self->busy = true;
    bool kept;
    PyObject *made = NULL;
    if (py_task_run(&e->task, &kept) == 0) {
        made = report_of(&e->report);
    } else if (kept) {
        e->owner = true;
        self->t = NULL;
    } else if (!PyErr_Occurred()) {
        py_raise(&e->task.err);
    }
    self->busy = false;
    if (!kept) {
        release_epoch(&e->task);
    }
    return made;
}

static PyObject *trainer_policy(PyObject *object, PyObject *unused)
{
    (void)unused;
    trainer *self = (trainer *)object;
    if (!usable(self)) {
        return NULL;
    }
    self->t->origin.epoch_count = dcat_trainer_epoch_count(self->t->trainer);
    unsigned char *bytes = NULL;
    size_t count = 0;
    dcat_error err = {0};
    if (dcat_trainer_write_actor(self->t->trainer, &self->t->origin, &bytes, &count, &err) !=
        DCAT_OK) {
        return py_raise(&err);
    }
    PyObject *made = PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)count);
    free(bytes);
    return made;
}

static PyObject *trainer_save(PyObject *object, PyObject *args)
{
    trainer *self = (trainer *)object;
    const char *path;
    dcat_error err = {0};
    if (!usable(self) || !PyArg_ParseTuple(args, "s", &path)) {
        return NULL;
    }
    self->t->origin.epoch_count = dcat_trainer_epoch_count(self->t->trainer);
    if (dcat_trainer_save(self->t->trainer, &self->t->origin, path, &err) != DCAT_OK) {
        return py_raise(&err);
    }
    return Py_NewRef(Py_None);
}

int py_trainer_add(PyObject *module)
{
    static PyMethodDef methods[] = {
        {"_policy", trainer_policy, METH_NOARGS, "The actor as the bytes of its file."},
        {"_save", trainer_save, METH_VARARGS, "Write a checkpoint."},
        {NULL, NULL, 0, NULL},
    };
    static PyType_Slot slots[] = {
        {Py_tp_new, trainer_new},        {Py_tp_dealloc, trainer_dealloc},
        {Py_tp_iter, PyObject_SelfIter}, {Py_tp_iternext, trainer_next},
        {Py_tp_methods, methods},        {0, NULL},
    };
    static PyType_Spec spec = {"dcat._dcat.Trainer", sizeof(trainer), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
    return py_type_add(module, &spec, NULL);
}
