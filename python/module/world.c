// SPDX-License-Identifier: Apache-2.0
// World: immutable, shared by any number of environments, runs and threads.

#include "py.h"

#include <stdlib.h>
#include <string.h>

PyTypeObject *py_world_type;

static py_world *allocate(PyTypeObject *type)
{
    allocfunc allocate_object = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    return (py_world *)allocate_object(type, 0);
}

// --- from a scenario

PyObject *py_world_of_scenario(PyObject *scenario, dcat_world *world)
{
    // The package's class, which has the methods that people see.
    PyObject *class = PyObject_GetAttrString(scenario, "_world_class");
    py_world *self = class != NULL ? allocate((PyTypeObject *)class) : NULL;
    Py_XDECREF(class);
    if (self == NULL) {
        dcat_world_destroy(world);
        return NULL;
    }
    const dcat_scenario *s = py_scenario_of(scenario);
    self->world = world;
    self->demand = dcat_scenario_demand_view(s);
    Py_INCREF(scenario);
    self->scenario = scenario;
    self->share = Py_XNewRef(py_scenario_share(scenario));
    self->train = dcat_scenario_train_cycles(s);
    self->validate = dcat_scenario_validate_cycles(s);
    self->test = dcat_scenario_test_cycles(s);
    return (PyObject *)self;
}

// --- from arrays

typedef struct arrays {
    Py_buffer config, servers, areas, nodes, links, tasks, profile, weight;
    Py_buffer devices, classes, efficiency, units, true_speed;
} arrays;

static size_t count_of(const Py_buffer *view, size_t size)
{
    return (size_t)view->len / size;
}

static dcat_status make_demand(const arrays *a, const dcat_world_config *config, size_t area_count,
                               dcat_demand **demand, dcat_error *err)
{
    if (a->profile.len == 0) {
        return dcat_demand_create_tasks(a->tasks.buf, count_of(&a->tasks, sizeof(dcat_task)),
                                        area_count, config->slot_s, config->slots_per_cycle, demand,
                                        err);
    }
    dcat_demand_profile profile;
    memcpy(&profile, a->profile.buf, sizeof profile);
    profile.size = sizeof profile;
    profile.weight = a->weight.buf;
    profile.area_count = area_count;
    profile.step_count = count_of(&a->weight, sizeof(double)) / area_count;
    return dcat_demand_create_profile(&profile, demand, err);
}

// What servers can do for each class of work; NULL where the arrays know no classes.
static dcat_status make_resources(const arrays *a, const dcat_market_config *market,
                                  size_t server_count, dcat_resources **resources, dcat_error *err)
{
    if (a->classes.len == 0) {
        return DCAT_OK;
    }
    const dcat_resources_config config = {
        DCAT_SIZED(dcat_resources_config),
        .devices = a->devices.buf,
        .device_count = count_of(&a->devices, sizeof(dcat_device)),
        .classes = a->classes.buf,
        .class_count = count_of(&a->classes, sizeof(dcat_class)),
        .efficiency = a->efficiency.buf,
        .units = a->units.buf,
        .unit_count = count_of(&a->units, sizeof(dcat_unit)),
        .server_count = server_count,
        .energy_cost = market->energy_cost,
        .time_cost_per_s = market->time_cost_per_s,
    };
    return dcat_resources_create(&config, resources, err);
}

static dcat_status make(const arrays *a, const dcat_share *share, uint64_t seed, dcat_world **world,
                        dcat_demand **demand, dcat_error *err)
{
    dcat_world_config config;
    memcpy(&config, a->config.buf, sizeof config);
    config.network.nodes = a->nodes.buf;
    config.network.node_count = count_of(&a->nodes, sizeof(dcat_site));
    config.network.links = a->links.buf;
    config.network.link_count = count_of(&a->links, sizeof(dcat_link));
    config.auction.share = share;
    size_t area_count = count_of(&a->areas, sizeof(dcat_area));
    size_t server_count = count_of(&a->servers, sizeof(dcat_server));
    dcat_resources *resources = NULL;
    dcat_status status = make_resources(a, &config.market, server_count, &resources, err);
    config.resources = resources;
    config.true_speed_hz = a->true_speed.len > 0 ? a->true_speed.buf : NULL;
    if (status == DCAT_OK) {
        status = dcat_world_create(&config, a->servers.buf, server_count, a->areas.buf, area_count,
                                   seed, world, err);
    }
    dcat_resources_destroy(resources);
    if (status == DCAT_OK) {
        status = make_demand(a, &config, area_count, demand, err);
    }
    if (status == DCAT_OK) {
        status = dcat_demand_check(*demand, *world, 0, 1, err);
    }
    return status;
}

