// SPDX-License-Identifier: Apache-2.0
#include "report/page/page.h"

#include "dcat/version.h"
#include "file/write_text.h"
#include "report/figure/svg.h"
#include "report/manifest.h"
#include "report/page/style.h"
#include <errno.h>
#include <string.h>

#define COMMAND_TEXT_SIZE 4096

dcat_status page_open(html_page *page, const page_names *names, dcat_error *err)
{
    dcat_error own = {0};
    FILE *file = dcat_output_file(page->output, "report.html", &own);
    if (file == NULL) {
        return dcat_fail(err, own.status, "%s", own.message);
    }
    page->file = file;
    page->drawable = true;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          file);
    html_put_text(file, names->title);
    fprintf(
        file,
        " - %s</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<p class=\"eyebrow\">%s",
        names->command, report_style, names->command);
    if (names->subject != NULL) {
        fputs(" &middot; ", file);
        html_put_text(file, names->subject);
    }
    fputs("</p>\n<h1>", file);
    html_put_text(file, names->heading);
    fputs("</h1>\n", file);
    if (names->facts != NULL) {
        fputs("<p class=\"note\">", file);
        html_put_text(file, names->facts);
        fputs("</p>\n", file);
    }
    fputs("</header>\n<main>\n", file);
    return DCAT_OK;
}

dcat_status page_finish(const html_page *page, dcat_status status, dcat_error *err)
{
    fputs("</main>\n<footer>Made by dcat ", page->file);
    html_put_text(page->file, dcat_version());
    fputs(", the profit-aware broker for computing power networks. This page needs no network and "
          "no other file.</footer>\n",
          page->file);
    fprintf(page->file, "<script>\n%s</script>\n</body>\n</html>\n", report_script);
    return status == DCAT_OK && ferror(page->file)
               ? dcat_fail(err, DCAT_ERR_IO, "report.html: writing failed: %s", strerror(errno))
               : status;
}

// --- Sections

void page_put_band(const html_page *page, const page_answer *answers, size_t count)
{
    FILE *file = page->file;
    fputs("<div class=\"band\">\n", file);
    for (size_t i = 0; i < count; i++) {
        fprintf(file, "<div%s>", answers[i].doubt ? " class=\"doubt\"" : "");
        if (answers[i].question != NULL) {
            fputs("<h2>", file);
            html_put_text(file, answers[i].question);
            fputs("</h2>", file);
        }
        fprintf(file, "<p class=\"answer\">%s", answers[i].doubt ? "\u26a0 " : "");
        html_put_grouped(file, answers[i].answer);
        fputs("</p>", file);
        if (answers[i].proof != NULL) {
            fputs("<p>", file);
            html_put_text(file, answers[i].proof);
            fputs("</p>", file);
        }
        fputs("</div>\n", file);
    }
    fputs("</div>\n", file);
}

void page_put_note(const html_page *page, const char *text)
{
    fputs("<p class=\"note\">", page->file);
    html_put_text(page->file, text);
    fputs("</p>\n", page->file);
}

dcat_status page_put_table(const html_page *page, const char *title, const char *note,
                           const dcat_table *table, dcat_error *err)
{
    fputs("<section>\n<h2>", page->file);
    html_put_text(page->file, title);
    fputs("</h2>\n", page->file);
    if (note != NULL) {
        page_put_note(page, note);
    }
    return dcat_table_write_html(table, page->file, err);
}

void page_put_command(const html_page *page, const dcat_manifest *manifest)
{
    char text[COMMAND_TEXT_SIZE];
    fputs("<section>\n<h2>How to get these numbers again</h2>\n<pre>", page->file);
    manifest_command_text(manifest, text, sizeof text);
    html_put_text(page->file, text);
    fputs("</pre>\n", page->file);
}

void page_put_origin(const html_page *page, const dcat_manifest *manifest, const char *more)
{
    page_put_command(page, manifest);
    fprintf(page->file, "<p class=\"note\">dcat %s, commit %s; ", dcat_version(), dcat_commit());
    html_put_text(page->file, more);
    fputs("</p>\n</section>\n", page->file);
}

// --- Figures

// A picture as a file of the folder: figures/NAME.ENDING.
static dcat_status save_image(const html_page *page, const char *name, figure_format format,
                              const figure_image *image, dcat_error *err)
{
    char path[112];
    dcat_error own = {0};
    snprintf(path, sizeof path, "figures/%s.%s", name, format == FIGURE_SVG ? "svg" : "png");
    FILE *file = dcat_output_file(page->output, path, &own);
    if (file == NULL) {
        return dcat_fail(err, own.status, "%s", own.message);
    }
    if (format == FIGURE_SVG) {
        figure_svg_write(image, file);
    } else {
        fwrite(image->bytes, 1, image->size, file);
    }
    return DCAT_OK;
}

