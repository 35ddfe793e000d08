// SPDX-License-Identifier: Apache-2.0
// Types of the extension come and their objects go.

#include "py.h"

#include <string.h>

int py_type_add(PyObject *module, PyType_Spec *spec, PyTypeObject **kept)
{
    PyObject *type = PyType_FromSpec(spec);
    if (type == NULL) {
        return -1;
    }
    int failed = PyModule_AddObjectRef(module, strrchr(spec->name, '.') + 1, type);
    if (kept != NULL && failed == 0) {
        *kept = (PyTypeObject *)type;
    } else {
        Py_DECREF(type);
    }
    return failed;
}

void py_object_free(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF((PyObject *)type);
}
