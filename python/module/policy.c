// SPDX-License-Identifier: Apache-2.0
// Policies: learned actors, and the choice of a clusterer and an auction by whatever names them.

#include "py.h"

#include "dcat/x/audit.h"
#include <stdlib.h>
#include <string.h>

// --- Policy: an actor

typedef struct policy {
    PyObject_HEAD dcat_actor *actor;
} policy;

static PyTypeObject *policy_type;

// Policy(bytes, name) of a file's bytes, or Policy(None, auction) of the shipped one.
static PyObject *policy_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)keywords;
    PyObject *source;
    const char *name;
    if (!PyArg_ParseTuple(args, "Os", &source, &name)) {
        return NULL;
    }
    dcat_actor *actor = NULL;
    dcat_error err = {0};
    if (source == Py_None) {
        const dcat_auction *auction = dcat_auction_find(name);
        if (auction == NULL) {
            dcat_fail(&err, DCAT_ERR_NOT_FOUND, "no auction is called '%s'", name);
            return py_raise(&err);
        }
        err.status = dcat_actor_shipped(auction, &actor, &err);
    } else {
        Py_buffer view;
        if (PyObject_GetBuffer(source, &view, PyBUF_C_CONTIGUOUS) < 0) {
            return NULL;
        }
        err.status = dcat_actor_read(view.buf, (size_t)view.len, name, &actor, &err);
        PyBuffer_Release(&view);
    }
    if (err.status != DCAT_OK) {
        return py_raise(&err);
    }
    policy *self = (policy *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (self == NULL) {
        dcat_actor_destroy(actor);
        return NULL;
    }
    self->actor = actor;
    return (PyObject *)self;
}

static void policy_dealloc(PyObject *object)
{
    dcat_actor_destroy(((policy *)object)->actor);
    py_object_free(object);
}

static PyObject *policy_bytes(PyObject *object, PyObject *unused)
{
    (void)unused;
    unsigned char *bytes = NULL;
    size_t count = 0;
    dcat_error err = {0};
    if (dcat_actor_write(((policy *)object)->actor, &bytes, &count, &err) != DCAT_OK) {
        return py_raise(&err);
    }
    PyObject *made = PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)count);
    free(bytes);
    return made;
}

static PyObject *policy_save(PyObject *object, PyObject *args)
{
    const char *path;
    dcat_error err = {0};
    if (!PyArg_ParseTuple(args, "s", &path)) {
        return NULL;
    }
    if (dcat_actor_save(((policy *)object)->actor, path, &err) != DCAT_OK) {
        return py_raise(&err);
    }
    return Py_NewRef(Py_None);
}

static PyObject *policy_origin(PyObject *object, PyObject *unused)
{
    (void)unused;
    const dcat_actor *actor = ((policy *)object)->actor;
    const dcat_actor_origin *origin = dcat_actor_origin_view(actor);
    return Py_BuildValue(
        "{s:s,s:K,s:K,s:s,s:s,s:s,s:s,s:n}", "auction", origin->auction->name, "seed",
        (unsigned long long)origin->seed, "epochs", (unsigned long long)origin->epoch_count,
        "scenario", origin->scenario, "command", origin->command, "commit", origin->commit,
        "estimator", origin->estimator, "weight_count", (Py_ssize_t)dcat_actor_weight_count(actor));
}

