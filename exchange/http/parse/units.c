// SPDX-License-Identifier: Apache-2.0
// Devices of servers, and classes of tasks.
#include "exchange/http/parse/units.h"

#include <math.h>
#include <string.h>

#define GIGA 1e9
#define EXACT_MAX 9007199254740992.0 // 2^53
enum { COUNT_MOST = 1000000 };

const char *const http_pools[DCAT_POOL_COUNT] = {
#define POOL_WORD(name, text) [DCAT_POOL_##name] = text,
    DCAT_POOL_LIST(POOL_WORD)
#undef POOL_WORD
};

const char *const http_pers[PER_COUNT] = {[PER_FORMULA] = "formula",
                                          [PER_CORE_HOUR] = "core-hour",
                                          [PER_CARD_HOUR] = "card-hour",
                                          [PER_NODE_HOUR] = "node-hour",
                                          [PER_GIGACYCLE] = "giga-cycle"};

static const exchange_setup *setup_of(const http_request *r)
{
    return exchange_store_setup_view(live_store(r->server->live));
}

static bool find(const char *name, const char *const *names, size_t count, int32_t *index)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0) {
            *index = (int32_t)i;
            return true;
        }
    }
    return false;
}

// {"amount": "1.98", "per": "card-hour"}; may be left out.
static bool parse_tariff(fields *of, exchange_unit *unit, http_problem *problem)
{
    const json_t *object = fields_object(of, "tariff", false);
    if (object == NULL) {
        return problem->code == PROBLEM_NONE;
    }
    fields f = fields_of(object, "tariff.", problem);
    const char *amount = fields_text(&f, "amount", true, 20);
    unit->tariff_per = fields_word(&f, "per", &http_pers[1], PER_COUNT - 1, -1) + 1;
    if (!fields_end(&f)) {
        return false;
    }
    return (parse_amount(amount, &unit->tariff) && unit->tariff > 0) ||
           http_refuse(problem, PROBLEM_OUT_OF_RANGE,
                       "tariff.amount must be a decimal above 0, such as \"1.98\"");
}

static bool parse_unit(http_request *r, const json_t *object, size_t index, exchange_event *event)
{
    const exchange_setup *setup = setup_of(r);
    char where[24];
    snprintf(where, sizeof where, "units[%zu].", index);
    if (!json_is_object(object)) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE, "units[%zu] must be an object",
                           index);
    }
    fields f = fields_of(object, where, &r->problem);
    exchange_unit unit = {.count = (int32_t)fields_whole(&f, "count", 1, 1, COUNT_MOST)};
    const char *name = fields_text(&f, "device", true, EXCHANGE_NAME_MAX);
    unit.speed_hz = llround(GIGA * fields_number(&f, "speed_ghz", 0.0, 0.0, EXACT_MAX / GIGA));
    if (!parse_tariff(&f, &unit, &r->problem) || !fields_end(&f)) {
        return false;
    }
    if (!find(name, setup->device_names, setup->resources->device_count, &unit.device) ||
        unit.device == 0) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "units[%zu].device: there is no device %.60s; GET /v1/market lists them",
                           index, name);
    }
    int32_t pool = setup->config.devices[unit.device].pool;
    if (event->units[pool].count > 0) {
        return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                           "units[%zu]: the server has a %s unit already", index, http_pools[pool]);
    }
    event->units[pool] = unit;
    return true;
}

// One number stands for the server where one has to: its first unit's.
static void lend(const exchange_config *config, exchange_event *event)
{
    exchange_machine *m = &event->machine;
    for (int32_t pool = DCAT_POOL_COUNT - 1; pool >= 0; pool--) {
        if (event->units[pool].count > 0) {
            exchange_size size = exchange_unit_size(config, pool, &event->units[pool]);
            m->speed_hz = size.speed_hz;
            m->core_count = size.core_count < COUNT_MOST ? size.core_count : COUNT_MOST;
            m->card_count += size.card_count;
        }
    }
    m->card_count = m->card_count < COUNT_MOST ? m->card_count : COUNT_MOST;
}

// A speed of its own is the unit of pool cpu, as in a scenario.
static bool parse_classed(http_request *r, fields *f, exchange_event *event)
{
    const exchange_setup *setup = setup_of(r);
    if (fields_has(f, "speed_ghz") || !fields_has(f, "units")) {
        exchange_unit *cpu = &event->units[DCAT_POOL_CPU];
        double speed =
            fields_number(f, "speed_ghz", FIELDS_REQUIRED_NUMBER, 1e-9, EXACT_MAX / GIGA);
        cpu->count = (int32_t)fields_whole(f, "cores", FIELDS_REQUIRED, 1, COUNT_MOST);
        cpu->speed_hz = llround(speed * GIGA);
        if (!parse_tariff(f, cpu, &r->problem)) {
            return false;
        }
    }
    const json_t *units = fields_has(f, "units") ? fields_array(f, "units", DCAT_POOL_COUNT) : NULL;
    for (size_t i = 0; i < json_array_size(units); i++) {
        if (!parse_unit(r, json_array_get(units, i), i, event)) {
            return false;
        }
    }
    lend(&setup->config, event);
    return r->problem.code == PROBLEM_NONE;
}

