// SPDX-License-Identifier: Apache-2.0
// Structs of the library as numpy sees them, from the compiler: record arrays stand on the same
// memory, without copies.

#include "py.h"

typedef struct field {
    const char *name, *code; // as numpy writes types: "f8"
    size_t offset;
} field;

typedef struct layout {
    const char *name;
    size_t size;
    const field *fields;
} layout;

// clang-format off
// Enumerations are unsigned ints.
#define CODE(type, path) \
    _Generic(((type *)0)->path, double: "f8", int32_t: "i4", int64_t: "i8", uint32_t: "u4", \
             uint64_t: "u8", bool: "?")
#define FIELD(type, path) {#path, CODE(type, path), offsetof(type, path)}
#define NAMED(type, path, name) {name, CODE(type, path), offsetof(type, path)}
// clang-format on

static const field server_fields[] = {
    NAMED(dcat_server, site.x, "x"),
    NAMED(dcat_server, site.y, "y"),
    FIELD(dcat_server, speed_hz),
    FIELD(dcat_server, core_count),
    FIELD(dcat_server, energy_cost),
    FIELD(dcat_server, time_cost_per_s),
    FIELD(dcat_server, node),
    FIELD(dcat_server, owner),
    FIELD(dcat_server, tariff_per_cycle),
    {0},
};

static const field area_fields[] = {
    NAMED(dcat_area, site.x, "x"),
    NAMED(dcat_area, site.y, "y"),
    FIELD(dcat_area, node),
    {0},
};

static const field task_fields[] = {
    FIELD(dcat_task, arrival_s),  FIELD(dcat_task, work_cycles), FIELD(dcat_task, data_bits),
    FIELD(dcat_task, deadline_s), FIELD(dcat_task, value),       FIELD(dcat_task, area),
    FIELD(dcat_task, id),         FIELD(dcat_task, class_id),    {0},
};

static const field award_fields[] = {
    FIELD(dcat_award, outcome),
    FIELD(dcat_award, cluster),
    FIELD(dcat_award, candidate_count),
    FIELD(dcat_award, round),
    FIELD(dcat_award, fee),
    FIELD(dcat_award, payment),
    FIELD(dcat_award, limit),
    FIELD(dcat_award, cost),
    FIELD(dcat_award, transfer_s),
    FIELD(dcat_award, waiting_s),
    FIELD(dcat_award, processing_s),
    FIELD(dcat_award, member_below_cost),
    FIELD(dcat_award, late),
    {0},
};

#define TOTALS_FIELDS(TYPE, AT)                                                                    \
    NAMED(TYPE, AT arrived, "arrived"), NAMED(TYPE, AT awarded, "awarded"),                        \
        NAMED(TYPE, AT no_candidate, "no_candidate"), NAMED(TYPE, AT no_bidder, "no_bidder"),      \
        NAMED(TYPE, AT all_left, "all_left"), NAMED(TYPE, AT round_limit, "round_limit"),          \
        NAMED(TYPE, AT not_admitted, "not_admitted"), NAMED(TYPE, AT no_device, "no_device"),      \
        NAMED(TYPE, AT over_value, "over_value"),                                                  \
        NAMED(TYPE, AT single_candidate, "single_candidate"),                                      \
        NAMED(TYPE, AT single_awarded, "single_awarded"), NAMED(TYPE, AT contested, "contested"),  \
        NAMED(TYPE, AT member_below_cost, "member_below_cost"), NAMED(TYPE, AT late, "late"),      \
        NAMED(TYPE, AT fee, "fee"), NAMED(TYPE, AT payment, "payment"),                            \
        NAMED(TYPE, AT cost, "cost"), NAMED(TYPE, AT transfer_s, "transfer_s"),                    \
        NAMED(TYPE, AT waiting_s, "waiting_s"), NAMED(TYPE, AT processing_s, "processing_s")

static const field totals_fields[] = {TOTALS_FIELDS(dcat_totals, ), {0}};

static const field result_fields[] = {
    TOTALS_FIELDS(dcat_run_result, totals.), FIELD(dcat_run_result, cycle_count),
    FIELD(dcat_run_result, decision_count),  FIELD(dcat_run_result, decision_s),
    FIELD(dcat_run_result, cluster_count),   {0},
};

static const field account_fields[] = {
    FIELD(dcat_server_account, busy_until_s),
    FIELD(dcat_server_account, fifo_until_s),
    FIELD(dcat_server_account, busy_s),
    FIELD(dcat_server_account, work_cycles),
    FIELD(dcat_server_account, payment),
    FIELD(dcat_server_account, cost),
    {0},
};

static const field site_fields[] = {FIELD(dcat_site, x), FIELD(dcat_site, y), {0}};

static const field link_fields[] = {
    FIELD(dcat_link, node_a),
    FIELD(dcat_link, node_b),
    FIELD(dcat_link, length_m),
    FIELD(dcat_link, rate_bps),
    {0},
};