// What screen readers say of a figure.
static void put_drawing(const html_page *page, const figure_text *text, int width,
                        const figure_image *svg)
{
    char prefix[80];
    char shown[1024];
    snprintf(prefix, sizeof prefix, "%s-%d", text->name, width);
    snprintf(shown, sizeof shown, "%s. %s", text->title,
             text->shows != NULL ? text->shows : text->caption);
    figure_svg_embed(svg, prefix, shown, width, page->file);
}

static void put_figure_head(const html_page *page, const figure_text *text)
{
    fputs(page->wide ? "<figure class=\"wide\">\n<h3>" : "<figure>\n<h3>", page->file);
    html_put_text(page->file, text->title);
    if (text->unit != NULL) {
        fputs(" <small>", page->file);
        html_put_text(page->file, text->unit);
        fputs("</small>", page->file);
    }
    fputs("</h3>\n", page->file);
}

static void put_figure_end(const html_page *page, const figure_text *text)
{
    fputs("<figcaption>", page->file);
    html_put_text(page->file, text->caption);
    fputs("</figcaption>\n</figure>\n", page->file);
}

// Without gnuplot no figure is there, which is said once; else the one that failed is named.
static void note_missing(dcat_output *output, const char *name, const dcat_error *trouble)
{
    char line[sizeof trouble->message + 128];
    if (trouble->status == DCAT_ERR_NOT_FOUND) {
        snprintf(line, sizeof line, "no figures: %s", trouble->message);
    } else {
        snprintf(line, sizeof line, "no figure \"%s\": %s", name, trouble->message);
    }
    dcat_output_note(output, line);
}

// Draw one canvas. *missing: it cannot be drawn, which is noted.
static dcat_status draw_one(html_page *page, const figure_text *text, figure_draw_function *draw,
                            const void *user, const figure_canvas *canvas, figure_image *image,
                            bool *missing, dcat_error *err)
{
    dcat_error trouble = {0};
    dcat_status drawn = draw(user, canvas, image, &trouble);
    *missing = drawn != DCAT_OK;
    if (drawn == DCAT_ERR_MEMORY || drawn == DCAT_ERR_IO) {
        return dcat_fail(err, drawn, "%s", trouble.message);
    }
    if (*missing) {
        page->trouble = page->trouble.status == DCAT_OK ? trouble : page->trouble;
        note_missing(page->output, text->name, &trouble);
        page->drawable = trouble.status != DCAT_ERR_NOT_FOUND;
    }
    return DCAT_OK;
}

static int file_width(const figure_text *text)
{
    return text->file_width > 0 ? text->file_width : FIGURE_PAGE_WIDTH;
}

// The drawings of the page; *missing is false only when all are there. The one that is as wide as
// the file is saved, too; *saved says so.
static dcat_status add_drawings(html_page *page, const figure_text *text,
                                figure_draw_function *draw, const void *user, bool *missing,
                                bool *saved, dcat_error *err)
{
    const int widths[] = {FIGURE_PHONE_WIDTH, FIGURE_PAGE_WIDTH, text->wide_width};
    dcat_status status = DCAT_OK;
    size_t count = text->wide_width > 0 ? 3 : 2;
    for (size_t i = 0; i < count && status == DCAT_OK && !*missing; i++) {
        const figure_canvas canvas = {FIGURE_SVG, widths[i]};
        figure_image image;
        status = draw_one(page, text, draw, user, &canvas, &image, missing, err);
        if (status == DCAT_OK && !*missing) {
            if (i == 0) {
                put_figure_head(page, text);
            }
            put_drawing(page, text, widths[i], &image);
            if (widths[i] == file_width(text)) {
                status = save_image(page, text->name, FIGURE_SVG, &image, err);
                *saved = true;
            }
            figure_image_free(&image);
        }
        if (i > 0 && (i + 1 == count || *missing)) {
            put_figure_end(page, text);
        }
    }
    return status;
}

dcat_status page_add_figure(html_page *page, const figure_text *text, figure_draw_function *draw,
                            const void *user, dcat_error *err)
{
    bool missing = !page->drawable;
    bool saved = false;
    dcat_status status = add_drawings(page, text, draw, user, &missing, &saved, err);
    figure_format last = page->png ? FIGURE_PNG : FIGURE_SVG;
    for (figure_format format = saved ? FIGURE_PNG : FIGURE_SVG;
         format <= last && !missing && status == DCAT_OK; format++) {
        const figure_canvas canvas = {format, file_width(text)};
        figure_image image;
        status = draw_one(page, text, draw, user, &canvas, &image, &missing, err);
        if (status == DCAT_OK && !missing) {
            status = save_image(page, text->name, format, &image, err);
            figure_image_free(&image);
        }
    }
    return status;
}

void page_put_trouble(html_page *page)
{
    if (page->trouble.status != DCAT_OK) {
        fputs("<p class=\"note\">A figure is missing here: ", page->file);
        html_put_text(page->file, page->trouble.message);
        fputs(".</p>\n", page->file);
        page->trouble.status = DCAT_OK;
    }
}
