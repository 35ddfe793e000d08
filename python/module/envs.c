// SPDX-License-Identifier: Apache-2.0
// ClusterEnvs: many markets in one world, stepped cycle by cycle with clusters from outside.

#include "py.h"

#include <stdlib.h>
#include <string.h>

typedef struct cluster_envs {
    PyObject_HEAD PyObject *world_object;
    py_world *world;
    py_choice choice;
    py_episodes episodes;
    py_scales scales;
    dcat_env **envs; // [E]
    size_t count;
    uint32_t *steps, *episode; // [E] cycles of this episode; its number
    py_pool *pool;
    int thread_count;
    char *scratch; // [thread_count] labels [S], then what merging needs
    size_t scratch_bytes, merge_at;
    bool short_cycles; // a cycle takes less than a few ms: looks for signals between cycles do
    bool busy, playing;
} cluster_envs;

// One call of step or reset.
typedef struct turn {
    cluster_envs *self;
    const void *action;
    bool scores, resetting;
    float *obs, *final_obs;
    double *reward;
    bool *truncated;
    dcat_totals *totals;
    py_watch watch;
    atomic_bool stop;
    atomic_bool failed;
    dcat_error err;
    size_t obs_length;
} turn;

static void fail(turn *t, const dcat_error *err)
{
    bool expected = false;
    if (atomic_compare_exchange_strong(&t->failed, &expected, true)) {
        t->err = *err;
    }
    atomic_store(&t->stop, true);
}

// The cycle's slots, with an eye on stop; thread 0 also looks for signals.
static dcat_status play_cycle(turn *t, dcat_env *env, int thread, dcat_totals *totals,
                              dcat_error *err)
{
    if (t->self->short_cycles) {
        return dcat_env_step_cycle(env, totals, err);
    }
    uint32_t cycle = dcat_env_cycle(env);
    dcat_status status = DCAT_OK;
    while (status == DCAT_OK && dcat_env_cycle(env) == cycle) {
        if (atomic_load_explicit(&t->stop, memory_order_relaxed)) {
            return DCAT_OK; // what was begun is given up
        }
        if (thread == 0 && py_watch_poll(&t->watch)) {
            atomic_store(&t->stop, true);
            return DCAT_OK;
        }
        status = dcat_env_step_slot(env, totals, err);
    }
    return status;
}

static dcat_status begin(const turn *t, size_t i, dcat_error *err)
{
    cluster_envs *self = t->self;
    self->steps[i] = 0;
    return py_episode_begin(&self->episodes, self->envs[i], i, self->episode[i], err);
}

static dcat_status take_action(turn *t, size_t i, int thread, dcat_error *err)
{
    cluster_envs *self = t->self;
    const py_world *world = self->world;
    char *scratch = self->scratch + (size_t)thread * self->scratch_bytes;
    int32_t *labels = (int32_t *)(void *)scratch;
    if (!t->scores) {
        return DCAT_OK; // in force already: step() checked them all first
    }
    py_merge(world, (const float *)t->action + i * world->pair_count, labels,
             scratch + self->merge_at);
    return dcat_env_set_clusters(self->envs[i], labels, err);
}

static void step_one(void *user, size_t i, int thread)
{
    turn *t = user;
    cluster_envs *self = t->self;
    dcat_env *env = self->envs[i];
    dcat_error err = {0};
    dcat_totals totals = {0};
    dcat_status status = take_action(t, i, thread, &err);
    if (status == DCAT_OK) {
        status = play_cycle(t, env, thread, &totals, &err);
    }
    if (status == DCAT_OK && !self->short_cycles &&
        atomic_load_explicit(&t->stop, memory_order_relaxed)) {
        return; // the cycle may not be whole
    }
    t->totals[i] = totals;
    t->reward[i] = dcat_totals_profit(&totals);
    t->truncated[i] = ++self->steps[i] == self->episodes.cycle_count;
    if (status == DCAT_OK && t->truncated[i]) {
        py_observe(env, &self->scales, t->final_obs + i * t->obs_length);
        self->episode[i]++;
        status = begin(t, i, &err);
    }
    if (status != DCAT_OK) {
        fail(t, &err);
        return;
    }
    py_observe(env, &self->scales, t->obs + i * t->obs_length);
}

