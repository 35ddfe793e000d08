// SPDX-License-Identifier: Apache-2.0
// py.h - what the files of the extension share.
//
// The extension is written against Python's limited API of 3.11, whose version 3 ABI every later
// CPython has, and knows no numpy: arrays go in and out by the buffer protocol, and the package
// around it (python/dcat) makes numpy arrays of them.

#ifndef DCAT_PYTHON_PY_H
#define DCAT_PYTHON_PY_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include "dcat/dcat.h"
#include "dcat/plugin.h"
#include "dcat/x/actor.h"
#include "dcat/x/policy_file.h"
#include "dcat/x/resources.h"
#include "dcat/x/scenario.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// --- errors (error.c)

int py_errors_add(PyObject *module); // the classes
// Raise what a call of the library said; returns NULL.
PyObject *py_raise(const dcat_error *err);

// --- types (type.c)

// Make a type and put it into the module under the last part of its name; a new reference to it is
// kept where kept is given. Raises and returns -1 on failure.
int py_type_add(PyObject *module, PyType_Spec *spec, PyTypeObject **kept);
void py_object_free(PyObject *object); // the end of a tp_dealloc

// --- memory that Python sees (block.c)

// A read-only one-dimensional buffer of items: memory of its own, freed with it, or lent by an
// owner that it keeps alive. Both take `data`, also on failure, when owner is NULL.
PyObject *py_block(void *data, Py_ssize_t bytes, Py_ssize_t item_size, const char *format,
                   PyObject *owner);
int py_block_add(PyObject *module);

// Take a contiguous buffer of exactly `bytes`. Raises ValueError naming `what`.
int py_buffer_of(PyObject *object, const char *what, size_t bytes, bool writable, Py_buffer *view);

// Buffers taken one after the other, and given back together.
typedef struct py_views {
    Py_buffer view[24];
    int taken;
} py_views;
int py_view_take(py_views *v, PyObject *object, const char *what, size_t bytes, bool writable);
void py_views_release(py_views *v);

// Structs as numpy sees them: {name: (size, [(field, code, offset), ...])} (layout.c).
PyObject *py_layouts(PyObject *module, PyObject *unused);

// --- long calls (work.c)

// Looks for signals now and then while the GIL is released: py_watch_begin releases it,
// py_watch_end takes it again. py_watch_poll is cheap; when it says true an exception is set and
// the work is to end soon. Only the thread that began may poll.
typedef struct py_watch {
    PyThreadState *saved;
    double next_s;
    bool interrupted;
} py_watch;
void py_watch_begin(py_watch *watch);
bool py_watch_poll(py_watch *watch);
int py_watch_end(py_watch *watch); // -1 when interrupted

double py_clock_s(void);

// Work in a thread of its own, for calls that cannot be asked to stop soon enough. The calling
// thread waits without the GIL and looks for signals; after one it raises at once, stop is set, and
// the work, which holds all that it needs, is released when it has come to its end.
typedef struct py_task {
    dcat_status (*work)(struct py_task *task); // fills err
    void (*release)(struct py_task *task);     // with the GIL held; frees the task
    atomic_bool stop;
    dcat_error err;
    bool calls_python; // often: the thread stays one of Python's between calls
    // of work.c
    struct py_task *next;
    atomic_bool done;
    int wake; // a file of events, written once
} py_task;
// 0: ended well. -1: an exception is set. In both cases the caller owns the task again, unless
// *kept is true: then it was left behind and releases itself.
int py_task_run(py_task *task, bool *kept);

// --- objects

typedef struct py_world {
    PyObject_HEAD dcat_world *world;
    const dcat_demand *demand; // of the scenario, or own
    dcat_demand *own_demand;
    PyObject *scenario; // NULL for a world from arrays
    PyObject *share;    // a Share; NULL where it is one of the library's or the scenario file's
    dcat_cycle_span train, validate, test;
    // Made when they are first asked for (world.c).
    int32_t *pairs; // [pair_count, 2]
    size_t pair_count;
    PyObject *pair_block;
    uint64_t *far; // [S, words] bit j of row i: farther apart than the span limit
    size_t words;
} py_world;
extern PyTypeObject *py_world_type;
int py_world_add(PyObject *module);
int py_world_need_pairs(py_world *self);

// Scenario (scenario.c). The library's object; NULL with an exception for any other.
int py_scenario_add(PyObject *module);
dcat_scenario *py_scenario_of(PyObject *object);
PyObject *py_world_of_scenario(PyObject *scenario, dcat_world *world); // takes world (world.c)
PyObject *py_scenario_share(PyObject *object);                         // Nullable, borrowed

