// SPDX-License-Identifier: Apache-2.0
#include "report/figure/svg.h"

#include "dcat/x/file.h"

#include "file/write_text.h"
#include <stdbool.h>
#include <string.h>

#define FONTS "Helvetica, Arial, 'DejaVu Sans', sans-serif"

typedef struct embedding {
    const char *prefix; // NULL: a file of its own
    const char *label;
    int width;
    FILE *file;
} embedding;

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void put_range(const char *begin, const char *end, FILE *file)
{
    fwrite(begin, 1, (size_t)(end - begin), file);
}

// Text between tags. gnuplot escapes '<' and '&' but leaves '>', and "]]>" is an error in XML.
static void put_content(const char *begin, const char *end, FILE *file)
{
    for (; begin < end; begin++) {
        if (*begin == '>') {
            fputs("&gt;", file);
        } else {
            putc(*begin, file);
        }
    }
}

// An attribute as it stands in the text: name, then a value between quotes. gnuplot sometimes puts
// spaces around the equals sign.
typedef struct attribute {
    const char *name, *name_end;
    const char *value, *value_end; // between the quotes
    char quote;
    const char *end; // behind the closing quote
} attribute;

static bool attribute_read(const char *text, attribute *found)
{
    static const char space[] = " \t\r\n";
    found->name = text;
    found->name_end = text + strcspn(text, "= \t\r\n/>");
    const char *at = found->name_end + strspn(found->name_end, space);
    if (found->name_end == found->name || *at != '=') {
        return false;
    }
    at++;
    at += strspn(at, space);
    const char *closing = *at == '"' || *at == '\'' ? strchr(at + 1, *at) : NULL;
    if (closing == NULL) {
        return false;
    }
    found->quote = *at;
    found->value = at + 1;
    found->value_end = closing;
    found->end = closing + 1;
    return true;
}

static bool is_named(const attribute *a, const char *name)
{
    return strlen(name) == (size_t)(a->name_end - a->name) && starts(a->name, name);
}

// Colours that change with the page's between light and dark; others stay, as those that text
// stands on.
static const char *page_colour(const attribute *a)
{
    static const struct {
        int red, green, blue;
        const char *property;
    } colours[] = {
        {0x3c, 0x40, 0x43, "var(--ink2)"}, {0x20, 0x21, 0x24, "var(--ink)"},
        {0x9a, 0xa0, 0xa6, "var(--edge)"}, {0xe6, 0xe8, 0xeb, "var(--line)"},
        {0x80, 0x86, 0x8b, "var(--ink3)"}, {0x5f, 0x63, 0x68, "var(--s0)"},
        {0x00, 0x65, 0x9e, "var(--s1)"},   {0xc0, 0x84, 0x00, "var(--s2)"},
        {0x6b, 0x75, 0x80, "var(--s0)"},   {0x8a, 0x94, 0x9e, "var(--s0f)"},
        {0x37, 0x95, 0xde, "var(--s6)"},   {0xa8, 0x3a, 0x00, "var(--lost)"},
        {0x00, 0x72, 0xb2, "var(--s1)"},   {0xe6, 0x9f, 0x00, "var(--s2)"},
        {0x00, 0x9e, 0x73, "var(--s3)"},   {0xcc, 0x79, 0xa7, "var(--s5)"},
        {0x56, 0xb4, 0xe9, "var(--s6)"},   {0xd5, 0x5e, 0x00, "var(--lost)"},
        {0xc3, 0xc7, 0xcc, "var(--edge)"},
    };
    int red, green, blue;
    if (starts(a->value, "#ffffff") || starts(a->value, "#FFFFFF")) { // the ground; not of text
        return "var(--surface)";
    }
    if (starts(a->value, "black")) {
        return "var(--ink3)";
    }
    for (size_t i = 0; sscanf(a->value, "rgb(%d,%d,%d)", &red, &green, &blue) == 3 &&
                       i < sizeof colours / sizeof colours[0];
         i++) {
        if (red == colours[i].red && green == colours[i].green && blue == colours[i].blue) {
            return colours[i].property;
        }
    }
    return NULL;
}