bool http_parse_classes(http_request *r, const char *key, const json_t *names, uint64_t *classes)
{
    const exchange_setup *setup = setup_of(r);
    size_t count = http_class_count(setup);
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        size_t q = 0;
        while (name != NULL && q < count && strcmp(name, http_class_name(setup, q)) != 0) {
            q++;
        }
        if (name == NULL || q == count) {
            return http_refuse(&r->problem, PROBLEM_OUT_OF_RANGE,
                               "%s: there is no class %.60s; GET /v1/market lists them", key,
                               name != NULL ? name : "of this kind");
        }
        *classes |= UINT64_C(1) << q;
    }
    return true;
}

bool http_parse_units(http_request *r, fields *f, exchange_event *event)
{
    if (setup_of(r)->resources != NULL) {
        const json_t *bars = fields_has(f, "bars") ? fields_array(f, "bars", DCAT_CLASS_MAX) : NULL;
        return parse_classed(r, f, event) && http_parse_classes(r, "bars", bars, &event->barred);
    }
    exchange_machine *m = &event->machine;
    double speed = fields_number(f, "speed_ghz", FIELDS_REQUIRED_NUMBER, 1e-9, EXACT_MAX / GIGA);
    m->speed_hz = llround(speed * GIGA);
    m->core_count = (int32_t)fields_whole(f, "cores", FIELDS_REQUIRED, 1, COUNT_MOST);
    m->card_count = (int32_t)fields_whole(f, "cards", 0, 0, COUNT_MOST);
    return parse_tariff(f, &event->units[0], &r->problem);
}

// ---- tasks

// So many devices, each for so many seconds, at the class.
static bool parse_stated(http_request *r, fields *f, exchange_event *event, double *work)
{
    const exchange_setup *setup = setup_of(r);
    const json_t *object = fields_object(f, "work", true);
    if (object == NULL) {
        return false;
    }
    fields w = fields_of(object, "work.", f->problem);
    const char *name = fields_text(&w, "device", true, EXCHANGE_NAME_MAX);
    double count = (double)fields_whole(&w, "count", 1, 1, COUNT_MOST);
    double seconds = fields_number(&w, "seconds", FIELDS_REQUIRED_NUMBER, 1e-9, 1e9);
    int32_t device = 0;
    if (!fields_end(&w)) {
        return false;
    }
    if (!find(name, setup->device_names, setup->resources->device_count, &device) || device == 0) {
        return http_refuse(f->problem, PROBLEM_OUT_OF_RANGE,
                           "work.device: there is no device %.60s; GET /v1/market lists them",
                           name);
    }
    const dcat_resources_config *resources = setup->resources;
    const dcat_device *of = &resources->devices[device];
    double cores = of->pool == DCAT_POOL_CPU ? count * of->core_count : count; // or cards
    event->task.count = (int32_t)fmin(cores, COUNT_MOST);
    size_t at = (size_t)device * resources->class_count + (size_t)event->task.class_id;
    *work = count * seconds * of->speed_hz * resources->efficiency[at] / GIGA;
    return (*work >= 1 / GIGA && *work <= EXACT_MAX / GIGA) ||
           http_refuse(f->problem, PROBLEM_OUT_OF_RANGE,
                       "work: %.60s does %.15g giga-cycles of class %s in that time", name, *work,
                       setup->class_names[event->task.class_id]);
}

bool http_parse_work(http_request *r, fields *f, exchange_event *event)
{
    static const char *const only[] = {"work"};
    const exchange_setup *setup = setup_of(r);
    double work = 0.0;
    if (setup->resources == NULL) {
        fields_word(f, "class", only, 1, 0);
    } else {
        event->task.class_id =
            fields_word(f, "class", setup->class_names, (int)setup->resources->class_count,
                        setup->resources->class_count == 1 ? 0 : -1);
    }
    if (f->problem->code != PROBLEM_NONE) {
        return false;
    }
    if (setup->resources != NULL && fields_has(f, "work")) {
        if (!parse_stated(r, f, event, &work)) {
            return false;
        }
    } else {
        work =
            fields_number(f, "work_gigacycles", FIELDS_REQUIRED_NUMBER, 1 / GIGA, EXACT_MAX / GIGA);
    }
    event->task.work_cycles = llround(work * GIGA);
    return f->problem->code == PROBLEM_NONE;
}
