// SPDX-License-Identifier: Apache-2.0
// Python callables as clusterers and auctions: the callbacks of a plug-in, whose self is the
// callable.

#include "py.h"

#include "dcat/x/clock.h"
#include <stdlib.h>
#include <string.h>

// Keep the exception for the end of the run, and say that there is one.
static dcat_status keep_exception(py_callable *self, dcat_error *err)
{
    PyErr_Fetch(&self->type, &self->value, &self->traceback);
    return dcat_fail(err, DCAT_ERR_RANGE, "the Python function raised an exception");
}

// --- a clusterer: f(world, seen, cycle) -> labels [S]

static int put(PyObject *dict, const char *name, const void *data, size_t bytes)
{
    PyObject *copy =
        data == NULL ? Py_NewRef(Py_None) : PyBytes_FromStringAndSize(data, (Py_ssize_t)bytes);
    int failed = copy == NULL || PyDict_SetItemString(dict, name, copy) < 0;
    Py_XDECREF(copy);
    return failed ? -1 : 0;
}

// Demand of count areas, or areas by class, as raw bytes; the package makes arrays of them.
static PyObject *demand_of(const dcat_observation *o, size_t count)
{
    size_t bytes = count * sizeof(double);
    PyObject *seen = PyDict_New();
    if (seen == NULL || put(seen, "arrivals_per_slot", o->arrivals_per_slot, bytes) < 0 ||
        put(seen, "work_cycles", o->work_cycles, bytes) < 0 ||
        put(seen, "data_bits", o->data_bits, bytes) < 0 ||
        put(seen, "deadline_s", o->deadline_s, bytes) < 0 ||
        put(seen, "work_sd", o->work_sd, bytes) < 0 ||
        put(seen, "data_sd", o->data_sd, bytes) < 0 ||
        put(seen, "deadline_sd", o->deadline_sd, bytes) < 0) {
        Py_CLEAR(seen);
    }
    return seen;
}

// None without an observation.
static int put_demand(PyObject *dict, const char *name, const dcat_observation *o, size_t count)
{
    PyObject *demand = o != NULL ? demand_of(o, count) : Py_NewRef(Py_None);
    int failed = demand == NULL || PyDict_SetItemString(dict, name, demand) < 0;
    Py_XDECREF(demand);
    return failed ? -1 : 0;
}

static PyObject *seen_of(const dcat_cluster_input *input)
{
    const dcat_observation *o = input->observation;
    size_t S = dcat_world_server_count(input->world), A = o->area_count;
    PyObject *seen = demand_of(o, A);
    if (seen == NULL || put(seen, "cluster_of", input->cluster_of, S * sizeof(int32_t)) < 0 ||
        put(seen, "busy_until_s", input->busy_until_s, S * sizeof(double)) < 0 ||
        put_demand(seen, "by_class", o->by_class, A * o->class_count) < 0 ||
        put_demand(seen, "forecast", input->forecast, A) < 0) {
        Py_CLEAR(seen);
    }
    return seen;
}

static dcat_status take_labels(PyObject *labels, int32_t *cluster_of, size_t S, dcat_error *err)
{
    Py_buffer view;
    if (PyObject_GetBuffer(labels, &view, PyBUF_C_CONTIGUOUS) < 0) {
        return DCAT_ERR_RANGE;
    }
    dcat_status status = DCAT_OK;
    if ((size_t)view.len != S * sizeof *cluster_of) {
        status = dcat_fail(err, DCAT_ERR_RANGE, "a clusterer returns labels [%zu], got %zd numbers",
                           S, view.len / (Py_ssize_t)sizeof *cluster_of);
    } else {
        memcpy(cluster_of, view.buf, S * sizeof *cluster_of);
    }
    PyBuffer_Release(&view);
    return status;
}

