// SPDX-License-Identifier: Apache-2.0
// Share: how clusters divide, by a Python object or a plug-in; worlds and scenarios hold it.

#include "py.h"

#include <math.h>

typedef struct py_share {
    PyObject_HEAD dcat_plugged_share *made;
    py_callable callable; // function: the object with unit_limit and pay; NULL for a plug-in's
} py_share;

static PyTypeObject *share_type;

// Keep the first exception, to be raised when the run has ended.
static double nothing(py_callable *self)
{
    if (self->type == NULL) {
        PyErr_Fetch(&self->type, &self->value, &self->traceback);
    } else {
        PyErr_Clear();
    }
    return (double)NAN;
}

static double number_of(py_callable *self, PyObject *said)
{
    double number = said != NULL ? PyFloat_AsDouble(said) : 0.0;
    Py_XDECREF(said);
    return PyErr_Occurred() ? nothing(self) : number;
}

static PyObject *team_of(const dcat_share_team *team)
{
    return Py_BuildValue("{s:n,s:d,s:d,s:d,s:d,s:d}", "member_count",
                         (Py_ssize_t)team->member_count, "speed_hz", team->speed_hz,
                         "unit_cost_mean", team->unit_cost_mean, "unit_cost_max",
                         team->unit_cost_max, "tariff", team->tariff, "ratio_max", team->ratio_max);
}

static PyObject *member_of(const dcat_member *member)
{
    return Py_BuildValue("{s:d,s:d,s:d}", "speed_hz", member->speed_hz, "unit_cost",
                         member->unit_cost, "tariff", member->tariff);
}

static double unit_limit(void *user, const dcat_share_team *team, const dcat_member *servers,
                         const int32_t *workers)
{
    py_callable *self = user;
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *members = PyList_New(0);
    for (size_t m = 0; members != NULL && m < team->member_count; m++) {
        PyObject *member = member_of(&servers[workers[m]]);
        if (member == NULL || PyList_Append(members, member) < 0) {
            Py_CLEAR(members);
        }
        Py_XDECREF(member);
    }
    PyObject *said = members == NULL ? NULL
                                     : PyObject_CallMethod(self->function, "unit_limit", "NN",
                                                           team_of(team), members);
    double limit = number_of(self, said);
    PyGILState_Release(state);
    return limit;
}

static double pay(void *user, const dcat_share_team *team, const dcat_member *member,
                  double work_cycles, double payment)
{
    py_callable *self = user;
    PyGILState_STATE state = PyGILState_Ensure();
    double part = number_of(self, PyObject_CallMethod(self->function, "pay", "NNdd", team_of(team),
                                                      member_of(member), work_cycles, payment));
    PyGILState_Release(state);
    return part;
}

static const dcat_plugin_share callbacks = {
    .size = sizeof(dcat_plugin_share),
    .flags = DCAT_PLUGIN_ONE_THREAD,
    .name = "python",
    .summary = "a Python object",
    .unit_limit = unit_limit,
    .pay = pay,
};

// --- the object

// Share(object, promises, by_tariff) of an object with unit_limit and pay, or Share(text, (), 0) of
// what follows "plugin=".
static PyObject *share_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)keywords;
    PyObject *object, *listed;
    unsigned promises = 0, by_tariff;
    if (!PyArg_ParseTuple(args, "OOI", &object, &listed, &by_tariff) ||
        py_promises_of(listed, "a share", &promises) < 0) {
        return NULL;
    }
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    py_share *self = (py_share *)allocate(type, 0);
    if (self == NULL) {
        return NULL;
    }
    dcat_error err = {0};
    if (PyUnicode_Check(object)) {
        const char *text = PyUnicode_AsUTF8AndSize(object, NULL);
        err.status =
            text == NULL ? DCAT_ERR_MEMORY : dcat_plugged_share_load(text, &self->made, &err);
    } else {
        dcat_plugin_share row = callbacks;
        row.promises = promises;
        row.by_tariff = by_tariff;
        self->callable.function = Py_NewRef(object);
        err.status = dcat_plugged_share_of(&row, &self->callable, &self->made, &err);
    }
    if (err.status != DCAT_OK) {
        Py_DECREF(self);
        return PyErr_Occurred() ? NULL : py_raise(&err);
    }
    return (PyObject *)self;
}

static void share_dealloc(PyObject *object)
{
    py_share *self = (py_share *)object;
    dcat_plugged_share_close(self->made);
    Py_CLEAR(self->callable.function);
    Py_CLEAR(self->callable.type);
    Py_CLEAR(self->callable.value);
    Py_CLEAR(self->callable.traceback);
    py_object_free(object);
}

const dcat_share *py_share_row(PyObject *object)
{
    if (!PyObject_TypeCheck(object, share_type)) {
        PyErr_SetString(PyExc_TypeError, "a share is a name, a 'plugin=PATH' or an object with "
                                         "unit_limit and pay");
        return NULL;
    }
    return dcat_plugged_share_row(((py_share *)object)->made);
}

py_callable *py_share_callable(PyObject *object)
{
    py_share *self = (py_share *)object;
    return self != NULL && self->callable.function != NULL ? &self->callable : NULL;
}

PyObject *py_share_raise(PyObject *object, const dcat_error *err)
{
    py_share *self = (py_share *)object;
    py_callable *callable = py_share_callable(object);
    if (self != NULL) {
        dcat_plugged_share_forget(self->made);
    }
    if (callable == NULL || callable->type == NULL) {
        return py_raise(err);
    }
    PyErr_Restore(callable->type, callable->value, callable->traceback);
    callable->type = callable->value = callable->traceback = NULL;
    return NULL;
}

int py_share_add(PyObject *module)
{
    static PyType_Slot slots[] = {
        {Py_tp_new, share_new},
        {Py_tp_dealloc, share_dealloc},
        {0, NULL},
    };
    static PyType_Spec spec = {"dcat._dcat.Share", sizeof(py_share), 0, Py_TPFLAGS_DEFAULT, slots};
    return py_type_add(module, &spec, &share_type);
}
