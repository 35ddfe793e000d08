// SPDX-License-Identifier: Apache-2.0
// Memory of the library as a buffer: what numpy arrays of the package stand on.

#include "py.h"

#include <assert.h>
#include <stdlib.h>

typedef struct block {
    PyObject_HEAD void *data;
    Py_ssize_t bytes, item_size, count;
    const char *format;
    PyObject *owner;
} block;

static PyTypeObject *block_type;

PyObject *py_block(void *data, Py_ssize_t bytes, Py_ssize_t item_size, const char *format,
                   PyObject *owner)
{
    block *made = PyObject_New(block, block_type);
    if (made == NULL) {
        if (owner == NULL) {
            free(data);
        }
        return NULL;
    }
    made->data = data;
    made->bytes = bytes;
    made->item_size = item_size;
    made->count = bytes / item_size;
    made->format = format;
    Py_XINCREF(owner);
    made->owner = owner;
    return (PyObject *)made;
}

static void block_dealloc(PyObject *object)
{
    block *self = (block *)object;
    if (self->owner == NULL) {
        free(self->data);
    }
    Py_XDECREF(self->owner);
    PyTypeObject *type = Py_TYPE(object);
    PyObject_Free(object);
    Py_DECREF((PyObject *)type);
}

static int block_get_buffer(PyObject *object, Py_buffer *view, int flags)
{
    block *self = (block *)object;
    if ((flags & PyBUF_WRITABLE) != 0) {
        view->obj = NULL;
        PyErr_SetString(PyExc_BufferError, "this memory is read-only");
        return -1;
    }
    *view = (Py_buffer){
        .buf = self->data,
        .obj = object,
        .len = self->bytes,
        .itemsize = self->item_size,
        .readonly = 1,
        .ndim = 1,
        .format = (flags & PyBUF_FORMAT) != 0 ? (char *)self->format : NULL,
        .shape = (flags & PyBUF_ND) != 0 ? &self->count : NULL,
        .strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? &self->item_size : NULL,
    };
    Py_INCREF(object);
    return 0;
}

static Py_ssize_t block_length(PyObject *object)
{
    return ((block *)object)->count;
}

int py_block_add(PyObject *module)
{
    static PyType_Slot slots[] = {
        {Py_tp_doc, "Memory of the library, read by the buffer protocol."},
        {Py_tp_dealloc, block_dealloc},
        {Py_bf_getbuffer, block_get_buffer},
        {Py_sq_length, block_length},
        {0, NULL},
    };
    static PyType_Spec spec = {"dcat._dcat.Block", sizeof(block), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
    return py_type_add(module, &spec, &block_type);
}

int py_buffer_of(PyObject *object, const char *what, size_t bytes, bool writable, Py_buffer *view)
{
    int flags = PyBUF_C_CONTIGUOUS | (writable ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(object, view, flags) < 0) {
        return -1;
    }
    if ((size_t)view->len != bytes) {
        PyErr_Format(PyExc_ValueError, "%s must have %zu bytes, got %zd", what, bytes, view->len);
        PyBuffer_Release(view);
        return -1;
    }
    return 0;
}

int py_view_take(py_views *v, PyObject *object, const char *what, size_t bytes, bool writable)
{
    assert((size_t)v->taken < sizeof v->view / sizeof v->view[0]);
    if (py_buffer_of(object, what, bytes, writable, &v->view[v->taken]) < 0) {
        return -1;
    }
    v->taken++;
    return 0;
}

void py_views_release(py_views *v)
{
    while (v->taken > 0) {
        PyBuffer_Release(&v->view[--v->taken]);
    }
}