static void reset_one(void *user, size_t i, int thread)
{
    (void)thread;
    turn *t = user;
    dcat_error err = {0};
    if (begin(t, i, &err) != DCAT_OK) {
        fail(t, &err);
        return;
    }
    py_observe(t->self->envs[i], &t->self->scales, t->obs + i * t->obs_length);
}

// --- called from Python

static bool enter(cluster_envs *self)
{
    if (self->busy) {
        PyErr_SetString(PyExc_RuntimeError, "this environment is being stepped by another thread");
        return false;
    }
    self->busy = true;
    return true;
}

// 0, or -1 with an exception.
static int take_turn(turn *t, void (*item)(void *user, size_t i, int thread))
{
    cluster_envs *self = t->self;
    atomic_store(&t->stop, false);
    py_watch_begin(&t->watch);
    py_pool_run(self->pool, item, t, self->count, &t->watch, &t->stop);
    int interrupted = py_watch_end(&t->watch);
    bool failed = atomic_load(&t->failed);
    if (failed && interrupted == 0) {
        py_choice_raise(&self->choice, &t->err);
    }
    self->playing = interrupted == 0 && !failed;
    return self->playing ? 0 : -1;
}

// Labels of all are checked before the first environment is stepped.
static int check_labels(cluster_envs *self, const int32_t *labels)
{
    size_t S = dcat_world_server_count(self->world->world);
    for (size_t i = 0; i < self->count; i++) {
        dcat_error err = {0};
        if (dcat_env_set_clusters(self->envs[i], labels + i * S, &err) != DCAT_OK) {
            dcat_error named;
            dcat_fail(&named, err.status, "environment %zu: %.480s", i, err.message);
            py_raise(&named);
            return -1;
        }
    }
    return 0;
}