// One attribute, rewritten.
static void put_attribute(const embedding *to, const attribute *a)
{
    const bool is_reference = is_named(a, "xlink:href") || is_named(a, "href");
    const char *value = a->value;
    if (is_named(a, "font-family")) {
        fputs(" font-family=\"" FONTS "\"", to->file);
        return;
    }
    if (to->prefix != NULL && (starts(a->name, "xmlns") || (is_reference && value[0] != '#'))) {
        return; // nothing in a page may point outside it
    }
    const char *colour = to->prefix != NULL ? page_colour(a) : NULL;
    if (colour != NULL && (is_named(a, "fill") || is_named(a, "stroke") || is_named(a, "color"))) {
        putc(' ', to->file);
        put_range(a->name, a->name_end, to->file);
        fprintf(to->file, "=\"%s\"", colour);
        return;
    }
    putc(' ', to->file);
    if (to->prefix != NULL && is_reference) {
        fputs("href", to->file);
    } else {
        put_range(a->name, a->name_end, to->file);
    }
    fprintf(to->file, "=%c", a->quote);
    if (to->prefix != NULL && is_named(a, "id")) {
        fprintf(to->file, "%s-", to->prefix);
    } else if (to->prefix != NULL && is_reference) {
        fprintf(to->file, "#%s-", to->prefix);
        value += 1;
    } else if (to->prefix != NULL && starts(value, "url(#")) {
        fprintf(to->file, "url(#%s-", to->prefix);
        value += 5;
    }
    put_range(value, a->value_end, to->file);
    putc(a->quote, to->file);
}

// One tag, from '<' to behind '>'. Returns where it ends.
static const char *put_tag(const embedding *to, const char *tag)
{
    const char *at = tag + 1 + strcspn(tag + 1, tag[1] == '/' ? ">" : " \t\r\n>/");
    put_range(tag, at, to->file);
    if (starts(tag, "<svg") && to->prefix != NULL) {
        fputs(" role=\"img\" aria-label=\"", to->file);
        html_put_text(to->file, to->label);
        fprintf(to->file, "\" class=\"w%d\"", to->width);
    }
    while (*at != '\0' && *at != '>') {
        attribute a;
        if (attribute_read(at, &a)) {
            put_attribute(to, &a);
            at = a.end;
        } else {
            if (*at == '/') {
                putc('/', to->file);
            }
            at++;
        }
    }
    if (*at == '>') {
        putc('>', to->file);
        at++;
    }
    return at;
}

// Where an element that is left out ends: behind its closing tag.
static const char *skip_element(const char *tag, const char *closing)
{
    const char *end = strstr(tag, closing);
    return end == NULL ? tag + strlen(tag) : end + strlen(closing);
}

static void rewrite(const embedding *to, const char *text)
{
    while (*text != '\0') {
        if (starts(text, "<?") || starts(text, "<!")) {
            const char *end = strchr(text, '>');
            end = end == NULL ? text + strlen(text) : end + 1;
            if (to->prefix == NULL) {
                put_range(text, end, to->file);
            }
            text = end;
        } else if (starts(text, "<title>")) {
            text = skip_element(text, "</title>");
        } else if (starts(text, "<desc>")) {
            text = skip_element(text, "</desc>");
        } else if (*text == '<') {
            text = put_tag(to, text);
        } else {
            const char *end = text + strcspn(text, "<");
            // gnuplot breaks lines a lot; blank ones carry nothing.
            if ((size_t)(end - text) == strspn(text, " \t\r\n")) {
                fputs(end > text ? "\n" : "", to->file);
            } else {
                put_content(text, end, to->file);
            }
            text = end;
        }
    }
}

void figure_svg_embed(const figure_image *svg, const char *prefix, const char *label, int width,
                      FILE *file)
{
    embedding to = {prefix, label, width, file};
    rewrite(&to, svg->bytes);
}

void figure_svg_write(const figure_image *svg, FILE *file)
{
    embedding to = {NULL, NULL, 0, file};
    rewrite(&to, svg->bytes);
}

dcat_status figure_image_save(figure_image *image, figure_format format, const char *path,
                              dcat_error *err)
{
    dcat_output_single *output = NULL;
    FILE *file = NULL;
    dcat_status status = dcat_output_single_open(path, true, &output, &file, err);
    if (status == DCAT_OK) {
        if (format == FIGURE_PNG) {
            fwrite(image->bytes, 1, image->size, file);
        } else {
            figure_svg_write(image, file);
        }
        status = dcat_output_single_commit(output, err);
    }
    figure_image_free(image);
    return status;
}
