// SPDX-License-Identifier: Apache-2.0
// run() and compare(): policies over many cycles.

#include "py.h"

#include "dcat/x/audit.h"
#include <stdlib.h>
#include <string.h>

// --- run

typedef struct running {
    py_task task;
    PyObject *world_object;
    const py_world *world;
    py_choice choice;
    dcat_run_config config;
    dcat_totals *cycles; // [cycle_count]
    dcat_run_result result;
    py_watch *watch; // when Python functions are called: in the calling thread
} running;

static bool goes_on(void *user, const dcat_slot_record *slot)
{
    (void)slot;
    running *r = user;
    if (r->watch != NULL && py_watch_poll(r->watch)) {
        return false;
    }
    return !atomic_load_explicit(&r->task.stop, memory_order_relaxed);
}

static double clock_s(void *user)
{
    (void)user;
    return py_clock_s();
}

static dcat_status do_run(py_task *task)
{
    running *r = (running *)task;
    const dcat_run_hooks hooks = {DCAT_SIZED(dcat_run_hooks), .user = r, .before_slot = goes_on,
                                  .clock_s = clock_s};
    return dcat_run(r->world->world, r->world->demand, &r->config, &hooks, r->cycles, &r->result,
                    &task->err);
}

static void release_run(py_task *task)
{
    running *r = (running *)task;
    py_choice_free(&r->choice);
    Py_XDECREF(r->world_object);
    free(r->cycles);
    free(r);
}

// A Python function is called in the thread that called us, so its exceptions and Ctrl-C are its
// own; everything else runs in a thread that can be left behind.
static int perform(running *r, bool *kept)
{
    *kept = false;
    if (!r->choice.calls_python) {
        return py_task_run(&r->task, kept);
    }
    py_watch watch;
    // cppcheck-suppress autoVariables ; looked at during do_run alone
    r->watch = &watch;
    py_watch_begin(&watch);
    r->task.err.status = do_run(&r->task);
    int interrupted = py_watch_end(&watch);
    return interrupted < 0 || r->task.err.status != DCAT_OK ? -1 : 0;
}

static PyObject *results_of(running *r)
{
    PyObject *block =
        py_block(r->cycles, (Py_ssize_t)(r->config.cycle_count * sizeof *r->cycles), 1, "B", NULL);
    r->cycles = NULL;
    return Py_BuildValue("(Ny#)", block, (const char *)&r->result, (Py_ssize_t)sizeof r->result);
}

PyObject *py_run(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *world, *clusterer, *auction;
    unsigned first, count;
    unsigned long long seed;
    if (!PyArg_ParseTuple(args, "O!OOIIK", py_world_type, &world, &clusterer, &auction, &first,
                          &count, &seed)) {
        return NULL;
    }
    running *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return PyErr_NoMemory();
    }
    r->task.work = do_run;
    r->task.release = release_run;
    if (py_choice_make(clusterer, auction, &r->choice) < 0) {
        free(r);
        return NULL;
    }
    py_choice_set_world(&r->choice, world);
    r->world = (py_world *)world;
    Py_INCREF(world);
    r->world_object = world;
    r->config = (dcat_run_config){
        DCAT_SIZED(dcat_run_config), .policy = r->choice.policy, .seed = seed,
        .cycle_first = first,        .cycle_count = count,
    };
    dcat_error err = {0};
    PyObject *made = NULL;
    bool kept = false;
    if (dcat_demand_check(r->world->demand, r->world->world, first, count, &err) != DCAT_OK) {
        py_raise(&err);
    } else if ((r->cycles = calloc(count, sizeof *r->cycles)) == NULL) {
        PyErr_NoMemory();
    } else if (perform(r, &kept) == 0) {
        made = results_of(r);
    } else if (!kept && !PyErr_Occurred()) {
        py_choice_raise(&r->choice, &r->task.err);
    }
    if (!kept) {
        release_run(&r->task);
    }
    return made;
}

// --- compare

typedef struct comparing {
    py_task task;
    PyObject *scenario_object;
    dcat_worlds *worlds;
    py_choice *choices; // [policy_count]
    dcat_policy *policies;
    size_t policy_count, world_count;
    dcat_compare_config config;
    dcat_jobs jobs;
    const dcat_demand *demand;
    dcat_run_result *results; // [policy_count, world_count]
    py_watch *watch;
} comparing;

static bool should_stop(void *user)
{
    comparing *c = user;
    return (c->watch != NULL && py_watch_poll(c->watch)) || atomic_load(&c->task.stop);
}

// Runs of Python functions are given: they cannot be spread over threads.
static bool is_given(void *user, size_t job)
{
    const comparing *c = user;
    return c->choices[job % c->policy_count].calls_python;
}

static dcat_status do_compare(py_task *task)
{
    comparing *c = (comparing *)task;
    return dcat_compare_run(c->demand, &c->config, c->results, &task->err);
}