// Policies (policy.c): actors, and clusterers and auctions by whatever names them.
int py_policy_add(PyObject *module);

// A clusterer and an auction with all that they need. Both are borrowed by runs, so the choice
// outlives them.
typedef struct py_choice {
    dcat_policy policy;
    dcat_plugged_clusterer *clusterer; // Nullable
    dcat_plugged_auction *auction;     // Nullable
    dcat_actor *shipped;               // Nullable
    PyObject *held[7];                 // Python objects that are used
    PyObject *share;                   // Nullable: of the world, held, too
    int held_count;
    bool calls_python;
    struct py_callable *callables[2];
} py_choice;
// clusterer may be NULL (none). world is handed to callables. -1 with an exception.
int py_choice_make(PyObject *clusterer, PyObject *auction, py_choice *choice);
void py_choice_free(py_choice *choice);
// The exception that a Python callable of the choice raised, raised again; else what err says.
PyObject *py_choice_raise(py_choice *choice, const dcat_error *err);

// Python callables as callbacks of a plug-in (callable.c).
typedef struct py_callable {
    PyObject *function;
    PyObject *world; // the World that clusterers are handed
    PyObject *type, *value, *traceback;
    atomic_bool stopped; // is to be asked no more
} py_callable;
extern const dcat_plugin_clusterer py_clusterer_callbacks;
extern const dcat_plugin_auction py_auction_callbacks;
// The world's share may call Python as well.
void py_choice_set_world(py_choice *choice, PyObject *world);
// Bits of promises that a sequence lists by name. -1 with an exception.
int py_promises_of(PyObject *list, const char *whose, unsigned *bits);

// Shares by whatever says how (share.c).
int py_share_add(PyObject *module);
const dcat_share *py_share_row(PyObject *object); // NULL with an exception for other objects
py_callable *py_share_callable(PyObject *object); // NULL for none, and for a plug-in's
// Raise what a Python object as share raised, or else what err says; the share can be used again.
PyObject *py_share_raise(PyObject *object, const dcat_error *err);

// Calls of the module: run.c, train.c, arrow.c, and the environments of envs.c and dispatch.c.
PyObject *py_run(PyObject *module, PyObject *args);
PyObject *py_compare(PyObject *module, PyObject *args);
PyObject *py_audit(PyObject *module, PyObject *args);
int py_trainer_add(PyObject *module);
PyObject *py_arrow(PyObject *module, PyObject *args);
PyObject *py_c_loop(PyObject *module, PyObject *args); // envs.c
int py_cluster_envs_add(PyObject *module);
int py_dispatch_envs_add(PyObject *module);

// What a clusterer sees as a flat vector of float32 in [0, 1] (observe.c).
typedef struct py_scales {
    double arrivals, work, data, deadline, queue_s;
} py_scales;
// Of a task in money, by its class.
double py_fee(const dcat_world *world, const dcat_task *task);
size_t py_observation_length(const dcat_world *world);
py_scales py_scales_of(const py_world *world);
void py_observe(dcat_env *env, const py_scales *scales, float *out);

// Scores of pairs become clusters (merge.c): scores above zero from the highest down, each merging
// its two clusters where the union respects the span limit. scratch is py_merge_bytes.
size_t py_merge_bytes(const py_world *world);
void py_merge(const py_world *world, const float *scores, int32_t *cluster_of, void *scratch);

// Threads of one environment object (pool.c), remade in a child process.
typedef struct py_pool py_pool;
py_pool *py_pool_create(int thread_count); // NULL: no memory
void py_pool_destroy(py_pool *pool);
// item(user, i, thread) for i in [0, count), thread 0 being the calling one, which polls watch
// between items; with a signal, stop is set and no further item begins.
void py_pool_run(py_pool *pool, void (*item)(void *user, size_t i, int thread), void *user,
                 size_t count, py_watch *watch, atomic_bool *stop);

// Episodes (episode.c): where each begins, a function of seed, environment and its number.
typedef struct py_episodes {
    uint64_t seed;
    dcat_cycle_span cycles;
    uint32_t cycle_count; // of an episode
} py_episodes;

dcat_status py_episode_begin(const py_episodes *episodes, dcat_env *env, size_t i, uint32_t number,
                             dcat_error *err);
// Of the arguments first, count and horizon; raises.
int py_episodes_check(const py_episodes *episodes, const py_world *world);

#endif
