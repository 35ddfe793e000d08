// SPDX-License-Identifier: Apache-2.0
// Scenario: a scenario file, read and checked.

#include "py.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct scenario {
    PyObject_HEAD dcat_scenario *scenario;
    PyObject *share; // a Share in place of the file's; Nullable
} scenario;

static PyTypeObject *scenario_type;

dcat_scenario *py_scenario_of(PyObject *object)
{
    if (!PyObject_TypeCheck(object, scenario_type)) {
        PyErr_SetString(PyExc_TypeError, "a dcat.Scenario is needed");
        return NULL;
    }
    return ((scenario *)object)->scenario;
}

PyObject *py_scenario_share(PyObject *object)
{
    return ((scenario *)object)->share;
}

// Texts of a list of str, borrowed from its items.
static const char **texts_of(PyObject *list, Py_ssize_t *count)
{
    *count = PyList_Size(list);
    const char **texts = *count < 0 ? NULL : calloc((size_t)*count + 1, sizeof *texts);
    for (Py_ssize_t i = 0; texts != NULL && i < *count; i++) {
        texts[i] = PyUnicode_AsUTF8AndSize(PyList_GetItem(list, i), NULL);
        if (texts[i] == NULL) {
            free(texts);
            return NULL;
        }
    }
    if (texts == NULL && !PyErr_Occurred()) {
        PyErr_NoMemory();
    }
    return texts;
}

static PyObject *scenario_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)keywords;
    const char *name;
    PyObject *overrides, *share;
    if (!PyArg_ParseTuple(args, "sO!O", &name, &PyList_Type, &overrides, &share)) {
        return NULL;
    }
    const dcat_share *row = share != Py_None ? py_share_row(share) : NULL;
    if (share != Py_None && row == NULL) {
        return NULL;
    }
    Py_ssize_t count;
    const char **texts = texts_of(overrides, &count);
    if (texts == NULL) {
        return NULL;
    }
    dcat_scenario *loaded = NULL;
    dcat_error err = {0};
    dcat_status status;
    Py_BEGIN_ALLOW_THREADS;
    status = dcat_scenario_load(name, texts, (size_t)count, &loaded, &err);
    Py_END_ALLOW_THREADS;
    free(texts);
    if (status == DCAT_OK && row != NULL) {
        status = dcat_scenario_set_share(loaded, row, &err);
    }
    if (status != DCAT_OK) {
        dcat_scenario_destroy(loaded);
        return py_raise(&err);
    }
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    scenario *self = (scenario *)allocate(type, 0);
    if (self == NULL) {
        dcat_scenario_destroy(loaded);
        return NULL;
    }
    self->scenario = loaded;
    self->share = row != NULL ? Py_NewRef(share) : NULL;
    return (PyObject *)self;
}

static void scenario_dealloc(PyObject *object)
{
    dcat_scenario_destroy(((scenario *)object)->scenario);
    Py_CLEAR(((scenario *)object)->share);
    py_object_free(object);
}

typedef struct making {
    py_task task;
    PyObject *object; // held
    const dcat_scenario *scenario;
    uint64_t seed;
    dcat_world *world;
} making;

static dcat_status make_world(py_task *task)
{
    making *m = (making *)task;
    return dcat_scenario_world(m->scenario, m->seed, &m->world, &task->err);
}

static void release_making(py_task *task)
{
    making *m = (making *)task;
    dcat_world_destroy(m->world);
    Py_DECREF(m->object);
    free(m);
}

// Large worlds take seconds.
static PyObject *scenario_world(PyObject *object, PyObject *args)
{
    unsigned long long seed;
    if (!PyArg_ParseTuple(args, "K", &seed)) {
        return NULL;
    }
    making *m = calloc(1, sizeof *m);
    if (m == NULL) {
        return PyErr_NoMemory();
    }
    m->task.work = make_world;
    m->task.release = release_making;
    m->scenario = ((scenario *)object)->scenario;
    m->seed = seed;
    m->object = object;
    Py_INCREF(object);
    bool kept;
    PyObject *made = NULL;
    if (py_task_run(&m->task, &kept) == 0) {
        made = py_world_of_scenario(object, m->world);
        m->world = NULL;
    } else if (!kept && m->task.err.status != DCAT_OK) {
        py_raise(&m->task.err);
    }
    if (!kept) {
        release_making(&m->task);
    }
    return made;
}

