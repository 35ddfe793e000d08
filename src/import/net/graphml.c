// SPDX-License-Identifier: Apache-2.0
// GraphML: nodes and edges whose data refer to declared keys. Source: U. Brandes et al., "GraphML
// progress report".

#include "import/net/xml.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// What a key may mean to us, by its attr.name without regard to case.
typedef enum meaning { LATITUDE, LONGITUDE, LABEL, RATE, MEANING_COUNT } meaning;

static const char *const spellings[MEANING_COUNT][4] = {
    [LATITUDE] = {"Latitude", "lat", NULL},
    [LONGITUDE] = {"Longitude", "lon", "lng", "long"},
    [LABEL] = {"label", "name", NULL},
    [RATE] = {"LinkSpeedRaw", NULL},
};

// Which meaning a name has; MEANING_COUNT for none.
static meaning meaning_of(const char *name)
{
    for (int m = 0; name != NULL && m < MEANING_COUNT; m++) {
        for (int s = 0; s < 4 && spellings[m][s] != NULL; s++) {
            if (strcasecmp(spellings[m][s], name) == 0) {
                return (meaning)m;
            }
        }
    }
    return MEANING_COUNT;
}

typedef struct graphml_keys {
    names ids;
    struct {
        meaning means;
        char *standard; // Nullable, of xmlFree
    } key[64];          // keys without a meaning are not kept
} graphml_keys;

static void keys_free(graphml_keys *keys)
{
    for (size_t k = 0; k < keys->ids.count; k++) {
        xmlFree(keys->key[k].standard);
    }
    names_free(&keys->ids);
}

static dcat_status read_keys(const xmlNode *root, graphml_keys *keys, dcat_error *err)
{
    dcat_status status = DCAT_OK;
    for (const xmlNode *node = xml_child(root, "key"); status == DCAT_OK && node != NULL;
         node = xml_next(node, "key")) {
        char *id = xml_attribute(node, "id");
        char *name = xml_attribute(node, "attr.name");
        meaning means = meaning_of(name);
        if (id != NULL && means != MEANING_COUNT && keys->ids.count < 64) {
            size_t index;
            bool added;
            status = names_add(&keys->ids, id, strlen(id), &index, &added, err);
            if (status == DCAT_OK && added) {
                keys->key[index].means = means;
                keys->key[index].standard = xml_text(xml_child(node, "default"));
            }
        }
        xmlFree(id);
        xmlFree(name);
    }
    return status;
}

// The texts of a node's or an edge's data by meaning; each is NULL or of xmlFree.
typedef struct graphml_data {
    char *text[MEANING_COUNT];
} graphml_data;

static void data_free(graphml_data *data)
{
    for (int m = 0; m < MEANING_COUNT; m++) {
        xmlFree(data->text[m]);
    }
}

static graphml_data read_data(const graphml_keys *keys, const xmlNode *element)
{
    graphml_data data = {{NULL}};
    for (const xmlNode *node = xml_child(element, "data"); node != NULL;
         node = xml_next(node, "data")) {
        char *key = xml_attribute(node, "key");
        size_t index = key == NULL ? NAMES_NONE : names_find(&keys->ids, key, strlen(key));
        if (index != NAMES_NONE && data.text[keys->key[index].means] == NULL) {
            data.text[keys->key[index].means] = xml_text(node);
        }
        xmlFree(key);
    }
    for (size_t k = 0; k < keys->ids.count; k++) {
        char **text = &data.text[keys->key[k].means];
        if (*text == NULL && keys->key[k].standard != NULL) {
            *text = (char *)xmlStrdup((const xmlChar *)keys->key[k].standard);
        }
    }
    return data;
}

// Empty is none.
static dcat_status coordinate(const net_reader *r, const xmlNode *node, const char *what,
                              const char *text, double limit, double *number, dcat_error *err)
{
    *number = NAN;
    bool none = text == NULL || text[strspn(text, " \t\r\n")] == '\0';
    return none ? DCAT_OK : net_number(r, xml_line(node), what, text, -limit, limit, number, err);
}

static dcat_status take_node(net_reader *r, const graphml_keys *keys, const xmlNode *node,
                             dcat_error *err)
{
    graphml_data data = read_data(keys, node);
    char *id = xml_attribute(node, "id");
    double longitude, latitude;
    dcat_status status =
        coordinate(r, node, "Longitude", data.text[LONGITUDE], 180.0, &longitude, err);
    if (status == DCAT_OK) {
        status = coordinate(r, node, "Latitude", data.text[LATITUDE], 90.0, &latitude, err);
    }
    if (status == DCAT_OK) {
        status = net_add_node(r, xml_line(node), id == NULL ? "" : id,
                              data.text[LABEL] == NULL ? "" : data.text[LABEL], longitude, latitude,
                              err);
    }
    data_free(&data);
    xmlFree(id);
    return status;
}

static dcat_status take_edge(net_reader *r, const graphml_keys *keys, const xmlNode *node,
                             dcat_error *err)
{
    graphml_data data = read_data(keys, node);
    char *source = xml_attribute(node, "source"), *target = xml_attribute(node, "target");
    double rate_bps = NAN;
    if (data.text[RATE] != NULL &&
        net_number(r, 0, "", data.text[RATE], 0.0, 1e18, &rate_bps, NULL) != DCAT_OK) {
        r->topology->counts.rate_unusable_count++;
        rate_bps = NAN;
    }
    dcat_status status =
        source == NULL || target == NULL
            ? net_fail(r, xml_line(node), DCAT_ERR_FIELD, "edge", "must have a source and a target",
                       NULL, err)
            : net_add_link(r, xml_line(node), source, target, rate_bps > 0.0 ? rate_bps : NAN, err);
    data_free(&data);
    xmlFree(source);
    xmlFree(target);
    return status;
}

dcat_status net_read_graphml(net_reader *r, const char *text, size_t size, dcat_error *err)
{
    xmlDoc *document;
    graphml_keys keys = {0};
    dcat_status status = xml_open(r, text, size, "graphml", &document, err);
    if (status != DCAT_OK) {
        return status;
    }
    const xmlNode *root = xmlDocGetRootElement(document);
    const xmlNode *graph = xml_child(root, "graph");
    status = graph == NULL ? dcat_fail(err, DCAT_ERR_FORMAT, "%s: no <graph> in this file", r->path)
                           : read_keys(root, &keys, err);
    for (const xmlNode *node = xml_child(graph, "node"); status == DCAT_OK && node != NULL;
         node = xml_next(node, "node")) {
        status = take_node(r, &keys, node, err);
    }
    for (const xmlNode *node = xml_child(graph, "edge"); status == DCAT_OK && node != NULL;
         node = xml_next(node, "edge")) {
        status = take_edge(r, &keys, node, err);
    }
    keys_free(&keys);
    return xml_close(r, document, status, err);
}
