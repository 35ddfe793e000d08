// SPDX-License-Identifier: Apache-2.0
// The extension dcat._dcat: what the package python/dcat is made of.

#include "py.h"

static PyObject *names(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    PyObject *clusterers = PyList_New(0), *auctions = PyList_New(0), *scenarios = PyList_New(0);
    for (size_t i = 0; i < dcat_clusterer_count(); i++) {
        PyObject *name = PyUnicode_FromString(dcat_clusterer_at(i)->name);
        PyList_Append(clusterers, name);
        Py_XDECREF(name);
    }
    for (size_t i = 0; i < dcat_auction_count(); i++) {
        PyObject *name = PyUnicode_FromString(dcat_auction_at(i)->name);
        PyList_Append(auctions, name);
        Py_XDECREF(name);
    }
    for (size_t i = 0; dcat_shipped_scenario_name(i) != NULL; i++) {
        PyObject *name = PyUnicode_FromString(dcat_shipped_scenario_name(i));
        PyList_Append(scenarios, name);
        Py_XDECREF(name);
    }
    return Py_BuildValue("(NNN)", clusterers, auctions, scenarios);
}

static PyObject *config_default(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    const dcat_world_config config = dcat_world_config_default();
    return PyBytes_FromStringAndSize((const char *)&config, sizeof config);
}

PyMODINIT_FUNC PyInit__dcat(void); // the interpreter declares no prototype
PyMODINIT_FUNC PyInit__dcat(void)
{
    static PyMethodDef methods[] = {
        {"layouts", py_layouts, METH_NOARGS, "Structs as numpy sees them."},
        {"names", names, METH_NOARGS, "(clusterers, auctions, shipped scenarios)"},
        {"config_default", config_default, METH_NOARGS, "A world's default configuration."},
        {"run", py_run, METH_VARARGS, "A policy on a world."},
        {"compare", py_compare, METH_VARARGS, "Policies on worlds."},
        {"audit", py_audit, METH_VARARGS, "What an auction promises, tried."},
        {"arrow", py_arrow, METH_VARARGS, "Columns as Arrow's C data."},
        {"c_loop", py_c_loop, METH_VARARGS, "The loop in C that environments are compared with."},
        {NULL, NULL, 0, NULL},
    };
    static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "dcat._dcat", .m_size = -1,
                                     .m_methods = methods};
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL || py_errors_add(module) < 0 || py_block_add(module) < 0 ||
        py_share_add(module) < 0 || py_scenario_add(module) < 0 || py_world_add(module) < 0 ||
        py_policy_add(module) < 0 || py_trainer_add(module) < 0 ||
        py_cluster_envs_add(module) < 0 || py_dispatch_envs_add(module) < 0 ||
        PyModule_AddStringConstant(module, "version", dcat_version()) < 0 ||
        PyModule_AddStringConstant(module, "commit", dcat_commit()) < 0) {
        Py_XDECREF(module);
        return NULL;
    }
    return module;
}