static void release(arrays *a)
{
    Py_buffer *all[] = {&a->config,     &a->servers, &a->areas,     &a->nodes,   &a->links,
                        &a->tasks,      &a->profile, &a->weight,    &a->devices, &a->classes,
                        &a->efficiency, &a->units,   &a->true_speed};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        PyBuffer_Release(all[i]);
    }
}

// By name, or a Share.
static const dcat_share *share_of(PyObject *object)
{
    if (!PyUnicode_Check(object)) {
        return py_share_row(object);
    }
    const char *name = PyUnicode_AsUTF8AndSize(object, NULL);
    const dcat_share *share = name != NULL ? dcat_share_find(name) : NULL;
    if (share == NULL && name != NULL) {
        dcat_error err = {0};
        dcat_fail(&err, DCAT_ERR_NOT_FOUND, "no share is called '%s'", name);
        py_raise(&err);
    }
    return share;
}

// World(config, servers, areas, nodes, links, tasks, profile, weight, devices, classes, efficiency,
// units, true speeds, share, seed): bytes of the structs, and the name of a share or a Share.
static PyObject *world_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)keywords;
    arrays a = {0};
    PyObject *share_object;
    unsigned long long seed;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*y*y*y*y*y*y*y*OK", &a.config, &a.servers, &a.areas,
                          &a.nodes, &a.links, &a.tasks, &a.profile, &a.weight, &a.devices,
                          &a.classes, &a.efficiency, &a.units, &a.true_speed, &share_object,
                          &seed)) {
        return NULL;
    }
    const dcat_share *share = share_of(share_object);
    if (share == NULL) {
        release(&a);
        return NULL;
    }
    dcat_world *world = NULL;
    dcat_demand *demand = NULL;
    dcat_error err = {0};
    if (a.config.len != sizeof(dcat_world_config) ||
        (a.profile.len != 0 && a.profile.len != sizeof(dcat_demand_profile)) || a.areas.len == 0) {
        dcat_fail(&err, DCAT_ERR_RANGE, "a world needs a configuration and at least one area");
    } else {
        Py_BEGIN_ALLOW_THREADS;
        err.status = make(&a, share, seed, &world, &demand, &err);
        Py_END_ALLOW_THREADS;
    }
    release(&a);
    py_world *self = err.status == DCAT_OK ? allocate(type) : (py_world *)py_raise(&err);
    if (self == NULL) {
        dcat_world_destroy(world);
        dcat_demand_destroy(demand);
        return NULL;
    }
    self->world = world;
    self->demand = self->own_demand = demand;
    self->share = PyUnicode_Check(share_object) ? NULL : Py_NewRef(share_object);
    dcat_cycle_span all = {0, (uint32_t)dcat_demand_cycle_count(demand)};
    self->train = self->validate = self->test = all;
    return (PyObject *)self;
}

static void world_dealloc(PyObject *object)
{
    py_world *self = (py_world *)object;
    Py_CLEAR(self->pair_block);
    dcat_world_destroy(self->world);
    dcat_demand_destroy(self->own_demand);
    Py_CLEAR(self->scenario);
    Py_CLEAR(self->share);
    free(self->far);
    py_object_free(object);
}

// --- pairs that may be one cluster

// Beyond this the list of pairs itself is no form to learn in (over a gigabyte).
#define SERVERS_MAX 16384

static bool make_pairs(const dcat_world *world, int32_t **pairs, size_t *count, uint64_t *far,
                       size_t words)
{
    int S = (int)dcat_world_server_count(world);
    double span_m_max = dcat_world_config_view(world)->span_m_max;
    size_t room = 64;
    *pairs = malloc(room * 2 * sizeof **pairs);
    *count = 0;
    for (int i = 0; *pairs != NULL && i < S; i++) {
        for (int j = i + 1; j < S; j++) {
            if (dcat_world_distance_m(world, i, j) > span_m_max) {
                far[(size_t)i * words + (size_t)j / 64] |= UINT64_C(1) << (j % 64);
                far[(size_t)j * words + (size_t)i / 64] |= UINT64_C(1) << (i % 64);
                continue;
            }
            if (*count == room) {
                room *= 2;
                int32_t *more = realloc(*pairs, room * 2 * sizeof **pairs);
                if (more == NULL) {
                    free(*pairs);
                    *pairs = NULL;
                    return false;
                }
                *pairs = more;
            }
            (*pairs)[2 * *count] = i;
            (*pairs)[2 * (*count)++ + 1] = j;
        }
    }
    return *pairs != NULL;
}

