// SPDX-License-Identifier: Apache-2.0
// DispatchEnvs: many markets in one world, stepped slot by slot by an agent that names a cluster
// and a price for every task.
//
// The agent is an auction rule to the market: the cluster that it names is asked whether it accepts
// the price, and nobody else. So all that the market does around an auction (deadlines, users'
// values, queues) holds here, too.

#include "py.h"

#include "dcat/x/clock.h"
#include "dcat/x/task_auction.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct agent {
    const int32_t *cluster; // [N] that this slot's tasks are offered to; none: anything else
    const double *price;    // [N]
    dcat_award *awards;     // [N] Nullable: what became of them
    int32_t n;              // the task that is auctioned
    double handicap;        // of the named cluster for it
    dcat_plugged_auction *auction;
    dcat_env *env;
    uint64_t seed; // of this episode's arrivals
    uint32_t step, episode;
} agent;

typedef struct dispatch_envs {
    PyObject_HEAD PyObject *world_object;
    py_world *world;
    py_choice choice; // the clusterer
    py_episodes episodes;
    uint32_t horizon; // slots
    agent *agents;    // [count]
    size_t count, N, C;
    dcat_task *tasks; // [thread_count, N]
    py_pool *pool;
    int thread_count;
    bool busy, playing;
} dispatch_envs;

// What is seen of the slot that comes next: arrays with a first axis of environments.
typedef struct sight {
    int32_t *count;                       // [E]
    float *slack_s;                       // [E, N, C]
    double *limit;                        // [E, N, C]
    double *fee, *work, *data, *deadline; // [E, N]
    int32_t *class_id;                    // [E, N]
} sight;

typedef struct turn {
    dispatch_envs *self;
    const int32_t *cluster;
    const double *price;
    sight seen, final;
    double *reward;
    bool *truncated;
    dcat_totals *totals;
    dcat_award *awards; // [E, N]
    py_watch watch;
    atomic_bool stop, failed;
    dcat_error err;
} turn;

// --- the agent as a rule

static void before_task(void *user, const dcat_slot_record *slot, int32_t n)
{
    agent *a = user;
    a->n = n;
    a->handicap = 0.0;
    int32_t k = a->cluster[n];
    if (k >= 0 && k < dcat_state_cluster_count(slot->state)) {
        dcat_offer offer = dcat_state_offer(slot->state, slot->now_s, &slot->tasks[n], k);
        a->handicap = offer.bid - offer.limit;
    }
}

static bool after_slot(void *user, const dcat_slot_record *slot)
{
    const agent *a = user;
    memcpy(a->awards, slot->awards, slot->task_count * sizeof *a->awards);
    return true;
}

// Choice: a price above the reserve is cut to it, since the platform never pays more.
static dcat_auction_result run(void *user, const dcat_auction_rules *rules,
                               const dcat_auction_input *input)
{
    const agent *a = user;
    const dcat_auction_result nobody = {.outcome = DCAT_AUCTION_NO_BIDDER, .winner = -1};
    double reserve = dcat_auction_reserve(&rules->config, input->fee, input->work_cycles);
    double price = a->price[a->n] + a->handicap;
    price = price < reserve ? price : reserve;
    for (size_t i = 0; i < input->bidder_count; i++) {
        if (input->cluster[i] == a->cluster[a->n]) {
            return price >= input->bid[i] ? (dcat_auction_result){.outcome = DCAT_AUCTION_SOLD,
                                                                  .winner = (int)i,
                                                                  .clearing_price = price}
                                          : nobody;
        }
    }
    return nobody;
}

// --- what is seen

static void see_task(const dispatch_envs *self, const dcat_state *state, double now_s,
                     double bound_s, const dcat_task *task, float *slack_s, double *limit)
{
    size_t count = (size_t)dcat_state_cluster_count(state);
    for (size_t k = 0; k < self->C; k++) {
        slack_s[k] = (float)-bound_s;
        limit[k] = 0.0;
        if (k >= count) {
            continue;
        }
        dcat_offer offer = dcat_state_offer(state, now_s, task, (int32_t)k);
        limit[k] = offer.limit;
        if (offer.feasible) {
            double slack =
                task->deadline_s - offer.transfer_s - offer.waiting_s - offer.processing_s;
            slack_s[k] = (float)(slack < 0.0 ? 0.0 : slack < bound_s ? slack : bound_s);
        }
    }
}