static PyObject *scenario_text(PyObject *object, PyObject *unused)
{
    (void)unused;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        return PyErr_NoMemory();
    }
    dcat_error err = {0};
    dcat_status status = dcat_scenario_write(((scenario *)object)->scenario, file, &err);
    fclose(file);
    PyObject *made =
        status == DCAT_OK ? PyUnicode_FromStringAndSize(text, (Py_ssize_t)size) : py_raise(&err);
    free(text);
    return made;
}

static PyObject *scenario_names(PyObject *object, PyObject *unused)
{
    (void)unused;
    const dcat_scenario *s = ((scenario *)object)->scenario;
    PyObject *servers = PyList_New(0), *areas = PyList_New(0);
    for (size_t i = 0; servers != NULL && i < dcat_scenario_server_count(s); i++) {
        PyObject *name = PyUnicode_FromString(dcat_scenario_server_name(s, i));
        if (name == NULL || PyList_Append(servers, name) < 0) {
            Py_CLEAR(servers);
        }
        Py_XDECREF(name);
    }
    for (size_t i = 0; areas != NULL && i < dcat_scenario_area_count(s); i++) {
        PyObject *name = PyUnicode_FromString(dcat_scenario_area_name(s, i));
        if (name == NULL || PyList_Append(areas, name) < 0) {
            Py_CLEAR(areas);
        }
        Py_XDECREF(name);
    }
    return Py_BuildValue("(NN)", servers, areas);
}

static PyObject *scenario_class_names(PyObject *object, PyObject *args)
{
    Py_ssize_t count;
    if (!PyArg_ParseTuple(args, "n", &count)) {
        return NULL;
    }
    PyObject *classes = PyList_New(0);
    for (Py_ssize_t q = 0; classes != NULL && q < count; q++) {
        PyObject *name = PyUnicode_FromString(
            dcat_scenario_class_name(((scenario *)object)->scenario, (size_t)q));
        if (name == NULL || PyList_Append(classes, name) < 0) {
            Py_CLEAR(classes);
        }
        Py_XDECREF(name);
    }
    return classes;
}

static PyObject *scenario_facts(PyObject *object, PyObject *unused)
{
    (void)unused;
    const dcat_scenario *s = ((scenario *)object)->scenario;
    dcat_cycle_span train = dcat_scenario_train_cycles(s);
    dcat_cycle_span validate = dcat_scenario_validate_cycles(s);
    dcat_cycle_span test = dcat_scenario_test_cycles(s);
    char digest[65];
    dcat_scenario_digest(s, digest);
    return Py_BuildValue("{s:s,s:s,s:s,s:(II),s:(II),s:(II)}", "name", dcat_scenario_name(s),
                         "title", dcat_scenario_title(s), "digest", digest, "train_cycles",
                         train.first, train.count, "validate_cycles", validate.first,
                         validate.count, "test_cycles", test.first, test.count);
}

int py_scenario_add(PyObject *module)
{
    static PyMethodDef methods[] = {
        {"_world", scenario_world, METH_VARARGS, "_world(seed) -> World"},
        {"_text", scenario_text, METH_NOARGS, "The whole scenario as YAML."},
        {"_names", scenario_names, METH_NOARGS, "(servers, areas)"},
        {"_class_names", scenario_class_names, METH_VARARGS, "_class_names(count)"},
        {"_facts", scenario_facts, METH_NOARGS, "name, title, digest, spans of cycles"},
        {NULL, NULL, 0, NULL},
    };
    static PyType_Slot slots[] = {
        {Py_tp_new, scenario_new},
        {Py_tp_dealloc, scenario_dealloc},
        {Py_tp_methods, methods},
        {0, NULL},
    };
    static PyType_Spec spec = {"dcat._dcat.Scenario", sizeof(scenario), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
    return py_type_add(module, &spec, &scenario_type);
}
