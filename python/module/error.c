// SPDX-License-Identifier: Apache-2.0
// Statuses of the library become exceptions with its message.

#include "py.h"

static PyObject *base, *input, *not_found, *file, *internal;

static PyObject *make(const char *name, const char *doc, PyObject *standard)
{
    PyObject *bases =
        base == NULL ? PyTuple_Pack(1, PyExc_Exception) : PyTuple_Pack(2, base, standard);
    PyObject *made = bases != NULL ? PyErr_NewExceptionWithDoc(name, doc, bases, NULL) : NULL;
    Py_XDECREF(bases);
    return made;
}

int py_errors_add(PyObject *module)
{
    base = make("dcat.Error", "What the library refused or could not do. `status` names its code.",
                NULL);
    if (base == NULL) {
        return -1;
    }
    input = make("dcat.InputError", "A value, a field or a text of the caller's is wrong.",
                 PyExc_ValueError);
    not_found =
        make("dcat.NotFoundError", "There is no such file, name or row.", PyExc_LookupError);
    file = make("dcat.FileError", "Reading or writing failed, or was stopped.", PyExc_OSError);
    internal =
        make("dcat.InternalError", "A defect in dcat: please report it.", PyExc_RuntimeError);
    return input == NULL || not_found == NULL || file == NULL || internal == NULL ||
                   PyModule_AddObjectRef(module, "Error", base) < 0 ||
                   PyModule_AddObjectRef(module, "InputError", input) < 0 ||
                   PyModule_AddObjectRef(module, "NotFoundError", not_found) < 0 ||
                   PyModule_AddObjectRef(module, "FileError", file) < 0 ||
                   PyModule_AddObjectRef(module, "InternalError", internal) < 0
               ? -1
               : 0;
}

static PyObject *class_of(dcat_status status)
{
    switch (status) {
    case DCAT_ERR_NOT_FOUND:
        return not_found;
    case DCAT_ERR_EXISTS:
    case DCAT_ERR_IO:
        return file;
    case DCAT_ERR_MEMORY:
        return PyExc_MemoryError;
    case DCAT_ERR_INTERNAL:
        return internal;
    default:
        return dcat_status_is_user_error(status) ? input : internal;
    }
}

PyObject *py_raise(const dcat_error *err)
{
    PyObject *class = class_of(err->status);
    PyObject *raised = PyObject_CallFunction(class, "s", err->message);
    if (raised == NULL) {
        return NULL;
    }
    if (class != PyExc_MemoryError) {
        PyObject *status = PyUnicode_FromString(dcat_status_text(err->status));
        if (status == NULL || PyObject_SetAttrString(raised, "status", status) < 0) {
            PyErr_Clear();
        }
        Py_XDECREF(status);
    }
    PyErr_SetObject(class, raised);
    Py_DECREF(raised);
    return NULL;
}