static void see(dispatch_envs *self, const sight *s, size_t i, int thread)
{
    const agent *a = &self->agents[i];
    const dcat_world *world = self->world->world;
    const dcat_world_config *config = dcat_world_config_view(world);
    uint32_t cycle = dcat_env_cycle(a->env), slot = dcat_env_slot(a->env);
    dcat_task *tasks = self->tasks + (size_t)thread * self->N;
    // Behind the last cycle of all an ended episode sees no tasks.
    bool any = cycle < dcat_demand_cycle_count(self->world->demand);
    size_t count =
        any ? dcat_demand_slot(self->world->demand, world, a->seed, cycle, slot, 0, tasks) : 0;
    double now_s = dcat_world_slot_start_s(world, cycle, slot);
    double bound_s = config->slot_s * config->slots_per_cycle;
    s->count[i] = (int32_t)count;
    for (size_t n = 0; n < self->N; n++) {
        size_t at = i * self->N + n, row = at * self->C;
        static const dcat_task none = {0};
        const dcat_task *task = n < count ? &tasks[n] : &none;
        s->work[at] = task->work_cycles * 1e-9;
        s->data[at] = task->data_bits * 1e-6;
        s->deadline[at] = task->deadline_s;
        s->class_id[at] = task->class_id;
        s->fee[at] = n < count ? py_fee(world, task) : 0.0;
        if (n < count) {
            see_task(self, dcat_env_state_view(a->env), now_s, bound_s, task, s->slack_s + row,
                     s->limit + row);
            continue;
        }
        for (size_t k = 0; k < self->C; k++) {
            s->slack_s[row + k] = (float)-bound_s;
            s->limit[row + k] = 0.0;
        }
    }
}

// --- one environment's turn

static void fail(turn *t, const dcat_error *err)
{
    bool expected = false;
    if (atomic_compare_exchange_strong(&t->failed, &expected, true)) {
        t->err = *err;
    }
    atomic_store(&t->stop, true);
}

static dcat_status begin(dispatch_envs *self, size_t i, dcat_error *err)
{
    agent *a = &self->agents[i];
    a->step = 0;
    dcat_status status = py_episode_begin(&self->episodes, a->env, i, a->episode, err);
    a->seed = dcat_env_observe(a->env).seed;
    return status;
}

static dcat_status decide(const agent *a, dcat_error *err)
{
    return dcat_env_decision_due(a->env) ? dcat_env_decide(a->env, err) : DCAT_OK;
}

static void step_one(void *user, size_t i, int thread)
{
    turn *t = user;
    dispatch_envs *self = t->self;
    agent *a = &self->agents[i];
    a->cluster = t->cluster + i * self->N;
    a->price = t->price + i * self->N;
    a->awards = t->awards + i * self->N;
    memset(a->awards, 0, self->N * sizeof *a->awards);
    dcat_error err = {0};
    dcat_totals totals = {0};
    dcat_status status = dcat_env_step_slot(a->env, &totals, &err);
    t->totals[i] = totals;
    t->reward[i] = dcat_totals_profit(&totals);
    t->truncated[i] = ++a->step == self->horizon;
    if (status == DCAT_OK && t->truncated[i]) {
        see(self, &t->final, i, thread);
        a->episode++;
        status = begin(self, i, &err);
    }
    if (status == DCAT_OK) {
        status = decide(a, &err);
    }
    if (status != DCAT_OK) {
        fail(t, &err);
        return;
    }
    see(t->self, &t->seen, i, thread);
}

static void reset_one(void *user, size_t i, int thread)
{
    turn *t = user;
    dcat_error err = {0};
    dcat_status status = begin(t->self, i, &err);
    if (status == DCAT_OK) {
        status = decide(&t->self->agents[i], &err);
    }
    if (status != DCAT_OK) {
        fail(t, &err);
        return;
    }
    see(t->self, &t->seen, i, thread);
}

// --- called from Python

#define SIGHT_FIELDS 8

// A tuple of the arrays of a sight.
static int take_sight(const dispatch_envs *self, py_views *v, PyObject *tuple, sight *s)
{
    size_t E = self->count, N = self->N, C = self->C;
    const size_t bytes[SIGHT_FIELDS] = {E * sizeof(int32_t),        E * N * C * sizeof(float),
                                        E * N * C * sizeof(double), E * N * sizeof(double),
                                        E * N * sizeof(double),     E * N * sizeof(double),
                                        E * N * sizeof(double),     E * N * sizeof(int32_t)};
    int first = v->taken;
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != SIGHT_FIELDS) {
        PyErr_SetString(PyExc_TypeError, "a tuple of arrays is needed");
        return -1;
    }
    for (int i = 0; i < SIGHT_FIELDS; i++) {
        if (py_view_take(v, PyTuple_GetItem(tuple, i), "an array of what is seen", bytes[i], true) <
            0) {
            return -1;
        }
    }
    const Py_buffer *b = &v->view[first];
    *s = (sight){b[0].buf, b[1].buf, b[2].buf, b[3].buf, b[4].buf, b[5].buf, b[6].buf, b[7].buf};
    return 0;
}