static void release_compare(py_task *task)
{
    comparing *c = (comparing *)task;
    for (size_t p = 0; c->choices != NULL && p < c->policy_count; p++) {
        py_choice_free(&c->choices[p]);
    }
    dcat_worlds_destroy(c->worlds);
    Py_XDECREF(c->scenario_object);
    free(c->choices);
    free(c->policies);
    free(c->results);
    free(c);
}

// policies is a list of (clusterer, auction), given the results [policy_count, world_count] of
// those that call Python.
static int choose_all(comparing *c, PyObject *policies, const char *given, Py_ssize_t given_bytes)
{
    c->policy_count = (size_t)PyList_Size(policies);
    c->choices = calloc(c->policy_count + 1, sizeof *c->choices);
    c->policies = calloc(c->policy_count + 1, sizeof *c->policies);
    c->results = calloc(c->policy_count * c->world_count + 1, sizeof *c->results);
    if (c->choices == NULL || c->policies == NULL || c->results == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t p = 0; p < c->policy_count; p++) {
        PyObject *clusterer, *auction;
        PyObject *row = PyList_GetItem(policies, (Py_ssize_t)p);
        if (!PyTuple_Check(row) || !PyArg_ParseTuple(row, "OO", &clusterer, &auction) ||
            py_choice_make(clusterer, auction, &c->choices[p]) < 0) {
            if (!PyErr_Occurred()) {
                PyErr_SetString(PyExc_TypeError, "a policy is a tuple (clusterer, auction)");
            }
            return -1;
        }
        c->policies[p] = c->choices[p].policy;
        PyObject *share = py_scenario_share(c->scenario_object);
        c->choices[p].calls_python |= py_share_callable(share) != NULL;
    }
    size_t bytes = c->policy_count * c->world_count * sizeof *c->results;
    if ((size_t)given_bytes != bytes) {
        PyErr_SetString(PyExc_ValueError, "given holds other runs");
        return -1;
    }
    memcpy(c->results, given, bytes);
    return 0;
}

