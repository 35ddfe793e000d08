// Loading by libcyaml. The merged tree is written out once more in the form libcyaml can take
// without doubt: one flat mapping from path to value, choices as numbers, ranges as pairs, "none"
// as inf.

#include "scenario/check.h"
#include "scenario/document.h"

#include <cyaml/cyaml.h>
#include <stdlib.h>
#include <string.h>

// --- Schema

static const cyaml_schema_value_t whole_entry = {CYAML_VALUE_INT(CYAML_FLAG_DEFAULT, int64_t)};
static const cyaml_schema_value_t number_entry = {CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double)};

#define OPTIONAL CYAML_FLAG_OPTIONAL
#define WHOLE(m) CYAML_FIELD_INT(#m, OPTIONAL, scenario_values, m)
#define NUMBER(m) CYAML_FIELD_FLOAT(#m, OPTIONAL, scenario_values, m)
#define CHOICE(m) CYAML_FIELD_INT(#m, OPTIONAL, scenario_values, m)
#define RANGE(m) CYAML_FIELD_SEQUENCE_FIXED(#m, OPTIONAL, scenario_values, m, &number_entry, 2)
#define DAYS(m) CYAML_FIELD_SEQUENCE_FIXED(#m, OPTIONAL, scenario_values, m, &whole_entry, 2)
#define TEXT(m) CYAML_FIELD_STRING_PTR(#m, OPTIONAL, scenario_values, m, 0, CYAML_UNLIMITED)

static const cyaml_schema_field_t fields[] = {
    WHOLE(schema),
    TEXT(name),
    TEXT(title),
    CHOICE(geometry),
    NUMBER(time.slot_s),
    WHOLE(time.slots_per_cycle),
    WHOLE(time.cycles_per_day),
    DAYS(time.train_days),
    DAYS(time.validate_days),
    DAYS(time.test_days),
    TEXT(servers.file),
    WHOLE(servers.random.count),
    NUMBER(servers.random.side_km),
    RANGE(servers.random.speed_ghz),
    WHOLE(servers.random.cores),
    TEXT(areas.file),
    NUMBER(areas.random.side_km),
    CHOICE(network.kind),
    RANGE(network.link_mbps),
    NUMBER(network.signal_speed_mps),
    NUMBER(network.reference_data_mb),
    RANGE(network.access_mbps),
    NUMBER(network.hops.hop_km),
    WHOLE(network.hops.hop_max),
    TEXT(network.graph.nodes_file),
    TEXT(network.graph.links_file),
    TEXT(network.graph.gml_file),
    TEXT(demand.profile_file),
    TEXT(demand.tasks_file),
    NUMBER(demand.arrivals_per_slot),
    RANGE(demand.work_gigacycles),
    RANGE(demand.data_mb),
    RANGE(demand.deadline_s),
    RANGE(demand.value_per_gigacycle),
    NUMBER(market.price_per_gigacycle),
    NUMBER(market.urgency_s),
    NUMBER(market.energy_cost_per_cycle_hz2),
    NUMBER(market.time_cost_per_s),
    NUMBER(market.ceiling_per_gigacycle),
    CHOICE(market.task_order),
    NUMBER(market.handicap_per_gigacycle_s),
    NUMBER(auction.rea.decrement),
    WHOLE(auction.rea.round_max),
    CHOICE(auction.rea.all_left),
    CHOICE(auction.rea.round_end),
    NUMBER(auction.one_off.offer_of_fee),
    NUMBER(auction.rea_s.decrement),
    NUMBER(clustering.span_max_km),
    WHOLE(clustering.kmeans.cluster_count),
    CHOICE(clustering.kmeans.start),
    WHOLE(clustering.anneal.iteration_max),
    WHOLE(clustering.anneal.recluster_every),
    NUMBER(clustering.anneal.temperature),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, scenario_values, fields),
};

bool scenario_values_has(const char *path)
{
    for (const cyaml_schema_field_t *field = fields; field->key != NULL; field++) {
        if (strcmp(field->key, path) == 0) {
            return true;
        }
    }
    return false;
}

