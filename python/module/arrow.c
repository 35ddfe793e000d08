// SPDX-License-Identifier: Apache-2.0
// Record arrays for Arrow, by its C data interface: a struct array with a child for each column.
// https://arrow.apache.org/docs/format/CDataInterface.html

#include "py.h"

#include <stdlib.h>
#include <string.h>

struct ArrowSchema {
    const char *format, *name, *metadata;
    int64_t flags, n_children;
    struct ArrowSchema **children, *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length, null_count, offset, n_buffers, n_children;
    const void **buffers;
    struct ArrowArray **children, *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

// --- schema: one block of memory

static void schema_release_child(struct ArrowSchema *schema)
{
    schema->release = NULL; // its memory is the parent's
}

static void schema_release(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release != NULL) {
            schema->children[i]->release(schema->children[i]);
        }
    }
    free(schema->private_data);
    schema->release = NULL;
}

typedef struct schema_memory {
    struct ArrowSchema *children[64];
    struct ArrowSchema child[64];
    char text[64][64]; // name and format
} schema_memory;

#define COLUMNS_MAX 64

static int schema_fill(struct ArrowSchema *schema, PyObject *columns)
{
    schema_memory *m = calloc(1, sizeof *m);
    if (m == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    Py_ssize_t count = PyList_Size(columns);
    for (Py_ssize_t i = 0; i < count; i++) {
        const char *name, *format;
        PyObject *data;
        if (!PyArg_ParseTuple(PyList_GetItem(columns, i), "ssO", &name, &format, &data)) {
            free(m);
            return -1;
        }
        snprintf(m->text[i], 60, "%s", name);
        snprintf(m->text[i] + 60, 4, "%s", format);
        m->child[i] = (struct ArrowSchema){
            .format = m->text[i] + 60, .name = m->text[i], .release = schema_release_child};
        m->children[i] = &m->child[i];
    }
    *schema = (struct ArrowSchema){.format = "+s",
                                   .name = "",
                                   .n_children = count,
                                   .children = m->children,
                                   .release = schema_release,
                                   .private_data = m};
    return 0;
}

// --- array: buffers that Python lends

typedef struct array_memory {
    struct ArrowArray *children[COLUMNS_MAX];
    struct ArrowArray child[COLUMNS_MAX];
    const void *buffers[COLUMNS_MAX][2];
    const void *own[1];
    Py_buffer view[COLUMNS_MAX];
    int taken;
} array_memory;

static void array_release_child(struct ArrowArray *array)
{
    array->release = NULL;
}

static void array_release(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release != NULL) {
            array->children[i]->release(array->children[i]);
        }
    }
    array_memory *m = array->private_data;
    PyGILState_STATE state = PyGILState_Ensure(); // a consumer may be any thread
    while (m->taken > 0) {
        PyBuffer_Release(&m->view[--m->taken]);
    }
    PyGILState_Release(state);
    free(m);
    array->release = NULL;
}

static int array_fill(struct ArrowArray *array, PyObject *columns, int64_t length)
{
    array_memory *m = calloc(1, sizeof *m);
    if (m == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    Py_ssize_t count = PyList_Size(columns);
    *array = (struct ArrowArray){.length = length,
                                 .n_buffers = 1,
                                 .n_children = count,
                                 .buffers = m->own,
                                 .children = m->children,
                                 .release = array_release,
                                 .private_data = m};
    for (Py_ssize_t i = 0; i < count; i++) {
        const char *name, *format;
        PyObject *data;
        m->children[i] = &m->child[i];
        if (!PyArg_ParseTuple(PyList_GetItem(columns, i), "ssO", &name, &format, &data) ||
            PyObject_GetBuffer(data, &m->view[i], PyBUF_C_CONTIGUOUS) < 0) {
            array->n_children = 0;
            array_release(array);
            return -1;
        }
        m->taken++;
        m->buffers[i][1] = m->view[i].buf;
        m->child[i] = (struct ArrowArray){.length = length,
                                          .n_buffers = 2,
                                          .buffers = m->buffers[i],
                                          .release = array_release_child};
    }
    return 0;
}

// --- capsules

static void schema_capsule_free(PyObject *capsule)
{
    struct ArrowSchema *schema = PyCapsule_GetPointer(capsule, "arrow_schema");
    if (schema->release != NULL) {
        schema->release(schema);
    }
    free(schema);
}

static void array_capsule_free(PyObject *capsule)
{
    struct ArrowArray *array = PyCapsule_GetPointer(capsule, "arrow_array");
    if (array->release != NULL) {
        array->release(array);
    }
    free(array);
}

// arrow([(name, format, contiguous data), ...], length) -> (schema, array)
PyObject *py_arrow(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *columns;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(args, "O!n", &PyList_Type, &columns, &length)) {
        return NULL;
    }
    if (PyList_Size(columns) > COLUMNS_MAX) {
        PyErr_Format(PyExc_ValueError, "at most %d columns", COLUMNS_MAX);
        return NULL;
    }
    struct ArrowSchema *schema = calloc(1, sizeof *schema);
    struct ArrowArray *array = calloc(1, sizeof *array);
    PyObject *first = NULL, *second = NULL;
    if (schema == NULL || array == NULL) {
        PyErr_NoMemory();
    } else if (schema_fill(schema, columns) == 0) {
        first = PyCapsule_New(schema, "arrow_schema", schema_capsule_free);
        if (first != NULL && array_fill(array, columns, length) == 0) {
            second = PyCapsule_New(array, "arrow_array", array_capsule_free);
        }
    }
    if (first == NULL && schema != NULL) {
        if (schema->release != NULL) {
            schema->release(schema);
        }
        free(schema);
    }
    if (second == NULL && array != NULL) {
        if (array->release != NULL) {
            array->release(array);
        }
        free(array);
    }
    if (first == NULL || second == NULL) {
        Py_XDECREF(first);
        Py_XDECREF(second);
        return NULL;
    }
    return Py_BuildValue("(NN)", first, second);
}
