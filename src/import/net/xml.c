// SPDX-License-Identifier: Apache-2.0
#include "import/net/xml.h"

#include "file/text.h"

#include <libxml/parser.h>
#include <limits.h>
#include <string.h>

// What the parser says ends in a line end of its own.
static dcat_status parser_fail(const net_reader *r, xmlParserCtxt *context, dcat_error *err)
{
    const xmlError *last = xmlCtxtGetLastError(context);
    const char *message = last != NULL && last->message != NULL ? last->message : "it is damaged";
    size_t length = strcspn(message, "\n");
    if (last != NULL && last->code == XML_ERR_NO_MEMORY) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", r->path);
    }
    return dcat_fail(err, DCAT_ERR_FORMAT, "%s:%d: must be well-formed XML: %s", r->path,
                     last != NULL ? last->line : 1, TEXT_SHOW(message, length));
}

dcat_status xml_open(const net_reader *r, const char *text, size_t size, const char *root,
                     xmlDoc **document, dcat_error *err)
{
    *document = NULL;
    xmlParserCtxt *context = size <= INT_MAX ? xmlNewParserCtxt() : NULL;
    if (context == NULL) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", r->path);
    }
    xmlDoc *made = xmlCtxtReadMemory(context, text, (int)size, NULL, NULL,
                                     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                         XML_PARSE_BIG_LINES);
    dcat_status status = DCAT_OK;
    if (made == NULL) {
        status = parser_fail(r, context, err);
    } else if (!xml_is(xmlDocGetRootElement(made), root)) {
        status = dcat_fail(err, DCAT_ERR_FORMAT, "%s: the outermost element must be <%s>", r->path,
                           root);
        xmlFreeDoc(made);
        made = NULL;
    }
    xmlFreeParserCtxt(context);
    *document = made;
    return status;
}

bool xml_is(const xmlNode *node, const char *name)
{
    return node != NULL && node->type == XML_ELEMENT_NODE &&
           strcmp((const char *)node->name, name) == 0;
}

xmlNode *xml_child(const xmlNode *parent, const char *name)
{
    xmlNode *child = parent != NULL ? parent->children : NULL;
    while (child != NULL && !xml_is(child, name)) {
        child = child->next;
    }
    return child;
}

xmlNode *xml_next(const xmlNode *node, const char *name)
{
    xmlNode *next = node->next;
    while (next != NULL && !xml_is(next, name)) {
        next = next->next;
    }
    return next;
}

size_t xml_line(const xmlNode *node)
{
    long line = xmlGetLineNo(node);
    return line > 0 ? (size_t)line : 0;
}

char *xml_attribute(const xmlNode *node, const char *name)
{
    return (char *)xmlGetNoNsProp(node, (const xmlChar *)name);
}

char *xml_text(const xmlNode *node)
{
    return node == NULL ? NULL : (char *)xmlNodeGetContent(node);
}