static int take_turn(turn *t, void (*item)(void *user, size_t i, int thread))
{
    dispatch_envs *self = t->self;
    if (self->busy) {
        PyErr_SetString(PyExc_RuntimeError, "this environment is being stepped by another thread");
        return -1;
    }
    self->busy = true;
    py_watch_begin(&t->watch);
    py_pool_run(self->pool, item, t, self->count, &t->watch, &t->stop);
    int interrupted = py_watch_end(&t->watch);
    self->busy = false;
    bool failed = atomic_load(&t->failed);
    if (failed && interrupted == 0) {
        py_choice_raise(&self->choice, &t->err);
    }
    self->playing = interrupted == 0 && !failed;
    return self->playing ? 0 : -1;
}

// _step(cluster, price, seen, final, reward, truncated, totals, awards)
static PyObject *envs_step(PyObject *object, PyObject *args)
{
    dispatch_envs *self = (dispatch_envs *)object;
    PyObject *cluster, *price, *seen, *final, *reward, *truncated, *totals, *awards;
    if (!PyArg_ParseTuple(args, "OOOOOOOO", &cluster, &price, &seen, &final, &reward, &truncated,
                          &totals, &awards)) {
        return NULL;
    }
    if (!self->playing) {
        PyErr_SetString(PyExc_RuntimeError,
                        "call reset() first: there is no episode, or it was interrupted");
        return NULL;
    }
    size_t E = self->count, N = self->N;
    py_views v = {0};
    turn t = {.self = self};
    int result = -1;
    if (py_view_take(&v, cluster, "cluster", E * N * sizeof(int32_t), false) == 0 &&
        py_view_take(&v, price, "price", E * N * sizeof(double), false) == 0 &&
        py_view_take(&v, reward, "reward", E * sizeof(double), true) == 0 &&
        py_view_take(&v, truncated, "truncated", E * sizeof(bool), true) == 0 &&
        py_view_take(&v, totals, "totals", E * sizeof(dcat_totals), true) == 0 &&
        py_view_take(&v, awards, "awards", E * N * sizeof(dcat_award), true) == 0 &&
        take_sight(self, &v, seen, &t.seen) == 0 && take_sight(self, &v, final, &t.final) == 0) {
        t.cluster = v.view[0].buf;
        t.price = v.view[1].buf;
        t.reward = v.view[2].buf;
        t.truncated = v.view[3].buf;
        t.totals = v.view[4].buf;
        t.awards = v.view[5].buf;
        result = take_turn(&t, step_one);
    }
    py_views_release(&v);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

// _reset(seed or None, seen)
static PyObject *envs_reset(PyObject *object, PyObject *args)
{
    dispatch_envs *self = (dispatch_envs *)object;
    PyObject *seed, *seen;
    if (!PyArg_ParseTuple(args, "OO", &seed, &seen)) {
        return NULL;
    }
    py_views v = {0};
    turn t = {.self = self};
    int result = take_sight(self, &v, seen, &t.seen);
    if (result == 0) {
        if (seed != Py_None) {
            self->episodes.seed = PyLong_AsUnsignedLongLongMask(seed);
        }
        for (size_t i = 0; i < self->count; i++) {
            self->agents[i].episode = seed != Py_None ? 0 : self->agents[i].episode + 1;
        }
        result = take_turn(&t, reset_one);
    }
    py_views_release(&v);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

// --- made and destroyed

static dcat_status make_agent(dispatch_envs *self, agent *a, dcat_limit_rule limit, dcat_error *err)
{
    const dcat_plugin_auction rule = {.size = sizeof rule,
                                      .name = "agent",
                                      .summary = "named cluster, named price",
                                      .limit = limit,
                                      .run = run};
    dcat_status status = dcat_plugged_auction_of(&rule, a, &a->auction, err);
    if (status != DCAT_OK) {
        return status;
    }
    dcat_env_config config = dcat_env_config_default();
    config.world = self->world->world;
    config.demand = self->world->demand;
    config.auction = dcat_plugged_auction_row(a->auction);
    config.clusterer = self->choice.policy.clusterer;
    config.model = self->choice.policy.model;
    config.cycle = self->episodes.cycles.first;
    status = dcat_env_create(&config, &a->env, err);
    if (status == DCAT_OK) {
        const dcat_env_hooks hooks = {
            .user = a, .before_task = before_task, .after_slot = after_slot};
        dcat_env_set_hooks(a->env, &hooks);
    }
    return status;
}

static bool make_room(dispatch_envs *self)
{
    self->N = dcat_demand_slot_task_max(self->world->demand);
    self->C = dcat_world_server_count(self->world->world);
    self->agents = calloc(self->count, sizeof *self->agents);
    self->tasks = calloc((size_t)self->thread_count * self->N + 1, sizeof *self->tasks);
    self->pool = py_pool_create(self->thread_count);
    return self->agents != NULL && self->tasks != NULL && self->pool != NULL;
}

static void take_horizon(dispatch_envs *self)
{
    uint32_t slots = (uint32_t)dcat_world_config_view(self->world->world)->slots_per_cycle;
    self->episodes.cycle_count = self->horizon / slots + (self->horizon % slots != 0);
}

// DispatchEnvs(world, clusterer, limit, count, horizon, first, cycles, threads)
static PyObject *envs_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)keywords;
    PyObject *world, *clusterer;
    Py_ssize_t count;
    unsigned horizon, first, cycles;
    int thread_count, mean;
    if (!PyArg_ParseTuple(args, "O!OpnIIIi", py_world_type, &world, &clusterer, &mean, &count,
                          &horizon, &first, &cycles, &thread_count)) {
        return NULL;
    }
    if (count < 1 || thread_count < 1 || horizon < 1) {
        PyErr_SetString(PyExc_ValueError, "num_envs, horizon and threads must be at least 1");
        return NULL;
    }
    dispatch_envs *self = (dispatch_envs *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (self == NULL) {
        return NULL;
    }
    self->world_object = Py_NewRef(world);
    self->world = (py_world *)world;
    self->horizon = horizon;
    self->count = (size_t)count;
    self->episodes.cycles = (dcat_cycle_span){first, cycles};
    take_horizon(self);
    PyObject *auction = PyUnicode_FromString("rea-s"); // for a policy that is shipped
    int failed = auction == NULL || py_episodes_check(&self->episodes, self->world) < 0 ||
                 py_choice_make(clusterer, auction, &self->choice) < 0;
    Py_XDECREF(auction);
    py_choice_set_world(&self->choice, world);
    self->thread_count = self->choice.calls_python ? 1 : thread_count;
    dcat_error err = {0};
    if (!failed && !make_room(self)) {
        PyErr_NoMemory();
        failed = true;
    }
    for (size_t i = 0; !failed && i < self->count; i++) {
        dcat_limit_rule limit = mean ? DCAT_LIMIT_MEAN : DCAT_LIMIT_MAX;
        if (make_agent(self, &self->agents[i], limit, &err) != DCAT_OK) {
            py_raise(&err);
            failed = true;
        }
    }
    if (failed) {
        Py_DECREF((PyObject *)self);
        return NULL;
    }
    return (PyObject *)self;
}

static void envs_dealloc(PyObject *object)
{
    dispatch_envs *self = (dispatch_envs *)object;
    py_pool_destroy(self->pool);
    for (size_t i = 0; self->agents != NULL && i < self->count; i++) {
        dcat_env_destroy(self->agents[i].env);
        dcat_plugged_auction_close(self->agents[i].auction);
    }
    free(self->agents);
    free(self->tasks);
    py_choice_free(&self->choice);
    Py_CLEAR(self->world_object);
    py_object_free(object);
}

static PyObject *envs_shape(PyObject *object, PyObject *unused)
{
    (void)unused;
    const dispatch_envs *self = (dispatch_envs *)object;
    return Py_BuildValue("(nnn)", (Py_ssize_t)self->count, (Py_ssize_t)self->N,
                         (Py_ssize_t)self->C);
}

int py_dispatch_envs_add(PyObject *module)
{
    static PyMethodDef methods[] = {
        {"_step", envs_step, METH_VARARGS, "A slot of every environment."},
        {"_reset", envs_reset, METH_VARARGS, "New episodes everywhere."},
        {"_shape", envs_shape, METH_NOARGS, "(E, N, C)"},
        {NULL, NULL, 0, NULL},
    };
    static PyType_Slot slots[] = {
        {Py_tp_new, envs_new},
        {Py_tp_dealloc, envs_dealloc},
        {Py_tp_methods, methods},
        {0, NULL},
    };
    static PyType_Spec spec = {"dcat._dcat.DispatchEnvs", sizeof(dispatch_envs), 0,
                               Py_TPFLAGS_DEFAULT, slots};
    return py_type_add(module, &spec, NULL);
}