// _step(action, scores, obs, final_obs, reward, truncated, totals)
static PyObject *envs_step(PyObject *object, PyObject *args)
{
    cluster_envs *self = (cluster_envs *)object;
    PyObject *place[6];
    int scores;
    if (!PyArg_ParseTuple(args, "OpOOOOO", &place[0], &scores, &place[1], &place[2], &place[3],
                          &place[4], &place[5])) {
        return NULL;
    }
    if (!self->playing) {
        PyErr_SetString(PyExc_RuntimeError,
                        "call reset() first: there is no episode, or it was interrupted");
        return NULL;
    }
    size_t E = self->count, S = dcat_world_server_count(self->world->world);
    size_t obs = py_observation_length(self->world->world) * sizeof(float);
    const size_t bytes[6] = {
        E * (scores ? self->world->pair_count * sizeof(float) : S * sizeof(int32_t)),
        E * obs,
        E * obs,
        E * sizeof(double),
        E * sizeof(bool),
        E * sizeof(dcat_totals)};
    static const char *const names[6] = {"action", "obs",       "final_obs",
                                         "reward", "truncated", "totals"};
    py_views v = {0};
    int result = 0;
    for (int i = 0; result == 0 && i < 6; i++) {
        result = py_view_take(&v, place[i], names[i], bytes[i], i > 0);
    }
    if (result == 0 && !enter(self)) {
        result = -1;
    } else if (result == 0) {
        turn t = {.self = self,
                  .action = v.view[0].buf,
                  .scores = scores,
                  .obs = v.view[1].buf,
                  .final_obs = v.view[2].buf,
                  .reward = v.view[3].buf,
                  .truncated = v.view[4].buf,
                  .totals = v.view[5].buf,
                  .obs_length = obs / sizeof(float)};
        result = scores ? 0 : check_labels(self, t.action);
        result = result == 0 ? take_turn(&t, step_one) : result;
        self->busy = false;
    }
    py_views_release(&v);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

// _reset(seed or None, obs)
static PyObject *envs_reset(PyObject *object, PyObject *args)
{
    cluster_envs *self = (cluster_envs *)object;
    PyObject *seed, *place;
    Py_buffer view;
    if (!PyArg_ParseTuple(args, "OO", &seed, &place)) {
        return NULL;
    }
    size_t obs = py_observation_length(self->world->world) * sizeof(float);
    if (py_buffer_of(place, "obs", self->count * obs, true, &view) < 0) {
        return NULL;
    }
    int result = -1;
    if (enter(self)) {
        if (seed != Py_None) {
            self->episodes.seed = PyLong_AsUnsignedLongLongMask(seed);
            memset(self->episode, 0, self->count * sizeof *self->episode);
        } else {
            for (size_t i = 0; i < self->count; i++) {
                self->episode[i]++;
            }
        }
        turn t = {
            .self = self, .resetting = true, .obs = view.buf, .obs_length = obs / sizeof(float)};
        result = take_turn(&t, reset_one);
        self->busy = false;
    }
    PyBuffer_Release(&view);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

// (cycles, seeds): the cycle that comes next in each environment, and the seed of its arrivals.
static PyObject *envs_where(PyObject *object, PyObject *unused)
{
    (void)unused;
    const cluster_envs *self = (cluster_envs *)object;
    uint32_t *cycles = calloc(self->count, sizeof *cycles);
    uint64_t *seeds = calloc(self->count, sizeof *seeds);
    if (cycles == NULL || seeds == NULL) {
        free(cycles);
        free(seeds);
        return PyErr_NoMemory();
    }
    for (size_t i = 0; i < self->count; i++) {
        cycles[i] = dcat_env_cycle(self->envs[i]);
        seeds[i] = dcat_env_observe(self->envs[i]).seed;
    }
    Py_ssize_t count = (Py_ssize_t)self->count;
    return Py_BuildValue(
        "(NN)", py_block(cycles, count * (Py_ssize_t)sizeof *cycles, sizeof *cycles, "I", NULL),
        py_block(seeds, count * (Py_ssize_t)sizeof *seeds, sizeof *seeds, "Q", NULL));
}

// --- made and destroyed

static bool make_envs(cluster_envs *self, dcat_error *err)
{
    dcat_env_config config = dcat_env_config_default();
    config.world = self->world->world;
    config.demand = self->world->demand;
    config.auction = self->choice.policy.auction;
    config.cycle = self->episodes.cycles.first;
    for (size_t i = 0; i < self->count; i++) {
        if (dcat_env_create(&config, &self->envs[i], err) != DCAT_OK) {
            return false;
        }
    }
    return true;
}

// Tasks times clusters, of a cycle: about half a millisecond.
#define SHORT_CYCLE (1 << 20)

static bool has_short_cycles(const cluster_envs *self)
{
    const py_world *w = self->world;
    double tasks = (double)dcat_demand_slot_task_max(w->demand) *
                   dcat_world_config_view(w->world)->slots_per_cycle;
    return !self->choice.calls_python &&
           tasks * (double)dcat_world_server_count(w->world) <= SHORT_CYCLE;
}

static bool make_room(cluster_envs *self)
{
    size_t S = dcat_world_server_count(self->world->world);
    self->merge_at = (S * sizeof(int32_t) + 63) / 64 * 64;
    self->scratch_bytes = (self->merge_at + py_merge_bytes(self->world) + 63) / 64 * 64;
    self->envs = calloc(self->count, sizeof(dcat_env *));
    self->steps = calloc(self->count, sizeof *self->steps);
    self->episode = calloc(self->count, sizeof *self->episode);
    self->scratch = calloc((size_t)self->thread_count, self->scratch_bytes);
    self->pool = py_pool_create(self->thread_count);
    return self->envs != NULL && self->steps != NULL && self->episode != NULL &&
           self->scratch != NULL && self->pool != NULL;
}

// ClusterEnvs(world, auction, count, horizon, first, cycles, threads)
static PyObject *envs_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)keywords;
    PyObject *world, *auction;
    Py_ssize_t count;
    py_episodes episodes = {0};
    int thread_count;
    if (!PyArg_ParseTuple(args, "O!OnIIIi", py_world_type, &world, &auction, &count,
                          &episodes.cycle_count, &episodes.cycles.first, &episodes.cycles.count,
                          &thread_count)) {
        return NULL;
    }
    if (count < 1 || thread_count < 1) {
        PyErr_SetString(PyExc_ValueError, "num_envs and threads must be at least 1");
        return NULL;
    }
    if (py_episodes_check(&episodes, (py_world *)world) < 0 ||
        py_world_need_pairs((py_world *)world) < 0) {
        return NULL;
    }
    cluster_envs *self = (cluster_envs *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->world_object = Py_NewRef(world);
    self->world = (py_world *)world;
    self->episodes = episodes;
    self->count = (size_t)count;
    dcat_error err = {0};
    if (py_choice_make(NULL, auction, &self->choice) < 0) {
        Py_DECREF((PyObject *)self);
        return NULL;
    }
    // A Python auction is asked by one thread at a time anyway.
    py_choice_set_world(&self->choice, world);
    self->thread_count = self->choice.calls_python ? 1 : thread_count;
    self->scales = py_scales_of(self->world);
    self->short_cycles = has_short_cycles(self);
    if (!make_room(self) || !make_envs(self, &err)) {
        Py_DECREF((PyObject *)self);
        return err.status != DCAT_OK ? py_raise(&err) : PyErr_NoMemory();
    }
    return (PyObject *)self;
}

static void envs_dealloc(PyObject *object)
{
    cluster_envs *self = (cluster_envs *)object;
    py_pool_destroy(self->pool);
    for (size_t i = 0; self->envs != NULL && i < self->count; i++) {
        dcat_env_destroy(self->envs[i]);
    }
    free(self->envs);
    free(self->steps);
    free(self->episode);
    free(self->scratch);
    py_choice_free(&self->choice);
    Py_CLEAR(self->world_object);
    py_object_free(object);
}

int py_cluster_envs_add(PyObject *module)
{
    static PyMethodDef methods[] = {
        {"_step", envs_step, METH_VARARGS, "A cycle of every environment."},
        {"_reset", envs_reset, METH_VARARGS, "New episodes everywhere."},
        {"_where", envs_where, METH_NOARGS, "(cycles, seeds)"},
        {NULL, NULL, 0, NULL},
    };
    static PyType_Slot slots[] = {
        {Py_tp_new, envs_new},
        {Py_tp_dealloc, envs_dealloc},
        {Py_tp_methods, methods},
        {0, NULL},
    };
    static PyType_Spec spec = {"dcat._dcat.ClusterEnvs", sizeof(cluster_envs), 0,
                               Py_TPFLAGS_DEFAULT, slots};
    return py_type_add(module, &spec, NULL);
}

// The plain loop in C that the environments are compared with: as many environments, the same
// clusters put into force each cycle. c_loop(world, auction, labels, count, first, steps, seed)
static dcat_status loop(dcat_env **envs, size_t count, const dcat_env_config *config,
                        const int32_t *labels, unsigned steps, dcat_totals *totals, dcat_error *err)
{
    dcat_env_config own = *config;
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < count; i++, own.seed++) {
        status = dcat_env_create(&own, &envs[i], err);
    }
    for (size_t n = 0; status == DCAT_OK && n < steps * count; n++) {
        dcat_env *env = envs[n % count];
        status = dcat_env_set_clusters(env, labels, err);
        status = status == DCAT_OK ? dcat_env_step_cycle(env, totals, err) : status;
        (void)dcat_env_observe(env);
    }
    for (size_t i = 0; i < count; i++) {
        dcat_env_destroy(envs[i]);
    }
    return status;
}