int py_policy_add(PyObject *module)
{
    static PyMethodDef methods[] = {
        {"_bytes", policy_bytes, METH_NOARGS, "The bytes of its file."},
        {"_save", policy_save, METH_VARARGS, "Write its file."},
        {"_origin", policy_origin, METH_NOARGS, "Where it came from."},
        {NULL, NULL, 0, NULL},
    };
    static PyType_Slot slots[] = {
        {Py_tp_new, policy_new},
        {Py_tp_dealloc, policy_dealloc},
        {Py_tp_methods, methods},
        {0, NULL},
    };
    static PyType_Spec spec = {"dcat._dcat.Policy", sizeof(policy), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
    return py_type_add(module, &spec, &policy_type);
}

// --- choices

#define NAME_SIZE 24 // of a function as results show it

static void hold(py_choice *choice, PyObject *object)
{
    Py_INCREF(object);
    choice->held[choice->held_count++] = object;
}

static py_callable *callable_of(py_choice *choice, int which, PyObject *function)
{
    py_callable *made = calloc(1, sizeof *made);
    if (made == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    made->function = function; // held by the choice
    hold(choice, function);
    choice->callables[which] = made;
    choice->calls_python = true;
    return made;
}

// What a function is called, kept by the choice; "python" where it has no name of its own.
static const char *name_of(py_choice *choice, PyObject *function)
{
    PyObject *name = PyObject_GetAttrString(function, "__name__");
    const char *text =
        name != NULL && PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, NULL) : NULL;
    PyErr_Clear();
    bool own = text != NULL && strlen(text) < NAME_SIZE && text[0] != '\0' && text[0] != '<';
    if (own) {
        hold(choice, name);
    }
    Py_XDECREF(name);
    return own ? text : "python";
}

static const char *text_of(PyObject *object, const char *what)
{
    if (!PyUnicode_Check(object)) {
        PyErr_Format(PyExc_TypeError,
                     "%s is a name, a 'plugin=PATH', a dcat.Policy (for a "
                     "clusterer) or a function, not %R",
                     what, object);
        return NULL;
    }
    return PyUnicode_AsUTF8AndSize(object, NULL);
}

static bool is_plugin(const char *text)
{
    return strncmp(text, DCAT_PLUGIN_PREFIX, strlen(DCAT_PLUGIN_PREFIX)) == 0;
}

// The library's own message for a name that there is not.
static const dcat_policy *by_name(const char *clusterer, const char *auction, dcat_policy *found,
                                  dcat_error *err)
{
    char text[256];
    snprintf(text, sizeof text, "%s:%s", clusterer, auction);
    return dcat_policy_parse(text, found, err) == DCAT_OK ? found : NULL;
}

int py_promises_of(PyObject *list, const char *whose, unsigned *bits)
{
    PyObject *items = PySequence_List(list);
    for (Py_ssize_t i = 0; items != NULL && i < PyList_Size(items); i++) {
        PyObject *item = PyList_GetItem(items, i);
        const char *text = PyUnicode_Check(item) ? PyUnicode_AsUTF8AndSize(item, NULL) : "";
        int p = 0;
        while (p < DCAT_PROMISE_COUNT && text != NULL &&
               strcmp(dcat_audit_promise_name((dcat_promise)p), text) != 0) {
            p++;
        }
        if (p == DCAT_PROMISE_COUNT || text == NULL) {
            PyErr_Format(PyExc_ValueError, "`promises` of %s has %R, which nobody knows", whose,
                         item);
            Py_DECREF(items);
            return -1;
        }
        *bits |= 1u << p;
    }
    Py_XDECREF(items);
    return items != NULL ? 0 : -1;
}

static int take_promises(PyObject *list, dcat_plugin_auction *row)
{
    return py_promises_of(list, "an auction", &row->promises);
}

static int take_limit_text(PyObject *limit, dcat_plugin_auction *row)
{
    const char *text = PyUnicode_Check(limit) ? PyUnicode_AsUTF8AndSize(limit, NULL) : NULL;
    if (text == NULL || (strcmp(text, "mean") != 0 && strcmp(text, "max") != 0)) {
        PyErr_SetString(PyExc_ValueError, "`limit` of an auction is 'mean' or 'max'");
        return -1;
    }
    row->limit = strcmp(text, "mean") == 0 ? DCAT_LIMIT_MEAN : DCAT_LIMIT_MAX;
    return 0;
}

// Attributes of the function: `limit` ("mean" or "max") and `promises` (names).
static int take_attributes(PyObject *function, dcat_plugin_auction *row)
{
    static const struct {
        const char *name;
        int (*take)(PyObject *value, dcat_plugin_auction *row);
    } attributes[] = {{"limit", take_limit_text}, {"promises", take_promises}};
    for (size_t i = 0; i < 2; i++) {
        if (PyObject_HasAttrString(function, attributes[i].name)) {
            PyObject *value = PyObject_GetAttrString(function, attributes[i].name);
            int failed = value == NULL ? -1 : attributes[i].take(value, row);
            Py_XDECREF(value);
            if (failed != 0) {
                return failed;
            }
        }
    }
    return 0;
}

static int choose_auction(PyObject *auction, py_choice *choice, dcat_error *err)
{
    if (PyCallable_Check(auction)) {
        py_callable *self = callable_of(choice, 1, auction);
        dcat_plugin_auction row = py_auction_callbacks;
        row.name = name_of(choice, auction);
        if (self == NULL || take_attributes(auction, &row) < 0) {
            return -1;
        }
        if (dcat_plugged_auction_of(&row, self, &choice->auction, err) != DCAT_OK) {
            return -1;
        }
        choice->policy.auction = dcat_plugged_auction_row(choice->auction);
        return 0;
    }
    const char *text = text_of(auction, "an auction");
    if (text == NULL) {
        return -1;
    }
    if (is_plugin(text)) {
        if (dcat_plugged_auction_load(text + strlen(DCAT_PLUGIN_PREFIX), &choice->auction, err) !=
            DCAT_OK) {
            return -1;
        }
        choice->policy.auction = dcat_plugged_auction_row(choice->auction);
        return 0;
    }
    dcat_policy found;
    if (by_name("single", text, &found, err) == NULL) {
        return -1;
    }
    choice->policy.auction = found.auction;
    return 0;
}

static void take_plugged(py_choice *choice)
{
    choice->policy.clusterer = dcat_plugged_clusterer_row(choice->clusterer);
    choice->policy.model = choice->clusterer;
}

static int choose_named(const char *text, py_choice *choice, dcat_error *err)
{
    dcat_policy found;
    if (by_name(text, "rea", &found, err) == NULL) {
        return -1;
    }
    choice->policy.clusterer = found.clusterer;
    if (found.clusterer->needs_model) {
        if (dcat_actor_shipped(choice->policy.auction, &choice->shipped, err) != DCAT_OK) {
            return -1;
        }
        choice->policy.model = choice->shipped;
    }
    return 0;
}

static int choose_clusterer(PyObject *clusterer, py_choice *choice, dcat_error *err)
{
    if (PyObject_TypeCheck(clusterer, policy_type)) {
        hold(choice, clusterer);
        choice->policy.clusterer = &dcat_clusterer_a2c;
        choice->policy.model = ((policy *)clusterer)->actor;
        return 0;
    }
    if (PyCallable_Check(clusterer)) {
        py_callable *self = callable_of(choice, 0, clusterer);
        dcat_plugin_clusterer row = py_clusterer_callbacks;
        row.name = name_of(choice, clusterer);
        if (self == NULL ||
            dcat_plugged_clusterer_of(&row, self, &choice->clusterer, err) != DCAT_OK) {
            return -1;
        }
        take_plugged(choice);
        return 0;
    }
    const char *text = text_of(clusterer, "a clusterer");
    if (text == NULL) {
        return -1;
    }
    if (!is_plugin(text)) {
        return choose_named(text, choice, err);
    }
    if (dcat_plugged_clusterer_load(text + strlen(DCAT_PLUGIN_PREFIX), &choice->clusterer, err) !=
        DCAT_OK) {
        return -1;
    }
    take_plugged(choice);
    return 0;
}

int py_choice_make(PyObject *clusterer, PyObject *auction, py_choice *choice)
{
    *choice = (py_choice){0};
    dcat_error err = {0};
    int failed = choose_auction(auction, choice, &err);
    if (failed == 0 && clusterer != NULL) {
        failed = choose_clusterer(clusterer, choice, &err);
    }
    if (failed != 0) {
        if (!PyErr_Occurred()) {
            py_raise(&err);
        }
        py_choice_free(choice);
    }
    return failed;
}

void py_choice_set_world(py_choice *choice, PyObject *world)
{
    if (choice->callables[0] != NULL && choice->callables[0]->world == NULL) {
        choice->callables[0]->world = world;
        hold(choice, world);
    }
    choice->share = ((py_world *)world)->share;
    if (choice->share != NULL) {
        hold(choice, choice->share);
        choice->calls_python = choice->calls_python || py_share_callable(choice->share) != NULL;
    }
}

void py_choice_free(py_choice *choice)
{
    dcat_plugged_clusterer_close(choice->clusterer);
    dcat_plugged_auction_close(choice->auction);
    dcat_actor_destroy(choice->shipped);
    for (int i = 0; i < 2; i++) {
        py_callable *callable = choice->callables[i];
        if (callable != NULL) {
            Py_XDECREF(callable->type);
            Py_XDECREF(callable->value);
            Py_XDECREF(callable->traceback);
            free(callable);
        }
    }
    for (int i = 0; i < choice->held_count; i++) {
        Py_DECREF(choice->held[i]);
    }
    *choice = (py_choice){0};
}

PyObject *py_choice_raise(py_choice *choice, const dcat_error *err)
{
    for (int i = 0; i < 2; i++) {
        py_callable *callable = choice->callables[i];
        if (callable != NULL && callable->type != NULL) {
            PyErr_Restore(callable->type, callable->value, callable->traceback);
            callable->type = callable->value = callable->traceback = NULL;
            return NULL;
        }
    }
    return py_share_raise(choice->share, err);
}
