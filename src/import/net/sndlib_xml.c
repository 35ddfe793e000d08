// SPDX-License-Identifier: Apache-2.0
// SNDlib's networks as XML. Source: S. Orlowski et al., "SNDlib 1.0 - Survivable Network Design
// Library", Networks 55(3), 2010.

#include "import/net/xml.h"

#include <math.h>
#include <string.h>

// The number of a grandchild or child element; NAN when it is not there.
static dcat_status number_of(const net_reader *r, const xmlNode *node, const char *what, double min,
                             double max, double *number, dcat_error *err)
{
    *number = NAN;
    if (node == NULL) {
        return DCAT_OK;
    }
    char *text = xml_text(node);
    dcat_status status = text == NULL
                             ? dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", r->path)
                             : net_number(r, xml_line(node), what, text, min, max, number, err);
    xmlFree(text);
    return status;
}

static dcat_status take_node(net_reader *r, const xmlNode *node, dcat_error *err)
{
    const xmlNode *at = xml_child(node, "coordinates");
    double x, y;
    dcat_status status = number_of(r, xml_child(at, "x"), "x", -180.0, 180.0, &x, err);
    if (status == DCAT_OK) {
        status = number_of(r, xml_child(at, "y"), "y", -90.0, 90.0, &y, err);
    }
    char *id = xml_attribute(node, "id");
    if (status == DCAT_OK) {
        const char *name = id == NULL ? "" : id;
        status = net_add_node(r, xml_line(node), name, name, x, y, err);
    }
    xmlFree(id);
    return status;
}

// What is installed, or else the first module that may be.
static dcat_status capacity_of(const net_reader *r, const xmlNode *link, double *capacity,
                               dcat_error *err)
{
    const xmlNode *installed = xml_child(xml_child(link, "preInstalledModule"), "capacity");
    const xmlNode *module =
        xml_child(xml_child(xml_child(link, "additionalModules"), "addModule"), "capacity");
    dcat_status status = number_of(r, installed, "capacity", 0.0, 1e15, capacity, err);
    if (status == DCAT_OK && !(*capacity > 0.0)) {
        status = number_of(r, module, "capacity", 0.0, 1e15, capacity, err);
    }
    return status;
}

// The ends of a link or a demand, to be freed with xmlFree. Errors: ERR_FIELD.
static dcat_status ends_of(const net_reader *r, const xmlNode *node, char *end[2], dcat_error *err)
{
    end[0] = xml_text(xml_child(node, "source"));
    end[1] = xml_text(xml_child(node, "target"));
    return end[0] != NULL && end[1] != NULL
               ? DCAT_OK
               : net_fail(r, xml_line(node), DCAT_ERR_FIELD, (const char *)node->name,
                          "must have a source and a target", NULL, err);
}

static dcat_status take_pair(net_reader *r, const xmlNode *node, bool demand, double unit_bps,
                             dcat_error *err)
{
    char *end[2];
    double value = NAN;
    dcat_status status = ends_of(r, node, end, err);
    if (status == DCAT_OK) {
        status = demand ? number_of(r, xml_child(node, "demandValue"), "demandValue", 0.0, 1e15,
                                    &value, err)
                        : capacity_of(r, node, &value, err);
    }
    if (status == DCAT_OK && demand) {
        status = net_add_demand(r, xml_line(node), end[0], end[1], value > 0.0 ? value : 0.0, err);
    } else if (status == DCAT_OK) {
        status = net_add_link(r, xml_line(node), end[0], end[1],
                              value > 0.0 ? value * unit_bps : (double)NAN, err);
    }
    xmlFree(end[0]);
    xmlFree(end[1]);
    return status;
}

static dcat_status read_network(net_reader *r, const xmlNode *root, double unit_bps,
                                dcat_error *err)
{
    const xmlNode *structure = xml_child(root, "networkStructure");
    const xmlNode *nodes = xml_child(structure, "nodes");
    char *kind = nodes == NULL ? NULL : xml_attribute(nodes, "coordinatesType");
    bool pixels = kind != NULL && strcmp(kind, "geographical") != 0;
    xmlFree(kind);
    if (pixels) {
        return net_fail(r, xml_line(nodes), DCAT_ERR_FORMAT, "coordinatesType",
                        "must be geographical: places on a picture have no distances", NULL, err);
    }
    dcat_status status = DCAT_OK;
    for (const xmlNode *node = xml_child(nodes, "node"); status == DCAT_OK && node != NULL;
         node = xml_next(node, "node")) {
        status = take_node(r, node, err);
    }
    for (const xmlNode *node = xml_child(xml_child(structure, "links"), "link");
         status == DCAT_OK && node != NULL; node = xml_next(node, "link")) {
        status = take_pair(r, node, false, unit_bps, err);
    }
    for (const xmlNode *node = xml_child(xml_child(root, "demands"), "demand");
         status == DCAT_OK && node != NULL; node = xml_next(node, "demand")) {
        status = take_pair(r, node, true, unit_bps, err);
    }
    return status;
}

dcat_status net_read_sndlib_xml(net_reader *r, const char *text, size_t size, dcat_error *err)
{
    xmlDoc *document;
    dcat_status status = xml_open(r, text, size, "network", &document, err);
    if (status != DCAT_OK) {
        return status;
    }
    const xmlNode *root = xmlDocGetRootElement(document);
    char *unit = xml_text(xml_child(xml_child(root, "meta"), "unit"));
    double unit_bps = unit == NULL ? 1e6 : net_unit_bps(r, unit, strlen(unit));
    xmlFree(unit);
    status = read_network(r, root, unit_bps, err);
    return xml_close(r, document, status, err);
}