size_t scenario_values_field_count(void)
{
    return sizeof fields / sizeof *fields - 1;
}

// --- The flat form

static void write_text(const key_value *value, FILE *flat)
{
    fputc('"', flat);
    for (size_t i = 0; i < value->length; i++) {
        if (value->text[i] == '"' || value->text[i] == '\\') {
            fputc('\\', flat);
        }
        fputc(value->text[i], flat);
    }
    fputs("\"\n", flat);
}

static void write_flat(const scenario_key *key, const key_value *value, FILE *flat)
{
    fprintf(flat, "%s: ", key->path);
    switch (key->kind) {
    case KEY_WHOLE:
    case KEY_CHOICE:
        fprintf(flat, "%lld\n", (long long)value->whole[0]);
        break;
    case KEY_DAYS:
        fprintf(flat, "[%lld, %lld]\n", (long long)value->whole[0], (long long)value->whole[1]);
        break;
    case KEY_NUMBER:
        fprintf(flat, "%.17g\n", value->number[0]);
        break;
    case KEY_RANGE:
        fprintf(flat, "[%.17g, %.17g]\n", value->number[0], value->number[1]);
        break;
    case KEY_NAME:
    case KEY_TEXT:
    case KEY_FILE:
        write_text(value, flat);
        break;
    }
}

static dcat_status flatten(const scenario_document *document, char **text, size_t *size,
                           dcat_error *err)
{
    FILE *flat = open_memstream(text, size);
    if (flat == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a scenario");
    }
    dcat_status status = DCAT_OK;
    for (size_t i = 0; status == DCAT_OK && i < scenario_key_count; i++) {
        const scenario_key *key = &scenario_keys[i];
        const tree_node *node = tree_find(&document->tree, key->path);
        key_value value;
        if (node == NULL) {
            continue;
        }
        status = scenario_check_value(node, key, &value, err);
        if (status == DCAT_OK) {
            write_flat(key, &value, flat);
        }
    }
    if (fclose(flat) != 0 && status == DCAT_OK) {
        status = dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a scenario");
    }
    if (status != DCAT_OK) {
        free(*text);
    }
    return status;
}

// --- Loading

// The last thing libcyaml complained about; it would print it otherwise.
typedef struct complaint {
    char text[200];
} complaint;

__attribute__((format(printf, 3, 0))) static void
keep_complaint(cyaml_log_t level, void *user, const char *format, va_list arguments)
{
    complaint *last = user;
    if (level == CYAML_LOG_ERROR) {
        vsnprintf(last->text, sizeof last->text, format, arguments);
        last->text[strcspn(last->text, "\n")] = '\0';
    }
}

static cyaml_config_t cyaml_config(complaint *last)
{
    return (cyaml_config_t){
        .log_fn = keep_complaint,
        .log_ctx = last,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS,
    };
}

dcat_status scenario_values_load(const scenario_document *document, scenario_values **values,
                                 dcat_error *err)
{
    char *text = NULL;
    size_t size = 0;
    dcat_status status = flatten(document, &text, &size, err);
    if (status != DCAT_OK) {
        return status;
    }
    complaint last = {""};
    cyaml_config_t config = cyaml_config(&last);
    cyaml_data_t *data = NULL;
    cyaml_err_t failed =
        cyaml_load_data((const uint8_t *)text, size, &config, &schema, &data, NULL);
    free(text);
    if (failed == CYAML_ERR_OOM) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "out of memory for a scenario");
    }
    if (failed != CYAML_OK) {
        return dcat_fail(err, DCAT_ERR_INTERNAL,
                         "%s: passed all checks, yet libcyaml says: %s (%s)", document->file.label,
                         last.text, cyaml_strerror(failed));
    }
    *values = data;
    return DCAT_OK;
}

void scenario_values_free(scenario_values *values)
{
    complaint last = {""};
    cyaml_config_t config = cyaml_config(&last);
    cyaml_free(&config, &schema, values, 0);
}