int py_world_need_pairs(py_world *self)
{
    if (self->pair_block != NULL) {
        return 0;
    }
    size_t S = dcat_world_server_count(self->world);
    if (S > SERVERS_MAX) {
        PyErr_Format(PyExc_ValueError, "pairs are listed in worlds of up to %d servers, not %zu",
                     SERVERS_MAX, S);
        return -1;
    }
    size_t words = (S + 63) / 64;
    uint64_t *far = calloc(S * words, sizeof *far);
    int32_t *pairs = NULL;
    size_t count = 0;
    bool made = far != NULL;
    Py_BEGIN_ALLOW_THREADS;
    made = made && make_pairs(self->world, &pairs, &count, far, words);
    Py_END_ALLOW_THREADS;
    if (!made) {
        free(far);
        PyErr_NoMemory();
        return -1;
    }
    if (self->pair_block != NULL) { // another thread was faster
        free(far);
        free(pairs);
        return 0;
    }
    PyObject *block =
        py_block(pairs, (Py_ssize_t)(count * 2 * sizeof *pairs), sizeof *pairs, "i", NULL);
    if (block == NULL) {
        free(far);
        return -1;
    }
    self->far = far;
    self->words = words;
    self->pairs = pairs;
    self->pair_count = count;
    self->pair_block = block;
    return 0;
}

// --- views

static PyObject *world_arrays(PyObject *object, PyObject *unused)
{
    (void)unused;
    const dcat_world *w = ((py_world *)object)->world;
    size_t S = dcat_world_server_count(w), A = dcat_world_area_count(w);
    Py_ssize_t server_bytes = (Py_ssize_t)(S * sizeof(dcat_server));
    Py_ssize_t area_bytes = (Py_ssize_t)(A * sizeof(dcat_area));
    return Py_BuildValue("(NNNN)",
                         py_block((void *)dcat_world_servers_view(w), server_bytes, 1, "B", object),
                         py_block((void *)dcat_world_areas_view(w), area_bytes, 1, "B", object),
                         py_block((void *)dcat_world_unit_cost_view(w),
                                  (Py_ssize_t)(S * sizeof(double)), sizeof(double), "d", object),
                         PyBytes_FromStringAndSize((const char *)dcat_world_config_view(w),
                                                   sizeof(dcat_world_config)));
}

// Members of each class as records, the classes, and the queue that each waits in.
static PyObject *world_classes(PyObject *object, PyObject *unused)
{
    (void)unused;
    const dcat_world *w = ((py_world *)object)->world;
    const dcat_world_config *config = dcat_world_config_view(w);
    size_t S = dcat_world_server_count(w), Q = dcat_world_class_count(w);
    const dcat_class plain = {.pool = DCAT_POOL_CPU,
                              .price_per_gigacycle = config->market.price_per_gigacycle,
                              .urgency_s = config->market.urgency_s};
    const dcat_class *classes =
        config->resources != NULL ? dcat_resources_classes_view(config->resources) : &plain;
    PyObject *queues = PyList_New(0);
    for (size_t q = 0; queues != NULL && q < Q; q++) {
        PyObject *queue = PyLong_FromSize_t(dcat_world_queue_of(w, (int32_t)q));
        if (queue == NULL || PyList_Append(queues, queue) < 0) {
            Py_CLEAR(queues);
        }
        Py_XDECREF(queue);
    }
    return Py_BuildValue(
        "(NNN)",
        py_block((void *)dcat_world_members_view(w), (Py_ssize_t)(Q * S * sizeof(dcat_member)), 1,
                 "B", object),
        PyBytes_FromStringAndSize((const char *)classes, (Py_ssize_t)(Q * sizeof *classes)),
        queues);
}

static PyObject *world_pairs(PyObject *object, PyObject *unused)
{
    (void)unused;
    py_world *self = (py_world *)object;
    if (py_world_need_pairs(self) < 0) {
        return NULL;
    }
    Py_INCREF(self->pair_block);
    return self->pair_block;
}

