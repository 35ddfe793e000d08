// SPDX-License-Identifier: Apache-2.0
#include "import/net/xml.h"

#include "file/text.h"

#include <libxml/parser.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

// --- memory that libxml2 asked for in vain: it goes on without a node or a text

static _Thread_local bool refused;
static xmlMallocFunc take;
static xmlReallocFunc resize;
static xmlStrdupFunc copy;

static void *noted(void *memory)
{
    refused = refused || memory == NULL;
    return memory;
}

static void *take_noted(size_t byte_count)
{
    return noted(take(byte_count));
}

static void *resize_noted(void *memory, size_t byte_count)
{
    return noted(resize(memory, byte_count));
}

static char *copy_noted(const char *text)
{
    return noted(copy(text));
}

// What was set before, by the program or libxml2 itself, is still what gives memory.
static void install(void)
{
    xmlFreeFunc give_back;
    xmlMemGet(&give_back, &take, &resize, &copy);
    xmlMemSetup(give_back, take_noted, resize_noted, copy_noted);
}

// Messages go to the error of the context; without memory libxml2 has none and would print.
static void say_nothing(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

// --- documents

// What the parser says ends in a line end of its own.
static dcat_status parser_fail(const net_reader *r, xmlParserCtxt *context, dcat_error *err)
{
    const xmlError *last = xmlCtxtGetLastError(context);
    const char *message = last != NULL && last->message != NULL ? last->message : "it is damaged";
    size_t length = strcspn(message, "\n");
    if (refused) {
        return dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", r->path);
    }
    return dcat_fail(err, DCAT_ERR_FORMAT, "%s:%d: must be well-formed XML: %s", r->path,
                     last != NULL ? last->line : 1, TEXT_SHOW(message, length));
}

dcat_status xml_open(const net_reader *r, const char *text, size_t size, const char *root,
                     xmlDoc **document, dcat_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, install);
    refused = false;
    *document = NULL;
    xmlSetGenericErrorFunc(NULL, say_nothing); // of this thread
    xmlParserCtxt *context = size <= INT_MAX ? xmlNewParserCtxt() : NULL;
    if (context == NULL) {
        xmlSetGenericErrorFunc(NULL, NULL);
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
    xmlSetGenericErrorFunc(NULL, NULL);
    *document = made;
    return status;
}

dcat_status xml_close(const net_reader *r, xmlDoc *document, dcat_status status, dcat_error *err)
{
    xmlFreeDoc(document);
    return refused ? dcat_fail(err, DCAT_ERR_MEMORY, "%s: out of memory", r->path) : status;
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