static PyObject *rows_of(comparing *c)
{
    dcat_compare_row *rows = calloc(c->policy_count, sizeof *rows);
    if (rows == NULL) {
        return PyErr_NoMemory();
    }
    size_t baseline = dcat_compare_baseline(&c->config, c->results);
    dcat_compare_summarise(&c->config, c->results, baseline, rows);
    PyObject *list = PyList_New(0);
    for (size_t p = 0; list != NULL && p < c->policy_count; p++) {
        const dcat_compare_row *row = &rows[p];
        char text[DCAT_POLICY_TEXT_SIZE];
        dcat_policy_text(&row->policy, text);
        PyObject *item =
            Py_BuildValue("(sdddddddd)", text, row->profit.mean, row->profit.ci95,
                          row->profit_gain.mean, row->profit_gain.ci95, row->offloading.mean,
                          row->offloading.ci95, row->margin, row->cluster_count);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    free(rows);
    return list;
}

static PyObject *comparison_of(comparing *c)
{
    PyObject *rows = rows_of(c);
    size_t bytes = c->policy_count * c->world_count * sizeof *c->results;
    PyObject *block = py_block(c->results, (Py_ssize_t)bytes, 1, "B", NULL);
    c->results = NULL;
    return Py_BuildValue("(NN)", rows, block);
}

static void configure(comparing *c, unsigned first, unsigned count, int thread_count)
{
    c->jobs = dcat_jobs_default();
    c->jobs.thread_count = thread_count;
    c->jobs.user = c;
    c->jobs.clock_s = clock_s;
    c->jobs.stop = should_stop;
    c->jobs.kept = is_given;
    c->config = (dcat_compare_config){
        DCAT_SIZED(dcat_compare_config),
        .policies = c->policies,
        .policy_count = c->policy_count,
        .source = dcat_worlds_source(c->worlds),
        .seeds = dcat_worlds_seeds(c->worlds),
        .world_count = c->world_count,
        .cycle_first = first,
        .cycle_count = count,
        .jobs = &c->jobs,
    };
}

PyObject *py_compare(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *object, *policies;
    unsigned first, count;
    unsigned long long seed;
    Py_ssize_t world_count;
    int thread_count;
    const char *given;
    Py_ssize_t given_bytes;
    if (!PyArg_ParseTuple(args, "OO!nIIKiy#", &object, &PyList_Type, &policies, &world_count,
                          &first, &count, &seed, &thread_count, &given, &given_bytes)) {
        return NULL;
    }
    const dcat_scenario *scenario = py_scenario_of(object);
    comparing *c = scenario != NULL ? calloc(1, sizeof *c) : NULL;
    if (c == NULL) {
        return scenario != NULL ? PyErr_NoMemory() : NULL;
    }
    c->task.work = do_compare;
    c->task.release = release_compare;
    Py_INCREF(object);
    c->scenario_object = object;
    c->world_count = (size_t)world_count;
    c->demand = dcat_scenario_demand_view(scenario);
    dcat_error err = {0};
    PyObject *made = NULL;
    bool kept = false;
    if (choose_all(c, policies, given, given_bytes) < 0) {
        // raised
    } else if (dcat_worlds_create(scenario, seed, c->world_count, &c->worlds, &err) != DCAT_OK) {
        py_raise(&err);
    } else {
        configure(c, first, count, thread_count);
        if (py_task_run(&c->task, &kept) == 0) {
            made = comparison_of(c);
        } else if (!kept && !PyErr_Occurred()) {
            py_raise(&c->task.err);
        }
    }
    if (!kept) {
        release_compare(&c->task);
    }
    return made;
}

// --- audit

typedef struct auditing {
    py_task task;
    PyObject *world_object;
    const py_world *world;
    py_choice choice;
    dcat_audit_config config;
    dcat_jobs jobs;
    const dcat_world *worlds[1];
    uint64_t seeds[1];
    dcat_audit_auction result;
} auditing;

static bool stop_audit(void *user)
{
    auditing *a = user;
    return atomic_load(&a->task.stop);
}

static dcat_status do_audit(py_task *task)
{
    auditing *a = (auditing *)task;
    dcat_audit_theorem2 theorem2;
    return dcat_audit_run(a->world->demand, &a->config, &a->result, &theorem2, &task->err);
}

static void release_audit(py_task *task)
{
    auditing *a = (auditing *)task;
    py_choice_free(&a->choice);
    Py_XDECREF(a->world_object);
    free(a);
}

static PyObject *lies_of(const dcat_audit_lies *small, const dcat_audit_lies *real)
{
    return Py_BuildValue("{s:L,s:L,s:d,s:L,s:L,s:d}", "small_tried", (long long)small->pair_count,
                         "small_paid", (long long)small->profitable, "small_gain",
                         small->largest_gain, "real_tried", (long long)real->pair_count,
                         "real_paid", (long long)real->profitable, "real_gain", real->largest_gain);
}

static PyObject *verdict_of(const dcat_audit_auction *result)
{
    PyObject *promises = PyDict_New();
    for (int p = 0; promises != NULL && p < DCAT_PROMISE_COUNT; p++) {
        PyObject *row = Py_BuildValue("(NN)", PyBool_FromLong(result->promised[p]),
                                      PyBool_FromLong(result->broken[p]));
        if (row == NULL ||
            PyDict_SetItemString(promises, dcat_audit_promise_name((dcat_promise)p), row) < 0) {
            Py_CLEAR(promises);
        }
        Py_XDECREF(row);
    }
    return Py_BuildValue("{s:N,s:N,s:N}", "promises", promises, "clusters",
                         lies_of(&result->small_clusters, &result->real_clusters), "members",
                         lies_of(&result->small_members, &result->real_members));
}

static void configure_audit(auditing *a, unsigned first, unsigned count, long long pairs)
{
    a->worlds[0] = a->world->world;
    a->seeds[0] = dcat_world_seed(a->world->world);
    a->jobs = dcat_jobs_default();
    a->jobs.thread_count = a->choice.calls_python ? 1 : 0;
    a->jobs.user = a;
    a->jobs.stop = stop_audit;
    a->config = (dcat_audit_config){
        DCAT_SIZED(dcat_audit_config),
        .policies = &a->choice.policy,
        .policy_count = 1,
        .worlds = a->worlds,
        .seeds = a->seeds,
        .world_count = 1,
        .cycle_first = first,
        .cycle_count = count,
        .gaming_cycle_max = 1,
        .pair_count = pairs,
        .jobs = &a->jobs,
        .attempt_max = 1,
    };
}

// audit(world, clusterer, auction, first, count, pairs)
PyObject *py_audit(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *world, *clusterer, *auction;
    unsigned first, count;
    long long pairs;
    if (!PyArg_ParseTuple(args, "O!OOIIL", py_world_type, &world, &clusterer, &auction, &first,
                          &count, &pairs)) {
        return NULL;
    }
    auditing *a = calloc(1, sizeof *a);
    if (a == NULL) {
        return PyErr_NoMemory();
    }
    a->task.work = do_audit;
    a->task.release = release_audit;
    if (py_choice_make(clusterer, auction, &a->choice) < 0) {
        free(a);
        return NULL;
    }
    py_choice_set_world(&a->choice, world);
    a->world_object = Py_NewRef(world);
    a->world = (py_world *)world;
    configure_audit(a, first, count, pairs);
    a->task.calls_python = a->choice.calls_python;
    bool kept = false;
    PyObject *made = NULL;
    if (py_task_run(&a->task, &kept) == 0) {
        made = verdict_of(&a->result);
    } else if (!kept && !PyErr_Occurred()) {
        py_choice_raise(&a->choice, &a->task.err);
    }
    for (int i = 0; kept && i < 2; i++) {
        if (a->choice.callables[i] != NULL) {
            atomic_store(&a->choice.callables[i]->stopped, true); // is asked no more
        }
    }
    if (!kept) {
        release_audit(&a->task);
    }
    return made;
}