static PyObject *world_facts(PyObject *object, PyObject *unused)
{
    (void)unused;
    const py_world *self = (py_world *)object;
    return Py_BuildValue("{s:K,s:n,s:n,s:O,s:(II),s:(II),s:(II)}", "seed",
                         (unsigned long long)dcat_world_seed(self->world), "cycle_count",
                         (Py_ssize_t)dcat_demand_cycle_count(self->demand), "slot_task_max",
                         (Py_ssize_t)dcat_demand_slot_task_max(self->demand), "scenario",
                         self->scenario != NULL ? self->scenario : Py_None, "train_cycles",
                         self->train.first, self->train.count, "validate_cycles",
                         self->validate.first, self->validate.count, "test_cycles",
                         self->test.first, self->test.count);
}

// distances() and paths(): whole matrices, by the functions of the library.
static PyObject *world_matrix(PyObject *object, PyObject *args)
{
    const dcat_world *w = ((py_world *)object)->world;
    int paths;
    if (!PyArg_ParseTuple(args, "p", &paths)) {
        return NULL;
    }
    int S = (int)dcat_world_server_count(w), A = (int)dcat_world_area_count(w);
    size_t rows = (size_t)(paths ? A : S), width = (size_t)(paths ? 3 : 1);
    double *matrix = calloc(rows * (size_t)S * width, sizeof *matrix);
    if (matrix == NULL) {
        return PyErr_NoMemory();
    }
    Py_BEGIN_ALLOW_THREADS;
    for (int i = 0; i < (int)rows; i++) {
        for (int j = 0; j < S; j++) {
            double *at = &matrix[((size_t)i * (size_t)S + (size_t)j) * width];
            if (paths) {
                dcat_path path = dcat_world_path(w, i, j);
                at[0] = path.seconds_per_bit;
                at[1] = path.propagation_s;
                at[2] = path.hop_count;
            } else {
                at[0] = dcat_world_distance_m(w, i, j);
            }
        }
    }
    Py_END_ALLOW_THREADS;
    return py_block(matrix, (Py_ssize_t)(rows * (size_t)S * width * sizeof *matrix), sizeof *matrix,
                    "d", NULL);
}

// The tasks of one slot.
static PyObject *world_tasks(PyObject *object, PyObject *args)
{
    const py_world *self = (py_world *)object;
    unsigned long long seed;
    unsigned cycle, slot;
    if (!PyArg_ParseTuple(args, "KII", &seed, &cycle, &slot)) {
        return NULL;
    }
    dcat_error err = {0};
    int slot_count = dcat_world_config_view(self->world)->slots_per_cycle;
    if (dcat_demand_check(self->demand, self->world, cycle, 1, &err) != DCAT_OK) {
        return py_raise(&err);
    }
    if (slot >= (unsigned)slot_count) {
        PyErr_Format(PyExc_ValueError, "slot must be in [0, %d), got %u", slot_count, slot);
        return NULL;
    }
    dcat_task *tasks = calloc(dcat_demand_slot_task_max(self->demand) + 1, sizeof *tasks);
    if (tasks == NULL) {
        return PyErr_NoMemory();
    }
    size_t count = dcat_demand_slot(self->demand, self->world, seed, cycle, slot, 0, tasks);
    return py_block(tasks, (Py_ssize_t)(count * sizeof *tasks), 1, "B", NULL);
}

int py_world_add(PyObject *module)
{
    static PyMethodDef methods[] = {
        {"_arrays", world_arrays, METH_NOARGS, "servers, areas, unit costs, configuration"},
        {"_classes", world_classes, METH_NOARGS, "members, classes, queues"},
        {"_pairs", world_pairs, METH_NOARGS, "pairs within the span limit"},
        {"_facts", world_facts, METH_NOARGS, "numbers about it"},
        {"_matrix", world_matrix, METH_VARARGS, "distances, or paths"},
        {"_tasks", world_tasks, METH_VARARGS, "tasks of a slot"},
        {NULL, NULL, 0, NULL},
    };
    static PyType_Slot slots[] = {
        {Py_tp_new, world_new},
        {Py_tp_dealloc, world_dealloc},
        {Py_tp_methods, methods},
        {0, NULL},
    };
    static PyType_Spec spec = {"dcat._dcat.World", sizeof(py_world), 0,
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
    return py_type_add(module, &spec, &py_world_type);
}