static const field config_fields[] = {
    FIELD(dcat_world_config, geometry),
    FIELD(dcat_world_config, span_m_max),
    FIELD(dcat_world_config, slot_s),
    FIELD(dcat_world_config, slots_per_cycle),
    FIELD(dcat_world_config, market.price_per_gigacycle),
    FIELD(dcat_world_config, market.urgency_s),
    FIELD(dcat_world_config, market.energy_cost),
    FIELD(dcat_world_config, market.time_cost_per_s),
    FIELD(dcat_world_config, market.task_order),
    FIELD(dcat_world_config, market.queue),
    FIELD(dcat_world_config, market.handicap_per_gigacycle_s),
    FIELD(dcat_world_config, market.admission_per_gigacycle),
    FIELD(dcat_world_config, market.admission_per_gigacycle_s),
    FIELD(dcat_world_config, market.ceiling_on),
    FIELD(dcat_world_config, auction.rea_decrement),
    FIELD(dcat_world_config, auction.rea_round_max),
    FIELD(dcat_world_config, auction.rea_all_left),
    FIELD(dcat_world_config, auction.rea_round_end),
    FIELD(dcat_world_config, auction.one_off_offer),
    FIELD(dcat_world_config, auction.rea_s_decrement),
    FIELD(dcat_world_config, auction.ceiling_per_cycle),
    FIELD(dcat_world_config, auction.tariff_ceiling),
    FIELD(dcat_world_config, auction.opt_out),
    FIELD(dcat_world_config, network.kind),
    FIELD(dcat_world_config, network.rate_bps.min),
    FIELD(dcat_world_config, network.rate_bps.max),
    FIELD(dcat_world_config, network.signal_speed_mps),
    FIELD(dcat_world_config, network.reference_bits),
    FIELD(dcat_world_config, network.reach_s),
    FIELD(dcat_world_config, network.reach_bits),
    FIELD(dcat_world_config, network.reach_work_cycles),
    FIELD(dcat_world_config, network.hop_m),
    FIELD(dcat_world_config, network.hop_max),
    FIELD(dcat_world_config, network.access_bps.min),
    FIELD(dcat_world_config, network.access_bps.max),
    FIELD(dcat_world_config, kmeans_cluster_count),
    FIELD(dcat_world_config, kmeans_start),
    FIELD(dcat_world_config, anneal.iteration_max),
    FIELD(dcat_world_config, anneal.recluster_every),
    FIELD(dcat_world_config, anneal.temperature),
    FIELD(dcat_world_config, dear_alone),
    FIELD(dcat_world_config, guard),
    FIELD(dcat_world_config, guard_margin),
    {0},
};

static const field profile_fields[] = {
    FIELD(dcat_demand_profile, arrivals_per_slot),
    FIELD(dcat_demand_profile, work_cycles.min),
    FIELD(dcat_demand_profile, work_cycles.max),
    FIELD(dcat_demand_profile, data_bits.min),
    FIELD(dcat_demand_profile, data_bits.max),
    FIELD(dcat_demand_profile, deadline_s.min),
    FIELD(dcat_demand_profile, deadline_s.max),
    FIELD(dcat_demand_profile, value_per_gigacycle.min),
    FIELD(dcat_demand_profile, value_per_gigacycle.max),
    NAMED(dcat_demand_profile, train_step_count, "train_step_count"),
    {0},
};

static const field member_fields[] = {
    FIELD(dcat_member, speed_hz),
    FIELD(dcat_member, unit_cost),
    FIELD(dcat_member, tariff),
    {0},
};

static const field device_fields[] = {
    FIELD(dcat_device, pool),
    FIELD(dcat_device, speed_hz),
    FIELD(dcat_device, core_count),
    FIELD(dcat_device, memory_bytes),
    FIELD(dcat_device, features),
    FIELD(dcat_device, energy_cost),
    FIELD(dcat_device, time_cost_per_s),
    FIELD(dcat_device, tariff_per_cycle),
    {0},
};

static const field class_fields[] = {
    FIELD(dcat_class, pool),
    FIELD(dcat_class, memory_bytes),
    FIELD(dcat_class, memory_mode),
    FIELD(dcat_class, features),
    FIELD(dcat_class, price_per_gigacycle),
    FIELD(dcat_class, urgency_s),
    {0},
};

static const field unit_fields[] = {
    FIELD(dcat_unit, server),
    FIELD(dcat_unit, device),
    FIELD(dcat_unit, count),
    FIELD(dcat_unit, speed_hz),
    FIELD(dcat_unit, energy_cost),
    FIELD(dcat_unit, time_cost_per_s),
    FIELD(dcat_unit, tariff_per_cycle),
    {0},
};

static const layout layouts[] = {
    {"server", sizeof(dcat_server), server_fields},
    {"area", sizeof(dcat_area), area_fields},
    {"task", sizeof(dcat_task), task_fields},
    {"award", sizeof(dcat_award), award_fields},
    {"totals", sizeof(dcat_totals), totals_fields},
    {"result", sizeof(dcat_run_result), result_fields},
    {"account", sizeof(dcat_server_account), account_fields},
    {"site", sizeof(dcat_site), site_fields},
    {"link", sizeof(dcat_link), link_fields},
    {"world_config", sizeof(dcat_world_config), config_fields},
    {"profile", sizeof(dcat_demand_profile), profile_fields},
    {"member", sizeof(dcat_member), member_fields},
    {"device", sizeof(dcat_device), device_fields},
    {"class", sizeof(dcat_class), class_fields},
    {"unit", sizeof(dcat_unit), unit_fields},
};

static PyObject *fields_of(const field *fields)
{
    PyObject *list = PyList_New(0);
    for (; list != NULL && fields->name != NULL; fields++) {
        PyObject *row =
            Py_BuildValue("(ssn)", fields->name, fields->code, (Py_ssize_t)fields->offset);
        if (row == NULL || PyList_Append(list, row) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(row);
    }
    return list;
}

PyObject *py_layouts(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    PyObject *all = PyDict_New();
    for (size_t i = 0; all != NULL && i < sizeof layouts / sizeof layouts[0]; i++) {
        PyObject *row =
            Py_BuildValue("(nN)", (Py_ssize_t)layouts[i].size, fields_of(layouts[i].fields));
        if (row == NULL || PyDict_SetItemString(all, layouts[i].name, row) < 0) {
            Py_CLEAR(all);
        }
        Py_XDECREF(row);
    }
    return all;
}