static dcat_status decide(void *user, const dcat_cluster_input *input, void *workspace,
                          int32_t *cluster_of, dcat_error *err)
{
    (void)workspace;
    py_callable *self = user;
    size_t S = dcat_world_server_count(input->world);
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *seen = seen_of(input);
    PyObject *labels = seen == NULL
                           ? NULL
                           : PyObject_CallFunction(self->function, "OOKI", self->world, seen,
                                                   (unsigned long long)input->seed, input->cycle);
    dcat_status status = labels == NULL ? DCAT_ERR_RANGE : take_labels(labels, cluster_of, S, err);
    Py_XDECREF(seen);
    Py_XDECREF(labels);
    if (PyErr_Occurred()) {
        status = keep_exception(self, err);
    }
    PyGILState_Release(state);
    return status;
}

const dcat_plugin_clusterer py_clusterer_callbacks = {
    .size = sizeof(dcat_plugin_clusterer),
    .flags = DCAT_PLUGIN_ONE_THREAD,
    .name = "python",
    .summary = "a Python function",
    .decide = decide,
};

// --- an auction: f(reserve, bids, draw) -> None or (winner, price)

// Those who accept the reserve, in order; returns how many. index is nullable.
static size_t accepting(const dcat_auction_input *input, double reserve, double *bids, int *index)
{
    size_t count = 0;
    for (size_t i = 0; i < input->bidder_count; i++) {
        if (input->bid[i] <= reserve) {
            bids[count] = input->bid[i];
            index[count++] = (int)i;
        }
    }
    return count;
}

static dcat_auction_result take_result(PyObject *said, const int *index, size_t count)
{
    dcat_auction_result result = {.outcome = DCAT_AUCTION_NO_BIDDER, .winner = -1};
    if (said == NULL || said == Py_None) {
        return result;
    }
    long winner = -1;
    double price = 0.0;
    if (!PyTuple_Check(said) || !PyArg_ParseTuple(said, "ld", &winner, &price)) {
        PyErr_SetString(PyExc_TypeError, "an auction returns None or a tuple (winner, price)");
        return result;
    }
    if (winner < 0 || (size_t)winner >= count) {
        PyErr_Format(PyExc_ValueError, "winner must be in [0, %zu), got %ld", count, winner);
        return result;
    }
    return (dcat_auction_result){
        .outcome = DCAT_AUCTION_SOLD, .winner = index[winner], .clearing_price = price};
}

#define FEW 64 // bidders that fit the stack

static dcat_auction_result run(void *user, const dcat_auction_rules *rules,
                               const dcat_auction_input *input)
{
    py_callable *self = user;
    dcat_auction_result nobody = {.outcome = DCAT_AUCTION_NO_BIDDER, .winner = -1};
    double reserve = dcat_auction_reserve(&rules->config, input->fee, input->work_cycles);
    double few[FEW];
    int few_index[FEW];
    bool many = input->bidder_count > FEW;
    double *bids = many ? malloc(input->bidder_count * sizeof *bids) : few;
    int *index = many ? malloc(input->bidder_count * sizeof *index) : few_index;
    size_t count = bids != NULL && index != NULL ? accepting(input, reserve, bids, index) : 0;
    dcat_auction_result result = nobody;
    // After an exception nothing is asked any more; the market stops at the end of the slot.
    if (count > 0 && self->type == NULL && !atomic_load(&self->stopped)) {
        PyGILState_STATE state = PyGILState_Ensure();
        PyObject *said = PyObject_CallFunction(
            self->function, "dNK", reserve,
            PyBytes_FromStringAndSize((const char *)bids, (Py_ssize_t)(count * sizeof *bids)),
            (unsigned long long)input->draw);
        result = take_result(said, index, count);
        Py_XDECREF(said);
        if (PyErr_Occurred()) {
            keep_exception(self, NULL);
            result = (dcat_auction_result){.outcome = DCAT_AUCTION_OUTCOME_COUNT, .winner = -1};
        }
        PyGILState_Release(state);
    }
    if (many) {
        free(bids);
        free(index);
    }
    return result;
}

// Choice: a cluster's limit is its dearest member's cost, as under rea-s and vickrey, so that no
// member ever loses; an attribute `limit = "mean"` of the function asks for the paper's (policy.c).
const dcat_plugin_auction py_auction_callbacks = {
    .size = sizeof(dcat_plugin_auction),
    .flags = DCAT_PLUGIN_ONE_THREAD,
    .name = "python",
    .summary = "a Python function",
    .limit = DCAT_LIMIT_MAX,
    .run = run,
};