PyObject *py_c_loop(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *object, *auction, *labels;
    unsigned first, steps, count;
    unsigned long long seed;
    if (!PyArg_ParseTuple(args, "O!OOIIIK", py_world_type, &object, &auction, &labels, &count,
                          &first, &steps, &seed)) {
        return NULL;
    }
    const py_world *world = (py_world *)object;
    Py_buffer view;
    size_t S = dcat_world_server_count(world->world);
    if (py_buffer_of(labels, "labels", S * sizeof(int32_t), false, &view) < 0) {
        return NULL;
    }
    py_choice choice;
    if (py_choice_make(NULL, auction, &choice) < 0) {
        PyBuffer_Release(&view);
        return NULL;
    }
    dcat_env_config config = dcat_env_config_default();
    config.world = world->world;
    config.demand = world->demand;
    config.auction = choice.policy.auction;
    config.seed = seed;
    config.cycle = first;
    dcat_env **envs = calloc(count + 1, sizeof(dcat_env *));
    dcat_error err = {0};
    dcat_totals totals = {0};
    dcat_status status = envs == NULL ? dcat_fail(&err, DCAT_ERR_MEMORY, "out of memory")
                                      : loop(envs, count, &config, view.buf, steps, &totals, &err);
    free(envs);
    py_choice_free(&choice);
    PyBuffer_Release(&view);
    return status == DCAT_OK ? PyFloat_FromDouble(dcat_totals_profit(&totals)) : py_raise(&err);
}
