// SPDX-License-Identifier: Apache-2.0
// xml.h - the few questions that importers ask of an XML document.
//
// Names are compared without their prefix: files of the formats we read differ in namespaces.

#ifndef DCAT_IMPORT_NET_XML_H
#define DCAT_IMPORT_NET_XML_H

#include "import/net/reader.h"
#include <libxml/tree.h>

// Parse text whose outermost element has a name. Nothing is loaded from elsewhere, and entities are
// not expanded. Close in any case but an error. Errors: ERR_FORMAT with the line, ERR_MEMORY.
dcat_status xml_open(const net_reader *r, const char *text, size_t size, const char *root,
                     xmlDoc **document, dcat_error *err);

// Free the document and return status; or ERR_MEMORY when libxml2 was refused memory since it was
// opened: then something of the document may have been missing, and nobody said so.
dcat_status xml_close(const net_reader *r, xmlDoc *document, dcat_status status, dcat_error *err);

bool xml_is(const xmlNode *node, const char *name); // an element of that name
// The first child element of a name, and the next of the same name after one; NULL when none is.
xmlNode *xml_child(const xmlNode *parent, const char *name);
xmlNode *xml_next(const xmlNode *node, const char *name);
size_t xml_line(const xmlNode *node);

// Text, to be freed with xmlFree: of an attribute (NULL when it has none), or of an element, with
// the text of its descendants (NULL for NULL and when there is no memory).
char *xml_attribute(const xmlNode *node, const char *name);
char *xml_text(const xmlNode *node);

#endif
